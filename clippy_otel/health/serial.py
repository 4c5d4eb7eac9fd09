"""One at a time, in their order, and nobody waits: who comes while another one is at it leaves his item to that one.

A plain lock would deadlock where a signal handler or a callback comes back on the thread that holds it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Serial(Generic[_T]):
    """Items, handled one after the other.

    Args:
        handle: Handles an item. It must not raise.
        max_waiting: How many may wait while one is handled.
    """

    def __init__(self, handle: Callable[[_T], None], max_waiting: int) -> None:
        self._handle = handle
        self._max_waiting = max_waiting
        self.renew()

    def renew(self) -> None:
        """Start with a new lock and no items: in a forked child."""
        self._lock = threading.Lock()
        self._items: deque[_T] = deque()

    def add(self, item: _T) -> bool:
        """Leave an item to be handled by drain(); return False where too many wait."""
        if len(self._items) >= self._max_waiting:
            return False
        self._items.append(item)
        return True

    def drain(self) -> None:
        """Handle what waits, unless another thread, or a frame below this one, is at it and will."""
        # Whoever holds the lock looks at the items again after releasing it, so that none is left lying.
        while self._items and self._lock.acquire(blocking=False):
            try:
                while self._items:
                    self._handle(self._items.popleft())
            finally:
                self._lock.release()
