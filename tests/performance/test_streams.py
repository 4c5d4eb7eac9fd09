"""The stream of an answer goes through as it is: counted, timed, and not kept."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import tracemalloc
import types
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator
from typing import Any

import pytest
from opentelemetry import trace

from clippy_otel.performance import PerformanceMetrics
from clippy_otel.testing import CapturedTelemetry
from tests.performance import _expected

ERROR = 2  # OTLP's number of the status


def current_span_id() -> str:
    """Return the id of the span that is current here."""
    return trace.format_span_id(trace.get_current_span().get_span_context().span_id)


def answer(captured: CapturedTelemetry, count: int = 3) -> Generator[str, None, None]:
    """Yield chunks, 10 ms apart."""
    for number in range(count):
        captured.clock.advance(ms=10)
        yield f"chunk {number}"


async def async_answer(captured: CapturedTelemetry, count: int = 3) -> AsyncGenerator[str, None]:
    """Do the same in a task."""
    for number in range(count):
        await asyncio.sleep(0)
        captured.clock.advance(ms=10)
        yield f"chunk {number}"


async def drained(chunks: AsyncIterator[Any]) -> list[Any]:
    """Return all chunks."""
    return [chunk async for chunk in chunks]


CHUNKS = ["chunk 0", "chunk 1", "chunk 2"]
READERS: dict[str, Callable[[CapturedTelemetry, Any], list[str]]] = {
    "sync": lambda captured, operation: list(operation.stream(answer(captured))),
    "async": lambda captured, operation: asyncio.run(drained(operation.stream(async_answer(captured)))),
}


@pytest.mark.parametrize("reader", READERS)
def test_the_end_of_the_stream_is_the_operations(
    captured: CapturedTelemetry, performance: PerformanceMetrics, reader: str
) -> None:
    """Without a block, the last chunk ends it; the first chunk's time counts from the call on."""
    operation = performance.ai_operation(provider="openai", model="gpt-4o")
    captured.clock.advance(ms=100)
    assert READERS[reader](captured, operation) == CHUNKS
    (span,) = captured.spans
    assert span.end_time_unix_nano - span.start_time_unix_nano == 130_000_000
    assert span.attributes["clippy.stream.chunk_count"] == 3
    assert span.attributes["gen_ai.response.time_to_first_chunk"] == 0.11
    assert "clippy.stream.closed_early" not in span.attributes
    point = _expected.point(captured, "gen_ai.client.operation.time_to_first_chunk")
    assert (point.unit, point.sum) == ("s", 0.11)
    first_chunk = performance.ai_operations_summary().first_chunk
    assert first_chunk is not None
    assert first_chunk.max == 110


@pytest.mark.parametrize("reader", READERS)
def test_in_a_block_the_block_ends_it(
    captured: CapturedTelemetry, performance: PerformanceMetrics, reader: str
) -> None:
    """Two streams of one operation are counted together, from the first one's first chunk."""
    with performance.ai_operation(provider="openai") as operation:
        READERS[reader](captured, operation)
        READERS[reader](captured, operation)
        captured.clock.advance(ms=5)
    (span,) = captured.spans
    assert span.end_time_unix_nano - span.start_time_unix_nano == 65_000_000
    assert span.attributes["clippy.stream.chunk_count"] == 6
    assert span.attributes["gen_ai.response.time_to_first_chunk"] == 0.01


def test_the_operation_is_current_in_the_body_and_not_in_the_consumer(
    captured: CapturedTelemetry, performance: PerformanceMetrics
) -> None:
    """What the body asks is a child of the operation's span; what the consumer does is not."""
    seen: list[tuple[str, bool]] = []

    def body() -> Iterator[int]:
        for number in range(2):
            seen.append((current_span_id(), performance.current_ai_operation() is operation))
            yield number

    operation = performance.ai_operation(provider="openai")
    consumers = [(current_span_id(), performance.current_ai_operation()) for _ in operation.stream(body())]
    assert seen == [(captured.spans[0].span_id, True)] * 2
    assert consumers == [("0" * 16, None)] * 2


