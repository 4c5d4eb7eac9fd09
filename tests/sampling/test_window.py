"""The sliding window: exact under any sequence of times and any number of threads."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.clock import SYSTEM_CLOCK
from clippy_otel.sampling.window import SlidingWindow
from clippy_otel.testing import FakeClock

MS = 1_000_000


@given(st.integers(0, 5), st.lists(st.integers(0, 40), max_size=60))
def test_no_window_holds_more_than_the_limit(limit: int, steps_ms: list[int]) -> None:
    """Whatever the times of the asking, any stretch of the window's length holds at most `limit` admissions."""
    clock = FakeClock()
    window = SlidingWindow(limit, 100 * MS, clock)
    admitted: list[int] = []
    for step_ms in steps_ms:
        clock.advance(ms=step_ms)
        if window.admit():
            admitted.append(clock.monotonic_ns())
    for start in admitted:
        assert sum(start <= time < start + 100 * MS for time in admitted) <= limit


def test_what_has_left_the_window_makes_room() -> None:
    """After the window's length a full one admits again: it is not stricter than it says."""
    clock = FakeClock()
    window = SlidingWindow(2, 100 * MS, clock)
    assert [window.admit() for _ in range(3)] == [True, True, False]
    clock.advance(ms=99)
    assert not window.admit()
    clock.advance(ms=1)
    assert [window.admit() for _ in range(3)] == [True, True, False]


def test_threads_together_get_no_more_than_the_limit() -> None:
    """Eight threads that ask at once are admitted exactly as often as the limit says."""
    window = SlidingWindow(100, 3600 * 1000 * MS, SYSTEM_CLOCK)
    admitted: list[bool] = []

    def ask() -> None:
        admitted.extend([window.admit() for _ in range(500)])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(admitted), sum(admitted)) == (4000, 100)


def test_asking_while_this_thread_holds_the_lock_refuses() -> None:
    """A signal handler that interrupts a decision is refused rather than hung."""
    window = SlidingWindow(5, 100 * MS, FakeClock())
    with window._lock:  # the frame that the handler interrupts
        assert not window.admit()
    assert window.admit()


def test_a_change_counts_what_was_admitted() -> None:
    """It is no way around the limit; a larger one leaves room for the difference."""
    clock = FakeClock()
    window = SlidingWindow(2, 100 * MS, clock)
    assert window.admit()
    assert window.admit()
    window.change(1, 100 * MS)
    assert not window.admit()
    window.change(3, 100 * MS)
    assert [window.admit() for _ in range(3)] == [True, True, False]
    clock.advance(ms=50)
    window.change(3, 50 * MS)
    assert window.admit()
