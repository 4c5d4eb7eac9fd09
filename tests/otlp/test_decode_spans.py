"""OTLP bytes as spans again: what we wrote, what others may write, and bytes that are neither."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext

from clippy_otel.otlp.decode_spans import DecodedSpan, DecodedSpanEvent, DecodedSpanLink, decode_spans
from clippy_otel.otlp.encode import encode_resource
from clippy_otel.otlp.spans import encode_span
from tests.otlp._framing import frame_records
from tests.otlp._messages import ATTRIBUTES, same
from tests.otlp._spans import RESOURCE, SCOPE_URL, event_like, framed, link_like, parse_span, sdk_spans, span_like

few = settings(deadline=None, max_examples=40)
many = settings(deadline=None, max_examples=100)


def decode_record(record: bytes) -> DecodedSpan:
    """Decode the only span of a request."""
    (span,) = decode_spans(frame_records(b"", b"", [record]))
    return span


def decode_message(span: Span) -> DecodedSpan:
    """Decode a span that protobuf wrote."""
    of_resource = ResourceSpans(scope_spans=[ScopeSpans(spans=[span])])
    (decoded,) = decode_spans(ExportTraceServiceRequest(resource_spans=[of_resource]).SerializeToString())
    return decoded


def in_span(field: bytes) -> bytes:
    """Return a request with one span that consists of these bytes."""
    return frame_records(b"", b"", [bytes((0x12, len(field))) + field])


# Round trips


def hex_ids(context: SpanContext) -> dict[str, Any]:
    """Return what a context of the SDK is when it is decoded."""
    return {
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
        "trace_state": context.trace_state.to_header(),
    }


def expected(span: ReadableSpan) -> dict[str, Any]:
    """Return what a span of the SDK is when it is decoded."""
    return {
        "resource": dict(RESOURCE.attributes),
        "scope_name": "lib",
        "scope_version": "1.2",
        "scope_attributes": {"k": "v"},
        **hex_ids(span.context),
        "parent_span_id": f"{span.parent.span_id:016x}" if span.parent else "",
        "flags": 0x300 if span.parent and span.parent.is_remote else 0x100,
        "name": span.name,
        "kind": span.kind.value + 1,
        "start_time_unix_nano": span.start_time,
        "end_time_unix_nano": span.end_time,
        "attributes": dict(span.attributes or {}),
        "dropped_attributes_count": span.dropped_attributes,
        "events": [
            {
                "time_unix_nano": event.timestamp,
                "name": event.name,
                "attributes": dict(event.attributes or {}),
                "dropped_attributes_count": event.dropped_attributes,
            }
            for event in span.events
        ],
        "dropped_events_count": span.dropped_events,
        "links": [
            {
                **hex_ids(link.context),
                "flags": 0x300 if link.context.is_remote else 0x100,
                "attributes": dict(link.attributes or {}),
                "dropped_attributes_count": link.dropped_attributes,
            }
            for link in span.links
        ],
        "dropped_links_count": span.dropped_links,
        "status_code": span.status.status_code.value,
        "status_message": span.status.description or "",
        "resource_schema_url": RESOURCE.schema_url,
        "scope_schema_url": SCOPE_URL,
    }


def as_dict(span: DecodedSpan) -> dict[str, Any]:
    """Return a decoded span with its events and links as mappings."""
    return span._asdict() | {
        "events": [event._asdict() for event in span.events],
        "links": [link._asdict() for link in span.links],
    }


@many
@given(sdk_spans())
def test_what_was_encoded_is_decoded(span: ReadableSpan) -> None:
    """Every field of a span, its events, its links, its scope and its resource come back as they were given."""
    (decoded,) = decode_spans(framed(span))
    assert same(as_dict(decoded), expected(span))


@few
@given(sdk_spans())
def test_what_protobuf_wrote_is_decoded(span: ReadableSpan) -> None:
    """The same span, written by protobuf in its own order of fields, is decoded alike."""
    record = encode_span(span)
    assert same(as_dict(decode_message(parse_span(record))), as_dict(decode_record(record)))


def test_what_has_no_fields_has_their_defaults() -> None:
    """What is not on the wire is 0, "" or empty."""
    event, link = DecodedSpanEvent(0, "", {}, 0), DecodedSpanLink("", "", "", 0, {}, 0)
    assert decode_record(b"\x12\x04\x5a\x00\x6a\x00") == DecodedSpan(
        *({}, "", "", {}, "", "", "", "", 0, "", 0, 0, 0, {}, 0, (event,), 0, (link,), 0, 0, "", "", "")
    )


def test_requests_put_together_are_decoded_as_one() -> None:
    """All spans of concatenated requests come in order, each with its own resource, which they share."""
    record = encode_span(span_like())
    requests = [
        frame_records(encode_resource({"number": number}), b"", [record] * 2, resource_schema_url=f"https://{number}")
        for number in range(2)
    ]
    spans = decode_spans(b"".join(requests))
    found = [(span.resource["number"], span.resource_schema_url) for span in spans]
    assert found == [(0, "https://0")] * 2 + [(1, "https://1")] * 2
    assert spans[0].resource is spans[1].resource
    assert decode_spans(b"") == []


def test_spans_do_not_share_what_is_theirs() -> None:
    """Two equal spans have attributes of their own, and so have their events and links."""
    record = encode_span(
        span_like(attributes={"a": [1]}, events=(event_like(),) * 2, links=(link_like(),) * 2),
    )
    first, second = decode_spans(frame_records(b"", b"", [record] * 2))
    owned = [first.attributes, second.attributes]
    for span in (first, second):
        owned += [event.attributes for event in span.events] + [link.attributes for link in span.links]
    assert len({id(attributes) for attributes in owned}) == len(owned) == 10


# What others may send


def test_a_resource_a_scope_and_their_urls_may_come_last() -> None:
    """Fields stand in any order in protobuf: what the spans belong to is found behind them as well."""
    scope = InstrumentationScope(name="lib").SerializeToString()
    of_scope = encode_span(span_like()) + b"\x1a\x01s" + b"\x0a" + bytes((len(scope),)) + scope
    resource = encode_resource({"service.name": "x"})
    of_resource = b"\x12" + bytes((len(of_scope),)) + of_scope + b"\x1a\x01r\x0a" + bytes((len(resource),)) + resource
    (span,) = decode_spans(b"\x0a" + varint(len(of_resource)) + of_resource)
    assert (span.resource, span.scope_name, span.name) == ({"service.name": "x"}, "lib", "a span")
    assert (span.resource_schema_url, span.scope_schema_url) == ("r", "s")


def varint(number: int) -> bytes:
    """Encode a length below 16,384, in a way of its own."""
    return bytes((number,)) if number < 128 else bytes((number % 128 + 128, number // 128))


@pytest.mark.parametrize(
    "unknown",
    [
        b"\xf8\x01\x05",
        b"\xf9\x01" + bytes(8),
        b"\xfa\x01\x02ab",
        b"\xfd\x01" + bytes(4),
        b"\x2d" + bytes(4),
        b"\x3a\x00",
    ],
    ids=["varint", "fixed64", "length", "fixed32", "name as fixed32", "time as length"],
)
def test_unknown_fields_are_skipped(unknown: bytes) -> None:
    """A field that is not known, or of a wire type that it does not have, changes nothing, on every level."""
    size = bytes((len(unknown),))
    children = b"".join(child + size + unknown for child in (b"\x5a", b"\x6a", b"\x7a"))
    (span,) = decode_spans(in_span(unknown + b"\x2a\x01a" + children))
    assert (span.name, span.events[0].time_unix_nano, span.links[0].flags, span.status_code) == ("a", 0, 0, 0)


def test_the_last_of_a_field_counts() -> None:
    """Where a field stands twice, the last one counts; so with the attributes of one key."""
    (span,) = decode_spans(in_span(b"\x2a\x01a\x2a\x01b\x7a\x02\x18\x01\x7a\x02\x18\x02"))
    assert (span.name, span.status_code) == ("b", 2)
    twice = [KeyValue(key="a", value=AnyValue(int_value=number)) for number in (1, 2)]
    span = decode_message(
        Span(attributes=twice, events=[Span.Event(attributes=twice)], links=[Span.Link(attributes=twice)])
    )
    assert [span.attributes, span.events[0].attributes, span.links[0].attributes] == [{"a": 2}] * 3


@pytest.mark.parametrize("wrong", [b"", b"\x01" * 7, b"\x01" * 17, bytes(16)], ids=["none", "short", "long", "zero"])
def test_an_id_that_is_none_is_empty(wrong: bytes) -> None:
    """A trace id that is not 16 bytes, or all zero, is no id; likewise a span id, and those of links."""
    wrong_span_id = wrong[8:] or wrong
    links = [Span.Link(trace_id=wrong, span_id=wrong_span_id)]
    span = decode_message(Span(trace_id=wrong, span_id=wrong_span_id, parent_span_id=wrong_span_id, links=links))
    assert (span.trace_id, span.span_id, span.parent_span_id) == ("", "", "")
    assert (span.links[0].trace_id, span.links[0].span_id) == ("", "")


def test_numbers_have_their_sign_and_all_their_bits() -> None:
    """A negative kind or status code comes back negative, a count never; flags have 32 bits, W3C's among them."""
    most = (1 << 32) - 1
    span = decode_message(
        Span(
            kind=-5,  # type: ignore[arg-type]
            status=Status(code=-7, message="m"),  # type: ignore[arg-type]
            flags=most,
            dropped_attributes_count=most,
            dropped_events_count=most,
            dropped_links_count=most,
            links=[Span.Link(flags=0x101, dropped_attributes_count=most)],
            events=[Span.Event(dropped_attributes_count=most)],
        )
    )
    assert (span.kind, span.status_code, span.status_message, span.flags) == (-5, -7, "m", most)
    assert (span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count) == (most, most, most)
    assert (span.links[0].flags, span.links[0].dropped_attributes_count) == (0x101, most)
    assert span.events[0].dropped_attributes_count == most


