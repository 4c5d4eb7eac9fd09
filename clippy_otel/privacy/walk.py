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
from clippy_otel.privacy.cards import MAX_CARD_INT, MIN_CARD_INT, is_card_number
from clippy_otel.privacy.engine import Engine
from clippy_otel.privacy.findings import Findings
from clippy_otel.privacy.keys import KeyVerdict
from clippy_otel.privacy.limits import MAX_DEPTH, Limits

# What holds no text, or only digits that mean time.
INERT: Final = frozenset({type(None), bool, float, datetime, date, time, timedelta})

_SEQUENCES: Final = frozenset({list, tuple, set, frozenset})
_EMPTY_KINDS: Final = frozenset({str, bytes, dict, *_SEQUENCES})
# What cannot change after it was scanned, so that its own object may go on.
_UNCHANGING: Final = (str, int, float, bytes)
_IDENTIFIER: Final = re.compile(r"[0-9a-fA-F]{16}|[0-9a-fA-F]{32}|[0-9]{1,20}")
_NAMES: Final = ("key", "name")  # {"key": "authorization", "value": ...}: OTLP, HAR and forms
_PAIR: Final = 2
_MAX_NAME_CHARS: Final = 128

# The clock is read whenever this is used up; a value counts like 64 characters.
_CREDIT: Final = 8192
_CREDIT_PER_NODE: Final = 64
_NS_PER_MS: Final = 1_000_000


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
        self._deadline_ns = monotonic_ns() + limits.max_time_ms * _NS_PER_MS
        self._credit = _CREDIT
        self._findings = findings
        self._user_ids = user_ids
        self._open: set[int] = set()  # the containers that the walk is inside of

    def under(self, verdict: KeyVerdict, value: Any, depth: int) -> Any:
        """Return a value as it may leave under a key of this verdict. Never raises an Exception.

        Args:
            verdict: What its key says.
            value: Anything.
            depth: In how many containers it stands.
        """
        try:
            if verdict is KeyVerdict.SCAN or (verdict is KeyVerdict.SAFE and not _is_identifier(value)):
                return self._scanned(value, depth)
            if verdict is KeyVerdict.REDACT:
                return value if _is_empty(value) else self._replaced(value, "key")
            if verdict is KeyVerdict.PSEUDONYM:
                return self._pseudonymised(value, depth)
        except Exception as error:  # noqa: BLE001 - fails closed: this value goes, and the guard counts it
            _guard.swallowed("redaction", error)
            return self._replaced(value, "error")
        return value

    def mapping(self, mapping: Mapping[Any, Any], depth: int) -> Mapping[Any, Any]:
        """Return a mapping redacted: the same object where nothing changed, else a dict."""
        named = self._named(mapping)
        result: dict[Any, Any] = {}
        changed = False
        room = self._reserve(len(mapping))
        for key, value in mapping.items():
            if len(result) >= room or self._is_late():
                result[_free(result, self._engine.placeholder)] = self._replaced(None, "limit")
                return result
            verdict, shown = self._key(key)
            new = self._child(shown, named if named is not None and key == "value" else verdict, value, depth)
            changed = changed or new is not value or shown is not key
            result[_free(result, shown)] = new
        return result if changed else mapping

    def _child(self, step: object, verdict: KeyVerdict, value: Any, depth: int) -> Any:
        if self._findings is None:
            return self.under(verdict, value, depth)
        self._findings.enter(step)
        new = self.under(verdict, value, depth)
        self._findings.leave()
        return new

    def _key(self, key: object) -> tuple[KeyVerdict, object]:
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
            return self._replaced(str(value), "card") if _is_card(value) else value
        return self._bytes(value) if kind is bytes else self._foreign(value, depth)

    def _nested(self, value: Any, depth: int) -> Any:
        # A container inside itself would be walked until nodes or time run out, at the cost of what is beside it.
        if depth >= MAX_DEPTH or id(value) in self._open:
            return value if _is_empty(value) else self._replaced(value, "limit")
        self._open.add(id(value))
        try:
            if type(value) in _SEQUENCES:
                return self._sequence(value, depth + 1, KeyVerdict.SCAN)
            return self.mapping(value, depth + 1)
        finally:
            self._open.discard(id(value))

    def _foreign(self, value: Any, depth: int) -> Any:
        converted = plain.plain(value)
        result = self._scanned(converted, depth)
        return value if result is converted and isinstance(value, _UNCHANGING) else result

    def _text(self, text: str) -> str:
        self._credit -= len(text)
        result = self._engine.text(text)
        if result is not text and self._findings is not None:
            self._findings.note_text(text)
        return result

    def _bytes(self, data: bytes) -> Any:
        self._credit -= len(data)
        result = self._engine.scanner.scan_bytes(data)
        if result is None and self._findings is not None:
            self._findings.note_text(data.decode("utf-8", "replace"))
        return self._engine.placeholder if result is None else result

    def _sequence(self, values: Any, depth: int, verdict: KeyVerdict) -> Any:
        result: list[Any] = []
        changed = False
        room = self._reserve(len(values))
        for index, value in enumerate(values):
            if index >= room or self._is_late():
                result.append(self._replaced(None, "limit"))
                changed = True
                break
            new = self._pair(value, depth) if _is_pair(value) else self._child(index, verdict, value, depth)
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

    def _named(self, mapping: Mapping[Any, Any]) -> KeyVerdict | None:
        """Return the verdict on the "value" of a mapping that holds a key beside it, None where it holds none."""
        if "value" not in mapping:
            return None
        names = [mapping[name] for name in _NAMES if name in mapping]
        verdicts = [self._key(name)[0] for name in names if _is_name(name)]
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


def _is_card(number: int) -> bool:
    return MIN_CARD_INT <= abs(number) <= MAX_CARD_INT and is_card_number(abs(number))


def _is_name(value: Any) -> bool:
    return type(value) in (str, bytes) and 0 < len(value) <= _MAX_NAME_CHARS


def _is_pair(value: Any) -> bool:
    return type(value) in (list, tuple) and len(value) == _PAIR and _is_name(value[0])


def _free(taken: Mapping[Any, Any], key: Any) -> Any:
    """Return a key that is not taken: personal data in several keys of a mapping becomes the same placeholder."""
    number = len(taken) + 1
    free = key
    while free in taken:
        free = f"{key}_{number}"
        number += 1
    return free
