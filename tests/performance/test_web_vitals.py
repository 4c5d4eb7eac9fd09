"""Web vitals are an event and a histogram each, and the 75th percentile of the newest is known."""

from __future__ import annotations

import random
from typing import Any

import pytest

from clippy_otel.performance import CoreWebVitals, PerformanceMetrics
from clippy_otel.testing import CapturedTelemetry
from tests.performance import _expected


def test_a_report_is_an_event_and_a_histogram(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """By the convention's names; the histogram has what has few values."""
    performance.record_web_vital(
        "LCP", 2500.5, id="v4-1", delta=500, rating="needs-improvement", navigation_type="soft-navigation"
    )
    (event,) = captured.events
    assert event["type"] == "browser.web_vital"
    assert event["data"] == {
        "browser.web_vital.name": "lcp",
        "browser.web_vital.value": 2500.5,
        "browser.web_vital.delta": 500.0,
        "browser.web_vital.id": "v4-1",
        "browser.web_vital.rating": "needs-improvement",
        "browser.web_vital.navigation_type": "soft-navigation",
    }
    point = _expected.point(captured, "browser.web_vital.lcp")
    assert (point.unit, point.sum) == ("ms", 2500.5)
    assert point.attributes == {"rating": "needs-improvement", "navigation_type": "soft-navigation"}


def test_the_layout_shift_has_no_unit(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """All others are milliseconds."""
    for name in ("cls", "inp", "FID", "ttfb", "FCP"):
        performance.record_web_vital(name, 0.05, id=name)
    units = {point.name: point.unit for point in captured.metrics}
    assert units == {"browser.web_vital.cls": "1"} | {
        f"browser.web_vital.{name}": "ms" for name in ("inp", "fid", "ttfb", "fcp")
    }
    assert performance.core_web_vitals() == CoreWebVitals(lcp=None, inp=0.05, fid=0.05, cls=0.05, ttfb=0.05, fcp=0.05)


def test_of_reports_under_one_id_the_last_counts(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Each is an event; the histogram, which cannot be revised, has the first."""
    for value in (0.05, 0.20):
        performance.record_web_vital("CLS", value, id="a")
    performance.record_web_vital("CLS", 0.1, id="b")
    deltas = [event["data"]["browser.web_vital.delta"] for event in captured.events]
    assert deltas == pytest.approx([0.05, 0.15, 0.1])
    assert performance.core_web_vitals().cls == 0.2
    assert _expected.point(captured, "browser.web_vital.cls").count == 2


def test_percentiles_are_as_computed_by_hand(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Over the ids of the window, each with its last value."""
    rng = random.Random(20_260_101)
    performance.record_web_vital("LCP", 1e9, id="too old")
    captured.clock.advance(ms=300_000)
    values: dict[str, float] = {}
    for _ in range(1_500):
        name = f"page-{rng.randrange(900)}"
        values[name] = rng.lognormvariate(7, 0.5)
        performance.record_web_vital("LCP", values[name], id=name)
    assert performance.core_web_vitals().lcp == _expected.nearest_rank(list(values.values()), 75)
    captured.clock.advance(ms=300_000)
    assert performance.core_web_vitals().lcp is None


def test_the_newest_pages_count(captured: CapturedTelemetry) -> None:
    """Of more than twice max_timings, the oldest are left out."""
    performance = PerformanceMetrics(captured.telemetry.collector, max_timings=4)
    for number in range(10):
        performance.record_web_vital("INP", 1_000 - number, id=str(number))
        performance.record_web_vital("LCP", 1_000 - number, id=str(number))
    assert performance.core_web_vitals()[:2] == (993, 993)


@pytest.mark.parametrize(
    "name, value, page",
    [
        ("LCP", -1, "a"),
        ("LCP", float("nan"), "a"),
        ("LCP", float("inf"), "a"),
        ("LCP", None, "a"),
        ("LCP", "12", "a"),
        ("LCP", 1, None),
        ("LCP", 1, ""),
        ("XYZ", 1, "a"),
        (None, 1, "a"),
        ("x" * 10_000_000, 1, "a"),
    ],
)
def test_what_is_no_vital_is_booked(
    captured: CapturedTelemetry, performance: PerformanceMetrics, name: Any, value: Any, page: Any
) -> None:
    """There is no event, no metric and no statistic of it."""
    performance.record_web_vital(name, value, id=page)
    assert captured.events == []
    assert captured.metrics == []
    assert set(performance.core_web_vitals()) == {None}
    assert captured.telemetry.collector.buffer_status().ledger["logs"].unencodable == 1


def test_unknown_words_are_left_out(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """A page may send anything, which must not make series without an end."""
    performance.record_web_vital("LCP", 1, id="i" * 10_000_000, rating="great", navigation_type=["x"], delta="y")  # type: ignore[arg-type] # what is tested
    (event,) = captured.events
    assert event["data"].keys() == {
        "browser.web_vital.name",
        "browser.web_vital.value",
        "browser.web_vital.delta",
        "browser.web_vital.id",
    }
    assert len(event["data"]["browser.web_vital.id"]) == 255
    assert _expected.point(captured, "browser.web_vital.lcp").attributes == {}


def test_turned_off_nothing_is_recorded(captured: CapturedTelemetry) -> None:
    """Nor counted."""
    performance = PerformanceMetrics(captured.telemetry.collector, track_core_web_vitals=False)
    performance.record_web_vital("LCP", 1, id="a")
    assert captured.events == []
    assert performance.core_web_vitals().lcp is None
