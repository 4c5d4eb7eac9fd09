"""The reader of our delivery: asked by whoever delivers, whatever callbacks do, at zero in a forked child."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    MeterProvider,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from clippy_otel.hooks.metric_reader import MAX_KEPT_COLLECTIONS, DeliveryReader
from clippy_otel.otlp.framing import frame_request

TEMPORALITY = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
AGGREGATION = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"
TIMEOUT_MS = 10_000.0
INSTRUMENTS = (Counter, UpDownCounter, Histogram, ObservableCounter, ObservableUpDownCounter, ObservableGauge)


class Setup:
    """A provider with our reader.

    Attributes:
        lost: What was booked.
        flushed: The timeouts of flushes.
    """

    def __init__(self, *, flush: Callable[[float], bool] | None = None) -> None:
        self.lost: list[tuple[str, int]] = []
        self.flushed: list[float] = []
        self.collections: list[str] = []
        self.reader = DeliveryReader(
            book=lambda column, count: self.lost.append((column, count)),
            flush=flush or self._flush,
            collecting=self._collecting,
        )
        self.provider = MeterProvider([self.reader], resource=Resource.get_empty(), shutdown_on_exit=False)
        self.meter = self.provider.get_meter("m")

    def _flush(self, timeout_ms: float) -> bool:
        self.flushed.append(timeout_ms)
        return True

    @contextlib.contextmanager
    def _collecting(self) -> Iterator[None]:
        self.collections.append(threading.current_thread().name)
        yield

    def observe(self, name: str, callback: Callable[[CallbackOptions], Iterable[Observation]]) -> None:
        """Make an observable counter."""
        self.meter.create_observable_counter(name, [callback])

    def take(self, timeout_ms: float = TIMEOUT_MS) -> dict[str, list[float]]:
        """Return the values of the metrics that are taken, by name."""
        items = self.reader.take(timeout_ms)
        request = ExportMetricsServiceRequest.FromString(
            frame_request([(each.envelope, [each.data]) for each in items])
        )
        found: dict[str, list[float]] = {}
        for of_resource in request.resource_metrics:
            for of_scope in of_resource.scope_metrics:
                for metric in of_scope.metrics:
                    points: list[Any] = [
                        *metric.sum.data_points,
                        *metric.gauge.data_points,
                        *metric.histogram.data_points,
                    ]
                    values = [getattr(point, "sum", None) or point.as_int or point.as_double for point in points]
                    found.setdefault(metric.name, []).extend(values)
        return found


@pytest.fixture
def setup() -> Setup:
    """Return a provider with our reader."""
    return Setup()


def one(_options: CallbackOptions) -> list[Observation]:
    """Observe 1."""
    return [Observation(1)]


def test_takes_what_is_recorded(setup: Setup) -> None:
    """A take holds everything so far, and a later one holds it again: totals are cumulative by default."""
    assert setup.take() == {}
    setup.meter.create_counter("c").add(2)
    setup.observe("o", one)
    assert setup.take() == {"c": [2], "o": [1]}
    setup.meter.create_counter("c").add(3)
    assert setup.take() == {"c": [5], "o": [1]}
    assert setup.lost == []


def test_a_reader_of_no_provider(caplog: pytest.LogCaptureFixture) -> None:
    """Without a provider there is nothing to take, and nothing to say about it."""
    reader = DeliveryReader(book=lambda *_: None, flush=lambda _: True)
    assert reader.take(TIMEOUT_MS) == []
    reader.shutdown()
    assert not caplog.records


def test_a_reader_that_is_added_and_removed(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """It can be added to a provider that runs, and once it is removed it says nothing and gives nothing."""
    setup.provider.remove_metric_reader(setup.reader)
    other = Setup()
    counter = other.meter.create_counter("c")
    setup = Setup()
    later = DeliveryReader(book=lambda *_: None, flush=lambda _: True)
    other.provider.add_metric_reader(later)
    counter.add(1)
    assert len(later.take(TIMEOUT_MS)) == 1
    other.provider.remove_metric_reader(later)
    assert later.take(TIMEOUT_MS) == []
    assert not caplog.records


@pytest.mark.parametrize("preference", [None, "", "cumulative", "DELTA", " delta ", "LowMemory", "nonsense"], ids=repr)
def test_temporality_is_the_stock_exporters(
    preference: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each instrument has the temporality that the stock exporter would give it; an unknown word is warned about."""
    if preference is not None:
        monkeypatch.setenv(TEMPORALITY, preference)
    stock = OTLPMetricExporter()._preferred_temporality
    caplog.clear()
    assert Setup().reader._preferred_temporality == stock
    assert len(caplog.records) == (preference == "nonsense")
    stock_defaults = InMemoryMetricReader(preferred_temporality=stock)._instrument_class_temporality
    assert Setup().reader._instrument_class_temporality == stock_defaults


