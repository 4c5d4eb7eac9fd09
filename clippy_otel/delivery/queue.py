"""The bounded queue between the application's threads and the worker.

offer() never waits: it appends to an inbox (atomic) and whoever gets the lock at the first try books what lies there,
so a signal handler or `__del__` may call it at any moment, even while the frame that it interrupted is booking. Held
against the bounds is everything that is not settled yet, also what the worker is sending. What does not fit is
refused, newest first, and counted. Cost: under 1 us an item.

The lock is re-entrant for the sake of flush and shutdown, which a signal handler may call too; that a frame is in the
middle of booking is kept beside it, so that whoever interrupts that frame leaves the inbox to it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from clippy_otel import _fork
from clippy_otel.ledger import Column, Ledger
from clippy_otel.ports import SIGNALS, QueueItem, Signal


class Held(NamedTuple):
    """What the queue holds at one moment."""

    records: int  # waiting and in flight, session starts and ends left out
    size_bytes: int  # of all of them, with their overhead
    waiting: int  # not handed to the worker yet, session starts and ends left out


class RecordQueue:
    """Redacted, encoded records in the order they were offered.

    Args:
        max_records: The most records held (session starts and ends are held to the bytes alone).
        max_bytes: The most bytes held.
        ledger: Where each record's fate is booked.
        on_growth: Called when the queue stopped being empty, and at each item while a batch is due; never under the
            queue's lock.

    Attributes:
        batch_records: Waiting records (session starts and ends left out) from which on a batch is due.
        batch_bytes: Held bytes from which on one is due.
    """

    def __init__(self, *, max_records: int, max_bytes: int, ledger: Ledger, on_growth: Callable[[], None]) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._ledger = ledger
        self._on_growth = on_growth
        self.batch_records, self.batch_bytes = max_records, max_bytes
        self._renew()
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Start empty in the child: what the parent accepted, the parent delivers."""
        self._renew()

    def _renew(self) -> None:
        self._lock = threading.RLock()
        self._accepted = self._ledger.accepted()
        self._booking = False
        self._closed = False
        self._inbox: deque[QueueItem] = deque()
        self._waiting: deque[QueueItem] = deque()
        self._records = self._bytes = self._taken_records = 0
        # Ever taken in, and ever settled: items of all signals, and records by signal.
        self._taken_in = self._let_go = 0
        self._settled: dict[Signal, int] = dict.fromkeys(SIGNALS, 0)

    def offer(self, item: QueueItem) -> None:
        """Take an item in, or refuse it where a bound is reached. Never waits, never raises."""
        if len(self._inbox) >= self._max_records:
            # The lock's holder has been held up for that long: bound the inbox as well.
            self._ledger.offer(item.envelope.signal, "queue_full")
            return
        self._inbox.append(item)
        self._book_inbox()

    def _book_inbox(self) -> None:
        """Book what lies in the inbox, unless somebody is at it: who held the lock comes here after releasing it."""
        tell = False
        while self._inbox and self._lock.acquire(False):  # noqa: FBT003 - by keyword it takes twice as long
            try:
                if self._booking:
                    break
                tell = self._book() or tell
            finally:
                self._lock.release()
        if tell:
            self._on_growth()

    def close(self) -> None:
        """Refuse what is offered from now on as coming after the shutdown."""
        self._closed = True

    def idle(self) -> bool:
        """Return whether everything that was ever offered is refused or settled. Takes no lock."""
        # In this order: what somebody is booking has left the inbox, and is not counted yet.
        return not self._inbox and not self._booking and self._taken_in == self._let_go

    def has_accepted(self, signal: Signal) -> bool:
        """Return whether a record of a signal was ever accepted. Takes no lock."""
        return self._accepted[signal].count > 0

    def has_waiting(self) -> bool:
        """Return whether anything waits that take() has not handed over. Takes no lock."""
        return bool(self._waiting or self._inbox)

    def is_batch_due(self) -> bool:
        """Return whether enough waits, or is held, for a delivery. Takes no lock."""
        return self._records - self._taken_records >= self.batch_records or self._bytes >= self.batch_bytes

    def held(self) -> Held:
        """Return what is held; a reading for bounds and status, not a snapshot under the lock."""
        return Held(self._records, self._bytes, self._records - self._taken_records)

    def take(self, most: int) -> list[QueueItem]:
        """Hand over the oldest waiting items, at most `most`; they stay held until settle()."""
        with self._lock:
            self._book()
            taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            records = sum(map(_is_counted, taken))
            self._taken_records += records
        self._book_inbox()
        return taken

    def admit(self, items: Sequence[QueueItem]) -> None:
        """Count items as accepted and handed over that never waited here, whatever the bounds: a collection of metrics.

        They are held until settle(), like those of take(). Their size is 0: it is the SDK that bounds metrics, and
        they must not take the room of records that come only once.
        """
        with self._lock:
            for item in items:
                self._accepted[item.envelope.signal].count += item.records
                self._taken_in += 1

    def mark(self) -> tuple[int, ...]:
        """Return what settled() reaches once all that was offered before this call is settled."""
        with self._lock:
            tell = self._book()
            accepted = tuple(self._accepted[signal].count for signal in SIGNALS)
        if tell:
            self._on_growth()
        self._book_inbox()
        return accepted

    def settled(self) -> tuple[int, ...]:
        """Return how many records were ever settled, by signal in the order of SIGNALS. Takes no lock."""
        return tuple(self._settled.values())

    def settle(self, items: Sequence[QueueItem], outcome: Column, *, rejected: int = 0) -> None:
        """Let taken items go and book what became of them.

        Args:
            items: Items that take() handed over.
            outcome: The column for them.
            rejected: How many of them the backend refused although it took the request.
        """
        counts: dict[Signal, int] = {}
        for item in items:
            counts[item.envelope.signal] = counts.get(item.envelope.signal, 0) + item.records
        for signal, count in counts.items():
            refused = min(rejected, count)
            self._ledger.move(signal, "pending", outcome, count - refused)
            self._ledger.move(signal, "pending", "rejected", refused)
        records, let_go = sum(map(_is_counted, items)), len(items)
        size_bytes = sum(item.size_bytes for item in items)
        with self._lock:
            self._records -= records
            self._taken_records -= records
            self._bytes -= size_bytes
            self._let_go += let_go
            for signal, count in counts.items():
                self._settled[signal] += count
        self._book_inbox()

    def _book(self) -> bool:
        """Move the inbox into the queue, under the lock; return whether somebody is to be told of it."""
        if self._booking:
            return False
        was_empty, taken_in_before = not self._waiting, self._taken_in
        self._booking, inbox = True, self._inbox
        try:
            while inbox:
                item = inbox.popleft()
                envelope, _, size_bytes, _, _, lifecycle, records = item  # at a third of the time of asking it for each
                over = self._bytes + size_bytes > self._max_bytes
                if over or self._closed or (self._records >= self._max_records and not lifecycle):
                    self._ledger.offer(envelope.signal, "after_shutdown" if self._closed else "queue_full")
                    continue
                self._waiting.append(item)
                accepted = self._accepted[envelope.signal]
                # No call between reading a counter and storing it: that is where a signal handler comes in.
                accepted.count += records
                self._bytes += size_bytes
                self._records += not lifecycle
                self._taken_in += 1
        finally:
            self._booking = False
        return self._taken_in != taken_in_before and (was_empty or self.is_batch_due())


def _is_counted(item: QueueItem) -> bool:
    """Return whether an item is one of the records that max_records and BufferStatus.size count."""
    return not item.lifecycle and item.envelope.signal != "metrics"
