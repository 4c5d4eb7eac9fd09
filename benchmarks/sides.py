"""The two sides, set up alike: a collector of ours, and a logger of the bare SDK with its batch processor.

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

from benchmarks.data import EVENT_NAME
from clippy_otel.collector import TelemetryCollector
from clippy_otel.config import resolve
from clippy_otel.pipeline import Pipeline

if TYPE_CHECKING:
    from opentelemetry._logs import Logger

    from clippy_otel.ports import Signal, Transport

QUEUE_RECORDS: Final = 1 << 20
FLUSH_TIMEOUT_MS: Final = 60_000
_QUEUE_BYTES: Final = (1 << 31) - 1
_REQUEST_BYTES: Final = 1 << 30
_NO_TIMER_MS: Final = 24 * 3600 * 1000
_SERVICE: Final = "benchmark"


class LostRecordsError(RuntimeError):
    """A side did not deliver what it was given: its figures would mean nothing."""


@contextlib.contextmanager
def our_collector(
    *, batch: int, transports: Mapping[Signal, Transport] | None = None, endpoint: str | None = None
) -> Iterator[TelemetryCollector]:
    """Set up a collector with redaction, sampling `always` and a session, as they are by default.

    Args:
        batch: Records a request.
        transports: Where records go; None: over HTTP to the endpoint.
        endpoint: The base URL there.
    """
    config = resolve(
        _SERVICE,
        max_buffer_size=batch,
        max_queue_size=QUEUE_RECORDS,
        max_memory_bytes=_QUEUE_BYTES,
        max_payload_bytes=_REQUEST_BYTES,
        flush_interval_ms=_NO_TIMER_MS,
        flush_on=(),
        endpoint=endpoint,
    )
    collector = TelemetryCollector.over(Pipeline(config, transports=transports))
    try:
        yield collector
    finally:
        collector.shutdown(FLUSH_TIMEOUT_MS)


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


def flush_ours(collector: TelemetryCollector) -> None:
    """Deliver what was recorded.

    Raises:
        LostRecordsError: Not everything that was ever recorded has been delivered.
    """
    collector.flush(FLUSH_TIMEOUT_MS)
    row = collector.buffer_status().ledger["logs"]
    if row.exported != row.offered:
        raise LostRecordsError(f"clippy_otel: {row.nonzero()}")
