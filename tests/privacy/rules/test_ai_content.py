"""Which keys hold what was asked of a model and what it answered."""

from __future__ import annotations

import pytest

from benchmarks.redaction import speed
from clippy_otel import semconv
from clippy_otel.privacy import DEFAULT_RULES, Redactor, Rule
from clippy_otel.privacy.fields.finder import TextFields
from clippy_otel.privacy.rules.ai_content import AI_CONTENT

REDACTOR = Redactor((*DEFAULT_RULES, AI_CONTENT))

CONTENT = (
    *("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.call.arguments"),
    *("gen_ai.tool.call.result", "gen_ai.prompt", "gen_ai.completion", "gen_ai.event.content"),
    *("gen_ai.prompt.0.content", "gen_ai.completion.12.tool_calls.0.arguments", "gen_ai.retrieval.query.text"),
    *("traceloop.entity.input", "traceloop.entity.output", "llm.prompts.0.content", "llm.completions.0.content"),
    *("input.value", "output.value", "llm.input_messages.0.message.content", "retrieval.documents.0.document.content"),
    *("llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments", "llm.prompt_template.variables"),
    *("langfuse.observation.input", "langfuse.trace.output", "pydantic_ai.all_messages", "all_messages_events"),
    *("mlflow.spanInputs", "mlflow.spanOutputs", "GEN_AI.INPUT.MESSAGES"),
)
FACTS = (
    *("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.system", "gen_ai.request.model", "gen_ai.prompt.name"),
    *("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.prompt_tokens", "gen_ai.token.type"),
    *("gen_ai.usage.completion_tokens", "gen_ai.response.finish_reasons", "gen_ai.response.id", "gen_ai.tool.name"),
    *("gen_ai.tool.call.id", "gen_ai.tool.definitions", "gen_ai.conversation.id", "gen_ai.output.type"),
    *("gen_ai.evaluation.score.value", "llm.token_count.prompt", "llm.model_name", "traceloop.entity.name"),
    *("langfuse.observation.type", "langfuse.trace.name", "http.route", "input", "message", "prompt", "value"),
    *("conversation.message.length", "clippy.ai.phase.api_call_ms", "exception.message", "messaging.message.id"),
)


@pytest.mark.parametrize("key", [*CONTENT, *sorted(semconv.AI_MESSAGE_EVENTS)])
def test_content_is_dropped(key: str) -> None:
    """Whatever its form, at any depth; without the rule it is redacted like any text."""
    assert REDACTOR.redact_attributes({key: "hello", "other": 1}) == {"other": 1}
    assert REDACTOR.redact({"nested": [{key: [{"role": "user"}], "other": 1}]}) == {"nested": [{"other": 1}]}
    assert Redactor().redact_attributes({key: "hello ada@example.com"}) == {key: "hello [REDACTED]"}


@pytest.mark.parametrize("key", FACTS)
def test_facts_stay(key: str) -> None:
    """What is said about an operation, and keys of other things that are named alike."""
    attributes = {key: "hello"}
    assert REDACTOR.redact_attributes(attributes) is attributes


def test_the_rule_is_as_its_constructor_would_make_it() -> None:
    """Which is left out for the time that it takes."""
    checked = Rule(AI_CONTENT.name, keys=semconv.AI_CONTENT_KEYS, action="drop")
    assert checked == AI_CONTENT


def test_content_inside_a_text_is_replaced() -> None:
    """In JSON that stands in a text the key is known as well."""
    assert "hello" not in REDACTOR.redact_text('{"gen_ai.prompt": "hello", "a": 1}')


FORMS = ("{}=x8Kq2", '{{"{}": "x8Kq2"}}', "at {}: x8Kq2", '{{"key": "{}", "value": "x8Kq2"}}', "{}%3Dx8Kq2")


@pytest.mark.parametrize("engine", ["re", "re2"])
def test_it_is_found_in_texts_by_what_they_are_made_of(engine: str) -> None:
    """Where all words are known: whatever a finder finds without being asked by a gate, the gates ask it for."""
    if engine == "re2":
        pytest.importorskip("re2")
    redactor = speed.redactor(engine)
    texts = [form.format(key) for key in CONTENT for form in FORMS]
    for _ in range(40):
        redactor.redact_text(" ".join(texts).translate(str.maketrans("=:%", "   "))[:200])
        for text in texts:
            redactor.redact_text(text.replace("=", " ").replace(":", " "))
    fields = next(finder for finder in redactor._engine.scanner._finders if isinstance(finder, TextFields))
    found = [text for text in texts if fields.find(text)]
    assert len(found) > 100
    assert [text for text in found if "x8Kq2" in redactor.redact_text(text)] == []
    clean = "the worker moved an order to another region: tier=free"
    for _ in range(40):
        redactor.redact_text(f"{clean}, all in time")
    assert fields not in [bound.finder for bound in redactor._engine.scanner._asked(clean, clean.encode())]


@pytest.mark.parametrize("pattern", ["x?y", "gen*ai", "*.secretish", "a*b*", "X?Y"])
def test_patterns_of_a_rule_are_those_of_fnmatch(pattern: str) -> None:
    """Judged all at once or one by one, a rule names the same keys."""
    keys = ("x.y", "xy", "x_y", "genai", "gen.x.ai", "gen.ai.x", "a.secretish", ".secretish", "ab", "acbd", "b", "X-Y")
    at_once = Redactor((Rule("r", keys=[pattern], action="drop"),))
    one_by_one = Redactor((Rule("r", keys=[pattern, "unrelated words"], action="drop"),))
    assert [at_once.redact_attributes({key: "v"}) for key in keys] == [
        one_by_one.redact_attributes({key: "v"}) for key in keys
    ]
