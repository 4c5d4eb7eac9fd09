"""Groups of errors: counts that are exact, bounds that hold, statistics that can be computed by hand."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from datetime import datetime, timezone

import pytest

from clippy_otel.errors.groups import MAX_IDS, ErrorGroups
from clippy_otel.severity import ErrorSeverity
from clippy_otel.subscriptions import ErrorSeen

START_NS = 1_767_225_600_000_000_000


def seen(
    number: int, fingerprint: str = "f", *, severity: str = "error", user: str = "", message: str = "x"
) -> ErrorSeen:
    """Return an error, the number-th second's."""
    time_ns = START_NS + number * 1_000_000_000
    return ErrorSeen(
        f"{number:032x}", "ValueError", message, fingerprint, severity, f"{number + 1:032x}", user, time_ns
    )


def test_a_group_says_what_its_errors_have_in_common() -> None:
    """Count, users, first and last, the highest severity, and the last one's id, trace and message."""
    groups = ErrorGroups(10)
    groups.add(seen(1, severity="warning", user="p_a"))
    groups.add(seen(2, severity="critical", user="p_b", message="middle"))
    groups.add(seen(3, severity="error", user="p_a", message="last"))
    (group,) = groups.groups()
    assert group._asdict() == {
        "fingerprint": "f",
        "type": "ValueError",
        "message": "last",
        "count": 3,
        "affected_users": 2,
        "first_seen": datetime(2026, 1, 1, 0, 0, 1, tzinfo=timezone.utc),
        "last_seen": datetime(2026, 1, 1, 0, 0, 3, tzinfo=timezone.utc),
        "severity": ErrorSeverity.CRITICAL,
        "last_error_id": f"{3:032x}",
        "last_trace_id": f"{4:032x}",
        "recovered": 0,
    }


def test_statistics_are_those_computed_by_hand() -> None:
    """A seeded mixture, against the plainest way to count it."""
    rng = random.Random(7)
    groups = ErrorGroups(1000)
    severities = [severity.value for severity in ErrorSeverity]
    errors = [
        seen(number, f"f{rng.randrange(20)}", severity=rng.choice(severities), user=f"p_{rng.randrange(30)}")
        for number in range(400)
    ]
    for error in errors:
        groups.add(error)
    recovered = set(rng.sample([error.id for error in errors], 60))
    for error_id in recovered:
        groups.recover(error_id)
    stats = groups.stats()
    assert stats.total_errors == 400
    assert stats.unique_groups == len({error.fingerprint for error in errors})
    assert stats.by_severity == Counter(error.severity for error in errors)
    assert stats.recovery_rate == 60 / 400
    for group in groups.groups():
        own = [error for error in errors if error.fingerprint == group.fingerprint]
        assert group.count == len(own)
        assert group.affected_users == len({error.user for error in own})
        assert group.recovered == len({error.id for error in own} & recovered)
        assert group.severity == max(ErrorSeverity(error.severity) for error in own)
        assert (group.last_error_id, group.last_trace_id) == (own[-1].id, own[-1].trace_id)


def test_the_most_frequent_comes_first() -> None:
    """And of equally frequent ones that which was seen last."""
    groups = ErrorGroups(10)
    for number, fingerprint in enumerate("abbccd"):
        groups.add(seen(number, fingerprint))
    assert [group.fingerprint for group in groups.groups()] == ["c", "b", "d", "a"]


def test_the_group_that_was_not_seen_for_the_longest_time_goes() -> None:
    """The number of groups is bounded, also by a lower bound later; totals stay."""
    groups = ErrorGroups(3)
    for number, fingerprint in enumerate("abcad"):
        groups.add(seen(number, fingerprint))
    assert {group.fingerprint for group in groups.groups()} == {"c", "a", "d"}
    groups.limit(1)
    groups.add(seen(5, "e"))
    assert [group.fingerprint for group in groups.groups()] == ["e"]
    assert (groups.stats().total_errors, groups.stats().unique_groups) == (6, 1)


def test_no_errors_have_no_rate() -> None:
    """Statistics of nothing are zeros, also for a severity that was never seen."""
    stats = ErrorGroups(10).stats()
    assert (stats.total_errors, stats.unique_groups, stats.recovery_rate) == (0, 0, 0.0)
    assert stats.by_severity[ErrorSeverity.CRITICAL] == 0


def test_a_recovery_counts_once_and_only_for_a_known_id() -> None:
    """An id that was never given, or is older than the last 500, changes nothing."""
    groups = ErrorGroups(10)
    groups.add(seen(0, "old"))
    groups.recover(f"{0:032x}")
    groups.recover(f"{0:032x}")
    groups.recover("unknown")
    assert groups.stats().recovery_rate == 1.0
    assert groups.groups()[0].recovered == 1
    for number in range(1, MAX_IDS + 1):
        groups.add(seen(number, "new"))
    assert groups.stats().recovery_rate == 0.0
    groups.recover(f"{0:032x}")
    groups.recover(f"{1:032x}")
    assert groups.stats().recovery_rate == 1 / MAX_IDS
    assert {group.fingerprint: group.recovered for group in groups.groups()} == {"old": 1, "new": 1}


def test_totals_are_exact_under_threads() -> None:
    """Eight threads, with a reader among them, and nothing is lost or counted twice."""
    groups = ErrorGroups(100)
    barrier = threading.Barrier(8)

    def work(thread: int) -> None:
        barrier.wait()
        for number in range(500):
            groups.add(seen(thread * 1000 + number, f"f{number % 5}", user=f"p_{thread}"))
            if number % 50 == 0:
                groups.groups()

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert groups.stats().total_errors == 4000
    assert {group.count for group in groups.groups()} == {800}
    assert {group.affected_users for group in groups.groups()} == {8}


def test_what_comes_while_somebody_books_waits_for_nobody() -> None:
    """A signal handler that interrupts the booking notes its error, and it is booked afterwards."""
    groups = ErrorGroups(10)
    with groups._lock:
        groups.add(seen(1))
        assert groups.stats().total_errors == 0
    assert groups.stats().total_errors == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_starts_at_zero() -> None:
    """What the parent counted is the parent's, and a lock that it held is not the child's."""
    groups = ErrorGroups(10)
    groups.add(seen(1))
    with groups._lock:
        child = os.fork()
        if child == 0:
            before = groups.stats().total_errors
            groups.add(seen(2))
            os._exit(0 if (before, groups.stats().total_errors) == (0, 1) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert groups.stats().total_errors == 1
