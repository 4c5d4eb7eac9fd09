"""Providers of our own that are there before their insides: those of the SDK, with state from their first use on.

They are OpenTelemetry's global providers from configure() on, and stay the same objects. Until the pipeline is built
they are of a class that has it built for whatever is asked of them, even for an attribute of the SDK's; with their
state they become what they stand for.

On a thread that is building it (see `clippy_otel.deferred`) they give tracers, loggers and meters without effect, and
what is registered with them is so right after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, cast

from opentelemetry._logs import NoOpLogger
from opentelemetry.metrics import NoOpMeter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NoOpTracer

from clippy_otel.ports import Signal

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

_P = TypeVar("_P", bound=TracerProvider | LoggerProvider | MeterProvider)


class Insides(Protocol):
    """Where the insides of late providers come from."""

    def ensure_built(self) -> bool:
        """Build the pipeline, and with it what late providers become; return whether there is one."""

    def once_built(self, call: Callable[[], object]) -> None:
        """Call something once there is one."""


class _Late:
    """What late providers do before they are what they stand for.

    Args:
        insides: Where theirs come from.
    """

    def __init__(self, insides: Insides) -> None:
        self._insides = insides

    def is_built(self) -> bool:
        """Return whether they are what they stand for; they are by then, if they can."""
        return self._insides.ensure_built()

    def made(self, make: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
        """Return what a provider makes, or what has no effect where it is at it on this thread."""
        return make() if self.is_built() else otherwise()

    def call(self, provider: object, name: str, *arguments: Any) -> None:
        """Call a method of what a late provider becomes."""
        if self.is_built():
            getattr(provider, name)(*arguments)
        else:
            self._insides.once_built(lambda: getattr(provider, name)(*arguments))


class LateTracerProvider(TracerProvider):
    """A tracer provider before its first use."""

    def __init__(self, late: _Late) -> None:  # without the SDK's, so that its state is asked of __getattr__
        self._late = late

    def __getattr__(self, name: str) -> Any:
        return _attribute(self, name)

    def get_tracer(self, *named: Any, **more: Any) -> Any:
        """Return a tracer."""
        return self._late.made(lambda: self.get_tracer(*named, **more), NoOpTracer)

    def add_span_processor(self, span_processor: Any) -> None:
        """Register somebody's processor."""
        self._late.call(self, "add_span_processor", span_processor)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """Have nothing to deliver."""
        return True

    def shutdown(self) -> None:
        """Shut it down."""
        self._late.call(self, "shutdown")


class LateLoggerProvider(LoggerProvider):
    """A logger provider, likewise."""

    def __init__(self, late: _Late) -> None:
        self._late = late

    def __getattr__(self, name: str) -> Any:
        return _attribute(self, name)

    def get_logger(self, name: str, *named: Any, **more: Any) -> Any:
        """Return a logger."""
        return self._late.made(lambda: self.get_logger(name, *named, **more), lambda: NoOpLogger(name))

    def add_log_record_processor(self, log_record_processor: Any) -> None:
        """Register somebody's processor."""
        self._late.call(self, "add_log_record_processor", log_record_processor)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """Have nothing to deliver."""
        return True

    def shutdown(self) -> None:
        """Shut it down."""
        self._late.call(self, "shutdown")


class LateMeterProvider(MeterProvider):
    """A meter provider, likewise."""

    def __init__(self, late: _Late) -> None:
        self._late = late

    def __getattr__(self, name: str) -> Any:
        return _attribute(self, name)

    def get_meter(self, name: str, *named: Any, **more: Any) -> Any:
        """Return a meter."""
        return self._late.made(lambda: self.get_meter(name, *named, **more), lambda: NoOpMeter(name))

    def add_metric_reader(self, metric_reader: Any) -> None:
        """Register somebody's reader."""
        self._late.call(self, "add_metric_reader", metric_reader)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """Have nothing to deliver."""
        return True

    def shutdown(self, timeout_millis: float = 30_000) -> None:
        """Shut it down."""
        self._late.call(self, "shutdown", timeout_millis)


def _attribute(provider: object, name: str) -> Any:
    """Return an attribute that a late provider does not have; a copy that is being made has none at all."""
    late = vars(provider).get("_late")
    if late is None or name.startswith("__") or not late.is_built():
        raise AttributeError(f"{type(provider).__name__!r} object has no attribute {name!r}")
    return getattr(provider, name)


class Prepared(NamedTuple):
    """What configure() makes before there is a pipeline.

    Attributes:
        resource: The process's, as configured and detected; None: it is to be made anew, in a forked child.
        providers: Late ones, by signal.
    """

    resource: Resource | None
    providers: Mapping[Signal, Any]


def late_providers(insides: Insides) -> Mapping[Signal, Any]:
    """Return a late provider for each signal."""
    late = _Late(insides)
    return {"spans": LateTracerProvider(late), "logs": LateLoggerProvider(late), "metrics": LateMeterProvider(late)}


def made(late: object | None, kind: type[_P], *arguments: Any, **settings: Any) -> _P:
    """Make a provider of a kind: out of a late one, which stays the same object, or (None) a new one."""
    if late is None:
        return kind(*arguments, **settings)
    # Its state first: until it has all of it, other threads find the late one, and wait.
    kind.__init__(late, *arguments, **settings)  # type: ignore[arg-type] # a late one has the same bases
    late.__class__ = kind
    return cast("_P", late)
