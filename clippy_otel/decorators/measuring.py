"""`measured`: the duration of each call of what it decorates."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar, overload

from clippy_otel._guard import swallowed
from clippy_otel.decorators.arguments import recorded
from clippy_otel.decorators.signatures import Decorator
from clippy_otel.decorators.targets import Decoration, Kind, Names, decorate
from clippy_otel.decorators.wraps import Wraps
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.performance.metrics import DURATION_UNITS_NS, PerformanceMetrics
from clippy_otel.telemetry import get_telemetry
from clippy_otel.watching.generators import Bystander

_P = ParamSpec("_P")
_R = TypeVar("_R")
_C = TypeVar("_C")
_PLACE: Final = "measured"
_NO_METRIC_NAME: Final = re.compile(r"[^-_./a-zA-Z0-9]")


class _Measuring(NamedTuple):
    """What `measured` was given, checked."""

    name: str | None
    unit: str
    attributes: Mapping[str, Any]

    @property
    def decorator(self) -> str:
        """Whose it is."""
        return "measured"

    def wrap(self, function: Callable[..., Any], kind: Kind, names: Names) -> Callable[..., Any]:
        """Record the duration of each call of a function."""
        timer = _Timer(self.name or names.qualified, self.unit, self.attributes)
        return Wraps(
            lambda function: _measure_function(function, timer),
            lambda function: _measure_coroutine_function(function, timer),
            lambda _args, _kwargs: _Watch(timer),
        ).wrap(function, kind)

    def of_methods(self, cls: type, methods: Mapping[str, Callable[..., Any]]) -> Mapping[str, Decoration]:
        """Name what is recorded for the class."""
        return {name: self._replace(name=f"{self.name or cls.__qualname__}.{name}") for name in methods}


class _Timer:
    """What the calls of one function are measured with.

    Args:
        name: In the statistics.
        unit: The metric's.
        attributes: The metric's.
    """

    __slots__ = ("_attributes", "_metric", "_name", "_unit")

    def __init__(self, name: str, unit: str, attributes: Mapping[str, Any]) -> None:
        self._name = name
        self._metric = _metric_name(name)
        self._unit = unit
        self._attributes = attributes

    def begin(self) -> int:
        """Return when a call begins."""
        return _performance().now_ns()

    def end(self, began_ns: int) -> None:
        """Record a call that began then and ends now."""
        try:
            performance = _performance()
            duration_ns = max(performance.now_ns() - began_ns, 0)
            performance.record_duration(
                self._name, duration_ns, unit=self._unit, attributes=self._attributes, metric=self._metric
            )
        except RecursionError:  # at the end of the stack the guard cannot be called either
            return
        except Exception as error:  # noqa: BLE001 - the host's safety; counted by the guard
            swallowed(_PLACE, error)


def _measure_function(function: Callable[..., Any], timer: _Timer) -> Callable[..., Any]:
    def measured_function(*args: Any, **kwargs: Any) -> Any:
        began_ns = timer.begin()
        try:
            return function(*args, **kwargs)
        finally:
            timer.end(began_ns)

    return measured_function


def _measure_coroutine_function(function: Callable[..., Any], timer: _Timer) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def measured_coroutine_function(*args: Any, **kwargs: Any) -> Any:
        began_ns = timer.begin()
        try:
            return await function(*args, **kwargs)
        finally:
            timer.end(began_ns)

    return measured_coroutine_function


class _Watch(Bystander):
    """What measures a generator from its first step to its end; what fails takes its time too."""

    __slots__ = ("_began_ns", "_timer")

    def __init__(self, timer: _Timer) -> None:
        self._timer = timer
        self._began_ns = timer.begin()

    def end(self) -> None:
        """Record the duration."""
        self._timer.end(self._began_ns)


def _performance() -> PerformanceMetrics:
    """Return the process's: decorated functions outlive a configure()."""
    return get_telemetry().performance


def _metric_name(name: str) -> str:
    """Return a name as a metric can have it: a function's may hold `<locals>`, or begin with an underscore."""
    return _NO_METRIC_NAME.sub("", name.replace("<locals>.", "")).lstrip("-_./0123456789")


@overload
def measured(target: type[_C], /) -> type[_C]: ...
@overload
def measured(target: staticmethod[_P, _R], /) -> staticmethod[_P, _R]: ...
@overload
def measured(target: classmethod[_C, _P, _R], /) -> classmethod[_C, _P, _R]: ...
@overload
def measured(target: Callable[_P, _R], /) -> Callable[_P, _R]: ...
@overload
def measured(
    name: str | None = None, *, unit: str = "ms", attributes: Mapping[str, Any] | None = None
) -> Decorator: ...
def measured(name: Any = None, *, unit: str = "ms", attributes: Mapping[str, Any] | None = None) -> Any:
    """Record how long each call of a function takes: `@measured`, or `@measured("name", ...)`.

    It is a histogram, as track_performance() records it, and `Telemetry.performance.summary(name)` tells of it in
    milliseconds. A coroutine is measured until it ends, a generator from its first step to its end, and what fails like
    what succeeds. Until configure() nothing is recorded.

    What can be decorated: functions of any kind, methods, staticmethod and classmethod objects, partials and callable
    objects, and classes: each public method that the class defines itself is measured as `Class.method`; inherited,
    private and special methods, properties and nested classes are left alone.

    Args:
        name: The metric's name, and that in summary(); None: the qualified name of the function, of which the metric's
            name leaves out what it cannot have (`<locals>.`, an underscore at its beginning). On a class it stands for
            the class's name.
        unit: The metric's: "ns", "us", "ms" or "s".
        attributes: The metric's, copied; few, with few values. None: none.

    Returns:
        What was decorated, with its type: a function of the same kind, or the class itself.

    Raises:
        ConfigurationError: What is decorated is nothing of the above, or an argument here is impossible.
    """
    target, metric_name = (None, name) if name is None or isinstance(name, str) else (name, None)
    if metric_name is not None and not metric_name.strip():
        raise ConfigurationError("measured: name: a text with something in it, or None for the qualified name")
    if unit not in DURATION_UNITS_NS:
        raise ConfigurationError(f"measured: unit: one of {', '.join(DURATION_UNITS_NS)}")
    if not isinstance(attributes, (Mapping, type(None))):
        raise ConfigurationError("measured: attributes: a mapping")
    copied = {key: recorded(value) for key, value in (attributes or {}).items()}
    measuring = _Measuring(metric_name, unit, copied)
    if target is not None:
        return decorate(target, measuring)
    return lambda later: decorate(later, measuring)
