"""OTLP bytes as Python values again: for the local store, the console, custom transports and the test fixtures.

Guarantee: for any bytes, the log records that they hold or a ValueError and nothing else. Fields that are not known,
and known ones of another wire type, are skipped; where a field that may stand once stands twice the last one counts.

Cost: about 20 us a record of 6 attributes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from clippy_otel.otlp.wire import FIXED32, FIXED64, LENGTH, UINT32_MAX, VARINT, fields, tag

# More than any protobuf receiver takes (100 messages, two to a level of lists), less than Python's stack holds.
_MAX_DEPTH: Final = 64
_INT64_SIGN: Final = 1 << 63
_TRACE_ID_BYTES, _SPAN_ID_BYTES = 16, 8
_DOUBLE: Final = struct.Struct("<d")
_UINT64: Final = struct.Struct("<Q")

# ExportLogsServiceRequest, ResourceLogs, Resource, ScopeLogs, InstrumentationScope
_RESOURCE_LOGS: Final = tag(1, LENGTH)
_RESOURCE, _SCOPE_LOGS = tag(1, LENGTH), tag(2, LENGTH)
_RESOURCE_ATTRIBUTE: Final = tag(1, LENGTH)
_SCOPE, _LOG_RECORD = tag(1, LENGTH), tag(2, LENGTH)
_SCOPE_NAME, _SCOPE_VERSION, _SCOPE_ATTRIBUTE = tag(1, LENGTH), tag(2, LENGTH), tag(3, LENGTH)
# LogRecord
_TIME, _OBSERVED_TIME, _SEVERITY_NUMBER = tag(1, FIXED64), tag(11, FIXED64), tag(2, VARINT)
_SEVERITY_TEXT, _EVENT_NAME, _BODY, _ATTRIBUTE = tag(3, LENGTH), tag(12, LENGTH), tag(5, LENGTH), tag(6, LENGTH)
_DROPPED, _FLAGS, _TRACE_ID, _SPAN_ID = tag(7, VARINT), tag(8, FIXED32), tag(9, LENGTH), tag(10, LENGTH)
# KeyValue, and both ArrayValue and KeyValueList
_KEY, _VALUE = tag(1, LENGTH), tag(2, LENGTH)
_VALUES: Final = tag(1, LENGTH)


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


class _Scope(NamedTuple):
    name: str
    version: str
    attributes: Mapping[str, Any]


def decode_logs(request: bytes) -> list[DecodedLog]:
    """Return the log records of an ExportLogsServiceRequest, in their order.

    Args:
        request: The bytes, uncompressed; the records of requests put one after the other come as of one.

    Raises:
        ValueError: The bytes are no such request, or a value is nested more than 64 levels deep.
    """
    logs: list[DecodedLog] = []
    try:
        for key, first, second in fields(request, 0, len(request)):
            if key == _RESOURCE_LOGS:
                _resource_logs(request, first, second, logs)
    except UnicodeDecodeError:
        raise ValueError("malformed OTLP: a text that is not UTF-8") from None
    except RecursionError:
        raise ValueError("OTLP nested deeper than the stack that is left") from None
    return logs


def _resource_logs(data: bytes, start: int, stop: int, logs: list[DecodedLog]) -> None:
    # Fields may stand in any order, so the resource is read before the records that it belongs to.
    resource: dict[str, Any] = {}
    scope_logs: list[tuple[int, int]] = []
    for key, first, second in fields(data, start, stop):
        if key == _RESOURCE:
            resource = _attributes(data, first, second, _RESOURCE_ATTRIBUTE)
        elif key == _SCOPE_LOGS:
            scope_logs.append((first, second))
    for first, second in scope_logs:
        _scope_logs(data, first, second, resource, logs)


def _scope_logs(data: bytes, start: int, stop: int, resource: dict[str, Any], logs: list[DecodedLog]) -> None:
    scope = _Scope("", "", {})
    records: list[tuple[int, int]] = []
    for key, first, second in fields(data, start, stop):
        if key == _SCOPE:
            scope = _scope(data, first, second)
        elif key == _LOG_RECORD:
            records.append((first, second))
    logs.extend(_log_record(data, first, second, resource, scope) for first, second in records)


def _scope(data: bytes, start: int, stop: int) -> _Scope:
    texts = {_SCOPE_NAME: "", _SCOPE_VERSION: ""}
    for key, first, second in fields(data, start, stop):
        if key in texts:
            texts[key] = data[first:second].decode()
    return _Scope(texts[_SCOPE_NAME], texts[_SCOPE_VERSION], _attributes(data, start, stop, _SCOPE_ATTRIBUTE))


def _log_record(data: bytes, start: int, stop: int, resource: dict[str, Any], scope: _Scope) -> DecodedLog:
    numbers = dict.fromkeys((_TIME, _OBSERVED_TIME, _SEVERITY_NUMBER, _DROPPED, _FLAGS), 0)
    slices = dict.fromkeys((_SEVERITY_TEXT, _EVENT_NAME, _TRACE_ID, _SPAN_ID), b"")
    attributes: dict[str, Any] = {}
    body: Any = None
    for key, first, second in fields(data, start, stop):
        if key == _ATTRIBUTE:
            name, value = _key_value(data, first, second, 1)
            attributes[name] = value
        elif key in numbers:
            numbers[key] = first
        elif key in slices:
            slices[key] = data[first:second]
        elif key == _BODY:
            body = _any_value(data, first, second, 1)
    return DecodedLog(
        resource=resource,
        scope_name=scope.name,
        scope_version=scope.version,
        scope_attributes=scope.attributes,
        time_unix_nano=numbers[_TIME],
        observed_time_unix_nano=numbers[_OBSERVED_TIME],
        severity_number=_signed(numbers[_SEVERITY_NUMBER]),
        severity_text=slices[_SEVERITY_TEXT].decode(),
        event_name=slices[_EVENT_NAME].decode(),
        body=body,
        attributes=attributes,
        trace_id=_hex_id(slices[_TRACE_ID], _TRACE_ID_BYTES),
        span_id=_hex_id(slices[_SPAN_ID], _SPAN_ID_BYTES),
        flags=numbers[_FLAGS],
        dropped_attributes_count=numbers[_DROPPED] & UINT32_MAX,
    )


def _hex_id(data: bytes, size: int) -> str:
    return data.hex() if len(data) == size and any(data) else ""


def _attributes(data: bytes, start: int, stop: int, attribute_tag: int, depth: int = 1) -> dict[str, Any]:
    found = fields(data, start, stop)
    return dict(_key_value(data, first, second, depth) for key, first, second in found if key == attribute_tag)


def _key_value(data: bytes, start: int, stop: int, depth: int) -> tuple[str, Any]:
    name, value = "", None
    for key, first, second in fields(data, start, stop):
        if key == _KEY:
            name = data[first:second].decode()
        elif key == _VALUE:
            value = _any_value(data, first, second, depth)
    return name, value


def _any_value(data: bytes, start: int, stop: int, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise ValueError(f"OTLP nested more than {_MAX_DEPTH} levels deep")
    value: Any = None
    for key, first, second in fields(data, start, stop):
        read = _READERS.get(key)
        if read is not None:
            value = read(data, first, second, depth)
    return value


def _text(data: bytes, start: int, stop: int, _depth: int) -> str:
    return data[start:stop].decode()


def _bool(_data: bytes, number: int, _: int, _depth: int) -> bool:
    return number != 0


def _int(_data: bytes, number: int, _: int, _depth: int) -> int:
    return _signed(number)


def _float(_data: bytes, bits: int, _: int, _depth: int) -> Any:
    return _DOUBLE.unpack(_UINT64.pack(bits))[0]


def _list(data: bytes, start: int, stop: int, depth: int) -> list[Any]:
    items = fields(data, start, stop)
    return [_any_value(data, first, second, depth + 1) for key, first, second in items if key == _VALUES]


def _dict(data: bytes, start: int, stop: int, depth: int) -> dict[str, Any]:
    return _attributes(data, start, stop, _VALUES, depth + 1)


def _slice(data: bytes, start: int, stop: int, _depth: int) -> bytes:
    return data[start:stop]


# The fields of AnyValue.
_READERS: Final[dict[int, Callable[[bytes, int, int, int], Any]]] = {
    tag(1, LENGTH): _text,
    tag(2, VARINT): _bool,
    tag(3, VARINT): _int,
    tag(4, FIXED64): _float,
    tag(5, LENGTH): _list,
    tag(6, LENGTH): _dict,
    tag(7, LENGTH): _slice,
}


def _signed(number: int) -> int:
    return number - 2 * _INT64_SIGN if number >= _INT64_SIGN else number
