"""The redactor: personal data and secrets out of texts, values and attributes, by sensitive keys and by recognisers.

Guarantee: fails closed and never raises at run time (a value at which something raises becomes the placeholder, and
`_guard` counts it); the same object comes back where nothing changed; the caller's objects are never changed; what
comes back is left as it is by a second call. Safe under threads, forks and signal handlers: no lock is held.
Cost: 1 us for a clean mapping of thirteen attributes seen before. For a clean text of 60 characters never seen, 1 us
where only digits and ids are new in it, 3 us where its words have been seen, 3 to 15 us where not; 100 to 250 us for
one of 2,000, as many separators and digits as it has. With RE2 2 us and 40 us. For a text with an e-mail address in it
2 us where only that and digits are new, else 10 us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from clippy_otel import _guard
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp import plain
from clippy_otel.privacy.assembly import DEFAULT_PLACEHOLDER, assembled
from clippy_otel.privacy.defaults import DEFAULT_RULES
from clippy_otel.privacy.engine import Engine
from clippy_otel.privacy.findings import Finding, Findings
from clippy_otel.privacy.keys.judging import KeyVerdict
from clippy_otel.privacy.limits import Limits
from clippy_otel.privacy.naming import is_value_key, names_another
from clippy_otel.privacy.rules.actions import DROPPED
from clippy_otel.privacy.rules.rule import Rule, Verdict
from clippy_otel.privacy.scanner import UUID_CHARS, is_uuid
from clippy_otel.privacy.walk import INERT, Walk

# The fast way looks neither at the clock nor at the number of nodes, so it is for little: 128 texts of 1,024 characters
# take 10 ms at their worst.
_MAX_FAST_ATTRIBUTES: Final = 128
_MAX_FAST_CHARS: Final = 1024
_MAX_UTF8_BYTES: Final = 4  # of one character
_DEFAULT_LIMITS: Final = Limits()
_SCAN: Final = KeyVerdict.SCAN
_REDACT: Final = KeyVerdict.REDACT
_PSEUDONYM: Final = KeyVerdict.PSEUDONYM
_NUMBERS: Final = frozenset({int, float, bool})


class Redactor:
    """Redact by sensitive keys, and by rules for what stands in texts.

    Args:
        rules: What is looked for, each name once: DEFAULT_RULES, or some of them, with other actions
            (`rule.with_action("typed")`) and with rules of one's own. Sensitive keys are not among them.
        redact_fields: Keys that are sensitive beside the built-in ones, with all that is below them: whole words
            ("internal_note" is in `customerInternalNote`) or fnmatch patterns of whole keys. A built-in name keeps its
            built-in exceptions. They win over the keys of rules, and those over keep_fields.
        keep_fields: Keys whose values, with all that is below them, are left as they are, unscanned; they win over the
            built-in ones.
        placeholder: What stands in place of redacted data: 1 to 64 characters, in which no rule finds anything.
        limits: How much work one call may be.
        pseudonym: Makes the pseudonym of a user id, for values under userId, user.id and the like; None: they are
            scanned like other values, and rules whose action is "pseudonym" leave the placeholder. What it makes of a
            user id is not scanned.
        raw_user_ids: True: user ids are left as they are, unscanned, and pseudonyms are for rules only.

    Raises:
        ConfigurationError: One of these is of another form.
    """

    __slots__ = ("__weakref__", "_engine", "_fast_chars", "_limits")

    def __init__(  # noqa: PLR0913 - by keyword, save the rules
        self,
        rules: Iterable[Rule] = DEFAULT_RULES,
        *,
        redact_fields: Iterable[str] = (),
        keep_fields: Iterable[str] = (),
        placeholder: str = DEFAULT_PLACEHOLDER,
        limits: Limits = _DEFAULT_LIMITS,
        pseudonym: Callable[[str], str] | None = None,
        raw_user_ids: bool = False,
    ) -> None:
        if type(limits) is not Limits:
            raise ConfigurationError("limits: a Limits is allowed")
        if pseudonym is not None and not callable(pseudonym):
            raise ConfigurationError("pseudonym: a callable or None is allowed")
        self._limits = limits
        self._fast_chars = min(_MAX_FAST_CHARS, limits.max_value_bytes // _MAX_UTF8_BYTES)  # none that would be cut
        self._engine = assembled(
            rules,
            keys=(redact_fields, keep_fields),
            placeholder=placeholder,
            max_bytes=limits.max_value_bytes,
            pseudonym=pseudonym,
        )
        if raw_user_ids:
            self._engine.pseudonym = str  # of an id is itself

    @property
    def placeholder(self) -> str:
        """What stands in place of redacted data."""
        return self._engine.placeholder

    def redact_text(self, text: str) -> str:
        """Return a text without personal data; the same object where it has none and is short enough.

        Where it takes longer than the limits allow, and where a rule raises, that is the placeholder.
        """
        try:
            if type(text) is not str:
                text = plain.text(text)
            scanner = self._engine.scanner
            if len(text) <= _MAX_FAST_CHARS:
                return scanner.scan(text)
            scanner.warm_up()
            return scanner.scan(text, self._limits.deadline_ns())
        except Exception as error:  # noqa: BLE001 - fails closed
            _guard.swallowed("redaction", error)
            return self._engine.placeholder

    def redact(self, value: Any, *, key: str | None = None) -> Any:
        """Return any value without personal data, at any nesting; the same object where nothing changed.

        Args:
            value: Anything. What is not plain (a dataclass, a model, an object) comes back in its plain form.
            key: The key that it stands under; None: it has none.
        """
        return Walk(self._engine, self._limits).under(self._verdict(key), value, 0)

    def redact_attributes(self, mapping: Mapping[str, Any], *, user_ids: list[str] | None = None) -> Mapping[str, Any]:
        """Return attributes, or any mapping, without personal data; the same object where nothing changed.

        A mapping that cannot be read comes back as an empty one.

        Args:
            mapping: The attributes.
            user_ids: A list to which the user ids in them are added, as they were; None: they are not asked for. An
                id can be added more than once.
        """
        try:
            found = self._redact_fast(mapping, user_ids)
        except Exception:  # noqa: BLE001 - the careful way below finds the value at which it was, and counts it
            found = None
        if found is not None:
            return found
        try:
            return Walk(self._engine, self._limits, user_ids=user_ids).mapping(mapping, 1)
        except Exception as error:  # noqa: BLE001 - the mapping itself cannot be read
            _guard.swallowed("redaction", error)
            return {}

    def clean_chars(self, parts: Iterable[tuple[str, Mapping[str, Any]]]) -> int | None:
        """Look at the parts of a record all at once: None where something in them may have to be redacted.

        For the many records that have known keys, texts and plain numbers and nothing to redact, at half the cost of
        redacting part after part, which is the way where the answer is None.

        Args:
            parts: Names with their attributes.

        Returns:
            Of a clean record: how many characters there are in texts that were not known to be clean.

        Raises:
            Exception: Whatever a mapping that is none, or is changed meanwhile, raises.
        """
        engine = self._engine
        clean, plain_keys, least_int = engine.clean, engine.plain_keys, engine.least_int
        unseen: list[str] = []
        for text, mapping in parts:
            if type(text) is not str or not (plain_keys.issuperset(mapping) or _are_numbers(engine, mapping)):
                return None
            if text not in clean:
                unseen.append(text)
            for value in mapping.values():
                kind = type(value)
                if kind is str:
                    if value not in clean and (len(value) != UUID_CHARS or not is_uuid(value)):
                        unseen.append(value)
                elif kind is int:
                    if value >= least_int or value <= -least_int:
                        return None
                elif kind is not float and kind is not bool:
                    return None
        return engine.clean_chars(unseen, self._fast_chars) if unseen else 0

    def is_sensitive_key(self, key: str) -> bool:
        """Say whether values under this key are redacted, whatever they are: by what is built in, a field or a rule."""
        verdict = self._verdict(key)
        return verdict is _REDACT or isinstance(verdict, Rule)

    def explain(self, value: Any, *, key: str | None = None) -> list[Finding]:
        """Return what `redact` would find, and by which rules; never the text itself.

        Args:
            value: Anything.
            key: The key that it stands under; None: it has none.
        """
        findings = Findings(self._engine.scanner)
        Walk(self._engine, self._limits, findings).under(self._verdict(key), value, 0)
        return findings.found

    def _verdict(self, key: str | None) -> Verdict:
        return _SCAN if key is None else self._engine.key(key)[0]

    def _redact_fast(self, mapping: Mapping[str, Any], user_ids: list[str] | None) -> Mapping[str, Any] | None:
        """Redact a small mapping with two look-ups for each attribute that is clean; None: it needs the careful way.

        One loop with everything in it: a call for each value would cost more than the values do.
        """
        engine = self._engine
        clean, plain_keys, least_int = engine.clean, engine.plain_keys, engine.least_int
        number_keys = engine.number_keys
        odd: dict[str, Any] = {}
        are_texts = True
        for key, value in mapping.items():
            if key in plain_keys:
                kind = type(value)
                if kind is str:
                    if value not in clean and (len(value) != UUID_CHARS or not is_uuid(value)):
                        odd[key] = value
                    continue
                if kind is float or kind is bool or (kind is int and -least_int < value < least_int):
                    continue
            elif key in number_keys and type(value) in _NUMBERS and -least_int < value < least_int:
                continue
            odd[key] = value
            are_texts = False
        if not odd or (are_texts and engine.clean_chars(odd.values(), self._fast_chars) is not None):
            return mapping
        return self._redact_odd(mapping, odd, user_ids) if len(mapping) <= _MAX_FAST_ATTRIBUTES else None

    def _redact_odd(
        self, mapping: Mapping[str, Any], odd: Mapping[str, Any], user_ids: list[str] | None
    ) -> Mapping[str, Any] | None:
        """Redact a small mapping of which some attributes are not known to be clean; None: it needs the careful way."""
        engine = self._engine
        changed: dict[str, Any] | None = None
        walk: Walk | None = None
        for key, value in odd.items():
            verdict, shown = engine.key(key)
            if shown is not key or (names_another(mapping) and is_value_key(key)):
                return None
            kind = type(value)
            if verdict is _SCAN and kind is str and len(value) <= _MAX_FAST_CHARS:
                new = engine.scanner.scan(value)
            elif verdict is _SCAN and (kind in INERT or (kind is int and -engine.least_int < value < engine.least_int)):
                continue
            elif verdict is _REDACT and kind is str:
                new = value if value in ("", engine.placeholder) else engine.placeholder
            elif verdict is _PSEUDONYM and kind is str and value not in ("", engine.placeholder) and engine.pseudonym:
                if user_ids is not None:
                    user_ids.append(value)
                pseudonym = engine.pseudonym(value)
                new = value if pseudonym == value else pseudonym
            else:
                walk = walk or Walk(engine, self._limits, user_ids=user_ids)
                new = walk.under(verdict, value, 1)
            if new is not value:
                changed = dict(mapping) if changed is None else changed
                if new == DROPPED and type(new) is str:
                    del changed[key]
                else:
                    changed[key] = new
        return mapping if changed is None else changed


def _are_numbers(engine: Engine, mapping: Mapping[str, Any]) -> bool:
    """Say whether under all keys that are not plain there are numbers, which are redacted for their keys alone."""
    plain_keys, number_keys = engine.plain_keys, engine.number_keys
    for key, value in mapping.items():
        if key not in plain_keys and not (key in number_keys and type(value) in _NUMBERS):
            return False
    return True
