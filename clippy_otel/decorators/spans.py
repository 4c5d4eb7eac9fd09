"""The spans of one decorated function: what they have in common, and how one starts.

Guarantee: nothing here raises an Exception into the decorated function's caller. A span that cannot be started is left
out, and the function runs without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from opentelemetry.trace import NoOpTracer, Span, SpanKind, Tracer

from clippy_otel._guard import swallowed
from clippy_otel._sdk import started_spans as sdk_started_spans
from clippy_otel.decorators.arguments import Arguments
from clippy_otel.semconv import CODE_FUNCTION_NAME
from clippy_otel.telemetry import get_telemetry
from clippy_otel.watching.spans import SpanWatch

_PLACE: Final = "traced"


class SpanPlan:
    """What all spans of one decorated function have in common, made ready when it is decorated.

    Args:
        names: The spans' name, and the function's own.
        kind: Their kind.
        attributes: What each of them has beside the function's name, plain and copied.
        arguments: Those to record as well.
    """

    __slots__ = ("_arguments", "_attributes", "_function", "_kind", "_name")

    def __init__(
        self, names: tuple[str, str], kind: SpanKind, attributes: Mapping[str, Any], arguments: Arguments
    ) -> None:
        self._name, self._function = names
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
            span = tracer.start_span(self._name, kind=self._kind, attributes=attributes or None)
            # Known to be a clean text: passed as an attribute it would cost as much as half of the rest of a span.
            if not sdk_started_spans.stamp(span, CODE_FUNCTION_NAME, self._function):
                span.set_attribute(CODE_FUNCTION_NAME, self._function)
        except RecursionError:  # at the end of the stack the guard cannot be called either
            return None
        except Exception as error:  # noqa: BLE001 - a processor or sampler of somebody else's: the function runs all the same
            swallowed(_PLACE, error)
            return None
        return span

    def watch(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> SpanWatch:
        """Start the span of one call of a generator function."""
        return SpanWatch(self.start(args, kwargs))


def _tracer() -> Tracer:
    """Return the tracer in force: decorated functions outlive a configure()."""
    return get_telemetry().tracer
