"""Mappings in which everything is usual: the same bytes as the general way, from what was encoded before or anew."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clippy_otel.otlp import simple
from clippy_otel.otlp.simple import add_simple
from clippy_otel.otlp.values import DEFAULT_LIMITS, EVENT_ATTRIBUTE, SPAN_ATTRIBUTE, Budget, add_key_values

KEYS = ("a.key", "b", "c")
# Every mapping is learned from within so many.
OFTEN = 2 * simple._LEARN_EVERY

USUAL = st.text(max_size=30) | st.integers(0, (1 << 63) - 1) | st.floats() | st.booleans()


def general(attribute_tag: int, mapping: dict[str, Any]) -> bytes:
    """Return what the general way makes of a mapping; its keys are known then."""
    parts: list[bytes] = []
    add_key_values(parts, attribute_tag, mapping, 1, Budget(DEFAULT_LIMITS))
    return b"".join(parts)


def encoded(attribute_tag: int, mapping: dict[str, Any]) -> bytes | None:
    """Return what is made of a usual mapping; None of another one."""
    parts = [b"before"]
    if add_simple(parts, attribute_tag, mapping):
        return b"".join(parts[1:])
    assert parts == [b"before"]
    return None


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(st.sampled_from(KEYS), USUAL))
def test_the_bytes_are_those_of_the_general_way(mapping: dict[str, Any]) -> None:
    """Encoded anew or looked up, in any message; what is not usual after all is left to the general way."""
    for attribute_tag in (SPAN_ATTRIBUTE, EVENT_ATTRIBUTE):
        expected = general(attribute_tag, mapping)
        for _ in range(OFTEN):
            assert encoded(attribute_tag, mapping) in (expected, None)


def test_values_that_are_equal_are_not_the_same() -> None:
    """A bool is no int, an int no float, and -0.0 has its sign, whichever of them was encoded often before."""
    for value in (1, True, 1.0, 0, False, 0.0, -0.0):
        mapping = {"a.key": value}
        expected = general(SPAN_ATTRIBUTE, mapping)
        for _ in range(OFTEN):
            assert encoded(SPAN_ATTRIBUTE, mapping) == expected


@pytest.mark.parametrize(
    "value", ["x" * 121, "\u00e4" * 61, "\ud800", -1, 1 << 63, None, b"x", ["x"], ("x",), {"a": 1}, object()]
)
def test_anything_else_is_left_to_the_general_way(value: object) -> None:
    """A text that is long, or none in UTF-8, an int out of the range, a container: nothing is appended."""
    general(SPAN_ATTRIBUTE, {"a.key": 1, "b": 1})
    assert encoded(SPAN_ATTRIBUTE, {"a.key": "before", "b": value}) is None


def test_what_is_looked_up_is_bounded() -> None:
    """However many different texts and numbers come, they do not pile up."""
    general(SPAN_ATTRIBUTE, {"a.key": 1, "b": 1})
    for number in range(simple._MAX_REPEATED * OFTEN):
        assert encoded(SPAN_ATTRIBUTE, {"a.key": f"text {number}", "b": number}) is not None
    for repeated in simple._REPEATED[SPAN_ATTRIBUTE]:
        assert 0 < len(repeated) <= simple._MAX_REPEATED


def test_keys_of_foreign_types_are_not_kept() -> None:
    """A key that is no exact str belongs to somebody: its text is what is written."""

    class Key(str):
        __slots__ = ()

    expected = general(SPAN_ATTRIBUTE, {"a.key": "not seen before"})
    for _ in range(OFTEN):
        assert encoded(SPAN_ATTRIBUTE, {Key("a.key"): "not seen before"}) == expected
    texts, _ = simple._REPEATED[SPAN_ATTRIBUTE]
    assert not any(type(key) is Key for key, _ in texts)
