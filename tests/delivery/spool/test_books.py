"""The books in a lock file: what is outstanding, what is taken over, and that no moment tears them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.delivery.spool.books import Books, has_absorbed, reconcile, settle_replayed
from clippy_otel.delivery.spool.directory import Directory
from clippy_otel.ledger import CELLS, COLUMNS, WIDTH, Ledger, LedgerRow, cell
from clippy_otel.ports import SIGNALS
from tests.delivery.spool._spools import assert_closed, end, start

NAME = "0000000000000001-1-aaaaaaaa.lock"


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """Return an open directory with an empty file of a lock."""
    (tmp_path / NAME).touch()
    return Directory(tmp_path)


def row_of(books: list[int], at: int = 0) -> LedgerRow:
    """Return a row of a set of books."""
    return LedgerRow(*books[at * WIDTH : (at + 1) * WIDTH])


def books_of(**columns: int) -> list[int]:
    """Return books with these columns for logs."""
    books = [0] * CELLS
    for column, count in columns.items():
        books[cell("logs", column)] = count  # type: ignore[arg-type] # by name
    return books


def test_a_killed_process_leaves_its_books(directory: Directory) -> None:
    """What its ledger booked last is in the file, without any write or sync of its own."""

    def work() -> None:
        ledger = Ledger()
        ledger.offer("logs", "pending", 3)
        ledger.keep_in(Books(directory, NAME).live)
        ledger.move("logs", "pending", "exported", 2)
        tally = ledger.accepted()["spans"]
        tally.count += 4
        tally.save()
        os.kill(os.getpid(), signal.SIGKILL)

    end(start(work))
    books = Books(directory, NAME)
    assert row_of(books.total()).nonzero() == {"offered": 3, "exported": 2, "pending": 1}
    assert row_of(books.total(), SIGNALS.index("spans")).nonzero() == {"offered": 4, "pending": 4}
    directory.close()


def test_numbers_are_replaced_all_at_once(directory: Directory) -> None:
    """What stood there before is in force until the very last store."""
    books = Books(directory, NAME)
    books.replace(books_of(offered=5, exported=5))
    seen = []

    class Spying(list[int]):
        """Looks at the books while they are replaced."""

        def __iter__(self):  # type: ignore[no-untyped-def] # noqa: ANN204 - of numbers
            for number in list.__iter__(self):
                seen.append(row_of(list(books.bank)))
                yield number

    books.replace(Spying(books_of(offered=7, rejected=7)), absorbed="other")
    assert set(seen) == {LedgerRow(offered=5, exported=5)}
    assert row_of(list(books.bank)) == LedgerRow(offered=7, rejected=7)
    descriptor = directory.open(NAME)
    assert has_absorbed(descriptor, "other")
    assert not has_absorbed(descriptor, "another")
    os.close(descriptor)
    directory.close()


COUNTS = st.integers(0, 50)


@given(
    columns=st.fixed_dictionaries(dict.fromkeys([*COLUMNS[2:]], COUNTS)),
    adopted=COUNTS,
    found=st.integers(0, 120),
    damaged=COUNTS,
    was_adopted=st.booleans(),
)
def test_whatever_is_found_the_books_are_closed(
    columns: dict[str, int], adopted: int, found: int, damaged: int, *, was_adopted: bool
) -> None:
    """More or less than is outstanding, damaged or not: what is missing is corrupt or lost, the rest is as it was."""
    ended = sum(columns.values())
    books = books_of(**columns, adopted=min(adopted, ended), offered=ended - min(adopted, ended))
    outstanding = columns["pending"] + columns["spooled"]
    after = row_of(reconcile(books, (found, 0, 0), (damaged, 0, 0), was_adopted=was_adopted))
    assert_closed(after)
    assert (after.pending, after.spooled) == (0, found)
    lost = after.corrupt + after.lost_in_crash - columns["corrupt"] - columns["lost_in_crash"]
    assert lost == max(outstanding - found, 0)
    assert after.corrupt - columns["corrupt"] == min(damaged, lost)
    assert after.exported == columns["exported"]
    assert after.offered >= 0


def test_a_booking_that_was_cut_in_two_changes_nothing(directory: Directory) -> None:
    """`pending` and `spooled` are not believed: what is outstanding is what came in and has not ended."""
    books = books_of(offered=10, exported=5, pending=9, spooled=-3)
    after = row_of(reconcile(books, (4, 0, 0), (0, 0, 0), was_adopted=False))
    assert after == LedgerRow(offered=6, adopted=4, exported=5, spooled=4, lost_in_crash=1)
    directory.close()


def test_replayed_letters_leave_what_was_rejected() -> None:
    """As far as the ledger knows of them; the others come in as adopted."""
    books = books_of(rejected=-5, spooled=5)
    assert row_of(settle_replayed(books, (9, 0, 0))) == LedgerRow(rejected=-5, spooled=5)
    assert row_of(settle_replayed(books, (2, 0, 0))) == LedgerRow(adopted=3, rejected=-2, spooled=5)
    assert row_of(settle_replayed(books_of(offered=1, rejected=1), (0, 0, 0))) == LedgerRow(offered=1, rejected=1)
