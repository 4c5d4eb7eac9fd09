"""The four strategies for events and traces, the rules before them, and what is exempt."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState, set_span_in_context

from clippy_otel.clock import RandomIds
from clippy_otel.config import TelemetryConfig
from clippy_otel.ports import SamplingRule
from clippy_otel.sampling.strategies import Sampling
from clippy_otel.sampling.strategy import KEPT, Verdict, weight_of
from clippy_otel.testing import FakeClock

HIGH, LOW = (1 << 100) | ((1 << 56) - 1), (1 << 100) | 1
OUTSIDE = Context()
rates = st.floats(min_value=0, max_value=1)
numbers = st.integers(min_value=0, max_value=(1 << 128) - 1)
trace_ids = st.integers(min_value=1, max_value=(1 << 128) - 1)


def sampling(clock: FakeClock | None = None, **settings: Any) -> Sampling:
    """Return what these settings mean."""
    return Sampling(TelemetryConfig(**settings), clock or FakeClock())


def within(trace_id: int, *, sampled: bool = True, state: TraceState | None = None) -> Context:
    """Return a context in a span of a trace."""
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    return set_span_in_context(NonRecordingSpan(SpanContext(trace_id, 1, False, flags, state)), Context())  # noqa: FBT003 - the SDK's


def judge(
    of: Sampling, number: int = 1, *, session: str | None = None, context: Context = OUTSIDE, is_error: bool = False
) -> Verdict:
    """Return the verdict about an event that no rule is for."""
    return of.judge(of.base, number, session, context, is_error=is_error)


def keeps(of: Sampling, number: int = 1, **where: Any) -> bool:
    """Return whether an event is kept."""
    return judge(of, number, **where).refused is None


def test_always_keeps_everything_beside_any_trace_sampler() -> None:
    """An event is kept also where its trace is not."""
    always = sampling(sampling="always")
    assert judge(always, context=within(5, sampled=False)) is KEPT
    assert always.keeps_lifecycle
    assert always.keeps_all


def test_never_keeps_nothing_errors_and_sessions_included() -> None:
    """`never` is a promise, whatever is to be kept for its outcome."""
    never = sampling(sampling="never", keep_errors=True)
    assert judge(never).refused == judge(never, is_error=True).refused == "sampled_out"
    assert not never.keeps_lifecycle
    assert never.keeps_none
    assert not never.by_outcome


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.01])
def test_probabilistic_keeps_the_rate_of_events(rate: float) -> None:
    """Of 40,000 events the kept ones are the rate, at a confidence of 99.99 % (4 deviations; the seed is fixed)."""
    share, count = sampling(sampling="probabilistic", sampling_rate=rate), 40_000
    kept = sum(keeps(share, number) for number in range(1, count + 1))
    assert abs(kept - rate * count) < 4 * (count * rate * (1 - rate)) ** 0.5
    rng = random.Random(7)
    kept = sum(keeps(share, rng.getrandbits(128)) for _ in range(count))
    assert abs(kept - rate * count) < 4 * (count * rate * (1 - rate)) ** 0.5
    assert judge(share, (1 << 128) - 1).weight in (1 / rate, None)


@pytest.mark.parametrize("period", [2, 3, 5, 8, 10, 13, 16, 21, 64])
def test_events_that_come_in_turns_are_kept_alike(period: int) -> None:
    """Of each kind a tenth is kept, however many there are: their numbers count on, the hash does not."""
    tenth, ids = sampling(sampling="probabilistic", sampling_rate=0.1), RandomIds()
    kept = [0] * period
    rounds = 20_000 // period
    for _ in range(rounds):
        for kind in range(period):
            kept[kind] += keeps(tenth, ids.event_number())
    allowed = 5.5 * (rounds * 0.09) ** 0.5
    assert all(abs(count - rounds / 10) < allowed for count in kept), kept


def test_twenty_server_processes_each_keep_about_a_tenth() -> None:
    """A process's session is not one from outside: no process is whole or absent. Each within five deviations."""
    tenth = sampling(sampling="probabilistic", sampling_rate=0.1)
    for _ in range(20):
        ids = RandomIds()  # a process's own
        kept = sum(keeps(tenth, ids.event_number()) for _ in range(2000))
        assert abs(kept - 200) < 5 * (2000 * 0.09) ** 0.5


