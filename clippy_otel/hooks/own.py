"""Tracer and logger providers of our own: the SDK's, with our hooks inside of the objects that fan out to processors.

Each can be bound to one pipeline after another: OpenTelemetry's global providers are set once in a process, while a
configuration may be replaced. What others add to them sees redacted records only, and is shut down with us.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk._logs import LoggerProvider, LogRecordLimits, LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, SynchronousMultiSpanProcessor

from clippy_otel._sdk import fan_outs as sdk_fan_outs
from clippy_otel.hooks.beginnings import TakesBeginnings, take
from clippy_otel.hooks.coverage import SignalCoverage, judged
from clippy_otel.hooks.cutting import ValueLimits
from clippy_otel.hooks.late import made
from clippy_otel.hooks.logs import LogHook
from clippy_otel.hooks.sampler import HeadSampler, chosen_sampler
from clippy_otel.hooks.sessions import stamp_scope
from clippy_otel.hooks.spans import SpanHook
from clippy_otel.hooks.tracer import OwnTracerProvider

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.resources import Resource

    from clippy_otel.hooks.intake import Endings, Intake
    from clippy_otel.scope import Scopes


class _PassingOn:
    """A hook that does nothing, in providers of ours that an attachment has joined."""

    def take(self, record: Any, *, is_shown: bool = True) -> Any:  # noqa: ARG002 - a hook's signature
        """Return the record."""
        return record

    def flush(self, timeout_ms: float) -> bool:  # noqa: ARG002 - a hook's signature
        """Have nothing to deliver."""
        return True

    def delivers(self) -> bool:
        """Return that nothing is."""
        return False


class OwnedSpanProcessor(SynchronousMultiSpanProcessor, TakesBeginnings):
    """Put the scope on spans when they start; show others what our hook lets through when they end."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the SDK's
        self.hook: SpanHook | _PassingOn | None = None
        self.scopes: Scopes | None = None
        self.begin: Callable[[Span], None] | None = None  # told of what begins, where how a trace ends may count

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Put session and scope on a span; what is registered beside sees it live."""
        if parent_context is not None:
            parent_context = take(span, parent_context)
        if self.scopes is not None:
            stamp_scope(span, self.scopes)
        if self.begin is not None:
            self.begin(span)
        if sdk_fan_outs.registered_span_processors(self):
            super().on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """Take an ended span in; what is registered beside sees it redacted."""
        others = sdk_fan_outs.registered_span_processors(self)  # before: who comes meanwhile sees the next one
        shown = None if self.hook is None else self.hook.take(span, is_shown=bool(others))
        if others and shown is not None:
            super().on_end(shown)

    def show(self, span: ReadableSpan) -> None:
        """Show others a span that has been taken in already."""
        if sdk_fan_outs.registered_span_processors(self):
            super().on_end(span)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Deliver what was taken in, then have others do the same, all within the timeout."""
        deadline = time.monotonic() + timeout_millis / 1000
        flushed = self.hook is None or self.hook.flush(timeout_millis)
        return super().force_flush(max(int((deadline - time.monotonic()) * 1000), 0)) and flushed


_LogFanOut: Any = sdk_fan_outs.log_fan_out()


class OwnedLogRecordProcessor(_LogFanOut):  # type: ignore[misc] # its class has a private name
    """Show others what our hook lets through."""

    def __init__(self) -> None:
        super().__init__()
        self.hook: LogHook | _PassingOn | None = None
        self.has_others = False

    def add_log_record_processor(self, log_record_processor: LogRecordProcessor) -> None:
        """Register somebody's processor."""
        super().add_log_record_processor(log_record_processor)
        self.has_others = True

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Take a record in; what is registered beside sees it redacted."""
        shown = None if self.hook is None else self.hook.take(log_record)
        if shown is not None:
            super().on_emit(shown)

    def enabled(self, **asked: Any) -> bool:
        """Return whether a record would be taken in, or whether somebody beside would take it."""
        return (self.hook is not None and self.hook.delivers()) or bool(super().enabled(**asked))

    def show(self, emitted: ReadWriteLogRecord) -> None:
        """Show others a record that has been taken in already."""
        super().on_emit(emitted)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Deliver what was taken in, then have others do the same, all within the timeout."""
        deadline = time.monotonic() + timeout_millis / 1000
        flushed = self.hook is None or self.hook.flush(timeout_millis)
        return bool(super().force_flush(max(int((deadline - time.monotonic()) * 1000), 0))) and flushed


