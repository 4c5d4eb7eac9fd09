"""The spool as its pipeline uses it: order, places, restarts, and a disk that refuses."""

from __future__ import annotations

import contextlib
import errno
import gc
import itertools
import logging
import os
import resource
import signal
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from clippy_otel.delivery.spool import Spool, SpoolSize
from clippy_otel.ledger import Ledger
from clippy_otel.ports import SpoolOptions
from tests.delivery.spool._spools import (
    EVERYTHING,
    Opened,
    StillClock,
    assert_closed,
    end,
    files,
    make_item,
    numbered,
    opened,
    settle_everything,
    start,
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return where a spool may be; it is not there yet."""
    return tmp_path / "state" / "spool" / "0123456789ab"


def test_records_come_back_as_they_were_and_in_order(directory: Path) -> None:
    """Envelope, bytes, purposes, subjects, session marks and counts; each signal in its own order."""
    items = [
        make_item(b"first", subjects=b"SUBJECT1SUBJECT2", purposes=3),
        make_item(b"points", "metrics", records=7),
        make_item(b"second")._replace(lifecycle=True),
        make_item(b"span", "spans"),
    ]
    with opened(directory) as one:
        written = one.write(items)
        assert [item._replace(place=None) for item in written] == items
        assert all(item.place is not None for item in written)
        logs = one.spool.read("logs", 10, EVERYTHING)
        assert [item._replace(place=None) for item in logs] == [items[0], items[2]]
        assert [item._replace(place=None) for item in one.spool.read("metrics", 10, EVERYTHING)] == [items[1]]
        assert [item._replace(place=None) for item in one.spool.read("spans", 10, EVERYTHING)] == [items[3]]


def test_the_directory_is_for_us_alone(directory: Path) -> None:
    """0700 and 0600, whatever the umask; nothing is made before it is needed."""
    before = os.umask(0)
    try:
        spool = Spool(directory, SpoolOptions(), Ledger())
        assert not directory.exists()
        assert not spool.has_leftovers()
        assert not directory.exists()
        spool.append([make_item()])
        spool.settle([make_item()], reason="no")
        assert {stat.S_IMODE(path.stat().st_mode) for path in (directory, *directory.parents[:2])} == {0o700}
        assert len(files(directory)) == 3
        assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
        spool.close()
    finally:
        os.umask(before)


def test_a_looser_directory_of_ours_is_closed(directory: Path) -> None:
    """It is ours: others are locked out of it rather than we."""
    directory.mkdir(parents=True, mode=0o755)
    with opened(directory):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_what_is_handed_out_is_not_readable_until_it_is_released(directory: Path) -> None:
    """It comes back in its old place; a failed attempt is counted, also for the next process."""
    with opened(directory) as one:
        one.write(numbered(5, size=1))
        first = one.spool.read("logs", 2, EVERYTHING)
        assert [item.data for item in first] == [b"0", b"1"]
        assert one.spool.backlog("logs") == 3
        second = one.spool.read("logs", 2, EVERYTHING)
        assert [item.data for item in second] == [b"2", b"3"]
        one.spool.release(second)
        one.spool.release(first, failed=True)
        assert one.spool.backlog("logs") == 5
        again = one.spool.read("logs", 10, EVERYTHING)
        assert [item.data for item in again] == [b"0", b"1", b"2", b"3", b"4"]
        assert [one.spool.attempts(item) for item in again] == [1, 1, 0, 0, 0]
        one.spool.release(again, failed=True)
    with opened(directory) as one:
        one.spool.tend()
        again = one.spool.read("logs", 10, EVERYTHING)
        assert [one.spool.attempts(item) for item in again] == [2, 2, 1, 1, 1]


def test_what_is_held_is_readable_once_it_is_released(directory: Path) -> None:
    """In the order in which it was written, among what was not held."""
    with opened(directory) as one:
        held = one.write(numbered(3, size=1), held=True)
        one.write(numbered(3, 3, size=1))
        assert one.spool.backlog("logs") == 3
        assert one.spool.size().records == 3
        one.spool.settle(held[:1])
        part = one.spool.read("logs", 1, EVERYTHING)
        assert [item.data for item in part] == [b"3"]
        one.spool.release(held[1:])
        assert [item.data for item in one.spool.read("logs", 10, EVERYTHING)] == [b"1", b"2", b"4", b"5"]
        assert one.spool.read("logs", 10, EVERYTHING) == []


def test_settled_records_are_not_read_by_the_next_process(directory: Path) -> None:
    """Held ones that were not settled are: their process did not say that they were sent."""
    with opened(directory) as one:
        held = one.write(numbered(4, size=1), held=True)
        one.spool.settle(held[:2])
        one.ledger.move("logs", "pending", "exported", 2)
        one.ledger.move("logs", "pending", "failed", 0)
    assert settle_everything(directory)["logs"] == [b"2", b"3"]


def test_limits_of_a_read(directory: Path) -> None:
    """By count, and by bytes; a first one is handed out whatever its size."""
    with opened(directory) as one:
        one.write([make_item(b"x" * 100_000), make_item(b"y" * 60), make_item(b"z" * 60)])
        assert one.spool.read("logs", 0, EVERYTHING) == []
        assert [len(item.data) for item in one.spool.read("logs", 10, 50)] == [100_000]
        assert [len(item.data) for item in one.spool.read("logs", 10, 100)] == [60]
        assert [len(item.data) for item in one.spool.read("logs", 1, 1000)] == [60]


def test_a_record_larger_than_a_segment(directory: Path) -> None:
    """It has a segment of its own, and comes back whole between the others."""
    large = os.urandom(3_000_000)
    with opened(directory) as one:
        one.write([make_item(b"before"), make_item(large), make_item(b"after")])
        assert one.deliver_all() == [b"before", large, b"after"]
        assert one.row() == {"offered": 3, "exported": 3}


def test_an_age_is_that_of_the_writing(directory: Path) -> None:
    """In seconds; an item that lies nowhere has none."""
    clock = StillClock()
    with opened(directory, clock=clock) as one:
        one.write([make_item()])
        clock.go_on(90)
        (item,) = one.spool.read("logs", 1, EVERYTHING)
        assert one.spool.age_s(item) == pytest.approx(90)
        assert (one.spool.age_s(make_item()), one.spool.attempts(make_item())) == (0, 0)


def test_an_empty_stream_leaves_nothing(directory: Path) -> None:
    """Not written to, or all settled: close() leaves an empty directory; a second close does nothing."""
    with opened(directory) as one:
        one.write(numbered(100))
        one.deliver_all()
        one.spool.close()
        assert files(directory) == []
        assert one.row() == {"offered": 100, "exported": 100}
        assert one.spool.append([make_item()]) == []
        assert not one.spool.open()
        assert not one.spool.tend()


def test_an_idle_stream_keeps_no_delivered_bytes(directory: Path) -> None:
    """What is delivered is gone from the disk at the next tend(), although its segment was not full."""
    with opened(directory) as one:
        one.write([make_item(b"canary")])
        one.deliver_all()
        one.spool.tend()
        assert b"canary" not in b"".join(path.read_bytes() for path in directory.iterdir())
        one.write([make_item(b"next")])
        assert one.deliver_all() == [b"next"]


def test_the_size_is_what_lies_there(directory: Path) -> None:
    """Records that wait, bytes on disk, dead letters."""
    with opened(directory) as one:
        assert one.spool.size() == SpoolSize(0, 0, 0)
        one.write([*numbered(5), make_item(b"points", "metrics", records=10)])
        one.write(numbered(2, 5), held=True)
        items = one.spool.read("logs", 2, EVERYTHING)
        size = one.spool.size()
        assert (size.records, size.rejected) == (15, 0)
        assert size.bytes == sum((directory / name).stat().st_size for name in files(directory, ".seg"))
        one.spool.settle(items, reason="no")
        assert one.spool.size()[::2] == (13, 2)
    assert Spool(directory, SpoolOptions(), Ledger()).size() == SpoolSize(0, 0, 0)


def test_leftovers_are_others_streams(directory: Path) -> None:
    """Not our own, and not what a process is still making."""
    with opened(directory) as one:
        assert not one.spool.has_leftovers()
        (directory / ".0000000000000001-1-aaaaaaaa.lock").touch()
        assert not one.spool.has_leftovers()
        one.write([make_item()])
    assert Spool(directory, SpoolOptions(), Ledger()).has_leftovers()


def test_our_own_come_before_adopted_ones_and_those_take_turns(directory: Path) -> None:
    """Each stream in its own order."""
    for start_at in (0, 10):
        with opened(directory) as one:
            one.write(numbered(4, start_at, size=2))
    with opened(directory) as one:
        assert one.spool.tend()
        assert not one.spool.tend()
        assert one.spool.backlog("logs") == 8
        one.write(numbered(2, 20, size=2))
        reads = [one.deliver(2) for _ in range(5)]
        assert reads[0] == [b"20", b"21"]
        assert sorted(reads[1:3]) == [[b"00", b"01"], [b"10", b"11"]]
        assert sorted(reads[3:]) == [[b"02", b"03"], [b"12", b"13"]]
        assert one.row() == {"offered": 2, "adopted": 8, "exported": 10}
        one.spool.tend()
        assert len(files(directory, ".lock")) == 1


def test_four_threads_append_80_000_while_a_drainer_reads(directory: Path) -> None:
    """With rotation: nothing is lost, nothing comes twice, each thread's records come in their order."""
    options = SpoolOptions(max_bytes=8_388_608)
    each, threads = 20_000, 4
    with opened(directory, options) as one:

        def append(thread: int) -> None:
            for number in range(each):
                while not one.spool.append([make_item(b"%d %d" % (thread, number))]):
                    pass

        running = [threading.Thread(target=append, args=(thread,)) for thread in range(threads)]
        for thread in running:
            thread.start()
        seen: dict[int, list[int]] = {thread: [] for thread in range(threads)}
        while any(thread.is_alive() for thread in running) or one.spool.backlog("logs"):
            items = one.spool.read("logs", 200, EVERYTHING)
            for item in items:
                thread_number, number = map(int, item.data.split())
                seen[thread_number].append(number)
            one.spool.settle(items)
            one.spool.tend()
        for numbers in seen.values():
            assert numbers == list(range(each))
        assert one.spool.size().records == 0


@pytest.mark.parametrize("fsync", ["never", "always"])
def test_a_signal_handler_may_append_at_any_moment(directory: Path, fsync: str) -> None:
    """At 2 kHz into the middle of an append or a rotation, slower into a sync: nothing is lost and nothing waits."""
    options = SpoolOptions(max_bytes=1_048_576 * 16, fsync=fsync)  # type: ignore[arg-type] # one of the literals
    count = 30_000 if fsync == "never" else 200
    with opened(directory, options) as one:
        numbers, interrupted = itertools.count(), []

        def handler(_: int, __: object) -> None:
            item = make_item(b"handler %d" % next(numbers))
            assert one.spool.append([item])
            interrupted.append(item.data)

        before = signal.signal(signal.SIGALRM, handler)
        interval_s = 0.0005 if fsync == "never" else 0.01  # longer than what a handler takes, or they pile up
        signal.setitimer(signal.ITIMER_REAL, interval_s, interval_s)
        try:
            main = 0
            while main < count or len(interrupted) < 20:
                assert one.spool.append([make_item(b"main %d" % main + b"." * 200)])
                main += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        delivered = one.deliver_all()
        assert sorted(data for data in delivered if data.startswith(b"handler")) == sorted(interrupted)
        assert [data.split(b".")[0] for data in delivered if data.startswith(b"main")] == [
            b"main %d" % number for number in range(main)
        ]


def test_a_finalizer_may_append_at_any_moment(directory: Path) -> None:
    """`__del__` runs where the collector pleases: in the middle of an append too."""
    with opened(directory, SpoolOptions(max_bytes=16_777_216)) as one:
        appended = 0

        class Finalized:
            """Appends when it is collected."""

            def __init__(self) -> None:
                self.me = self

            def __del__(self) -> None:
                nonlocal appended
                appended += len(one.spool.append([make_item(b"finalizer")]))

        thresholds = gc.get_threshold()
        gc.set_threshold(20)
        try:
            for number in range(20_000):
                Finalized()
                one.spool.append([make_item(b"main %d" % number)])
        finally:
            gc.set_threshold(*thresholds)
        gc.collect()
        delivered = one.deliver_all()
        assert delivered.count(b"finalizer") == appended == 20_000
        assert len(delivered) == 40_000


def test_settling_in_a_frame_that_interrupts_the_locks_holder_waits_for_nothing(directory: Path) -> None:
    """It is done when the holder is: nothing is read twice."""
    with opened(directory) as one:
        one.write(numbered(3, size=1))
        items = one.spool.read("logs", 2, EVERYTHING)
        with one.spool._lock:
            one.spool.settle(items[:1])
            one.spool.release(items[1:])
            assert one.spool.backlog("logs") == 1
        assert [item.data for item in one.spool.read("logs", 9, EVERYTHING)] == [b"1", b"2"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_full_disk_refuses_and_gives_back_what_it_has(tmp_path: Path) -> None:
    """2 MB: appending stops without an error, everything that was taken is delivered, and then there is room again."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(mounted)], check=False)
    if made.returncode:
        pytest.skip("mounting is refused")
    try:
        with opened(mounted / "spool") as one:
            assert_a_full_disk_is_survived(one)
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=True)


def assert_a_full_disk_is_survived(one: Opened) -> None:
    """Fill the disk, and see that what it took comes back, and that it takes more when there is room again."""
    batches = [numbered(20, 20 * number, size=500) for number in range(400)]
    taken = [item.data for batch in batches for item in one.write(batch)]
    assert 1000 < len(taken) < 8000
    assert one.spool.append([make_item(b"x" * 500)]) == []
    one.spool.tend()
    assert one.deliver_all() == taken
    one.spool.tend()
    assert len(one.write(numbered(100))) == 100
    assert len(one.deliver_all()) == 100
    assert one.row() == {"offered": len(taken) + 100, "exported": len(taken) + 100}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_disk_that_another_tenant_fills_keeps_what_it_has(tmp_path: Path) -> None:
    """What was written before is delivered, and settled for good; nothing more is taken; a restart changes nothing."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(mounted)], check=False)
    if made.returncode:
        pytest.skip("mounting is refused")
    try:
        with opened(mounted / "spool") as one:
            taken = one.write(numbered(1501, size=300))
            with contextlib.suppress(OSError), (mounted / "tenant").open("wb", buffering=0) as tenant:
                while True:
                    tenant.write(bytes(4096))
            assert len(one.write(numbered(3000, size=300))) < 3000
            more = one.ledger.row("logs").spooled - len(taken)
            assert len(one.deliver(500)) == 500
        other = Opened(mounted / "spool")
        other.spool.tend()  # there is no room for a lock file of our own, perhaps
        if other.spool.size().records == 0:
            (mounted / "tenant").unlink()
            other = Opened(mounted / "spool")
            assert other.spool.tend()
        assert len(other.deliver_all()) == 1001 + more
        other.row()
        other.spool.close()
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=True)


def test_a_write_that_ends_short_costs_that_record_alone(directory: Path) -> None:
    """The limit on a file's size cuts a write in two: what was whole stays, the rest is refused, then room comes."""

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with opened(directory) as one:
            assert len(one.write(numbered(10, size=1000))) == 10
            resource.setrlimit(resource.RLIMIT_FSIZE, (12_500, resource.RLIM_INFINITY))
            written = one.write(numbered(10, 10, size=1000))
            assert 0 < len(written) < 10
            assert one.spool.append([make_item(b"x" * 5000)]) == []
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            one.write(numbered(5, 100))
            expected = [item.data for item in (*numbered(10 + len(written), size=1000), *numbered(5, 100))]
            part = one.deliver(3)
            assert part == expected[:3]
            os._exit(0 if one.deliver_all() == expected[3:] else 2)

    assert end(start(work)) == 0


def as_nobody() -> None:
    """Become somebody who may do nothing special."""
    os.setgid(65534)
    os.setuid(65534)


@pytest.mark.skipif(os.geteuid() != 0, reason="the owner of a directory can be changed by root alone")
@pytest.mark.parametrize("place", ["read-only", "somebody else's"])
def test_a_directory_that_cannot_be_used_is_left_alone(tmp_path: Path, place: str) -> None:
    """Not ours, or read-only: nothing is written, one warning, records stay in memory."""
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:3]:
        with contextlib.suppress(OSError):
            parent.chmod(parent.stat().st_mode | 0o055)
    directory = tmp_path / "spool"
    directory.mkdir(mode=0o777)
    directory.chmod(0o777 if place != "read-only" else 0o500)
    if place == "read-only":
        os.chown(directory, 65534, 65534)

    def work() -> None:
        as_nobody()
        warnings: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: warnings.append(record.getMessage())  # type: ignore[method-assign] # for the test
        logging.getLogger("clippy_otel").addHandler(handler)
        spool = Spool(directory, SpoolOptions(), Ledger())
        assert spool.append([make_item()]) == []
        assert not spool.open()
        assert not spool.tend()
        assert spool.append([make_item()]) == []
        spool.settle([make_item()], reason="no")
        assert spool.read("logs", 1, 1) == []
        assert spool.purge(7) == 0
        assert spool.size() == SpoolSize(0, 0, 0)
        spool.close()
        assert len(warnings) == 1, warnings

    assert end(start(work)) == 0
    assert files(directory) == []


