"""What of one worker's records lies on the disk, the way there and the way back, and whose turn it is.

The spool knows records, this knows order: what is accepted while older records of its signal lie on the disk goes there
too, behind them, and nothing is sent from memory before it. Without a spool it refuses everything and holds nothing.

A record in memory may lie on the disk as well (`place` is set): because it is written first in any case, or because it
was on its way when younger ones had to go to the disk. Letting it go from memory is then a release, not a second copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from clippy_otel import _guard
from clippy_otel.delivery.spans import SpanEncoder
from clippy_otel.ledger import Ledger
from clippy_otel.ports import SIGNALS, QueueItem, Signal

if TYPE_CHECKING:
    from clippy_otel.delivery.spool import SpoolSize

# A record that is answered with "later" this often and for that long may be what the peer cannot take.
POISON_ATTEMPTS: Final = 16
POISON_AGE_S: Final = 3600.0


class Disk(Protocol):
    """The spool, as the worker uses it. No method raises."""

    def has_leftovers(self) -> bool:
        """Return whether streams of ended processes may be adopted."""

    def open(self) -> bool:
        """Take our own stream; False: it cannot be written."""

    def append(self, items: Sequence[QueueItem], *, held: bool = False) -> list[QueueItem]:
        """Write encoded items; return those that are written, with their place."""

    def hold(self, item: QueueItem) -> QueueItem | None:
        """Write one that stays in memory too, and return it with its place; None: it is not written."""

    def read(self, signal: Signal, max_records: int, max_bytes: int) -> list[QueueItem]:
        """Hand out the oldest readable ones."""

    def settle(self, items: Sequence[QueueItem], *, reason: str | None = None) -> None:
        """Be done with items; with a reason they go to the dead letters."""

    def release(self, items: Sequence[QueueItem], *, failed: bool = False) -> None:
        """Have items readable again."""

    def backlog(self, signal: Signal) -> int:
        """Return how many records are readable."""

    def own_backlog(self, signal: Signal) -> int:
        """Return how many of them this process has written."""

    def is_own(self, item: QueueItem) -> bool:
        """Return whether an item that was read is one of those."""

    def attempts(self, item: QueueItem) -> int:
        """Return how often sending an item has failed."""

    def age_s(self, item: QueueItem) -> float:
        """Return how long ago an item was accepted."""

    def tend(self) -> bool:
        """Do what is due; return whether there may be something new to read."""

    def size(self) -> SpoolSize:
        """Return how much lies there."""

    def purge(self, purposes: int = 0, subject: bytes | None = None) -> int:
        """Erase records; return how many."""

    def close(self) -> None:
        """Leave what is there to the next process."""

    def after_fork(self) -> None:
        """Leave the parent's stream to the parent."""