class OwnTraces:
    """A tracer provider of our own.

    Args:
        resource: Redacted already.
        late: What the provider is made out of; None: nothing.
    """

    def __init__(self, resource: Resource, late: object | None = None) -> None:
        self._multi = OwnedSpanProcessor()
        self._sampler = chosen_sampler()
        self._hook: SpanHook | None = None
        said, lifted = SpanLimits(), SpanLimits.UNSET  # what the environment says, kept by the hook
        self._limits = ValueLimits(said.max_span_attribute_length, said.max_attribute_length)
        self.provider = made(
            late,
            OwnTracerProvider,
            self._sampler,
            resource,
            shutdown_on_exit=False,
            active_span_processor=self._multi,
            span_limits=SpanLimits(max_attribute_length=lifted, max_span_attribute_length=lifted),
        )

    def bind(self, intake: Intake, scopes: Scopes) -> None:
        """Work for a pipeline from now on."""
        decided = isinstance(self._sampler, HeadSampler)
        hook, before = SpanHook(intake, self._limits, show=self._multi.show, decided=decided), self._hook
        self._hook = self._multi.hook = hook
        self._multi.scopes, self._multi.begin = scopes, hook.begin if hook.holds else None
        if isinstance(self._sampler, HeadSampler):
            self._sampler.bind(intake, scopes)
        if before is not None:
            before.end()

    def stand_aside(self) -> None:
        """Pass on what comes, for hooks of an attachment that stand before it."""
        self._multi.hook, self._multi.scopes, self._multi.begin = _PassingOn(), None, None
        if isinstance(self._sampler, HeadSampler):
            self._sampler.unbind()
        self._end_hook()

    def _end_hook(self) -> None:
        hook, self._hook = self._hook, None
        if hook is not None:
            hook.end()

    def erase_held(self) -> None:
        """Forget the spans that wait for the end of their trace."""
        if self._hook is not None:
            self._hook.erase_held()

    @property
    def overflowed(self) -> int:
        """How many spans could not wait for the end of their trace, for a limit was reached."""
        return 0 if self._hook is None else self._hook.overflowed

    def release(self) -> Endings:
        """Forget what others registered, and return what shuts it down."""
        self._end_hook()
        return [processor.shutdown for processor in sdk_fan_outs.forget_processors(self._multi)]

    def coverage(self, *, redacts: bool, delivered: bool) -> SignalCoverage:
        """Return what is covered."""
        watchers = sdk_fan_outs.live_span_watchers(self._multi)
        reasons = tuple(f"{name} sees spans before they end, unredacted" for name in watchers)
        return judged(self.provider, hooked=True, redacts=redacts, delivered=delivered, reasons=reasons)


class OwnLogs:
    """A logger provider of our own; see OwnTraces."""

    def __init__(self, resource: Resource, late: object | None = None) -> None:
        self._multi = OwnedLogRecordProcessor()
        said, lifted = LogRecordLimits(), LogRecordLimits.UNSET
        self._limits = ValueLimits(said.max_log_record_attribute_length)
        self.provider = made(
            late,
            LoggerProvider,
            resource=resource,
            multi_log_record_processor=self._multi,
            shutdown_on_exit=False,
            log_record_limits=LogRecordLimits(max_attribute_length=lifted, max_log_record_attribute_length=lifted),
        )

    def bind(self, intake: Intake, scopes: Scopes) -> None:
        """Work for a pipeline from now on."""
        self._multi.hook = LogHook(intake, self._limits, scopes=scopes)

    def stand_aside(self) -> None:
        """Pass on what comes, for hooks of an attachment that stand before it."""
        self._multi.hook = _PassingOn()

    def release(self) -> Endings:
        """Forget what others registered, and return what shuts it down."""
        self._multi.has_others = False
        return [processor.shutdown for processor in sdk_fan_outs.forget_processors(self._multi)]

    def has_listeners(self) -> bool:
        """Return whether anybody has registered a processor."""
        return self._multi.has_others

    def show(self, emitted: ReadWriteLogRecord) -> None:
        """Show others a record that has been taken in already."""
        self._multi.show(emitted)

    def coverage(self, *, redacts: bool, delivered: bool) -> SignalCoverage:
        """Return what is covered."""
        return judged(self.provider, hooked=True, redacts=redacts, delivered=delivered, reasons=())
