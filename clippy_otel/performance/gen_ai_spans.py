"""Spans of AI operations that others have made: what they say, and which of them are counted already.

An instrumentation of an AI library makes one span a request, by the GenAI conventions; many still write the names of
before version 1.37. A request is not counted twice: not where the span is one of our own, nor where its parent is one
of the same operation, for that is the same request seen from further in. Cost: 0.3 us a span that is none of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from opentelemetry.trace import SpanKind, StatusCode

from clippy_otel import semconv
from clippy_otel._sdk import attributes as sdk_attributes
from clippy_otel.performance import given
from clippy_otel.subscriptions import AIOperationSeen

MAX_COUNTED: Final = 64  # and as many of those before them
_NS_PER_MS: Final = 1_000_000
_MS_PER_S: Final = 1_000
_MARKS: Final = (
    semconv.GEN_AI_OPERATION_NAME,
    semconv.GEN_AI_PROVIDER_NAME,
    semconv.GEN_AI_SYSTEM,
    semconv.GEN_AI_REQUEST_MODEL,
)
# A model that runs in the process itself may have a span of kind INTERNAL; so have agents and tools, which are no
# requests to a model.
_INFERENCE: Final = frozenset({"chat", "generate_content", "text_completion", "embeddings"})
_DEFAULT_OPERATION: Final = "chat"


def ai_operation_of(span: Any) -> AIOperationSeen | None:
    """Return the AI operation that an ended span of the SDK stands for; None where it stands for none."""
    attributes = sdk_attributes.attributes_of(span.attributes)
    if not any(mark in attributes for mark in _MARKS) or not span.start_time or not span.end_time:
        return None
    operation = given.text(attributes.get(semconv.GEN_AI_OPERATION_NAME)) or _DEFAULT_OPERATION
    if span.kind is not SpanKind.CLIENT and not (span.kind is SpanKind.INTERNAL and operation in _INFERENCE):
        return None
    return AIOperationSeen(
        provider=given.text(_first(attributes, semconv.GEN_AI_PROVIDER_NAME, semconv.GEN_AI_SYSTEM)),
        model=given.text(_first(attributes, semconv.GEN_AI_REQUEST_MODEL, semconv.GEN_AI_RESPONSE_MODEL)),
        operation=operation,
        total_ms=max(span.end_time - span.start_time, 0) / _NS_PER_MS,
        failed=span.status.status_code is StatusCode.ERROR or semconv.ERROR_TYPE in attributes,
        first_chunk_ms=_first_chunk_ms(attributes),
        input_tokens=given.whole(_first(attributes, semconv.GEN_AI_INPUT_TOKENS, semconv.GEN_AI_PROMPT_TOKENS)),
        output_tokens=given.whole(_first(attributes, semconv.GEN_AI_OUTPUT_TOKENS, semconv.GEN_AI_COMPLETION_TOKENS)),
        total_tokens=None,
        phases={},
        time_ns=span.end_time,
    )


class CountedSpans:
    """The spans whose AI operations are counted, or will be when they end: the last hundred of them."""

    def __init__(self) -> None:
        self._operations: dict[int, str] = {}
        self._before: dict[int, str] = {}

    def add(self, span_id: int, operation: str) -> None:
        """Note the span of an operation of this name."""
        if len(self._operations) >= MAX_COUNTED:
            self._before, self._operations = self._operations, {}
        self._operations[span_id] = operation

    def holds(self, span: Any) -> bool:
        """Return whether an ended span is one of them."""
        span_id = span.context.span_id
        return span_id in self._operations or span_id in self._before

    def holds_parent(self, span: Any, operation: str) -> bool:
        """Return whether an ended span's parent is one of them, of an operation of the same name."""
        if span.parent is None:
            return False
        span_id = span.parent.span_id
        return (self._operations.get(span_id) or self._before.get(span_id)) == operation


def _first(attributes: Mapping[str, Any], *names: str) -> Any:
    return next((attributes[name] for name in names if name in attributes), None)


def _first_chunk_ms(attributes: Mapping[str, Any]) -> float | None:
    seconds = given.number(attributes.get(semconv.GEN_AI_TIME_TO_FIRST_CHUNK))
    return None if seconds is None else seconds * _MS_PER_S
