"""OTLP requests for tests of what receives them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from clippy_otel.otlp.decode import DecodedLog, decode_logs
from clippy_otel.otlp.encode import encode_log_record, encode_resource, encode_scope
from tests.otlp._framing import frame_records

TIME_NS = 1_767_225_600_123_456_789  # 2026-01-01T00:00:00.123456789Z
TRACE_ID = 0x0AF7651916CD43DD8448EB211C80319C
SPAN_ID = 0x00F067AA0BA902B7
SESSION = "8b2e5a3c-6a1f-4c57-9a53-0a7a0a2c7b11"
RESOURCE = {"service.name": "assistant", "host.cpus": [1, 2]}
SCOPE = {"telemetry.distro.name": "clippy_otel"}

_event_numbers = itertools.count(1)


def new_event_id() -> str:
    """Return an event id that no other record of this test run has."""
    return f"{next(_event_numbers):032x}"


def record(name: str = "feature.used", /, data: Mapping[str, Any] | None = None, **fields: Any) -> bytes:
    """Return an encoded event; what is not given is the same for all of them, save the event id."""
    event_id = fields.pop("event_id", None) or new_event_id()
    given: dict[str, Any] = {
        "time_unix_nano": TIME_NS,
        "observed_time_unix_nano": TIME_NS + 5,
        "severity_number": 9,
        "severity_text": "INFO",
        "event_name": name,
        "attributes": {"log.record.uid": event_id, "session.id": SESSION, **(data or {})},
        "trace_id": TRACE_ID,
        "span_id": SPAN_ID,
        "trace_flags": 1,
    }
    return encode_log_record(**{**given, **fields})


def request(*records: bytes, resource: Mapping[str, Any] | None = None) -> bytes:
    """Return an export request with these records, or with one plain event."""
    return frame_records(
        encode_resource(RESOURCE if resource is None else resource),
        encode_scope("clippy_otel", "0.1", SCOPE),
        list(records) or [record()],
    )


def decoded(name: str = "feature.used", /, data: Mapping[str, Any] | None = None, **fields: Any) -> DecodedLog:
    """Return one event as it comes out of a request."""
    (log,) = decode_logs(request(record(name, data, **fields)))
    return log
