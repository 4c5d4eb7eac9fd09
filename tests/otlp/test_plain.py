"""One level of conversion: what each foreign type becomes."""

from __future__ import annotations

import array
import sys
import uuid
from collections import Counter, OrderedDict, UserString, deque
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clippy_otel.otlp import plain as module
from clippy_otel.otlp.plain import int_text, plain, text
from tests.otlp._foreign import (
    WHEN,
    Address,
    Blob,
    Colour,
    Count,
    DumpsItself,
    Endless,
    Hostile,
    Label,
    Level,
    Names,
    NotText,
    Pair,
    Point,
    Raising,
    Ratio,
    Silent,
    User,
)

PLAIN_TYPES = {str, bool, int, float, bytes, type(None), dict, list, tuple}


MARK = uuid.UUID("0af76519-16cd-43dd-8448-eb211c80319c")

CONVERSIONS = [
    (WHEN, "2024-01-02T03:04:05.000678+00:00"),
    (date(2024, 1, 2), "2024-01-02"),
    (time(3, 4), "03:04:00"),
    (timedelta(minutes=1, milliseconds=500), 60.5),
    (Decimal("1.10"), "1.10"),
    (Fraction(1, 3), "1/3"),
    (complex(1, 2), "(1+2j)"),
    (MARK, "0af76519-16cd-43dd-8448-eb211c80319c"),
    (PurePosixPath("/a/b"), "/a/b"),
    (Colour.RED, "red"),
    (Colour.DAWN, "2024-01-02T03:04:05.000678+00:00"),
    (Level.HIGH, 3),
    (Label("text"), "text"),
    (Count(7), 7),
    (Ratio(0.5), 0.5),
    (Blob(b"ab"), b"ab"),
    (UserString("text"), "text"),
    (bytearray(b"ab"), b"ab"),
    (memoryview(b"abcd")[::2], b"ac"),
    (memoryview(array.array("H", [1, 2])), b"\x01\x00\x02\x00"),
    (frozenset({1}), [1]),
    (deque([1, WHEN]), [1, WHEN]),
    (range(3), [0, 1, 2]),
    ({"a": 1}.keys(), ["a"]),
    ({"a": 1}.values(), [1]),
    (Pair(1, 2), [1, 2]),
    (OrderedDict(a=1), {"a": 1}),
    (Counter("aa"), {"a": 2}),
    (MappingProxyType({"a": WHEN}), {"a": WHEN}),
    (Point(1, WHEN), {"x": 1, "when": WHEN}),
    (User(name="a", password="b", address=Address(city="c")), {"name": "a", "address": {"city": "c"}}),
    (Names(["a"]), ["a"]),
    (DumpsItself(), {"a": 1}),
    (ValueError("bad"), "ValueError: bad"),
    (ValueError(), "ValueError"),
    (KeyboardInterrupt("stop"), "KeyboardInterrupt: stop"),
    (np.int64(5), 5),
    (np.float32(0.5), 0.5),
    (np.float64(0.5), 0.5),
    (np.bool_(1), True),
    (np.str_("a"), "a"),
    (np.datetime64("2024-01-02T03:04:05"), "2024-01-02T03:04:05"),
    (np.longdouble(0.5), "0.5"),
    (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    (np.array(5), 5),
    (np.zeros((40, 50)), "ndarray(shape=(40, 50), dtype=float64)"),
    (np.ma.masked_array([1, 2]), [1, 2]),
    (iter([1]), "list_iterator"),
    (map(int, "1"), "map"),
    (User, "<class '" + User.__module__ + ".User'>"),
    (Silent(), "<unprintable Silent>"),
    (NotText(), "<unprintable NotText>"),
    (Raising(), "<unprintable Raising>"),
    (RuntimeError(Silent()), "<unprintable RuntimeError>"),
]


@pytest.mark.parametrize("value,expected", CONVERSIONS, ids=[type.__repr__(type(value)) for value, _ in CONVERSIONS])
def test_each_type_becomes_its_plain_form(value: object, expected: object) -> None:
    """Every foreign type has one plain form, of exactly a plain type, the second time as the first."""
    for _ in range(2):
        result = plain(value)
        assert type(result) is type(expected)
        assert result == expected


@pytest.mark.parametrize("value", ["a", True, 1, 0.5, b"a", None, {"a": {1}}, [{1}], ({1},)])
def test_a_plain_value_is_left_alone(value: object) -> None:
    """A value of a plain type comes back itself, its children untouched."""
    assert plain(value) is value


def test_a_hostile_metaclass_is_survived() -> None:
    """An object whose type has no hash, no name and whose class lies becomes the marker with the type's real name."""
    assert plain(Hostile()) == "<unprintable Hostile>"


def test_children_are_not_converted() -> None:
    """A conversion goes one level deep: the children are the caller's own objects."""
    child = Point(1, WHEN)
    assert plain(deque([child])) == [child]
    result = plain({"a": child}.items())
    assert isinstance(result, list)
    assert result[0][1] is child


def test_an_iterator_is_not_consumed() -> None:
    """A generator or an iterator can be read by its owner afterwards."""
    numbers = (number for number in range(3))
    assert plain(numbers) == "generator"
    assert list(numbers) == [0, 1, 2]


def test_an_endless_sequence_is_bounded() -> None:
    """No more than the bound is read of a Sequence or Mapping."""
    result = plain(Endless())
    assert isinstance(result, list)
    assert len(result) == module._MAX_ITEMS
    assert len(plain(MappingProxyType(dict.fromkeys(range(20_000))))) == module._MAX_ITEMS  # type: ignore[arg-type]


def test_large_bytes_are_bounded() -> None:
    """A large buffer is copied in part only."""
    assert plain(bytearray(100_000)) == bytes(module._MAX_BYTES)
    assert plain(memoryview(bytes(200_000))[::2]) == bytes(module._MAX_BYTES)


def test_a_value_that_never_gets_plain_ends() -> None:
    """An Enum whose value is itself, and a dump that gives back the model, end as markers."""

    class Circle:
        def model_dump(self) -> Any:
            return self

    assert plain(Circle()) == "<unprintable Circle>"


def test_a_recursion_error_is_caught() -> None:
    """A `__str__` that recurses without end gives the marker."""

    class Deep:
        def __str__(self) -> str:
            return str(self)

    assert plain(Deep()) == "<unprintable Deep>"


def test_what_ends_a_program_is_not_caught() -> None:
    """A KeyboardInterrupt inside a conversion goes through."""

    class Stops:
        def __str__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plain(Stops())


def test_pydantic_warns_nobody() -> None:
    """A model with a value of a wrong type is dumped without a warning on the application's stderr."""
    address = Address.model_construct(city=5)
    assert plain(address) == {"city": 5}


def test_the_table_of_types_is_bounded() -> None:
    """Types made at run time do not fill the cache."""
    for number in range(2 * module._MAX_TYPES):
        plain(type(f"Made{number}", (), {})())
    assert len(module._converters) <= module._MAX_TYPES


def test_a_long_type_name_is_cut() -> None:
    """A marker is short whatever the type is called."""
    assert plain(type("N" * 500, (Silent,), {})()) == f"<unprintable {'N' * 64}>"


@pytest.mark.parametrize(
    "value,expected",
    [
        ("a", "a"),
        (None, "None"),
        (True, "True"),
        (1, "1"),
        (1.5, "1.5"),
        (b"\xff", "\ufffd"),
        ((1, "a"), "(1, 'a')"),
        (WHEN, "2024-01-02T03:04:05.000678+00:00"),
        (Label("text"), "text"),
        (Silent(), "<unprintable Silent>"),
    ],
)
def test_any_value_has_a_text(value: object, expected: str) -> None:
    """Keys and names become exactly a str, by the rules of values."""
    result = text(value)
    assert type(result) is str
    assert result.startswith(expected)


def test_a_text_whose_parts_cannot_be_printed_is_the_marker() -> None:
    """A tuple with a child whose `__repr__` raises has the marker as its text."""

    class NoRepr:
        def __repr__(self) -> str:
            raise ValueError("no")

    assert text((NoRepr(),)) == "<unprintable tuple>"


def test_a_large_int_is_told_by_its_bits() -> None:
    """An int of more digits than Python prints, here or by the process's own setting, becomes a marker."""
    assert int_text(-(10**4299)) == f"-1{'0' * 4299}"
    assert int_text(1 << 20_000) == "<int of 20001 bits>"
    if hasattr(sys, "set_int_max_str_digits"):
        before = sys.get_int_max_str_digits()
        sys.set_int_max_str_digits(640)
        try:
            assert int_text(10**1000) == "<int of 3322 bits>"
        finally:
            sys.set_int_max_str_digits(before)


@settings(deadline=None, max_examples=100)
@given(st.from_type(object))
def test_anything_becomes_plain(value: object) -> None:
    """Whatever object Hypothesis knows how to make becomes a plain one."""
    assert type(plain(value)) in PLAIN_TYPES
