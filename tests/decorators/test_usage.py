"""A function that is a feature is counted at each call, before its own code runs, and does what it did."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncGenerator, Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from clippy_otel.analytics import UsageAnalytics
from clippy_otel.decorators import feature_used
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.telemetry import Telemetry
from clippy_otel.testing import CapturedTelemetry, capture
from tests.decorators import _scripts


@pytest.fixture
def captured() -> Iterator[CapturedTelemetry]:
    """Capture what is recorded."""
    with capture() as captured:
        yield captured


@pytest.fixture
def analytics(monkeypatch: pytest.MonkeyPatch, captured: CapturedTelemetry) -> UsageAnalytics:
    """Let decorated functions count with it."""
    analytics = UsageAnalytics(captured.telemetry.collector)
    monkeypatch.setattr(Telemetry, "analytics", analytics)
    return analytics


def uses(analytics: UsageAnalytics, feature: str) -> int:
    """Return how often a feature was used."""
    found = analytics.feature_adoption_stats().get(feature)
    return 0 if found is None else found.uses


def test_each_call_is_a_use(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """With its action and attributes, by the scope's user, before the body runs."""

    @feature_used("export", action="started", attributes={"format": "csv"})
    def export(pages: int) -> tuple[int, int]:
        return pages, uses(analytics, "export")

    with captured.telemetry.scope(user_id="anna"):
        assert export(3) == (3, 1)
        assert export(pages=4) == (4, 2)
    found = analytics.feature_adoption_stats()["export"]
    assert (found.uses, found.total_users, dict(found.actions)) == (2, 1, {"started": 2})
    event = captured.events[0]
    assert (event["type"], event["data"]["format"]) == ("feature.used", "csv")


def test_a_call_that_fails_is_a_use(analytics: UsageAnalytics) -> None:
    """The exception goes on as it is."""
    error = ValueError("bad")

    @feature_used("export")
    def export() -> None:
        raise error

    with pytest.raises(ValueError, match="bad") as raised:
        export()
    assert raised.value is error
    assert uses(analytics, "export") == 1


def test_coroutines_and_generators_are_counted_when_they_begin(analytics: UsageAnalytics) -> None:
    """Once each, and not where they never do; they stay of their kind."""

    @feature_used("coroutine")
    async def coroutine() -> int:
        return uses(analytics, "coroutine")

    @feature_used("generator")
    def generator() -> Generator[int, str, str]:
        return (yield uses(analytics, "generator"))

    @feature_used("async generator")
    async def async_generator() -> AsyncGenerator[int, str]:
        assert (yield uses(analytics, "async generator")) == "sent"
        yield 7

    async def main() -> None:
        assert await coroutine() == 1
        async_generator()
        chunks = async_generator()
        assert (await chunks.__anext__(), await chunks.asend("sent")) == (1, 7)
        await chunks.aclose()

    generator()
    steps = generator()
    assert next(steps) == 1
    with pytest.raises(StopIteration, match="sent"):
        steps.send("sent")
    asyncio.run(main())
    assert inspect.iscoroutinefunction(coroutine)
    assert inspect.isgeneratorfunction(generator)
    assert inspect.isasyncgenfunction(async_generator)
    assert [uses(analytics, name) for name in ("coroutine", "generator", "async generator")] == [1, 1, 1]


@given(script=_scripts.scripts, acts=_scripts.actions)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_consumer_is_answered_as_by_the_bare_generator(
    analytics: UsageAnalytics, script: list[str], acts: list[str]
) -> None:
    """Values, return value, exceptions with their chains and tracebacks, close: all as without."""
    counted = feature_used("work")(_scripts.body)
    assert _scripts.consume(counted, script, acts) == _scripts.consume(_scripts.body, script, acts)
    assert uses(analytics, "none") == 0


def test_methods_classes_and_other_callables(analytics: UsageAnalytics) -> None:
    """Each public method of a class is a use of the feature."""

    @feature_used("store")
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
        @feature_used("other")
        def get(self) -> str:
            return "got"

    store = Store.make()
    store._private()
    assert (store.read(), store.name(), Other().get()) == ("read", "name", "got")
    partial: Any = feature_used("partial")(functools.partial(max, 1))
    assert partial(2) == 2
    assert [uses(analytics, name) for name in ("store", "other", "partial")] == [3, 1, 1]


def test_attributes_are_copied(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """What changes afterwards changes no event."""
    attributes = {"formats": ["csv"]}
    export = feature_used("export", attributes=attributes)(lambda: None)
    attributes["formats"].append("pdf")
    export()
    assert captured.events[0]["data"]["formats"] == ["csv"]
    assert uses(analytics, "export") == 1


def test_before_configure() -> None:
    """The function runs, and nothing is counted."""
    assert feature_used("export")(lambda: "done")() == "done"


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"feature": " "}, "feature_used: feature"),
        ({"feature": len}, "feature_used: feature"),
        ({"feature": "a", "action": ""}, "feature_used: action"),
        ({"feature": "a", "attributes": ["a"]}, "feature_used: attributes"),
    ],
)
def test_impossible_arguments(arguments: dict[str, Any], message: str) -> None:
    """They are errors when the function is decorated; so is a decorator without its feature."""
    with pytest.raises(ConfigurationError, match=message):
        feature_used(**arguments)


def test_what_cannot_be_decorated() -> None:
    """The error names the decorator."""
    with pytest.raises(ConfigurationError, match="feature_used: a function, method or class can be decorated, no int"):
        feature_used("a")(7)  # type: ignore[call-overload] # what is tested


@pytest.mark.swallows
def test_nothing_of_ours_reaches_the_caller(analytics: UsageAnalytics, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong while a use is counted."""

    def fail(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(analytics, "track_feature", fail)
    assert feature_used("work")(lambda: "done")() == "done"
