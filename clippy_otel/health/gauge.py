"""The metric `clippy.health.status`: an observable gauge on the meter of whatever records, one a meter.

It holds nothing alive, and shows nothing after close(). Several HealthChecks on one meter share its instrument, for
the SDK makes nothing of a second one of the same name, its callbacks included.
"""

from __future__ import annotations

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
        self._recorder: weakref.ref[Recorder] | None = None

    def show_on(self, recorder: Recorder) -> None:
        """Be shown with what records now, unless this is so already, or it records nothing.

        It may wait for a collection of metrics that is going on.
        """
        if (self._recorder is None or self._recorder() is not recorder) and recorder.config.enabled:
            with _guard.host_safe("health gauge"):
                self._recorder = weakref.ref(recorder)
                _shown_on(recorder.meter).add(self)

    def observations(self) -> list[Observation]:
        """Return each service's status as its level."""
        from opentelemetry.metrics import Observation  # noqa: PLC0415 - whoever collects has loaded it

        if not self.is_open or not self._services.options.enabled:
            return []
        return [
            Observation(status_of(service, self._services)[0].level, {semconv.SERVICE: service.name})
            for service in self._services
        ]


class _Shown:
    """Whose services one instrument shows."""

    def __init__(self) -> None:
        self._gauges: tuple[weakref.ref[StatusGauge], ...] = ()

    def add(self, gauge: StatusGauge) -> None:
        others = (other for other in self._gauges if other() not in (None, gauge))
        self._gauges = (*others, weakref.ref(gauge))

    def observations(self, _options: CallbackOptions) -> Iterable[Observation]:
        gauges = (reference() for reference in self._gauges)
        return [observation for gauge in gauges if gauge is not None for observation in gauge.observations()]


_by_meter: Final[weakref.WeakKeyDictionary[Meter, _Shown]] = weakref.WeakKeyDictionary()


def _shown_on(meter: Meter) -> _Shown:
    shown = _by_meter.get(meter)
    if shown is None:
        made = _Shown()
        shown = _by_meter.setdefault(meter, made)
        if shown is made:
            name = semconv.METRIC_HEALTH_STATUS
            meter.create_observable_gauge(name, [made.observations], unit="1", description=_DESCRIPTION)
    return shown
