"""The clock and the ids of a running system (the tests' own are in `clippy_otel.testing`)."""

from __future__ import annotations

import itertools
import os
import time
import uuid
from collections.abc import Callable
from typing import Final

from clippy_otel import _fork


class SystemClock:
    """The operating system's clocks."""

    time_ns = staticmethod(time.time_ns)
    monotonic_ns = staticmethod(time.monotonic_ns)


class RandomIds:
    """Ids from the operating system's randomness: an application that seeds `random` must not make ours repeat."""

    def __init__(self) -> None:
        self._renew()
        _fork.renew_in_child(self)

    def _renew(self) -> None:
        prefix, start = os.urandom(8), b"\0\0\0\0" + os.urandom(4)
        # 64 random bits of this process, and 64 that count on. C's own method takes a third of the time of one here.
        self.event_number: Callable[[], int] = itertools.count(int.from_bytes(prefix + start, "big")).__next__

    def event_id(self) -> str:
        """Return the next number as 32 lower-case hex digits."""
        return "%032x" % self.event_number()  # noqa: UP031 - an f-string takes longer

    def session_id(self) -> str:
        """Return a random UUID (version 4)."""
        return str(uuid.uuid4())

    def after_fork(self) -> None:
        """Begin anew: a child that goes on with its parent's state would repeat its parent's ids."""
        self._renew()


SYSTEM_CLOCK: Final = SystemClock()
RANDOM_IDS: Final = RandomIds()
