"""The running of checks: timeouts, hanging ones, bounded threads, one at a time a service."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from clippy_otel.health import HealthCheck, HealthOptions, HealthStatus, time_left_s
from clippy_otel.health.runner import MAX_THREADS
from clippy_otel.testing import CapturedTelemetry
from tests.health._checks import LONG_MS, WAIT_S, Hanging, Scripted, check_threads, health_over, join_check_threads

HEALTHY, UNKNOWN, DEGRADED, UNHEALTHY = HealthStatus


@pytest.fixture
def hanging() -> Any:
    """A check that hangs, let go in the end."""
    check = Hanging()
    yield check
    check.release.set()


def test_a_check_that_hangs_has_failed(health: HealthCheck, hanging: Hanging) -> None:
    """It is given up after its timeout, and its timeout is its time."""
    health.register_service("slow", hanging, timeout_ms=20)
    seen = health.check_now("slow")
    assert (seen.status, seen.message, seen.response_time_ms) == (DEGRADED, "timed out after 20 ms", 20.0)
    assert seen.consecutive_failures == seen.total_checks == 1


def test_it_is_not_started_again_before_it_ends(health: HealthCheck, hanging: Hanging) -> None:
    """What is asked meanwhile is answered at once, and counts one failure in each timeout at most."""
    health.register_service("slow", hanging, timeout_ms=20)
    health.check_now("slow")
    counted, deadline = 1, time.monotonic() + WAIT_S
    while counted < 4 and time.monotonic() < deadline:
        seen = health.check_now("slow")
        assert seen.total_checks in (counted, counted + 1)
        counted = seen.total_checks
    assert (counted, hanging.calls) == (4, 1)
    assert (seen.status, seen.message, seen.response_time_ms) == (UNHEALTHY, "an earlier check has not ended", None)
    assert health.health_report().mean_response_time_ms == 20.0
    hanging.release.set()
    join_check_threads()
    assert health.check_now("slow").total_checks == 5
    assert hanging.calls == 2


def test_within_one_timeout_it_counts_once(health: HealthCheck, hanging: Hanging) -> None:
    """However many threads ask."""
    health.register_service("slow", hanging, timeout_ms=20)
    health.check_now("slow")
    service = health._services.get("slow")
    assert service is not None
    health._runner._running[service].timeout_s = 3600.0
    for _ in range(100):
        health.check_now("slow")
    assert health.check_now("slow").total_checks == 1


@pytest.mark.parametrize("is_noticed", [True, False])
def test_a_late_result_is_a_failure(health: HealthCheck, hanging: Hanging, *, is_noticed: bool) -> None:
    """What comes after the timeout does not count as a success, whether somebody waits for it or nobody does."""
    health.register_service("slow", hanging, timeout_ms=20)
    if is_noticed:
        assert health.check_now("slow").total_checks == 1
    else:
        service = health._services.get("slow")
        assert service is not None
        run = health._runner.start(service)
        assert hanging.begun.wait(WAIT_S)
        while time.monotonic() < run.ends_at:
            time.sleep(0.001)
    hanging.release.set()
    join_check_threads()
    seen = health.health_report().services["slow"]
    assert (seen.status, seen.total_checks, seen.message) == (DEGRADED, 1, "timed out after 20 ms")


def test_one_that_hangs_stops_nobody_else(health: HealthCheck, hanging: Hanging) -> None:
    """A fresh report has everybody else's answer after the timeout of the slow one."""
    health.register_service("slow", hanging, timeout_ms=50)
    for number in range(40):
        health.register_service(str(number), Scripted(), timeout_ms=LONG_MS)
    report = health.health_report(fresh=True)
    assert report.services["slow"].status is DEGRADED
    assert [report.services[str(number)].status for number in range(40)] == [HEALTHY] * 40


def test_threads_are_bounded(health: HealthCheck, hanging: Hanging) -> None:
    """Where all of them hang, what finds none is UNKNOWN: nobody knows how it is; and no check of it is counted."""
    for number in range(MAX_THREADS):
        health.register_service(str(number), hanging, timeout_ms=50)
    health.health_report(fresh=True)
    assert len(check_threads()) == MAX_THREADS
    check = Scripted()
    health.register_service("one more", check, timeout_ms=50)
    seen = health.check_now("one more")
    assert (seen.status, seen.total_checks, check.calls) == (UNKNOWN, 0, 0)
    assert seen.message == "not checked: no thread was free for it"
    hanging.release.set()
    join_check_threads()
    assert health.check_now("one more").status is HEALTHY
    assert check.calls == 1


