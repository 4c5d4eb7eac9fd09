"""Providers of our own that are there before their insides: those of the SDK, with state from their first use on.

They are OpenTelemetry's global providers from configure() on, and stay the same objects. Until the pipeline is built
they are of a class that has it built for whatever is asked of them, even for an attribute of the SDK's; when they have
their state and our hooks are in it, they become what they stand for.

While that cannot be waited for, what they give is looked up anew until it is there: tracers and meters on the thread
that is building, and where it takes too long; loggers always, for who asks for one may hold a lock of `logging`, which
the thread that builds may need. What these log is recorded later; spans are lost, and booked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar, cast

from opentelemetry._logs import Logger
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NoOpTracer, Tracer

from clippy_otel.ports import Signal

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

_P = TypeVar("_P", bound=TracerProvider | LoggerProvider | MeterProvider)
_NO_TRACER: Final = NoOpTracer()


class Insides(Protocol):
    """Where the insides of late providers come from."""

    def is_making(self) -> bool:
        """Return whether this is the thread that is making them."""

    def ensure_built(self) -> bool:
        """Have the pipeline built, and with it what late providers become; return whether there is one."""

    def once_built(self, signal: Signal | None, call: Callable[[], object]) -> None:
        """Call something that records a signal (None: nothing) once there is one, which is built for it."""

    def lost(self, signal: Signal) -> None:
        """Book a record that there was nothing to take."""


def _attribute(provider: object, name: str) -> Any:
    """Return an attribute that a late provider does not have; a copy that is being made has none at all."""
    insides: Insides | None = vars(provider).get("_insides")
    if insides is None or name.startswith("__") or not insides.ensure_built():
        raise AttributeError(f"{type(provider).__name__!r} object has no attribute {name!r}")
    return getattr(provider, name)


def _set_attribute(provider: object, name: str, value: Any) -> None:
    """Set an attribute, of the real provider unless it is being made here."""
    insides: Insides | None = vars(provider).get("_insides")
    if insides is None or insides.is_making() or not insides.ensure_built():
        object.__setattr__(provider, name, value)
    else:
        setattr(provider, name, value)


class LateTracerProvider(TracerProvider):
    """A tracer provider before its first use."""

    def __init__(self, insides: Insides) -> None:  # without the SDK's, so that its state is asked of __getattr__
        self._insides = insides

    __getattr__ = _attribute
    __setattr__ = _set_attribute

    def get_tracer(self, *named: Any, **more: Any) -> Any:
        """Return a tracer."""
        if self._insides.ensure_built():
            return self.get_tracer(*named, **more)
        return _LateTracer(self, self._insides, lambda: self.get_tracer(*named, **more))

    def add_span_processor(self, span_processor: Any) -> None:
        """Register somebody's processor."""
        _call(self, "add_span_processor", span_processor)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Have nothing to deliver."""
        return _flush(self, timeout_millis)

    def shutdown(self) -> None:
        """Shut it down."""
        _call(self, "shutdown")


class LateLoggerProvider(LoggerProvider):
    """A logger provider, likewise."""

    def __init__(self, insides: Insides) -> None:
        self._insides = insides

    __getattr__ = _attribute
    __setattr__ = _set_attribute

    def get_logger(self, name: str, *named: Any, **more: Any) -> Any:
        """Return a logger."""
        if not _is_late(self):
            return self.get_logger(name, *named, **more)
        return _LateLogger(self, name, self._insides, lambda: self.get_logger(name, *named, **more))

    def add_log_record_processor(self, log_record_processor: Any) -> None:
        """Register somebody's processor."""
        _call(self, "add_log_record_processor", log_record_processor)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Have nothing to deliver."""
        return _flush(self, timeout_millis)

    def shutdown(self) -> None:
        """Shut it down."""
        _call(self, "shutdown")


class LateMeterProvider(MeterProvider):
    """A meter provider, likewise."""

    def __init__(self, insides: Insides) -> None:
        self._insides = insides

    __getattr__ = _attribute
    __setattr__ = _set_attribute

    def get_meter(self, name: str, version: str | None = None, schema_url: str | None = None, *more: Any) -> Any:
        """Return a meter."""
        if self._insides.ensure_built():
            return self.get_meter(name, version, schema_url, *more)
        from clippy_otel._sdk.metrics import proxy_meter  # noqa: PLC0415 - seldom

        meter = proxy_meter(name, version, schema_url)
        self._insides.once_built(None, lambda: meter.on_set_meter_provider(self))
        return meter

    def add_metric_reader(self, metric_reader: Any) -> None:
        """Register somebody's reader."""
        _call(self, "add_metric_reader", metric_reader)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Have nothing to deliver."""
        return _flush(self, timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000) -> None:
        """Shut it down."""
        _call(self, "shutdown", timeout_millis)


_LATE: Final = (LateTracerProvider, LateLoggerProvider, LateMeterProvider)


def _is_late(provider: object) -> bool:
    return isinstance(provider, _LATE)


def _call(provider: Any, name: str, *arguments: Any) -> None:
    """Call a method of what a late provider becomes, now or later."""
    insides: Insides = provider._insides  # noqa: SLF001 - one room
    if insides.ensure_built():
        getattr(provider, name)(*arguments)
    else:
        insides.once_built(None, lambda: getattr(provider, name)(*arguments))


def _flush(provider: Any, timeout_millis: float) -> bool:
    """Flush what a late provider has become by now: somebody may have kept its method."""
    return True if _is_late(provider) else bool(provider.force_flush(timeout_millis))


class _LateTracer(Tracer):
    """A tracer of a provider that is not there yet."""

    def __init__(self, provider: object, insides: Insides, look_up: Callable[[], Tracer]) -> None:
        self._provider = provider
        self._insides = insides
        self._look_up = look_up
        self._tracer: Tracer | None = None

    def _found(self) -> Tracer:
        if self._tracer is None:
            if _is_late(self._provider):
                self._insides.lost("spans")
                return _NO_TRACER
            self._tracer = self._look_up()
        return self._tracer

    def start_span(self, *arguments: Any, **settings: Any) -> Any:
        """Start a span."""
        return self._found().start_span(*arguments, **settings)

    def start_as_current_span(self, *arguments: Any, **settings: Any) -> Any:
        """Start a span as the current one."""
        return self._found().start_as_current_span(*arguments, **settings)


class _LateLogger(Logger):
    """A logger of a provider that was not there yet when it was asked for."""

    def __init__(self, provider: object, name: str, insides: Insides, look_up: Callable[[], Logger]) -> None:
        super().__init__(name)
        self._provider = provider
        self._insides = insides
        self._look_up = look_up
        self._logger: Logger | None = None

    def _found(self) -> Logger:
        if self._logger is None:
            self._logger = self._look_up()
        return self._logger

    def emit(self, *arguments: Any, **settings: Any) -> None:
        """Record something, now or later."""
        if self._logger is not None or not _is_late(self._provider):
            self._found().emit(*arguments, **settings)
        else:
            self._insides.once_built("logs", lambda: self._found().emit(*arguments, **settings))

    def enabled(self, **asked: Any) -> bool:
        """Return whether it would be recorded; before that is known, that it would."""
        return _is_late(self._provider) or self._found().enabled(**asked)


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
    return {
        "spans": LateTracerProvider(insides),
        "logs": LateLoggerProvider(insides),
        "metrics": LateMeterProvider(insides),
    }


def made(late: object | None, kind: type[_P], *arguments: Any, **settings: Any) -> _P:
    """Return a provider of a kind, a new one, or (not None) a late one with the state of one: finish() makes it one."""
    if late is None:
        return kind(*arguments, **settings)
    kind.__init__(late, *arguments, **settings)  # type: ignore[arg-type] # a late one has the same bases
    return cast("_P", late)


def finish(provider: object, kind: type) -> None:
    """Let a late provider be what it stands for, now that it has its state and our hooks; do nothing to another one."""
    if _is_late(provider):
        object.__setattr__(provider, "__class__", kind)
