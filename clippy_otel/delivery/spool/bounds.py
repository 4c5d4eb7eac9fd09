"""How much may lie on the disk, and for how long: the oldest segment goes first, whole, and its records are counted.

Checked before a segment is added, by whoever adds it: sums of numbers that are known, no look at the disk. Segments of
streams that live processes own cannot be let go here; each process answers for its own. So the directory can be larger
than the bound by what processes need to go on at all: two segments each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from clippy_otel.delivery.spool.reading import Reader
from clippy_otel.delivery.spool.segments import Segment

MAX_SEGMENT_BYTES: Final = 1_048_576
_MIN_SEGMENT_BYTES: Final = 65_536
_SEGMENTS: Final = 8  # at least so many within the bound, so that letting one go is not letting all go
_DEAD_SHARE: Final = 8  # dead letters may be this part of the bound


class Bounds:
    """The bounds of one spool.

    Args:
        max_bytes: Of all that lies in the directory.

    Attributes:
        segment_bytes: How large a segment becomes.
        max_dead_bytes: The most bytes of dead letters.
        other_bytes: What lies there and is not ours to let go, as it was last looked at.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self.segment_bytes = min(max(max_bytes // _SEGMENTS, _MIN_SEGMENT_BYTES), MAX_SEGMENT_BYTES)
        self.max_dead_bytes = max_bytes // _DEAD_SHARE
        self.other_bytes = 0

    def excess(self, readers: Iterable[Reader], size: int = 0) -> int:
        """Return how many bytes are too many, if `size` more are written; 0 and less: none."""
        return self.other_bytes + sum(reader.bytes_used() for reader in readers) + size - self._max_bytes

    def allows(self, readers: Iterable[Reader], own: Reader, size: int) -> bool:
        """Return whether a segment may be added, all that could go having gone."""
        return self.excess(readers, size) <= 0 or self._is_little(own, size)

    def _is_little(self, own: Reader, size: int) -> bool:
        return own.bytes_used() + size <= 2 * self.segment_bytes

    def evict(self, readers: Iterable[Reader], size: int = 0) -> None:
        """Let the oldest segments go until so much more fits.

        Args:
            readers: The streams, oldest first, our own last.
            size: What is to be written.
        """
        *adopted, own = readers
        excess = self.excess((*adopted, own), size)
        for reader in (*adopted, own):
            for segment in list(reader.segments.values()):
                if excess <= 0 or (reader is own and self._is_little(own, size)):
                    return
                if _can_go(segment):
                    excess -= segment.bytes_used()
                    reader.give_up(segment, "evicted")

    def expire(self, readers: Iterable[Reader], oldest_ns: int) -> None:
        """Let segments go in which everything is older than that moment."""
        for reader in readers:
            for segment in list(reader.segments.values()):
                if _can_go(segment) and segment.newest_ns < oldest_ns:
                    reader.give_up(segment, "expired")


def _can_go(segment: Segment) -> bool:
    return segment.is_sealed and not segment.writing
