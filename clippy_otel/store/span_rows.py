"""A span as a row of the SQLite store, and back unchanged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final

from clippy_otel import semconv
from clippy_otel.otlp.decode_spans import DecodedSpan, DecodedSpanEvent, DecodedSpanLink
from clippy_otel.store.origins import Mappings, Texts, origin_ids
from clippy_otel.store.values import MAX_INTEGER, from_json, pop_text, to_json

_INSERT: Final = """INSERT INTO spans (
    trace_id, span_id, parent_span_id, trace_state, flags, name, kind, start_time_unix_nano, duration_nano,
    attributes, dropped_attributes_count, events, dropped_events_count, links, dropped_links_count,
    status_code, status_message, session_id, resource_schema_url, scope_schema_url, resource_id, scope_id
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (trace_id, span_id) DO NOTHING"""

# The order of the joins is fixed, as that of SELECT_LOGS is.
SELECT_SPANS: Final = """SELECT
    spans.id, start_time_unix_nano, duration_nano, trace_id, span_id, parent_span_id, trace_state, flags, spans.name,
    kind, spans.attributes, dropped_attributes_count, events, dropped_events_count, links, dropped_links_count,
    status_code, status_message, session_id, resource_schema_url, scope_schema_url,
    resources.attributes, scopes.name, scopes.version, scopes.attributes
    FROM spans CROSS JOIN resources ON resources.id = resource_id CROSS JOIN scopes ON scopes.id = scope_id"""


class PreparedSpans:
    """Spans made ready for insertion, as PreparedLogs are."""

    def __init__(self, spans: Sequence[DecodedSpan]) -> None:
        texts = Texts()
        self._rows = [(_columns(span), texts.origin(span)) for span in spans]

    def insert(self, connection: sqlite3.Connection) -> int:
        """Insert them in the transaction that is open; return how many were not there before."""
        ids = origin_ids(connection, (origin for _, origin in self._rows))
        rows = [(*columns, *ids[origin]) for columns, origin in self._rows]
        return connection.executemany(_INSERT, rows).rowcount if rows else 0


def stored_spans(rows: Iterable[tuple[Any, ...]]) -> list[DecodedSpan]:
    """Return what rows of SELECT_SPANS stand for."""
    shared = Mappings()
    return [_stored_span(row, shared) for row in rows]


def _columns(span: DecodedSpan) -> tuple[Any, ...]:
    """Return a span's own columns, in the order of _INSERT."""
    attributes = dict(span.attributes)
    session_id = pop_text(attributes, semconv.SESSION_ID)
    start = min(span.start_time_unix_nano, MAX_INTEGER)
    return (
        span.trace_id or None,
        span.span_id or None,
        span.parent_span_id or None,
        span.trace_state or None,
        span.flags,
        span.name,
        span.kind,
        start,
        min(span.end_time_unix_nano, MAX_INTEGER) - start,
        to_json(attributes),
        span.dropped_attributes_count,
        to_json([event._asdict() for event in span.events]) if span.events else None,
        span.dropped_events_count,
        to_json([link._asdict() for link in span.links]) if span.links else None,
        span.dropped_links_count,
        span.status_code,
        span.status_message or None,
        session_id,
        span.resource_schema_url or None,
        span.scope_schema_url or None,
    )


def _stored_span(row: tuple[Any, ...], shared: Mappings) -> DecodedSpan:
    (_, start, duration, trace_id, span_id, parent_span_id, trace_state, flags, name, kind, *rest) = row
    (own, dropped_attributes, events, dropped_events, links, dropped_links, *rest) = rest
    (status_code, status_message, session_id, resource_url, scope_url, *origin) = rest
    resource, scope_name, scope_version, scope_attributes = origin
    attributes = from_json(own)
    if session_id is not None:
        attributes[semconv.SESSION_ID] = session_id
    return DecodedSpan(
        resource=shared[resource],
        scope_name=scope_name,
        scope_version=scope_version,
        scope_attributes=shared[scope_attributes],
        trace_id=trace_id or "",
        span_id=span_id or "",
        parent_span_id=parent_span_id or "",
        trace_state=trace_state or "",
        flags=flags,
        name=name,
        kind=kind,
        start_time_unix_nano=start,
        end_time_unix_nano=start + duration,
        attributes=attributes,
        dropped_attributes_count=dropped_attributes,
        events=tuple(DecodedSpanEvent(**event) for event in from_json(events or "[]")),
        dropped_events_count=dropped_events,
        links=tuple(DecodedSpanLink(**link) for link in from_json(links or "[]")),
        dropped_links_count=dropped_links,
        status_code=status_code,
        status_message=status_message or "",
        resource_schema_url=resource_url or "",
        scope_schema_url=scope_url or "",
    )
