"""Durations by name: the newest of each within a window, for the names that were used last.

Bounded: 50 names, of which the one that was not used for longest goes. So names that hold an id push each other out,
and not the memory up. Cost: 0.6 us a duration.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from clippy_otel.rolling import RollingValues, Summary

MAX_NAMES: Final = 50
_ROW_BYTES: Final = 500  # a name and its row, as long as it has few values
_VALUE_BYTES: Final = 16


class Timings:
    """Durations by name.

    Args:
        max_count: How many of each are kept.
        window_ns: How far back a summary looks.
    """

    def __init__(self, max_count: int, window_ns: int) -> None:
        self._max_count = max_count
        self._window_ns = window_ns
        # Each of its methods is one step to other threads.
        self._rows: OrderedDict[str, RollingValues] = OrderedDict()

    def add(self, name: str, duration_ms: float, now_ns: int) -> None:
        """Add a duration."""
        rows = self._rows
        row = rows.get(name)
        if row is None:
            row = rows.setdefault(name, RollingValues(self._max_count, self._window_ns))
        try:
            rows.move_to_end(name)
            while len(rows) > MAX_NAMES:
                rows.popitem(last=False)
        except KeyError:  # another thread was faster
            pass
        row.add(duration_ms, now_ns)

    def summary(self, name: str, now_ns: int) -> Summary | None:
        """Return what the durations of a name look like; None for none."""
        row = self._rows.get(name)
        return None if row is None else row.summary(now_ns)

    def held_bytes(self) -> int:
        """Estimate what they take."""
        rows = list(self._rows.values())
        return len(rows) * _ROW_BYTES + sum(map(len, rows)) * _VALUE_BYTES
