"""Words in front of separators: all of them are judged, at their places, and the table of them is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.fields.field_keys import CONTACT, NOTHING, SECRET, FieldKeys, label_at
from clippy_otel.privacy.fields.separators import separators
from clippy_otel.privacy.keys.judging import Keys


@pytest.mark.parametrize(
    "text,words",
    [
        ("password=1 b:2 token : 3", ["password", "token"]),
        ('{"a": {"password":1}, \\"token\\": 2}', ["password", "token"]),
        ("x%26token%3D1&amp;secret=2 \\u0026apiKey\\u003d3", ["token", "secret", "apiKey"]),
        ("line\\npassword=1\\ttoken=2", ["password", "token"]),
        ("&quot;password&quot;: \x1b[1mtoken\x1b[0m=1", ["password", "token"]),
        ("пароль: 1 密码：2 é=3", ["пароль", "密码"]),  # noqa: RUF001 - as people write
        ("12:30:45 2024-01-01T10:20:30 10.0.0.1:80 ::1 a= =b == : x", []),
    ],
)
def test_words_are_found_at_their_places(text: str, words: list[str]) -> None:
    """Escapes of other syntaxes neither hide a word nor become a part of it."""
    found = separators(text, FieldKeys(Keys()))
    assert [text[each.start : each.end] for each in found] == words
    assert all(each.end <= each.at < len(text) for each in found)


@given(st.text(st.sampled_from("ab1:= ?é\\n%3D&;\"'"), max_size=30))
def test_places_are_in_the_text(text: str) -> None:
    """Whatever a text is, places are in order and inside it."""
    position = -1
    for each in separators(f"{text}password=x", FieldKeys(Keys())):
        assert 0 <= each.start < each.end <= each.at < len(text) + 11
        assert each.at > position
        position = each.at


def test_secrets_and_contacts_are_told_apart() -> None:
    """In prose a contact needs more than a colon."""
    keys = FieldKeys(Keys())
    kinds = {name: keys.kind_of_name(name) for name in ("db_password", "first_name", "email", "ssn", "color", "")}
    assert kinds == {
        "db_password": SECRET,
        "first_name": CONTACT,
        "email": CONTACT,
        "ssn": SECRET,
        "color": NOTHING,
        "": NOTHING,
    }


@pytest.mark.parametrize(
    "text,name",
    [("your API key", "your_API_key"), ("password is", "password"), ("x, key", ""), ("a\nkey", ""), ("key", "")],
)
def test_label_has_the_words_before_it(text: str, name: str) -> None:
    """A label of several words is a key of several words, within its line and its sentence."""
    start = len(text) - len(text.rsplit(maxsplit=1)[-1])
    assert label_at(text, start, len(text)) == name


def test_table_is_bounded_and_keeps_no_data() -> None:
    """Words with many digits are not kept, and others only so many."""
    keys = FieldKeys(Keys())
    for number in range(6000):
        letters = "".join(chr(97 + int(digit)) for digit in str(number))
        separators(f"key{letters}: 1 abcd{number + 100_000}: 2", keys)
    assert len(keys.seen) <= 2048
    assert len(keys.passed) <= 2048 + 256
    assert not any(word.startswith(b"abcd1") for word in keys.seen)
