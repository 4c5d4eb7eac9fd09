"""What the delivery has to say to the log, said when no lock is held."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from clippy_otel import _guard


class Notices:
    """Log lines that wait: a handler of the host's may take a lock of its own, wait, or raise."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def warn(self, message: str, *subjects: object) -> None:
        """Note a warning; `subjects` go into the message as in logging."""
        self._waiting.append(partial(_guard.logger.warning, message, *subjects))

    def swallowed(self, place: str, error: Exception) -> None:
        """Note an exception that goes no further."""
        self._waiting.append(partial(_guard.swallowed, place, error))

    def log(self) -> None:
        """Log what was noted."""
        while self._waiting:
            notice = self._waiting.popleft()
            with _guard.host_safe("log handler"):
                notice()
