"""What the tests of this directory share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clippy_otel.health import HealthCheck
from clippy_otel.testing import CapturedTelemetry, capture
from tests.health._checks import health_over


@pytest.fixture
def captured() -> Iterator[CapturedTelemetry]:
    """Telemetry in memory."""
    with capture(max_queue_size=10_000) as telemetry:
        yield telemetry


@pytest.fixture
def health(captured: CapturedTelemetry) -> Iterator[HealthCheck]:
    """A HealthCheck over it that checks when it is asked."""
    with health_over(captured) as component:
        yield component
