"""Prompts and answers: of AI operations of our own, and of the spans and records of other instrumentations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clippy_otel import semconv
from clippy_otel.privacy import Rule
from clippy_otel.testing import CapturedTelemetry, capture

MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": "write to [REDACTED]"}]}]
ANSWER: dict[str, Any] = {"message": {"role": "assistant", "content": "certainly not"}, "index": 0}


def content_of(captured: CapturedTelemetry) -> dict[str, Any]:
    """Return the content on the only span there is."""
    (span,) = captured.spans
    names = (semconv.GEN_AI_INPUT_MESSAGES, semconv.GEN_AI_OUTPUT_MESSAGES, semconv.GEN_AI_SYSTEM_INSTRUCTIONS)
    return {name: json.loads(span.attributes[name]) for name in names if name in span.attributes}


def test_content_of_an_operation_is_recorded_redacted() -> None:
    """A text becomes a message; messages in the form of most libraries get parts; what has them stays."""
    parts = [
        {"role": "assistant", "parts": [{"type": "reasoning", "content": "+1 415 555 2671"}], "finish_reason": "x"}
    ]
    with capture(capture_content=True) as captured:
        with captured.telemetry.performance.ai_operation(provider="openai") as operation:
            operation.record_content(input="early", system_instructions="be kind to ada@example.com")
            operation.record_content(input=({"role": "user", "content": "write to ada@example.com"},), output=parts)
        assert content_of(captured) == {
            semconv.GEN_AI_INPUT_MESSAGES: MESSAGES,
            semconv.GEN_AI_OUTPUT_MESSAGES: [
                {"role": "assistant", "parts": [{"type": "reasoning", "content": "[REDACTED]"}], "finish_reason": "x"}
            ],
            semconv.GEN_AI_SYSTEM_INSTRUCTIONS: [{"type": "text", "content": "be kind to [REDACTED]"}],
        }


def test_without_the_setting_nothing_is_recorded() -> None:
    """The call does nothing, and no count of dropped attributes says that there was content."""
    with capture() as captured:
        with captured.telemetry.performance.ai_operation(provider="openai") as operation:
            operation.record_content(input="hello", output="hi", system_instructions="be kind")
        assert content_of(captured) == {}
        assert captured.spans[0].dropped_attributes_count == 0


@pytest.mark.parametrize(
    "given", [{"role": "user", "content": "hello"}, [{"role": "user", "content": "hello"}]], ids=str
)
def test_one_message_is_as_good_as_several(given: Any) -> None:
    """A mapping is a message."""
    with capture(capture_content=True) as captured:
        with captured.telemetry.performance.ai_operation(provider="openai") as operation:
            operation.record_content(input=given)
        (message,) = content_of(captured)[semconv.GEN_AI_INPUT_MESSAGES]
        assert message == {"role": "user", "parts": [{"type": "text", "content": "hello"}]}


class Message:
    """A message as a library may have it: an object."""

    def __str__(self) -> str:
        return "an object"


def test_what_is_no_json_is_told_in_its_plain_form() -> None:
    """Objects of libraries too: nothing raises into the application."""
    with capture(capture_content=True) as captured:
        with captured.telemetry.performance.ai_operation(provider="openai") as operation:
            operation.record_content(input=[Message()], output=7)
        assert content_of(captured) == {
            semconv.GEN_AI_INPUT_MESSAGES: ["an object"],
            semconv.GEN_AI_OUTPUT_MESSAGES: 7,
        }


@pytest.mark.swallows
def test_what_cannot_be_written_is_left_out() -> None:
    """What holds itself, for one; the rest of what was said stays."""
    endless: list[Any] = []
    endless.append(endless)
    with capture(capture_content=True) as captured:
        with captured.telemetry.performance.ai_operation(provider="openai") as operation:
            operation.record_content(input=endless, output="hi")
        assert set(content_of(captured)) == {semconv.GEN_AI_OUTPUT_MESSAGES}


def record_foreign(captured: CapturedTelemetry) -> None:
    """Record content as instrumentations do, of now and of before."""
    tracer = captured.telemetry.tracer_provider.get_tracer("instrumentation")
    attributes = {
        "gen_ai.request.model": "m",
        "gen_ai.input.messages": '[{"content": "hello"}]',
        "input.value": "hello",
    }
    with tracer.start_as_current_span("chat m", attributes=attributes) as span:
        span.add_event("gen_ai.user.message", {"gen_ai.system": "openai", "role": "user", "content": "hello"})
        span.add_event("gen_ai.content.prompt", {"gen_ai.prompt": "hello"})
        span.add_event("other", {"content": "kept"})
    logger = captured.telemetry.logger_provider.get_logger("instrumentation")
    logger.emit(event_name="gen_ai.choice", body=ANSWER, attributes={"gen_ai.system": "openai", "said": "hello"})
    logger.emit(body="hello", attributes={"event.name": "gen_ai.user.message"})
    logger.emit(event_name="gen_ai.client.inference.operation.details", attributes={"gen_ai.input.messages": ["hello"]})
    captured.telemetry.collector.track("asked", {"gen_ai.prompt": "hello", "count": 1})


def test_content_of_others_is_dropped() -> None:
    """Of spans, their events, log records and events; what is said about it stays, and what is dropped is counted."""
    with capture() as captured:
        record_foreign(captured)
        (span,), events = captured.spans, captured.events
        shown = repr((span, events))
        assert "hello" not in shown
        assert "certainly" not in shown
        assert (span.attributes["gen_ai.request.model"], span.dropped_attributes_count) == ("m", 2)
        message, prompt, other = span.events
        assert message.attributes == {"gen_ai.system": "openai", "role": "user"}
        assert (message.dropped_attributes_count, prompt.attributes) == (1, {})
        assert other.attributes == {"content": "kept"}
        assert [event["data"] for event in events if event["type"] != semconv.EVENT_SESSION_START] == [
            {"gen_ai.system": "openai"},
            {"event.name": "gen_ai.user.message"},
            {},
            {"count": 1},
        ]


def test_with_the_setting_the_content_of_others_stays() -> None:
    """The control: each of them arrives."""
    with capture(capture_content=True) as captured:
        record_foreign(captured)
        (span,) = captured.spans
        assert repr(span).count("hello") == 4
        assert repr(captured.events).count("hello") == 4
        assert "certainly" in repr(captured.events)


def test_the_callers_objects_are_as_they_were() -> None:
    """Body and attributes are the application's own."""
    body: dict[str, Any] = {"message": {"content": "hello"}}
    attributes = {"content": "hello"}
    with capture() as captured:
        logger = captured.telemetry.logger_provider.get_logger("instrumentation")
        logger.emit(event_name="gen_ai.choice", body=body, attributes=attributes)
        assert "hello" not in repr(captured.events)
    assert (body, attributes) == ({"message": {"content": "hello"}}, {"content": "hello"})


def test_a_rule_of_the_users_may_keep_some() -> None:
    """It stands before the built-in one; one of the same name takes its place."""
    keeping = Rule("tools", keys=["gen_ai.tool.call.arguments"], action="keep")
    replacing = Rule("ai_content", keys=["gen_ai.prompt"])
    for rule, expected in (
        (keeping, {"gen_ai.tool.call.arguments": "{}"}),
        (replacing, {"gen_ai.prompt": "[REDACTED]", "gen_ai.tool.call.arguments": "{}"}),
    ):
        with capture(redaction_rules=[rule]) as captured:
            captured.telemetry.collector.track("asked", {"gen_ai.prompt": "hello", "gen_ai.tool.call.arguments": "{}"})
            assert [event["data"] for event in captured.events if event["type"] == "asked"] == [expected]
