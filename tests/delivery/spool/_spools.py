"""Spools for tests: records of them, a clock that stands still, and processes that use one and are killed."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from clippy_otel.delivery.spool import Spool
from clippy_otel.ledger import COLUMNS, Ledger, LedgerRow
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, SIGNALS, Envelope, QueueItem, Signal, SpoolOptions

ENVELOPES: dict[Signal, Envelope] = {
    "logs": Envelope("logs", b"resource", b"scope", "https://example.com/r", "https://example.com/s"),
    "spans": Envelope("spans", b"resource", b"tracer"),
    "metrics": Envelope("metrics", b"", b"meter"),
}
OPTIONS = SpoolOptions()
EVERYTHING = 1 << 30
SECOND_NS = 1_000_000_000


class StillClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_ns = time.time_ns()

    def time_ns(self) -> int:
        """Return the time that it is told."""
        return self.now_ns

    def monotonic_ns(self) -> int:
        """Return the same."""
        return self.now_ns

    def go_on(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ns += int(seconds * SECOND_NS)


def make_item(
    data: bytes = b"x", signal: Signal = "logs", *, subjects: bytes = b"", purposes: int = 1, records: int = 1
) -> QueueItem:
    """Return an encoded item as the queue has it."""
    size_bytes = 0 if signal == "metrics" else len(data) + len(subjects) + ITEM_OVERHEAD_BYTES
    return QueueItem(ENVELOPES[signal], data, size_bytes, purposes, subjects, lifecycle=False, records=records)


def numbered(count: int, start: int = 0, *, size: int = 8, signal: Signal = "logs") -> list[QueueItem]:
    """Return items that count on."""
    return [make_item(b"%0*d" % (size, number), signal) for number in range(start, start + count)]


class Opened:
    """A spool that is open, with its books."""

    def __init__(self, directory: Path, options: SpoolOptions = OPTIONS, clock: StillClock | None = None) -> None:
        self.ledger = Ledger()
        if clock is None:
            self.spool = Spool(directory, options, self.ledger)
        else:
            self.spool = Spool(directory, options, self.ledger, clock=clock)

    def write(self, items: Sequence[QueueItem], *, held: bool = False) -> list[QueueItem]:
        """Append items, and book them as whoever calls does."""
        written = self.spool.append(items, held=held)
        for item in written:
            self.ledger.offer(item.envelope.signal, "pending" if held else "spooled", item.records)
        return written

    def deliver(self, most: int = 50, *, signal: Signal = "logs") -> list[bytes]:
        """Read and settle once, and book it; return the data."""
        items = self.spool.read(signal, most, EVERYTHING)
        self.spool.settle(items)
        self.ledger.move(signal, "spooled", "exported", sum(item.records for item in items))
        return [item.data for item in items]

    def deliver_all(self, *, signal: Signal = "logs") -> list[bytes]:
        """Deliver until there is nothing more."""
        delivered: list[bytes] = []
        while part := self.deliver(signal=signal):
            delivered += part
        return delivered

    def row(self, signal: Signal = "logs") -> dict[str, int]:
        """Return the columns that are not 0, having checked the identity."""
        rows = self.ledger.rows()
        for row in rows.values():
            assert_closed(row)
        return rows[signal].nonzero()


def assert_closed(row: LedgerRow) -> None:
    """Check the identity."""
    ended = sum(getattr(row, name) for name in COLUMNS if name not in ("offered", "adopted"))
    assert row.offered + row.adopted == ended, row.nonzero()


@contextlib.contextmanager
def opened(directory: Path, options: SpoolOptions = OPTIONS, clock: StillClock | None = None) -> Iterator[Opened]:
    """Open a spool, and close it in the end."""
    one = Opened(directory, options, clock)
    assert one.spool.open()
    yield one
    one.spool.close()


def start(work: Callable[[], None]) -> int:
    """Fork a child that does something and ends without any ceremony; return its process id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent is to see it
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def end(child: int) -> int:
    """Wait for a child; return its exit code, negative for the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill(child: int) -> None:
    """Kill a child as nothing can prevent."""
    os.kill(child, signal.SIGKILL)
    assert end(child) == -signal.SIGKILL


def files(directory: Path, suffix: str = "") -> list[str]:
    """Return the names of the files in a directory, sorted."""
    return sorted(path.name for path in directory.iterdir() if path.name.endswith(suffix))


def bytes_of(directory: Path) -> bytes:
    """Return the bytes of all files in a directory."""
    return b"".join(path.read_bytes() for path in sorted(directory.iterdir()) if path.is_file())


def settle_everything(directory: Path) -> dict[Signal, list[bytes]]:
    """Adopt and deliver all that lies in a directory; return it by signal."""
    with opened(directory) as one:
        one.spool.tend()
        return {signal: one.deliver_all(signal=signal) for signal in SIGNALS}
