"""The texts that redaction is timed on: messages as applications write them, none seen before, and hostile ones.

The clean ones have what clean messages have: colons, equals signs, slashes, dots, ids and times. Most are of words that
other messages have too, as those of an application are; in one set, and in the long ones, each line without digits has a
word that no other has. Each is of its size to the character, so that figures of one set belong to one size.
"""

from __future__ import annotations

import itertools
import random
import uuid
from typing import Final

SHORT_CHARS: Final = 60
LONG_CHARS: Final = 2_000
HOSTILE_CHARS: Final = 20_000

_WITH_DIGITS: Final = (
    "GET /api/v2/orders/{n}/items?page=3 -> 200 in {ms} ms, 1432 bytes",
    "order {n} shipped from warehouse 12 at 2024-05-11T09:{mm}:07Z via ups",
    'level=info msg="job finished" job={n} duration={ms}ms attempt=1 ok',
    "cache miss: key=product:{n}:de ttl=3600 node=cache-03.internal:6379",
    "trace_id={trace} sampled=1 path=/v1/chat status=200",
    "worker 7 took task {n} from queue 'thumbnails', 41 left, eta 12.5s",
    "upstream 10.4.{mm}.17:8080 answered 503 for /items/{n}, try 2 of 5",
    "INFO 2024-05-11 14:{mm}:01,482 views: rendered {n} in {ms} ms, 200 ok",
    "SELECT * FROM orders WHERE id = {n} AND status IN (1, 2) LIMIT 20 ;",
    "batch {n}: 1200 rows in 0.{ms} s, 3 retries, version 4.12.1-rc.2 ok",
    "request {uuid} done: 200",
    "gen_ai call {n}: input_tokens={ms} output_tokens=118 model=small-2",
)
_WITHOUT_DIGITS: Final = (
    "The {a} of the {b} took longer than expected: retrying it once more",
    'level=warn msg="{a} is slow" component={b} action=retry state=open now',
    "user opened the {a} page and changed the {b} filter to: newest first",
    "{a}.{b}.service: state=running, health=ok, region=eu-west, tier=free",
    "could not load /srv/app/{a}/{b}/config.yaml: no such file or directory",
    "feature {a}/{b} is on for: beta testers, staff, early access customers",
    "connection to {a}.{b}.internal lost: Broken pipe, will try again later",
    "event={a}.{b} result=accepted source=button page=/settings/profile/edit",
    "The {a} was moved to the {b} and its readers were told about it by now",
    "No {a} matches the filter, so the {b} starts with an empty page today",
    "{a} and {b} finished in time, nothing is left to do for the night run",
)
_WORDS: Final = (
    "order cart search billing catalog basket worker gateway report export import profile upload webhook metrics ingest replica "
    "summary voice chat history layout thumbnail scheduler document answer prompt context feedback experiment"
).split()
_PERSONAL: Final = (
    "mail from anna.{n}@example.com about her refund",
    "card 4111 1111 1111 1111 was declined for {n}",
    "call +1 415 555 2671 after {mm} minutes",
    "login failed: user=sam password=hunter{n}",
    "Authorization: Bearer q7Zt4vBx{trace}",
)
_PERSONAL_EVERY: Final = 6  # pieces

