"""Marks are kept by least recent use, and looked up from the innermost scope outwards."""

from __future__ import annotations

import threading

from clippy_otel.clock import RANDOM_IDS
from clippy_otel.marks import MAX_NAME_CHARS, Marks
from clippy_otel.scope import Scopes
from clippy_otel.testing import FakeClock


def test_the_mark_that_was_not_used_for_longest_goes() -> None:
    """Setting and reading a mark are uses of it."""
    marks = Marks()
    for moment, name in enumerate(("a", "b", "c")):
        marks.set(name, moment, 3)
    marks.get("a")
    marks.set("b", 10, 3)
    marks.set("d", 11, 3)
    assert [marks.get(name) for name in "abcd"] == [0, 10, None, 11]


def test_of_a_long_name_the_beginning_counts() -> None:
    """A name of megabytes is not kept."""
    marks = Marks()
    marks.set("x" * 10_000_000, 1, 3)
    assert marks.get("x" * MAX_NAME_CHARS) == 1
    assert marks.get("x" * 5_000) == 1


def test_marks_are_looked_up_in_the_scopes_around() -> None:
    """An inner mark hides an outer one and leaves with its scope; the process's is the outermost."""
    scopes = Scopes(FakeClock(), RANDOM_IDS)
    scopes.mark("process", 1)
    with scopes.open():
        scopes.mark("start", 2)
        with scopes.open():
            scopes.mark("start", 3)
            assert [scopes.marked(name) for name in ("process", "start", "none")] == [1, 3, None]
        assert scopes.marked("start") == 2
    assert scopes.marked("start") is None


def test_the_scopes_of_another_telemetry_are_not_looked_into() -> None:
    """Marks belong to the scopes that they were set with."""
    scopes, others = Scopes(FakeClock(), RANDOM_IDS), Scopes(FakeClock(), RANDOM_IDS)
    with scopes.open(), others.open():
        scopes.mark("start", 1)
        others.mark("start", 2)
        assert (scopes.marked("start"), others.marked("start")) == (1, 2)


def test_threads_in_one_scope_lose_none_of_the_newest() -> None:
    """Eight threads that mark at once leave as many marks as are kept."""
    marks = Marks()

    def mark(thread: int) -> None:
        for number in range(2_000):
            marks.set(f"{thread}-{number}", number, 64)

    threads = [threading.Thread(target=mark, args=(thread,)) for thread in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    kept = [marks.get(f"{thread}-{number}") for thread in range(8) for number in range(2_000)]
    assert sum(moment is not None for moment in kept) == 64
