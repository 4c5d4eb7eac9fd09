"""Where it is booked what becomes of the records of a stream: in our own ledger, or in the books of a dead process."""

from __future__ import annotations

from typing import Protocol

from clippy_otel.delivery.spool.books import Books
from clippy_otel.ledger import Column, Ledger
from clippy_otel.ports import SIGNALS


class Account(Protocol):
    """The spooled records of one stream."""

    def book(self, signal: int, column: Column, count: int) -> None:
        """Book that spooled records of a signal ended in a column."""

    def hand_over(self, signal: int, count: int) -> None:
        """Have spooled records stand in our own ledger, where whoever sent them books what became of them."""


class OwnAccount:
    """Our own stream's."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def book(self, signal: int, column: Column, count: int) -> None:
        """See Account."""
        self._ledger.move(SIGNALS[signal], "spooled", column, count)

    def hand_over(self, signal: int, count: int) -> None:
        """Do nothing: they stand there."""


class AdoptedAccount:
    """An adopted stream's: its books stay in its own lock file until nothing is left of it."""

    def __init__(self, ledger: Ledger, books: Books) -> None:
        self._ledger = ledger
        self.books = books

    def book(self, signal: int, column: Column, count: int) -> None:
        """See Account."""
        self.books.move(signal, "spooled", column, count)

    def hand_over(self, signal: int, count: int) -> None:
        """See Account."""
        self.books.hand_over(signal, count)
        self._ledger.adopt(SIGNALS[signal], count)
