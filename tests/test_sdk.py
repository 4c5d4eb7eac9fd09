"""The private names of OpenTelemetry that `_sdk.py` relies on exist and behave as it needs."""

from __future__ import annotations

import importlib
import json
import logging
import threading
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
import requests
import trustme
from opentelemetry import _logs, context, metrics, trace
from opentelemetry._logs import LogRecord
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.exporter.otlp.proto.grpc import _OTLP_GRPC_CHANNEL_OPTIONS
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk import _shared_internal
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk._logs._internal import ConcurrentMultiLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider, MetricsTimeoutError
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricReader, MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import (
    ConcurrentMultiSpanProcessor,
    Event,
    ReadableSpan,
    SpanLimits,
    SpanProcessor,
    SynchronousMultiSpanProcessor,
    TracerProvider,
)
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, Status, StatusCode

from clippy_otel import _sdk
from clippy_otel.ports import SIGNALS, Signal
from tests._hooks import no_globals, set_globals

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


def test_metric_storages() -> None:
    """Each reader has one that collects what its own collection returns; readers are added to the consumer."""
    one, other = InMemoryMetricReader(), InMemoryMetricReader()
    provider = meter_provider(one)
    provider.get_meter("a").create_counter("c").add(1)
    consumer = _sdk.measurement_consumer(provider)
    add, consumer.add_metric_reader = consumer.add_metric_reader, lambda _: None
    provider.add_metric_reader(other)
    assert len(_sdk.metric_storages(provider)) == 1
    add(other)
    storage, _ = _sdk.metric_storages(provider)
    found, storage.collect = storage.collect(), lambda: None
    assert values(found) == [1]
    assert one.get_metrics_data() is None


