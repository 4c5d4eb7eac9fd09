"""The ledger: what became of every record, by signal, as one closed identity.

offered + adopted = the sum of all other columns, for each signal, at any moment (LedgerRow has the meaning of each
column). Every booking adds one record to both sides or moves it between two columns of the right side, so the sum
cannot drift; that `pending` is what the queue really holds is for the tests to check.

Booking never waits: a note is appended to an inbox (atomic) and whoever gets the lock at the first try writes down
all of them. A plain lock would deadlock where a signal handler or `__del__` interrupts its holder on the same
thread. Cost: 0.5 us a note.

The books may be kept in memory that outlives the process: the spool's lock file, mapped (keep_in()). And they may
include the books of ended processes (`included`): what those did is in rows(), and not in own_rows().
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, MutableSequence, Sequence
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


COLUMNS: Final[tuple[str, ...]] = LedgerRow._fields
WIDTH: Final = len(COLUMNS)
CELLS: Final = len(SIGNALS) * WIDTH  # of one set of books: a row a signal, in the order of SIGNALS and COLUMNS
SAVED_CELLS: Final = CELLS + len(SIGNALS)  # with the tallies behind them: what keep_in() asks for
_NOT_DROPPED: Final = ("exported", "pending", "spooled", "rejected", "handed_over")
_ROW: Final[Mapping[str, int]] = {signal: at * WIDTH for at, signal in enumerate(SIGNALS)}
_AT: Final[Mapping[str, int]] = {column: at for at, column in enumerate(COLUMNS)}
_LEFT: Final = 2  # offered and adopted: to move records from there to the right side books them on both
_MOST_MARKS: Final = 1024  # 8 KB of them
_Note = tuple[Signal, Column, Column, int]


def cell(signal: Signal, column: Column) -> int:
    """Return where a signal's column stands in a set of books."""
    return _ROW[signal] + _AT[column]


class Tally:
    """Records offered and kept pending, counted by one writer under a lock of its own: the queue's way, at 0.05 us.

    Attributes:
        count: How many; the writer adds to it, and calls save() once it has counted what it came for.
    """

    __slots__ = ("_at", "_cells", "count")

    def __init__(self, cells: MutableSequence[int] | memoryview[int], at: int) -> None:
        self.count = 0
        self._cells, self._at = cells, at

    def save(self) -> None:
        """Note the count where the books are kept: what is not saved is not known to the next process."""
        self._cells[self._at] = self.count

    def keep_in(self, cells: MutableSequence[int] | memoryview[int]) -> None:
        """Save there from now on."""
        cells[self._at] = self.count
        self._cells = cells


class LeftOut:
    """Records that end before they cost anything, counted at 0.1 us each: any thread or signal handler, no lock.

    The ledger books what has come together whenever it is read, and every _MOST_MARKS records.
    """

    __slots__ = ("_ledger", "_marks", "_note")

    def __init__(self, ledger: Ledger, signal: Signal, column: Column) -> None:
        self._ledger, self._note = ledger, (signal, column)
        self._marks: list[None] = []

    def add(self, count: int = 1) -> None:
        """Count what was offered and left out."""
        if count == 1:
            self._marks.append(None)
        else:
            self._marks.extend((None,) * count)
        if len(self._marks) >= _MOST_MARKS:
            self._ledger.offer(*self._note, 0)  # has the ledger look at the marks

    def take(self) -> _Note:
        """Return what has come together, as a note, and count from zero; called under the ledger's lock."""
        count = len(self._marks)
        del self._marks[:count]  # what another thread has appended meanwhile stays
        signal, column = self._note
        return signal, "offered", column, count

    def clear(self) -> None:
        """Forget what a forked child's parent has counted."""
        self._marks.clear()


