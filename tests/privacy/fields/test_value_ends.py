"""Where values end: quotes at any level of escaping, brackets, words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.fields import value_ends


@given(st.text(), st.integers(0, 2))
def test_json_text_ends_at_its_own_quote(value: str, levels: int) -> None:
    """A quote is told from an escaped one by its backslashes, however deep in JSON texts it stands."""
    text = json.dumps({"k": value, "z": 'a"b'})
    for _ in range(levels):
        text = json.dumps(text)
    quote = "\\" * (2**levels - 1) + '"'
    start = text.index(": ") + 2 + len(quote)
    end = value_ends.quote_end(text, start, quote)
    inside = text[start:end]
    for _ in range(levels + 1):
        inside = json.loads(f'"{inside}"')
    assert inside == value


@pytest.mark.parametrize(
    "text,expected",
    [
        ("'it''s' x", "'it''s'"),
        ("'it\\'s' x", "'it\\'s'"),
        ("'never closed\nnext", "'never closed"),
        ('""a b"" x', '""a b""'),
        ("&quot;a&quot; x", "&quot;a&quot;"),
        ("%22a b%22 x", "%22a b%22"),
    ],
)
def test_quotes_of_other_syntaxes(text: str, expected: str) -> None:
    """SQL doubles a quote, CSV doubles all of them, HTML and URLs write them by name and number."""
    opening = value_ends.QUOTE.match(text)
    assert opening is not None
    end = value_ends.quote_end(text, opening.end(), opening[1])
    assert text[:end] + (opening[1] if expected.endswith(opening[1]) else "") == expected


@pytest.mark.parametrize(
    "text,expected",
    [
        ('{"a": ["}", 1], "b": {}}, x', '{"a": ["}", 1], "b": {}}'),
        ("(user='a)', x=(1)) y", "(user='a)', x=(1))"),
        (r"{\"a\": \"}\"}, x", r"{\"a\": \"}\"}"),
        ("[it's, that] x", "[it's, that]"),
        ("{a: 1, never closed", "{a: 1, never closed"),
    ],
)
def test_container_ends_at_its_own_bracket(text: str, expected: str) -> None:
    """Brackets in quotes do not count, at any level of escaping; what is cut off goes to its end."""
    assert text[: value_ends.container_end(text, 0)] == expected


@pytest.mark.parametrize(
    "text,expected",
    [
        ("a,b,c d=e", "a,b,c"),
        ("a, d=e", "a"),
        ("a,d=e", "a"),
        ("a;d=e", "a"),
        ("a&d=e", "a"),
        ("a&b c", "a&b"),
        ("it's x", "it's"),
        ("a' x", "a"),
        ("f(x)) y", "f(x)"),
        ("a).", "a"),
        ("a.b.", "a.b"),
        ("a\\nb", "a"),
        ("a<b> c", "a"),
        ("p@ss/w+rd== x", "p@ss/w+rd=="),
    ],
)
def test_word_ends_where_the_next_field_begins(text: str, expected: str) -> None:
    """Signs are a part of a password where no field begins behind them."""
    assert text[: value_ends.word_end(text, 0)] == expected
