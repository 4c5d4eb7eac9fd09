"""Erasing records where they lie: their bytes become zeros, and the file is synced.

In place, so that the offsets of all other records stay what they are, and the very blocks are written over. What is
settled already is erased too: its bytes stay in the file until the segment goes. So is what is damaged, for nobody can
say whom it is about.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from clippy_otel.delivery.spool.directory import LOCK, TOMBSTONE, Directory
from clippy_otel.delivery.spool.locks import Claim
from clippy_otel.delivery.spool.reading import Reader
from clippy_otel.delivery.spool.records import Damage, Header, gently, is_done, scan, voided
from clippy_otel.delivery.spool.segments import Segment
from clippy_otel.delivery.spool.stream import seed_of
from clippy_otel.delivery.spool.tombstones import Tombstone, read, write

_PATIENCE_S: Final = 0.5


class Stream(NamedTuple):
    """A stream that is ours to erase in."""

    reader: Reader
    claim: Claim


class Eraser:
    """Erase what we are asked to, by this process or by the tombstones of others.

    Args:
        directory: Where.
        end_segment: Called to have nothing more written to the newest segment of our own stream.
    """

    def __init__(self, directory: Directory, end_segment: Callable[[], None]) -> None:
        self._directory = directory
        self._end_segment = end_segment
        self._heeded: set[str] = set()
        self._looked_ns = 0

    def purge(self, tombstone: Tombstone, streams: Sequence[Stream]) -> int:
        """Erase in our streams, and tell the owners of all others; return how many records were erased.

        Raises:
            OSError: A file could not be read or written.
        """
        names = {name[: -len(LOCK)] for name in self._directory.names() if name.endswith(LOCK) and name[0] != "."}
        told = write(self._directory, tombstone) if names - {stream.claim.name for stream in streams} else ""
        count = self._erase(tombstone, streams)
        if count is not None:
            self._heeded.add(told)
        elif not told:  # we have to come back to it ourselves
            write(self._directory, tombstone)
        return count or 0

    def new_tombstones(self, *, surely: bool) -> list[tuple[str, Tombstone]]:
        """Return the tombstones that are not heeded yet, with their names.

        Args:
            surely: Look at all names; else only where the directory has changed.
        """
        changed_ns = self._directory.changed_ns()
        if not surely and changed_ns == self._looked_ns:
            return []
        names = [name for name in self._directory.names() if name.endswith(TOMBSTONE) and name[0] != "."]
        self._heeded.intersection_update(names)
        found = [(name, read(self._directory, name)) for name in names if name not in self._heeded]
        if not found:
            self._looked_ns = changed_ns
        return [(name, tombstone) for name, tombstone in found if tombstone is not None]

    def heed(self, name: str, tombstone: Tombstone, streams: Sequence[Stream]) -> None:
        """Erase what a tombstone asks for; where it is not complete, the next time goes on with it."""
        if self._erase(tombstone, streams) is not None:
            self._heeded.add(name)

    def heed_all_in(self, stream: Stream) -> None:
        """Erase in a stream that was just adopted what its process had still to erase."""
        for name in self._directory.names():
            tombstone = read(self._directory, name) if name.endswith(TOMBSTONE) and name[0] != "." else None
            if tombstone is not None and tombstone.created_ns > stream.claim.books.erased_ns:
                _erase_in_stream(stream, tombstone)

    def _erase(self, tombstone: Tombstone, streams: Sequence[Stream]) -> int | None:
        """Erase in all streams; None where it is not complete."""
        self._end_segment()
        counts = [_erase_in_stream(stream, tombstone) for stream in streams]
        return None if None in counts else sum(count or 0 for count in counts)


def _erase_in_stream(stream: Stream, tombstone: Tombstone) -> int | None:
    """Erase in one stream.

    Returns:
        How many records were erased that were still wanted; None where somebody was writing all the time, so that it
        is not complete.
    """
    reader, claim = stream
    count = 0
    for segment in list(reader.segments.values()):
        if not segment.becomes_quiet(_PATIENCE_S):
            return None
        if segment.bytes_used():
            count += _erase_in(reader, segment, seed_of(claim.name), tombstone)
    claim.books.erased_ns = max(claim.books.erased_ns, tombstone.created_ns)
    return count


def erase_file(descriptor: int, seed: int, tombstone: Tombstone) -> int:
    """Erase what a tombstone covers in a file that nobody counts; return how many records were not settled."""
    buffer = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    found = _covered(buffer, seed, tombstone)
    _overwrite(descriptor, found, seed)
    return sum(part.records for part in found if isinstance(part, Header) and not is_done(part.state))


def _erase_in(reader: Reader, segment: Segment, seed: int, tombstone: Tombstone) -> int:
    found = _covered(segment.read_all(), seed, tombstone)
    _overwrite(segment.open(), found, seed)
    count = 0
    for part in found:
        if isinstance(part, Header) and not is_done(part.state) and part.envelope in segment.envelopes:
            count += reader.lose(segment, part.offset, (part.signal, part.records), "erased")
    return count


def _covered(buffer: bytes, seed: int, tombstone: Tombstone) -> list[Header | Damage]:
    return [part for part in gently(scan(buffer, seed)) if isinstance(part, Damage) or tombstone.covers(part, buffer)]


def _overwrite(descriptor: int, found: list[Header | Damage], seed: int) -> None:
    for part in found:
        erased = bytes(part.end - part.offset) if isinstance(part, Damage) else voided(part, seed)
        os.pwrite(descriptor, erased, part.offset)
    if found:
        os.fdatasync(descriptor)
