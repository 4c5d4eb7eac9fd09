"""What is delivered when the interpreter exits: everything that is registered here, within one deadline for all.

Held weakly: who is dropped before is not kept alive for it.
"""

from __future__ import annotations

import atexit
import time
import weakref
from typing import Any, Final, Protocol

from clippy_otel import _guard

EXIT_TIMEOUT_MS: Final = 5000


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
