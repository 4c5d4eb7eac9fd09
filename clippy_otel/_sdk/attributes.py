"""Attributes of spans, events, links and log records: read, and made anew, without the SDK's own cleaning of them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

_PLAIN: Final = frozenset({str, int, float, bool})
_TEXT: Final = frozenset({str})


# The SDK's class, imported once: an import statement costs 0.5 us even where everything is loaded.
@functools.cache
def _bounded_attributes() -> Any:
    from opentelemetry.attributes import BoundedAttributes  # noqa: PLC0415 - whoever has records has loaded it

    return BoundedAttributes


def are_plain(attributes: dict[Any, Any]) -> bool:
    """Return whether attributes are of exact str, with exact texts, numbers and bools, which the SDK leaves as is."""
    return (
        "" not in attributes
        and _TEXT.issuperset(map(type, attributes))
        and _PLAIN.issuperset(map(type, attributes.values()))
    )


def attributes_of(attributes: Any) -> Mapping[str, Any]:
    """Return attributes as a dict for reading: the one inside the SDK's own, which are slow to read from outside."""
    try:
        return attributes._dict  # type: ignore[no-any-return]
    except AttributeError:
        return dict(attributes or {})


def attributes_like(attributes: Any, values: Mapping[str, Any], *, immutable: bool = True) -> Any:
    """Return attributes of the SDK with these values, and the limits and the count of dropped ones of others.

    The values are what was cleaned before, so they are not cleaned again. Where they are fewer, more were dropped.
    """
    kind = _bounded_attributes()
    fewer = max(len(attributes or ()) - len(values), 0)
    if type(attributes) is kind:
        made: Any = object.__new__(kind)  # a third of the constructor's time
        made.__dict__.update(attributes.__dict__, _dict=dict(values), _immutable=immutable)
        made.dropped += fewer
        return made
    maxlen, max_value_len = getattr(attributes, "maxlen", None), getattr(attributes, "max_value_len", None)
    made = kind(maxlen, immutable=immutable, max_value_len=max_value_len)
    made._dict = dict(values)
    made.dropped = getattr(attributes, "dropped", 0) + fewer
    return made
