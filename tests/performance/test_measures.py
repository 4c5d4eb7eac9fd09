"""Marks and measures: each request its own, statistics as computed by hand, and no exception for anything."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest

from clippy_otel.performance import PerformanceMetrics
from clippy_otel.testing import CapturedTelemetry
from tests.performance import _expected


def test_the_specifications_example(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Two marks and what lies between them, in milliseconds, as a histogram of that name."""
    performance.mark("operation-start")
    captured.clock.advance(ms=12.5)
    performance.mark("operation-end")
    captured.clock.advance(ms=100)
    assert performance.measure("operation", "operation-start", "operation-end") == 12.5
    assert performance.measure("operation", "operation-start") == 112.5
    point = _expected.point(captured, "operation")
    assert (point.unit, point.count, point.sum, point.min) == ("ms", 2, 125, 12.5)


def test_marks_persist_and_may_be_set_again(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """A mark can be measured from as often as wanted; one that is set again is a new moment."""
    performance.mark("start")
    captured.clock.advance(ms=3)
    assert [performance.measure("a", "start"), performance.measure("b", "start")] == [3, 3]
    performance.mark("start")
    assert performance.measure("a", "start") == 0


def test_an_unknown_mark_is_one_warning(performance: PerformanceMetrics, caplog: pytest.LogCaptureFixture) -> None:
    """There is nothing to measure, and nothing recorded."""
    performance.mark("start")
    assert performance.measure("a", "nowhere") is None
    assert performance.measure("b", "start", "nowhere") is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert performance.summary("a") is None


def test_an_end_before_the_start_is_one_warning(
    captured: CapturedTelemetry, performance: PerformanceMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    """The marks were set in the other order, or are the wrong way round."""
    performance.mark("end")
    captured.clock.advance(ms=1)
    performance.mark("start")
    assert [performance.measure("a", "start", "end") for _ in range(2)] == [None, None]
    assert len(caplog.records) == 1
    assert performance.summary("a") is None


@pytest.mark.parametrize(
    "name", [None, "", b"\xff", 7, ["a"], object(), "x" * 10_000_000], ids=lambda name: type(name).__name__
)
def test_any_name_is_survived(performance: PerformanceMetrics, name: Any) -> None:
    """What is no text goes by its text, and what is nothing is left out."""
    performance.mark(name)
    measured = performance.measure("named", name)
    assert measured == (None if name in (None, "") else 0)
    performance.measure(name, name)
    assert (performance.summary(name) is None) == (name in (None, ""))


def hooks(performance: PerformanceMetrics) -> tuple[Callable[[], None], Callable[[], float | None]]:
    """Return the AI system's hooks, as the specification writes them."""

    def on_request() -> None:
        performance.mark("ai-request-start")

    def on_response() -> float | None:
        performance.mark("ai-request-end")
        duration = performance.measure("ai-request", "ai-request-start", "ai-request-end")
        assert duration is not None
        performance.track_ai_operation(total_ms=duration, tokens=10)
        return duration

    return on_request, on_response


def test_concurrent_requests_of_one_loop_are_each_measured_right(
    captured: CapturedTelemetry, performance: PerformanceMetrics
) -> None:
    """Two tasks, each in a scope of its own, whose requests overlap."""
    on_request, on_response = hooks(performance)

    async def request(turns: list[asyncio.Event]) -> float | None:
        with captured.telemetry.scope():
            await turns[0].wait()
            on_request()
            await turns[1].wait()
            return on_response()

    async def main() -> list[float | None]:
        first = [asyncio.Event() for _ in range(2)]
        second = [asyncio.Event() for _ in range(2)]
        tasks = [asyncio.create_task(request(first)), asyncio.create_task(request(second))]
        for turn in (first[0], second[0], first[1], second[1]):
            turn.set()
            for _ in range(3):
                await asyncio.sleep(0)
            captured.clock.advance(ms=10)
        return list(await asyncio.gather(*tasks))

    assert asyncio.run(main()) == [20, 20]
    assert performance.ai_operations_summary().total_tokens == 20


def test_concurrent_requests_of_two_threads_are_each_measured_right(
    captured: CapturedTelemetry, performance: PerformanceMetrics
) -> None:
    """The second one begins and ends within the first."""
    on_request, on_response = hooks(performance)
    measured: dict[str, float | None] = {}

    def inner() -> None:
        with captured.telemetry.scope():
            on_request()
            captured.clock.advance(ms=5)
            measured["inner"] = on_response()

    with captured.telemetry.scope():
        on_request()
        captured.clock.advance(ms=10)
        thread = threading.Thread(target=inner)
        thread.start()
        thread.join()
        measured["outer"] = on_response()
    assert measured == {"inner": 5, "outer": 15}


def test_without_a_scope_all_share_the_processs(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The second request's mark is the one that counts for both: a scope a request keeps them apart."""
    on_request, on_response = hooks(performance)
    on_request()
    captured.clock.advance(ms=10)
    thread = threading.Thread(target=on_request)
    thread.start()
    thread.join()
    captured.clock.advance(ms=1)
    assert on_response() == 1


def test_a_summary_is_what_the_values_of_the_window_are(
    captured: CapturedTelemetry, performance: PerformanceMetrics
) -> None:
    """Nearest rank, over the values that are not older than the window, of that name alone."""
    rng = random.Random(20_260_101)
    durations = [round(rng.lognormvariate(3, 1), 3) for _ in range(700)]
    for number, duration in enumerate(durations):
        performance.mark("start")
        captured.clock.advance(ms=duration)
        performance.measure("work" if number % 3 else "other", "start")
    ends = [sum(durations[: number + 1]) for number in range(700)]
    kept = [
        duration
        for number, (duration, end) in enumerate(zip(durations, ends, strict=True))
        if number % 3 and end > ends[-1] - 300_000
    ]
    found = performance.summary("work")
    assert found is not None
    assert found.count == len(kept)
    assert found.p95 == pytest.approx(_expected.nearest_rank(kept, 95))
    assert found.mean == pytest.approx(sum(kept) / len(kept))
    captured.clock.advance(ms=300_001)
    assert performance.summary("work") is None
    assert performance.summary("never") is None


def test_the_newest_values_count(captured: CapturedTelemetry) -> None:
    """Of more than max_timings, the oldest are left out."""
    performance = PerformanceMetrics(captured.telemetry.collector, max_timings=10)
    for number in range(25):
        performance.record_duration("work", number * 1_000_000)
    found = performance.summary("work")
    assert found is not None
    assert _expected.is_close(found, _expected.summary([float(number) for number in range(15, 25)]))


def test_names_that_are_used_stay(performance: PerformanceMetrics) -> None:
    """A thousand names that come once do not push out one that keeps coming; those used longest ago go."""
    for number in range(1_000):
        performance.record_duration("busy", 1_000_000)
        performance.record_duration(f"request-{number}", 1_000_000)
    busy = performance.summary("busy")
    assert busy is not None
    assert busy.count == 1_000
    assert performance.summary("request-999") is not None
    assert performance.summary("request-0") is None


def test_threads_lose_nothing(performance: PerformanceMetrics) -> None:
    """Eight threads that measure at once under one name."""

    def measure(thread: int) -> None:
        for number in range(100):
            performance.record_duration("work", (thread * 100 + number) * 1_000_000)

    threads = [threading.Thread(target=measure, args=(thread,)) for thread in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found = performance.summary("work")
    assert found is not None
    assert (found.count, found.min, found.max, found.mean) == (800, 0, 799, 399.5)


def test_a_reset_starts_the_statistics_at_zero(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Marks stay, and so does what the metrics have summed up."""
    performance.mark("start")
    performance.measure("work", "start")
    performance.track_ai_operation(total_ms=1)
    performance.record_web_vital("LCP", 1, id="a")
    performance.reset()
    assert performance.summary("work") is None
    assert performance.ai_operations_summary().count == 0
    assert performance.core_web_vitals().lcp is None
    assert performance.measure("work", "start") == 0
    assert _expected.point(captured, "work").count == 2
