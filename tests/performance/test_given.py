"""What callers give as names: cut, and never so that half of something personal is left."""

from __future__ import annotations

from typing import Any

import pytest

from clippy_otel.performance import given
from clippy_otel.testing import CapturedTelemetry, capture

EMAIL = "ada.canary@example.com"
# The address lies across the place where a name is cut.
LONG = "x" * (given.MAX_TEXT_CHARS - 12) + " " + EMAIL


def test_what_leaves_is_redacted_before_it_is_cut() -> None:
    """A text that is short enough is redacted later, with the record that it is in."""
    assert given.text(LONG, lambda text: text.replace(EMAIL, "-")) == LONG.replace(EMAIL, "-")
    assert given.text(EMAIL, lambda _: "-") == EMAIL
    assert given.text(LONG) == LONG[: given.MAX_TEXT_CHARS]
    assert given.text(None, lambda _: "-") is None


@pytest.fixture
def captured() -> CapturedTelemetry:
    """Record an operation whose every name is too long, and has an address at its end."""
    with capture() as captured:
        performance = captured.telemetry.performance
        names: dict[str, Any] = {"provider": LONG, "model": LONG, "operation": LONG, "conversation_id": LONG}
        performance.track_ai_operation(total_ms=1, error=LONG, **names)
        with performance.ai_operation(**names) as operation:
            with operation.phase(LONG):
                operation.record_usage(response_model=LONG)
            operation.fail(LONG)
        operation.feedback(1, label=LONG)
        performance.record_web_vital("LCP", 1, id=LONG)
        captured.telemetry.errors.add_breadcrumb("m", category="x" * 120 + f" {EMAIL}", level="x" * 120 + f" {EMAIL}")
        captured.telemetry.errors.capture_error(ValueError("x"))
    return captured


def test_no_half_of_an_address_is_left(captured: CapturedTelemetry) -> None:
    """In spans, metrics, events and breadcrumbs."""
    shown = repr((captured.logs, captured.spans, captured.metrics))
    assert "xx [" in shown  # the names are there
    assert "ada.c" not in shown  # an id may have "ada" in it
