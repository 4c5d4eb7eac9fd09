"""Values that cannot be redacted within the limits, on every path: a field is replaced, a record is counted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.resources import Resource

from clippy_otel.hooks.origins import redact_resource
from clippy_otel.privacy import Limits, Redactor
from clippy_otel.testing import CapturedTelemetry, capture

CANARY = "ada.canary@example.com"
# What may become of a record here.
COLUMNS = {"exported", "pending", "redaction_failed", "unencodable", "throttled", "rejected"}
pytestmark = pytest.mark.swallows


class UnreadableError(Exception):
    """What the application's objects raise, with the canary in it."""

    def __init__(self) -> None:
        super().__init__(CANARY)


class Mute:
    """An object without a text."""

    def __str__(self) -> str:
        raise UnreadableError

    __repr__ = __str__


class Sliding(str):
    """A text that is another one each time."""

    __slots__ = ()

    def __str__(self) -> str:
        return CANARY

    def __len__(self) -> int:
        return 0


class Broken(Mapping[str, Any]):
    """A mapping that breaks while it is read."""

    def __getitem__(self, key: str) -> Any:
        raise UnreadableError

    def __iter__(self) -> Iterator[str]:
        yield "note"
        raise UnreadableError

    def __len__(self) -> int:
        return 3


class Shifting(Mapping[str, Any]):
    """A mapping that is clean when it is read for the first time."""

    def __init__(self) -> None:
        self._reads = 0

    def __getitem__(self, key: str) -> Any:
        self._reads += 1
        return "clean" if self._reads == 1 else CANARY

    def __iter__(self) -> Iterator[str]:
        return iter(("note",))

    def __len__(self) -> int:
        return 1


def endless() -> list[Any]:
    """Return a list that holds itself, and the canary."""
    found: list[Any] = [CANARY]
    found.append(found)
    return found


def deep(levels: int) -> Any:
    """Return the canary beneath so many levels."""
    value: Any = CANARY
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


HOSTILE: Mapping[str, Any] = {
    "no text": Mute,
    "another text": lambda: Sliding("x"),
    "a broken mapping": Broken,
    "a shifting mapping": Shifting,
    "endless": endless,
    "deep": lambda: deep(200),
    "wide": lambda: [CANARY] * 20_000,
    "long": lambda: "x" * 20_000 + f" {CANARY} " + "y" * 20_000,
    "longer": lambda: f"{CANARY} " * 20_000,
    "across the limit": lambda: "x " * 8185 + CANARY,
    "surrogates": lambda: f"\ud800 {CANARY}",
    "bytes": lambda: b"\xff\xfe" + CANARY.encode() + b"\xff",
    "an iterator": lambda: iter([CANARY]),
    "a class": lambda: type(CANARY, (), {}),
    "an error": UnreadableError,
    "odd keys": lambda: {None: CANARY, 1: CANARY, (CANARY,): 1, CANARY: {CANARY: CANARY}, b"\xff": CANARY},
    "a huge number": lambda: 10**400,
    "an unhashable": lambda: {"a": {CANARY}, "b": frozenset({CANARY})},
}


@st.composite
def values(draw: st.DrawFn) -> Any:
    """Draw a hostile value, alone or among others, at some depth."""
    made = [HOSTILE[name]() for name in draw(st.lists(st.sampled_from(sorted(HOSTILE)), min_size=1, max_size=3))]
    shape = draw(st.sampled_from(["alone", "list", "mapping", "beside"]))
    if shape == "alone":
        return made[0]
    if shape == "list":
        return [*made, CANARY]
    if shape == "mapping":
        return {f"k{place}": value for place, value in enumerate(made)}
    return {"clean": "kept", "note": CANARY, "more": made}


def span(captured: CapturedTelemetry, value: Any) -> None:
    """Put it on a span, its event and its link."""
    tracer = captured.telemetry.tracer_provider.get_tracer("host")
    opened = tracer.start_span("span", attributes={"value": value, "note": CANARY})
    opened.add_event("event", {"value": value, "note": CANARY})
    opened.add_link(opened.get_span_context(), {"value": value})
    opened.end()


def body(captured: CapturedTelemetry, value: Any) -> None:
    """Make it the body of a log record."""
    captured.telemetry.logger_provider.get_logger("host").emit(body=value)


