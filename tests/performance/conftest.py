"""The fixtures of these tests: a PerformanceMetrics on a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clippy_otel.performance import PerformanceMetrics
from clippy_otel.testing import CapturedTelemetry, capture


@pytest.fixture
def captured() -> Iterator[CapturedTelemetry]:
    """Capture what is recorded."""
    with capture() as captured:
        yield captured


@pytest.fixture
def performance(captured: CapturedTelemetry) -> PerformanceMetrics:
    """Measure over what is captured."""
    return PerformanceMetrics(captured.telemetry.collector)