def test_no_thread_stays(health: HealthCheck) -> None:
    """Threads of checks are there while checks run."""
    health.register_service("db", Scripted())
    health.check_now("db")
    join_check_threads()
    assert check_threads() == []


def test_more_services_than_threads(captured: CapturedTelemetry) -> None:
    """All of them are checked, each once."""
    checks = [Scripted() for _ in range(100)]
    with health_over(captured) as health:
        for number, check in enumerate(checks):
            health.register_service(str(number), check)
        report = health.health_report(fresh=True)
        assert {service.total_checks for service in report.services.values()} == {1}
        assert report.status is HEALTHY


def test_who_asks_while_it_is_being_checked_shares_the_check(health: HealthCheck) -> None:
    """A service is checked once at a time."""
    check = Hanging()
    health.register_service("db", check)
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(health.check_now("db").total_checks)) for _ in range(8)]
    threads[0].start()
    assert check.begun.wait(WAIT_S)
    for thread in threads[1:]:
        thread.start()
    check.release.set()
    for thread in threads:
        thread.join(WAIT_S)
    assert len(seen) == 8
    assert check.calls == health.health_report().services["db"].total_checks < 9


def test_totals_are_exact_under_threads(health: HealthCheck) -> None:
    """What the checks count themselves is what the report says."""
    checks = [Scripted(*(("healthy", "unhealthy") * 100)) for _ in range(8)]
    for number, check in enumerate(checks):
        health.register_service(str(number), check)

    def ask(seed: int) -> None:
        for number in range(50):
            health.check_now(str((seed + number) % 8))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    report = health.health_report()
    calls = [check.calls for check in checks]
    assert [service.total_checks for service in report.services.values()] == calls
    assert report.error_rate == sum(number // 2 for number in calls) / sum(calls)


def test_a_check_knows_how_much_time_it_has(health: HealthCheck) -> None:
    """Of its service's timeout; outside of a check it is 5 s."""
    left: list[float] = []
    health.register_service("db", lambda: left.append(time_left_s()), timeout_ms=30_000)
    health.check_now("db")
    assert 20 < left[0] <= 30
    assert time_left_s() == 5


def test_without_threads_nothing_is_known(health: HealthCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no thread left a service is UNKNOWN, and later is checked again."""

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError

    health.register_service("db", Scripted(), timeout_ms=20)
    with monkeypatch.context() as patched:
        patched.setattr("clippy_otel.health.runner.threading.Thread", refuse)
        assert health.check_now("db").status is UNKNOWN
    assert health.check_now("db").status is HEALTHY


def test_a_service_that_is_gone_when_its_check_ends(health: HealthCheck) -> None:
    """What comes from an earlier registration says nothing of the one that has its name now."""
    check = Hanging()
    health.register_service("db", check)
    asking = threading.Thread(target=health.check_now, args=("db",))
    asking.start()
    assert check.begun.wait(WAIT_S)
    health.register_service("db", Scripted("unhealthy"))
    check.release.set()
    asking.join(WAIT_S)
    assert health.health_report().services["db"].total_checks == 0


def test_after_shutdown_nothing_is_checked(health: HealthCheck) -> None:
    """What is known can be read; shutting down again does nothing; apply() goes on."""
    check = Scripted()
    health.register_service("db", check)
    health.check_now("db")
    health.shutdown()
    health.shutdown()
    assert health.check_now("db").total_checks == 1
    assert health.health_report(fresh=True).services["db"].status is HEALTHY
    health.unregister_service("other")
    assert check.calls == 1
    health.apply(HealthOptions(check_interval_ms=0))
    assert health.check_now("db").total_checks == 2


def test_options_are_those_of_the_moment(health: HealthCheck) -> None:
    """Thresholds that a service does not set itself follow the options; what it sets stays."""
    health.register_service("db", Scripted("unhealthy"))
    health.register_service("api", Scripted("unhealthy"), failure_threshold=2)
    health.apply(HealthOptions(check_interval_ms=0, failure_threshold=1))
    assert [health.check_now(name).status for name in ("db", "api")] == [UNHEALTHY, DEGRADED]
