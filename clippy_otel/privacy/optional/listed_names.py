"""Names of people that the caller lists: whole words, in any case, looked up in a table and not in one pattern.

Cost: a look-up for each word of a text, some 0.2 us, whether there are ten names or ten thousand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy.recogniser import Span

_WORD: Final = re.compile(r"[^\W\d_]+")
_GAP: Final = re.compile(r"[ \u00a0'\u2019.-]{1,3}")  # between the words of one name, never a line break
_MAX_WORDS: Final = 8
_MAX_CHARS: Final = 128


class NameFinder:
    """Find names in texts.

    Args:
        name: Of the rule.
        names: Each of 1 to 8 words of letters: "Grace Hopper", "Jean-Luc Picard", "O'Brien".

    Raises:
        ConfigurationError: One of them is no such name.
    """

    __slots__ = ("_by_first_word", "name", "needles", "words")

    def __init__(self, name: str, names: tuple[str, ...]) -> None:
        self.name = name
        self.needles: tuple[str, ...] = ()
        self.words = ("",)  # any word can be one
        self._by_first_word: dict[str, tuple[tuple[str, ...], ...]] = {}
        for first, *rest in sorted({_words_of(each) for each in names}, key=len, reverse=True):
            self._by_first_word[first] = (*self._by_first_word.get(first, ()), tuple(rest))

    def find(self, text: str) -> list[Span]:
        """Return the places of the names in a text, from left to right; of two that begin there, the longer."""
        spans: list[Span] = []
        position = 0
        for match in _WORD.finditer(text):
            rests = self._by_first_word.get(match[0].casefold())
            if rests is None or match.start() < position:
                continue
            for rest in rests:
                end = _end_of(rest, text, match.end())
                if end is not None:
                    spans.append((match.start(), end))
                    position = end
                    break
        return spans


def _words_of(name: object) -> tuple[str, ...]:
    if not isinstance(name, str) or len(name) > _MAX_CHARS:
        raise ConfigurationError(f"names: each is a text of at most {_MAX_CHARS} characters")
    words = tuple(_folded(name))
    if not 0 < len(words) <= _MAX_WORDS:
        raise ConfigurationError(f"names: each has 1 to {_MAX_WORDS} words of letters")
    return words


def _folded(name: str) -> Iterator[str]:
    return (word.casefold() for word in _WORD.findall(name))


def _end_of(words: tuple[str, ...], text: str, position: int) -> int | None:
    """Return where a name ends whose first word ends at a position, None where its other words do not follow."""
    for word in words:
        gap = _GAP.match(text, position)
        following = _WORD.match(text, gap.end()) if gap else None
        if following is None or following[0].casefold() != word:
            return None
        position = following.end()
    return position