class Ledger:
    """The books of one pipeline in one process. Every method may be called from any thread or signal handler.

    Attributes:
        included: Books of ended processes, CELLS numbers each, which rows() counts too; replaced as a whole.
    """

    def __init__(self) -> None:
        self._left_out: dict[tuple[Signal, Column], LeftOut] = {}
        self._renew()
        _fork.renew_in_child(self)

    def _renew(self) -> None:
        for left_out in self._left_out.values():
            left_out.clear()
        self._lock = threading.Lock()
        self._inbox: deque[_Note] = deque()
        self._cells: MutableSequence[int] | memoryview[int] = [0] * SAVED_CELLS
        tallies = {signal: Tally(self._cells, CELLS + at) for at, signal in enumerate(SIGNALS)}
        self._accepted: Mapping[Signal, Tally] = tallies
        self.included: Sequence[Sequence[int] | memoryview[int]] = ()

    def after_fork(self) -> None:
        """Start a child's books at zero: what the parent holds stays in the parent's."""
        self._renew()

    def keep_in(self, cells: memoryview[int] | None) -> None:
        """Keep the books in this memory from now on, as they stand; None: in the process's own again.

        Args:
            cells: SAVED_CELLS numbers of 64 bits, writable. What stands there is overwritten.
        """
        held = self._lock.acquire(timeout=_READ_LOCK_TIMEOUT_S)
        try:
            before = list(self._cells)
            target: MutableSequence[int] | memoryview[int] = before if cells is None else cells
            # No call in the loop's body or after it: a note that is booked in between would be booked in the old ones.
            for at in range(CELLS if cells is not None else 0):
                target[at] = before[at]
            self._cells = target
            for tally in self._accepted.values():
                tally.keep_in(target)
        finally:
            if held:
                self._lock.release()
        self._write_down()

    def offer(self, signal: Signal, outcome: Column, count: int = 1) -> None:
        """Book `count` records that were just offered and what became of them at once ("pending" where queued)."""
        self._note((signal, "offered", outcome, count))

    def left_out(self, signal: Signal, column: Column) -> LeftOut:
        """Return what counts a signal's records that end in a column as soon as they are offered; may be kept."""
        return self._left_out.setdefault((signal, column), LeftOut(self, signal, column))

    def adopt(self, signal: Signal, count: int) -> None:
        """Book that `count` spooled records of an ended process are ours now."""
        if count:
            self._note((signal, "adopted", "spooled", count))

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
        """Return a consistent copy of all rows, with what ended processes did whose streams were adopted."""
        return self._rows(included=True)

    def own_rows(self) -> Mapping[Signal, LedgerRow]:
        """Return a consistent copy of all rows, of this process alone: what the change during a call is read from."""
        return self._rows(included=False)

    def _rows(self, *, included: bool) -> Mapping[Signal, LedgerRow]:
        held = self._lock.acquire(timeout=_READ_LOCK_TIMEOUT_S)
        try:
            if held:
                self._book()
            cells = list(self._cells[:CELLS])
            for books in self.included if included else ():
                cells = [one + other for one, other in zip(cells, books, strict=True)]
            return {signal: self._row(signal, cells) for signal in SIGNALS}
        finally:
            if held:
                self._lock.release()

    def _row(self, signal: Signal, cells: Sequence[int]) -> LedgerRow:
        first, accepted = _ROW[signal], self._accepted[signal].count
        row = LedgerRow(*cells[first : first + WIDTH])
        return row._replace(offered=row.offered + accepted, pending=row.pending + accepted)

    def _note(self, note: _Note) -> None:
        self._inbox.append(note)
        self._write_down()

    def _write_down(self) -> None:
        # Whoever holds the lock looks into the inbox again after releasing it, so no note is left lying.
        while self._inbox and self._lock.acquire(blocking=False):
            try:
                self._book()
            finally:
                self._lock.release()

    def _book(self) -> None:
        inbox = self._inbox
        inbox.extend([left_out.take() for left_out in list(self._left_out.values())])
        while inbox:
            signal, source, target, count = inbox.popleft()
            cells, origin, goal = self._cells, _ROW[signal] + _AT[source], _ROW[signal] + _AT[target]
            # In this order: killed in between, the next start still sees from the books what is outstanding.
            if _AT[source] < _LEFT:
                cells[origin] += count
                cells[goal] += count
            else:
                cells[goal] += count
                cells[origin] -= count


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
        """Return what changed from one reading of this process's own books to a later one."""

        def change(column: str) -> int:
            return sum(getattr(after[signal], column) - getattr(before[signal], column) for signal in SIGNALS)

        pending = sum(row.pending for row in after.values())
        rejected, failed = change("rejected"), change("failed")
        return cls(
            exported=change("exported"),
            # What was adopted meanwhile was written by another process, and what left the spool counts as exported.
            spooled=max(change("spooled") - change("adopted"), 0),
            pending=pending,
            rejected=rejected,
            dropped=change("dropped"),
            timed_out=timed_out,
            ok=not (pending or rejected or failed or timed_out),
        )
