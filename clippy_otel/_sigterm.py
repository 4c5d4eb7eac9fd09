"""What is brought to safety when the process is asked to end by SIGTERM: everything that is registered here.

The handler only asks: a thread does the work, within one deadline for all, and then sends the signal again, until it
has gone to whoever handled it before: the host's own handler, or the system's default. It is a guest: installed where
it is first asked for, in the main thread, and never over a handler that came later.

Registered things are held weakly. A forked child keeps the handler, and asks for itself.
"""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time
import weakref
from types import FrameType
from typing import Any, Final, Protocol

from clippy_otel import _fork, _guard
from clippy_otel._exit import EXIT_TIMEOUT_MS

THREAD_NAME: Final = "clippy_otel-sigterm"
_SEND_AGAIN_AFTER_MS: Final = 500


class Parkable(Protocol):
    """Something that can be brought to safety and goes on."""

    def park(self, timeout_ms: float) -> object:
        """Deliver what there is within a deadline, keep the rest on disk, and from now on whatever comes."""


class _Sigterm:
    """The state of the one handler of the process."""

    def __init__(self) -> None:
        self.parkables: weakref.WeakSet[Any] = weakref.WeakSet()
        self.previous: Any = None
        self.is_installed = False
        self.after_fork()
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Be asked anew in the child."""
        self.is_asked = self.is_done = self.is_passed_on = False
        self._echoes: list[None] = []  # one for each signal that was sent beside the first one; atomic at both ends

    def install(self) -> None:
        """Put the handler in place, before the one that is there; once.

        Raises:
            ValueError: This is not the main thread.
        """
        if not self.is_installed:
            self.previous = signal.signal(signal.SIGTERM, self.handle)
            self.is_installed = True

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Ask for the work to be done, or pass the signal on where it is done."""
        if self.is_done:
            if self.is_passed_on and self._echoes:
                self._echoes.pop()  # our own, and the host has had one
                return
            self.is_passed_on = True  # no call before it: that is where the next signal comes in
            self._pass_on(number, frame)
        elif not self.is_asked:
            self.is_asked = True
            # Not a Thread's start(), which takes a lock that the interrupted frame may hold.
            _thread.start_new_thread(self._start, ())

    def _start(self) -> None:
        threading.Thread(target=self._park_all, name=THREAD_NAME, daemon=True).start()

    def _park_all(self) -> None:
        deadline = time.monotonic() + EXIT_TIMEOUT_MS / 1000
        for parkable in tuple(self.parkables):
            with _guard.host_safe("sigterm"):
                parkable.park(max(deadline - time.monotonic(), 0.0) * 1000)
        self.is_done = True
        # More than once: a signal that comes just before the main thread blocks in a system call is seen by Python
        # only after that call, which the next one interrupts.
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_SEND_AGAIN_AFTER_MS / 1000)
        while not self.is_passed_on and signal.getsignal(signal.SIGTERM) == self.handle:
            self._echoes.append(None)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(_SEND_AGAIN_AFTER_MS / 1000)
        self._echoes.clear()  # what comes from now on is the parent's

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        if callable(self.previous):
            self.previous(number, frame)
        elif self.previous != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


_sigterm: Final = _Sigterm()


def park_at_sigterm(parkable: Parkable) -> None:
    """Have something parked when SIGTERM comes, before the host's own handler sees it.

    Where this is not the main thread, nothing is installed, and a warning says so.
    """
    try:
        _sigterm.install()
    except ValueError:
        _guard.logger.warning("flush_on: SIGTERM can be handled only where telemetry is configured in the main thread")
        return
    _sigterm.parkables.add(parkable)


def has_ended(parkable: Parkable) -> None:
    """Take something out again."""
    _sigterm.parkables.discard(parkable)
