"""How an environment variable is read: an empty one is not set, a bad one is refused by its own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from clippy_otel import _guard
from clippy_otel.config.kinds import Kind

_CONTENT: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
# What instrumentations of AI libraries take it for, in any case.
_CONTENT_WORDS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("true", "span_only", "event_only", "span_and_event"), True),
    **dict.fromkeys(("false", "no_content", ""), False),
}


def text_of(env: Mapping[str, str], variable: str) -> str:
    """Return a variable's text without the spaces around it; "" where it is not set."""
    return env.get(variable, "").strip()


def read(kind: Kind, env: Mapping[str, str], variable: str) -> Any:
    """Return what a variable that is set stands for, checked."""
    return kind.check(variable, kind.parse(variable, text_of(env, variable)))


def captures_content(env: Mapping[str, str]) -> bool:
    """Return whether the environment asks for the content of AI operations; what it does not say is False."""
    word = text_of(env, _CONTENT).lower()
    if word not in _CONTENT_WORDS:
        _guard.logger.warning("%s: must be true or false; it is ignored", _CONTENT)
    return _CONTENT_WORDS.get(word, False)
