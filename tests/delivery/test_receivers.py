"""Every form of a custom transport's target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clippy_otel.delivery.receivers import find_receiver
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SIGNALS, Signal
from tests._requests import decoded
from tests._signals import decoded_points, decoded_spans, gauge, span


class Members:
    """An object with some of the three members."""

    def __init__(self, **members: Any) -> None:
        vars(self).update(members)


class CallableObject:
    """An object that is a callable itself."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    def __call__(self, events: list[Any]) -> None:
        """Take events."""
        self.taken.extend(events)


class DuckExporter:
    """Something with an exporter's methods and another base."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    def export(self, batch: Sequence[Any]) -> None:
        """Take records."""
        self.taken.extend(batch)


def log_exporter() -> InMemoryLogRecordExporter:
    """Return an exporter of the SDK's."""
    return InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]


class Metrics(MetricExporter):
    """A metric exporter of the SDK's."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[MetricsData] = []

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:
        """Take metrics."""
        self.taken.append(metrics_data)
        return MetricExportResult.SUCCESS if timeout_millis else MetricExportResult.FAILURE

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Have nothing to flush."""
        return timeout_millis > 0

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:
        """Have nothing to shut down."""


def taken_by(target: object, records: list[Any], signal: Signal = "logs") -> Any:
    """Hand records to a target and return what it returns."""
    receiver = find_receiver(target, signal)
    assert receiver is not None
    return receiver.take(records)


def signals_of(target: object) -> list[Signal]:
    """Return the signals that a target takes."""
    return [signal for signal in SIGNALS if find_receiver(target, signal) is not None]


def test_callable() -> None:
    """A callable gets a list of events, fresh ones each time."""
    events = taken_by(lambda events: events, [decoded("a"), decoded("b")])
    assert [event["type"] for event in events] == ["a", "b"]


def test_callable_object() -> None:
    """So does an object that can be called."""
    target = CallableObject()
    taken_by(target, [decoded("a")])
    assert [event["type"] for event in target.taken] == ["a"]


def test_member() -> None:
    """An object's `logs` gets events."""
    assert taken_by(Members(logs=len, spans=None), [decoded(), decoded()]) == 2


def test_member_wins_over_call() -> None:
    """An object that can be called and has `logs` is asked by `logs`."""
    target = CallableObject()
    target.logs = len  # type: ignore[attr-defined]
    assert taken_by(target, [decoded()]) == 1
    assert target.taken == []


def test_exporter() -> None:
    """An SDK exporter gets SDK records, and is known as one that is to be shut down."""
    exporter = log_exporter()
    receiver = find_receiver(exporter, "logs")
    assert receiver is not None
    assert receiver.exporter is exporter
    receiver.take([decoded("a")])
    assert [log.log_record.event_name for log in exporter.get_finished_logs()] == ["a"]


def test_exporter_as_member() -> None:
    """An SDK exporter may also stand as an object's `logs`."""
    exporter = log_exporter()
    taken_by(Members(logs=exporter, spans=InMemorySpanExporter()), [decoded()])
    assert len(exporter.get_finished_logs()) == 1


def test_exporter_by_its_methods() -> None:
    """Something with a callable `export` is taken for an exporter of log records."""
    exporter = DuckExporter()
    taken_by(exporter, [decoded("a")])
    assert [log.log_record.event_name for log in exporter.taken] == ["a"]


@pytest.mark.parametrize(
    "target",
    [
        InMemorySpanExporter(),
        ConsoleMetricExporter(),
        Members(spans=len),
        Members(metrics=len),
        Members(spans=InMemorySpanExporter()),
        Members(logs=InMemorySpanExporter(), spans=len),
        [InMemorySpanExporter(), ConsoleMetricExporter()],
    ],
)
def test_other_signals_only(target: object) -> None:
    """What is made for spans or metrics gets no log records."""
    assert find_receiver(target, "logs") is None


@pytest.mark.parametrize(
    "target, signals",
    [
        (print, ["logs", "metrics"]),
        (CallableObject(), ["logs", "metrics"]),
        (DuckExporter(), ["logs"]),
        (log_exporter(), ["logs"]),
        (InMemorySpanExporter(), ["spans"]),
        (Metrics(), ["metrics"]),
        (Members(spans=len), ["spans"]),
        (Members(logs=len, metrics=len), ["logs", "metrics"]),
        (Members(logs=InMemorySpanExporter()), []),
        ([print, InMemorySpanExporter()], ["logs", "spans", "metrics"]),
    ],
)
def test_signals(target: object, signals: list[Signal]) -> None:
    """Each form takes the signals that it is made for; a callable by itself takes all but spans."""
    assert signals_of(target) == signals


def test_mappings_of_spans_and_metrics() -> None:
    """An object's `spans` gets spans as mappings, its `metrics` metric events, and so does a callable by itself."""
    target = Members(spans=lambda spans: spans, metrics=lambda points: points)
    assert [data["type"] for data in taken_by(target, decoded_spans(span("a"), span("b")), "spans")] == ["a", "b"]
    for takes_metrics in (target, lambda points: points):
        events = taken_by(takes_metrics, decoded_points(gauge("memory")), "metrics")
        assert [(event["type"], event["data"]["name"]) for event in events] == [("performance.metric", "memory")]


def test_exporters_of_spans_and_metrics() -> None:
    """SDK exporters get the SDK's spans and metrics."""
    spans, metrics = InMemorySpanExporter(), Metrics()
    target = [spans, Members(metrics=metrics)]
    taken_by(target, decoded_spans(span("a")), "spans")
    taken_by(target, decoded_points(gauge("memory")), "metrics")
    assert [made.name for made in spans.get_finished_spans()] == ["a"]
    (data,) = metrics.taken
    assert data.resource_metrics[0].scope_metrics[0].metrics[0].name == "memory"


def test_callable_yields_metrics() -> None:
    """A callable leaves metrics to the part that is there for them, wherever it stands."""
    metrics = Metrics()
    for target in ([print, metrics], [metrics, print]):
        receiver = find_receiver(target, "metrics")
        assert receiver is not None
        assert receiver.exporter is metrics


def test_two_callables() -> None:
    """Two callables are one too many for metrics as well."""
    with pytest.raises(ConfigurationError, match="several parts that take metrics"):
        find_receiver([print, len], "metrics")


@pytest.mark.parametrize("make", [list, tuple])
def test_parts(make: type[Any]) -> None:
    """Of several exporters each gets the signal that it is made for."""
    exporter = log_exporter()
    taken_by(make([InMemorySpanExporter(), exporter]), [decoded()])
    assert len(exporter.get_finished_logs()) == 1


@pytest.mark.parametrize(
    "target",
    [None, 7, "logs", {}, {"logs": len}, [], (), Members(), Members(logs=None), Members(logs="no"), [len, None]],
)
def test_none_of_the_forms(target: object) -> None:
    """Anything else is an error that names the setting and says what is allowed."""
    with pytest.raises(ConfigurationError, match=r"custom_transport must be a callable.*SDK exporter"):
        find_receiver(target, "logs")


def test_class_instead_of_object() -> None:
    """A class would be called with the events as its arguments: an error that says what was meant."""
    with pytest.raises(ConfigurationError, match=r"custom_transport.*InMemoryLogRecordExporter\(\)"):
        find_receiver(InMemoryLogRecordExporter, "logs")


def test_two_parts_for_one_signal() -> None:
    """Two parts that take log records are one too many: a failure of one would repeat the other's."""
    with pytest.raises(ConfigurationError, match="custom_transport has several parts that take logs"):
        find_receiver([print, log_exporter()], "logs")
