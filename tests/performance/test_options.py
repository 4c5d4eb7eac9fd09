"""Options are checked when they are given, and may be taken over later."""

from __future__ import annotations

from typing import Any

import pytest

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.performance import PerformanceMetrics, PerformanceOptions
from clippy_otel.testing import CapturedTelemetry


@pytest.mark.parametrize(
    "settings, named",
    [
        ({"max_timings": 0}, "performance.max_timings"),
        ({"max_timings": True}, "performance.max_timings"),
        ({"window_ms": -1}, "performance.window_ms"),
        ({"max_marks": "many"}, "performance.max_marks"),
        ({"track_resources": 1}, "performance.track_resources"),
        ({"track_core_web_vitals": None}, "performance.track_core_web_vitals"),
        ({"max_timing": 5}, "performance.max_timing: unknown"),
    ],
)
def test_an_impossible_option_is_named(captured: CapturedTelemetry, settings: dict[str, Any], named: str) -> None:
    """It is an error at once, by keyword and in PerformanceOptions alike."""
    with pytest.raises(ConfigurationError, match=named):
        PerformanceMetrics(captured.telemetry.collector, **settings)
    if "unknown" not in named:
        with pytest.raises(ConfigurationError, match=named):
            PerformanceMetrics(captured.telemetry.collector, PerformanceOptions(**settings))


def test_options_that_are_none(captured: CapturedTelemetry) -> None:
    """A mapping in their place is refused."""
    with pytest.raises(ConfigurationError, match="PerformanceOptions, got dict"):
        PerformanceMetrics(captured.telemetry.collector, {"max_timings": 5})  # type: ignore[arg-type] # what is tested


def test_settings_go_over_the_base(captured: CapturedTelemetry) -> None:
    """A keyword wins over the options that it stands beside."""
    performance = PerformanceMetrics(captured.telemetry.collector, PerformanceOptions(max_marks=3), max_timings=5)
    assert performance.options == PerformanceOptions(max_marks=3, max_timings=5)


def test_other_options_are_taken_over(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Statistics go on where their bounds are the same, and start anew where they are not; marks have their bound."""
    performance.track_ai_operation(total_ms=10)
    performance.apply(PerformanceOptions(max_marks=1))
    assert performance.ai_operations_summary().count == 1
    performance.mark("a")
    performance.mark("b")
    assert captured.telemetry.scopes.marked("a") is None
    performance.apply(PerformanceOptions(max_timings=2))
    assert performance.ai_operations_summary().count == 0
    for _ in range(3):
        performance.track_ai_operation(total_ms=10)
    assert performance.ai_operations_summary().count == 2


def test_after_a_shutdown_nothing_is_recorded(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The statistics can still be read, and shutting down again does nothing; other options open it again."""
    performance.track_ai_operation(total_ms=10)
    performance.shutdown()
    performance.shutdown()
    performance.track_ai_operation(total_ms=20)
    performance.record_web_vital("LCP", 1, id="a")
    performance.mark("start")
    assert performance.measure("work", "start") == 0
    with performance.ai_operation(provider="openai"):
        pass
    assert performance.ai_operations_summary().max == 10
    assert performance.core_web_vitals().lcp is None
    assert performance.summary("work") is None
    assert len(captured.spans) == 1
    assert captured.events == []
    performance.apply(PerformanceOptions())
    performance.track_ai_operation(total_ms=30)
    assert performance.ai_operations_summary().max == 30


def test_where_telemetry_is_off_nothing_is_counted(
    captured: CapturedTelemetry, performance: PerformanceMetrics
) -> None:
    """Durations still come back to the application."""
    captured.telemetry.collector.update_config(enabled=False)
    performance.mark("start")
    captured.clock.advance(ms=5)
    assert performance.measure("work", "start") == 5
    performance.track_ai_operation(total_ms=10)
    performance.record_web_vital("LCP", 1, id="a")
    assert performance.summary("work") is None
    assert performance.ai_operations_summary().count == 0
    assert performance.core_web_vitals().lcp is None
    assert captured.spans == []
