"""Attributes of the SDK are kept, limited and counted where `attributes.py` relies on it."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from opentelemetry.attributes import BoundedAttributes

from clippy_otel._sdk import attributes as sdk_attributes


def test_attributes_of() -> None:
    """The SDK's own are read without a copy; others, and None, as a dict."""
    bounded = BoundedAttributes(attributes={"a": (1, 2)})
    assert sdk_attributes.attributes_of(bounded) is bounded._dict
    assert sdk_attributes.attributes_of(MappingProxyType({"a": 1})) == {"a": 1}
    assert sdk_attributes.attributes_of(None) == {}


def test_attributes_like() -> None:
    """Limits and the count of dropped ones are the other's; what can be changed is cleaned by the same limits."""
    bounded = BoundedAttributes(1, {"a": "1", "b": "2"}, max_value_len=3)
    made = sdk_attributes.attributes_like(bounded, {"b": "longer"}, immutable=False)
    assert (dict(made), made.maxlen, made.dropped, made.max_value_len) == ({"b": "longer"}, 1, 1, 3)
    made["c"] = "longer"
    assert dict(made) == {"c": "lon"}
    fixed = sdk_attributes.attributes_like({"plain": 1}, {"plain": 2})
    assert (dict(fixed), fixed.maxlen, fixed.dropped) == ({"plain": 2}, None, 0)
    with pytest.raises(TypeError):
        fixed["x"] = 1


def test_attributes_like_with_fewer_of_them() -> None:
    """What is left out is counted as dropped, beside what the SDK has dropped."""
    bounded = BoundedAttributes(2, {"a": 1, "b": 2, "c": 3})
    assert sdk_attributes.attributes_like(bounded, {"c": 3}).dropped == 2
    assert sdk_attributes.attributes_like(bounded, {"b": 2, "c": 3, "d": 4}).dropped == 1
    assert sdk_attributes.attributes_like({"a": 1}, {}).dropped == 1
