"""When metrics are collected, and by whom: once an interval and at each flush, by whoever delivers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from clippy_otel import _guard
from clippy_otel.delivery.sender import Sender
from clippy_otel.ports import QueueItem

_MAX_REQUESTS: Final = 2  # a collection whose peer is away, and the one that a flush then asks for

Collect = Callable[[float], Sequence[QueueItem]]


class Collecting:
    """The collections of one worker.

    Args:
        sender: Where the metrics go.

    Attributes:
        collect: What collects; None: there are no metrics yet, or no more.
        due_at: When the next collection is due where there is an interval, a moment of the monotonic clock.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.collect: Collect | None = None
        self.due_at = 0.0

    def begin(self, collect: Collect) -> bool:
        """Collect by this from now on; return False where that is so already."""
        if self.collect == collect:
            return False
        self.due_at = time.monotonic() + self._sender.settings.interval_s
        self.collect = collect
        return True

    def stop(self) -> None:
        """Collect no more, and hold nothing of what was collected from."""
        self.collect = None

    def is_timed(self) -> bool:
        """Return whether there are metrics to be collected by the clock."""
        return self.collect is not None and self._sender.settings.interval_s > 0

    def is_due(self) -> bool:
        """Return whether it is time."""
        return self.is_timed() and time.monotonic() >= self.due_at

    def take(self, generation: int, timeout_s: float) -> None:
        """Collect the metrics of this moment into requests, unless earlier collections are still on their way."""
        collect = self.collect
        if collect is None:
            return
        self.due_at = time.monotonic() + self._sender.settings.interval_s
        # Nothing is lost by waiting: what is collected later holds what would have been collected now.
        if self._sender.lanes.waiting("metrics") >= _MAX_REQUESTS:
            return
        with _guard.host_safe("metrics"):
            self._sender.add(generation, collect(timeout_s * 1000))
