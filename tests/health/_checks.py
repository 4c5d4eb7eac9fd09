"""Checks that a test holds in its hands, and the parts of a HealthCheck that the tests look into."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clippy_otel.health import HealthCheck
from clippy_otel.health.runner import THREAD_NAME
from clippy_otel.testing import CapturedTelemetry

WAIT_S = 10.0  # far above what any step takes; reached only where a test is going to fail
LONG_MS = 60_000.0  # no test waits for it


class Scripted:
    """A check that returns, or raises, one of its answers after the other, and the last one for ever; none: healthy.

    Attributes:
        calls: How often it was called.
    """

    def __init__(self, *answers: Any) -> None:
        self._answers = answers or (None,)
        self.calls = 0

    def __call__(self) -> Any:
        """Give the next answer."""
        answer = self._answers[min(self.calls, len(self._answers) - 1)]
        self.calls += 1
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Hanging:
    """A check that does not end before it is let go.

    Attributes:
        begun: Set when it has been called.
        release: Lets it go, and all that come after it.
        calls: How often it was called.
    """

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.release = threading.Event()
        self.calls = 0

    def __call__(self) -> None:
        """Wait."""
        self.calls += 1
        self.begun.set()
        self.release.wait(WAIT_S)


@contextmanager
def health_over(captured: CapturedTelemetry, **settings: Any) -> Iterator[HealthCheck]:
    """Give a HealthCheck that checks when it is asked, unless a test says otherwise, and shut it down."""
    health = HealthCheck(captured.telemetry.collector, **{"check_interval_ms": 0, "timeout_ms": LONG_MS, **settings})
    try:
        yield health
    finally:
        health.shutdown()


def check_threads() -> list[threading.Thread]:
    """Return the threads that run checks."""
    return [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


def join_check_threads() -> None:
    """Wait until no check runs."""
    for thread in check_threads():
        thread.join(WAIT_S)
