"""Arguments are recorded where they are named and nowhere else, as plain values of their own."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from clippy_otel import ConfigurationError, traced
from clippy_otel.decorators.arguments import MAX_DEPTH, MAX_VALUES, recorded
from clippy_otel.otlp.values import TRUNCATED
from clippy_otel.privacy import Redactor
from tests.decorators._spans import Spans, attributes_of


def arguments(spans: Spans) -> dict[str, Any]:
    """Return what was recorded of the arguments of the only call."""
    prefix = "clippy.argument."
    attributes = attributes_of(spans.only())
    return {key[len(prefix) :]: value for key, value in attributes.items() if key.startswith(prefix)}


def everything(first: Any, /, second: Any = "two", *rest: Any, third: Any = 3, **more: Any) -> None:
    """Take an argument of each kind."""
    del first, second, rest, third, more


CALLS: list[tuple[Callable[..., None], dict[str, Any]]] = [
    (lambda call: call(1), {"first": 1, "second": "two", "rest": (), "third": 3, "more": {}}),
    (
        lambda call: call(1, 2, 3, 4, third=5, fourth=6),
        {"first": 1, "second": 2, "rest": (3, 4), "third": 5, "more": {"fourth": 6}},
    ),
    (
        lambda call: call(1, second=2, first=3),
        {"first": 1, "second": 2, "rest": (), "third": 3, "more": {"first": 3}},
    ),
]


@pytest.mark.parametrize("make, expected", CALLS)
def test_each_kind_of_parameter_can_be_captured(
    spans: Spans, make: Callable[..., None], expected: dict[str, Any]
) -> None:
    """However an argument is given, and its default where it is not."""
    make(traced(capture=("first", "second", "rest", "third", "more"))(everything))
    assert arguments(spans) == expected


def test_a_positional_argument_is_none_of_the_keywords(spans: Spans) -> None:
    """A keyword of the same name is one of the rest."""

    @traced(capture=("first", "more"))
    def call(first: int = 1, /, **more: int) -> tuple[int, dict[str, int]]:
        return first, more

    assert call(first=2) == (1, {"first": 2})
    assert arguments(spans) == {"first": 1, "more": {"first": 2}}


def test_nothing_is_captured_that_is_not_named(spans: Spans) -> None:
    """Neither by default nor beside what is named."""
    traced(everything)("secret", third="secret")
    traced(capture=["second"])(everything)("secret", third="secret")
    assert "secret" not in repr([attributes_of(span) for span in spans.ended])


def test_a_partial_is_captured_as_it_is_called(spans: Spans) -> None:
    """What it binds by position is no parameter of it any more; what it binds by keyword is a default."""

    def add(left: int, right: int, scale: int = 1) -> int:
        return (left + right) * scale

    assert traced(capture=("right", "scale"))(functools.partial(add, 1, scale=2))(3) == 8
    assert arguments(spans) == {"right": 3, "scale": 2}


@pytest.mark.parametrize("name", ["password", "api_key", "email", "card_number"])
def test_redaction_judges_an_argument_by_its_name(name: str) -> None:
    """The key on the span says what the parameter's name says: a password is one, and what is harmless stays."""
    redactor = Redactor()
    assert redactor.redact_attributes({f"clippy.argument.{name}": "anything"}) == {
        f"clippy.argument.{name}": "[REDACTED]"
    }
    harmless = {"clippy.argument.order_id": "A-17", "clippy.argument.token_count": 12}
    assert redactor.redact_attributes(harmless) == harmless


def test_a_value_is_plain_and_a_copy(spans: Spans) -> None:
    """Texts and numbers stay; the rest becomes plain at every level, and nothing of the caller's is held or changed."""
    order: dict[Any, Any] = {
        "items": [OrderedDict(at=datetime(2026, 1, 2, tzinfo=timezone.utc))],
        7: {1.5},
        "note": None,
    }

    @traced(capture=("order", "count", "flag"))
    def place(order: dict[Any, Any], count: float, *, flag: bool) -> None:
        del count, flag
        order["items"].clear()

    place(order, 1.5, flag=True)
    assert arguments(spans) == {
        "order": {"items": ({"at": "2026-01-02T00:00:00+00:00"},), "7": (1.5,), "note": None},
        "count": 1.5,
        "flag": True,
    }
    assert order == {"items": [], 7: {1.5}, "note": None}


def test_a_large_value_is_cut() -> None:
    """In number of values and in depth, so that a value that holds itself ends too; what is cut shows it."""
    flat = recorded(list(range(100_000)))
    assert flat == [*range(MAX_VALUES - 1), TRUNCATED]  # the list is a value too
    assert recorded(list(range(MAX_VALUES - 1))) == list(range(MAX_VALUES - 1))
    assert recorded([[0] * MAX_VALUES, "behind"])[1:] == []
    itself: list[Any] = []
    itself.append(itself)
    text = repr(recorded(itself))
    assert text.count("[") == MAX_DEPTH + 1
    assert TRUNCATED in text


@pytest.mark.swallows
def test_an_argument_that_cannot_be_read_does_not_reach_the_application(spans: Spans) -> None:
    """It is left out; the others are recorded, and the call happens."""

    class Growing(dict[str, Any]):
        pass

    class Grows:
        def __init__(self, owner: dict[str, Any]) -> None:
            self.owner = owner

        def __str__(self) -> str:
            self.owner[str(len(self.owner))] = 1
            return "grows"

    changing: dict[str, Any] = {}
    changing["a"] = Grows(changing)
    changing["b"] = 1

    @traced(capture=("changing", "other"))
    def call(changing: dict[str, Any], other: int) -> int:
        return len(changing) + other

    assert call(changing, 1) >= 3
    assert arguments(spans) == {"other": 1}


@pytest.mark.parametrize("capture", [("nothing",), ("first", "self"), "first", b"first", 5, (5,)], ids=repr)
def test_what_is_no_parameter_is_refused_at_once(capture: Any) -> None:
    """A wrong name is told when the function is decorated, and so is one text instead of several names."""
    with pytest.raises(ConfigurationError, match="capture"):
        traced(capture=capture)(everything)


def test_a_function_that_does_not_tell_its_parameters_cannot_be_captured_from() -> None:
    """Some that are written in C do not; without capture they can be decorated."""
    with pytest.raises(ConfigurationError, match="not known"):
        traced(capture=("default",))(max)
    assert traced(max)(1, 2) == 2
