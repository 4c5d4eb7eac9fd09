"""The pieces for a setup of the bare SDK."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider, ReadWriteLogRecord
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clippy_otel import (
    ConfigurationError,
    RedactingLogRecordProcessor,
    RedactingSpanProcessor,
    SessionSpanProcessor,
    get_telemetry,
)
from clippy_otel.privacy.redactor import Redactor

EMAIL = "alice@example.com"


def log_exporter() -> InMemoryLogRecordExporter:
    """Return an exporter that keeps what it is given."""
    return InMemoryLogRecordExporter()  # type: ignore[no-untyped-call] # the SDK's


class Keeping(SpanProcessor):
    """Keep the very objects that it is handed."""

    def __init__(self) -> None:
        self.started: list[Any] = []
        self.ended: list[ReadableSpan] = []
        self.flushed: list[int] = []
        self.is_shut_down = False

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        """Keep what was started."""
        self.started.append((span, parent_context))

    def on_end(self, span: ReadableSpan) -> None:
        """Keep what was ended."""
        self.ended.append(span)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Keep the timeout."""
        self.flushed.append(timeout_millis)
        return False

    def shutdown(self) -> None:
        """Keep that it was called."""
        self.is_shut_down = True


def test_a_span_is_exported_redacted_and_others_see_it_as_it_was() -> None:
    """The piece covers the exporter that it stands before, and no other one."""
    redacted, raw = InMemorySpanExporter(), InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(RedactingSpanProcessor(SimpleSpanProcessor(redacted)))
    provider.add_span_processor(SimpleSpanProcessor(raw))
    with provider.get_tracer("app").start_as_current_span(f"mail {EMAIL}", attributes={"password": "x", "n": 1}):
        pass
    (span,), (other,) = redacted.get_finished_spans(), raw.get_finished_spans()
    assert span.name == "mail [REDACTED]"
    assert dict(span.attributes or {}) == {"password": "[REDACTED]", "n": 1}
    assert other.name == f"mail {EMAIL}"
    assert dict(other.attributes or {}) == {"password": "x", "n": 1}


def test_a_clean_span_goes_on_as_the_same_object() -> None:
    """Nothing is copied where nothing is redacted."""
    kept, also = Keeping(), Keeping()
    provider = TracerProvider()
    provider.add_span_processor(also)
    provider.add_span_processor(RedactingSpanProcessor(kept))
    provider.get_tracer("app").start_span("clean", attributes={"n": 1}).end()
    assert kept.ended[0] is also.ended[0]


def test_the_next_span_processor_is_asked_for_everything_else() -> None:
    """Start, flush and shutdown reach it with what was asked, and its answer comes back."""
    kept = Keeping()
    piece = RedactingSpanProcessor(kept)
    piece.on_start("span", "context")  # type: ignore[arg-type] # handed on as they are
    assert kept.started == [("span", "context")]
    assert not piece.force_flush(123)
    assert kept.flushed == [123]
    piece.shutdown()
    assert kept.is_shut_down


@pytest.mark.swallows
def test_a_span_that_cannot_be_read_is_not_exported() -> None:
    """It fails closed, and nothing is raised into the application."""
    kept = Keeping()
    RedactingSpanProcessor(kept).on_end(object())  # type: ignore[arg-type] # of a foreign kind
    assert kept.ended == []


def test_a_redactor_of_the_users_own_is_used() -> None:
    """Its fields are redacted too."""
    kept = Keeping()
    provider = TracerProvider()
    provider.add_span_processor(RedactingSpanProcessor(kept, redactor=Redactor(redact_fields=["planet"])))
    provider.get_tracer("app").start_span("s", attributes={"planet": "Mars"}).end()
    assert dict(kept.ended[0].attributes or {}) == {"planet": "[REDACTED]"}


