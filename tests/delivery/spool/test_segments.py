"""One file: who gets which place, how far one may read, and what a failed write leaves."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from clippy_otel.delivery.spool.directory import Directory
from clippy_otel.delivery.spool.segments import Segment, counts, mark, unmark


@pytest.fixture
def segment(tmp_path: Path) -> Segment:
    """Return an empty segment of 100 bytes at most."""
    directory = Directory(tmp_path)
    name = "1-1-aaaaaaaa.000000.seg"
    return Segment(directory, name, 0, limit=100, descriptor=directory.create(name))


def test_places_follow_each_other_until_it_is_full(segment: Segment) -> None:
    """What does not fit gets none, smaller ones still do."""
    assert [segment.reserve(size) for size in (40, 40, 40, 20, 1)] == [0, 40, -1, 80, -1]


def test_reading_stops_where_somebody_is_writing(segment: Segment) -> None:
    """Also where those after them are done."""
    first, second = segment.reserve(10), segment.reserve(10)
    assert segment.readable_to() == 0
    del segment.writing[second]
    assert segment.readable_to() == 0
    del segment.writing[first]
    assert segment.readable_to() == 20


def test_a_sealed_segment_has_room_for_nothing(segment: Segment) -> None:
    """What is under way in it ends all the same; only then it is finished, and can be closed."""
    offset = segment.reserve(10)
    segment.seal(7)
    segment.seal(9)
    assert segment.reserve(1) == -1
    assert (segment.is_sealed, segment.bytes_used(), segment.newest_ns) == (True, 10, 7)
    finished = [segment.is_finished]
    segment.rest()
    assert segment.descriptor >= 0
    del segment.writing[offset]
    finished.append(segment.is_finished)
    assert finished == [False, True]
    segment.rest()
    assert segment.descriptor == -1
    assert segment.read_all() == b""
    segment.remove()
    assert segment.gone
    assert segment.descriptor == -1


def test_a_failed_write_gives_its_place_back(segment: Segment) -> None:
    """To the next one, unless somebody is behind it; what it left behind the end is cut off."""
    first = segment.reserve(10)
    os.pwrite(segment.descriptor, b"torn", first)
    segment.give_back(first, 10)
    del segment.writing[first]
    assert segment.end == 0
    second, third = segment.reserve(2), segment.reserve(10)
    segment.give_back(second, 2)
    assert segment.holes == {0: 2}
    segment.give_back(third, 10)
    assert segment.end == 2
    for offset in (second, third):
        del segment.writing[offset]
    segment.seal(0)
    segment.trim()
    assert os.fstat(segment.open()).st_size == 2


def test_marks_say_what_they_are_of() -> None:
    """Signal and count; a table of them is counted by signal."""
    assert unmark(mark(2, 12_345)) == (2, 12_345)
    assert unmark(0) == (0, 0)
    assert counts({1: mark(0, 2), 2: mark(2, 5)}, {3: mark(0, 1)}) == [3, 0, 5]


class Leaving:
    """Something in a cycle that does what it is told when the garbage collector finds it, whenever that is."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._do, self._me = do, self

    def __del__(self) -> None:
        """Do it."""
        self._do()


def test_what_the_garbage_collector_writes_while_others_are_counted_does_no_harm(segment: Segment) -> None:
    """A `__del__` may append in the midst of whatever makes an object: no table may be walked through meanwhile."""
    table = {offset: mark(0, 1) for offset in range(30)}

    def append() -> None:
        table[len(table)] = mark(0, 1)
        segment.writing[len(table)] = 1

    before = gc.get_threshold()
    try:
        for number in range(600):
            gc.set_threshold(1 + number % 20)  # so that it comes at every place once
            Leaving(append)
            assert counts(table)[0] >= 30
            segment.readable_to()
    finally:
        gc.set_threshold(*before)
    assert len(table) > 100
