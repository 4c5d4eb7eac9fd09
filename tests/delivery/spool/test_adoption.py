"""What a process leaves, however it ends, is delivered by exactly one other, and the books say what was lost."""

from __future__ import annotations

import errno
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clippy_otel.delivery.spool.directory import Directory
from clippy_otel.delivery.spool.locks import adopt, new_claim
from clippy_otel.ledger import SAVED_CELLS, Ledger
from clippy_otel.ports import SIGNALS, SpoolOptions
from tests.delivery.spool._spools import (
    EVERYTHING,
    Opened,
    bytes_of,
    end,
    files,
    kill,
    make_item,
    numbered,
    opened,
    settle_everything,
    start,
)


def leave(directory: Path, work: Callable[[Opened], object]) -> None:
    """Let a process use a spool, and kill it."""

    def run() -> None:
        work(Opened(directory))
        os.kill(os.getpid(), signal.SIGKILL)

    assert end(start(run)) == -signal.SIGKILL


def leave_items(directory: Path, count: int, *, first: int = 0) -> None:
    """Let a process write items, and kill it."""
    leave(directory, lambda one: one.write(numbered(count, first)))


def test_twenty_killed_writers_lose_nothing_that_was_taken(tmp_path: Path) -> None:
    """SIGKILL at any moment: what append() returned is there, in order, once; the books lose no record either."""
    rng = random.Random(3)
    for number in range(20):
        directory = tmp_path / str(number)
        told, tell = os.pipe()

        def work(directory: Path = directory, tell: int = tell) -> None:
            one = Opened(directory, SpoolOptions(max_bytes=33_554_432))
            for count in range(1_000_000):
                item = make_item(b"%d" % count + b"." * rng.randrange(500))
                one.write([item])
                os.write(tell, b"%d\n" % count)

        child = start(work)
        os.close(tell)
        time.sleep(rng.uniform(0.005, 0.06))
        kill(child)
        with os.fdopen(told, "rb") as lines:
            taken = lines.read().count(b"\n")
        with opened(directory) as one:
            one.spool.tend()
            delivered = [int(data.split(b".")[0]) for data in one.deliver_all()]
            assert delivered == list(range(len(delivered)))
            assert taken <= len(delivered) <= taken + 1
            assert one.row().keys() <= {"offered", "adopted", "exported"}


def test_the_books_of_a_killed_process_are_gone_on_with(tmp_path: Path) -> None:
    """What it held in memory is lost, and said to be; all else stands once, as it was."""

    def work(one: Opened) -> None:
        one.write(numbered(40))
        one.deliver(10)
        one.ledger.offer("logs", "sampled_out", 5)
        one.ledger.offer("logs", "pending", 6)
        one.ledger.offer("spans", "exported", 3)
        accepted = one.ledger.accepted()["logs"]
        accepted.count += 1
        accepted.save()
        accepted.count += 100  # of which the file does not know: they were not there, for all that it says

    leave(tmp_path, work)
    with opened(tmp_path) as one:
        one.spool.tend()
        # offered: 40 - 30 adopted + 5 + 6 + 1
        assert one.row() == {
            "offered": 22,
            "adopted": 30,
            "exported": 10,
            "spooled": 30,
            "sampled_out": 5,
            "lost_in_crash": 7,
        }
        assert one.row("spans") == {"offered": 3, "exported": 3}
        assert one.ledger.own_rows()["logs"].nonzero() == {}
        assert len(one.deliver(20)) == 20
        assert one.ledger.own_rows()["logs"].nonzero() == {"adopted": 20, "exported": 20}
        before = one.row()
        one.spool.tend()
        assert one.row() == before
        one.deliver_all()
        one.spool.tend()
        assert one.row() == {"offered": 22, "adopted": 30, "exported": 40, "sampled_out": 5, "lost_in_crash": 7}
        assert len(files(tmp_path)) == 1


def test_books_pass_through_many_hands(tmp_path: Path) -> None:
    """Adopted by one process after another, each killed in the middle: every record is counted once, as adopted."""
    leave_items(tmp_path, 100)

    def work(one: Opened) -> None:
        one.spool.tend()
        one.deliver(10)
        one.write(numbered(5, 1000))
        one.spool.read("logs", 7, EVERYTHING)

    for _ in range(6):
        leave(tmp_path, work)
    with opened(tmp_path) as one:
        one.spool.tend()
        row = one.row()
        assert row["adopted"] == 130 == row["exported"] + row["spooled"]
        assert row.keys() == {"adopted", "exported", "spooled"}
        assert len(one.deliver_all()) == row["spooled"]
        one.spool.tend()
        assert one.row() == {"adopted": 130, "exported": 130}


