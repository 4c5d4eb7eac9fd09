"""US social security numbers with separators: what is found, what is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recognisers.ssn import US_SSN
from tests.privacy._finding import AFTER, BEFORE, assert_linear, is_open, without

FOUND = [
    ("123-45-6789", "#"),
    ("ssn 123 45 6789.", "ssn #."),
    ("社会保障123-45-6789号", "社会保障#号"),
    ("001-01-0001 899-99-9999", "# #"),
    ("ssn:123–45–6789", "ssn:#"),  # noqa: RUF001 - dashes as a word processor makes them
    ("123\u201145\u20116789", "#"),
]
LEFT = [
    *("123456789", "123-456-789", "12345-6789", "x123-45-6789", "123-45-67890", "1-123-45-6789-1", "123-45 6789"),
    *("000-45-6789", "666-45-6789", "900-45-6789", "123-00-6789", "123-45-0000", "123\n45\n6789", "2024-01-03"),
]


@pytest.mark.parametrize("text,expected", FOUND)
def test_number_is_found(text: str, expected: str) -> None:
    """One with dashes or spaces of any kind goes whole, in any script."""
    assert without(US_SSN, text) == expected
    assert is_open(US_SSN, text)


@pytest.mark.parametrize("text", LEFT)
def test_look_alikes_stay(text: str) -> None:
    """Numbers that nobody can have been given, and parts of longer ones, are none."""
    assert US_SSN.find(text) == []


@given(BEFORE, st.integers(1, 899), st.integers(1, 99), st.integers(1, 9999), AFTER)
def test_every_number_is_found(before: str, area: int, group: int, serial: int, after: str) -> None:
    """Every number that can have been given out goes."""
    area -= area == 666
    for gap in "- \u2013":
        number = f"{area:03}{gap}{group:02}{gap}{serial:04}"
        assert without(US_SSN, f"{before}{number}{after}") == f"{before}#{after}"


@pytest.mark.parametrize("pattern", ["123-45-6789", "123-45-", "1 ", "123 45 6789 1 ", "123 45 6789"])
def test_time_grows_with_the_text(pattern: str) -> None:
    """Hostile texts take no more than time in proportion to their length."""
    assert_linear(US_SSN, pattern)
