"""No SQLite connection is open while this process forks.

SQLite keeps a table of the locks that the process holds on a file. A forked child inherits the table but not the locks
(POSIX), so a connection that it opens while one of its parent's is open takes no locks at all: seen, the child's
transactions were lost when its parent closed the file. Closing the inherited connection is no way out either: that
touches files that the parent is using. So every holder of connections closes them before the fork, and opens them again
when it needs them, in parent and child alike. (The package's `_fork` knows the child only, where it is too late.)
"""

from __future__ import annotations

import os
import weakref
from typing import Final, Protocol

from clippy_otel import _guard


class ConnectionHolder(Protocol):
    """Something that opens SQLite connections. A fork's thread calls all three, and opens none in between."""

    def before_fork(self) -> None:
        """Close all connections, and open none until one of the other two is called."""

    def after_fork_in_parent(self) -> None:
        """Go on."""

    def after_fork_in_child(self) -> None:
        """Go on in the child; a connection that could not be closed is never touched again."""


# Held weakly: a store that nobody has any more needs nothing. A dictionary, for copying its references is atomic.
_holders: Final[weakref.WeakValueDictionary[int, ConnectionHolder]] = weakref.WeakValueDictionary()


def close_for_forks(holder: ConnectionHolder) -> None:
    """Call the holder's methods around every fork of this process from now on, while it lives."""
    _holders[id(holder)] = holder


def _alive() -> list[ConnectionHolder]:
    return [holder for reference in _holders.valuerefs() if (holder := reference()) is not None]


def _before() -> None:
    for holder in _alive():
        with _guard.host_safe("fork"):
            holder.before_fork()


def _after_in_parent() -> None:
    for holder in _alive():
        with _guard.host_safe("fork"):
            holder.after_fork_in_parent()


def _after_in_child() -> None:
    for holder in _alive():
        with _guard.host_safe("fork"):
            holder.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
