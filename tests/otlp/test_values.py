"""Values as bytes: every type and nesting, every limit, and what is hard to encode."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp.encode import (
    EncodeLimits,
    encode_resource,
)
from tests.otlp._foreign import WHEN, Colour, Endless, Label
from tests.otlp._messages import (
    ATTRIBUTES,
    VALUES,
    attributes_of,
    encode,
    encoded,
    mapping,
    parse,
    python,
    same,
)

TRUNCATED = "[TRUNCATED]"
few = settings(deadline=None, max_examples=40)
many = settings(deadline=None, max_examples=100)


def nested(levels: int) -> Any:
    """Return lists inside each other, with a number in the innermost."""
    value: Any = 7
    for _ in range(levels):
        value = [value]
    return value


def innermost(value: Any) -> tuple[Any, int]:
    """Return what stands in the middle of nested lists, and how many they are."""
    levels = 0
    while isinstance(value, list):
        (value,) = value
        levels += 1
    return value, levels


# Every type


@many
@given(ATTRIBUTES, VALUES)
def test_every_attribute_type_and_nesting_arrives(attributes: dict[str, Any], body: Any) -> None:
    """Each value comes out of protobuf with its type, at every level, in attributes and body."""
    log = parse(encode(attributes, body=body))
    assert same(mapping(log.attributes), attributes)
    assert same(python(log.body), body)
    assert log.dropped_attributes_count == 0


@pytest.mark.parametrize("size", [0, 1, 119, 120, 121, 127, 128, 250, 255, 256, 300, 16_383, 16_384])
def test_a_text_of_every_size_arrives(size: int) -> None:
    """Lengths around every boundary of the encoding come out right, in ASCII and beyond, in values and keys."""
    assert encoded("x" * size) == "x" * size
    assert encoded(["x" * size, {"in": "x" * size}]) == ["x" * size, {"in": "x" * size}]
    wide = "é" * (size // 2)
    assert encoded(wide) == wide
    key = "k" * min(size, 1024)
    assert attributes_of(encode({key: "v" * size})) == {key: "v" * size}


@pytest.mark.parametrize("bits", range(64))
def test_an_int_of_every_size_arrives(bits: int) -> None:
    """Numbers around every power of two come out right, at the top and inside."""
    for number in (1 << bits, (1 << bits) - 1, -(1 << bits)):
        if number < 1 << 63:
            assert encoded(number) == number
            assert encoded([number]) == [number]


def test_none_is_an_empty_value() -> None:
    """None is told from an absent attribute, and in a list keeps its place."""
    assert attributes_of(encode({"it": None, "all": [None, 1]})) == {"it": None, "all": [None, 1]}
    assert all(pair.HasField("value") for pair in parse(encode({"it": None})).attributes)


def test_special_floats_stay_doubles() -> None:
    """NaN and the infinities are doubles on the wire, -0.0 keeps its sign."""
    assert math.isnan(encoded(math.nan))
    assert encoded([math.inf, -math.inf]) == [math.inf, -math.inf]
    assert math.copysign(1, encoded(-0.0)) == -1


def test_a_bool_is_no_int() -> None:
    """True and 1 in one record keep their types."""
    assert same(encoded([True, 1, False, 0]), [True, 1, False, 0])


# Limits


def test_depth_is_cut_before_protobuf_refuses_it() -> None:
    """31 containers inside each other arrive, as lists and as mappings; the next one is the marker."""
    assert innermost(encoded(nested(31))) == (7, 31)
    assert innermost(encoded(nested(32))) == (TRUNCATED, 31)
    assert innermost(encoded(nested(5000))) == (TRUNCATED, 31)
    value: Any = 7
    for _ in range(100):
        value = {"in": value}
    read = encoded(value)
    for _ in range(31):
        read = read["in"]
    assert read == TRUNCATED
    assert innermost(python(parse(encode(body=nested(32))).body)) == (TRUNCATED, 31)
    assert innermost(encoded(nested(5), limits=EncodeLimits(max_depth=3))) == (TRUNCATED, 2)


def test_an_empty_container_is_kept_at_any_depth() -> None:
    """What holds nothing needs no level below it."""
    assert encoded([[], {}, ()], limits=EncodeLimits(max_depth=2)) == [[], {}, []]


def test_nodes_are_cut_with_a_marker() -> None:
    """A list or mapping over the nodes of a record keeps its first values, then says that it was cut."""
    limits = EncodeLimits(max_nodes=5)
    assert encoded([1, 2, 3, 4], limits=limits) == [1, 2, 3, 4]
    assert encoded([1, 2, 3, 4, 5], limits=limits) == [1, 2, 3, 4, TRUNCATED]
    numbers = {"a": 1, "b": 2, "c": 3, "d": 4}
    assert encoded(numbers, limits=limits) == numbers
    assert encoded(numbers | {"e": 5, "f": 6}, limits=limits) == numbers | {"e": TRUNCATED}
    assert encoded([[1], [2], [3], [4]], limits=limits) == [TRUNCATED] * 4
    log = parse(encode({str(number): [number] for number in range(7)}, limits=limits))
    assert (set(mapping(log.attributes).values()), log.dropped_attributes_count) == ({TRUNCATED}, 2)
    assert len(encoded(list(range(20_000)))) == 10_000


def test_the_body_is_a_node_too() -> None:
    """The body takes from the nodes of the record."""
    log = parse(encode({"a": 1, "b": 2}, body=[0], limits=EncodeLimits(max_nodes=3)))
    assert python(log.body) == [0]
    assert (mapping(log.attributes), log.dropped_attributes_count) == ({"a": 1}, 1)


@pytest.mark.parametrize("char", ["x", "é", "€", "😀"])
@pytest.mark.parametrize("offset", range(4))
def test_a_long_text_is_cut_between_characters(char: str, offset: int) -> None:
    """A text over 16,384 bytes keeps all whole characters that fit, and no half one."""
    text = "x" * offset + char * 20_000
    read = encoded(text)
    assert text.startswith(read)
    assert 16_384 - len(char.encode()) < len(read.encode()) <= 16_384
    assert (
        encoded([text], limits=EncodeLimits(max_value_bytes=512))[0]
        == read[: len(read.encode()[:512].decode("utf-8", "ignore"))]
    )


def test_long_bytes_are_cut() -> None:
    """Bytes over 16,384 are cut there."""
    assert encoded(bytes(20_000)) == bytes(16_384)


def test_a_long_key_is_cut() -> None:
    """A key over 1,024 bytes is cut between characters, and still holds its value."""
    assert attributes_of(encode({"k" * 2000: 1, "é" * 2000: 2})) == {"k" * 1024: 1, "é" * 512: 2}
    assert encoded({"k" * 2000: 1}) == {"k" * 1024: 1}
    assert attributes_of(encode({"k" * 500: 1}, limits=EncodeLimits(max_key_bytes=128))) == {"k" * 128: 1}


def test_bytes_of_a_record_are_bounded() -> None:
    """Many long texts are kept up to 1 MiB together, so that a record never outgrows what receivers take."""
    text = "x" * 16_384
    record = encode({"many": [text] * 5000, "keys": {f"{number}" * 600: number for number in range(9)}, "short": 1})
    assert len(record) < 2 * 1024 * 1024
    read = attributes_of(record)
    assert read["many"].count(text) == 64
    assert read["many"].count(TRUNCATED) == 4936
    assert read["keys"] == {TRUNCATED: TRUNCATED}
    assert read["short"] == 1


def test_short_texts_cannot_outgrow_a_record_either() -> None:
    """As many short texts under long keys as there are nodes stay below the 4 MiB of a gRPC receiver."""
    record = encode({"many": {f"{number:064}": "x" * 120 for number in range(10_000)}})
    assert 1024 * 1024 < len(record) < 3 * 1024 * 1024


@pytest.mark.parametrize(
    "wrong", [{"max_depth": 33}, {"max_depth": 0}, {"max_nodes": 0}, {"max_value_bytes": 10}, {"max_key_bytes": "a"}]
)
def test_impossible_limits_are_refused(wrong: dict[str, Any]) -> None:
    """A limit that would give bytes which receivers refuse, or nothing at all, is named when it is set."""
    (name,) = wrong
    with pytest.raises(ConfigurationError, match=f"{name}: an int from"):
        EncodeLimits(**wrong)


# Values that are hard


def test_recursion_ends() -> None:
    """Lists and mappings that hold themselves end at the depth, branching ones at the nodes."""
    alone: list[Any] = []
    alone.append(alone)
    assert innermost(encoded(alone)) == (TRUNCATED, 31)
    tree: dict[str, Any] = {}
    tree |= {"left": tree, "right": [tree, tree], "more": (tree, deque([tree]))}
    record = encode({"it": tree, "after": 5})
    assert len(record) < 1024 * 1024
    assert attributes_of(record)["after"] == 5


def test_work_on_an_endless_sequence_is_bounded() -> None:
    """Sequences without an end, inside each other, are read a few times at most, and what follows arrives."""
    reads = 0

    class Nest(Endless):
        def __getitem__(self, index: Any) -> Any:
            nonlocal reads
            reads += 1
            return self

    read = attributes_of(encode({"it": [Nest()] * 9000, "ends": list(range(10)), "after": 5}))
    assert reads <= 30_000
    assert read["after"] == 5
    assert read["it"][-1] == TRUNCATED


def test_converted_values_arrive_up_to_the_last_node() -> None:
    """A record full of foreign values within the limits has all of them converted."""
    assert encoded({WHEN} | set(range(9_998)))
    assert encoded([WHEN] * 9_999) == [WHEN.isoformat()] * 9_999
    assert attributes_of(encode({"many": set(range(9_000)), "when": WHEN}))["when"] == WHEN.isoformat()


@pytest.mark.parametrize(
    "number,expected",
    [
        (1 << 63, str(1 << 63)),
        (-(1 << 63) - 1, str(-(1 << 63) - 1)),
        (10**4299, "1" + "0" * 4299),
        (1 << 20_000, "<int of 20001 bits>"),
    ],
    ids=["above", "below", "long", "too long"],
)
def test_an_int_beyond_64_bits_becomes_digits(number: int, expected: str) -> None:
    """What int64 cannot hold arrives as its decimal text, or as its size where Python would not print it."""
    assert encoded(number) == expected
    assert encoded([number]) == [expected]


def test_lone_surrogates_are_replaced() -> None:
    """A lone surrogate becomes U+FFFD, a pair that was split the character it means: in values, keys and names."""
    assert encoded("a\udc80b") == "a\ufffdb"
    assert encoded("\ud83d\ude00") == "😀"
    assert encoded(["\ud800", "x" * 200 + "\ud800"]) == ["\ufffd", "x" * 200 + "\ufffd"]
    assert attributes_of(encode({"k\ud800": {"\ud800": 1}})) == {"k\ufffd": {"\ufffd": 1}}


@few
@given(st.text(st.characters(), max_size=300), st.text(st.characters(categories=("Cs", "Lu")), max_size=20))
def test_any_str_is_valid_utf8(value: str, key: str) -> None:
    """Whatever characters a str holds, protobuf takes it, and the valid ones are kept."""
    (found,) = attributes_of(encode({key: value})).items()
    expected = tuple(part.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for part in (key, value))
    assert found == expected


def test_keys_become_text() -> None:
    """Keys of other types become text by the rules of values."""
    keys = {1: 1, None: 2, False: 3, b"b": 4, 1.5: 5, (1, 2): 6, WHEN: 7, Colour.RED: 8, Label("l"): 9, "": 10}
    texts = ["1", "None", "False", "b", "1.5", "(1, 2)", WHEN.isoformat(), "red", "l", ""]
    expected = dict(zip(texts, keys.values(), strict=True))
    assert attributes_of(encode(keys)) == expected
    assert encoded(keys) == expected


def test_of_keys_that_become_equal_the_last_wins() -> None:
    """Protobuf receivers see each key once: in a record, in a mapping, in a resource."""
    keys = {"1": "a", 1: "b", "x": 0, "k" * 1024: "c", "k" * 1025: "d", "\ufffd": "e"} | {"\udfff": "f"}
    expected = {"1": "b", "x": 0, "k" * 1024: "d", "\ufffd": "f"}
    assert attributes_of(encode(keys)) == expected
    assert encoded(keys) == expected
    assert mapping(Resource.FromString(encode_resource(keys)).attributes) == expected  # type: ignore[arg-type]


def test_mappings_converted_inside_each_other_cost_no_more_than_their_size() -> None:
    """Keys that must be converted at every level are converted once, not once for each level above."""
    conversions = 0

    class Key:
        def __str__(self) -> str:
            nonlocal conversions
            conversions += 1
            return "key"

    value: Any = 1
    for _ in range(30):
        value = {"in": value, Key(): 2}
    read = encoded(value)
    assert read["key"] == 2
    assert conversions == 30


def test_a_container_may_change_while_it_is_encoded() -> None:
    """What is added meanwhile, by a conversion as by another thread, breaks nothing and is left out."""

    class Adds:
        def __str__(self) -> str:
            attributes[str(len(attributes))] = 0
            inner[str(len(inner))] = 0
            items.append(0)
            return "added"

    inner: dict[str, Any] = {"first": Adds(), "second": 2}
    items: list[Any] = [Adds(), 2]
    attributes: dict[str, Any] = {"it": Adds(), "inner": inner, "items": items, "after": 3}
    read = attributes_of(encode(attributes))
    assert list(read) == ["it", "inner", "items", "after"]
    assert read["inner"] | {"first": "added", "second": 2} == read["inner"]
    assert read["items"][:2] == ["added", 2]


def test_a_key_that_equals_a_known_one_is_its_text() -> None:
    """A str subclass as key is the text that it holds, known or not."""
    assert attributes_of(encode({Label("a.key"): 1})) == {"a.key": 1}
    assert attributes_of(encode({Label("a.key"): 2, "other": 3})) == {"a.key": 2, "other": 3}
