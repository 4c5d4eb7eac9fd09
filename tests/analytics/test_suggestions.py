"""Proactive suggestions are shown, and accepted, dismissed or ignored, each once."""

from __future__ import annotations

import math
from typing import Any

import pytest

from clippy_otel.analytics import ProactiveMetrics, UsageAnalytics
from clippy_otel.analytics.suggestions import MAX_SUGGESTIONS
from clippy_otel.testing import CapturedTelemetry
from tests.analytics._recording import Silent, events, histogram, total

HALF_HOUR_MS = 30 * 60 * 1_000


def outcomes(captured: CapturedTelemetry) -> dict[str, float | None]:
    """Return the metric's counts by outcome."""
    return {outcome: value for (outcome,), value in total(captured, "clippy.proactive.suggestions").items()}


def test_the_specifications_example(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """One suggestion that was accepted, and one that was dismissed."""
    analytics.track_proactive_suggestion("sugg-1", {"intrusionLevel": "low"})
    analytics.track_proactive_acceptance("sugg-1", 5_000)
    analytics.track_proactive_suggestion("sugg-2", {"intrusion_level": "high"})
    analytics.track_proactive_dismissal("sugg-2", "not now")
    one, two = {"proactive.suggestion.id": "sugg-1"}, {"proactive.suggestion.id": "sugg-2"}
    assert events(captured) == [
        ("proactive.suggestion", {"intrusionLevel": "low", **one}),
        ("proactive.accept", {**one, "proactive.time_to_accept_ms": 5_000}),
        ("proactive.suggestion", {"intrusion_level": "high", **two}),
        ("proactive.dismiss", {**two, "proactive.dismissal.reason": "not now"}),
    ]
    assert outcomes(captured) == {"shown": 2, "accepted": 1, "dismissed": 1}
    assert histogram(captured, "clippy.proactive.time_to_accept") == {(): ("s", 1, 5.0)}
    assert analytics.proactive_metrics() == ProactiveMetrics(
        shown=2,
        accepted=1,
        dismissed=1,
        ignored=0,
        acceptance_rate=0.5,
        mean_time_to_accept_ms=5_000,
        by_intrusion_level={"low": 1, "high": 1},
        acceptance_by_intrusion_level={"low": 1.0, "high": 0.0},
    )


def test_nothing_yet(analytics: UsageAnalytics) -> None:
    """No mean, and a rate of 0."""
    assert analytics.proactive_metrics() == ProactiveMetrics(0, 0, 0, 0, 0.0, None, {}, {})


def test_the_time_is_measured(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """From when it was shown; what is given wins."""
    for name, given_ms in (("a", None), ("b", 100.0)):
        analytics.track_proactive_suggestion(name)
        captured.clock.advance(ms=2_000)
        analytics.track_proactive_acceptance(name, given_ms)
    assert analytics.proactive_metrics().mean_time_to_accept_ms == 1_050.0
    assert [data.get("proactive.time_to_accept_ms") for name, data in events(captured) if name.endswith("accept")] == [
        2_000.0,
        100.0,
    ]
    assert histogram(captured, "clippy.proactive.time_to_accept") == {(): ("s", 2, 2.1)}


def test_ignored(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """What is not answered for half an hour is ignored, until it is answered after all."""
    analytics.track_proactive_suggestion("a")
    captured.clock.advance(ms=1_000)
    analytics.track_proactive_suggestion("b")
    captured.clock.advance(ms=HALF_HOUR_MS - 1_001)
    assert analytics.proactive_metrics().ignored == 0
    captured.clock.advance(ms=1)
    assert analytics.proactive_metrics().ignored == 1
    captured.clock.advance(ms=1_000)
    assert analytics.proactive_metrics().ignored == 2
    analytics.track_proactive_acceptance("a")
    analytics.track_proactive_dismissal("b")
    assert analytics.proactive_metrics()[:5] == (2, 1, 1, 0, 0.5)
    assert outcomes(captured) == {"shown": 2, "ignored": 2, "accepted": 1, "dismissed": 1}


def test_a_second_answer(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """It is recorded and not counted, whichever it is."""
    analytics.track_proactive_suggestion("a")
    analytics.track_proactive_acceptance("a", 10)
    analytics.track_proactive_acceptance("a", 30)
    analytics.track_proactive_dismissal("a")
    assert len(captured.events) == 4
    assert analytics.proactive_metrics()[:6] == (1, 1, 0, 0, 1.0, 10)
    assert outcomes(captured) == {"shown": 1, "accepted": 1}
    assert histogram(captured, "clippy.proactive.time_to_accept") == {(): ("s", 1, 0.01)}


def test_an_answer_to_what_nobody_has_shown(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """It counts, once, and not in the rate; its time is known only where it is given."""
    analytics.track_proactive_suggestion("shown")
    for _ in range(2):
        analytics.track_proactive_acceptance("a")
        analytics.track_proactive_acceptance("b", 40)
        analytics.track_proactive_dismissal("c")
    found = analytics.proactive_metrics()
    assert found[:6] == (1, 2, 1, 0, 0.0, 40)
    assert outcomes(captured) == {"shown": 1, "accepted": 2, "dismissed": 1}


def test_shown_again(analytics: UsageAnalytics) -> None:
    """While it is open it is the same one; afterwards it is another."""
    analytics.track_proactive_suggestion("a")
    analytics.track_proactive_suggestion("a")
    assert analytics.proactive_metrics().shown == 1
    analytics.track_proactive_acceptance("a")
    analytics.track_proactive_suggestion("a")
    analytics.track_proactive_acceptance("a")
    assert analytics.proactive_metrics()[:5] == (2, 2, 0, 0, 1.0)


def test_the_first_ones_make_room() -> None:
    """The answered ones before the open ones, which count as ignored then."""
    analytics = UsageAnalytics(Silent())
    for number in range(MAX_SUGGESTIONS):
        analytics.track_proactive_suggestion(f"s{number}")
        if number < 10 or number >= MAX_SUGGESTIONS - 10:
            analytics.track_proactive_acceptance(f"s{number}")
    analytics.track_proactive_suggestion("one more")
    assert analytics.proactive_metrics()[:4] == (MAX_SUGGESTIONS + 1, 20, 0, 12)
    analytics.track_proactive_dismissal("s50")
    assert analytics.proactive_metrics()[:4] == (MAX_SUGGESTIONS + 1, 20, 1, 12)


def test_levels_are_bounded(analytics: UsageAnalytics) -> None:
    """The first ten have names; what is no text becomes one, and is redacted."""
    for number in range(20):
        analytics.track_proactive_suggestion(f"s{number}", {"intrusionLevel": number})
    analytics.track_proactive_suggestion("t", {"intrusionLevel": "x" * 1_000})
    found = analytics.proactive_metrics().by_intrusion_level
    assert found == {**{str(number): 1 for number in range(10)}, "other": 11}


@pytest.mark.parametrize("time_ms", [-1, math.nan, math.inf, "soon"])
def test_odd_times(analytics: UsageAnalytics, caplog: pytest.LogCaptureFixture, time_ms: Any) -> None:
    """What is no time is measured instead, and told of once."""
    for name in ("a", "b"):
        analytics.track_proactive_suggestion(name)
        analytics.track_proactive_acceptance(name, time_ms)
    assert analytics.proactive_metrics().mean_time_to_accept_ms == 0.0
    assert len(caplog.messages) == 1
