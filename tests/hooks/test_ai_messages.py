"""Events that are one message to or from a model: what is said about it stays, what it says does not."""

from __future__ import annotations

from typing import Any

import pytest

from clippy_otel import semconv
from clippy_otel.hooks.ai_messages import facts_of, message_of
from clippy_otel.privacy import AI_CONTENT, DEFAULT_RULES, Redactor

DROPPING = Redactor((*DEFAULT_RULES, AI_CONTENT))
ATTRIBUTES = {"gen_ai.system": "openai", "role": "user", "index": 0, "content": "hello", "tool.result": "x"}


@pytest.mark.parametrize(
    "name, attributes, message",
    [
        ("gen_ai.choice", {}, "gen_ai.choice"),
        (None, {"event.name": "gen_ai.choice"}, "gen_ai.choice"),
        ("", {"event.name": "gen_ai.user.message"}, "gen_ai.user.message"),
        ("gen_ai.evaluation.result", {"event.name": "gen_ai.choice"}, None),
        (None, {}, None),
        (None, {"event.name": ["gen_ai.choice"]}, None),
        (["gen_ai.choice"], {}, None),
    ],
)
def test_what_a_message_is(name: Any, attributes: dict[str, Any], message: str | None) -> None:
    """The event's name says it, where there is one, else the attribute that had it before."""
    assert message_of(name, attributes) == message


@pytest.mark.parametrize("message", sorted(semconv.AI_MESSAGE_EVENTS))
def test_facts_are_kept(message: str) -> None:
    """Each by its name; what is not known to be a fact goes."""
    assert facts_of(message, ATTRIBUTES, DROPPING) == {"gen_ai.system": "openai", "role": "user", "index": 0}
    facts = {"gen_ai.system": "openai"}
    assert facts_of(message, facts, DROPPING) is facts


def test_all_is_kept_where_content_is() -> None:
    """Without the rule it is not for this room to decide."""
    assert facts_of("gen_ai.choice", ATTRIBUTES, Redactor()) is ATTRIBUTES
