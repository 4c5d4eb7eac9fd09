"""Regular expressions that are compiled when they are first used, for most programs need few of them.

Cost: as that of a compiled one, after the first use.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, Final, cast

_METHODS: Final = ("finditer", "findall", "fullmatch", "groups", "match", "search", "sub")


class _Pattern:
    """Stands for a compiled pattern: its methods are put into the slots when the first of them is asked for."""

    __slots__ = ("_flags", "_source", *_METHODS)

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        # Reached only where a slot is empty.
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(self._source, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def lazy(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern that is compiled at its first use; it has the methods of `re.Pattern` that are used here."""
    return cast("re.Pattern[AnyStr]", _Pattern(source, flags))
