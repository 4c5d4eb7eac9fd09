"""What a recogniser is: gates, a pattern and a validator; and the shapes of a text, which all gates look at.

A shape of a text has one character for each of the text's, and is made once for all recognisers. In the shape of its
numbers "0" stands for an ASCII digit, "-" for what may stand between digits, "@", "+" and "~" for themselves, "x" for
all else. In the shape of its words "w" stands for an ASCII letter, a digit, "_" and "-"; "=" for ":" and "="; "." and
"%" for themselves, " " for all else. A gate is a set of needles, one of which stands in that shape of each text in
which something is found (property-tested): so a gate never costs recall.

A recogniser's needles are rare in clean text: where one is there, something is likely to be found. Its words are
frequent, and only say that it has to look; they are looked for in the shape that their characters belong to. One with
keywords is asked only where one of these is a word of the text too.

Guarantee: linear time. A pattern begins with a class of characters, and every repetition in it is bounded or can end
in one place only; a text with more than 1,000 candidates that are none is not searched to its end, and counts as found
from its beginning to its end; one with more than 500 that are some counts as found from the last of them to its end.
20 KB of the worst input take some 3 ms for each recogniser.
Cost: 0.2 us for the shapes of 60 characters, 2 us for those of 2 KB.
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
MAX_REFUSED: Final = 1000
MAX_FOUND: Final = 500  # lists of people have as many, one every 32 characters

# Candidates are no longer than this, with what is looked at around them.
_REACH: Final = 96
_STEP: Final = 16
_MIN_CHARS_OF_WINDOWS: Final = 256

# The inside of a class of characters: what may stand between two digits of a number, never a line break. The
# non-breaking spaces and the dashes of Unicode come from word processors and web pages.
GAPS: Final = " \u00a0\u2007\u2009\u202f\u2010-\u2015\u2212-"

# What follows the first character of a number in a pattern: nothing that it would be part of stands before it. Escapes
# and percent-encoded characters end in letters and digits that are none of the text's own.
BEGINS: Final = r"(?:(?<![0-9A-Za-z_].)|(?<=\\[nrt].)|(?<=%[0-9A-Fa-f]{2}.))"


class Finder(Protocol):
    """What a scanner asks: a Recogniser, or what finds in a way of its own.

    It may have `keywords` too: the words of ASCII letters, in small ones, of which one stands in each text in which it
    finds something, with no letter beside it. Or a method `companions`, which returns of a run of small ASCII letters
    the words of which one has to be in the text too where something is found by it: None where nothing is, and none
    where no other word has to. They count only where nothing in the text can hide a word.
    """

    @property
    def name(self) -> str:
        """The rule's, as findings tell it."""

    @property
    def needles(self) -> tuple[str, ...]:
        """Its gate in the shape of numbers."""

    @property
    def words(self) -> tuple[str, ...]:
        """Its gate of frequent needles, in the shape of words or in that of numbers."""

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
        words: Frequent needles, in the shape of the text's words or in that of its numbers.
        most_refused: Where more candidates than this are none, the text counts as found.
        reach: So many characters before a needle its candidate can begin; in a long text none is tried before.
    """

    name: str
    needles: tuple[str, ...]
    pattern: str
    validate: Validator
    words: tuple[str, ...] = ()
    most_refused: int = MAX_REFUSED
    reach: int = _REACH

    def find(self, text: str) -> list[Span]:
        """Return the places of this kind of data in a text, from left to right, without asking the gate."""
        spans: list[Span] = []
        validate = self.validate
        pattern = compiled(self.pattern)
        group = pattern.groups
        position = refused = 0
        for first, last, end in _windows(text, (*self.needles, *self.words), self.reach):
            for match in pattern.finditer(text, first, end):
                start = match.start()
                if start > last:
                    break
                if start < position:
                    continue
                span = validate(text, start, match.end(group))
                if span is not None:
                    spans.append(span)
                    position = span[1]
                    if len(spans) > MAX_FOUND:
                        return [*spans[:-1], (span[0], len(text))]
                    continue
                refused += 1
                if refused > self.most_refused:
                    return [(0, len(text))]
        return spans


def _windows(text: str, needles: tuple[str, ...], reach: int) -> Iterable[tuple[int, int, int]]:
    """Return the parts of a text in which candidates can be: from where, up to where they begin, and to where they end.

    A long text is searched around the needles of its numbers only, for each candidate has one in it: to try a pattern
    at each digit takes longer.
    """
    size = len(text)
    if size < _MIN_CHARS_OF_WINDOWS or not _are_of_numbers(needles):
        return ((0, size, size),)
    shape = shape_of_numbers(ascii_of(text))
    places: list[int] = []
    for needle in needles:
        place = shape.find(needle)
        while place >= 0:  # of those close to each other only the first
            places.append(place)
            place = shape.find(needle, place + _STEP)
    places.sort()
    windows: list[tuple[int, int, int]] = []
    first = last = -1
    for place in places:
        if last < place - reach:
            if last >= 0:
                windows.append((first, last, min(last + _REACH, size)))
            first = max(place - reach, 0)
        last = place + _STEP
    if places:
        windows.append((first, last, min(last + _REACH, size)))
    return windows


@functools.cache
def _are_of_numbers(needles: tuple[str, ...]) -> bool:
    """Say whether all of a recogniser's needles belong to the shape of numbers; there are as many as recognisers."""
    return all(map(is_of_numbers, needles))


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
SMALL_LETTERS: Final = bytes(ord(chr(byte).lower()) if chr(byte) in ascii_letters else ord(" ") for byte in range(256))
# What is not ASCII becomes "?", and may stand between digits.
NUMBERS: Final = _table("x", **{"0": _DIGITS, "-": " -.()/?", "@": "@", "+": "+", "~": "~"})
WORDS: Final = _table(" ", **{"w": _DIGITS + ascii_letters + "_-", "=": ":=", ".": ".", "%": "%"})


def ascii_of(text: str) -> bytes:
    """Return a text as the bytes that its shapes are made of."""
    # Bytes are translated several times faster than text, but looked through several times slower.
    return text.encode("ascii", "replace")


def shape_of_numbers(data: bytes) -> str:
    """Return the shape of a text's numbers, of its ascii_of()."""
    return data.translate(NUMBERS).decode("ascii")


def shape_of_words(data: bytes) -> str:
    """Return the shape of a text's words, of its ascii_of()."""
    return data.translate(WORDS).decode("ascii")


def words_in(data: bytes) -> list[bytes]:
    """Return the words of a text, of its ascii_of(): runs of ASCII letters, in small ones."""
    return data.translate(SMALL_LETTERS).split()


def keywords_of(finder: Finder) -> frozenset[bytes]:
    """Return those of a finder's keywords that words_in() can tell; none where it has no keywords at all."""
    keywords: Iterable[str] = getattr(finder, "keywords", ())
    return frozenset(word.encode("ascii") for word in keywords if word.isascii())


def needs_digits(finder: Finder) -> bool:
    """Say whether a finder finds nothing in a text without an ASCII digit."""
    return all("0" in needle for needle in (*finder.needles, *finder.words))


def is_of_numbers(needle: str) -> bool:
    """Say whether a needle belongs to the shape of numbers: no character belongs to both shapes."""
    return not needle.strip("0-@+~x")
