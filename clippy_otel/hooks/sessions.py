"""The session, and what else a scope says, on spans when they start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clippy_otel import _guard, _sdk, semconv

if TYPE_CHECKING:
    from clippy_otel.scope import Scopes


def stamp_scope(span: Any, scopes: Scopes) -> None:
    """Put the session's id and the attributes of the open scopes on a span that has just started. Never raises.

    Spans neither begin nor prolong a session: one that is over is not put on them.
    """
    try:
        tracker, attributes = scopes.fields()
        session_id = tracker.id_at(span.start_time)
        if session_id is not None:
            _sdk.stamp(span, semconv.SESSION_ID, session_id)
        if attributes:
            for key, value in attributes.items():
                if key not in span.attributes:
                    span.set_attribute(key, value)
    except Exception as error:  # noqa: BLE001 - the host's safety
        _guard.swallowed("span start", error)


def stamp_session(span: Any, scopes: Scopes) -> None:
    """Put the session's id on a span that has just started, and nothing else. Never raises."""
    with _guard.host_safe("span start"):
        session_id = scopes.fields()[0].id_at(span.start_time)
        if session_id is not None:
            span.set_attribute(semconv.SESSION_ID, session_id)
