"""Spans as OTLP bytes: read back by protobuf, compared with the stock encoder; whatever stands in them."""

from __future__ import annotations

import copy
import math
from collections import UserDict
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode

from clippy_otel.otlp.encode import EncodeLimits
from clippy_otel.otlp.spans import encode_span
from tests.otlp._foreign import ANYTHING, WHEN, Endless, Raising, Silent
from tests.otlp._messages import ATTRIBUTES, NOW_NS, TEXT, mapping, same
from tests.otlp._spans import (
    STATE,
    context_like,
    encoded_span,
    event_like,
    framed,
    link_like,
    parse_span,
    sdk_spans,
    span_like,
)

few = settings(deadline=None, max_examples=40)
many = settings(deadline=None, max_examples=100)

CONTEXT = SpanContext(0xABC, 0xDEF, is_remote=False)


# As the stock encoder


@many
@given(st.lists(sdk_spans(), min_size=1, max_size=2))
def test_the_stock_encoder_says_the_same(spans: list[ReadableSpan]) -> None:
    """A request of ours is the stock one's in every field, but for the trace state of links, which is ours alone."""
    expected = encode_spans(spans)
    for written, span in zip(expected.resource_spans[0].scope_spans[0].spans, spans, strict=True):
        for link, given_link in zip(written.links, span.links, strict=True):
            link.trace_state = given_link.context.trace_state.to_header()
    request = ExportTraceServiceRequest.FromString(framed(*spans))
    # As bytes, for a NaN is not equal to itself.
    assert request.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True)


@pytest.mark.parametrize("kind", SpanKind)
@pytest.mark.parametrize(
    "status", [Status(), Status(StatusCode.OK), Status(StatusCode.ERROR, "gone")], ids=["unset", "ok", "error"]
)
@pytest.mark.parametrize(
    "parent",
    [None, SpanContext(0xABC, 0x123, is_remote=False), SpanContext(0xABC, 0x123, is_remote=True)],
    ids=["none", "local", "remote"],
)
def test_kinds_states_and_parents_are_the_stock_ones(
    kind: SpanKind, status: Status, parent: SpanContext | None
) -> None:
    """Every kind, status and parent has the stock encoder's numbers; what a span lacks is not on the wire either."""
    span = ReadableSpan("a", CONTEXT, parent, kind=kind, status=status, links=[Link(parent or CONTEXT)])
    (written,) = encode_spans([span]).resource_spans[0].scope_spans[0].spans
    assert parse_span(encode_span(span)) == written


def test_ids_that_are_none_are_the_stock_ones() -> None:
    """A context without ids is written as the stock encoder writes it."""
    nothing = SpanContext(0, 0, is_remote=False)
    span = ReadableSpan("a", nothing, nothing, links=[Link(nothing, {"a": 1})], start_time=1, end_time=2)
    (written,) = encode_spans([span]).resource_spans[0].scope_spans[0].spans
    assert parse_span(encode_span(span)) == written


def test_the_deepest_value_is_read_in_an_event() -> None:
    """A value on the last level that is encoded, inside an event, is still within what protobuf reads."""
    deep: Any = "bottom"
    for _ in range(31):
        deep = {"in": deep}
    (event,) = encoded_span(events=(event_like(attributes={"deep": deep, "deeper": {"in": deep}}),)).events
    read = mapping(event.attributes)
    assert read["deep"] == deep
    assert "[TRUNCATED]" in str(read["deeper"])


# Limits


def test_events_and_links_count_as_values() -> None:
    """Where the values of a span run out, the rest is counted: attributes, events and links, each where it belongs."""
    events = tuple(event_like(name=f"event{number}", attributes={"a": 1, "b": 2}) for number in range(4))
    span = span_like(attributes={"x": 1, "y": 2}, events=events, links=(link_like(),), dropped_events=10)
    read = parse_span(encode_span(span, limits=EncodeLimits(max_nodes=7)))
    assert mapping(read.attributes) == {"x": 1, "y": 2}
    assert [(event.name, len(event.attributes), event.dropped_attributes_count) for event in read.events] == [
        ("event0", 2, 0),
        ("event1", 1, 1),
    ]
    assert (read.dropped_events_count, read.dropped_links_count, len(read.links)) == (12, 1, 0)
    read = parse_span(encode_span(span, limits=EncodeLimits(max_nodes=1)))
    assert (len(read.attributes), read.dropped_attributes_count) == (1, 1)
    assert (read.dropped_events_count, read.dropped_links_count) == (14, 1)


def test_the_bytes_of_a_span_are_bounded() -> None:
    """Long names, messages and trace states share one limit with the attributes' values."""
    long = "x" * 400
    events = tuple(event_like(name=long, attributes={"a": long}) for _ in range(3))
    read = parse_span(encode_span(span_like(name=long, events=events), limits=EncodeLimits(max_bytes=1000)))
    assert (read.name, read.events[0].name) == (long, long)
    assert mapping(read.events[0].attributes) == {"a": "[TRUNCATED]"}
    assert read.events[1].name == "[TRUNCATED]"
    cut = encoded_span(name="é" * 20_000, status=Status(StatusCode.ERROR, "e" * 20_000))
    assert (cut.name, cut.status.message) == ("é" * 8192, "e" * 16_384)