@given(st.lists(numbers, min_size=1, max_size=40), rates, rates)
def test_a_smaller_rate_keeps_a_subset_of_events(given_numbers: list[int], one: float, other: float) -> None:
    """Whatever the smaller of two rates keeps, the larger one keeps too: events, sessions and traces."""
    small, large = (sampling(sampling="probabilistic", sampling_rate=rate) for rate in sorted((one, other)))
    for number in given_numbers:
        trace_id = number or 1
        for where in ({}, {"session": f"s-{number}"}, {"context": within(trace_id)}):
            assert keeps(large, number, **where) or not keeps(small, number, **where)
        assert large.begins(large.base, trace_id) or not small.begins(small.base, trace_id)


@given(st.text(min_size=1, max_size=20), rates)
def test_a_session_from_outside_is_whole_or_absent(session: str, rate: float) -> None:
    """All events of a browser's session share one decision, in every process."""
    decisions = {
        keeps(sampling(sampling="probabilistic", sampling_rate=rate), number, session=session) for number in range(20)
    }
    assert len(decisions) == 1


@given(trace_ids, rates, st.integers(0, (1 << 128) - 1))
def test_events_and_spans_of_a_trace_share_one_decision(trace_id: int, rate: float, number: int) -> None:
    """No event of a trace that is left out, no kept trace without its events."""
    share = sampling(sampling="probabilistic", sampling_rate=rate)
    begins = share.begins(share.base, trace_id)
    state = share.base.trace_state if begins else None
    assert keeps(share, number, context=within(trace_id, sampled=begins, state=state)) is begins
    assert (share.left_out(SpanContext(trace_id, 1, False, TraceFlags(1))) is None) is begins  # noqa: FBT003 - the SDK's


def test_probabilistic_follows_the_trace() -> None:
    """In a span an event needs the sampled flag and the trace's own randomness, the explicit one before the id's."""
    half = sampling(sampling="probabilistic", sampling_rate=0.5)
    assert judge(half, context=within(HIGH)).weight == 2.0
    assert not keeps(half, context=within(LOW))
    assert not keeps(half, context=within(HIGH, sampled=False))
    explicit = TraceState([("vendor", "x"), ("ot", "rv:ffffffffffffff")])
    assert judge(half, context=within(LOW, state=explicit)).weight == 2.0


def test_the_smaller_of_two_rates_is_what_a_kept_event_stands_for() -> None:
    """A trace that was sampled at a quarter before, by the same rule, does not count four times two."""
    half = sampling(sampling="probabilistic", sampling_rate=0.5)
    assert judge(half, context=within(HIGH, state=TraceState([("ot", "th:c")]))).weight == 4.0
    assert judge(half, context=within(HIGH, state=TraceState([("ot", "th:4")]))).weight == 2.0
    assert judge(half, context=within(HIGH, state=TraceState([("ot", "th:bad!")]))).weight == 2.0


