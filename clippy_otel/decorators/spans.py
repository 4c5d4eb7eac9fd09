"""The span of one call: how it starts, what an exception leaves on it, how it ends.

Guarantee: nothing here raises an Exception into the decorated function's caller. A span that cannot be started is left
out, and the function runs without one.

What an exception leaves on a span that it passes through:

- An Exception: status ERROR with "Type: message", and one `exception` event on the innermost span of its trace.
- KeyboardInterrupt, and SystemExit with anything but 0 or None: status ERROR and no event, for nothing is broken.
- Any other BaseException is a way to stop (asyncio.CancelledError, GeneratorExit, those of other event loops) and
  leaves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Token
from types import MappingProxyType
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer, format_trace_id

from clippy_otel import capture, semconv
from clippy_otel._guard import swallowed
from clippy_otel.decorators.arguments import Arguments
from clippy_otel.otlp import plain
from clippy_otel.telemetry import get_telemetry

_PLACE: Final = "traced"
_OWNER: Final = "traced"  # of the marks on exceptions: the trace in which one was recorded


class SpanPlan:
    """What all spans of one decorated function have in common, made ready when it is decorated.

    Args:
        name: The spans' name.
        kind: Their kind.
        attributes: What each of them has, plain and copied.
        arguments: Those to record as well.
    """

    __slots__ = ("_arguments", "_attributes", "_kind", "_name")

    def __init__(self, name: str, kind: SpanKind, attributes: Mapping[str, Any], arguments: Arguments) -> None:
        self._name = name
        self._kind = kind
        self._attributes = MappingProxyType(attributes)  # a sampler is handed it
        self._arguments = arguments

    def start(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Span | None:
        """Start the span of one call, not current yet; None where nothing is recorded, or where starting it failed."""
        try:
            tracer = _tracer()
            if isinstance(tracer, NoOpTracer):
                return None  # its span would hide the one that another SDK has made current
            attributes: Mapping[str, Any] = self._attributes
            if self._arguments:
                attributes = {**attributes, **self._arguments.read(args, kwargs)}
            return tracer.start_span(self._name, kind=self._kind, attributes=attributes)
        except RecursionError:  # at the end of the stack the guard cannot be called either
            return None
        except Exception as error:  # noqa: BLE001 - a processor or sampler of somebody else's: the function runs all the same
            swallowed(_PLACE, error)
            return None


def detach(token: Token[Context]) -> None:
    """Make current again what was current before.

    A coroutine that is dropped unfinished is closed by the garbage collector, in a context that the token is not of:
    there is nothing to go back to, and OpenTelemetry's own detach() would log an error.
    """
    try:
        token.var.reset(token)
    except ValueError:
        return


def record(span: Span, error: BaseException) -> bool:
    """Note on a span that an exception passes through it; return whether it is an error (see the module)."""
    try:
        if isinstance(error, Exception):
            _record_event(span, error)
        elif not _is_failing_exit(error):
            return False
        span.set_status(Status(StatusCode.ERROR, plain.text(error)))
    except RecursionError:  # as above: the application's own one goes on
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


def _tracer() -> Tracer:
    """Return the tracer in force: decorated functions outlive a configure()."""
    return get_telemetry().tracer


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
