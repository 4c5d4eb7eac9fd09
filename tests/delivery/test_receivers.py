"""Every form of a custom transport's target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clippy_otel.delivery.receivers import log_receiver
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp.decode import DecodedLog
from tests._requests import decoded


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


def taken_by(target: object, logs: list[DecodedLog]) -> Any:
    """Hand logs to a target and return what it returns."""
    receiver = log_receiver(target)
    assert receiver is not None
    return receiver.take(logs)


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
    receiver = log_receiver(exporter)
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
    assert log_receiver(target) is None


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
        log_receiver(target)


def test_class_instead_of_object() -> None:
    """A class would be called with the events as its arguments: an error that says what was meant."""
    with pytest.raises(ConfigurationError, match=r"custom_transport.*InMemoryLogRecordExporter\(\)"):
        log_receiver(InMemoryLogRecordExporter)


def test_two_parts_for_one_signal() -> None:
    """Two parts that take log records are one too many: a failure of one would repeat the other's."""
    with pytest.raises(ConfigurationError, match="custom_transport has several parts that take logs"):
        log_receiver([print, log_exporter()])
