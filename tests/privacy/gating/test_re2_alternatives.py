"""A pattern for one of many words matches these words and no others."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.gating.re2_alternatives import any_of

words = st.text(alphabet="abc", min_size=1, max_size=5)


@given(st.lists(words, min_size=1, max_size=12), words)
def test_each_word_and_no_other(given_words: list[str], other: str) -> None:
    """Whatever they have in common."""
    match = re.compile(any_of(given_words)).fullmatch
    assert all(match(word) and match(word.upper()) for word in given_words)
    assert bool(match(other)) == (other in given_words)


@given(st.lists(words, min_size=1, max_size=12), st.text(alphabet="abcd", max_size=8))
def test_words_that_anything_may_follow(given_words: list[str], text: str) -> None:
    """The shortest of those that begin alike is enough."""
    match = re.compile(any_of(given_words, goes_on=True)).match
    assert bool(match(text)) == any(map(text.startswith, given_words))


def test_capitals_are_themselves() -> None:
    """For what is a word of its own in capitals only."""
    match = re.compile(any_of(["TIN"])).fullmatch
    assert match("TIN")
    assert not match("tin")


def test_what_may_stand_between_the_words_of_a_key() -> None:
    """Separators; digits only where they are asked for."""
    assert re.fullmatch(any_of(["card number"]), "Card_-number")
    assert re.fullmatch(any_of(["card number"]), "CARDNUMBER")
    assert not re.fullmatch(any_of(["card number"]), "card2number")
    assert re.fullmatch(any_of(["p_a"]), "p2a")
