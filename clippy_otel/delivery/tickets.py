"""The flushes that wait: each for what was accepted before it, until its own deadline.

Settled is what has left memory. Where that lies on the disk a flush waits for its delivery too, until its deadline or
until nothing more can happen before that; it has not failed then, for nothing is lost.

A waiter takes a ticket and waits outside of the worker's thread; the worker marks it, and answers it when all is
settled or nothing more can be before the deadline. Marks are counts by signal, for signals overtake each other. No
lock: either side may drop a ticket at any moment.
"""

from __future__ import annotations

import contextlib
import queue
from collections import deque
from collections.abc import Callable, Sequence
from operator import ge


class Ticket:
    """A flush that waits for so many records of each signal, until its deadline (a moment of the monotonic clock)."""

    __slots__ = ("deadline", "done", "mark")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.mark: Sequence[int] | None = None  # set by the worker, which books the inbox first
        self.done: queue.SimpleQueue[bool] = queue.SimpleQueue()  # looked up now: gevent may have put its own there


class Tickets:
    """The open tickets of one worker."""

    def __init__(self) -> None:
        self._open: deque[Ticket] = deque()

    def __bool__(self) -> bool:
        return bool(self._open)

    def take(self, deadline: float) -> Ticket:
        """Return a new open ticket."""
        ticket = Ticket(deadline)
        self._open.append(ticket)
        return ticket

    def wait(self, ticket: Ticket, timeout_s: float, settled: Callable[[], Sequence[int]]) -> bool:
        """Wait for a ticket's answer; return whether all that it waits for is settled.

        Args:
            ticket: It.
            timeout_s: How long to wait.
            settled: Returns what is settled, as in answer(): where the deadline comes first, that decides.
        """
        try:
            return ticket.done.get(timeout=timeout_s)
        except queue.Empty:
            self._drop(ticket)
            return ticket.mark is not None and all(map(ge, settled(), ticket.mark))

    def deadlines(self) -> list[float]:
        """Return when those that wait go away, moments of the monotonic clock."""
        return [ticket.deadline for ticket in list(self._open)]

    def new(self) -> list[Ticket]:
        """Return the tickets that are not marked yet: a collection of metrics that begins now is for all of them."""
        return [ticket for ticket in list(self._open) if ticket.mark is None]

    def answer(self, settled: Sequence[int], possible_from: float, *, is_all_sent: bool = True) -> None:
        """Answer those whose records are settled, and those for which nothing more can happen before their deadline.

        Args:
            settled: Records settled so far, by signal as in the marks.
            possible_from: The moment from which on something can happen again.
            is_all_sent: Whether nothing of what was accepted lies on the disk.
        """
        for ticket in list(self._open):
            if ticket.mark is None:  # what it waits for is not known yet
                continue
            is_settled = all(map(ge, settled, ticket.mark))
            if (is_settled and is_all_sent) or possible_from >= ticket.deadline:
                self._drop(ticket)
                ticket.done.put(is_settled)

    def _drop(self, ticket: Ticket) -> None:
        with contextlib.suppress(ValueError):  # the other side, worker or waiter, has just dropped it
            self._open.remove(ticket)
