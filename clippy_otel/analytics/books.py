"""The one writer of the statistics: whoever calls hands in a note, and whoever gets the lock writes all of them down.

Exact under threads, though what is written is several arrays that must fit together. Noting never waits: a plain lock
would deadlock where a signal handler or `__del__` interrupts its holder on the same thread, so a note is appended to
an inbox (atomic), and the holder of the lock looks there again after releasing it. Cost: 0.7 us a note.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from threading import get_ident
from typing import Any, Final, TypeVar

from clippy_otel import _guard

_T = TypeVar("_T")

# Reached only where the lock's holder does not go on: a process that is being debugged.
MAX_WAITING: Final = 10_000
# Who asks gives up on the lock after this long: another thread holds it for microseconds, unless it is held up itself.
_LOCK_TIMEOUT_S: Final = 0.05


class Books:
    """The lock and the inbox. Every method may be called from any thread or signal handler."""

    __slots__ = ("_failures", "_inbox", "_lock", "_writer")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writer: int | None = None  # the thread that holds the lock
        self._inbox: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._failures: deque[Exception] = deque(maxlen=100)

    def note(self, write: Callable[..., object], *args: Any) -> None:
        """Call `write(*args)` alone: now, or right after another thread is done with what it writes."""
        if len(self._inbox) < MAX_WAITING:
            self._inbox.append((write, args))
        else:
            self._failures.append(OverflowError("nothing was written down for too long"))
        self._settle()

    def ask(self, write: Callable[..., _T], *args: Any) -> _T | None:
        """Do what note() does and return what `write` returns; None where that is not known yet, or it failed."""
        if not self._take_lock():
            self.note(write, *args)
            return None
        try:
            self._write_down()
            return write(*args)
        except Exception as error:  # noqa: BLE001 - as in _write_down()
            self._failures.append(error)
            return None
        finally:
            self._give_lock()
            self._settle()

    def read(self, show: Callable[..., _T], *args: Any) -> _T:
        """Return `show(*args)`, with all in it that was noted before; where the lock is not to be had, as it stands.

        So `show` must bear it that a row is being written, and change nothing.
        """
        held = self._take_lock()
        try:
            if held:
                self._write_down()
            return show(*args)
        finally:
            if held:
                self._give_lock()
                self._settle()

    def _settle(self) -> None:
        """Write down what was noted while the lock was held."""
        while self._inbox and self._take_lock(timeout_s=0):
            try:
                self._write_down()
            finally:
                self._give_lock()
        self._report()

    def _take_lock(self, timeout_s: float = _LOCK_TIMEOUT_S) -> bool:
        """Take the lock, and return True, unless this very thread has it or another one has it for too long."""
        if not self._lock.acquire(blocking=False) and (
            self._writer == get_ident() or timeout_s == 0 or not self._lock.acquire(timeout=timeout_s)
        ):
            return False
        self._writer = get_ident()
        return True

    def _give_lock(self) -> None:
        self._writer = None
        self._lock.release()

    def _write_down(self) -> None:
        inbox = self._inbox
        while inbox:
            write, args = inbox.popleft()
            try:
                write(*args)
            except Exception as error:  # noqa: BLE001 - a mistake of ours: the next note is written all the same
                self._failures.append(error)

    def _report(self) -> None:
        """Tell of failures, without the lock: logging is the application's."""
        while self._failures:
            try:
                failure = self._failures.popleft()
            except IndexError:  # another thread was faster
                return
            _guard.swallowed("analytics", failure)
