"""A storm of equal errors: so many records in any minute, and no more, whatever else there is."""

from __future__ import annotations

import os
import random
import threading

import pytest

from clippy_otel.errors.storms import MAX_FINGERPRINTS, MAX_RECORDS, WINDOW_NS, Storms


def test_never_more_than_the_limit_in_any_window() -> None:
    """Over a seeded day of bursts, checked against all admissions; and what may go out does."""
    rng, storms, now_ns = random.Random(3), Storms(), 0
    admitted: list[int] = []
    for _ in range(5_000):
        now_ns += rng.choice((0, 1, 1_000_000, 7_000_000_000, 90_000_000_000))
        within = [time_ns for time_ns in admitted if now_ns - time_ns < WINDOW_NS]
        assert storms.admits("f", now_ns) == (len(within) < MAX_RECORDS)
        if len(within) < MAX_RECORDS:
            admitted.append(now_ns)
    assert len(admitted) < 5_000


def test_each_fingerprint_has_a_window_of_its_own() -> None:
    """One storm does not silence other errors."""
    storms = Storms()
    assert [storms.admits("a", 0) for _ in range(MAX_RECORDS + 1)] == [True] * MAX_RECORDS + [False]
    assert storms.admits("b", 0)


def test_the_fingerprints_are_bounded() -> None:
    """The one that was not seen for the longest time is forgotten; a storm that goes on is not."""
    storms = Storms()
    for _ in range(MAX_RECORDS):
        storms.admits("storm", 0)
    for number in range(10_000):
        storms.admits(str(number), 0)
        assert not storms.admits("storm", 0)
    assert len(storms._times) == MAX_FINGERPRINTS


def test_the_limit_is_exact_under_threads() -> None:
    """Eight threads share one limit."""
    storms, barrier = Storms(), threading.Barrier(8)
    admitted: list[bool] = []

    def work() -> None:
        barrier.wait()
        admitted.extend([storms.admits("f", 0) for _ in range(100)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(admitted) == MAX_RECORDS


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_a_limit_of_its_own() -> None:
    """Its parent's records are not its own, and neither is a lock that its parent held."""
    storms = Storms()
    for _ in range(MAX_RECORDS):
        storms.admits("f", 0)
    with storms._lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if storms.admits("f", 0) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_who_cannot_have_the_lock_is_refused_and_does_not_wait_for_ever() -> None:
    """A signal handler may have interrupted the very frame that holds it."""
    storms = Storms()
    with storms._lock:
        assert not storms.admits("f", 0)
