"""Sessions are counted as the pipeline tells of them."""

from __future__ import annotations

from clippy_otel.analytics import SessionStats, UsageAnalytics
from clippy_otel.analytics.sessions import MAX_SESSIONS, Sessions
from clippy_otel.subscriptions import SessionSeen
from clippy_otel.testing import CapturedTelemetry

MINUTE_MS = 60_000


def test_a_session_that_rolls_over(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """It lasts from its start to its last event."""
    assert analytics.session_stats() == SessionStats(0, 0, 0, None)
    analytics.track_feature("chat")
    assert analytics.session_stats() == SessionStats(1, 1, 0, None)
    captured.clock.advance(ms=10 * MINUTE_MS)
    analytics.track_feature("chat")
    captured.clock.advance(ms=31 * MINUTE_MS)
    analytics.track_feature("chat")
    assert analytics.session_stats() == SessionStats(1, 2, 1, 10.0 * MINUTE_MS)
    captured.clock.advance(ms=2 * MINUTE_MS)
    captured.telemetry.current_scope().new_session()
    assert analytics.session_stats() == SessionStats(1, 3, 2, 5.0 * MINUTE_MS)


def test_the_session_that_is_on_already(captured: CapturedTelemetry) -> None:
    """Who comes later counts it too, and once."""
    captured.telemetry.collector.track("begun")
    analytics = UsageAnalytics(captured.telemetry.collector)
    assert analytics.session_stats() == SessionStats(1, 1, 0, None)
    captured.telemetry.collector.track("goes on")
    captured.clock.advance(ms=31 * MINUTE_MS)
    captured.telemetry.collector.track("another")
    assert analytics.session_stats()[:3] == (1, 2, 1)


def test_the_last_session_ends_with_the_collector(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """Also where the analytics is shut down before it; then nothing more is counted."""
    analytics.track_feature("chat")
    captured.clock.advance(ms=500)
    analytics.track_feature("chat")
    analytics.shutdown()
    captured.telemetry.shutdown()
    assert analytics.session_stats() == SessionStats(0, 1, 1, 500.0)
    assert not captured.telemetry.collector.recorder.subscriptions.has_subscribers("ai_operation")
    publish = captured.telemetry.collector.recorder.subscriptions.publish
    publish("session", SessionSeen("x", has_ended=True, time_ns=0))
    assert analytics.session_stats().ended == 1


def test_ends_without_a_start_and_times_that_go_back() -> None:
    """They are counted, and have no duration, or none below 0."""
    sessions = Sessions()
    sessions.see(SessionSeen("unknown", has_ended=True, time_ns=5))
    assert sessions.stats() == SessionStats(0, 0, 1, None)
    sessions.see(SessionSeen("a", has_ended=False, time_ns=5))
    sessions.see(SessionSeen("a", has_ended=True, time_ns=3))
    assert sessions.stats() == SessionStats(0, 1, 2, 0.0)


def test_sessions_are_bounded() -> None:
    """The oldest of those that never end are forgotten."""
    sessions = Sessions()
    for number in range(MAX_SESSIONS + 5):
        sessions.see(SessionSeen(f"s{number}", has_ended=False, time_ns=number))
    assert sessions.stats()[:3] == (MAX_SESSIONS, MAX_SESSIONS + 5, 0)
    sessions.see(SessionSeen("s5", has_ended=True, time_ns=2_000_000_005))
    assert sessions.stats().mean_duration_ms == 2_000.0
