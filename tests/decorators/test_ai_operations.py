"""A decorated function is an AI operation a call, its stream included."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from clippy_otel.decorators import ai_operation
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.performance import PerformanceMetrics
from clippy_otel.telemetry import Telemetry
from clippy_otel.testing import CapturedTelemetry, capture
from tests.decorators import _scripts

operating = ai_operation(provider="openai", model="gpt-4o")


@pytest.fixture
def captured() -> Iterator[CapturedTelemetry]:
    """Capture what is recorded."""
    with capture() as captured:
        yield captured


@pytest.fixture
def performance(monkeypatch: pytest.MonkeyPatch, captured: CapturedTelemetry) -> PerformanceMetrics:
    """Let decorated functions operate over it."""
    performance = PerformanceMetrics(captured.telemetry.collector)
    monkeypatch.setattr(Telemetry, "performance", performance)
    return performance


def usage(answer: dict[str, Any]) -> object:
    """Read the usage of an answer, or of a chunk of it."""
    return answer["usage"]


def test_a_call_is_an_operation(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """It is current within the function, which can say more of it."""

    @ai_operation(provider="openai", model="gpt-4o", operation="embeddings", conversation_id="c-1", usage=usage)
    def ask(prompt: str) -> dict[str, Any]:
        operation = performance.current_ai_operation()
        assert operation is not None
        with operation.phase("api_call"):
            captured.clock.advance(ms=20)
        operation.record_usage(response_model="gpt-4o-2")
        return {"text": prompt, "usage": {"input_tokens": 3, "output_tokens": 4}}

    assert ask("hi")["text"] == "hi"
    assert performance.current_ai_operation() is None
    (span,) = captured.spans
    assert (span.name, span.attributes["gen_ai.conversation.id"]) == ("embeddings gpt-4o", "c-1")
    assert span.attributes["gen_ai.response.model"] == "gpt-4o-2"
    summary = performance.ai_operations_summary()
    assert (summary.count, summary.max, summary.input_tokens, summary.total_tokens) == (1, 20, 3, 7)
    assert summary.phases["api_call"].max == 20


def test_a_coroutine_function(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """It lasts until the coroutine ends."""

    @operating
    async def ask() -> str:
        await asyncio.sleep(0)
        captured.clock.advance(ms=20)
        return "done"

    assert inspect.iscoroutinefunction(ask)
    assert asyncio.run(ask()) == "done"
    assert performance.ai_operations_summary().max == 20


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_an_error(captured: CapturedTelemetry, performance: PerformanceMetrics, *, is_async: bool) -> None:
    """It makes the operation a failed one, and goes on as the same object."""
    error = TimeoutError("slow")

    @operating
    def ask() -> None:
        raise error

    @operating
    async def ask_async() -> None:
        raise error

    with pytest.raises(TimeoutError) as raised:
        asyncio.run(ask_async()) if is_async else ask()
    assert raised.value is error
    assert captured.spans[0].attributes["error.type"] == "TimeoutError"
    assert performance.ai_operations_summary().errors == 1


def test_generator_functions(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Their body is the stream: counted, timed, current in it."""

    @ai_operation(provider="openai", usage=usage)
    def ask() -> Iterator[dict[str, Any]]:
        captured.clock.advance(ms=10)
        assert performance.current_ai_operation() is not None
        yield {"usage": None}
        captured.clock.advance(ms=5)
        yield {"usage": {"prompt_tokens": 9}}

    @ai_operation(provider="openai", usage=usage)
    async def ask_async() -> AsyncIterator[dict[str, Any]]:
        for chunk in ask.__wrapped__():  # type: ignore[attr-defined] # the bare one
            yield chunk

    async def main() -> None:
        async for _ in ask_async():
            assert performance.current_ai_operation() is None

    assert inspect.isgeneratorfunction(ask)
    assert inspect.isasyncgenfunction(ask_async)
    for _ in ask():
        assert performance.current_ai_operation() is None
    asyncio.run(main())
    for span in captured.spans:
        assert span.attributes["clippy.stream.chunk_count"] == 2
        assert span.attributes["gen_ai.response.time_to_first_chunk"] == 0.01
    summary = performance.ai_operations_summary()
    assert (summary.count, summary.max, summary.input_tokens) == (2, 15, 18)


