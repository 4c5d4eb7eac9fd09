"""One lane a signal: its requests in their order, and its own pauses.

Signals go to different endpoints, often to different pipelines of a Collector: one that is down holds up its own
records only.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from clippy_otel.delivery.pauses import Pauses
from clippy_otel.delivery.requests import Request
from clippy_otel.ports import Signal


class Lane:
    """What waits to be sent of one signal.

    Attributes:
        signal: Which.
        requests: Oldest first; the first one may be in flight.
        pauses: When the next one may be sent.
        delivered_at: When a request was delivered last, a moment of the monotonic clock; 0 for never.
    """

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self.requests: deque[Request] = deque()
        self.pauses = Pauses()
        self.delivered_at = 0.0

    def add(self, requests: Iterable[Request]) -> None:
        """Append requests."""
        self.requests.extend(requests)

    def is_paused(self) -> bool:
        """Return whether nothing may be sent now."""
        return time.monotonic() < self.pauses.until

    def has_only_suspects(self) -> bool:
        """Return whether all that it holds, if anything, is tried apart from others."""
        return all(request.suspect_since > 0 for request in self.requests)


class Lanes:
    """The lanes of one worker.

    Args:
        signals: A lane each.
        is_used: Whether a record of a signal was ever accepted; such a one may be waiting for its lane.
        has_more: Whether records of a signal lie in the spool.
    """

    def __init__(
        self,
        signals: Iterable[Signal],
        is_used: Callable[[Signal], bool],
        has_more: Callable[[Signal], bool] = lambda _: False,
    ) -> None:
        self._lanes = {signal: Lane(signal) for signal in signals}
        self._is_used = is_used
        self._has_more = has_more

    def __getitem__(self, signal: Signal) -> Lane:
        return self._lanes[signal]

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def waiting(self, signal: Signal) -> int:
        """Return how many requests of a signal there are; 0 where it has no lane."""
        lane = self._lanes.get(signal)
        return 0 if lane is None else len(lane.requests)

    def ready(self) -> Lane | None:
        """Return a lane that can send now, the one that has waited for the longest; None for none."""
        able = [lane for lane in self if lane.requests and not lane.is_paused()]
        return min(able, key=_moment, default=None)

    def all_paused(self) -> bool:
        """Return whether every lane that is in use is paused: what waits in the queue may as well stay there."""
        used = self._used()
        return bool(used) and all(lane.is_paused() for lane in used)

    def moments(self) -> list[float]:
        """Return when the lanes that have something to send may do so, moments of the monotonic clock."""
        return [lane.pauses.until for lane in self if lane.requests or self._has_more(lane.signal)]

    def possible_from(self) -> float:
        """Return the moment of the monotonic clock from which on a lane can send what it holds; 0 where none does."""
        return min(self.moments() or [lane.pauses.until for lane in self._used()], default=0.0)

    def end_backoff(self) -> None:
        """End our own pauses, not those that peers asked for."""
        for lane in self:
            lane.pauses.end_backoff()

    def clear(self) -> None:
        """Forget all requests, in flight or not."""
        for lane in self:
            lane.requests.clear()

    def _used(self) -> list[Lane]:
        return [lane for lane in self if self._is_used(lane.signal) or self._has_more(lane.signal)]


def _moment(lane: Lane) -> float:
    return lane.pauses.until
