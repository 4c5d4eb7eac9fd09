"""Our own stream: records go to the end of its newest segment, from any thread, signal handler or `__del__`.

Guarantee: append() waits for no lock (with `fsync="always"` for the disk, within bounds), and what it returns is in the
file: a SIGKILL loses none of it. What the disk refuses, and what comes after it, it does not return.
Cost: 3 us for a record of 300 bytes, half of it the kernel's, 15 us for one of 10 KB; each megabyte 0.1 ms more for a
new segment. It rests on CPython's global lock: an attribute is read, changed and stored with nobody in between.
"""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from os import pwrite
from typing import Final, NamedTuple
from zlib import crc32

from clippy_otel.delivery.spool.directory import Directory
from clippy_otel.delivery.spool.group_commit import GroupCommit
from clippy_otel.delivery.spool.records import (
    COVERED,
    LIFECYCLE,
    MAGIC,
    PREFIX,
    READY,
    SIGNAL_NUMBER,
    pack_envelope,
)
from clippy_otel.delivery.spool.segments import MARK_SHIFT, Segment
from clippy_otel.ports import SIGNALS, Envelope, QueueItem

_ROOM_FOR_ENVELOPE: Final = 16_384
_MAX_TRIES: Final = 100  # segments that others fill before it is our turn
_PATIENCE_S: Final = 0.05
_NO_ROOM: Final = -1
_REFUSED: Final = -2
_new: Final = tuple.__new__
_pack_prefix: Final = PREFIX.pack
_pack_covered: Final = COVERED.pack


class Stem(NamedTuple):
    """What the files of one stream have in common."""

    directory: Directory
    name: str
    suffix: str
    kind: int  # of its records

    @property
    def seed(self) -> int:
        """What its checksums begin with: random, and nowhere but in the name."""
        return seed_of(self.name)

    def file(self, number: int) -> str:
        """Return the name of a segment's file."""
        return f"{self.name}.{number:06d}{self.suffix}"


