"""A decoded record as an Event."""

from __future__ import annotations

from clippy_otel.delivery.events import event_of
from tests._requests import SESSION, TIME_NS, decoded


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
