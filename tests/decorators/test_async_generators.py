"""A decorated async generator is one span over its steps, in one task, and answers as the bare one does."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from opentelemetry.trace import NoOpTracer, StatusCode

from clippy_otel import traced
from clippy_otel.telemetry import Telemetry
from tests.decorators import _scripts
from tests.decorators._spans import Spans, attributes_of, current_name


@traced("numbers")
async def numbers(count: int) -> AsyncGenerator[int, None]:
    """Yield numbers."""
    for number in range(count):
        await asyncio.sleep(0)
        yield number


@given(script=_scripts.scripts, acts=_scripts.actions)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_consumer_is_answered_as_by_the_bare_generator(spans: Spans, script: list[str], acts: list[str]) -> None:
    """Values, exceptions with their chains and tracebacks, aclose: all as without, and one span ends."""
    before = len(spans.ended)
    bare = asyncio.run(_scripts.consume_async(_scripts.async_body, script, acts))
    assert asyncio.run(_scripts.consume_async(traced(_scripts.async_body), script, acts)) == bare
    if acts and acts[0] == "next":
        assert len(spans.ended) == before + 1
    assert current_name() == ""


@given(script=_scripts.scripts, acts=_scripts.actions)
@settings(deadline=None)
def test_so_is_it_where_nothing_is_recorded(script: list[str], acts: list[str]) -> None:
    """Before configure a decorated generator is but a detour."""
    bare = asyncio.run(_scripts.consume_async(_scripts.async_body, script, acts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Telemetry, "tracer", NoOpTracer())
        assert asyncio.run(_scripts.consume_async(traced(_scripts.async_body), script, acts)) == bare


def test_an_async_generator_is_one_span_over_all_its_steps(spans: Spans) -> None:
    """It counts what goes out, and says when the first did."""

    async def main() -> list[int]:
        return [number async for number in numbers(3)]

    assert asyncio.run(main()) == [0, 1, 2]
    attributes = attributes_of(spans.only())
    assert attributes["clippy.stream.chunk_count"] == 3
    assert attributes["clippy.stream.time_to_first_chunk_ms"] >= 0
    assert spans.only().status.is_unset


def test_the_span_is_current_for_the_body_and_never_for_its_consumer(spans: Spans) -> None:
    """Also after an await of the body; what it makes current itself is there again at its next step."""

    @traced("stream")
    async def stream() -> AsyncIterator[str]:
        await asyncio.sleep(0)
        yield current_name()
        with spans.tracer.start_as_current_span("inner"):
            yield current_name()
            await asyncio.sleep(0)
            yield current_name()
        yield current_name()

    async def main() -> list[tuple[str, str]]:
        return [(chunk, current_name()) async for chunk in stream()]

    assert asyncio.run(main()) == [("stream", ""), ("inner", ""), ("inner", ""), ("stream", "")]
    assert spans.names == ["inner", "stream"]


def test_the_body_runs_in_its_consumers_task(spans: Spans) -> None:
    """No task or thread of ours is between them, and context variables are the consumer's."""
    variable = contextvars.ContextVar("variable", default="unset")

    @traced
    async def stream() -> AsyncIterator[object]:
        variable.set("by the body")
        yield asyncio.current_task()

    async def main() -> None:
        assert [chunk async for chunk in stream()] == [asyncio.current_task()]
        assert variable.get() == "by the body"
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    assert len(spans.ended) == 1


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with Python 3.11")
def test_a_timeout_of_the_body_may_span_its_chunks(spans: Spans) -> None:
    """asyncio.timeout() is bound to its task: entered by the body, it ends the body as without the decorator."""

    @traced
    async def stream() -> AsyncIterator[int]:
        async with asyncio.timeout(0.01):  # type: ignore[attr-defined, unused-ignore]  # the tests are typed for 3.10
            yield 1
            await asyncio.Event().wait()

    async def main() -> list[int]:
        chunks = []
        with pytest.raises(TimeoutError):
            async for chunk in stream():
                chunks.append(chunk)  # noqa: PERF401 - a comprehension would lose them
        return chunks

    assert asyncio.run(main()) == [1]
    assert str(spans.only().status.description).startswith("TimeoutError")
    assert len(spans.only().events) == 1


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with Python 3.11")
def test_a_timeout_of_the_consumer_leaves_the_stream_early(spans: Spans) -> None:
    """The body is cancelled: no error of its own, and left before its end."""

    @traced
    async def stream() -> AsyncIterator[int]:
        yield 1
        await asyncio.Event().wait()

    async def main() -> None:
        async with asyncio.timeout(0.01):  # type: ignore[attr-defined, unused-ignore]  # as above
            async for _ in stream():
                pass

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert (spans.only().status.status_code, spans.only().events) == (StatusCode.UNSET, ())
    assert attributes_of(spans.only())["clippy.stream.closed_early"] is True