class Writer:
    """The end of a stream.

    Args:
        stem: Its files.
        segment_bytes: How large a segment becomes.
        time_ns: The wall clock.
        make_room: Called before a segment is added, with its size; False: there is no room for it.

    Attributes:
        name: The stream's.
        segments: All segments that are still there, oldest first.
        current: The one that is written to; None: the next record begins one.
        readable: Records that are written and neither held nor handed out nor settled, by signal.
        syncs_each: Whether append() waits for the disk.
        added: How many segments were ever added: their names are to be synced too.
        error: Why the disk refused something last; whoever tells of it sets it to None.
    """

    def __init__(
        self, stem: Stem, *, segment_bytes: int, time_ns: Callable[[], int], make_room: Callable[[int], bool]
    ) -> None:
        self._stem = stem
        self.name = stem.name
        self._seed, self._kind = stem.seed, stem.kind
        self._segment_bytes = segment_bytes
        self._time_ns = time_ns
        self._make_room = make_room
        self._numbers = itertools.count()
        self._commits = GroupCommit()
        self.segments: dict[int, Segment] = {}
        self.current: Segment | None = None
        self._is_closed = False
        self.readable = [0] * len(SIGNALS)
        self.syncs_each = False
        self.added = 0
        self.error: OSError | None = None

    def append(self, items: Sequence[QueueItem], *, held: bool = False) -> list[QueueItem]:
        """Write items; return those that are written, in order, with their place."""
        now_ns = self._time_ns()
        written = []
        for item in items:
            placed = self._append(item, held, now_ns)
            if placed is None:
                break
            written.append(placed)
        if self.syncs_each:
            self._sync({each.place[0] for each in written})
        return written

    def hold(self, item: QueueItem) -> QueueItem | None:
        """Write one item that stays in memory too, as append() does, at a call less; None: it is not written."""
        if self.syncs_each:
            written = self.append((item,), held=True)
            return written[0] if written else None
        return self._append(item, True, self._time_ns())  # noqa: FBT003 - by keyword it takes longer

    def end_segment(self) -> None:
        """Have the next record begin a segment."""
        segment = self.current
        if segment is not None:
            self.current = None
            segment.seal(self._time_ns())

    def close(self) -> None:
        """Take nothing more, and wait for a moment for those who are writing."""
        self._is_closed = True
        self.end_segment()
        for segment in list(self.segments.values()):
            segment.becomes_quiet(_PATIENCE_S)

    def _append(  # noqa: C901, PLR0912 - the inner path: a call costs 0.1 us
        self,
        item: QueueItem,
        held: bool,  # noqa: FBT001 - as above
        now_ns: int,
    ) -> QueueItem | None:
        envelope, data, size_bytes, purposes, subjects, lifecycle, records, _ = item
        tries = 0
        while True:
            segment = self.current
            if segment is None:
                tries += 1
                if tries <= _MAX_TRIES and self._rotate(None, len(data)):
                    continue
                return None
            last, number, signal = segment.last
            if last is not envelope:
                number, signal = self._refer(segment, envelope, now_ns), SIGNAL_NUMBER[envelope.signal]
                if number < 0:
                    tries += 1
                    if number == _NO_ROOM and tries <= _MAX_TRIES and self._rotate(segment, len(data)):
                        continue
                    return None
            flags = signal | LIFECYCLE if lifecycle else signal
            head = _pack_covered(self._kind, flags, len(data), len(subjects), purposes, records, number, now_ns)
            covered = head + subjects + data if subjects else head + data
            record = _pack_prefix(MAGIC, crc32(covered, self._seed), READY) + covered
            size = len(record)
            # As Segment.reserve(), without the call.
            offset = segment.end
            if offset + size <= segment.limit:
                segment.end = offset + size
                segment.writing[offset] = size
                break
            tries += 1
            if tries > _MAX_TRIES or not self._rotate(segment, size):
                return None
        try:
            if pwrite(segment.descriptor, record, offset) != size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301 - as the next write will say
            # Counted before it can be read.
            segment.left[signal] += records
            if held:
                segment.held[offset] = records << MARK_SHIFT | signal
            else:
                self.readable[signal] += records
        except OSError as error:
            self.error = error
            segment.give_back(offset, size)
            return None
        finally:
            del segment.writing[offset]
        place = segment, offset, 0, now_ns
        return _new(QueueItem, (envelope, data, size_bytes, purposes, subjects, lifecycle, records, place))

    def _refer(self, segment: Segment, envelope: Envelope, now_ns: int) -> int:
        """Return an envelope's number in a segment, where it is written if it is not there; below 0 where not."""
        number = segment.known.get(envelope, -1)
        if number < 0:
            number = next(segment.numbers)
            # Twice: where it is damaged, every record that refers to it is.
            both = 2 * pack_envelope(envelope, number, now_ns, self._seed)
            offset = segment.reserve(len(both))
            if offset < 0:
                return _NO_ROOM
            try:
                if not self._put(segment, both, offset):
                    return _REFUSED
            finally:
                del segment.writing[offset]
            # Not before it is there: another thread's record must not refer to what a SIGKILL keeps from being written.
            segment.envelopes[number] = envelope
            segment.known[envelope] = number
        segment.last = envelope, number, SIGNAL_NUMBER[envelope.signal]
        return number

    def _put(self, segment: Segment, record: bytes, offset: int) -> bool:
        """Write what a place was reserved for; return whether the disk took it."""
        try:
            if os.pwrite(segment.descriptor, record, offset) == len(record):
                return True
            self.error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            self.error = error
        segment.give_back(offset, len(record))
        return False

    def _rotate(self, full: Segment | None, size: int) -> bool:
        """Put a new segment in the place of a full one, unless somebody just has; False: none can be had.

        Args:
            full: What is `current`.
            size: What it has no room for; where that is more than a segment, the new one is larger.
        """
        stem = self._stem
        try:
            if self._is_closed or not self._make_room(max(self._segment_bytes, size)):
                return False
            number = next(self._numbers)
            name = stem.file(number)
            descriptor = stem.directory.create(name)
            if self.syncs_each:
                stem.directory.sync()
        except OSError as error:
            self.error = error
            return False
        limit = max(self._segment_bytes, 2 * size + _ROOM_FOR_ENVELOPE)
        segment = Segment(stem.directory, name, number, limit=limit, descriptor=descriptor)
        self.segments[number] = segment  # before anything can be written to it
        won = False
        if self.current is full:
            self.current = segment
            won = True
        if won:
            self.added += 1
            if full is not None:
                full.seal(self._time_ns())
        else:
            del self.segments[number]
            segment.seal(0)
            segment.remove()
        return True

    def _sync(self, segments: Iterable[Segment]) -> None:
        try:
            for segment in segments:
                self._commits.sync(segment)
        except OSError as error:
            self.error = error


def seed_of(name: str) -> int:
    """Return what the checksums of a stream begin with: the last part of its name."""
    return int(name[-8:], 16)
