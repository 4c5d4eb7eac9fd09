"""What a recogniser is: a gate, a pattern and a validator; and the shape of a text, which all gates look at.

The shape of a text is made once for all recognisers: one character for each of the text's, "0" for an ASCII digit,
"-" for what may stand between digits, "@" and "+" for themselves, "x" for all else. A gate is a set of needles, one of
which stands in the shape of each text in which something is found (property-tested): so a gate never costs recall.

Guarantee: linear time. A pattern begins with a class of characters, and every repetition in it is bounded or can end
in one place only; a text with more than 1,500 candidates that are none is not searched to its end, and counts as found
from its beginning to its end. 20 KB of the worst input take some 4 ms for each recogniser.
Cost: 0.3 us for the shape and all needles of 60 characters, 4 us for 2 KB.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

Span: TypeAlias = tuple[int, int]
Validator: TypeAlias = Callable[[str, int, int], Span | None]

# 16 KB hold as many where someone wanted it, or in a table of four-digit numbers all of which begin like a card.
_MAX_REFUSED: Final = 1500

# The inside of a class of characters: what may stand between two digits of a number, never a line break. The
# non-breaking spaces and the dashes of Unicode come from word processors and web pages.
GAPS: Final = " \u00a0\u2007\u2009\u202f\u2010-\u2015\u2212-"


class Recogniser(NamedTuple):
    """One kind of personal data.

    Attributes:
        name: Of the rule, as findings tell it.
        needles: One of these stands in the shape of every text in which something is found.
        pattern: Regular expression that finds candidates; compiled for the first text that passes the gate. A candidate
            ends with its group, where it has one, so that candidates can overlap.
        validate: Takes the text and a candidate's place; returns the place of what is to be redacted, which ends behind
            the candidate's beginning, or None where the candidate is none.
    """

    name: str
    needles: tuple[str, ...]
    pattern: str
    validate: Validator

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


def _shapes() -> bytes:
    table = bytearray(b"x" * 256)
    for kinds, stand_in in ((b"0123456789", b"0"), (b" -.()/?", b"-"), (b"@", b"@"), (b"+", b"+")):
        for kind in kinds:
            table[kind] = stand_in[0]
    return bytes(table)


_SHAPES: Final = _shapes()


def shape_of(text: str) -> str:
    """Return the shape of a text: as many characters, each of one of the five kinds."""
    # What is not ASCII becomes "?", and may stand between digits. Bytes are translated several times faster than text,
    # but looked through several times slower.
    return text.encode("ascii", "replace").translate(_SHAPES).decode("ascii")


def needles_of(recognisers: Iterable[Recogniser]) -> tuple[str, ...]:
    """Return the needles of all these recognisers, without those in which another one stands."""
    needles = {needle for recogniser in recognisers for needle in recogniser.needles}
    return tuple(sorted(a for a in needles if not any(b in a for b in needles - {a})))
