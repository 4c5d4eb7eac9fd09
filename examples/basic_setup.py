"""The specification's basic usage, as far as this version goes: events and errors from one collector.

Run it beside any OTLP backend: python examples/basic_setup.py http://localhost:4318
"""

from __future__ import annotations

import asyncio
import sys
import time

from clippy_otel import TelemetryCollector


async def main(endpoint: str) -> None:
    """Record an event and an error, deliver them, and clean up."""
    collector = TelemetryCollector(
        enabled=True,
        service_name="basic-setup",
        transport="http",
        endpoint=endpoint,
        max_buffer_size=50,
        flush_interval_ms=30_000,
        sampling="always",
        redact_pii=True,
    )

    # An event: the specification's mapping, or a name and its data.
    collector.track(
        {
            "type": "feature.used",
            "timestamp": time.time() * 1000,
            "data": {"featureId": "proactive-suggestions"},
        }
    )
    collector.track("user.login", {"email": "user@example.com", "password": "secret123", "username": "john_doe"})

    # An error.
    try:
        raise ConnectionError("the model's API did not answer")
    except ConnectionError as error:
        error_id = collector.track_error(error, context="api-call")
    print("error:", error_id)

    status = collector.buffer_status()
    print("buffer:", status.size, "/", status.max_size)

    # A manual flush tells the truth: counts of what the backend acknowledged.
    result = await collector.aflush()
    print("exported:", result.exported, "pending:", result.pending, "ok:", result.ok)

    # Clean up.
    collector.shutdown()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:4318"))
