"""A decoded log record as an Event: what custom transports, the console and the test fixtures show."""

from __future__ import annotations

from typing import Any, Final

from clippy_otel import semconv
from clippy_otel.otlp.decode import DecodedLog
from clippy_otel.ports import Event

_NS_PER_MS: Final = 1_000_000


def event_of(log: DecodedLog) -> Event:
    """Return the event that a log record holds, as objects that are its own at the first level.

    The event's and the session's id are in `metadata` and not in `data`. A record that does not say when it happened
    happened when it was observed.
    """
    data = dict(log.attributes)
    return {
        "type": log.event_name,
        "timestamp": (log.time_unix_nano or log.observed_time_unix_nano) // _NS_PER_MS,
        "data": data,
        "metadata": {
            "event_id": _pop_id(data, semconv.LOG_RECORD_UID),
            "session_id": _pop_id(data, semconv.SESSION_ID),
            "trace_id": log.trace_id,
            "span_id": log.span_id,
        },
    }


def _pop_id(data: dict[str, Any], name: str) -> str:
    """Take an id out of the data; a foreign record's that is no text stays there."""
    return data.pop(name) if isinstance(data.get(name), str) else ""
