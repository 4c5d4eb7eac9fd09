"""The tests' own fakes beside those of clippy_otel.testing: queue items and scriptable transports."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Envelope, Outcome, Purpose, QueueItem, Verdict

ENVELOPE = Envelope("logs", b"", b"")
DELIVERED = Outcome(Verdict.DELIVERED)


def make_item(data: bytes = b"x", *, lifecycle: bool = False) -> QueueItem:
    """Return a queue item with these bytes."""
    return QueueItem(ENVELOPE, data, len(data) + ITEM_OVERHEAD_BYTES, Purpose.ANALYTICS, b"", lifecycle=lifecycle)


class RaisingMapping(Mapping[str, Any]):
    """A mapping of an application's that fails when it is read."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError

    def __len__(self) -> int:
        return 1


class ScriptedTransport:
    """A transport that answers what it is told to, and notes what it was sent.

    Args:
        answer: Called with each request; returns its outcome, and may block or raise.
        limits_payload: See Transport.
    """

    def __init__(
        self, answer: Callable[[bytes], Outcome] = lambda _: DELIVERED, *, limits_payload: bool = False
    ) -> None:
        self.answer = answer
        self.limits_payload = limits_payload
        self.sent: list[bytes] = []
        self.timeouts_s: list[float] = []
        self.threads: list[str] = []
        self.aborted = threading.Event()
        self.closed = 0

    def prepare(self, data: bytes) -> bytes:
        """Return the request as it is."""
        return data

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:
        """Note the request and answer by the script."""
        self.sent.append(prepared)
        self.timeouts_s.append(timeout_s)
        self.threads.append(threading.current_thread().name)
        return self.answer(prepared)

    def abort(self) -> None:
        """Note it."""
        self.aborted.set()

    def close(self) -> None:
        """Note it."""
        self.closed += 1

    def after_fork(self) -> None:
        """Forget what the parent sent."""
        self.sent = []