# What is no OTLP


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a\x05",
        in_span(b"\x2a\x02\xc3\x28"),
        in_span(b"\x1a\x01\xff"),
        in_span(b"\x5a\x03\x12\x01\xff"),
        in_span(b"\x6a\x03\x1a\x01\xff"),
        in_span(b"\x7a\x03\x12\x01\xff"),
        in_span(b"\x5a\x02\x09\x01"),
        in_span(b"\x7a\x01\x18"),
        frame_records(b"", b"", [])[:-1],
        b"\x0a\x03\x1a\x01\xff",
        b"\x0a\x05\x12\x03\x1a\x01\xff",
        b'{"resourceSpans": []}',
    ],
)
def test_malformed_bytes_are_a_value_error(data: bytes) -> None:
    """Bytes that protobuf would not take either raise exactly a ValueError that says what is wrong."""
    with pytest.raises(ValueError, match="malformed OTLP: ") as caught:
        decode_spans(data)
    assert type(caught.value) is ValueError


@pytest.mark.parametrize("field", [b"\x5a", b"\x6a"], ids=["event", "link"])
def test_depth_is_bounded(field: bytes) -> None:
    """What is nested deeper than any receiver reads is a ValueError, in events and links too."""
    value = b"\x18\x05"
    for _ in range(70):
        item = b"\x0a" + varint(len(value)) + value
        value = b"\x2a" + varint(len(item)) + item
    pair = b"\x12" + varint(len(value)) + value
    attribute = (b"\x1a" if field == b"\x5a" else b"\x22") + varint(len(pair)) + pair
    span = field + varint(len(attribute)) + attribute
    with pytest.raises(ValueError, match="64 levels deep"):
        decode_record(b"\x12" + varint(len(span)) + span)


