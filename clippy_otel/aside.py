"""What is recorded before there is anything to record it with: put aside, and recorded once there is.

Each has the context that it was recorded in, and so the scope and the span of that moment. Appending and taking are one
step each of the interpreter, so that signal handlers and finalizers may come in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from clippy_otel import _guard

if TYPE_CHECKING:
    from clippy_otel.ledger import Ledger
    from clippy_otel.ports import Signal

_T = TypeVar("_T")
MAX_ASIDE: Final = 1000
_MAX_DEPTH: Final = 64  # as deep as any value is recorded


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

    def is_full(self) -> bool:
        """Return whether one more would be too much."""
        return len(self._calls) >= MAX_ASIDE

    def put(self, signal: Signal | None, call: Callable[[], object]) -> None:
        """Put one more aside.

        Args:
            signal: What it records; None: nothing.
            call: Records it.
        """
        if not self.is_full():
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


def as_it_is_now(value: _T, depth: int = _MAX_DEPTH) -> _T:
    """Return plain data that its owner may go on changing, copied; what is not plain is returned itself."""
    kind: Any = type(value)
    if depth == 0 or kind not in (dict, list, tuple, set):
        return value
    if kind is dict:
        items: Any = value
        copied: Any = {key: as_it_is_now(item, depth - 1) for key, item in items.items()}
    else:
        members: Any = value
        copied = kind([as_it_is_now(item, depth - 1) for item in members])
    return copied  # type: ignore[no-any-return] # of the same kind