def log(captured: CapturedTelemetry, value: Any) -> None:
    """Put it among the attributes of a log record."""
    captured.telemetry.logger_provider.get_logger("host").emit(attributes={"value": value, "note": CANARY})


def event(captured: CapturedTelemetry, value: Any) -> None:
    """Put it into an event, and make it all of the next one's data."""
    captured.telemetry.collector.track("event", {"value": value, "note": CANARY})
    captured.telemetry.collector.track("event", value)


def error(captured: CapturedTelemetry, value: Any) -> None:
    """Put it into breadcrumbs, and into what an error is recorded with."""
    with captured.telemetry.scope(attributes={"value": value}):
        captured.telemetry.errors.add_breadcrumb("crumb", data={"value": value})
        captured.telemetry.errors.add_breadcrumb(value, category=value)
        captured.telemetry.errors.capture_error(UnreadableError(), context={"value": value, "note": CANARY})


def metric(captured: CapturedTelemetry, value: Any) -> None:
    """Record a measurement with it, by OpenTelemetry's way and by ours."""
    captured.telemetry.meter_provider.get_meter("host").create_counter("counter").add(1, {"value": value})
    captured.telemetry.collector.count("count", attributes={"value": value})


def shown(captured: CapturedTelemetry) -> str:
    """Return all that has been delivered."""
    return repr((captured.logs, captured.spans, captured.metrics))


@pytest.mark.parametrize("record", [span, body, log, event, error, metric], ids=lambda record: record.__name__)
def test_nothing_leaks_and_nothing_is_lost_silently(record: Any) -> None:
    """Whatever the value is: the application goes on, the canary stays here, and each record arrives or is counted."""
    with capture(max_queue_size=10_000, max_memory_bytes=1_000_000_000, max_payload_bytes=50_000_000) as captured:
        # What was measured once is exported each time.
        @settings(max_examples=8 if record is metric else 50, deadline=None, suppress_health_check=list(HealthCheck))
        @given(value=values())
        def run(value: Any) -> None:
            captured.clear()
            with contextlib.suppress(UnreadableError, RecursionError):  # what the SDK raises, before anybody is asked
                record(captured, value)
            text = shown(captured)
            assert CANARY not in text
            assert "canary" not in text

        run()
        captured.telemetry.flush()
        for row in captured.telemetry.collector.buffer_status().ledger.values():
            settled = row._asdict()
            assert settled.pop("offered") + settled.pop("adopted") == sum(settled.values())
            assert {name for name, count in settled.items() if count} <= COLUMNS


@pytest.mark.parametrize("name", HOSTILE)
def test_what_stands_beside_it_stays(name: str) -> None:
    """A field that cannot be redacted is replaced by itself: what is clean beside it arrives."""
    with capture(max_payload_bytes=50_000_000, max_memory_bytes=1_000_000_000) as captured:
        captured.telemetry.collector.track("event", {"first": "kept", "value": HOSTILE[name](), "last": "kept too"})
        (found,) = captured.events
        assert (found["data"]["first"], found["data"].get("last", "kept too")) == ("kept", "kept too")
        assert "canary" not in repr(found)


@pytest.mark.parametrize("limits", [Limits(max_time_ms=1), Limits(max_nodes=50), Limits(max_value_bytes=100)], ids=str)
@given(value=values())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_limit_lets_anything_through(limits: Limits, value: Any) -> None:
    """Of time, nodes or bytes: what lies beyond is replaced."""
    redactor = Redactor(limits=limits)
    assert "canary" not in _text(redactor.redact({"a": value, "b": CANARY}))
    assert "canary" not in _text(redactor.redact_attributes({"a": value, "b": CANARY}))


def _text(value: Any) -> str:
    try:
        return repr(value)
    except UnreadableError:
        return CANARY


@given(value=values())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_resource_is_no_way_out(value: Any) -> None:
    """It is redacted once, and replaced as a whole object."""
    resource = Resource({"service.name": "shop", "owner": CANARY})
    resource.__dict__["_attributes"] = {**resource.attributes, "value": value}
    assert "canary" not in _text(dict(redact_resource(resource, Redactor()).attributes))
