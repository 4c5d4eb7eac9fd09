"""OTLP bytes as spans again: for the local store, the console, custom transports and the test fixtures.

Guarantee: for any bytes, the spans that they hold or a ValueError and nothing else. Fields that are not known, and
known ones of another wire type, are skipped; where a field that may stand once stands twice the last one counts.

Cost: about 40 us a span of 10 attributes and an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from clippy_otel.otlp.decode_request import Origin, decode_request
from clippy_otel.otlp.decode_values import SPAN_ID_BYTES, TRACE_ID_BYTES, hex_id, key_value, other_fields, signed
from clippy_otel.otlp.wire import FIXED32, FIXED64, LENGTH, UINT32_MAX, VARINT, fields, tag

# The fields of Span; the first three are those of Link as well.
_TRACE_ID, _SPAN_ID, _TRACE_STATE = tag(1, LENGTH), tag(2, LENGTH), tag(3, LENGTH)
_PARENT_ID, _NAME, _STATUS = tag(4, LENGTH), tag(5, LENGTH), tag(15, LENGTH)
_SPAN_SLICES: Final = (_TRACE_ID, _SPAN_ID, _TRACE_STATE, _PARENT_ID, _NAME, _STATUS)
_FLAGS, _KIND, _START, _END = tag(16, FIXED32), tag(6, VARINT), tag(7, FIXED64), tag(8, FIXED64)
_DROPPED_ATTRIBUTES, _DROPPED_EVENTS, _DROPPED_LINKS = tag(10, VARINT), tag(12, VARINT), tag(14, VARINT)
_SPAN_NUMBERS: Final = (_FLAGS, _KIND, _START, _END, _DROPPED_ATTRIBUTES, _DROPPED_EVENTS, _DROPPED_LINKS)
_ATTRIBUTE, _EVENT, _LINK = tag(9, LENGTH), tag(11, LENGTH), tag(13, LENGTH)
# Those of Event, Link and Status.
_EVENT_TIME, _EVENT_NAME, _EVENT_ATTRIBUTE, _EVENT_DROPPED = (
    tag(1, FIXED64),
    tag(2, LENGTH),
    tag(3, LENGTH),
    tag(4, VARINT),
)
_LINK_ATTRIBUTE, _LINK_DROPPED, _LINK_FLAGS = tag(4, LENGTH), tag(5, VARINT), tag(6, FIXED32)
_STATUS_MESSAGE, _STATUS_CODE = tag(2, LENGTH), tag(3, VARINT)


class DecodedSpanEvent(NamedTuple):
    """Something that happened in a span.

    Attributes:
        time_unix_nano: Nanoseconds since the epoch; 0 for unknown.
        name: "" for none.
        attributes: A str, bool, int, float, bytes, list, dict or None each. The event's own.
        dropped_attributes_count: Attributes that the sender left out.
    """

    time_unix_nano: int
    name: str
    attributes: dict[str, Any]
    dropped_attributes_count: int


class DecodedSpanLink(NamedTuple):
    """Another span that a span points to.

    Attributes:
        trace_id: 32 lower-case hex digits; "" for none, and where it is not 16 bytes or all zero.
        span_id: 16 lower-case hex digits; "" likewise.
        trace_state: As in W3C's header; "" for none.
        flags: 32 bits: W3C's trace flags lowest, 0x100 where 0x200 says whether the linked span is remote.
        attributes: As those of an event. The link's own.
        dropped_attributes_count: Attributes that the sender left out.
    """

    trace_id: str
    span_id: str
    trace_state: str
    flags: int
    attributes: dict[str, Any]
    dropped_attributes_count: int


class DecodedSpan(NamedTuple):
    """One span with where it came from.

    Attributes:
        resource: The resource's attributes; one object for all spans of it, not to be changed.
        scope_name: "" for none.
        scope_version: "" for none.
        scope_attributes: One object for all spans of the scope, not to be changed.
        trace_id: 32 lower-case hex digits; "" for none, and where it is not 16 bytes or all zero.
        span_id: 16 lower-case hex digits; "" likewise.
        parent_span_id: Likewise; "" for a root span.
        trace_state: As in W3C's header; "" for none.
        flags: 32 bits: W3C's trace flags lowest, 0x100 where 0x200 says whether the parent is remote.
        name: "" for none.
        kind: OTLP's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer; 0 for none.
        start_time_unix_nano: Nanoseconds since the epoch; 0 for unknown.
        end_time_unix_nano: Likewise.
        attributes: A str, bool, int, float, bytes, list, dict or None each. The span's own.
        dropped_attributes_count: Attributes that the sender left out.
        events: In their order.
        dropped_events_count: Events that the sender left out.
        links: In their order.
        dropped_links_count: Links that the sender left out.
        status_code: 0 unset, 1 ok, 2 error.
        status_message: "" for none.
        resource_schema_url: "" for none.
        scope_schema_url: "" for none.
    """

    resource: Mapping[str, Any]
    scope_name: str
    scope_version: str
    scope_attributes: Mapping[str, Any]
    trace_id: str
    span_id: str
    parent_span_id: str
    trace_state: str
    flags: int
    name: str
    kind: int
    start_time_unix_nano: int
    end_time_unix_nano: int
    attributes: dict[str, Any]
    dropped_attributes_count: int
    events: tuple[DecodedSpanEvent, ...]
    dropped_events_count: int
    links: tuple[DecodedSpanLink, ...]
    dropped_links_count: int
    status_code: int
    status_message: str
    resource_schema_url: str
    scope_schema_url: str


def decode_spans(data: bytes) -> list[DecodedSpan]:
    """Return the spans of an ExportTraceServiceRequest, in their order.

    Args:
        data: The bytes, uncompressed; the spans of requests put one after the other come as of one.

    Raises:
        ValueError: The bytes are no such request, or a value is nested more than 64 levels deep.
    """
    return decode_request(data, _span)


def _span(data: bytes, start: int, stop: int, origin: Origin) -> DecodedSpan:
    numbers, slices = dict.fromkeys(_SPAN_NUMBERS, 0), dict.fromkeys(_SPAN_SLICES, b"")
    attributes: dict[str, Any] = {}
    events: list[DecodedSpanEvent] = []
    links: list[DecodedSpanLink] = []
    for key, first, second in other_fields(data, start, stop, numbers, slices):
        if key == _ATTRIBUTE:
            name, value = key_value(data, first, second, 1)
            attributes[name] = value
        elif key == _EVENT:
            events.append(_event(data, first, second))
        elif key == _LINK:
            links.append(_link(data, first, second))
    status_code, status_message = _status(slices[_STATUS])
    return DecodedSpan(
        resource=origin.resource,
        scope_name=origin.scope_name,
        scope_version=origin.scope_version,
        scope_attributes=origin.scope_attributes,
        trace_id=hex_id(slices[_TRACE_ID], TRACE_ID_BYTES),
        span_id=hex_id(slices[_SPAN_ID], SPAN_ID_BYTES),
        parent_span_id=hex_id(slices[_PARENT_ID], SPAN_ID_BYTES),
        trace_state=slices[_TRACE_STATE].decode(),
        flags=numbers[_FLAGS],
        name=slices[_NAME].decode(),
        kind=signed(numbers[_KIND]),
        start_time_unix_nano=numbers[_START],
        end_time_unix_nano=numbers[_END],
        attributes=attributes,
        dropped_attributes_count=numbers[_DROPPED_ATTRIBUTES] & UINT32_MAX,
        events=tuple(events),
        dropped_events_count=numbers[_DROPPED_EVENTS] & UINT32_MAX,
        links=tuple(links),
        dropped_links_count=numbers[_DROPPED_LINKS] & UINT32_MAX,
        status_code=status_code,
        status_message=status_message,
        resource_schema_url=origin.resource_schema_url,
        scope_schema_url=origin.scope_schema_url,
    )


def _event(data: bytes, start: int, stop: int) -> DecodedSpanEvent:
    numbers, slices = {_EVENT_TIME: 0, _EVENT_DROPPED: 0}, {_EVENT_NAME: b""}
    attributes = dict(
        key_value(data, first, second, 1)
        for key, first, second in other_fields(data, start, stop, numbers, slices)
        if key == _EVENT_ATTRIBUTE
    )
    return DecodedSpanEvent(
        time_unix_nano=numbers[_EVENT_TIME],
        name=slices[_EVENT_NAME].decode(),
        attributes=attributes,
        dropped_attributes_count=numbers[_EVENT_DROPPED] & UINT32_MAX,
    )


def _link(data: bytes, start: int, stop: int) -> DecodedSpanLink:
    numbers, slices = {_LINK_DROPPED: 0, _LINK_FLAGS: 0}, {_TRACE_ID: b"", _SPAN_ID: b"", _TRACE_STATE: b""}
    attributes = dict(
        key_value(data, first, second, 1)
        for key, first, second in other_fields(data, start, stop, numbers, slices)
        if key == _LINK_ATTRIBUTE
    )
    return DecodedSpanLink(
        trace_id=hex_id(slices[_TRACE_ID], TRACE_ID_BYTES),
        span_id=hex_id(slices[_SPAN_ID], SPAN_ID_BYTES),
        trace_state=slices[_TRACE_STATE].decode(),
        flags=numbers[_LINK_FLAGS],
        attributes=attributes,
        dropped_attributes_count=numbers[_LINK_DROPPED] & UINT32_MAX,
    )


def _status(data: bytes) -> tuple[int, str]:
    code, message = 0, ""
    for key, first, second in fields(data, 0, len(data)):
        if key == _STATUS_CODE:
            code = signed(first)
        elif key == _STATUS_MESSAGE:
            message = data[first:second].decode()
    return code, message
