"""The clock and the ids of a running system (the tests' own are in `clippy_otel.testing`)."""

from __future__ import annotations

import random
import time
import uuid
from typing import Final

from clippy_otel import _fork


class SystemClock:
    """The operating system's clocks."""

    time_ns = staticmethod(time.time_ns)
    monotonic_ns = staticmethod(time.monotonic_ns)


class RandomIds:
    """Random ids from a generator of our own: an application that seeds `random` must not repeat ours."""

    def __init__(self) -> None:
        self._random = random.Random()  # noqa: S311 - identifiers, not secrets
        _fork.renew_in_child(self)

    def event_id(self) -> str:
        """Return 128 random bits as 32 lower-case hex digits."""
        return f"{self._random.getrandbits(128):032x}"

    def session_id(self) -> str:
        """Return a random UUID (version 4)."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def after_fork(self) -> None:
        """Seed again: a child that goes on with its parent's state would repeat its parent's ids."""
        self._random.seed()


SYSTEM_CLOCK: Final = SystemClock()
RANDOM_IDS: Final = RandomIds()
