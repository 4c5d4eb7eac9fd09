"""What a check makes of a service's record: thresholds, counts and means, against a naive model."""

from __future__ import annotations

import random
import statistics

import pytest

from clippy_otel.health.record import Outcome, Record, Thresholds, judged
from clippy_otel.health.status import HealthStatus

HEALTHY, UNKNOWN, DEGRADED, UNHEALTHY = HealthStatus
STATUSES = {"+": HEALTHY, "?": UNKNOWN, "d": DEGRADED, "-": UNHEALTHY}
SHOWN = {"H": HEALTHY, "U": UNKNOWN, "D": DEGRADED, "X": UNHEALTHY}


def after(checks: str, thresholds: Thresholds) -> list[HealthStatus]:
    """Return the status after each check."""
    record, seen = Record(), []
    for check in checks:
        record = judged(record, Outcome(STATUSES[check]), thresholds, 1)
        seen.append(record.status)
    return seen


@pytest.mark.parametrize(
    "checks, failures, successes, expected",
    [
        ("+++", 3, 2, "HHH"),
        ("-+-+", 3, 2, "DHDH"),
        ("---", 3, 2, "DDX"),
        ("ddd", 3, 2, "DDX"),
        ("d-d", 3, 2, "DDX"),
        ("-----", 3, 2, "DDXXX"),
        ("---++", 3, 2, "DDXXH"),
        ("---+-++", 3, 2, "DDXXXXH"),
        ("---+++", 3, 3, "DDXXXH"),
        ("-+", 1, 1, "XH"),
        ("--+-", 2, 1, "DXHD"),
        ("?", 3, 2, "U"),
        ("+?+", 3, 2, "HUH"),
        ("-?-?-", 3, 2, "DDDDX"),
        ("---+?++", 3, 2, "DDXXXXH"),
    ],
)
def test_thresholds(checks: str, failures: int, successes: int, expected: str) -> None:
    """The first failure degrades, the threshold makes unhealthy, and back it goes after enough successes in a row."""
    assert after(checks, Thresholds(failures, successes)) == [SHOWN[letter] for letter in expected]


@pytest.mark.parametrize("seed", range(5))
def test_statistics_equal_those_of_the_list(seed: int) -> None:
    """Counts, rates and means are those of all outcomes."""
    made = random.Random(seed)
    record, outcomes = Record(), []
    for number in range(500):
        ms = made.choice([None, made.uniform(0, 1000)])
        outcomes.append(Outcome(made.choice(list(HealthStatus)), response_time_ms=ms))
        record = judged(record, outcomes[-1], Thresholds(3, 2), number)
    failed = [outcome.status in (DEGRADED, UNHEALTHY) for outcome in outcomes]
    timed = [outcome.response_time_ms for outcome in outcomes if outcome.response_time_ms is not None]
    known = [is_failure for is_failure, o in zip(failed, outcomes, strict=True) if o.status is not UNKNOWN]
    in_a_row = next((n for n, is_failure in enumerate(reversed(known)) if not is_failure), len(known))
    assert (record.checks, record.failures) == (500, sum(failed))
    assert record.successes == sum(outcome.status is HEALTHY for outcome in outcomes)
    assert record.failures_in_a_row == in_a_row
    assert record.total_ms / record.timed_checks == pytest.approx(statistics.fmean(timed))
    assert (record.checked_at_ns, record.response_time_ms) == (499, outcomes[-1].response_time_ms)


def test_what_was_not_checked_counts_nowhere() -> None:
    """Nobody knows how such a service is, unless it was worse before."""
    unchecked = Outcome(UNKNOWN, "no thread", is_check=False)
    well = judged(Record(), Outcome(HEALTHY), Thresholds(3, 2), 7)
    ill = judged(Record(), Outcome(DEGRADED), Thresholds(3, 2), 7)
    for record, status in ((well, UNKNOWN), (ill, DEGRADED)):
        assert judged(record, unchecked, Thresholds(3, 2), 8) == record._replace(status=status, message="no thread")


def test_while_it_recovers_the_last_failure_is_shown() -> None:
    """An UNHEALTHY service says why, until it is well or has something else to say."""
    ill = judged(Record(), Outcome(UNHEALTHY, "no answer", {"a": 1}), Thresholds(1, 3), 1)
    better = judged(ill, Outcome(HEALTHY), Thresholds(1, 3), 2)
    assert (better.status, better.message, better.details) == (UNHEALTHY, "no answer", {"a": 1})
    assert judged(better, Outcome(HEALTHY, "warming up"), Thresholds(1, 3), 3).message == "warming up"
    well = judged(better, Outcome(HEALTHY), Thresholds(1, 2), 3)
    assert (well.status, well.message, well.details) == (HEALTHY, None, None)
