"""What the span tests share: spans of the SDK with everything in them, and protobuf's reading of ours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
)

from clippy_otel.otlp.encode import encode_resource, encode_scope
from clippy_otel.otlp.spans import encode_span
from tests.otlp._framing import frame_records
from tests.otlp._messages import ATTRIBUTES, NOW_NS, TEXT

RESOURCE = Resource({"service.name": "assistant", "n": [1, 2]}, schema_url="https://example.com/resource")
SCOPE_URL = "https://example.com/scope"
STATE = TraceState([("ot", "th:8"), ("vendor", "x")])

CONTEXTS = st.builds(
    SpanContext,
    trace_id=st.integers(1, (1 << 128) - 1),
    span_id=st.integers(1, (1 << 64) - 1),
    is_remote=st.booleans(),
    trace_flags=st.sampled_from([TraceFlags(0), TraceFlags(1)]),
    trace_state=st.sampled_from([TraceState(), STATE]),
)
# Usual ones, and some that a few of everything are over.
LIMITS = st.sampled_from(
    [
        SpanLimits(),
        SpanLimits(max_span_attributes=2, max_events=1, max_links=1, max_event_attributes=1, max_link_attributes=1),
    ]
)
STATUSES = st.sampled_from([Status(), Status(StatusCode.OK)]) | st.builds(Status, st.just(StatusCode.ERROR), TEXT)


class GivenIds(IdGenerator):
    """Give every span the same ids: the SDK's own come from `random`, which belongs to Hypothesis here."""

    def generate_trace_id(self) -> int:
        """Return an id."""
        return 0x0AF7651916CD43DD8448EB211C80319C

    def generate_span_id(self) -> int:
        """Return an id."""
        return 0x00F067AA0BA902B7


class Ended(SpanProcessor):
    """Keep the spans that have ended."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        """Take one."""
        self.spans.append(span)


@st.composite
def sdk_spans(draw: st.DrawFn) -> ReadableSpan:
    """Return a span that the SDK made: of any kind, with a parent or without, within its limits or over them."""
    ended = Ended()
    provider = TracerProvider(
        ALWAYS_ON, RESOURCE, shutdown_on_exit=False, id_generator=GivenIds(), span_limits=draw(LIMITS)
    )
    provider.add_span_processor(ended)
    tracer = provider.get_tracer("lib", "1.2", SCOPE_URL, {"k": "v"})
    parent = draw(st.none() | CONTEXTS)
    span = tracer.start_span(
        draw(TEXT),
        trace.set_span_in_context(NonRecordingSpan(parent)) if parent else None,
        draw(st.sampled_from(SpanKind)),
        draw(ATTRIBUTES),
        [
            Link(context, attributes)
            for context, attributes in draw(st.lists(st.tuples(CONTEXTS, ATTRIBUTES), max_size=2))
        ],
        NOW_NS,
    )
    for name, attributes in draw(st.lists(st.tuples(TEXT, ATTRIBUTES), max_size=2)):
        span.add_event(name, attributes, NOW_NS + 1)
    span.set_status(draw(STATUSES))
    span.end(NOW_NS + 2)
    (only,) = ended.spans
    return only


def framed(*spans: ReadableSpan) -> bytes:
    """Return a request of ours with spans from `sdk_spans`."""
    return frame_records(
        encode_resource(RESOURCE.attributes),
        encode_scope("lib", "1.2", {"k": "v"}),
        [encode_span(span) for span in spans],
        resource_schema_url=RESOURCE.schema_url,
        scope_schema_url=SCOPE_URL,
    )


def span_like(**changes: Any) -> Any:
    """Return something of a span's shape, in which only what the test is about differs from the usual."""
    given: dict[str, Any] = {
        "name": "a span",
        "context": context_like(),
        "parent": None,
        "kind": SpanKind.SERVER,
        "start_time": NOW_NS,
        "end_time": NOW_NS + 1,
        "status": Status(),
        "attributes": {},
        "events": (),
        "links": (),
        "dropped_attributes": 0,
        "dropped_events": 0,
        "dropped_links": 0,
    }
    return SimpleNamespace(**given | changes)


def context_like(**changes: Any) -> Any:
    """Return something of a span context's shape, likewise."""
    given: dict[str, Any] = {"trace_id": 0xABC, "span_id": 0xDEF, "is_remote": False, "trace_state": TraceState()}
    return SimpleNamespace(**given | changes)


def event_like(**changes: Any) -> Any:
    """Return something of an event's shape, likewise."""
    given: dict[str, Any] = {"name": "an event", "timestamp": NOW_NS, "attributes": {}, "dropped_attributes": 0}
    return SimpleNamespace(**given | changes)


def link_like(**changes: Any) -> Any:
    """Return something of a link's shape, likewise."""
    given: dict[str, Any] = {"context": context_like(), "attributes": {}, "dropped_attributes": 0}
    return SimpleNamespace(**given | changes)


def parse_span(record: bytes) -> Span:
    """Return the only span of a request, as protobuf reads it."""
    request = ExportTraceServiceRequest.FromString(frame_records(b"", b"", [record]))
    (of_resource,) = request.resource_spans
    (of_scope,) = of_resource.scope_spans
    (span,) = of_scope.spans
    return span


def encoded_span(**changes: Any) -> Span:
    """Return what protobuf reads of a span that was encoded."""
    return parse_span(encode_span(span_like(**changes)))
