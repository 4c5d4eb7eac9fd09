"""The registered services, and the options that hold where one says nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.health.options import HealthOptions, ServiceSettings
from clippy_otel.health.record import Record, Thresholds
from clippy_otel.health.status import Check, HealthStatus

if TYPE_CHECKING:
    from clippy_otel.delivery.own_loop import OwnLoop

# 0.5 KB each, 4 KB where a check has much to say.
MAX_SERVICES: Final = 100

# More often than this would be a thread that does nothing else.
_MIN_INTERVAL_S: Final = 0.01


class Service:
    """One registered service.

    Attributes:
        name: Its name.
        check: What checks it.
        settings: What it was registered with.
        is_async: Whether its check is known to return an awaitable.
        is_forgotten: Whether nothing is to be kept for its next check.
        loop: The event loop of our own that its check runs in; None while it has none.
        record: What is known of it; replaced, never changed.
        announced: The status that was told last.
        due_at: When it is checked next, on the monotonic clock.
    """

    __slots__ = ("announced", "check", "due_at", "is_async", "is_forgotten", "loop", "name", "record", "settings")

    def __init__(self, name: str, check: Check, settings: ServiceSettings, *, is_async: bool) -> None:
        self.name = name
        self.check = check
        self.settings = settings
        self.is_async = is_async
        self.is_forgotten = False
        self.loop: OwnLoop | None = None
        self.renew()

    def renew(self) -> None:
        """Know nothing yet."""
        self.record = Record()
        self.announced = HealthStatus.UNKNOWN
        self.due_at = 0.0


class Services:
    """All registered services, in the order of registration.

    Args:
        options: The first options.

    Attributes:
        options: The options in force.
        version: Changes with each registration.
    """

    def __init__(self, options: HealthOptions) -> None:
        self.options = options
        self.version = 0
        self._by_name: dict[str, Service] = {}
        self._changing = threading.RLock()

    def after_fork(self) -> None:
        """Know nothing of any service in the child, and take a new lock."""
        self._changing = threading.RLock()
        for service in self:
            service.renew()
            if service.loop is not None:
                service.loop.after_fork()

    def __iter__(self) -> Iterator[Service]:
        return iter(tuple(self._by_name.values()))

    def get(self, name: object) -> Service | None:
        """Return the service of a name; None for none."""
        return self._by_name.get(name) if isinstance(name, str) else None

    def add(self, service: Service) -> Service | None:
        """Add a service; return the one of the same name whose place it takes.

        Raises:
            ConfigurationError: There are too many, or services would depend on each other in a circle.
        """
        with self._changing:
            before = self._by_name.get(service.name)
            if before is None and len(self._by_name) >= MAX_SERVICES:
                raise ConfigurationError(f"health: at most {MAX_SERVICES} services can be registered")
            if circle := self._circle(service.name, service.settings.depends_on):
                raise ConfigurationError(
                    f"depends_on: services depend on each other in a circle: {' -> '.join(circle)}"
                )
            self._by_name[service.name] = service
            self.version += 1
        return before

    def remove(self, name: object) -> Service | None:
        """Remove a service and return it; None for none."""
        with self._changing:
            service = self.get(name)
            if service is not None:
                del self._by_name[service.name]
                self.version += 1
        return service

    def interval_s(self, service: Service) -> float:
        """Return how often a service is checked, in seconds; 0: only when somebody asks."""
        given = service.settings.interval_ms
        interval_ms = self.options.check_interval_ms if given is None else given
        return max(interval_ms / 1000, _MIN_INTERVAL_S) if interval_ms else 0.0

    def timeout_s(self, service: Service) -> float:
        """Return how long a check of a service may take, in seconds."""
        return (service.settings.timeout_ms or self.options.timeout_ms) / 1000

    def thresholds(self, service: Service) -> Thresholds:
        """Return how many checks in a row change a service's status."""
        failures = service.settings.failure_threshold or self.options.failure_threshold
        return Thresholds(failures, self.options.recovery_threshold)

    def _circle(self, name: str, depends_on: tuple[str, ...]) -> list[str]:
        """Return the names on a way from a service back to itself, were it to depend on these; none for no way."""
        reached_from = dict.fromkeys(depends_on, name)
        waiting = [*depends_on]
        while waiting and name not in reached_from:
            at = waiting.pop()
            service = self._by_name.get(at)
            for other in () if service is None else service.settings.depends_on:
                if other not in reached_from:
                    reached_from[other] = at
                    waiting.append(other)
        if name not in reached_from:
            return []
        way = [name, reached_from[name]]
        while way[-1] != name:
            way.append(reached_from[way[-1]])
        return way[::-1]
