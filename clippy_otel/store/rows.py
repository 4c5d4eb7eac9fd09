"""A log record as a row of the SQLite store, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clippy_otel import semconv
from clippy_otel.otlp.decode import DecodedLog
from clippy_otel.store.origins import Mappings, Texts, origin_ids
from clippy_otel.store.values import MAX_INTEGER, from_json, pop_text, to_json

_INSERT: Final = """INSERT INTO logs (
    time_unix_nano, observed_time_unix_nano, event_name, severity_number, severity_text, body, attributes,
    trace_id, span_id, trace_flags, session_id, event_id, dropped_attributes_count, resource_id, scope_id
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING"""

# CROSS JOIN is SQLite's way to fix the order of a join: logs by an index, the other two looked up by their ids.
SELECT_LOGS: Final = """SELECT
    logs.id, time_unix_nano, observed_time_unix_nano, event_name, severity_number, severity_text, body,
    logs.attributes, trace_id, span_id, trace_flags, session_id, event_id, dropped_attributes_count,
    resources.attributes, scopes.name, scopes.version, scopes.attributes
    FROM logs CROSS JOIN resources ON resources.id = resource_id CROSS JOIN scopes ON scopes.id = scope_id"""


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A log record as the store has it; ids and texts that it does not have are "".

    Attributes:
        time_unix_nano: When it happened (else when it was observed), nanoseconds since the epoch.
        observed_time_unix_nano: When it was observed, nanoseconds since the epoch; 0 where it does not say.
        event_name: The event's name.
        severity_number: OpenTelemetry's SeverityNumber, 0 for none.
        severity_text: The severity as its source called it.
        body: The body, None for none.
        attributes: Its attributes, without the event's and the session's id.
        trace_id: 32 lower-case hex digits.
        span_id: 16 lower-case hex digits.
        trace_flags: The trace's flags: 1 is sampled.
        session_id: The session that it belongs to.
        event_id: Its own id (`log.record.uid`).
        dropped_attributes_count: How many attributes it lost to limits.
        resource: The resource's attributes; shared between records, not to be changed.
        scope_name: The instrumentation scope's name.
        scope_version: The instrumentation scope's version.
        scope_attributes: The instrumentation scope's attributes; shared between records, not to be changed.
    """

    time_unix_nano: int
    observed_time_unix_nano: int
    event_name: str
    severity_number: int
    severity_text: str
    body: Any
    attributes: dict[str, Any]
    trace_id: str
    span_id: str
    trace_flags: int
    session_id: str
    event_id: str
    dropped_attributes_count: int
    resource: Mapping[str, Any]
    scope_name: str
    scope_version: str
    scope_attributes: Mapping[str, Any]


class PreparedLogs:
    """Log records made ready for insertion, so that the database's write lock is held for no longer than that takes."""

    def __init__(self, logs: Sequence[DecodedLog]) -> None:
        texts = Texts()
        self._rows = [(_columns(log), texts.origin(log)) for log in logs]

    def insert(self, connection: sqlite3.Connection) -> int:
        """Insert them in the transaction that is open; return how many were not there before."""
        ids = origin_ids(connection, (origin for _, origin in self._rows))
        rows = [(*columns, *ids[origin]) for columns, origin in self._rows]
        return connection.executemany(_INSERT, rows).rowcount if rows else 0


def stored_logs(rows: Iterable[tuple[Any, ...]]) -> list[StoredLog]:
    """Return what rows of SELECT_LOGS stand for."""
    shared = Mappings()
    return [_stored_log(row, shared) for row in rows]


def _columns(log: DecodedLog) -> tuple[Any, ...]:
    """Return a record's own columns, in the order of _INSERT."""
    attributes = dict(log.attributes)
    # These two leave the attributes for columns of their own: a third of a typical record's text, once and not twice.
    session_id = pop_text(attributes, semconv.SESSION_ID)
    event_id = pop_text(attributes, semconv.LOG_RECORD_UID)
    return (
        min(log.time_unix_nano or log.observed_time_unix_nano, MAX_INTEGER),
        min(log.observed_time_unix_nano, MAX_INTEGER),
        log.event_name,
        log.severity_number,
        log.severity_text,
        None if log.body is None else to_json(log.body),
        to_json(attributes),
        log.trace_id or None,
        log.span_id or None,
        log.flags,
        session_id,
        event_id,
        log.dropped_attributes_count,
    )


def _stored_log(row: tuple[Any, ...], shared: Mappings) -> StoredLog:
    (_, time_unix_nano, observed, event_name, number, text, body, attributes, trace_id, span_id, flags, *rest) = row
    session_id, event_id, dropped, resource, scope_name, scope_version, scope_attributes = rest
    return StoredLog(
        time_unix_nano=time_unix_nano,
        observed_time_unix_nano=observed,
        event_name=event_name,
        severity_number=number,
        severity_text=text,
        body=None if body is None else from_json(body),
        attributes=from_json(attributes),
        trace_id=trace_id or "",
        span_id=span_id or "",
        trace_flags=flags,
        session_id=session_id or "",
        event_id=event_id or "",
        dropped_attributes_count=dropped,
        resource=shared[resource],
        scope_name=scope_name,
        scope_version=scope_version,
        scope_attributes=shared[scope_attributes],
    )
