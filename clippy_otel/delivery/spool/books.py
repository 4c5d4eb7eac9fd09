"""What a stream's lock file holds: the books of its process, in memory that outlives it (mapped, 0.2 us a change).

The live cells belong to the process that owns the stream. Beside them are two banks, of which one is in force: what was
taken over from streams that ended. A change of several numbers is written to the other bank and put in force by a
single store, so that a SIGKILL at any moment leaves the old books or the new ones. That store also says whose books
were taken over last, so that they are not taken over a second time.

What is outstanding is read from the identity (all that came in, less all that ended), not from `pending` and `spooled`:
a process that is killed in the middle of a booking leaves these two wrong, and nothing else.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys
from collections.abc import Sequence
from typing import Final
from zlib import crc32

from clippy_otel.delivery.spool.directory import Directory
from clippy_otel.ledger import CELLS, COLUMNS, SAVED_CELLS, WIDTH, Column, cell
from clippy_otel.ports import SIGNALS

_MAGIC: Final = 0x636C6970_6F746C01  # the last byte is the version
_VERSION_BITS: Final = 8
_MAGIC_AT, _SWITCH_AT, _ERASED_AT, _LIVE_AT = 0, 1, 2, 3
_BANKS_AT: Final = (_LIVE_AT + SAVED_CELLS, _LIVE_AT + SAVED_CELLS + CELLS)
_WORDS: Final = _LIVE_AT + SAVED_CELLS + 2 * CELLS
_WORD_BYTES: Final = 8
# The switch: which bank is in force; whether the stream was adopted, so that the live cells are in the bank already;
# and above these two bits whose books were taken over last.
_BANK, _ADOPTED, _ABSORBED_SHIFT = 1, 2, 2
_PLAUSIBLE: Final = 1 << 48
_OUTSTANDING: Final = ("pending", "spooled")
_LEFT: Final = ("offered", "adopted")
_TALLIED: Final[tuple[Column, ...]] = ("offered", "pending")
_BYTES: Final = _WORDS * _WORD_BYTES


class Books:
    """The books in a lock file.

    Args:
        directory: Where it lies.
        name: The file.

    Attributes:
        live: The cells of the process that owns the stream, for its ledger to be kept in.

    Raises:
        OSError: The file cannot be used. Where there is merely no room in it they are kept in memory: what lies in the
            spool can be delivered all the same, and that makes room.
    """

    def __init__(self, directory: Directory, name: str) -> None:
        # Opened once more: a mapping keeps its file open, and so would keep the lock of the descriptor that has it.
        descriptor = directory.open(name)
        try:
            # Written before it is mapped: a page of a full tmpfs that is not there kills with SIGBUS.
            is_whole = os.fstat(descriptor).st_size >= _BYTES or _make_room(descriptor)
            memory = mmap.mmap(descriptor, _BYTES) if is_whole else bytearray(_BYTES)
            self._words: memoryview[int] = memoryview(memory).cast("q")
        finally:
            os.close(descriptor)
        self.live: memoryview[int] = self._words[_LIVE_AT : _LIVE_AT + SAVED_CELLS]
        if self._words[_MAGIC_AT] != _MAGIC or not self._is_plausible():  # new, or damaged
            for at in range(1, _WORDS):
                self._words[at] = 0
            self._words[_MAGIC_AT] = _MAGIC

    def _is_plausible(self) -> bool:
        return all(-_PLAUSIBLE < word < _PLAUSIBLE for word in self._words[_LIVE_AT:])

    @property
    def bank(self) -> memoryview[int]:
        """What was taken over; of an adopted stream all there is."""
        start = _BANKS_AT[self._words[_SWITCH_AT] & _BANK]
        return self._words[start : start + CELLS]

    @property
    def is_adopted(self) -> bool:
        """Whether the process that they belong to is known to have ended."""
        return bool(self._words[_SWITCH_AT] & _ADOPTED)

    @property
    def erased_ns(self) -> int:
        """Up to which tombstone the stream is erased: when that was set, nanoseconds since the epoch."""
        return self._words[_ERASED_AT]

    @erased_ns.setter
    def erased_ns(self, moment: int) -> None:
        self._words[_ERASED_AT] = moment

    def total(self) -> list[int]:
        """Return all of them together."""
        total = list(self.bank)
        if not self.is_adopted:
            total = [one + other for one, other in zip(total, self.live[:CELLS], strict=True)]
            for at, signal in enumerate(SIGNALS):
                for column in _TALLIED:
                    total[cell(signal, column)] += self.live[CELLS + at]
        return total

    def replace(self, bank: Sequence[int], *, adopted: bool = False, absorbed: str = "") -> None:
        """Put other numbers in force in the place of the bank, all at once.

        Args:
            bank: CELLS numbers.
            adopted: The live cells are among them.
            absorbed: The name of the stream whose books are among them now.
        """
        switch = self._words[_SWITCH_AT]
        other = ~switch & _BANK
        start = _BANKS_AT[other]
        for at, number in enumerate(bank):
            self._words[start + at] = number
        source = crc32(absorbed.encode()) if absorbed else switch >> _ABSORBED_SHIFT
        kept = switch & _ADOPTED
        self._words[_SWITCH_AT] = other | (_ADOPTED if adopted else kept) | source << _ABSORBED_SHIFT

    def move(self, signal: int, source: Column, target: Column, count: int) -> None:
        """Book that records of an adopted stream went from one column to another."""
        bank, first = self.bank, signal * WIDTH
        bank[first + COLUMNS.index(target)] += count
        bank[first + COLUMNS.index(source)] -= count

    def hand_over(self, signal: int, count: int) -> None:
        """Book that spooled records of an adopted stream stand in the adopter's books from now on."""
        bank, first = self.bank, signal * WIDTH
        bank[first + COLUMNS.index("adopted")] -= count
        bank[first + COLUMNS.index("spooled")] -= count


