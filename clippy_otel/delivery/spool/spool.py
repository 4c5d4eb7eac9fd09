"""The spool of one pipeline and destination: what could not be delivered, or must not be lost, kept on disk.

A stream a process: files that it alone appends to, under a lock that the kernel frees when it dies; then another one
adopts the stream whole. The files say everything: there is no index and no cursor to be lost.

Guarantee: what append() returned survives a SIGKILL, and a power cut from the last sync on; a damaged record costs
itself alone. Bounded by bytes and age, the oldest going first. Whatever the disk says, nothing is raised and nobody
waits for longer than a second: append() refuses, and the pipeline goes on in memory. Each loss is booked.
Cost: append() 3 us for a record of 300 bytes, read() 2 us, settle() 20 us for 50.
"""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from clippy_otel import _guard
from clippy_otel.clock import SYSTEM_CLOCK
from clippy_otel.delivery.spool.directory import LOCK
from clippy_otel.delivery.spool.locks import are_there_locks
from clippy_otel.delivery.spool.opened import OpenSpool
from clippy_otel.delivery.spool.reading import Limits
from clippy_otel.delivery.spool.records import SIGNAL_NUMBER
from clippy_otel.delivery.spool.tombstones import Tombstone
from clippy_otel.ports import QueueItem, Signal

if TYPE_CHECKING:
    from clippy_otel.ledger import Ledger
    from clippy_otel.ports import Clock, SpoolOptions

_PATIENCE_S: Final = 1.0
# A directory that cannot be used now may be usable later: a full disk, a volume that is mounted late.
_RETRY_EVERY_NS: Final = 10_000_000_000
_NS_PER_S: Final = 1e9
_MAX_ERRORS: Final = 16
_T = TypeVar("_T")


class SpoolSize(NamedTuple):
    """How much lies in the spool.

    Attributes:
        records: Those that wait there and are in memory no more, handed out or not; 0 or more.
        bytes: Of all files that are ours, and of all dead letters.
        rejected: Records in the dead letters of all processes, as far as is known.
    """

    records: int
    bytes: int
    rejected: int


