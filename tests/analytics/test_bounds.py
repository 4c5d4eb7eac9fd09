"""Statistics take a bounded memory, are exact under threads, never raise, and are a process's own."""

from __future__ import annotations

import gc
import math
import os
import signal
import threading
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from clippy_otel.analytics import UsageAnalytics
from clippy_otel.testing import CapturedTelemetry
from tests.analytics._recording import Silent, total
from tests.architecture.test_dependencies import loaded_by, within

NAMES = 10_000
CALLS = 100_000
MAX_BYTES = 262_144  # a quarter of the megabyte that the four components may take


def use(analytics: UsageAnalytics, number: int) -> None:
    """Use one of many features, each time by another user."""
    analytics.track_feature(f"feature-{number % NAMES}", attributes={"userId": f"user-{number}"})


def do_anything(analytics: UsageAnalytics, number: int) -> None:
    """Do all things in turn, each under one of many names."""
    kind, which = number % 5, number // 5 % NAMES
    name = f"name-{kind}-{which}"
    if kind == 0:
        analytics.track_feature(name, f"action-{which % 200}", {"userId": f"user-{number}"})
    elif kind == 1:
        analytics.track_feature(name, attributes={"userId": f"user-{number % 1_000}"})
    elif kind == 2:
        analytics.track_provider_request(name, number, number % 7 > 0, 10)
    elif kind == 3:
        analytics.start_conversation(name)
        analytics.track_message(name, 10, "user")
    else:
        analytics.track_proactive_suggestion(name, {"intrusionLevel": name})
        analytics.track_proactive_acceptance(f"name-{which - 100}")


@pytest.mark.parametrize("call, calls, uses", [(use, CALLS, CALLS), (do_anything, 25_000, 10_000)])
def test_memory_is_bounded(call: Callable[[UsageAnalytics, int], None], calls: int, uses: int) -> None:
    """100,000 calls over 10,000 names, with as many users, leave no more than 250 KB, nor does all that has limits."""
    warm = UsageAnalytics(Silent())
    for number in range(100):
        call(warm, number)
    analytics = UsageAnalytics(Silent())
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(calls):
            call(analytics, number)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before <= MAX_BYTES
    assert sum(found.uses for found in analytics.feature_adoption_stats().values()) == uses


def test_users_of_many_features_are_counted() -> None:
    """Ten users of each of a thousand features exactly, and as an estimate those of the others and all together."""
    analytics = UsageAnalytics(Silent())
    for number in range(CALLS):
        use(analytics, number)
    stats = analytics.feature_adoption_stats()
    assert {found.total_users for name, found in stats.items() if name != "other"} == {10}
    assert stats["other"].total_users == pytest.approx(CALLS * 0.9, rel=4 / 200**0.5)
    assert 10 / stats["feature-0"].adoption_rate == pytest.approx(CALLS, rel=4 / 1_344**0.5)


def test_threads(captured: CapturedTelemetry) -> None:
    """Eight at once lose nothing, in any of the statistics, nor in the metrics."""
    analytics = UsageAnalytics(captured.telemetry.collector)
    barrier = threading.Barrier(8)

    def work(thread: int) -> None:
        barrier.wait(10)
        for number in range(200):
            analytics.track_feature(f"f{number % 3}", f"a{number % 2}", {"userId": f"{thread}-{number % 20}"})
            analytics.start_conversation(f"{thread}-{number}")
            analytics.track_message(f"{thread}-{number}", 5, "user")
            analytics.end_conversation(f"{thread}-{number}", completed=number % 4 > 0)
            analytics.track_provider_request("openai", 10, number % 5 > 0, 3)
            analytics.track_proactive_suggestion(f"{thread}-{number}")
            analytics.track_proactive_acceptance(f"{thread}-{number}", 7)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    features = analytics.feature_adoption_stats()
    assert sum(found.uses for found in features.values()) == 1_600
    assert [found.total_users for found in features.values()] == [160, 160, 160]
    conversations = analytics.conversation_stats()
    assert conversations[:4] == (1_600, 0, 1_200, 400)
    assert (conversations.mean_messages, conversations.mean_message_length) == (1.0, 5.0)
    provider = analytics.provider_stats()["openai"]
    assert (provider.requests, provider.successes, provider.total_tokens) == (1_600, 1_280, 4_800)
    assert provider.mean_duration_ms == 10
    assert analytics.proactive_metrics()[:6] == (1_600, 1_600, 0, 0, 1.0, 7)
    assert sum(value or 0 for value in total(captured, "clippy.feature.uses").values()) == 1_600
    assert total(captured, "clippy.proactive.suggestions") == {("shown",): 1_600, ("accepted",): 1_600}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs signals")
