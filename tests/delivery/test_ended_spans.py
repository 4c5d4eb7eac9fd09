"""What is taken out of an ended span of the SDK, and encoded instead of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.trace import Link, SpanContext

from clippy_otel.delivery.ended_spans import ended_span
from clippy_otel.otlp.encode import EncodeLimits
from clippy_otel.otlp.ended_span import EndedSpan
from clippy_otel.otlp.spans import encode_span
from clippy_otel.otlp.usual_span import usual_span
from tests.otlp._spans import Ended, sdk_spans, span_like

CONTEXT = SpanContext(0xABC, 0xDEF, is_remote=False)
GENERAL = EncodeLimits()  # equal to the default ones, and another object: the general way


def ended(**arguments: Any) -> ReadableSpan:
    """Return a usual span of the SDK, but for what the test is about."""
    kept = Ended()
    provider = TracerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    provider.add_span_processor(kept)
    span = provider.get_tracer("lib").start_span("a span", **{"attributes": {"n": 1, "route": "/users"}, **arguments})
    span.add_event("e", {"k": "v", "ok": True})
    span.end()
    return kept.spans[0]


def taken(span: Any) -> EndedSpan:
    """Return what is taken out of a span of the SDK."""
    found = ended_span(span)
    assert found is not None
    return found


@settings(deadline=None, max_examples=100)
@given(sdk_spans())
def test_it_is_encoded_as_the_span_is(span: ReadableSpan) -> None:
    """Whatever is in a span, usual or not: the bytes are those of the general way."""
    expected = encode_span(span)
    assert encode_span(taken(span)) == expected
    assert encode_span(taken(span), limits=GENERAL) == expected


@pytest.mark.parametrize(
    "arguments",
    [{}, {"attributes": {}}, {"attributes": {"b": False, "f": 0.5, "i": 0}}],
    ids=["texts", "nothing", "numbers"],
)
def test_a_usual_span_takes_the_short_way(arguments: dict[str, Any]) -> None:
    """One with short texts and plain numbers does, once its keys are known."""
    span = ended(**arguments)
    expected = encode_span(span)
    body = usual_span(taken(span))
    assert body is not None
    assert expected.endswith(body)


@pytest.mark.parametrize(
    "arguments",
    [
        {"attributes": {"deep": {"a": 1}}},
        {"attributes": {"text": "x" * 500}},
        {"links": [Link(CONTEXT)]},
        {"start_time": -1},
    ],
)
def test_another_one_takes_the_general_way(arguments: dict[str, Any]) -> None:
    """A container, a long text, a link, a time out of its range: the short way says so, and the bytes are the same."""
    span = ended(**arguments)
    expected = encode_span(span)
    assert usual_span(taken(span)) is None
    assert encode_span(taken(span)) == expected


def test_the_limits_hold_for_usual_spans() -> None:
    """More values than a record may have are counted as dropped, however usual each of them is."""
    attributes = {f"k{number}": number for number in range(90)}
    kept = Ended()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(kept)
    span = provider.get_tracer("lib").start_span("s")
    for _ in range(120):
        span.add_event("e", attributes)
    span.end()
    assert usual_span(taken(kept.spans[0])) is None
    assert encode_span(taken(kept.spans[0])) == encode_span(kept.spans[0])


def test_what_the_sdk_has_not_made_is_left_whole() -> None:
    """Spans and events that somebody built by hand, with plain mappings, and what is no span."""
    by_hand: tuple[Any, ...] = (
        ReadableSpan("s", CONTEXT, attributes={"a": 1}),
        span_like(),
        SimpleNamespace(),
        None,
    )
    assert [ended_span(span) for span in by_hand] == [None] * len(by_hand)
    span: Any = ended()
    span._events.append(Event("plain", {"a": 1}))
    assert ended_span(span) is None