def test_a_log_record_is_exported_redacted_and_the_callers_is_as_it_was() -> None:
    """The record that was handed to emit() keeps what it had."""
    exporter = log_exporter()
    provider = LoggerProvider()
    provider.add_log_record_processor(RedactingLogRecordProcessor(SimpleLogRecordProcessor(exporter)))
    record = LogRecord(body=f"from {EMAIL}", attributes={"password": "x"}, severity_number=SeverityNumber.INFO)
    provider.get_logger("app").emit(record)
    (exported,) = exporter.get_finished_logs()
    assert exported.log_record.body == "from [REDACTED]"
    assert dict(exported.log_record.attributes or {}) == {"password": "[REDACTED]"}
    assert record.body == f"from {EMAIL}"
    assert dict(record.attributes or {}) == {"password": "x"}


@pytest.mark.swallows
def test_a_log_record_that_cannot_be_read_is_not_exported() -> None:
    """It fails closed, and nothing is raised into the application."""
    exporter = log_exporter()
    RedactingLogRecordProcessor(SimpleLogRecordProcessor(exporter)).on_emit(object())  # type: ignore[arg-type]
    assert exporter.get_finished_logs() == ()


def test_the_next_log_processor_is_asked_for_everything_else() -> None:
    """Whether it is enabled, flush and shutdown reach it."""
    asked: list[Any] = []

    class Next(SimpleLogRecordProcessor):
        def enabled(self, **question: Any) -> bool:
            asked.append(question)
            return False

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            asked.append(timeout_millis)
            return False

        def shutdown(self) -> None:
            asked.append("shutdown")

    piece = RedactingLogRecordProcessor(Next(log_exporter()))
    assert not piece.enabled(event_name="e")
    assert not piece.force_flush(5)
    piece.shutdown()
    assert asked == [{"event_name": "e"}, 5, "shutdown"]


@pytest.mark.parametrize("piece", [RedactingSpanProcessor, RedactingLogRecordProcessor])
@pytest.mark.parametrize("wrong", [None, "text", SimpleSpanProcessor, SimpleLogRecordProcessor])
def test_what_is_no_processor_is_refused_at_once(piece: Any, wrong: Any) -> None:
    """A class instead of an object, or an exporter without a processor, is named in the error."""
    with pytest.raises(ConfigurationError, match="next: a processor"):
        piece(wrong)


def test_a_redactor_is_needed() -> None:
    """With anything else every record would be dropped: it is named in the error at once."""
    spans, logs = SimpleSpanProcessor(InMemorySpanExporter()), SimpleLogRecordProcessor(log_exporter())
    with pytest.raises(ConfigurationError, match="redactor: a Redactor is needed, not 3"):
        RedactingSpanProcessor(spans, redactor=3)  # type: ignore[arg-type] # a mistake
    with pytest.raises(ConfigurationError, match="redactor: a Redactor is needed"):
        RedactingLogRecordProcessor(logs, redactor=Redactor)  # type: ignore[arg-type] # likewise


def test_spans_carry_the_session_of_the_scope_that_is_open() -> None:
    """Inside a scope with a session of its own that one, outside the process's own."""
    kept = Keeping()
    provider = TracerProvider()
    provider.add_span_processor(SessionSpanProcessor())
    provider.add_span_processor(kept)
    tracer, telemetry = provider.get_tracer("app"), get_telemetry()
    telemetry.current_scope().new_session()  # another test may have ended the one of the process
    with telemetry.scope(session_id="browser-1"):
        tracer.start_span("inside").end()
    tracer.start_span("outside").end()
    inside, outside = (dict(span.attributes or {}) for span in kept.ended)
    assert inside == {"session.id": "browser-1"}
    assert outside == {"session.id": telemetry.current_scope().session_id}


def test_emitted_records_keep_their_kind() -> None:
    """What goes on is the SDK's own kind of record, so that batch processors take it."""
    seen: list[Any] = []

    class Next(SimpleLogRecordProcessor):
        def on_emit(self, log_record: ReadWriteLogRecord) -> None:
            seen.append(log_record)

    provider = LoggerProvider()
    provider.add_log_record_processor(RedactingLogRecordProcessor(Next(log_exporter())))
    provider.get_logger("app").emit(body=EMAIL)
    assert type(seen[0]) is ReadWriteLogRecord
    assert seen[0].log_record.body == "[REDACTED]"