def test_what_a_process_has_written_is_told_from_what_it_has_adopted(tmp_path: Path) -> None:
    """In number while it lies there, and record by record when it is read."""
    leave(tmp_path, lambda one: one.write(numbered(3)))
    with opened(tmp_path) as one:
        one.spool.tend()
        one.write(numbered(2, 1000))
        assert (one.spool.backlog("logs"), one.spool.own_backlog("logs")) == (5, 2)
        assert [one.spool.is_own(item) for item in one.spool.read("logs", 2, EVERYTHING)] == [True, True]
        assert (one.spool.backlog("logs"), one.spool.own_backlog("logs")) == (3, 0)
        assert [one.spool.is_own(item) for item in one.spool.read("logs", 3, EVERYTHING)] == [False] * 3


def test_a_process_that_ends_well_leaves_books_too(tmp_path: Path) -> None:
    """Where its stream is not empty; nothing is lost in a crash then."""
    with opened(tmp_path) as one:
        one.write(numbered(10))
        one.deliver(4)
        one.ledger.offer("logs", "throttled", 2)
    with opened(tmp_path) as one:
        assert one.spool.tend()
        assert one.row() == {"offered": 6, "adopted": 6, "exported": 4, "spooled": 6, "throttled": 2}


def test_a_stream_without_records_is_taken_for_its_books_alone(tmp_path: Path) -> None:
    """Killed with everything in memory: the next start says how many that were."""

    def work(one: Opened) -> None:
        assert one.spool.open()
        one.ledger.offer("logs", "pending", 25)
        one.ledger.move("logs", "pending", "exported", 5)

    leave(tmp_path, work)
    with opened(tmp_path) as one:
        assert one.spool.has_leftovers()
        one.spool.tend()
        assert one.row() == {"offered": 25, "exported": 5, "lost_in_crash": 20}
        assert not one.spool.has_leftovers()


def test_books_are_taken_over_once_even_where_the_adopter_dies_at_that_moment(tmp_path: Path) -> None:
    """It has put them among its own, and its death keeps it from removing the file that they came from."""

    def deliver(one: Opened) -> None:
        assert one.spool.open()
        one.ledger.offer("logs", "exported", 9)

    def work(one: Opened) -> None:
        assert one.spool.open()
        os_unlink = os.unlink

        def die(name: str, **keywords: int) -> None:
            if name.endswith(".lock") and not name.startswith("."):
                os.kill(os.getpid(), signal.SIGKILL)
            os_unlink(name, **keywords)

        os.unlink = die  # type: ignore[assignment] # in a child that dies of it
        one.spool.tend()

    leave(tmp_path, deliver)
    leave(tmp_path, work)
    assert len(files(tmp_path, ".lock")) == 2
    with opened(tmp_path) as one:
        one.spool.tend()
        assert one.row() == {"offered": 9, "exported": 9}
        assert len(files(tmp_path)) == 1


def test_one_of_two_racers_adopts(tmp_path: Path) -> None:
    """Whoever is quicker; the other one gets nothing, and everything is delivered once."""
    for number in range(10):
        directory = tmp_path / str(number)
        leave_items(directory, 50)
        results = [os.pipe(), os.pipe()]
        go_read, go_write = os.pipe()

        def race(tell: int, directory: Path = directory, go: int = go_read) -> None:
            one = Opened(directory)
            one.spool.open()
            os.read(go, 1)
            one.spool.tend()
            os.write(tell, b"%d" % len(one.deliver_all()))
            one.spool.close()

        children = [start(lambda tell=tell: race(tell)) for _, tell in results]  # type: ignore[misc] # its default
        os.write(go_write, b"..")
        assert [end(child) for child in children] == [0, 0]
        counts = sorted(int(os.read(told, 10)) for told, _ in results)
        assert counts == [0, 50]
        for ends in (*results, (go_read, go_write)):
            for descriptor in ends:
                os.close(descriptor)


