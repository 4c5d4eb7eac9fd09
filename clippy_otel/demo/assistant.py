"""The simulated assistant: it plays the script, and records what happens as an application would."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry import trace

from clippy_otel import semconv
from clippy_otel.decorators import capture_errors, traced
from clippy_otel.demo import script
from clippy_otel.health import HealthResult, HealthStatus
from clippy_otel.processors import GenAISummaryProcessor

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.util.types import AttributeValue

    from clippy_otel.demo.script import Checked, InstrumentedCall, Operation, Stream, Visitor
    from clippy_otel.performance import AIOperation
    from clippy_otel.telemetry import Telemetry

_NS_PER_MS: Final = 1_000_000
_MS_PER_S: Final = 1_000
_log: Final = logging.getLogger("assistant")


class Chunk(NamedTuple):
    """A piece of an answer; the last one says what the answer has used."""

    text: str
    usage: Mapping[str, int] | None


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep off standard error what the assistant logs, and the error that it leaves unhandled in a thread.

    To be entered before configure(): the hooks of the telemetry call the ones that were there.
    """
    before, handler, level = threading.excepthook, logging.NullHandler(), _log.level
    threading.excepthook = lambda _: None
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    try:
        yield
    finally:
        threading.excepthook = before
        _log.removeHandler(handler)
        _log.setLevel(level)


def play(telemetry: Telemetry) -> None:
    """Play the whole script."""
    _add_processor(telemetry, GenAISummaryProcessor(telemetry.performance))
    for number, visitor in enumerate(script.VISITORS):
        conversation_id = f"conversation-{number + 1}"
        with telemetry.scope(user_id=visitor.user_id, conversation_id=conversation_id):
            _log_in(telemetry, visitor)
            _converse(telemetry, visitor, conversation_id)
            _suggest(telemetry, visitor)
            _ask_models(telemetry, visitor, number)
            _submit_form(visitor)
    _check_services(telemetry)
    _lose_a_thread(script.VISITORS[-1])


def _add_processor(telemetry: Telemetry, processor: SpanProcessor) -> None:
    """Add a processor to the tracer provider, which is one of the SDK's."""
    provider: Any = telemetry.tracer_provider
    provider.add_span_processor(processor)


def _log_in(telemetry: Telemetry, visitor: Visitor) -> None:
    login = {"username": visitor.username, "password": script.PASSWORD}
    telemetry.collector.track("user.login", {"email": visitor.email, **login})
    contact = {"email": visitor.email, "notes": [visitor.messages[0]]}
    telemetry.collector.track("profile.saved", {"profile": {"contact": contact, "login": login}})
    _log.info("%s has logged in", visitor.email)


def _converse(telemetry: Telemetry, visitor: Visitor, conversation_id: str) -> None:
    analytics = telemetry.analytics
    analytics.start_conversation(conversation_id)
    for number, text in enumerate(visitor.messages):
        role = "assistant" if number % 2 else "user"
        analytics.track_message(conversation_id, len(text), role)
        telemetry.errors.add_breadcrumb(f"{role}: {text}", category="conversation", data={"length": len(text)})
    for feature in visitor.features:
        analytics.track_feature(feature, attributes={"asked": visitor.messages[0]})
    if visitor.outage:
        _answer_despite_outage(telemetry, visitor)
    if visitor.ends:
        analytics.end_conversation(conversation_id, completed=visitor.ends == "completed")


def _answer_despite_outage(telemetry: Telemetry, visitor: Visitor) -> None:
    """Fail to answer, and try again."""
    try:
        raise TimeoutError(f"the model did not answer {visitor.email} in time")  # noqa: TRY301 - the outage
    except TimeoutError as error:
        context = {"operation": "answer", "replyTo": visitor.email}
        error_id = telemetry.errors.capture_error(error, context=context)
    recovery = {"strategy": "retry", "attempts": 2}
    telemetry.errors.track_recovery(error_id, visitor.outage == "recovered", recovery)


def _suggest(telemetry: Telemetry, visitor: Visitor) -> None:
    analytics = telemetry.analytics
    for suggestion in visitor.suggestions:
        analytics.track_proactive_suggestion(suggestion.name, {"intrusionLevel": suggestion.intrusion_level})
        if suggestion.answer == "accepted":
            analytics.track_proactive_acceptance(suggestion.name, suggestion.time_to_accept_ms)
        elif suggestion.answer == "dismissed":
            analytics.track_proactive_dismissal(suggestion.name, suggestion.reason)


