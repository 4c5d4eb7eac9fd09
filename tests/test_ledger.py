"""The ledger: a closed identity that holds under threads, interruptions and forks."""

from __future__ import annotations

import mmap
import os
import signal
import threading

import pytest

from clippy_otel.ledger import CELLS, COLUMNS, SAVED_CELLS, FlushResult, Ledger, LedgerRow, cell


def total(row: LedgerRow) -> int:
    """Return the right side of the identity."""
    return sum(getattr(row, name) for name in COLUMNS if name not in ("offered", "adopted"))


def test_an_offer_and_its_way_out_balance() -> None:
    """Each offered record stands in exactly one column, also after it moved."""
    ledger = Ledger()
    ledger.offer("logs", "pending", 5)
    ledger.offer("logs", "throttled", 2)
    ledger.move("logs", "pending", "exported", 3)
    ledger.move("logs", "pending", "rejected", 0)
    row = ledger.row("logs")
    assert row == LedgerRow(offered=7, pending=2, exported=3, throttled=2)
    assert row.offered + row.adopted == total(row)


def test_signals_are_kept_apart() -> None:
    """A record of one signal does not appear in another one's row."""
    ledger = Ledger()
    ledger.offer("spans", "sampled_out")
    assert ledger.row("spans").sampled_out == 1
    assert ledger.row("logs") == LedgerRow()
    assert ledger.row("metrics") == LedgerRow()


def test_dropped_is_what_was_neither_delivered_nor_kept_nor_rejected() -> None:
    """Sampled-out, throttled, failed and the like are dropped; the rest is not."""
    row = LedgerRow(offered=21, exported=1, pending=2, spooled=3, rejected=4, handed_over=5, throttled=6)
    assert row.dropped == 6
    assert row.nonzero() == {
        "offered": 21,
        "exported": 1,
        "pending": 2,
        "spooled": 3,
        "throttled": 6,
        "rejected": 4,
        "handed_over": 5,
    }


