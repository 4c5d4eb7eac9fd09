"""What was asked of a model and what it answered, in the form that the GenAI conventions give it: messages, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clippy_otel import _guard, semconv
from clippy_otel.otlp.plain import plain


def content_attributes(
    *,
    input: object = None,  # noqa: A002 - the conventions' word
    output: object = None,
    system_instructions: object = None,
) -> dict[str, str]:
    """Return a span's attributes for content. Never raises: what is no JSON is left out, and counted by the guard.

    Args:
        input: What was asked: a text, or messages as the application has them. None: not known.
        output: What was answered, likewise.
        system_instructions: A text, or the parts of one.
    """
    told = {
        semconv.GEN_AI_SYSTEM_INSTRUCTIONS: None if system_instructions is None else _parts(system_instructions),
        semconv.GEN_AI_INPUT_MESSAGES: None if input is None else _messages(input, "user"),
        semconv.GEN_AI_OUTPUT_MESSAGES: None if output is None else _messages(output, "assistant"),
    }
    attributes: dict[str, str] = {}
    for name, value in told.items():
        if value is not None:
            with _guard.host_safe("content"):
                attributes[name] = json.dumps(value, default=plain, ensure_ascii=False)
    return attributes


def _messages(given: Any, role: str) -> object:
    """Return messages with their parts; what is none of the usual forms stays as it is."""
    if isinstance(given, str):
        return [{"role": role, "parts": _parts(given)}]
    if isinstance(given, Mapping):
        given = [given]
    return [_message(each) for each in given] if isinstance(given, (list, tuple)) else given


def _message(given: Any) -> object:
    """Return a message with parts in place of the text that most libraries have there."""
    content = given.get("content") if isinstance(given, Mapping) else None
    if not isinstance(content, str):
        return given
    return {**{key: value for key, value in given.items() if key != "content"}, "parts": _parts(content)}


def _parts(given: object) -> object:
    return [{"type": "text", "content": given}] if isinstance(given, str) else given
