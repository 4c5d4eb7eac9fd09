"""How much time the check that is running here has left."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Final

_DEFAULT_S: Final = 5.0

# A moment of the monotonic clock.
_ends_at: Final[ContextVar[float | None]] = ContextVar("clippy_otel_check_ends_at", default=None)


def time_left_s() -> float:
    """Return the seconds that are left of the timeout of the check that calls this: what its own calls may take.

    Returns:
        More than 0; 5 where it is called outside of a check.
    """
    ends_at = _ends_at.get()
    return _DEFAULT_S if ends_at is None else max(ends_at - time.monotonic(), 0.001)


def begin(ends_at: float) -> None:
    """Say when the check that this context is for has to end, on the monotonic clock."""
    _ends_at.set(ends_at)
