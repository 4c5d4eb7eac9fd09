"""Recording, encoding, compressing and sending an event over HTTP: all the CPU of the process, against the bare SDK.

Measured is `time.process_time_ns()` over recording and a flush, background threads included; the peer is another
process. Both send 512 records a request, at gzip's level 1. The stock exporter's level is fixed at 9: it is patched
here, so that what is compared is not a setting.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import time
from collections.abc import Callable, Iterator
from typing import Final

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

from benchmarks import sides
from benchmarks.data import Events
from benchmarks.harness import Benchmark, Row, Sides
from benchmarks.sink import RemoteSink, sink_process

_BATCH: Final = 512
_GZIP_LEVEL: Final = 1
_OUR_PATH, _BARE_PATH = "ours", "bare"


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    cpu = Row("an event recorded and exported, all CPU", "us", budget=0.5)
    size = Row("an event on the wire, gzip level 1", "bytes")
    return (Benchmark("export", (cpu, size), 31, 10 * _BATCH, _opened),)


def bare_exporter(endpoint: str) -> OTLPLogExporter:
    """Return the stock exporter, compressing at level 1.

    Args:
        endpoint: The full URL.
    """
    exporter = OTLPLogExporter(endpoint=endpoint, compression=Compression.Gzip)
    if not callable(getattr(exporter._client, "_compress", None)):  # its name is private: say so where it is gone
        raise TypeError("OTLPLogExporter has no _client._compress any more: its gzip level cannot be set")
    exporter._client._compress = _compress_at_level_1  # type: ignore[method-assign]
    return exporter


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

        def record_ours() -> None:
            sides.track_all(collector, batch)
            sides.flush_ours(collector)

        def record_bare() -> None:
            sides.emit_all(logger, batch)
            provider.force_flush()

        def measured(record: Callable[[], None], path: str) -> tuple[float, float]:
            batch[:] = events.clean(calls)
            start_ns = time.process_time_ns()
            record()
            elapsed_us = (time.process_time_ns() - start_ns) / 1000
            return (elapsed_us / calls, _received(sink, path, calls) / calls)

        batch = events.clean(1)
        yield Sides(lambda: measured(record_ours, _OUR_PATH), lambda: measured(record_bare, _BARE_PATH))


def _received(sink: RemoteSink, path: str, calls: int) -> int:
    """Return how many bytes arrived from a side.

    Raises:
        LostRecordsError: Fewer records arrived than were recorded (a session's start comes on top).
    """
    received = sink.take(path)
    if received.records < calls:
        raise sides.LostRecordsError(f"{path}: {received.records} of {calls} records arrived at the sink")
    return received.size_bytes
