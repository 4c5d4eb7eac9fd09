"""Forks and gRPC: no fork during a call of ours, if that can be had, and no gRPC in a child that came of one.

A child that is forked during a call inherits gRPC in a state in which its own first call crashes it now and then (4 of
60, measured). So a fork waits for calls in progress, at most 0.2 s: with a peer that is well that is enough. A child
whose fork did not wait for long enough is cut off: it uses gRPC no more, and nor do its own children. So is one of a
process that has called before, where GRPC_ENABLE_FORK_SUPPORT=0 has left gRPC unprepared for it: there calls hang.

What is left: gRPC clears away in the background what a cancelled call leaves behind, and a fork at that moment can hang
a child (1 of 24, each forked amid timeouts). Best is to leave that variable unset: with 1, what gRPC does at a fork
during a call can hang the child in fork() itself (6 of 40), and we come too late. Calls of the application's
own are its own business.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import Final

_PATIENCE_S: Final = 0.2

_gates: Final[dict[int, weakref.ref[ForkGate]]] = {}


class ForkGate:
    """What the calls of one transport pass through, one at a time, and what is shut while the process forks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        key = id(self)
        _gates[key] = weakref.ref(self, lambda _: _gates.pop(key, None))

    def enter(self, timeout_s: float) -> bool:
        """Begin a call; return False where a fork, or a call of another thread, does not end within timeout_s seconds.

        Args:
            timeout_s: 0 and less: do not wait.
        """
        return self._lock.acquire(timeout=max(timeout_s, 0.0))

    def leave(self) -> None:
        """End the call."""
        self._lock.release()


class _Forks:
    """What the process knows of its forks."""

    def __init__(self) -> None:
        self.watched = False
        self.cut_off = False
        self._child_cut_off = False
        self._shut: list[ForkGate] = []

    def watch(self) -> None:
        self.watched = True
        os.register_at_fork(before=self._before, after_in_parent=self._after, after_in_child=self._after_in_child)

    def _before(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        gates = [gate for reference in list(_gates.values()) if (gate := reference()) is not None]
        self._shut = [gate for gate in gates if gate.enter(deadline - time.monotonic())]
        # The words that gRPC itself takes for "no".
        unprepared = os.environ.get("GRPC_ENABLE_FORK_SUPPORT", "").lower() in ("0", "f", "false", "n", "no")
        self._child_cut_off = self.cut_off or unprepared or len(self._shut) < len(gates)

    def _after(self) -> None:
        while self._shut:
            self._shut.pop().leave()

    def _after_in_child(self) -> None:
        self.cut_off = self._child_cut_off
        self._after()


_forks: Final = _Forks()


def watch_forks() -> None:
    """Shut all gates at each fork from now on. Called when there is a channel; does nothing the second time.

    No earlier: functions that are to run before a fork run in the reverse of the order in which they were registered,
    and gRPC's, registered when its first channel is made, are to come after ours.
    """
    if not _forks.watched and hasattr(os, "register_at_fork"):
        _forks.watch()


def is_cut_off() -> bool:
    """Whether this process is a forked child that must not use gRPC."""
    return _forks.cut_off
