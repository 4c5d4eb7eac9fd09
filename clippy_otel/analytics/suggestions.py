"""Proactive suggestions: which are accepted, dismissed or ignored, and how soon: their statistics.

Of each suggestion its id's hash is kept, when it was shown, what became of it and how intrusive it was: 18 bytes for
each of 512; the answered ones make room for others, then those shown first. Not safe under threads: there is one writer
(see books).
"""

from __future__ import annotations

import enum
from array import array
from collections.abc import Mapping
from typing import Final, NamedTuple

from clippy_otel.analytics.tables import Names, SortedTable

MAX_SUGGESTIONS: Final = 512
_EVICTED_AT_ONCE: Final = 32
IGNORED_AFTER_NS: Final = 30 * 60 * 1_000_000_000

_MAX_LEVELS: Final = 10
_NO_LEVEL: Final = 255
_NS_PER_MS: Final = 1_000_000
_NEVER: Final = (1 << 63) - 1


class ProactiveMetrics(NamedTuple):
    """What became of proactive suggestions since the start of the process.

    Attributes:
        shown: How many were shown.
        accepted: How many were accepted, each once; those of unknown ids too.
        dismissed: How many were dismissed, likewise.
        ignored: How many were shown and have not been answered for 30 minutes; nor since, for a late answer counts. Of
            more than 512 open ones the 32 shown first are given up: those count as ignored at once.
        acceptance_rate: Those shown and accepted as a fraction of those shown, 0 to 1; 0 for none.
        mean_time_to_accept_ms: In milliseconds, as it was given, else as it was measured; None for none.
        by_intrusion_level: How many were shown of each level (`intrusionLevel` or `intrusion_level` in the attributes);
            "other" beyond 10 different ones.
        acceptance_by_intrusion_level: The acceptance rate of each.
    """

    shown: int
    accepted: int
    dismissed: int
    ignored: int
    acceptance_rate: float
    mean_time_to_accept_ms: float | None
    by_intrusion_level: Mapping[str, int]
    acceptance_by_intrusion_level: Mapping[str, float]


class Answer(NamedTuple):
    """What an acceptance is."""

    counts: bool  # False: it was answered before
    time_ms: float | None  # from being shown to being accepted; None where that is not known


class _State(enum.IntEnum):
    OPEN = 0
    IGNORED = 1
    ANSWERED = 2


