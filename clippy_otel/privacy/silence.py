"""Clean texts that are known by what they are like: lines of a log differ in little but numbers and ids.

Kept is a text with "0" for its digits and a mark for its ids, where it is known that nothing would be found with any
others in their places: each finder that would look at it says so (`is_silent`). An id is a UUID, or the 32 hexadecimal
digits of a trace id, where no number is beside it that it could be a part of. Kept is too what a replacement has left
of a line, as it is.

Guarantee: bounded tables, of short texts in which nothing was found; no lock.
Cost: 0.3 us for a text that is known, and 0.5 us more where that may be by an id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.recogniser import Finder, ascii_of
from clippy_otel.turns import one_in

ZEROS: Final = bytes.maketrans(b"0123456789", b"0" * 10)
_MAX_KNOWN: Final = 1024
_MAX_CHARS: Final = 128
_LEARN_EVERY: Final = 4  # of the clean texts: what comes often is known soon

# In a text with zeros for its digits.
_ID: Final = lazy(
    rb"(?<![0-9A-Za-z_.|/+%\\~@-])(?<!0.)(?<!0..)(?<!0...)"
    rb"(?:[0a-f]{32}|[0a-fA-F]{8}-(?:[0a-fA-F]{4}-){3}[0a-fA-F]{12})"
    rb"(?![0-9A-Za-z_.@%+~-])(?!.{1,3}0)"
)
_MIN_CHARS_OF_IDS: Final = 32
# Most texts have no eight such digits in a row: to see that takes a fifth of the time.
_HEX: Final = bytes(ord("x" if chr(byte) in "0abcdefABCDEF" else " ") for byte in range(256))
_EIGHT_HEX: Final = b"x" * 8
_NUL: Final = b"\x00"
_MARK: Final = _NUL + b"id"  # which a text may have in it as well: it is not told by ids then


def with_zeros(data: bytes) -> bytes:
    """Return a text with "0" for each of its digits; the same object where that changes nothing.

    Args:
        data: Its ascii_of().
    """
    return data.translate(ZEROS)


class Silence:
    """Know clean texts by what they are like.

    Args:
        asked: Returns the finders that have to look at a text, whatever digits are in it.

    Attributes:
        known: Clean texts with zeros for their digits; of ASCII, as those that are like one of them have to be.
    """

    __slots__ = ("_asked", "_is_turn", "_known_by_ids", "_left", "known")

    def __init__(self, asked: Callable[[str], Iterable[Finder]]) -> None:
        self._asked = asked
        self.known: set[bytes] = set()
        self._known_by_ids: set[bytes] = set()
        self._left: set[str] = set()
        self._is_turn = one_in(_LEARN_EVERY)

    def knows(self, text: str, zeros: bytes) -> bool:
        """Say whether a text with digits is like one that was clean.

        Args:
            text: Any.
            zeros: Its with_zeros().
        """
        if zeros in self.known:
            return text.isascii()
        if not _MIN_CHARS_OF_IDS <= len(zeros) <= _MAX_CHARS or _EIGHT_HEX not in zeros.translate(_HEX):
            return False
        return _NUL not in zeros and _ID.sub(_MARK, zeros) in self._known_by_ids and text.isascii()

    def learn(self, text: str, zeros: bytes) -> None:
        """Learn from a clean text with digits, one time in four.

        Args:
            text: Any.
            zeros: Its with_zeros().
        """
        if not self._is_turn() or len(zeros) > _MAX_CHARS or not text.isascii():
            return
        if not self.is_silent(_without(text, [match.span() for match in _ID.finditer(zeros)])):
            return
        key = _ID.sub(_MARK, zeros)
        known = self.known if key == zeros else self._known_by_ids
        if len(known) >= _MAX_KNOWN:
            known.clear()
        if known is self.known or _NUL not in zeros:
            known.add(key)

    def is_silent(self, text: str) -> bool:
        """Say whether nothing would be found in an ASCII text with any other digits in the places of its own."""
        for finder in self._asked(text):
            is_silent: Callable[[str], bool] | None = getattr(finder, "is_silent", None)
            if is_silent is None or not is_silent(text):
                return False
        return True

    def knows_left(self, text: str) -> bool:
        """Say whether a text, or one like it, was left by a replacement before, with nothing else in it."""
        if len(text) > _MAX_CHARS:
            return False
        if text in self._left:
            return True
        zeros = _zeros_of(text)
        return zeros is not None and self.knows(text, zeros)

    def leave(self, texts: Iterable[str]) -> None:
        """Learn from texts in which something was replaced, and nothing else was found."""
        for text in texts:
            if len(text) <= _MAX_CHARS:
                if len(self._left) >= _MAX_KNOWN:
                    self._left.clear()
                self._left.add(text)
                zeros = _zeros_of(text)
                if zeros is not None:
                    self.learn(text, zeros)


def _zeros_of(text: str) -> bytes | None:
    """Return a text with "0" for each of its digits, None for one without."""
    data = ascii_of(text)
    zeros = with_zeros(data)
    return None if zeros is data and b"0" not in data else zeros


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text with one digit in place of each span."""
    parts: list[str] = []
    position = 0
    for start, end in spans:
        parts += text[position:start], "0"
        position = end
    return "".join((*parts, text[position:]))
