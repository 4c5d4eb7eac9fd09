"""Card numbers: every network, length and grouping; identifiers, times and floats that only look like them."""

from __future__ import annotations

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recognisers.cards import CARD, has_valid_check_digit, is_card_number, lengths_of
from tests.privacy._finding import AFTER, BEFORE, assert_linear, is_open, without

FOUND = [
    ("4111111111111111", "#"),
    ("4111 1111 1111 1111", "#"),
    ("4111-1111-1111-1111,", "#,"),
    ("4111.1111.1111.1111.", "#."),
    ("q=4111+1111+1111+1111&x=1", "q=#&x=1"),
    ("3782.822463.10005", "#"),
    ("4917610000000000003", "#"),
    ("5555555555554444 2223003122003222", "# #"),
    ("3782 822463 10005", "#"),
    ("371449635398431", "#"),
    ("30569309025904 3056 930902 5904", "# #"),
    ("6011111111111117", "#"),
    ("3530111333300000", "#"),
    ("6200000000000005", "#"),
    ("2200000000000004", "#"),
    ("6759649826438453", "#"),
    ("501800000009", "#"),
    ("カード4111111111111111です", "カード#です"),
    ("4111 1111 1111 1111 123", "# 123"),
    ("4111 1111 1111 1111 12/26", "# 12/26"),
    ("2024 4111 1111 1111 1111 2025", "2024 # 2025"),
    ("qty 2 4111111111111111", "qty 2 #"),
    ("[1,4111111111111111]", "[1,#]"),
    ("card no.4111111111111111.", "card no.#."),
    ("card_id=4111111111111111 paid: 4111111111111111", "card_id=# paid: #"),
    ("/cards/4111111111111111", "/cards/#"),
    ("card-4111111111111111", "card-#"),
    ("4111 1111 1111 1111 and 5555 5555 5555 4444 feed", "# and # feed"),
    ("4111 1111 1111 1111 5555 5555 5555 4444", "# #"),
    (
        "41627,550e8400-e29b-41d4-a716-446655440000,2223-0031-2200-3222,active",
        "41627,550e8400-e29b-41d4-a716-446655440000,#,active",
    ),
    ("4111\u00a01111\u202f1111 1111", "4111\u00a01111\u202f1111 1111"),
    ("4111\u00a01111\u00a01111\u00a01111", "#"),
]
LEFT = [
    *(
        "4111111111111111abcdef",
        "abc4111111111111111",
        "a4111_4111111111111111",
        "41111111-1111-4111-8111-111111111111",
    ),
    "1234567890123456789012345678901234567890",
    *("1700000000", "1700000000123", "1700000000123456", "1700000000123456789", "4111111111.1111111"),
    *("0.4242424242424242", "3.4111111111111111", "4111111111111111.5", "0.4111.1111.1111.1111"),
    *("4111111111111112", "9111111111111111", "0000000000000000", "1111111111111111"),
    *("4111\n1111\n1111\n1111", "4111 1111\t1111 1111", "4111 1111-1111 1111"),
    *("gtin=4006381333931", "4222222222222"),  # articles; thirteen digits are no card's any more
    *("span_id=4111111111111111", '"traceId": "4111111111111111"', "trace: 4917610000000000003"),
    "00-4bf92f3577b34da6a3ce929d0e0e4736-4111111111111111-01",
    "4bf92f3577b34da6a3ce929d0e0e4736:4111111111111111:0:1",
    *("4865 6c6c 4111 1111 1111 1111 6f20 576f"),  # a dump
    "ca-pub-4394728839428838",
]


@pytest.mark.parametrize("text,expected", FOUND)
def test_number_is_found(text: str, expected: str) -> None:
    """It goes whole, in any script; what stands around it stays."""
    assert without(CARD, text) == expected
    assert is_open(CARD, text)


@pytest.mark.parametrize("text", LEFT)
def test_look_alikes_stay(text: str) -> None:
    """Identifiers, times, floats and articles are no cards, though some pass Luhn's formula."""
    assert CARD.find(text) == []


NETWORKS = [
    *(("4", 16), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15), ("300", 14)),
    *(
        ("36", 14),
        ("38", 16),
        ("6011", 16),
        ("65", 16),
        ("3528", 16),
        ("3589", 16),
        ("62", 16),
        ("62", 19),
        ("5018", 16),
    ),
    *(("6759", 18), ("2200", 16), ("8100", 16), ("6304", 13), ("5893", 12), ("508", 16), ("60", 16), ("82", 16)),
    *(("5061", 18), ("637", 16), ("8600", 16), ("9860", 16), ("9704", 19), ("9792", 16)),
]
digits = st.sampled_from("0123456789")


@st.composite
def cards(draw: st.DrawFn) -> str:
    """Make a card number of any network: its first digits and length, a check digit, the grouping of its length."""
    prefix, length = draw(st.sampled_from(NETWORKS))
    missing = length - len(prefix) - 1
    body = prefix + "".join(draw(st.lists(digits, min_size=missing, max_size=missing)))
    number = next(body + check for check in "0123456789" if has_valid_check_digit(body + check))
    if length in (14, 15):
        groups = [number[:4], number[4:10], number[10:]]
    else:
        groups = [number[at : at + 4] for at in range(0, length, 4)]
    return draw(st.sampled_from(["", " ", "-", ".", "+", "\u00a0"])).join(groups)


@given(BEFORE, cards(), AFTER)
def test_every_card_is_found(before: str, card: str, after: str) -> None:
    """A number of any network goes whole, grouped or not, whatever it stands in."""
    assert without(CARD, f"{before}{card}{after}") == f"{before}#{after}"
    assert is_open(CARD, card)


def test_invented_cards_are_found() -> None:
    """What a generator of test data calls a card is one, of the networks that still give such numbers out."""
    fake = Faker("en_US")
    fake.seed_instance(4)
    for network in ("amex", "diners", "discover", "jcb15", "mastercard", "visa16", "visa19"):
        for _ in range(50):
            assert without(CARD, f"n {fake.credit_card_number(network)}") == "n #"


def test_table_of_issuers_and_pattern_agree() -> None:
    """For each issuer and length that the table has, the pattern lets a number through."""
    found = set()
    for prefix in (f"{number:04}" for number in range(10_000)):
        for length in lengths_of(prefix):
            body = prefix.ljust(length - 1, "0")
            number = next(body + check for check in "0123456789" if has_valid_check_digit(body + check))
            assert CARD.find(number) == [(0, length)], number
            found.add(prefix)
    assert len(found) > 3000


@given(st.integers(10**12, 10**19 - 1))
def test_card_of_an_int_is_one_as_text(number: int) -> None:
    """An int is a card where its digits are one."""
    if is_card_number(number):
        assert CARD.find(str(number)) == [(0, len(str(number)))]


HOSTILE = [
    *("1", "0", "1 ", "1234 ", "4444 ", "4111 1111 1111 1112 ", "4444-4444-4444-4444-444 ", "4444444444444444 "),
    *("6011 0000 ", "4444 444444 ", "444444 ", "62222222222222 ", "4111111111111111 ", "id=4111111111111111 "),
    *("4444.", "4444+", "6011.000000.0000 "),
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_time_grows_with_the_text(pattern: str) -> None:
    """Hostile texts take no more than time in proportion to their length."""
    assert_linear(CARD, pattern)


def test_row_of_false_candidates_counts_as_found() -> None:
    """A text that would take too long to be judged is redacted as a whole, not let through."""
    assert CARD.find("4444 " * 1000) == []
    assert CARD.find("4444 " * 2000) == [(0, 10_000)]
