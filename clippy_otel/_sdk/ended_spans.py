"""Spans that have ended, and their events: what they hold, and other values put in its place."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final

from clippy_otel._sdk.attributes import attributes_like, attributes_of

# What an ended span holds, without the copies and proxies that its public properties make (1.4 us of them).
_SPAN_FIELDS: Final = attrgetter(
    "_name",
    "_attributes._dict",
    "_events._dq",
    "_links._dq",
    "_status._description",
    "_context.trace_flags",
    "_resource",
    "_instrumentation_scope",
)
_EVENT_FIELDS: Final = attrgetter("_name", "_attributes._dict")


def span_fields(span: Any) -> tuple[Any, ...]:
    """Return name, attributes, events, links, status description, trace flags, resource and scope of an ended span."""
    try:
        return _SPAN_FIELDS(span)
    except AttributeError:  # one that somebody built by hand, with plain mappings and sequences, or with None
        origin = (span.resource, span.instrumentation_scope)
        flags = None if span.context is None else span.context.trace_flags
        parts = (attributes_of(span.attributes), span.events, span.links)
        return span.name, *parts, span.status.description, flags, *origin


def event_fields(event: Any) -> tuple[str, Mapping[str, Any]]:
    """Return name and attributes of a span's event; not to be changed."""
    try:
        return _EVENT_FIELDS(event)
    except AttributeError:
        return event.name, attributes_of(event.attributes)


# All that is redacted and encoded of a span that the SDK has ended, and of an event of it, without the copies and
# proxies that their public properties make. AttributeError: it is built otherwise, or has none of something.
ended_span_fields: Final = attrgetter(
    "_context",
    "_parent",
    "_name",
    "_kind",
    "_start_time",
    "_end_time",
    "_status",
    "_attributes._dict",
    "_attributes.dropped",
    "_resource",
    "_instrumentation_scope",
    "_events.dropped",
    "_links.dropped",
    "_events._dq",
    "_links._dq",
)
ended_event_fields: Final = attrgetter("_name", "_attributes._dict", "_timestamp", "_attributes.dropped")


# The SDK's classes, imported once: an import statement costs 0.5 us even where everything is loaded.
@functools.cache
def _span_classes() -> tuple[Any, Any, Any]:
    from opentelemetry.sdk.trace import Event, ReadableSpan  # noqa: PLC0415 - whoever has spans has loaded it
    from opentelemetry.sdk.util import BoundedList  # noqa: PLC0415 - likewise

    return ReadableSpan, Event, BoundedList


def event_like(event: Any, name: str, attributes: Mapping[str, Any]) -> Any:
    """Return an event of the same time, with another name and other attributes."""
    _, event_class, _ = _span_classes()
    return event_class(name, attributes_like(event.attributes, attributes), event.timestamp)


def with_changes(span: Any, changes: Mapping[str, Any]) -> Any:
    """Put other values into the fields of an ended span.

    Args:
        span: The fresh object that the SDK made for the processors, which is changed; anything else is copied.
        changes: Values by property: name, attributes, events, links, status, resource, instrumentation_scope.

    Returns:
        The changed object.
    """
    readable_class, _, list_class = _span_classes()
    fields: dict[str, Any] = {}
    for name, value in changes.items():
        before = getattr(span, f"_{name}")
        if name == "attributes":
            value = attributes_like(before, value)  # noqa: PLW2901 - the form that the field has
        elif name in ("events", "links"):
            value = list_class.from_seq(len(value), value)  # noqa: PLW2901 - likewise
            value.dropped = getattr(before, "dropped", 0)
        elif name == "instrumentation_scope" and span._instrumentation_info is not None:
            # Its name once more, deprecated: some exporters still read it. Its constructor would warn of that.
            fields["_instrumentation_info"] = info = copy.copy(span._instrumentation_info)
            info._name = value.name
        fields[f"_{name}"] = value
    if type(span) is not readable_class:
        span = copy_span(span)
    span.__dict__.update(fields)
    return span


def copy_span(span: Any) -> Any:
    """Return an ended span as a readable span of its own, which shares what the span holds."""
    from opentelemetry.sdk.trace import ReadableSpan, Span  # noqa: PLC0415 - as above

    if isinstance(span, Span):
        return span._readable_span()
    copy = ReadableSpan.__new__(ReadableSpan)
    copy.__dict__.update(span.__dict__)
    return copy
