"""The audit: one line for each decision about consent, in the order in which they were made; nothing is ever changed.

JSON, a line of 150 bytes: when, for which purposes, whose (a keyed pseudonym, never the id; null: everybody's), which
way, and by which process. 0600. It is what all processes of the state directory go by.

Guarantee: a decision that append() has returned from survives a SIGKILL and a power cut. Processes append without a
lock; what one of them has left unfinished is nobody's decision, and costs no other one.
Cost: one fsync for each decision; 1 us a line where they are read, once.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from clippy_otel.consent.decisions import PURPOSES, SUBJECT_BYTES, UNDECIDED, Decision
from clippy_otel.state import open_private

_BLOCK_BYTES: Final = 1 << 20
_MAX_TRIES: Final = 3
_NS_PER_S: Final = 1e9
# As it is written, to the letter: anything else is no decision.
_LINE: Final = (
    rb'^\{"time":"[-0-9T:.]{26}Z","purposes":\[([a-z",]+)\],"subject":(?:null|"p_(%b)[0-9a-f]{16}"),'
    rb'"granted":(true|false),"pid":[0-9]+\}$'
)
_ANY_SUBJECT: Final = b"[0-9a-f]{%d}" % (2 * SUBJECT_BYTES)


class Audit:
    """The file.

    Args:
        path: Where; made with the first decision, in a directory that exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._line = re.compile(_LINE % _ANY_SUBJECT, re.MULTILINE)
        self._read_bytes = 0

    def append(self, decision: Decision, pseudonym: str | None, time_ns: int) -> None:
        """Write a decision down for good.

        Args:
            decision: It.
            pseudonym: The user's; None: it is everybody's.
            time_ns: When it was made, nanoseconds since the epoch.

        Raises:
            OSError: It could not be written, or it is not sure that it would survive a power cut.
        """
        descriptor = open_private(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        try:
            is_new = os.fstat(descriptor).st_size == 0
            _append(descriptor, _line(decision, pseudonym, time_ns))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_names(self._path.parent)

    def new(self) -> Iterator[Decision]:
        """Yield the decisions that were not read yet, in their order.

        Raises:
            OSError: The file cannot be read.
        """
        for block in self._blocks(self._read_bytes):
            self._read_bytes += len(block)
            yield from _decisions(self._line, block)

    def of(self, subject: bytes) -> int:
        """Return what a user has decided so far, looked up in the whole file: 1 ms for 10 MB.

        Raises:
            OSError: The file cannot be read.
        """
        decided, wanted = UNDECIDED, subject.hex().encode()
        line = re.compile(_LINE % wanted, re.MULTILINE)
        for block in self._blocks(0):
            for found in _lines_with(block, b'"p_' + wanted):
                for decision in _decisions(line, found):
                    decided = decision.after(decided)
        return decided

    def _blocks(self, start: int) -> Iterator[bytes]:
        """Yield what stands in the file from a place on, in pieces that end with a line's end."""
        try:
            descriptor = open_private(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            while block := os.pread(descriptor, _BLOCK_BYTES, start):
                end = block.rfind(b"\n") + 1
                if not end and len(block) < _BLOCK_BYTES:
                    return  # somebody is writing this line, or has died of it
                complete = block[:end] or block
                start += len(complete)
                yield complete
        finally:
            os.close(descriptor)


def _line(decision: Decision, pseudonym: str | None, time_ns: int) -> bytes:
    moment = datetime.fromtimestamp(time_ns / _NS_PER_S, tz=timezone.utc).isoformat(timespec="microseconds")
    names = ",".join(f'"{name}"' for name, mask in PURPOSES.items() if mask & decision.purposes)
    subject = "null" if pseudonym is None else f'"{pseudonym}"'
    granted = "true" if decision.granted else "false"
    return (
        f'{{"time":"{moment[:26]}Z","purposes":[{names}],"subject":{subject},"granted":{granted},"pid":{os.getpid()}}}\n'
    ).encode()


def _append(descriptor: int, line: bytes) -> None:
    """Write a line of its own, whatever somebody else has left unfinished before it."""
    for _ in range(_MAX_TRIES):
        size_bytes = os.fstat(descriptor).st_size
        data = line if size_bytes == 0 or os.pread(descriptor, 1, size_bytes - 1) == b"\n" else b"\n" + line
        if os.write(descriptor, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        start = os.lseek(descriptor, 0, os.SEEK_CUR) - len(line)
        if start == 0 or os.pread(descriptor, 1, start - 1) == b"\n":
            return  # else another process has died in the middle of a line right now
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def _sync_names(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _decisions(line: re.Pattern[bytes], block: bytes) -> Iterator[Decision]:
    """Yield the decisions in a block."""
    for match in line.finditer(block):
        names, subject, granted = match.groups()
        purposes = 0
        for name in names.decode().replace('"', "").split(","):
            purposes |= PURPOSES.get(name, 0)
        if purposes:
            yield Decision(purposes, b"" if subject is None else bytes.fromhex(subject.decode()), granted == b"true")


def _lines_with(block: bytes, wanted: bytes) -> Iterator[bytes]:
    """Yield the lines of a block that a text stands in."""
    at = block.find(wanted)
    while at >= 0:
        end = block.find(b"\n", at) + 1 or len(block)
        yield block[block.rfind(b"\n", 0, at) + 1 : end]
        at = block.find(wanted, end)
