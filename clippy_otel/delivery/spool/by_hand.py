"""What a person may do to a spool: send dead letters once more, throw records away. Processes may use it meanwhile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from clippy_otel.clock import SYSTEM_CLOCK
from clippy_otel.delivery.spool.bounds import MAX_SEGMENT_BYTES
from clippy_otel.delivery.spool.dead_letters import letters_in, mark_replayed, stream_of
from clippy_otel.delivery.spool.directory import DEAD, SEGMENT, Directory
from clippy_otel.delivery.spool.erasing import erase_file
from clippy_otel.delivery.spool.locks import new_claim
from clippy_otel.delivery.spool.records import RECORD
from clippy_otel.delivery.spool.spool import Spool
from clippy_otel.delivery.spool.stream import Stem, Writer, seed_of
from clippy_otel.delivery.spool.tombstones import EVERYTHING, Tombstone
from clippy_otel.ledger import Ledger
from clippy_otel.ports import SIGNALS, SpoolOptions

if TYPE_CHECKING:
    from clippy_otel.ports import Clock


def replay(path: Path, clock: Clock = SYSTEM_CLOCK) -> int:
    """Have all dead letters of a spool directory delivered once more, by the next process that tends it.

    They become a stream of a process that has ended, so they are adopted like any; they leave `rejected` in its ledger.

    Returns:
        How many records they are.

    Raises:
        OSError: The directory is not ours, or cannot be written to; nothing is replayed twice then.
    """
    if not path.is_dir():
        return 0
    directory = Directory(path)
    try:
        letters = [
            letter for name in directory.names() if name.endswith(DEAD) for letter in letters_in(directory, name)
        ]
        if not letters:
            return 0
        claim = new_claim(directory, clock.time_ns())
        writer = Writer(
            Stem(directory, claim.name, SEGMENT, RECORD),
            segment_bytes=MAX_SEGMENT_BYTES,
            time_ns=clock.time_ns,
            make_room=lambda _: True,
        )
        written = writer.append([letter.item for letter in letters])
        writer.end_segment()
        for segment in writer.segments.values():
            segment.sync()
            segment.rest()
        ledger = Ledger()
        ledger.keep_in(claim.books.live)
        for signal in SIGNALS:
            count = sum(item.records for item in written if item.envelope.signal == signal)
            ledger.move(signal, "rejected", "spooled", count)
        # Before anybody can adopt the stream: a letter is in one place only.
        mark_replayed(directory, letters[: len(written)])
        claim.release(remove=not written)
        if writer.error is not None:
            raise writer.error
        return sum(item.records for item in written)
    finally:
        directory.close()


def drop(path: Path) -> int:
    """Erase all records that wait in a spool directory, and all dead letters; owners that live are told.

    Returns:
        How many records were erased at once: those of living processes are not among them.
    """
    if not path.is_dir():
        return 0
    spool = Spool(path, SpoolOptions(), Ledger())
    erased = spool.purge(EVERYTHING)
    spool.close()
    return erased


def drop_rejected(path: Path, clock: Clock = SYSTEM_CLOCK) -> int:
    """Erase all dead letters of a spool directory; return how many records they were.

    Raises:
        OSError: The directory is not ours, or a file cannot be written.
    """
    if not path.is_dir():
        return 0
    directory = Directory(path)
    tombstone = Tombstone(clock.time_ns(), EVERYTHING, b"")
    count = 0
    try:
        for name in directory.names():
            if name.endswith(DEAD):
                descriptor = directory.open(name)
                try:
                    count += erase_file(descriptor, seed_of(stream_of(name)), tombstone)
                finally:
                    os.close(descriptor)
    finally:
        directory.close()
    return count
