"""Periodic checks: one thread, each service at its interval, from configure() on, none after shutdown."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable

import pytest

from clippy_otel import TelemetryCollector
from clippy_otel.health import HealthCheck, HealthOptions, HealthStatus
from clippy_otel.health.schedule import THREAD_NAME
from clippy_otel.idle import IdlePipeline
from clippy_otel.testing import CapturedTelemetry, capture
from tests.health._checks import LONG_MS, WAIT_S, Hanging, Scripted, health_over


class Awaited:
    """A check that says when it was called often enough."""

    def __init__(self, calls: int) -> None:
        self._left = calls
        self.done = threading.Event()

    def __call__(self) -> None:
        """Count."""
        self._left -= 1
        if self._left <= 0:
            self.done.set()


def threads() -> list[threading.Thread]:
    """Return the threads that check periodically."""
    return [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


def becomes(condition: Callable[[], bool]) -> bool:
    """Wait for something to become true."""
    deadline = time.monotonic() + WAIT_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)
    return condition()


def test_services_are_checked_at_once_and_again(captured: CapturedTelemetry) -> None:
    """Each at its own interval; 0 is only when somebody asks."""
    often, once, never = Awaited(3), Awaited(1), Scripted()
    with health_over(captured, check_interval_ms=10) as health:
        health.register_service("often", often)
        health.register_service("once", once, interval_ms=LONG_MS)
        health.register_service("never", never, interval_ms=0)
        assert often.done.wait(WAIT_S)
        assert once.done.wait(WAIT_S)
        assert len(threads()) == 1
        assert threads()[0].daemon
        assert becomes(lambda: health.health_report().services["often"].total_checks >= 3)
        assert health.health_report().services["once"].total_checks <= 1
    assert never.calls == 0
    assert threads() == []


def test_a_service_may_have_an_interval_where_the_options_have_none(captured: CapturedTelemetry) -> None:
    """Without any interval there is no thread."""
    with health_over(captured, check_interval_ms=0) as health:
        health.register_service("asked", Scripted())
        assert threads() == []
        check = Awaited(2)
        health.register_service("often", check, interval_ms=10)
        assert check.done.wait(WAIT_S)


def test_one_that_hangs_stops_nobody_else_and_fails_again_and_again(captured: CapturedTelemetry) -> None:
    """It is given up by the thread itself, though nobody waits for it, and counts once an interval."""
    hanging, other = Hanging(), Awaited(3)
    with health_over(captured, check_interval_ms=10) as health:
        health.register_service("slow", hanging, timeout_ms=10)
        health.register_service("other", other)
        assert other.done.wait(WAIT_S)
        assert becomes(lambda: health.health_report().services["slow"].status is HealthStatus.UNHEALTHY)
        assert becomes(lambda: health.health_report().services["other"].status is HealthStatus.HEALTHY)
        assert hanging.calls == 1
        hanging.release.set()


def test_one_that_hangs_is_given_up_in_time(captured: CapturedTelemetry) -> None:
    """At its timeout, not when it would be checked next."""
    hanging = Hanging()
    with health_over(captured, check_interval_ms=LONG_MS) as health:
        health.register_service("slow", hanging, timeout_ms=20)
        assert becomes(lambda: health.health_report().services["slow"].status is HealthStatus.DEGRADED)
        hanging.release.set()


def test_new_options_hold_at_once(captured: CapturedTelemetry) -> None:
    """A shorter interval does not wait for the end of the longer one; turned off there is no thread."""
    check = Awaited(4)
    with health_over(captured, check_interval_ms=LONG_MS) as health:
        health.register_service("db", check)
        assert becomes(lambda: health.health_report().services["db"].total_checks == 1)
        health.apply(HealthOptions(check_interval_ms=10))
        assert check.done.wait(WAIT_S)
        health.apply(HealthOptions(enabled=False))
        assert threads() == []
        health.apply(HealthOptions(check_interval_ms=10))
        assert len(threads()) == 1


def test_before_configure_nothing_runs() -> None:
    """A service that is registered at import is checked when a pipeline is there."""
    check = Awaited(1)
    collector = TelemetryCollector.over(IdlePipeline())
    health = HealthCheck(collector, check_interval_ms=10)
    health.register_service("db", check)
    assert health.health_report().status is HealthStatus.UNKNOWN
    assert threads() == []
    with capture() as captured:
        collector.rebind(captured.telemetry._pipeline)
        health.apply(health.options)
        assert check.done.wait(WAIT_S)
        health.shutdown()


def test_asked_for_it_is_checked_before_configure_too() -> None:
    """Nothing says yet how its words are to be redacted, so none are kept."""
    health = HealthCheck(TelemetryCollector.over(IdlePipeline()))
    health.register_service("db", Scripted(ValueError("secret")))
    seen = health.check_now("db")
    assert (seen.status, seen.message) == (HealthStatus.DEGRADED, "ValueError")


def test_dropped_it_ends_its_thread(captured: CapturedTelemetry) -> None:
    """Nobody has to shut down what nobody holds."""
    health = HealthCheck(captured.telemetry.collector, check_interval_ms=LONG_MS)
    health.register_service("db", Scripted())
    (thread,) = threads()
    del health
    gc.collect()
    thread.join(WAIT_S)
    assert not thread.is_alive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_checks_by_itself(captured: CapturedTelemetry) -> None:
    """It knows nothing at first, has its own thread from its first call on, and does not disturb its parent."""
    with health_over(captured, check_interval_ms=10) as health:
        health.register_service("db", Scripted(), depends_on=())
        assert becomes(lambda: health.health_report().services["db"].total_checks >= 2)
        health._schedule.stop()  # no thread of ours forks in the middle of something
        before = health._reports.report()
        child = os.fork()
        if child == 0:
            unknown = health._reports.report().services["db"].total_checks == 0
            without = threads() == []
            checked = becomes(lambda: health.health_report().status is HealthStatus.HEALTHY)
            os._exit(0 if (unknown, without, checked, len(threads())) == (True, True, True, 1) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert health._reports.report().services == before.services
