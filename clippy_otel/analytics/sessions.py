"""Sessions: how many there are and how long they last, as the pipeline tells of them.

Bounded: the starts of 256 sessions are kept. Not safe under threads: there is one writer (see books).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from clippy_otel.analytics.tables import SortedTable
from clippy_otel.subscriptions import SessionSeen

MAX_SESSIONS: Final = 256

_NS_PER_MS: Final = 1_000_000


class SessionStats(NamedTuple):
    """The sessions of this process; those whose ids came from outside are not among them.

    Attributes:
        active: How many have started and not ended: one, unless scopes have sessions of their own. At most 256.
        started: How many have started since the statistics did, the one that was on then included.
        ended: How many have ended since then.
        mean_duration_ms: From start to last event, in milliseconds, of those of which both were seen; None for none.
    """

    active: int
    started: int
    ended: int
    mean_duration_ms: float | None


class Sessions:
    """All sessions, by the hashes of their ids."""

    def __init__(self) -> None:
        self._open = SortedTable("q", "q")
        self._started = self._ended = self._measured = 0
        self._duration_ms = 0.0

    def see(self, seen: SessionSeen) -> None:
        """Count the start or the end of a session."""
        key = hash(seen.id)
        at = self._open.find(key)
        (started_ns,) = self._open.columns
        if not seen.has_ended:
            if at is None:
                self._started += 1
                if len(self._open) >= MAX_SESSIONS:
                    self._open.remove(started_ns.index(min(started_ns)))
                self._open.insert(key, seen.time_ns)
            return
        self._ended += 1
        if at is not None:
            self._measured += 1
            self._duration_ms += max(seen.time_ns - started_ns[at], 0) / _NS_PER_MS
            self._open.remove(at)

    def stats(self) -> SessionStats:
        """Return what there was."""
        mean_ms = self._duration_ms / self._measured if self._measured else None
        return SessionStats(len(self._open), self._started, self._ended, mean_ms)
