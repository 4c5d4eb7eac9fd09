"""The two sides, set up alike: a pipeline of ours, and a provider of the bare SDK with its batch processor.

Neither drops anything, and on neither does a timer run out while it is measured: what wakes a background thread is a
full batch, or the flush.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from benchmarks.data import EVENT_NAME, SPAN_EVENT_NAME, SPAN_NAME, SpanData
from clippy_otel.collector import TelemetryCollector
from clippy_otel.config import TelemetryConfig, resolve
from clippy_otel.pipeline import Pipeline

if TYPE_CHECKING:
    from opentelemetry._logs import Logger
    from opentelemetry.trace import Tracer

    from clippy_otel.ledger import LedgerRow
    from clippy_otel.ports import Signal, Transport

QUEUE_RECORDS: Final = 1 << 20
FLUSH_TIMEOUT_MS: Final = 60_000
_QUEUE_BYTES: Final = (1 << 31) - 1
_REQUEST_BYTES: Final = 1 << 30
_NO_TIMER_MS: Final = 24 * 3600 * 1000
_SERVICE: Final = "benchmark"


class LostRecordsError(RuntimeError):
    """A side did not deliver what it was given: its figures would mean nothing."""


def our_config(*, batch: int, **settings: Any) -> TelemetryConfig:
    """Return a configuration with redaction, sampling `always` and a session, as they are by default.

    Args:
        batch: Records a request.
        **settings: More fields of TelemetryConfig.
    """
    return resolve(
        _SERVICE,
        max_buffer_size=batch,
        max_queue_size=QUEUE_RECORDS,
        max_memory_bytes=_QUEUE_BYTES,
        max_payload_bytes=_REQUEST_BYTES,
        flush_interval_ms=_NO_TIMER_MS,
        flush_on=(),
        **settings,
    )


@contextlib.contextmanager
def our_collector(
    *, batch: int, transports: Mapping[Signal, Transport] | None = None, endpoint: str | None = None
) -> Iterator[TelemetryCollector]:
    """Set up a collector.

    Args:
        batch: Records a request.
        transports: Where records go; None: over HTTP to the endpoint.
        endpoint: The base URL there.
    """
    collector = TelemetryCollector.over(Pipeline(our_config(batch=batch, endpoint=endpoint), transports=transports))
    try:
        yield collector
    finally:
        collector.shutdown(FLUSH_TIMEOUT_MS)


@contextlib.contextmanager
def our_tracer(transport: Transport, *, batch: int) -> Iterator[tuple[Pipeline, Tracer]]:
    """Set up a pipeline with its own tracer provider, which puts the session on spans.

    Args:
        transport: Where spans go.
        batch: Spans a request.
    """
    pipeline = Pipeline(our_config(batch=batch), transports={"spans": transport})
    try:
        yield pipeline, pipeline.provider("spans").get_tracer(_SERVICE)
    finally:
        pipeline.shutdown(FLUSH_TIMEOUT_MS)


@contextlib.contextmanager
def bare_logger(exporter: LogRecordExporter, *, batch: int) -> Iterator[tuple[LoggerProvider, Logger]]:
    """Set up the SDK alone, with the same resource as ours has where nothing more is configured.

    Args:
        exporter: Where records go; it is shut down in the end.
        batch: Records a request.
    """
    provider = LoggerProvider(resource=Resource.create({"service.name": _SERVICE}), shutdown_on_exit=False)
    processor = BatchLogRecordProcessor(
        exporter,
        schedule_delay_millis=_NO_TIMER_MS,
        max_export_batch_size=batch,
        max_queue_size=QUEUE_RECORDS,
    )
    provider.add_log_record_processor(processor)
    try:
        yield provider, provider.get_logger(_SERVICE)
    finally:
        provider.shutdown()


@contextlib.contextmanager
def bare_tracer(exporter: SpanExporter, *, batch: int) -> Iterator[tuple[TracerProvider, Tracer]]:
    """Set up the SDK alone, as `bare_logger` does.

    Args:
        exporter: Where spans go; it is shut down in the end.
        batch: Spans a request.
    """
    provider = TracerProvider(resource=Resource.create({"service.name": _SERVICE}), shutdown_on_exit=False)
    processor = BatchSpanProcessor(
        exporter,
        schedule_delay_millis=_NO_TIMER_MS,
        max_export_batch_size=batch,
        max_queue_size=QUEUE_RECORDS,
    )
    provider.add_span_processor(processor)
    try:
        yield provider, provider.get_tracer(_SERVICE)
    finally:
        provider.shutdown()


def track_all(collector: TelemetryCollector, events: list[dict[str, Any]]) -> None:
    """Record events with a collector of ours."""
    track = collector.track
    for attributes in events:
        track(EVENT_NAME, attributes)


def emit_all(logger: Logger, events: list[dict[str, Any]]) -> None:
    """Record events with the SDK alone: no time is given, for the SDK notes when it observed them."""
    emit, severity = logger.emit, SeverityNumber.INFO
    for attributes in events:
        emit(event_name=EVENT_NAME, severity_number=severity, attributes=attributes)


def record_all(tracer: Tracer, spans: list[SpanData]) -> None:
    """Record spans with OpenTelemetry's API, the same on both sides: start with attributes, an event, end."""
    start_span = tracer.start_span
    for attributes, event in spans:
        span = start_span(SPAN_NAME, attributes=attributes)
        span.add_event(SPAN_EVENT_NAME, event)
        span.end()


def flush_ours(collector: TelemetryCollector) -> None:
    """Deliver what was recorded.

    Raises:
        LostRecordsError: Not everything that was ever recorded has been delivered.
    """
    collector.flush(FLUSH_TIMEOUT_MS)
    check_delivered(collector.buffer_status().ledger["logs"])


def flush_spans(pipeline: Pipeline) -> None:
    """Deliver the spans that were recorded.

    Raises:
        LostRecordsError: Not everything that was ever recorded has been delivered.
    """
    pipeline.flush(FLUSH_TIMEOUT_MS)
    check_delivered(pipeline.ledger.row("spans"))


def check_delivered(row: LedgerRow) -> None:
    """Raise LostRecordsError where not everything that was ever recorded has been delivered."""
    if row.exported != row.offered:
        raise LostRecordsError(f"clippy_otel: {row.nonzero()}")
