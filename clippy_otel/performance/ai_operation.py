"""One AI operation while it lasts: its phases, its stream, its usage, and the feedback on it.

Nothing here raises, waits, or keeps anything of what is streamed. What was asked and answered is recorded where the
application says it, and only with `capture_content`. Cost: 5 us beside its span and metrics.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable
from contextvars import Token
from types import TracebackType
from typing import Any, Final, TypeVar, overload

from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, set_span_in_context

from clippy_otel import _guard, semconv
from clippy_otel.performance import given
from clippy_otel.performance.ai_content import content_attributes
from clippy_otel.performance.ai_phases import OTHER, Phase, Phases
from clippy_otel.performance.ai_records import PLACE, AIRecords, Ended, Target, end_span, note_error
from clippy_otel.performance.ai_streams import StreamWatch, Tally, usage_of, watched_stream
from clippy_otel.ports import Purpose
from clippy_otel.watching.spans import detach

_NS_PER_MS: Final = 1_000_000
_KEY: Final = context.create_key("clippy_otel-ai-operation")

_T = TypeVar("_T")


def current_operation() -> AIOperation | None:
    """Return the operation that is current here, by its block or in the body of its stream; None for none."""
    found = context.get_value(_KEY)
    return found if isinstance(found, AIOperation) else None


class AIOperation:
    """One request to a model, from the call that made this object on. A context manager, sync and async.

    It ends when its `with` block does; without one, when its stream does, or by end(). Its span is current in the
    block and in the body of its stream, and not in the code of the stream's consumer. One that never ends is recorded
    nowhere. What is said of it after its end is left out, feedback excepted.

    Attributes:
        id: 32 hex digits, on its span and on the feedback.
    """

    def __init__(self, records: AIRecords, target: Target) -> None:
        recorder = records.recorder
        self.id = recorder.ids.event_id()
        self._records = records
        self._target = target
        self._started_ns = recorder.clock.monotonic_ns()
        self._start_ns = recorder.clock.time_ns()
        attributes = {**target.span_attributes(), semconv.AI_OPERATION_ID: self.id}
        self._span = records.start_span(target, attributes, self._start_ns)
        self._may_end = [True]  # taken by whoever ends it, in one step: it ends once
        self._tokens: list[Token[Context]] = []  # one for each block that it is in
        self._tally = Tally()
        self._phases = Phases(self.now_ns)
        self._usage: dict[str, Any] = {}
        self._error_type: str | None = None

    def phase(self, name: str) -> Phase:
        """Measure a part of the operation: `with operation.phase("api_call"):`, or with `async with`.

        Args:
            name: Its name: "context_gathering", "context_compression", "api_call", or any other. Phases of one name
                add up.
        """
        return Phase(self._phases, given.text(name, self._records.recorder.redact) or OTHER)

    @overload
    def stream(
        self, chunks: AsyncIterable[_T], *, usage: Callable[[_T], object] | object = None
    ) -> AsyncGenerator[_T, None]: ...
    @overload
    def stream(
        self, chunks: Iterable[_T], *, usage: Callable[[_T], object] | object = None
    ) -> Generator[_T, Any, Any]: ...
    def stream(self, chunks: Any, *, usage: Any = None) -> Any:
        """Hand the chunks of an answer through: when the first came, how many, and how the stream ended is recorded.

        It is read in the consumer's own task, and no chunk is kept. Its end ends the operation, unless that is in a
        `with` block, which then does. A stream that is never read ends nothing.

        Args:
            chunks: An iterable or an async iterable. Leaving the stream early closes it, where it can be closed.
            usage: A function that is given each chunk and returns its usage, None for a chunk without (`lambda chunk:
                chunk.usage`); or the usage itself. A mapping or an object with input_tokens or prompt_tokens,
                output_tokens or completion_tokens, total_tokens; the last one counts. None: record_usage() says it.

        Returns:
            A generator over the chunks, an async one for async chunks.
        """
        if usage is not None and not callable(usage):
            self.read_usage(usage)
            usage = None
        return watched_stream(chunks, self.watch(usage))

    def record_usage(
        self,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        total_tokens: int | None = None,
        response_model: str | None = None,
        context_size_bytes: int | None = None,
    ) -> None:
        """Say what the operation used; what was said last counts, and None leaves it as it was.

        Args:
            input_tokens: Tokens of the prompt, 0 or more.
            output_tokens: Tokens of the answer.
            total_tokens: Of both, where the provider tells no more: a total of its own, `clippy.ai.tokens`.
            response_model: The model that has answered, where its name differs from the one asked for.
            context_size_bytes: Of the context that was sent.
        """
        said = {
            "input_tokens": given.whole(input_tokens),
            "output_tokens": given.whole(output_tokens),
            "total_tokens": given.whole(total_tokens),
            "context_size_bytes": given.whole(context_size_bytes),
            "response_model": given.text(response_model, self._records.recorder.redact),
        }
        self._usage.update({name: value for name, value in said.items() if value is not None})

    def record_content(
        self,
        *,
        input: object = None,  # noqa: A002 - the conventions' word
        output: object = None,
        system_instructions: object = None,
    ) -> None:
        """Record what was asked and answered, redacted; without the setting `capture_content` this does nothing.

        What is said again replaces what was said before, and None leaves that as it was.

        Args:
            input: The prompt: a text, or messages as the application has them (`{"role": ..., "content": ...}`).
            output: The answer, likewise.
            system_instructions: A text, or the parts of one.
        """
        if self._span is None or not self._span.is_recording() or not self._records.recorder.config.capture_content:
            return
        with _guard.host_safe(PLACE):
            self._span.set_attributes(
                content_attributes(input=input, output=output, system_instructions=system_instructions)
            )

    def fail(self, error: BaseException | str | None = None) -> None:
        """Say that the operation failed; outside of a block, and while no stream is being read, this ends it.

        Args:
            error: The exception, which is recorded on the span; a word for the error where there is none ("timeout");
                None: the exception being handled. One that stops a task (asyncio.CancelledError) is no error.
        """
        self.note(sys.exc_info()[1] if error is None else error)
        self.end_stream()

    def feedback(self, score: float, *, label: str | None = None) -> None:
        """Record what a user thought of the answer, at any time after it: the event `gen_ai.evaluation.result`.

        Args:
            score: A finite number; the scale is the application's own. Anything else is booked as unencodable.
            label: The same in a word, such as "thumbs_up"; None: none.
        """
        recorder, value = self._records.recorder, given.finite(score)
        if value is None:
            recorder.ledger.offer("logs", "unencodable")
            return
        data: dict[str, Any] = {
            semconv.GEN_AI_EVALUATION_NAME: semconv.EVALUATION_USER_FEEDBACK,
            semconv.GEN_AI_EVALUATION_SCORE: value,
            semconv.AI_OPERATION_ID: self.id,
            **self._target.span_attributes(),
        }
        if label is not None:
            data[semconv.GEN_AI_EVALUATION_LABEL] = given.text(label, recorder.redact)
        if self._records.is_open:
            token = context.attach(self.in_context())
            try:
                recorder.emit(semconv.EVENT_EVALUATION_RESULT, data, Purpose.PERFORMANCE)
            finally:
                detach(token)

    def end(self) -> None:
        """End the operation where nothing else does. Idempotent."""
        try:
            self._may_end.pop()
        except IndexError:
            return
        with _guard.host_safe(PLACE):
            now_ns = self.now_ns()
            self._phases.stop(now_ns)
            ended = Ended(
                self._ms_until(now_ns),
                self._error_type,
                None if self._tally.first_chunk_ns is None else self._ms_until(self._tally.first_chunk_ns),
                self._phases.own_ms,
                **self._usage,
            )
            if self._span is not None:
                self._span.set_attributes(ended.add_to(self._tally.attributes()))
                end_span(self._span, self._start_ns + max(now_ns - self._started_ns, 0))
            self._records.finish(self._target, ended)

    def __enter__(self) -> AIOperation:
        self.enter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if error is not None:
            self.note(error)
        if len(self._tokens) <= 1:
            self.end()  # while it is current, so that its metrics can point to its span
        self.leave()

    async def __aenter__(self) -> AIOperation:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, tb)

    def enter(self) -> None:
        """Begin a block without `with`: leave() does not end the operation."""
        self._tokens.append(context.attach(self.in_context()))

    def leave(self) -> None:
        """Leave the block that enter() has begun, and make current what was before."""
        # The last one of this task: others may be in blocks of their own.
        for at, token in reversed(list(enumerate(self._tokens))):
            if detach(token):
                del self._tokens[at]
                return
        del self._tokens[-1:]

    def watch(self, usage: Callable[[Any], object] | None = None) -> StreamWatch:
        """Return what sees the steps of a stream."""
        return StreamWatch(self, self._tally, usage)

    def note(self, error: object) -> bool:
        """Note what it failed with, which does not end it: the first error of several. Return whether it is one."""
        if not self._may_end:
            return True
        span = INVALID_SPAN if self._span is None else self._span
        error_type = note_error(span, error, self._records.recorder.redact)
        self._error_type = self._error_type or error_type
        return error_type is not None

    def read_usage(self, usage: object) -> None:
        """Note what a library calls usage; None says nothing."""
        if usage is not None:
            with _guard.host_safe("usage"):
                self.record_usage(**usage_of(usage))

    def read_usage_of(self, answer: object, usage: Callable[[Any], object]) -> None:
        """Note the usage that an answer, or a chunk of it, tells of when a function of the application's reads it."""
        with _guard.host_safe("usage"):
            self.read_usage(usage(answer))

    def end_stream(self) -> None:
        """End it outside of a block, once no stream is being read."""
        if not self._tokens and not self._tally.being_read:
            self.end()

    def in_context(self) -> Context:
        """Return the current context with this operation in it."""
        return context.set_value(_KEY, self, None if self._span is None else set_span_in_context(self._span))

    def now_ns(self) -> int:
        """Return the time on the clock that it is measured on."""
        return self._records.recorder.clock.monotonic_ns()

    def _ms_until(self, moment_ns: int) -> float:
        return max(moment_ns - self._started_ns, 0) / _NS_PER_MS
