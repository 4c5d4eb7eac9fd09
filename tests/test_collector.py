"""TelemetryCollector: both forms of track, errors, times, status; nothing that records ever raises."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import decimal
import enum
import math
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry._logs import SeverityNumber

from clippy_otel import TelemetryCollector
from clippy_otel.breadcrumbs import Breadcrumb
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ledger import LedgerRow
from clippy_otel.testing import CapturedTelemetry, capture
from tests._fakes import RaisingMapping


@pytest.fixture
def captured() -> Iterator[CapturedTelemetry]:
    """Telemetry in memory."""
    with capture() as telemetry:
        yield telemetry


def test_the_two_forms_of_track_are_one(captured: CapturedTelemetry) -> None:
    """The specification's mapping and a name with data give the same record."""
    collector = captured.telemetry.collector
    collector.track({"type": "feature.used", "timestamp": 1_700_000_000_000, "data": {"featureId": "chat"}})
    collector.track("feature.used", {"featureId": "chat"}, timestamp=1_700_000_000_000)
    one, two = captured.events
    assert (one["type"], one["timestamp"], one["data"]) == ("feature.used", 1_700_000_000_000, {"featureId": "chat"})
    assert (two["type"], two["timestamp"], two["data"]) == (one["type"], one["timestamp"], one["data"])


@pytest.mark.parametrize(
    "timestamp, expected_ms",
    [
        (1_700_000_000_123, 1_700_000_000_123),
        (1_700_000_000_123.4, 1_700_000_000_123),
        (1_700_000_000, 1_700_000_000_000),
        (1_700_000_000.5, 1_700_000_000_500),
        (dt.datetime(2023, 11, 14, 22, 13, 20), 1_700_000_000_000),  # noqa: DTZ001 - naive is UTC
        (dt.datetime(2023, 11, 14, 23, 13, 20, tzinfo=dt.timezone(dt.timedelta(hours=1))), 1_700_000_000_000),
    ],
)
def test_a_timestamp_is_milliseconds_seconds_or_a_datetime(
    captured: CapturedTelemetry, timestamp: Any, expected_ms: int
) -> None:
    """Below 1e11 a number is seconds; a naive datetime is UTC."""
    captured.telemetry.collector.track("a", timestamp=timestamp)
    assert captured.events[0]["timestamp"] == expected_ms


@pytest.mark.parametrize("timestamp", [math.nan, math.inf, -1, 1e300, 10**40, "yesterday", True, object(), b"1"])
def test_what_is_no_time_is_now(captured: CapturedTelemetry, timestamp: Any) -> None:
    """An impossible time costs the time, not the record."""
    captured.telemetry.collector.track("a", timestamp=timestamp)
    assert captured.events[0]["timestamp"] == captured.clock.time_ns() // 1_000_000


@pytest.mark.parametrize(
    "severity, expected",
    [
        (None, (9, "INFO")),
        (1, (1, "TRACE")),
        (13, (13, "WARN")),
        (24, (24, "FATAL")),
        (SeverityNumber.ERROR2, (18, "ERROR")),
        (0, (9, "INFO")),
        (25, (9, "INFO")),
        ("loud", (9, "INFO")),
    ],
)
def test_a_severity_is_opentelemetrys_number(
    captured: CapturedTelemetry, severity: Any, expected: tuple[int, str]
) -> None:
    """1 to 24, also as the API's enumeration; what is none of them is INFO."""
    captured.telemetry.collector.track("a", severity=severity)
    log = captured.logs[-1]
    assert (log.severity_number, log.severity_text) == expected


class Colour(enum.Enum):
    """An enumeration of the application's."""

    RED = "red"


@dataclasses.dataclass
class Point:
    """A dataclass of the application's."""

    x: int
    email: str


class Model(pydantic.BaseModel):
    """A pydantic model of the application's."""

    name: str
    password: str


