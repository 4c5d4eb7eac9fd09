"""Sensitive keys, told by their words and not by their characters.

A key is split into words (userEmail, user_email, User-Email, user.email and useremail are all "user email") and
redacted where some of them are a term of the vocabulary that no word beside it excuses: `newPassword` goes, and
`gen_ai.usage.input_tokens`, `session.id`, `author`, `username` and `password_policy_version` stay.

A word alone that means as many harmless things (`address`, `tokens`, `auth`) is left for its value to decide.

Cost: some 4 us for a key not seen before, and 4 us more for each word of it that is not known and not seen before; 3 ms
for the first key. The redactor keeps the verdicts. Linear in the length of the key.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from fnmatch import translate
from typing import Final, NamedTuple, Protocol

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy.keys.companions import companions_of
from clippy_otel.privacy.keys.lookalikes import has_foreign_term
from clippy_otel.privacy.keys.terms import no_term_in, term_at
from clippy_otel.privacy.keys.vocabulary import WHOLE
from clippy_otel.privacy.keys.words import other_words_of, parts_of, words_of

# A name is shorter; a longer key, and its value, is redacted: to split a megabyte into words takes its time.
MAX_KEY_CHARS: Final = 1024

_MAX_WORDS: Final = 64
_GLOB: Final = frozenset("*?[")
_DIGITS_TOLD: Final = re.compile(r"[0-9\[]|[^\x00-\x7f]")

# Identifiers of OpenTelemetry, joined. Where such a key holds anything else, it is scanned (see the redactor).
_SAFE: Final = frozenset({"traceid", "spanid", "parentspanid", "parentid"})
_WHOLE: Final = frozenset(term.replace("_", "") for term in WHOLE)
_USER_IDS: Final = (["user", "id"], ["user", "ids"])
_DIGIT: Final = re.compile(r"[0-9]")


class KeyVerdict(enum.Enum):
    """What a key says about its value.

    Attributes:
        SCAN: Nothing: the value is scanned.
        SAFE: It is an identifier of hexadecimal or decimal digits, which is not scanned; anything else is.
        REDACT: It is sensitive, with all that is below it.
        PSEUDONYM: It is the id of a user.
        KEEP: The user of this package has said to leave it, with all that is below it.
        PLACE: It is sensitive where the value is somebody's address, and no machine's.
        OPAQUE: It is sensitive where the value looks like a key or a token, and is no number, name or word.
        ACCESS: It is sensitive where the value is no block of settings, no state and no small number.
        LINE: It is sensitive where the value describes no telephone: its system, its model.
        RACE: It is sensitive where the value is a person's, and not the name of a contest.
    """

    SCAN = "scan"
    SAFE = "safe"
    REDACT = "redact"
    PSEUDONYM = "pseudonym"
    KEEP = "keep"
    PLACE = "place"
    OPAQUE = "opaque"
    ACCESS = "access"
    LINE = "line"
    RACE = "race"


# What the value decides (see `ambiguity`), and the keys, without separators, of which that is so.
BY_VALUE: Final = frozenset({KeyVerdict.PLACE, KeyVerdict.OPAQUE, KeyVerdict.ACCESS, KeyVerdict.LINE, KeyVerdict.RACE})
AMBIGUOUS: Final = {
    **dict.fromkeys(("address", "addresses", "addr", "addrs", "returnaddress"), KeyVerdict.PLACE),
    **dict.fromkeys(("tokens", "sig", "xsig", "vin"), KeyVerdict.OPAQUE),
    **dict.fromkeys(("auth", "xauth", "pass"), KeyVerdict.ACCESS),
    **dict.fromkeys(("phone", "phones", "mobile"), KeyVerdict.LINE),
    "race": KeyVerdict.RACE,
}
_NUMBERED: Final = (KeyVerdict.PLACE, KeyVerdict.LINE)
MOSTLY_HARMLESS: Final = (KeyVerdict.OPAQUE, KeyVerdict.RACE)
_SENSITIVE: Final = frozenset({KeyVerdict.REDACT, *BY_VALUE})
_WHOLE_KEYS: Final = frozenset({*AMBIGUOUS, *_WHOLE})
_NONE: Final[frozenset[str]] = frozenset()
_OF_TWO_WORDS: Final = frozenset({"returnaddress", "xauth", "xsig"})


class NameJudge(Protocol):
    """Says what names of fields mean: Keys, or what knows of more than fields."""

    @property
    def tells_digits(self) -> bool:
        """Whether a verdict can depend on which digits are in a name."""

    @property
    def added(self) -> tuple[str, ...] | None:
        """Words, joined, that make a name sensitive beside the built-in ones; None: patterns do too."""

    def verdict(self, key: str) -> KeyVerdict:
        """Judge one name."""

    def companions(self, word: str) -> frozenset[str] | None:
        """Return what has to be there beside a run of small ASCII letters where a name is sensitive by it."""


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
        self._longest = max((field.words for field in self._all()), default=0)

    @property
    def tells_digits(self) -> bool:
        """Whether a verdict can depend on which digits are in a key: a pattern names some, or a class of characters."""
        return any(field.pattern is not None and _DIGITS_TOLD.search(field.pattern.pattern) for field in self._all())

    @property
    def added(self) -> tuple[str, ...] | None:
        """Words, joined, that make a key sensitive beside the built-in ones; None: patterns do too."""
        if any(field.pattern is not None for field in self._redact):
            return None
        return tuple(field.joined for field in self._redact if not field.is_builtin)

    def companions(self, word: str) -> frozenset[str] | None:
        """Return the words of which one has to be there too where a key is sensitive by this one (see companions).

        Args:
            word: A run of small ASCII letters.
        """
        return _NONE if self._redact or self._keep or word in _WHOLE_KEYS else companions_of(word)

    def _all(self) -> tuple[_Field, ...]:
        return (*self._redact, *self._keep)

    def verdict(self, key: str) -> KeyVerdict:
        """Judge one key. Where it has more than 1,024 characters, its value is redacted."""
        if len(key) > MAX_KEY_CHARS:
            return KeyVerdict.REDACT
        words = words_of(key)
        if len(words) > _MAX_WORDS:
            return KeyVerdict.REDACT
        builtin = _builtin(key, words)
        if not self._redact and not self._keep:
            return builtin
        joined = _joined(words, self._longest)
        sensitive = builtin in _SENSITIVE
        if any(field.names(key, joined) and (sensitive or not field.is_builtin) for field in self._redact):
            return KeyVerdict.REDACT
        if any(field.names(key, joined) for field in self._keep):
            return KeyVerdict.KEEP
        return builtin


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
    return _Field("".join(words), len(words), None, is_builtin=_builtin(name, words) in _SENSITIVE)


def _joined(words: list[str], longest: int) -> set[str]:
    """Return all sequences of these words, up to the longest, without what separates them."""
    return {
        "".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + longest, len(words)) + 1)
    }


def _builtin(key: str, words: list[str]) -> KeyVerdict:
    """Judge a key by the vocabulary alone."""
    parts = parts_of(words)
    joined = "".join(words)
    is_whole = joined in _WHOLE_KEYS and _is_one_word(key, joined)
    doubt = AMBIGUOUS.get(joined) if is_whole else None
    if doubt is not None:  # what has a number is one of somebody's: address1, phone2
        return KeyVerdict.REDACT if doubt in _NUMBERED and _DIGIT.search(key) else doubt
    if is_whole or _is_sensitive(parts) or (not key.isascii() and has_foreign_term(key)):
        return KeyVerdict.REDACT
    others = other_words_of(key)
    if others is not None and _is_sensitive(parts_of(others)):
        return KeyVerdict.REDACT
    if joined in _SAFE:
        return KeyVerdict.SAFE
    # The last words say what it is (createdByUserId); process.user.id is the operating system's.
    if parts[-2:] in _USER_IDS and parts[0] != "process":
        return KeyVerdict.PSEUDONYM
    last = AMBIGUOUS.get(key.rpartition(".")[2].lower())  # session.tokens is what tokens are in a session
    return last if last in MOSTLY_HARMLESS else KeyVerdict.SCAN


def _is_one_word(key: str, joined: str) -> bool:
    """Say whether a key is written as one word, in whatever case: WhatsApp, but not "in_n"; and X-Auth too."""
    return joined in key.lower() or joined in _OF_TWO_WORDS or not key.isascii()


def _is_sensitive(words: list[str]) -> bool:
    """Say whether a term stands among these words that nothing excuses."""
    if no_term_in(words):
        return False
    behind = 0
    for start in range(len(words)):
        term = term_at(words, start) if start >= behind else None
        if term is None:
            continue
        beginning, end, kind = term
        if kind is None:
            behind = end
        elif not kind.is_excused(words[:beginning], words[end:]):
            return True
    return False
