"""The components on the caller's thread, each against what the bare SDK has in its place.

Measured is the CPU time of the calling thread alone, as for `track()`.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import SpanKind

from benchmarks import sides
from benchmarks.harness import Benchmark, Row, Sides
from benchmarks.spans import DiscardingSpanExporter
from benchmarks.track import DiscardingExporter, DiscardingTransport
from clippy_otel.analytics import UsageAnalytics
from clippy_otel.errors import ErrorTracking
from clippy_otel.performance import PerformanceMetrics

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter
    from opentelemetry.trace import Tracer

    from clippy_otel.collector import TelemetryCollector
    from clippy_otel.ports import Signal, Transport

_MODELS: Final = ("gpt-4o", "gpt-4o-mini", "claude")
_ACTIONS: Final = ("opened", "accepted", "dismissed")
_PAGES: Final = ("chat", "settings", "history", "search", "export")


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    return (*measurements(), *features(), *breadcrumbs())


def measurements() -> tuple[Benchmark, ...]:
    """Return those of durations: a histogram's record, and an AI operation as a span and two histograms' records."""
    timing = Row("track_performance(), 3 attributes", "us", budget=1.3)
    operation = Row("track_ai_operation(), its tokens known", "us", budget=1.3)
    return (
        Benchmark("track-performance", (timing,), 31, 5_000, lambda calls: _measured(_Timings(calls))),
        Benchmark("track-ai-operation", (operation,), 31, 5_000, lambda calls: _measured(_Operations(calls))),
    )


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


def features() -> tuple[Benchmark, ...]:
    """Return those of UsageAnalytics: `track_feature()` against `Logger.emit()`, with the same four attributes."""
    usual = Row("track_feature(), 2 attributes", "us", budget=1.2)
    with_user = Row("track_feature(), a user's id among 2 attributes", "us")

    def attributes(serial: int) -> dict[str, Any]:
        return {"document.name": f"Quarterly report {serial}, second draft", "result.count": serial % 97}

    def attributes_with_user(serial: int) -> dict[str, Any]:
        return {"document.name": f"Quarterly report {serial}, second draft", "user.id": f"user-{serial % 50}"}

    return (
        Benchmark("track-feature", (usual,), 31, 5_000, lambda calls: _uses(attributes, calls)),
        Benchmark("track-feature-user", (with_user,), 31, 5_000, lambda calls: _uses(attributes_with_user, calls)),
    )


class _Timings:
    """Durations in a histogram; attribute sets are few, and each call brings its own mapping."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.spans = 0

    def _values(self) -> list[tuple[float, dict[str, Any]]]:
        return [
            (12.5 + serial % 100, {"http.request.method": "GET", "http.route": f"/{_PAGES[serial % 5]}", "status": 200})
            for serial in range(self.calls)
        ]

    def ours(self, collector: TelemetryCollector) -> Callable[[], None]:
        """Return what records them with our collector."""
        track, values = collector.track_performance, self._values()

        def record() -> None:
            for value, attributes in values:
                track("request.duration", value, attributes=attributes)

        return record

    def bare(self, _tracer: Tracer, meter: Meter) -> Callable[[], None]:
        """Return what records them with the SDK alone, whose instrument is at hand."""
        histogram, values = meter.create_histogram("request.duration", "ms"), self._values()

        def record() -> None:
            for value, attributes in values:
                histogram.record(value, attributes)

        return record


