"""The ledger: what became of every record, by signal, as one closed identity.

offered + adopted = the sum of all other columns, for each signal, at any moment (LedgerRow has the meaning of each
column). Every booking adds one record to both sides or moves it between two columns of the right side, so the sum
cannot drift; that `pending` is what the queue really holds is for the tests to check.

Booking never waits: a note is appended to an inbox (atomic) and whoever gets the lock at the first try writes down
all of them. A plain lock would deadlock where a signal handler or `__del__` interrupts its holder on the same
thread. Cost: 0.5 us a note.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from clippy_otel import _fork
from clippy_otel.ports import SIGNALS, Signal

Column = Literal[
    "offered",
    "adopted",
    "exported",
    "pending",
    "spooled",
    "disabled",
    "consent_denied",
    "sampled_out",
    "throttled",
    "filtered",
    "redaction_failed",
    "unencodable",
    "queue_full",
    "rejected",
    "failed",
    "expired",
    "evicted",
    "erased",
    "corrupt",
    "lost_in_crash",
    "handed_over",
    "after_shutdown",
]

# A reader gives up on the lock after this long and shows the books as they are: its holder may be the very frame
# that a signal handler interrupted.
_READ_LOCK_TIMEOUT_S: Final = 0.05


class LedgerRow(NamedTuple):
    """What became of one signal's records in this process: counts of records, each 0 or more.

    `offered + adopted` equals the sum of all other columns.

    Attributes:
        offered: Handed to this package.
        adopted: Taken over from a dead process's spool.
        exported: Acknowledged by the backend.
        pending: Held in memory, waiting or being sent.
        spooled: Written to the spool, and there still.
        disabled: Recorded while telemetry was off.
        consent_denied: Without consent for their purpose.
        sampled_out: Left out by `never` or by probability.
        throttled: Over the throttle's window, errors over their own or over a storm's limit.
        filtered: Dropped by `before_send`, or ignored by ErrorTracking.
        redaction_failed: Dropped because they could not be redacted.
        unencodable: Dropped because they could not be encoded.
        queue_full: Refused because the queue's bounds were reached.
        rejected: Refused by the backend, whole requests and parts of them.
        failed: Given up: not acknowledged by the end of the shutdown, or impossible to send.
        expired: Too old for the spool.
        evicted: The oldest of a spool that was full.
        erased: Removed by erasure, by a denied consent, or by hand.
        corrupt: Unreadable in the spool.
        lost_in_crash: Found missing at the next start.
        handed_over: Left to others' exporters.
        after_shutdown: Recorded after the shutdown.
    """

    offered: int = 0
    adopted: int = 0
    exported: int = 0
    pending: int = 0
    spooled: int = 0
    disabled: int = 0
    consent_denied: int = 0
    sampled_out: int = 0
    throttled: int = 0
    filtered: int = 0
    redaction_failed: int = 0
    unencodable: int = 0
    queue_full: int = 0
    rejected: int = 0
    failed: int = 0
    expired: int = 0
    evicted: int = 0
    erased: int = 0
    corrupt: int = 0
    lost_in_crash: int = 0
    handed_over: int = 0
    after_shutdown: int = 0

    @property
    def dropped(self) -> int:
        """Records that were neither delivered nor kept anywhere, nor rejected by the backend."""
        kept: int = sum(getattr(self, name) for name in _NOT_DROPPED)
        return self.offered + self.adopted - kept

    def nonzero(self) -> dict[str, int]:
        """Return the columns that are not 0, in the ledger's order."""
        return {name: value for name in COLUMNS if (value := getattr(self, name))}


class Tally:
    """Records offered and kept pending, counted by one writer under a lock of its own: the queue's way, at 0.05 us."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


COLUMNS: Final[tuple[str, ...]] = LedgerRow._fields
_NOT_DROPPED: Final = ("exported", "pending", "spooled", "rejected", "handed_over")
_Note = tuple[Signal, Column, Column, int]


class Ledger:
    """The books of one pipeline in one process. Every method may be called from any thread or signal handler."""

    def __init__(self) -> None:
        self._renew()
        _fork.renew_in_child(self)

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._inbox: deque[_Note] = deque()
        self._counts: dict[Signal, dict[str, int]] = {signal: dict.fromkeys(COLUMNS, 0) for signal in SIGNALS}
        self._accepted: dict[Signal, Tally] = {signal: Tally() for signal in SIGNALS}

    def after_fork(self) -> None:
        """Start a child's books at zero: what the parent holds stays in the parent's."""
        self._renew()

    def offer(self, signal: Signal, outcome: Column, count: int = 1) -> None:
        """Book `count` records that were just offered and what became of them at once ("pending" where queued)."""
        self._note((signal, "offered", outcome, count))

    def move(self, signal: Signal, source: Column, target: Column, count: int) -> None:
        """Book that `count` records went from one column to another."""
        if count:
            self._note((signal, source, target, count))

    def accepted(self) -> Mapping[Signal, Tally]:
        """Return what the queue counts accepted records in, one a signal; asked for again after a fork."""
        return self._accepted

    def row(self, signal: Signal) -> LedgerRow:
        """Return one signal's row as it stands."""
        return self.rows()[signal]

    def rows(self) -> Mapping[Signal, LedgerRow]:
        """Return a consistent copy of all rows."""
        held = self._lock.acquire(timeout=_READ_LOCK_TIMEOUT_S)
        try:
            if held:
                self._book()
            return {signal: self._row(signal) for signal in SIGNALS}
        finally:
            if held:
                self._lock.release()

    def _row(self, signal: Signal) -> LedgerRow:
        counts, accepted = dict(self._counts[signal]), self._accepted[signal].count
        counts["offered"] += accepted
        counts["pending"] += accepted
        return LedgerRow(**counts)

    def _note(self, note: _Note) -> None:
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
            signal, source, target, count = inbox.popleft()
            counts = self._counts[signal]
            counts[source] += count if source == "offered" else -count
            counts[target] += count


class FlushResult(NamedTuple):
    """What a flush or a shutdown achieved: counts of records of all signals, true at the moment it returned.

    Attributes:
        exported: Acknowledged by the backend during the call.
        spooled: Written to the spool during the call.
        pending: Still held in memory at the end of the call.
        rejected: Refused by the backend during the call.
        dropped: All else that ended during the call: neither exported, spooled, pending, rejected nor handed over.
        timed_out: The deadline came before all that was accepted before the call was settled.
        ok: Nothing is pending, and nothing was rejected, failed or timed out in this call.
    """

    exported: int = 0
    spooled: int = 0
    pending: int = 0
    rejected: int = 0
    dropped: int = 0
    timed_out: bool = False
    ok: bool = True

    @classmethod
    def between(
        cls, before: Mapping[Signal, LedgerRow], after: Mapping[Signal, LedgerRow], *, timed_out: bool
    ) -> FlushResult:
        """Return what changed from one reading of the books to a later one."""

        def change(column: str) -> int:
            return sum(getattr(after[signal], column) - getattr(before[signal], column) for signal in SIGNALS)

        pending = sum(row.pending for row in after.values())
        rejected, failed = change("rejected"), change("failed")
        return cls(
            exported=change("exported"),
            spooled=change("spooled"),
            pending=pending,
            rejected=rejected,
            dropped=change("dropped"),
            timed_out=timed_out,
            ok=not (pending or rejected or failed or timed_out),
        )
