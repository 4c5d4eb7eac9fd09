"""How long the main thread stands still while another one exports what it records, over HTTP, 1,000 a second.

The main thread is busy: it does nothing but look at the clock, and record one event or span each millisecond. Where
more than 2 ms lie between two looks it has stood still for as long as that: encoding and sending hold the interpreter
then, or the machine was at something else. Therefore the same loop is run before each of them without recording
anything, and what it stood still there is taken off: a figure is the stalls that exporting adds.

By the wall clock, so what other work of the machine takes away is in every figure, twice in the difference of two, and
on a machine that is not idle it is far more than what is looked for: at a load of 10 on two cores the control alone
stood still for 600 ms a second, and the ratio said nothing. The second row says how much it was: the first is worth
something where that is small beside the bare SDK's figure. The third row does not depend on it, and is another thing:
the processor time that the process's other threads had between two looks, where that was more than 2 ms.

Batches are of 512, compressed at level 1, and what was recorded is delivered after the clock was read last.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from benchmarks import sides
from benchmarks.data import Events, Spans
from benchmarks.export import bare_exporter, bare_span_exporter
from benchmarks.harness import Benchmark, Row, Sides
from benchmarks.sink import sink_process
from clippy_otel.delivery.http import HttpTransport

_BATCH: Final = 512
_PERIOD_NS: Final = 1_000_000
_STALL_NS: Final = 2_000_000
# What two runs without any stall would differ by: a ratio needs something to divide by.
_LEAST_MS: Final = 0.01


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    events = Row("main thread stalled over 2 ms, 1,000 events/s exported", "ms/s", budget=0.1)
    spans = Row("main thread stalled over 2 ms, 1,000 spans/s exported", "ms/s", budget=0.1)
    control = Row("... by the machine, without exporting", "ms/s", compared="difference")
    others = Row("... by processor time of other threads", "ms/s")
    return (
        Benchmark("stalls", (events, control, others), 15, 2_000, _opened),
        Benchmark("stalls-spans", (spans, control, others), 15, 2_000, _opened_spans),
    )


@contextlib.contextmanager
def _opened(calls: int) -> Iterator[Sides]:
    events = Events()
    with (
        sink_process() as sink,
        sides.our_collector(batch=_BATCH, endpoint=sink.endpoint("ours")) as collector,
        sides.bare_logger(bare_exporter(sink.endpoint("bare") + "/v1/logs"), batch=_BATCH) as (provider, logger),
    ):

        def ours() -> tuple[float, ...]:
            stalled = _added(events.clean(calls), lambda event: sides.track_all(collector, [event]))
            sides.flush_ours(collector)
            return stalled

        def bare() -> tuple[float, ...]:
            stalled = _added(events.clean(calls), lambda event: sides.emit_all(logger, [event]))
            provider.force_flush()
            return stalled

        yield Sides(ours, bare)


@contextlib.contextmanager
def _opened_spans(calls: int) -> Iterator[Sides]:
    spans = Spans()
    with sink_process() as sink:
        transport = HttpTransport("spans", endpoint=sink.endpoint("ours") + "/v1/traces", headers={}, timeout_s=None)
        exporter = bare_span_exporter(sink.endpoint("bare") + "/v1/traces")
        with (
            sides.our_tracer(transport, batch=_BATCH) as (pipeline, our_tracer),
            sides.bare_tracer(exporter, batch=_BATCH) as (provider, bare_tracer),
        ):

            def ours() -> tuple[float, ...]:
                stalled = _added(spans.clean(calls), functools.partial(_record, our_tracer))
                sides.flush_spans(pipeline)
                return stalled

            def bare() -> tuple[float, ...]:
                stalled = _added(spans.clean(calls), functools.partial(_record, bare_tracer))
                provider.force_flush()
                return stalled

            yield Sides(ours, bare)


def _record(tracer: Any, span: Any) -> None:
    sides.record_all(tracer, [span])


def _added(records: list[Any], record: Callable[[Any], object]) -> tuple[float, float, float]:
    """Return the figures of the three rows, milliseconds a second each."""
    control, _ = _stalled(records, lambda _: None)
    stalled, others = _stalled(records, record)
    return max(stalled - control, _LEAST_MS), control, max(others, _LEAST_MS)


def _stalled(records: list[Any], record: Callable[[Any], object]) -> tuple[float, float]:
    """Record one each millisecond; return for how long the thread stood still, by the clock and by the others' time."""
    start_ns = now_ns = time.perf_counter_ns()
    stalled_ns, others_stalled_ns, others_ns = 0, 0, _others_ns()
    for number, each in enumerate(records, 1):
        record(each)
        due_ns = start_ns + number * _PERIOD_NS
        while now_ns < due_ns:
            before_ns, now_ns = now_ns, time.perf_counter_ns()
            others_before_ns, others_ns = others_ns, _others_ns()
            if now_ns - before_ns > _STALL_NS:
                stalled_ns += now_ns - before_ns
            if others_ns - others_before_ns > _STALL_NS:
                others_stalled_ns += others_ns - others_before_ns
    ms_a_second = 1000 / (now_ns - start_ns)
    return stalled_ns * ms_a_second, others_stalled_ns * ms_a_second


def _others_ns() -> int:
    """Return the processor time that all other threads of this process have had."""
    return time.process_time_ns() - time.thread_time_ns()
