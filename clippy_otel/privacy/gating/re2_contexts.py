r"""What RE2 looks for in place of the finder of numbers beside keywords: one of both before the other, on one line.

Between the two is no other digit. Of a number the least digits that one of its kind has are looked for; behind a
keyword of everyday, if no word for "number" follows, a sign of one that is written as a number of telephone. Before a
date of birth is only its keyword.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from clippy_otel.privacy.gating.re2_alternatives import BEYOND_ASCII, any_of
from clippy_otel.privacy.recognisers import context_words as words

_BETWEEN: Final = r"(?:[^0-9A-Za-z\n\r][^0-9\n\r]*)?"
_INSIDE: Final = r"[A-Z.()/ \-\x{80}-\x{10ffff}]*"  # of a number
_NUMBER: Final = f"[0-9](?:{_INSIDE}[0-9]){{5}}"
_WRITTEN: Final = rf"(?:\([0-9]|0|[0-9]+[.()/ \-\x{{80}}-\x{{10ffff}}]{_INSIDE}[0-9]|[0-9]{{10}})"
_WORD_START: Final = "(?:^|[^0-9A-Za-z])"  # behind a digit no keyword counts
_WORD_START_IN_LINE: Final = r"[^0-9A-Za-z\n\r]"


def hint_of_contexts() -> str:
    """Return what stands in each text with a number beside a keyword; a letter beyond ASCII may be part of one."""
    birth = _ascii(word for word, (kind, _) in words.KEYWORDS.items() if kind == words.BIRTH)
    loose = _ascii(word for word, (_, way) in words.KEYWORDS.items() if way == words.LOOSE)
    every = _ascii(words.KEYWORDS)
    numbers = any_of(_ascii(words.NUMBER_WORDS))
    announced = any_of(every - loose - birth)
    return "|".join(
        (
            BEYOND_ASCII,
            f"{_WORD_START}{announced}{_BETWEEN}{_NUMBER}",
            rf"{_WORD_START}{any_of(loose)}{_BETWEEN}(?:{_WRITTEN}|{_WORD_START_IN_LINE}{numbers}{_BETWEEN}{_NUMBER})",
            f"{_WORD_START}{any_of(birth)}{_BETWEEN}[0-9]",
            rf"{_NUMBER}[^0-9\n\r]*{_WORD_START_IN_LINE}{any_of(every - birth)}(?:$|[^A-Za-z])",
        )
    )


def _ascii(found: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(str.isascii, found))
