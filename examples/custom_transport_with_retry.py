"""A custom transport that retries by itself: the specification's loop, as an async function, against a bad network.

Three attempts are the transport's own, with longer and longer pauses. When the third one fails it raises, and so hands
the batch back: it is kept, and sent again later, until it is taken or the shutdown's deadline comes. Each event arrives
at least once; who must have it once only looks at its `event_id`.

Run it: python examples/custom_transport_with_retry.py
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from clippy_otel import Event, TelemetryCollector

MAX_ATTEMPTS: Final = 3
PAUSE_S: Final = 0.01  # after the first attempt; the specification waits a second, which a demonstration need not


class AnalyticsService:
    """Stands for a service of yours: it fails as it is told to.

    Args:
        failures: For each request whether it fails, and how: "refused", or "lost" where the events have arrived and
            the answer has not. None: it succeeds, as do all that come later.
    """

    def __init__(self, failures: Iterable[str | None]) -> None:
        self._failures = iter(failures)
        self.requests = 0
        self.events: dict[str, Event] = {}  # by their ids: what arrives twice is there once

    async def send_events(self, events: list[Event]) -> None:
        """Take a batch, or fail."""
        self.requests += 1
        failure = next(self._failures, None)
        await asyncio.sleep(0)  # the network
        if failure == "refused":
            raise ConnectionError("the service does not answer")
        self.events.update({event["metadata"]["event_id"]: event for event in events})
        if failure == "lost":
            raise TimeoutError("the answer was lost")


class RetryingTransport:
    """The specification's retry loop around a service."""

    def __init__(self, service: AnalyticsService) -> None:
        self._service = service

    async def __call__(self, events: list[Event]) -> None:
        """Send a batch, in three attempts; raise what the last one has failed with."""
        attempts = 0
        while attempts < MAX_ATTEMPTS:
            try:
                await self._service.send_events(events)
                break
            except (ConnectionError, TimeoutError):
                attempts += 1
                if attempts == MAX_ATTEMPTS:
                    raise
                await asyncio.sleep(PAUSE_S * attempts)


async def main() -> None:
    """Send events through a network that fails five times in all."""
    service = AnalyticsService(["refused", "refused", "lost", "refused", "refused"])
    collector = TelemetryCollector(
        enabled=True, service_name="retry", transport="custom", custom_transport=RetryingTransport(service)
    )
    for number in range(3):
        collector.track("order.paid", {"number": number, "email": "ada@example.com"})

    result = await collector.aflush()  # requests 1 to 3 fail, and the flush waits for the next three
    print("exported:", result.exported, "pending:", result.pending, "ok:", result.ok)
    await collector.ashutdown()

    paid = [event["data"] for event in service.events.values() if event["type"] == "order.paid"]
    print("requests:", service.requests)
    print("paid:", *paid)


if __name__ == "__main__":
    asyncio.run(main())
