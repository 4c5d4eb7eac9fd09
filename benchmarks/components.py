"""The components on the caller's thread, each against what the bare SDK has in its place.

Measured is the CPU time of the calling thread alone, as for `track()`.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from opentelemetry._logs import SeverityNumber

from benchmarks import sides
from benchmarks.harness import Benchmark, Row, Sides
from benchmarks.track import DiscardingExporter, DiscardingTransport
from clippy_otel.errors import ErrorTracking

_PAGES: Final = ("chat", "settings", "history", "search", "export")


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    return breadcrumbs()


def breadcrumbs() -> tuple[Benchmark, ...]:
    """Return those of ErrorTracking: `add_breadcrumb()` against `Logger.emit()`, with the same two values."""
    usual = Row("a breadcrumb, 2 values", "us", budget=0.3)
    unique = Row("a breadcrumb, one of 2 values never seen before", "us")
    serials = itertools.count()

    def of_usual(calls: int) -> list[dict[str, Any]]:
        return [{"page": _PAGES[serial % 5], "length": serial} for serial in itertools.islice(serials, calls)]

    def of_unique(calls: int) -> list[dict[str, Any]]:
        return [{"page": f"draft {serial}", "length": serial} for serial in itertools.islice(serials, calls)]

    return (
        Benchmark("breadcrumb", (usual,), 31, 5_000, lambda calls: _crumbs(of_usual, calls)),
        Benchmark("breadcrumb-unique", (unique,), 31, 5_000, lambda calls: _crumbs(of_unique, calls)),
    )


@contextlib.contextmanager
def _crumbs(make: Callable[[int], list[dict[str, Any]]], calls: int) -> Iterator[Sides]:
    transport, exporter = DiscardingTransport(), DiscardingExporter()
    with (
        sides.our_collector(batch=sides.QUEUE_RECORDS, transports={"logs": transport}) as collector,
        sides.bare_logger(exporter, batch=sides.QUEUE_RECORDS) as (provider, logger),
    ):
        errors = ErrorTracking(collector, capture_unhandled=False, capture_unhandled_rejections=False)

        def ours() -> tuple[float]:
            data, add = make(calls), errors.add_breadcrumb
            start_ns = time.thread_time_ns()
            for values in data:
                add("Clicked send button", category="user-action", data=values)
            elapsed_ns = time.thread_time_ns() - start_ns
            if errors.breadcrumbs()[-1].data != data[-1]:
                raise sides.LostRecordsError("clippy_otel: the last breadcrumb is not there")
            return (elapsed_ns / 1000 / calls,)

        def bare() -> tuple[float]:
            data, emit, severity = make(calls), logger.emit, SeverityNumber.INFO
            start_ns = time.thread_time_ns()
            for values in data:
                emit(event_name="breadcrumb", severity_number=severity, attributes=values)
            elapsed_ns = time.thread_time_ns() - start_ns
            provider.force_flush()
            return (elapsed_ns / 1000 / calls,)

        yield Sides(ours, bare)
