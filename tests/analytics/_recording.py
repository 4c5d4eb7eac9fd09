"""What these tests share: the recorded events and metrics, and a recorder that keeps nothing."""

from __future__ import annotations

from typing import Any

from clippy_otel.config import TelemetryConfig
from clippy_otel.idle import IdlePipeline
from clippy_otel.testing import CapturedTelemetry


class Silent(IdlePipeline):
    """A recorder that keeps nothing of what is recorded, which is the queue's and the SDK's to bound."""

    def __init__(self) -> None:
        super().__init__()
        self.config = TelemetryConfig()

    def redact(self, text: str) -> str:
        """Find nothing to redact."""
        return text

    def pseudonym(self, user_id: str) -> str:
        """Make one up."""
        return f"p_{user_id}"

    @property
    def recorder(self) -> Silent:
        """Itself, in the place of a collector's."""
        return self


def events(captured: CapturedTelemetry) -> list[tuple[str, dict[str, Any]]]:
    """Return the names and data of all events."""
    return [(event["type"], event["data"]) for event in captured.events]


def total(captured: CapturedTelemetry, name: str) -> dict[tuple[Any, ...], float | None]:
    """Return a counter's values by those of its attributes, in the order of their names."""
    return {
        tuple(value for _, value in sorted(point.attributes.items())): point.value
        for point in captured.metrics
        if point.name == name
    }


def histogram(captured: CapturedTelemetry, name: str) -> dict[tuple[Any, ...], tuple[str, int | None, float | None]]:
    """Return a histogram's unit, counts and sums by the values of its attributes."""
    return {
        tuple(value for _, value in sorted(point.attributes.items())): (point.unit, point.count, point.sum)
        for point in captured.metrics
        if point.name == name
    }
