"""Conversations are events, a duration, and statistics, in whatever order their calls come."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from clippy_otel.analytics import ConversationStats, UsageAnalytics
from clippy_otel.analytics.conversations import MAX_CONVERSATIONS
from clippy_otel.testing import CapturedTelemetry
from tests.analytics._recording import Silent, events, histogram


def test_the_specifications_example(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """One conversation from its start to its end."""
    analytics.start_conversation("conv-1", "openai")
    analytics.track_message("conv-1", 50, "user")
    captured.clock.advance(ms=1_500)
    analytics.track_message("conv-1", 200, "assistant")
    analytics.end_conversation("conv-1", completed=True)
    conversation = {"gen_ai.conversation.id": "conv-1"}
    assert events(captured) == [
        ("conversation.start", {**conversation, "gen_ai.provider.name": "openai"}),
        (
            "conversation.message",
            {**conversation, "conversation.message.role": "user", "conversation.message.length": 50},
        ),
        (
            "conversation.message",
            {**conversation, "conversation.message.role": "assistant", "conversation.message.length": 200},
        ),
        ("conversation.end", {**conversation, "conversation.completed": True, "conversation.duration_ms": 1_500.0}),
    ]
    assert histogram(captured, "clippy.conversation.duration") == {(): ("s", 1, 1.5)}
    assert analytics.conversation_stats() == ConversationStats(
        total=1,
        active=0,
        completed=1,
        abandoned=0,
        completion_rate=1.0,
        mean_messages=2.0,
        mean_duration_ms=1_500.0,
        mean_message_length=125.0,
        evicted=0,
    )


def test_nothing_yet(analytics: UsageAnalytics) -> None:
    """No means, and rates of 0."""
    assert analytics.conversation_stats() == ConversationStats(0, 0, 0, 0, 0.0, 0.0, None, None, 0)


def test_statistics_equal_those_computed_the_long_way(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """Over a random history of calls that know no order."""
    rng = random.Random(2)
    started: dict[str, float] = {}
    over: set[str] = set()
    durations, lengths = list[float](), list[int]()
    total = completed = abandoned = 0
    now_ms = 0.0
    for _ in range(2_000):
        name, kind = f"c{rng.randrange(60)}", rng.choice(("start", "message", "message", "end"))
        if kind == "start":
            analytics.start_conversation(name)
            is_new = name not in started
            over.discard(name)
        elif kind == "message":
            lengths.append(rng.randrange(500))
            analytics.track_message(name, lengths[-1], "user")
            is_new = name not in started and name not in over
        else:
            is_completed = rng.random() < 0.7
            analytics.end_conversation(name, is_completed)
            is_new = name not in started and name not in over
            if name not in over:
                completed, abandoned = completed + is_completed, abandoned + (not is_completed)
                over.add(name)
                total += is_new
                if name in started:
                    durations.append(now_ms - started.pop(name))
            is_new = False
        if is_new:
            total += 1
            started[name] = now_ms
        captured.clock.advance(ms=250)
        now_ms += 250

    found = analytics.conversation_stats()
    assert (found.total, found.active, found.completed, found.abandoned) == (total, len(started), completed, abandoned)
    assert found.total == found.active + found.completed + found.abandoned
    assert found.completion_rate == pytest.approx(completed / (completed + abandoned))
    assert found.mean_messages == pytest.approx(len(lengths) / total)
    assert found.mean_message_length == pytest.approx(sum(lengths) / len(lengths))
    assert found.mean_duration_ms == pytest.approx(sum(durations) / len(durations))


def test_unknown_conversations(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """They are recorded, started and counted; one that begins with its end has no duration."""
    analytics.track_message("a", 10, "user")
    analytics.end_conversation("b", completed=False)
    assert [name for name, _ in events(captured)] == ["conversation.message", "conversation.end"]
    assert histogram(captured, "clippy.conversation.duration") == {}
    found = analytics.conversation_stats()
    assert (found.total, found.active, found.abandoned, found.mean_duration_ms) == (2, 1, 1, None)


def test_twice(captured: CapturedTelemetry, analytics: UsageAnalytics) -> None:
    """A second start changes nothing, and a second end counts nothing; both are recorded."""
    analytics.start_conversation("a")
    captured.clock.advance(ms=100)
    analytics.start_conversation("a")
    captured.clock.advance(ms=100)
    analytics.end_conversation("a")
    captured.clock.advance(ms=100)
    analytics.end_conversation("a", completed=False)
    found = analytics.conversation_stats()
    assert (found.total, found.completed, found.abandoned, found.mean_duration_ms) == (1, 1, 0, 200.0)
    assert len(captured.events) == 4
    assert histogram(captured, "clippy.conversation.duration") == {(): ("s", 1, 0.2)}


def test_one_that_starts_again(analytics: UsageAnalytics) -> None:
    """It is another one; a message after the end is one of the ended one."""
    analytics.start_conversation("a")
    analytics.end_conversation("a")
    analytics.track_message("a", 1, "user")
    assert analytics.conversation_stats()[:3] == (1, 0, 1)
    analytics.start_conversation("a")
    assert analytics.conversation_stats()[:3] == (2, 1, 1)


def test_the_ones_not_heard_of_for_long_make_room() -> None:
    """Ended ones first; active ones count as abandoned, and it is said how many."""
    analytics = UsageAnalytics(Silent())
    for number in range(MAX_CONVERSATIONS):
        analytics.start_conversation(f"c{number}")
    for number in range(100, 130):
        analytics.end_conversation(f"c{number}")
    analytics.track_message("c0", 1, "user")
    analytics.start_conversation("x")  # takes the place of those that ended, and of c1 and c2
    found = analytics.conversation_stats()
    assert found[:4] == (MAX_CONVERSATIONS + 1, MAX_CONVERSATIONS + 1 - 32, 30, 2)
    assert found.evicted == 2
    analytics.end_conversation("c0")
    analytics.end_conversation("c1")
    found = analytics.conversation_stats()
    assert (found.total, found.completed, found.evicted) == (MAX_CONVERSATIONS + 2, 32, 2)


@pytest.mark.parametrize("length", [-1, math.nan, math.inf, None, "5", True, 1 << 80, 1e300])
def test_a_length_that_is_none(
    captured: CapturedTelemetry, analytics: UsageAnalytics, caplog: pytest.LogCaptureFixture, length: Any
) -> None:
    """The message counts and is recorded without it, and a warning says so once."""
    for _ in range(2):
        analytics.track_message("a", length, "user")
    analytics.track_message("a", 8, "user")
    found = analytics.conversation_stats()
    assert (found.mean_messages, found.mean_message_length) == (3.0, 8.0)
    assert ["conversation.message.length" in data for _, data in events(captured)] == [False, False, True]
    assert len(caplog.messages) == (0 if length is None else 1)


@pytest.mark.parametrize("name", [None, 5, "", ("a",), "x" * 100_000])
def test_odd_ids(analytics: UsageAnalytics, name: Any) -> None:
    """What is no text becomes one, and is the same one at each call."""
    analytics.start_conversation(name, name)
    analytics.track_message(name, 5, name)
    analytics.end_conversation(name, name)
    found = analytics.conversation_stats()
    assert (found.total, found.active, found.completed + found.abandoned) == (1, 0, 1)
