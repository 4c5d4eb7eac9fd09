"""The options of ErrorTracking: what is refused at once, and what `ignore` leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from clippy_otel.errors import ErrorOptions
from clippy_otel.errors.options import Ignored, checked
from clippy_otel.exceptions import ConfigurationError


class OwnError(ValueError):
    """An error of the application's."""


def test_settings_go_over_options_over_defaults() -> None:
    """What is given wins, and the result cannot be changed."""
    options = checked(ErrorOptions(max_groups=5), {"max_breadcrumbs": 0, "ignore": [KeyError]})
    assert options == ErrorOptions(max_groups=5, max_breadcrumbs=0, ignore=(KeyError,))
    assert checked(None, {}) == ErrorOptions()


@pytest.mark.parametrize(
    "settings",
    [
        {"enabled": 1},
        {"capture_unhandled": None},
        {"capture_unhandled_rejections": "yes"},
        {"max_breadcrumbs": -1},
        {"max_breadcrumbs": 1.5},
        {"deduplicate": 0},
        {"max_groups": 0},
        {"ignore": ValueError},
        {"ignore": "ValueError"},
        {"ignore": (7,)},
        {"ignore": (str,)},
        {"ignore": (" ",)},
        {"source_lines": "all"},
        {"max_group": 5},
    ],
)
def test_what_is_impossible_is_refused_by_name(settings: dict[str, Any]) -> None:
    """An unknown option and a bad value raise, and the message says which it is."""
    (name,) = settings
    with pytest.raises(ConfigurationError, match=name):
        checked(None, settings)
    if name in ErrorOptions._fields:
        with pytest.raises(ConfigurationError, match=name):
            checked(ErrorOptions(**settings), {})


def test_options_of_another_kind_are_refused() -> None:
    """A mapping is no ErrorOptions."""
    with pytest.raises(ConfigurationError, match="ErrorOptions"):
        checked({"enabled": True}, {})  # type: ignore[arg-type] # a careless application


@pytest.mark.parametrize(
    "rule, error, expected",
    [
        (ValueError, ValueError(), True),
        (ValueError, OwnError(), True),
        (ValueError, KeyError(), False),
        ("ValueError", ValueError(), True),
        ("ValueError", OwnError(), False),
        ("OwnError", OwnError(), True),
        ("tests.errors.test_options.*", OwnError(), True),
        ("*Error", KeyError(), True),
        ("ownerror", OwnError(), False),
        (lambda error: "ping" in str(error), ValueError("ping"), True),
        (lambda error: "ping" in str(error), ValueError("pong"), False),
        (lambda _: 1, "a text", True),
        ("str", "a text", True),
        (ValueError, "a text", False),
        (ValueError, None, False),
    ],
)
def test_ignore_takes_classes_names_and_functions(rule: Any, error: object, expected: Any) -> None:
    """A class stands for what derives from it, a name for the very class, with or without its module."""
    assert Ignored((rule,))(error) is expected
    assert Ignored((KeyboardInterrupt, "Nothing", rule))(error) is expected


def test_no_rules_ignore_nothing() -> None:
    """That is the default."""
    assert not Ignored(())(ValueError())


@pytest.mark.swallows
def test_a_function_that_raises_ignores_nothing() -> None:
    """An error is rather recorded than lost."""

    def fail(_error: object) -> bool:
        raise RuntimeError

    assert not Ignored((fail,))(ValueError())
