"""An event travels all the way: `collector.track`, redacted, as OTLP, into a real Collector, onto its disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from clippy_otel import TelemetryCollector
from clippy_otel.store.sqlite import SqliteStore
from tests._collector import Collector, ReceivedLog

CANARIES = {
    "email": "canary.one@example.com",
    "text": "write to canary.two@example.com or call +1 415 555 2671",
    "ssn": "536-22-8726",
    "note": "my SSN is 536-22-8726 and my card 4111 1111 1111 1111",
    "password": "canary-password",
    "nested": {"deep": [{"apiKey": "canary-key", "to": "canary.three@example.com"}]},
    "canary.four@example.com": 1,
    "userId": "canary-user",
}
SECRETS = ("canary", "536-22-8726", "1111 1111", "555 2671")
DATA: dict[str, Any] = {
    "text": "grüße 你好 🎉",
    "int": 2**53 + 1,
    "negative": -7,
    "float": 0.25,
    "true": True,
    "none": None,
    "bytes": b"\x00\xff",
    "list": [1, "two", 3.0, None],
    "nested": {"a": {"b": [True]}},
    "empty": {},
}


def send(endpoint: str, **settings: Any) -> TelemetryCollector:
    """Return a collector that delivers to this endpoint."""
    return TelemetryCollector(
        service_name="shop",
        service_version="1.2",
        environment="test",
        endpoint=endpoint,
        resource_attributes={"team": "checkout"},
        flush_on=(),
        **settings,
    )


def named(logs: list[ReceivedLog], name: str) -> ReceivedLog:
    """Return the one record with this name."""
    (log,) = [log for log in logs if log.event_name == name]
    return log


def test_an_event_arrives_with_everything_that_belongs_to_it(collector: Collector) -> None:
    """Names, types, resource, scope, session, trace and times are what they were, as the Collector wrote them."""
    ours = send(collector.http_endpoint)
    with TracerProvider().get_tracer("test").start_as_current_span("work") as span:
        ours.track("feature.used", DATA, timestamp=1_700_000_000_123, severity=13)
        ids = span.get_span_context()
    session = ours.session
    assert ours.shutdown().ok

    logs = collector.wait_for_logs(3)
    log = named(logs, "feature.used")
    assert log.attributes.pop("log.record.uid")
    assert log.attributes.pop("session.id") == session.id
    assert log.attributes == DATA
    assert [type(log.attributes[key]) for key in ("int", "float", "true")] == [int, float, bool]
    assert log.body is None
    assert (log.trace_id, log.span_id) == (trace.format_trace_id(ids.trace_id), trace.format_span_id(ids.span_id))
    assert (log.flags, log.severity_number, log.severity_text) == (ids.trace_flags, 13, "WARN")
    assert log.time_unix_nano == 1_700_000_000_123_000_000
    assert log.observed_time_unix_nano > log.time_unix_nano
    assert log.dropped_attributes_count == 0
    assert log.resource["service.name"] == "shop"
    assert log.resource["service.version"] == "1.2"
    assert log.resource["deployment.environment.name"] == "test"
    assert log.resource["team"] == "checkout"
    assert log.resource["service.instance.id"]
    assert log.resource["telemetry.sdk.language"] == "python"
    assert log.resource["telemetry.distro.name"] == log.scope.attributes["telemetry.distro.name"] == "clippy_otel"
    assert log.scope.name == "clippy_otel"
    assert log.scope.version == log.resource["telemetry.distro.version"]
    start, end = named(logs, "session.start"), named(logs, "session.end")
    assert start.attributes["session.id"] == end.attributes["session.id"] == session.id


def test_the_same_event_arrives_by_every_transport(collector: Collector, tmp_path: Path) -> None:
    """The Collector, the local store and a custom transport are told the same."""
    settings: dict[str, Any] = {"pseudonym_key": "0123456789abcdef", "redact_fields": ("colour",)}
    data = {**DATA, **CANARIES, "colour": "red"}
    custom: list[Any] = []
    path = tmp_path / "events.db"
    ways = [
        send(collector.http_endpoint, **settings),
        TelemetryCollector(transport="local", store=f"sqlite:///{path}", flush_on=(), **settings),
        TelemetryCollector(transport="custom", custom_transport=custom.extend, flush_on=(), **settings),
    ]
    for way in ways:
        way.track("feature.used", data, timestamp=1_700_000_000_123)
        assert way.shutdown().ok
    received = named(collector.wait_for_logs(3), "feature.used")
    (stored,) = SqliteStore(path).logs(event_name="feature.used")
    (event,) = [event for event in custom if event["type"] == "feature.used"]
    for name in ("log.record.uid", "session.id"):
        assert received.attributes.pop(name)
    assert received.attributes == stored.attributes == event["data"]
    assert received.time_unix_nano == stored.time_unix_nano == event["timestamp"] * 1_000_000


def record_canaries(endpoint: str, **settings: Any) -> None:
    """Record personal data wherever an event can hold it."""
    ours = send(endpoint, **settings)
    ours.track("canary.five@example.com", CANARIES)
    try:
        try:
            raise KeyError("canary.six@example.com")
        except KeyError as inner:
            raise RuntimeError("the card 4111 1111 1111 1111 was refused") from inner
    except RuntimeError as error:
        ours.track_error(error, context={"authorization": "canary-bearer", "mail": "canary.seven@example.com"})
    assert ours.shutdown().ok


def test_no_canary_reaches_the_collectors_disk(collector: Collector) -> None:
    """Personal data of each kind, in names, keys, values, nested ones and errors, is gone from the very bytes."""
    record_canaries(collector.http_endpoint)
    collector.wait_for_logs(4)
    collector.stop()
    written = collector.raw_bytes().decode()
    assert [secret for secret in SECRETS if secret in written] == []
    assert "[REDACTED]" in written


def test_without_redaction_every_canary_is_found(collector: Collector) -> None:
    """The control: the test above can fail."""
    record_canaries(collector.http_endpoint, redact_pii=False)
    collector.wait_for_logs(4)
    collector.stop()
    written = collector.raw_bytes().decode()
    assert [secret for secret in SECRETS if secret not in written] == []


@pytest.mark.parametrize("compression", ["gzip", "deflate", "none"])
def test_each_compression_is_understood(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    """What OTEL_EXPORTER_OTLP_COMPRESSION can say, the Collector can read."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
    ours = send(collector.http_endpoint)
    ours.track("feature.used", {"text": "x" * 1000})
    assert ours.shutdown().ok
    assert named(collector.wait_for_logs(3), "feature.used").attributes["text"] == "x" * 1000


def test_many_events_arrive_once_each_in_small_requests(collector: Collector) -> None:
    """2,000 events in requests of 10 kB at most: none lost, none doubled, in order."""
    ours = send(collector.http_endpoint, max_queue_size=5000, max_memory_bytes=10_000_000)
    for number in range(2000):
        ours.track("feature.used", {"number": number, "filler": f"{number * 7919:x}" * 20})
    assert ours.shutdown(30_000).ok
    logs = collector.wait_for_logs(2002, timeout_s=20)
    assert [log.attributes["number"] for log in logs if log.event_name == "feature.used"] == list(range(2000))
    assert len({log.attributes["log.record.uid"] for log in logs}) == 2002
