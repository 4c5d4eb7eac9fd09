"""International bank account numbers: every country, in one piece and in groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recognisers.iban import IBAN, LENGTHS, is_iban
from tests.privacy._finding import AFTER, BEFORE, assert_linear, is_open, without

FOUND = [
    ("GB29NWBK60161331926819", "#"),
    ("IBAN: GB29 NWBK 6016 1331 9268 19, BIC", "IBAN: #, BIC"),
    ("DE89-3704-0044-0532-0130-00", "#"),
    ("to GB29 NWBK 6016 1331 9268 19 12 34", "to # 12 34"),
    ("口座GB29NWBK60161331926819です", "口座#です"),
    ("iban=gb29nwbk60161331926819", "iban=#"),
    ("NO9386011117947 BE68 5390 0754 7034", "# #"),
    ("SC18SSCB11010000000000001497USD", "#"),
    ("RO49AAAA1B31007593840000", "#"),
    ("NL91\u00a0ABNA\u00a00417\u00a01643\u00a000", "#"),
]
LEFT = [
    *("GB29NWBK60161331926818", "gb29nwbk60161331926819", "xGB29NWBK60161331926819", "GB29NWBK60161331926819x"),
    *("GB29NWBK6016133192681", "XX29NWBK60161331926819", "GB29\nNWBK\n6016\n1331\n9268\n19", "DE89 IS NO NUMBER"),
    *("01ARZ3NDEKTSV4RRFFQ69G5FAV", "AB12CD34EF56AB12CD34EF56", "de89370400440532013000"),
]


@pytest.mark.parametrize("text,expected", FOUND)
def test_number_is_found(text: str, expected: str) -> None:
    """It goes whole, in one piece or in groups; small letters need the word beside them."""
    assert without(IBAN, text) == expected
    assert is_open(IBAN, text)


@pytest.mark.parametrize("text", LEFT)
def test_look_alikes_stay(text: str) -> None:
    """A wrong check digit, length or country, and identifiers in hexadecimal digits, are none."""
    assert IBAN.find(text) == []


characters = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


@st.composite
def ibans(draw: st.DrawFn) -> str:
    """Make a number of any country, of which all but the check digits is invented."""
    country = draw(st.sampled_from(sorted(LENGTHS)))
    account = "".join(draw(st.lists(characters, min_size=LENGTHS[country] - 4, max_size=LENGTHS[country] - 4)))
    number = next(number for check in range(100) if is_iban(number := f"{country}{check:02}{account}"))
    gap = draw(st.sampled_from(["", " ", "-", "\u00a0"]))
    return gap.join(number[at : at + 4] for at in range(0, len(number), 4))


@given(BEFORE, ibans(), AFTER)
def test_every_number_is_found(before: str, number: str, after: str) -> None:
    """A number of any country goes, whatever letters and digits its account has."""
    assert without(IBAN, f"{before}{number}{after}") == f"{before}#{after}"
    assert is_open(IBAN, number)


HOSTILE = [
    "GB29",
    "GB29 ",
    "GB29NWBK60161331926818 ",
    "iban ",
    "A",
    "AA00",
    "GB29NWBK60161331926819 ",
    "DE89 1234 5678 ",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_time_grows_with_the_text(pattern: str) -> None:
    """Hostile texts take no more than time in proportion to their length."""
    assert_linear(IBAN, pattern)
