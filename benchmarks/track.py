"""`track()` on the caller's thread, against `Logger.emit()` of the bare SDK.

Measured is the CPU time of the calling thread alone, `time.thread_time_ns()`: neither being preempted nor what a
background thread does counts. The batches are larger than a round, so that both background threads sleep meanwhile;
what a round recorded is delivered, to a peer that discards it, after the clock was read. Garbage collection stays on:
what a side allocates is part of what it costs.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult

from benchmarks import sides
from benchmarks.data import Events
from benchmarks.harness import Benchmark, Row, Sides
from clippy_otel.ports import Outcome, Verdict

if TYPE_CHECKING:
    from opentelemetry.sdk._logs import ReadableLogRecord

Make = Callable[[int], list[dict[str, Any]]]


class DiscardingTransport:
    """Take everything and keep nothing."""

    limits_payload = False

    def prepare(self, data: bytes) -> bytes:
        """Return the request as it is."""
        return data

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:  # noqa: ARG002 - a Transport's signature
        """Say that everything arrived."""
        return Outcome(Verdict.DELIVERED)

    def abort(self) -> None:
        """Have nothing to abort."""

    def close(self) -> None:
        """Have nothing to close."""

    def after_fork(self) -> None:
        """Have nothing to forget."""


class DiscardingExporter(LogRecordExporter):
    """Take everything, keep nothing, and count.

    Attributes:
        taken: Records taken so far.
    """

    def __init__(self) -> None:
        self.taken = 0

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Count the records."""
        self.taken += len(batch)
        return LogRecordExportResult.SUCCESS

    def force_flush(self, timeout_millis: int = 10_000) -> bool:  # noqa: ARG002 - an exporter's signature
        """Have nothing to flush."""
        return True

    def shutdown(self) -> None:
        """Have nothing to close."""


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    events = Events()
    clean = Row("track(), clean data", "us", budget=0.8)
    dirty = Row("track(), an e-mail address and a password", "us")
    return (
        Benchmark("track", (clean,), 31, 5_000, lambda calls: _opened(events.clean, calls)),
        Benchmark("track-dirty", (dirty,), 31, 5_000, lambda calls: _opened(events.dirty, calls)),
    )


@contextlib.contextmanager
def _opened(make: Make, calls: int) -> Iterator[Sides]:
    transport, exporter = DiscardingTransport(), DiscardingExporter()
    with (
        sides.our_collector(batch=sides.QUEUE_RECORDS, transports={"logs": transport}) as collector,
        sides.bare_logger(exporter, batch=sides.QUEUE_RECORDS) as (provider, logger),
    ):

        def ours() -> tuple[float]:
            elapsed_us = _timed(lambda events: sides.track_all(collector, events), make(calls))
            sides.flush_ours(collector)
            return (elapsed_us / calls,)

        def bare() -> tuple[float]:
            before = exporter.taken
            elapsed_us = _timed(lambda events: sides.emit_all(logger, events), make(calls))
            provider.force_flush()
            if exporter.taken - before != calls:
                raise sides.LostRecordsError(f"bare SDK: {exporter.taken - before} of {calls} records arrived")
            return (elapsed_us / calls,)

        yield Sides(ours, bare)


def _timed(record: Callable[[list[dict[str, Any]]], None], events: list[dict[str, Any]]) -> float:
    """Return the microseconds of CPU that this thread takes to record the events."""
    start_ns = time.thread_time_ns()
    record(events)
    return (time.thread_time_ns() - start_ns) / 1000
