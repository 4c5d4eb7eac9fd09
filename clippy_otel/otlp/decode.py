"""OTLP bytes as Python values again: for the local store, the console, custom transports and the test fixtures.

Guarantee: for any bytes, the log records that they hold or a ValueError and nothing else. Fields that are not known,
and known ones of another wire type, are skipped; where a field that may stand once stands twice the last one counts.

Cost: about 20 us a record of 6 attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from clippy_otel.otlp.decode_request import Origin, decode_request
from clippy_otel.otlp.decode_values import SPAN_ID_BYTES, TRACE_ID_BYTES, any_value, hex_id, key_value, signed
from clippy_otel.otlp.wire import FIXED32, FIXED64, LENGTH, UINT32_MAX, VARINT, fields, tag

# The fields of LogRecord.
_TIME, _OBSERVED_TIME, _SEVERITY_NUMBER = tag(1, FIXED64), tag(11, FIXED64), tag(2, VARINT)
_SEVERITY_TEXT, _EVENT_NAME, _BODY, _ATTRIBUTE = tag(3, LENGTH), tag(12, LENGTH), tag(5, LENGTH), tag(6, LENGTH)
_DROPPED, _FLAGS, _TRACE_ID, _SPAN_ID = tag(7, VARINT), tag(8, FIXED32), tag(9, LENGTH), tag(10, LENGTH)


class DecodedLog(NamedTuple):
    """One log record with where it came from.

    Attributes:
        resource: The resource's attributes; one object for all records of it, not to be changed.
        scope_name: "" for none.
        scope_version: "" for none.
        scope_attributes: One object for all records of the scope, not to be changed.
        time_unix_nano: Nanoseconds since the epoch; 0 for unknown.
        observed_time_unix_nano: Likewise.
        severity_number: 1 to 24; 0 for none.
        severity_text: "" for none.
        event_name: "" for a record that is no event.
        body: A str, bool, int, float, bytes, list, dict or None.
        attributes: Their values likewise. The record's own.
        trace_id: 32 lower-case hex digits; "" for none, and where it is not 16 bytes or all zero.
        span_id: 16 lower-case hex digits; "" likewise.
        flags: 32 bits, W3C's trace flags being the lowest 8.
        dropped_attributes_count: Attributes that the sender left out.
    """

    resource: Mapping[str, Any]
    scope_name: str
    scope_version: str
    scope_attributes: Mapping[str, Any]
    time_unix_nano: int
    observed_time_unix_nano: int
    severity_number: int
    severity_text: str
    event_name: str
    body: Any
    attributes: dict[str, Any]
    trace_id: str
    span_id: str
    flags: int
    dropped_attributes_count: int


def decode_logs(request: bytes) -> list[DecodedLog]:
    """Return the log records of an ExportLogsServiceRequest, in their order.

    Args:
        request: The bytes, uncompressed; the records of requests put one after the other come as of one.

    Raises:
        ValueError: The bytes are no such request, or a value is nested more than 64 levels deep.
    """
    return decode_request(request, _log_record)


def _log_record(data: bytes, start: int, stop: int, origin: Origin) -> DecodedLog:
    numbers = dict.fromkeys((_TIME, _OBSERVED_TIME, _SEVERITY_NUMBER, _DROPPED, _FLAGS), 0)
    slices = dict.fromkeys((_SEVERITY_TEXT, _EVENT_NAME, _TRACE_ID, _SPAN_ID), b"")
    attributes: dict[str, Any] = {}
    body: Any = None
    for key, first, second in fields(data, start, stop):
        if key == _ATTRIBUTE:
            name, value = key_value(data, first, second, 1)
            attributes[name] = value
        elif key in numbers:
            numbers[key] = first
        elif key in slices:
            slices[key] = data[first:second]
        elif key == _BODY:
            body = any_value(data, first, second, 1)
    return DecodedLog(
        resource=origin.resource,
        scope_name=origin.scope_name,
        scope_version=origin.scope_version,
        scope_attributes=origin.scope_attributes,
        time_unix_nano=numbers[_TIME],
        observed_time_unix_nano=numbers[_OBSERVED_TIME],
        severity_number=signed(numbers[_SEVERITY_NUMBER]),
        severity_text=slices[_SEVERITY_TEXT].decode(),
        event_name=slices[_EVENT_NAME].decode(),
        body=body,
        attributes=attributes,
        trace_id=hex_id(slices[_TRACE_ID], TRACE_ID_BYTES),
        span_id=hex_id(slices[_SPAN_ID], SPAN_ID_BYTES),
        flags=numbers[_FLAGS],
        dropped_attributes_count=numbers[_DROPPED] & UINT32_MAX,
    )
