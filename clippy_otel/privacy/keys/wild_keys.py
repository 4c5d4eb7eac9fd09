"""Keys by many patterns at once: of "*", "?" and separators, without digits.

A pattern is one of fnmatch's for a whole key, whose case never counts: "*" stands for anything, "?" for one character,
"[._-]" for a separator. Cost: 0.4 us a key, however many patterns there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from clippy_otel.privacy.keys.judging import KeyVerdict

# None takes more than linear time of a key.
_WILD: Final = re.compile(r"(?=.*[*?\[])(?:[A-Za-z._?-]|\[[._]*-?\])*\*?(?:[A-Za-z._?-]|\[[._]*-?\])*\*?")
_TOKENS: Final = re.compile(r"(?P<letters>[a-z]+)|(?P<separator>[._-]|\[[._-]+\])|(?P<wild>[*?])")
_NONE: Final[frozenset[str]] = frozenset()


def are_wild(fields: Iterable[str]) -> bool:
    """Say whether fields are patterns that WildKeys takes."""
    return all(_WILD.fullmatch(field) and "[]" not in field for field in fields)


class WildKeys:
    """Judge keys by patterns.

    Args:
        fields: Patterns for which are_wild() holds.

    Attributes:
        added: What each key that one of them names begins with, without separators; None: some begin with anything.
    """

    __slots__ = ("_beside", "_match", "added")

    tells_digits: Final = False

    def __init__(self, fields: Iterable[str]) -> None:
        patterns = [field.lower() for field in fields]
        self._match = re.compile("|".join(map(_translated, patterns)), re.DOTALL | re.IGNORECASE).fullmatch
        begins = [_beginning(pattern) for pattern in patterns]
        self.added: tuple[str, ...] | None = tuple(begins) if all(begins) else None
        self._beside = _beside(patterns)

    def verdict(self, key: str) -> KeyVerdict:
        """Judge one key: KEEP where it is one of them."""
        return KeyVerdict.KEEP if self._match(key) is not None else KeyVerdict.SCAN

    def companions(self, word: str) -> frozenset[str] | None:
        """Return the words of which one has to be there too where a key is named by this one (see companions_of())."""
        return _NONE if self._beside is None else self._beside.get(word)


def _translated(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(token[0]) or _literal(token[0]) for token in _TOKENS.finditer(pattern))


def _literal(token: str) -> str:
    return token if token[0] == "[" else re.escape(token)


def _beginning(pattern: str) -> str:
    """Return the letters before the first wildcard."""
    return "".join(match["letters"] or "" for match in _TOKENS.finditer(pattern.replace("?", "*").partition("*")[0]))


def _beside(patterns: Iterable[str]) -> dict[str, frozenset[str]] | None:
    """Return by one word of each pattern the words that stand beside it; None where a pattern has no word by itself."""
    beside: dict[str, frozenset[str]] = {}
    for pattern in patterns:
        words = list(_whole_words(pattern))
        if not words:
            return None
        first, others = words[0], frozenset(words[1:2])
        known = beside.get(first, others)
        beside[first] = known | others if known and others else _NONE
    return beside


def _whole_words(pattern: str) -> Iterator[str]:
    """Yield the runs of letters that are no part of a longer one in any key: nothing wild is beside them."""
    tokens = [(match.lastgroup, match[0]) for match in _TOKENS.finditer(pattern)]
    around = [("separator", ""), *tokens, ("separator", "")]
    for (before, _), (kind, text), (behind, _) in zip(around[:-2], tokens, around[2:], strict=True):
        if kind == "letters" and before == behind == "separator":
            yield text