def test_what_decides_independently_before_multiplies_the_weight() -> None:
    """For events in traces alone, and also after the settings have changed."""
    half = sampling(sampling="probabilistic", sampling_rate=0.5)
    half.stand_behind(10.0)
    assert judge(half, context=within(HIGH)).weight == 20.0
    assert half.trace_weight(None) == 20.0
    assert {judge(half, number).weight for number in range(100)} == {2.0, None}
    later = Sampling(TelemetryConfig(sampling="probabilistic", sampling_rate=0.25), FakeClock(), half)
    assert judge(later, context=within(HIGH)).weight == 40.0


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_the_ends_of_the_rate_are_nothing_and_everything(rate: float) -> None:
    """A rate of 0 keeps nothing, 1 keeps all, and neither has a weight."""
    end = sampling(sampling="probabilistic", sampling_rate=rate)
    assert {keeps(end, number) for number in range(100)} == {bool(rate)}
    assert end.base.kept.weight is None


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.02])
def test_the_sum_of_weights_estimates_what_there_was(rate: float) -> None:
    """Within four deviations of an estimate from weights: sqrt(n (1 - p) / p)."""
    share, count, rng = sampling(sampling="probabilistic", sampling_rate=rate), 30_000, random.Random(11)
    verdicts = [judge(share, rng.getrandbits(128)) for _ in range(count)]
    estimate = sum(verdict.weight or 0 for verdict in verdicts if verdict.refused is None)
    assert abs(estimate - count) < 4 * math.sqrt(count * (1 - rate) / rate)


def test_throttled_keeps_the_first_of_a_window() -> None:
    """All events together are held to the window, which slides."""
    clock = FakeClock()
    throttled = sampling(clock, sampling="throttled", max_events_per_window=2, throttle_window_ms=1000)
    assert [judge(throttled).refused for _ in range(3)] == [None, None, "throttled"]
    clock.advance(ms=1000)
    assert keeps(throttled)


def test_traces_are_throttled_in_a_window_of_their_own() -> None:
    """Many events do not push traces out, nor traces events."""
    throttled = sampling(sampling="throttled", max_events_per_window=2)
    assert [keeps(throttled) for _ in range(3)] == [True, True, False]
    assert [throttled.begins(throttled.base, number) for number in (1, 2, 3)] == [True, True, False]


def test_a_trace_that_ends_here_is_admitted_once() -> None:
    """Each of its spans has the fate of the first one that ends."""
    throttled = sampling(sampling="throttled", max_events_per_window=2)
    contexts = [SpanContext(number, 1, False, TraceFlags(1)) for number in (1, 2, 3, 1, 2, 3)]  # noqa: FBT003 - the SDK's
    assert [throttled.left_out(context) for context in contexts] == [None, None, "throttled"] * 2
    assert throttled.left_out(SpanContext(4, 1, False, TraceFlags(0))) == "sampled_out"  # noqa: FBT003 - the SDK's


class SharedClock(FakeClock):
    """A clock that several threads move on: it never goes back."""

    def __init__(self) -> None:
        super().__init__()
        self._moving = threading.Lock()

    def advance(self, *, ms: float) -> None:
        """Let time go on."""
        with self._moving:
            super().advance(ms=ms)


def test_eight_threads_are_admitted_the_allowance_and_no_more() -> None:
    """Under a clock that moves on meanwhile, no window holds more than the limit: of events, errors and traces."""
    clock = SharedClock()
    throttled = sampling(clock, sampling="throttled", max_events_per_window=20, throttle_window_ms=100)
    admitted: list[tuple[str, int, int]] = []

    def ask() -> None:
        for number in range(300):
            for kind, ask_once in kinds.items():
                before = clock.monotonic_ns()
                if ask_once():
                    admitted.append((kind, before, clock.monotonic_ns()))
            if number % 10 == 0:
                clock.advance(ms=1)

    kinds: dict[str, Callable[[], bool]] = {
        "event": lambda: keeps(throttled),
        "error": lambda: keeps(throttled, is_error=True),
        "trace": lambda: throttled.begins(throttled.base, 1),
    }
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for kind in kinds:
        times = sorted((before, after) for name, before, after in admitted if name == kind)
        assert len(times) >= 20
        for start, _ in times:  # what was surely admitted within the window that begins there
            assert sum(start <= before and after < start + 100_000_000 for before, after in times) <= 20


