"""An open spool: our own stream, the streams we have adopted, the dead letters, and what is due among them.

No locks and no guard: spool.py calls it under its lock, and catches what the disk says; only append() comes from
anywhere.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clippy_otel.delivery.spool.accounts import OwnAccount
from clippy_otel.delivery.spool.adoption import Adopted, take_over
from clippy_otel.delivery.spool.bounds import Bounds
from clippy_otel.delivery.spool.dead_letters import DeadLetters
from clippy_otel.delivery.spool.directory import LOCK, SEGMENT, Directory
from clippy_otel.delivery.spool.erasing import Eraser, Stream
from clippy_otel.delivery.spool.locks import new_claim
from clippy_otel.delivery.spool.reading import Limits, Reader
from clippy_otel.delivery.spool.records import RECORD
from clippy_otel.delivery.spool.stream import Stem, Writer, seed_of
from clippy_otel.delivery.spool.sweeping import sweep
from clippy_otel.delivery.spool.tombstones import Tombstone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clippy_otel.ledger import Ledger
    from clippy_otel.ports import Clock, QueueItem, SpoolOptions

_NS_PER_S: Final = 1_000_000_000
# A process that crashes at each start leaves a stream each time; the rest is adopted when these are delivered.
_MAX_ADOPTED: Final = 64
_SWEEP_EVERY_S: Final = 60
_SLACK: Final = 4  # segments that may be too many while whoever could let some go is at something else


class OpenSpool:
    """What Spool has while it is open.

    Args:
        path: The directory.
        options: How much may lie there, and how it is synced.
        ledger: Kept in our lock file while this is open.
        clock: Time.
        lock: Held by whoever calls a method that is not append().

    Attributes:
        name: Our own stream's.
        reader: Our own stream.
        adopted: The dead processes' streams, oldest first; replaced as a whole.
        letters: The dead letters.
        closing: Set to have a long adoption end early.

    Raises:
        OSError: The directory is not ours, or cannot be written to.
    """

    def __init__(
        self, path: Path, options: SpoolOptions, ledger: Ledger, *, clock: Clock, lock: threading.Lock
    ) -> None:
        self._options = options
        self._ledger = ledger
        self._clock = clock
        self._lock = lock
        self._directory = Directory(path)
        try:
            self._claim = new_claim(self._directory, clock.time_ns())
        except OSError:
            self._directory.close()
            raise
        name = self.name = self._claim.name
        self._bounds = Bounds(options.max_bytes)
        self.writer = Writer(
            Stem(self._directory, name, SEGMENT, RECORD),
            segment_bytes=self._bounds.segment_bytes,
            time_ns=clock.time_ns,
            make_room=self._make_room,
        )
        self.writer.syncs_each = options.fsync == "always"
        self.reader = Reader(
            self.writer.segments,
            self.writer.readable,
            seed_of(name),
            OwnAccount(ledger),
            end_segment=self.writer.end_segment,
        )
        self.letters = DeadLetters(
            self._directory,
            name,
            max_bytes=self._bounds.max_dead_bytes,
            segment_bytes=self._bounds.segment_bytes // 2,
            time_ns=clock.time_ns,
        )
        self.adopted: tuple[Adopted, ...] = ()
        self._errors: list[OSError] = []
        self._has_adopted = False
        self.closing = False
        self._turn = 0
        self._eraser = Eraser(self._directory, self.writer.end_segment)
        self._synced_at = 0
        self._swept_at = -_SWEEP_EVERY_S * _NS_PER_S
        self._synced_names = 0
        ledger.keep_in(self._claim.books.live)
        self._include()

    @property
    def readers(self) -> tuple[Reader, ...]:
        """All streams, oldest first, our own last."""
        return (*(stream.reader for stream in self.adopted), self.reader)

    @property
    def _streams(self) -> list[Stream]:
        return [*(Stream(stream.reader, stream.claim) for stream in self.adopted), Stream(self.reader, self._claim)]

    @property
    def _names(self) -> set[str]:
        return {self._claim.name, *(stream.name for stream in self.adopted)}

    def read(self, signal: int, limits: Limits) -> None:
        """Hand out records of our own stream; where it has none, of an adopted one, each in its turn."""
        limits.oldest_ns = self._oldest_ns()
        self._heed_tombstones(surely=False)
        self.reader.read(signal, limits)
        for _ in self.adopted:
            if limits.items:
                return
            self._turn = (self._turn + 1) % len(self.adopted)
            self.adopted[self._turn].reader.read(signal, limits)

    def settle(self, items: Sequence[QueueItem], reason: str | None) -> None:
        """Be done with items; with a reason, keep them as dead letters."""
        if reason is not None:
            self.letters.write(items, reason)
        for reader, mine in self._by_reader(items):
            reader.settle(mine)

    def release(self, items: Sequence[QueueItem], *, failed: bool) -> None:
        """Have items read again."""
        for reader, mine in self._by_reader(items):
            reader.release(mine, failed=failed)

    def _by_reader(self, items: Sequence[QueueItem]) -> Iterator[tuple[Reader, list[QueueItem]]]:
        """Yield the items of each stream; those without a place are in none."""
        by_stream: dict[str, list[QueueItem]] = {}
        for item in items:
            if item.place is not None:
                by_stream.setdefault(item.place[0].stream, []).append(item)
        readers = {self._claim.name: self.reader, **{stream.name: stream.reader for stream in self.adopted}}
        for name, mine in by_stream.items():
            if name in readers:
                yield readers[name], mine

    def take_errors(self) -> list[OSError]:
        """Return what the disk said since the last time."""
        told, self._errors = self._errors, []
        for writer in (self.writer, self.letters.writer):
            if writer.error is not None:
                told.append(writer.error)
                writer.error = None
        for reader in self.readers:
            if reader.error is not None:
                told.append(reader.error)
                reader.error = None
        return told

    def tend(self) -> bool:
        """Do what is due; return whether streams were adopted."""
        due = (self._sync, self._heed_tombstones, self._clear, self._adopt, self._keep_bounds, self._clear, self._sweep)
        for step in due:
            try:
                step()
            except OSError as error:  # noqa: PERF203 - the other steps may succeed
                self._errors.append(error)
        has_adopted, self._has_adopted = self._has_adopted, False
        return has_adopted

    def is_gone(self) -> bool:
        """Return whether somebody has removed our lock file by hand."""
        return self._claim.is_gone()

    def _sync(self) -> None:
        """Have what is written survive a power cut, where the settings say so, and it is time."""
        now = self._clock.monotonic_ns()
        if self._options.fsync == "never":
            for segment in list(self.writer.segments.values()):
                segment.synced = segment.readable_to()
        elif now - self._synced_at >= self._options.fsync_interval_ms * 1_000_000:
            self._synced_at = now
            self._sync_all()

    def _sync_all(self) -> None:
        added = self.writer.added
        for segment in list(self.writer.segments.values()):  # oldest first: a power cut must not leave gaps
            segment.sync()
        self.letters.sync()
        if added != self._synced_names:
            self._directory.sync()
            self._synced_names = added

    def _adopt(self) -> None:
        """Take over the streams of dead processes, oldest first."""
        for name in self._directory.names():
            if self.closing or len(self.adopted) >= _MAX_ADOPTED:
                break
            stream = name[: -len(LOCK)]
            if name.endswith(LOCK) and not name.startswith(".") and stream not in self._names:
                adopted = take_over(self._directory, stream, self._ledger, self._goes_on)
                if adopted is not None:
                    self.adopted = (*self.adopted, adopted)
                    self._has_adopted = True
                    self._include()
                    self._eraser.heed_all_in(Stream(adopted.reader, adopted.claim))
        self.adopted = tuple(sorted(self.adopted, key=_by_name))

    def _goes_on(self) -> bool:
        return not self.closing

    def _clear(self) -> None:
        """Remove what is delivered: segments, and adopted streams of which nothing is left."""
        current = self.writer.current
        if current is not None and current.end and not current.writing and not any(current.left):
            self.writer.end_segment()
        for reader in self.readers:
            reader.clear_finished()
        for stream in self.adopted:
            if not stream.reader.segments and not stream.reader.has_lent():
                self._absorb(stream)

    def _keep_bounds(self) -> None:
        """Let go of what is too old or too much."""
        ours = self._names
        self._bounds.other_bytes = self.letters.bytes_used + sum(
            self._directory.size_of(name)
            for name in self._directory.names()
            if name.endswith(SEGMENT) and name.partition(".")[0] not in ours
        )
        self._bounds.expire(self.readers, self._oldest_ns())
        self._bounds.evict(self.readers)

    def _oldest_ns(self) -> int:
        """Return the moment before which records are too old, nanoseconds since the epoch."""
        return self._clock.time_ns() - int(self._options.max_age_s * _NS_PER_S)

    def _sweep(self) -> None:
        """Clear up what killed processes left half done; at most once a minute, and by one process at a time."""
        now = self._clock.monotonic_ns()
        if now - self._swept_at < _SWEEP_EVERY_S * _NS_PER_S:
            return
        self._swept_at = now
        self.letters.survey(self._names)
        sweep(self._directory, self._names, self._clock.time_ns())

    def purge(self, tombstone: Tombstone) -> int:
        """Erase records here, and tell the other processes; return how many were erased."""
        self._adopt()
        erased = self._eraser.purge(tombstone, self._streams)
        return erased + self.letters.erase(tombstone, self._names)

    def _heed_tombstones(self, *, surely: bool = True) -> None:
        """Erase what other processes ask to be erased."""
        for name, tombstone in self._eraser.new_tombstones(surely=surely):
            self.letters.erase(tombstone, self._names)
            self._eraser.heed(name, tombstone, self._streams)

    def _absorb(self, stream: Adopted) -> None:
        """Let an adopted stream go of which nothing is left, and keep what its books say."""
        books = self._claim.books
        total = [one + other for one, other in zip(books.bank, stream.books.bank, strict=True)]
        books.replace(total, absorbed=stream.name)
        self.adopted = tuple(other for other in self.adopted if other is not stream)
        self._include()
        stream.claim.release(remove=True)

    def _include(self) -> None:
        self._ledger.included = (self._claim.books.bank, *(stream.books.bank for stream in self.adopted))

    def _make_room(self, size: int) -> bool:
        """Let the oldest go where a segment more is too much; return whether it may be added. Called from anywhere."""
        excess = self._bounds.excess(self.readers, size)
        if excess <= 0:
            return True
        if self._lock.acquire(blocking=False):
            try:
                self._bounds.evict(self.readers, size)
            finally:
                self._lock.release()
            return self._bounds.allows(self.readers, self.reader, size)
        return excess <= _SLACK * size

    def take_over_from(self, before: OpenSpool) -> None:
        """Go on with the books of one whose lock file was removed by hand; its records went with it."""
        before.writer.close()
        for segment in list(before.reader.segments.values()):
            before.reader.give_up(segment, "erased")
        self._claim.books.replace(before._claim.books.bank)
        self._include()
        before.forget()

    def close(self) -> None:
        """Leave what is left to the next process, and keep the books as they stand in memory."""
        self.writer.close()
        with contextlib.suppress(OSError):
            if self._options.fsync != "never":
                self._sync_all()
        with contextlib.suppress(OSError):
            self._clear()
        self.letters.close()
        self._ledger.keep_in(None)
        self._ledger.included = tuple(list(books) for books in self._ledger.included)
        for stream in self.adopted:
            for segment in stream.reader.segments.values():
                segment.rest()
            stream.claim.release(remove=False)
        for segment in self.reader.segments.values():
            segment.rest()
        self._claim.release(remove=not self.reader.segments)
        self._directory.close()

    def forget(self) -> None:
        """Close what is open, in a forked child, and touch nothing."""
        for stream in self.adopted:
            stream.forget()
        for segment in self.writer.segments.values():
            segment.forget()
        self.letters.forget()
        self._claim.forget()
        self._directory.close()


def _by_name(stream: Adopted) -> str:
    return stream.name
