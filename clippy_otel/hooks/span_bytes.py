"""What an ended span takes in memory while it waits: an estimate, held against the bounds of the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from clippy_otel._sdk import attributes as sdk_attributes
from clippy_otel._sdk import ended_spans as sdk_ended_spans
from clippy_otel.ports import ITEM_OVERHEAD_BYTES

if TYPE_CHECKING:
    from clippy_otel.otlp.ended_span import EndedSpan

_SHORT_CHARS: Final = 64
_NUMBERS: Final = frozenset({int, float, bool, type(None)})

# What a queued span holds beside its texts, measured with tracemalloc on Python 3.11: the objects of one of the SDK's
# without attributes (half of it are two empty deques), or of what was taken out of one, of each attribute, and of each
# event or link.
SPAN_BYTES: Final = 2_600 + ITEM_OVERHEAD_BYTES
ENDED_SPAN_BYTES: Final = 560 + ITEM_OVERHEAD_BYTES
SHORT_ATTRIBUTE_BYTES: Final = 132  # with a text of 32 characters in it
EVENT_BYTES: Final = 700
ENDED_EVENT_BYTES: Final = 210
_NESTED_BYTES_PER_CHAR: Final = 8  # of its text: a list of small numbers is the worst


def held_bytes(span: Any) -> int:
    """Estimate what a span of the SDK takes."""
    _, attributes, events, links, *_ = sdk_ended_spans.span_fields(span)
    return SPAN_BYTES + _attributes_bytes(attributes) + _parts_bytes((*events, *links))


def ended_bytes(span: EndedSpan) -> int:
    """Estimate what was taken out of a span takes."""
    size_bytes = ENDED_SPAN_BYTES + _attributes_bytes(span.attributes) + _parts_bytes(span.links)
    for _, attributes, _, _ in span.events:
        size_bytes += ENDED_EVENT_BYTES + _attributes_bytes(attributes)
    return size_bytes


def _parts_bytes(parts: Sequence[Any]) -> int:
    """Estimate what the SDK's events and links take."""
    return (
        sum(EVENT_BYTES + _attributes_bytes(sdk_attributes.attributes_of(part.attributes)) for part in parts)
        if parts
        else 0
    )


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
