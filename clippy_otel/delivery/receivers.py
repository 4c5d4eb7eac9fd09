"""Which part of what the application gave as its custom transport takes the records of a signal, and how."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from clippy_otel.delivery.events import event_of, metric_event_of, span_data_of
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SIGNALS, Signal

# Where the base class of the SDK's exporters of a signal stands. It is looked up where it is loaded, which it is where
# there is an exporter; it is not worth loading to learn that there is none.
_EXPORTER_CLASSES: Final[Mapping[Signal, tuple[str, str]]] = {
    "logs": ("opentelemetry.sdk._logs.export", "LogRecordExporter"),
    "spans": ("opentelemetry.sdk.trace.export", "SpanExporter"),
    "metrics": ("opentelemetry.sdk.metrics.export", "MetricExporter"),
}
# What a callable gets of each record.
_MAPPINGS: Final[Mapping[Signal, Callable[[Any], Any]]] = {
    "logs": event_of,
    "spans": span_data_of,
    "metrics": metric_event_of,
}
_ALLOWED: Final = (
    "custom_transport must be a callable, an async one, an object with a callable logs, spans or metrics, an SDK "
    "exporter, or a list of these"
)


class Receiver(NamedTuple):
    """What takes the decoded records of one signal."""

    take: Callable[[list[Any]], Any]  # may return an awaitable
    exporter: Any = None  # the SDK exporter behind it: its answer counts, and it is to be shut down
    yields: bool = False  # it does not insist: a part that does comes before it


def find_receiver(target: Any, signal: Signal) -> Receiver | None:
    """Return what takes the records of a signal out of a target; None where it takes other signals only.

    A callable takes events, and metrics where no other part of the target does; spans it does not take.

    Raises:
        ConfigurationError: A part of the target has none of the forms, or several of them take the signal.
    """
    parts = target if isinstance(target, (list, tuple)) and target else (target,)
    found = [receiver for part in parts if (receiver := _receiver(part, signal)) is not None]
    insisting = [receiver for receiver in found if not receiver.yields]
    if len(insisting or found) > 1:
        raise ConfigurationError(f"custom_transport has several parts that take {signal}: give one for each signal")
    return next(iter(insisting or found), None)


def _receiver(part: Any, signal: Signal) -> Receiver | None:
    if isinstance(part, type):
        raise ConfigurationError(f"custom_transport must be an object, not its class: call {part.__name__}() first")
    exported = _exported_signals(part)
    if exported:
        return _exporter_receiver(part, signal) if signal in exported else None
    members = {name: getattr(part, name, None) for name in SIGNALS}
    if any(_takes_records(member) for member in members.values()):
        return _member_receiver(members[signal], signal)
    if callable(getattr(part, "export", None)):
        return _exporter_receiver(part, signal) if signal == "logs" else None
    if callable(part):
        return None if signal == "spans" else _callable_receiver(part, signal, yields=signal == "metrics")
    raise ConfigurationError(f"{_ALLOWED}, not {type(part).__name__}")


def _takes_records(member: Any) -> bool:
    return callable(member) or bool(_exported_signals(member))


def _member_receiver(member: Any, signal: Signal) -> Receiver | None:
    if signal in _exported_signals(member):
        return _exporter_receiver(member, signal)
    return _callable_receiver(member, signal) if callable(member) else None


def _exported_signals(part: Any) -> list[Signal]:
    """Return which signals' exporter of the SDK something is: none, mostly one, seldom several."""
    loaded = {
        signal: getattr(sys.modules.get(module), name, None) for signal, (module, name) in _EXPORTER_CLASSES.items()
    }
    return [signal for signal, base in loaded.items() if base is not None and isinstance(part, base)]


def _callable_receiver(function: Callable[[Any], Any], signal: Signal, *, yields: bool = False) -> Receiver:
    as_mapping = _MAPPINGS[signal]
    return Receiver(lambda records: function([as_mapping(record) for record in records]), yields=yields)


def _exporter_receiver(exporter: Any, signal: Signal) -> Receiver:
    as_sdk_objects = _SDK_OBJECTS[signal]()
    return Receiver(lambda records: exporter.export(as_sdk_objects(records)), exporter)


# The parts of the SDK that these need are loaded where there is an exporter of the signal, and only there.
def _sdk_logs() -> Callable[[list[Any]], Any]:
    from clippy_otel.delivery.sdk_records import SdkRecords  # noqa: PLC0415 - see above

    return SdkRecords().make


def _sdk_spans() -> Callable[[list[Any]], Any]:
    from clippy_otel.delivery.sdk_spans import SdkSpans  # noqa: PLC0415 - see above

    return SdkSpans().make


def _sdk_metrics() -> Callable[[list[Any]], Any]:
    from clippy_otel.delivery.sdk_metrics import SdkMetrics  # noqa: PLC0415 - see above

    return SdkMetrics().make


_SDK_OBJECTS: Final[Mapping[Signal, Callable[[], Callable[[list[Any]], Any]]]] = {
    "logs": _sdk_logs,
    "spans": _sdk_spans,
    "metrics": _sdk_metrics,
}
