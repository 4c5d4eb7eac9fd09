"""Options are checked when they are given, switch off what they say, and may be taken over later."""

from __future__ import annotations

import math
from typing import Any

import pytest

from clippy_otel.analytics import AnalyticsOptions, UsageAnalytics
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.subscriptions import AIOperationSeen
from clippy_otel.testing import CapturedTelemetry, capture
from tests.analytics._recording import events


def track_all(analytics: UsageAnalytics) -> None:
    """Do each thing once."""
    analytics.track_feature("chat")
    analytics.start_conversation("c")
    analytics.track_message("c", 1, "user")
    analytics.end_conversation("c")
    analytics.track_provider_request("openai", 1, success=True)
    analytics.track_proactive_suggestion("s")
    analytics.track_proactive_acceptance("s")
    analytics.track_proactive_dismissal("t")


def counted(analytics: UsageAnalytics) -> tuple[int, int, int, int]:
    """Return how many features, conversations, providers and suggestions there were."""
    return (
        len(analytics.feature_adoption_stats()),
        analytics.conversation_stats().total,
        len(analytics.provider_stats()),
        analytics.proactive_metrics().shown,
    )


@pytest.mark.parametrize(
    "settings, named",
    [
        ({"max_names": 0}, "max_names"),
        ({"max_names": 10_001}, "max_names"),
        ({"max_names": 5.0}, "max_names"),
        ({"max_names": True}, "max_names"),
        ({"window_ms": 0}, "window_ms"),
        ({"window_ms": math.inf}, "window_ms"),
        ({"track_features": 1}, "track_features"),
        ({"track_conversations": None}, "track_conversations"),
        ({"track_providers": "yes"}, "track_providers"),
        ({"track_proactive": 0}, "track_proactive"),
        ({"max_name": 5}, "max_name is no option of UsageAnalytics"),
    ],
)
def test_an_impossible_option_is_named(captured: CapturedTelemetry, settings: dict[str, Any], named: str) -> None:
    """It is an error at once, by keyword, in AnalyticsOptions and when it is taken over."""
    with pytest.raises(ConfigurationError, match=named):
        UsageAnalytics(captured.telemetry.collector, **settings)
    if "no option" in named:
        return
    with pytest.raises(ConfigurationError, match=named):
        UsageAnalytics(captured.telemetry.collector, AnalyticsOptions(**settings))
    analytics = UsageAnalytics(captured.telemetry.collector)
    with pytest.raises(ConfigurationError, match=named):
        analytics.apply(AnalyticsOptions(**settings))
    assert analytics.options == AnalyticsOptions()


def test_options_that_are_none(captured: CapturedTelemetry) -> None:
    """A mapping in their place is refused."""
    with pytest.raises(ConfigurationError, match="AnalyticsOptions"):
        UsageAnalytics(captured.telemetry.collector, {"max_names": 5})  # type: ignore[arg-type] # what is tested


def test_settings_go_over_the_base(captured: CapturedTelemetry) -> None:
    """A keyword wins over the options that it stands beside."""
    base = AnalyticsOptions(max_names=3, window_ms=5)
    assert UsageAnalytics(captured.telemetry.collector, base, max_names=4).options == base._replace(max_names=4)


@pytest.mark.parametrize(
    "option, kinds, left",
    [
        ("track_features", ("feature",), (0, 1, 1, 1)),
        ("track_conversations", ("conversation",), (1, 0, 1, 1)),
        ("track_providers", ("provider",), (1, 1, 0, 1)),
        ("track_proactive", ("proactive",), (1, 1, 1, 0)),
    ],
)
def test_what_is_switched_off(
    captured: CapturedTelemetry, option: str, kinds: tuple[str, ...], left: tuple[int, ...]
) -> None:
    """It is neither recorded nor counted, and nothing else is missing."""
    analytics = UsageAnalytics(captured.telemetry.collector, AnalyticsOptions()._replace(**{option: False}))
    track_all(analytics)
    operation = AIOperationSeen("openai", None, "chat", 1.0, False, None, None, None, None, {}, 0)  # noqa: FBT003 - failed
    captured.telemetry.collector.recorder.subscriptions.publish("ai_operation", operation)
    assert counted(analytics) == left
    found = {name.split(".")[0] for name, _ in events(captured)}
    assert found == {"feature", "conversation", "provider", "proactive"} - set(kinds)


def test_taking_other_options_over(analytics: UsageAnalytics) -> None:
    """Switches leave the statistics as they are; other limits start them afresh."""
    track_all(analytics)
    analytics.apply(AnalyticsOptions(track_features=False))
    analytics.track_feature("search")
    assert counted(analytics) == (1, 1, 1, 1)
    analytics.apply(AnalyticsOptions(max_names=5))
    assert counted(analytics) == (0, 0, 0, 0)
    assert analytics.session_stats().active == 1
    track_all(analytics)
    assert counted(analytics) == (1, 1, 1, 1)
    assert analytics.options == AnalyticsOptions(max_names=5)


def test_shutdown(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """Idempotent; the statistics stay readable and do not change, and what is tracked goes to the collector."""
    track_all(analytics)
    recorded = len(captured.events)
    for _ in range(2):
        analytics.shutdown()
    track_all(analytics)
    assert counted(analytics) == (1, 1, 1, 1)
    assert analytics.feature_adoption_stats()["chat"].uses == 1
    assert len(captured.events) == 2 * recorded
    captured.telemetry.shutdown()
    analytics.track_feature("late")
    assert captured.telemetry.collector.buffer_status().ledger["logs"].after_shutdown == 1


def test_going_on_after_a_shutdown(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """Options put in force again count again, each AI operation once."""
    analytics.shutdown()
    analytics.apply(AnalyticsOptions())
    analytics.apply(AnalyticsOptions())
    operation = AIOperationSeen("openai", None, "chat", 1.0, False, None, None, None, None, {}, 0)  # noqa: FBT003 - failed
    captured.telemetry.collector.recorder.subscriptions.publish("ai_operation", operation)
    analytics.track_feature("chat")
    assert analytics.provider_stats()["openai"].requests == 1
    assert (analytics.feature_adoption_stats()["chat"].uses, analytics.session_stats().started) == (1, 1)


def test_disabled_telemetry() -> None:
    """Nothing is counted while it is off, and what is tracked is booked."""
    with capture(enabled=False) as captured:
        analytics = UsageAnalytics(captured.telemetry.collector)
        track_all(analytics)
        assert counted(analytics) == (0, 0, 0, 0)
        ledger = captured.telemetry.collector.buffer_status().ledger
        assert ledger["logs"].disabled == 8
        captured.telemetry.collector.update_config(enabled=True)
        track_all(analytics)
        assert counted(analytics) == (1, 1, 1, 1)
