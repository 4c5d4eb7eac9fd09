"""Decoded records as plain mappings."""

from __future__ import annotations

import pytest

from clippy_otel.delivery.events import event_of, metric_event_of, span_data_of
from tests._requests import SESSION, TIME_NS, decoded
from tests._signals import MS, counter, decoded_points, decoded_spans, full_span, gauge, histogram, span, summary

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"


def test_event() -> None:
    """An event has name, milliseconds, data and metadata, the ids in the metadata only."""
    event = event_of(decoded("feature.used", {"feature.id": "chat", "nested": {"a": [1, 2.5]}}, event_id="e" * 32))
    assert event == {
        "type": "feature.used",
        "timestamp": TIME_NS // 1_000_000,
        "data": {"feature.id": "chat", "nested": {"a": [1, 2.5]}},
        "metadata": {
            "event_id": "e" * 32,
            "session_id": SESSION,
            "trace_id": "0af7651916cd43dd8448eb211c80319c",
            "span_id": "00f067aa0ba902b7",
        },
    }


def test_absent_ids() -> None:
    """An id that the record does not have is an empty text."""
    event = event_of(decoded(attributes={"a": 1}, trace_id=0, span_id=0))
    assert event["metadata"] == {"event_id": "", "session_id": "", "trace_id": "", "span_id": ""}
    assert event["data"] == {"a": 1}


def test_id_that_is_no_text() -> None:
    """A foreign record's id of another type stays in the data rather than being lost."""
    event = event_of(decoded(attributes={"session.id": 7}))
    assert event["metadata"]["session_id"] == ""
    assert event["data"] == {"session.id": 7}


def test_unknown_time() -> None:
    """A record without a time happened when it was observed."""
    assert event_of(decoded(time_unix_nano=0, observed_time_unix_nano=5_000_000))["timestamp"] == 5


def test_record_is_unchanged() -> None:
    """The record keeps its attributes; the event has a mapping of its own."""
    log = decoded("e", {"a": 1})
    before = dict(log.attributes)
    event_of(log)["data"]["b"] = 2
    assert log.attributes == before


def test_body_of_an_event() -> None:
    """An event's body is in its data, unless an attribute has that name."""
    assert event_of(decoded("e", attributes={"a": 1}, body="text"))["data"] == {"a": 1, "body": "text"}
    assert event_of(decoded("e", attributes={"body": 1}, body="text"))["data"] == {"body": 1}
    assert event_of(decoded("e", attributes={}))["data"] == {}


def test_record_that_is_no_event() -> None:
    """A log record without an event's name is of type "log", with its body in the data."""
    event = event_of(decoded("", attributes={"a": 1, "body": 2}, body={"deep": [1]}))
    assert (event["type"], event["data"]) == ("log", {"a": 1, "body": {"deep": [1]}})
    assert event_of(decoded("", attributes={"a": 1}))["data"] == {"a": 1}


def test_span() -> None:
    """A span has an event's fields, and what only a span has."""
    (decoded_span,) = decoded_spans(full_span())
    assert span_data_of(decoded_span) == {
        "type": "GET /users",
        "timestamp": TIME_NS // MS,
        "data": {"http.route": "/users", "nested": {"a": [1, 2.5, None, True, b"\xff"]}},
        "metadata": {"event_id": "", "session_id": "s1", "trace_id": TRACE, "span_id": SPAN},
        "kind": "server",
        "duration_ms": 12.5,
        "status": "error",
        "status_message": "it broke",
        "parent_span_id": "1112131415161718",
        "events": [
            {"type": "exception", "timestamp": TIME_NS // MS + 5, "data": {"exception.type": "ValueError"}},
        ],
        "links": [{"trace_id": f"{7:032x}", "span_id": f"{8:016x}", "data": {"why": "retry"}}],
    }


@pytest.mark.parametrize("number", [0, 6, -1, 2**31 - 1])
def test_span_of_unknown_kind(number: int) -> None:
    """A kind or status that OTLP does not have is none; a span that ends before it starts took no time."""
    (odd,) = decoded_spans(span())
    data = span_data_of(odd._replace(kind=number, status_code=number and 2 + abs(number), end_time_unix_nano=1))
    assert (data["kind"], data["status"], data["duration_ms"]) == ("unspecified", "unset", 0)


def test_span_is_unchanged() -> None:
    """The span keeps its attributes, and so do its events and links; the mappings are other objects."""
    (before,) = decoded_spans(full_span())
    (given,) = decoded_spans(full_span())
    data = span_data_of(given)
    for mapping in (data["data"], data["events"][0]["data"], data["links"][0]["data"]):
        mapping.clear()
    assert given == before


def test_histogram() -> None:
    """A collection of a histogram is an event with its statistics and attributes, and no ids."""
    (point,) = decoded_points(histogram(data={"route": "/a"}))
    assert metric_event_of(point) == {
        "type": "performance.metric",
        "timestamp": TIME_NS // MS,
        "data": {
            "name": "duration",
            "unit": "ms",
            "kind": "histogram",
            "temporality": "delta",
            "count": 3,
            "sum": 12.5,
            "min": 0.5,
            "max": 10.0,
            "attributes": {"route": "/a"},
        },
        "metadata": {"event_id": "", "session_id": "", "trace_id": "", "span_id": ""},
    }


def test_single_values() -> None:
    """A gauge or sum is one value; a summary has no smallest and largest."""
    figures = [
        {key: metric_event_of(point)["data"][key] for key in ("kind", "temporality", "count", "sum", "min", "max")}
        for point in decoded_points(gauge(value=2.5), counter(value=7), summary())
    ]
    assert figures == [
        {"kind": "gauge", "temporality": "", "count": 1, "sum": 2.5, "min": 2.5, "max": 2.5},
        {"kind": "sum", "temporality": "cumulative", "count": 1, "sum": 7, "min": 7, "max": 7},
        {"kind": "summary", "temporality": "", "count": 2, "sum": 3.0, "min": None, "max": None},
    ]


def test_gauge_without_a_value() -> None:
    """A point that has no value has no figures."""
    (point,) = decoded_points(gauge())
    data = metric_event_of(point._replace(value=None))["data"]
    assert (data["count"], data["sum"], data["min"], data["max"]) == (None,) * 4
