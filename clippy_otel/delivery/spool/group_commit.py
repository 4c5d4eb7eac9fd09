"""One fdatasync for all who wait for one: a group commit, for `fsync="always"`.

Whoever finds nobody syncing does it, for all who asked before; the others wait, each on a lock of its own that no frame
beneath it can hold. A signal handler or `__del__` that interrupts the one who syncs, on the same thread, cannot wait
for it, and syncs by itself. The wait is bounded: a disk that does not answer must not hold up the application for ever.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import Final

from clippy_otel.delivery.spool.segments import Segment

_PATIENCE_S: Final = 5.0
_NOBODY: Final = 0


class _Waiter:
    """One who waits until what it wrote is synced, or until nobody is syncing."""

    __slots__ = ("done", "segment", "wake")

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.done = False
        self.wake = threading.Lock()
        self.wake.acquire()


class GroupCommit:
    """Sync what several threads write."""

    def __init__(self) -> None:
        self._by = _NOBODY  # the thread that syncs
        self._waiting: deque[_Waiter] = deque()

    def sync(self, segment: Segment) -> None:
        """Return when what was written to a segment before this call is on the disk, or after five seconds.

        Raises:
            OSError: The disk says that it is not.
        """
        me, ident = _Waiter(segment), threading.get_ident()
        if self._by == ident:  # it is this thread's own frame beneath that syncs
            segment.sync(surely=True)
            return
        self._waiting.append(me)
        while not me.done:
            leads = False
            # No call in these three lines: neither a thread nor a signal handler comes in between.
            if self._by == _NOBODY:
                self._by = ident
                leads = True
            if leads:
                self._sync_for_all()
            elif not me.wake.acquire(timeout=_PATIENCE_S):
                return

    def _sync_for_all(self) -> None:
        group: list[_Waiter] = []
        try:
            while self._waiting:
                group.append(self._waiting.popleft())
            for segment in {waiter.segment for waiter in group}:
                segment.sync(surely=True)
        finally:
            self._by = _NOBODY
            for waiter in group:
                waiter.done = True
            # Those too that came meanwhile: one of them is next. Any of them may be a frame that cannot go on now.
            for waiter in (*group, *list(self._waiting)):
                with contextlib.suppress(RuntimeError):  # it is awake already
                    waiter.wake.release()
