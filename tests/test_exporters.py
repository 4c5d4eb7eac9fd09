"""The exporters for the bare SDK: redacted copies over OTLP, kept on disk while the backend is away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExportResult, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clippy_otel import ConfigurationError, SpoolingLogExporter, SpoolingMetricExporter, SpoolingSpanExporter
from clippy_otel.delivery.metric_points import decode_metrics
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.otlp.decode_spans import decode_spans
from clippy_otel.ports import SpoolOptions
from clippy_otel.privacy import Redactor
from tests._collector import Collector
from tests._sinks import Answer, Sink

CANARY = "alice@example.com"
EXPORTERS = {"traces": SpoolingSpanExporter, "logs": SpoolingLogExporter, "metrics": SpoolingMetricExporter}
PATHS = {"traces": "/v1/traces", "logs": "/v1/logs", "metrics": "/v1/metrics"}


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Run a peer that the environment names."""
    with Sink() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        yield running


def bodies(sink: Sink, path: str) -> list[bytes]:
    """Return what arrived for a signal."""
    return [request.body for request in list(sink.requests) if request.path == path]


def test_spans_arrive_redacted(sink: Sink) -> None:
    """In a bare setup, with the SDK's own batch processor; other exporters see what they saw before."""
    others = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "shop", "owner": CANARY}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(SpoolingSpanExporter()))
    provider.add_span_processor(SimpleSpanProcessor(others))
    with provider.get_tracer("t").start_as_current_span("mail " + CANARY, attributes={"to": CANARY, "n": 1}):
        pass
    assert provider.force_flush()
    provider.shutdown()
    (body,) = bodies(sink, "/v1/traces")
    (span,) = decode_spans(body)
    assert (span.name, span.attributes["to"], span.attributes["n"]) == ("mail [REDACTED]", "[REDACTED]", 1)
    assert CANARY.encode() not in body
    assert others.get_finished_spans()[0].name == "mail " + CANARY


def test_logs_arrive_redacted(sink: Sink) -> None:
    """Body and attributes, with the SDK's own batch processor."""
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(SpoolingLogExporter()))
    provider.get_logger("t").emit(
        body="sent to " + CANARY, attributes={"password": "x"}, severity_number=SeverityNumber.WARN
    )
    assert provider.force_flush()
    provider.shutdown()
    (body,) = bodies(sink, "/v1/logs")
    (log,) = decode_logs(body)
    assert (log.body, log.attributes["password"], log.severity_number) == ("sent to [REDACTED]", "[REDACTED]", 13)
    assert CANARY.encode() not in body


