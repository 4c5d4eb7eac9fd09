"""Feature uses are events, a counter, and statistics that equal what is computed the long way."""

from __future__ import annotations

import random
from collections import Counter, UserDict
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from clippy_otel.analytics import AnalyticsOptions, UsageAnalytics
from clippy_otel.analytics.features import MAX_SERIES
from clippy_otel.testing import CapturedTelemetry, capture
from tests.analytics._recording import Silent, events, total

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
HOUR_MS = 3_600_000


def test_a_use_is_an_event_and_a_count(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """With the attributes given, the user's id as its pseudonym; the call's own names win."""
    analytics.track_feature("proactive-suggestions", "enabled", {"userId": "user-123", "feature.id": "x", "n": [1]})
    analytics.track_feature("chat")
    pseudonym = captured.telemetry.collector.recorder.pseudonym("user-123")
    assert events(captured) == [
        (
            "feature.used",
            {"userId": pseudonym, "feature.id": "proactive-suggestions", "n": [1], "feature.action": "enabled"},
        ),
        ("feature.used", {"feature.id": "chat", "feature.action": "used"}),
    ]
    assert total(captured, "clippy.feature.uses") == {("enabled", "proactive-suggestions"): 1, ("used", "chat"): 1}


def test_statistics_equal_those_computed_the_long_way(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """Uses, actions, users and their times, over an hour's window of a random history."""
    rng = random.Random(1)
    history: list[tuple[str, str, str | None, float]] = []
    now_ms = 0.0
    for _ in range(1_000):
        used = (rng.choice("abcd"), rng.choice(("opened", "closed")), rng.choice([None, *map(str, range(40))]))
        history.append((*used, now_ms))
        analytics.track_feature(*used[:2], None if used[2] is None else {"user_id": used[2]})
        captured.clock.advance(ms=HOUR_MS / 100)
        now_ms += HOUR_MS / 100

    everybody = {user for _, _, user, _ in history if user is not None}
    stats = analytics.feature_adoption_stats()
    assert list(stats) == list(dict.fromkeys(feature for feature, *_ in history))
    for name, found in stats.items():
        uses = [use for use in history if use[0] == name]
        users = {user for _, _, user, _ in uses if user is not None}
        active = {user for _, _, user, at_ms in uses if user is not None and at_ms > now_ms - HOUR_MS}
        assert found._asdict() == {
            "feature": name,
            "uses": len(uses),
            "active_users": len(active),
            "total_users": len(users),
            "adoption_rate": pytest.approx(len(users) / len(everybody)),
            "actions": Counter(action for _, action, _, _ in uses),
            "first_used": START + timedelta(milliseconds=uses[0][3]),
            "last_used": START + timedelta(milliseconds=uses[-1][3]),
        }


@pytest.mark.parametrize("key", ["userId", "user_id", "user.id", "enduser.id"])
def test_who_the_user_is(analytics: UsageAnalytics, key: str) -> None:
    """Each of the keys names the same user, who may be given as a pseudonym or a number too."""
    for user in ("7", 7):
        analytics.track_feature("chat", attributes={key: user})
    assert analytics.feature_adoption_stats()["chat"].total_users == 1


def test_the_scopes_user(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """Where the attributes name nobody it is the scope's; nobody, "" and None are no user."""
    with captured.telemetry.scope(user_id="anna"):
        analytics.track_feature("chat")
        analytics.track_feature("chat", attributes={"userId": None})
        analytics.track_feature("chat", attributes={"user.id": "ben"})
        analytics.track_feature("search")
    analytics.track_feature("chat", attributes={"userId": ""})
    analytics.track_feature("export")
    pseudonym = captured.telemetry.collector.recorder.pseudonym("anna")
    analytics.track_feature("chat", attributes={"userId": pseudonym})
    found = {name: stats.total_users for name, stats in analytics.feature_adoption_stats().items()}
    assert found == {"chat": 2, "search": 1, "export": 0}
    assert analytics.feature_adoption_stats()["search"].adoption_rate == 0.5


def test_no_raw_id_is_kept(analytics: UsageAnalytics) -> None:
    """A user's id, and an address in a feature's name, are not to be found in the statistics."""
    analytics.track_feature("mail to anna@example.com", "to ben@example.com", {"userId": "carla"})
    analytics.track_feature("mail to dora@example.com", "to ben@example.com", {"userId": "carla"})
    (found,) = analytics.feature_adoption_stats().values()
    assert (found.feature, dict(found.actions), found.uses) == ("mail to [REDACTED]", {"to [REDACTED]": 2}, 2)
    assert analytics._statistics.features.known == {}


def test_an_empty_history(analytics: UsageAnalytics) -> None:
    """Nothing was used."""
    assert analytics.feature_adoption_stats() == {}


def test_the_first_names_have_rows(captured: CapturedTelemetry) -> None:
    """All others share one, in the metric too, and a feature of its name joins it; the events keep their names."""
    analytics = UsageAnalytics(captured.telemetry.collector, AnalyticsOptions(max_names=2))
    for name in ("a", "b", "c", "d", "a", "c", "other"):
        analytics.track_feature(name)
    stats = analytics.feature_adoption_stats()
    assert {name: found.uses for name, found in stats.items()} == {"a": 2, "b": 1, "other": 4}
    assert total(captured, "clippy.feature.uses") == {("used", "a"): 2, ("used", "b"): 1, ("used", "other"): 4}
    assert [data["feature.id"] for _, data in events(captured)] == ["a", "b", "c", "d", "a", "c", "other"]


def test_the_first_pairs_have_series() -> None:
    """What has none of its own is in one of its own kind, so that the sum of the series is that of all uses."""
    with capture(max_queue_size=50) as captured:
        analytics = UsageAnalytics(captured.telemetry.collector)
        for number in range(MAX_SERIES + 5):
            analytics.track_feature(f"feature-{number % 120}", f"action-{number // 120}")
        found = total(captured, "clippy.feature.uses")
    assert len(found) == MAX_SERIES + 1
    assert (found["other", "other"], found["action-0", "feature-0"], found["action-1", "feature-0"]) == (5, 1, 1)


def test_too_many_actions() -> None:
    """Beyond 127 different ones they are others; no use is lost."""
    analytics = UsageAnalytics(Silent())
    for number in range(200):
        analytics.track_feature("chat", f"action-{number}")
    actions = analytics.feature_adoption_stats()["chat"].actions
    assert (len(actions), sum(actions.values()), actions["action-125"], actions["other"]) == (127, 200, 1, 74)


def test_too_many_pairs() -> None:
    """Beyond as many pairs as there may be names, and 128, a feature's further actions are others."""
    analytics = UsageAnalytics(Silent(), max_names=10)
    for feature in range(10):
        for action in range(100):
            analytics.track_feature(f"feature-{feature}", f"action-{action}")
    stats = analytics.feature_adoption_stats()
    assert [found.uses for found in stats.values()] == [100] * 10
    assert stats["feature-0"].actions == {f"action-{action}": 1 for action in range(100)}
    assert stats["feature-9"].actions == {"other": 100}


@pytest.mark.parametrize(
    "feature, shown",
    [(5, "5"), (None, "None"), ("", "unnamed"), (b"raw", "raw"), (["a"], "['a']"), ("\ud800", "\ud800")],
)
def test_odd_names(analytics: UsageAnalytics, feature: Any, shown: str) -> None:
    """What is no text becomes one."""
    analytics.track_feature(feature, feature)
    assert {name: dict(found.actions) for name, found in analytics.feature_adoption_stats().items()} == {
        shown: {shown: 1}
    }


def test_a_huge_name_is_one_of_the_others(analytics: UsageAnalytics) -> None:
    """It takes no room in the statistics."""
    analytics.track_feature("x" * 10_000_000, "y" * 10_000_000)
    (found,) = analytics.feature_adoption_stats().values()
    assert (found.feature, dict(found.actions)) == ("other", {"other": 1})


def test_attributes_that_are_no_mapping(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """They are recorded as a value."""
    analytics.track_feature("chat", "used", "text")  # type: ignore[arg-type] # what is tested
    assert events(captured) == [
        ("feature.used", {"value": "text", "feature.id": "chat", "feature.action": "used"}),
    ]


@pytest.mark.swallows
def test_attributes_that_raise(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """They are booked, and neither recorded nor counted."""

    class Broken(UserDict[str, Any]):
        """A mapping that cannot be read."""

        def __getitem__(self, key: str) -> Any:
            raise ValueError

    analytics.track_feature("chat", attributes=Broken(a=1))
    analytics.track_proactive_suggestion("s", Broken(a=1))
    assert captured.events == []
    assert captured.telemetry.collector.buffer_status().ledger["logs"].unencodable == 2
    assert analytics.feature_adoption_stats() == {}
    assert analytics.proactive_metrics().shown == 0


def test_a_sampled_out_use_counts() -> None:
    """Statistics are of what happened, whatever sampling keeps of it."""
    with capture(sampling="never") as captured:
        analytics = UsageAnalytics(captured.telemetry.collector)
        analytics.track_feature("chat")
        assert captured.events == []
        assert analytics.feature_adoption_stats()["chat"].uses == 1
