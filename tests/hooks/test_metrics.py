"""A meter provider of a pipeline: collected by the delivery, redacted, and with what others add to it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    InMemoryMetricReader,
    MetricExporter,
    MetricExportResult,
    PeriodicExportingMetricReader,
)

from clippy_otel._sdk import metrics as sdk_metrics
from clippy_otel.ledger import FlushResult, LedgerRow
from clippy_otel.privacy.redactor import Redactor
from tests._hooks import HIDDEN, MAIL, Rig, rig

WAIT_MS = 10_000


def counter_of(parts: Rig) -> Any:
    """Return a counter of a provider of our own."""
    return parts.own().metrics.provider.get_meter("app").create_counter("c")


def values(points: Iterable[Any]) -> dict[str, Any]:
    """Return the values of points by their attributes."""
    return {str(point.attributes): point.value for point in points}


def test_measurements_are_delivered_redacted() -> None:
    """At a flush, as points; what becomes equal by it is one series."""
    with rig() as parts:
        counter = counter_of(parts)
        counter.add(1, {"to": MAIL})
        counter.add(2, {"to": "bob@example.com"})
        counter.add(4, {"to": "nobody"})
        assert values(parts.points()) == {f"{{'to': '{HIDDEN}'}}": 3, "{'to': 'nobody'}": 4}
        assert parts.row("metrics") == LedgerRow(offered=2, exported=2)


def test_nothing_is_collected_before_something_is_recorded() -> None:
    """A provider alone costs no thread and no request."""
    with rig() as parts:
        parts.own()
        assert parts.worker.flush(WAIT_MS) == FlushResult()
        assert parts.transports["metrics"].requests == []


def test_an_observable_instrument_is_something() -> None:
    """Its values are asked for at each collection."""
    with rig() as parts:
        seen: list[int] = []

        def observe(_: CallbackOptions) -> Iterable[Observation]:
            seen.append(1)
            yield Observation(len(seen), {"to": MAIL})

        parts.own().metrics.provider.get_meter("app").create_observable_gauge("g", [observe])
        (first,) = parts.points()
        (second,) = parts.points()
        assert (first.value, second.value) == (1, 2)
        assert MAIL not in str(first.attributes)


@pytest.mark.swallows
def test_a_measurement_that_cannot_be_redacted_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """For all readers, and counted once."""

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError

    with rig() as parts:
        made = parts.own()
        reader = InMemoryMetricReader()
        made.metrics.provider.add_metric_reader(reader)
        counter = made.metrics.provider.get_meter("app").create_counter("c")
        counter.add(1, {"k": "clean"})
        with monkeypatch.context() as patched:
            patched.setattr(Redactor, "redact_attributes", fail)
            counter.add(1, {"k": "new"})
        assert values(parts.points()) == {"{'k': 'clean'}": 1}
        assert parts.row("metrics") == LedgerRow(offered=2, exported=1, redaction_failed=1)


def test_without_a_transport_for_metrics_nothing_is_collected() -> None:
    """The provider works, for the readers of others."""
    with rig(delivers=("logs",)) as parts:
        made = parts.own()
        reader = InMemoryMetricReader()
        made.metrics.provider.add_metric_reader(reader)
        made.metrics.provider.get_meter("app").create_counter("c").add(1, {"to": MAIL})
        assert parts.worker.flush(WAIT_MS) == FlushResult()
        data: Any = reader.get_metrics_data()
        assert dict(data.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points[0].attributes) == {
            "to": HIDDEN
        }
        assert parts.row("metrics") == LedgerRow()


def test_turned_off_nothing_is_recorded() -> None:
    """Neither for us nor for the readers that others have added; turned on again, what comes then is."""
    with rig(enabled=False) as parts:
        made = parts.own()
        reader = InMemoryMetricReader()
        made.metrics.provider.add_metric_reader(reader)
        counter = made.metrics.provider.get_meter("app").create_counter("c")
        counter.add(1)
        assert parts.points() == []
        assert reader.get_metrics_data() is None
        parts.rules.update({"enabled": True})
        counter.add(10)
        assert [point.value for point in parts.points()] == [10]
        assert parts.row("metrics") == LedgerRow(offered=2, disabled=1, exported=1)


def test_turned_off_while_running_what_was_recorded_is_delivered_once() -> None:
    """Totals of before are not sent again and again while telemetry is off."""
    with rig() as parts:
        counter = counter_of(parts)
        counter.add(1)
        assert [point.value for point in parts.points()] == [1]
        counter.add(1)
        parts.rules.update({"enabled": False})
        counter.add(100)
        assert [point.value for point in parts.points()] == [2]
        assert parts.points() == []
        parts.rules.update({"enabled": True})
        counter.add(1)
        assert [point.value for point in parts.points()] == [3]
        assert parts.row("metrics") == LedgerRow(offered=4, disabled=1, exported=3)


def test_the_next_pipeline_collects_from_the_first_measurement_on() -> None:
    """Also where that was under the pipeline before: what instruments have counted goes on."""
    with rig() as one, rig() as other, rig() as third:
        made = one.own()
        counter = made.metrics.provider.get_meter("app").create_counter("c")
        counter.add(1)
        other.bind(made)
        assert [point.value for point in one.points()] == [1]
        one.close()
        assert [point.value for point in other.points()] == [1]
        counter.add(1)
        assert [point.value for point in other.points()] == [2]
        other.close()
        third.bind(made)
        counter.add(1)
        assert [point.value for point in third.points()] == [3]
        assert one.row("metrics").exported == 2


class Exporter(MetricExporter):
    """Keep what is exported."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[Any] = []
        self.shut_down = 0

    def export(self, metrics_data: Any, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:  # noqa: ARG002 - the SDK's
        """Keep the values."""
        for of_resource in metrics_data.resource_metrics:
            for of_scope in of_resource.scope_metrics:
                self.values += [point.value for metric in of_scope.metrics for point in metric.data.data_points]
        return MetricExportResult.SUCCESS

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:  # noqa: ARG002 - likewise
        """Count it."""
        self.shut_down += 1

    def force_flush(self, timeout_millis: float = 10_000) -> bool:  # noqa: ARG002 - likewise
        """Have nothing to flush."""
        return True


def test_readers_of_others_collect_for_the_last_time(caplog: pytest.LogCaptureFixture) -> None:
    """What was recorded since their last interval reaches their exporter, observables too; nothing is warned about."""
    with rig() as parts:
        made = parts.own()
        exporter = Exporter()
        made.metrics.provider.add_metric_reader(PeriodicExportingMetricReader(exporter, 3_600_000))
        meter = made.metrics.provider.get_meter("app")
        meter.create_counter("c").add(5)
        meter.create_observable_gauge("g", [lambda _: [Observation(7)]])
        parts.close()
        made.release(10)
        assert sorted(exporter.values) == [5, 7]
        assert exporter.shut_down == 1
        assert not caplog.records
        (ours,) = sdk_metrics.metric_readers(made.metrics.provider)
        assert ours is made.metrics._reader


def test_a_reader_of_somebodys_provider_is_theirs() -> None:
    """It is neither ended nor removed; ours is taken out."""
    exporter = Exporter()
    reader = PeriodicExportingMetricReader(exporter, 3_600_000)
    provider = MeterProvider([reader], shutdown_on_exit=False)
    with rig(owns=False) as parts:
        made = parts.join(metrics=provider)
        provider.get_meter("app").create_counter("c").add(5)
        assert [point.value for point in parts.points()] == [5]
        parts.close()
        made.release(10)
        assert sdk_metrics.metric_readers(provider) == (reader,)
        assert exporter.values == []
        assert exporter.shut_down == 0
    provider.shutdown()
    assert exporter.values == [5]


def test_a_flush_of_the_provider_delivers() -> None:
    """force_flush of a provider of ours is a flush of ours."""
    with rig() as parts:
        made = parts.own()
        made.metrics.provider.get_meter("app").create_counter("c").add(5)
        assert made.metrics.provider.force_flush(WAIT_MS)
        assert parts.row("metrics").exported == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_starts_at_zero() -> None:
    """Its first measurement has its metrics collected, and only its own are in them."""
    with rig() as parts:
        counter = counter_of(parts)
        counter.add(100)
        assert [point.value for point in parts.points()] == [100]
        child = os.fork()
        if child == 0:
            nothing = parts.worker.flush(WAIT_MS) == FlushResult()
            counter.add(1)
            own = [point.value for point in parts.points()] == [1]
            books = parts.ledger.row("metrics") == LedgerRow(offered=1, exported=1)
            os._exit(0 if nothing and own and books else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        counter.add(1)
        assert [point.value for point in parts.points()] == [101]