def test_metrics_arrive_redacted(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attributes of points and resources; the temporality is the environment's."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
    reader = PeriodicExportingMetricReader(SpoolingMetricExporter(), export_interval_millis=float("inf"))
    provider = MeterProvider([reader], resource=Resource({"owner": CANARY}), shutdown_on_exit=False)
    provider.get_meter("t").create_counter("mails", "1").add(3, {"to": CANARY, "n": 1})
    assert provider.force_flush()
    provider.shutdown()
    points = [point for body in bodies(sink, "/v1/metrics") for point in decode_metrics(body)]
    assert [(point.name, point.value, dict(point.attributes)) for point in points] == [
        ("mails", 3, {"to": "[REDACTED]", "n": 1})
    ]
    assert {point.temporality for point in points} == {"delta"}
    assert not any(CANARY.encode() in body for body in bodies(sink, "/v1/metrics"))


def test_a_redactor_of_ones_own_and_none(sink: Sink) -> None:
    """What was redacted before need not be redacted again, and rules may be others."""
    for redactor, expected in ((Redactor(placeholder="***"), "***"), (None, CANARY)):
        exporter = SpoolingSpanExporter(redactor=redactor)
        assert exporter.export([ended(attributes={"to": CANARY})]) is SpanExportResult.SUCCESS
        assert exporter.force_flush(5000)
        exporter.shutdown()
        (span,) = decode_spans(bodies(sink, "/v1/traces")[-1])
        assert span.attributes["to"] == expected


def ended(name: str = "work", **settings: Any) -> ReadableSpan:
    """Return a span of the SDK that has ended."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    provider.get_tracer("t").start_span(name, **settings).end()
    return memory.get_finished_spans()[0]


def test_what_the_backend_does_not_take_now_is_delivered_by_the_next_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans that could not be delivered are on disk at shutdown, and the next exporter delivers them by itself."""
    with Sink(lambda _: Answer(503)) as busy:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", busy.url)
        exporter = SpoolingSpanExporter()
        spans = [ended(f"span {number}") for number in range(300)]
        assert exporter.export(spans) is SpanExportResult.SUCCESS
        assert exporter.force_flush(5000)  # safe, though not delivered
        exporter.shutdown()
        port = busy.port
    with Sink(port=port) as sink:
        following = SpoolingSpanExporter()
        sink.wait_for(1)
        assert following.force_flush(10_000)
        following.shutdown()
        assert sorted(decode_all(sink)) == sorted(f"span {number}" for number in range(300))


def decode_all(sink: Sink) -> list[str]:
    """Return the names of all spans that arrived."""
    return [span.name for body in bodies(sink, "/v1/traces") for span in decode_spans(body)]


def test_after_shutdown_nothing_is_taken(sink: Sink) -> None:
    """The answer says so, for each of the three."""
    spans, logs, metrics = SpoolingSpanExporter(), SpoolingLogExporter(), SpoolingMetricExporter()
    for exporter in (spans, logs, metrics):
        exporter.shutdown()
        exporter.shutdown()
    assert spans.export([ended()]) is SpanExportResult.FAILURE
    assert logs.export([]) is LogRecordExportResult.FAILURE
    reader = PeriodicExportingMetricReader(metrics, export_interval_millis=float("inf"))
    provider = MeterProvider([reader], shutdown_on_exit=False)
    provider.get_meter("t").create_counter("c").add(1)
    data = collected(provider)
    assert metrics.export(data) is MetricExportResult.FAILURE
    assert not sink.requests
    provider.shutdown()


def collected(provider: MeterProvider) -> Any:
    """Return a collection of a provider's metrics."""
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader  # noqa: PLC0415 - the only use

    reader = InMemoryMetricReader()
    provider.add_metric_reader(reader)
    provider.get_meter("t").create_counter("d").add(1)
    return reader.get_metrics_data()


@pytest.mark.swallows
def test_span_that_cannot_be_redacted_is_dropped_and_counted(sink: Sink) -> None:
    """It fails closed, and the answer says that not everything was taken."""

    class Broken(ReadableSpan):
        @property
        def name(self) -> str:
            raise RuntimeError

    broken = Broken.__new__(Broken)
    exporter = SpoolingSpanExporter()
    assert exporter.export([broken, ended("good")]) is SpanExportResult.FAILURE
    exporter.force_flush(5000)
    exporter.shutdown()
    assert decode_all(sink) == ["good"]


def test_refused_where_memory_is_full_and_there_is_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """With durability "memory" what does not fit is refused, and the answer says so."""
    monkeypatch.setenv("CLIPPY_OTEL_MAX_QUEUE_SIZE", "10")
    monkeypatch.setenv("CLIPPY_OTEL_MAX_BUFFER_SIZE", "10")
    with Sink(lambda _: Answer(503)) as busy:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", busy.url)
        exporter = SpoolingSpanExporter(options=SpoolOptions(durability="memory"))
        assert exporter.export([ended() for _ in range(50)]) is SpanExportResult.FAILURE
        exporter.shutdown()


@pytest.mark.parametrize("make", EXPORTERS.values(), ids=EXPORTERS)
def test_bad_arguments_are_refused(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, saying what is needed."""
    with pytest.raises(ConfigurationError, match=r"^redactor: a Redactor is needed"):
        make(redactor="none")
    with pytest.raises(ConfigurationError, match=r"^spool"):
        make(options=SpoolOptions(durability="disk"))  # type: ignore[arg-type]
    monkeypatch.setenv("CLIPPY_OTEL_SPOOL", "nonsense")
    with pytest.raises(ConfigurationError, match=r"^CLIPPY_OTEL_SPOOL"):
        make()


@pytest.mark.parametrize("signal", EXPORTERS)
def test_environment_knows_them_as_clippy(signal: str) -> None:
    """OTEL_TRACES_EXPORTER=clippy and its like find the class, and call it without arguments."""
    (found,) = entry_points(group=f"opentelemetry_{signal}_exporter", name="clippy")
    assert found.load() is EXPORTERS[signal]


APPLICATION = """
import logging
from opentelemetry import metrics, trace
with trace.get_tracer("t").start_as_current_span("mail", attributes={"to": "alice@example.com"}):
    metrics.get_meter("t").create_counter("mails").add(1, {"to": "alice@example.com"})
    logging.getLogger("app").warning("sent to alice@example.com")
"""


def test_auto_instrumentation_with_all_three(collector: Collector, tmp_path: Path) -> None:
    """Under opentelemetry-instrument with `clippy` everywhere, what arrives at a real Collector is redacted."""
    application = tmp_path / "application.py"
    application.write_text(APPLICATION)
    environment = {
        **os.environ,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.grpc_endpoint,  # the distro's protocol
        "OTEL_TRACES_EXPORTER": "clippy",
        "OTEL_LOGS_EXPORTER": "clippy",
        "OTEL_METRICS_EXPORTER": "clippy",
        "OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION": "true",
        "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED": "true",
    }
    instrument = Path(sys.executable).with_name("opentelemetry-instrument")
    subprocess.run([instrument, sys.executable, application], env=environment, check=True, timeout=60)
    collector.wait_for(collector.spans, bool)
    collector.wait_for(collector.metrics, bool)
    assert CANARY.encode() not in collector.raw_bytes()
    assert [span.attributes["to"] for span in collector.spans()] == ["[REDACTED]"]