@pytest.mark.parametrize("strategy", ["probabilistic", "throttled"])
def test_errors_are_exempt_within_a_window_of_their_own(strategy: str) -> None:
    """Errors come through where events do not, up to a cap of the same size, and stand for themselves."""
    strict = sampling(sampling=strategy, sampling_rate=0.0, max_events_per_window=2)
    for number in range(3):
        keeps(strict, number)
    assert not keeps(strict)
    assert [judge(strict, is_error=True) for _ in range(3)] == [KEPT, KEPT, Verdict("throttled")]
    assert not keeps(strict, context=within(LOW, sampled=False), is_error=True)  # the same window


def test_a_changed_limit_counts_what_was_admitted_before() -> None:
    """Changing the settings does not open the window anew, nor does it let both pass."""
    clock = FakeClock()
    before = sampling(clock, sampling="throttled", max_events_per_window=3)
    assert [keeps(before) for _ in range(2)] == [True, True]
    after = Sampling(TelemetryConfig(sampling="throttled", max_events_per_window=2), clock, before)
    assert [keeps(after), keeps(before)] == [False, False]


RULES = (
    SamplingRule(event="debug.*", sampling="never"),
    SamplingRule(event="mouse.*", sampling="probabilistic", rate=0.25),
    SamplingRule(route="/health*", sampling="never"),
    SamplingRule(severity=13, sampling="always"),
    SamplingRule(event="order.*", sampling="throttled"),
)


@pytest.mark.parametrize(
    "name,severity,described,expected",
    [
        ("debug.x", 21, (), "never"),  # the first that matches, whatever would match later
        ("Debug.x", 9, (), "throttled"),  # case matters; then `sampling`
        ("mouse.moved", 9, (), "probabilistic 0.25"),
        ("page", 9, ({"http.route": "/health/live"}, None), "never"),
        ("page", 9, ({"url.path": "/health"}, None), "never"),
        ("page", 9, ({"url.path": 5}, {"http.route": "/health"}), "never"),
        ("page", 9, ({"http.route": "/"}, {"http.route": "/health"}), "throttled"),  # the record's before the scope's
        ("page", 13, ({}, {}), "always"),
        ("page", None, (None, None), "throttled"),
        ("order.paid", 9, (), "throttled"),
    ],
)
def test_the_first_rule_that_matches_decides(name: str, severity: int | None, described: Any, expected: str) -> None:
    """By name, by route and by severity; else `sampling`."""
    of = sampling(sampling="throttled", sampling_rules=RULES)
    assert of.strategy(name, severity, described).describe() == expected


def test_a_rule_is_a_strategy_like_another() -> None:
    """With its own rate and weight; all that is throttled shares the window."""
    of = sampling(sampling="throttled", sampling_rules=RULES, max_events_per_window=2)
    mouse, order = of.strategy("mouse.x", 9, ()), of.strategy("order.x", 9, ())
    assert {of.judge(mouse, number, None, OUTSIDE, is_error=False).weight for number in range(50)} == {4.0, None}
    assert [of.judge(order, 1, None, OUTSIDE, is_error=False).refused for _ in range(2)] == [None, None]
    assert judge(of).refused == "throttled"
    dropped = of.strategy("debug.x", 9, ())
    assert of.judge(dropped, 1, None, OUTSIDE, is_error=True).refused == "sampled_out"
    assert not of.keeps_all
    assert not of.keeps_none


@pytest.mark.parametrize("rate", [0.1, 0.3, 1 / 3, 0.01, 0.7, 0.123456])
def test_the_weight_is_the_same_from_the_rate_and_from_the_threshold(rate: float) -> None:
    """To the last bit: a trace's first span and those below it, in whatever process, stand for as many."""
    strategy = sampling(sampling="probabilistic", sampling_rate=rate).base
    assert strategy.trace_state is not None
    weight = weight_of(strategy.trace_state["ot"])
    assert strategy.kept.weight == 1 / rate
    assert weight == (1 / rate if rate != 1 / 3 else pytest.approx(3, abs=1e-11))