@pytest.mark.parametrize("name", [None, "explicit_bucket_histogram", "base2_exponential_bucket_histogram", "nonsense"])
def test_aggregation_is_the_stock_exporters(
    name: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Histograms have the aggregation that the stock exporter would give them."""
    if name is not None:
        monkeypatch.setenv(AGGREGATION, name)
    stock = OTLPMetricExporter()._preferred_aggregation
    assert stock is not None
    caplog.clear()
    reader: Any = Setup().reader
    for instrument, aggregation in stock.items():
        ours = {
            kind: each for kind, each in reader._instrument_class_aggregation.items() if issubclass(kind, instrument)
        }
        assert [type(each) for each in ours.values()] == [type(aggregation)]
    assert len(caplog.records) == (name == "nonsense")


def test_delta_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With delta temporality each take holds what came since the one before."""
    monkeypatch.setenv(TEMPORALITY, "delta")
    setup = Setup()
    counter = setup.meter.create_counter("c")
    counter.add(2)
    assert setup.take() == {"c": [2]}
    counter.add(3)
    assert setup.take() == {"c": [3]}
    assert setup.take() == {}


def test_what_others_collect_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's collect() resets deltas: what it found is in the next take."""
    monkeypatch.setenv(TEMPORALITY, "delta")
    setup = Setup()
    counter = setup.meter.create_counter("c")
    counter.add(2)
    setup.reader.collect()
    counter.add(3)
    assert setup.take() == {"c": [2, 3]}


def test_what_others_collect_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Collections that nobody takes are bounded; the oldest is dropped and booked by its points."""
    monkeypatch.setenv(TEMPORALITY, "delta")
    setup = Setup()
    counter = setup.meter.create_counter("c")
    for number in range(MAX_KEPT_COLLECTIONS + 2):
        counter.add(1, {"n": 0})
        counter.add(number, {"n": 1})
        setup.reader.collect()
    assert setup.lost == [("queue_full", 2), ("queue_full", 2)]
    assert len(setup.take()["c"]) == 2 * MAX_KEPT_COLLECTIONS


def test_force_flush_delivers(setup: Setup) -> None:
    """The provider's force_flush() is ours, with its timeout, and collects nothing itself."""
    setup.meter.create_counter("c").add(1)
    assert setup.provider.force_flush(1234)
    assert len(setup.flushed) == 1
    assert 0 < setup.flushed[0] <= 1234
    assert setup.collections == []


@pytest.mark.swallows
def test_force_flush_that_fails() -> None:
    """A flush that raises was none, and the application's call returns."""

    def broken(_timeout_ms: float) -> bool:
        raise RuntimeError

    assert Setup(flush=broken).reader.force_flush() is False


def test_shutdown_keeps_the_last_collection(setup: Setup) -> None:
    """What was recorded before the provider's shutdown is taken once; what comes later is not collected."""
    counter = setup.meter.create_counter("c")
    counter.add(2)
    setup.observe("o", one)
    setup.provider.shutdown()
    counter.add(3)
    setup.reader.shutdown()
    assert setup.take() == {"c": [2], "o": [1]}
    assert setup.take() == {}
    assert len(setup.collections) == 1


def test_callbacks_that_raise(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """A callback that raises costs its own instrument alone."""

    def broken(_options: CallbackOptions) -> list[Observation]:
        raise RuntimeError

    setup.observe("broken", broken)
    setup.observe("o", one)
    setup.meter.create_counter("c").add(1)
    with caplog.at_level(logging.CRITICAL, "opentelemetry"):
        assert setup.take() == {"o": [1], "c": [1]}


def test_callbacks_that_take_too_long(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """Past the timeout the rest of the callbacks is left out, the recorded is taken, and nothing is counted twice."""
    slow = [True]

    def late(_options: CallbackOptions) -> list[Observation]:
        while slow[0] and not waited.wait(0.05):
            waited.set()
        return [Observation(7)]

    waited = threading.Event()
    setup.observe("late", late)
    setup.observe("o", one)
    setup.meter.create_counter("c").add(1)
    assert setup.take(timeout_ms=10) == {"late": [7], "c": [1]}
    waited.clear()
    assert setup.take(timeout_ms=10) == {"late": [7], "c": [1]}
    slow[0] = False
    assert setup.take() == {"late": [7], "o": [1], "c": [1]}
    assert [record.levelname for record in caplog.records if record.name == "clippy_otel"] == ["WARNING"]


@pytest.mark.swallows
def test_what_encloses_a_collection_may_fail() -> None:
    """take() returns what there is, and raises nothing."""

    def broken() -> contextlib.nullcontext[None]:
        raise RuntimeError

    reader = DeliveryReader(book=lambda *_: None, flush=lambda _: True, collecting=broken)
    MeterProvider([reader], resource=Resource.get_empty(), shutdown_on_exit=False)
    assert reader.take(TIMEOUT_MS) == []


def test_a_collection_is_enclosed_on_its_thread(setup: Setup) -> None:
    """What was asked to enclose collections does so, on the thread that takes."""
    thread = threading.Thread(target=setup.take, name="taker")
    thread.start()
    thread.join()
    assert setup.collections == ["taker"]


def test_recording_meanwhile(setup: Setup) -> None:
    """Nothing is lost or counted twice while threads record and another one takes."""
    counter = setup.meter.create_counter("c")

    def add() -> None:
        for _ in range(1_000):
            counter.add(1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        setup.take()
    assert setup.take() == {"c": [4_000]}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("temporality", ["cumulative", "delta"])
def test_a_child_starts_at_zero(temporality: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forked child sends its own, and nothing of what its parent recorded, collected or was in the middle of."""
    monkeypatch.setenv(TEMPORALITY, temporality)
    setup = Setup()
    counter = setup.meter.create_counter("c")
    setup.observe("o", one)
    counter.add(2)
    setup.reader.collect()
    counter.add(2)
    consumer: Any = setup.provider._measurement_consumer
    with consumer._lock:
        child = os.fork()
        if child == 0:
            first = setup.take()
            counter.add(5)
            second = setup.take()
            expected: tuple[dict[str, list[float]], ...] = ({"o": [1]}, {"c": [5], "o": [1]})
            if temporality == "delta":
                expected = ({"o": [1]}, {"c": [5], "o": [0]})
            os._exit(0 if (first, second) == expected else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert setup.take()["c"] == ([2, 4] if temporality == "cumulative" else [2, 2])


def test_the_first_take_at_interpreter_shutdown() -> None:
    """What is imported for the first take can be imported while the interpreter shuts down."""
    code = """
import atexit
from clippy_otel.hooks.metric_reader import DeliveryReader
from opentelemetry.sdk.metrics import MeterProvider

reader = DeliveryReader(book=print, flush=lambda timeout_ms: True)
atexit.register(lambda: print(len(reader.take(1000))))
MeterProvider([reader], shutdown_on_exit=True).get_meter("m").create_counter("c").add(1)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("1\n", "")
