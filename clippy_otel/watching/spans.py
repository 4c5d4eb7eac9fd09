"""The span of a piece of work: what an exception leaves on it, how it ends, and how a generator holds it.

Guarantee: nothing here raises an Exception into the application.

What an exception leaves on a span that it passes through:

- An Exception: status ERROR with "Type: message", and one `exception` event on the innermost span of its trace.
- KeyboardInterrupt, and SystemExit with anything but 0 or None: status ERROR and no event, for nothing is broken.
- Any other BaseException is a way to stop (asyncio.CancelledError, GeneratorExit, those of other event loops) and
  leaves nothing.
"""

from __future__ import annotations

from contextvars import Token
from time import perf_counter_ns
from typing import Any, Final

from opentelemetry.context import Context, attach, get_current
from opentelemetry.trace import INVALID_SPAN, Span, Status, StatusCode, format_trace_id, set_span_in_context

from clippy_otel import capture, semconv
from clippy_otel._guard import host_safe, swallowed
from clippy_otel.otlp import plain
from clippy_otel.watching.generators import thrown_in

_PLACE: Final = "traced"
_OWNER: Final = "traced"  # of the marks on exceptions: the trace in which one was recorded
_NS_PER_MS: Final = 1_000_000


class SpanWatch:
    """The span of one generator, over all its steps.

    It is current while the body runs and never while the consumer does. It ends when the body does.

    Args:
        span: Started, not current; None: nothing is recorded.
    """

    __slots__ = ("_chunks", "_closed_early", "_context", "_first_chunk_ns", "_span", "_started_ns")

    def __init__(self, span: Span | None) -> None:
        self._span = span or INVALID_SPAN
        self._context = BodyContext(None if span is None else set_span_in_context(span))
        self._started_ns = self._first_chunk_ns = perf_counter_ns()
        self._chunks = 0
        self._closed_early = False

    def enter(self) -> Token[Context] | None:
        """Make the body's context the current one, for one step."""
        return self._context.enter()

    def leave(self, token: Token[Context] | None) -> None:
        """Give the consumer's context back."""
        self._context.leave(token)

    def count(self, _chunk: object) -> None:
        """Note that a chunk goes out."""
        if not self._chunks:
            self._first_chunk_ns = perf_counter_ns()
        self._chunks += 1

    def throw(self, error: BaseException) -> BaseException:
        """Note what the consumer throws in, and return it as it came."""
        self._closed_early = isinstance(error, GeneratorExit)
        return thrown_in(error)

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
        with host_safe(_PLACE):
            self._span.set_attributes(attributes)
        end(self._span)


class BodyContext:
    """OpenTelemetry's context inside of a generator's body, kept from step to step.

    What the body has attached by itself holds until its next step, as if it were a task of its own.

    Args:
        context: That of the first step; None: the body has its consumer's.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context | None) -> None:
        self._context = context

    def enter(self) -> Token[Context] | None:
        """Make it the current one, for one step."""
        return None if self._context is None else attach(self._context)

    def leave(self, token: Token[Context] | None) -> None:
        """Give the consumer's context back."""
        if token is not None:
            self._context = get_current()
            detach(token)


def detach(token: Token[Context]) -> bool:
    """Make current again what was current before; return whether that is possible here.

    A coroutine that is dropped unfinished is closed by the garbage collector, in a context that the token is not of:
    there is nothing to go back to, and OpenTelemetry's own detach() would log an error.
    """
    try:
        token.var.reset(token)
    except ValueError:
        return False
    return True


def record(span: Span, error: BaseException) -> bool:
    """Note on a span that an exception passes through it; return whether it is an error (see the module)."""
    try:
        if isinstance(error, Exception):
            _record_event(span, error)
        elif not _is_failing_exit(error):
            return False
        span.set_status(Status(StatusCode.ERROR, plain.text(error)))
    except RecursionError:  # at the end of the stack the guard cannot be called either; the application's own goes on
        return True
    except Exception as own:  # noqa: BLE001 - somebody else's span
        swallowed(_PLACE, own)
    return True


def end(span: Span) -> None:
    """End a span."""
    try:
        span.end()
    except RecursionError:
        return
    except Exception as error:  # noqa: BLE001 - a processor of somebody else's
        swallowed(_PLACE, error)


def _record_event(span: Span, error: Exception) -> None:
    """Add the event, unless a span further in has it; an exception raised again in another trace is new there."""
    if not span.is_recording():
        return
    trace_id = format_trace_id(span.get_span_context().trace_id)
    if capture.seen_as(error, _OWNER) == trace_id:
        return
    captured = capture.describe(error)
    span.add_event(
        semconv.EVENT_EXCEPTION,
        {
            semconv.EXCEPTION_TYPE: captured.type,
            semconv.EXCEPTION_MESSAGE: captured.message,
            semconv.EXCEPTION_STACKTRACE: captured.stacktrace,
        },
    )
    capture.mark_seen(error, _OWNER, trace_id)


def _is_failing_exit(error: BaseException) -> bool:
    if isinstance(error, SystemExit):
        return error.code is not None and error.code != 0
    return isinstance(error, KeyboardInterrupt)
