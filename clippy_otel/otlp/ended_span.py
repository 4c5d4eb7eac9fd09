"""What is encoded of an ended span, in plain tuples: an ended span of the SDK takes twice the memory."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

# Name, attributes, nanoseconds since the epoch, dropped attributes. The garbage collector leaves plain tuples alone.
EndedEvent: TypeAlias = tuple[str, dict[str, Any], int, int]


class EndedSpan(NamedTuple):
    """An ended span: the properties of `SpanLike`, and where it comes from. See `span_like()`."""

    context: Any
    parent: Any
    name: str
    kind: Any
    start_time: int | None
    end_time: int | None
    status: Any
    attributes: dict[str, Any]
    dropped_attributes: int
    resource: Any
    instrumentation_scope: Any
    dropped_events: int
    dropped_links: int
    events: tuple[EndedEvent, ...]
    links: tuple[Any, ...]


class _Event(NamedTuple):
    name: str
    attributes: dict[str, Any]
    timestamp: int
    dropped_attributes: int


def span_like(span: EndedSpan) -> Any:
    """Return a span whose events too have the shape of `EventLike`."""
    return span._replace(events=tuple(map(_Event._make, span.events)))
