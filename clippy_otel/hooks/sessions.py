"""The session, and what else a scope says, on spans when they start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clippy_otel import _guard
from clippy_otel._sdk import started_spans as sdk_started_spans
from clippy_otel.semconv import SESSION_ID

if TYPE_CHECKING:
    from clippy_otel.scope import Scopes


def stamp_scope(span: Any, scopes: Scopes) -> None:
    """Put the session's id and the attributes of the open scopes on a span that has just started. Never raises.

    Spans neither begin nor prolong a session: one that is over is not put on them.
    """
    try:
        tracker, attributes = scopes.fields()
        started_ns, most, values = sdk_started_spans.started_span_fields(span)
        session_id = tracker.id_at(started_ns)
        # What set_attribute() does, at a fifth of its time: nobody else holds the span yet.
        if session_id is not None and SESSION_ID not in values and (most is None or len(values) < most):
            values[SESSION_ID] = session_id
        for key, value in attributes.items() if attributes else ():
            if sdk_started_spans.has_room(span, key):
                span.set_attribute(key, value)
    except Exception as error:  # noqa: BLE001 - the host's safety
        _guard.swallowed("span start", error)


def stamp_session(span: Any, scopes: Scopes) -> None:
    """Put the session's id on a span that has just started, and nothing else. Never raises."""
    with _guard.host_safe("span start"):
        session_id = scopes.fields()[0].id_at(span.start_time)
        if session_id is not None and sdk_started_spans.has_room(span, SESSION_ID):
            span.set_attribute(SESSION_ID, session_id)
