"""Totals in process: sums by attribute set that only grow, exact under threads, for observable counters to read.

Adding never waits: a note is appended to an inbox (atomic), and once in a while whoever gets the lock at the first try
books what lies there. So a signal handler or `__del__` may add at any moment, even while the frame that it interrupted
is booking. Bounded: 2,000 attribute sets a counter, of which none is ever given up, for a total must not start again;
what comes later goes to one more row, with the attribute `otel.metric.overflow`.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Final

from clippy_otel import semconv
from clippy_otel.otlp.plain import int_text, plain, text
from clippy_otel.otlp.values import DEFAULT_LIMITS
from clippy_otel.otlp.wire import utf8

if TYPE_CHECKING:
    from clippy_otel.privacy.redactor import Redactor

MAX_ROWS: Final = 2_000  # as many as the SDK has in a metric
INT64_LIMIT: Final = 1 << 63  # from here on OTLP has no whole numbers

_MAX_CLEAN: Final = 256
_MAX_CLEAN_CHARS: Final = 128
_MAX_INBOX: Final = 100_000  # 10 MB: reached only where the lock's holder does not go on
_BOOKED_FROM: Final = 64  # notes: saves 0.1 us an addition
_READ_LOCK_TIMEOUT_S: Final = 0.05  # the lock's holder may be the very frame that a signal handler interrupted

_SCALARS: Final = frozenset({str, bool, int, float, bytes, type(None)})
_NAMES: Final = frozenset({str})
_OVERFLOW: Final = "overflow"  # the key of a row; those of the others are sets


class Row:
    """One attribute set and its total."""

    __slots__ = ("attributes", "total")

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self.attributes = attributes
        self.total: float = 0


class Counter:
    """One counter's rows.

    Attributes:
        name: Its name, in lower case.
        unit: Its unit.
        is_observed: Whether an instrument reads it.
        rows: Its totals, by the identity of their attributes.
    """

    __slots__ = ("_clean", "is_observed", "name", "rows", "unit")

    def __init__(self, name: str, unit: str) -> None:
        self.name = name
        self.unit = unit
        self.is_observed = False
        self.clear()

    def clear(self) -> None:
        """Start without rows."""
        self.rows: dict[Hashable, Row] = {}
        # The first rows whose attributes a redactor left as they were, by these and their types: found at a quarter of
        # the cost. With the redactor, which is not kept alive, in one object: they are never read with another one.
        self._clean: tuple[Callable[[], Redactor | None], dict[Hashable, Row]] = _none, {}

    def clean_row(self, attributes: Mapping[str, Any], redactor: Redactor | None) -> Row | None:
        """Return the row of an attribute set that a redactor is known to leave as it is; None: it is not known.

        Args:
            attributes: As they are given, not redacted.
            redactor: The one in force; None: nothing is redacted.
        """
        known_by, rows = self._clean
        if known_by() is not redactor:
            return None
        try:
            return rows.get(_given(attributes))
        except Exception:  # noqa: BLE001 - a list is among the values, or an object of the application's without a hash
            return None

    def know_clean(self, attributes: Mapping[str, Any], redactor: Redactor | None, row: Row) -> None:
        """Have clean_row() find a row by an attribute set that a redactor has just left as it is."""
        known_by, rows = self._clean
        if known_by() is not redactor:
            rows = {}
            self._clean = _none if redactor is None else weakref.ref(redactor), rows
        if len(rows) < _MAX_CLEAN and all(_is_small(each) for pair in attributes.items() for each in pair):
            rows[_given(attributes)] = row

    def row(self, attributes: Mapping[str, Any]) -> Row:
        """Return the row of an attribute set; several threads that ask for a new one get the same.

        Args:
            attributes: Redacted; not changed, and not kept.
        """
        if not (_NAMES.issuperset(map(type, attributes)) and _SCALARS.issuperset(map(type, attributes.values()))):
            attributes = _exportable(dict(attributes))
        key = _identity(attributes)
        row = self.rows.get(key)
        if row is None:
            if len(self.rows) >= MAX_ROWS:
                key, attributes = _OVERFLOW, {semconv.OTEL_METRIC_OVERFLOW: True}
            row = self.rows.setdefault(key, Row(_exportable(dict(attributes))))
        return row


class Totals:
    """The booking of what is added to rows."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Start with a new lock and an empty inbox: in a forked child."""
        self._lock = threading.Lock()
        self._inbox: deque[tuple[Row, float]] = deque()

    def add(self, row: Row, value: float) -> bool:
        """Add a finite value of 0 or more; return False where it is lost, for nothing has been booked for too long."""
        inbox = self._inbox
        if len(inbox) >= _MAX_INBOX:
            return False
        inbox.append((row, value))
        # Whoever holds the lock looks into the inbox again after releasing it, so it does not fill up.
        while len(inbox) >= _BOOKED_FROM and self._lock.acquire(blocking=False):
            try:
                self._book()
            finally:
                self._lock.release()
        return True

    def read(self, counter: Counter) -> list[tuple[Mapping[str, Any], float]]:
        """Return a counter's attribute sets and totals, with all that was added before this call."""
        held = self._lock.acquire(timeout=_READ_LOCK_TIMEOUT_S)
        try:
            if held:
                self._book()
            return [(row.attributes, _exportable_total(row.total)) for row in list(counter.rows.values())]
        finally:
            if held:
                self._lock.release()

    def _book(self) -> None:
        inbox = self._inbox
        while inbox:
            row, value = inbox.popleft()
            row.total += value


def _exportable_total(total: float) -> float:
    """Return a total as OTLP can carry it: a whole number of 64 bits or a finite float."""
    if type(total) is int and total < INT64_LIMIT:
        return total
    return min(float(total), sys.float_info.max)


def _none() -> None:
    return None


def _given(attributes: Mapping[str, Any]) -> Hashable:
    return tuple(attributes.items()), tuple(map(type, attributes.values()))


def _is_small(value: object) -> bool:
    """Return whether a value is a plain one, and takes little room."""
    if type(value) is str:
        return len(value) <= _MAX_CLEAN_CHARS
    return type(value) in (bool, float) or (type(value) is int and -INT64_LIMIT <= value < INT64_LIMIT)


def _identity(attributes: Mapping[str, Any]) -> Hashable:
    """Return what is equal for equal attribute sets, in any order. True, 1 and 1.0 are different values."""
    return frozenset(
        [
            (key, kind, value) if (kind := type(value)) in _SCALARS else (key, _identity_of(value))
            for key, value in attributes.items()
        ]
    )


def _identity_of(value: Any) -> Hashable:
    kind = type(value)
    if kind is dict:
        return _identity(value)
    return tuple(map(_identity_of, value)) if kind is list else (kind, value)


def _exportable(value: Any) -> Any:
    """Return a value in a form that neither SDK nor encoder has to say something about, at every collection."""
    value = plain(value)
    kind = type(value)
    if kind is str:
        return utf8(value, DEFAULT_LIMITS.max_value_bytes).decode()
    if kind is int and not -INT64_LIMIT <= value < INT64_LIMIT:
        return int_text(value)
    if kind is dict:
        return {_exportable(text(key)): _exportable(each) for key, each in value.items() if key != ""}
    return list(map(_exportable, value)) if kind in (list, tuple) else value