def ended_span(limits: SpanLimits | None = None, **given: Any) -> tuple[Any, Any]:
    """Return a live span that has ended, and the readable one that the SDK made for the processors."""
    seen: list[Any] = []

    class Keeping(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            seen.append(span)

    provider = TracerProvider(resource=Resource({"r": 1}), span_limits=limits, shutdown_on_exit=False)
    provider.add_span_processor(Keeping())
    live: Any = provider.get_tracer("app", "1").start_span("s", **given)
    live.add_event("e", {"k": "v", "l": "w"}, 5)
    live.set_status(Status(StatusCode.ERROR, "it broke"))
    live.end()
    return live, seen[0]


LINK = Link(SpanContext(7, 8, is_remote=True), {"k": "v"})


def test_the_sdk_makes_a_fresh_span_at_each_end() -> None:
    """Processors are handed a ReadableSpan that is nobody else's, which shares the parts of the live one."""
    live, readable = ended_span()
    assert type(readable) is ReadableSpan
    assert readable is not live
    assert readable._attributes is live._attributes
    assert readable._events is live._events


def test_span_fields() -> None:
    """What is read of a span is what its public properties say, the very objects; also of one built by hand."""
    _, span = ended_span(attributes={"a": 1}, links=[LINK])
    name, attributes, events, links, description, flags, resource, scope = _sdk.span_fields(span)
    assert (name, dict(attributes)) == (span.name, dict(span.attributes))
    assert (*events,) == (*span.events,)
    assert (*links,) == (*span.links,)
    assert (description, flags) == (span.status.description, span.context.trace_flags)
    assert (resource, scope) == (span.resource, span.instrumentation_scope)
    assert type(attributes) is dict
    bare = ReadableSpan("s", attributes=None, resource=Resource({}))
    assert _sdk.span_fields(bare) == ("s", {}, (), (), None, None, bare.resource, None)


def test_registered_span_processors() -> None:
    """Both fan-outs of the SDK keep them as a tuple, in the order of their registration."""
    for multi in (SynchronousMultiSpanProcessor(), ConcurrentMultiSpanProcessor()):  # type: ignore[no-untyped-call]
        one, other = SpanProcessor(), SpanProcessor()
        multi.add_span_processor(one)
        multi.add_span_processor(other)
        assert _sdk.registered_span_processors(multi) == (one, other)


def test_event_fields_and_event_like() -> None:
    """An event is read as it is, and made anew with the same time and the same count of dropped attributes."""
    _, span = ended_span(SpanLimits(max_event_attributes=1))
    (event,) = span.events
    assert event.dropped_attributes == 1
    assert _sdk.event_fields(event) == ("e", {"l": "w"})
    assert _sdk.event_fields(Event("plain", None)) == ("plain", {})
    made = _sdk.event_like(event, "other", {"l": "x"})
    assert (made.name, dict(made.attributes), made.timestamp, made.dropped_attributes) == ("other", {"l": "x"}, 5, 1)
    assert (event.name, dict(event.attributes)) == ("e", {"l": "w"})


def test_attributes_of() -> None:
    """The SDK's own are read without a copy; others, and None, as a dict."""
    bounded = BoundedAttributes(attributes={"a": (1, 2)})
    assert _sdk.attributes_of(bounded) is bounded._dict
    assert _sdk.attributes_of(MappingProxyType({"a": 1})) == {"a": 1}
    assert _sdk.attributes_of(None) == {}


def test_attributes_like() -> None:
    """Limits and the count of dropped ones are the other's; what can be changed is cleaned by the same limits."""
    bounded = BoundedAttributes(1, {"a": "1", "b": "2"}, max_value_len=3)
    made = _sdk.attributes_like(bounded, {"b": "longer"}, immutable=False)
    assert (dict(made), made.maxlen, made.dropped, made.max_value_len) == ({"b": "longer"}, 1, 1, 3)
    made["c"] = "longer"
    assert dict(made) == {"c": "lon"}
    fixed = _sdk.attributes_like({"plain": 1}, {"plain": 2})
    assert (dict(fixed), fixed.maxlen, fixed.dropped) == ({"plain": 2}, None, 0)
    with pytest.raises(TypeError):
        fixed["x"] = 1


def test_with_changes() -> None:
    """The fresh span has other values behind its public properties; the live one has its own."""
    live, span = ended_span(SpanLimits(max_events=1, max_links=1), attributes={"a": 1}, links=[LINK, LINK])
    event, link = Event("other", {}, 6), Link(LINK.context, {})
    changes = {
        "name": "n",
        "attributes": {"a": 2},
        "events": [event],
        "links": [link],
        "status": Status(StatusCode.ERROR, "other"),
        "resource": Resource({"r": 2}),
        "instrumentation_scope": InstrumentationScope("other"),
    }
    shown = _sdk.with_changes(span, changes)
    assert shown is span
    assert (shown.name, dict(shown.attributes), shown.events, shown.links) == ("n", {"a": 2}, (event,), (link,))
    assert (shown.status.description, shown.resource.attributes) == ("other", {"r": 2})
    assert shown.instrumentation_scope.name == "other"
    assert shown.dropped_links == 1
    assert json.loads(shown.to_json())["name"] == "n"
    assert (live.name, dict(live.attributes), live.status.description) == ("s", {"a": 1}, "it broke")
    assert (live.events[0].name, live.resource.attributes) == ("e", {"r": 1})


def test_copy_span() -> None:
    """A live span and one of a foreign class come as a readable span of its own, which says the same."""

    class Foreign(ReadableSpan):
        pass

    live, readable = ended_span()
    foreign = Foreign("f", resource=Resource({}))
    for span in (live, readable, foreign):
        copy = _sdk.copy_span(span)
        assert type(copy) is ReadableSpan
        assert copy is not span
        assert copy.to_json() == span.to_json()
    assert _sdk.with_changes(live, {"name": "n"}).name == "n"
    assert live.name == "s"


def test_log_record_copy() -> None:
    """A record like another one, of the same classes, which shares what was not changed."""
    record = LogRecord(body="b", attributes={"a": 1}, event_name="e")
    emitted = ReadWriteLogRecord(record, Resource({}), InstrumentationScope("app"))
    resource, scope = Resource({"r": 1}), InstrumentationScope("other")
    copy = _sdk.log_record_copy(emitted, {"body": "other"}, resource, scope)
    assert type(copy) is ReadWriteLogRecord
    assert type(copy.log_record) is LogRecord
    assert (copy.log_record.body, copy.log_record.event_name) == ("other", "e")
    assert copy.log_record.attributes is record.attributes
    assert (copy.resource, copy.instrumentation_scope, copy.limits) == (resource, scope, emitted.limits)
    assert (record.body, emitted.resource) == ("b", Resource({}))
    assert copy.dropped_attributes == 0


def test_fan_outs() -> None:
    """All tracers and loggers hold the object that is returned: a method put on it is called for each of them."""
    tracers, loggers = TracerProvider(shutdown_on_exit=False), LoggerProvider(shutdown_on_exit=False)
    tracer, logger = tracers.get_tracer("early"), loggers.get_logger("early")
    seen: list[Any] = []
    open_span = tracer.start_span("open")
    _sdk.span_fan_out(tracers).on_end = seen.append
    _sdk.log_record_fan_out(loggers).on_emit = seen.append
    open_span.end()
    logger.emit(body="b")
    tracers.get_tracer("late").start_span("late").end()
    loggers.get_logger("late").emit(body="late")
    assert [getattr(each, "name", None) or each.log_record.body for each in seen] == ["open", "b", "late", "late"]


def test_log_fan_out() -> None:
    """It is the class of which a logger provider makes its own, and which it takes one of a subclass for."""
    kind = _sdk.log_fan_out()
    provider = LoggerProvider(shutdown_on_exit=False)
    assert type(_sdk.log_record_fan_out(provider)) is kind
    mine = type("Mine", (kind,), {})()
    assert _sdk.log_record_fan_out(LoggerProvider(shutdown_on_exit=False, multi_log_record_processor=mine)) is mine


class Ignoring(LogRecordProcessor):
    """A log processor that does nothing."""

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Do nothing."""

    def shutdown(self) -> None:
        """Do nothing."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """Do nothing."""
        return True


def test_processors_of_and_forget_processors() -> None:
    """Those of either kind of fan-out of either signal; of a foreign kind there are none to be known."""
    spans = SpanProcessor(), SpanProcessor()
    for multi in (SynchronousMultiSpanProcessor(), ConcurrentMultiSpanProcessor()):  # type: ignore[no-untyped-call]
        for processor in spans:
            multi.add_span_processor(processor)
        assert _sdk.processors_of(multi) == spans
        assert _sdk.forget_processors(multi) == spans
        assert _sdk.processors_of(multi) == ()
    logs = Ignoring(), Ignoring()
    for fan_out in (_sdk.log_fan_out()(), ConcurrentMultiLogRecordProcessor()):
        for each in logs:
            fan_out.add_log_record_processor(each)
        assert _sdk.processors_of(fan_out) == logs
        assert _sdk.forget_processors(fan_out) == logs
        assert _sdk.processors_of(fan_out) == ()
    assert _sdk.processors_of(object()) == _sdk.forget_processors(object()) == ()
    assert not _sdk.tells_processors(object())
    assert all(map(_sdk.tells_processors, (SynchronousMultiSpanProcessor(), ConcurrentMultiSpanProcessor())))  # type: ignore[no-untyped-call] # the SDK's


def test_started_span_fields_and_has_room() -> None:
    """A span that has just started is read, and takes attributes, where its start, limit and attributes are."""
    provider = TracerProvider(span_limits=SpanLimits(max_span_attributes=2), shutdown_on_exit=False)
    span: Any = provider.get_tracer("app").start_span("s", attributes={"a": 1})
    assert _sdk.has_room(span, "b")
    assert not _sdk.has_room(span, "a")
    started_ns, most, attributes = _sdk.started_span_fields(span)
    assert (started_ns, most, attributes) == (span.start_time, 2, {"a": 1})
    attributes["b"] = "text"
    assert dict(span.attributes) == {"a": 1, "b": "text"}
    assert not _sdk.has_room(span, "c")
    assert _sdk.has_room(TracerProvider(shutdown_on_exit=False).get_tracer("app").start_span("s"), "a")


def test_replace_resource() -> None:
    """Tracers, loggers and readers that there are, and those that come, say the new one, and nothing of the old."""
    tracers = TracerProvider(resource=Resource({"old": 1}, "https://a"), shutdown_on_exit=False)
    loggers = LoggerProvider(resource=Resource({"old": 1}, "https://a"), shutdown_on_exit=False)
    reader = InMemoryMetricReader()
    meters = MeterProvider([reader], resource=Resource({"old": 1}, "https://a"), shutdown_on_exit=False)
    tracer, logger = tracers.get_tracer("early"), loggers.get_logger("early")
    meters.get_meter("early").create_counter("c").add(1)
    new = Resource({"new": 1}, "https://b")
    for provider in (tracers, loggers, meters):
        _sdk.replace_resource(provider, new)
    found = [tracer, tracers.get_tracer("late"), logger, loggers.get_logger("late"), tracers, loggers]
    for each in (*found, reader.get_metrics_data().resource_metrics[0]):  # type: ignore[union-attr]
        resource = each.resource  # type: ignore[union-attr]
        assert (dict(resource.attributes), resource.schema_url) == ({"new": 1}, "https://b")


def test_global_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """None where none was set, without making or loading one; then the one that the public getters return."""
    no_globals(monkeypatch)
    monkeypatch.setenv("OTEL_PYTHON_TRACER_PROVIDER", "missing")
    assert [_sdk.global_provider(signal) for signal in SIGNALS] == [None] * 3
    tracers, loggers = TracerProvider(shutdown_on_exit=False), LoggerProvider(shutdown_on_exit=False)
    meters = meter_provider()
    set_globals(spans=tracers, logs=loggers, meters=meters)
    assert [_sdk.global_provider(signal) for signal in SIGNALS] == [loggers, tracers, meters]
    assert (trace.get_tracer_provider(), metrics.get_meter_provider()) == (tracers, meters)
    assert _logs.get_logger_provider() is loggers


def test_is_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the getters return before a provider is set is one; providers that do something, or nothing, are not."""
    no_globals(monkeypatch)
    for found in (trace.get_tracer_provider(), _logs.get_logger_provider(), metrics.get_meter_provider()):
        assert _sdk.is_placeholder(found)
    for other in (TracerProvider(shutdown_on_exit=False), trace.NoOpTracerProvider(), object(), None):
        assert not _sdk.is_placeholder(other)


def test_sdk_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found behind placeholders and wrappers; what is none, or of another signal, is not one."""
    no_globals(monkeypatch)
    placeholder = trace.get_tracer_provider()
    assert _sdk.sdk_provider("spans", placeholder) is None
    tracers, loggers = TracerProvider(shutdown_on_exit=False), LoggerProvider(shutdown_on_exit=False)
    set_globals(spans=tracers)
    assert _sdk.sdk_provider("spans", placeholder) is _sdk.sdk_provider("spans", tracers) is tracers
    assert _sdk.sdk_provider("spans", SimpleNamespace(_tracer_provider=SimpleNamespace(wrapped=tracers))) is tracers
    assert _sdk.sdk_provider("logs", SimpleNamespace(provider=loggers)) is loggers
    endless: Any = SimpleNamespace()
    endless.provider = endless
    for nothing in (None, object(), trace.NoOpTracerProvider(), loggers, endless):
        assert _sdk.sdk_provider("spans", nothing) is None


def test_metric_readers_and_forget_metric_reader(caplog: pytest.LogCaptureFixture) -> None:
    """Readers given and added; a forgotten one is shut down no second time, and could be registered anew."""
    shut_down: list[Any] = []

    class Reader(InMemoryMetricReader):
        def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:  # noqa: ARG002 - the SDK's signature
            shut_down.append(self)

    given, added = Reader(), Reader()
    provider = meter_provider(given)
    provider.add_metric_reader(added)
    assert _sdk.metric_readers(provider) == (given, added)
    for reader in (given, added, added):
        _sdk.forget_metric_reader(provider, reader)
    assert _sdk.metric_readers(provider) == ()
    assert provider.force_flush()
    provider.shutdown()
    assert shut_down == []
    meter_provider(given)
    assert not caplog.records


GRPC_EXPORTERS = [
    ("logs", "_log_exporter", "OTLPLogExporter"),
    ("spans", "trace_exporter", "OTLPSpanExporter"),
    ("metrics", "metric_exporter", "OTLPMetricExporter"),
]


@pytest.mark.parametrize("signal", SIGNALS)
def test_http_session_of_each_signal(signal: Signal) -> None:
    """Each signal's stock exporter keeps its session and headers in the same place."""
    opened = _sdk.open_http_session(signal, endpoint=ENDPOINT, headers={"X-Mine": "1"})
    assert isinstance(opened.session, requests.Session)
    assert opened.headers["x-mine"] == "1"


@pytest.mark.parametrize("signal, module, name", GRPC_EXPORTERS)
def test_stock_grpc_exporter(monkeypatch: pytest.MonkeyPatch, signal: Signal, module: str, name: str) -> None:
    """The stock exporter keeps channel, headers and the decision for TLS where we look for them."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-env=2,user-agent=theirs")
    kind = getattr(importlib.import_module(f"opentelemetry.exporter.otlp.proto.grpc.{module}"), name)
    for endpoint, insecure in (("http://127.0.0.1:9", True), ("127.0.0.1:9", False)):
        exporter = kind(endpoint=endpoint)
        assert isinstance(exporter._channel, grpc.Channel)
        assert (exporter._insecure, dict(exporter._headers)["x-env"]) == (insecure, "2")
        exporter.shutdown()
    opened = _sdk.open_grpc_channel(
        signal, endpoint="http://127.0.0.1:9", headers={"X-Mine": "1"}, compression="gzip", user_agent="ours"
    )
    assert dict(opened.metadata) == {"x-env": "2", "x-mine": "1"}
    opened.channel.close()


def test_grpc_channel_leaves_ours_to_us(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Compression of the environment, which the stock exporter may refuse, is not read here; no thread is started."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "deflate")
    before = threading.active_count()
    with caplog.at_level(logging.DEBUG):
        opened = _sdk.open_grpc_channel(
            "logs", endpoint="http://127.0.0.1:9", headers={}, compression="none", user_agent="ours"
        )
    assert threading.active_count() == before
    assert not [found for found in caplog.records if found.name.startswith("opentelemetry")]
    opened.channel.close()


def test_stock_grpc_user_agent() -> None:
    """The stock exporter's User-Agent is among its options for the channel, which can be given others."""
    agent = dict(_OTLP_GRPC_CHANNEL_OPTIONS)["grpc.primary_user_agent"]
    assert agent.startswith("OTel-OTLP-Exporter-Python/")


@pytest.mark.parametrize("name", ["CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"])
@pytest.mark.parametrize("signal", ["", "LOGS_"])
def test_grpc_certificate_file_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, signal: str) -> None:
    """A file that TLS needs and that is not there is an error; without TLS nobody asks for it."""
    authority = tmp_path / "authority.pem"
    trustme.CA().cert_pem.write_to_path(authority)
    monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{signal}CERTIFICATE", str(authority))
    monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{signal}{name}", str(tmp_path / "missing.pem"))
    options: dict[str, Any] = {"headers": {}, "compression": "gzip", "user_agent": "ours"}
    with pytest.raises(FileNotFoundError, match=r"missing\.pem"):
        _sdk.open_grpc_channel("logs", endpoint="https://127.0.0.1:9", **options)
    _sdk.open_grpc_channel("logs", endpoint="http://127.0.0.1:9", **options).channel.close()


