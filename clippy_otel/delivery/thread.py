"""The delivery thread: a daemon, started when there is something to do, woken when something is due.

It is woken through a `SimpleQueue`, whose put() may interrupt itself: signal handlers and `__del__` wake it too.

Where gevent or eventlet have patched the standard library it is a green thread, and its queue is made when it starts:
one of before the patch would hold up all others while it waits.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Final

THREAD_NAME: Final = "clippy_otel-delivery"


class DeliveryThread:
    """One worker's thread; started again where something has ended it.

    Args:
        run: What it does, until that returns; given the generation that it belongs to.
        generation: Returns the one that is valid now.
    """

    def __init__(self, run: Callable[[int], None], generation: Callable[[], int]) -> None:
        self._run = run
        self._generation = generation
        self.renew()

    def renew(self) -> None:
        """Have no thread: in the forked child."""
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._renew_wakes()

    def _renew_wakes(self) -> None:
        self._wakes: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._awake = False  # a token is on its way to the thread

    def is_current(self) -> bool:
        """Return whether the caller is this thread."""
        return threading.current_thread() is self._thread

    def has_ended(self) -> None:
        """Forget the thread, which is about to return: the next one who needs it starts another."""
        self._thread = None

    def wake(self) -> None:
        """Have the thread look for something to do."""
        # One token is enough until the thread has seen it: a busy application must not switch threads at every event.
        if not self._awake:
            self._awake = True
            self._wakes.put(None)

    def is_woken(self) -> bool:
        """Return whether there is a thread that has yet to see that it was woken."""
        return self._awake and self._thread is not None

    def wait(self, timeout_s: float | None) -> None:
        """Sleep until somebody wakes the thread, at most so long; None: for ever."""
        with contextlib.suppress(queue.Empty):
            self._wakes.get(timeout=timeout_s)
        self._awake = False

    def ensure(self) -> bool:
        """Start the thread where there is none; return whether there is one."""
        if self._thread is not None:
            return True
        # Losing the race means that another caller is starting it at this moment, on another thread or in the frame
        # that this one interrupted; what is asked meanwhile waits in queue and tickets.
        if not self._starting.acquire(blocking=False):
            return True
        try:
            if self._thread is None:
                self._renew_wakes()  # what woke nobody is seen by the thread's first look
                thread = threading.Thread(target=self._run, args=(self._generation(),), name=THREAD_NAME, daemon=True)
                self._thread = thread  # before it runs, for it may end at once
                thread.start()
        except RuntimeError:  # the interpreter is shutting down, or the system has no thread left
            self._thread = None
            return False
        finally:
            self._starting.release()
        return True
