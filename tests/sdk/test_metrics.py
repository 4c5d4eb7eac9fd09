"""Meter providers and readers keep and pass measurements as `metrics.py` relies on."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry import baggage
from opentelemetry.context import attach, detach
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import Histogram, MeterProvider, MetricsTimeoutError
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricReader, MetricsData
from opentelemetry.sdk.resources import Resource

from clippy_otel._sdk import metrics as sdk_metrics


def meter_provider(*readers: MetricReader) -> MeterProvider:
    """Return an SDK meter provider that needs no shutdown."""
    return MeterProvider(readers, resource=Resource.get_empty(), shutdown_on_exit=False)


def intercept(provider: MeterProvider) -> Callable[[], None]:
    """Intercept all measurements and pass them on."""
    return sdk_metrics.intercept_measurements(
        provider, recorded=lambda each: each, observed=lambda each: each, added=lambda: None
    )


def values(data: MetricsData | None) -> list[float]:
    """Return the values of sums and gauges in a collection."""
    scopes = [] if data is None else [scope for each in data.resource_metrics for scope in each.scope_metrics]
    points: list[Any] = [point for scope in scopes for metric in scope.metrics for point in metric.data.data_points]
    return [point.value for point in points]


def test_measurements_go_through_the_consumer() -> None:
    """Instruments of all meters, made before or after, are intercepted once, for all readers, until it is undone."""
    first, second = InMemoryMetricReader(), InMemoryMetricReader()
    provider = meter_provider(first)
    before = provider.get_meter("a").create_counter("before")
    provider.get_meter("a").create_observable_counter("o", [lambda _: [Observation(10)]])
    recorded, observed, added = list[Any](), list[Any](), list[int]()

    def record(measurement: Any) -> Any:
        recorded.append(measurement)
        return None if measurement.value == 0.5 else measurement

    def observe(measurement: Any) -> Any:
        observed.append(measurement)
        return None if measurement.value == 20 else measurement

    consumer = provider._measurement_consumer
    plain = dict(vars(consumer))
    undo = sdk_metrics.intercept_measurements(
        provider, recorded=record, observed=observe, added=lambda: added.append(1)
    )
    provider.add_metric_reader(second)
    before.add(1, {"a": "b"})
    before.add(0.5)
    provider.get_meter("b").create_counter("after").add(2)
    provider.get_meter("b").create_observable_counter("p", [lambda _: [Observation(20)]])
    assert [measurement.value for measurement in recorded] == [1, 0.5, 2]
    assert recorded[0].attributes == {"a": "b"}
    assert vars(recorded[0]).keys() == {"value", "time_unix_nano", "instrument", "context", "attributes"}
    assert sorted(values(first.get_metrics_data())) == sorted(values(second.get_metrics_data())) == [1, 2, 10]
    assert [measurement.value for measurement in observed] == [10, 20] * 2
    assert added == [1]
    undo()
    assert vars(consumer) == {**plain, "_reader_storages": consumer._reader_storages}
    before.add(0.5, {"a": "b"})
    assert len(recorded) == 3
    assert sorted(values(first.get_metrics_data())) == [1.5, 2, 10, 20]


def test_measurements_stay_intercepted_beneath() -> None:
    """Undoing does not take away what somebody has put over it, and puts back what was there before."""
    provider = meter_provider()
    consumer: Any = provider._measurement_consumer
    theirs = consumer.consume_measurement
    consumer.consume_measurement = theirs
    undo = intercept(provider)
    ours = consumer.consume_measurement
    undo()
    assert vars(consumer)["consume_measurement"] is theirs
    undo = intercept(provider)
    consumer.consume_measurement = over = partial(ours)
    undo()
    assert consumer.consume_measurement is over


def recorder_and_measurements() -> tuple[Any, sdk_metrics.Record, list[Any]]:
    """Return a histogram of the SDK, what records in it, and what is measured there."""
    provider, measured = meter_provider(), list[Any]()
    sdk_metrics.intercept_measurements(provider, recorded=measured.append, observed=lambda _: None, added=lambda: None)
    histogram = provider.get_meter("a").create_histogram("h", "s")
    return histogram, sdk_metrics.histogram_recorder(histogram), measured


class Text(str):
    """A text of a class of somebody's."""

    __slots__ = ()


