"""The stream of an AI operation's answer: its chunks go through, sync and async, and are counted and not kept.

What the consumer does to the stream is done to what was given, as `watching.generators` says. An iterable that is no
generator is closed early where its iterator can be. Cost: 0.7 us a chunk.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable, Mapping
from contextvars import Token
from typing import Any, Final, Protocol

from opentelemetry.context import Context

from clippy_otel import semconv
from clippy_otel.watching.generators import (
    Watch,
    thrown_in,
    watch_async_generator_function,
    watch_generator_function,
)
from clippy_otel.watching.spans import BodyContext

_USAGE_NAMES: Final = {
    "input_tokens": ("input_tokens", "prompt_tokens"),
    "output_tokens": ("output_tokens", "completion_tokens"),
    "total_tokens": ("total_tokens",),
}


class Streamed(Protocol):
    """What an operation is to its streams."""

    def now_ns(self) -> int:
        """Return the time."""

    def in_context(self) -> Context:
        """Return the current context with the operation in it."""

    def note(self, error: object) -> bool:
        """Note what a stream ended with; return whether that is an error."""

    def read_usage_of(self, answer: object, usage: Callable[[Any], object]) -> None:
        """Note the usage that a chunk tells of."""

    def end_stream(self) -> None:
        """End the operation, where nothing else does."""


class Tally:
    """What the streams of one operation come to.

    Attributes:
        first_chunk_ns: When the first chunk came; None for none.
        being_read: How many have begun and not ended.
    """

    __slots__ = ("_chunks", "_closed_early", "being_read", "first_chunk_ns")

    def __init__(self) -> None:
        self.first_chunk_ns: int | None = None
        self.being_read = 0
        self._chunks: int | None = None
        self._closed_early = False

    def begin(self) -> None:
        """Count a stream that begins."""
        self.being_read += 1
        self._chunks = self._chunks or 0

    def count(self, now_ns: Callable[[], int]) -> None:
        """Count a chunk."""
        if self.first_chunk_ns is None:
            self.first_chunk_ns = now_ns()
        self._chunks = (self._chunks or 0) + 1

    def end(self, *, closed_early: bool) -> None:
        """Count a stream that has ended."""
        self.being_read -= 1
        self._closed_early = self._closed_early or closed_early

    def attributes(self) -> dict[str, Any]:
        """Return what the span has of it."""
        if self._chunks is None:
            return {}
        attributes: dict[str, Any] = {semconv.CHUNK_COUNT: self._chunks}
        if self._closed_early:
            attributes[semconv.CLOSED_EARLY] = True
        return attributes


class StreamWatch:
    """What sees the steps of one stream; see watching.generators.Watch.

    Args:
        operation: The stream's.
        tally: The operation's.
        usage: Reads the usage of a chunk; None: nothing does.
    """

    __slots__ = ("_closed_early", "_context", "_operation", "_tally", "_usage")

    def __init__(self, operation: Streamed, tally: Tally, usage: Callable[[Any], object] | None) -> None:
        self._operation = operation
        self._tally = tally
        self._usage = usage
        self._context: BodyContext | None = None  # from the first step on
        self._closed_early = False

    def enter(self) -> Token[Context] | None:
        """Make the operation current, for one step of the body."""
        if self._context is None:
            self._tally.begin()
            self._context = BodyContext(self._operation.in_context())
        return self._context.enter()

    def leave(self, token: Token[Context] | None) -> None:
        """Give the consumer's context back."""
        if self._context is not None:
            self._context.leave(token)

    def count(self, chunk: Any) -> None:
        """Note a chunk, and what it says of the usage."""
        self._tally.count(self._operation.now_ns)
        if self._usage is not None:
            self._operation.read_usage_of(chunk, self._usage)

    def throw(self, error: BaseException) -> BaseException:
        """Note that the consumer leaves early, where that is what it throws in."""
        self._closed_early = isinstance(error, GeneratorExit)
        return thrown_in(error)

    def fail(self, error: BaseException) -> None:
        """Note with what the body ended: an error, or a way to stop, which closes it early."""
        self._closed_early = not self._operation.note(error) or self._closed_early

    def end(self) -> None:
        """Note that the stream has ended."""
        self._tally.end(closed_early=self._closed_early)
        self._operation.end_stream()


def watched_stream(chunks: Any, watch: Watch) -> Any:
    """Return a generator over chunks, async where they are.

    Args:
        chunks: An iterable or an async iterable; anything else comes back as it is, for its consumer to fail on.
        watch: Sees its steps.
    """
    if isinstance(chunks, AsyncIterable):
        body = chunks if isinstance(chunks, AsyncGenerator) else _over_async(chunks)
        return watch_async_generator_function(lambda: body, lambda _args, _kwargs: watch)()
    if isinstance(chunks, Iterable):
        steps = chunks if isinstance(chunks, Generator) else _over(chunks)
        return watch_generator_function(lambda: steps, lambda _args, _kwargs: watch)()
    return chunks


def is_stream(value: object) -> bool:
    """Return whether a value is one that is read once, chunk after chunk: an iterator, sync or async."""
    kind = type(value)
    return hasattr(kind, "__next__") or hasattr(kind, "__anext__")


def usage_of(value: Any) -> dict[str, Any]:
    """Return the token counts in what a library calls usage: a mapping, or an object with attributes.

    Known are input_tokens or prompt_tokens, output_tokens or completion_tokens, and total_tokens.
    """
    counts: dict[str, Any] = {}
    for known, names in _USAGE_NAMES.items():
        for name in names:
            count = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
            if count is not None:
                counts[known] = count
                break
    return counts


def _over(chunks: Iterable[Any]) -> Generator[Any, Any, Any]:
    return (yield from chunks)


async def _over_async(chunks: AsyncIterable[Any]) -> AsyncGenerator[Any, None]:
    iterator = aiter(chunks)
    try:
        async for chunk in iterator:
            yield chunk
    except GeneratorExit:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()
        raise
