"""The pytest plugin of this package: the fixture `captured_telemetry`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from clippy_otel.testing import CapturedTelemetry


@pytest.fixture
def captured_telemetry() -> Iterator[CapturedTelemetry]:
    """An isolated Telemetry whose records stay in memory: see clippy_otel.testing."""
    # Imported in the fixture: pytest loads plugins before the user's coverage and warnings settings.
    from clippy_otel.testing import capture  # noqa: PLC0415

    with capture() as captured:
        yield captured
