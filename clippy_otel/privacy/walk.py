"""One call's way through a nested value: what is redacted in it, within the limits of the call.

Guarantee: nothing leaves unscanned. What lies beyond a limit, and a value at which something raised, becomes the
placeholder. Values are copied where they change and only there; the caller's objects stay as they are. A value of a
type that is not plain comes back in its plain form, for that is what was scanned (an object's text could change later).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from time import monotonic_ns
from typing import Any, Final

from clippy_otel import _guard
from clippy_otel.otlp import plain
from clippy_otel.privacy import ambiguity
from clippy_otel.privacy.engine import Engine
from clippy_otel.privacy.findings import Findings
from clippy_otel.privacy.keys.judging import BY_VALUE, KeyVerdict
from clippy_otel.privacy.limits import MAX_DEPTH, Limits
from clippy_otel.privacy.naming import is_name, is_value_key, names_in
from clippy_otel.privacy.rules.rule import Rule, Verdict

# What holds no text, or only digits that mean time.
INERT: Final = frozenset({type(None), bool, float, datetime, date, time, timedelta})

_SEQUENCES: Final = frozenset({list, tuple, set, frozenset})
_EMPTY_KINDS: Final = frozenset({str, bytes, dict, *_SEQUENCES})
# What cannot change after it was scanned, so that its own object may go on.
_UNCHANGING: Final = (str, int, float, bytes)
_IDENTIFIER: Final = re.compile(r"[0-9a-fA-F]{16}|[0-9a-fA-F]{32}|[0-9]{1,20}")
_PAIR: Final = 2
_FLAG_CHARS: Final = (3, 64)  # "-p" may be anything

# The clock is read whenever this is used up; a value counts like 64 characters.
_CREDIT: Final = 8192
_CREDIT_PER_NODE: Final = 64
_NS_PER_MS: Final = 1_000_000
_QUICK_CHARS: Final = 1024  # a text of no more is scanned without a look at the clock


class Walk:
    """The state of one call: what is left of its limits, and what an explanation has found.

    Args:
        engine: Judges keys and texts.
        limits: How much work the call may be.
        findings: Where to put what is found; None: it is not asked for.
        user_ids: Where to put the user ids that are met, as they were; None: they are not asked for.
    """

    __slots__ = ("_credit", "_deadline_ns", "_engine", "_findings", "_nodes_left", "_open", "_user_ids")

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        findings: Findings | None = None,
        user_ids: list[str] | None = None,
    ) -> None:
        self._engine = engine
        self._nodes_left = limits.max_nodes
        engine.scanner.warm_up()
        self._deadline_ns = monotonic_ns() + limits.max_time_ms * _NS_PER_MS
        self._credit = _CREDIT
        self._findings = findings
        self._user_ids = user_ids
        self._open: set[int] = set()  # the containers that the walk is inside of

    def under(self, verdict: Verdict, value: Any, depth: int) -> Any:
        """Return a value as it may leave under a key of this verdict. Never raises an Exception.

        Args:
            verdict: What its key says.
            value: Anything.
            depth: In how many containers it stands.
        """
        try:
            if verdict is KeyVerdict.SCAN or (verdict is KeyVerdict.SAFE and not _is_identifier(value)):
                return self._scanned(value, depth)
            if verdict is KeyVerdict.REDACT or isinstance(verdict, Rule):
                return value if _is_empty(value) else self._by_rule(verdict, value)
            if verdict is KeyVerdict.PSEUDONYM:
                return self._pseudonymised(value, depth)
            if verdict in BY_VALUE:
                return self._decided(verdict, value, depth)
        except Exception as error:  # noqa: BLE001 - fails closed: this value goes, and the guard counts it
            _guard.swallowed("redaction", error)
            return self._replaced(value, "error")
        return value

    def mapping(
        self, mapping: Mapping[Any, Any], depth: int, otherwise: KeyVerdict = KeyVerdict.SCAN
    ) -> Mapping[Any, Any]:
        """Return a mapping redacted: the same object where nothing changed, else a dict.

        An entry whose value a rule drops is left out.

        Args:
            mapping: The mapping.
            depth: In how many containers its entries stand.
            otherwise: The verdict on keys that say nothing.
        """
        named = self._named(mapping)
        result: dict[Any, Any] = {}
        changed = False
        room = self._reserve(len(mapping))
        for place, (key, value) in enumerate(mapping.items()):
            if place >= room or self._is_late():
                result[_free(result, self._engine.placeholder)] = self._replaced(None, "limit")
                return result
            verdict, shown = self._key(key)
            if verdict is KeyVerdict.SCAN:
                verdict = otherwise
            new = self._child(shown, named if named is not None and is_value_key(key) else verdict, value, depth)
            changed = changed or new is not value or shown is not key
            if type(new) is not str or new or new is value:
                result[_free(result, shown)] = new
        # One of the application's own kind may read otherwise the next time: what was looked at goes on.
        return result if changed or (depth > 1 and type(mapping) is not dict) else mapping

    def _child(self, step: object, verdict: Verdict, value: Any, depth: int) -> Any:
        if self._findings is None:
            return self.under(verdict, value, depth)
        self._findings.enter(step)
        new = self.under(verdict, value, depth)
        self._findings.leave()
        return new

    def _key(self, key: object) -> tuple[Verdict, object]:
        self._credit -= len(key) if type(key) is str else _CREDIT_PER_NODE
        try:
            verdict, shown = self._engine.key(key)
        except Exception as error:  # noqa: BLE001 - fails closed: this entry goes, and the guard counts it
            _guard.swallowed("redaction", error)
            return KeyVerdict.REDACT, self._engine.placeholder
        if shown is not key and self._findings is not None:
            self._findings.note_text(plain.text(key), "key.")
        return verdict, shown

    def _scanned(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is str:
            return self._text(value)
        if kind in INERT:
            return value
        if kind in _SEQUENCES or isinstance(value, Mapping):
            return self._nested(value, depth)
        if kind is int:
            return self._number(value)
        return self._bytes(value) if kind is bytes else self._foreign(value, depth)

    def _nested(self, value: Any, depth: int, verdict: KeyVerdict = KeyVerdict.SCAN) -> Any:
        # A container inside itself would be walked until nodes or time run out, at the cost of what is beside it.
        if depth >= MAX_DEPTH or id(value) in self._open:
            return value if _is_empty(value) else self._replaced(value, "limit")
        self._open.add(id(value))
        try:
            if type(value) in _SEQUENCES:
                return self._sequence(value, depth + 1, verdict)
            return self.mapping(value, depth + 1, verdict)
        finally:
            self._open.discard(id(value))

    def _foreign(self, value: Any, depth: int) -> Any:
        names = _field_names(value)
        if names:
            told = self._nested(dict(zip(names, value, strict=False)), depth)
            return list(told.values()) if isinstance(told, Mapping) else told
        converted = plain.plain(value)
        result = self._scanned(converted, depth)
        return value if result is converted and isinstance(value, _UNCHANGING) else result

    def _text(self, text: str) -> str:
        self._credit -= len(text)
        deadline_ns = self._deadline_ns if len(text) > _QUICK_CHARS else 0
        result = self._engine.scanner.scan(text, deadline_ns)
        if result is not text and self._findings is not None:
            self._findings.note_text(text, deadline_ns=deadline_ns)
        return result

    def _number(self, number: int) -> int | str:
        result = self._engine.number(number)
        if result is not number and self._findings is not None:
            self._findings.note(self._engine.rule_of_number(number), 0, len(str(number)))
        return result

    def _bytes(self, data: bytes) -> Any:
        self._credit -= len(data)
        result = self._engine.scanner.scan_bytes(data, self._deadline_ns)
        if result is None and self._findings is not None:
            self._findings.note_text(data.decode("utf-8", "replace"))
        return self._engine.placeholder if result is None else result

    def _sequence(self, values: Any, depth: int, verdict: Verdict) -> Any:
        result: list[Any] = []
        changed = False
        room = self._reserve(len(values))
        flag: Verdict | None = None  # of the argument before this one
        for index, value in enumerate(values):
            if index >= room or self._is_late():
                result.append(self._replaced(None, "limit"))
                changed = True
                break
            if _is_pair(value):
                new = self._pair(value, depth)
            else:
                is_flag = type(value) is str and value[:1] == "-"
                new = self._child(index, verdict if flag is None or is_flag else flag, value, depth)
            flag = self._flag(value) if type(value) is str and value[:1] == "-" else None
            result.append(new)
            changed = changed or new is not value
        if not changed:
            return values
        return tuple(result) if type(values) is tuple else result

    def _pair(self, pair: Any, depth: int) -> Any:
        """Redact ["authorization", "..."], an item of a sequence: a header as many libraries hold it."""
        verdict, shown = self._key(pair[0])
        if verdict is KeyVerdict.SCAN or depth >= MAX_DEPTH:
            return self.under(KeyVerdict.SCAN, pair, depth)
        new = self._child(shown, verdict, pair[1], depth + 1)
        return pair if new is pair[1] and shown is pair[0] else type(pair)((shown, new))

    def _flag(self, argument: str) -> Verdict | None:
        """Return the verdict on the argument that comes after "--password", None where it is no such flag."""
        name = argument.lstrip("-")
        if not _FLAG_CHARS[0] <= len(name) <= _FLAG_CHARS[1] or not name.replace("-", "").replace("_", "").isalpha():
            return None
        verdict = self._key(name)[0]
        return None if verdict is KeyVerdict.SCAN else verdict

    def _named(self, mapping: Mapping[Any, Any]) -> Verdict | None:
        """Return the verdict on the values of a mapping that holds their key beside them, None where it holds none."""
        verdicts = [self._key(name)[0] for name in names_in(mapping)]
        return next((verdict for verdict in verdicts if verdict is not KeyVerdict.SCAN), None)

    def _pseudonymised(self, value: Any, depth: int) -> Any:
        pseudonym = self._engine.pseudonym
        if pseudonym is None or type(value) is bool or _is_empty(value):
            return self._scanned(value, depth)
        if type(value) in _SEQUENCES and depth < MAX_DEPTH:
            return self._sequence(value, depth + 1, KeyVerdict.PSEUDONYM)
        converted = plain.plain(value)
        if type(converted) in (list, tuple, dict):
            return self._scanned(converted, depth)
        user_id = plain.text(converted)
        if user_id == self._engine.placeholder:
            return value
        if self._user_ids is not None:
            self._user_ids.append(user_id)
        result = pseudonym(user_id)
        return value if result == user_id else self._replaced(user_id, "user_id", result)

    def _decided(self, verdict: KeyVerdict, value: Any, depth: int) -> Any:
        """Return a value under an ambiguous key: replaced, or scanned like any other, as it says itself."""
        kind = type(value)
        if kind in _SEQUENCES or isinstance(value, Mapping):
            if kind not in _SEQUENCES and ambiguity.is_sensitive_mapping(verdict, value):
                return self._replaced(value, "key")
            return self._nested(value, depth, ambiguity.below(verdict, value))
        if kind in INERT:
            return value
        if kind is int:
            is_sensitive = ambiguity.is_sensitive_number(verdict, value)
        else:
            converted = plain.plain(value)
            if type(converted) in (list, tuple, dict):
                return self._decided(verdict, converted, depth)
            is_sensitive = ambiguity.is_sensitive(verdict, plain.text(converted), self._engine.placeholder)
        return self._replaced(value, "key") if is_sensitive else self._scanned(value, depth)

    def _by_rule(self, rule: Verdict, value: Any) -> Any:
        if not isinstance(rule, Rule):
            return self._replaced(value, "key")
        return self._replaced(value, rule.name, self._engine.replacement(rule, value))

    def _replaced(self, value: Any, rule: str, replacement: str | None = None) -> Any:
        """Return the placeholder, or another replacement: the value's own object where it is equal to that."""
        replacement = self._engine.placeholder if replacement is None else replacement
        is_text = type(value) is str
        if self._findings is not None:
            self._findings.note(rule, 0, len(value) if is_text else 0)
        return value if is_text and value == replacement else replacement

    def _reserve(self, count: int) -> int:
        """Take the nodes of a container's items before those of what is in them; return how many there are.

        So what holds itself, and uses up all that is left, does not cost the values beside it.
        """
        room = min(count, self._nodes_left)
        self._nodes_left -= room
        return room

    def _is_late(self) -> bool:
        """Count one value more, and say whether it comes too late."""
        self._credit -= _CREDIT_PER_NODE
        if self._credit < 0:
            self._credit = _CREDIT
            if monotonic_ns() > self._deadline_ns:
                self._deadline_ns = 0  # and so does all that comes after it
                self._credit = 0
        return self._deadline_ns == 0


def _is_empty(value: Any) -> bool:
    return value is None or (type(value) in _EMPTY_KINDS and not value)


def _is_identifier(value: Any) -> bool:
    return type(value) is int or (type(value) is str and _IDENTIFIER.fullmatch(value) is not None)


def _field_names(value: Any) -> tuple[str, ...]:
    """Return the names of a namedtuple's fields, () for any other value."""
    names = getattr(type(value), "_fields", ()) if isinstance(value, tuple) else ()
    return names if type(names) is tuple and all(type(name) is str for name in names) else ()


def _is_pair(value: Any) -> bool:
    return type(value) in (list, tuple) and len(value) == _PAIR and is_name(value[0])


def _free(taken: Mapping[Any, Any], key: Any) -> Any:
    """Return a key that is not taken: personal data in several keys of a mapping becomes the same placeholder."""
    number = len(taken) + 1
    free = key
    while free in taken:
        free = f"{key}_{number}"
        number += 1
    return free
