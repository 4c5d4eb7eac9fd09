"""The components of one Telemetry: made when they are first asked for, and the same objects ever after.

So `get_telemetry().performance` may be taken at import: configure() puts its options in force in the object that is
there. What statistics are made of reaches them by subscription: analytics is made with performance, whose AI operations
it counts, and errors with the first configure(), for the errors that nobody handles.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel import _fork
from clippy_otel.exceptions import ConfigurationError

if TYPE_CHECKING:
    from clippy_otel.analytics import AnalyticsOptions, UsageAnalytics
    from clippy_otel.errors import ErrorOptions, ErrorTracking
    from clippy_otel.health import HealthCheck, HealthOptions
    from clippy_otel.performance import PerformanceMetrics, PerformanceOptions
    from clippy_otel.ports import HasRecorder


class ComponentOptions(NamedTuple):
    """The options of the components; None: the defaults."""

    performance: PerformanceOptions | None = None
    analytics: AnalyticsOptions | None = None
    errors: ErrorOptions | None = None
    health: HealthOptions | None = None


NAMES: Final[tuple[str, ...]] = ComponentOptions._fields


def split(settings: Mapping[str, Any]) -> tuple[ComponentOptions, dict[str, Any]]:
    """Return the components' options among settings, and the other settings.

    Raises:
        ConfigurationError: Options are not of their component's kind, or one of them is impossible.
    """
    given: dict[str, Any] = {}
    for name in NAMES:
        if settings.get(name) is not None:
            given[name] = _checked(name, settings[name])
    return ComponentOptions(**given), {name: value for name, value in settings.items() if name not in NAMES}


def _checked(name: str, options: object) -> Any:
    kind = _kind(name)
    if not isinstance(options, kind.options):
        raise ConfigurationError(f"{name}: a {kind.options.__name__} is allowed, not a {type(options).__name__}")
    return kind.checked(options, {})


class Components:
    """The components over one collector, which configure() gives another pipeline each time.

    Args:
        collector: Theirs.
    """

    def __init__(self, collector: HasRecorder) -> None:
        self._collector = collector
        self._options = ComponentOptions()
        self._captures_unhandled = False
        self._making = threading.RLock()
        self._performance: PerformanceMetrics | None = None
        self._analytics: UsageAnalytics | None = None
        self._errors: ErrorTracking | None = None
        self._health: HealthCheck | None = None
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Take a new lock in the child: a thread of the parent may have been making a component."""
        self._making = threading.RLock()

    @property
    def performance(self) -> PerformanceMetrics:
        """Timings, AI operations, web vitals and the process's resources."""
        return self._performance or self._make_performance()

    @property
    def analytics(self) -> UsageAnalytics:
        """Features, conversations, providers, suggestions and sessions."""
        return self._analytics or self._make_analytics()

    @property
    def errors(self) -> ErrorTracking:
        """Errors, their groups, and what led to them."""
        return self._errors or self._make_errors()

    @property
    def health(self) -> HealthCheck:
        """The services that this process depends on."""
        return self._health or self._make_health()

    def _make_performance(self) -> PerformanceMetrics:
        from clippy_otel.performance import PerformanceMetrics  # noqa: PLC0415 - for who uses it

        _ = self.analytics  # so that it counts the AI operations from the first one on
        with self._making:
            if self._performance is None:
                self._performance = PerformanceMetrics(self._collector, self._options.performance)
            return self._performance

    def _make_analytics(self) -> UsageAnalytics:
        from clippy_otel.analytics import UsageAnalytics  # noqa: PLC0415 - likewise

        with self._making:
            if self._analytics is None:
                self._analytics = UsageAnalytics(self._collector, self._options.analytics)
            return self._analytics

    def _make_errors(self) -> ErrorTracking:
        from clippy_otel.errors import ErrorTracking  # noqa: PLC0415 - likewise

        with self._making:
            if self._errors is None:
                self._errors = ErrorTracking(self._collector, self._error_options())
            return self._errors

    def _make_health(self) -> HealthCheck:
        from clippy_otel.health import HealthCheck  # noqa: PLC0415 - likewise

        with self._making:
            if self._health is None:
                self._health = HealthCheck(self._collector, self._options.health)
            return self._health

    def apply(self, options: ComponentOptions, *, captures_unhandled: bool) -> None:
        """Put options in force, in what was made already and in what will be.

        Args:
            options: Checked already; None for a component: its defaults.
            captures_unhandled: Whether errors that nobody handles are recorded, where the options do not say no.
        """
        with self._making:
            self._options, self._captures_unhandled = options, captures_unhandled
            for name, component in self._made():
                given = self._error_options() if name == "errors" else getattr(options, name)
                component.apply(_kind(name).options() if given is None else given)
        if captures_unhandled or options.errors is not None:
            _ = self.errors

    def shutdown(self) -> None:
        """End what they have running; their statistics can still be read, and apply() begins anew. Idempotent."""
        for _, component in self._made():
            component.shutdown()

    def _made(self) -> list[tuple[str, Any]]:
        made = {
            "performance": self._performance,
            "analytics": self._analytics,
            "errors": self._errors,
            "health": self._health,
        }
        return [(name, component) for name, component in made.items() if component is not None]

    def _error_options(self) -> ErrorOptions:
        from clippy_otel.errors import ErrorOptions  # noqa: PLC0415 - as above

        options = self._options.errors or ErrorOptions()
        if self._captures_unhandled:
            return options
        return options._replace(capture_unhandled=False, capture_unhandled_rejections=False)


class _Kind(NamedTuple):
    """What is known of one component's options before there is the component."""

    options: type
    checked: Callable[[Any, Mapping[str, Any]], Any]


def _kind(name: str) -> _Kind:
    if name == "performance":
        from clippy_otel.performance import options as performance  # noqa: PLC0415 - as above

        return _Kind(performance.PerformanceOptions, performance.checked)
    if name == "analytics":
        from clippy_otel.analytics import options as analytics  # noqa: PLC0415 - likewise

        return _Kind(analytics.AnalyticsOptions, analytics.checked)
    if name == "errors":
        from clippy_otel.errors import options as errors  # noqa: PLC0415 - likewise

        return _Kind(errors.ErrorOptions, errors.checked)
    from clippy_otel.health import options as health  # noqa: PLC0415 - likewise

    return _Kind(health.HealthOptions, health.checked)
