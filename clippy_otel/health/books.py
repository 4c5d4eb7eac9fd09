"""The booking of outcomes: what is known of each service, and who is told when a status changes.

Three rooms, each with one thread at a time and nobody waiting: the books (pure), the records (events and metrics), the
application's callbacks. What hangs in one does not keep those before it. Totals are exact under threads; a booking
whose status stays is 15 us, most of it the histogram's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel import _guard, semconv
from clippy_otel.health.record import Outcome, judged
from clippy_otel.health.report import Reports, overall, status_of
from clippy_otel.health.serial import Serial
from clippy_otel.health.services import Service, Services
from clippy_otel.health.status import HealthReport, HealthStatus
from clippy_otel.ports import Purpose

if TYPE_CHECKING:
    from clippy_otel.ports import HasRecorder

Callback = Callable[[HealthReport, HealthReport], object]

# Where a callback hangs, what comes after it is told nobody: each of these holds two reports.
_MAX_WAITING: Final = 64
_MAX_BOOKINGS: Final = 10_000  # reached only where the thread that books does not go on
_OUTDATED: Final = -1  # no version of the services
_MS_PER_S: Final = 1000
_SEVERITIES: Final[Mapping[HealthStatus, int]] = {
    HealthStatus.HEALTHY: semconv.SEVERITY_INFO,
    HealthStatus.UNKNOWN: semconv.SEVERITY_INFO,
    HealthStatus.DEGRADED: semconv.SEVERITY_WARN,
    HealthStatus.UNHEALTHY: semconv.SEVERITY_ERROR,
}


class _Change(NamedTuple):
    """A status that is another one now."""

    status: HealthStatus
    data: dict[str, Any]


class _Booking:
    """One outcome on its way through the rooms."""

    __slots__ = ("changes", "ended", "outcome", "reports", "service")

    def __init__(self, service: Service | None, outcome: Outcome | None, ended: threading.Event | None) -> None:
        self.service = service
        self.outcome = outcome
        self.ended = ended
        self.changes: list[_Change] = []
        self.reports: tuple[HealthReport, HealthReport] | None = None

    def end(self) -> None:
        if self.ended is not None:
            self.ended.set()


class Books:
    """The books of one HealthCheck.

    Args:
        collector: What is recorded with.
        services: The services.
        reports: What makes reports.
    """

    def __init__(self, collector: HasRecorder, services: Services, reports: Reports) -> None:
        self._collector = collector
        self._services = services
        self._reports = reports
        self._callbacks: tuple[Callback, ...] = ()
        self._booking = Serial(self._book, _MAX_BOOKINGS)
        self._recording = Serial(self._record, _MAX_WAITING)
        self._calling = Serial(self._call, _MAX_WAITING)
        self._warned = False
        self._start()

    def _start(self) -> None:
        self._announced = HealthStatus.UNKNOWN
        self._version = _OUTDATED  # of the services, when they were compared last
        self._latest: HealthReport | None = None  # what the callbacks were told last

    def after_fork(self) -> None:
        """Start anew in the child; who is told stays."""
        for serial in (self._booking, self._recording, self._calling):
            serial.renew()
        self._start()

    def on_change(self, callback: Callback) -> Callable[[], None]:
        """Call a function at each change from now on; return how to stop."""
        if self._latest is None:
            self._latest = self._reports.report()
        self._callbacks = (*self._callbacks, callback)

        def stop() -> None:
            self._callbacks = tuple(other for other in self._callbacks if other is not callback)

        return stop

    def put(
        self, service: Service | None = None, outcome: Outcome | None = None, ended: threading.Event | None = None
    ) -> None:
        """Book an outcome.

        Args:
            service: Whose; None: look only whether a change of the registration has changed a status.
            outcome: How its check ended.
            ended: Set when it is booked, and everybody told.
        """
        self._booking.add(_Booking(service, outcome, ended))
        self._booking.drain()
        self._recording.drain()
        self._calling.drain()

    def _book(self, booking: _Booking) -> None:
        with _guard.host_safe("health") as guarded:
            service, outcome = booking.service, booking.outcome
            if service is not None and outcome is not None:
                before = service.record
                now_ns = self._collector.recorder.clock.time_ns()
                service.record = judged(before, outcome, self._services.thresholds(service), now_ns)
                if service.record.status is not before.status:
                    self._version = _OUTDATED
            if self._version != self._services.version:
                self._compare(booking)
        if guarded.error is not None:
            booking.end()
        elif not self._recording.add(booking):
            self._give_up(booking)

    def _compare(self, booking: _Booking) -> None:
        """Note which statuses are others than were told last."""
        self._version = self._services.version
        statuses = []
        for service in self._services:
            status, why = status_of(service, self._services)
            statuses.append((status, service.settings.critical))
            if status is not service.announced:
                data = _data_of_service(service, why)
                booking.changes.append(_changed(service.announced, status, data))
                service.announced = status
        status = overall(statuses)
        if status is not self._announced:
            booking.changes.append(_changed(self._announced, status, {}))
            self._announced = status
        if booking.changes and self._callbacks:
            report = self._reports.report()
            booking.reports = (report, self._latest or report)
            self._latest = report

    def _record(self, booking: _Booking) -> None:
        with _guard.host_safe("health"):
            recorder = self._collector.recorder
            service, outcome = booking.service, booking.outcome
            if service is not None and outcome is not None and outcome.response_time_ms is not None:
                name, seconds = semconv.METRIC_HEALTH_CHECK_DURATION, outcome.response_time_ms / _MS_PER_S
                labels = {semconv.SERVICE: service.name}
                recorder.record(name, seconds, unit="s", attributes=labels, purpose=Purpose.NONE)
            for change in booking.changes:
                severity = _SEVERITIES[change.status]
                recorder.emit(semconv.EVENT_HEALTH_STATUS_CHANGE, change.data, Purpose.NONE, severity=severity)
        if booking.reports is None:
            booking.end()
        elif not self._calling.add(booking):
            self._give_up(booking)

    def _call(self, booking: _Booking) -> None:
        if booking.reports is not None:
            report, previous = booking.reports
            for callback in self._callbacks:
                with _guard.host_safe("health callback"):
                    callback(report, previous)
        booking.end()

    def _give_up(self, booking: _Booking) -> None:
        if not self._warned:
            self._warned = True
            _guard.logger.warning("health: a change is told nobody while a callback of on_change() hangs")
        booking.end()


def _data_of_service(service: Service, why: str | None) -> dict[str, Any]:
    record = service.record
    data: dict[str, Any] = {
        semconv.HEALTH_SERVICE: service.name,
        semconv.HEALTH_CRITICAL: service.settings.critical,
        semconv.HEALTH_CONSECUTIVE_FAILURES: record.failures_in_a_row,
    }
    message = why if record.message is None else record.message
    if message is not None:
        data[semconv.HEALTH_MESSAGE] = message
    if record.details is not None:
        data[semconv.HEALTH_DETAILS] = record.details
    return data


def _changed(before: HealthStatus, status: HealthStatus, data: dict[str, Any]) -> _Change:
    told = {semconv.HEALTH_STATUS: status.value, semconv.HEALTH_PREVIOUS_STATUS: before.value}
    return _Change(status, {**told, **data})
