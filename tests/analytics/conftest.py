"""The fixtures of these tests: a UsageAnalytics on a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clippy_otel.analytics import UsageAnalytics
from clippy_otel.testing import CapturedTelemetry, capture


@pytest.fixture
def captured() -> Iterator[CapturedTelemetry]:
    """Capture what is recorded."""
    with capture() as captured:
        yield captured


@pytest.fixture
def analytics(captured: CapturedTelemetry) -> UsageAnalytics:
    """Analyse over what is captured."""
    return UsageAnalytics(captured.telemetry.collector)