def test_a_stopped_owner_keeps_its_stream(tmp_path: Path) -> None:
    """It is not dead; when it goes on, its records are still its own."""
    told, tell = os.pipe()

    def work() -> None:
        one = Opened(tmp_path)
        one.write(numbered(10))
        os.write(tell, b"!")
        os.kill(os.getpid(), signal.SIGSTOP)
        os.write(tell, b"%d" % len(one.deliver_all()))
        one.spool.close()

    child = start(work)
    assert os.read(told, 1) == b"!"
    os.waitpid(child, os.WUNTRACED)
    with opened(tmp_path) as one:
        assert not one.spool.tend()
        assert one.spool.backlog("logs") == 0
        os.kill(child, signal.SIGCONT)
        assert os.read(told, 10) == b"10"
        assert end(child) == 0
        assert not one.spool.tend()
    os.close(told)
    os.close(tell)


def test_the_oldest_stream_is_adopted_first(tmp_path: Path) -> None:
    """By when their processes began to write."""
    for number in range(5):
        leave_items(tmp_path, 2, first=10 * number)
    with opened(tmp_path) as one:
        one.spool.tend()
        names = [stream.name for stream in one.spool._opened.adopted]  # type: ignore[union-attr] # it is open
        assert names == sorted(names)
        assert len(names) == 5


