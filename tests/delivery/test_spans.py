"""Queued spans encoded by the worker."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import SpanContext, TraceFlags

from clippy_otel.delivery.envelopes import Envelopes
from clippy_otel.delivery.spans import UNENCODED, SpanEncoder
from clippy_otel.otlp.decode_spans import decode_spans
from clippy_otel.otlp.framing import frame_request
from clippy_otel.otlp.spans import encode_span
from clippy_otel.ports import Purpose, QueueItem
from tests._hooks import Spans


def ended_spans(*names: str) -> list[ReadableSpan]:
    """Return spans as the SDK ends them."""
    provider = TracerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    kept = Spans()
    provider.add_span_processor(kept)
    for name in names:
        provider.get_tracer("app", "1").start_span(name, attributes={"n": 1}).end()
    return kept.ended


def item(span: object) -> QueueItem:
    """Return a span as it is queued."""
    return QueueItem(UNENCODED, span, 3000, int(Purpose.PERFORMANCE), b"subjects", records=1)


def test_an_item_keeps_what_it_is_besides() -> None:
    """Envelope and bytes take the place of the span; size, purpose, subjects and count stay as they were booked."""
    (span,) = ended_spans("GET /users")
    encoded = SpanEncoder().encode(item(span))
    assert encoded == QueueItem(
        Envelopes("spans").of(span.resource, span.instrumentation_scope),
        encode_span(span),
        3000,
        int(Purpose.PERFORMANCE),
        b"subjects",
    )


def test_what_is_encoded_is_a_request() -> None:
    """Framed under their envelope the spans come out as they went in."""
    spans = ended_spans("a", "b")
    encoder = SpanEncoder()
    items = [encoder.encode(item(span)) for span in spans]
    assert items[0].envelope is items[1].envelope
    decoded = decode_spans(frame_request([(items[0].envelope, [each.data for each in items])]))
    assert [(span.name, span.attributes, span.scope_name, span.resource) for span in decoded] == [
        (name, {"n": 1}, "app", {"service.name": "shop"}) for name in ("a", "b")
    ]


def test_a_span_without_a_scope_is_encoded() -> None:
    """One that somebody built by hand has none."""
    span = ReadableSpan("s", SpanContext(1, 2, is_remote=False, trace_flags=TraceFlags(1)), resource=Resource({}))
    assert SpanEncoder().encode(item(span)).envelope.scope == b""


def test_what_raises_when_it_is_read_raises() -> None:
    """It is for the worker to book it."""
    with pytest.raises(AttributeError):
        SpanEncoder().encode(item(object()))
