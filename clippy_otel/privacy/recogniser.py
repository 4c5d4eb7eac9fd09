"""What a recogniser is: gates, a pattern and a validator; and the shapes of a text, which all gates look at.

A shape of a text has one character for each of the text's, and is made once for all recognisers. In the shape of its
numbers "0" stands for an ASCII digit, "-" for what may stand between digits, "@" and "+" for themselves, "x" for all
else. In the shape of its words "w" stands for an ASCII letter, a digit, "_" and "-"; "=" for ":" and "="; "." and "%"
for themselves, " " for all else. A gate is a set of needles, one of which stands in that shape of each text in which
something is found (property-tested): so a gate never costs recall.

Needles of numbers are rare in clean text: where one is there, something is likely to be found. Those of words are
frequent, and only say that a recogniser has to look.

Guarantee: linear time. A pattern begins with a class of characters, and every repetition in it is bounded or can end
in one place only; a text with more than 1,500 candidates that are none is not searched to its end, and counts as found
from its beginning to its end. 20 KB of the worst input take some 4 ms for each recogniser.
Cost: 0.5 us for the shapes and all needles of 60 characters, 7 us for 2 KB.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from string import ascii_letters
from typing import Final, NamedTuple, Protocol, TypeAlias

Span: TypeAlias = tuple[int, int]
Validator: TypeAlias = Callable[[str, int, int], Span | None]

# 16 KB hold as many where someone wanted it, or in a table of four-digit numbers all of which begin like a card.
_MAX_REFUSED: Final = 1500

# The inside of a class of characters: what may stand between two digits of a number, never a line break. The
# non-breaking spaces and the dashes of Unicode come from word processors and web pages.
GAPS: Final = " \u00a0\u2007\u2009\u202f\u2010-\u2015\u2212-"


class Finder(Protocol):
    """What a scanner asks: a Recogniser, or what finds in a way of its own."""

    @property
    def name(self) -> str:
        """The rule's, as findings tell it."""

    @property
    def needles(self) -> tuple[str, ...]:
        """Its gate in the shape of numbers."""

    @property
    def words(self) -> tuple[str, ...]:
        """Its gate in the shape of words."""

    def find(self, text: str) -> list[Span]:
        """Return the places of what is found, from left to right, without asking the gate."""


class Recogniser(NamedTuple):
    """One kind of personal data.

    Attributes:
        name: Of the rule, as findings tell it.
        needles: One of these, or of `words`, stands in the shape of every text in which something is found: these in
            the shape of its numbers.
        pattern: Regular expression that finds candidates; compiled for the first text that passes the gate. A candidate
            ends with its group, where it has one, so that candidates can overlap.
        validate: Takes the text and a candidate's place; returns the place of what is to be redacted, which ends behind
            the candidate's beginning, or None where the candidate is none.
        words: Needles in the shape of the text's words.
    """

    name: str
    needles: tuple[str, ...]
    pattern: str
    validate: Validator
    words: tuple[str, ...] = ()

    def find(self, text: str) -> list[Span]:
        """Return the places of this kind of data in a text, from left to right, without asking the gate."""
        spans: list[Span] = []
        validate = self.validate
        pattern = compiled(self.pattern)
        group = pattern.groups
        position = refused = 0
        for match in pattern.finditer(text):
            start = match.start()
            if start < position:
                continue
            span = validate(text, start, match.end(group))
            if span is not None:
                spans.append(span)
                position = span[1]
                continue
            refused += 1
            if refused > _MAX_REFUSED:
                return [(0, len(text))]
        return spans


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a recogniser's pattern compiled: there are as many as recognisers, and most programs need few of them.

    `re` has a cache too, but empties it of what is used when an application fills it.
    """
    return re.compile(pattern)


def _table(others: str, **kinds: str) -> bytes:
    table = bytearray(others.encode("ascii") * 256)
    for stand_in, characters in kinds.items():
        for character in characters.encode("ascii"):
            table[character] = ord(stand_in)
    return bytes(table)


_DIGITS: Final = "0123456789"
# What is not ASCII becomes "?", and may stand between digits.
_NUMBERS: Final = _table("x", **{"0": _DIGITS, "-": " -.()/?", "@": "@", "+": "+"})
_WORDS: Final = _table(" ", **{"w": _DIGITS + ascii_letters + "_-", "=": ":=", ".": ".", "%": "%"})


def ascii_of(text: str) -> bytes:
    """Return a text as the bytes that its shapes are made of."""
    # Bytes are translated several times faster than text, but looked through several times slower.
    return text.encode("ascii", "replace")


def shape_of_numbers(data: bytes) -> str:
    """Return the shape of a text's numbers, of its ascii_of()."""
    return data.translate(_NUMBERS).decode("ascii")


def shape_of_words(data: bytes) -> str:
    """Return the shape of a text's words, of its ascii_of()."""
    return data.translate(_WORDS).decode("ascii")


def shortest(needles: Iterable[str]) -> tuple[str, ...]:
    """Return needles without those in which another one stands."""
    distinct = set(needles)
    return tuple(sorted(a for a in distinct if not any(b in a for b in distinct - {a})))
