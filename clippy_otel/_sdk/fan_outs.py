"""The objects that hand what a provider records to its processors, one a provider, and the processors in them."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

# The processors that are registered with a fan-out of spans, as a tuple; see processors_of() for those of any kind.
registered_span_processors: Final = attrgetter("_span_processors")


def log_fan_out() -> Any:
    """Return the class that fans log records out to processors, one after the other."""
    from opentelemetry.sdk._logs._internal import SynchronousMultiLogRecordProcessor  # noqa: PLC0415 - the SDK

    return SynchronousMultiLogRecordProcessor


def span_fan_out(provider: Any) -> Any:
    """Return the object that fans a tracer provider's spans out: all of its tracers and spans hold this one."""
    return provider._active_span_processor


def log_record_fan_out(provider: Any) -> Any:
    """Return the object that fans a logger provider's records out: all of its loggers hold this one."""
    return provider._multi_log_record_processor


_PROCESSORS: Final = ("_span_processors", "_log_record_processors")


def processors_of(fan_out: Any) -> tuple[Any, ...]:
    """Return the processors that a fan-out calls, of spans or of log records; () where it is of a foreign kind."""
    for name in _PROCESSORS:
        found = getattr(fan_out, name, None)
        if isinstance(found, tuple):
            return found
    return ()


def tells_processors(fan_out: Any) -> bool:
    """Return whether processors_of() knows the processors of a fan-out: whether it is of the SDK's kind."""
    return any(isinstance(getattr(fan_out, name, None), tuple) for name in _PROCESSORS)


def forget_processors(fan_out: Any) -> tuple[Any, ...]:
    """Take all processors out of a fan-out of the SDK, and return them."""
    found = processors_of(fan_out)
    for name in _PROCESSORS:
        if hasattr(fan_out, name):
            setattr(fan_out, name, ())
    return found


def live_span_watchers(fan_out: Any) -> tuple[str, ...]:
    """Return the classes of those of its processors that look at spans which have not ended, where no hook reaches."""
    from opentelemetry.sdk.trace import SpanProcessor  # noqa: PLC0415 - the SDK, which whoever has spans has loaded

    def watches(processor: Any) -> bool:
        for name in ("on_start", "_on_ending"):
            method = getattr(type(processor), name, None)  # None: of one that only looks like a span processor
            is_exports = getattr(method, "__module__", "").startswith("opentelemetry.sdk.trace.export")
            if method not in (None, getattr(SpanProcessor, name)) and not is_exports:
                return True
        return False

    return tuple(type(processor).__name__ for processor in processors_of(fan_out) if watches(processor))
