"""What RE2 looks for stands in each text with a number beside a keyword."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clippy_otel.privacy.gating.re2_engine import Re2Gate
from clippy_otel.privacy.gating.re2_hints import hint_of
from clippy_otel.privacy.recognisers import context_words as words
from clippy_otel.privacy.recognisers.contexts import CONTEXTUAL

pytest.importorskip("re2")

HINT = hint_of(CONTEXTUAL)
assert HINT is not None
GATE = Re2Gate([HINT], ["contextual"])

KEYWORDS = st.sampled_from(sorted(words.KEYWORDS)).flatmap(
    lambda word: st.sampled_from([word, word.upper(), word.capitalize()])
)
BETWEEN = st.lists(
    st.sampled_from(
        [*sorted(words.NUMBER_WORDS | words.FILLERS | words.DOCUMENT_WORDS), "xyz", "-", ":", "=", "#", "("]
    ),
    max_size=4,
).map(" ".join)
NUMBERS = st.sampled_from(
    [
        "123456789", "020 7946 0958", "(415) 555-2671", "4155552671", "0170 1234567", "12-34-56", "123456",
        "1980-02-03",
        "5th of May 1990", "Jan 5, 1990", "AB123456C", "123.456.789-09", "078-05-1120", "RSSMRA85T10A562S",
        "12 3456 7890",
        "4111 1111 1111 1111", "1000123", "X1234567Y", "85 07 30 123", "12345 67890", "1234-567890", "00441234567890",
    ]
)  # fmt: skip
FORMS = st.sampled_from(
    [
        "{0}{1}{2}",
        "{0} {1} {2}",
        "{0}: {2}",
        "{2} is my {0}",
        "{2} {0}",
        "{2} ({0})",
        "on {2} {1} {0}",
        "a {0} {1}{2}, {2} b",
    ]
)


@settings(max_examples=1500)
@given(st.builds(str.format, FORMS, KEYWORDS, BETWEEN, NUMBERS))
def test_numbers_beside_keywords_open_it(text: str) -> None:
    """Before them and behind them."""
    assert GATE.open(text) != () or CONTEXTUAL.find(text) == []


@pytest.mark.parametrize(
    "text",
    ["call 1000123: done in 23 ms", "order 1000123 shipped\ncall me", "phone: 3 devices", "my 2 cards, 10 calls"],
)
def test_keywords_with_no_such_number_beside_them_do_not(text: str) -> None:
    """Nor those on another line."""
    assert GATE.open(text) == ()
