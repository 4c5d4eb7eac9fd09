"""The metric `clippy.health.status`: an observable gauge on the meter of whatever records, one a meter.

It holds nothing alive, and shows nothing after close().
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from clippy_otel import _guard, semconv
from clippy_otel.health.report import status_of
from clippy_otel.health.services import Services

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation

    from clippy_otel.ports import Recorder

_DESCRIPTION: Final = "0 healthy, 1 unknown, 2 degraded, 3 unhealthy"


class StatusGauge:
    """The gauge of one HealthCheck.

    Args:
        services: What it shows.

    Attributes:
        is_open: Whether it shows anything.
    """

    def __init__(self, services: Services) -> None:
        self.is_open = True
        self._services = services
        self._meters: weakref.WeakSet[Meter] = weakref.WeakSet()
        self._recorder: weakref.ref[Recorder] | None = None
        self.renew()

    def renew(self) -> None:
        """Take a new lock in a forked child: a thread of the parent may have been making the gauge."""
        self._making = threading.Lock()

    def show_on(self, recorder: Recorder) -> None:
        """Make the gauge with what records now, unless that has it, or records nothing.

        It may wait for a collection of metrics that is going on.
        """
        if (self._recorder is not None and self._recorder() is recorder) or not recorder.config.enabled:
            return
        if not self._making.acquire(blocking=False):
            return
        try:
            with _guard.host_safe("health gauge"):
                self._make_on(recorder.meter)
                self._recorder = weakref.ref(recorder)
        finally:
            self._making.release()

    def _make_on(self, meter: Meter) -> None:
        if meter in self._meters:  # another configuration on the same providers
            return
        owner = weakref.ref(self)

        def observations(_options: CallbackOptions) -> Iterable[Observation]:
            gauge = owner()
            return [] if gauge is None else gauge.observations()

        meter.create_observable_gauge(semconv.METRIC_HEALTH_STATUS, [observations], unit="1", description=_DESCRIPTION)
        self._meters.add(meter)

    def observations(self) -> list[Observation]:
        """Return each service's status as its level."""
        from opentelemetry.metrics import Observation  # noqa: PLC0415 - whoever collects has loaded it

        if not self.is_open or not self._services.options.enabled:
            return []
        return [
            Observation(status_of(service, self._services)[0].level, {semconv.SERVICE: service.name})
            for service in self._services
        ]
