"""The fixture of these tests: spans that stay in memory."""

from __future__ import annotations

import pytest

from clippy_otel.telemetry import Telemetry
from tests.decorators._spans import Spans


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Spans:
    """Let decorated functions record into memory."""
    recording = Spans()
    monkeypatch.setattr(Telemetry, "tracer", recording.tracer)
    return recording