def is_of_another_version(descriptor: int) -> bool:
    """Return whether a lock file is one, but not of our version: what lies in its stream is not for us to judge."""
    word = _word(descriptor, _MAGIC_AT)
    return word != _MAGIC and word >> _VERSION_BITS == _MAGIC >> _VERSION_BITS


def has_absorbed(descriptor: int, name: str) -> bool:
    """Return whether the books in a lock file, which may be another process's, took those of a stream over last."""
    return _word(descriptor, _SWITCH_AT) >> _ABSORBED_SHIFT == crc32(name.encode())


def erased_in(descriptor: int) -> int:
    """Return `erased_ns` of the books in a lock file that may be another process's."""
    return _word(descriptor, _ERASED_AT)


def _make_room(descriptor: int) -> bool:
    """Fill a lock file with zeros; return False where the disk has no room for them."""
    try:
        return os.pwrite(descriptor, bytes(_BYTES), 0) == _BYTES
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        return False


def _word(descriptor: int, at: int) -> int:
    return int.from_bytes(os.pread(descriptor, _WORD_BYTES, at * _WORD_BYTES), sys.byteorder, signed=True)


def reconcile(total: Sequence[int], found: Sequence[int], damaged: Sequence[int], *, was_adopted: bool) -> list[int]:
    """Return a dead process's books as its adopter takes them over: what is outstanding is what was found.

    Args:
        total: Its books.
        found: How many records lie in its stream, by signal.
        damaged: How many seem to be damaged there.
        was_adopted: Whether the process that wrote the stream is not the one that ended now, but an adopter.
    """
    books = list(total)
    for at in range(len(SIGNALS)):
        row = {column: at * WIDTH + place for place, column in enumerate(COLUMNS)}
        ended = sum(books[row[column]] for column in COLUMNS if column not in (*_LEFT, *_OUTSTANDING))
        outstanding = sum(books[row[column]] for column in _LEFT) - ended
        missing = max(outstanding - found[at], 0)
        corrupt = min(damaged[at], missing)
        books[row["corrupt"]] += corrupt
        books[row["lost_in_crash"]] += missing - corrupt
        books[row["pending"]], books[row["spooled"]] = 0, found[at]
        # Those that its books do not know were adopted, not offered to it; all of them are, from its adopter's view.
        unknown = max(found[at] - outstanding, 0)
        known = 0 if was_adopted else min(found[at] - unknown, max(books[row["offered"]], 0))
        books[row["offered"]] -= known
        books[row["adopted"]] += known + unknown
    return books


def settle_replayed(books: Sequence[int], rejected: Sequence[int]) -> list[int]:
    """Return books in which no more records leave `rejected` than stand there.

    Dead letters that are replayed by hand leave it, in a ledger that knows that they were rejected; in another one they
    come in as adopted.

    Args:
        books: As reconcile() returns them.
        rejected: How many the adopter's ledger has as rejected, by signal.
    """
    books = list(books)
    for at in range(len(SIGNALS)):
        first = at * WIDTH
        unknown = -books[first + COLUMNS.index("rejected")] - max(rejected[at], 0)
        if unknown > 0:
            books[first + COLUMNS.index("rejected")] += unknown
            books[first + COLUMNS.index("adopted")] += unknown
    return books
