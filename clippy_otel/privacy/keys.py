"""Sensitive keys, told by their words and not by their characters.

A key is split into words (userEmail, user_email, User-Email, user.email are all "user email") and redacted where its
words, or several of them joined, are a term of the vocabulary that no word beside it excuses: `newPassword` goes, and
`gen_ai.usage.input_tokens`, `session.id`, `author`, `username` and `password_policy_version` stay.

Cost: some 5 us for a key not seen before; the redactor keeps the verdicts.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from typing import Final, NamedTuple

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy import vocabulary

# A name is shorter; a longer key, and its value, is redacted: to split a megabyte into words takes its time.
MAX_KEY_CHARS: Final = 1024

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_MAX_JOINED: Final = 4  # words of the longest term: date of birth, national insurance number
_MAX_WORDS: Final = 64
_GLOB: Final = frozenset("*?[")

# Identifiers of OpenTelemetry, joined. Where such a key holds anything else, it is scanned (see the redactor).
_SAFE: Final = frozenset({"traceid", "spanid", "parentspanid", "parentid"})
_USER_IDS: Final = frozenset({"userid", "userids", "enduserid", "enduserids"})


class KeyVerdict(enum.Enum):
    """What a key says about its value.

    Attributes:
        SCAN: Nothing: the value is scanned.
        SAFE: It is an identifier of hexadecimal or decimal digits, which is not scanned; anything else is.
        REDACT: It is sensitive, with all that is below it.
        PSEUDONYM: It is the id of a user.
        KEEP: The user of this package has said to leave it, with all that is below it.
    """

    SCAN = "scan"
    SAFE = "safe"
    REDACT = "redact"
    PSEUDONYM = "pseudonym"
    KEEP = "keep"


class Keys:
    """Judge keys by the built-in vocabulary and by the fields that the user names.

    A field is a sequence of whole words, however they are written ("internalNote" means `internal_note` too), or, with
    any of `*?[` in it, an fnmatch pattern for the whole key; case never counts. On one key redact_fields win over
    keep_fields, and keep_fields over what is built in. A field of redact_fields that is sensitive anyway adds nothing
    but this precedence: its built-in exceptions hold ("token" does not reach `token_count`).

    Args:
        redact_fields: Keys whose values are sensitive beside the built-in ones.
        keep_fields: Keys whose values are left as they are.

    Raises:
        ConfigurationError: A field is not a str, or has no word in it.
    """

    __slots__ = ("_keep", "_longest", "_redact")

    def __init__(self, redact_fields: Iterable[str] = (), keep_fields: Iterable[str] = ()) -> None:
        self._redact = _fields("redact_fields", redact_fields)
        self._keep = _fields("keep_fields", keep_fields)
        self._longest = max((field.words for field in (*self._redact, *self._keep)), default=0)

    def verdict(self, key: str) -> KeyVerdict:
        """Judge one key. Where it has more than 1,024 characters, its value is redacted."""
        if len(key) > MAX_KEY_CHARS:
            return KeyVerdict.REDACT
        words = words_of(key)
        if len(words) > _MAX_WORDS:
            return KeyVerdict.REDACT
        builtin = _builtin(words)
        joined = _joined(words, self._longest)
        sensitive = builtin is KeyVerdict.REDACT
        if any(field.names(key, joined) and (sensitive or not field.is_builtin) for field in self._redact):
            return KeyVerdict.REDACT
        if any(field.names(key, joined) for field in self._keep):
            return KeyVerdict.KEEP
        return builtin


def words_of(key: str) -> list[str]:
    """Split a key into its words, in lower case; digits and separators are none."""
    if not key.isascii():
        import unicodedata  # noqa: PLC0415 - a megabyte of tables, for who has such keys

        # Full-width letters are the same word, and so are accented ones.
        key = "".join(c for c in unicodedata.normalize("NFKD", key) if not unicodedata.combining(c))
    return [word.lower() for word in _WORD.findall(key)]


class _Field(NamedTuple):
    """One entry of redact_fields or keep_fields: words without what separates them, or a pattern."""

    joined: str
    words: int
    pattern: re.Pattern[str] | None
    is_builtin: bool

    def names(self, key: str, joined: set[str]) -> bool:
        if self.pattern is not None:
            return self.pattern.match(key) is not None
        return self.joined in joined


def _fields(setting: str, names: Iterable[object]) -> tuple[_Field, ...]:
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        raise ConfigurationError(f"{setting}: a sequence of field names is allowed, not one text")
    return tuple(_field(setting, name) for name in names)


def _field(setting: str, name: object) -> _Field:
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_KEY_CHARS:
        raise ConfigurationError(f"{setting}: each field is a name, or an fnmatch pattern, of 1 to 1,024 characters")
    words = words_of(name)
    if not words or not _GLOB.isdisjoint(name):  # a name without a letter is a pattern without a wildcard
        return _Field("", 0, re.compile(translate(name), re.IGNORECASE), is_builtin=False)
    return _Field("".join(words), len(words), None, is_builtin=_builtin(words) is KeyVerdict.REDACT)


def _joined(words: list[str], longest: int) -> set[str]:
    """Return all sequences of these words, up to the longest, without what separates them."""
    return {
        "".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + longest, len(words)) + 1)
    }


def _builtin(words: list[str]) -> KeyVerdict:
    if any(_is_sensitive(words, start, end) for start, end in _terms(words)):
        return KeyVerdict.REDACT
    whole = "".join(words)
    if whole in _SAFE:
        return KeyVerdict.SAFE
    # The last words say what it is (createdByUserId); process.user.id is the operating system's.
    if words and words[0] != "process" and not _USER_IDS.isdisjoint(_joined_ends(words)):
        return KeyVerdict.PSEUDONYM
    return KeyVerdict.SCAN


def _joined_ends(words: list[str]) -> set[str]:
    return {"".join(words[-count:]) for count in range(1, 4)}


def _terms(words: list[str]) -> Iterator[tuple[int, int]]:
    """Find where terms stand among the words: the longest at each place, and all places."""
    for start, word in enumerate(words):
        for end in range(min(start + _MAX_JOINED, len(words)), start, -1):
            joined = "".join(words[start:end])
            if joined in vocabulary.SECRETS or joined in vocabulary.CONTACTS:
                yield start, end
                break
        else:
            if word.endswith(vocabulary.COMPOUND_ENDS) or word.startswith(vocabulary.COMPOUND_BEGINNINGS):
                yield start, start + 1


def _is_sensitive(words: list[str], start: int, end: int) -> bool:
    """Say whether the term at words[start:end] is left without an excuse."""
    term, before, after = "".join(words[start:end]), words[:start], words[end:]
    beginning, rest = _parts(term)
    before, after = [*before, *beginning], [*rest, *after]
    facts = vocabulary.FACTS
    if term in vocabulary.CONTACTS:
        facts = facts | vocabulary.CONTACT_FACTS
    if before and before[-1] in vocabulary.QUESTIONS:
        return False
    if after and (after[0] in facts or after[-1] in facts or after[-1] in vocabulary.LAST_FACTS):
        return False
    return not (term.endswith("token") and _is_model_token(before, after))


def _parts(term: str) -> tuple[list[str], list[str]]:
    """Split what a compound has before and after the term in it: maxtoken, passwordhash."""
    if term in vocabulary.SECRETS or term in vocabulary.CONTACTS:
        return [], []
    for known in vocabulary.COMPOUND_BEGINNINGS:
        if term.startswith(known):
            return [], [term[len(known) :]]
    known = next(known for known in vocabulary.COMPOUND_ENDS if term.endswith(known))
    return [term[: -len(known)]], []


def _is_model_token(before: list[str], after: list[str]) -> bool:
    if before and before[-1] in vocabulary.MODEL_TOKENS_BEFORE:
        return True
    return bool(after) and after[0] in vocabulary.MODEL_TOKENS_AFTER
