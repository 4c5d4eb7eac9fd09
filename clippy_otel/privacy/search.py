"""A finder made of a function, for what one pattern and a validator cannot say; and what a word is."""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_letters, digits
from typing import Final, NamedTuple

from clippy_otel.privacy.recogniser import Span, compiled


class Search(NamedTuple):
    """One kind of secret, found by a function.

    Attributes:
        name: Of the rule, as findings tell it.
        needles: One of these, or of `words`, stands in the shape of every text in which something is found: these in
            the shape of its numbers.
        words: Needles in the shape of the text's words.
        find: Returns the places of what is found in a text, from left to right, without asking the gate; in linear
            time, and at once where the text is clean.
        keywords: One of these is a word of every text in which something is found; none: no word has to be.
    """

    name: str
    needles: tuple[str, ...]
    words: tuple[str, ...]
    find: Callable[[str], list[Span]]
    keywords: frozenset[str] = frozenset()


_ALNUM: Final = frozenset(digits + ascii_letters)
# \n, \x22, \u0022, %3D and %253D end in a letter or digit that is no part of the word behind them.
_ESCAPE: Final = r"(?:\\(?:[nrtbfv]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})|%(?:25)?[0-9A-Fa-f]{2})\Z"
_ESCAPE_CHARS: Final = 6
# Names in any case: "authentication", "sendV2SamplesWithBackoff", "RFC6750"; twenty random characters are none.
NAME: Final = (
    "(?:[a-z]{0,24}(?:[0-9]{0,2}[A-Z]{1,8}(?:[0-9]{1,2}[A-Z]{1,8})?[a-z]{2,24}){0,12}[0-9]{0,4}|[A-Z]{1,24}[0-9]{0,4})"
)


def begins_word(text: str, at: int) -> bool:
    """Say whether a word can begin at a place: no ASCII letter or digit stands before it, save an escape's."""
    if at == 0 or text[at - 1] not in _ALNUM:
        return True
    return compiled(_ESCAPE).search(text, max(0, at - _ESCAPE_CHARS), at) is not None