class Backlog:
    """The disk behind one worker's memory.

    Args:
        disk: The spool; None: there is none.
        ledger: Where it is booked what becomes of records that lie there.

    Attributes:
        exists: Whether there is a spool.
    """

    def __init__(self, disk: Disk | None, ledger: Ledger) -> None:
        self._disk = disk
        self._ledger = ledger
        self._encoder = SpanEncoder()
        self.exists = disk is not None
        self._renew()

    def _renew(self) -> None:
        self._own_out: dict[Signal, int] = dict.fromkeys(SIGNALS, 0)  # items of this process, handed out by read()
        self._is_open = False

    def after_fork(self) -> None:
        """Start in the child with nothing of its own."""
        self._renew()
        if self._disk is not None:
            self._disk.after_fork()

    def comes_first(self, signal: Signal) -> bool:
        """Return whether older records of a signal, accepted by this process, lie on the disk. Takes no lock."""
        return self._disk is not None and (self._disk.own_backlog(signal) > 0 or self._own_out[signal] > 0)

    def has_own(self) -> bool:
        """Return whether any record that this process accepted may lie there. Takes no lock."""
        return any(map(self.comes_first, SIGNALS))

    def waits(self, signal: Signal) -> bool:
        """Return whether something can be read. Takes no lock."""
        return self._disk is not None and self._disk.backlog(signal) > 0

    def prepare(self, signals: Iterable[Signal]) -> None:
        """Be ready to encode records of these signals anywhere, in a signal handler too."""
        if "spans" in signals:
            self._encoder.load()

    def encoded(self, item: QueueItem) -> QueueItem:
        """Return an item with its bytes.

        Raises:
            Exception: Whatever a span of a foreign class raises when it is read.
        """
        return item if type(item.data) is bytes else self._encoder.encode(item)

    def hold(self, items: Sequence[QueueItem]) -> list[QueueItem]:
        """Write encoded items that stay in memory too; return those that are written, the first ones, with a place."""
        if self._disk is None or not items:
            return []
        return self._disk.append(items, held=True)

    def write_first(self, item: QueueItem) -> QueueItem:
        """Write an encoded item that stays in memory too; return it with its place, or as it is: it is not written."""
        written = None if self._disk is None else self._disk.hold(item)
        return item if written is None else written

    def keep(self, items: Sequence[QueueItem]) -> list[QueueItem]:
        """Have encoded items lie on the disk alone; return those that it refuses."""
        if self._disk is None:
            return list(items)
        placed = [item for item in items if item.place is not None]
        loose = [item for item in items if item.place is None]
        if placed:
            self._disk.release(placed)
        return loose[len(self._disk.append(loose)) :] if loose else []

    def read(self, signal: Signal, max_records: int, max_bytes: int) -> list[QueueItem]:
        """Take the oldest items out, until done() or put_back(). The worker's thread only, as for these two."""
        items = [] if self._disk is None else self._disk.read(signal, max_records, max_bytes)
        own = self._own_among(items)
        self._own_out[signal] += own
        return items

    def done(self, signal: Signal, items: Sequence[QueueItem], *, rejected: int = 0, reason: str | None = None) -> None:
        """Be done with items that read() handed out.

        Args:
            signal: Theirs.
            items: Them.
            rejected: How many records of them the peer refused although it took the request.
            reason: Why all of them are refused, for the dead letters; None: they are delivered.
        """
        count = sum(item.records for item in items)
        refused = count if reason is not None else min(rejected, count)
        if self._disk is not None:
            self._disk.settle(items, reason=reason)
        self._ledger.move(signal, "spooled", "exported", count - refused)
        self._ledger.move(signal, "spooled", "rejected", refused)
        own = self._own_among(items)
        self._own_out[signal] -= own

    def erased(self, signal: Signal, items: Sequence[QueueItem]) -> None:
        """Be done with items that read() handed out and that nobody may have."""
        if self._disk is not None:
            self._disk.settle(items)
        self._ledger.move(signal, "spooled", "erased", sum(item.records for item in items))
        own = self._own_among(items)
        self._own_out[signal] -= own

    def purge(self, purposes: int, subject: bytes) -> None:
        """Erase what lies on the disk, in other processes too: for some purposes, of a user; b"": whosever it is."""
        if self._disk is not None:
            with _guard.host_safe("spool"):
                self._disk.purge(purposes, subject or None)

    def put_back(self, signal: Signal, items: Sequence[QueueItem], *, failed: bool = True) -> None:
        """Have items that read() handed out read again, in their old place."""
        if self._disk is not None:
            self._disk.release(items, failed=failed)
        own = self._own_among(items)
        self._own_out[signal] -= own

    def _own_among(self, items: Sequence[QueueItem]) -> int:
        return 0 if self._disk is None else sum(map(self._disk.is_own, items))

    def forget(self, items: Sequence[QueueItem], reason: str | None = None) -> None:
        """Be done with items out of memory: those that lie on the disk too, all of them where there is a reason."""
        gone = [item for item in items if item.place is not None or reason is not None]
        if self._disk is not None and gone:
            self._disk.settle(gone, reason=reason)

    def is_suspect(self, items: Sequence[QueueItem]) -> bool:
        """Return whether items were put off so often, and for so long, that they may never be taken."""
        disk = self._disk
        return disk is not None and all(
            disk.attempts(item) >= POISON_ATTEMPTS and disk.age_s(item) >= POISON_AGE_S for item in items
        )

    def has_leftovers(self) -> bool:
        """Return whether ended processes left something that may be delivered here."""
        return self._disk is not None and self._disk.has_leftovers()

    def tend(self) -> bool:
        """Do what is due on the disk; return whether there may be something new to read."""
        with _guard.host_safe("spool"):
            if self._disk is not None and (self._is_open or self._disk.open()):
                self._is_open = True
                return self._disk.tend()
        return False

    def size(self) -> SpoolSize | None:
        """Return how much lies on the disk; None where there is no spool."""
        return None if self._disk is None else self._disk.size()

    def close(self) -> None:
        """Leave what is there to the next process."""
        if self._disk is not None:
            with _guard.host_safe("spool"):
                self._disk.close()
