"""What is recorded before there is anything to record it with: put aside, and recorded once there is.

Each has the context that it was recorded in, and so the scope and the span of that moment. Appending and taking are one
step each of the interpreter, so that signal handlers and finalizers may come in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Final

from clippy_otel import _guard

if TYPE_CHECKING:
    from clippy_otel.ledger import Ledger
    from clippy_otel.ports import Signal

MAX_ASIDE: Final = 1000


class Aside:
    """What lies aside, oldest first.

    Args:
        ledger: Where what is too much, or lost, is booked.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._calls: deque[tuple[Signal | None, Callable[[], object]]] = deque()

    def __bool__(self) -> bool:
        return bool(self._calls)

    def put(self, signal: Signal | None, call: Callable[[], object]) -> None:
        """Put one more aside.

        Args:
            signal: What it records; None: nothing.
            call: Records it.
        """
        if len(self._calls) < MAX_ASIDE:
            self._calls.append((signal, partial(copy_context().run, call)))
        elif signal is not None:
            self._ledger.offer(signal, "queue_full")

    def record(self) -> None:
        """Record all of it. Several threads may be at it."""
        while self._calls:
            try:
                _, call = self._calls.popleft()
            except IndexError:  # another thread was faster
                return
            with _guard.host_safe("aside"):
                call()

    def lose(self) -> None:
        """Give all of it up, and book it."""
        while self._calls:
            try:
                signal, _ = self._calls.popleft()
            except IndexError:
                return
            if signal is not None:
                self._ledger.offer(signal, "failed")

    def forget(self) -> None:
        """Have nothing: in a forked child it is the parent's."""
        self._calls.clear()
