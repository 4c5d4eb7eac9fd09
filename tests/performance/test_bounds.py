"""Statistics take a bounded memory, whatever names come, and are a process's own."""

from __future__ import annotations

import gc
import itertools
import os
import tracemalloc
from typing import Any

import pytest
from opentelemetry.trace import NonRecordingSpan, SpanContext

from clippy_otel.config import TelemetryConfig
from clippy_otel.idle import IdlePipeline
from clippy_otel.performance import PerformanceMetrics
from tests.architecture.test_dependencies import loaded_by, within

NAMES = 10_000
CALLS = 100_000
MAX_BYTES = 262_144  # a quarter of the megabyte that the four components may take
VITALS = ("LCP", "INP", "FID", "CLS", "TTFB", "FCP")


def call(performance: PerformanceMetrics, number: int) -> None:
    """Do one of all things, under one of many names."""
    name = f"name-{number % NAMES}"
    match number % 5:
        case 0:
            performance.mark(name)
        case 1:
            performance.record_duration(name, number)
        case 2:
            performance.track_ai_operation(total_ms=number, api_call_ms=3.5, model=name, provider=name, tokens=number)
        case 3:
            performance.record_web_vital(VITALS[number // 5 % 6], number, id=name)
        case _:
            with performance.ai_operation(provider=name, model=name) as operation, operation.phase(name):
                pass


def test_memory_is_bounded() -> None:
    """100,000 calls over 10,000 names leave no more than 250 KB here, most of which resource_metrics() knows."""
    performance = PerformanceMetrics(_Silent())
    for number in range(100):
        call(performance, number)
    performance.reset()
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(CALLS):
            call(performance, number)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert after - before <= MAX_BYTES
    assert (after - before) / 2 <= performance.resource_metrics().telemetry_bytes <= MAX_BYTES


class _Silent(IdlePipeline):
    """A recorder that keeps nothing of what is recorded, which is the queue's and the SDK's to bound."""

    def __init__(self) -> None:
        super().__init__()
        self.config = TelemetryConfig()
        self._span_ids = itertools.count(1 << 60)

    @property
    def tracer(self) -> Any:
        """Itself, in the place of a tracer."""
        return self

    def start_span(self, *_args: object, **_options: object) -> NonRecordingSpan:
        """Return a span of an id of its own."""
        return NonRecordingSpan(SpanContext(trace_id=1, span_id=next(self._span_ids), is_remote=False))

    @property
    def recorder(self) -> _Silent:
        """Itself, in the place of a collector's."""
        return self


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_childs_statistics_start_at_zero(performance: PerformanceMetrics) -> None:
    """The parent goes on with its own."""
    performance.record_duration("work", 1_000_000)
    performance.track_ai_operation(total_ms=5)
    performance.record_web_vital("LCP", 1, id="a")
    child = os.fork()
    if child == 0:
        is_new = (
            performance.summary("work") is None
            and performance.ai_operations_summary().count == 0
            and performance.core_web_vitals().lcp is None
        )
        os._exit(0 if is_new else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert performance.ai_operations_summary().count == 1
    assert performance.summary("work") is not None


def test_importing_it_is_cheap() -> None:
    """It loads no SDK, and psutil only where somebody asks."""
    loaded = loaded_by("import clippy_otel.performance")
    assert "clippy_otel.performance.metrics" in loaded
    assert not within(loaded, ("opentelemetry.sdk", "psutil", "asyncio", "hashlib"))
