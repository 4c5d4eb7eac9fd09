"""The way back of a stream: its records in their order, a cursor a signal, until each is settled.

What is passed by is not looked at again, save what is released. Every record's checksum is verified before it is handed
out, and when it is passed by: a damaged length must not lead past good records. What is damaged is skipped, and counted
when the cursor leaves its segment: it is what is left there and was never met.
Cost: 2 us a record of 300 bytes; settling a request's worth at once is one write.
Held under the spool's lock, all of it; the other end of the stream may be written to meanwhile.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Final
from zlib import crc32

from clippy_otel.delivery.spool.accounts import Account
from clippy_otel.delivery.spool.records import (
    DONE,
    HEADER,
    HEADER_BYTES,
    LIFECYCLE,
    MAGIC,
    PREFIX_BYTES,
    READY,
    RECORD,
    SIGNAL_BITS,
    STATE_AT,
    Header,
    is_done,
    next_whole,
)
from clippy_otel.delivery.spool.segments import Segment, counts, mark, unmark
from clippy_otel.ledger import Column
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, SIGNALS, QueueItem

_WINDOW_BYTES: Final = 65_536
# Settled records that lie close together are marked by one write of all that lies between.
_MAX_SPAN_BYTES: Final = 131_072
_MIN_GROUP: Final = 4
_MAX_ATTEMPTS: Final = 255
_METRICS: Final = SIGNALS.index("metrics")
# A segment that somebody has removed, and one that the disk cannot read.
_GONE_FOR_GOOD: Final[dict[int | None, Column]] = {errno.ENOENT: "erased", errno.EIO: "corrupt"}
_DONE: Final = bytes((DONE,))
_new: Final = tuple.__new__
_unpack: Final = HEADER.unpack_from


class Limits:
    """What one read() may still hand out."""

    __slots__ = ("bytes_left", "items", "most", "oldest_ns")

    def __init__(self, most: int, most_bytes: int) -> None:
        self.items: list[QueueItem] = []
        self.most = most
        self.bytes_left = most_bytes
        self.oldest_ns = 0

    def takes(self, size: int) -> bool:
        """Return whether a record of that size may come too; a first one always may."""
        return not self.items or (len(self.items) < self.most and size <= self.bytes_left)


class Reader:
    """Read and settle the records of one stream.

    Args:
        segments: Its segments, oldest first; shared with whoever adds to it.
        readable: Records that may be read, by signal; shared as well.
        seed: What its checksums begin with.
        account: Where it is booked what becomes of them.
        end_segment: Called to have nothing more written to the newest segment.

    Attributes:
        error: Why a mark could not be written; whoever tells of it sets it to None.
    """

    def __init__(
        self,
        segments: dict[int, Segment],
        readable: list[int],
        seed: int,
        account: Account,
        *,
        end_segment: Callable[[], None],
    ) -> None:
        self.segments = segments
        self.readable = readable
        self.account = account
        self.error: OSError | None = None
        self._seed = seed
        self._end_segment = end_segment
        self._parted: list[Segment] = []
        self._cursors = [(0, 0)] * len(SIGNALS)  # a segment's number, and an offset
        self._back: list[list[tuple[int, int]]] = [[] for _ in SIGNALS]

    def read(self, signal: int, limits: Limits) -> None:
        """Hand out the oldest readable records of a signal that are younger than the limit; the older ones expire."""
        if limits.most <= 0:
            return
        if self._read_back(signal, limits):
            for segment in self._from_cursor(signal):
                try:
                    if not self._read_segment(segment, signal, limits):
                        break
                except OSError as error:
                    self._give_up_if_gone(segment, error)

    def settle(self, items: Sequence[QueueItem]) -> None:
        """Be done with items that were held or handed out; others are passed by."""
        by_segment: dict[Segment, list[int]] = {}
        for item in items:
            by_segment.setdefault(item.place[0], []).append(item.place[1])
        for segment, offsets in by_segment.items():
            try:
                self._write_done(segment, offsets)
            except OSError as error:  # the next process will deliver them once more
                self.error = error
            settled = [0] * len(SIGNALS)
            for offset in offsets:
                segment.lost.pop(offset, None)
                signal, count = unmark(segment.held.pop(offset, 0) or segment.out.pop(offset, 0))
                settled[signal] += count
            for signal, count in enumerate(settled):
                if count:
                    segment.left[signal] -= count
                    self.account.hand_over(signal, count)

    def release(self, items: Sequence[QueueItem], *, failed: bool) -> None:
        """Have items that were held or handed out read again, in their old order."""
        for item in items:
            segment, offset, attempts, _ = item.place
            known = segment.held.pop(offset, 0) or segment.out.pop(offset, 0)
            if not known:
                continue
            signal, count = unmark(known)
            if (column := segment.lost.pop(offset, None)) is not None:
                self._end(segment, signal, column, count)
                continue
            if failed:
                self._write(segment, bytes((READY, min(attempts + 1, _MAX_ATTEMPTS))), offset + STATE_AT)
            if (segment.number, offset) < self._cursors[signal]:  # else the cursor will come to it
                segment.back[offset] = known
                heappush(self._back[signal], (segment.number, offset))
            self.readable[signal] += count

    def give_up(self, segment: Segment, column: Column) -> None:
        """Let a whole segment go: what can be read of it is booked, the rest when it comes back."""
        for signal, away in enumerate(counts(segment.held, segment.out)):
            count = segment.left[signal] - away
            self.readable[signal] -= count
            self._end(segment, signal, column, count)
        for offset in (*segment.held, *segment.out):
            segment.lost[offset] = column
        self._parted = [parted for parted in (*self._parted, segment) if parted.lost]
        segment.back.clear()
        self._remove(segment)

    def has_lent(self) -> bool:
        """Return whether records of segments that are gone are still handed out."""
        return any(segment.lost for segment in self._parted)

    def lose(self, segment: Segment, offset: int, what: tuple[int, int], column: Column) -> int:
        """Book that a single record is not there any more; return how many it counted for, 0 where it is away.

        Args:
            segment: Where it was.
            offset: Its place.
            what: Its signal, and how many it counts for.
            column: What became of it.
        """
        signal, count = what
        if offset in segment.held or offset in segment.out:  # being sent; booked when it comes back
            segment.lost[offset] = column
            return 0
        segment.back.pop(offset, None)
        self.readable[signal] -= count
        self._end(segment, signal, column, count)
        return count

    def clear_finished(self) -> None:
        """Remove the segments of which nothing is wanted any more, and close those that nobody is at."""
        for segment in list(self.segments.values()):
            if segment.is_finished:
                self._remove(segment)
            elif segment.synced >= segment.bytes_used() and not segment.out:
                segment.trim()
                segment.rest()

    def _write(self, segment: Segment, state: bytes, at: int) -> None:
        try:
            os.pwrite(segment.open(), state, at)
        except OSError as error:  # it counts for less
            self.error = error

    def left(self) -> list[int]:
        """Return how many records lie here that are in memory no more, by signal."""
        totals = [0] * len(SIGNALS)
        for segment in list(self.segments.values()):
            for signal, held in enumerate(counts(segment.held)):
                totals[signal] += segment.left[signal] - held
        return totals

    def bytes_used(self) -> int:
        """Return how large its segments are."""
        return sum(segment.bytes_used() for segment in list(self.segments.values()))

    def _remove(self, segment: Segment) -> None:
        del self.segments[segment.number]
        segment.remove()

    def _end(self, segment: Segment, signal: int, column: Column, count: int) -> None:
        """Book what became of records that are not handed out."""
        segment.left[signal] -= count
        if count:
            self.account.book(signal, column, count)

    def _from_cursor(self, signal: int) -> Iterator[Segment]:
        """Yield the segments from the cursor on; it moves on where one is read to its end and nothing more comes."""
        for segment in list(self.segments.values()):
            if segment.number < self._cursors[signal][0]:
                continue
            if segment.number > self._cursors[signal][0]:
                self._cursors[signal] = segment.number, 0
            yield segment
            if not segment.is_sealed:
                self._doubt(segment, signal)
            # Somebody may have ended a write since the end was looked up: that record is behind the cursor's place.
            if not segment.is_sealed or self._cursors[signal][1] < segment.size:
                return
            self._write_off(segment, signal)

    def _doubt(self, segment: Segment, signal: int) -> None:
        """End a segment that was read to its end where more should have been met: the rest is damaged."""
        if not segment.writing and segment.left[signal] > counts(segment.held, segment.out, segment.back)[signal]:
            self._end_segment()

    def _write_off(self, segment: Segment, signal: int) -> None:
        """Book what is left of a segment and was never met, now that all of it was passed."""
        damaged = segment.left[signal] - counts(segment.held, segment.out, segment.back)[signal]
        if damaged > 0:
            self.readable[signal] -= damaged
            self._end(segment, signal, "corrupt", damaged)

    def _read_back(self, signal: int, limits: Limits) -> bool:
        """Read again what was released; return whether there is no more of it."""
        heap = self._back[signal]
        while heap:
            number, offset = heap[0]
            segment = self.segments.get(number)
            known = 0 if segment is None else segment.back.pop(offset, 0)
            if segment is not None and known:
                try:
                    if not self._read_one(segment, offset, unmark(known), limits):
                        segment.back[offset] = known
                        return False
                except OSError as error:
                    segment.back[offset] = known
                    self._give_up_if_gone(segment, error)
            heappop(heap)
        return True

    def _read_one(self, segment: Segment, offset: int, what: tuple[int, int], limits: Limits) -> bool:
        """Hand a single record out again, or book it where it is damaged by now; return False if it is one too many."""
        signal, count = what
        left = segment.left[signal]
        _, _, *fields = HEADER.unpack(os.pread(segment.open(), HEADER_BYTES, offset))
        end = min(Header(offset, *fields).end, segment.readable_to())
        if self._read_range(segment, offset, end, signal, limits) < end:
            return False
        if offset not in segment.out and segment.left[signal] == left:
            self.readable[signal] -= count
            self._end(segment, signal, "corrupt", count)
        return True

    def _give_up_if_gone(self, segment: Segment, error: OSError) -> None:
        """Let a segment go that will never be readable again; what may pass is raised again."""
        if error.errno not in _GONE_FOR_GOOD:
            raise error
        self.give_up(segment, _GONE_FOR_GOOD[error.errno])

    def _read_segment(self, segment: Segment, signal: int, limits: Limits) -> bool:
        """Read on from the cursor; return whether the end of what is written was reached."""
        if segment.is_sealed and not segment.writing and not segment.left[signal]:
            self._cursors[signal] = segment.number, segment.size
            return True
        offset, end = self._cursors[signal][1], segment.readable_to()
        offset = self._read_range(segment, offset, end, signal, limits)
        self._cursors[signal] = segment.number, offset
        return offset >= end

    def _read_range(self, segment: Segment, offset: int, end: int, signal: int, limits: Limits) -> int:
        """Hand out what lies in a part of a segment; return where it ended, before the end if no more was allowed."""
        window_bytes = _WINDOW_BYTES
        while offset < end:
            if offset in segment.holes:
                offset = segment.holes[offset]
                continue
            window = os.pread(segment.open(), min(window_bytes, end - offset), offset)
            taken, is_full = self._read_window(segment, offset, window, signal, limits)
            offset += taken
            if is_full:
                return offset
            if taken:
                window_bytes = _WINDOW_BYTES
            elif offset + len(window) < end:  # it may be a record that is larger than the window
                window_bytes *= 8
            elif offset not in segment.holes:  # damaged
                offset += next_whole(os.pread(segment.open(), end - offset, offset), 0, self._seed)
        return end

    def _read_window(self, segment: Segment, base: int, window: bytes, signal: int, limits: Limits) -> tuple[int, bool]:
        """Hand out of the whole records in a window; return where they ended, and whether no more are allowed."""
        at, size, seed = 0, len(window), self._seed
        while at + HEADER_BYTES <= size:
            magic, checksum, state, attempts, kind, flags, length, meta, *fields = _unpack(window, at)
            end = at + HEADER_BYTES + meta + length
            if magic != MAGIC or end > size or crc32(window[at + PREFIX_BYTES : end], seed) != checksum:
                break
            offset = base + at
            if (
                flags & SIGNAL_BITS == signal
                and kind == RECORD
                and not is_done(state)
                and not (offset in segment.held or offset in segment.out or offset in segment.back)
            ):
                purposes, records, number, created_ns = fields
                envelope = segment.envelopes.get(number)
                if created_ns < limits.oldest_ns:
                    self._expire(segment, offset, signal, records)
                elif envelope is not None:  # else that is damaged
                    if not limits.takes(length):
                        return at, True
                    subjects, data = window[end - length - meta : end - length], window[end - length : end]
                    held_bytes = 0 if signal == _METRICS else length + meta + ITEM_OVERHEAD_BYTES
                    place = segment, offset, attempts, created_ns
                    item = (envelope, data, held_bytes, purposes, subjects, bool(flags & LIFECYCLE), records, place)
                    limits.items.append(_new(QueueItem, item))
                    limits.bytes_left -= length
                    segment.out[offset] = mark(signal, records)
                    self.readable[signal] -= records
            at = end
        return at, False

    def _expire(self, segment: Segment, offset: int, signal: int, count: int) -> None:
        self._write_done(segment, [offset])
        self.readable[signal] -= count
        self._end(segment, signal, "expired", count)

    def _write_done(self, segment: Segment, offsets: list[int]) -> None:
        """Mark records as settled."""
        if segment.gone:
            return
        first, last = min(offsets), max(offsets)
        together = len(offsets) >= _MIN_GROUP and last - first <= _MAX_SPAN_BYTES
        if together and segment.readable_to() > last:  # nobody is writing in between
            start = first + STATE_AT
            between = bytearray(os.pread(segment.open(), last - first + 1, start))
            for offset in offsets:
                between[offset - first] = DONE
            if os.pwrite(segment.open(), between, start) == len(between):
                return
        for offset in offsets:
            os.pwrite(segment.open(), _DONE, offset + STATE_AT)
