"""An exact sliding window: never more than N admitted in any stretch of the window's length.

Holds the times of the last N admissions and nothing else, so its memory is bounded by N. On a monotonic clock.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from clippy_otel import _fork
from clippy_otel.ports import Clock

# Who cannot get the lock within this time is refused: under a signal handler its holder may be the interrupted frame,
# and refusing keeps the promise (never more than N) where waiting would deadlock.
_LOCK_TIMEOUT_S: Final = 0.05


class SlidingWindow:
    """Admit at most `limit` in any `window_ns` nanoseconds, under any number of threads.

    Args:
        limit: The most that is admitted; 0 admits nothing.
        window_ns: The length of the window in nanoseconds, above 0.
        clock: Where the time comes from.
    """

    def __init__(self, limit: int, window_ns: int, clock: Clock) -> None:
        self._limit = limit
        self._window_ns = window_ns
        self._clock = clock
        self._admitted: deque[int] = deque(maxlen=limit)
        self._lock = threading.Lock()
        _fork.renew_in_child(self)

    def admit(self) -> bool:
        """Return whether one more fits into the window that ends now, and count it where it does."""
        if not self._lock.acquire(timeout=_LOCK_TIMEOUT_S):
            return False
        try:
            now_ns = self._clock.monotonic_ns()
            admitted = self._admitted
            if len(admitted) >= self._limit and (self._limit == 0 or now_ns - admitted[0] < self._window_ns):
                return False
            admitted.append(now_ns)  # full: the oldest, which has left the window, makes room
            return True
        finally:
            self._lock.release()

    def change(self, limit: int, window_ns: int) -> None:
        """Admit by another limit and length from now on. What was admitted counts: a change is no way around it."""
        with self._lock:
            self._admitted = deque(self._admitted, maxlen=limit)
            self._limit, self._window_ns = limit, window_ns

    def after_fork(self) -> None:
        """Take a new lock in the child, where another thread of the parent may have held the old one."""
        self._lock = threading.Lock()
