"""Limits on the length of values, kept after redaction."""

from __future__ import annotations

from operator import attrgetter

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext

from clippy_otel import RedactingSpanProcessor
from clippy_otel.hooks.cutting import cut_attributes
from clippy_otel.testing import capture

MAIL = "write to alice.wonder@example.com about the order"


def test_values_are_cut_at_any_depth_and_the_rest_stays_what_it_is() -> None:
    """Texts, bytes, sequences and mappings; numbers have no length."""
    attributes = {"t": "abcdef", "b": b"abcdef", "l": ["abcdef", 1], "p": ("ab",), "m": {"k": "abcdef"}, "n": 123456}
    assert cut_attributes(attributes, 3) == {
        "t": "abc",
        "b": b"abc",
        "l": ["abc", 1],
        "p": ("ab",),
        "m": {"k": "abc"},
        "n": 123456,
    }
    assert attributes["t"] == "abcdef"


def test_what_is_short_enough_is_the_same_object() -> None:
    """Nothing is copied where nothing is cut, or no limit is set."""
    attributes = {"t": "abc", "l": ["abc"], "m": {"k": "abc"}}
    assert cut_attributes(attributes, 3) is attributes
    assert cut_attributes(attributes, None) is attributes


@pytest.mark.parametrize("variable", ["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"])
def test_a_secret_is_redacted_before_it_is_cut(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut first, half of an address would leave: ours is cut as the environment says, for everybody, after that."""
    monkeypatch.setenv(variable, "25")
    exporter = InMemorySpanExporter()
    with capture() as captured:
        provider = captured.telemetry.tracer_provider
        assert isinstance(provider, TracerProvider)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        span = provider.get_tracer("app").start_span(
            "s", attributes={"about": MAIL}, links=[Link(SpanContext(1, 2, is_remote=False), {"about": MAIL})]
        )
        span.add_event("e", {"about": MAIL})
        span.end()
        (ours,), (theirs,) = captured.spans, exporter.get_finished_spans()
    cut, parts = "write to [REDACTED] about", MAIL.replace("alice.wonder@example.com", "[REDACTED]")
    parts = cut if variable == "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT" else parts
    assert ours.attributes["about"] == dict(theirs.attributes or {})["about"] == cut
    assert ours.events[0].attributes == ours.links[0].attributes == {"about": parts}


def test_a_log_records_secret_is_redacted_before_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Likewise."""
    monkeypatch.setenv("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "25")
    exporter = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call] # the SDK's
    with capture() as captured:
        provider = captured.telemetry.logger_provider
        attrgetter("add_log_record_processor")(provider)(SimpleLogRecordProcessor(exporter))
        provider.get_logger("app").emit(LogRecord(body="b", attributes={"about": MAIL}))
        (ours,) = [log for log in captured.logs if log.body == "b"]
    (theirs,) = exporter.get_finished_logs()
    assert ours.attributes["about"] == dict(theirs.log_record.attributes or {})["about"] == "write to [REDACTED] about"


def test_the_deprecated_copy_of_the_scope_is_redacted_too() -> None:
    """Some exporters still read `instrumentation_info`."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(RedactingSpanProcessor(SimpleSpanProcessor(exporter)))
    provider.get_tracer("alice@example.com").start_span("s").end()
    (span,) = exporter.get_finished_spans()
    assert attrgetter("_instrumentation_info.name")(span) == "[REDACTED]"
