"""What a forked child must renew, and what is called before a fork: the one registry of each.

An object that holds locks, a thread, a queue, a connection or a total registers itself once and is asked to start
afresh in every child, lower layers first (in the order of registration, which is the order of construction). Held
weakly: registering keeps nothing alive.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from typing import Protocol, TypeVar

from clippy_otel import _guard

_T = TypeVar("_T")


class Renewable(Protocol):
    """Something that a forked child must not share with its parent."""

    def after_fork(self) -> None:
        """Start afresh in the child: new locks, no threads, nothing queued; the parent's is left as it is."""


class Forked(Protocol):
    """Something that has to do something before a fork."""

    def before_fork(self) -> None:
        """Be called in the parent, on the thread that forks."""


# Insertion order is construction order; a dictionary of weak references, for a WeakSet has no order.
_registered: dict[int, weakref.ref[Renewable]] = {}
_before: dict[int, weakref.ref[Forked]] = {}


def renew_in_child(item: Renewable) -> None:
    """Call `item.after_fork()` in every child that this process forks from now on, while `item` lives."""
    _register(item, _registered)


class _BeforeForks:
    """Whether we are called before forks, which is asked for when there is something to call.

    The last one to ask is called first: before those that take a lock for the time of the fork and asked earlier, as
    `concurrent.futures` does. What has to wait for something must not come after them.
    """

    are_watched = False

    @classmethod
    def watch(cls) -> None:
        if not cls.are_watched and hasattr(os, "register_at_fork"):
            cls.are_watched = True
            os.register_at_fork(before=_call_before)


def call_before_fork(item: Forked) -> None:
    """Call `item.before_fork()` before every fork of this process from now on, while `item` lives."""
    _register(item, _before)
    _BeforeForks.watch()


def _register(item: _T, registry: dict[int, weakref.ref[_T]]) -> None:
    key = id(item)
    registry[key] = weakref.ref(item, lambda _: registry.pop(key, None))


def _living(registry: dict[int, weakref.ref[_T]]) -> Iterator[_T]:
    for reference in list(registry.values()):
        item = reference()
        if item is not None:
            yield item


def _call_before() -> None:
    for item in _living(_before):
        with _guard.host_safe("fork"):
            item.before_fork()


def _renew_all() -> None:
    for item in _living(_registered):
        with _guard.host_safe("fork"):
            item.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
