"""Work that takes long and must not be interrupted, done once, on a thread of its own.

Signal handlers run on the main thread, so none comes in between: an exception that one raises there ends the waiting
for the work, never the work. Where no thread runs beside others (uWSGI without its threads, an interpreter that exits),
who waits does it.

The thread is started and waited for with the interpreter's own means, and so has no name: those of `threading` take
locks, which a frame may hold that a signal handler interrupts to begin an attempt itself.
"""

from __future__ import annotations

import _thread
import time
from collections.abc import Callable
from typing import Final

_START_S: Final = 0.5  # within which a thread begins to run, where any does


class Attempt:
    """One attempt at some work.

    Args:
        work: Does it; raises nothing.

    Attributes:
        thread: The identifier of the thread that is at it, or was; None: none has begun.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self.thread: int | None = None
        self._work = [work]  # whoever takes it does it
        self._done = _thread.allocate_lock()
        self._done.acquire()

    def begin(self) -> None:
        """Have it done, without waiting."""
        try:
            _thread.start_new_thread(self._do, ())
        except RuntimeError:  # the interpreter is exiting
            self._do()

    def is_over(self) -> bool:
        """Return whether it was done, with success or without."""
        return not self._done.locked()

    def wait(self, patience_s: float) -> None:
        """Wait until it is done, for so many seconds at most; not at all on the thread that is at it."""
        if self.thread == _thread.get_ident() or patience_s <= 0:
            return
        deadline = time.monotonic() + patience_s
        if not self._is_done_within(min(patience_s, _START_S)) and self.thread is None:
            self._do()
        self._is_done_within(max(deadline - time.monotonic(), 0.0))

    def _is_done_within(self, patience_s: float) -> bool:
        is_done = self._done.acquire(timeout=patience_s)
        if is_done:
            self._done.release()  # for the next one who waits
        return is_done

    def _do(self) -> None:
        try:
            work = self._work.pop()
        except IndexError:  # somebody else has taken it
            return
        self.thread = _thread.get_ident()
        try:
            work()
        finally:
            self._done.release()
