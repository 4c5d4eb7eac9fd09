"""What stands in place of what was found: shown as little as its action says, and the same after a second time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.rules.actions import ACTIONS, Replacements, masked, strictest, typed


@pytest.mark.parametrize(
    "placeholder,expected", [("[REDACTED]", "[REDACTED:email]"), ("<gone>", "<gone:email>"), ("***", "***:email")]
)
def test_typed_placeholders_name_their_rule(placeholder: str, expected: str) -> None:
    """Inside its brackets where it has some, else behind it."""
    assert typed(placeholder, "email") == expected


@pytest.mark.parametrize(
    "text,expected",
    [
        ("4111 1111 1111 1111", "**** **** **** 1111"),
        ("DE89 3704 0044 0532", "**** **** **** 0532"),
        ("12345678", "****5678"),
        ("1234567", None),
        ("no digits at all", None),
        ("**** 1234", "**** 1234"),
        ("**** 12345", None),
    ],
)
def test_masks_show_four_characters(text: str, expected: str | None) -> None:
    """Of fewer than eight digits none is shown."""
    assert masked(text) == expected


@given(st.text(alphabet="0123456789 -abc*", max_size=30))
def test_masks_are_stable(text: str) -> None:
    """What is masked stays as it is, and no more than four characters of it are shown."""
    once = masked(text)
    if once is not None:
        assert masked(once) == once
        assert len(re.findall(r"\w", once)) <= 4


def test_replacements_follow_the_actions() -> None:
    """Of a rule without one it is the placeholder, and so is a pseudonym without a key."""
    made = Replacements("#", {"a": "typed", "b": "keep"}, lambda text: f"p_{len(text)}")
    assert (made.action("a"), made.action("b"), made.action("c")) == ("typed", "keep", "placeholder")
    assert [made.replacement("r", action, "12345678x") for action in ACTIONS] == [
        "#",
        "#:r",
        "*****678x",
        "p_9",
        "",
        "#",
    ]
    assert Replacements("#").replacement("r", "pseudonym", "x") == "#"
    assert Replacements("#").replacement("r", "mask", "x") == "#"
    assert made.all_placeholders() == {"#", "#:a"}


def test_the_stricter_action_wins() -> None:
    """Whatever comes first."""
    assert strictest("mask", "placeholder") == strictest("placeholder", "mask") == "placeholder"
    assert strictest("drop", "placeholder") == "drop"
    assert strictest("typed", "pseudonym") == "typed"
