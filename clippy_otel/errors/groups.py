"""Errors in groups, by fingerprint, and which of them were recovered from.

Exact under threads: what happens is noted in an inbox, and booked by whoever gets the lock at the first try, so that
a signal handler may note an error while the frame that it interrupted is booking. Bounded: the groups that were seen
last, each with at most 64 of its users' hashes and 256 characters of message, and the last 500 ids of errors. Nothing
of a user is kept but a hash of the pseudonym. Cost: 2 us an error.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Final, NamedTuple

from clippy_otel import _fork
from clippy_otel.rolling import UniqueValues
from clippy_otel.severity import ErrorSeverity
from clippy_otel.subscriptions import ErrorSeen

MAX_IDS: Final = 500
MAX_MESSAGE_CHARS: Final = 256

# A reader gives up on the lock after this long and shows what is booked: see the module.
_READ_LOCK_TIMEOUT_S: Final = 0.05


class ErrorGroup(NamedTuple):
    """Errors of one fingerprint.

    Attributes:
        fingerprint: What they have in common: 16 hex digits, or what was given.
        type: The exception's qualified class name, of the last one.
        message: The last one's, redacted, at most 256 characters of it.
        count: How many there were since the group came into being; those that were not recorded (sampled out, a
            storm) too.
        affected_users: How many different users they had: exact up to 64, then an estimate with a standard error of
            13 %. An error that nobody is known to have had adds none.
        first_seen: When the first one was, in UTC.
        last_seen: When the last one was, in UTC.
        severity: The highest.
        last_error_id: The id of the last one.
        last_trace_id: Its trace, 32 hex digits; "" outside of one.
        recovered: How many of them were recovered from, as far as their ids were still known then.
    """

    fingerprint: str
    type: str
    message: str
    count: int  # type: ignore[assignment] # of a tuple it is a method
    affected_users: int
    first_seen: datetime
    last_seen: datetime
    severity: ErrorSeverity
    last_error_id: str
    last_trace_id: str
    recovered: int


class ErrorStats(NamedTuple):
    """All errors of this process.

    Attributes:
        total_errors: How many there were since the start.
        unique_groups: How many groups are kept now.
        by_severity: How many there were since the start, by severity; 0 for one that there was none of.
        recovery_rate: How many of the last 500 errors were recovered from, a fraction from 0 to 1; 0 for none.
    """

    total_errors: int
    unique_groups: int
    by_severity: Mapping[ErrorSeverity, int]
    recovery_rate: float


class _Group:
    """A group while it is counted; see ErrorGroup."""

    __slots__ = ("count", "first_ns", "last", "last_ns", "recovered", "severity", "users")

    def __init__(self, seen: ErrorSeen) -> None:
        self.count = self.recovered = 0
        self.first_ns = self.last_ns = seen.time_ns
        self.severity = ErrorSeverity(seen.severity)
        self.users = UniqueValues()
        self.last = seen

    def add(self, seen: ErrorSeen) -> None:
        self.count += 1
        self.first_ns, self.last_ns = min(self.first_ns, seen.time_ns), max(self.last_ns, seen.time_ns)
        self.severity = max(self.severity, ErrorSeverity(seen.severity))
        if seen.user:
            self.users.add(seen.user)
        self.last = seen._replace(message=seen.message[:MAX_MESSAGE_CHARS], user="")

    def shown(self) -> ErrorGroup:
        last = self.last
        return ErrorGroup(
            fingerprint=last.fingerprint,
            type=last.type,
            message=last.message,
            count=self.count,
            affected_users=len(self.users),
            first_seen=_moment(self.first_ns),
            last_seen=_moment(self.last_ns),
            severity=self.severity,
            last_error_id=last.id,
            last_trace_id=last.trace_id,
            recovered=self.recovered,
        )


class ErrorGroups:
    """All groups. Every method may be called from any thread or signal handler.

    Args:
        max_groups: How many are kept, 1 or more.
    """

    def __init__(self, max_groups: int) -> None:
        self._max_groups = max_groups
        self.after_fork()
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Start at zero in the child: what the parent counted is the parent's."""
        self._lock = threading.Lock()
        self._inbox: deque[ErrorSeen | str] = deque()
        self._groups: dict[str, _Group] = {}  # the one that was seen last is the last one
        self._by_severity: Counter[ErrorSeverity] = Counter()
        self._known: dict[str, str] = {}  # the last errors' fingerprints, by their ids, the oldest first
        self._recovered: set[str] = set()  # those of them that were

    def limit(self, max_groups: int) -> None:
        """Keep at most `max_groups`, 1 or more, from the next error on."""
        self._max_groups = max_groups

    def add(self, seen: ErrorSeen) -> None:
        """Count an error."""
        self._note(seen)

    def recover(self, error_id: str) -> None:
        """Count an error as recovered from: once, and only where its id is known still."""
        self._note(error_id)

    def groups(self) -> list[ErrorGroup]:
        """Return the groups, the most frequent one first; of equally frequent ones that which was seen last."""
        self._read()
        shown = [group.shown() for group in reversed(tuple(self._groups.values()))]
        return sorted(shown, key=lambda group: -group.count)

    def stats(self) -> ErrorStats:
        """Return what holds for all errors."""
        self._read()
        by_severity, known = Counter(dict(self._by_severity)), len(self._known)
        rate = len(self._recovered) / known if known else 0.0
        return ErrorStats(sum(by_severity.values()), len(self._groups), by_severity, rate)

    def _read(self) -> None:
        """Book what was noted before this call."""
        if self._lock.acquire(timeout=_READ_LOCK_TIMEOUT_S):
            try:
                self._book()
            finally:
                self._lock.release()

    def _note(self, note: ErrorSeen | str) -> None:
        self._inbox.append(note)
        # Whoever holds the lock looks into the inbox again after releasing it, so no note is left lying.
        while self._inbox and self._lock.acquire(blocking=False):
            try:
                self._book()
            finally:
                self._lock.release()

    def _book(self) -> None:
        inbox = self._inbox
        while inbox:
            note = inbox.popleft()
            if isinstance(note, str):
                self._book_recovery(note)
            else:
                self._book_error(note)

    def _book_error(self, seen: ErrorSeen) -> None:
        group = self._groups.pop(seen.fingerprint, None) or _Group(seen)
        group.add(seen)
        self._groups[seen.fingerprint] = group
        while len(self._groups) > self._max_groups:
            del self._groups[next(iter(self._groups))]
        self._by_severity[ErrorSeverity(seen.severity)] += 1
        self._known[seen.id] = seen.fingerprint
        if len(self._known) > MAX_IDS:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._recovered.discard(oldest)

    def _book_recovery(self, error_id: str) -> None:
        fingerprint = self._known.get(error_id)
        if fingerprint is None or error_id in self._recovered:
            return
        self._recovered.add(error_id)
        group = self._groups.get(fingerprint)
        if group is not None:
            group.recovered += 1


def _moment(time_ns: int) -> datetime:
    return datetime.fromtimestamp(time_ns / 1e9, tz=timezone.utc)
