"""Which part of what the application gave as its custom transport takes the records of a signal, and how."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from clippy_otel.delivery.events import event_of
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp.decode import DecodedLog
from clippy_otel.ports import SIGNALS, Signal

# Where the base class of the SDK's exporters of a signal stands. It is looked up where it is loaded, which it is where
# there is an exporter; it is not worth loading to learn that there is none.
_EXPORTER_CLASSES: Final[Mapping[Signal, tuple[str, str]]] = {
    "logs": ("opentelemetry.sdk._logs.export", "LogRecordExporter"),
    "spans": ("opentelemetry.sdk.trace.export", "SpanExporter"),
    "metrics": ("opentelemetry.sdk.metrics.export", "MetricExporter"),
}
_ALLOWED: Final = (
    "custom_transport must be a callable, an async one, an object with a callable logs, spans or metrics, an SDK "
    "exporter, or a list of these"
)


class LogReceiver(NamedTuple):
    """What takes log records."""

    take: Callable[[list[DecodedLog]], Any]  # may return an awaitable
    exporter: Any = None  # the SDK exporter behind it: its answer counts, and it is to be shut down


def log_receiver(target: Any) -> LogReceiver | None:
    """Return what takes the log records of a target; None where it takes other signals only.

    Raises:
        ConfigurationError: A part of the target has none of the forms, or several of them take log records.
    """
    parts = target if isinstance(target, (list, tuple)) and target else (target,)
    found = [receiver for part in parts if (receiver := _receiver(part)) is not None]
    if len(found) > 1:
        raise ConfigurationError("custom_transport has several parts that take logs: give one for each signal")
    return found[0] if found else None


def _receiver(part: Any) -> LogReceiver | None:
    if isinstance(part, type):
        raise ConfigurationError(f"custom_transport must be an object, not its class: call {part.__name__}() first")
    exported = _exported_signal(part)
    if exported is not None:
        return _exporter_receiver(part) if exported == "logs" else None
    members = {signal: getattr(part, signal, None) for signal in SIGNALS}
    if any(_takes_records(member) for member in members.values()):
        return _member_receiver(members["logs"])
    if callable(getattr(part, "export", None)):
        return _exporter_receiver(part)
    if callable(part):
        return _callable_receiver(part)
    raise ConfigurationError(f"{_ALLOWED}, not {type(part).__name__}")


def _takes_records(member: Any) -> bool:
    return callable(member) or _exported_signal(member) is not None


def _member_receiver(member: Any) -> LogReceiver | None:
    if _exported_signal(member) == "logs":
        return _exporter_receiver(member)
    return _callable_receiver(member) if callable(member) else None


def _exported_signal(part: Any) -> Signal | None:
    """Return which signal's exporter of the SDK something is, None if it is none of them."""
    for signal, (module, name) in _EXPORTER_CLASSES.items():
        exporter_class = getattr(sys.modules.get(module), name, None)
        if exporter_class is not None and isinstance(part, exporter_class):
            return signal
    return None


def _callable_receiver(function: Callable[[Any], Any]) -> LogReceiver:
    return LogReceiver(lambda logs: function([event_of(log) for log in logs]))


def _exporter_receiver(exporter: Any) -> LogReceiver:
    from clippy_otel.delivery.sdk_records import SdkRecords  # noqa: PLC0415 - the SDK, for its exporters only

    records = SdkRecords()
    return LogReceiver(lambda logs: exporter.export(records.make(logs)), exporter)
