"""The fields of Span and of the messages in it, as bytes to put before their values."""

from __future__ import annotations

import struct
from typing import Final

from clippy_otel.otlp.plain_span import UNKNOWN
from clippy_otel.otlp.wire import BYTE, FIXED32, FIXED64, LENGTH, VARINT, framed, tag, varint

SPAN: Final = BYTE[tag(2, LENGTH)]  # in ScopeSpans
# Of Span; trace_id, span_id and trace_state are those of Link as well.
TRACE_ID, SPAN_ID = bytes((tag(1, LENGTH), 16)), bytes((tag(2, LENGTH), 8))
TRACE_STATE, PARENT_ID, NAME = BYTE[tag(3, LENGTH)], bytes((tag(4, LENGTH), 8)), BYTE[tag(5, LENGTH)]
DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS = (
    BYTE[tag(10, VARINT)],
    BYTE[tag(12, VARINT)],
    BYTE[tag(14, VARINT)],
)
EVENT, LINK, STATUS = BYTE[tag(11, LENGTH)], BYTE[tag(13, LENGTH)], BYTE[tag(15, LENGTH)]
# Of Event, Link and Status.
EVENT_NAME, EVENT_DROPPED, LINK_DROPPED = BYTE[tag(2, LENGTH)], BYTE[tag(4, VARINT)], BYTE[tag(5, VARINT)]
STATUS_MESSAGE: Final = BYTE[tag(2, LENGTH)]
STATUS_CODES: Final = {UNKNOWN: b"", 0: b"", 1: BYTE[tag(3, VARINT)] + BYTE[1], 2: BYTE[tag(3, VARINT)] + BYTE[2]}
BARE_STATUSES: Final = {number: framed(STATUS, code) for number, code in STATUS_CODES.items()}
# `flags` of Span and of Link: that it is known whether the context is remote, and whether it is.
_LOCAL, _REMOTE = struct.pack("<I", 0x100), struct.pack("<I", 0x300)
LOCAL_SPAN, REMOTE_SPAN = varint(tag(16, FIXED32)) + _LOCAL, varint(tag(16, FIXED32)) + _REMOTE
LOCAL_LINK, REMOTE_LINK = BYTE[tag(6, FIXED32)] + _LOCAL, BYTE[tag(6, FIXED32)] + _REMOTE

_KINDS: Final = {UNKNOWN: 0, 0: 1, 1: 2, 2: 3, 3: 4, 4: 5}  # the API counts from 0, OTLP from 1
_KIND_TAG, _START_TAG, _END_TAG, _EVENT_TIME_TAG = tag(6, VARINT), tag(7, FIXED64), tag(8, FIXED64), tag(1, FIXED64)
_KIND_AND_TIMES: Final = struct.Struct("<BBBQBQ").pack
_EVENT_TIME: Final = struct.Struct("<BQ").pack


def kind_and_times(kind: int, start_time: int | None, end_time: int | None) -> bytes:
    """Return kind, start and end of a span, given the `value` of its kind.

    Raises:
        Exception: One of them is missing, or out of its range.
    """
    return _KIND_AND_TIMES(_KIND_TAG, _KINDS[kind], _START_TAG, start_time, _END_TAG, end_time)


def event_time(timestamp: int) -> bytes:
    """Return the time of an event."""
    return _EVENT_TIME(_EVENT_TIME_TAG, timestamp)
