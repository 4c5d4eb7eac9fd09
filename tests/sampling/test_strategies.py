"""The four strategies for events, and what is exempt from them."""

from __future__ import annotations

import pytest
from opentelemetry.trace import INVALID_SPAN_CONTEXT, SpanContext, TraceFlags, TraceState

from clippy_otel.config import TelemetryConfig
from clippy_otel.sampling.strategies import Candidate, EventSampler
from clippy_otel.testing import FakeClock, SequentialIds

ids = SequentialIds()


def sampler(**settings: object) -> EventSampler:
    """Return a sampler with these settings."""
    return EventSampler(TelemetryConfig(**settings), FakeClock())  # type: ignore[arg-type] # settings by name


def candidate(
    event_id: str = "1", *, session: str | None = None, span: SpanContext = INVALID_SPAN_CONTEXT, is_error: bool = False
) -> Candidate:
    """Return an event to be decided about."""
    return Candidate(event_id, session, span, is_error)


def span(trace_id: int, *, sampled: bool = True, state: TraceState | None = None) -> SpanContext:
    """Return a span context of a trace."""
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    return SpanContext(trace_id, 1, is_remote=False, trace_flags=flags, trace_state=state)


def test_always_keeps_everything_beside_any_trace_sampler() -> None:
    """An event is kept also where its trace is not."""
    always = sampler(sampling="always")
    assert always.refuse(candidate(span=span(5, sampled=False))) is None
    assert always.keeps_lifecycle
    assert always.weight is None


def test_never_keeps_nothing_errors_and_sessions_included() -> None:
    """`never` is a promise."""
    never = sampler(sampling="never")
    assert never.refuse(candidate()) == "sampled_out"
    assert never.refuse(candidate(is_error=True)) == "sampled_out"
    assert not never.keeps_lifecycle


def test_probabilistic_keeps_the_rate_of_events() -> None:
    """Outside of traces and sessions each event is decided by its own id; the weight says what one stands for."""
    half = sampler(sampling="probabilistic", sampling_rate=0.5)
    kept = sum(half.refuse(candidate(f"{number:032x}")) is None for number in range(4000))
    assert abs(kept - 2000) < 5 * 1000**0.5
    assert half.weight == 2.0


def test_probabilistic_keeps_or_drops_a_session_from_outside_as_a_whole() -> None:
    """All events of a browser's session share one decision."""
    tenth = sampler(sampling="probabilistic", sampling_rate=0.1)
    for number in range(200):
        decisions = {tenth.refuse(candidate(f"{event}", session=f"s-{number}")) for event in range(5)}
        assert len(decisions) == 1


def test_probabilistic_follows_the_trace() -> None:
    """In a span an event needs the sampled flag and the trace's own randomness, the explicit one before the id's."""
    half = sampler(sampling="probabilistic", sampling_rate=0.5)
    high, low = (1 << 100) | ((1 << 56) - 1), (1 << 100) | 1
    assert half.refuse(candidate(span=span(high))) is None
    assert half.refuse(candidate(span=span(low))) == "sampled_out"
    assert half.refuse(candidate(span=span(high, sampled=False))) == "sampled_out"
    explicit = TraceState([("vendor", "x"), ("ot", "rv:ffffffffffffff")])
    assert half.refuse(candidate(span=span(low, state=explicit))) is None


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_the_ends_of_the_rate_are_nothing_and_everything(rate: float) -> None:
    """A rate of 0 drops all, 1 keeps all, and neither has a weight."""
    end = sampler(sampling="probabilistic", sampling_rate=rate)
    decisions = {end.refuse(candidate(f"{number:032x}")) for number in range(100)}
    assert decisions == ({None} if rate else {"sampled_out"})
    assert end.weight is None


def test_throttled_keeps_the_first_of_a_window() -> None:
    """All events together are held to the window, which slides."""
    clock = FakeClock()
    throttled = EventSampler(
        TelemetryConfig(sampling="throttled", max_events_per_window=2, throttle_window_ms=1000), clock
    )
    assert [throttled.refuse(candidate()) for _ in range(3)] == [None, None, "throttled"]
    clock.advance(ms=1000)
    assert throttled.refuse(candidate()) is None


@pytest.mark.parametrize("strategy", ["probabilistic", "throttled"])
def test_errors_are_exempt_within_a_window_of_their_own(strategy: str) -> None:
    """Errors come through where events do not, up to a cap of the same size."""
    strict = sampler(sampling=strategy, sampling_rate=0.0, max_events_per_window=2)
    for _ in range(3):
        strict.refuse(candidate())
    assert strict.refuse(candidate()) is not None
    assert [strict.refuse(candidate(is_error=True)) for _ in range(3)] == [None, None, "throttled"]


def test_a_changed_limit_counts_what_was_admitted_before() -> None:
    """Changing the settings does not open the window anew."""
    clock = FakeClock()
    before = EventSampler(TelemetryConfig(sampling="throttled", max_events_per_window=3), clock)
    assert [before.refuse(candidate()) for _ in range(2)] == [None, None]
    after = EventSampler(TelemetryConfig(sampling="throttled", max_events_per_window=2), clock, before)
    assert after.refuse(candidate()) == "throttled"
