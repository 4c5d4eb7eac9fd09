"""What an ended span takes in memory while it waits: an estimate, held against the bounds of the queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from clippy_otel import _sdk
from clippy_otel.ports import ITEM_OVERHEAD_BYTES

_SHORT_CHARS: Final = 64
_SAMPLED: Final = 1  # of the trace flags
_NUMBERS: Final = frozenset({int, float, bool, type(None)})

# What a queued span of the SDK holds beside its texts, measured with tracemalloc on Python 3.11: the objects of a span
# without attributes (half of it are two empty deques), of each attribute, and of each event or link.
SPAN_BYTES: Final = 2_600 + ITEM_OVERHEAD_BYTES
SHORT_ATTRIBUTE_BYTES: Final = 132  # with a text of 32 characters in it
EVENT_BYTES: Final = 700
_NESTED_BYTES_PER_CHAR: Final = 8  # of its text: a list of small numbers is the worst


def held_bytes(span: Any) -> int:
    """Estimate what a span takes."""
    _, attributes, events, links, *_ = _sdk.span_fields(span)
    size_bytes = SPAN_BYTES + _attributes_bytes(attributes)
    for part in (*events, *links) if events or links else ():
        size_bytes += EVENT_BYTES + _attributes_bytes(_sdk.attributes_of(part.attributes))
    return size_bytes


def _attributes_bytes(attributes: Mapping[str, Any]) -> int:
    size_bytes = len(attributes) * SHORT_ATTRIBUTE_BYTES
    for value in attributes.values():
        kind = type(value)
        if kind is str:
            if len(value) > _SHORT_CHARS:
                size_bytes += len(value)
        elif kind not in _NUMBERS:
            size_bytes += len(value) if kind is bytes else len(repr(value)) * _NESTED_BYTES_PER_CHAR
    return size_bytes


def sampled_bytes(span: Any) -> int | None:
    """Estimate what a span takes that is exported as it is; None for one that is not sampled, or of a foreign class."""
    try:
        _, attributes, events, links, _, flags, *_ = _sdk.span_fields(span)
        if not flags & _SAMPLED or links:
            return None
        size_bytes = SPAN_BYTES + _attributes_bytes(attributes)
        for event in events:
            size_bytes += EVENT_BYTES + _attributes_bytes(_sdk.event_fields(event)[1])
    except Exception:  # noqa: BLE001 - held_bytes() has the last word
        return None
    return size_bytes
