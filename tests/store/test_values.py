"""Values as JSON text, and back."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.store.values import from_json, to_canonical_json, to_json

KEYS = st.text(max_size=5) | st.sampled_from(["$bytes", "$float", "$map", "$other"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["$bytes", "NaN"])
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=10,
)


def strict(text: str) -> Any:
    """Read JSON as its standard has it, without NaN and Infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def typed(value: object) -> object:
    """Return something that is equal for values equal in type too: True is not 1, and 1 is not 1.0."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return [typed(item) for item in value] if isinstance(value, list) else (type(value), value)


@given(VALUES)
def test_round_trip(value: object) -> None:
    """Any value comes back as it was, types included, by way of strict JSON."""
    text = to_json(value)
    strict(text)
    assert typed(from_json(text)) == typed(value)


@pytest.mark.parametrize(
    "value, text",
    [
        ({"a": 1, "b": "é"}, '{"a":1,"b":"é"}'),
        (b"\x00\xff", '{"$bytes":"AP8="}'),
        ([math.nan, math.inf, -math.inf], '[{"$float":"NaN"},{"$float":"Infinity"},{"$float":"-Infinity"}]'),
        ({"$bytes": "AP8="}, '{"$map":{"$bytes":"AP8="}}'),
        ({"$map": {"$map": 1}}, '{"$map":{"$map":{"$map":{"$map":1}}}}'),
        ({"$bytes": 1, "b": 2}, '{"$bytes":1,"b":2}'),
        ({}, "{}"),
    ],
)
def test_text(value: object, text: str) -> None:
    """The text is what the module's description says."""
    assert to_json(value) == text


def test_not_a_number() -> None:
    """NaN comes back as NaN."""
    assert math.isnan(from_json(to_json({"x": [math.nan]}))["x"][0])


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_canonical(mapping: dict[str, Any]) -> None:
    """Equal mappings have one canonical text, whatever the order of their keys."""
    turned = dict(reversed(mapping.items()))
    assert to_canonical_json(mapping) == to_canonical_json(turned)
    assert from_json(to_canonical_json(mapping)) == mapping
