"""Whom a record is about: the ids of users in its data, and that of the scope around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clippy_otel import semconv
from clippy_otel.otlp import plain

if TYPE_CHECKING:
    from clippy_otel.privacy.redactor import Redactor
    from clippy_otel.scope import Scopes


def users_in(data: Mapping[str, Any], redactor: Redactor | None) -> list[str]:
    """Return the user ids in a record's data, as they are.

    Args:
        data: Not redacted yet; left as it is.
        redactor: Which finds them at any depth, under any spelling; None, without redaction: under the usual keys.

    Raises:
        Exception: Whatever something foreign in the data raises when it is read.
    """
    found: list[str] = []
    if redactor is not None:
        redactor.redact_attributes(data, user_ids=found)
    else:
        found += [plain.text(value) for key in semconv.USER_KEYS if (value := data.get(key))]
    return found


def users_around(scopes: Scopes | None) -> list[str]:
    """Return the user whose scope is open, if any: what is recorded is about that user though it does not say so."""
    attributes = None if scopes is None else scopes.fields()[1]
    user_id = attributes.get(semconv.USER_ID) if attributes else None
    return [plain.text(user_id)] if user_id else []
