"""The keys that suppress instrumentation are those that `suppression.py` relies on."""

from __future__ import annotations

from operator import attrgetter

import pytest
from opentelemetry import context
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.sdk import _shared_internal

from clippy_otel._sdk import suppression as sdk_suppression

KEYS = (_SUPPRESS_INSTRUMENTATION_KEY, _SUPPRESS_HTTP_INSTRUMENTATION_KEY)


def suppressed() -> list[object]:
    """Return what the current context says of each key."""
    return [context.get_value(key) for key in KEYS]


def test_suppression_key_is_the_sdks() -> None:
    """The key that suppresses instrumentation is the one that the SDK's own processors set while they export."""
    assert attrgetter("_SUPPRESS_INSTRUMENTATION_KEY")(_shared_internal) == KEYS[0]
    assert KEYS[0] != KEYS[1]


def test_instrumentation_suppressed() -> None:
    """Both keys are set inside the block, what else the context holds stays, and nothing is left behind."""
    token = context.attach(context.set_value("mine", 1))
    try:
        with sdk_suppression.instrumentation_suppressed():
            assert suppressed() == [True, True]
            assert context.get_value("mine") == 1
            with sdk_suppression.instrumentation_suppressed():
                assert suppressed() == [True, True]
            assert suppressed() == [True, True]
        assert suppressed() == [None, None]
    finally:
        context.detach(token)


def test_suppression_ends_with_an_exception() -> None:
    """An exception ends the block like any other."""
    with pytest.raises(KeyError), sdk_suppression.instrumentation_suppressed():
        raise KeyError
    assert suppressed() == [None, None]


def test_is_suppressed() -> None:
    """It is the key that the SDK's processors set while they export, and ours while we deliver."""
    assert not sdk_suppression.is_suppressed()
    with sdk_suppression.instrumentation_suppressed():
        assert sdk_suppression.is_suppressed()
    token = context.attach(context.set_value(attrgetter("_SUPPRESS_INSTRUMENTATION_KEY")(_shared_internal), value=True))
    try:
        assert sdk_suppression.is_suppressed()
    finally:
        context.detach(token)
    assert not sdk_suppression.is_suppressed()