def _ask_models(telemetry: Telemetry, visitor: Visitor, number: int) -> None:
    """Make a visitor's share of all requests: those with figures in the script, and one that is streamed."""
    visitors = len(script.VISITORS)
    for operation in script.OPERATIONS[number::visitors]:
        _track(telemetry, visitor, operation)
    for call in script.INSTRUMENTED_CALLS[number::visitors]:
        _make_span(telemetry, call)
    request = script.REQUESTS[number]
    telemetry.analytics.track_provider_request(request.provider, request.duration_ms, request.success, request.tokens)
    stream = script.STREAMS[number]
    if stream.is_async:
        asyncio.run(_stream_async(telemetry, visitor, stream))
    else:
        _stream(telemetry, visitor, stream)


def _track(telemetry: Telemetry, visitor: Visitor, operation: Operation) -> None:
    telemetry.performance.track_ai_operation(
        total_ms=operation.total_ms,
        context_gathering_ms=operation.context_gathering_ms,
        context_compression_ms=operation.context_compression_ms,
        api_call_ms=operation.api_call_ms,
        input_tokens=operation.input_tokens,
        output_tokens=operation.output_tokens,
        context_size_bytes=operation.context_size_bytes,
        provider=operation.provider,
        model=operation.model,
        error=TimeoutError(f"no answer for {visitor.email}") if operation.has_failed else None,
    )


def _make_span(telemetry: Telemetry, call: InstrumentedCall) -> None:
    """Do what the instrumentation of a client library does, which knows nothing of this package."""
    end_ns = time.time_ns()
    attributes: dict[str, AttributeValue] = {
        semconv.GEN_AI_OPERATION_NAME: "chat",
        semconv.GEN_AI_PROVIDER_NAME: call.provider,
        semconv.GEN_AI_REQUEST_MODEL: call.model,
        semconv.GEN_AI_TIME_TO_FIRST_CHUNK: call.first_chunk_ms / _MS_PER_S,
        semconv.GEN_AI_INPUT_TOKENS: call.input_tokens,
        semconv.GEN_AI_OUTPUT_TOKENS: call.output_tokens,
    }
    span = telemetry.tracer_provider.get_tracer("client-library").start_span(
        f"chat {call.model}",
        kind=trace.SpanKind.CLIENT,
        attributes=attributes,
        start_time=end_ns - call.total_ms * _NS_PER_MS,
    )
    span.end(end_time=end_ns)


def _stream(telemetry: Telemetry, visitor: Visitor, stream: Stream) -> None:
    """Read a streamed answer, which ends its operation; or leave it early."""
    operation = telemetry.performance.ai_operation(provider=stream.provider, model=stream.model)
    _gather(operation, visitor)
    answer = operation.stream(_chunks(stream), usage=_usage)
    for count, _ in enumerate(answer, 1):
        if count == stream.read < stream.chunks:
            break
    answer.close()


async def _stream_async(telemetry: Telemetry, visitor: Visitor, stream: Stream) -> None:
    async with telemetry.performance.ai_operation(provider=stream.provider, model=stream.model) as operation:
        _gather(operation, visitor)
        with operation.phase("api_call"):
            async for _ in operation.stream(_chunks_async(stream), usage=_usage):
                await asyncio.sleep(0)
    operation.feedback(1, label="thumbs_up")


def _gather(operation: AIOperation, visitor: Visitor) -> None:
    with operation.phase("context_gathering"):
        _search(visitor.messages[0], visitor.email)


@traced("assistant.search", capture=("email",))
def _search(query: str, email: str) -> None:  # noqa: ARG001 - recorded on the span
    trace.get_current_span().set_attribute("query", query)


def _chunks(stream: Stream) -> Iterator[Chunk]:
    usage = {"input_tokens": stream.input_tokens, "output_tokens": stream.output_tokens}
    for number in range(1, stream.chunks + 1):
        yield Chunk("word ", usage if number == stream.chunks else None)


async def _chunks_async(stream: Stream) -> AsyncIterator[Chunk]:
    for chunk in _chunks(stream):
        yield chunk


def _usage(chunk: Chunk) -> Mapping[str, int] | None:
    return chunk.usage


@capture_errors(reraise=False)
def _submit_form(visitor: Visitor) -> None:
    if "form-filling" in visitor.features:
        raise ValueError(f"the form of {visitor.email} has no field for: {visitor.messages[0]}")


def _check_services(telemetry: Telemetry) -> None:
    for name, findings in script.HEALTH.items():
        telemetry.health.register_service(name, _check(iter(findings)))
        for _ in findings:
            telemetry.health.check_now(name)


def _check(findings: Iterator[Checked]) -> Callable[[], HealthResult]:
    """Return a check that finds one thing after the other."""

    def check() -> HealthResult:
        found = next(findings)
        return HealthResult(HealthStatus(found.status), found.message, found.response_time_ms)

    return check


def _lose_a_thread(visitor: Visitor) -> None:
    """Let a thread end with an error that nobody handles."""

    def index() -> None:
        raise RuntimeError(f"the index of {visitor.email} is damaged")

    thread = threading.Thread(target=index, name="indexer")
    thread.start()
    thread.join()
