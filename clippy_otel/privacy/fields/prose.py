"""What tells a value from the next word of a sentence: "password: hunter2", and not "password: required".

A word is told by its characters (digits among letters, capitals inside, signs), or by standing alone on its line, or in
a structure: between brackets and commas.
"""

from __future__ import annotations

import re
from typing import Final

from clippy_otel.privacy import stand_ins
from clippy_otel.privacy.fields import value_ends
from clippy_otel.privacy.fields.places import Place
from clippy_otel.privacy.fields.source_code import is_class
from clippy_otel.privacy.patterns import lazy

_MAX_CHARS: Final = 200
_LOOK_CHARS: Final = 64
_FEW_WORDS: Final = 2
_SURE_CHARS: Final = 8  # a token of a parser is shorter
_LEAST_DIGITS: Final = 3  # a PIN, not how many there are

_WORDS: Final = frozenset(
    """
    please must should cannot can could would may is are was were has have had be been not the a an to for of in at by
    with from and or but your you this that it its if when while because expected unexpected bad short long correct
    match needed given sent loaded matched saved exists refreshing reset resetting failing using use see try enter type
    sha1 sha256 sha384 sha512 md5 hs256 hs384 hs512 rs256 rs384 rs512 es256 es384 base64 base64url utf8 utf-8 x509
    bcrypt argon2 argon2id scrypt pbkdf2 aes aes256 rsa rsa2048 ed25519 http2 eof identifier keyword operator
    token-based internal external there here only no one any all some new old same different
    """.split()  # noqa: SIM905 - sixty quotes and commas would be read by nobody
)
_DISTINCT: Final = lazy(
    r"[a-z][A-Z]|[^\W\d_][^\W\d_]?[^A-Za-z]{0,2}\d|\d[^\W\d_]|(?=\D*\d|[^A-Za-z]*[A-Za-z])[@#$%^&*+=~!|]"
)
_MEASURE: Final = lazy(
    r"\d{1,4}(?:\.\d+)?(?:ns|us|ms|s|sec|m|min|h|hr|d|days?|b|kb|mb|gb|bytes|bits?|x|%)|v?\d+(?:\.\d+){1,3}"
    r"|\d{4}-\d\d-\d\d\S*|\d{1,2}:\d\d(?::\d\d)?\S*",
    re.IGNORECASE,
)
# A sentence about a field, as forms and validators write it.
_MESSAGE: Final = lazy(
    r"(?i)\b(?:required|must|invalid|cannot|can't|may not|should|at least|at most|too (?:short|long|weak|common)|is not"
    r"|not (?:be|found|valid|match\w*|provided|allowed)|does ?n[o']t|do ?n[o']t|expected|missing|please|enter"
    r"|(?:has|have) (?:been|already|expired)|already (?:exists|taken|in use)|incorrect|mismatch|forgot|characters"
    r"|minimum|maximum|field|wrong|failed|expires?|unexpected|default)\b"
)
_PARSERS: Final = lazy(r"(?i)(?:unexpected|unknown|illegal|invalid|expected|unrecognized|bad|next|missing|end of) $")
_GO_FIELD: Final = lazy(r" [A-Z]\w{0,40}:\S")
_SENTENCE_ENDS: Final = " \t.,;!\"')]}"


def is_word_of_prose(word: str) -> bool:
    """Say whether an unquoted word behind ": " is one that a sentence goes on with."""
    return word.lower() in _WORDS


def is_message(value: str) -> bool:
    """Say whether a quoted value is a sentence about the field."""
    return len(value) <= _MAX_CHARS and " " in value and _MESSAGE.search(value) is not None


def is_distinct(value: str) -> bool:
    """Say whether one unquoted word looks like no word of a sentence."""
    if value.isdigit():
        return len(value) >= _LEAST_DIGITS
    return _DISTINCT.search(value[:_MAX_CHARS]) is not None and _MEASURE.fullmatch(value) is None


def is_told(place: Place, start: int, end: int) -> bool:
    """Say whether one word behind "password: " in prose is a value."""
    value = place.text[start:end]
    behind = place.text[end : end + _LOOK_CHARS]
    rest = behind[: value_ends.line_end(behind, 0)].strip(_SENTENCE_ENDS)
    if (rest and is_class(value)) or (is_of_parser(place) and len(value) < _SURE_CHARS):
        return False
    if is_distinct(value):
        goes_on = rest[:1].isalpha() and rest[0].islower()  # "token: 1234 of 4096"
        return not (goes_on and value.isdigit() and not stand_ins.is_short_number(place.key))
    # A word right behind the colon may be anything: "auth:refresh".
    return not rest and not is_of_parser(place) and place.text[start - 1] != place.text[place.at] and _is_alone(place)


def is_of_parser(place: Place) -> bool:
    """Say whether a token is a parser's, not a secret: "unexpected token: }"."""
    if not place.key.lower().endswith("token"):
        return False
    return _PARSERS.search(place.text[max(0, place.start - 16) : place.start]) is not None


def is_in_structure(place: Place, end: int, *, has_space: bool) -> bool:
    """Say whether a field stands between brackets and commas: {user: bob, password: x}, {User:bob Password:x}.

    Args:
        place: Of the key.
        end: Of the value.
        has_space: Whether there is a space behind the separator.
    """
    text = place.text
    before = text[max(0, place.start - 8) : place.start].rstrip(" \t\"'\\")[-1:]
    behind = text[end : end + 1]
    if before == "," and has_space and text[place.at] == ":" and text[place.end : end].lstrip(": ").islower():
        head = text[max(0, place.start - _LOOK_CHARS) : place.start].replace(place.placeholder[:-1], "")
        if max(map(head.rfind, "{([")) < 0:
            return False  # a sentence: "password: too short, email: taken"
    if before and before in "{([,;|&":
        return behind == "" or behind in ",;|)}]&\r\n" or (not has_space and behind == " ")
    return not has_space and (behind == "}" or _GO_FIELD.match(text, end) is not None)


def _is_alone(place: Place) -> bool:
    """Say whether a key has no more than a word or two before it on its line."""
    text = place.text
    floor = max(0, place.start - _LOOK_CHARS)
    before = text[max(text.rfind("\n", floor, place.start) + 1, floor) : place.start]
    return len(before.split()) <= _FEW_WORDS and (not before or before[-1] in " \t\"'.-")