class Unprintable:
    """An object whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError


def recursive() -> dict[str, Any]:
    """Return data that holds itself."""
    data: dict[str, Any] = {"a": 1}
    data["self"] = [data, data]
    return data


HOSTILE: dict[str, Any] = {
    "object": object(),
    "recursion": recursive(),
    "nan": math.nan,
    "infinity": -math.inf,
    "bytes": b"\xff\x00",
    "surrogate": "a\ud800b",
    "surrogate key": {"\udfff": 1},
    "large integer": 2**200,
    "huge integer": 10**6000,
    "huge text": "x" * 1_000_000,
    "other keys": {1: "a", None: "b", (1, 2): "c", 1.5: "d", b"k": "e"},
    "datetime": dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
    "timedelta": dt.timedelta(seconds=5),
    "decimal": decimal.Decimal("1.10"),
    "uuid": uuid.UUID(int=5),
    "numpy": [np.int64(7), np.float32(0.5), np.bool_(1), np.array([1, 2])],
    "model": Model(name="x", password="hunter2"),
    "dataclass": Point(1, "alice@example.com"),
    "enumeration": Colour.RED,
    "set": {1, 2},
    "unprintable": Unprintable(),
    "generator": (number for number in range(3)),
    "raising mapping": RaisingMapping(),
    "exception": ValueError("x"),
    "type": int,
    "function": print,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.swallows
def test_whatever_stands_in_the_data_the_record_goes_out_and_its_batch_with_it(
    captured: CapturedTelemetry, name: str
) -> None:
    """One bad value costs itself at most: the record and those around it arrive, and nothing private does."""
    collector = captured.telemetry.collector
    collector.track("before")
    collector.track("hostile", {"value": HOSTILE[name], "other": 1})
    collector.track("after")
    assert [event["type"] for event in captured.events] == ["before", "hostile", "after"]
    assert captured.events[1]["data"]["other"] == 1
    assert "hunter2" not in repr(captured.logs)
    assert "alice" not in repr(captured.logs)


def test_what_can_be_said_of_a_value_is_said(captured: CapturedTelemetry) -> None:
    """Times, decimals, models and the like arrive as their usual texts and shapes."""
    names = ("datetime", "decimal", "uuid", "numpy", "model", "dataclass", "enumeration", "large integer", "timedelta")
    captured.telemetry.collector.track("a", {name: HOSTILE[name] for name in names})
    assert captured.events[0]["data"] == {
        "datetime": "2026-01-01T00:00:00+00:00",
        "timedelta": 5.0,
        "decimal": "1.10",
        "uuid": "00000000-0000-0000-0000-000000000005",
        "numpy": [7, 0.5, True, [1, 2]],
        "model": {"name": "x", "password": "[REDACTED]"},
        "dataclass": {"x": 1, "email": "[REDACTED]"},
        "enumeration": "red",
        "large integer": str(2**200),
    }


@pytest.mark.swallows
@pytest.mark.parametrize(
    "event, data",
    [
        ("", None),
        (None, None),
        (7, {"a": 1}),
        ({}, None),
        ({"type": None, "data": 5, "timestamp": "x"}, None),
        ({"data": {"a": 1}}, None),
        ("a", "text"),
        ("a", [1, 2]),
        (RaisingMapping(), None),
        (Unprintable(), None),
        ("x" * 100_000, None),
        ("\ud800", None),
    ],
)
def test_whatever_track_is_called_with_it_never_raises(captured: CapturedTelemetry, event: Any, data: Any) -> None:
    """A wrong call is a record with what can be said, or a count; the next event is unharmed."""
    captured.telemetry.collector.track(event, data)
    captured.telemetry.collector.track("next")
    row = (
        captured.telemetry.collector.flush().exported
        + captured.telemetry.collector.buffer_status().ledger["logs"].exported
    )
    assert row > 0
    assert captured.events[-1]["type"] == "next"
    ledger = captured.telemetry.collector.buffer_status().ledger["logs"]
    assert ledger.offered == ledger.exported + ledger.unencodable == 3
    if not isinstance(event, RaisingMapping):
        assert ledger.unencodable == 0


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.just(Unprintable()),
    lambda children: st.lists(children) | st.dictionaries(st.text() | st.integers(), children),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(), values, max_size=8))
def test_any_data_is_recorded_and_left_as_it_was(data: dict[str, Any]) -> None:
    """Nested data of any kind goes through, and the caller's own is not touched."""
    before = repr_safe(data)
    with capture() as captured:
        captured.telemetry.collector.track("a", data)
        assert len(captured.events) == 1
    assert repr_safe(data) == before


