"""Messages to and from a model that are events of their own, as instrumentations wrote them before version 1.37.

Where a redactor drops content (see AI_CONTENT), such an event keeps what it says about the message, and loses what the
message says: the whole body, and every attribute that is not known to be a fact about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clippy_otel import semconv

if TYPE_CHECKING:
    from clippy_otel.privacy.redactor import Redactor


def message_of(event_name: Any, attributes: Mapping[str, Any]) -> str | None:
    """Return the name of the message that a log record is; None where it is none."""
    name = event_name or attributes.get(semconv.LOG_EVENT_NAME)
    return name if type(name) is str and name in semconv.AI_MESSAGE_EVENTS else None


def facts_of(message: str, attributes: Mapping[str, Any], redactor: Redactor) -> Mapping[str, Any]:
    """Return the attributes of a message without its content; themselves where they have none, or where it is kept.

    Args:
        message: The event's name, one of AI_MESSAGE_EVENTS.
        attributes: Its attributes.
        redactor: Says whether content is dropped.
    """
    if not redactor.is_sensitive_key(message):
        return attributes
    facts = {key: value for key, value in attributes.items() if _is_fact(key)}
    return facts if len(facts) < len(attributes) else attributes


def _is_fact(key: str) -> bool:
    return key in semconv.AI_MESSAGE_FACTS or key.startswith(semconv.GEN_AI_PREFIX)
