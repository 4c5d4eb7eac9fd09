"""Providers have the fan-outs, and those the processors, that `fan_outs.py` relies on."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk._logs._internal import ConcurrentMultiLogRecordProcessor
from opentelemetry.sdk.trace import (
    ConcurrentMultiSpanProcessor,
    SpanProcessor,
    SynchronousMultiSpanProcessor,
    TracerProvider,
)
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clippy_otel._sdk import fan_outs as sdk_fan_outs


class Ignoring(LogRecordProcessor):
    """A log processor that does nothing."""

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Do nothing."""

    def shutdown(self) -> None:
        """Do nothing."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """Do nothing."""
        return True


def test_registered_span_processors() -> None:
    """Both fan-outs of the SDK keep them as a tuple, in the order of their registration."""
    for multi in (SynchronousMultiSpanProcessor(), ConcurrentMultiSpanProcessor()):  # type: ignore[no-untyped-call]
        one, other = SpanProcessor(), SpanProcessor()
        multi.add_span_processor(one)
        multi.add_span_processor(other)
        assert sdk_fan_outs.registered_span_processors(multi) == (one, other)


def test_fan_outs() -> None:
    """All tracers and loggers hold the object that is returned: a method put on it is called for each of them."""
    tracers, loggers = TracerProvider(shutdown_on_exit=False), LoggerProvider(shutdown_on_exit=False)
    tracer, logger = tracers.get_tracer("early"), loggers.get_logger("early")
    seen: list[Any] = []
    open_span = tracer.start_span("open")
    sdk_fan_outs.span_fan_out(tracers).on_end = seen.append
    sdk_fan_outs.log_record_fan_out(loggers).on_emit = seen.append
    open_span.end()
    logger.emit(body="b")
    tracers.get_tracer("late").start_span("late").end()
    loggers.get_logger("late").emit(body="late")
    assert [getattr(each, "name", None) or each.log_record.body for each in seen] == ["open", "b", "late", "late"]


def test_log_fan_out() -> None:
    """It is the class of which a logger provider makes its own, and which it takes one of a subclass for."""
    kind = sdk_fan_outs.log_fan_out()
    provider = LoggerProvider(shutdown_on_exit=False)
    assert type(sdk_fan_outs.log_record_fan_out(provider)) is kind
    mine = type("Mine", (kind,), {})()
    assert (
        sdk_fan_outs.log_record_fan_out(LoggerProvider(shutdown_on_exit=False, multi_log_record_processor=mine)) is mine
    )


def test_processors_of_and_forget_processors() -> None:
    """Those of either kind of fan-out of either signal; of a foreign kind there are none to be known."""
    spans = SpanProcessor(), SpanProcessor()
    for multi in (SynchronousMultiSpanProcessor(), ConcurrentMultiSpanProcessor()):  # type: ignore[no-untyped-call]
        for processor in spans:
            multi.add_span_processor(processor)
        assert sdk_fan_outs.processors_of(multi) == spans
        assert sdk_fan_outs.forget_processors(multi) == spans
        assert sdk_fan_outs.processors_of(multi) == ()
    logs = Ignoring(), Ignoring()
    for fan_out in (sdk_fan_outs.log_fan_out()(), ConcurrentMultiLogRecordProcessor()):
        for each in logs:
            fan_out.add_log_record_processor(each)
        assert sdk_fan_outs.processors_of(fan_out) == logs
        assert sdk_fan_outs.forget_processors(fan_out) == logs
        assert sdk_fan_outs.processors_of(fan_out) == ()
    assert sdk_fan_outs.processors_of(object()) == sdk_fan_outs.forget_processors(object()) == ()
    assert not sdk_fan_outs.tells_processors(object())
    assert all(map(sdk_fan_outs.tells_processors, (SynchronousMultiSpanProcessor(), ConcurrentMultiSpanProcessor())))  # type: ignore[no-untyped-call] # the SDK's


def test_watchers_of_live_spans() -> None:
    """Who overrides what is called before a span ends is named; the SDK's own processors and strangers are no error."""

    class Watcher(SpanProcessor):
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            """Look at it."""

    class Stranger:
        def on_end(self, span: Any) -> None:
            """Look at one that has ended."""

    provider = TracerProvider(shutdown_on_exit=False)
    for processor in (SimpleSpanProcessor(InMemorySpanExporter()), Watcher(), Stranger()):
        provider.add_span_processor(processor)  # type: ignore[arg-type] # a stranger is what it may be given
    assert sdk_fan_outs.live_span_watchers(sdk_fan_outs.span_fan_out(provider)) == ("Watcher",)
