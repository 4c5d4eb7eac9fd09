"""A measured function is a duration a call, and what the call does is its own."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from clippy_otel.decorators import measured
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.performance import PerformanceMetrics
from clippy_otel.telemetry import Telemetry
from clippy_otel.testing import CapturedTelemetry, capture
from tests.decorators import _scripts
from tests.performance import _expected


@pytest.fixture
def captured() -> Iterator[CapturedTelemetry]:
    """Capture what is recorded."""
    with capture() as captured:
        yield captured


@pytest.fixture
def performance(monkeypatch: pytest.MonkeyPatch, captured: CapturedTelemetry) -> PerformanceMetrics:
    """Let decorated functions measure over it."""
    performance = PerformanceMetrics(captured.telemetry.collector)
    monkeypatch.setattr(Telemetry, "performance", performance)
    return performance


def count(performance: PerformanceMetrics, name: str) -> int:
    """Return how many durations of a name are known."""
    summary = performance.summary(name)
    return 0 if summary is None else summary.count


def test_each_call_is_a_duration(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """In milliseconds, as a histogram and in the summary of that name."""

    @measured("work", attributes={"kind": "batch"})
    def work(ms: float) -> float:
        captured.clock.advance(ms=ms)
        return ms

    assert [work(5), work(ms=7)] == [5, 7]
    summary = performance.summary("work")
    assert summary is not None
    assert (summary.count, summary.min, summary.max) == (2, 5, 7)
    point = _expected.point(captured, "work")
    assert (point.unit, point.sum, point.attributes) == ("ms", 12, {"kind": "batch"})


@pytest.mark.parametrize("unit, value", [("s", 0.25), ("ms", 250), ("us", 250_000), ("ns", 250_000_000)])
def test_the_metrics_unit(
    captured: CapturedTelemetry, performance: PerformanceMetrics, unit: str, value: float
) -> None:
    """The summary stays in milliseconds."""

    @measured("work", unit=unit)
    def work() -> None:
        captured.clock.advance(ms=250)

    work()
    point = _expected.point(captured, "work")
    assert (point.unit, point.sum) == (unit, value)
    summary = performance.summary("work")
    assert summary is not None
    assert summary.max == 250


def test_the_name_is_the_functions(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The metric's leaves out what a metric's name cannot have."""

    @measured
    def _work() -> None: ...

    _work()
    qualified = "test_the_name_is_the_functions.<locals>._work"
    assert _work.__qualname__ == qualified
    assert count(performance, qualified) == 1
    (point,) = captured.metrics
    assert point.name == "test_the_name_is_the_functions._work"


def test_what_fails_takes_its_time_too(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The exception goes on as it is."""
    error = ValueError("bad")

    @measured("work")
    def work() -> None:
        captured.clock.advance(ms=3)
        raise error

    with pytest.raises(ValueError, match="bad") as raised:
        work()
    assert raised.value is error
    assert count(performance, "work") == 1


def test_a_coroutine_is_measured_until_it_ends(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """From its start and not from the call; a cancelled one until it was cancelled."""

    @measured("work")
    async def work(ms: float) -> str:
        captured.clock.advance(ms=ms)
        await asyncio.sleep(0 if ms else 60)
        captured.clock.advance(ms=ms)
        return "done"

    async def main() -> None:
        coroutine = work(5)
        captured.clock.advance(ms=1_000)
        assert await coroutine == "done"
        task = asyncio.create_task(work(0))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert inspect.iscoroutinefunction(work)
    asyncio.run(main())
    summary = performance.summary("work")
    assert summary is not None
    assert (summary.count, summary.max) == (2, 10)


def test_generators_are_measured_to_their_end(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """From the first step on, with what their consumer takes; also where they are left early."""

    @measured("sync")
    def chunks() -> Iterator[int]:
        for number in range(3):
            captured.clock.advance(ms=1)
            yield number

    @measured("async")
    async def async_chunks() -> AsyncIterator[int]:
        for number in range(3):
            captured.clock.advance(ms=1)
            yield number

    async def main() -> None:
        assert [number async for number in async_chunks()] == [0, 1, 2]

    for _ in chunks():
        captured.clock.advance(ms=10)
    left = chunks()
    next(left)
    left.close()  # type: ignore[attr-defined] # the annotation hides that it is a generator
    asyncio.run(main())
    sync = performance.summary("sync")
    assert sync is not None
    assert (sync.count, sync.min, sync.max) == (2, 1, 33)
    assert count(performance, "async") == 1


@given(script=_scripts.scripts, acts=_scripts.actions)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_consumer_is_answered_as_by_the_bare_generator(
    performance: PerformanceMetrics, script: list[str], acts: list[str]
) -> None:
    """Values, return value, exceptions with their chains and tracebacks, close: all as without."""
    assert _scripts.consume(measured("work")(_scripts.body), script, acts) == _scripts.consume(
        _scripts.body, script, acts
    )
    assert performance.summary("none") is None


def test_methods_classes_and_other_callables(performance: PerformanceMetrics) -> None:
    """Each public method of a class is measured under the class's name."""

    @measured("Store")
    class Store:
        def read(self) -> str:
            return "read"

        @staticmethod
        def name() -> str:
            return "name"

        @classmethod
        def make(cls) -> Store:
            return cls()

        def _private(self) -> None: ...

    class Other:
        @measured("Other.get")
        def get(self) -> str:
            return "got"

    store = Store.make()
    store._private()
    assert (store.read(), store.name(), Other().get()) == ("read", "name", "got")
    partial: Any = measured("partial")(functools.partial(max, 1))
    assert partial(2) == 2
    names = ("Store.read", "Store.name", "Store.make", "Store._private", "Other.get", "partial")
    assert [count(performance, name) for name in names] == [1, 1, 1, 0, 1, 1]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"name": " "}, "measured: name"),
        ({"unit": "By"}, "measured: unit: one of ns, us, ms, s"),
        ({"attributes": ["a"]}, "measured: attributes"),
    ],
)
def test_impossible_arguments(arguments: dict[str, Any], message: str) -> None:
    """They are errors when the function is decorated."""
    with pytest.raises(ConfigurationError, match=message):
        measured(**arguments)


def test_what_cannot_be_decorated() -> None:
    """The error names the decorator."""
    with pytest.raises(ConfigurationError, match="measured: a function, method or class can be decorated, no int"):
        measured()(7)  # type: ignore[call-overload] # what is tested


@pytest.mark.swallows
def test_nothing_of_ours_reaches_the_caller(performance: PerformanceMetrics, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong while a duration is recorded."""

    def fail(*_args: object, **_options: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(performance, "record_duration", fail)
    assert measured("work")(lambda: "done")() == "done"
