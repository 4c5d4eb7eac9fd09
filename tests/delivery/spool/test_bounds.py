"""The bounds: by bytes and by age, the oldest goes first, and every record that goes is counted."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from clippy_otel.delivery.spool.bounds import Bounds
from clippy_otel.ports import SpoolOptions
from tests.delivery.spool._spools import (
    EVERYTHING,
    SECOND_NS,
    Opened,
    StillClock,
    end,
    files,
    make_item,
    numbered,
    opened,
    start,
)

SMALL = SpoolOptions(max_bytes=1_048_576)


def size_of(directory: Path) -> int:
    """Return the bytes of all segments."""
    return sum(path.stat().st_size for path in directory.glob("*.seg"))


@pytest.mark.parametrize(
    "max_bytes, expected", [(67_108_864, 1_048_576), (1_048_576, 131_072), (4_194_304, 524_288), (1, 65_536)]
)
def test_a_segment_is_a_small_part_of_the_bound(max_bytes: int, expected: int) -> None:
    """1 MiB at most, so that letting one go is not letting all go."""
    assert Bounds(max_bytes).segment_bytes == expected


def test_the_oldest_go_first(tmp_path: Path) -> None:
    """The newest are there, in order; what is gone is evicted; the directory is never larger than the bound."""
    with opened(tmp_path, SMALL) as one:
        for first in range(0, 5000, 50):
            one.write(numbered(50, first, size=500))
            assert size_of(tmp_path) <= SMALL.max_bytes
        one.spool.tend()
        row = one.row()
        assert row["evicted"] > 2500
        assert row["spooled"] == 5000 - row["evicted"] == one.spool.size().records == one.spool.backlog("logs")
        delivered = one.deliver_all()
        assert delivered == [item.data for item in numbered(row["spooled"], row["evicted"], size=500)]
        assert one.row() == {"offered": 5000, "evicted": row["evicted"], "exported": row["spooled"]}


def test_what_is_being_sent_is_booked_as_what_becomes_of_it(tmp_path: Path) -> None:
    """Its file is gone: delivered it is exported, and what comes back is evicted; what is held stays pending."""
    with opened(tmp_path, SMALL) as one:
        held = one.write(numbered(2, size=500), held=True)
        one.write(numbered(100, 2, size=500))
        handed_out = one.spool.read("logs", 10, EVERYTHING)
        for first in range(1000, 6000, 50):
            one.write(numbered(50, first, size=500))
        row = one.row()
        assert (row["offered"], row["pending"]) == (5102, 2)
        one.spool.settle(handed_out[:5])
        one.ledger.move("logs", "spooled", "exported", 5)
        one.spool.release(handed_out[5:], failed=True)
        one.spool.settle(held[:1])
        one.ledger.move("logs", "pending", "exported", 1)
        one.spool.release(held[1:])
        one.ledger.move("logs", "pending", "spooled", 1)
        after = one.row()
        assert after["evicted"] == row["evicted"] + 5 + 1
        assert after["spooled"] == one.spool.size().records == one.spool.backlog("logs")
        assert len(one.deliver_all()) == after["spooled"]


def test_adopted_streams_go_before_our_own(tmp_path: Path) -> None:
    """They are older."""

    def leave() -> None:
        Opened(tmp_path, SMALL).write(numbered(1000, size=500))
        os.kill(os.getpid(), signal.SIGKILL)

    end(start(leave))
    with opened(tmp_path, SMALL) as one:
        one.spool.tend()
        one.write(numbered(1500, 1000, size=500))
        row = one.row()
        assert row["adopted"] + row.get("offered", 0) == row["spooled"] + row["evicted"]
        assert 0 < row["evicted"] < 1000
        own = one.spool.read("logs", 2000, EVERYTHING)
        assert [item.data for item in own] == [item.data for item in numbered(1500, 1000, size=500)]


def test_each_process_answers_for_its_own(tmp_path: Path) -> None:
    """A living one's segments are not ours to let go: ours go, and we still get along with two segments."""
    with opened(tmp_path, SMALL) as other, opened(tmp_path, SMALL) as one:
        other.write(numbered(1800, size=500))
        one.spool.tend()
        one.write(numbered(1800, size=500))
        one.spool.tend()
        assert one.row()["evicted"] > 1000
        assert one.row()["spooled"] > 100
        assert other.row() == {"offered": 1800, "spooled": 1800}
        assert size_of(tmp_path) <= SMALL.max_bytes + 3 * 131_072


def test_four_threads_at_the_bound(tmp_path: Path) -> None:
    """They let the oldest go together: the bound holds, and every record is in one column."""
    with opened(tmp_path, SMALL) as one:

        def append() -> None:
            for number in range(100):
                one.write(numbered(20, number, size=300))

        threads = [threading.Thread(target=append) for _ in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            one.spool.tend()
            one.deliver(20)
        one.spool.tend()
        row = one.row()
        assert row["spooled"] == one.spool.size().records
        assert len(one.deliver_all()) == row["spooled"]
        assert size_of(tmp_path) <= SMALL.max_bytes + 4 * 131_072


def test_what_is_too_old_expires(tmp_path: Path) -> None:
    """Each record by its own age when it is read, whole segments without being read."""
    clock = StillClock()
    options = SpoolOptions(max_age_s=100)
    with opened(tmp_path, options, clock) as one:
        one.write(numbered(5, size=1))
        one.spool._opened.writer.end_segment()  # type: ignore[union-attr] # it is open
        clock.go_on(60)
        one.write(numbered(3, 5, size=1))
        clock.go_on(50)
        assert one.deliver_all() == [b"5", b"6", b"7"]
        assert one.row() == {"offered": 8, "expired": 5, "exported": 3}
        one.write([*numbered(2, size=1), make_item(b"points", "metrics", records=9)])
        clock.go_on(101)
        one.spool._opened.writer.end_segment()  # type: ignore[union-attr] # it is open
        clock.go_on(101)
        one.spool.tend()
        assert files(tmp_path, ".seg") == []
        assert one.row()["expired"] == 7
        assert one.row("metrics") == {"offered": 9, "expired": 9}
        assert one.spool.backlog("logs") == 0
    assert clock.now_ns > SECOND_NS


def test_adopted_records_keep_their_age(tmp_path: Path) -> None:
    """A restart makes them no younger."""
    clock = StillClock()
    options = SpoolOptions(max_age_s=100)
    with opened(tmp_path, options, clock) as one:
        one.write(numbered(5))
    clock.go_on(60)
    with opened(tmp_path, options, clock) as one:
        one.spool.tend()
        (item,) = one.spool.read("logs", 1, EVERYTHING)
        assert one.spool.age_s(item) == pytest.approx(60)
        one.spool.release([item])
    clock.go_on(60)
    with opened(tmp_path, options, clock) as one:
        one.spool.tend()
        assert one.spool.read("logs", 1, EVERYTHING) == []
        assert one.row() == {"adopted": 5, "expired": 5}