HOSTILE: Final = tuple(
    (piece * (HOSTILE_CHARS // len(piece) + 1))[:HOSTILE_CHARS]
    for piece in (
        "a", "0", "1 ", "-", "=", ":", '"', "'", "\\", "[", "(", "{", "<", "%40", "@", "+", ".", "/", " ", "\n", "e.", "a@", "a@b.", "@a.b",
        "a.a@", "4111 ", "4111-", "4111111111111111 ", "+1 ", "+49 ", "(415) ", "415-555-", "000-00-", "123-45-678 ", "password=", "password: ",
        "password='", '"password":', "a=", "a: ", "a=a&", "?a=b&token=", "--password ", "eyJ", "eyJhbGciOi.", "Bearer ", "Basic ", "Bearer a",
        "Authorization: ", "cookie: a=b; ", "://", "http://a:", "http://a:b", "postgres://a@", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----",
        "ghp_", "sk-", "AKIA", "xoxb-", "DE89", "DE89 3704 ", "GB29NWBK", "SSN ", "ssn: 1", "phone ", "tel: 0", "call me ", "a_", "a-", "aA0",
        "'a','b',", "VALUES (", "INSERT INTO t (password) VALUES ", "SET password = ", "<password>", '{"a":', '[{"key":"password",', '\\"password\\":',
        "中@", "é.", "0123456789abcdef", "01234567-89ab-cdef-", "1.2.3.4 ", "user@host ", "%2540", "&amp;", "\u200b", "x" * 63 + "@",
    )
)  # fmt: skip
"""Repetitions that patterns have been slow on, or could be, each of 20 KB."""


# With a word in each that is in no other text.
_NEW_WORDS: Final = tuple(template.replace("{a}", "{new}") for template in _WITHOUT_DIGITS)


def _letters(serial: int) -> str:
    """Return letters that no other number has."""
    return "".join("abcdefghij"[int(digit)] for digit in str(serial))


class Texts:
    """An endless source of texts that are all different, the same in every run."""

    def __init__(self) -> None:
        self._rng = random.Random(20260101)
        self._serials = itertools.count(1_000_000)
        self._made: set[str] = set()

    def short(self, count: int) -> list[str]:
        """Return clean texts of 60 characters, every other one with digits."""
        pairs = zip(self.with_digits(count // 2 + 1), self.without_digits(count // 2 + 1), strict=True)
        return [text for pair in pairs for text in pair][:count]

    def with_digits(self, count: int) -> list[str]:
        """Return clean texts of 60 characters with digits in them."""
        return self._new(_WITH_DIGITS, count)

    def without_digits(self, count: int) -> list[str]:
        """Return clean texts of 60 characters without a digit."""
        return self._new(_WITHOUT_DIGITS, count)

    def with_new_word(self, count: int) -> list[str]:
        """Return clean texts of 60 characters without a digit, in each a word that no other text has."""
        return self._new(_NEW_WORDS, count)

    def long(self, count: int) -> list[str]:
        """Return clean texts of 2,000 characters: lines of both kinds."""
        return [self._lines(_WITH_DIGITS + _NEW_WORDS) for _ in range(count)]

    def long_personal(self, count: int) -> list[str]:
        """Return texts of 2,000 characters with something personal in every sixth line."""
        return [self._lines(_WITH_DIGITS + _NEW_WORDS, personal=True) for _ in range(count)]

    def _new(self, templates: tuple[str, ...], count: int) -> list[str]:
        """Return short texts that were never returned before."""
        new: list[str] = []
        while len(new) < count:
            text = self._cut(self._piece(self._rng.choice(templates)), SHORT_CHARS)
            if text not in self._made:
                self._made.add(text)
                new.append(text)
        return new

    def _lines(self, templates: tuple[str, ...], *, personal: bool = False) -> str:
        lines, length = list[str](), 0
        while length <= LONG_CHARS:
            chosen = _PERSONAL if personal and len(lines) % _PERSONAL_EVERY == 0 else templates
            lines.append(self._piece(self._rng.choice(chosen)))
            length += len(lines[-1]) + 1
        return "\n".join(lines)[:LONG_CHARS]

    def _piece(self, template: str) -> str:
        rng = self._rng
        return template.format(
            n=next(self._serials),
            ms=rng.randrange(100, 999),
            mm=rng.randrange(10, 60),
            a=f"{rng.choice(_WORDS)} {rng.choice(_WORDS)}",
            new=f"{rng.choice(_WORDS)}-{_letters(next(self._serials))}",
            b=f"{rng.choice(_WORDS)}-{rng.choice(_WORDS)}",
            trace=f"{rng.getrandbits(128):032x}",
            uuid=uuid.UUID(int=rng.getrandbits(128), version=4),
        )

    def _cut(self, text: str, chars: int) -> str:
        return text[:chars].ljust(chars, ".")
