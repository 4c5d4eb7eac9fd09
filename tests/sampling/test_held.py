"""Traces that wait for their end: kept whole or not at all, within bounds, whatever the order of their spans."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.sampling.held import HeldTraces, Released, TraceLimits
from clippy_otel.testing import FakeClock

LIMITS = TraceLimits(max_spans=100, max_bytes=100_000, max_age_s=10)


def held(
    limits: TraceLimits = LIMITS, *, clock: FakeClock | None = None, admitted: int = 1000, sees_starts: bool = True
) -> HeldTraces:
    """Return an empty one that lets so many traces be kept."""
    admissions = iter([True] * admitted)
    return HeldTraces(limits, clock or FakeClock(), lambda: next(admissions, False), sees_starts=sees_starts)


def hold(traces: HeldTraces, trace_id: int, span: Any, *, is_wanted: bool = False, size_bytes: int = 1) -> Released:
    """Hand over a span that is no local root."""
    return traces.hold(trace_id, span, size_bytes, is_wanted=is_wanted)


@pytest.mark.parametrize("sees_starts", [True, False])
def test_a_trace_with_an_error_in_it_is_kept_whole(sees_starts: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """When its root ends, in the order in which its spans ended; another trace is not."""
    traces = held(sees_starts=sees_starts)
    for trace_id in (1, 2) if sees_starts else ():
        assert traces.begin(trace_id) == Released()
    assert hold(traces, 1, "a") == hold(traces, 2, "b") == hold(traces, 1, "c", is_wanted=True) == Released()
    assert traces.end(1, "root", is_wanted=False) == Released(("a", "c", "root"))
    assert traces.end(2, "root", is_wanted=False) == Released(left_out=2)


def test_the_root_itself_may_be_what_is_wanted() -> None:
    """With and without others."""
    traces = held()
    traces.begin(1)
    assert traces.end(1, "root", is_wanted=True) == Released(("root",))
    traces.begin(2)
    hold(traces, 2, "a")
    assert traces.end(2, "root", is_wanted=True) == Released(("a", "root"))


def test_what_ends_after_a_kept_trace_is_kept() -> None:
    """Also what begins in it again; what ends after one that was not goes the same way as that."""
    traces = held()
    traces.begin(1)
    traces.begin(2)
    traces.end(1, "root", is_wanted=True)
    traces.end(2, "root", is_wanted=False)
    assert hold(traces, 1, "late") == Released(("late",))
    assert hold(traces, 2, "late", is_wanted=True) == Released(left_out=1)
    traces.begin(1)
    assert traces.end(1, "again", is_wanted=False) == Released(("again",))


def test_a_trace_that_comes_here_twice_is_judged_twice() -> None:
    """Two requests of one trace, one after the other: the second one fails, and is kept."""
    traces = held()
    traces.begin(1)
    assert traces.end(1, "first", is_wanted=False) == Released(left_out=1)
    traces.begin(1)
    hold(traces, 1, "a")
    assert traces.end(1, "second", is_wanted=True) == Released(("a", "second"))


def test_a_trace_that_is_here_twice_at_once_ends_with_the_last() -> None:
    """The first root that ends decides nothing, but an error in it counts."""
    traces = held()
    traces.begin(1)
    traces.begin(1)
    assert traces.end(1, "first", is_wanted=True) is None
    assert hold(traces, 1, "first") == Released()
    assert traces.end(1, "second", is_wanted=False) == Released(("first", "second"))


def test_the_oldest_traces_give_way_as_a_whole() -> None:
    """By spans, open traces counted too, or by bytes; what they still bring follows them."""
    traces = held(TraceLimits(max_spans=6, max_bytes=1000, max_age_s=10))
    traces.begin(1)
    traces.begin(2)
    for span in "abc":
        assert hold(traces, 1, span, is_wanted=True) == Released()
    hold(traces, 2, "x")
    assert hold(traces, 2, "y") == Released(left_out=3, overflowed=3)
    assert hold(traces, 1, "late") == Released(left_out=1)
    assert traces.end(1, "root", is_wanted=True) == Released(left_out=1)
    assert hold(traces, 2, "big", size_bytes=2000) == Released(left_out=3, overflowed=3)
    assert traces.end(2, "root", is_wanted=True) == Released(left_out=1)


def test_what_was_decided_about_takes_no_room() -> None:
    """Any number of traces after each other pass within the limits, kept or not."""
    traces = held(TraceLimits(max_spans=3, max_bytes=10, max_age_s=10))
    for number in range(100):
        traces.begin(number)
        assert hold(traces, number, "a", is_wanted=number % 2 == 0, size_bytes=10) == Released()
        released = traces.end(number, "root", is_wanted=False)
        assert released == (Released(("a", "root")) if number % 2 == 0 else Released(left_out=2))


def test_a_trace_that_never_ends_is_let_go_by_its_age() -> None:
    """At the next start or end of anything."""
    clock = FakeClock()
    traces = held(clock=clock)
    traces.begin(1)
    hold(traces, 1, "a", is_wanted=True)
    clock.advance(ms=9_999)
    assert traces.begin(2) == Released()
    clock.advance(ms=1)
    assert traces.begin(3) == Released(left_out=1, overflowed=1)


def test_no_more_traces_are_kept_than_are_admitted() -> None:
    """Those beyond are left out as a whole, and said to be throttled."""
    traces = held(admitted=1)
    for trace_id in (1, 2):
        traces.begin(trace_id)
        hold(traces, trace_id, "a", is_wanted=True)
    assert traces.end(1, "root", is_wanted=False) == Released(("a", "root"))
    assert traces.end(2, "root", is_wanted=False) == Released(throttled=2)
    assert hold(traces, 2, "late") == Released(left_out=1)


def test_nothing_is_held_after_clear() -> None:
    """It says how many spans follow the head decision."""
    traces = held()
    traces.begin(1)
    hold(traces, 1, "a", is_wanted=True)
    assert traces.clear() == 1
    assert traces.clear() == 0
    assert traces.end(1, "root", is_wanted=True) == Released(left_out=1)


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["begin", "hold", "fail", "end"])), max_size=120))
def test_every_span_comes_out_once_and_the_bounds_hold(steps: list[tuple[int, str]]) -> None:
    """Whatever happens in whatever order, and no trace that is decided about at once is torn."""
    limits = TraceLimits(max_spans=12, max_bytes=20, max_age_s=10)
    traces = held(limits, admitted=5)
    given_spans, kept, gone = 0, 0, 0
    open_roots: dict[int, int] = {}
    for trace_id, step in steps:
        released: Released | None = None
        if step == "begin":
            released = traces.begin(trace_id)
            open_roots[trace_id] = open_roots.get(trace_id, 0) + 1
        elif step != "end":
            given_spans += 1
            released = hold(traces, trace_id, (trace_id, given_spans), is_wanted=step == "fail", size_bytes=2)
        elif open_roots.get(trace_id):
            given_spans += 1
            open_roots[trace_id] -= 1
            released = traces.end(trace_id, (trace_id, given_spans), is_wanted=False)
            if released is None:
                released = hold(traces, trace_id, (trace_id, given_spans), size_bytes=2)
        if released is not None:
            kept += len(released.kept)
            gone += released.left_out + released.throttled
            assert len({trace for trace, _ in released.kept}) <= 1
        assert traces._spans + len(traces._held) <= limits.max_spans
        assert traces._bytes <= limits.max_bytes
    assert kept + gone + traces.clear() == given_spans


def test_threads_lose_nothing() -> None:
    """Four of them, with traces of their own, each failing in every second one."""
    traces = held(TraceLimits())
    kept: list[Any] = []
    left_out: list[int] = []

    def work(worker: int) -> None:
        for number in range(200):
            trace_id = worker * 1000 + number + 1
            traces.begin(trace_id)
            hold(traces, trace_id, trace_id, is_wanted=number % 2 == 0)
            released = traces.end(trace_id, trace_id, is_wanted=False)
            assert released is not None
            kept.extend(released.kept)
            left_out.append(released.left_out)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(kept), sum(left_out)) == (800, 800)


def test_a_signal_handler_that_interrupts_it_is_not_hung() -> None:
    """It follows the head decision rather than wait for the frame beneath it."""
    traces = held()
    traces.begin(1)
    with traces._lock:
        assert traces.begin(2) == Released()
        assert hold(traces, 1, "a") == Released(left_out=1)
        assert traces.end(1, "root", is_wanted=True) == Released(left_out=1)
        assert traces.clear() == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_holds_nothing_of_its_parents() -> None:
    """Even where a thread of the parent held the lock."""
    traces = held()
    traces.begin(1)
    hold(traces, 1, "a", is_wanted=True)
    with traces._lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if traces.clear() == 0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert traces.end(1, "root", is_wanted=False) == Released(("a", "root"))
