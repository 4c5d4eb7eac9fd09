"""The whole from its parts: a service's status by its own checks and its dependencies, and the report of all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final

from clippy_otel.config.masking import FrozenMapping
from clippy_otel.health.services import Service, Services
from clippy_otel.health.status import HealthReport, HealthStatus, ServiceHealth

if TYPE_CHECKING:
    from clippy_otel.ports import HasRecorder

_NS_PER_S: Final = 1e9
_NS_PER_MS: Final = 1e6


def status_of(service: Service, services: Services) -> tuple[HealthStatus, str | None]:
    """Return a service's status, and what made it worse than its own checks did; None: nothing.

    One whose dependency is UNHEALTHY is DEGRADED at least. One whose dependency is not registered is UNKNOWN at least.
    """
    status, why = service.record.status, None
    for name in service.settings.depends_on:
        dependency = services.get(name)
        if dependency is None:
            floor, reason = HealthStatus.UNKNOWN, f"depends on {name}, which is not registered"
        elif dependency.record.status is HealthStatus.UNHEALTHY:
            floor, reason = HealthStatus.DEGRADED, f"depends on {name}, which is unhealthy"
        else:
            continue
        if floor > status:
            status, why = floor, reason
    return status, why


def overall(statuses: Iterable[tuple[HealthStatus, bool]]) -> HealthStatus:
    """Return the status of all together: each one's status, and whether it is critical."""
    worst = HealthStatus.HEALTHY
    for status, critical in statuses:
        worst = max(worst, status if critical else min(status, HealthStatus.DEGRADED))
    return worst


def health_of(service: Service, services: Services) -> ServiceHealth:
    """Return how a service is."""
    status, why = status_of(service, services)
    record = service.record
    return ServiceHealth(
        name=service.name,
        status=status,
        message=record.message if why is None or record.message is not None else why,
        details=record.details,
        response_time_ms=record.response_time_ms,
        checked_at=_moment(record.checked_at_ns),
        consecutive_failures=record.failures_in_a_row,
        total_checks=record.checks,
        success_rate=record.successes / record.checks if record.checks else 0.0,
        critical=service.settings.critical,
    )


class Reports:
    """What makes reports.

    Args:
        collector: Whose clock and ledger they show.
        services: The services.
    """

    def __init__(self, collector: HasRecorder, services: Services) -> None:
        self._collector = collector
        self._services = services
        self.restart()

    def restart(self) -> None:
        """Count the uptime from now on."""
        self._started_ns = self._collector.recorder.clock.monotonic_ns()

    def report(self, probe: str | None = None) -> HealthReport:
        """Return how the services are, those of one probe or all."""
        recorder = self._collector.recorder
        chosen = [] if not self._services.options.enabled else [*self._services]
        if probe is not None:
            chosen = [service for service in chosen if probe in service.settings.probes]
        healths = [health_of(service, self._services) for service in chosen]
        records = [service.record for service in chosen]
        checks, timed = sum(record.checks for record in records), sum(record.timed_checks for record in records)
        return HealthReport(
            status=overall((health.status, health.critical) for health in healths),
            uptime_ms=max(recorder.clock.monotonic_ns() - self._started_ns, 0) / _NS_PER_MS,
            checked_at=_moment(max((record.checked_at_ns or 0 for record in records), default=0)),
            services=FrozenMapping({health.name: health for health in healths}),
            error_rate=sum(record.failures for record in records) / checks if checks else 0.0,
            mean_response_time_ms=sum(record.total_ms for record in records) / timed if timed else None,
            ledger=recorder.ledger.rows(),
        )


def _moment(time_ns: int | None) -> datetime | None:
    return datetime.fromtimestamp(time_ns / _NS_PER_S, tz=timezone.utc) if time_ns else None
