"""Log records as OTLP bytes, encoded where the event happens: LogRecord, Resource, InstrumentationScope.

Guarantee: total. For any Python value no exception leaves it, and protobuf takes the bytes: what cannot be encoded as
it is stands in the record as a marker, or is counted in dropped_attributes_count. The caller's objects are left alone.

Cost: 3.3 us for a record of 5 attributes, where the stock encoder takes 16 (Python 3.11).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

from clippy_otel import _guard
from clippy_otel.otlp.attributes import add_attributes
from clippy_otel.otlp.numbers import identifier, whole
from clippy_otel.otlp.plain import text, unprintable
from clippy_otel.otlp.simple import add_simple
from clippy_otel.otlp.values import (
    DEFAULT_LIMITS,
    RECORD_ATTRIBUTE,
    RESOURCE_ATTRIBUTE,
    SCOPE_ATTRIBUTE,
    Budget,
    EncodeLimits,
    any_value,
)
from clippy_otel.otlp.wire import (
    BYTE,
    FIXED32,
    FIXED64,
    LENGTH,
    UINT32_MAX,
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
    "encode_dropped_count",
    "encode_log_attribute",
    "encode_log_record",
    "encode_resource",
    "encode_scope",
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
# Those of Resource and InstrumentationScope beside their attributes.
_RESOURCE_DROPPED, _SCOPE_NAME, _SCOPE_VERSION = BYTE[tag(2, VARINT)], BYTE[tag(1, LENGTH)], BYTE[tag(2, LENGTH)]
_SCOPE_DROPPED: Final = BYTE[tag(4, VARINT)]
_LOG_RECORD: Final = BYTE[tag(2, LENGTH)]  # in ScopeLogs

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
        Tag, length and message: one of the `records` of `frame_request`.
    """
    try:
        times = _TIMES(_TIME_TAG, time_unix_nano, _OBSERVED_TAG, observed_time_unix_nano)
        labels = _labels[severity_number, severity_text, event_name]
        context = _trace_context(trace_id, span_id, trace_flags) if trace_id or span_id or trace_flags else b""
    except Exception:  # noqa: BLE001 - labels that are new, a number out of range, or something that is none
        times = _TIMES(_TIME_TAG, whole(time_unix_nano), _OBSERVED_TAG, whole(observed_time_unix_nano))
        labels = _new_labels(severity_number, severity_text, event_name, limits)
        context = _trace_context(identifier(trace_id, 128), identifier(span_id, 64), whole(trace_flags, UINT32_MAX))
    parts = [times, labels, context]
    usual = attributes if type(attributes) is dict and body is None and limits is DEFAULT_LIMITS else None
    if usual is not None and len(usual) <= max_attributes and add_simple(parts, RECORD_ATTRIBUTE, usual):
        parts.append(encoded_attributes)
        return framed(_LOG_RECORD, b"".join(parts))
    budget = Budget(limits)
    if body is not None:
        budget.nodes -= 1
        parts.append(framed(_BODY, _guarded_value(body, budget)))
    dropped = add_attributes(parts, RECORD_ATTRIBUTE, attributes, max_attributes, budget)
    if dropped:
        parts.append(_DROPPED + varint(dropped))
    parts.append(encoded_attributes)
    return framed(_LOG_RECORD, b"".join(parts))


def encode_log_attribute(key: str, value: object, *, limits: EncodeLimits = DEFAULT_LIMITS) -> bytes:
    """Encode one attribute of a LogRecord once, for the `encoded_attributes` of many."""
    parts: list[bytes] = []
    add_attributes(parts, RECORD_ATTRIBUTE, {key: value}, 1, Budget(limits))
    return b"".join(parts)


def encode_dropped_count(count: int) -> bytes:
    """Encode how many attributes others left out of a record before, for its `encoded_attributes`."""
    return _DROPPED + varint(count) if count else b""


def encode_resource(attributes: Mapping[str, object], *, limits: EncodeLimits = DEFAULT_LIMITS) -> bytes:
    """Encode the body of a Resource message. As many attributes as a record has nodes; they know no other limit."""
    parts: list[bytes] = []
    dropped = add_attributes(parts, RESOURCE_ATTRIBUTE, attributes, limits.max_nodes, Budget(limits))
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
    dropped = add_attributes(parts, SCOPE_ATTRIBUTE, attributes or {}, DEFAULT_MAX_ATTRIBUTES, Budget(limits))
    return b"".join(parts) + (_SCOPE_DROPPED + varint(dropped) if dropped else b"")


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


def _new_labels(severity_number: object, severity_text: object, event_name: object, limits: EncodeLimits) -> bytes:
    severity = whole(severity_number, _MAX_SEVERITY)
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
