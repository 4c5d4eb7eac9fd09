"""A spool in memory, with the real one's facade: what it holds can be looked at, and it can be told to refuse."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from clippy_otel.delivery.spool import Spool, SpoolSize
from clippy_otel.ports import SIGNALS, QueueItem, Signal

READABLE, HELD, OUT, GONE = "readable", "held", "out", "gone"


class Place:
    """Where an item lies."""

    def __init__(self, item: QueueItem, state: str, *, is_own: bool = True) -> None:
        self.item = item._replace(place=self)
        self.state = state
        self.is_own = is_own
        self.attempts = 0
        self.written_at = time.time()


class RefusingSpool(Spool):
    """The real spool, which refuses records when it is told to."""

    refuses: Callable[[], bool] = staticmethod(lambda: False)

    def append(self, items: Sequence[QueueItem], *, held: bool = False) -> list[QueueItem]:
        """Write them, or refuse."""
        return [] if self.refuses() else super().append(items, held=held)

    def hold(self, item: QueueItem) -> QueueItem | None:
        """Write it, or refuse."""
        return None if self.refuses() else super().hold(item)

    def spooled(self, signal: Signal) -> int:
        """Return how many records of a signal the ledger should call spooled."""
        if self._opened is None:
            return 0
        return sum(reader.left()[SIGNALS.index(signal)] for reader in self._opened.readers)


class DeadLetter(NamedTuple):
    """What a backend rejected."""

    item: QueueItem
    reason: str


class FakeSpool:
    """Keep items in memory as the real one does on disk.

    Args:
        leftovers: What ended processes have left.
        refuses: Asked at each append whether nothing can be written.

    Attributes:
        places: In their order.
        dead_letters: What was settled with a reason.
        appended_by: The names of the threads that wrote.
        reads: How many records were read, for each read.
        closed: How often it was closed.
        tended: How often it was tended.
    """

    def __init__(self, leftovers: Sequence[QueueItem] = (), refuses: Callable[[], bool] = lambda: False) -> None:
        self._leftovers = list(leftovers)
        self.refuses = refuses
        self._lock = threading.RLock()
        self.places: list[Place] = []
        self.dead_letters: list[DeadLetter] = []
        self.appended_by: list[str] = []
        self.reads: list[int] = []
        self.closed = self.tended = self.forked = 0

    def has_leftovers(self) -> bool:
        """Return whether there are any."""
        return bool(self._leftovers)

    def open(self) -> bool:
        """Be open."""
        return True

    def append(self, items: Sequence[QueueItem], *, held: bool = False) -> list[QueueItem]:
        """Keep encoded items."""
        assert all(type(item.data) is bytes and item.place is None for item in items)
        if self.closed or self.refuses():
            return []
        with self._lock:
            made = [Place(item, HELD if held else READABLE) for item in items]
            self.places += made
            self.appended_by.append(threading.current_thread().name)
        return [place.item for place in made]

    def hold(self, item: QueueItem) -> QueueItem | None:
        """Keep one encoded item that stays in memory too."""
        return next(iter(self.append([item], held=True)), None)

    def read(self, signal: Signal, max_records: int, max_bytes: int) -> list[QueueItem]:
        """Hand out the oldest, those that are no leftovers first."""
        taken: list[QueueItem] = []
        with self._lock:
            for place in sorted(self.places, key=lambda place: not place.is_own):
                item = place.item
                if place.state != READABLE or item.envelope.signal != signal:
                    continue
                if len(taken) == max_records or (taken and max_bytes < item.size_bytes):
                    break
                max_bytes -= item.size_bytes
                place.state = OUT
                taken.append(item)
        self.reads.append(len(taken))
        return taken

    def settle(self, items: Sequence[QueueItem], *, reason: str | None = None) -> None:
        """Be done with items."""
        for item in items:
            if item.place is not None:
                assert item.place.state in (HELD, OUT), item.place.state
                item.place.state = GONE
            if reason is not None:
                self.dead_letters.append(DeadLetter(item, reason))
        with self._lock:
            self.places = [place for place in self.places if place.state != GONE]

    def release(self, items: Sequence[QueueItem], *, failed: bool = False) -> None:
        """Have items read again."""
        for item in items:
            assert item.place.state in (HELD, OUT), item.place.state
            item.place.state = READABLE
            item.place.attempts += failed

    def backlog(self, signal: Signal) -> int:
        """Return how many can be read."""
        return sum(
            place.item.records
            for place in tuple(self.places)
            if place.state == READABLE and place.item.envelope.signal == signal
        )

    def own_backlog(self, signal: Signal) -> int:
        """Return how many of them are no leftovers."""
        return sum(
            place.item.records
            for place in tuple(self.places)
            if place.is_own and place.state == READABLE and place.item.envelope.signal == signal
        )

    def is_own(self, item: QueueItem) -> bool:
        """Return whether it is no leftover."""
        own: bool = item.place.is_own
        return own

    def attempts(self, item: QueueItem) -> int:
        """Return how often it failed."""
        attempts: int = item.place.attempts
        return attempts

    def age_s(self, item: QueueItem) -> float:
        """Return how old it is."""
        age_s: float = time.time() - item.place.written_at
        return age_s

    def tend(self) -> bool:
        """Adopt the leftovers."""
        self.tended += 1
        leftovers, self._leftovers = self._leftovers, []
        with self._lock:
            self.places = [*(Place(item, READABLE, is_own=False) for item in leftovers), *self.places]
        return bool(leftovers)

    def size(self) -> SpoolSize:
        """Return how much lies here, but what is held in memory too."""
        records = [place.item for place in tuple(self.places) if place.state in (READABLE, OUT)]
        return SpoolSize(len(records), sum(len(item.data) for item in records), len(self.dead_letters))

    def spooled(self, signal: Signal) -> int:
        """Return how many records of a signal the ledger should call spooled."""
        return sum(
            place.item.records
            for place in tuple(self.places)
            if place.state in (READABLE, OUT) and place.item.envelope.signal == signal
        )

    def purge(self, purposes: int = 0, subject: bytes | None = None) -> int:
        """Erase what can be read, and return how much it is."""

        def is_hit(item: QueueItem) -> bool:
            subjects = [item.subjects[at : at + 8] for at in range(0, len(item.subjects), 8)]
            return (not purposes or bool(item.purposes & purposes)) and (subject is None or subject in subjects)

        with self._lock:
            gone = [place for place in self.places if place.state == READABLE and is_hit(place.item)]
            self.places = [place for place in self.places if place not in gone]
        return len(gone)

    def close(self) -> None:
        """Take nothing more; what was handed out is there still."""
        self.closed += 1

    def after_fork(self) -> None:
        """Start empty."""
        self.forked += 1
        self.places = []
