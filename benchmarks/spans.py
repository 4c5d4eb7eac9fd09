"""Spans on the caller's thread, against the bare SDK: OpenTelemetry's own API, and `traced` beside the SDK's decorator.

A span is `tracer.start_span(name, attributes=...)` with ten attributes, `add_event()` with two more, and `end()`, the
same calls on both sides. Ours ends in our own tracer provider with the session on each span, redaction and our queue,
behind which a transport discards the encoded requests; the bare one in a TracerProvider with its BatchSpanProcessor,
whose exporter discards the spans. On a function that does nothing, `@traced` stands beside the SDK's own decorator,
`@tracer.start_as_current_span(name)`: its span has `code.function.name` and the session, the bare one no attribute; in
a second row the bare one is given `code.function.name` too.

Measured is the CPU time of the calling thread alone, as for `track()`: what a round recorded is encoded and delivered
after the clock was read.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

import clippy_otel
from benchmarks import sides
from benchmarks.data import SPAN_NAME, SpanData, Spans
from benchmarks.harness import Benchmark, Row, Sides
from benchmarks.track import DiscardingTransport

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider

_SAME_ATTRIBUTE: Final = {"code.function.name": f"{__name__}._opened_traced.<locals>.traced_by_sdk"}

Make = Callable[[int], list[SpanData]]


class DiscardingSpanExporter(SpanExporter):
    """Take everything, keep nothing, and count.

    Attributes:
        taken: Spans taken so far.
    """

    def __init__(self) -> None:
        self.taken = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Count the spans."""
        self.taken += len(spans)
        return SpanExportResult.SUCCESS


class _Discarding:
    """What `custom_transport` takes: spans, of which nothing is kept."""

    def spans(self, spans: list[Any]) -> None:
        """Have nothing to do."""


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    spans = Spans()
    clean = Row("a span, 10 attributes and an event, 2 of 10 values unique", "us", budget=1.2)
    dirty = Row("a span, an e-mail address and a password in it", "us", budget=1.3)
    strangers = Row("likewise, with a name never seen before", "us")
    traced = Row("a call of a traced function", "us", budget=1.1)
    alike = Row("likewise, beside a decorator with the same attribute", "us")
    return (
        Benchmark("span", (clean,), 31, 5_000, lambda calls: _opened(spans.clean, calls)),
        Benchmark("span-dirty", (dirty,), 31, 5_000, lambda calls: _opened(spans.dirty, calls)),
        Benchmark("span-strangers", (strangers,), 31, 5_000, lambda calls: _opened(spans.of_strangers, calls)),
        Benchmark("traced", (traced,), 31, 5_000, lambda calls: _opened_traced({}, calls)),
        Benchmark("traced-alike", (alike,), 31, 5_000, lambda calls: _opened_traced(_SAME_ATTRIBUTE, calls)),
    )


@contextlib.contextmanager
def _opened(make: Make, calls: int) -> Iterator[Sides]:
    exporter = DiscardingSpanExporter()
    with (
        sides.our_tracer(DiscardingTransport(), batch=sides.QUEUE_RECORDS) as (pipeline, our_tracer),
        sides.bare_tracer(exporter, batch=sides.QUEUE_RECORDS) as (provider, bare_tracer),
    ):

        def ours() -> tuple[float]:
            spans = make(calls)
            elapsed_us = _timed(lambda: sides.record_all(our_tracer, spans))
            sides.flush_spans(pipeline)
            return (elapsed_us / calls,)

        def bare() -> tuple[float]:
            spans = make(calls)
            elapsed_us = _timed(lambda: sides.record_all(bare_tracer, spans))
            flush_bare(provider, exporter, calls)
            return (elapsed_us / calls,)

        yield Sides(ours, bare)


@contextlib.contextmanager
def _opened_traced(bare_attributes: dict[str, str], calls: int) -> Iterator[Sides]:
    exporter = DiscardingSpanExporter()
    config = sides.our_config(batch=sides.QUEUE_RECORDS, transport="custom", custom_transport=_Discarding())
    with (
        clippy_otel.configure(config=config, set_global=False) as telemetry,
        sides.bare_tracer(exporter, batch=sides.QUEUE_RECORDS) as (provider, bare_tracer),
    ):

        @clippy_otel.traced(SPAN_NAME)
        def traced_by_us() -> None:
            pass

        @bare_tracer.start_as_current_span(SPAN_NAME, attributes=bare_attributes)
        def traced_by_sdk() -> None:
            pass

        def ours() -> tuple[float]:
            elapsed_us = _timed(lambda: _call(traced_by_us, calls))
            telemetry.flush(sides.FLUSH_TIMEOUT_MS)
            sides.check_delivered(telemetry.collector.buffer_status().ledger["spans"])
            return (elapsed_us / calls,)

        def bare() -> tuple[float]:
            elapsed_us = _timed(lambda: _call(traced_by_sdk, calls))
            flush_bare(provider, exporter, calls)
            return (elapsed_us / calls,)

        yield Sides(ours, bare)


def _call(function: Callable[[], None], calls: int) -> None:
    for _ in range(calls):
        function()


def flush_bare(provider: TracerProvider, exporter: DiscardingSpanExporter, calls: int) -> None:
    """Deliver what the bare SDK recorded in a round.

    Raises:
        LostRecordsError: Not everything has arrived.
    """
    provider.force_flush()
    if exporter.taken != calls:
        raise sides.LostRecordsError(f"bare SDK: {exporter.taken} of {calls} spans arrived")
    exporter.taken = 0


def _timed(record: Callable[[], None]) -> float:
    """Return the microseconds of CPU that this thread takes to record."""
    start_ns = time.thread_time_ns()
    record()
    return (time.thread_time_ns() - start_ns) / 1000
