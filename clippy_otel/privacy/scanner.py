"""Redaction inside one text: gate, find, replace; and a text that is too long is cut.

Guarantee: the same object comes back where nothing was found. What comes back is found clean when it is scanned again:
a replacement can bring to light what its neighbour hid (a number that began right behind an address), so what was
changed is scanned until nothing more is found. A long text is redacted before it is cut, in a window that reaches over
the cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from clippy_otel.privacy.limits import TRUNCATED
from clippy_otel.privacy.recogniser import Finder, ascii_of, shape_of_numbers, shape_of_words, shortest

# A value that begins before the cut ends in here; the longest e-mail address has 254 characters.
_OVERLAP_CHARS: Final = 1024
# Replacements only shorten what is left to be found; each round after the first is a rarity by itself.
_MAX_ROUNDS: Final = 4
_MAX_UTF8_BYTES: Final = 4  # of one character

# A text that is a UUID and nothing else holds none of what is looked for, though its digits can look like a number.
UUID_CHARS: Final = 36
is_uuid: Final = re.compile("[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}").fullmatch


# First character, the one after the last, name of the rule. (A NamedTuple takes three times as long to make.)
Hit: TypeAlias = tuple[int, int, str]


class Scanner:
    """Redact what the recognisers find in texts.

    Args:
        recognisers: What is looked for.
        placeholder: What stands in its place.
        max_bytes: UTF-8 bytes that are kept of a text.
    """

    __slots__ = ("_fitting_chars", "_max_bytes", "_needles", "_placeholder", "_recognisers", "_words")

    def __init__(self, recognisers: Sequence[Finder], *, placeholder: str, max_bytes: int) -> None:
        self._recognisers = tuple(recognisers)
        self._needles = shortest(needle for recogniser in self._recognisers for needle in recogniser.needles)
        self._words = shortest(needle for recogniser in self._recognisers for needle in recogniser.words)
        self._placeholder = placeholder
        self._max_bytes = max_bytes
        self._fitting_chars = max_bytes // _MAX_UTF8_BYTES

    def may_find(self, text: str) -> bool:
        """Say whether a text can hold anything that is looked for; it must be short enough to be kept whole.

        True where the gate of a number is open, for then it is likely; else recognisers are asked.
        """
        data = ascii_of(text)
        numbers = shape_of_numbers(data)
        for needle in self._needles:
            if needle in numbers:
                return True
        words = shape_of_words(data)
        for needle in self._words:
            if needle in words:
                return bool(self._hits(text, numbers, words))
        return False

    def scan(self, text: str) -> str:
        """Return a text without what the recognisers find in it; the same object where that is nothing."""
        if len(text) > self._fitting_chars and self.kept_chars(text) < len(text):
            return self._scan_long(text)
        data = ascii_of(text)
        numbers = shape_of_numbers(data)
        for needle in self._needles:
            if needle in numbers:
                return text if len(text) == UUID_CHARS and is_uuid(text) else self._redact(text)
        words = shape_of_words(data)
        for needle in self._words:
            if needle in words:
                return text if len(text) == UUID_CHARS and is_uuid(text) else self._redact(text)
        return text

    def scan_bytes(self, data: bytes) -> bytes | None:
        """Return bytes, cut where there are too many; None where the recognisers find something in their text."""
        if self._hits_in_bytes(data[: self._max_bytes + _OVERLAP_CHARS]):
            return None
        if len(data) <= self._max_bytes:
            return data
        cut = data[: self._max_bytes - len(TRUNCATED)] + TRUNCATED.encode("ascii")
        return None if self._hits_in_bytes(cut) else cut

    def hits(self, text: str) -> list[Hit]:
        """Return what is found in a text, from left to right; what overlaps is one hit, named by its first rule."""
        data = ascii_of(text)
        return self._hits(text, shape_of_numbers(data), shape_of_words(data))

    def _hits(self, text: str, numbers: str, words: str) -> list[Hit]:
        found: list[Hit] = []
        for recogniser in self._recognisers:
            if _is_open(recogniser, numbers, words):
                found += [(start, end, recogniser.name) for start, end in recogniser.find(text)]
        return _merged(found) if len(found) > 1 else found

    def kept_chars(self, text: str) -> int:
        """Return how many characters of a text are within the limit of bytes."""
        return _chars_within(text, self._max_bytes)

    def _hits_in_bytes(self, data: bytes) -> list[Hit]:
        return self.hits(data.decode("utf-8", "replace"))

    def _redact(self, text: str) -> str:
        for _ in range(_MAX_ROUNDS):
            hits = self.hits(text)
            if not hits:
                break
            text = self._replace(text, hits)
        return text

    def _replace(self, text: str, hits: list[Hit]) -> str:
        parts: list[str] = []
        position = 0
        for start, end, _ in hits:
            parts += text[position:start], self._placeholder
            position = end
        parts.append(text[position:])
        return "".join(parts)

    def _scan_long(self, text: str) -> str:
        kept = self.kept_chars(text)
        window = text[: kept + _OVERLAP_CHARS]
        hits = [hit for hit in self.hits(window) if hit[0] < kept]
        result = self._replace(window[:kept], hits)
        for _ in range(_MAX_ROUNDS):
            head = result.removesuffix(TRUNCATED)
            cut = head[: _chars_within(head, self._max_bytes - len(TRUNCATED))] + TRUNCATED
            result = self._redact(cut)  # a cut can make a shorter number of a longer one
            if self.kept_chars(result) == len(result):
                break
        return result


def _is_open(recogniser: Finder, numbers: str, words: str) -> bool:
    for needle in recogniser.needles:
        if needle in numbers:
            return True
    for needle in recogniser.words:  # noqa: SIM110 - any() takes four times as long
        if needle in words:
            return True
    return False


def _merged(hits: list[Hit]) -> list[Hit]:
    hits.sort()
    merged = hits[:1]
    for start, end, rule in hits[1:]:
        first_start, last_end, first_rule = merged[-1]
        if start < last_end:
            merged[-1] = (first_start, max(last_end, end), first_rule)
        else:
            merged.append((start, end, rule))
    return merged


def _chars_within(text: str, max_bytes: int) -> int:
    if text.isascii():
        return min(len(text), max_bytes)
    # "replace" puts one byte for a lone surrogate, as the only thing that UTF-8 has none for.
    head = text[:max_bytes].encode("utf-8", "replace")
    return len(head[:max_bytes].decode("utf-8", "ignore"))
