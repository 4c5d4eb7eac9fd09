"""What the spool costs who records: writing each event before the call returns, and writing a record by itself.

Measured is the CPU time of the calling thread, as in `track.py`, with the spool on the disk of this machine and synced
once a second by another thread. `track()` written first is compared with our own `track()` that keeps its records in
memory; an append of one encoded record of 300 bytes with the bare SDK's `Logger.emit()` of an event.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks import sides
from benchmarks.data import Events
from benchmarks.harness import Benchmark, Row, Sides
from benchmarks.track import DiscardingExporter, DiscardingTransport
from clippy_otel.collector import TelemetryCollector
from clippy_otel.delivery.spool import Spool
from clippy_otel.kept import Kept
from clippy_otel.ledger import Ledger
from clippy_otel.pipeline import Pipeline
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Envelope, QueueItem, Signal, SpoolOptions, Transport

_RECORD_BYTES: Final = 300


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    always = Row("track() written first, beside track() in memory", "us", budget=1.5)
    append = Row("a record of 300 bytes written to the spool", "us", budget=0.5)
    return (
        Benchmark("track-always", (always,), 31, 2_000, _opened),
        Benchmark("spool-append", (append,), 31, 2_000, _opened_spool),
    )


@contextlib.contextmanager
def _opened(calls: int) -> Iterator[Sides]:
    events = Events()
    with (
        tempfile.TemporaryDirectory() as directory,
        _collector(Path(directory) / "always") as always,
        sides.our_collector(batch=sides.QUEUE_RECORDS, transports={"logs": DiscardingTransport()}) as memory,
    ):

        def measured(collector: TelemetryCollector) -> tuple[float]:
            batch = events.clean(calls)
            elapsed_us = _timed(lambda: sides.track_all(collector, batch))
            sides.flush_ours(collector)
            return (elapsed_us / calls,)

        yield Sides(lambda: measured(always), lambda: measured(memory))


@contextlib.contextmanager
def _collector(directory: Path) -> Iterator[TelemetryCollector]:
    """Set up a collector that writes each record first."""
    options = SpoolOptions(durability="always", max_bytes=1 << 30)
    config = sides.our_config(batch=sides.QUEUE_RECORDS, spool=options)
    kept = Kept.in_memory(config)
    kept = kept._replace(spool=Spool(directory, options, kept.ledger))
    transports: dict[Signal, Transport] = {"logs": DiscardingTransport()}
    collector = TelemetryCollector.over(Pipeline(config, transports=transports, kept=kept))
    try:
        yield collector
    finally:
        collector.shutdown(sides.FLUSH_TIMEOUT_MS)


@contextlib.contextmanager
def _opened_spool(calls: int) -> Iterator[Sides]:
    events, exporter = Events(), DiscardingExporter()
    data = bytes(_RECORD_BYTES)
    item = QueueItem(Envelope("logs", b"", b""), data, len(data) + ITEM_OVERHEAD_BYTES, 1, b"")
    with (
        tempfile.TemporaryDirectory() as directory,
        sides.bare_logger(exporter, batch=sides.QUEUE_RECORDS) as (provider, logger),
    ):
        spool = Spool(Path(directory) / "spool", SpoolOptions(max_bytes=1 << 30), Ledger())

        def ours() -> tuple[float]:
            elapsed_us = _timed(lambda: _append(spool, item, calls))
            spool.settle(spool.read("logs", calls, 1 << 30))
            spool.tend()
            return (elapsed_us / calls,)

        def bare() -> tuple[float]:
            batch = events.clean(calls)
            elapsed_us = _timed(lambda: sides.emit_all(logger, batch))
            provider.force_flush()
            return (elapsed_us / calls,)

        yield Sides(ours, bare)
        spool.close()


def _append(spool: Spool, item: QueueItem, calls: int) -> None:
    append = spool.append
    for _ in range(calls):
        if not append((item,)):
            raise sides.LostRecordsError("the spool refused a record")


def _timed(record: Callable[[], None]) -> float:
    """Return the microseconds of CPU that this thread takes."""
    start_ns = time.thread_time_ns()
    record()
    return (time.thread_time_ns() - start_ns) / 1000
