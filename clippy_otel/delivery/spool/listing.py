"""What lies in a spool, for a person: looked at without taking anything, also while processes use it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from clippy_otel.delivery.spool.dead_letters import DeadLetter, letters_in, stream_of
from clippy_otel.delivery.spool.directory import DEAD, LOCK, SEGMENT, Directory
from clippy_otel.delivery.spool.locks import is_locked
from clippy_otel.delivery.spool.records import RECORD, Header, is_done, scan
from clippy_otel.delivery.spool.stream import seed_of
from clippy_otel.ports import SIGNALS, Signal


class Waiting(NamedTuple):
    """One stream.

    Attributes:
        stream: Its name.
        is_alive: Whether its process lives.
        records: What is not settled, by signal; of a living process perhaps in its memory too.
        size_bytes: Of its files.
        oldest_ns: When the oldest of the records was written, nanoseconds since the epoch; 0 where there is none.
    """

    stream: str
    is_alive: bool
    records: Mapping[Signal, int]
    size_bytes: int
    oldest_ns: int


def waiting(path: Path) -> list[Waiting]:
    """Return the streams in a spool directory, oldest first; none where it does not exist.

    Raises:
        OSError: It is not ours, or cannot be read.
    """
    if not path.is_dir():
        return []
    directory = Directory(path)
    try:
        streams = dict.fromkeys(stream_of(name) for name in directory.names() if name.endswith((LOCK, SEGMENT)))
        return [_look_at(directory, stream) for stream in streams if stream]
    finally:
        directory.close()


def rejected(path: Path) -> Iterator[DeadLetter]:
    """Yield the dead letters in a spool directory, oldest file first, one a record.

    Raises:
        OSError: It is not ours, or cannot be read.
    """
    if not path.is_dir():
        return
    directory = Directory(path)
    try:
        for name in directory.names():
            if name.endswith(DEAD):
                yield from letters_in(directory, name)
    finally:
        directory.close()


def _look_at(directory: Directory, stream: str) -> Waiting:
    records: dict[Signal, int] = dict.fromkeys(SIGNALS, 0)
    size_bytes, moments = 0, []
    for name in directory.names():
        if name.startswith(f"{stream}.") and name.endswith(SEGMENT):
            for header in _headers(directory, name):
                if header.kind == RECORD and not is_done(header.state):
                    records[SIGNALS[header.signal]] += header.records
                    moments.append(header.created_ns)
            size_bytes += directory.size_of(name)
    is_alive = is_locked(directory, stream + LOCK)
    return Waiting(stream, is_alive, records, size_bytes, min(moments, default=0))


def _headers(directory: Directory, name: str) -> list[Header]:
    try:
        descriptor = directory.open(name)
    except FileNotFoundError:  # it was delivered meanwhile
        return []
    try:
        buffer = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    finally:
        os.close(descriptor)
    return [part for part in scan(buffer, seed_of(stream_of(name))) if isinstance(part, Header)]
