"""What is known of one service, and what the next check makes of it: pure, one record after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from clippy_otel.health.status import HealthStatus


class Outcome(NamedTuple):
    """How one check ended.

    Attributes:
        status: What it says, or what its failure makes of it.
        message: Redacted and cut; None: nothing.
        details: Copied and cut; None: nothing.
        response_time_ms: None where no time is known.
        is_check: False: nothing was checked after all, which is no check to be counted.
    """

    status: HealthStatus
    message: str | None = None
    details: Mapping[str, Any] | None = None
    response_time_ms: float | None = None
    is_check: bool = True


class Thresholds(NamedTuple):
    """How many checks in a row it takes."""

    failures: int
    successes: int


class Record(NamedTuple):
    """What is known of one service; times in milliseconds and in nanoseconds since the epoch."""

    status: HealthStatus = HealthStatus.UNKNOWN
    message: str | None = None
    details: Mapping[str, Any] | None = None
    response_time_ms: float | None = None
    checked_at_ns: int | None = None
    failures_in_a_row: int = 0
    successes_in_a_row: int = 0
    checks: int = 0
    successes: int = 0
    failures: int = 0
    timed_checks: int = 0
    total_ms: float = 0.0  # of the timed ones


def judged(before: Record, outcome: Outcome, thresholds: Thresholds, now_ns: int) -> Record:
    """Return what is known of a service after one more check."""
    if not outcome.is_check:
        return before._replace(status=max(before.status, outcome.status), message=outcome.message)
    failed, succeeded = outcome.status >= HealthStatus.DEGRADED, outcome.status is HealthStatus.HEALTHY
    failures_in_a_row = before.failures_in_a_row + 1 if failed else 0 if succeeded else before.failures_in_a_row
    successes_in_a_row = before.successes_in_a_row + 1 if succeeded else 0
    was_unhealthy = before.status is HealthStatus.UNHEALTHY
    if failed:
        is_unhealthy = was_unhealthy or failures_in_a_row >= thresholds.failures
        status = HealthStatus.UNHEALTHY if is_unhealthy else HealthStatus.DEGRADED
    elif succeeded:
        is_recovering = was_unhealthy and successes_in_a_row < thresholds.successes
        status = HealthStatus.UNHEALTHY if is_recovering else HealthStatus.HEALTHY
    else:
        status = max(before.status, HealthStatus.UNKNOWN)
    said = outcome if outcome.message is not None or failed or status is HealthStatus.HEALTHY else before
    ms = outcome.response_time_ms
    return Record(
        status,
        said.message,
        said.details,
        ms,
        now_ns,
        failures_in_a_row,
        successes_in_a_row,
        before.checks + 1,
        before.successes + succeeded,
        before.failures + failed,
        before.timed_checks + (ms is not None),
        before.total_ms + (ms or 0.0),
    )