def test_signal_handlers() -> None:
    """One that tracks and reads while the frame that it interrupts does so waits for nothing, and nothing is lost."""
    analytics = UsageAnalytics(Silent())
    handled = 0

    def handle(_signal: int, _frame: FrameType | None) -> None:
        nonlocal handled
        handled += 1
        analytics.track_feature("handled", f"a{handled % 3}", {"userId": f"user-{handled}"})
        analytics.end_conversation(f"handled-{handled}")
        analytics.feature_adoption_stats()
        analytics.proactive_metrics()
        if handled < 50:
            signal.setitimer(signal.ITIMER_REAL, 0.001)

    before = signal.signal(signal.SIGALRM, handle)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        number = 0
        while handled < 50:
            number += 1
            analytics.track_feature(f"f{number % 500}", attributes={"userId": f"user-{number}"})
            analytics.start_conversation(f"c{number}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    stats = analytics.feature_adoption_stats()
    assert stats["handled"].uses == handled
    assert sum(found.uses for found in stats.values()) == number + handled
    assert analytics.conversation_stats().completed == handled


class _Hostile:
    """A value that raises whatever is asked of it."""

    def _fail(self, *_args: object) -> Any:
        raise ValueError

    __str__ = __repr__ = __bool__ = __float__ = __len__ = __iter__ = __eq__ = _fail

    def __hash__(self) -> int:
        raise ValueError


ODD: tuple[Any, ...] = (
    None,
    _Hostile(),
    math.nan,
    -math.inf,
    b"\xff",
    [],
    {},
    "x" * 1_000_000,
    1 << 100_000,
    object,
    "\ud800",
)


@pytest.mark.parametrize("value", [pytest.param(value, id=str(number)) for number, value in enumerate(ODD)])
def test_nothing_raises(captured: CapturedTelemetry, analytics: UsageAnalytics, value: Any) -> None:
    """Whatever is given in the place of whatever, and each thing is counted."""
    analytics.track_feature(value, value, value)
    analytics.track_feature("f", "a", {"userId": value})
    analytics.start_conversation(value, value)
    analytics.track_message(value, value, value)
    analytics.end_conversation(value, value)
    analytics.track_provider_request(value, value, value, value)
    analytics.track_proactive_suggestion(value, value)
    analytics.track_proactive_suggestion("s", {"intrusionLevel": value})
    analytics.track_proactive_acceptance(value, value)
    analytics.track_proactive_dismissal("s", value)
    assert sum(found.uses for found in analytics.feature_adoption_stats().values()) == 2
    assert analytics.conversation_stats()[:2] == (1, 0)
    assert [found.requests for found in analytics.provider_stats().values()] == [1]
    assert analytics.proactive_metrics()[:3] == (2, 1, 1)
    assert len(captured.events) == 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_starts_at_zero(analytics: UsageAnalytics) -> None:
    """What the parent counted is the parent's, and a lock that it held is not the child's."""
    analytics.track_feature("chat")
    analytics.start_conversation("c")
    with analytics._statistics.books._lock:
        child = os.fork()
        if child == 0:
            before = (analytics.feature_adoption_stats(), analytics.conversation_stats().total)
            analytics.track_feature("search")
            is_new = before == ({}, 0) and list(analytics.feature_adoption_stats()) == ["search"]
            os._exit(0 if is_new and analytics.session_stats().started == 1 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert analytics.feature_adoption_stats()["chat"].uses == 1


def test_importing_it_is_cheap() -> None:
    """It loads no SDK, no hashes and no event loop."""
    loaded = loaded_by("import clippy_otel.analytics")
    assert "clippy_otel.analytics.usage" in loaded
    assert not within(loaded, ("opentelemetry.sdk", "psutil", "asyncio", "hashlib"))
