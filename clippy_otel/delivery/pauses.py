"""When the worker may send again: our own exponential backoff, and the pause that a peer asked for.

1, 2, 4 … 60 seconds after one failure after another, plus or minus a fifth, so that a fleet does not come back at one
moment. A flush that is asked for by name overrides our own backoff, never a peer's Retry-After.
"""

from __future__ import annotations

import random
import time
from typing import Final

BACKOFF_FIRST_S: Final = 1.0
BACKOFF_MAX_S: Final = 60.0
BACKOFF_JITTER: Final = 0.2
_MAX_DOUBLINGS: Final = 10


class Pauses:
    """The pauses of one lane. Moments are those of the monotonic clock, in seconds.

    Attributes:
        failures: How many requests in a row were to be repeated.
    """

    def __init__(self) -> None:
        self.failures = 0
        self._backoff_until = self._asked_until = 0.0

    @property
    def until(self) -> float:
        """The moment from which on the worker may send; in the past while there is no pause."""
        return max(self._backoff_until, self._asked_until)

    def remaining_s(self) -> float:
        """Return how many seconds are left until then; 0 where none."""
        return max(self.until - time.monotonic(), 0.0)

    def after_failure(self, retry_after_s: float | None) -> bool:
        """Pause after a request that is to be repeated; return whether it is the first one in a row.

        Args:
            retry_after_s: What the peer asked for, in seconds; None: nothing.
        """
        now = time.monotonic()
        if retry_after_s is not None:
            self._asked_until = now + retry_after_s
        delay_s = min(BACKOFF_FIRST_S * 2.0 ** min(self.failures, _MAX_DOUBLINGS), BACKOFF_MAX_S)
        self._backoff_until = now + delay_s * random.uniform(1 - BACKOFF_JITTER, 1 + BACKOFF_JITTER)  # noqa: S311
        self.failures += 1
        return self.failures == 1

    def after_answer(self) -> None:
        """End all pauses: the peer answers again."""
        self.failures = 0
        self._backoff_until = self._asked_until = 0.0

    def end_backoff(self) -> None:
        """End our own pause, not one that the peer asked for."""
        self._backoff_until = 0.0
