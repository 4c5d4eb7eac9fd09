"""`capture_errors` records what escapes, once, and changes nothing else of what it decorates."""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from clippy_otel.decorators import capture_errors
from clippy_otel.errors import ErrorSeverity, ErrorTracking
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.telemetry import Telemetry
from clippy_otel.testing import CapturedTelemetry, capture
from tests.decorators import _scripts


@pytest.fixture
def captured(monkeypatch: pytest.MonkeyPatch) -> Iterator[CapturedTelemetry]:
    """Let decorated functions record into memory."""
    with capture() as telemetry:
        errors = ErrorTracking(
            telemetry.telemetry.collector,
            capture_unhandled=False,
            capture_unhandled_rejections=False,
            deduplicate=False,
        )
        monkeypatch.setattr(Telemetry, "errors", errors, raising=False)
        yield telemetry


def recorded(captured: CapturedTelemetry) -> list[tuple[str, str]]:
    """Return type and message of each record."""
    data = [error["data"] for error in captured.errors]
    return [(one["exception.type"], one["exception.message"]) for one in data]


ERROR = ValueError("x")


@capture_errors
def fail(error: BaseException = ERROR) -> int:
    """Fail."""
    raise error


@capture_errors
async def fail_later(error: BaseException = ERROR) -> int:
    """Fail in a coroutine."""
    await asyncio.sleep(0)
    raise error


@capture_errors
def fail_after_a_chunk(error: BaseException = ERROR) -> Iterator[int]:
    """Fail in a generator."""
    yield 1
    raise error


@capture_errors
async def fail_after_a_chunk_later(error: BaseException = ERROR) -> AsyncIterator[int]:
    """Fail in an async generator."""
    yield 1
    raise error


async def read_all(chunks: AsyncIterator[int]) -> list[int]:
    """Read an async iterator to its end."""
    return [chunk async for chunk in chunks]


CALLS: dict[str, Callable[[BaseException], Any]] = {
    "function": fail,
    "coroutine": lambda error: asyncio.run(fail_later(error)),
    "generator": lambda error: list(fail_after_a_chunk(error)),
    "async generator": lambda error: asyncio.run(read_all(fail_after_a_chunk_later(error))),
}