def repr_safe(value: Any) -> Any:
    """Return a comparable picture of nested data that may hold unprintable objects and NaN."""
    if isinstance(value, dict):
        return [(key, repr_safe(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [repr_safe(item) for item in value]
    return id(value) if isinstance(value, Unprintable) else repr(value)


def test_an_error_is_one_exception_record(captured: CapturedTelemetry) -> None:
    """Type, message, stack trace, fingerprint, context and the id that was returned; redacted as anything else."""
    collector = captured.telemetry.collector
    with pytest.raises(ConnectionError) as caught:
        raise ConnectionError("no answer for alice@example.com")
    error_id = collector.track_error(caught.value, context={"operation": "chat", "api_key": "k-123"})
    assert collector.track_error(caught.value) == error_id
    (event,) = captured.errors
    data = event["data"]
    assert event["type"] == "exception"
    assert data["exception.type"] == "ConnectionError"
    assert data["exception.message"] == "no answer for [REDACTED]"
    assert "test_collector.py" in data["exception.stacktrace"]
    assert "alice" not in repr(captured.logs)
    assert data["clippy.error.id"] == error_id
    assert data["clippy.error.context"] == {"operation": "chat", "api_key": "[REDACTED]"}
    assert captured.logs[-1].severity_number == 17


def test_an_error_has_the_breadcrumbs_that_led_to_it(captured: CapturedTelemetry) -> None:
    """Those of the scopes that are open, oldest first, the oldest left out where they would be too large."""
    telemetry, scopes = captured.telemetry, captured.telemetry.current_scope()._scopes
    time_ns = captured.clock.time_ns()
    scopes.add_breadcrumb(Breadcrumb("started", "app", "info", None, time_ns))
    with telemetry.scope():
        scopes.add_breadcrumb(Breadcrumb("to alice@example.com", "mail", "error", {"password": "hunter2"}, time_ns))
        telemetry.collector.track_error(ValueError("one"))
    for _ in range(50):
        scopes.add_breadcrumb(Breadcrumb("x" * 1000, "app", "info", None, time_ns))
    telemetry.collector.track_error(ValueError("two"))
    one, two = (error["data"]["clippy.error.breadcrumbs"] for error in captured.errors)
    timestamp = time_ns // 1_000_000
    assert one == [
        {"timestamp": timestamp, "category": "app", "level": "info", "message": "started"},
        {
            "timestamp": timestamp,
            "category": "mail",
            "level": "error",
            "message": "to [REDACTED]",
            "data": {"password": "[REDACTED]"},
        },
    ]
    assert [crumb["message"][0] for crumb in two] == ["x"] * 4


def test_an_error_may_be_the_current_one_a_text_or_nothing(captured: CapturedTelemetry) -> None:
    """An id always comes back."""
    collector = captured.telemetry.collector
    try:
        raise KeyError("x")
    except KeyError:
        collector.track_error(None)
    collector.track_error("it broke", context="api-call")
    assert len(collector.track_error(None)) == 32
    collector.track_error(Unprintable())  # type: ignore[arg-type] # a careless application
    kinds = [(error["data"]["exception.type"], error["data"]["exception.message"]) for error in captured.errors]
    assert kinds == [
        ("KeyError", "'x'"),
        ("str", "it broke"),
        ("str", "no error is being handled"),
        ("tests.test_collector.Unprintable", "<unprintable Unprintable>"),
    ]
    assert captured.errors[1]["data"]["clippy.error.context"] == "api-call"


def test_buffer_status_prints_as_the_specification_does(captured: CapturedTelemetry) -> None:
    """Size of max_size, bytes, and the ledger; a flush empties it."""
    collector = captured.telemetry.collector
    for _ in range(5):
        collector.track("a")
    status = collector.buffer_status()
    assert (status.size, status.max_size, status.utilization, status.spooled) == (5, 50, 0.1, 0)
    assert 5 * 100 < status.bytes < 6 * 600
    assert status.ledger["logs"] == LedgerRow(offered=6, pending=6)
    assert collector.flush().ok
    status = collector.buffer_status()
    assert (status.size, status.bytes) == (0, 0)


def test_a_flush_and_a_shutdown_can_be_awaited(captured: CapturedTelemetry) -> None:
    """The async forms do the same without blocking the loop."""

    async def main() -> None:
        captured.telemetry.collector.track("a")
        assert (await captured.telemetry.collector.aflush()).exported == 2
        captured.telemetry.collector.track("b")
        assert (await captured.telemetry.collector.ashutdown()).exported == 2  # and the session's end

    asyncio.run(main())


def test_a_collector_alone_takes_settings_or_the_specifications_mapping() -> None:
    """The specification's own construction works, and what is wrong with one is said at once."""
    batches: list[list[Any]] = []
    collector = TelemetryCollector(
        {"enabled": True, "transport": "custom", "customTransport": batches.append, "redactPII": True},
        max_buffer_size=7,
    )
    collector.track("a", {"email": "alice@example.com"})
    assert collector.shutdown().ok
    assert collector.get_config().max_buffer_size == collector.config.max_buffer_size == 7
    events = [event for batch in batches for event in batch]
    assert [event["type"] for event in events] == ["session.start", "a", "session.end"]
    assert events[1]["data"] == {"email": "[REDACTED]"}
    with pytest.raises(ConfigurationError, match="max_bufer_size"):
        TelemetryCollector(max_bufer_size=7)


def test_two_collectors_are_isolated() -> None:
    """Each has its own session, books and transport, and an exception is an error of both."""
    one: list[Any] = []
    two: list[Any] = []
    collectors = [
        TelemetryCollector(transport="custom", custom_transport=batches.extend, flush_on=()) for batches in (one, two)
    ]
    error = ValueError("x")
    ids = [collector.track_error(error) for collector in collectors]
    assert collectors[0].session.id != collectors[1].session.id
    for collector in collectors:
        assert collector.shutdown().ok
    assert [event["type"] for event in one] == [event["type"] for event in two]
    assert len(set(ids)) == 2


def test_the_session_can_be_read(captured: CapturedTelemetry) -> None:
    """collector.session is the one that the next event belongs to, in the scope that is open."""
    collector = captured.telemetry.collector
    session = collector.session
    collector.track("a")
    assert captured.events[0]["metadata"]["session_id"] == session.id
    assert session.started_at == dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    with captured.telemetry.scope(session_id="browser-1"):
        assert collector.session.id == "browser-1"
