"""What is noted is written down once, by one writer at a time, whoever interrupts whom."""

from __future__ import annotations

import threading

import pytest

from clippy_otel.analytics import books as room
from clippy_otel.analytics.books import Books


def test_what_was_noted_before_is_read() -> None:
    """In the order in which it was noted."""
    books, written = Books(), list[int]()
    for number in range(5):
        books.note(written.append, number)
    assert books.ask(lambda: len(written)) == 5
    assert books.read(lambda: list(written)) == [0, 1, 2, 3, 4]


def test_noting_while_somebody_writes() -> None:
    """As a signal handler does that interrupts the writer: it waits for nothing, and is written right after."""
    books, written = Books(), list[str]()

    def write() -> str:
        books.note(written.append, "noted")
        assert books.ask(written.append, "asked") is None
        assert books.read(lambda: list(written)) == []
        written.append("outer")
        return "answer"

    assert books.ask(write) == "answer"
    assert written == ["outer", "noted", "asked"]


def test_asking_waits_for_another_thread() -> None:
    """A short while, so that what it wrote is in the answer."""
    books, written, entered = Books(), list[int](), threading.Event()

    def write() -> None:
        entered.set()
        for number in range(1_000):
            written.append(number)

    thread = threading.Thread(target=books.note, args=(write,))
    thread.start()
    assert entered.wait(10)
    while (found := books.ask(lambda: len(written))) is None:
        pass
    thread.join()
    assert found == 1_000


@pytest.mark.swallows
def test_a_mistake_of_ours() -> None:
    """It reaches nobody, and what was noted after it is written down."""
    books, written = Books(), list[int]()

    def fail() -> int:
        raise ValueError

    books.note(fail)
    books.note(written.append, 1)
    assert books.ask(fail) is None
    assert written == [1]


@pytest.mark.swallows
def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the writer does not go on, what is over is given up."""
    monkeypatch.setattr(room, "MAX_WAITING", 3)
    books, written = Books(), list[int]()

    def write() -> None:
        for number in range(5):
            books.note(written.append, number)

    books.note(write)
    assert written == [0, 1, 2]
