"""The console transport: lines for eyes and for machines."""

from __future__ import annotations

import io
import json
import math
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.delivery.console import ConsoleTransport
from clippy_otel.ports import SIGNALS, Outcome, Signal, Verdict
from tests._requests import SESSION, TIME_NS, record, request
from tests._signals import (
    MS,
    counter,
    every_metric,
    full_span,
    gauge,
    histogram,
    key_values,
    metrics_request,
    span,
    span_request,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


class Broken(io.StringIO):
    """A stream whose writes fail."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def write(self, _: str) -> int:
        """Raise."""
        raise self._error


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let local time be UTC+2."""
    monkeypatch.setenv("TZ", "XXX-2")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def lines_of(stream: io.StringIO, data: bytes, signal: Signal = "logs") -> list[str]:
    """Send a request to a stream and return its lines."""
    assert ConsoleTransport(stream, signal=signal).send(data, 1.0) == Outcome(Verdict.DELIVERED)
    text = stream.getvalue()
    assert text.endswith("\n")
    return text[:-1].split("\n")


def shown_on(stream: io.StringIO, *records: bytes) -> list[str]:
    """Send log records to a stream and return its lines."""
    return lines_of(stream, request(*records))


def as_json(*records: bytes) -> list[dict[str, Any]]:
    """Send records to a stream that is no terminal and return what it holds, strictly read."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return [json.loads(line, parse_constant=refuse) for line in shown_on(io.StringIO(), *records)]


def test_prepare() -> None:
    """The request goes as it is, and its size is nobody's concern."""
    transport = ConsoleTransport()
    assert transport.prepare(b"data") == b"data"
    assert transport.limits_payload is False


def test_json_line() -> None:
    """Elsewhere than on a terminal each record is one JSON object, an event and its severity."""
    (shown,) = as_json(record("feature.used", {"n": 3}, event_id="e" * 32, severity_number=17, severity_text="ERROR"))
    assert shown == {
        "type": "feature.used",
        "timestamp": TIME_NS // 1_000_000,
        "data": {"n": 3},
        "metadata": {
            "event_id": "e" * 32,
            "session_id": SESSION,
            "trace_id": "0af7651916cd43dd8448eb211c80319c",
            "span_id": "00f067aa0ba902b7",
        },
        "severity": "ERROR",
    }


def test_json_values() -> None:
    """What JSON has no word for is written as text, and the line stays valid JSON."""
    data = {"nan": math.nan, "up": math.inf, "down": -math.inf, "raw": b"\x00\xff", "deep": [{"x": math.nan}]}
    (shown,) = as_json(record("e", data, body=[b"\x01", None]))
    assert shown["data"] == {"nan": "NaN", "up": "Infinity", "down": "-Infinity", "raw": "AP8=", "deep": [{"x": "NaN"}]}
    assert shown["body"] == ["AQ==", None]


def test_one_line_a_record() -> None:
    """Several records are several lines, in their order, in one write."""
    assert [shown["type"] for shown in as_json(record("a"), record("b"), record("c"))] == ["a", "b", "c"]


@pytest.mark.usefixtures("utc")
def test_terminal_line() -> None:
    """On a terminal: local time, name, pairs (quoted where they need it), trace and the session's first digits."""
    data = {"feature.id": "chat", "note": "two words", "n": 3, "list": [1, "a"], "empty": "", "eq": "a=b", "ok": True}
    (line,) = shown_on(Terminal(), record("feature.used", data))
    assert line == (
        '02:00:00.123 feature.used feature.id=chat note="two words" n=3 list=[1, "a"] empty="" eq="a=b" ok=true '
        "trace=0af7651916cd43dd8448eb211c80319c session=8b2e5a3c"
    )


@pytest.mark.usefixtures("utc")
def test_terminal_severity_and_body() -> None:
    """A severity other than INFO is shown, by its text, else by its number's name; so is a body."""
    plain: dict[str, Any] = {"attributes": {}, "trace_id": 0, "span_id": 0}
    lines = shown_on(
        Terminal(),
        record("a", severity_text="ERROR", severity_number=17, **plain),
        record("b", severity_text="", severity_number=14, **plain),
        record("c", severity_text="", severity_number=0, **plain),
        record("", body="it works", **plain),
    )
    assert [line[len("02:00:00.123") :] for line in lines] == [" ERROR a", " WARN b", " c", ' "it works"']


def test_body_has_one_place() -> None:
    """A body stands beside the data and not in it; an attribute that is called so stays in it."""
    plain, both, no_event = as_json(
        record("e", attributes={}, body="text"),
        record("e", attributes={"body": "attribute"}, body="text"),
        record("", attributes={}, body="text"),
    )
    assert (plain["type"], plain["data"], plain["body"]) == ("e", {}, "text")
    assert (both["data"], both["body"]) == ({"body": "attribute"}, "text")
    assert (no_event["type"], no_event["data"], no_event["body"]) == ("log", {}, "text")


def test_json_span() -> None:
    """A span is one JSON object with its events and links."""
    (line,) = lines_of(io.StringIO(), span_request(full_span()), "spans")
    shown = json.loads(line)
    assert (shown["type"], shown["timestamp"], shown["duration_ms"]) == ("GET /users", TIME_NS // MS, 12.5)
    assert (shown["kind"], shown["status"], shown["status_message"]) == ("server", "error", "it broke")
    assert shown["data"]["nested"] == {"a": [1, 2.5, None, True, "/w=="]}
    assert [event["type"] for event in shown["events"]] == ["exception"]
    assert [link["data"] for link in shown["links"]] == [{"why": "retry"}]


@pytest.mark.usefixtures("utc")
def test_terminal_span() -> None:
    """On a terminal: local time of the end, name, duration, the error where it failed, pairs, trace and session."""
    plain = span("cache", {"n": 3, "note": "two words"}, trace_id=b"", span_id=b"")
    failed_line, plain_line = lines_of(Terminal(), span_request(full_span(), plain), "spans")
    assert failed_line == (
        '02:00:00.135 GET /users 12.500ms ERROR "it broke" http.route=/users '
        'nested={"a": [1, 2.5, null, true, "/w=="]} trace=0af7651916cd43dd8448eb211c80319c session=s1'
    )
    assert plain_line == '02:00:00.135 cache 12.500ms n=3 note="two words"'


def test_json_metrics() -> None:
    """A metric's point is an event of its own type."""
    shown = [json.loads(line) for line in lines_of(io.StringIO(), metrics_request(*every_metric()), "metrics")]
    assert {each["type"] for each in shown} == {"performance.metric"}
    assert [each["data"]["name"] for each in shown] == ["memory", "requests", "duration", "latency", "old"]
    assert shown[2]["data"]["sum"] == 12.5


@pytest.mark.usefixtures("utc")
def test_terminal_metrics() -> None:
    """On a terminal: time of the collection, name, value or statistics, unit, attributes."""
    data = metrics_request(
        gauge(value=math.nan),
        counter(data={"route": "/a b"}),
        histogram(data={"ok": True}),
        histogram(min=None, max=None),
    )
    assert [line.removeprefix("02:00:00.123 ") for line in lines_of(Terminal(), data, "metrics")] == [
        'memory "NaN" By',
        'requests 7 route="/a b"',
        "duration count=3 sum=12.5 min=0.5 max=10.0 ms ok=true",
        "duration count=3 sum=12.5 ms",
    ]


HOSTILE = ["a\nb", "a\rb", "\x1b[2J", "\x9b2J", "\u202e", "\u2028", "\x00", "\x85", "\U000e0001"]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_injection_by_spans_and_metrics(hostile: str, stream: type[io.StringIO]) -> None:
    """No text of a span or metric begins a new line or reaches the terminal as a control."""
    made = span(hostile, {hostile: hostile}, trace_state=hostile)
    made.status.code, made.status.message = made.status.STATUS_CODE_ERROR, hostile
    made.events.add(name=hostile, attributes=key_values({hostile: hostile}))
    metrics = metrics_request(gauge(hostile, 1.0, {hostile: hostile}, unit=hostile))
    lines = [*lines_of(stream(), span_request(made), "spans"), *lines_of(stream(), metrics, "metrics")]
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_injection(hostile: str, stream: type[io.StringIO]) -> None:
    """No text, wherever in a record, begins a new line or reaches the terminal as a control."""
    lines = shown_on(stream(), record(hostile, {hostile: hostile, "x": [hostile]}, body=hostile, severity_text=hostile))
    assert len(lines) == 1
    assert lines[0].isprintable()


def test_escapes_are_told_from_what_looks_like_them() -> None:
    """A backslash that stands in a value is not shown like an escape of ours."""
    (line,) = shown_on(Terminal(), record("e", {"a": "x\\ny", "b": "x\ny"}))
    assert 'a="x\\\\ny" b="x\\ny"' in line


@given(VALUES, st.text())
def test_any_value(value: object, text: str) -> None:
    """Whatever a record holds, a terminal gets one printable line, and a machine valid JSON with the same texts."""
    encoded = record(text, {"value": value, "text": text}, body=value)
    assert shown_on(Terminal(), encoded)[0].isprintable()
    (shown,) = as_json(encoded)
    assert shown["data"]["text"] == text
    assert shown["type"] == (text or "log")


@pytest.mark.parametrize("kind", [io.TextIOWrapper, type("Tty", (io.TextIOWrapper,), {"isatty": lambda _: True})])
def test_narrow_encoding(kind: type[io.TextIOWrapper]) -> None:
    """A stream whose encoding lacks a character gets its escape, and the record is not lost."""
    raw = io.BytesIO()
    stream = kind(raw, encoding="latin-1")
    outcome = ConsoleTransport(stream).send(request(record("é→😀")), 1.0)
    assert outcome == Outcome(Verdict.DELIVERED)
    assert b"\\u00e9\\u2192\\ud83d\\ude00" in raw.getvalue()


def test_wide_encoding() -> None:
    """Text beyond ASCII is readable where the stream can hold it."""
    (line,) = shown_on(io.StringIO(), record("é→😀"))
    assert "é→😀" in line


def test_standard_output_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a stream it is whatever sys.stdout is when something is sent."""
    transport = ConsoleTransport()
    first, second = io.StringIO(), io.StringIO()
    for stream in (first, second):
        monkeypatch.setattr(sys, "stdout", stream)
        transport.send(request(), 1.0)
    assert first.getvalue().count("\n") == second.getvalue().count("\n") == 1


def test_flushed() -> None:
    """What was sent has left the stream's buffer."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    ConsoleTransport(stream).send(request(), 1.0)
    assert raw.getvalue().endswith(b"\n")


def test_closed_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that is closed, or not there at all, refuses."""
    stream = io.StringIO()
    stream.close()
    assert ConsoleTransport(stream).send(request(), 1.0) == Outcome(Verdict.REFUSED, message="console: ValueError")
    monkeypatch.setattr(sys, "stdout", None)
    assert ConsoleTransport().send(request(), 1.0).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    "error, verdict",
    [
        (BrokenPipeError(32, "Broken pipe"), Verdict.REFUSED),
        (OSError(28, "No space left on device"), Verdict.RETRY),
        (BlockingIOError(11, "Resource temporarily unavailable"), Verdict.RETRY),
        (RuntimeError("secret"), Verdict.REFUSED),
    ],
)
def test_failing_stream(error: Exception, verdict: Verdict) -> None:
    """A pipe that nobody reads is gone for good, a full disk is not; the message holds no text of unknown origin."""
    outcome = ConsoleTransport(Broken(error)).send(request(), 1.0)
    assert outcome.verdict is verdict
    assert "secret" not in outcome.message


@pytest.mark.parametrize("signal", SIGNALS)
def test_malformed_request(signal: Signal) -> None:
    """Bytes that are no request are refused, and nothing is written."""
    stream = io.StringIO()
    assert ConsoleTransport(stream, signal=signal).send(b"\x0a\xff", 1.0).verdict is Verdict.REFUSED
    assert stream.getvalue() == ""


def test_extreme_times() -> None:
    """Any time that OTLP can say has a line."""
    assert len(shown_on(Terminal(), record(time_unix_nano=2**64 - 1), record(time_unix_nano=1))) == 2
    spans = span_request(span(end_time_unix_nano=2**64 - 1), span(start_time_unix_nano=2**64 - 1, end_time_unix_nano=0))
    assert len(lines_of(Terminal(), spans, "spans")) == 2
    assert len(lines_of(Terminal(), metrics_request(gauge(time_unix_nano=2**64 - 1)), "metrics")) == 1


def test_lifecycle() -> None:
    """Abort, close and fork leave the stream alone: it is not ours."""
    stream = io.StringIO()
    transport = ConsoleTransport(stream)
    transport.abort()
    transport.close()
    transport.after_fork()
    assert transport.send(request(), 1.0).verdict is Verdict.DELIVERED
