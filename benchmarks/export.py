"""Recording, encoding, compressing and sending events and spans over HTTP: all the CPU of the process.

Measured is `time.process_time_ns()` over recording and a flush, background threads included; the peer is another
process. Both send 512 records a request, at gzip's level 1. The stock exporters' level is fixed at 9: they are patched
here, so that what is compared is not a setting. The spans are those of `spans.py`: ten attributes and an event.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from benchmarks import sides
from benchmarks.data import Events, Spans
from benchmarks.harness import Benchmark, Row, Sides
from benchmarks.sink import RemoteSink, sink_process
from clippy_otel.delivery.http import HttpTransport

_BATCH: Final = 512
_GZIP_LEVEL: Final = 1
_OUR_PATH, _BARE_PATH = "ours", "bare"

_Exporter = TypeVar("_Exporter", OTLPLogExporter, OTLPSpanExporter)


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    cpu = Row("an event recorded and exported, all CPU", "us", budget=0.5)
    size = Row("an event on the wire, gzip level 1", "bytes")
    span_cpu = Row("a span recorded and exported, all CPU", "us", budget=0.5)
    span_size = Row("a span on the wire, gzip level 1", "bytes")
    return (
        Benchmark("export", (cpu, size), 31, 10 * _BATCH, _opened),
        Benchmark("export-spans", (span_cpu, span_size), 31, 10 * _BATCH, _opened_spans),
    )


def at_level_1(exporter: _Exporter) -> _Exporter:
    """Return a stock exporter made to compress at level 1."""
    if not callable(getattr(exporter._client, "_compress", None)):  # its name is private: say so where it is gone
        raise TypeError(f"{type(exporter).__name__} has no _client._compress any more: its gzip level cannot be set")
    exporter._client._compress = _compress_at_level_1  # type: ignore[method-assign]
    return exporter


def bare_exporter(endpoint: str) -> OTLPLogExporter:
    """Return the stock exporter of logs, compressing at level 1.

    Args:
        endpoint: The full URL.
    """
    return at_level_1(OTLPLogExporter(endpoint=endpoint, compression=Compression.Gzip))


def bare_span_exporter(endpoint: str) -> OTLPSpanExporter:
    """Return the stock exporter of spans, likewise."""
    return at_level_1(OTLPSpanExporter(endpoint=endpoint, compression=Compression.Gzip))


def _compress_at_level_1(serialized_data: bytes) -> bytes:
    """Do what the stock exporter does, in its own words but for the level."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="w", compresslevel=_GZIP_LEVEL) as compressed:
        compressed.write(serialized_data)
    return buffer.getvalue()


@contextlib.contextmanager
def _opened(calls: int) -> Iterator[Sides]:
    events = Events()
    with (
        sink_process() as sink,
        sides.our_collector(batch=_BATCH, endpoint=sink.endpoint(_OUR_PATH)) as collector,
        sides.bare_logger(bare_exporter(sink.endpoint(_BARE_PATH) + "/v1/logs"), batch=_BATCH) as (provider, logger),
    ):

        def ours() -> tuple[float, float]:
            batch = events.clean(calls)
            elapsed_us = _timed(lambda: sides.track_all(collector, batch), lambda: sides.flush_ours(collector))
            return (elapsed_us / calls, _received(sink, _OUR_PATH, "logs", calls) / calls)

        def bare() -> tuple[float, float]:
            batch = events.clean(calls)
            elapsed_us = _timed(lambda: sides.emit_all(logger, batch), provider.force_flush)
            return (elapsed_us / calls, _received(sink, _BARE_PATH, "logs", calls) / calls)

        yield Sides(ours, bare)


@contextlib.contextmanager
def _opened_spans(calls: int) -> Iterator[Sides]:
    spans = Spans()
    with sink_process() as sink:
        transport = HttpTransport("spans", endpoint=sink.endpoint(_OUR_PATH) + "/v1/traces", headers={}, timeout_s=None)
        exporter = bare_span_exporter(sink.endpoint(_BARE_PATH) + "/v1/traces")
        with (
            sides.our_tracer(transport, batch=_BATCH) as (pipeline, our_tracer),
            sides.bare_tracer(exporter, batch=_BATCH) as (provider, bare_tracer),
        ):

            def ours() -> tuple[float, float]:
                batch = spans.clean(calls)
                record = functools.partial(sides.record_all, our_tracer, batch)
                elapsed_us = _timed(record, lambda: sides.flush_spans(pipeline))
                return (elapsed_us / calls, _received(sink, _OUR_PATH, "traces", calls) / calls)

            def bare() -> tuple[float, float]:
                batch = spans.clean(calls)
                elapsed_us = _timed(functools.partial(sides.record_all, bare_tracer, batch), provider.force_flush)
                return (elapsed_us / calls, _received(sink, _BARE_PATH, "traces", calls) / calls)

            yield Sides(ours, bare)


def _timed(record: Callable[[], object], flush: Callable[[], object]) -> float:
    """Return the microseconds of CPU that this process takes to record and to deliver."""
    start_ns = time.process_time_ns()
    record()
    flush()
    return (time.process_time_ns() - start_ns) / 1000


def _received(sink: RemoteSink, side: str, resource: str, calls: int) -> int:
    """Return how many bytes arrived from a side.

    Raises:
        LostRecordsError: Fewer records arrived than were recorded (a session's start comes on top).
    """
    received = sink.take(side, resource)
    if received.records < calls:
        raise sides.LostRecordsError(f"{side}: {received.records} of {calls} records arrived at the sink")
    return received.size_bytes
