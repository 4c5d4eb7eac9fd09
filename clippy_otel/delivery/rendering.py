"""A record as a line of text, for eyes on a terminal or for machines; its characters are taken as they come.

On a terminal:
    log record: local time, severity where it is not INFO, name, body, key=value pairs
    span: local time of its end, name, duration, ERROR and the reason where it failed, pairs
    metric: local time, name, value or statistics, unit, pairs
Elsewhere: one JSON object a line. A log record is an Event with `severity` (and `body`, where there is one) beside it,
a span is SpanData, a metric point an Event of type "performance.metric". Floats that are no number are the texts "NaN",
"Infinity" and "-Infinity", bytes are base64, as in OTLP's own JSON.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, Final

from clippy_otel.delivery.events import BODY, event_of, metric_event_of, span_data_of
from clippy_otel.otlp.decode import DecodedLog
from clippy_otel.otlp.decode_spans import DecodedSpan
from clippy_otel.otlp.points import MetricPoint
from clippy_otel.ports import Event, EventMetadata, Signal

_SEVERITIES: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")  # four SeverityNumbers each, from 1
_PLAIN: Final = re.compile(r"[^\s\"'=\\{}\[\],]+")  # what needs no quotes to be told from its neighbours
_SHOWN_SESSION: Final = 8  # digits of the session's id on a terminal, enough to tell it from the next
_DIMENSIONLESS: Final = ("", "1")


def _log_line(log: DecodedLog) -> str:
    event, severity = _event_without_body(log), _severity(log)
    parts = [_local_time(log.time_unix_nano or log.observed_time_unix_nano)]
    if severity not in ("", "INFO"):
        parts.append(severity)
    if log.event_name:
        parts.append(log.event_name)
    if log.body is not None:
        parts.append(_text(log.body))
    return " ".join([*parts, *_pairs(event["data"]), *_origin(event["metadata"])])


def _log_json(log: DecodedLog) -> str:
    shown: dict[str, Any] = {**_event_without_body(log), "severity": _severity(log)}
    if log.body is not None:
        shown["body"] = log.body
    return _as_json(shown)


def _event_without_body(log: DecodedLog) -> Event:
    """Return a log record's event; here the body has a place of its own, and an attribute of that name keeps its."""
    event = event_of(log)
    if log.body is not None and event["data"].get(BODY) is log.body:
        del event["data"][BODY]
    return event


def _severity(log: DecodedLog) -> str:
    if log.severity_text or not 1 <= log.severity_number <= 4 * len(_SEVERITIES):
        return log.severity_text
    return _SEVERITIES[(log.severity_number - 1) // 4]


def _span_line(span: DecodedSpan) -> str:
    data = span_data_of(span)
    parts = [_local_time(span.end_time_unix_nano), span.name, f"{data['duration_ms']:.3f}ms"]
    if data["status"] == "error":
        parts.append("ERROR")
        if span.status_message:
            parts.append(_text(span.status_message))
    return " ".join([*parts, *_pairs(data["data"]), *_origin(data["metadata"])])


def _span_json(span: DecodedSpan) -> str:
    return _as_json(span_data_of(span))


def _metric_line(point: MetricPoint) -> str:
    parts = [_local_time(point.time_unix_nano), point.name]
    if point.value is not None:
        parts.append(_text(point.value))
    else:
        figures = {"count": point.count, "sum": point.sum, "min": point.min, "max": point.max}
        parts.extend(_pairs({name: figure for name, figure in figures.items() if figure is not None}))
    if point.unit not in _DIMENSIONLESS:
        parts.append(point.unit)
    return " ".join([*parts, *_pairs(point.attributes)])


def _metric_json(point: MetricPoint) -> str:
    return _as_json(metric_event_of(point))


TERMINAL_LINES: Final[Mapping[Signal, Callable[[Any], str]]] = {
    "logs": _log_line,
    "spans": _span_line,
    "metrics": _metric_line,
}
MACHINE_LINES: Final[Mapping[Signal, Callable[[Any], str]]] = {
    "logs": _log_json,
    "spans": _span_json,
    "metrics": _metric_json,
}


def _pairs(data: Mapping[str, Any]) -> list[str]:
    return [f"{_text(key)}={_text(value)}" for key, value in data.items()]


def _origin(metadata: EventMetadata) -> list[str]:
    shown = {"trace": metadata["trace_id"], "session": metadata["session_id"][:_SHOWN_SESSION]}
    return _pairs({name: value for name, value in shown.items() if value})


def _local_time(time_unix_nano: int) -> str:
    seconds, nanoseconds = divmod(time_unix_nano, 1_000_000_000)
    # By way of UTC: converting to local time raises for no time that 64 bits of nanoseconds can say.
    moment = datetime.fromtimestamp(seconds, timezone.utc).astimezone()
    return f"{moment:%H:%M:%S}.{nanoseconds // 1_000_000:03d}"


def _text(value: Any) -> str:
    """Return a key or value as it stands where that is clear, else as JSON."""
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else _as_json(value)


def _as_json(value: Any) -> str:
    return json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