@pytest.mark.parametrize("what", ["directory", "file"])
def test_a_link_is_not_followed(tmp_path: Path, what: str) -> None:
    """Whoever may write above it must not send our records elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "spool").symlink_to(elsewhere if what == "directory" else tmp_path / "nowhere")
    spool = Spool(tmp_path / "spool", SpoolOptions(), Ledger())
    assert spool.append([make_item()]) == []
    assert not spool.open()
    assert files(elsewhere) == []


def test_a_directory_that_was_refused_is_tried_again(tmp_path: Path) -> None:
    """Ten seconds later, not at each record."""
    clock = StillClock()
    (tmp_path / "spool").write_bytes(b"a file")
    spool = Spool(tmp_path / "spool", SpoolOptions(), Ledger(), clock=clock)
    assert not spool.open()
    (tmp_path / "spool").unlink()
    assert not spool.open()
    assert spool.append([make_item()]) == []
    clock.go_on(10)
    assert len(spool.append([make_item()])) == 1
    spool.close()


def test_a_spool_that_is_removed_by_hand_begins_again(directory: Path) -> None:
    """What lay there is booked as erased; what comes then is kept."""
    with opened(directory) as one:
        one.write(numbered(10))
        handed_out = one.spool.read("logs", 3, EVERYTHING)
        for path in directory.iterdir():
            path.unlink()
        one.spool.tend()
        assert one.row() == {"offered": 10, "spooled": 3, "erased": 7}
        one.spool.settle(handed_out[:1])
        one.ledger.move("logs", "spooled", "exported", 1)
        one.write(numbered(5, 10))
        assert one.deliver_all() == [item.data for item in numbered(5, 10)]


def test_a_segment_that_is_removed_by_hand_costs_its_records(directory: Path) -> None:
    """They are booked as erased; the other segments are read."""
    with opened(directory, SpoolOptions(max_bytes=1_048_576)) as one:
        one.write(numbered(600, size=1000))
        assert len(files(directory, ".seg")) > 3
        one.spool.tend()
        (directory / files(directory, ".seg")[1]).unlink()
        delivered = one.deliver_all()
        row = one.row()
        assert len(delivered) == row["exported"] > 300
        assert row["erased"] == 600 - len(delivered)


def test_a_released_record_whose_file_is_removed_by_hand(directory: Path) -> None:
    """It is booked as erased when it is looked for."""
    with opened(directory) as one:
        one.write(numbered(4))
        items = one.spool.read("logs", 2, EVERYTHING)
        one.spool._opened.writer.end_segment()  # type: ignore[union-attr] # it is open
        one.spool.release(items)
        one.spool.tend()
        (directory / files(directory, ".seg")[0]).unlink()
        assert one.deliver_all() == []
        assert one.row() == {"offered": 4, "erased": 4}
        assert one.spool.backlog("logs") == 0


@pytest.mark.parametrize("fsync", ["never", "interval", "always"])
def test_every_way_of_syncing(directory: Path, fsync: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never, at the interval and in the background, or before append() returns."""
    synced: list[int] = []
    real = os.fdatasync

    def sync(descriptor: int) -> None:
        synced.append(1)
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", sync)
    clock = StillClock()
    options = SpoolOptions(fsync=fsync, fsync_interval_ms=1000)  # type: ignore[arg-type] # one of the literals
    with opened(directory, options, clock) as one:
        one.write([make_item()])
        assert len(synced) == (1 if fsync == "always" else 0)
        one.spool.tend()
        assert len(synced) == (0 if fsync == "never" else 1)
        one.write([make_item()])
        one.spool.tend()
        assert len(synced) == {"never": 0, "interval": 1, "always": 2}[fsync]
        clock.go_on(1)
        one.spool.tend()
        assert len(synced) == {"never": 0, "interval": 2, "always": 2}[fsync]


