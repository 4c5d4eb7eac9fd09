"""OTLP bytes as Python values again: what protobuf wrote, what we wrote, and bytes that are neither."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs

from clippy_otel.otlp.decode import DecodedLog, decode_logs
from clippy_otel.otlp.encode import encode_log_record, encode_resource, encode_scope
from tests.otlp._framing import frame_records
from tests.otlp._messages import ATTRIBUTES, NOW_NS, TEXT, VALUES, encode, parse, same

few = settings(deadline=None, max_examples=40)
many = settings(deadline=None, max_examples=100)


def decode_record(record: bytes) -> DecodedLog:
    """Decode the only record of a request."""
    (log,) = decode_logs(frame_records(b"", b"", [record]))
    return log


def decode_message(log: LogRecord) -> DecodedLog:
    """Decode a record that protobuf wrote."""
    scope_logs = ScopeLogs(log_records=[log])
    (decoded,) = decode_logs(
        ExportLogsServiceRequest(resource_logs=[ResourceLogs(scope_logs=[scope_logs])]).SerializeToString()
    )
    return decoded


def in_record(field: bytes) -> bytes:
    """Return a request with one record that consists of these bytes."""
    return frame_records(b"", b"", [bytes((0x12, len(field))) + field])


# Round trips


@few
@given(ATTRIBUTES, VALUES, ATTRIBUTES, TEXT, st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 32) - 1))
def test_what_was_encoded_is_decoded(
    attributes: dict[str, Any], body: Any, resource: dict[str, Any], name: str, number: int, flags: int
) -> None:
    """Every field of a record, its scope and its resource come back as they were given."""
    record = encode_log_record(
        time_unix_nano=number,
        observed_time_unix_nano=NOW_NS,
        severity_number=9,
        severity_text=name,
        event_name=name,
        body=body,
        attributes=attributes,
        trace_id=0xABC,
        span_id=0xDEF,
        trace_flags=flags,
        max_attributes=len(attributes) // 2,
    )
    scope = encode_scope("lib", name, resource)
    (log,) = decode_logs(frame_records(encode_resource(resource), scope, [record]))
    kept = dict(list(attributes.items())[: len(attributes) // 2])
    assert same(
        log._asdict(),
        {
            "resource": resource,
            "scope_name": "lib",
            "scope_version": name,
            "scope_attributes": resource,
            "time_unix_nano": number,
            "observed_time_unix_nano": NOW_NS,
            "severity_number": 9,
            "severity_text": name,
            "event_name": name,
            "body": body,
            "attributes": kept,
            "trace_id": f"{0xABC:032x}",
            "span_id": f"{0xDEF:016x}",
            "flags": flags,
            "dropped_attributes_count": len(attributes) - len(kept),
        },
    )


@few
@given(ATTRIBUTES, VALUES)
def test_what_protobuf_wrote_is_decoded(attributes: dict[str, Any], body: Any) -> None:
    """The same record, written by protobuf in its own order of fields, is decoded alike."""
    record = encode(attributes, body=body, event_name="name", trace_id=5, severity_number=9)
    assert same(decode_message(parse(record))._asdict(), decode_record(record)._asdict())


def test_a_record_without_fields_has_their_defaults() -> None:
    """What is not on the wire is 0, "" or empty."""
    assert decode_record(b"\x12\x00") == DecodedLog({}, "", "", {}, 0, 0, 0, "", "", None, {}, "", "", 0, 0)


def test_requests_put_together_are_decoded_as_one() -> None:
    """All records of concatenated requests come in order, each with its own resource and scope."""
    requests = [
        frame_records(encode_resource({"number": number}), encode_scope(f"lib{number}", "1"), [encode({"n": 1})] * 2)
        for number in range(2)
    ]
    logs = decode_logs(b"".join(requests))
    assert [(log.resource["number"], log.scope_name) for log in logs] == [(0, "lib0")] * 2 + [(1, "lib1")] * 2
    assert decode_logs(b"") == []


def test_records_do_not_share_what_is_theirs() -> None:
    """Two equal records have attributes of their own."""
    first, second = decode_logs(frame_records(b"", b"", [encode({"a": [1]})] * 2))
    assert first.attributes is not second.attributes
    assert first.attributes["a"] is not second.attributes["a"]


# What others may send


def test_a_resource_and_a_scope_may_come_last() -> None:
    """Fields stand in any order in protobuf: what the records belong to is found behind them as well."""
    scope = InstrumentationScope(name="lib").SerializeToString()
    record = encode({"a": 1})
    scope_logs = record + b"\x0a" + bytes((len(scope),)) + scope
    resource = encode_resource({"service.name": "x"})
    resource_logs = b"\x12" + bytes((len(scope_logs),)) + scope_logs + b"\x0a" + bytes((len(resource),)) + resource
    (log,) = decode_logs(b"\x0a" + bytes((len(resource_logs),)) + resource_logs)
    assert (log.resource, log.scope_name, log.attributes) == ({"service.name": "x"}, "lib", {"a": 1})


@pytest.mark.parametrize(
    "unknown",
    [
        b"\xf8\x01\x05",
        b"\xf9\x01" + bytes(8),
        b"\xfa\x01\x02ab",
        b"\xfd\x01" + bytes(4),
        b"\x08\x05",
        b"\x1d" + bytes(4),
    ],
    ids=["varint", "fixed64", "length", "fixed32", "time as varint", "text as fixed32"],
)
def test_unknown_fields_are_skipped(unknown: bytes) -> None:
    """A field that is not known, or of a wire type that it does not have, changes nothing, on every level."""
    message = unknown + b"\x62\x01a"  # an event name
    assert decode_logs(in_record(message))[0].event_name == "a"
    request = frame_records(b"", b"", [encode({"a": 1})])
    assert decode_logs(unknown + request + unknown) == decode_logs(request)


def test_the_last_of_a_field_counts() -> None:
    """Where a field stands twice, the last one counts; so with the attributes of one key."""
    assert decode_logs(in_record(b"\x62\x01a\x62\x01b"))[0].event_name == "b"
    message = LogRecord(attributes=[KeyValue(key="a", value=AnyValue(int_value=number)) for number in (1, 2)])
    assert decode_message(message).attributes == {"a": 2}


@pytest.mark.parametrize("wrong", [b"", b"\x01" * 8, b"\x01" * 17, bytes(16)], ids=["none", "short", "long", "zero"])
def test_an_id_that_is_none_is_empty(wrong: bytes) -> None:
    """A trace id that is not 16 bytes, or all zero, is no id; likewise a span id."""
    log = decode_message(LogRecord(trace_id=wrong, span_id=wrong[:5]))
    assert (log.trace_id, log.span_id) == ("", "")
    assert decode_message(LogRecord(span_id=bytes(8))).span_id == ""


def test_numbers_have_their_sign() -> None:
    """A negative severity or int comes back negative, a count never."""
    log = decode_message(LogRecord(severity_number=-5, dropped_attributes_count=(1 << 32) - 1))  # type: ignore[arg-type]
    assert (log.severity_number, log.dropped_attributes_count) == (-5, (1 << 32) - 1)
    assert decode_message(LogRecord(body=AnyValue(int_value=-(1 << 63)))).body == -(1 << 63)


def test_values_and_keys_that_are_missing_are_empty() -> None:
    """A KeyValue without a value is None, without a key ""; an AnyValue of a kind to come is None."""
    log = decode_message(LogRecord(attributes=[KeyValue(key="a"), KeyValue(value=AnyValue(bool_value=True))]))
    assert log.attributes == {"a": None, "": True}
    assert decode_message(LogRecord(body=AnyValue(string_value_strindex=5))).body is None


# What is no OTLP


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a",
        b"\x0a\x05",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x80",
        b"\xff" * 11,
        b"\x10" + b"\xff" * 9 + b"\x02",
        b"\x00\x00",
        b"\x80\x80\x80\x80\x10\x05",
        b"\x0b\x0c",
        b"\x0f\x00",
        b"\x09\x00",
        b"\x0d\x00",
        in_record(b"\x62\x02\xc3\x28"),
        in_record(b"\x1a\x01\xff"),
        in_record(b"\x2a\x04\x0a\x02\xed\xa0"),
        in_record(b"\x32\x03\x0a\x01\xff"),
        in_record(b"\x09\x01"),
        b"not OTLP at all",
        b'{"resourceLogs": []}',
    ],
)
def test_malformed_bytes_are_a_value_error(data: bytes) -> None:
    """Bytes that protobuf would not take either raise exactly a ValueError that says what is wrong."""
    with pytest.raises(ValueError, match="malformed OTLP: ") as caught:
        decode_logs(data)
    assert type(caught.value) is ValueError


def deep(levels: int) -> bytes:
    """Return a request whose body is so many lists inside each other."""
    body = b"\x18\x05"
    for _ in range(levels):
        item = b"\x0a" + varint(len(body)) + body
        body = b"\x2a" + varint(len(item)) + item
    record = b"\x2a" + varint(len(body)) + body
    return frame_records(b"", b"", [b"\x12" + varint(len(record)) + record])


def varint(number: int) -> bytes:
    """Encode a length, in a way of its own."""
    data = b""
    while number > 127:
        data += struct.pack("B", number % 128 + 128)
        number //= 128
    return data + struct.pack("B", number)


@pytest.mark.parametrize("levels", [64, 1000, 20_000])
def test_depth_is_bounded(levels: int) -> None:
    """What is nested deeper than any receiver reads is a ValueError, however deep."""
    with pytest.raises(ValueError, match="64 levels deep"):
        decode_logs(deep(levels))


def test_the_deepest_that_protobuf_takes_is_decoded() -> None:
    """Nesting up to protobuf's own limit is decoded."""
    request = deep(46)
    ExportLogsServiceRequest.FromString(request)
    assert decode_logs(request)