@given(script=_scripts.scripts, acts=_scripts.actions)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_consumer_is_answered_as_by_the_bare_generator(
    performance: PerformanceMetrics, script: list[str], acts: list[str]
) -> None:
    """Values, return value, exceptions with their chains and tracebacks, close: all as without."""
    assert _scripts.consume(operating(_scripts.body), script, acts) == _scripts.consume(_scripts.body, script, acts)
    assert performance.current_ai_operation() is None


@given(script=_scripts.scripts, acts=_scripts.actions)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_so_is_that_of_an_async_one(performance: PerformanceMetrics, script: list[str], acts: list[str]) -> None:
    """Likewise."""

    async def main() -> None:
        bare = await _scripts.consume_async(_scripts.async_body, script, acts)
        assert await _scripts.consume_async(operating(_scripts.async_body), script, acts) == bare

    asyncio.run(main())
    assert performance.current_ai_operation() is None


def test_a_function_that_returns_a_stream(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The operation goes on with it; a function's, a coroutine's, of chunks sync or async."""

    @operating
    def ask() -> Iterator[str]:
        return iter("abc")

    @operating
    async def ask_async() -> AsyncIterator[str]:
        async def chunks() -> AsyncIterator[str]:
            for chunk in "abc":
                yield chunk

        return chunks()

    async def main() -> list[str]:
        return [chunk async for chunk in await ask_async()]

    stream = ask()
    assert captured.spans == []
    assert list(stream) == list("abc")
    assert asyncio.run(main()) == list("abc")
    assert [span.attributes["clippy.stream.chunk_count"] for span in captured.spans] == [3, 3]
    assert performance.ai_operations_summary().count == 2


def test_a_list_is_no_stream(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """It comes back as the very same object."""
    answer = ["a", "b"]
    assert operating(lambda: answer)() is answer
    assert "clippy.stream.chunk_count" not in captured.spans[0].attributes
    assert performance.ai_operations_summary().count == 1


def test_a_stream_that_is_read_within_does_not_end_it(
    captured: CapturedTelemetry, performance: PerformanceMetrics
) -> None:
    """The function is its block."""

    @operating
    def ask() -> str:
        operation = performance.current_ai_operation()
        assert operation is not None
        text = "".join(operation.stream("abc"))
        captured.clock.advance(ms=7)
        return text

    assert ask() == "abc"
    assert performance.ai_operations_summary().max == 7


def test_methods(performance: PerformanceMetrics) -> None:
    """Of any kind."""

    class Client:
        @operating
        def ask(self) -> str:
            return "method"

        @operating
        @staticmethod
        def ask_static() -> str:
            return "static"

        @classmethod
        @operating
        def ask_class(cls) -> str:
            return cls.__name__

    assert (Client().ask(), Client.ask_static(), Client.ask_class()) == ("method", "static", "Client")
    assert performance.ai_operations_summary().count == 3


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"provider": ""}, "ai_operation: provider"),
        ({"provider": None}, "ai_operation: provider"),
        ({"provider": "a", "operation": " "}, "ai_operation: operation"),
        ({"provider": "a", "model": 7}, "ai_operation: model"),
        ({"provider": "a", "conversation_id": ""}, "ai_operation: conversation_id"),
        ({"provider": "a", "usage": {}}, "ai_operation: usage"),
    ],
)
def test_impossible_arguments(arguments: dict[str, Any], message: str) -> None:
    """They are errors when the function is decorated."""
    with pytest.raises(ConfigurationError, match=message):
        ai_operation(**arguments)


def test_a_class_is_refused() -> None:
    """Not each method of it asks a model."""

    class Client:
        def ask(self) -> None: ...

    with pytest.raises(ConfigurationError, match="not the class"):
        operating(Client)
