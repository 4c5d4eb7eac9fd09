"""The last durations of each owner (a provider), in a fixed room that they share: for percentiles within a window.

The owners have equal parts of the room: 2,048 durations for one, 1,024 each for two, 64 each for 32. Beyond 2,048
owners the later ones have none. Sums and counts are of all durations since the start. 32 KB, and 16 bytes an owner.
Not safe under threads: there is one writer (see books). Cost: 0.5 us a duration.
"""

from __future__ import annotations

from array import array
from typing import Final

from clippy_otel.rolling import nearest_rank

MAX_SAMPLES: Final = 2_048
SAMPLE_BYTES: Final = 16


class Samples:
    """Durations by owner.

    Args:
        window_ns: In nanoseconds, above 0.
        max_count: How many are kept in all, 1 or more.
    """

    __slots__ = ("_counts", "_max_count", "_part", "_sums", "_times", "_values", "_window_ns")

    def __init__(self, window_ns: int, max_count: int = MAX_SAMPLES) -> None:
        self._window_ns = window_ns
        self._max_count = max_count
        self._part = max_count  # how many each owner may keep
        self._values = array("d")
        self._times = array("q")
        self._counts = array("Q")  # by owner
        self._sums = array("d")

    def add(self, owner: int, value: float, now_ns: int) -> None:
        """Add a duration.

        Args:
            owner: Whose; 0 or more.
            value: A finite number.
            now_ns: On the clock that percentile() is asked with.
        """
        if not self._values:
            self._values, self._times = self._room()
        while self._part > 1 and (owner + 1) * self._part > self._max_count:
            self._halve()
        while owner >= len(self._counts):
            self._sums.append(0.0)
            self._counts.append(0)  # last: who reads goes by it
        number = self._counts[owner]
        self._counts[owner] += 1
        self._sums[owner] += value
        if owner < self._max_count:
            at = owner * self._part + number % self._part
            self._values[at], self._times[at] = value, now_ns

    def mean(self, owner: int) -> float | None:
        """Return the mean of an owner's durations since the start; None for none."""
        count = self._counts[owner] if owner < len(self._counts) else 0
        return self._sums[owner] / count if count else None

    def percentile(self, owner: int, percent: float, now_ns: int) -> float | None:
        """Return a percentile, by nearest rank, of those that are kept and within the window; None for none."""
        if owner >= min(len(self._counts), self._max_count):
            return None
        start, oldest = owner * self._part, now_ns - self._window_ns
        slots = range(start, start + min(self._counts[owner], self._part))
        within = sorted(self._values[at] for at in slots if self._times[at] > oldest)
        return nearest_rank(within, percent) if within else None

    def _room(self) -> tuple[array[float], array[int]]:
        empty = bytes(8 * self._max_count)
        return array("d", empty), array("q", empty)

    def _halve(self) -> None:
        """Give each owner half of the part that it had, and keep its latest durations."""
        before, part = self._part, self._part // 2
        values, times = self._room()
        for owner, count in enumerate(self._counts[: self._max_count // before]):
            for number in range(max(count - part, 0), count):
                source, target = owner * before + number % before, owner * part + number % part
                values[target], times[target] = self._values[source], self._times[source]
        self._values, self._times, self._part = values, times, part
