"""HealthCheck: register services and what checks them; ask how they are.

Specification, component 5. Periodic checks run on threads of this component. They are there from the first registration
on, where a pipeline is configured; who turns telemetry off (`TelemetryConfig.enabled`) still has its health checks.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from clippy_otel import _fork, _guard
from clippy_otel.config.kinds import refusal
from clippy_otel.config.objects import Hook
from clippy_otel.health.books import Books, Callback
from clippy_otel.health.gauge import StatusGauge
from clippy_otel.health.loops import running_loop
from clippy_otel.health.options import (
    MAX_NAME_CHARS,
    PROBES,
    HealthOptions,
    Probe,
    checked,
    checked_name,
    checked_service,
)
from clippy_otel.health.report import Reports, health_of
from clippy_otel.health.runner import Runner
from clippy_otel.health.schedule import Schedule
from clippy_otel.health.services import Service, Services
from clippy_otel.health.status import Check, HealthReport, HealthStatus, ServiceHealth
from clippy_otel.idle import IdlePipeline
from clippy_otel.otlp import plain
from clippy_otel.waiting import wait_for

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from clippy_otel.ports import HasRecorder

_C = TypeVar("_C", bound=Check)

_NO_SERVICE: Final = "check_now() was asked for a service that is not registered"
_NO_PROBE: Final = f"a report was asked for a probe that is none of {', '.join(PROBES)}: it has all services"
_IN_ITS_LOOP: Final = (
    "an async check was asked for from inside its event loop, which it would block: it was not run; await acheck_now()"
    " or ahealth_report()"
)


class HealthCheck:
    """Services, whether they work, and whether all of it does.

    A service's first failure makes it DEGRADED, `failure_threshold` failures in a row make it UNHEALTHY, which it stays
    until `recovery_threshold` successes in a row. A failure is a check that raises, takes too long, returns False, or
    says DEGRADED or UNHEALTHY. Each change of a status, a service's or that of all together, is an event
    `health.status_change`; `clippy.health.status` shows them as a metric.

    Checks run on threads of this component, async ones in the application's event loop where it is known (from
    bind_loop() or any of the async methods here), else in an event loop of their own. What one does, or does not end
    to do, has no influence on the others.

    Args:
        collector: What events and metrics are recorded with.
        options: How services are checked; None: the defaults.
        **settings: Fields of HealthOptions, over them.

    Raises:
        ConfigurationError: An option is unknown or impossible.
    """

    def __init__(self, collector: HasRecorder, options: HealthOptions | None = None, **settings: Any) -> None:
        self._collector = collector
        self._services = Services(checked(options, settings))
        self._reports = Reports(collector, self._services)
        self._books = Books(collector, self._services, self._reports)
        self._gauge = StatusGauge(self._services)
        self._runner = Runner(collector, self._services, self._books, self._gauge)
        self._schedule = Schedule(self._services, self._runner)
        self._closed = False
        self._warned: set[str] = set()
        _fork.renew_in_child(self)
        # Dropped without a shutdown, it ends its thread, which knows only the parts.
        weakref.finalize(self, self._schedule.end).atexit = False

    def after_fork(self) -> None:
        """Know nothing yet in the child, and check by itself: its thread is started by the first call here."""
        self._services.after_fork()
        self._books.after_fork()
        self._runner.renew()
        self._schedule.renew()
        self._reports.restart()

    @property
    def options(self) -> HealthOptions:
        """The options in force."""
        return self._services.options

    def apply(self, options: HealthOptions) -> None:
        """Go on with other options, also after a shutdown(). What is known of the services stays.

        Raises:
            ConfigurationError: An option is impossible.
        """
        self._services.options = checked(options, {})
        self._closed = False
        self._gauge.is_open = True
        if self._services.options.enabled:
            for service in self._services:
                service.due_at = 0.0
            self._go_on(changed=True)
        else:
            self._schedule.stop()

    def register_service(  # noqa: PLR0913 - the contract
        self,
        name: str,
        check: Check,
        *,
        interval_ms: float | None = None,
        timeout_ms: float | None = None,
        failure_threshold: int | None = None,
        critical: bool = True,
        probes: Sequence[Probe] = ("ready",),
        depends_on: Sequence[str] = (),
    ) -> None:
        """Have a service checked from now on. One of the same name is replaced, and its statistics begin anew.

        Args:
            name: The service's: at most 200 characters. Keep secrets out of it.
            check: Called without arguments; a function or a coroutine function. What it returns is a HealthResult; or
                the specification's mapping {status, responseTime, message, details}, its status a HealthStatus or its
                lower-case name; or a status alone; or True, False or None, which is healthy. Raising is a failure; so
                is anything else that it returns.
            interval_ms: How often, in milliseconds; 0: only when somebody asks; None: as the options have it.
            timeout_ms: How long a check may take, in milliseconds, above 0; None likewise. A check can ask
                time_left_s() how much of it is left.
            failure_threshold: Failures in a row that make it UNHEALTHY, 1 or more; None likewise.
            critical: False: it cannot make the whole worse than DEGRADED.
            probes: In which probes it takes part: "ready", "live", "startup".
            depends_on: Names of services, also of some that are still to be registered. While one of them is
                UNHEALTHY, this one is DEGRADED at least; while one is not registered, UNKNOWN at least.

        Raises:
            ConfigurationError: One of these is impossible, there are 100 services already, or services would depend
                on each other in a circle.
        """
        settings = checked_service(
            interval_ms=interval_ms,
            timeout_ms=timeout_ms,
            failure_threshold=failure_threshold,
            critical=critical,
            probes=probes,
            depends_on=depends_on,
        )
        if not callable(check):
            raise refusal("check", "a callable", check)
        service = Service(checked_name(name), check, settings, is_async=_is_async(check))
        replaced = self._services.add(service)
        if replaced is not None:
            self._runner.forget(replaced)
        if self._is_on():
            self._go_on(changed=True)

    def check(  # noqa: PLR0913 - the contract
        self,
        name: str,
        *,
        interval_ms: float | None = None,
        timeout_ms: float | None = None,
        failure_threshold: int | None = None,
        critical: bool = True,
        probes: Sequence[Probe] = ("ready",),
        depends_on: Sequence[str] = (),
    ) -> Callable[[_C], _C]:
        """Register a function as a service's check: `@health.check("db")`. It comes back as it is.

        The arguments, and what is raised, are those of register_service().
        """
        checked_name(name)

        def register(check: _C) -> _C:
            self.register_service(
                name,
                check,
                interval_ms=interval_ms,
                timeout_ms=timeout_ms,
                failure_threshold=failure_threshold,
                critical=critical,
                probes=probes,
                depends_on=depends_on,
            )
            return check

        return register

    def unregister_service(self, name: str) -> None:
        """Check a service no more; what is known of it is forgotten. A name that is not registered is let be."""
        service = self._services.remove(name)
        if service is not None:
            self._runner.forget(service)
            if self._is_on():
                self._books.put()

    def health_report(self, *, fresh: bool = False, probe: Probe | None = None) -> HealthReport:
        """Return how all services are.

        Args:
            fresh: True: all of them are checked now, at the same time, each within its timeout. False: as the last
                checks have found them; one that was not checked yet is UNKNOWN.
            probe: Only those services that take part in it; None: all.
        """
        probe = self._known(probe)
        if self._is_on():
            self._go_on()
            if fresh:
                self._check([s for s in self._services if probe is None or probe in s.settings.probes])
        return self._reports.report(probe)

    async def ahealth_report(self, *, fresh: bool = False, probe: Probe | None = None) -> HealthReport:
        """Do what health_report() does without blocking the event loop, in which async checks run from now on."""
        self.bind_loop()
        if not fresh:
            return self.health_report(probe=probe)
        return await wait_for(partial(self.health_report, fresh=True, probe=probe))

    def is_healthy(self, *, fresh: bool = False, probe: Probe | None = None) -> bool:
        """Return whether a health_report() with these arguments is HEALTHY."""
        return self.health_report(fresh=fresh, probe=probe).status is HealthStatus.HEALTHY

    async def ais_healthy(self, *, fresh: bool = False, probe: Probe | None = None) -> bool:
        """Do what is_healthy() does without blocking the event loop; see ahealth_report()."""
        return (await self.ahealth_report(fresh=fresh, probe=probe)).status is HealthStatus.HEALTHY

    def check_now(self, name: str) -> ServiceHealth:
        """Check a service now and return how it is. Where it is being checked already, that check is waited for.

        Not for signal handlers, as a fresh report is not: it starts a thread and waits.

        Args:
            name: The service's. One that is not registered is UNKNOWN.
        """
        service = self._services.get(name)
        if service is None:
            self._warn(_NO_SERVICE)
            return ServiceHealth(
                plain.text(name)[:MAX_NAME_CHARS], HealthStatus.UNKNOWN, "not registered", critical=False
            )
        if self._is_on():
            self._go_on()
            self._check([service])
        return health_of(service, self._services)

    async def acheck_now(self, name: str) -> ServiceHealth:
        """Do what check_now() does without blocking the event loop, in which async checks run from now on."""
        self.bind_loop()
        return await wait_for(partial(self.check_now, name))

    def on_change(self, callback: Callback) -> Callable[[], None]:
        """Call a function at each change of a status, a service's or that of all together.

        It is called with the report after the change and the report that was told before it, on the thread that found
        the change; one call at a time, in their order. What it raises reaches nobody.

        Args:
            callback: A function that is not async.

        Returns:
            What ends that.

        Raises:
            ConfigurationError: It is no such function.
        """
        return self._books.on_change(Hook().check("callback", callback))

    def bind_loop(self, loop: AbstractEventLoop | None = None) -> None:
        """Run async checks in this event loop from now on, while it runs.

        Args:
            loop: The application's; None: the one that runs here; where none does, nothing changes.
        """
        loop = running_loop() if loop is None else loop
        if loop is not None:
            self._runner.loops.bind(loop)

    def shutdown(self) -> None:
        """Check nothing more, and show nothing more as a metric; what is known can still be read. Idempotent."""
        self._closed = True
        self._gauge.is_open = False
        self._schedule.stop()
        self._runner.loops.bind(None)
        for service in self._services:
            self._runner.forget(service)

    def _is_on(self) -> bool:
        return not self._closed and self.options.enabled

    def _go_on(self, *, changed: bool = False) -> None:
        """See that services are checked periodically, and shown as a metric: from configure() on.

        Args:
            changed: Whether services or intervals have.
        """
        recorder = self._collector.recorder
        if isinstance(recorder, IdlePipeline):
            return
        if changed:
            self._gauge.show_on(recorder)
            self._schedule.look()
        else:
            self._schedule.ensure()

    def _check(self, services: list[Service]) -> None:
        """Check services at the same time, and wait for them."""
        is_in_loop = self._runner.loops.is_here()
        runs = []
        for service in services:
            if is_in_loop and service.is_async:
                self._warn(_IN_ITS_LOOP)
            else:
                runs.append(self._runner.start(service))
        for run in runs:
            self._runner.wait(run)

    def _known(self, probe: object) -> Probe | None:
        known = next((each for each in PROBES if isinstance(probe, str) and each == probe), None)
        if known is None and probe is not None:
            self._warn(_NO_PROBE)
        return known

    def _warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            _guard.logger.warning(message)


def _is_async(check: object) -> bool:
    return inspect.iscoroutinefunction(check) or inspect.iscoroutinefunction(getattr(check, "__call__", None))  # noqa: B004