def test_a_stack_that_is_used_up_is_a_value_error() -> None:
    """Where the caller has left no room to recurse, the answer is a ValueError too."""
    request, outcomes = deep(40), set()

    def descend(levels: int) -> None:
        if levels:
            descend(levels - 1)
            return
        try:
            decode_logs(request)
            outcomes.add("decoded")
        except ValueError:
            outcomes.add("refused")

    for levels in range(0, 1000, 10):
        with contextlib.suppress(RecursionError):  # at last not even decode_logs can be called
            descend(levels)
    assert outcomes == {"decoded", "refused"}


@many
@given(st.binary(max_size=200))
def test_random_bytes_decode_or_are_refused(data: bytes) -> None:
    """Nothing but a ValueError leaves the decoder."""
    decodes_or_refuses(data)


@many
@given(ATTRIBUTES, VALUES, st.data())
def test_damaged_bytes_decode_or_are_refused(attributes: dict[str, Any], body: Any, data: st.DataObject) -> None:
    """A request cut anywhere, or with bytes changed, gives records or a ValueError."""
    record = encode(attributes, body=body, event_name="name", trace_id=5, span_id=6)
    request = bytearray(frame_records(encode_resource(attributes), encode_scope("lib", "1"), [record]))
    decodes_or_refuses(bytes(request[: data.draw(st.integers(0, len(request)))]))
    for _ in range(3):
        request[data.draw(st.integers(0, len(request) - 1))] = data.draw(st.integers(0, 255))
        decodes_or_refuses(bytes(request))


def decodes_or_refuses(data: bytes) -> None:
    """Decode, or find a plain ValueError; all that protobuf takes is decoded, to as many records."""
    try:
        logs = decode_logs(data)
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017 - it may as well not raise
        # A group, of which OTLP has none, protobuf would skip; a number of more than 64 bits it would cut.
        if not any(stricter in str(error) for stricter in ("wire type", "more than 64 bits")):
            with pytest.raises(DecodeError):
                ExportLogsServiceRequest.FromString(data)
        return
    try:
        request = ExportLogsServiceRequest.FromString(data)
    except DecodeError:
        return  # inside a field that is skipped here
    scopes = [scope_logs for resource_logs in request.resource_logs for scope_logs in resource_logs.scope_logs]
    assert len(logs) == sum(len(scope_logs.log_records) for scope_logs in scopes)