class _Operations:
    """AI operations that have ended: a span that began earlier, its duration and its tokens in histograms."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.spans = calls

    def ours(self, collector: TelemetryCollector) -> Callable[[], None]:
        """Return what records them with PerformanceMetrics."""
        track = PerformanceMetrics(collector).track_ai_operation

        def record() -> None:
            for tokens in range(self.calls):
                track(total_ms=280.5, tokens=tokens, provider="openai", model=_MODELS[tokens % 3])

        return record

    def bare(self, tracer: Tracer, meter: Meter) -> Callable[[], None]:
        """Return what records them with the SDK alone."""
        duration = meter.create_histogram("gen_ai.client.operation.duration", "s")
        usage = meter.create_histogram("clippy.ai.tokens", "{token}")

        def record() -> None:
            for tokens in range(self.calls):
                model = _MODELS[tokens % 3]
                asked: dict[str, Any] = {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.provider.name": "openai",
                    "gen_ai.request.model": model,
                }
                end_ns = time.time_ns()
                span = tracer.start_span(
                    f"chat {model}",
                    kind=SpanKind.CLIENT,
                    attributes={**asked, "clippy.ai.tokens": tokens},
                    start_time=end_ns - 280_500_000,
                )
                span.end(end_ns)
                duration.record(0.2805, asked)
                usage.record(tokens, asked)

        return record


@contextlib.contextmanager
def _measured(work: _Timings | _Operations) -> Iterator[Sides]:
    transports: dict[Signal, Transport] = {"spans": DiscardingTransport(), "metrics": DiscardingTransport()}
    exporter, reader = DiscardingSpanExporter(), InMemoryMetricReader()
    meters = MeterProvider([reader], resource=Resource.get_empty(), shutdown_on_exit=False)
    with (
        sides.our_collector(batch=sides.QUEUE_RECORDS, transports=transports) as collector,
        sides.bare_tracer(exporter, batch=sides.QUEUE_RECORDS) as (provider, tracer),
    ):
        record_ours, record_bare = work.ours(collector), work.bare(tracer, meters.get_meter("benchmark"))

        def ours() -> tuple[float]:
            elapsed_us = _timed(record_ours)
            collector.flush(sides.FLUSH_TIMEOUT_MS)
            sides.check_delivered(collector.buffer_status().ledger["spans"])
            return (elapsed_us / work.calls,)

        def bare() -> tuple[float]:
            elapsed_us = _timed(record_bare)
            provider.force_flush()
            reader.get_metrics_data()
            if exporter.taken != work.spans:
                raise sides.LostRecordsError(f"bare SDK: {exporter.taken} of {work.spans} spans arrived")
            exporter.taken = 0
            return (elapsed_us / work.calls,)

        yield Sides(ours, bare)
    meters.shutdown()


def _timed(record: Callable[[], None]) -> float:
    """Return the microseconds of CPU that this thread takes to record."""
    start_ns = time.thread_time_ns()
    record()
    return (time.thread_time_ns() - start_ns) / 1000


@contextlib.contextmanager
def _uses(make: Callable[[int], dict[str, Any]], calls: int) -> Iterator[Sides]:
    transports: dict[Signal, Transport] = {"logs": DiscardingTransport(), "metrics": DiscardingTransport()}
    exporter, serials = DiscardingExporter(), itertools.count()
    with (
        sides.our_collector(batch=sides.QUEUE_RECORDS, transports=transports) as collector,
        sides.bare_logger(exporter, batch=sides.QUEUE_RECORDS) as (provider, logger),
    ):
        analytics = UsageAnalytics(collector)

        def uses() -> list[tuple[str, str, dict[str, Any]]]:
            some = itertools.islice(serials, calls)
            return [(_PAGES[serial % 5], _ACTIONS[serial % 3], make(serial)) for serial in some]

        def ours() -> tuple[float]:
            given, track = uses(), analytics.track_feature
            start_ns = time.thread_time_ns()
            for feature, action, attributes in given:
                track(feature, action, attributes)
            elapsed_ns = time.thread_time_ns() - start_ns
            sides.flush_ours(collector)
            return (elapsed_ns / 1000 / calls,)

        def bare() -> tuple[float]:
            given, emit, severity = uses(), logger.emit, SeverityNumber.INFO
            start_ns = time.thread_time_ns()
            for feature, action, attributes in given:
                all_attributes = {"feature.id": feature, "feature.action": action, **attributes}
                emit(event_name="feature.used", severity_number=severity, attributes=all_attributes)
            elapsed_ns = time.thread_time_ns() - start_ns
            provider.force_flush()
            return (elapsed_ns / 1000 / calls,)

        yield Sides(ours, bare)


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