def test_all_attributes_are_encoded() -> None:
    """A span that was allowed more attributes than usual keeps them all."""
    attributes = {f"key{number}": number for number in range(5000)}
    assert mapping(encoded_span(attributes=attributes).attributes) == attributes


# What is not as usual


@pytest.mark.parametrize(
    "number,expected",
    [(-1, 0), (1 << 64, (1 << 64) - 1), (1.9, 1), (math.nan, 0), (None, 0), ("x", 0), (np.int64(5), 5)],
)
def test_times_are_clamped(number: Any, expected: int) -> None:
    """A time that the field cannot hold becomes the nearest one, what is no number 0; the rest of the span stays."""
    span = encoded_span(start_time=number, end_time=number, events=(event_like(timestamp=number),), attributes={"a": 1})
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (expected, expected)
    assert span.events[0].time_unix_nano == expected
    assert (span.events[0].name, span.name, mapping(span.attributes)) == ("an event", "a span", {"a": 1})


@pytest.mark.parametrize("number,expected", [(-1, 0), (7, 7), (1 << 40, (1 << 32) - 1), (None, 0), ("x", 0)])
def test_dropped_counts_are_clamped(number: Any, expected: int) -> None:
    """What had been dropped before is written, as far as the field can hold it."""
    children = {
        "events": (event_like(dropped_attributes=number),),
        "links": (link_like(dropped_attributes=number),),
    }
    dropped = dict.fromkeys(("dropped_attributes", "dropped_events", "dropped_links"), number)
    span = encoded_span(**children, **dropped)
    counts = span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count
    assert counts == (expected, expected, expected)
    assert span.events[0].dropped_attributes_count == expected
    assert span.links[0].dropped_attributes_count == expected


@pytest.mark.parametrize("wrong", [-1, 1 << 128, "abc", None, 1.5, [1]])
def test_an_impossible_id_is_none(wrong: Any) -> None:
    """An id that is none is not replaced by another one, and the rest of the context stays."""
    context = context_like(trace_id=wrong, trace_state=STATE)
    span = encoded_span(
        context=context, parent=context_like(span_id=wrong, is_remote=True), links=(link_like(context=context),)
    )
    for read in (span, span.links[0]):
        assert (read.trace_id, read.span_id) == (bytes(16), (0xDEF).to_bytes(8, "big"))
        assert read.trace_state == "ot=th:8,vendor=x"
    assert (span.parent_span_id, span.flags) == (bytes(8), 0x300)


@pytest.mark.parametrize(
    "wrong", [5, -1, None, "1", 1.5, Silent()], ids=["unknown", "negative", "none", "text", "float", "foreign"]
)
def test_an_impossible_kind_or_status_is_none(wrong: Any) -> None:
    """A kind or status code that OTLP does not have is its zero; the description stays."""
    member = SimpleNamespace(value=wrong)
    span = encoded_span(kind=member, status=SimpleNamespace(status_code=member, description="why"))
    assert (span.kind, span.status.code, span.status.message) == (0, 0, "why")
    assert not encoded_span(status=None).HasField("status")


def test_texts_of_any_type_become_text() -> None:
    """Names, messages and trace states that are none are written as text; None is none."""
    state = SimpleNamespace(to_header=lambda: 5)
    status = SimpleNamespace(status_code=StatusCode.ERROR, description=WHEN)
    span = encoded_span(
        name="a\ud800b", status=status, context=context_like(trace_state=state), events=(event_like(name=5),)
    )
    assert (span.name, span.status.message, span.trace_state) == ("a\ufffdb", WHEN.isoformat(), "5")
    assert span.events[0].name == "5"
    assert (encoded_span(name=None).name, encoded_span(context=context_like(trace_state=None)).trace_state) == ("", "")


def test_attributes_of_any_mapping_are_encoded() -> None:
    """What is no dict, and has no copy() that gives one, is read as a mapping; what cannot be read is counted."""
    for attributes in (MappingProxyType({"a": [1]}), MappingProxyType(MappingProxyType({"a": [1]}))):
        span = encoded_span(attributes=attributes, events=(event_like(attributes=attributes),))
        assert (mapping(span.attributes), mapping(span.events[0].attributes)) == ({"a": [1]}, {"a": [1]})
    for wrong, missing in ((Raising(), 1), (5, 1), (None, 0)):
        span = encoded_span(
            attributes=wrong, events=(event_like(attributes=wrong),), links=[link_like(attributes=wrong)]
        )
        for read in (span, span.events[0], span.links[0]):
            assert (len(read.attributes), read.dropped_attributes_count) == (0, missing)


class Repeating(UserDict[str, int]):
    """A mapping that says one key again and again, whose copy does so too."""

    def items(self) -> Any:
        """Return the one key, often."""
        return [("a", 1)] * 20_000


def test_a_copy_that_is_no_dict_is_not_trusted() -> None:
    """Attributes whose copy() gives another mapping are read as any mapping is: one value a key."""
    encoded_span(attributes={"a": 1})
    assert mapping(encoded_span(attributes=Repeating(a=1)).attributes) == {"a": 1}


