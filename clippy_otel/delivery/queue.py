"""The bounded queue between the application's threads and the worker.

offer() never waits: it appends to an inbox (atomic) and whoever gets the lock at the first try books what lies there,
so a signal handler or `__del__` may call it at any moment, even while the frame that it interrupted is booking. Held
against the bounds is everything that is not settled yet, also what the worker is sending. What does not fit makes the
oldest that waits go to the disk, a few at a time; where there is none, or it refuses, the newest is refused and
counted. Cost: under 1 us an item; 2 us more each where records go to the disk.

Order: the disk takes the oldest of memory first, after a copy of what the worker has taken and not settled. So for each
signal what is taken is older than what lies on the disk, and that is older than what waits. Where whoever holds the
lock is held up for longer than the inbox lasts, the newest goes to the disk past the others.

The lock is re-entrant for the sake of flush and shutdown, which a signal handler may call too; that a frame is in the
middle of booking is kept beside it, so that whoever interrupts that frame leaves the inbox to it. Everything taken is
known by its identity until it is settled, once: a late answer of an abandoned send settles nothing.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from clippy_otel import _fork, _guard
from clippy_otel.delivery.backlog import Backlog
from clippy_otel.delivery.taken import Taken
from clippy_otel.ledger import Column, Ledger, Tally
from clippy_otel.ports import SIGNALS, Gate, QueueItem, Signal

# How many go to the disk at once: 70 us for the caller, a few hundred where they are spans that are not encoded yet.
SPILLED_AT_ONCE: Final = 32
# What comes in while the lock's holder is not running, for 5 ms at 10 us each, must find room.
_MIN_INBOX: Final = 1_000


class Held(NamedTuple):
    """What the queue holds at one moment."""

    records: int  # waiting and in flight, session starts and ends left out
    size_bytes: int  # of all of them, with their overhead
    waiting: int  # not handed to the worker yet, session starts and ends left out


class RecordQueue:
    """Redacted records in the order they were offered.

    Args:
        max_records: The most records held (session starts and ends are held to the bytes alone).
        max_bytes: The most bytes held.
        ledger: Where each record's fate is booked.
        on_growth: Called when the queue stopped being empty, and at each item while a batch is due; never under the
            queue's lock.
        backlog: Where what is over the bounds goes; None: nowhere.

    Attributes:
        batch_records: Waiting records (session starts and ends left out) from which on a batch is due.
        batch_bytes: Held bytes from which on one is due.
        writes_first: Whether each item is written to the disk before offer() returns.
        gate: Asked whether an item may be accepted, right before it is or is written to the disk.
    """

    def __init__(
        self,
        *,
        max_records: int,
        max_bytes: int,
        ledger: Ledger,
        on_growth: Callable[[], None],
        backlog: Backlog | None = None,
    ) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._max_inbox = max(max_records, _MIN_INBOX)
        self._ledger = ledger
        self._on_growth = on_growth
        self._backlog = Backlog(None, ledger) if backlog is None else backlog
        self.batch_records, self.batch_bytes = max_records, max_bytes
        self.writes_first = False
        self.gate = Gate()
        self._renew()
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Start empty in the child: what the parent accepted, the parent delivers."""
        self._renew()

    def _renew(self) -> None:
        self._lock = threading.RLock()
        self._accepted = self._ledger.accepted()
        self._booking = False
        self._closed = self._is_purge_due = False
        self._inbox: deque[QueueItem] = deque()
        self._waiting: deque[QueueItem] = deque()
        self._taken = Taken()
        self._records = self._bytes = self._taken_records = 0
        # Ever taken in, and ever settled: items of all signals, and records by signal.
        self._taken_in = self._let_go = 0
        self._settled: dict[Signal, int] = dict.fromkeys(SIGNALS, 0)

    def offer(self, item: QueueItem) -> None:
        """Take an item in, or refuse it where a bound is reached. Never waits for a lock, never raises."""
        if self.writes_first and not self._closed:
            admits = self.gate.admits  # as _is_admitted(): a call takes as long as the rest
            if admits is not None and not admits(item.purposes, item.subjects):
                self._deny(item)
                return
            encoded = item if type(item.data) is bytes else self._encoded(item)
            if encoded is None:
                self._ledger.offer(item.envelope.signal, "unencodable")
                return
            item = self._backlog.write_first(encoded)
        if len(self._inbox) >= self._max_inbox:
            # The lock's holder has been held up for that long: bound the inbox as well.
            self._refuse(item)
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
        """Hand over the oldest waiting items, at most `most`; they stay held until settle().

        Those of a signal whose older records lie on the disk follow them there instead.
        """
        with self._lock:
            self._book()
            items = self._pop_waiting(most)
            if self._backlog.has_own():
                items = self._without_followers(items)
            items = list(map(self._taken.add, items))
            counted = sum(map(_is_counted, items))
            self._taken_records += counted
        self._book_inbox()
        return items

    def _pop_waiting(self, most: int) -> list[QueueItem]:
        """Take the oldest out of what waits: one by one, for whoever interrupts this may take some too, or add some."""
        items: list[QueueItem] = []
        with contextlib.suppress(IndexError):  # no look before each step
            while len(items) < most:
                items.append(self._waiting.popleft())
        return items

    def _without_followers(self, items: list[QueueItem]) -> list[QueueItem]:
        first = {signal for signal in SIGNALS if self._backlog.comes_first(signal)}
        stay = set(map(id, self._to_disk([item for item in items if item.envelope.signal in first])))
        return [item for item in items if item.envelope.signal not in first or id(item) in stay]

    def exchange(self, pairs: Sequence[tuple[QueueItem, QueueItem]]) -> None:
        """Know what take() handed over, the first of each pair, by another object from now on: its encoded form."""
        with self._lock:
            for before, after in pairs:
                self._taken.exchange(before, after)
        self._book_inbox()

    def admit(self, items: Sequence[QueueItem]) -> list[QueueItem]:
        """Count items as accepted and handed over that never waited here, whatever the bounds: a collection of metrics.

        What is returned is held until settle(), as by take(). Their size is 0: it is the SDK that bounds metrics, and
        they must not take the room of records that come only once.
        """
        with self._lock:
            for item in items:
                accepted = self._accepted[item.envelope.signal]
                accepted.count += item.records
                accepted.save()
                self._taken_in += 1
            admitted = list(map(self._taken.add, items))
        self._book_inbox()
        return admitted

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

    def settle(self, items: Sequence[QueueItem], outcome: Column, *, rejected: int = 0) -> list[QueueItem]:
        """Let taken items go and book what became of them; what is settled already stays as it was booked.

        Args:
            items: Items that take() handed over.
            outcome: The column for them.
            rejected: How many of them the backend refused although it took the request.

        Returns:
            Those that are settled by this call, with their place on the disk where they lie there too.
        """
        with self._lock:
            known = self._taken.pop(items)
            self._let_go_of(known, outcome, rejected)
            counted = sum(map(_is_counted, known))
            self._taken_records -= counted
        self._book_inbox()
        return known

    def keep_taken(self, signal: Signal) -> list[QueueItem]:
        """Move what was taken of a signal to the disk, and return what that refuses: it is held as before."""
        with self._lock:
            taken = self._taken.of(signal)
            stay = self._to_disk(taken, behind_taken=False)
            self._taken.replace(signal, stay)
            gone = sum(map(_is_counted, taken)) - sum(map(_is_counted, stay))
            self._taken_records -= gone
        self._book_inbox()
        return stay

    def keep(self) -> None:
        """Move what waits to the disk, and have a copy there of what is taken."""
        with self._lock:
            self._book()
            stay = self._to_disk(self._pop_waiting(len(self._waiting)))
            self._waiting.extendleft(reversed(stay))
            for signal in SIGNALS:
                self._hold_taken(signal)
        self._book_inbox()

    def purge(self) -> None:
        """Erase what waits and is not admitted any more; what is accepted from now on is admitted by what holds now."""
        with self._lock:
            self._is_purge_due = True
            if not self._booking:  # else the frame beneath this one does it
                self._book()
                self._purge()
        self._book_inbox()

    def _purge(self) -> None:
        self._is_purge_due = False
        admits = self.gate.admits
        if admits is not None:
            waiting = self._pop_waiting(len(self._waiting))
            gone = [item for item in waiting if not admits(item.purposes, item.subjects)]
            erased = set(map(id, gone))
            self._waiting.extendleft(item for item in reversed(waiting) if id(item) not in erased)
            if gone:
                self._let_go_of(gone, "erased")
                self._backlog.forget(gone)

    def end(self) -> None:
        """Move all that is held to the disk, and book as failed what that refuses."""
        with self._lock:
            self._book()
            while self._waiting:
                counted = _is_counted(self._taken.add(self._waiting.popleft()))
                self._taken_records += counted
        for signal in SIGNALS:
            self.settle(self.keep_taken(signal), "failed")

    def _book(self) -> bool:
        """Move the inbox into the queue, under the lock; return whether somebody is to be told of it."""
        if self._booking:
            return False
        was_empty, taken_in_before = not self._waiting, self._taken_in
        counted: Tally | None = None  # and not saved yet
        self._booking, inbox = True, self._inbox
        try:
            while inbox:
                item = inbox.popleft()
                # At a third of the time of asking for each.
                envelope, _, size_bytes, purposes, subjects, lifecycle, records, _ = item
                admits = self.gate.admits
                if admits is not None and not admits(purposes, subjects):
                    self._deny(item)
                    continue
                over = self._bytes + size_bytes > self._max_bytes
                over = over or (self._records >= self._max_records and not lifecycle)
                if self._closed or (over and not self._make_room(item)):
                    self._refuse(item)
                    continue
                self._waiting.append(item)
                accepted = self._accepted[envelope.signal]
                if counted is not accepted:
                    if counted is not None:
                        counted.save()
                    counted = accepted
                # No call between reading a counter and storing it: that is where a signal handler comes in.
                accepted.count += records
                self._bytes += size_bytes
                self._records += not lifecycle
                self._taken_in += 1
        finally:
            self._booking = False
        if counted is not None:
            counted.save()
        if self._is_purge_due:
            self._purge()
        return self._taken_in != taken_in_before and (was_empty or self.is_batch_due())

    def _make_room(self, item: QueueItem) -> bool:
        """Move the oldest waiting items to the disk until another one fits; return whether it does.

        Where it does not, everything older of its signal is on the disk too, as far as that takes it.
        """
        while self._backlog.exists and self._waiting:
            chunk = list(islice(self._waiting, SPILLED_AT_ONCE))
            stay = set(map(id, self._to_disk(chunk)))
            kept = [each for each in chunk if id(each) in stay]
            for _ in chunk:
                self._waiting.popleft()
            self._waiting.extendleft(reversed(kept))
            has_room = self._bytes + item.size_bytes <= self._max_bytes
            if has_room and (item.lifecycle or self._records < self._max_records):
                return True
            if kept:
                break
        self._hold_taken(item.envelope.signal)
        return False

    def _refuse(self, item: QueueItem) -> None:
        """Leave an item out of memory: on the disk, where that takes it; else it is refused."""
        signal = item.envelope.signal
        column: Column = "after_shutdown" if self._closed else "queue_full"
        if not self._is_admitted(item):
            self._deny(item)
            return
        if self._backlog.exists and (item.place is not None or not self._closed):
            encoded = self._encoded(item)
            if encoded is None:
                column = "unencodable"
            elif not self._backlog.keep([encoded]):
                column = "spooled"
        self._ledger.offer(signal, column)

    def _is_admitted(self, item: QueueItem) -> bool:
        admits = self.gate.admits
        return admits is None or admits(item.purposes, item.subjects)

    def _deny(self, item: QueueItem) -> None:
        self._ledger.offer(item.envelope.signal, "consent_denied")
        if item.place is not None:
            self._backlog.forget([item])

    def _to_disk(self, items: Sequence[QueueItem], *, behind_taken: bool = True) -> list[QueueItem]:
        """Have held items lie on the disk alone, under the lock; return those that it refuses.

        Args:
            items: Them.
            behind_taken: Whether they are younger than what the worker has taken.
        """
        if not (items and self._backlog.exists):
            return list(items)
        was_booking, self._booking = self._booking, True  # what comes in meanwhile waits for its turn
        try:
            ready = [(item, encoded) for item in items if (encoded := self._encoded(item)) is not None]
            if len(ready) < len(items):
                has_form = {id(item) for item, _ in ready}
                self._let_go_of([item for item in items if id(item) not in has_form], "unencodable")
            if behind_taken:
                for signal in {item.envelope.signal for item in items}:
                    self._hold_taken(signal)
            refused = set(map(id, self._backlog.keep([encoded for _, encoded in ready])))
            self._let_go_of([item for item, encoded in ready if id(encoded) not in refused], "spooled")
        finally:
            self._booking = was_booking
        return [item for item, encoded in ready if id(encoded) in refused]

    def _encoded(self, item: QueueItem) -> QueueItem | None:
        """Return an item with its bytes; None: it has none."""
        try:
            return self._backlog.encoded(item)
        except Exception as error:  # noqa: BLE001 - a span of a foreign kind that raises when read
            _guard.swallowed("span", error)
            return None

    def _hold_taken(self, signal: Signal) -> None:
        """Write a copy of what the worker has taken of a signal, for that is older than what goes to the disk next.

        Under the lock. Nothing to do where older ones than those lie on the disk already, or they do themselves.
        """
        if not self._backlog.exists or self._backlog.comes_first(signal):
            return
        loose = self._taken.in_memory_alone(signal)
        ready = [(key, encoded) for key, item in loose if (encoded := self._encoded(item)) is not None]
        for (key, _), item in zip(ready, self._backlog.hold([item for _, item in ready]), strict=False):
            self._taken.now_lies(key, item)

    def _let_go_of(self, items: Sequence[QueueItem], outcome: Column, rejected: int = 0) -> None:
        """Hold items no longer, and book what became of them; under the lock."""
        counts: dict[Signal, int] = {}
        for item in items:
            counts[item.envelope.signal] = counts.get(item.envelope.signal, 0) + item.records
        for signal, count in counts.items():
            refused = min(rejected, count)
            self._ledger.move(signal, "pending", outcome, count - refused)
            self._ledger.move(signal, "pending", "rejected", refused)
        # Counted first: no call between reading a counter and storing it.
        records, size_bytes, count = sum(map(_is_counted, items)), sum(item.size_bytes for item in items), len(items)
        self._records -= records
        self._bytes -= size_bytes
        self._let_go += count
        for signal, count in counts.items():
            self._settled[signal] += count


def _is_counted(item: QueueItem) -> bool:
    """Return whether an item is one of the records that max_records and BufferStatus.size count."""
    return not item.lifecycle and item.envelope.signal != "metrics"
