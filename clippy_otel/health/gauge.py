"""The metric `clippy.health.status`: an observable gauge on the meter of whatever records, one a meter.

It holds nothing alive, and shows nothing after close(). Several HealthChecks on one meter share its instrument.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from clippy_otel import _guard, semconv
from clippy_otel.health.report import status_of
from clippy_otel.health.services import Services
from clippy_otel.observables import PerMeter, Sources

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
        self._recorder: weakref.ref[Recorder] | None = None

    def show_on(self, recorder: Recorder) -> None:
        """Be shown with what records now, unless this is so already, or it records nothing.

        It may wait for a collection of metrics that is going on.
        """
        if (self._recorder is None or self._recorder() is not recorder) and recorder.config.enabled:
            with _guard.host_safe("health gauge"):
                self._recorder = weakref.ref(recorder)
                _gauges.on(recorder.meter).add(self)

    def observations(self) -> list[Observation]:
        """Return each service's status as its level."""
        from opentelemetry.metrics import Observation  # noqa: PLC0415 - whoever collects has loaded it

        if not self.is_open or not self._services.options.enabled:
            return []
        return [
            Observation(status_of(service, self._services)[0].level, {semconv.SERVICE: service.name})
            for service in self._services
        ]


def _show(meter: Meter, gauges: Sources[StatusGauge]) -> None:
    def observed(_options: CallbackOptions) -> Iterable[Observation]:
        return [observation for gauge in gauges.live() for observation in gauge.observations()]

    meter.create_observable_gauge(semconv.METRIC_HEALTH_STATUS, [observed], unit="1", description=_DESCRIPTION)


_gauges: Final[PerMeter[Sources[StatusGauge]]] = PerMeter(Sources, _show)
