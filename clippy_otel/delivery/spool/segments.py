"""One file of a stream: where its next record goes, what is under way in it, and what of it is still wanted.

Appending takes no lock. The next offset is read, advanced and noted as being written in one go: neither another thread
nor a signal handler comes in between. Who reads goes as far as no write is under way. A sealed segment
has no room for anything, so once nothing is being written to it, its descriptor can be closed.
"""

from __future__ import annotations

import itertools
import os
import time
from typing import Final

from clippy_otel.delivery.spool.directory import Directory
from clippy_otel.delivery.spool.records import SIGNAL_BITS
from clippy_otel.ledger import Column
from clippy_otel.ports import SIGNALS, Envelope

_SEALED: Final = 1 << 62
_POLL_S: Final = 0.001
MARK_SHIFT: Final = 2


class Segment:
    """A segment.

    Args:
        directory: Where it lies.
        name: Its file.
        number: Its place in the stream.
        limit: The most bytes in it.
        descriptor: Of the open file; -1: not open.

    Attributes:
        stream: The name of its stream.
        end: The next free offset, or a number that no record fits behind.
        size: In bytes, once it is sealed.
        writing: Offsets at which a write is under way, with its size.
        holes: Where a write failed while another one had followed it: offsets, and where to go on.
        left: Records that are not settled, by signal.
        held: Offsets of records that are in memory too, and are to be sent from there, each with its mark().
        out: The same of those that were read and are being sent.
        back: The same of those that were read, were not sent, and are to be read again.
        lost: Offsets of held and handed-out records that are not there any more, and the ledger's column for them.
        known: The envelopes that lie in it whole, with their numbers.
        last: The one of them that was used last, its number, and that of its signal.
        envelopes: The same, by their numbers.
        newest_ns: When it was sealed, nanoseconds since the epoch: no record in it is younger.
        synced: Up to where it is synced.
        torn: Whether bytes of a failed write may lie behind the end.
        gone: Whether its file is removed.
    """

    __slots__ = (
        "back",
        "descriptor",
        "directory",
        "end",
        "envelopes",
        "gone",
        "held",
        "holes",
        "known",
        "last",
        "left",
        "limit",
        "lost",
        "name",
        "newest_ns",
        "number",
        "numbers",
        "out",
        "size",
        "stream",
        "synced",
        "torn",
        "writing",
    )

    def __init__(self, directory: Directory, name: str, number: int, *, limit: int, descriptor: int = -1) -> None:
        self.directory = directory
        self.name = name
        self.stream = name.partition(".")[0]
        self.number = number
        self.limit = limit
        self.descriptor = descriptor
        self.end = self.size = self.synced = 0
        self.writing: dict[int, int] = {}
        self.holes: dict[int, int] = {}
        self.left = [0] * len(SIGNALS)
        self.held: dict[int, int] = {}
        self.out: dict[int, int] = {}
        self.back: dict[int, int] = {}
        self.lost: dict[int, Column] = {}
        self.known: dict[Envelope, int] = {}
        self.last: tuple[Envelope | None, int, int] = (None, -1, 0)
        self.envelopes: dict[int, Envelope] = {}
        self.numbers = itertools.count()
        self.newest_ns = 0
        self.torn = self.gone = False

    @property
    def is_own(self) -> bool:
        """Whether this process writes it, or did: one of an ended process has no limit."""
        return self.limit > 0

    @property
    def is_sealed(self) -> bool:
        """Whether nothing more is written to it, save what is under way."""
        return self.end == _SEALED

    @property
    def is_finished(self) -> bool:
        """Whether nothing in it is wanted any more, and nothing can come."""
        # In this order: what is written is counted before its write ends.
        return self.is_sealed and not self.writing and not any(self.left)

    def reserve(self, size: int) -> int:
        """Return where so many bytes may be written; -1 where there is no room.

        Who gets a place takes it out of `writing` when it has written, whatever comes of it.
        """
        # No call, and no jump, between reading the end and noting the write: neither a thread nor a signal handler can
        # come in between. (Before Python 3.11 they can where a condition is false and its block is jumped over.)
        start = self.end
        if start + size <= self.limit:
            self.end = start + size
            self.writing[start] = size
            return start
        return -1

    def seal(self, now_ns: int) -> None:
        """Have no room any more."""
        end = self.end
        if end != _SEALED:
            self.size = end
            self.end = _SEALED
            self.newest_ns = now_ns

    def bytes_used(self) -> int:
        """Return how large it is."""
        end = self.end
        return self.size if end == _SEALED else end

    def readable_to(self) -> int:
        """Return the offset up to which everything is written."""
        end = self.bytes_used()  # first: what is reserved after this lies behind it
        return min((end, *list(self.writing)))

    def open(self) -> int:
        """Return a descriptor, which stays open until rest().

        Raises:
            OSError: It cannot be opened.
        """
        if self.descriptor < 0:
            self.descriptor = self.directory.open(self.name)
        return self.descriptor

    def becomes_quiet(self, patience_s: float) -> bool:
        """Return whether nothing is written to it any more, after waiting for that at most so many seconds."""
        deadline = time.monotonic() + patience_s
        while self.writing and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return self.is_sealed and not self.writing

    def rest(self) -> None:
        """Close the descriptor, where nothing is or can be under way: it is opened again when it is needed."""
        if self.descriptor >= 0 and self.is_sealed and not self.writing:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)

    def forget(self) -> None:
        """Close the descriptor in a forked child, where nobody is using it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def give_back(self, offset: int, size: int) -> None:
        """Let go of what a failed write had reserved."""
        self.torn = True
        if self.end == offset + size:
            self.end = offset
        else:  # somebody has reserved behind it, or it is sealed
            self.holes[offset] = offset + size

    def trim(self) -> None:
        """Cut off what a failed write has left behind the end."""
        if self.torn and self.is_sealed and not self.writing and not self.gone:
            os.ftruncate(self.open(), self.size)
            self.torn = False

    def sync(self, *, surely: bool = False) -> None:
        """Have what is written by now survive a power cut.

        Args:
            surely: Also what lies behind a write that is under way.
        """
        end = self.readable_to()
        if (surely or end > self.synced) and not self.gone:
            os.fdatasync(self.open())
            self.synced = end

    def read_all(self) -> bytes:
        """Return its bytes, as far as they are written."""
        return os.pread(self.open(), self.readable_to(), 0)

    def remove(self) -> None:
        """Remove the file."""
        self.gone = True
        self.directory.unlink(self.name)
        self.rest()


def mark(signal: int, records: int) -> int:
    """Return what is noted of a record that is held or handed out: its signal, and how many it counts for."""
    return records << MARK_SHIFT | signal


def unmark(known: int) -> tuple[int, int]:
    """Return signal and count of a mark."""
    return known & SIGNAL_BITS, known >> MARK_SHIFT


def counts(*marked: dict[int, int]) -> list[int]:
    """Return how many records stand in such tables, by signal."""
    totals = [0] * len(SIGNALS)
    for table in marked:
        for known in list(table.values()):
            totals[known & SIGNAL_BITS] += known >> MARK_SHIFT
    return totals
