"""Generator functions, sync and async: one span from the first step to the end of the generator.

Guarantee: next, send, throw and close, and their async likes, do what they do to the generator itself, in the same
task and thread; a sync generator's `return` value is kept. The span is current while the body runs and never while the
consumer does: each step attaches the body's own context and leaves it again before its chunk goes out. Nothing of the
chunks is kept but their number, so that memory does not grow with them.

The span ends when the body does: at its last chunk, at an error, at close(), and where the generator is dropped, when
Python finalises it. One that is never stepped has no span.

Cost: 0.5 us a chunk.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextvars import Token
from time import perf_counter_ns
from typing import Any, Final, TypeVar

from opentelemetry.context import Context, attach, get_current
from opentelemetry.trace import INVALID_SPAN, Span, set_span_in_context

from clippy_otel import semconv
from clippy_otel._guard import host_safe
from clippy_otel.decorators.spans import SpanPlan, detach, end, record

_E = TypeVar("_E", bound=BaseException)
_NS_PER_MS: Final = 1_000_000


class Stream:
    """The span of one generator, over all its steps.

    Args:
        span: Started, not current; None: nothing is recorded.
    """

    __slots__ = ("_chunks", "_closed_early", "_context", "_first_chunk_ns", "_span", "_started_ns")

    def __init__(self, span: Span | None) -> None:
        self._span = span or INVALID_SPAN
        # What the body has attached by itself holds until its next step, as if it were a task of its own.
        self._context: Context | None = set_span_in_context(span) if span else None
        self._started_ns = self._first_chunk_ns = perf_counter_ns()
        self._chunks = 0
        self._closed_early = False

    def enter(self) -> Token[Context] | None:
        """Make the body's context the current one, for one step."""
        return attach(self._context) if self._context is not None else None

    def leave(self, token: Token[Context] | None) -> None:
        """Give the consumer's context back."""
        if token is not None:
            self._context = get_current()
            detach(token)

    def count(self) -> None:
        """Note that a chunk goes out."""
        if not self._chunks:
            self._first_chunk_ns = perf_counter_ns()
        self._chunks += 1

    def throw(self, error: _E) -> _E:
        """Note what the consumer throws in, and return it as it came: without the wrapper's frame."""
        self._closed_early = isinstance(error, GeneratorExit)
        traceback = error.__traceback__
        return error.with_traceback(traceback and traceback.tb_next)

    def fail(self, error: BaseException) -> None:
        """Note that the body ended with an exception; a cancellation closes it early and is no error."""
        self._closed_early = not record(self._span, error) or self._closed_early

    def end(self) -> None:
        """Say what came out, and end the span."""
        attributes: dict[str, Any] = {semconv.CHUNK_COUNT: self._chunks}
        if self._chunks:
            attributes[semconv.TIME_TO_FIRST_CHUNK_MS] = (self._first_chunk_ns - self._started_ns) / _NS_PER_MS
        if self._closed_early:
            attributes[semconv.CLOSED_EARLY] = True
        with host_safe("traced"):
            self._span.set_attributes(attributes)
        end(self._span)


def trace_generator_function(
    function: Callable[..., Generator[Any, Any, Any]], plan: SpanPlan
) -> Callable[..., Generator[Any, Any, Any]]:
    """Wrap a generator function."""

    def traced_generator_function(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        body = function(*args, **kwargs)  # runs nothing yet, and fails where the arguments do not fit
        stream = Stream(plan.start(args, kwargs))
        del args, kwargs  # the body's own, to let go of when it likes
        resume: Callable[[Any], Any] = body.send
        sent: Any = None
        try:
            while True:
                token = stream.enter()
                try:
                    chunk = [resume(sent)]
                except StopIteration as finished:
                    return finished.value
                finally:
                    sent = None  # an exception whose traceback leads here must not be held here
                    stream.leave(token)
                stream.count()
                # Outside of the handlers, that the body sees no exception as being handled but its own.
                try:
                    sent, resume = (yield chunk.pop()), body.send
                except BaseException as thrown:  # noqa: BLE001 - all of them are the body's to answer
                    sent, resume = stream.throw(thrown), body.throw
        except BaseException as error:
            stream.fail(error)
            raise
        finally:
            stream.end()

    return traced_generator_function


def trace_async_generator_function(
    function: Callable[..., AsyncGenerator[Any, Any]], plan: SpanPlan
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """Wrap an async generator function."""

    async def traced_async_generator_function(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        body = function(*args, **kwargs)
        stream = Stream(plan.start(args, kwargs))
        del args, kwargs
        step = _first_step(body)
        try:
            while True:
                token = stream.enter()
                try:
                    chunk = [await step]
                except StopAsyncIteration:
                    return
                finally:
                    del step  # likewise
                    stream.leave(token)
                stream.count()
                try:
                    step = body.asend((yield chunk.pop()))
                except BaseException as thrown:  # noqa: BLE001 - likewise
                    step = body.athrow(stream.throw(thrown))
        except BaseException as error:
            stream.fail(error)
            raise
        finally:
            stream.end()

    return traced_async_generator_function


def _first_step(body: AsyncGenerator[Any, Any]) -> Awaitable[Any]:
    """Begin the body's first step without the event loop's hooks.

    The loop knows the wrapper, which closes its body. Were it to close both when it shuts down, it would meet one that
    is being closed already, and report an error.
    """
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(firstiter=None, finalizer=None)
    try:
        return body.asend(None)
    finally:
        sys.set_asyncgen_hooks(*hooks)