def test_stamp() -> None:
    """A text is put on a span of the SDK where it has room, and one that it has stays; other spans take no stamp."""
    provider = TracerProvider(span_limits=SpanLimits(max_span_attributes=2))
    span = provider.get_tracer("app").start_span("s", attributes={"a": "given"})
    assert _sdk.stamp(span, "a", "other")
    assert _sdk.stamp(span, "b", "new")
    assert _sdk.stamp(span, "c", "no room")
    assert dict(attrgetter("attributes")(span)) == {"a": "given", "b": "new"}
    assert not _sdk.stamp(trace.INVALID_SPAN, "a", "x")


def test_attributes_like_with_fewer_of_them() -> None:
    """What is left out is counted as dropped, beside what the SDK has dropped."""
    bounded = BoundedAttributes(2, {"a": 1, "b": 2, "c": 3})
    assert _sdk.attributes_like(bounded, {"c": 3}).dropped == 2
    assert _sdk.attributes_like(bounded, {"b": 2, "c": 3, "d": 4}).dropped == 1
    assert _sdk.attributes_like({"a": 1}, {}).dropped == 1


def test_ended_span_fields_and_ended_event_fields() -> None:
    """What is taken out of a span and of an event at the end is what their public properties say."""
    limits = SpanLimits(max_span_attributes=1, max_event_attributes=1)
    _, span = ended_span(limits, attributes={"a": 1, "b": 2}, links=[LINK])
    *fields, events, links = _sdk.ended_span_fields(span)
    assert fields == [
        span.context,
        span.parent,
        span.name,
        span.kind,
        span.start_time,
        span.end_time,
        span.status,
        span.attributes,
        span.dropped_attributes,
        span.resource,
        span.instrumentation_scope,
        span.dropped_events,
        span.dropped_links,
    ]
    assert (tuple(events), tuple(links), type(fields[7])) == (span.events, span.links, dict)
    (event,) = span.events
    name, attributes, *rest = _sdk.ended_event_fields(event)
    assert (name, attributes, rest) == (event.name, event.attributes, [event.timestamp, event.dropped_attributes])
    assert type(attributes) is dict
    assert tuple(span.context)[:2] == (span.context.trace_id, span.context.span_id)
    assert tuple(span.context)[4:] == (span.context.trace_state, span.context.is_valid)
    with pytest.raises(AttributeError):
        _sdk.ended_span_fields(ReadableSpan("s", attributes={"a": 1}, resource=Resource({})))
