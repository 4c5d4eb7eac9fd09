"""Log records as OTLP bytes, encoded where the event happens: LogRecord, Resource, InstrumentationScope, the request.

Guarantee: total. For any Python value no exception leaves it, and protobuf takes the bytes: what cannot be encoded as
it is stands in the record as a marker, or is counted in dropped_attributes_count. The caller's objects are left alone.

Cost: 3.3 us for a record of 5 attributes, where the stock encoder takes 16 (Python 3.11).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

from clippy_otel import _guard
from clippy_otel.otlp.plain import plain, text, unprintable
from clippy_otel.otlp.values import (
    DEFAULT_LIMITS,
    RECORD_ATTRIBUTE,
    RESOURCE_ATTRIBUTE,
    SCOPE_ATTRIBUTE,
    Budget,
    EncodeLimits,
    add_key_values,
    any_value,
    first_items,
    simple_key_values,
)
from clippy_otel.otlp.wire import (
    BYTE,
    FIXED32,
    FIXED64,
    LENGTH,
    UINT32_MAX,
    UINT64_MAX,
    VARINT,
    framed,
    tag,
    utf8,
    varint,
)

__all__ = [
    "DEFAULT_LIMITS",
    "DEFAULT_MAX_ATTRIBUTES",
    "EncodeLimits",
    "encode_log_attribute",
    "encode_log_record",
    "encode_resource",
    "encode_scope",
    "frame_logs",
]

DEFAULT_MAX_ATTRIBUTES: Final = 128  # OTEL_ATTRIBUTE_COUNT_LIMIT's default

_MAX_SEVERITY: Final = 24
_MAX_LABELS: Final = 512
_MAX_LABELS_BYTES: Final = 256

# The fields of LogRecord.
_TIMES: Final = struct.Struct("<BQBQ").pack
_TIME_TAG, _OBSERVED_TAG = tag(1, FIXED64), tag(11, FIXED64)
_SEVERITY, _SEVERITY_TEXT, _BODY = BYTE[tag(2, VARINT)], BYTE[tag(3, LENGTH)], BYTE[tag(5, LENGTH)]
_DROPPED, _EVENT_NAME = BYTE[tag(7, VARINT)], BYTE[tag(12, LENGTH)]
_TRACE_ID, _SPAN_ID = bytes((tag(9, LENGTH), 16)), bytes((tag(10, LENGTH), 8))
_FLAGS: Final = struct.Struct("<BI").pack
_FLAGS_TAG: Final = tag(8, FIXED32)
# Those of Resource and InstrumentationScope beside their attributes, and the way from the request to its records.
_RESOURCE_DROPPED, _SCOPE_NAME, _SCOPE_VERSION = BYTE[tag(2, VARINT)], BYTE[tag(1, LENGTH)], BYTE[tag(2, LENGTH)]
_SCOPE_DROPPED: Final = BYTE[tag(4, VARINT)]
_RESOURCE_LOGS, _RESOURCE, _SCOPE_LOGS = BYTE[tag(1, LENGTH)], BYTE[tag(1, LENGTH)], BYTE[tag(2, LENGTH)]
_SCOPE, _LOG_RECORD = BYTE[tag(1, LENGTH)], BYTE[tag(2, LENGTH)]

# The encoded severity and event name: a program has few. Names may come from users: when full it starts anew.
_labels: dict[tuple[int, str, str], bytes] = {}


def encode_log_record(  # noqa: PLR0913 - the fields of the message
    *,
    time_unix_nano: int,
    observed_time_unix_nano: int,
    attributes: Mapping[str, object],
    severity_number: int = 0,
    severity_text: str = "",
    event_name: str = "",
    body: object = None,
    encoded_attributes: bytes = b"",
    trace_id: int = 0,
    span_id: int = 0,
    trace_flags: int = 0,
    max_attributes: int = DEFAULT_MAX_ATTRIBUTES,
    limits: EncodeLimits = DEFAULT_LIMITS,
) -> bytes:
    """Encode one LogRecord, framed for its place in ScopeLogs.

    Numbers out of their range are clamped; an id out of its range is left out, for another one would be false.

    Args:
        time_unix_nano: When it happened, nanoseconds since the epoch.
        observed_time_unix_nano: When it was recorded, likewise.
        attributes: The first max_attributes are encoded, the rest counted in dropped_attributes_count.
        severity_number: 1 to 24; 0 for none.
        severity_text: The severity in the source's own words; "" for none.
        event_name: "" for a record that is no event.
        body: Anything; None for no body.
        encoded_attributes: More attributes, from `encode_log_attribute`; taken as they are.
        trace_id: 128 bits; 0 for none.
        span_id: 64 bits; 0 for none.
        trace_flags: 32 bits, W3C's 8 being the lowest.
        max_attributes: How many of `attributes` there may be; 0 or more.
        limits: Of the values, all together.

    Returns:
        Tag, length and message: one of the `records` of `frame_logs`.
    """
    try:
        times = _TIMES(_TIME_TAG, time_unix_nano, _OBSERVED_TAG, observed_time_unix_nano)
        labels = _labels[severity_number, severity_text, event_name]
        context = _trace_context(trace_id, span_id, trace_flags) if trace_id or span_id or trace_flags else b""
    except Exception:  # noqa: BLE001 - labels that are new, a number out of range, or something that is none
        times = _TIMES(_TIME_TAG, _whole(time_unix_nano), _OBSERVED_TAG, _whole(observed_time_unix_nano))
        labels = _new_labels(severity_number, severity_text, event_name, limits)
        context = _trace_context(_id(trace_id, 128), _id(span_id, 64), _whole(trace_flags, UINT32_MAX))
    if body is None and limits is DEFAULT_LIMITS and type(attributes) is dict and len(attributes) <= max_attributes:
        encoded = simple_key_values(RECORD_ATTRIBUTE, attributes)
        if encoded is not None:
            return framed(_LOG_RECORD, b"".join((times, labels, context, encoded, encoded_attributes)))
    budget = Budget(limits)
    parts = [times, labels, context]
    if body is not None:
        budget.nodes -= 1
        parts.append(framed(_BODY, _guarded_value(body, budget)))
    dropped = _add_attributes(parts, RECORD_ATTRIBUTE, attributes, max_attributes, budget)
    if dropped:
        parts.append(_DROPPED + varint(dropped))
    parts.append(encoded_attributes)
    return framed(_LOG_RECORD, b"".join(parts))


def encode_log_attribute(key: str, value: object, *, limits: EncodeLimits = DEFAULT_LIMITS) -> bytes:
    """Encode one attribute of a LogRecord once, for the `encoded_attributes` of many."""
    parts: list[bytes] = []
    _add_attributes(parts, RECORD_ATTRIBUTE, {key: value}, 1, Budget(limits))
    return b"".join(parts)


def encode_resource(attributes: Mapping[str, object], *, limits: EncodeLimits = DEFAULT_LIMITS) -> bytes:
    """Encode the body of a Resource message. As many attributes as a record has nodes; they know no other limit."""
    parts: list[bytes] = []
    dropped = _add_attributes(parts, RESOURCE_ATTRIBUTE, attributes, limits.max_nodes, Budget(limits))
    return b"".join(parts) + (_RESOURCE_DROPPED + varint(dropped) if dropped else b"")


def encode_scope(
    name: str,
    version: str,
    attributes: Mapping[str, object] | tuple[()] = (),
    *,
    limits: EncodeLimits = DEFAULT_LIMITS,
) -> bytes:
    """Encode the body of an InstrumentationScope message.

    Args:
        name: Of the scope: the library or component that records.
        version: Its version; "" for none.
        attributes: () for none.
        limits: Of name, version and attributes.
    """
    parts = [_labelled(_SCOPE_NAME, name, limits), _labelled(_SCOPE_VERSION, version, limits)]
    dropped = _add_attributes(parts, SCOPE_ATTRIBUTE, attributes or {}, DEFAULT_MAX_ATTRIBUTES, Budget(limits))
    return b"".join(parts) + (_SCOPE_DROPPED + varint(dropped) if dropped else b"")


def frame_logs(resource: bytes, scope: bytes, records: Sequence[bytes]) -> bytes:
    """Return a whole ExportLogsServiceRequest of one ResourceLogs with one ScopeLogs.

    Requests put one after the other are one valid request with all their records.

    Args:
        resource: From `encode_resource`.
        scope: From `encode_scope`.
        records: Each from `encode_log_record`.
    """
    scope_field, resource_field = framed(_SCOPE, scope), framed(_RESOURCE, resource)
    scope_size = len(scope_field) + sum(map(len, records))
    scope_logs = _SCOPE_LOGS + varint(scope_size)
    size = len(resource_field) + len(scope_logs) + scope_size
    return b"".join((_RESOURCE_LOGS, varint(size), resource_field, scope_logs, scope_field, *records))


def _add_attributes(
    parts: list[bytes], attribute_tag: int, attributes: Mapping[Any, object], max_attributes: int, budget: Budget
) -> int:
    """Append the encoded attributes to `parts` and return how many were left out."""
    before = len(parts)
    found: object = attributes
    try:
        if type(found) is not dict:
            found = plain(found)
            if type(found) is not dict:
                return 1  # a mapping that cannot be read has at least one
        room = max_attributes if max_attributes < budget.nodes else budget.nodes  # noqa: FURB136 - min() costs 0.1 us
        items = first_items(found, room)
        budget.nodes -= len(items)
        add_key_values(parts, attribute_tag, items, 1, budget)
        return len(found) - len(items)
    except Exception as error:  # noqa: BLE001 - keys that raise when compared, no stack or memory left
        _guard.swallowed("otlp.encode", error)
        del parts[before:]
        return len(found) if type(found) is dict else 1


def _guarded_value(value: object, budget: Budget) -> bytes:
    try:
        return any_value(value, 1, budget)
    except Exception as error:  # noqa: BLE001 - as above
        _guard.swallowed("otlp.encode", error)
        return any_value(unprintable(type(value)), 1, budget)


def _trace_context(trace_id: int, span_id: int, trace_flags: int) -> bytes:
    trace = _TRACE_ID + trace_id.to_bytes(16, "big") if trace_id else b""
    span = _SPAN_ID + span_id.to_bytes(8, "big") if span_id else b""
    return trace + span + _FLAGS(_FLAGS_TAG, trace_flags) if trace_flags else trace + span


def _whole(value: object, highest: int = UINT64_MAX) -> int:
    """Return a number as an int from 0 to highest; 0 for what is no number."""
    number = plain(value)
    if not isinstance(number, (int, float)) or number != number:  # noqa: PLR0124 - NaN
        return 0
    return int(min(max(number, 0), highest))


def _id(value: object, bits: int) -> int:
    number = plain(value)
    return number if isinstance(number, int) and 0 <= number < 1 << bits else 0


def _new_labels(severity_number: object, severity_text: object, event_name: object, limits: EncodeLimits) -> bytes:
    severity = _whole(severity_number, _MAX_SEVERITY)
    number = _SEVERITY + BYTE[severity] if severity else b""
    words = _labelled(_SEVERITY_TEXT, severity_text, limits), _labelled(_EVENT_NAME, event_name, limits)
    labels = b"".join((number, *words))
    if type(severity_text) is str and type(event_name) is str and len(labels) <= _MAX_LABELS_BYTES:
        if len(_labels) >= _MAX_LABELS:
            _labels.clear()
        _labels[severity, severity_text, event_name] = labels
    return labels


def _labelled(prefix: bytes, label: object, limits: EncodeLimits) -> bytes:
    data = utf8(label if type(label) is str else text(label), limits.max_value_bytes)
    return framed(prefix, data) if data else b""
