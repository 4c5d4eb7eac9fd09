"""What the backend will never take: kept for a person to look at, with the reason.

In files of their own beside the stream's segments, in the same format. They are bounded: the oldest file goes first.
Nobody adopts them: a file whose process is gone belongs to all. They stay booked as `rejected`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, NamedTuple

from clippy_otel.delivery.spool.directory import DEAD, LOCK, Directory
from clippy_otel.delivery.spool.erasing import erase_file
from clippy_otel.delivery.spool.locks import is_locked
from clippy_otel.delivery.spool.records import (
    DONE,
    ENVELOPE,
    HEADER_BYTES,
    LIFECYCLE,
    REJECTED,
    STATE_AT,
    Header,
    is_done,
    scan,
    unpack_envelope,
)
from clippy_otel.delivery.spool.stream import Stem, Writer, seed_of
from clippy_otel.delivery.spool.tombstones import Tombstone
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Envelope, QueueItem

_MAX_REASON_BYTES: Final = 1000
_SUBJECT_BYTES: Final = 8
_MAX_SUBJECTS: Final = 255


class DeadLetter(NamedTuple):
    """One record that the backend rejected, and where it lies."""

    item: QueueItem
    reason: str
    rejected_ns: int  # nanoseconds since the epoch
    file: str
    offset: int


class DeadLetters:
    """Those of one directory.

    Args:
        directory: Where.
        name: Our own stream.
        max_bytes: The most bytes of all of them.
        segment_bytes: How large a file becomes.
        time_ns: The wall clock.

    Attributes:
        writer: Of our own files.
        count: Records in all files, as far as is known.
        bytes_used: How large the files are.
    """

    def __init__(
        self, directory: Directory, name: str, *, max_bytes: int, segment_bytes: int, time_ns: Callable[[], int]
    ) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        stem = Stem(directory, name, DEAD, REJECTED)
        self.writer = Writer(stem, segment_bytes=segment_bytes, time_ns=time_ns, make_room=lambda _: True)
        self._counted: dict[str, tuple[int, int]] = {}  # of files: size, and how many records
        self.count = self.bytes_used = 0

    def write(self, items: Sequence[QueueItem], reason: str) -> None:
        """Keep encoded items with the reason why they are rejected."""
        text = reason.encode("utf-8", "replace")[:_MAX_REASON_BYTES]
        letters = []
        for item in items:
            known = min(len(item.subjects) // _SUBJECT_BYTES, _MAX_SUBJECTS)
            meta = bytes((known,)) + item.subjects[: known * _SUBJECT_BYTES] + text
            letters.append(item._replace(subjects=meta))
        written = self.writer.append(letters)
        self.count += sum(item.records for item in written)
        self.bytes_used += sum(len(item.data) + len(item.subjects) + HEADER_BYTES for item in written)
        if self.bytes_used > self._max_bytes:
            self.survey(())

    def survey(self, ours: Collection[str]) -> None:
        """Look at what there is, and let the oldest files go where it is too much.

        Args:
            ours: The names of the streams that we have adopted.
        """
        sizes = {name: self._directory.size_of(name) for name in self._directory.names() if name.endswith(DEAD)}
        total = sum(sizes.values())
        newest = max(sizes, default="")
        for name, size in tuple(sizes.items()):
            counted = self._counted.get(name)
            if counted is None or counted[0] != size:
                counted = self._counted[name] = size, self._count_in(name)
            is_too_much = total > self._max_bytes and name != newest
            if (is_too_much or (size and not counted[1])) and self._remove(name, ours):
                total -= sizes.pop(name)
        self._counted = {name: self._counted[name] for name in sizes}
        self.count = sum(records for _, records in self._counted.values())
        self.bytes_used = total

    def erase(self, tombstone: Tombstone, ours: Collection[str]) -> int:
        """Erase what a tombstone covers in our own files, and in those of ended processes; return how many records.

        Raises:
            OSError: A file could not be read or written.
        """
        self.writer.end_segment()
        count = 0
        for name in self._directory.names():
            if name.endswith(DEAD) and not self._is_others(name, ours):
                descriptor = self._directory.open(name)
                try:
                    count += erase_file(descriptor, seed_of(stream_of(name)), tombstone)
                finally:
                    os.close(descriptor)
        self._counted.clear()
        self.survey(ours)
        return count

    def sync(self) -> None:
        """Have what is written survive a power cut."""
        for segment in list(self.writer.segments.values()):
            segment.sync()
            segment.rest()

    def close(self) -> None:
        """Leave them to all."""
        self.writer.end_segment()
        for segment in self.writer.segments.values():
            segment.rest()

    def forget(self) -> None:
        """Close what is open, in a forked child."""
        for segment in self.writer.segments.values():
            segment.forget()

    def _is_others(self, name: str, ours: Collection[str]) -> bool:
        """Return whether a file belongs to a process that lives and is not this one."""
        stream = stream_of(name)
        return stream not in ours and stream != self.writer.name and is_locked(self._directory, stream + LOCK)

    def _remove(self, name: str, ours: Collection[str]) -> bool:
        """Remove a file, unless somebody is writing to it; return whether it is gone."""
        for segment in list(self.writer.segments.values()):
            if segment.name == name:
                if not segment.is_sealed or segment.writing:
                    return False
                del self.writer.segments[segment.number]
                segment.remove()
                return True
        if self._is_others(name, ours):
            return False
        self._directory.unlink(name)
        return True

    def _count_in(self, name: str) -> int:
        return sum(letter.item.records for letter in letters_in(self._directory, name))


def letters_in(directory: Directory, name: str) -> Iterator[DeadLetter]:
    """Yield the dead letters of one file that are not replayed or erased, oldest first.

    Raises:
        OSError: It cannot be read.
    """
    try:
        descriptor = directory.open(name)
    except FileNotFoundError:
        return
    try:
        buffer = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    finally:
        os.close(descriptor)
    envelopes: dict[int, Envelope] = {}
    for part in scan(buffer, seed_of(stream_of(name))):
        if isinstance(part, Header) and part.kind == ENVELOPE:
            envelopes[part.envelope] = unpack_envelope(part, buffer)
        elif isinstance(part, Header) and part.kind == REJECTED and not is_done(part.state):
            envelope = envelopes.get(part.envelope)
            if envelope is not None:
                yield _letter(part, buffer, envelope, name)


def mark_replayed(directory: Directory, letters: Sequence[DeadLetter]) -> None:
    """Have dead letters not be listed any more, whoever wrote them.

    Raises:
        OSError: A file cannot be written.
    """
    for name in dict.fromkeys(letter.file for letter in letters):
        descriptor = directory.open(name)
        try:
            for letter in letters:
                if letter.file == name:
                    os.pwrite(descriptor, bytes((DONE,)), letter.offset + STATE_AT)
        finally:
            os.close(descriptor)


def stream_of(name: str) -> str:
    """Return the name of the stream that a file belongs to."""
    return name.partition(".")[0]


def _letter(header: Header, buffer: bytes, envelope: Envelope, name: str) -> DeadLetter:
    meta, data = header.meta(buffer), header.data(buffer)
    subjects_end = 1 + meta[0] * _SUBJECT_BYTES
    subjects, reason = meta[1:subjects_end], meta[subjects_end:].decode("utf-8", "replace")
    size_bytes = len(data) + len(subjects) + ITEM_OVERHEAD_BYTES
    lifecycle = bool(header.flags & LIFECYCLE)
    item = QueueItem(envelope, data, size_bytes, header.purposes, subjects, lifecycle, header.records)
    return DeadLetter(item, reason, header.created_ns, name, header.offset)
