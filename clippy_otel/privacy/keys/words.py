"""The words of a key: told by separators, by case and by digits, and found where nothing separates them.

Linear in the length of a key. What a word without separators is made of ("userpassword") is looked for once and kept in
a bounded table, for most keys of a program are made of a few hundred words.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from clippy_otel.privacy.keys.lookalikes import fold
from clippy_otel.privacy.keys.terms import known_parts, known_words
from clippy_otel.privacy.keys.vocabulary import ANYWHERE, BEGUN_BY_ANYTHING, SHORT_PARTS

_WORD: Final = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
# "APIkey" and "DBpassword": the capital before small letters may be the end of a word too.
_CAPITALS: Final = re.compile(r"[A-Z]{2}[a-z]{3}")
_CAPITALS_FIRST: Final = re.compile(r"[A-Z]{2,}|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_PERCENT: Final = re.compile(r"%(?:25)*([2-7][0-9A-Fa-f])")

_TOLD: Final = ANYWHERE | BEGUN_BY_ANYTHING
_MAX_COMPOUND_CHARS: Final = 48
_MIN_COMPOUND_CHARS: Final = 4
_MIN_PART_CHARS: Final = 3  # of words that something unknown stands before
_TAIL_CHARS: Final = 3


def words_of(key: str) -> list[str]:
    """Split a key into its words, in lower case; digits and separators are none."""
    return [word.lower() for word in _WORD.findall(_readable(key))]


def other_words_of(key: str) -> list[str] | None:
    """Split a key as words_of() does, save that a run of capitals is a word; None where that is the same."""
    if key.islower() or not _CAPITALS.search(key):
        return None
    return [word.lower() for word in _CAPITALS_FIRST.findall(_readable(key))]


def _readable(key: str) -> str:
    if "%" in key:  # form%5Bpassword%5D, once more encoded or not
        key = _PERCENT.sub(lambda match: chr(int(match[1], 16)), key)
    return key if key.isascii() else fold(key)


def parts_of(words: list[str]) -> list[str]:
    """Return words with what is written without separators in them taken apart."""
    known = known_words()
    if known.issuperset(words):
        return words
    parts: list[str] = []
    for word in words:
        parts += (word,) if word in known else parts_of_word(word)
    return parts


def parts_of_word(word: str) -> tuple[str, ...]:
    """Return what one word is made of: itself, or the words that are written in it without separators."""
    return _parts(word) if len(word) <= _MAX_COMPOUND_CHARS else _taken_apart(word)


@functools.lru_cache(maxsize=4096)
def _parts(word: str) -> tuple[str, ...]:
    """Return what _taken_apart() does, kept: some 600 KB for an application that fills it."""
    return _taken_apart(word)


def _taken_apart(word: str) -> tuple[str, ...]:
    """Take one word apart: into known words, or around what is sensitive whatever stands around it."""
    if len(word) < _MIN_COMPOUND_CHARS or word in known_words():
        return (word,)
    start, parts = _ending(word) if word[-_TAIL_CHARS:] in _tails() or word[-2:] in SHORT_PARTS else (len(word), ())
    if start == 0:
        return parts
    if _any_of(_TOLD).search(word) is None:
        return _ended(word, start, parts)
    found = _any_of(ANYWHERE).search(word)
    if found is not None:
        before, after = word[: found.start()], word[found.end() :]
        return tuple(filter(None, (before, *_known(found[0]), *(_known(after) or (after,)))))
    if _any_of(BEGUN_BY_ANYTHING).search(word):
        for term in sorted(BEGUN_BY_ANYTHING):
            before, term_found, after = word.rpartition(term)
            if term_found and (not after or _known(after)):
                return (before, *_known(term), *_known(after))
    return _ended(word, start, parts)


def _ended(word: str, start: int, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return a word with the known words taken off that it ends in, where these are so many that they are some."""
    is_told = len(parts) > 1 and min(map(len, parts)) >= _MIN_PART_CHARS
    return (word[:start], *parts) if is_told else (word,)


@functools.cache
def _tails() -> frozenset[str]:
    """Return what known words of three letters and more end in: most words that are not known do not."""
    return frozenset(word[-_TAIL_CHARS:] for word in known_parts() if len(word) >= _TAIL_CHARS)


@functools.cache
def _any_of(terms: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(terms)))


def _known(text: str) -> tuple[str, ...]:
    """Return the known words that all of a text is made of; none where it is not."""
    if len(text) > _MAX_COMPOUND_CHARS:
        return ()
    start, parts = _ending(text)
    return parts if start == 0 else ()


def _ending(text: str) -> tuple[int, tuple[str, ...]]:
    """Return where the longest ending of a text begins that is made of known words, and these: as few as can be."""
    known = known_parts()
    endings: dict[int, tuple[str, ...]] = {len(text): ()}
    first = max(len(text) - _MAX_COMPOUND_CHARS, 0)
    for start in range(len(text) - 1, first - 1, -1):
        fewest: tuple[str, ...] | None = None
        for end, ending in endings.items():
            if (fewest is None or len(ending) < len(fewest) - 1) and text[start:end] in known:
                fewest = (text[start:end], *ending)
        if fewest is not None:
            endings[start] = fewest
    start = min(endings)
    return start, endings[start]