class Suggestions:
    """All suggestions, by the hashes of their ids."""

    def __init__(self) -> None:
        self._table = SortedTable("q", "q", "B", "B")
        self._shown_ns, self._states, self._of_level = self._table.columns
        self._next_ignored_ns = _NEVER
        self._newly_ignored = 0
        self._shown = self._accepted = self._dismissed = self._ignored = self._accepted_shown = self._timed = 0
        self._time_ms = 0.0
        self._levels = Names(_MAX_LEVELS)
        self._shown_by_level = array("Q")
        self._accepted_by_level = array("Q")

    def show(self, key: int, level: str | None, now_ns: int) -> None:
        """Count a suggestion as shown; one that is shown again while it is open is the same one.

        Args:
            key: Its id's hash.
            level: How intrusive it is, redacted; None: not said.
            now_ns: On the monotonic clock.
        """
        self._ignore(now_ns)
        at = self._table.find(key)
        if at is not None:
            if self._states[at] == _State.OPEN:
                return
            self._table.remove(at)
        number = _NO_LEVEL if level is None else self._levels.row(level)[0]
        if number == len(self._shown_by_level):
            self._shown_by_level.append(0)
            self._accepted_by_level.append(0)
        self._add(key, now_ns, _State.OPEN, number)
        self._next_ignored_ns = min(self._next_ignored_ns, now_ns + IGNORED_AFTER_NS)
        self._shown += 1
        if number != _NO_LEVEL:
            self._shown_by_level[number] += 1

    def accept(self, key: int, time_ms: float | None, now_ns: int) -> Answer:
        """Count a suggestion as accepted, unless it was answered before; `time_ms` is None where it is not given."""
        at, counts = self._answer(key, now_ns)
        if not counts:
            return Answer(counts, None)
        self._accepted += 1
        if at is not None:
            self._accepted_shown += 1
            if time_ms is None:
                time_ms = float(max(now_ns - self._shown_ns[at], 0) / _NS_PER_MS)
            if self._of_level[at] != _NO_LEVEL:
                self._accepted_by_level[self._of_level[at]] += 1
        if time_ms is not None:
            self._timed += 1
            self._time_ms += time_ms
        return Answer(counts, time_ms)

    def dismiss(self, key: int, now_ns: int) -> bool:
        """Count a suggestion as dismissed, and return True, unless it was answered before."""
        _, counts = self._answer(key, now_ns)
        self._dismissed += counts
        return counts

    def take_ignored(self, now_ns: int) -> int:
        """Return how many have come to be ignored since the last call."""
        self._ignore(now_ns)
        count, self._newly_ignored = self._newly_ignored, 0
        return count

    def stats(self, now_ns: int) -> ProactiveMetrics:
        """Return what became of them by now."""
        overdue = sum(
            state == _State.OPEN and now_ns - shown_ns >= IGNORED_AFTER_NS
            for shown_ns, state in zip(self._shown_ns, self._states, strict=False)
        )
        levels = zip(self._levels.all(), self._shown_by_level, self._accepted_by_level, strict=False)
        by_level = {level: (shown, accepted) for level, shown, accepted in levels}
        return ProactiveMetrics(
            shown=self._shown,
            accepted=self._accepted,
            dismissed=self._dismissed,
            ignored=self._ignored + overdue,
            acceptance_rate=_rate(self._accepted_shown, self._shown),
            mean_time_to_accept_ms=self._time_ms / self._timed if self._timed else None,
            by_intrusion_level={level: shown for level, (shown, _) in by_level.items()},
            acceptance_by_intrusion_level={
                level: _rate(accepted, shown) for level, (shown, accepted) in by_level.items()
            },
        )

    def _answer(self, key: int, now_ns: int) -> tuple[int | None, bool]:
        """Note an answer; return where the suggestion stands (None: nobody has shown it), and whether it counts."""
        self._ignore(now_ns)
        at = self._table.find(key)
        if at is None:
            self._add(key, now_ns, _State.ANSWERED, _NO_LEVEL)
            return None, True
        state = self._states[at]
        self._ignored -= state == _State.IGNORED
        self._states[at] = _State.ANSWERED
        return at, state != _State.ANSWERED

    def _ignore(self, now_ns: int) -> None:
        """Find those that have been open for too long."""
        if now_ns < self._next_ignored_ns:
            return
        self._next_ignored_ns = _NEVER
        for at, shown_ns in enumerate(self._shown_ns):
            if self._states[at] != _State.OPEN:
                continue
            if now_ns - shown_ns >= IGNORED_AFTER_NS:
                self._states[at] = _State.IGNORED
                self._count_ignored()
            else:
                self._next_ignored_ns = min(self._next_ignored_ns, shown_ns + IGNORED_AFTER_NS)

    def _count_ignored(self) -> None:
        self._ignored += 1
        self._newly_ignored += 1

    def _add(self, key: int, shown_ns: int, state: _State, level: int) -> None:
        if len(self._table) >= MAX_SUGGESTIONS:
            for at in self._table.first(_EVICTED_AT_ONCE, self._order):
                if self._states[at] == _State.OPEN:
                    self._count_ignored()
                self._table.remove(at)
        self._table.insert(key, shown_ns, int(state), level)

    def _order(self, at: int) -> tuple[bool, int]:
        """Return what suggestions make room by: the open ones last, and those shown first before those shown later."""
        return self._states[at] == _State.OPEN, self._shown_ns[at]


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
