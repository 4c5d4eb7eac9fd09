"""What a check says and what a report says: the statuses in their order, and the records."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import total_ordering
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from clippy_otel.ledger import LedgerRow
    from clippy_otel.ports import Signal


@total_ordering
class HealthStatus(enum.Enum):
    """How well something works. Ordered: HEALTHY < UNKNOWN < DEGRADED < UNHEALTHY."""

    HEALTHY = "healthy"
    UNKNOWN = "unknown"  # not checked yet, or the check could not tell
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"

    @property
    def level(self) -> int:
        """Its place in the order, 0 (HEALTHY) to 3 (UNHEALTHY): what the metric `clippy.health.status` shows."""
        return _LEVELS[self]

    def __lt__(self, other: object) -> bool:
        return _LEVELS[self] < _LEVELS[other] if isinstance(other, HealthStatus) else NotImplemented


_LEVELS: Final[Mapping[HealthStatus, int]] = {status: level for level, status in enumerate(HealthStatus)}


class HealthResult(NamedTuple):
    """What a check returns.

    Attributes:
        status: DEGRADED and UNHEALTHY count as one failure alike; UNKNOWN is neither failure nor success.
        message: Why; it is redacted, and cut at 512 characters. None: nothing to say.
        response_time_ms: How long what was checked took to answer, in milliseconds, 0 and more; None: as long as the
            check took.
        details: More about it: at most 20 values and 2,048 characters of it are kept. None: nothing.
    """

    status: HealthStatus
    message: str | None = None
    response_time_ms: float | None = None
    details: Mapping[str, Any] | None = None


Checked: TypeAlias = HealthResult | HealthStatus | Mapping[str, Any] | bool | None
Check: TypeAlias = Callable[[], Checked | Awaitable[Checked]]


class ServiceHealth(NamedTuple):
    """How one service is.

    Attributes:
        name: The name that it was registered with.
        status: As its checks and its dependencies make it; UNKNOWN before the first check.
        message: What the last check said, redacted; while it recovers, what the last failed one said. None: nothing.
        details: What the same check said beside, copied and cut but not redacted: who shows it to others redacts it.
            None: nothing.
        response_time_ms: How long the last check took, in milliseconds; None before the first, and where an earlier
            check hangs.
        checked_at: When the last check ended, in UTC; None before the first.
        consecutive_failures: Failed checks since the last success.
        total_checks: Its checks so far. One that hangs counts again each time when the next one is due.
        success_rate: The share of them that succeeded, 0 to 1; 0 where there is none.
        critical: Whether the whole can become UNHEALTHY by it.
    """

    name: str
    status: HealthStatus
    message: str | None = None
    details: Mapping[str, Any] | None = None
    response_time_ms: float | None = None
    checked_at: datetime | None = None
    consecutive_failures: int = 0
    total_checks: int = 0
    success_rate: float = 0.0
    critical: bool = True


class HealthReport(NamedTuple):
    """How all services are together.

    Attributes:
        status: That of the worst service, where one that is not critical counts as DEGRADED at most. HEALTHY where
            there are no services.
        uptime_ms: How long this HealthCheck has existed, in milliseconds; in a forked child, since the fork.
        checked_at: When the newest of its checks ended, in UTC; None before the first.
        services: Each service by its name, in the order of registration.
        error_rate: The share of all their checks that failed, 0 to 1; 0 where there were none.
        mean_response_time_ms: The mean over all their checks whose time is known, in milliseconds; None for none.
        ledger: What became of what was recorded, a row for each of "logs", "spans", "metrics".
    """

    status: HealthStatus
    uptime_ms: float
    checked_at: datetime | None
    services: Mapping[str, ServiceHealth]
    error_rate: float
    mean_response_time_ms: float | None
    ledger: Mapping[Signal, LedgerRow]
