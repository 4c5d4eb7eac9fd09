"""What a forked child must renew: the one registry of it.

An object that holds locks, a thread, a queue, a connection or a total registers itself once and is asked to start
afresh in every child, lower layers first (in the order of registration, which is the order of construction). Held
weakly: registering keeps nothing alive.
"""

from __future__ import annotations

import os
import weakref
from typing import Protocol

from clippy_otel import _guard


class Renewable(Protocol):
    """Something that a forked child must not share with its parent."""

    def after_fork(self) -> None:
        """Start afresh in the child: new locks, no threads, nothing queued; the parent's is left as it is."""


# Insertion order is construction order; a dictionary of weak references, for a WeakSet has no order.
_registered: dict[int, weakref.ref[Renewable]] = {}


def renew_in_child(item: Renewable) -> None:
    """Call `item.after_fork()` in every child that this process forks from now on, while `item` lives."""
    key = id(item)
    _registered[key] = weakref.ref(item, lambda _: _registered.pop(key, None))


def _renew_all() -> None:
    for reference in list(_registered.values()):
        item = reference()
        if item is not None:
            with _guard.host_safe("fork"):
                item.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
