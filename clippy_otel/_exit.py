"""What is delivered when a process exits: everything that is registered here, within one deadline for all.

Held weakly: who is dropped before is not kept alive for it.

Most processes run Python's exit handlers. Children of `multiprocessing` (and of `billiard`, which shares its registry)
do not: they run finalizers, and then leave by `os._exit`. Celery's pool processes run not even these; the worker's
signal is all that they give. Where one of these modules is loaded it is joined, in forked children too; none is ever
imported for it. A bare `os._exit` cannot be seen from here.
"""

from __future__ import annotations

import atexit
import sys
import time
import weakref
from typing import Any, Final, Protocol

from clippy_otel import _fork, _guard

EXIT_TIMEOUT_MS: Final = 5000
# The lowest run last: after the process's own finalizers, and after its children have ended.
_FINALIZER_PRIORITY: Final = -1000


class Ending(Protocol):
    """Something that ends."""

    def shutdown(self, timeout_ms: float) -> object:
        """End within a deadline; idempotent."""


class Part(Ending, Protocol):
    """Something that ends, and delivers before."""

    def request_flush(self) -> None:
        """Have everything delivered soon, without waiting for it."""


# Two sets, the first to be ended first: an owner ends its parts in the right order, a part ends alone where its owner
# was dropped.
_owners: Final[weakref.WeakSet[Any]] = weakref.WeakSet()
_parts: Final[weakref.WeakSet[Any]] = weakref.WeakSet()


def shut_down_at_exit(owner: Ending, part: Part) -> None:
    """Shut an owner down when the interpreter exits, and a part of it where the owner is gone by then."""
    _owners.add(owner)
    _parts.add(part)
    _leaving.join()


def has_ended(owner: Ending) -> None:
    """Take an owner out again."""
    _owners.discard(owner)


class _Exit:
    """Whether the exit has begun: others' exit handlers may still record and deliver after ours."""

    has_begun = False


def has_begun() -> bool:
    """Return whether the interpreter is exiting."""
    return _Exit.has_begun


@atexit.register
def _shut_down_all() -> None:
    _Exit.has_begun = True
    deadline = time.monotonic() + EXIT_TIMEOUT_MS / 1000
    # All at once: one that hangs leaves no time for those that are shut down after it.
    for part in tuple(_parts):
        with _guard.host_safe("exit"):
            part.request_flush()
    for ending in (*_owners, *_parts):
        with _guard.host_safe("exit"):
            ending.shutdown(max(deadline - time.monotonic(), 0.0) * 1000)


class _Leaving:
    """The ways in which a process leaves without exit handlers, as far as they are joined."""

    def __init__(self) -> None:
        self._joined: set[str] = set()
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Exit by itself in the child, in whatever way that leaves."""
        _Exit.has_begun = False
        if _parts:
            self.join()

    def join(self) -> None:
        """Be called at the end of whatever is loaded by now."""
        with _guard.host_safe("exit"):
            util = sys.modules.get("multiprocessing.util")
            if util is not None:
                if self._is_new("multiprocessing"):
                    util.register_after_fork(self, _Leaving.finalize)  # a child begins by forgetting all finalizers
                if _is_child():
                    self.finalize()
            signals = sys.modules.get("celery.signals")
            if signals is not None and self._is_new("celery"):
                signals.worker_process_shutdown.connect(_shut_down_pool_process)

    def _is_new(self, name: str) -> bool:
        is_new = name not in self._joined
        self._joined.add(name)
        return is_new

    def finalize(self) -> None:
        """Be called when this process of `multiprocessing` has done its work; once more is no harm."""
        util = sys.modules["multiprocessing.util"]
        util.Finalize(None, _shut_down_all, exitpriority=_FINALIZER_PRIORITY)


def _is_child() -> bool:
    """Return whether this process does the work of a Process object. The first one runs exit handlers, and in order."""
    modules = (sys.modules.get(name) for name in ("multiprocessing.process", "billiard.process"))
    return any(module is not None and module.current_process().name != "MainProcess" for module in modules)


def _shut_down_pool_process(**_: object) -> None:
    _shut_down_all()


_leaving: Final = _Leaving()
