"""All recognisers together: what each leaves of the others, gates, shapes, and what a replacement brings to light."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.recogniser import ascii_of, is_of_numbers, shape_of_numbers, shape_of_words
from clippy_otel.privacy.recognisers.registry import RECOGNISERS
from clippy_otel.privacy.scanner import Scanner
from tests.privacy._finding import is_open

scanner = Scanner(RECOGNISERS, placeholder="#", max_bytes=16_384)


def test_what_a_replacement_brings_to_light_is_found() -> None:
    """A number that was no phone number beside another one is one when that has gone."""
    assert scanner.scan("+44 20 7946 0958-415-555-2671") == "#-#"


HARMLESS = [
    # e-mail's look-alikes
    "foo@bar.service getty@tty1.service user@1000.service dev-sda@x.device",
    "git@github.com:org/repo.git ssh://git@example.org/org/repo",
    "icon@2x.png logo@3x.webp",
    "lodash@4.17.21 @types/node@20.1.0 pkg@1.0.0.dev github.com/x/y@v1.2.3-rc.beta",
    "@alice a@b @example.com a @ b.com user@localhost",
    # identifiers
    "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "550e8400-e29b-41d4-a716-446655440000 41111111-1111-4111-8111-111111111111",
    "4111111111111111abcdef abc4111111111111111 a4111_4111111111111111",
    "1234567890123456789012345678901234567890",
    # times
    "1700000000 1700000000123 1700000000123456 1700000000123456789 4111111111.1111111",
    "2024-01-03 2024-01-03T12:34:56.789+01:00 2024-01-03 12:34:56.789012 20240103123456 10/Oct/2000:13:55:36 +1030",
    "Mon, 02 Jan 2006 15:04:05 +0200",
    # numbers
    "0.4242424242424242 3.4111111111111111 4111111111111111.5 1e+23456789012",
    "4111111111111112 9111111111111111 0000000000000000 1111111111111111",
    "4111\n1111\n1111\n1111 4111 1111\t1111 1111 4111 1111-1111 1111",
    "1.2.3 10.0.19041.1234 v1.2.3-4111 1.0.0+20240103123456 127.0.0.1 192.168.100.200:8080 10.415.555.2671",
    "2001:db8:85a3::8a2e:370:7334 fe80::1",
    "123456789 123-456-789 4155552671 5552671 555-2671 12345-6789",
    "1-123-45-6789-1 000-45-6789 666-45-6789 900-45-6789 123-00-6789 123-45-0000 123-45-67890 x123-45-6789",
    "123-45 6789 123\n45\n6789",
    "115-555-2671 415-555-26711 415-555-2671-99 415\n555\n2671",
    "+0123456789 +99912345678 +12 +123456 x+14155552671 a++1234567890 5+14155552671",
    "GET /api/v1/users/12345 HTTP/1.1 200 532 12ms",
    "@@ -1,7 +1,9 @@",
]


@pytest.mark.parametrize("text", [text for line in HARMLESS for text in (line, *line.split(" "))])
def test_look_alikes_stay(text: str) -> None:
    """Identifiers, times, versions, addresses of machines and units are what telemetry is made of."""
    assert scanner.scan(text) is text


pieces = st.sampled_from(
    [
        *"0123456789 -.()/+@\n\t\u00a0\u2013axéж字😀\ud800",
        *("@a.bc", "123-45-6789", "4111 1111 1111 111", "415-555-2671", "+45 32", "000", "12 34 56", "git@", ".png"),
    ],
)
texts = st.lists(pieces, max_size=30).map("".join)


@given(texts)
def test_gates_lose_nothing(text: str) -> None:
    """Where a recogniser finds something without its gate, the gate is open."""
    for recogniser in RECOGNISERS:
        assert is_open(recogniser, text) or not recogniser.find(text)


@given(st.text())
def test_shape_is_as_long_as_the_text(text: str) -> None:
    """Each character has one place in each shape, whatever it is."""
    numbers, words = shape_of_numbers(ascii_of(text)), shape_of_words(ascii_of(text))
    assert len(numbers) == len(words) == len(text)
    assert set(numbers) <= set("0-@+~x")
    assert set(words) <= set("w=.% ")


@given(texts)
def test_hits_are_ordered_and_apart(text: str) -> None:
    """What is replaced is replaced once."""
    position = 0
    for start, end, rule, _ in scanner.hits(text):
        assert position <= start < end <= len(text)
        assert rule in {recogniser.name for recogniser in RECOGNISERS}
        position = end


def test_each_needle_belongs_to_one_shape() -> None:
    """No character stands in both."""
    assert is_of_numbers("0-0@+~x")
    assert not is_of_numbers("w=.% ")