def test_no_more_streams_are_adopted_than_can_be_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest when those are delivered: nothing is left lying."""
    monkeypatch.setattr("clippy_otel.delivery.spool.opened._MAX_ADOPTED", 3)
    for number in range(7):
        leave_items(tmp_path, 2, first=10 * number)
    with opened(tmp_path) as one:
        counts = []
        while one.spool.tend():
            counts.append(len(one.deliver_all()))
        assert counts == [6, 6, 2]
        assert one.row() == {"adopted": 14, "exported": 14}


def test_a_lock_that_is_gone_when_it_is_had_is_nobodys(tmp_path: Path) -> None:
    """Its owner removed it between our opening and our locking it: there is nothing to adopt."""
    directory = Directory(tmp_path)
    claim = new_claim(directory, time.time_ns())
    real_open = directory.open
    opened_descriptors: list[int] = []

    def open_late(name: str) -> int:
        descriptor = real_open(name)
        if not opened_descriptors:
            opened_descriptors.append(descriptor)
            claim.release(remove=True)
        return descriptor

    directory.open = open_late  # type: ignore[method-assign] # for the moment in between
    assert adopt(directory, claim.name) is None
    assert opened_descriptors
    directory.close()


def test_segments_whose_lock_file_was_removed_are_not_forgotten(tmp_path: Path) -> None:
    """After a minute they get one, and are adopted; what a living process writes is not touched before."""
    leave_items(tmp_path, 10)
    for path in tmp_path.glob("*.lock"):
        path.unlink()
    with opened(tmp_path) as one:
        assert not one.spool.tend()
    for path in tmp_path.glob("*.seg"):
        os.utime(path, (1, 1))
    with opened(tmp_path) as one:
        one.spool.tend()
        assert one.spool.tend() or one.spool.backlog("logs")
        assert len(one.deliver_all()) == 10
        assert one.row() == {"adopted": 10, "exported": 10}


def test_drafts_of_killed_processes_are_swept(tmp_path: Path) -> None:
    """Once they are old; those that somebody may be making are not."""
    for name, moment in (
        (".0000000000000001-1-aaaaaaaa.lock", 1.0),
        (".0000000000000001-1-bbbbbbbb.lock", time.time()),
    ):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (moment, moment))
    with opened(tmp_path) as one:
        one.spool.tend()
        assert [name for name in files(tmp_path) if name.startswith(".")] == [".0000000000000001-1-bbbbbbbb.lock"]


@pytest.mark.parametrize("size", [0, 100])
def test_a_damaged_lock_file_costs_its_books_alone(tmp_path: Path, size: int) -> None:
    """Cut off, or full of nonsense: the records are adopted."""
    leave_items(tmp_path, 10)
    (lock,) = tmp_path.glob("*.lock")
    lock.write_bytes(os.urandom(size) if size else os.urandom(lock.stat().st_size))
    with opened(tmp_path) as one:
        one.spool.tend()
        assert one.row() == {"adopted": 10, "spooled": 10}
        assert len(one.deliver_all()) == 10


RECORDS = 40


def written_stream(directory: Path) -> Path:
    """Let a process write records of all signals and end; return its one segment."""
    items = [
        make_item(b"%d " % number + bytes([number]) * number, SIGNALS[number % 3], subjects=b"SUBJECT1")
        for number in range(RECORDS)
    ]
    leave(directory, lambda one: one.write(items))
    (segment,) = directory.glob("*.seg")
    return segment


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], dict[str, list[bytes]]]:
    """Return the files that a killed process left, and what is in them."""
    directory = tmp_path_factory.mktemp("whole")
    written_stream(directory)
    left = {path.name: path.read_bytes() for path in directory.iterdir()}
    return left, dict(settle_everything(directory))  # type: ignore[arg-type] # keys are texts


@given(data=st.data())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_costs_what_is_damaged_and_is_counted(
    whole: tuple[dict[str, bytes], dict[str, list[bytes]]],
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
) -> None:
    """Flipped bytes anywhere in a segment, and a torn tail: the rest comes back in order, and the books are right."""
    left, contents = whole
    directory = tmp_path_factory.mktemp("damaged")
    for name, content in left.items():
        damaged = bytearray(content)
        if name.endswith(".seg"):
            for _ in range(data.draw(st.integers(1, 3))):
                damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
            damaged = damaged[: len(damaged) - data.draw(st.sampled_from([0, 0, 1, 30, 500]))]
        (directory / name).write_bytes(damaged)
    with opened(directory) as one:
        one.spool.tend()
        lost = 0
        for signal_name in SIGNALS:
            delivered = one.deliver_all(signal=signal_name)
            rest = iter(contents[signal_name])
            assert all(record in rest for record in delivered), "not the same, or not in order"
            row = one.ledger.row(signal_name)
            missing = len(contents[signal_name]) - len(delivered)
            assert row.corrupt + row.lost_in_crash == missing
            lost += missing
        one.row()
        assert lost <= RECORDS
        one.spool.tend()
        assert len(files(directory)) == 1


@given(at=st.integers(min_value=0), flip=st.integers(1, 255))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_flipped_byte_costs_one_record_at_most(
    whole: tuple[dict[str, bytes], dict[str, list[bytes]]],
    tmp_path_factory: pytest.TempPathFactory,
    at: int,
    flip: int,
) -> None:
    """Envelopes are there twice; a state is read by the majority of its bits."""
    left, contents = whole
    directory = tmp_path_factory.mktemp("flipped")
    for name, content in left.items():
        damaged = bytearray(content)
        if name.endswith(".seg"):
            damaged[at % len(damaged)] ^= flip
        (directory / name).write_bytes(damaged)
    with opened(directory) as one:
        one.spool.tend()
        delivered = sum(len(one.deliver_all(signal=signal_name)) for signal_name in SIGNALS)
        corrupt = sum(one.ledger.row(signal_name).corrupt for signal_name in SIGNALS)
        assert delivered >= RECORDS - 1
        assert delivered + corrupt + sum(one.ledger.row(name).lost_in_crash for name in SIGNALS) == RECORDS
        assert sum(map(len, contents.values())) == RECORDS


@pytest.mark.parametrize("ended", [False, True])
def test_damage_in_our_own_stream_is_counted_when_it_is_met(tmp_path: Path, *, ended: bool) -> None:
    """While it is still written to, and when it is full: only the damaged records are missing."""
    with opened(tmp_path) as one:
        items = one.write([make_item(b"record %d " % number + b"x" * 50) for number in range(20)])
        if ended:
            one.spool._opened.writer.end_segment()  # type: ignore[union-attr] # it is open
        (segment,) = tmp_path.glob("*.seg")
        content = bytearray(segment.read_bytes())
        for item in (items[3], items[4], items[11]):
            content[item.place[1] + 40] ^= 0xFF
        with segment.open("r+b") as file:
            file.write(content)
        delivered = one.deliver_all()
        one.write(numbered(2))
        delivered += one.deliver_all()
        assert len(delivered) == 19
        assert one.row() == {"offered": 22, "exported": 19, "corrupt": 3}
        assert one.spool.backlog("logs") == 0


def test_what_another_version_wrote_is_left_unread(tmp_path: Path) -> None:
    """A record with another magic number is damage to us: counted, and never taken for anything else."""
    leave_items(tmp_path, 3)
    (segment,) = tmp_path.glob("*.seg")
    segment.write_bytes(segment.read_bytes().replace(b"\xc5\x1b\x9e\xd7", b"\xc5\x1b\x9e\x00"))
    with opened(tmp_path) as one:
        one.spool.tend()
        assert one.deliver_all() == []
        row = one.row()
        assert row["offered"] == 3
        assert row.get("corrupt", 0) + row.get("lost_in_crash", 0) == 3


def test_many_killed_processes_on_one_directory_lose_nothing(tmp_path: Path) -> None:
    """Four at a time write and deliver, and are killed at random: every record arrives, hardly any twice."""
    rng = random.Random(5)
    taken, delivered = tmp_path / "taken", tmp_path / "delivered"
    for path in (taken, delivered):
        path.touch()
    directory = tmp_path / "spool"

    def work(seed: int) -> None:
        mine = random.Random(seed)
        out = os.open(taken, os.O_WRONLY | os.O_APPEND)
        arrived = os.open(delivered, os.O_WRONLY | os.O_APPEND)
        one = Opened(directory)
        for count in range(1_000_000):
            names = [b"%d-%d-%d" % (os.getpid(), count, part) for part in range(3)]
            written = one.write([make_item(name) for name in names])
            os.write(out, b"".join(item.data + b"\n" for item in written))
            if count % 5 == 0:
                one.spool.tend()
                items = one.spool.read("logs", mine.randrange(1, 40), EVERYTHING)
                os.write(arrived, b"".join(item.data + b"\n" for item in items))
                one.spool.settle(items)
                one.ledger.move("logs", "spooled", "exported", len(items))

    def run_and_kill(seed: int) -> None:
        for round_number in range(8):
            child = start(partial(work, seed * 100 + round_number))
            time.sleep(rng.uniform(0.02, 0.08))
            kill(child)

    for seed in range(4):
        run_and_kill(seed)
    with opened(directory) as one:
        for _ in range(40):
            one.spool.tend()
            with delivered.open("ab") as arrived:
                arrived.write(b"".join(data + b"\n" for data in one.deliver_all()))
        row = one.row()
    written, arrived_all = taken.read_bytes().split(), delivered.read_bytes().split()
    assert set(written) <= set(arrived_all)
    assert len(arrived_all) - len(set(arrived_all)) <= 32 * 40
    assert row.keys() <= {"offered", "adopted", "exported", "lost_in_crash"}
    assert row.get("lost_in_crash", 0) <= 32


def test_a_ledger_moves_into_the_file_and_back(tmp_path: Path) -> None:
    """Bookings of other threads meanwhile are in the one or the other, and in the end all of them count."""
    ledger = Ledger()
    stop = threading.Event()
    booked = [0]

    def book() -> None:
        while not stop.is_set():
            ledger.offer("logs", "exported")
            booked[0] += 1

    thread = threading.Thread(target=book)
    thread.start()
    for _ in range(200):
        ledger.keep_in(memoryview(bytearray(8 * SAVED_CELLS)).cast("q"))
        ledger.keep_in(None)
    stop.set()
    thread.join()
    assert ledger.row("logs").exported == booked[0]
    assert bytes_of(tmp_path) == b""


def test_a_stream_of_another_version_is_left_alone(tmp_path: Path) -> None:
    """It is there for a process that understands it."""
    leave_items(tmp_path, 3)
    (lock,) = tmp_path.glob("*.lock")
    content = bytearray(lock.read_bytes())
    content[0 if sys.byteorder == "little" else 7] += 1
    lock.write_bytes(content)
    with opened(tmp_path) as one:
        assert not one.spool.tend()
        assert one.spool.backlog("logs") == 0
    assert len(files(tmp_path, ".seg")) == 1


def test_a_segment_that_the_disk_cannot_read_costs_its_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are booked as lost; the process goes on."""
    leave_items(tmp_path, 3)

    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, "input/output error")

    with opened(tmp_path) as one:
        monkeypatch.setattr("clippy_otel.delivery.spool.adoption.scan", fail)
        one.spool.tend()
        assert one.row() == {"offered": 3, "lost_in_crash": 3}
        assert files(tmp_path, ".seg") == []
