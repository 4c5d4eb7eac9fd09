"""What a repr or an error message may show of a setting, and the read-only mappings that settings are kept in.

Never shown: the value of a header, the user info and the query of a URL. What looks like user info counts as it:
where hiding and showing are both possible, this hides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

MASK: Final = "***"

_V = TypeVar("_V")
_SHOWN_CHARS: Final = 80
_SHOWN_BITS: Final = 64  # a longer int may be past Python's own limit for int -> str
_UP_TO_THE_LAST_AT: Final = re.compile(r"(?s)^([A-Za-z][A-Za-z0-9+.-]*://)?.*@")
_QUERY: Final = re.compile(r"(?s)[?#].*")


class FrozenMapping(Mapping[str, _V]):
    """A read-only copy of a mapping that, unlike a `mappingproxy`, can be copied and pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, _V] | None = None) -> None:
        self._items: dict[str, _V] = dict(items or {})

    def __getitem__(self, key: str) -> _V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(self._items)


class Headers(FrozenMapping[str]):
    """Request headers: their names are shown, their values are not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self._items, MASK))


def mask_url(url: str) -> str:
    """Return a URL, or what was meant to be one, without its user info and its query.

    Everything before the last `@` counts as user info: an unencoded `/` in a password must not make it a path.
    """
    if not url.startswith("sqlite:///"):  # has no user info, and a file name may hold an @
        url = _UP_TO_THE_LAST_AT.sub(rf"\1{MASK}@", url)
    return _QUERY.sub(f"?{MASK}", url)


def shown(value: object) -> str:
    """Return what an error message says of a bad value: a short masked repr of a scalar, else only its type."""
    kind = type(value)
    if isinstance(value, str) and kind is str:
        text = mask_url(value)
        return repr(text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "...")
    if isinstance(value, int) and kind is int and value.bit_length() > _SHOWN_BITS:
        return f"an int of {value.bit_length()} bits"
    return repr(value) if value is None or kind in (bool, int, float) else f"an object of type {kind.__qualname__}"
