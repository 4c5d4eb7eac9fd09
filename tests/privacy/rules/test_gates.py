"""Gates made from patterns: they stand in every text in which the pattern is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recogniser import ascii_of, shape_of_numbers, shape_of_words
from clippy_otel.privacy.rules.gates import gate_of
from clippy_otel.privacy.rules.regex_tree import tree_of

PATTERNS = [
    r"EMP-[0-9]{6}",
    r"(?i:emp)[- ]?\d{3,6}\b",
    r"[0-9]{3}-[0-9]{2}-[0-9]{4}",
    r"(?:ab|[0-9]{4}) ?x",
    r"[a-c]{2,4}@corp\.example",
    r"(?<!x)(?:foo|ba(?:r|z)){1,3}(?=!)",
    r"id=(?P<value>\w{3,8})",
    r"[^,]{3},",
    r"é\d{2}",
    r"(?s:.)q{0,2}r",
    r"[ab](?=([0-9]{3,5}))",
]


@pytest.mark.parametrize(
    "pattern,numbers,words",
    [
        (r"EMP-[0-9]{6}", ("-000000",), ()),
        (r"EMP[A-Z]{6}", (), ("w" * 9,)),
        (r"[0-9]{3}-[0-9]{4}", ("000-0000",), ()),
        (r"\w+", (), ("",)),
        (r"id=[0-9]", (), ("ww=w",)),
        (r"(?:ab|cde)", (), ("ww", "www")),
        (r"ab?c", (), ("w",)),
        (r"x{2,9}y", (), ("www",)),
        (r".", (), ("",)),
    ],
)
def test_the_longest_needles_are_taken(pattern: str, numbers: tuple[str, ...], words: tuple[str, ...]) -> None:
    """In the shape in which they are rarer."""
    gate = gate_of(tree_of(pattern))
    assert (gate.numbers, tuple(sorted(gate.words))) == (numbers, words)


@given(st.sampled_from(PATTERNS), st.data())
def test_needles_stand_in_each_text_in_which_the_pattern_is_found(pattern: str, data: st.DataObject) -> None:
    """A gate costs no recall."""
    text = data.draw(st.from_regex(pattern))
    gate = gate_of(tree_of(pattern))
    numbers, words = shape_of_numbers(ascii_of(text)), shape_of_words(ascii_of(text))
    assert any(needle in numbers for needle in gate.numbers) or any(needle in words for needle in gate.words)