class Spool:
    """The spool of one pipeline and destination. Nothing but the constructor raises; it touches no disk.

    Args:
        directory: Where; one for each destination, or records would be sent to another one.
        options: How much may lie there, for how long, and how it is synced.
        ledger: The pipeline's books; kept in the stream's lock file while the spool is open.
        clock: Time.
        make_root: Called before the directory is opened, to make what it lies in; raises OSError where that cannot be
            used. None: nothing is to be made.
    """

    def __init__(
        self,
        directory: Path,
        options: SpoolOptions,
        ledger: Ledger,
        *,
        clock: Clock = SYSTEM_CLOCK,
        make_root: Callable[[], None] | None = None,
    ) -> None:
        self._directory = directory
        self._make_root = make_root
        self._options = options
        self._ledger = ledger
        self._clock = clock
        self._renew()

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._opener: int | None = None  # the thread that has it
        self._opened: OpenSpool | None = None
        self._closed = False
        self._retry_at_ns = 0
        self._works: deque[Callable[[OpenSpool], None]] = deque()  # what is settled and released meanwhile
        self._errors: deque[OSError] = deque(maxlen=_MAX_ERRORS)
        self._has_warned = False

    def after_fork(self) -> None:
        """Start in the child without a stream; what the parent has open is closed, and stays the parent's."""
        opened = self._opened
        self._renew()
        if opened is not None:
            with _guard.host_safe("spool"):
                opened.forget()

    def has_leftovers(self) -> bool:
        """Return whether there are streams of other processes, which may have ended: one look at the directory."""
        opened = self._opened
        own = "" if opened is None else opened.name + LOCK
        try:
            with os.scandir(self._directory) as entries:
                return any(
                    entry.name.endswith(LOCK) and entry.name != own and not entry.name.startswith(".")
                    for entry in entries
                )
        except OSError:
            return False

    def open(self) -> bool:
        """Take a stream of our own; return False where the directory cannot be used, with one warning.

        Where it could not be used in the last ten seconds it is not tried again.
        """
        is_open = self._open() is not None
        self._tell()
        return is_open

    def _open(self) -> OpenSpool | None:
        if self._opened is not None or self._closed:
            return self._opened
        # Another thread that is at it is waited for, or a burst at the start would be refused; not so the very frame
        # that this one has interrupted.
        if self._opening.acquire(timeout=0.0 if self._opener == threading.get_ident() else _PATIENCE_S):
            try:
                self._opener = threading.get_ident()
                self._make_if_due()
            except OSError as error:
                self._errors.append(error)
            finally:
                self._opener = None
                self._opening.release()
        return self._opened

    def _make_if_due(self) -> None:
        now_ns = self._clock.monotonic_ns()
        if self._opened is None and now_ns >= self._retry_at_ns:
            self._retry_at_ns = now_ns + _RETRY_EVERY_NS
            self._opened = self._make()

    def _make(self) -> OpenSpool:
        if not are_there_locks():
            raise OSError(errno.ENOSYS, "this system has no file locks")
        if self._make_root is not None:
            self._make_root()
        return OpenSpool(self._directory, self._options, self._ledger, clock=self._clock, lock=self._lock)

    def append(self, items: Sequence[QueueItem], *, held: bool = False) -> list[QueueItem]:
        """Write encoded items; return those that are written, in order and with their place: fewer where it refuses.

        From any thread, signal handler or `__del__`: it waits for no lock, and for the disk only with
        `fsync="always"`.

        Args:
            items: Their data is bytes.
            held: They stay in memory too and are to be sent from there: read() does not return them before release().
        """
        opened = self._opened or self._open()
        if opened is None or self._closed:
            return []
        try:
            return opened.writer.append(items, held=held)
        except Exception as error:  # noqa: BLE001 - the host's safety
            _guard.swallowed("spool", error)
            return []

    def hold(self, item: QueueItem) -> QueueItem | None:
        """Write one encoded item that stays in memory too, as append() does; None: it is not written."""
        opened = self._opened or self._open()
        if opened is None or self._closed:
            return None
        try:
            return opened.writer.hold(item)
        except Exception as error:  # noqa: BLE001 - the host's safety
            _guard.swallowed("spool", error)
            return None

    def read(self, signal: Signal, max_records: int, max_bytes: int) -> list[QueueItem]:
        """Hand out the oldest readable records of a signal until settle() or release(). The worker's thread only.

        Our own come first; where there are none those of adopted streams, each in its turn.

        Args:
            signal: Which.
            max_records: The most items.
            max_bytes: The most bytes of their data; a first item is returned whatever its size.
        """
        limits = Limits(max_records, max_bytes)
        self._with_lock(lambda opened: opened.read(SIGNAL_NUMBER[signal], limits))
        return limits.items

    def settle(self, items: Sequence[QueueItem], *, reason: str | None = None) -> None:
        """Be done with items that were held or handed out.

        Args:
            items: Them; without a place only where there is a reason.
            reason: Why the backend rejects them: they are kept as dead letters; None: they are delivered.
        """
        self._do(lambda opened: opened.settle(items, reason))

    def release(self, items: Sequence[QueueItem], *, failed: bool = False) -> None:
        """Have items that were held or handed out read again, in their old place.

        Args:
            items: Them.
            failed: Whether they were tried: it counts as an attempt.
        """
        self._do(lambda opened: opened.release(items, failed=failed))

    def backlog(self, signal: Signal) -> int:
        """Return how many records of a signal can be read: neither held nor handed out. Takes no lock."""
        opened, number = self._opened, SIGNAL_NUMBER[signal]
        if opened is None:
            return 0
        return opened.reader.readable[number] + sum(stream.reader.readable[number] for stream in opened.adopted)

    def own_backlog(self, signal: Signal) -> int:
        """Return how many of them this process has written. Takes no lock."""
        opened = self._opened
        return 0 if opened is None else opened.reader.readable[SIGNAL_NUMBER[signal]]

    def is_own(self, item: QueueItem) -> bool:
        """Return whether this process has written an item that it has read."""
        return item.place is not None and item.place[0].is_own

    def attempts(self, item: QueueItem) -> int:
        """Return how often sending an item has failed, as of when it was handed out."""
        return 0 if item.place is None else int(item.place[2])

    def age_s(self, item: QueueItem) -> float:
        """Return how long ago an item was written, in seconds; 0 where it was not."""
        return 0.0 if item.place is None else max((self._clock.time_ns() - item.place[3]) / _NS_PER_S, 0.0)

    def tend(self) -> bool:
        """Do what is due, about once a second on the worker's thread; return whether there may be new things to read.

        That is: sync, heed tombstones, adopt dead streams, keep the bounds, clear up.
        """
        if self._open() is None:
            return False
        self._with_lock(self._begin_again_if_gone)
        adopted = self._with_lock(lambda opened: opened.tend())
        self._tell()
        return bool(adopted)

    def purge(self, purposes: int = 0, subject: bytes | None = None) -> int:
        """Erase records: in all streams that no other process has, in dead letters; others are told to.

        Args:
            purposes: A mask: those that are collected for any of them. 0: whatever the purpose; EVERYTHING: all.
            subject: The keyed hash of a user: those that are about that user. None: whoever it is.

        Returns:
            How many records were erased here. Those that are being sent are not among them: they finish as what
            becomes of them, and their bytes are erased all the same.
        """
        if not purposes and not subject:
            return 0
        self._open()
        tombstone = Tombstone(self._clock.time_ns(), purposes, subject or b"")
        return self._with_lock(lambda opened: opened.purge(tombstone)) or 0

    def size(self) -> SpoolSize:
        """Return how much lies in the spool. Takes no lock."""
        opened = self._opened
        if opened is None:
            return SpoolSize(0, 0, 0)
        readers, letters = opened.readers, opened.letters
        records = sum(sum(reader.left()) for reader in readers)
        return SpoolSize(records, sum(reader.bytes_used() for reader in readers) + letters.bytes_used, letters.count)

    def close(self) -> None:
        """Leave what is left to the next process, and nothing where nothing is; idempotent."""
        self._closed = True
        opened = self._opened
        if opened is not None:
            opened.closing = True
            self._with_lock(self._end)

    def _end(self, opened: OpenSpool) -> None:
        self._opened = None
        opened.close()

    def _with_lock(self, step: Callable[[OpenSpool], _T]) -> _T | None:
        """Return what a step returns; None where it fails, nothing is open, or the lock is not to be had in time."""
        if not self._lock.acquire(timeout=_PATIENCE_S):
            return None
        try:
            self._work()
            return self._try(step)
        finally:
            self._lock.release()
            self._work_if_free()

    def _do(self, work: Callable[[OpenSpool], None]) -> None:
        """Do something under the lock, now or when whoever has it is done."""
        self._works.append(work)
        self._work_if_free()

    def _work_if_free(self) -> None:
        # Whoever holds the lock looks again after releasing it, so nothing is left lying.
        while self._works and self._lock.acquire(blocking=False):
            try:
                self._work()
            finally:
                self._lock.release()

    def _work(self) -> None:
        while self._works:
            self._try(self._works.popleft())

    def _try(self, step: Callable[[OpenSpool], _T]) -> _T | None:
        """Return what a step returns; None where nothing is open, or the disk refuses it, which is told later."""
        opened = self._opened
        if opened is not None:
            try:
                return step(opened)
            except OSError as error:
                self._errors.append(error)
            except Exception as error:  # noqa: BLE001 - the host's safety
                _guard.swallowed("spool", error)
        return None

    def _begin_again_if_gone(self, opened: OpenSpool) -> None:
        """Begin a new stream where somebody has removed our lock file by hand."""
        if opened.is_gone():
            after = self._make()
            after.take_over_from(opened)
            self._opened = after

    def _tell(self) -> None:
        """Log what the disk said, no lock being held: the first time as a warning."""
        opened = self._opened
        errors = [*self._errors, *(opened.take_errors() if opened is not None else ())]
        self._errors.clear()
        for error in errors:
            log = _guard.logger.debug if self._has_warned else _guard.logger.warning
            self._has_warned = True
            reason = error.strerror or type(error).__name__
            with _guard.host_safe("log handler"):
                log("the spool in %s does not work as it should: %s", self._directory, reason)
