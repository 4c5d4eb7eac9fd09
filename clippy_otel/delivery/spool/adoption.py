"""Taking over what a dead process left: its whole stream, looked through once, and its books.

Every record is verified here and counted, so that the books say at once how many were lost in the crash and how many
are damaged; reading verifies them again. Cost: 3 us a record, on the worker's thread, which lets others run meanwhile.
What is damaged is written over with zeros: it is of no use, and nobody can say whom it is about.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Final

from clippy_otel.delivery.spool.accounts import AdoptedAccount
from clippy_otel.delivery.spool.books import Books, reconcile, settle_replayed
from clippy_otel.delivery.spool.directory import SEGMENT, Directory
from clippy_otel.delivery.spool.locks import Claim, adopt, was_absorbed
from clippy_otel.delivery.spool.reading import Reader
from clippy_otel.delivery.spool.records import ENVELOPE, RECORD, Damage, Header, gently, is_done, scan, unpack_envelope
from clippy_otel.delivery.spool.segments import Segment
from clippy_otel.delivery.spool.stream import seed_of
from clippy_otel.ledger import CELLS, Ledger
from clippy_otel.ports import SIGNALS, Envelope

_NO_LIMIT: Final = 0


class Adopted:
    """A dead process's stream, that is ours now.

    Attributes:
        name: Its name.
        reader: Its records.
        books: Its books, as we go on with them.
        claim: Our hold on it.
    """

    def __init__(self, claim: Claim, reader: Reader) -> None:
        self.name = claim.name
        self.claim = claim
        self.books: Books = claim.books
        self.reader = reader

    def forget(self) -> None:
        """Close what is open, in a forked child."""
        for segment in self.reader.segments.values():
            segment.forget()
        self.claim.forget()


def take_over(directory: Directory, name: str, ledger: Ledger, goes_on: Callable[[], bool]) -> Adopted | None:
    """Adopt a stream.

    Args:
        directory: Where it lies.
        name: Its name.
        ledger: Ours.
        goes_on: Asked after each segment; False: leave it to the next process.

    Returns:
        The stream; None where its process lives, somebody else was quicker, or it is left.

    Raises:
        OSError: A file could not be read.
    """
    claim = adopt(directory, name)
    if claim is None:
        return None
    try:
        segments, damaged = _look_through(directory, name, goes_on)
        if not goes_on():
            claim.release(remove=False)
            return None
        found = [sum(segment.left[signal] for segment in segments.values()) for signal in range(len(SIGNALS))]
        books = claim.books
        total = [0] * CELLS if was_absorbed(directory, name) else books.total()
        reconciled = reconcile(total, found, damaged, was_adopted=books.is_adopted)
        rows = ledger.rows()
        rejected = [rows[signal].rejected for signal in SIGNALS]
        books.replace(settle_replayed(reconciled, rejected), adopted=True)
    except BaseException:
        claim.release(remove=False)
        raise
    reader = Reader(segments, found, seed_of(name), AdoptedAccount(ledger, books), end_segment=_end_nothing)
    return Adopted(claim, reader)


def _look_through(directory: Directory, name: str, goes_on: Callable[[], bool]) -> tuple[dict[int, Segment], list[int]]:
    """Return a stream's segments that have anything left, and how many records seem to be damaged, by signal."""
    segments: dict[int, Segment] = {}
    known: dict[Envelope, Envelope] = {}  # one object for all that are equal
    damaged = [0] * len(SIGNALS)
    for file in directory.names():
        if file.startswith(f"{name}.") and file.endswith(SEGMENT) and goes_on():
            number = int(file[len(name) + 1 : -len(SEGMENT)])
            segment = Segment(directory, file, number, limit=_NO_LIMIT)
            try:
                for signal, count in enumerate(_look_into(segment, seed_of(name), known)):
                    damaged[signal] += count
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                segment.left = [0] * len(SIGNALS)  # the disk cannot read it: its records are lost
            if any(segment.left):
                segments[number] = segment
                segment.rest()
            else:
                segment.remove()
    return segments, damaged


def _look_into(segment: Segment, seed: int, known: dict[Envelope, Envelope]) -> list[int]:
    """Count what is left in a segment of a dead process; return how many records seem to be damaged."""
    descriptor = segment.open()
    buffer = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    segment.end = segment.synced = len(buffer)
    parts = list(gently(scan(buffer, seed)))
    headers = [part for part in parts if isinstance(part, Header)]
    segment.seal(max((header.created_ns for header in headers), default=0))
    for header in headers:
        if header.kind == ENVELOPE:
            envelope = unpack_envelope(header, buffer)
            segment.envelopes[header.envelope] = known.setdefault(envelope, envelope)
    damaged = [0] * len(SIGNALS)
    for header in headers:
        if header.kind == RECORD and not is_done(header.state):
            counts = segment.left if header.envelope in segment.envelopes else damaged
            counts[header.signal] += header.records
    for part in parts:
        if isinstance(part, Damage):
            os.pwrite(descriptor, bytes(part.end - part.offset), part.offset)
            damaged = [one + other for one, other in zip(damaged, part.records, strict=True)]
    return damaged


def _end_nothing() -> None:
    """Do nothing: nobody writes to a dead process's stream."""
