"""Where AI operations end, whoever has measured them: span, metrics, statistics, and those who want to know.

Specification, component 2; names, units and buckets are those of OpenTelemetry's GenAI conventions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry.trace import INVALID_SPAN, NoOpTracer, Span, SpanKind, Status, StatusCode

from clippy_otel import _guard, capture, semconv
from clippy_otel.performance import given
from clippy_otel.performance.ai_summary import AIOperations
from clippy_otel.performance.gen_ai_spans import CountedSpans, ai_operation_of
from clippy_otel.ports import Purpose
from clippy_otel.subscriptions import AIOperationSeen
from clippy_otel.watching import spans as watched

if TYPE_CHECKING:
    from clippy_otel.ports import HasRecorder, Recorder

PLACE: Final = "ai_operation"  # to the guard
OTHER_ERROR: Final = "_OTHER"  # the conventions' word for an error without a class
_TOPIC: Final = "ai_operation"
_NS_PER_MS: Final = 1_000_000
_MS_PER_S: Final = 1_000
_NO_PHASES: Final[Mapping[str, float]] = MappingProxyType({})


class Target(NamedTuple):
    """What is asked of whom. All of it is known before the operation begins."""

    operation: str
    provider: str | None
    model: str | None
    conversation_id: str | None

    def span_name(self) -> str:
        """Return the span's name by the conventions."""
        return f"{self.operation} {self.model}" if self.model else self.operation

    def attributes(self) -> dict[str, Any]:
        """Return what both span and metrics have."""
        operation, provider, model, _ = self
        attributes: dict[str, Any] = {semconv.GEN_AI_OPERATION_NAME: operation}
        if provider is not None:
            attributes[semconv.GEN_AI_PROVIDER_NAME] = provider
        if model is not None:
            attributes[semconv.GEN_AI_REQUEST_MODEL] = model
        return attributes

    def span_attributes(self) -> dict[str, Any]:
        """Return what the span has, and what is said of the operation later."""
        attributes = self.attributes()
        if self.conversation_id is not None:
            attributes[semconv.GEN_AI_CONVERSATION_ID] = self.conversation_id
        return attributes