@pytest.mark.parametrize("kind", CALLS)
def test_what_escapes_is_recorded_and_is_the_very_same_object(captured: CapturedTelemetry, kind: str) -> None:
    """With its frames, as an error that escapes; and the caller sees it as without the decorator."""
    error = KeyError("x")
    with pytest.raises(KeyError) as caught:
        CALLS[kind](error)
    assert caught.value is error
    assert (error.__cause__, error.__context__) == (None, None)
    (record,) = captured.errors
    assert record["data"]["exception.escaped"] is True
    assert ", in fail" in record["data"]["exception.stacktrace"]
    assert [log.severity_number for log in captured.logs if log.event_name == "exception"] == [17]


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(1), asyncio.CancelledError(), BaseException("of another event loop")]
)
def test_what_only_stops_is_no_error(captured: CapturedTelemetry, kind: str, error: BaseException) -> None:
    """It goes through and leaves nothing."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - it is compared below
        CALLS[kind](error)
    assert type(caught.value) is type(error)
    assert captured.errors == []


@pytest.mark.parametrize("decorate", [capture_errors, capture_errors(reraise=False)])
def test_the_end_of_an_iterator_is_no_error(captured: CapturedTelemetry, decorate: Any) -> None:
    """`__next__` and `__anext__` say it with an exception, which must reach whoever iterates."""

    def step() -> int:
        raise StopIteration

    async def step_later() -> int:
        raise StopAsyncIteration

    with pytest.raises(StopIteration):
        decorate(step)()
    with pytest.raises(StopAsyncIteration):
        asyncio.run(decorate(step_later)())
    assert captured.errors == []


def test_an_error_is_recorded_once_however_many_it_passes_through(captured: CapturedTelemetry) -> None:
    """By the innermost, whose severity and context hold."""

    @capture_errors(severity="critical", context="inner")
    def inner() -> None:
        raise ValueError("x")

    @capture_errors(severity="debug", context="outer")
    def outer() -> None:
        inner()

    with pytest.raises(ValueError, match="x"):
        outer()
    (record,) = captured.errors
    assert record["data"]["clippy.error.context"] == "inner"
    assert [log.severity_number for log in captured.logs if log.event_name == "exception"] == [21]


def test_without_reraise_a_call_returns_none(captured: CapturedTelemetry) -> None:
    """And a generator is at its end; the record says that the error was handled."""

    @capture_errors(reraise=False)
    def function() -> int:
        raise ValueError("function")

    @capture_errors(reraise=False)
    async def coroutine() -> int:
        raise ValueError("coroutine")

    @capture_errors(reraise=False)
    def generator() -> Iterator[int]:
        yield 1
        raise ValueError("generator")

    @capture_errors(reraise=False)
    async def async_generator() -> AsyncIterator[int]:
        yield 1
        raise ValueError("async generator")

    assert function() is None
    assert asyncio.run(coroutine()) is None
    assert list(generator()) == [1]
    assert asyncio.run(read_all(async_generator())) == [1]
    assert [message for _, message in recorded(captured)] == ["function", "coroutine", "generator", "async generator"]
    assert {error["data"]["exception.escaped"] for error in captured.errors} == {False}
    assert sys.exc_info() == (None, None, None)


def test_what_returns_returns_as_before(captured: CapturedTelemetry) -> None:
    """Values go through, of each kind, also without reraise."""

    @capture_errors(reraise=False)
    def add(one: int, *, other: int = 2) -> int:
        """Add."""
        return one + other

    @capture_errors
    async def double(number: int) -> int:
        return number * 2

    assert add(1, other=5) == 6
    assert asyncio.run(double(4)) == 8
    assert captured.errors == []
    assert add.__doc__ == "Add."
    assert str(inspect.signature(add)) == "(one: 'int', *, other: 'int' = 2) -> 'int'"
    assert inspect.iscoroutinefunction(double)
    assert inspect.isgeneratorfunction(fail_after_a_chunk)
    assert inspect.isasyncgenfunction(fail_after_a_chunk_later)


def test_methods_and_classes_can_be_decorated(captured: CapturedTelemetry) -> None:
    """Of a class the public methods that it defines itself, each as if it were decorated alone."""

    @capture_errors
    class Shop:
        def buy(self) -> None:
            raise ValueError("buy")

        @staticmethod
        def close() -> None:
            raise ValueError("close")

        @classmethod
        def open(cls) -> None:
            raise ValueError(f"open {cls.__name__}")

        def _private(self) -> None:
            raise ValueError("private")

    shop = Shop()
    for call in (shop.buy, shop.close, shop.open, shop._private):
        with pytest.raises(ValueError, match=r"buy|close|open|private"):
            call()
    assert [message for _, message in recorded(captured)] == ["buy", "close", "open Shop"]
    with pytest.raises(ValueError, match="partial"):
        capture_errors(functools.partial(fail, ValueError("partial")))()
    assert recorded(captured)[-1] == ("ValueError", "partial")


@given(script=_scripts.scripts, acts=_scripts.actions)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_consumer_is_answered_as_by_the_bare_generator(
    captured: CapturedTelemetry, script: list[str], acts: list[str]
) -> None:
    """Values, return value, exceptions with their chains and tracebacks, close: all as without."""
    bare = _scripts.consume(_scripts.body, script, acts)
    assert _scripts.consume(capture_errors(_scripts.body), script, acts) == bare
    assert captured.telemetry.is_running()


@given(script=_scripts.scripts, acts=_scripts.actions)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_so_is_one_of_an_async_generator(captured: CapturedTelemetry, script: list[str], acts: list[str]) -> None:
    """Values, exceptions, aclose: all as without."""
    bare = asyncio.run(_scripts.consume_async(_scripts.async_body, script, acts))
    decorated = capture_errors(_scripts.async_body)
    assert asyncio.run(_scripts.consume_async(decorated, script, acts)) == bare
    assert captured.telemetry.is_running()


def test_what_is_thrown_in_and_not_caught_is_recorded(captured: CapturedTelemetry) -> None:
    """It escapes from the body as any other does; and without reraise the generator is at its end."""
    chunks: Any = fail_after_a_chunk()
    next(chunks)
    with pytest.raises(KeyError):
        chunks.throw(KeyError("thrown"))
    swallowing: Any = capture_errors(reraise=False)(fail_after_a_chunk.__wrapped__)()  # type: ignore[attr-defined] # functools puts it there
    next(swallowing)
    with pytest.raises(StopIteration):
        swallowing.throw(KeyError("thrown again"))
    assert recorded(captured) == [("KeyError", "'thrown'"), ("KeyError", "'thrown again'")]


def test_a_stream_that_its_consumer_leaves_is_no_error(captured: CapturedTelemetry) -> None:
    """Closing is not failing."""
    for chunk in fail_after_a_chunk():
        assert chunk == 1
        break
    assert captured.errors == []


def test_recursion_without_an_end_is_one_record(captured: CapturedTelemetry) -> None:
    """Recorded where there is room for it again, and the application's own error is what comes out."""

    @capture_errors
    def recurse(depth: int) -> int:
        return recurse(depth + 1)

    with pytest.raises(RecursionError):
        recurse(0)
    assert [kind for kind, _ in recorded(captured)] == ["RecursionError"]


@pytest.mark.swallows
def test_where_recording_fails_the_error_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application sees its own exception, and none of ours."""

    class Broken:
        def capture_error(self, *_: object, **__: object) -> str:
            raise RuntimeError

    monkeypatch.setattr(Telemetry, "errors", Broken(), raising=False)
    with pytest.raises(ValueError, match="x"):
        fail(ValueError("x"))


def test_what_is_impossible_is_refused_at_once() -> None:
    """When the function is decorated, by the name of what is wrong."""
    impossible: dict[str, Any] = {"severity": "loud", "reraise": "yes"}
    for name, value in impossible.items():
        with pytest.raises(ConfigurationError, match=name):
            capture_errors(**{name: value})
    with pytest.raises(ConfigurationError, match="capture_errors"):
        capture_errors(7)  # type: ignore[call-overload] # a careless application
    assert capture_errors(severity=ErrorSeverity.INFO)(fail) is not fail