def test_no_note_is_lost_between_threads() -> None:
    """Eight threads that book at once leave books that add up."""
    ledger = Ledger()

    def book() -> None:
        for _ in range(2000):
            ledger.offer("logs", "pending")
            ledger.move("logs", "pending", "exported", 1)

    threads = [threading.Thread(target=book) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.row("logs") == LedgerRow(offered=16_000, exported=16_000)


def test_a_signal_handler_may_book_at_any_moment() -> None:
    """A handler that interrupts a booking neither deadlocks nor loses a note."""
    ledger = Ledger()
    interrupted = 0

    def handler(_: int, __: object) -> None:
        nonlocal interrupted
        interrupted += 1
        ledger.offer("spans", "exported")

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    try:
        for _ in range(50_000):
            ledger.offer("logs", "exported")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 10
    assert ledger.row("logs").exported == 50_000
    assert ledger.row("spans").exported == interrupted


def test_a_reader_that_interrupts_the_bookkeeper_gets_an_answer() -> None:
    """Reading while this very thread holds the books' lock returns what is booked instead of waiting for ever."""
    ledger = Ledger()
    ledger.offer("logs", "exported")
    with ledger._lock:
        assert ledger.row("logs").exported == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_starts_at_zero() -> None:
    """The parent's records are the parent's: a child's books are empty and its notes stay its own."""
    ledger = Ledger()
    ledger.offer("logs", "exported", 3)
    child = os.fork()
    if child == 0:
        ledger.offer("logs", "exported")
        os._exit(ledger.row("logs").offered)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert ledger.row("logs").offered == 3


def test_a_flush_result_is_the_change_between_two_readings() -> None:
    """Counts are those of the call, pending is what is left, ok says whether all went well."""
    ledger = Ledger()
    ledger.offer("logs", "pending", 4)
    before = ledger.rows()
    ledger.move("logs", "pending", "exported", 2)
    ledger.move("logs", "pending", "rejected", 1)
    ledger.offer("logs", "sampled_out", 7)
    result = FlushResult.between(before, ledger.rows(), timed_out=True)
    assert result == FlushResult(exported=2, pending=1, rejected=1, dropped=7, timed_out=True, ok=False)


@pytest.mark.parametrize("column", ["rejected", "failed", "pending"])
def test_a_flush_is_not_ok_where_something_is_left_or_lost(column: str) -> None:
    """Pending, rejected and failed records each make a flush not ok; sampled-out ones do not."""
    before = Ledger().rows()
    ledger = Ledger()
    ledger.offer("logs", "sampled_out")
    assert FlushResult.between(before, ledger.rows(), timed_out=False).ok
    ledger.offer("logs", column)  # type: ignore[arg-type] # parametrised by name
    assert not FlushResult.between(before, ledger.rows(), timed_out=False).ok


def test_books_can_be_kept_elsewhere_and_taken_back() -> None:
    """As they stand, tallies too; what is booked meanwhile stands there, and afterwards here again."""
    ledger = Ledger()
    ledger.offer("logs", "pending", 5)
    tally = ledger.accepted()["spans"]
    tally.count += 2
    memory = memoryview(bytearray(8 * SAVED_CELLS)).cast("q")
    memory[cell("logs", "corrupt")] = 99
    ledger.keep_in(memory)
    ledger.move("logs", "pending", "exported", 3)
    tally.count += 1
    assert memory[CELLS + 1] == 2
    tally.save()
    assert memory[CELLS + 1] == 3
    assert (memory[cell("logs", "pending")], memory[cell("logs", "exported")]) == (2, 3)
    assert ledger.row("logs") == LedgerRow(offered=5, pending=2, exported=3)
    ledger.keep_in(None)
    ledger.move("logs", "pending", "failed", 2)
    assert memory[cell("logs", "pending")] == 2
    assert ledger.row("logs") == LedgerRow(offered=5, exported=3, failed=2)
    assert ledger.row("spans") == LedgerRow(offered=3, pending=3)


def test_a_forked_child_keeps_its_books_to_itself() -> None:
    """What it books is not written where its parent's books are kept."""
    memory = memoryview(mmap.mmap(-1, 8 * SAVED_CELLS)).cast("q")
    ledger = Ledger()
    ledger.keep_in(memory)
    child = os.fork()
    if child == 0:
        ledger.offer("logs", "exported")
        tally = ledger.accepted()["logs"]
        tally.count += 1
        tally.save()
        os._exit(0)
    os.waitpid(child, 0)
    assert not any(memory)


def test_books_of_ended_processes_are_counted_beside_our_own() -> None:
    """In the rows, not in those that say what this process did."""
    ledger = Ledger()
    books = [0] * CELLS
    books[cell("logs", "adopted")] = books[cell("logs", "spooled")] = 7
    ledger.included = (books, books)
    ledger.offer("logs", "exported")
    ledger.adopt("logs", 3)
    ledger.move("logs", "spooled", "exported", 1)
    assert ledger.own_rows()["logs"] == LedgerRow(offered=1, adopted=3, exported=2, spooled=2)
    row = ledger.row("logs")
    assert row == LedgerRow(offered=1, adopted=17, exported=2, spooled=16)
    assert row.offered + row.adopted == total(row)


def test_what_is_left_out_is_counted_without_the_lock() -> None:
    """By any thread, also while another one reads; the books are right whenever they are read."""
    ledger = Ledger()
    left_out = ledger.left_out("spans", "sampled_out")
    assert ledger.left_out("spans", "sampled_out") is left_out

    def leave_out() -> None:
        for _ in range(5000):
            left_out.add()

    threads = [threading.Thread(target=leave_out) for _ in range(4)]
    for thread in threads:
        thread.start()
    left_out.add(7)
    while any(thread.is_alive() for thread in threads):
        row = ledger.row("spans")
        assert row.offered == row.sampled_out
    for thread in threads:
        thread.join()
    assert ledger.row("spans") == LedgerRow(offered=20_007, sampled_out=20_007)


def test_what_is_left_out_takes_little_room() -> None:
    """It is booked before it comes to much, though nobody reads; and while the lock is held nothing waits."""
    ledger = Ledger()
    left_out = ledger.left_out("logs", "throttled")
    for _ in range(5000):
        left_out.add()
    assert len(left_out._marks) < 1024
    with ledger._lock:  # the frame that a signal handler has interrupted
        left_out.add(2000)
    assert ledger.row("logs") == LedgerRow(offered=7000, throttled=7000)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_counts_what_it_leaves_out_itself() -> None:
    """What the parent has counted and not booked yet stays the parent's."""
    ledger = Ledger()
    left_out = ledger.left_out("logs", "throttled")
    left_out.add()
    child = os.fork()
    if child == 0:
        left_out.add(2)
        os._exit(0 if ledger.row("logs") == LedgerRow(offered=2, throttled=2) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ledger.row("logs") == LedgerRow(offered=1, throttled=1)
