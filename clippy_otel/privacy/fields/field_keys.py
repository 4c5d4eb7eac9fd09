"""What the word in front of a separator is, for a finder of fields in texts: a secret's name, a person's, or nothing.

The redactor's verdicts on keys decide. A contact (a name, an address, a phone number) is told from a secret, because
prose has "address: " and "name: " everywhere: in a text it counts only where the value is quoted or structured.

Cost: one look-up in a dictionary for a word seen before, a verdict for a new one. The table is bounded, and keeps no
word that may be more than a name (long ones, and those with many digits).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from string import ascii_lowercase
from typing import Final

from clippy_otel.privacy.keys.judging import BY_VALUE, MOSTLY_HARMLESS, KeyVerdict, NameJudge
from clippy_otel.privacy.naming import NAME_KEYS, VALUE_KEYS, folded
from clippy_otel.privacy.patterns import lazy

NOTHING: Final = 0
SECRET: Final = 1
CONTACT: Final = 2
LABEL: Final = 3  # may end a name of several words: API key, account number
NAMING: Final = 4  # what stands beside it is a key: {"name": "password", "value": ...}
QUERY: Final = 5  # a secret's name in the query of a URL only
UNREAD: Final = 6  # has letters beyond ASCII, which the look at bytes cannot tell

REST: Final = 9  # from here on there are too many
DOUBT: Final = 8  # a secret's name, where its value looks like one

BESIDE: Final = 7  # holds the value of what stands beside it

_MAX_SEEN: Final = 2048
_MAX_SEEN_CHARS: Final = 40
_MAX_DOUBTS: Final = 256
_MAX_SEEN_DIGITS: Final = 3
_MAX_PASSED_AT_ONCE: Final = 256
_MAX_CHARS: Final = 128  # a longer word is data, not a name
_MAX_LABEL_WORDS: Final = 2
_MAX_LABEL_CHARS: Final = 48

LABELS: Final = frozenset(
    {
        *("key", "keys", "number", "numbers", "no", "num", "code", "codes", "phrase", "string", "is", "value", "hash"),
        *("name", "address"),
    }
)
QUERIES: Final = frozenset(
    {"key", "sig", "signature", "code", "auth", "ticket", "hmac", "sid", "x-amz-signature", "x-amz-credential"}
)

# Beside the vocabulary of keys: in a text `pass=` is no verb, and what people write to people is in their language.
WORDS: Final = frozenset(
    """
    pass psw pswd passwort kennwort losungswort senha contrasena contraseña clave motdepasse mdp wachtwoord lösenord
    losenord salasana haslo hasło heslo jelszo jelszó parola sifre şifre пароль лозинка κωδικός 密码 密碼 口令 暗証番号
    パスワード 비밀번호 암호
    """.split()  # noqa: SIM905 - thirty quotes and commas would be read by nobody
)

# Of names that no verdict is about: the kind. What stands further down counts more.
_SPECIAL: Final = {
    **dict.fromkeys(LABELS - VALUE_KEYS, LABEL),
    **dict.fromkeys(QUERIES, QUERY),
    **dict.fromkeys(NAME_KEYS, NAMING),
    **dict.fromkeys(WORDS, SECRET),
}
# What makes a field of a text sensitive, though no key by itself.
_HEEDED: Final = frozenset({*WORDS, *QUERIES, "identified"})
_CURL: Final = "curl"  # the end of a word, too
_SMALL_LETTERS: Final = bytes(byte if byte in ascii_lowercase.encode() else ord(" ") for byte in range(256))
_SPECIAL_NAMES: Final = frozenset(
    name.replace("-", "").encode("ascii") for name in (*_SPECIAL, *VALUE_KEYS) if name.isascii()
)
_VALUE_NAMES: Final = frozenset(name.encode("ascii") for name in VALUE_KEYS)
_SCAN: Final = KeyVerdict.SCAN

_DIGITS: Final = b"0123456789"
_LONG_LETTERS: Final = lazy(rb"[A-Za-z]{4}")
_LETTERS: Final = lazy(rb"[A-Za-z]{2}")
_NON_NAME: Final = lazy(r"^[\W\d_]+|[\W_]+$")
_SOME_DIGIT: Final = lazy(r"[0-9]")
_PLAIN_WORDS: Final = lazy(r"[A-Za-z]{1,24}")
_STRONG: Final = lazy(r"pass(?!port)|pwd|secret|token|key|cred|auth|cookie|hash|bearer|jwt|otp|cvv|pin(?!g)")
_CONTACT: Final = lazy(
    r"mail|phone|fax|tel|mobile|cell|msisdn|name|addr|street|city|zip|postal|postcode|birth|dob|gender|holder|person"
    r"|contact|country|nationality|religion|ethnic|latitude|longitude|location"
)
_COUNTED: Final = frozenset({"token", "tokens"})


def label_at(text: str, start: int, end: int) -> str:
    """Return the name of several words, the last of which stands here: "API key", "password is"; "" for none."""
    floor = max(text.rfind("\n", max(0, start - _MAX_LABEL_CHARS), start) + 1, start - _MAX_LABEL_CHARS)
    last = text[start:end]
    words = text[max(0, floor) : start].split(" ")[:-1]
    if floor > 0 and not text[floor - 1].isspace():
        del words[:1]  # the end of a longer one
    before: list[str] = []
    for word in reversed(words):
        if len(before) == _MAX_LABEL_WORDS or not _PLAIN_WORDS.fullmatch(word):
            break
        before.insert(0, word)
    if last.lower() == "is":
        return before[-1] if before else ""
    return "_".join([*before, last]) if before else ""


def has_value_name(words: list[bytes]) -> bool:
    """Say whether one of these words can be the name of what holds a value: "value", "old", "rawValue"."""
    folded_words = b" ".join(words).replace(b"_", b"").replace(b"-", b"").lower().split(b" ")
    return not _VALUE_NAMES.isdisjoint(folded_words)


def _digits_in(word: bytes) -> int:
    return len(word) - len(word.translate(None, _DIGITS))


class FieldKeys:
    """Tell what words in front of separators are.

    Args:
        names: What a redactor says of the names of fields.

    Attributes:
        seen: Kinds of the words seen before, as ASCII bytes.
        passed: Words of texts in which no word was of any kind; where digits are not told, with "0" for each.
        tells_digits: Whether what a word is can depend on which digits are in it.
    """

    __slots__ = ("_doubts", "_harmless", "_labels", "_names", "_unkept", "_verdict", "passed", "seen", "tells_digits")

    def __init__(self, names: NameJudge) -> None:
        self._names = names
        self._verdict = names.verdict
        self.tells_digits = names.tells_digits
        self.seen: dict[bytes, int] = {}
        self.passed: set[bytes] = set()
        self._doubts: dict[str, KeyVerdict] = {}
        self._harmless: set[bytes] = set()
        self._labels: set[bytes] = set()  # the last words before a separator that are no name together
        self._unkept: set[int] = set()  # harmless words that may be more than names, by their hashes

    def companions(self, word: str) -> frozenset[str] | None:
        """Return what has to be there beside a run of small ASCII letters where a field is sensitive by it."""
        return frozenset() if word in _HEEDED or _CURL in word else self._names.companions(word)

    def judge(self, word: bytes) -> int:
        """Return the kind of a word that is not in the table; in it "?" stands for what is not ASCII."""
        if b"?" in word:
            return UNREAD
        if word.islower() and self._is_of_harmless_words(word):
            return self._remembered(word, NOTHING)
        if len(word) > _MAX_CHARS or not _LETTERS.search(word):
            return self._remembered(word, NOTHING)
        if _digits_in(word) > _MAX_SEEN_DIGITS and not _LONG_LETTERS.search(word):
            return NOTHING  # an id, a time
        if hash(word) in self._unkept:
            return NOTHING
        return self._remembered(word, self._kind(word.decode("ascii")))

    def _is_of_harmless_words(self, word: bytes) -> bool:
        """Say whether a name in small letters is made of words that are in no name of any kind.

        Names with something of their own in them (`checkout-x2kqv.worker`) are never the same twice; their words are.
        """
        parts = word.translate(_SMALL_LETTERS).split()
        if not self._harmless.issuperset(parts):
            new = [part for part in parts if part not in self._harmless]
            if any(len(part) > _MAX_SEEN_CHARS or self._may_mean(part) for part in new):
                return False
            if len(self._harmless) >= _MAX_SEEN:
                self._harmless.clear()
            self._harmless.update(new)
        return b"".join(parts) not in _SPECIAL_NAMES

    def _may_mean(self, part: bytes) -> bool:
        return part in _SPECIAL_NAMES or self.companions(part.decode("ascii")) is not None

    def let_pass(self, words: Iterable[bytes]) -> None:
        """Keep the words of a text in which none is of any kind."""
        if len(self.passed) >= _MAX_SEEN:
            self.passed.clear()
        for word in islice(words, _MAX_PASSED_AT_ONCE):
            if 0 < len(word) <= _MAX_SEEN_CHARS:
                self.passed.add(word)

    def _remembered(self, word: bytes, kind: int) -> int:
        if len(word) <= _MAX_SEEN_CHARS and _digits_in(word) <= _MAX_SEEN_DIGITS:
            if len(self.seen) >= _MAX_SEEN:
                self.seen.clear()
            self.seen[word] = kind
        elif kind is NOTHING:
            if len(self._unkept) >= _MAX_SEEN:
                self._unkept.clear()
            self._unkept.add(hash(word))
        return kind

    def knows(self, name: str) -> bool:
        """Say whether a name is in the table."""
        return name.encode("utf-8", "replace") in self.seen

    def kind_of_name(self, name: str) -> int:
        """Return SECRET, CONTACT or NOTHING for a name that stands alone."""
        if not name or len(name) > _MAX_CHARS:
            return NOTHING
        word = name.encode("utf-8", "replace")
        kind = self.seen.get(word, -1)
        if kind < 0:
            kind = self._remembered(word, self._kind(name))
        return kind if kind in (SECRET, CONTACT) else NOTHING

    def is_harmless_label(self, before: bytes) -> bool:
        """Say whether the last words of what stands before a separator are no name together, in whatever number.

        Args:
            before: Characters of names, and spaces for all others.
        """
        *others, last = before.rsplit(b" ", _MAX_LABEL_WORDS + 1)[-_MAX_LABEL_WORDS - 1 :]
        tail = b" ".join((*others, last))
        if tail in self._labels:
            return True
        names = [b" ".join((*others[at:], last)).decode("ascii") for at in range(len(others))]
        if any(self.kind_of_name(label_at(name, len(name) - len(last), len(name))) for name in names):
            return False
        if len(tail) <= _MAX_LABEL_CHARS:
            if len(self._labels) >= _MAX_SEEN:
                self._labels.clear()
            self._labels.add(tail)
        return True

    def is_counted(self, text: str, start: int, key: str) -> bool:
        """Say whether "token" is one of a language model's or of a list's pages here: "next page token", "max tokens".

        In prose the words before it are not a part of the key.
        """
        if key.lower() not in _COUNTED or text[start - 1 : start] != " ":
            return False
        words = text[max(0, start - 32) : start - 1].split(" ")[-2:]
        names = ["_".join([*words[first:], key]) for first in range(len(words))]
        return any(_PLAIN_WORDS.match(name) and self.kind_of_name(name) is NOTHING for name in names)

    def doubt(self, name: str) -> KeyVerdict | None:
        """Return the verdict on an ambiguous name, for its value to decide; None: it is sensitive, whatever that is."""
        if len(name) > _MAX_SEEN_CHARS or not self._doubts:
            return None
        return self._doubts.get(_SOME_DIGIT.sub("0", name.lower()))

    def _is_doubt(self, word: str, verdict: KeyVerdict) -> bool:
        """Keep an ambiguous word for doubt(), and say whether it is mostly harmless."""
        if len(self._doubts) >= _MAX_DOUBTS:
            self._doubts.clear()  # what was in it is sensitive from now on, whatever the value
        self._doubts[_SOME_DIGIT.sub("0", word.lower())] = verdict
        return verdict in MOSTLY_HARMLESS

    def _kind(self, word: str) -> int:
        name = word if word[0].isalpha() and word[-1].isalnum() else _NON_NAME.sub("", word)
        lower = name.lower()
        verdict = self._verdict(name)
        if verdict is not _SCAN:  # by far the most; to look for one of an enumeration in a set takes longer
            if verdict in BY_VALUE and self._is_doubt(word, verdict):
                return DOUBT
            if verdict in BY_VALUE or verdict is KeyVerdict.REDACT:
                return CONTACT if _CONTACT.search(lower) and not _STRONG.search(lower) else SECRET
        special = _SPECIAL.get(lower)
        if special is not None:
            return special
        return BESIDE if folded(name) in VALUE_KEYS else NOTHING
