"""No fork while a gRPC call of ours is in progress: what such a child inherits of gRPC crashes it, or hangs it.

Measured: of 60 children forked during a call 4 ended with a segmentation fault at their own first call; with
GRPC_ENABLE_FORK_SUPPORT=1 they never return from fork(). So a fork waits for the call, at most 0.1 s, and then has it
cancelled, which costs a repeated request. Calls of the application's own are its own business.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import Final

from clippy_otel import _guard

_PATIENCE_S: Final = 0.1  # ten times what a call to a peer that is well takes
_CANCELLING_S: Final = 1.0  # cancelling takes a millisecond; a fork does not hang on us, whatever happens

_gates: Final[dict[int, weakref.ref[ForkGate]]] = {}
_held: Final[list[ForkGate]] = []
_watching = False


class ForkGate:
    """What one transport's calls pass through, and what is shut while the process forks.

    Args:
        cancel: Ends the call in progress, from another thread.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._lock = threading.Lock()
        key = id(self)
        _gates[key] = weakref.ref(self, lambda _: _gates.pop(key, None))

    @property
    def is_busy(self) -> bool:
        """Whether a call is in progress, or a fork."""
        return self._lock.locked()

    def enter(self, timeout_s: float) -> bool:
        """Begin a call; return False where a fork, or an earlier call, did not end within timeout_s seconds."""
        return self._lock.acquire(timeout=max(timeout_s, 0.0))

    def leave(self) -> None:
        """End a call."""
        self._lock.release()

    def shut(self) -> bool:
        """Let no call in until leave(); cancel one that takes its time. Return False where it does not end."""
        if self.enter(_PATIENCE_S):
            return True
        self._cancel()
        return self.enter(_CANCELLING_S)


def watch_forks() -> None:
    """Shut all gates at each fork from now on. Called when there is a channel: what gRPC itself does at a fork is late.

    Functions that are to run before a fork run in the reverse of the order in which they were registered.
    """
    global _watching  # noqa: PLW0603 - once a process, and its children inherit it
    if not _watching and hasattr(os, "register_at_fork"):
        _watching = True
        os.register_at_fork(before=_shut_gates, after_in_parent=_open_gates, after_in_child=_open_gates)


def is_cut_off() -> bool:
    """Whether, in a forked child, gRPC is what its parent has left in it, for lack of gRPC's own handling of forks."""
    switch = os.environ.get("GRPC_ENABLE_FORK_SUPPORT", "").lower()
    return _watching and switch in ("0", "f", "false", "n", "no")  # as gRPC reads it


def _shut_gates() -> None:
    for reference in list(_gates.values()):
        gate = reference()
        with _guard.host_safe("fork"):
            if gate is not None and gate.shut():
                _held.append(gate)


def _open_gates() -> None:
    while _held:
        _held.pop().leave()
