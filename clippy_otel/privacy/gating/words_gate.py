"""Which finders the words of a text ask for.

Most words of telemetry are few and come again: a text of words that are known to mean nothing is clean without a look
at what stands between them, and so is one in which each word lacks those that it would need beside it ("connection"
without "string"). What is not known may mean anything. It is judged when it comes again, so that what comes once does
not take the time. The tables are bounded, and emptied when they are full.

Guarantee: a finder whose words are not in a text finds nothing in it.
Cost: 0.6 to 1.5 us for the ten words of a short text, 20 us for those of 2 KB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from string import ascii_lowercase, ascii_uppercase
from typing import Final

from clippy_otel.privacy.keys.companions import together
from clippy_otel.privacy.recogniser import Finder, keywords_of, words_in
from clippy_otel.turns import one_in

_MAX_WORDS: Final = 2048
_MAX_WORD_CHARS: Final = 48
_MAX_CHARS: Final = 256
_JUDGED_EVERY: Final = 16  # of the texts with a word that is not known to mean nothing
_MAX_JUDGED: Final = 64  # in one text
ALL: Final = -1

# Capitals begin words inside of others, which are not told in small letters: "userPin", "DBpin".
_CASES: Final = bytes(
    ord("a" if chr(byte) in ascii_lowercase else "A" if chr(byte) in ascii_uppercase else " ") for byte in range(256)
)
_HUMP: Final = b"aA"
_LAST_CAPITAL: Final = b"AAa"
_UNHEARD_OF: Final = frozenset({b""})  # no word: what needs it beside it asks for nothing but as a keyword


class WordsGate:
    """Tell by the words of a text which finders it may be for.

    Args:
        finders: Those that know by which words: each with its bit.
    """

    __slots__ = ("_companions", "_every_keyword", "_harmless", "_heeded", "_is_turn", "_keywords", "_once", "_unknown")

    def __init__(self, finders: Iterable[tuple[int, Finder]]) -> None:
        self._keywords: dict[bytes, int] = {}
        self._companions: list[Callable[[str], frozenset[str] | None]] = []
        self._harmless: set[bytes] = set()
        self._heeded: dict[bytes, frozenset[bytes]] = {}
        self._once: set[bytes] = set()
        self._is_turn = one_in(_JUDGED_EVERY)
        self._unknown = 0
        for bit, finder in finders:
            companions = getattr(finder, "companions", None)
            if companions is not None:
                self._companions.append(companions)
                self._unknown |= bit
            for word in keywords_of(finder):
                self._keywords[word] = self._keywords.get(word, 0) | bit
        self._every_keyword = frozenset(self._keywords)

    def open(self, data: bytes) -> int:
        """Return the bits of the finders that a text may be for.

        Args:
            data: Its ascii_of(), of a text in which nothing hides a word.
        """
        words = words_in(data)
        if len(data) > _MAX_CHARS:  # one of so many is new, or means something
            opened = self._unknown
            for word in self._every_keyword.intersection(words):
                opened |= self._keywords[word]
            return opened
        opened = 0 if self._harmless.issuperset(words) else self._opened(words)
        if not opened & self._unknown and _has_humps(data):
            opened |= self._unknown
        return opened

    def asks_nothing(self, data: bytes) -> bool:
        """Say whether no word in a text asks for a finder, whatever may be beside it; words that are new are judged.

        Args:
            data: As for open().
        """
        words = words_in(data)
        if not self._harmless.issuperset(words):
            new = {word for word in words if word not in self._harmless}
            if any(word in self._keywords or self._companions_of(word.decode("ascii")) is not None for word in new):
                return False
            if self._is_turn():
                self._let_pass(new)
        return not _has_humps(data)

    def _opened(self, words: list[bytes]) -> int:
        """Return the bits of the finders that words ask for of which some mean something, or are not known."""
        harmless, heeded, keywords = self._harmless, self._heeded, self._keywords
        opened = 0
        is_new = False
        for word in [word for word in words if word not in harmless]:
            opened |= keywords.get(word, 0)
            needed = heeded.get(word)
            if needed is None:
                is_new = True
                opened |= self._unknown
            elif not needed or not needed.isdisjoint(words):
                opened |= self._unknown
        if is_new and self._is_turn():
            self._judge(words)
        return opened

    def _judge(self, words: Iterable[bytes]) -> None:
        """Know those of the words that were seen before."""
        unknown = set(words).difference(self._harmless, self._heeded)
        again = unknown & self._once
        if len(self._once) >= _MAX_WORDS:
            self._once.clear()
        self._once |= unknown
        for word in list(again)[:_MAX_JUDGED]:
            companions = self._companions_of(word.decode("ascii"))
            if companions is None and word in self._keywords:
                companions = _UNHEARD_OF
            if companions is not None:
                if len(self._heeded) >= _MAX_WORDS:
                    self._heeded.clear()
                self._heeded[word] = companions
            else:
                self._let_pass((word,))

    def _let_pass(self, words: Iterable[bytes]) -> None:
        """Know words as such that mean nothing."""
        if len(self._harmless) >= _MAX_WORDS:
            self._harmless.clear()
        self._harmless.update(words)

    def _companions_of(self, word: str) -> frozenset[bytes] | None:
        """Return what has to be there beside a word, for any of the finders."""
        if len(word) > _MAX_WORD_CHARS:
            return frozenset()
        words = together(companions(word) for companions in self._companions)
        return None if words is None else frozenset(word.encode("ascii") for word in words)


def _has_humps(data: bytes) -> bool:
    """Say whether capitals begin words inside of others."""
    if data.islower():
        return False
    cases = data.translate(_CASES)
    return _HUMP in cases or _LAST_CAPITAL in cases
