"""Spans that have just started keep what they hold where `started_spans.py` relies on it."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import SpanLimits, TracerProvider

from clippy_otel._sdk import started_spans as sdk_started_spans


def test_started_span_fields_and_has_room() -> None:
    """A span that has just started is read, and takes attributes, where its start, limit and attributes are."""
    provider = TracerProvider(span_limits=SpanLimits(max_span_attributes=2), shutdown_on_exit=False)
    span: Any = provider.get_tracer("app").start_span("s", attributes={"a": 1})
    assert sdk_started_spans.has_room(span, "b")
    assert not sdk_started_spans.has_room(span, "a")
    started_ns, most, attributes = sdk_started_spans.started_span_fields(span)
    assert (started_ns, most, attributes) == (span.start_time, 2, {"a": 1})
    attributes["b"] = "text"
    assert dict(span.attributes) == {"a": 1, "b": "text"}
    assert not sdk_started_spans.has_room(span, "c")
    assert sdk_started_spans.has_room(TracerProvider(shutdown_on_exit=False).get_tracer("app").start_span("s"), "a")


def test_stamp() -> None:
    """A text is put on a span of the SDK where it has room, and one that it has stays; other spans take no stamp."""
    provider = TracerProvider(span_limits=SpanLimits(max_span_attributes=2))
    span = provider.get_tracer("app").start_span("s", attributes={"a": "given"})
    assert sdk_started_spans.stamp(span, "a", "other")
    assert sdk_started_spans.stamp(span, "b", "new")
    assert sdk_started_spans.stamp(span, "c", "no room")
    assert dict(attrgetter("attributes")(span)) == {"a": "given", "b": "new"}
    assert not sdk_started_spans.stamp(trace.INVALID_SPAN, "a", "x")
