"""The encoder is total: whatever stands in a record, its bytes are valid and the caller's objects are left alone."""

from __future__ import annotations

import copy
from collections import deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from clippy_otel.otlp.encode import (
    EncodeLimits,
    encode_log_attribute,
    encode_log_record,
    encode_resource,
)
from tests.otlp._foreign import ANYTHING, HOSTILE, Hostile, Raising, Silent
from tests.otlp._messages import (
    ATTRIBUTES,
    attributes_of,
    encode,
    encoded,
    mapping,
    parse,
    python,
    same,
)

many = settings(deadline=None, max_examples=100)


@many
@given(st.dictionaries(st.text(st.characters()) | st.integers() | st.none(), ANYTHING, max_size=6), ANYTHING)
def test_anything_is_encoded(attributes: dict[Any, Any], body: Any) -> None:
    """Whatever stands in a record, protobuf takes its bytes, and the guard had nothing to swallow."""
    log = parse(encode(attributes, body=body, event_name=body))
    mapping(log.attributes)
    python(log.body)
    Resource.FromString(encode_resource(attributes))


def test_each_hostile_value_has_its_place() -> None:
    """One value that cannot be encoded leaves its marker and takes nothing else with it."""
    for make in HOSTILE:
        read = attributes_of(encode({"before": 1, "it": make(), "in": [make(), {"deep": make()}], "after": 2}))
        assert list(read) == ["before", "it", "in", "after"]
        assert (read["before"], read["after"]) == (1, 2)
    assert encoded(Silent()) == "<unprintable Silent>"
    assert encoded([Raising(), Hostile()]) == ["<unprintable Raising>", "<unprintable Hostile>"]


def test_attributes_that_cannot_be_read_are_counted() -> None:
    """A mapping of attributes that raises gives a record without them, and says that there were some."""
    for attributes in (Raising(), 5, None, [1]):
        log = parse(encode_log_record(time_unix_nano=1, observed_time_unix_nano=1, attributes=attributes))  # type: ignore[arg-type]
        assert (len(log.attributes), log.dropped_attributes_count) == (0, 1)
        assert Resource.FromString(encode_resource(attributes)).dropped_attributes_count == 1  # type: ignore[arg-type]


class Unequal(str):
    """A key that equals another one's hash, and raises where it is compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise ValueError("no")

    def __hash__(self) -> int:
        return hash("a.key")


@pytest.mark.swallows
def test_keys_that_raise_when_compared_cost_the_attributes_only() -> None:
    """The record goes out without its attributes, which are counted, and the guard is told; so with the body."""
    encode({"a.key": None})  # a value that makes the key a known one
    log = parse(encode({Unequal("x"): 1, "b": 2}, event_name="stays", encoded_attributes=encode_log_attribute("c", 3)))
    assert (log.event_name, mapping(log.attributes), log.dropped_attributes_count) == ("stays", {"c": 3}, 2)
    log = parse(encode({"b": 2}, body={Unequal("x"): 1}))
    assert (python(log.body), mapping(log.attributes)) == ("<unprintable dict>", {"b": 2})


@many
@given(ATTRIBUTES)
def test_the_callers_objects_are_unchanged(attributes: dict[str, Any]) -> None:
    """Encoding changes nothing that belongs to the caller."""
    before = copy.deepcopy(attributes)
    encode(attributes, limits=EncodeLimits(max_depth=2, max_nodes=4))
    encode(attributes)
    assert same(attributes, before)
    assert list(attributes) == list(before)


def test_foreign_objects_are_unchanged() -> None:
    """A deque, a set, a model and a generator are as they were; over the limits too."""
    items, chosen, numbers = deque(range(5)), {1, 2}, (number for number in range(3))
    encode({"items": items, "chosen": chosen, "numbers": numbers, 5: {6: 7}}, limits=EncodeLimits(max_nodes=4))
    assert (list(items), chosen, list(numbers)) == ([0, 1, 2, 3, 4], {1, 2}, [0, 1, 2])