class Ended(NamedTuple):
    """What is known of an operation at its end. Durations are finite and 0 or more; None is what is not known."""

    total_ms: float
    error_type: str | None = None
    first_chunk_ms: float | None = None
    phases: Mapping[str, float] = _NO_PHASES  # milliseconds by name
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    context_size_bytes: int | None = None
    response_model: str | None = None

    def add_to(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Add to a span's attributes what is known; return them."""
        _, error_type, first_chunk_ms, phases, input_tokens, output_tokens, total_tokens, size_bytes, model = self
        if error_type is not None:
            attributes[semconv.ERROR_TYPE] = error_type
        if first_chunk_ms is not None:
            attributes[semconv.GEN_AI_TIME_TO_FIRST_CHUNK] = first_chunk_ms / _MS_PER_S
        for name, duration_ms in phases.items():
            attributes[semconv.AI_PHASE_MS % name] = duration_ms
        if input_tokens is not None:
            attributes[semconv.GEN_AI_INPUT_TOKENS] = input_tokens
        if output_tokens is not None:
            attributes[semconv.GEN_AI_OUTPUT_TOKENS] = output_tokens
        if total_tokens is not None:
            attributes[semconv.METRIC_AI_TOKENS] = total_tokens
        if size_bytes is not None:
            attributes[semconv.METRIC_AI_CONTEXT_SIZE] = size_bytes
        if model is not None:
            attributes[semconv.GEN_AI_RESPONSE_MODEL] = model
        return attributes


class AIRecords:
    """Record AI operations over a collector.

    Args:
        collector: Its recorder in force is used at each call.
        statistics: Where they are counted.

    Attributes:
        statistics: The same; may be replaced.
        is_open: False: nothing is recorded.
    """

    def __init__(self, collector: HasRecorder, statistics: AIOperations) -> None:
        self._collector = collector
        self.statistics = statistics
        self.is_open = True
        self._counted = CountedSpans()

    @property
    def recorder(self) -> Recorder:
        """The recorder in force."""
        return self._collector.recorder

    def start_span(self, target: Target, attributes: Mapping[str, Any], start_ns: int) -> Span | None:
        """Start an operation's span, not current yet; None where nothing is recorded."""
        try:
            tracer = self._collector.recorder.tracer
            if not self.is_open or type(tracer) is NoOpTracer:
                return None  # its span would hide the one that another SDK has made current
            span = tracer.start_span(
                target.span_name(), kind=SpanKind.CLIENT, attributes=attributes, start_time=start_ns
            )
            self._counted.add(span.get_span_context().span_id, target.operation)
        except RecursionError:  # at the end of the stack the guard cannot be called either
            return None
        except Exception as error:  # noqa: BLE001 - a processor or sampler of somebody else's
            _guard.swallowed(PLACE, error)
            return None
        return span

    def record(self, target: Target, ended: Ended, error: object) -> None:
        """Record an operation that ended now and that nobody has recorded yet.

        Args:
            target: What it was.
            ended: What is known of it.
            error: What it failed with; None: it succeeded.
        """
        recorder = self._collector.recorder
        end_ns = recorder.clock.time_ns()
        start_ns = end_ns - int(ended.total_ms * _NS_PER_MS)
        span = self.start_span(target, ended.add_to(target.span_attributes()), start_ns)
        if error is not None:
            noted = INVALID_SPAN if span is None else span
            ended = ended._replace(error_type=note_error(noted, error, recorder.redact))
            if ended.error_type is not None:
                noted.set_attribute(semconv.ERROR_TYPE, ended.error_type)
        if span is not None:
            end_span(span, end_ns)
        self.finish(target, ended)

    def finish(self, target: Target, ended: Ended) -> None:
        """Record the metrics of an operation, count it, and tell who wants to know. Never raises."""
        recorder = self._collector.recorder
        if not self.is_open:
            return
        try:
            _measure(recorder, target, ended)
            if recorder.collects(Purpose.PERFORMANCE):
                self.statistics.add(
                    ended,
                    model=target.model or ended.response_model,
                    failed=ended.error_type is not None,
                    now_ns=recorder.clock.monotonic_ns(),
                )
                if recorder.subscriptions.has_subscribers(_TOPIC):
                    recorder.subscriptions.publish(_TOPIC, _seen(target, ended, recorder.clock.time_ns()))
        except Exception as error:  # noqa: BLE001 - the host's safety; counted by the guard
            _guard.swallowed(PLACE, error)

    def observe(self, span: Any) -> None:
        """Count the AI operation that an ended span of the SDK stands for, unless it is counted already."""
        if self._counted.holds(span) or not self.is_open:
            return
        recorder = self._collector.recorder
        if not recorder.config.enabled:
            return
        seen = ai_operation_of(span)
        if seen is not None and not self._counted.holds_parent(span, seen.operation):
            self._counted.add(span.context.span_id, seen.operation)
            self.statistics.add(seen, model=seen.model, failed=seen.failed, now_ns=recorder.clock.monotonic_ns())
            recorder.subscriptions.publish(_TOPIC, seen)


def note_error(span: Span, error: object, redact: Callable[[str], str]) -> str | None:
    """Note on a span what its operation failed with; return its class, None where it was no error but a stop."""
    if isinstance(error, BaseException):
        return capture.type_name(error) if watched.record(span, error) else None
    word = (given.text(error, redact) if isinstance(error, str) else None) or OTHER_ERROR
    with _guard.host_safe(PLACE):
        span.set_status(Status(StatusCode.ERROR, word))
    return word


def end_span(span: Span, end_ns: int) -> None:
    """End a span at a time. Never raises."""
    try:
        span.end(end_time=end_ns)
    except RecursionError:
        return
    except Exception as error:  # noqa: BLE001 - a processor of somebody else's
        _guard.swallowed(PLACE, error)


def _measure(recorder: Recorder, target: Target, ended: Ended) -> None:
    record, attributes = recorder.record, target.attributes()
    total_ms, error_type, first_chunk_ms, phases, input_tokens, output_tokens, total_tokens, size_bytes, model = ended
    if model is not None:
        attributes[semconv.GEN_AI_RESPONSE_MODEL] = model
    failed = attributes if error_type is None else {**attributes, semconv.ERROR_TYPE: error_type}
    record(semconv.METRIC_GEN_AI_OPERATION_DURATION, total_ms / _MS_PER_S, unit="s", attributes=failed)
    if first_chunk_ms is not None:
        seconds = first_chunk_ms / _MS_PER_S
        record(semconv.METRIC_GEN_AI_TIME_TO_FIRST_CHUNK, seconds, unit="s", attributes=attributes)
    if input_tokens is not None:
        typed = {**attributes, semconv.GEN_AI_TOKEN_TYPE: "input"}
        record(semconv.METRIC_GEN_AI_TOKEN_USAGE, input_tokens, unit="{token}", attributes=typed)
    if output_tokens is not None:
        typed = {**attributes, semconv.GEN_AI_TOKEN_TYPE: "output"}
        record(semconv.METRIC_GEN_AI_TOKEN_USAGE, output_tokens, unit="{token}", attributes=typed)
    if total_tokens is not None:
        recorder.count(semconv.METRIC_AI_TOKENS, total_tokens, unit="{token}", attributes=attributes)
    for phase, duration_ms in phases.items():
        named = {semconv.PHASE: phase}
        record(semconv.METRIC_AI_PHASE_DURATION, duration_ms / _MS_PER_S, unit="s", attributes=named)
    if size_bytes is not None:
        record(semconv.METRIC_AI_CONTEXT_SIZE, size_bytes, unit="By", attributes=None)


def _seen(target: Target, ended: Ended, time_ns: int) -> AIOperationSeen:
    return AIOperationSeen(  # by position, at half the time
        target.provider,
        target.model or ended.response_model,
        target.operation,
        ended.total_ms,
        ended.error_type is not None,
        ended.first_chunk_ms,
        ended.input_tokens,
        ended.output_tokens,
        ended.total_tokens,
        dict(ended.phases) if ended.phases else {},
        time_ns,
    )
