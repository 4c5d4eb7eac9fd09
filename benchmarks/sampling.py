"""What sampling costs the caller, and what it saves: events and spans that are left out, kept, or held for an error.

Redaction is off on both sides of spans, so that sampling alone is compared. An event is `track()` beside
`Logger.emit()` of the bare SDK, with the same data, outside of a span: left out by a rate of 0, so that each one is
judged by the hash of its number. A span is as in `spans`. Left out, it stands beside the SDK's ALWAYS_OFF; kept, and
held for an error that does not come (`keep_errors`), beside ALWAYS_ON with the SDK's BatchSpanProcessor. The rows that
end in "a piece" have our sampler or processor in the bare SDK; the others our own provider.

Measured is the CPU time of the calling thread alone, as for `track()`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, AlwaysRecordSampler, Sampler

from benchmarks import sides
from benchmarks.data import Events, Spans
from benchmarks.harness import Benchmark, Row, Sides
from benchmarks.spans import DiscardingSpanExporter
from benchmarks.track import DiscardingExporter, DiscardingTransport
from clippy_otel import KeepErrorsSpanProcessor, ProbabilisticSampler
from clippy_otel.collector import TelemetryCollector
from clippy_otel.pipeline import Pipeline

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

_NEARLY_ALL: Final = 0.999_999_999  # each span is judged, and weighed where it is kept: all but one in a billion
_NONE: Final = {"sampling": "probabilistic", "sampling_rate": 0.0}
_NEARLY: Final = {"sampling": "probabilistic", "sampling_rate": _NEARLY_ALL}

Side = tuple["Tracer", Callable[[], object]]
"""What records spans, and what delivers them."""


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    event = Row("track(), an event that is left out", "us", budget=0.15)
    out, kept = "a span that is left out", "a span that is kept"
    held = "a span that is held for an error that does not come"

    def row(name: str, budget: float | None, ours: Callable[[], Any], bare: Sampler) -> tuple[Row, Any, Sampler]:
        return Row(name, "us", budget=budget), ours, bare

    rows = {
        "span-left-out": row(out, 1.1, lambda: _own(**_NONE), ALWAYS_OFF),
        "span-left-out-piece": row(f"{out}, a piece", 1.1, lambda: _bare(ProbabilisticSampler(0)), ALWAYS_OFF),
        "span-kept": row(f"{kept}, session and queue included", None, lambda: _own(**_NEARLY), ALWAYS_ON),
        "span-kept-piece": row(f"{kept}, a piece", 1.05, lambda: _bare(ProbabilisticSampler(_NEARLY_ALL)), ALWAYS_ON),
        "span-held": row(held, 1.2, lambda: _own(**_NONE, keep_errors=True), ALWAYS_ON),
        "span-held-piece": row(f"{held}, a piece", 1.2, lambda: _bare(_RECORDING, KeepErrorsSpanProcessor), ALWAYS_ON),
    }
    return (
        Benchmark("event-left-out", (event,), 31, 5_000, _opened_events),
        *(Benchmark(name, (row,), 31, 3_000, partial(_opened, ours, bare)) for name, (row, ours, bare) in rows.items()),
    )


_RECORDING: Final = AlwaysRecordSampler(ProbabilisticSampler(0))


@contextlib.contextmanager
def _opened_events(calls: int) -> Iterator[Sides]:
    events, exporter = Events(), DiscardingExporter()
    with (
        _our_collector(**_NONE) as collector,
        sides.bare_logger(exporter, batch=sides.QUEUE_RECORDS) as (provider, logger),
    ):

        def ours() -> tuple[float]:
            made = events.clean(calls)
            before = collector.buffer_status().ledger["logs"].sampled_out
            elapsed_us = _timed(lambda: sides.track_all(collector, made))
            left_out = collector.buffer_status().ledger["logs"].sampled_out - before
            if left_out != calls:
                raise sides.LostRecordsError(f"clippy_otel: {left_out} of {calls} events are counted")
            return (elapsed_us / calls,)

        def bare() -> tuple[float]:
            made = events.clean(calls)
            elapsed_us = _timed(lambda: sides.emit_all(logger, made))
            provider.force_flush()
            return (elapsed_us / calls,)

        yield Sides(ours, bare)


@contextlib.contextmanager
def _our_collector(**settings: Any) -> Iterator[TelemetryCollector]:
    config = sides.our_config(batch=sides.QUEUE_RECORDS, **settings)
    collector = TelemetryCollector.over(Pipeline(config, transports={"logs": DiscardingTransport()}))
    try:
        yield collector
    finally:
        collector.shutdown(sides.FLUSH_TIMEOUT_MS)


@contextlib.contextmanager
def _opened(ours: Callable[[], contextlib.AbstractContextManager[Side]], bare: Sampler, calls: int) -> Iterator[Sides]:
    spans = Spans()
    with ours() as our_side, _bare(bare) as bare_side:
        yield Sides(lambda: _measured(our_side, spans, calls), lambda: _measured(bare_side, spans, calls))


def _measured(side: Side, spans: Spans, calls: int) -> tuple[float]:
    tracer, deliver = side
    made = spans.clean(calls)
    elapsed_us = _timed(lambda: sides.record_all(tracer, made))
    deliver()
    return (elapsed_us / calls,)


@contextlib.contextmanager
def _own(**settings: Any) -> Iterator[Side]:
    config = sides.our_config(batch=sides.QUEUE_RECORDS, redact_pii=False, **settings)
    pipeline = Pipeline(config, transports={"spans": DiscardingTransport()})
    try:
        yield pipeline.provider("spans").get_tracer("benchmark"), lambda: pipeline.flush(sides.FLUSH_TIMEOUT_MS)
    finally:
        pipeline.shutdown(sides.FLUSH_TIMEOUT_MS)


@contextlib.contextmanager
def _bare(sampler: Sampler, piece: Callable[[SpanProcessor], SpanProcessor] = lambda each: each) -> Iterator[Side]:
    provider = TracerProvider(sampler, Resource.create({"service.name": "benchmark"}), shutdown_on_exit=False)
    batch = BatchSpanProcessor(
        DiscardingSpanExporter(),
        schedule_delay_millis=24 * 3600 * 1000,
        max_export_batch_size=sides.QUEUE_RECORDS,
        max_queue_size=sides.QUEUE_RECORDS,
    )
    provider.add_span_processor(piece(batch))
    try:
        yield provider.get_tracer("benchmark"), batch.force_flush
    finally:
        provider.shutdown()


def _timed(record: Callable[[], None]) -> float:
    """Return the microseconds of CPU that this thread takes to record."""
    start_ns = time.thread_time_ns()
    record()
    return (time.thread_time_ns() - start_ns) / 1000
