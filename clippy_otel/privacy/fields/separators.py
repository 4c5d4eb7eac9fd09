r"""The separators of a text, each with the word in front of it: `key=`, `"key": `, `key => `, `key%3D`.

A text is looked at as bytes in which only the characters of names and separators are left, cut at the separators: so
each costs one split in C and one look-up. Escapes of other syntaxes are blanked out first, character for character, so
that all places stay what they are: `\n`, `&quot;`, `%3D`, colours of a terminal.

Cost: 0.7 us for a short text, 0.15 us for each separator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import attrgetter
from string import ascii_letters, digits
from typing import Final, NamedTuple

from clippy_otel.privacy.fields.field_keys import (
    BESIDE,
    LABEL,
    NAMING,
    NOTHING,
    QUERY,
    REST,
    SECRET,
    UNREAD,
    FieldKeys,
    has_value_name,
)
from clippy_otel.privacy.patterns import lazy

# As many words never seen before are judged in one text; those that come after them count as secrets.
_MAX_UNSEEN: Final = 400

_LETTERS: Final = lazy(rb"[A-Za-z]{2}")
_NO_NAME: Final = frozenset(b" =")
_SPACES: Final = frozenset(b" ")
_MAX_READ: Final = 2000  # words beyond ASCII in front of separators in one text; what comes after them is found
_MAX_PLACED: Final = 300  # of one word in one text: more values than are found, but they may stand in one another
_SPACE: Final = ord(" ")
_MAX_GAP_CHARS: Final = 40
_BEHIND_DIGITS: Final = ord("9") + 1  # "-" and "." come before them

_CODED: Final = lazy(
    r"%(?:25){0,3}(?:(?P<separator>3[AaDd])|2[0-9A-Fa-f]|3[BbCcEeFf]|5[BbDd]|7[BbDd]|0[AaDd])"
    r"|\\u00(?:(?P<unicode>3[aAdD])|2[0-9a-fA-F]|3[cCeE])|&(?:quot|amp|apos|\#3[49]|\#x2[27]);|\x1b\[[0-9;]{0,12}m"
)


def _table(kept: str) -> bytes:
    table = bytearray(b" " * 256)
    for character in f"{ascii_letters}{digits}_-.{kept}".encode():
        table[character] = character
    table[ord(":")] = table[ord("=")] = ord("=")
    return bytes(table)


def _looking(names: bytes) -> bytes:
    table = bytearray(names)
    for character in _ESCAPES:
        table[character] = _MARK
    return bytes(table)


_NAMES: Final = _table("")
# In a first look digits are all alike, where no key is told by them; what escapes begin with is marked.
_MARK: Final = 0
_MARKS: Final = bytes([_MARK])
_ESCAPES: Final = b"%\\&\x1b"
_ALIKE: Final = bytes.maketrans(digits.encode(), b"0" * len(digits))
_LOOKS: Final = {True: _looking(_NAMES), False: _looking(_ALIKE.translate(_NAMES))}
_NAMES_BEYOND_ASCII: Final = _table("?")  # which stands for what is not ASCII


class Separator(NamedTuple):
    """A separator behind a word that may be a name.

    Attributes:
        kind: Of the word, as field_keys tells it.
        start: Where the word begins.
        end: Where it ends.
        at: Where the separator is.
    """

    kind: int
    start: int
    end: int
    at: int


def separators(text: str, keys: FieldKeys) -> list[Separator]:
    """Return those separators of a text whose word is of some kind, from left to right."""
    if not text.isascii():
        flat = _flattened(text.replace("?", " ").replace("\uff1a", ":").replace("\uff1d", "="))  # full-width separators
        data = flat.encode("ascii", "replace").translate(_NAMES_BEYOND_ASCII)
        return _of_kinds(flat, data, _kinds(_words(data), keys, flat), keys)
    data = text.encode("ascii")
    looks = _LOOKS[keys.tells_digits]
    look = data.translate(looks)
    flat = text
    if _MARK in look:
        flat = _flattened(text)
        data = flat.encode("ascii")
        look = data.translate(looks).replace(_MARKS, b" ")
    segments = look.replace(b" =", b"=").split(b"=")  # the one space is the closing quote of a name
    del segments[-1]
    names = [segment.rpartition(b" ")[2] for segment in segments]
    if keys.passed.issuperset(names):  # most texts end here
        return []
    words = _unpassed(segments, names, text, keys)
    if not words:
        return []
    if b"" in words or any(b"0" in word for word in words):  # they do not stand in the text as they are here
        labels = set() if b"" in words else words.symmetric_difference(names).difference(keys.passed)
        kinds = _kinds(_words(data.translate(_NAMES)) - labels, keys, flat)
    else:
        kinds = _kinds(words, keys, flat)
        if any(keys.seen.get(word) is NAMING for word in words):  # those that have passed may have values to name
            kinds = _kinds(words | {name for name in names if keys.seen.get(name, BESIDE) is BESIDE}, keys, flat)
    if not kinds:
        keys.let_pass(words)
    return _of_kinds(flat, data.translate(_NAMES), kinds, keys) if kinds else []


def passes(text: str, keys: FieldKeys) -> bool:
    """Say whether each word in front of a separator is known to be of no kind; an ASCII text without escapes."""
    segments = text.encode("ascii").translate(_LOOKS[keys.tells_digits]).split(b"=")[:-1]
    segments = [segment for segment in map(bytes.rstrip, segments) if segment]
    names = [segment.rpartition(b" ")[2] for segment in segments]
    return keys.passed.issuperset(names) or not _unpassed(segments, names, text, keys)


def _unpassed(segments: list[bytes], names: list[bytes], text: str, keys: FieldKeys) -> set[bytes]:
    """Return the words that have not passed, save those that only end names of several words here, of no kind."""
    words = set(names).difference(keys.passed)
    labels = {word for word in words if _may_be_label(keys.seen.get(word, NOTHING), names, text)}
    if labels:
        for segment, name in zip(segments, names, strict=True):
            if name in labels and not keys.is_harmless_label(segment):
                labels.discard(name)
                if not labels:
                    break
    return words - labels


def _may_be_label(kind: int, names: list[bytes], text: str) -> bool:
    """Say whether a word of a kind can only be the last one of a name here."""
    if kind not in (LABEL, NAMING, QUERY) or "?" in text or "&" in text or "#" in text or ";" in text:
        return False  # in the query of a URL it may be a secret's by itself
    return kind is not NAMING or not (has_value_name(names) or "form-data" in text or "</" in text)


def _of_kinds(flat: str, data: bytes, kinds: dict[bytes, int], keys: FieldKeys) -> list[Separator]:
    return sorted(_placed(flat, data, kinds, keys), key=_at) if kinds else []


def _flattened(text: str) -> str:
    """Return a text of the same length in which escapes are spaces, and coded separators real ones."""
    is_coded = "%" in text or "\x1b" in text
    if "\\" in text:
        text = text.replace("\\n", "  ").replace("\\r", "  ").replace("\\t", "  ")
        is_coded = is_coded or "\\u00" in text
    if is_coded or ("&" in text and ("&quot;" in text or "&#" in text)):
        text = _CODED.sub(_blank, text)
    return text


_at: Final = attrgetter("at")


def _words(data: bytes) -> set[bytes]:
    """Return the words in front of separators."""
    return {words[-1] for segment in data.split(b"=")[:-1] if (words := segment.rsplit(None, 1))}


def _kinds(words: set[bytes], keys: FieldKeys, flat: str) -> dict[bytes, int]:
    """Return those of the words in front of separators that are of some kind, with their kinds."""
    kinds: dict[bytes, int] = {}
    has_values = False
    unseen = 0
    for word in words:
        kind = keys.seen.get(word)
        if kind is None:
            if word[0] < _BEHIND_DIGITS and not _LETTERS.search(word):
                continue  # of a number, a time, an address
            unseen += 1
            kind = keys.judge(word) if unseen <= _MAX_UNSEEN else SECRET
        if kind is BESIDE:
            has_values = True
        elif kind is not NOTHING:
            kinds[word] = kind
    if NAMING in kinds.values() and not (has_values or "form-data" in flat or "</" in flat):
        # Nothing has a value to name; but "API key" is still a label.
        kinds = {word: LABEL if kind is NAMING else kind for word, kind in kinds.items()}
    return kinds


def words_before(part: str) -> Iterator[tuple[str, int, int]]:
    """Find the words in front of the separators in a part of a text: each with the places of its end and of those."""
    end = 0
    for segment in part.encode("ascii", "replace").translate(_NAMES_BEYOND_ASCII).split(b"=")[:-1]:
        words = segment.rsplit(None, 1)
        if words:
            yield words[-1].decode("ascii"), end + len(segment.rstrip()), end + len(segment)
        end += len(segment) + 1


def _placed(flat: str, data: bytes, kinds: dict[bytes, int], keys: FieldKeys) -> Iterator[Separator]:
    for word, kind in kinds.items():
        harmless: set[str] = set()
        reads = placed = 0
        before = _NO_NAME if kind not in (LABEL, QUERY) else _SPACES  # of these, what stands before them tells more
        start = data.find(word)
        while start >= 0:
            end = start + len(word)
            # A label has a word before it: two spaces were quotes or brackets.
            if start == 0 or (data[start - 1] in before and (kind is not LABEL or data[start - 2] != _SPACE)):
                behind = data[end : end + _MAX_GAP_CHARS].lstrip(b" ")
                if behind[:1] == b"=":
                    read = kind
                    if kind is UNREAD:
                        reads += 1
                        read = _read(flat[start:end], harmless, keys) if reads <= _MAX_READ else REST
                    if read is not NOTHING:
                        placed += 1
                        read = read if placed <= _MAX_PLACED else REST
                        yield Separator(read, start, end, min(len(data), end + _MAX_GAP_CHARS) - len(behind))
                    if read is REST:
                        break
            start = data.find(word, end)


def _read(word: str, harmless: set[str], keys: FieldKeys) -> int:
    """Return the kind of a word beyond ASCII: many have the same bytes."""
    if word in harmless:
        return NOTHING
    kind = keys.kind_of_name(word) if len(harmless) <= _MAX_UNSEEN else SECRET
    if kind is NOTHING:
        harmless.add(word)
    return kind


def _blank(match: re.Match[str]) -> str:
    is_separator = match["separator"] or match["unicode"]
    return ("=" if is_separator else " ").ljust(match.end() - match.start())
