"""Ended spans and their events keep what they hold where `ended_spans.py` relies on it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, Status, StatusCode

from clippy_otel._sdk import ended_spans as sdk_ended_spans

LINK = Link(SpanContext(7, 8, is_remote=True), {"k": "v"})


def ended_span(limits: SpanLimits | None = None, **given: Any) -> tuple[Any, Any]:
    """Return a live span that has ended, and the readable one that the SDK made for the processors."""
    seen: list[Any] = []

    class Keeping(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            seen.append(span)

    provider = TracerProvider(resource=Resource({"r": 1}), span_limits=limits, shutdown_on_exit=False)
    provider.add_span_processor(Keeping())
    live: Any = provider.get_tracer("app", "1").start_span("s", **given)
    live.add_event("e", {"k": "v", "l": "w"}, 5)
    live.set_status(Status(StatusCode.ERROR, "it broke"))
    live.end()
    return live, seen[0]


def test_the_sdk_makes_a_fresh_span_at_each_end() -> None:
    """Processors are handed a ReadableSpan that is nobody else's, which shares the parts of the live one."""
    live, readable = ended_span()
    assert type(readable) is ReadableSpan
    assert readable is not live
    assert readable._attributes is live._attributes
    assert readable._events is live._events


def test_span_fields() -> None:
    """What is read of a span is what its public properties say, the very objects; also of one built by hand."""
    _, span = ended_span(attributes={"a": 1}, links=[LINK])
    name, attributes, events, links, description, flags, resource, scope = sdk_ended_spans.span_fields(span)
    assert (name, dict(attributes)) == (span.name, dict(span.attributes))
    assert (*events,) == (*span.events,)
    assert (*links,) == (*span.links,)
    assert (description, flags) == (span.status.description, span.context.trace_flags)
    assert (resource, scope) == (span.resource, span.instrumentation_scope)
    assert type(attributes) is dict
    bare = ReadableSpan("s", attributes=None, resource=Resource({}))
    assert sdk_ended_spans.span_fields(bare) == ("s", {}, (), (), None, None, bare.resource, None)


def test_event_fields_and_event_like() -> None:
    """An event is read as it is, and made anew with the same time and the same count of dropped attributes."""
    _, span = ended_span(SpanLimits(max_event_attributes=1))
    (event,) = span.events
    assert event.dropped_attributes == 1
    assert sdk_ended_spans.event_fields(event) == ("e", {"l": "w"})
    assert sdk_ended_spans.event_fields(Event("plain", None)) == ("plain", {})
    made = sdk_ended_spans.event_like(event, "other", {"l": "x"})
    assert (made.name, dict(made.attributes), made.timestamp, made.dropped_attributes) == ("other", {"l": "x"}, 5, 1)
    assert (event.name, dict(event.attributes)) == ("e", {"l": "w"})


def test_ended_span_fields_and_ended_event_fields() -> None:
    """What is taken out of a span and of an event at the end is what their public properties say."""
    limits = SpanLimits(max_span_attributes=1, max_event_attributes=1)
    _, span = ended_span(limits, attributes={"a": 1, "b": 2}, links=[LINK])
    *fields, events, links = sdk_ended_spans.ended_span_fields(span)
    assert fields == [
        span.context,
        span.parent,
        span.name,
        span.kind,
        span.start_time,
        span.end_time,
        span.status,
        span.attributes,
        span.dropped_attributes,
        span.resource,
        span.instrumentation_scope,
        span.dropped_events,
        span.dropped_links,
    ]
    assert (tuple(events), tuple(links), type(fields[7])) == (span.events, span.links, dict)
    (event,) = span.events
    name, attributes, *rest = sdk_ended_spans.ended_event_fields(event)
    assert (name, attributes, rest) == (event.name, event.attributes, [event.timestamp, event.dropped_attributes])
    assert type(attributes) is dict
    assert tuple(span.context)[:2] == (span.context.trace_id, span.context.span_id)
    assert tuple(span.context)[4:] == (span.context.trace_state, span.context.is_valid)
    with pytest.raises(AttributeError):
        sdk_ended_spans.ended_span_fields(ReadableSpan("s", attributes={"a": 1}, resource=Resource({})))


def test_with_changes() -> None:
    """The fresh span has other values behind its public properties; the live one has its own."""
    live, span = ended_span(SpanLimits(max_events=1, max_links=1), attributes={"a": 1}, links=[LINK, LINK])
    event, link = Event("other", {}, 6), Link(LINK.context, {})
    changes = {
        "name": "n",
        "attributes": {"a": 2},
        "events": [event],
        "links": [link],
        "status": Status(StatusCode.ERROR, "other"),
        "resource": Resource({"r": 2}),
        "instrumentation_scope": InstrumentationScope("other"),
    }
    shown = sdk_ended_spans.with_changes(span, changes)
    assert shown is span
    assert (shown.name, dict(shown.attributes), shown.events, shown.links) == ("n", {"a": 2}, (event,), (link,))
    assert (shown.status.description, shown.resource.attributes) == ("other", {"r": 2})
    assert shown.instrumentation_scope.name == "other"
    assert shown.dropped_links == 1
    assert json.loads(shown.to_json())["name"] == "n"
    assert (live.name, dict(live.attributes), live.status.description) == ("s", {"a": 1}, "it broke")
    assert (live.events[0].name, live.resource.attributes) == ("e", {"r": 1})


def test_copy_span() -> None:
    """A live span and one of a foreign class come as a readable span of its own, which says the same."""

    class Foreign(ReadableSpan):
        pass

    live, readable = ended_span()
    foreign = Foreign("f", resource=Resource({}))
    for span in (live, readable, foreign):
        copy = sdk_ended_spans.copy_span(span)
        assert type(copy) is ReadableSpan
        assert copy is not span
        assert copy.to_json() == span.to_json()
    assert sdk_ended_spans.with_changes(live, {"name": "n"}).name == "n"
    assert live.name == "s"
