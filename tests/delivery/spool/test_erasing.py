"""Erasure: the bytes of a subject are in no file afterwards, wherever they lay, and nothing else is gone."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from clippy_otel.delivery.spool.tombstones import EVERYTHING as ALL_PURPOSES
from tests.delivery.spool._spools import (
    EVERYTHING,
    Opened,
    bytes_of,
    end,
    files,
    make_item,
    opened,
    start,
)

ANN, BOB = b"ANN-HASH", b"BOB-HASH"
CANARY = b"canary of ann"
ANALYTICS, PERFORMANCE = 1, 2


def items(count: int = 20) -> list:  # type: ignore[type-arg] # of items
    """Return records about Ann, about Bob, about both, and about nobody."""
    kinds = (
        (CANARY, ANN, ANALYTICS),
        (b"of bob", BOB, ANALYTICS),
        (CANARY + b" and bob", BOB + ANN, PERFORMANCE),
        (b"of nobody", b"", PERFORMANCE),
    )
    return [
        make_item(
            b"%d %s" % (number, kinds[number % 4][0]), subjects=kinds[number % 4][1], purposes=kinds[number % 4][2]
        )
        for number in range(count)
    ]


def is_gone(directory: Path) -> bool:
    """Return whether nothing of Ann is in any file."""
    content = bytes_of(directory)
    return CANARY not in content and ANN not in content


def leave(directory: Path, work: Callable[[Opened], object]) -> None:
    """Let a process use a spool, and kill it."""

    def run() -> None:
        work(Opened(directory))
        os.kill(os.getpid(), signal.SIGKILL)

    assert end(start(run)) == -signal.SIGKILL


def test_in_our_own_stream(tmp_path: Path) -> None:
    """Waiting, settled, handed out, held, full segments and the one that is written to."""
    with opened(tmp_path) as one:
        one.write(items(20))
        one.spool._opened.writer.end_segment()  # type: ignore[union-attr] # it is open
        settled = one.deliver(6)
        one.write(items(20))
        handed_out = one.spool.read("logs", 4, EVERYTHING)
        held = one.write(items(8), held=True)
        erased = one.spool.purge(subject=ANN)
        assert is_gone(tmp_path)
        # 20 + 20 less 6 settled and 4 handed out: half of 30 are about Ann
        assert erased == 15
        assert one.row() == {"offered": 48, "exported": 6, "erased": 15, "spooled": 19, "pending": 8}
        assert len(settled) == 6
        # What was in flight finishes as what becomes of it; what comes back is erased.
        one.spool.settle(handed_out[:2])
        one.ledger.move("logs", "spooled", "exported", 2)
        one.spool.release(handed_out[2:])
        one.ledger.move("logs", "pending", "spooled", 8)
        one.spool.release(held)
        row = one.row()
        assert row == {"offered": 48, "exported": 8, "erased": 20, "spooled": 20}
        delivered = one.deliver_all()
        assert len(delivered) == 20
        assert not any(CANARY in data for data in delivered)
        assert one.row() == {"offered": 48, "exported": 28, "erased": 20}


def test_what_is_written_afterwards_stays(tmp_path: Path) -> None:
    """An erasure is about the past."""
    with opened(tmp_path) as one:
        one.write(items(4))
        assert one.spool.purge(subject=ANN) == 2
        one.write(items(4))
        one.spool.tend()
        assert len(one.deliver_all()) == 6


def test_by_purpose(tmp_path: Path) -> None:
    """Of anybody, or of one subject; records of other purposes stay."""
    with opened(tmp_path) as one:
        one.write(items(20))
        assert one.spool.purge(PERFORMANCE, ANN) == 5
        assert one.spool.purge(PERFORMANCE) == 5
        assert one.spool.purge() == 0
        assert [data.split()[1] for data in one.deliver_all()] == [b"canary", b"of"] * 5
        assert one.row() == {"offered": 20, "erased": 10, "exported": 10}


def test_everything(tmp_path: Path) -> None:
    """Also what is collected for no purpose."""
    with opened(tmp_path) as one:
        one.write([make_item(b"a", purposes=0), make_item(b"b", "metrics", records=5)])
        assert one.spool.purge(ALL_PURPOSES) == 6
        assert one.row() == {"offered": 1, "erased": 1}
        assert one.row("metrics") == {"offered": 5, "erased": 5}


def test_in_adopted_and_in_dead_streams(tmp_path: Path) -> None:
    """Those that we have adopted, and those that nobody has yet."""
    leave(tmp_path, lambda one: one.write(items(20)))
    with opened(tmp_path) as one:
        one.spool.tend()
        one.spool.read("logs", 4, EVERYTHING)
        leave(tmp_path, lambda one: one.write(items(12)))
        assert one.spool.purge(subject=ANN) == 8 + 6
        assert is_gone(tmp_path)
        assert one.row() == {"adopted": 32, "erased": 14, "spooled": 18}


def test_without_a_stream_of_our_own(tmp_path: Path) -> None:
    """A process that only erases: it opens the spool for it, and leaves the rest."""
    leave(tmp_path, lambda one: one.write(items(20)))
    one = Opened(tmp_path)
    assert one.spool.purge(subject=ANN) == 10
    one.spool.close()
    assert is_gone(tmp_path)
    with opened(tmp_path) as other:
        other.spool.tend()
        assert len(other.deliver_all()) == 10


def test_in_dead_letters(tmp_path: Path) -> None:
    """Our own, and those of processes that ended; they stay booked as rejected."""

    def reject(one: Opened) -> None:
        one.write(items(8))
        taken = one.spool.read("logs", 8, EVERYTHING)
        one.spool.settle(taken, reason="no")
        one.ledger.move("logs", "spooled", "rejected", 8)

    with opened(tmp_path) as one:
        reject(one)
    with opened(tmp_path) as one:
        reject(one)
        assert one.spool.purge(subject=ANN) == 8
        assert is_gone(tmp_path)
        assert one.row() == {"offered": 8, "rejected": 8}
        assert one.spool.size().rejected == 8


def test_in_what_is_damaged(tmp_path: Path) -> None:
    """Nobody can say whom it is about: it is written over."""
    with opened(tmp_path) as one:
        written = one.write(items(8))
        (segment,) = tmp_path.glob("*.seg")
        with segment.open("r+b") as file:
            file.seek(written[0].place[1] + 12)
            file.write(b"\xff\xff")
        one.spool.purge(subject=ANN)
        assert is_gone(tmp_path)
        assert len(one.deliver_all()) == 4
        assert one.row() == {"offered": 8, "erased": 3, "corrupt": 1, "exported": 4}


def test_where_a_living_process_owns_the_stream(tmp_path: Path) -> None:
    """It is told by a tombstone, and has erased within its next tend(), dead letters too; then the tombstone goes."""
    hear, tell = os.pipe()
    answer, answered = os.pipe()

    def own() -> None:
        one = Opened(tmp_path)
        one.write(items(20))
        one.spool.settle(one.spool.read("logs", 4, EVERYTHING), reason="no")
        one.ledger.move("logs", "spooled", "rejected", 4)
        held = one.write(items(4), held=True)
        os.write(answered, b"!")
        os.read(hear, 1)
        one.spool.tend()
        os.write(answered, b"!")
        os.read(hear, 1)
        one.spool.release(held)
        one.ledger.move("logs", "pending", "spooled", 4)
        assert one.row() == {"offered": 24, "rejected": 4, "erased": 10, "spooled": 10}, one.row()
        assert len(one.deliver_all()) == 10
        one.spool.close()

    child = start(own)
    os.read(answer, 1)
    with opened(tmp_path) as one:
        assert one.spool.purge(subject=ANN) == 0
        assert not is_gone(tmp_path)
        assert len(files(tmp_path, ".tomb")) == 1
        os.write(tell, b"!")
        os.read(answer, 1)
        assert is_gone_but_for_the_tombstone(tmp_path)
        os.write(tell, b"!")
        assert end(child) == 0
    with opened(tmp_path) as one:
        one.spool.tend()
        assert files(tmp_path, ".tomb") == []
        assert is_gone(tmp_path)
    for descriptor in (hear, tell, answer, answered):
        os.close(descriptor)


def is_gone_but_for_the_tombstone(directory: Path) -> bool:
    """Return whether nothing of Ann is in any file but the tombstone, which names her keyed hash."""
    others = b"".join(path.read_bytes() for path in directory.iterdir() if path.suffix != ".tomb")
    return CANARY not in others and ANN not in others


def test_before_anything_is_read(tmp_path: Path) -> None:
    """Not only once a second: a living process that is told sends nothing of it any more."""
    with opened(tmp_path) as owner, opened(tmp_path) as other:
        owner.write(items(8))
        other.spool.purge(subject=ANN)
        assert not any(CANARY in data for data in owner.deliver_all())
        assert owner.row() == {"offered": 8, "erased": 4, "exported": 4}


def test_where_the_owner_dies_before_it_has_heeded(tmp_path: Path) -> None:
    """Whoever adopts its stream does."""
    told, tell = os.pipe()

    def own() -> None:
        one = Opened(tmp_path)
        one.write(items(20))
        os.write(tell, b"!")
        signal.pause()

    child = start(own)
    os.read(told, 1)
    with opened(tmp_path) as one:
        assert one.spool.purge(subject=ANN) == 0
        os.kill(child, signal.SIGKILL)
        end(child)
        one.spool.tend()
        assert is_gone_but_for_the_tombstone(tmp_path)
        assert one.row() == {"adopted": 20, "erased": 10, "spooled": 10}
    os.close(told)
    os.close(tell)


def test_while_others_write(tmp_path: Path) -> None:
    """Threads that append all the time hold up no erasure; what they wrote before it is erased."""
    with opened(tmp_path) as one:
        stop = threading.Event()
        appended = [0]

        def append() -> None:
            while not stop.wait(0.0005):  # as busy as an application may be
                appended[0] += len(one.spool.append([make_item(b"of bob", subjects=BOB)]))

        one.write(items(20))
        thread = threading.Thread(target=append)
        thread.start()
        try:
            for _ in range(10):
                one.spool.purge(subject=ANN)
                assert is_gone(tmp_path)
        finally:
            stop.set()
            thread.join()
        delivered = one.deliver_all()
        assert len(delivered) == 10 + appended[0]


def test_a_frame_that_is_writing_beneath_us_makes_it_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal handler cannot wait for what it has interrupted: it is erased at the next tend()."""
    monkeypatch.setattr("clippy_otel.delivery.spool.erasing._PATIENCE_S", 0.01)
    with opened(tmp_path) as one:
        one.write(items(8))
        segment = one.spool._opened.writer.current  # type: ignore[union-attr] # it is open
        assert segment is not None
        segment.writing[1 << 40] = 1
        assert one.spool.purge(subject=ANN) == 0
        del segment.writing[1 << 40]
        one.spool.tend()
        assert is_gone_but_for_the_tombstone(tmp_path)
        assert one.row() == {"offered": 8, "erased": 4, "spooled": 4}


def test_a_damaged_tombstone_erases_nothing(tmp_path: Path) -> None:
    """Nor does an empty one; both go."""
    (tmp_path / "0000000000000001-aaaaaaaa.tomb").write_bytes(os.urandom(28))
    (tmp_path / "0000000000000002-aaaaaaaa.tomb").touch()
    with opened(tmp_path) as one:
        one.write(items(8))
        one.spool.tend()
        assert len(one.deliver_all()) == 8
        assert files(tmp_path, ".tomb") == []