@many
@given(st.binary(max_size=200))
def test_random_bytes_decode_or_are_refused(data: bytes) -> None:
    """Nothing but a ValueError leaves the decoder."""
    decodes_or_refuses(data)
    decodes_or_refuses(in_span(data[:100]))


@many
@given(ATTRIBUTES, st.data())
def test_damaged_bytes_decode_or_are_refused(attributes: dict[str, Any], data: st.DataObject) -> None:
    """A request cut anywhere, or with bytes changed, gives spans or a ValueError."""
    span = span_like(
        attributes=attributes, events=(event_like(attributes=attributes),), links=(link_like(attributes=attributes),)
    )
    request = bytearray(frame_records(encode_resource(attributes), b"", [encode_span(span)], scope_schema_url="https"))
    decodes_or_refuses(bytes(request[: data.draw(st.integers(0, len(request)))]))
    for _ in range(3):
        request[data.draw(st.integers(0, len(request) - 1))] = data.draw(st.integers(0, 255))
        decodes_or_refuses(bytes(request))


def decodes_or_refuses(data: bytes) -> None:
    """Decode, or find a plain ValueError; all that protobuf takes is decoded, to as many spans."""
    try:
        spans = decode_spans(data)
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017 - it may as well not raise
        # A group, of which OTLP has none, protobuf would skip; a number of more than 64 bits it would cut.
        if not any(stricter in str(error) for stricter in ("wire type", "more than 64 bits")):
            with pytest.raises(DecodeError):
                ExportTraceServiceRequest.FromString(data)
        return
    try:
        request = ExportTraceServiceRequest.FromString(data)
    except DecodeError:
        return  # inside a field that is skipped here
    scopes = [of_scope for of_resource in request.resource_spans for of_scope in of_resource.scope_spans]
    assert len(spans) == sum(len(of_scope.spans) for of_scope in scopes)