scalars = st.one_of(st.text(max_size=5), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
texts = st.text(max_size=5)
attribute_sets = st.one_of(
    st.none(),
    st.dictionaries(texts, scalars, max_size=4),
    st.dictionaries(
        st.one_of(texts, texts.map(Text), st.integers()), st.one_of(scalars, st.lists(scalars)), max_size=3
    ),
)


@given(attribute_sets)
@example({"a": "b", "c": 1, "d": 0.5, "e": True})
@example({"": "b"})
def test_histogram_recorder_measures_what_the_method_does(attributes: dict[Any, Any] | None) -> None:
    """Past the SDK's cleaning or not, the measurement is the same, in what it has and of which types."""
    histogram, record, measured = recorder_and_measurements()
    logging.disable()
    try:
        histogram.record(0.5, attributes)
        record(0.5, attributes)
    finally:
        logging.disable(logging.NOTSET)
    one, other = measured
    assert type(one) is type(other)
    assert repr({**vars(one), "time_unix_nano": 0}) == repr({**vars(other), "time_unix_nano": 0})
    assert one.time_unix_nano <= other.time_unix_nano
    assert other.attributes is not attributes or attributes is None


def test_histogram_recorder_in_a_span() -> None:
    """The context is the current one, for exemplars."""
    _, record, measured = recorder_and_measurements()
    context = baggage.set_baggage("k", "v")
    token = attach(context)
    record(1, {"a": "b"})
    detach(token)
    assert measured[0].context == context


def test_histogram_recorder_calls_what_is_put_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """An instrumentation that replaces the method, of one histogram or of all, is called; so is a foreign histogram."""

    class Foreign:
        def record(self, amount: float, attributes: Any = None) -> None:
            called.append((self, amount, attributes))

    called: list[Any] = []
    foreign = Foreign()
    sdk_metrics.histogram_recorder(foreign)(1, {"a": "b"})
    assert called == [(foreign, 1, {"a": "b"})]
    histogram, record, measured = recorder_and_measurements()
    histogram.record = lambda *given: called.append(given)
    record(2, {"a": "b"})
    assert called[1:] == [(2, {"a": "b"})]
    histogram, record, measured = recorder_and_measurements()
    monkeypatch.setattr(Histogram, "record", lambda *given: called.append(given))
    record(3, {"a": "b"})
    sdk_metrics.histogram_recorder(histogram)(4, {"a": "b"})
    assert called[2:] == [(histogram, 3, {"a": "b"}), (histogram, 4, {"a": "b"})]
    assert measured == []


def test_histogram_recorder_sees_a_wrapper_that_looks_like_the_method(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was there before is called as long as it is there, though it has the method's name and module."""
    original, called = Histogram.record, list[Any]()

    @functools.wraps(original)
    def wrapper(histogram: Any, amount: float, attributes: Any = None, context: Any = None) -> None:
        called.append(amount)
        original(histogram, amount, {**attributes, "more": 1}, context)

    with monkeypatch.context() as patched:
        patched.setattr(Histogram, "record", wrapper)
        _, record, measured = recorder_and_measurements()
        record(1, {"a": "b"})
    record(2, {"a": "b"})
    assert called == [1]
    assert [measurement.attributes for measurement in measured] == [{"a": "b", "more": 1}, {"a": "b"}]


def test_histogram_recorder_of_a_meter_that_is_turned_off() -> None:
    """Nothing is measured where a meter's configuration says so."""
    histogram, record, measured = recorder_and_measurements()
    histogram._meter_config = SimpleNamespace(is_enabled=False)
    record(1, {"a": "b"})
    assert measured == []


def test_asynchronous_instruments() -> None:
    """A provider says whether it has any, intercepted or not."""
    provider = meter_provider()
    provider.get_meter("a").create_counter("c")
    assert not sdk_metrics.has_asynchronous_instruments(provider)
    provider.get_meter("a").create_observable_gauge("g", [])
    assert sdk_metrics.has_asynchronous_instruments(provider)
    intercept(provider)
    assert sdk_metrics.has_asynchronous_instruments(provider)


def test_registered_readers() -> None:
    """A reader is registered from the construction of its provider, or its addition, until its removal."""
    one, other = InMemoryMetricReader(), InMemoryMetricReader()
    assert not sdk_metrics.is_registered(one)
    provider = meter_provider(one)
    provider.add_metric_reader(other)
    assert sdk_metrics.is_registered(one)
    assert sdk_metrics.is_registered(other)
    provider.remove_metric_reader(other)
    assert not sdk_metrics.is_registered(other)


def test_collect_recorded() -> None:
    """What a reader holds can be had without its callbacks, also after a collection that ran out of time."""
    reader = InMemoryMetricReader()
    provider = meter_provider(reader)
    provider.get_meter("a").create_counter("c").add(1)
    asked: list[int] = []

    def observe(_options: CallbackOptions) -> list[Observation]:
        asked.append(1)
        return [Observation(10)]

    for name in ("o", "p"):
        provider.get_meter("a").create_observable_counter(name, [observe])
    assert values(sdk_metrics.collect_recorded(reader)) == [1]
    assert asked == []
    with pytest.raises(MetricsTimeoutError):
        reader.collect(timeout_millis=0)
    assert values(sdk_metrics.collect_recorded(reader)) == [1]


def test_renewed_storage() -> None:
    """A renewed reader starts at zero and waits for no lock that was held; another reader of the provider goes on."""
    reader, other = InMemoryMetricReader(), InMemoryMetricReader()
    provider = meter_provider(reader, other)
    counter = provider.get_meter("a").create_counter("c")
    counter.add(1)
    with provider._measurement_consumer._lock:
        sdk_metrics.renew_storage(reader)
    assert reader.get_metrics_data() is None
    counter.add(2)
    assert values(reader.get_metrics_data()) == [2]
    assert values(other.get_metrics_data()) == [3]


def test_metric_storages() -> None:
    """Each reader has one that collects what its own collection returns; readers are added to the consumer."""
    one, other = InMemoryMetricReader(), InMemoryMetricReader()
    provider = meter_provider(one)
    provider.get_meter("a").create_counter("c").add(1)
    consumer = sdk_metrics.measurement_consumer(provider)
    add, consumer.add_metric_reader = consumer.add_metric_reader, lambda _: None
    provider.add_metric_reader(other)
    assert len(sdk_metrics.metric_storages(provider)) == 1
    add(other)
    storage, _ = sdk_metrics.metric_storages(provider)
    found, storage.collect = storage.collect(), lambda: None
    assert values(found) == [1]
    assert one.get_metrics_data() is None


def test_metric_readers_and_forget_metric_reader(caplog: pytest.LogCaptureFixture) -> None:
    """Readers given and added; a forgotten one is shut down no second time, and could be registered anew."""
    shut_down: list[Any] = []

    class Reader(InMemoryMetricReader):
        def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:  # noqa: ARG002 - the SDK's signature
            shut_down.append(self)

    given, added = Reader(), Reader()
    provider = meter_provider(given)
    provider.add_metric_reader(added)
    assert sdk_metrics.metric_readers(provider) == (given, added)
    for reader in (given, added, added):
        sdk_metrics.forget_metric_reader(provider, reader)
    assert sdk_metrics.metric_readers(provider) == ()
    assert provider.force_flush()
    provider.shutdown()
    assert shut_down == []
    meter_provider(given)
    assert not caplog.records
