"""The private names of OpenTelemetry that `_sdk.py` relies on exist and behave as it needs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry import context
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk import _shared_internal
from opentelemetry.sdk.metrics import MeterProvider, MetricsTimeoutError
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricReader, MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clippy_otel import _sdk

ENDPOINT = "http://127.0.0.1:9/v1/logs"
KEYS = (_SUPPRESS_INSTRUMENTATION_KEY, _SUPPRESS_HTTP_INSTRUMENTATION_KEY)


def suppressed() -> list[object]:
    """Return what the current context says of each key."""
    return [context.get_value(key) for key in KEYS]


def test_suppression_key_is_the_sdks() -> None:
    """The key that suppresses instrumentation is the one that the SDK's own processors set while they export."""
    assert attrgetter("_SUPPRESS_INSTRUMENTATION_KEY")(_shared_internal) == KEYS[0]
    assert KEYS[0] != KEYS[1]


def test_instrumentation_suppressed() -> None:
    """Both keys are set inside the block, what else the context holds stays, and nothing is left behind."""
    token = context.attach(context.set_value("mine", 1))
    try:
        with _sdk.instrumentation_suppressed():
            assert suppressed() == [True, True]
            assert context.get_value("mine") == 1
            with _sdk.instrumentation_suppressed():
                assert suppressed() == [True, True]
            assert suppressed() == [True, True]
        assert suppressed() == [None, None]
    finally:
        context.detach(token)


def test_suppression_ends_with_an_exception() -> None:
    """An exception ends the block like any other."""
    with pytest.raises(KeyError), _sdk.instrumentation_suppressed():
        raise KeyError
    assert suppressed() == [None, None]


def test_stock_exporter() -> None:
    """The stock exporter keeps the session it was given and the headers it has merged where we look for them."""
    session = requests.Session()
    exporter = OTLPLogExporter(
        endpoint=ENDPOINT, headers={"X-Mine": "1"}, compression=Compression.NoCompression, session=session
    )
    assert attrgetter("_client._transport._session")(exporter) is session
    assert attrgetter("_client._headers")(exporter)["x-mine"] == "1"


def test_http_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment's TLS files and headers are in the session and its headers, which are OTLP's besides."""
    certificate, client, key = (str(tmp_path / name) for name in ("authority", "client", "key"))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", certificate)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE", client)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CLIENT_KEY", key)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-env=2,x-mine=env")
    opened = _sdk.open_http_session("logs", endpoint=ENDPOINT, headers={"X-Mine": "1"})
    assert isinstance(opened.session, requests.Session)
    assert (opened.session.verify, opened.session.cert) == (certificate, (client, key))
    agent = opened.headers.pop("user-agent")
    assert agent.startswith("OTel-OTLP-Exporter-Python/")
    assert opened.headers == {"content-type": "application/x-protobuf", "x-env": "2", "x-mine": "1"}


def test_http_session_leaves_ours_to_us(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Compression and timeout of the environment are not read here, and not warned about."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")
    with caplog.at_level(logging.DEBUG):
        opened = _sdk.open_http_session("logs", endpoint=ENDPOINT, headers={})
    assert not caplog.records
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    assert "content-encoding" not in _sdk.open_http_session("logs", endpoint=ENDPOINT, headers={}).headers
    assert "content-encoding" not in opened.headers


def test_http_session_starts_nothing() -> None:
    """Building the exporter starts no thread that would have to be shut down: its session is all there is to close."""
    before = threading.active_count()
    _sdk.open_http_session("logs", endpoint=ENDPOINT, headers={}).session.close()
    assert threading.active_count() == before


def test_unknown_credential_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential provider that is not installed is an error, not a session without credentials."""
    monkeypatch.setenv("OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER", "missing")
    with pytest.raises(RuntimeError, match="missing"):
        _sdk.open_http_session("logs", endpoint=ENDPOINT, headers={})


def test_is_suppressed() -> None:
    """It is the key that the SDK's processors set while they export, and ours while we deliver."""
    assert not _sdk.is_suppressed()
    with _sdk.instrumentation_suppressed():
        assert _sdk.is_suppressed()
    token = context.attach(context.set_value(attrgetter("_SUPPRESS_INSTRUMENTATION_KEY")(_shared_internal), value=True))
    try:
        assert _sdk.is_suppressed()
    finally:
        context.detach(token)
    assert not _sdk.is_suppressed()


def meter_provider(*readers: MetricReader) -> MeterProvider:
    """Return an SDK meter provider that needs no shutdown."""
    return MeterProvider(readers, resource=Resource.get_empty(), shutdown_on_exit=False)


def intercept(provider: MeterProvider) -> Callable[[], None]:
    """Intercept all measurements and pass them on."""
    return _sdk.intercept_measurements(
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
    undo = _sdk.intercept_measurements(provider, recorded=record, observed=observe, added=lambda: added.append(1))
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


def test_asynchronous_instruments() -> None:
    """A provider says whether it has any, intercepted or not."""
    provider = meter_provider()
    provider.get_meter("a").create_counter("c")
    assert not _sdk.has_asynchronous_instruments(provider)
    provider.get_meter("a").create_observable_gauge("g", [])
    assert _sdk.has_asynchronous_instruments(provider)
    intercept(provider)
    assert _sdk.has_asynchronous_instruments(provider)


def test_registered_readers() -> None:
    """A reader is registered from the construction of its provider, or its addition, until its removal."""
    one, other = InMemoryMetricReader(), InMemoryMetricReader()
    assert not _sdk.is_registered(one)
    provider = meter_provider(one)
    provider.add_metric_reader(other)
    assert _sdk.is_registered(one)
    assert _sdk.is_registered(other)
    provider.remove_metric_reader(other)
    assert not _sdk.is_registered(other)


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
    assert values(_sdk.collect_recorded(reader)) == [1]
    assert asked == []
    with pytest.raises(MetricsTimeoutError):
        reader.collect(timeout_millis=0)
    assert values(_sdk.collect_recorded(reader)) == [1]


def test_renewed_storage() -> None:
    """A renewed reader starts at zero and waits for no lock that was held; another reader of the provider goes on."""
    reader, other = InMemoryMetricReader(), InMemoryMetricReader()
    provider = meter_provider(reader, other)
    counter = provider.get_meter("a").create_counter("c")
    counter.add(1)
    with provider._measurement_consumer._lock:
        _sdk.renew_storage(reader)
    assert reader.get_metrics_data() is None
    counter.add(2)
    assert values(reader.get_metrics_data()) == [2]
    assert values(other.get_metrics_data()) == [3]


def test_watchers_of_live_spans() -> None:
    """Who overrides what is called before a span ends is named; the SDK's own processors and strangers are no error."""

    class Watcher(SpanProcessor):
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            """Look at it."""

    class Stranger:
        def on_end(self, span: Any) -> None:
            """Look at one that has ended."""

    provider = TracerProvider(shutdown_on_exit=False)
    for processor in (SimpleSpanProcessor(InMemorySpanExporter()), Watcher(), Stranger()):
        provider.add_span_processor(processor)  # type: ignore[arg-type] # a stranger is what it may be given
    assert _sdk.live_span_watchers(_sdk.span_fan_out(provider)) == ("Watcher",)
