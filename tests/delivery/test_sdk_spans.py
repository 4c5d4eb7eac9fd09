"""Decoded spans as the SDK's own."""

from __future__ import annotations

import logging

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from clippy_otel.delivery.sdk_spans import SdkSpans
from clippy_otel.otlp.decode_spans import decode_spans
from tests._requests import RESOURCE, SCOPE, SPAN_ID, TIME_NS, TRACE_ID
from tests._signals import MS, PARENT_ID, SCHEMA_URL, decoded_spans, full_span, span, span_request


def test_fields() -> None:
    """Every field arrives, nested values, dropped counts and all."""
    (made,) = SdkSpans().make(decoded_spans(full_span()))
    assert (made.name, made.kind) == ("GET /users", trace.SpanKind.SERVER)
    assert (made.context.trace_id, made.context.span_id) == (TRACE_ID, SPAN_ID)
    assert made.context.trace_flags == trace.TraceFlags.SAMPLED
    assert made.context.trace_state == {"vendor": "1"}
    assert made.parent is not None
    assert (made.parent.span_id, made.parent.is_remote) == (PARENT_ID, True)
    assert (made.start_time, made.end_time) == (TIME_NS, TIME_NS + 12 * MS + MS // 2)
    assert made.attributes is not None
    assert made.attributes["nested"] == {"a": (1, 2.5, None, True, b"\xff")}
    assert (made.dropped_attributes, made.dropped_events, made.dropped_links) == (1, 3, 5)
    assert (made.status.status_code, made.status.description) == (trace.StatusCode.ERROR, "it broke")


def test_events_and_links() -> None:
    """Events and links arrive with all that is theirs."""
    (made,) = SdkSpans().make(decoded_spans(full_span()))
    (event,), (link,) = made.events, made.links
    assert (event.name, event.timestamp, event.attributes) == (
        "exception",
        TIME_NS + 5 * MS,
        {"exception.type": "ValueError"},
    )
    assert event.dropped_attributes == 2
    assert (link.context.trace_id, link.context.span_id, link.context.is_remote) == (7, 8, True)
    assert link.context.trace_state.to_header() == "other=2"
    assert (link.attributes, link.dropped_attributes) == ({"why": "retry"}, 4)


def test_origin() -> None:
    """Resource and scope arrive with their schema's URLs, one object for all spans that share them."""
    spans = SdkSpans()
    first, second = spans.make(decoded_spans(span("a"), span("b")))
    assert first.resource.attributes["service.name"] == RESOURCE["service.name"]
    assert first.resource.schema_url == SCHEMA_URL
    scope = first.instrumentation_scope
    assert scope is not None
    assert (scope.name, scope.version, scope.schema_url, scope.attributes) == ("http", "1.2", SCHEMA_URL, SCOPE)
    assert (second.resource, second.instrumentation_scope) == (first.resource, scope)
    assert second.instrumentation_scope is scope
    (other,) = spans.make(decode_spans(span_request(span(), scope_name="db", resource={"service.name": "other"})))
    assert other.resource.attributes["service.name"] == "other"
    assert other.instrumentation_scope is not None
    assert other.instrumentation_scope.name == "db"
    (again,) = spans.make(decoded_spans(span()))
    assert again.instrumentation_scope is scope


def test_scopes_are_bounded() -> None:
    """A sender that makes up scopes does not fill the memory."""
    spans = SdkSpans()
    (template,) = decoded_spans(span())
    for number in range(1000):
        spans.make([template._replace(scope_name=str(number))])
    assert len(spans._origins._scopes) <= 256


def test_absent_fields(caplog: pytest.LogCaptureFixture) -> None:
    """What a span does not have is absent, without a word from the SDK."""
    bare = span(kind=0, trace_id=b"", span_id=b"", status=Status(code=Status.STATUS_CODE_OK, message="only for errors"))
    with caplog.at_level(logging.WARNING):
        (made,) = SdkSpans().make(decoded_spans(bare))
    assert caplog.records == []
    assert (made.parent, made.events, made.links, made.kind) == (None, (), (), trace.SpanKind.INTERNAL)
    assert (made.context.is_valid, made.context.trace_state) == (False, {})
    assert (made.status.status_code, made.status.description) == (trace.StatusCode.OK, None)


def test_numbers_that_otlp_does_not_have() -> None:
    """An unknown kind or status of a foreign sender is the default."""
    (odd,) = decoded_spans(span())
    (made,) = SdkSpans().make([odd._replace(kind=99, status_code=99)])
    assert (made.kind, made.status.status_code) == (trace.SpanKind.INTERNAL, trace.StatusCode.UNSET)


@pytest.mark.parametrize("sent", [full_span(), span(flags=0x100), span(kind=Span.SPAN_KIND_CONSUMER, flags=0x100)])
def test_round_trip(sent: Span) -> None:
    """The SDK's encoder makes the same request of a span as it came in, but for the flags and states it leaves out."""
    data = span_request(sent)
    expected = ExportTraceServiceRequest.FromString(data)
    expected.resource_spans[0].scope_spans[0].spans[0].flags &= 0x300
    for link in expected.resource_spans[0].scope_spans[0].spans[0].links:
        link.flags &= 0x300
        link.trace_state = ""
    # The encoder writes a status even where it is unset.
    expected.resource_spans[0].scope_spans[0].spans[0].status.SetInParent()
    assert encode_spans(SdkSpans().make(decode_spans(data))) == expected
