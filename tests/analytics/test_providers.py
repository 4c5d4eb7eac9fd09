"""Requests to providers are events, a histogram, and statistics, in which AI operations count too."""

from __future__ import annotations

import math
import random
import statistics
from typing import Any

import pytest

from clippy_otel.analytics import UsageAnalytics
from clippy_otel.analytics.providers import MAX_SERIES
from clippy_otel.subscriptions import AIOperationSeen
from clippy_otel.testing import CapturedTelemetry
from tests.analytics._recording import Silent, events, histogram
from tests.performance._expected import nearest_rank


def seen(**changes: Any) -> AIOperationSeen:
    """Return an AI operation that has ended."""
    operation = AIOperationSeen("openai", "gpt", "chat", 150.0, False, None, None, None, None, {}, 0)  # noqa: FBT003 - failed
    return operation._replace(**changes)


def test_a_request(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """It is an event, and its duration a histogram of seconds by provider and success."""
    analytics.track_provider_request("openai", 150, success=True, tokens=500)
    analytics.track_provider_request("openai", 2_500.5, success=False)
    assert events(captured) == [
        (
            "provider.request",
            {
                "gen_ai.provider.name": "openai",
                "provider.request.success": True,
                "provider.request.duration_ms": 150,
                "provider.request.tokens": 500,
            },
        ),
        (
            "provider.request",
            {
                "gen_ai.provider.name": "openai",
                "provider.request.success": False,
                "provider.request.duration_ms": 2_500.5,
            },
        ),
    ]
    assert histogram(captured, "clippy.provider.duration") == {
        ("openai", True): ("s", 1, 0.15),
        ("openai", False): ("s", 1, pytest.approx(2.5005)),
    }


def test_statistics_equal_those_computed_the_long_way(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """Totals since the start, and the percentile within the window."""
    rng = random.Random(3)
    history = [
        (rng.choice("ab"), rng.uniform(0, 9_000), rng.random() < 0.8, rng.choice((None, 0, 100, 2.0)), number)
        for number in range(1_000)
    ]
    for provider, duration_ms, success, tokens, _ in history:
        analytics.track_provider_request(provider, duration_ms, success, tokens)
        captured.clock.advance(ms=7_200)  # 500 an hour
    for name, found in analytics.provider_stats().items():
        mine = [request for request in history if request[0] == name]
        successes = sum(success for _, _, success, _, _ in mine)
        assert found._asdict() == {
            "provider": name,
            "requests": len(mine),
            "successes": successes,
            "failures": len(mine) - successes,
            "success_rate": pytest.approx(successes / len(mine)),
            "mean_duration_ms": pytest.approx(statistics.fmean(duration_ms for _, duration_ms, _, _, _ in mine)),
            "p95_duration_ms": nearest_rank([duration for _, duration, _, _, at in mine if at > 500], 95),
            "total_tokens": sum(tokens or 0 for _, _, _, tokens, _ in mine),
        }


def test_ai_operations_count(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """As requests of their provider, with what is known of their tokens; they are no events of their own."""
    publish = captured.telemetry.collector.recorder.subscriptions.publish
    analytics.track_provider_request("openai", 50, success=True, tokens=7)
    publish("ai_operation", seen(input_tokens=10, output_tokens=5))
    publish("ai_operation", seen(total_tokens=100, input_tokens=1))
    publish("ai_operation", seen(failed=True, total_ms=math.nan))
    publish("ai_operation", seen(provider=None))
    (found,) = analytics.provider_stats().values()
    assert (found.requests, found.failures, found.total_tokens) == (4, 1, 122)
    assert found.mean_duration_ms == pytest.approx(350 / 3)
    assert len(captured.events) == 1


def test_the_first_names_have_rows(captured: CapturedTelemetry) -> None:
    """All others share one."""
    analytics = UsageAnalytics(captured.telemetry.collector, max_names=1)
    for name in ("a", "b", "c"):
        analytics.track_provider_request(name, 5, success=True)
    assert {name: found.requests for name, found in analytics.provider_stats().items()} == {"a": 1, "other": 2}
    assert set(histogram(captured, "clippy.provider.duration")) == {("a", True), ("other", True)}


def test_the_first_providers_have_series(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """The others share one in the metric, and have rows of their own in the statistics."""
    for number in range(MAX_SERIES + 3):
        analytics.track_provider_request(f"p{number}", 1_000, success=True)
    found = histogram(captured, "clippy.provider.duration")
    assert (len(found), found["other", True]) == (MAX_SERIES + 1, ("s", 3, 3.0))
    assert len(analytics.provider_stats()) == MAX_SERIES + 3


class _Undecided:
    """A truth of the application's that does not say what it is."""

    def __bool__(self) -> bool:
        raise ValueError


@pytest.mark.parametrize("duration_ms", [-5, math.nan, math.inf, -math.inf, None, "fast", [], False])
def test_odd_durations(
    captured: CapturedTelemetry, analytics: UsageAnalytics, caplog: pytest.LogCaptureFixture, duration_ms: Any
) -> None:
    """The request counts, without a duration; and one warning says so."""
    for _ in range(3):
        analytics.track_provider_request("a", duration_ms, _Undecided(), duration_ms)  # type: ignore[arg-type] # tested
    found = analytics.provider_stats()["a"]
    assert found[1:] == (3, 0, 3, 0.0, None, None, 0)
    assert histogram(captured, "clippy.provider.duration") == {}
    assert len(caplog.messages) == (0 if duration_ms is None else 2)  # the duration's and the tokens'


def test_totals_do_not_overflow() -> None:
    """Tokens beyond what can be counted stay at the largest total there is."""
    analytics = UsageAnalytics(Silent())
    for _ in range(3_000):
        analytics.track_provider_request("a", 1 << 53, success=True, tokens=1 << 53)
    found = analytics.provider_stats()["a"]
    assert (found.total_tokens, found.mean_duration_ms) == ((1 << 64) - 1, float(1 << 53))