def test_a_disk_that_fails_to_sync_costs_no_record(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records are there; that they are not safe from a power cut is told once."""

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    with opened(directory, SpoolOptions(fsync="always")) as one:
        monkeypatch.setattr(os, "fdatasync", fail)
        assert len(one.write([make_item()])) == 1
        monkeypatch.undo()
        assert one.deliver_all() == [b"x"]


def test_without_file_locks_there_is_no_spool(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another system: everything stays in memory."""
    monkeypatch.setattr("clippy_otel.delivery.spool.locks.fcntl", None)
    spool = Spool(directory, SpoolOptions(), Ledger())
    assert not spool.open()
    assert spool.append([make_item()]) == []
    assert not directory.exists()


def test_a_child_has_a_stream_of_its_own_and_the_parent_keeps_its_lock(directory: Path) -> None:
    """Forked in the middle: its records are its own, and when it ends the parent's are still the parent's."""
    with opened(directory) as one:
        one.write(numbered(10))
        handed_out = one.spool.read("logs", 4, EVERYTHING)

        def work() -> None:
            one.spool.after_fork()
            assert one.spool.backlog("logs") == 0
            assert one.ledger.row("logs").nonzero() == {}
            assert len(one.write(numbered(3, 100))) == 3
            one.spool.tend()
            assert one.spool.backlog("logs") == 3
            one.spool.close()

        assert end(start(work)) == 0
        assert len(files(directory, ".lock")) == 2
        other = Opened(directory)
        other.spool.tend()
        assert other.deliver_all() == [item.data for item in numbered(3, 100)]
        other.spool.close()
        one.write(numbered(5, 10))
        one.spool.settle(handed_out)
        one.ledger.move("logs", "spooled", "exported", 4)
        assert one.deliver_all() == [item.data for item in numbered(11, 4)]
        assert one.row() == {"offered": 15, "exported": 15}


def test_a_child_of_threads_that_append(directory: Path) -> None:
    """A fork while others write costs no record of the parent's, and the child is not stuck."""
    with opened(directory) as one:
        stop = threading.Event()
        appended = [0, 0]

        def append(thread: int) -> None:
            while not stop.is_set():
                appended[thread] += len(one.write([make_item(b"%d" % thread)]))

        running = [threading.Thread(target=append, args=(thread,)) for thread in (0, 1)]
        for thread in running:
            thread.start()

        def work() -> None:
            one.spool.after_fork()
            assert len(one.spool.append(numbered(10))) == 10
            assert len(one.spool.read("logs", 20, EVERYTHING)) == 10

        import warnings  # noqa: PLC0415 - for what newer interpreters say of a fork with threads

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            children = [start(work) for _ in range(10)]
        assert [end(child) for child in children] == [0] * 10
        stop.set()
        for thread in running:
            thread.join()
        delivered = one.deliver_all()
        assert [delivered.count(b"0"), delivered.count(b"1")] == appended
        assert_closed(one.ledger.row("logs"))