@pytest.mark.parametrize("dropped", [False, True], ids=["closed", "dropped"])
def test_a_stream_left_early(captured: CapturedTelemetry, performance: PerformanceMetrics, *, dropped: bool) -> None:
    """The body is closed, the operation has ended and not failed, and the span says so."""
    closed: list[str] = []

    def body() -> Iterator[int]:
        try:
            yield from range(10)
        finally:
            closed.append(current_span_id())

    operation = performance.ai_operation(provider="openai")
    chunks = [operation.stream(body())]
    next(chunks[0])
    if dropped:
        chunks.clear()
        gc.collect()
    else:
        chunks[0].close()
    (span,) = captured.spans
    assert closed == [span.span_id]
    assert (span.status_code, span.attributes["clippy.stream.closed_early"]) == (0, True)
    assert span.attributes["clippy.stream.chunk_count"] == 1
    assert performance.ai_operations_summary().errors == 0


def test_an_async_stream_left_early(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The loop closes it, in the same task."""
    closed: list[bool] = []

    async def body() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            closed.append(performance.current_ai_operation() is operation)

    async def main() -> None:
        async with contextlib.aclosing(operation.stream(body())) as chunks:
            async for _ in chunks:
                break

    operation = performance.ai_operation(provider="openai")
    asyncio.run(main())
    assert closed == [True]
    assert captured.spans[0].attributes["clippy.stream.closed_early"] is True


def test_a_cancelled_stream(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """It was left early, and did not fail."""

    async def main() -> None:
        async def body() -> AsyncIterator[int]:
            yield 1
            await asyncio.sleep(60)

        task = asyncio.create_task(drained(performance.ai_operation(provider="openai").stream(body())))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    (span,) = captured.spans
    assert (span.status_code, span.attributes["clippy.stream.closed_early"]) == (0, True)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_an_error_of_the_stream(
    captured: CapturedTelemetry, performance: PerformanceMetrics, *, is_async: bool
) -> None:
    """It goes on as the same object; what came before it is counted."""
    error = ConnectionError("gone")

    def body() -> Iterator[int]:
        yield 1
        raise error

    async def async_body() -> AsyncIterator[int]:
        yield 1
        raise error

    operation = performance.ai_operation(provider="openai")
    with pytest.raises(ConnectionError) as raised:
        if is_async:
            asyncio.run(drained(operation.stream(async_body())))
        else:
            list(operation.stream(body()))
    assert raised.value is error
    (span,) = captured.spans
    assert (span.status_code, span.attributes["error.type"]) == (ERROR, "ConnectionError")
    assert span.attributes["clippy.stream.chunk_count"] == 1
    assert performance.ai_operations_summary().errors == 1


def test_an_error_that_the_application_throws_in(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The body answers it as it would without."""

    def body() -> Generator[str, str, str]:
        try:
            sent = yield "first"
        except KeyError:
            sent = yield "caught"
        return sent

    chunks = performance.ai_operation(provider="openai").stream(body())
    assert [next(chunks), chunks.throw(KeyError("a"))] == ["first", "caught"]
    with pytest.raises(StopIteration) as stopped:
        chunks.send("sent")
    assert stopped.value.value == "sent"
    assert captured.spans[0].status_code == 0


class Answer:
    """What an AI library returns: an iterator that can be closed."""

    def __init__(self) -> None:
        self.left = 3
        self.closed = False

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if not self.left:
            raise StopIteration
        self.left -= 1
        return self.left

    def close(self) -> None:
        """Note it."""
        self.closed = True


class AsyncAnswer:
    """The same, async."""

    def __init__(self) -> None:
        self.left = 3
        self.closed = False

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        return self.left

    async def aclose(self) -> None:
        """Note it."""
        self.closed = True


def test_iterators_that_are_no_generators(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """They are read to their end, and closed where they are left."""
    read, left = Answer(), Answer()
    assert list(performance.ai_operation(provider="a").stream(read)) == [2, 1, 0]
    chunks = performance.ai_operation(provider="b").stream(left)
    next(chunks)
    chunks.close()
    assert (read.closed, left.closed) == (False, True)
    assert [span.attributes.get("clippy.stream.closed_early") for span in captured.spans] == [None, True]


def test_async_iterators_that_are_no_generators(performance: PerformanceMetrics) -> None:
    """Likewise."""
    read, left = AsyncAnswer(), AsyncAnswer()

    async def main() -> None:
        assert await drained(performance.ai_operation(provider="a").stream(read)) == [2, 1, 0]
        async with contextlib.aclosing(performance.ai_operation(provider="b").stream(left)) as chunks:
            await anext(chunks)

    asyncio.run(main())
    assert (read.closed, left.closed) == (False, True)
    assert performance.ai_operations_summary().count == 2


def test_what_is_no_stream_comes_back(performance: PerformanceMetrics) -> None:
    """Its consumer fails on it as without."""
    operation = performance.ai_operation(provider="a")
    assert operation.stream(7) == 7  # type: ignore[call-overload] # what is tested


def test_a_stream_that_is_never_read_ends_nothing(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The operation goes on until something ends it."""
    operation = performance.ai_operation(provider="a")
    operation.stream(["a"]).close()
    assert captured.spans == []
    operation.end()
    assert len(captured.spans) == 1


def test_an_iterable_that_cannot_be_read(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """That is an error of the operation."""

    class Broken:
        def __iter__(self) -> Iterator[int]:
            raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        list(performance.ai_operation(provider="a").stream(Broken()))
    assert captured.spans[0].attributes["error.type"] == "OSError"


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
        {"input_tokens": 20, "output_tokens": 5, "total_tokens": 25},
        types.SimpleNamespace(prompt_tokens=20, completion_tokens=5, total_tokens=25),
        types.SimpleNamespace(input_tokens=20, output_tokens=5, total_tokens=25, cost=1),
    ],
)
@pytest.mark.parametrize("by", ["chunk", "itself"])
def test_usage_is_read(performance: PerformanceMetrics, usage: Any, by: str) -> None:
    """By a function that is given each chunk, whose last word counts; or it is given as it is."""
    chunks = [{"text": "a", "usage": None}, {"text": "b", "usage": {"prompt_tokens": 1}}, {"text": "", "usage": usage}]
    operation = performance.ai_operation(provider="openai")
    if by == "chunk":
        list(operation.stream(chunks, usage=lambda chunk: chunk["usage"]))
    else:
        list(operation.stream(chunks, usage=usage))
    summary = performance.ai_operations_summary()
    assert (summary.input_tokens, summary.output_tokens, summary.total_tokens) == (20, 5, 25)


@pytest.mark.swallows
def test_a_reader_of_usage_that_fails(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The chunks go through all the same."""
    operation = performance.ai_operation(provider="openai")
    assert list(operation.stream("ab", usage=lambda chunk: chunk.usage)) == ["a", "b"]
    assert captured.spans[0].attributes["clippy.stream.chunk_count"] == 2


def test_chunks_are_not_kept(performance: PerformanceMetrics) -> None:
    """A chunk is free as soon as its consumer lets it go, and memory does not grow with their number."""

    class Chunk: ...

    def body() -> Iterator[Chunk]:
        while True:
            yield Chunk()

    chunks = performance.ai_operation(provider="openai").stream(body(), usage=lambda _chunk: None)
    chunk = next(chunks)
    alive = weakref.ref(chunk)
    del chunk
    assert alive() is None
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(2_000):
            next(chunks)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2_000
    chunks.close()


def test_all_happens_in_the_consumers_thread_and_task(performance: PerformanceMetrics) -> None:
    """Nothing is read ahead, and nothing elsewhere."""
    threads: set[int] = set()
    tasks: set[object] = set()
    read: list[int] = []

    async def body() -> AsyncIterator[int]:
        for number in range(3):
            threads.add(threading.get_ident())
            tasks.add(asyncio.current_task())
            read.append(number)
            yield number

    async def main() -> None:
        tasks.add(asyncio.current_task())
        async for number in performance.ai_operation(provider="openai").stream(body()):
            assert read[-1] == number

    threads.add(threading.get_ident())
    asyncio.run(main())
    assert (len(threads), len(tasks)) == (1, 1)


def test_iterables_are_given_as_they_are(performance: PerformanceMetrics) -> None:
    """Lists, texts and mappings too."""
    for chunks in ([1, 2], "ab", {"a": 1}, range(2)):
        iterable: Iterable[Any] = chunks
        assert list(performance.ai_operation(provider="a").stream(iterable)) == list(iterable)
