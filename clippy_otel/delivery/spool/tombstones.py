"""What is to be erased from streams that live processes own: a file that tells them.

A tombstone names a subject by its keyed hash, or purposes, or both, and holds for what was written before it. Live
owners look for new ones when the directory has changed: at least once a second, and before anything is read. It goes
when no stream that is as old as it has still to heed it.
"""

from __future__ import annotations

import contextlib
import os
import struct
from typing import Final, NamedTuple
from zlib import crc32

from clippy_otel.delivery.spool.books import erased_in
from clippy_otel.delivery.spool.directory import LOCK, TOMBSTONE, Directory
from clippy_otel.delivery.spool.records import RECORD, REJECTED, Header

EVERYTHING: Final = -1  # for purposes: all records, also those that are collected for none

_MAGIC: Final = b"\xc5\x1b\x9e\xd8"
_LAYOUT: Final = struct.Struct("<qi8s")  # when, purposes, subject
_NO_SUBJECT: Final = bytes(8)
_SUBJECT_BYTES: Final = 8
_NS_PER_US: Final = 1000


class Tombstone(NamedTuple):
    """What is to be erased."""

    created_ns: int  # what was written later stays
    purposes: int  # a mask, EVERYTHING, or 0: whatever the purpose
    subject: bytes  # a keyed hash of 8 bytes; b"": whoever it is about

    def covers(self, header: Header, buffer: bytes) -> bool:
        """Return whether a record, or a dead letter, is to be erased."""
        if header.kind not in (RECORD, REJECTED) or header.created_ns > self.created_ns:
            return False
        if self.purposes not in (0, EVERYTHING) and not header.purposes & self.purposes:
            return False
        return not self.subject or self.subject in _subjects(header, buffer)


def write(directory: Directory, tombstone: Tombstone) -> str:
    """Put a tombstone up, for good: synced; return its name.

    Raises:
        OSError: The directory cannot be written to.
    """
    name = f"{tombstone.created_ns // _NS_PER_US:016d}-{os.urandom(4).hex()}{TOMBSTONE}"
    body = _LAYOUT.pack(tombstone.created_ns, tombstone.purposes, tombstone.subject or _NO_SUBJECT)
    data = _MAGIC + crc32(body).to_bytes(4, "little") + body
    draft = f".{name}"
    descriptor = directory.create(draft)
    try:
        os.pwrite(descriptor, data, 0)
        os.fsync(descriptor)  # it says so where there was no space
    except OSError:
        directory.unlink(draft)
        raise
    finally:
        os.close(descriptor)
    directory.publish(draft, name)
    directory.sync()
    return name


def read(directory: Directory, name: str) -> Tombstone | None:
    """Return a tombstone; None where it is gone or damaged."""
    try:
        descriptor = directory.open(name)
    except FileNotFoundError:
        return None
    try:
        data = os.pread(descriptor, 64, 0)
    finally:
        os.close(descriptor)
    body = data[8:]
    if data[:4] != _MAGIC or len(body) != _LAYOUT.size or crc32(body).to_bytes(4, "little") != data[4:8]:
        return None
    created_ns, purposes, subject = _LAYOUT.unpack(body)
    return Tombstone(created_ns, purposes, b"" if subject == _NO_SUBJECT else subject)


def remove_heeded(directory: Directory) -> None:
    """Remove the tombstones that no stream has still to heed. Under the directory's lock."""
    names = directory.names()
    for name in names:
        if name.endswith(TOMBSTONE) and not name.startswith("."):
            tombstone = read(directory, name)
            streams = [other for other in names if other.endswith(LOCK) and not other.startswith(".") and other < name]
            if tombstone is None or all(_heeds(directory, stream, tombstone) for stream in streams):
                directory.unlink(name)


def _heeds(directory: Directory, lock: str, tombstone: Tombstone) -> bool:
    with contextlib.suppress(FileNotFoundError):
        descriptor = directory.open(lock)
        try:
            return erased_in(descriptor) >= tombstone.created_ns
        finally:
            os.close(descriptor)
    return True


def _subjects(header: Header, buffer: bytes) -> list[bytes]:
    """Return whom a record is about; a dead letter says how many there are before it names them."""
    meta = header.meta(buffer)
    if header.kind == REJECTED:
        meta = meta[1 : 1 + meta[0] * _SUBJECT_BYTES] if meta else b""
    return [meta[at : at + _SUBJECT_BYTES] for at in range(0, len(meta), _SUBJECT_BYTES)]
