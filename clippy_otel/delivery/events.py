"""Decoded records as plain mappings: what custom transports, the console and the test fixtures show.

Every mapping is an object of its own at the first level, that whoever gets it may keep and change.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from clippy_otel import semconv
from clippy_otel.otlp.decode import DecodedLog
from clippy_otel.otlp.decode_spans import DecodedSpan
from clippy_otel.otlp.points import MetricPoint
from clippy_otel.ports import Event, SpanData

BODY: Final = "body"  # where an event's data has the record's body
_NS_PER_MS: Final = 1_000_000
# By OTLP's numbers. A number that it does not have, which only a foreign sender can give, is the first one.
_KINDS: Final[tuple[Literal["unspecified", "internal", "server", "client", "producer", "consumer"], ...]] = (
    "unspecified",
    "internal",
    "server",
    "client",
    "producer",
    "consumer",
)
_STATUSES: Final[tuple[Literal["unset", "ok", "error"], ...]] = ("unset", "ok", "error")


def event_of(log: DecodedLog) -> Event:
    """Return the event that a log record holds; one that is no event is of type "log".

    The event's and the session's id are in `metadata` and not in `data`. A body is in `data`, as "body": an event's
    own attribute of that name comes before it, any other record's does not. A record that does not say when it happened
    happened when it was observed.
    """
    data = dict(log.attributes)
    if log.body is not None and not (log.event_name and BODY in data):
        data[BODY] = log.body
    return {
        "type": log.event_name or semconv.TYPE_LOG,
        "timestamp": (log.time_unix_nano or log.observed_time_unix_nano) // _NS_PER_MS,
        "data": data,
        "metadata": {
            "event_id": _pop_id(data, semconv.LOG_RECORD_UID),
            "session_id": _pop_id(data, semconv.SESSION_ID),
            "trace_id": log.trace_id,
            "span_id": log.span_id,
        },
    }


def span_data_of(span: DecodedSpan) -> SpanData:
    """Return a span as a mapping. The session's id is in `metadata` and not in `data`."""
    data = dict(span.attributes)
    return {
        "type": span.name,
        "timestamp": span.start_time_unix_nano // _NS_PER_MS,
        "data": data,
        "metadata": {
            "event_id": "",
            "session_id": _pop_id(data, semconv.SESSION_ID),
            "trace_id": span.trace_id,
            "span_id": span.span_id,
        },
        "kind": _KINDS[span.kind if 0 <= span.kind < len(_KINDS) else 0],
        "duration_ms": max(span.end_time_unix_nano - span.start_time_unix_nano, 0) / _NS_PER_MS,
        "status": _STATUSES[span.status_code if 0 <= span.status_code < len(_STATUSES) else 0],
        "status_message": span.status_message,
        "parent_span_id": span.parent_span_id,
        "events": [
            {"type": event.name, "timestamp": event.time_unix_nano // _NS_PER_MS, "data": dict(event.attributes)}
            for event in span.events
        ],
        "links": [
            {"trace_id": link.trace_id, "span_id": link.span_id, "data": dict(link.attributes)} for link in span.links
        ],
    }


def metric_event_of(point: MetricPoint) -> Event:
    """Return one collection of a metric's series as an event of type "performance.metric".

    `data` has name, unit, kind, temporality (what the figures cover: "delta", the time since the collection before;
    "cumulative", since the series began; or ""), count, sum, min, max, and the series' attributes. A gauge or sum is
    one value: its count is 1, and sum, min and max are that value. What a point does not know is None.
    """
    is_value = point.value is not None
    data = {
        "name": point.name,
        "unit": point.unit,
        "kind": point.kind,
        "temporality": point.temporality,
        "count": 1 if is_value else point.count,
        "sum": point.value if is_value else point.sum,
        "min": point.value if is_value else point.min,
        "max": point.value if is_value else point.max,
        "attributes": dict(point.attributes),
    }
    return {
        "type": semconv.TYPE_METRIC,
        "timestamp": point.time_unix_nano // _NS_PER_MS,
        "data": data,
        "metadata": {"event_id": "", "session_id": "", "trace_id": "", "span_id": ""},
    }


def _pop_id(data: dict[str, Any], name: str) -> str:
    """Take an id out of the data; a foreign record's that is no text stays there."""
    return data.pop(name) if isinstance(data.get(name), str) else ""
