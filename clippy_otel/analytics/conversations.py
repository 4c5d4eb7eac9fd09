"""Conversations: how many there are, how they end, how long they last: the statistics of start, message and end.

Of each conversation its id's hash is kept, when it started, and when it was last heard of: 24 bytes for each of 768.
Of those that have ended too, so that a second end is known for what it is; they go first where there is no room.
Not safe under threads: there is one writer (see books).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from clippy_otel.analytics.tables import SortedTable

MAX_CONVERSATIONS: Final = 768
_EVICTED_AT_ONCE: Final = 32  # to find them takes some 0.2 ms

_NS_PER_MS: Final = 1_000_000
# What an ended conversation's last time is lowered by: it is below 0 then, and comes before all that are active.
_ENDED: Final = 1 << 62


class ConversationStats(NamedTuple):
    """All conversations since the start of the process.

    Attributes:
        total: How many started.
        active: How many have neither ended nor been forgotten.
        completed: How many were ended as completed.
        abandoned: How many were ended otherwise, `evicted` included.
        completion_rate: The completed ones as a fraction of all that are over, 0 to 1; 0 for none.
        mean_messages: Messages a conversation; 0 for none.
        mean_duration_ms: From start to end, in milliseconds, of those whose start and end are known; None for none.
        mean_message_length: Of those whose length is known; None for none.
        evicted: How many of the abandoned ones were never ended: where more than 768 are active, the 32 not heard of
            for the longest time make room.
    """

    total: int
    active: int
    completed: int
    abandoned: int
    completion_rate: float
    mean_messages: float
    mean_duration_ms: float | None
    mean_message_length: float | None
    evicted: int


class Conversations:
    """All conversations, by the hashes of their ids."""

    def __init__(self) -> None:
        self._table = SortedTable("q", "q", "q")
        self._started_ns, self._last_ns = self._table.columns
        self._total = self._completed = self._abandoned = self._evicted = 0
        self._messages = self._lengths = self._measured = 0
        self._length = self._duration_ms = 0.0

    def start(self, key: int, now_ns: int) -> None:
        """Start a conversation; one that is active already goes on, one that has ended is started again."""
        at = self._table.find(key)
        if at is not None and self._last_ns[at] < 0:
            self._table.remove(at)
            at = None
        if at is None:
            self._add(key, now_ns, now_ns)
        else:
            self._last_ns[at] = now_ns

    def message(self, key: int, length: float | None, now_ns: int) -> None:
        """Count a message; an unknown conversation starts with it, one that has ended stays so."""
        at = self._table.find(key)
        if at is None:
            self._add(key, now_ns, now_ns)
        elif self._last_ns[at] >= 0:
            self._last_ns[at] = now_ns
        self._messages += 1
        if length is not None:
            self._lengths += 1
            self._length += length

    def end(self, key: int, now_ns: int, *, completed: bool) -> float | None:
        """End a conversation, once; an unknown one is counted as started too.

        Returns:
            How long it took, in milliseconds; None where that is not known, or it has ended before.
        """
        at = self._table.find(key)
        if at is not None and self._last_ns[at] < 0:
            return None
        self._completed += completed
        self._abandoned += not completed
        if at is None:
            self._add(key, now_ns, now_ns - _ENDED)
            return None
        self._last_ns[at] = now_ns - _ENDED
        duration_ms = float(max(now_ns - self._started_ns[at], 0) / _NS_PER_MS)
        self._measured += 1
        self._duration_ms += duration_ms
        return duration_ms

    def stats(self) -> ConversationStats:
        """Return what there was."""
        over = self._completed + self._abandoned
        return ConversationStats(
            total=self._total,
            active=sum(last_ns >= 0 for last_ns in self._last_ns),
            completed=self._completed,
            abandoned=self._abandoned,
            completion_rate=self._completed / over if over else 0.0,
            mean_messages=self._messages / self._total if self._total else 0.0,
            mean_duration_ms=self._duration_ms / self._measured if self._measured else None,
            mean_message_length=self._length / self._lengths if self._lengths else None,
            evicted=self._evicted,
        )

    def _add(self, key: int, started_ns: int, last_ns: int) -> None:
        if len(self._table) >= MAX_CONVERSATIONS:
            for at in self._table.first(_EVICTED_AT_ONCE, self._last_ns.__getitem__):
                is_active = self._last_ns[at] >= 0
                self._evicted += is_active
                self._abandoned += is_active
                self._table.remove(at)
        self._table.insert(key, started_ns, last_ns)
        self._total += 1
