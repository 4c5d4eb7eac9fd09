"""Patterns for one of many words. What several begin with stands in them once: so RE2 has less to keep apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from string import ascii_lowercase
from typing import Final

# Letters and marks, and what stands for some (the sign for "No"); no quotes, dashes and amounts of money.
BEYOND_ASCII: Final = r"[^\x00-\x7f\p{P}\p{Z}\x{a2}\x{a3}\x{a5}\x{ac}\x{b0}\x{b7}\x{20ac}]"

_NONE: Final = r"[^\x00-\x{10ffff}]"
_BETWEEN: Final = {" ": "[_. -]*", "_": "[0-9_. -]*"}
# With RE2's own way to ignore case, "k" and "s" would be letters beyond ASCII too.
_LETTERS: Final = {letter: f"[{letter}{letter.upper()}]" for letter in ascii_lowercase}
_PATTERNS: Final = str.maketrans({**_BETWEEN, **_LETTERS})


def any_of(words: Iterable[str], *, goes_on: bool = False) -> str:
    """Return a pattern for one of several words; one that matches nothing where there are none.

    Args:
        words: Small letters are such in either case, capitals are themselves; a space is what may stand between the
            words of a key if no digits do, "_" is that or digits.
        goes_on: Whether anything may follow, so that a word that begins with another one is none of its own.
    """
    found = sorted(set(words))
    return _any_from(found, 0, goes_on=goes_on) if found else _NONE


def _any_from(words: list[str], start: int, *, goes_on: bool) -> str:
    """Return a pattern for what of words, which are sorted and begin alike, stands from a place on."""
    is_end = len(words[0]) == start
    if is_end and (goes_on or len(words) == 1):
        return ""
    branches = list(_branches(words[is_end:], start, goes_on=goes_on))
    if len(branches) == 1 and not is_end:
        return branches[0]
    return f"(?:{'|'.join(branches)}){'?' if is_end else ''}"


def _branches(words: list[str], start: int, *, goes_on: bool) -> Iterator[str]:
    for _, alike in groupby(words, key=lambda word: word[start]):
        group = list(alike)
        end = _end_of_common(group[0], group[-1], start)
        yield group[0][start:end].translate(_PATTERNS) + _any_from(group, end, goes_on=goes_on)


def _end_of_common(first: str, last: str, start: int) -> int:
    """Return up to where two words are alike, which are from a place on the first and the last of several."""
    end = start + 1
    while first[end : end + 1] == last[end : end + 1] and end < len(first):
        end += 1
    return end
