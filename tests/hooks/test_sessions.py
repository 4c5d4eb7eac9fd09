"""Session and scope on spans when they start."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace import SpanLimits, TracerProvider

from clippy_otel import semconv
from clippy_otel._sdk import started_spans as sdk_started_spans
from clippy_otel.hooks.own import OwnedSpanProcessor
from clippy_otel.hooks.sessions import stamp_scope, stamp_session
from clippy_otel.scope import Scopes
from clippy_otel.session import SESSION_IDLE_NS
from clippy_otel.testing import START_NS, FakeClock, SequentialIds
from tests._fakes import RaisingMapping
from tests._hooks import Spans

FIRST = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def scopes() -> Scopes:
    """Return scopes of a clock that stands still."""
    return Scopes(FakeClock(), SequentialIds())


def started(scopes: Scopes, *, limits: SpanLimits | None = None, **given: Any) -> dict[str, Any]:
    """Return the attributes of a span that starts in a provider of ours."""
    multi = OwnedSpanProcessor()
    multi.scopes = scopes
    provider = TracerProvider(active_span_processor=multi, span_limits=limits, shutdown_on_exit=False)
    span: Any = provider.get_tracer("app").start_span("s", start_time=START_NS + 1, **given)
    return dict(span.attributes)


def test_a_span_has_the_session(scopes: Scopes) -> None:
    """That of the process, or of the scope that is open."""
    assert started(scopes) == {semconv.SESSION_ID: FIRST}
    with scopes.open(session_id="browser"):
        assert started(scopes) == {semconv.SESSION_ID: "browser"}


def test_a_span_neither_begins_nor_prolongs_a_session(scopes: Scopes) -> None:
    """One that is over is not put on it, and nothing is announced."""
    reported: list[Any] = []
    scopes.report = reported.append
    scopes.process.tracker.touch(START_NS - SESSION_IDLE_NS)
    assert started(scopes) == {}
    assert scopes.process.session_id == FIRST
    assert reported == []


def test_a_span_has_what_the_scopes_say(scopes: Scopes) -> None:
    """User, conversation and attributes; the innermost wins, and what the span says itself wins over all."""
    with scopes.open(user_id="u1", attributes={"plan": "free", "n": 1}), scopes.open(attributes={"plan": "pro"}):
        assert started(scopes, attributes={"n": 2}) == {
            semconv.SESSION_ID: FIRST,
            semconv.USER_ID: "u1",
            "plan": "pro",
            "n": 2,
        }


def test_a_session_that_the_application_gives_stays(scopes: Scopes) -> None:
    """What the span says itself is never overwritten."""
    assert started(scopes, attributes={semconv.SESSION_ID: "mine"}) == {semconv.SESSION_ID: "mine"}


def test_no_attribute_of_the_applications_is_pushed_out(scopes: Scopes) -> None:
    """A span that is full stays as the application has made it."""
    limits = SpanLimits(max_span_attributes=2)
    with scopes.open(attributes={"plan": "pro", "tier": 1}):
        assert started(scopes, limits=limits, attributes={"a": 1, "b": 2}) == {"a": 1, "b": 2}
        assert started(scopes, limits=limits, attributes={"a": 1}) == {"a": 1, semconv.SESSION_ID: FIRST}


@pytest.mark.swallows
def test_nothing_is_raised_into_the_application(scopes: Scopes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scope that cannot be read costs a span its stamps."""
    monkeypatch.setattr(Scopes, "fields", lambda _: (scopes.process.tracker, RaisingMapping()))
    assert started(scopes) == {semconv.SESSION_ID: FIRST}


def test_processors_beside_see_the_stamped_span(scopes: Scopes) -> None:
    """They are called afterwards, and what they put on the span stays."""

    class Stamping(Spans):
        def on_start(self, span: Any, parent_context: Any = None) -> None:  # noqa: ARG002 - the SDK's signature
            seen.update(span.attributes)
            span.set_attribute("theirs", 1)

    seen: dict[str, Any] = {}
    multi = OwnedSpanProcessor()
    multi.scopes = scopes
    provider = TracerProvider(active_span_processor=multi, shutdown_on_exit=False)
    provider.add_span_processor(Stamping())
    span: Any = provider.get_tracer("app").start_span("s", start_time=START_NS + 1)
    assert seen == {semconv.SESSION_ID: FIRST}
    assert dict(span.attributes) == {semconv.SESSION_ID: FIRST, "theirs": 1}


def test_the_session_alone(scopes: Scopes) -> None:
    """stamp_session() puts nothing else on a span, and overwrites nothing."""
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app")
    with scopes.open(user_id="u1", attributes={"plan": "pro"}):
        span: Any = tracer.start_span("s", start_time=START_NS + 1)
        stamp_session(span, scopes)
        assert dict(span.attributes) == {semconv.SESSION_ID: FIRST}
        mine: Any = tracer.start_span("s", start_time=START_NS + 1, attributes={semconv.SESSION_ID: "mine"})
        stamp_session(mine, scopes)
        assert dict(mine.attributes) == {semconv.SESSION_ID: "mine"}


@pytest.mark.swallows
def test_what_is_no_span_is_no_reason_to_raise(scopes: Scopes) -> None:
    """Neither stamp raises, whatever it is handed."""
    stamp_scope(object(), scopes)
    stamp_session(object(), scopes)


def test_stamps_are_clean_attributes(scopes: Scopes) -> None:
    """What a scope says goes the way of any attribute: cleaned and cut by the span's limits."""
    limits = SpanLimits(max_attribute_length=3)
    with scopes.open(attributes={"plan": "professional", "parts": ["a", "b"]}):
        found = started(scopes, limits=limits)
    assert found["plan"] == "pro"
    assert found["parts"] == ("a", "b")


def test_has_room() -> None:
    """A span takes one more attribute where it has no limit, or has not reached it, and not the same one twice."""
    provider = TracerProvider(span_limits=SpanLimits(max_span_attributes=2), shutdown_on_exit=False)
    span = provider.get_tracer("app").start_span("s", attributes={"a": 1})
    assert sdk_started_spans.has_room(span, "b")
    assert not sdk_started_spans.has_room(span, "a")
    span.set_attribute("b", 1)
    assert not sdk_started_spans.has_room(span, "c")