def test_events_of_any_sequence_are_encoded() -> None:
    """Events and links may come as any sequence; what is none counts as one that is missing."""
    span = encoded_span(events=[event_like(), event_like()], links=Endless())
    assert (len(span.events), len(span.links)) == (2, 9_998)
    assert span.dropped_links_count == 2
    span = encoded_span(events=5, links=None, name="stays")
    assert (span.name, span.dropped_events_count, span.dropped_links_count) == ("stays", 1, 0)


class Nothing:
    """An object whose every attribute raises."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.parametrize("wrong", [Nothing(), None, 5, object()], ids=["raising", "None", "int", "object"])
def test_what_is_no_span_is_an_empty_one(wrong: Any) -> None:
    """Of what has nothing a span has, an empty span is left; of an event, a link and a context likewise."""
    assert parse_span(encode_span(wrong)) == Span(trace_id=bytes(16), span_id=bytes(8), flags=0x100)
    span = encoded_span(events=(wrong, event_like()), links=(wrong,), context=wrong, kind=wrong)
    assert [event.name for event in span.events] == ["", "an event"]
    assert (span.name, span.kind, span.links[0].flags) == ("a span", 0, 0x100)


ANY_ATTRIBUTES = ANYTHING | st.dictionaries(st.text(st.characters()) | st.integers() | st.none(), ANYTHING, max_size=4)
ANY_MEMBERS = ANYTHING | st.builds(SimpleNamespace, value=ANYTHING)
ANY_CONTEXTS = ANYTHING | st.builds(
    context_like,
    trace_id=ANYTHING,
    span_id=ANYTHING,
    is_remote=ANYTHING,
    trace_state=ANYTHING | ANYTHING.map(lambda header: SimpleNamespace(to_header=lambda: header)),
)
ANY_EVENTS = ANYTHING | st.builds(
    event_like, name=ANYTHING, timestamp=ANYTHING, attributes=ANY_ATTRIBUTES, dropped_attributes=ANYTHING
)
ANY_LINKS = ANYTHING | st.builds(
    link_like, context=ANY_CONTEXTS, attributes=ANY_ATTRIBUTES, dropped_attributes=ANYTHING
)
# Each field is as usual or anything: where one is not, the others go another way.
ANY_SPANS = st.fixed_dictionaries(
    {},
    optional={
        "name": ANYTHING,
        "context": ANY_CONTEXTS,
        "parent": ANY_CONTEXTS,
        "kind": ANY_MEMBERS,
        "start_time": ANYTHING,
        "end_time": ANYTHING,
        "status": ANYTHING | st.builds(SimpleNamespace, status_code=ANY_MEMBERS, description=ANYTHING),
        "attributes": ANY_ATTRIBUTES,
        "events": ANYTHING | st.lists(ANY_EVENTS, max_size=3) | st.lists(ANY_EVENTS, max_size=3).map(tuple),
        "links": ANYTHING | st.lists(ANY_LINKS, max_size=3) | st.lists(ANY_LINKS, max_size=3).map(tuple),
        "dropped_attributes": ANYTHING,
        "dropped_events": ANYTHING,
        "dropped_links": ANYTHING,
    },
)


@many
@given(ANY_SPANS)
def test_anything_is_encoded(fields: dict[str, Any]) -> None:
    """Whatever stands in a span, protobuf takes its bytes, and the guard had nothing to swallow."""
    span = encoded_span(**fields)
    mapping(span.attributes)
    for event in span.events:
        mapping(event.attributes)
    for link in span.links:
        mapping(link.attributes)


class Unequal(str):
    """A key that equals another one's hash, and raises where it is compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise ValueError("no")

    def __hash__(self) -> int:
        return hash("a.key")


@pytest.mark.swallows
def test_keys_that_raise_when_compared_cost_the_attributes_only() -> None:
    """The span goes out without these attributes, which are counted, and the guard is told."""
    encoded_span(attributes={"a.key": None})  # a value that makes the key a known one
    span = encoded_span(attributes={Unequal("x"): 1, "b": 2}, events=(event_like(attributes={"c": 3}),))
    assert (span.name, len(span.attributes), span.dropped_attributes_count) == ("a span", 0, 2)
    assert mapping(span.events[0].attributes) == {"c": 3}


@few
@given(ATTRIBUTES, TEXT)
def test_the_callers_objects_are_unchanged(attributes: dict[str, Any], name: str) -> None:
    """Encoding changes nothing that belongs to the caller, over the limits too."""
    event = Event(name, attributes, NOW_NS)
    events, before = [event], copy.deepcopy(attributes)
    span = ReadableSpan(name, CONTEXT, attributes=attributes, events=events, links=[Link(CONTEXT, attributes)])
    for limits in (EncodeLimits(), EncodeLimits(max_depth=2, max_nodes=4)):
        first = encode_span(span, limits=limits)
        assert encode_span(span, limits=limits) == first
    assert same(attributes, before)
    assert list(attributes) == list(before)
    assert events == [event]