@pytest.mark.parametrize("leave", ["aclose", "drop", "shut down"])
def test_an_async_generator_left_early_says_so(spans: Spans, caplog: pytest.LogCaptureFixture, leave: str) -> None:
    """Closed by its consumer, by the loop's hook when it is dropped, or when the loop shuts down, which meets it once.

    The body cleans up in its span, and may await while it does.
    """
    seen: list[str] = []
    complaints: list[dict[str, Any]] = []
    held: list[AsyncGenerator[int, None]] = []

    @traced("stream")
    async def stream() -> AsyncGenerator[int, None]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            seen.append(current_name())

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
        held.append(stream())
        await held[0].__anext__()
        if leave == "aclose":
            await held[0].aclose()
        elif leave == "drop":
            held.clear()
            gc.collect()
            for _ in range(10):  # the hook makes a task, by way of a callback
                await asyncio.sleep(0)

    asyncio.run(main())
    assert seen == ["stream"]
    span = spans.only()
    assert (span.status.status_code, span.events) == (StatusCode.UNSET, ())
    assert attributes_of(span)["clippy.stream.chunk_count"] == 1
    assert attributes_of(span)["clippy.stream.closed_early"] is True
    assert complaints == []
    assert caplog.records == []


def test_the_hooks_of_an_event_loop_meet_one_generator(spans: Spans) -> None:
    """Whatever loop it is: its hooks are called for the decorated generator, once, and are in force afterwards."""
    started: list[str] = []
    finalised: list[Any] = []

    @traced("stream")
    async def stream() -> AsyncGenerator[int, None]:
        yield 1

    before = sys.get_asyncgen_hooks()
    hooks = (lambda generator: started.append(generator.__name__), finalised.append)
    sys.set_asyncgen_hooks(*hooks)
    try:
        chunks = stream()
        _run(chunks.__anext__())
        assert sys.get_asyncgen_hooks() == hooks
        del chunks
        (dropped,) = finalised
        _run(dropped.aclose())
    finally:
        sys.set_asyncgen_hooks(*before)
    assert started == ["stream"]
    assert attributes_of(spans.only())["clippy.stream.closed_early"] is True


def _run(step: Any) -> None:
    """Take a step that waits for nothing, without an event loop."""
    with pytest.raises(StopIteration):
        step.__await__().send(None)


def test_a_step_that_is_dropped_while_it_waits_ends_in_silence(spans: Spans, caplog: pytest.LogCaptureFixture) -> None:
    """Where a task is thrown away in the middle of a step, the collector closes the body in another context."""

    class Pause:
        def __await__(self) -> Any:
            yield

    @traced("stream")
    async def stream() -> AsyncIterator[int]:
        await Pause()
        yield 1

    async def consume() -> None:
        async for _ in stream():
            pass

    waiting = [consume()]
    contextvars.copy_context().run(waiting[0].send, None)
    waiting.clear()
    gc.collect()
    assert spans.names == ["stream"]
    assert current_name() == ""
    assert caplog.records == []


@pytest.mark.parametrize("wait_for", [asyncio.wait_for, asyncio.shield])
def test_each_step_may_be_taken_by_another_task(
    spans: Spans, caplog: pytest.LogCaptureFixture, wait_for: Callable[..., Any]
) -> None:
    """Some ways to wait for a chunk run the step in a task of their own, with its own context."""
    arguments = (5,) if wait_for is asyncio.wait_for else ()

    async def main() -> list[int]:
        chunks = numbers(2)
        return [await wait_for(_step(chunks), *arguments) for _ in range(2)]

    assert asyncio.run(main()) == [0, 1]
    assert spans.names == ["numbers"]
    assert caplog.records == []


async def _step(chunks: AsyncGenerator[int, None]) -> int:
    return await chunks.__anext__()


def test_an_error_of_the_body_is_recorded_once(spans: Spans) -> None:
    """Also where a decorated generator consumes another one."""

    @traced("inner")
    async def inner() -> AsyncIterator[int]:
        yield 1
        raise ValueError("broke")

    @traced("outer")
    async def outer() -> AsyncIterator[int]:
        async for number in inner():
            yield number

    async def main() -> None:
        async for _ in outer():
            pass

    with pytest.raises(ValueError, match="broke"):
        asyncio.run(main())
    assert [(span.name, len(span.events)) for span in spans.ended] == [("inner", 1), ("outer", 0)]
    assert {span.status.description for span in spans.ended} == {"ValueError: broke"}


def test_an_exception_thrown_in_is_not_kept(spans: Spans) -> None:
    """Neither the wrapper's frame nor the step that it was thrown in with holds it in a circle."""

    @traced
    async def stream() -> AsyncGenerator[int, None]:
        yield 1

    class NoticedError(ValueError): ...

    async def main() -> weakref.ref[NoticedError]:
        chunks = stream()
        await chunks.__anext__()
        fatal = NoticedError()
        try:
            await chunks.athrow(fatal)
        except NoticedError:
            return weakref.ref(fatal)
        finally:
            del fatal
        raise AssertionError

    gc.disable()
    try:
        assert asyncio.run(main())() is None
    finally:
        gc.enable()
    assert len(spans.ended) == 1
