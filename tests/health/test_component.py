"""What a HealthCheck tells: events, metrics, callbacks; and what it costs in memory."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import threading
import tracemalloc
import weakref
from itertools import pairwise
from typing import Any

import pytest

from clippy_otel import TelemetryCollector
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.health import HealthCheck, HealthReport, HealthResult, HealthStatus
from clippy_otel.health.record import Outcome
from clippy_otel.testing import CapturedTelemetry, capture
from tests.health._checks import WAIT_S, Hanging, Scripted, health_over

HEALTHY, UNKNOWN, DEGRADED, UNHEALTHY = HealthStatus
SHARE_BYTES = 250_000

Call = tuple[HealthStatus, HealthStatus]


def changes(captured: CapturedTelemetry) -> list[tuple[str, str, str]]:
    """Return the recorded changes: the service, "" for all together, and the statuses before and after."""
    return [
        (
            event["data"].get("clippy.health.service", ""),
            event["data"]["clippy.health.previous_status"],
            event["data"]["clippy.health.status"],
        )
        for event in captured.events
        if event["type"] == "health.status_change"
    ]


def levels(captured: CapturedTelemetry) -> dict[str, Any]:
    """Return what the gauge shows, by service."""
    return {p.attributes["service"]: p.value for p in captured.metrics if p.name == "clippy.health.status"}


def test_each_change_is_an_event(captured: CapturedTelemetry, health: HealthCheck) -> None:
    """Of a service and of all together, and none where nothing changes."""
    health.register_service("db", Scripted("healthy", "healthy", "degraded", "unhealthy", "unhealthy", "healthy"))
    for _ in range(7):
        health.check_now("db")
    expected = ["unknown", "healthy", "degraded", "unhealthy", "healthy"]
    assert changes(captured) == [(name, before, after) for before, after in pairwise(expected) for name in ("db", "")]


def test_what_an_event_says(captured: CapturedTelemetry, health: HealthCheck) -> None:
    """Why, how often in a row, and how bad it is for the whole; redacted."""
    details = {"email": "alice@example.com", "pool": 3}
    health.register_service("db", Scripted(HealthResult(UNHEALTHY, "no alice@example.com", details=details)))
    health.check_now("db")
    (log,) = (log for log in captured.logs if "clippy.health.service" in log.attributes)
    assert log.severity_number == 13
    assert log.attributes == {
        **{key: log.attributes[key] for key in ("session.id", "log.record.uid")},
        "clippy.health.status": "degraded",
        "clippy.health.previous_status": "unknown",
        "clippy.health.service": "db",
        "clippy.health.critical": True,
        "clippy.health.consecutive_failures": 1,
        "clippy.health.message": "no [REDACTED]",
        "clippy.health.details": {"email": "[REDACTED]", "pool": 3},
    }


def test_a_dependent_services_change_is_one_too(captured: CapturedTelemetry, health: HealthCheck) -> None:
    """A dependency that falls takes it along, at the same moment; so does one that is unregistered."""
    health.register_service("db", Scripted("healthy", "unhealthy"), failure_threshold=1)
    health.register_service("api", Scripted(), depends_on=("db",))
    health.health_report(fresh=True)
    captured.clear()
    health.check_now("db")
    told = {("db", "healthy", "unhealthy"), ("api", "healthy", "degraded"), ("", "healthy", "unhealthy")}
    assert set(changes(captured)) == told
    captured.clear()
    health.unregister_service("db")
    assert changes(captured) == [("api", "degraded", "unknown"), ("", "unhealthy", "unknown")]


def test_the_metrics(captured: CapturedTelemetry, health: HealthCheck) -> None:
    """A gauge of the levels from the registration on, and a histogram of the checks' times in seconds."""

    def slow() -> bool:
        captured.clock.advance(ms=250)
        return False

    health.register_service("db", slow)
    assert levels(captured) == {"db": 1}
    health.register_service("api", Scripted(HealthResult(HEALTHY, response_time_ms=1500)))
    health.health_report(fresh=True)
    assert levels(captured) == {"db": 2, "api": 0}
    times = {p.attributes["service"]: p for p in captured.metrics if p.name == "clippy.health.check.duration"}
    assert {name: (p.unit, p.count, p.sum) for name, p in times.items()} == {"db": ("s", 1, 0.25), "api": ("s", 1, 1.5)}


def test_after_shutdown_the_gauge_is_empty(captured: CapturedTelemetry, health: HealthCheck) -> None:
    """Until apply() goes on."""
    health.register_service("db", Scripted())
    assert levels(captured) == {"db": 1}
    captured.clear()
    health.shutdown()
    assert levels(captured) == {}
    health.apply(health.options)
    assert levels(captured) == {"db": 1}


def test_the_gauge_keeps_nothing_alive(captured: CapturedTelemetry) -> None:
    """A provider outlives a HealthCheck that nobody holds."""
    health = HealthCheck(captured.telemetry.collector, check_interval_ms=0)
    health.register_service("db", Scripted())
    reference = weakref.ref(health._services)
    assert levels(captured) == {"db": 1}
    captured.clear()
    del health
    gc.collect()
    assert reference() is None
    assert levels(captured) == {}


def test_another_pipeline_gets_a_gauge_of_its_own() -> None:
    """Whatever records then, and back again."""
    with capture() as first, capture() as second:
        collector = TelemetryCollector.over(first.telemetry._pipeline)
        health = HealthCheck(collector, check_interval_ms=0)
        health.register_service("db", Scripted())
        assert levels(first) == {"db": 1}
        collector.rebind(second.telemetry._pipeline)
        health.check_now("db")
        assert levels(second) == {"db": 0}
        collector.rebind(first.telemetry._pipeline)
        health.check_now("db")
        assert levels(first) == {"db": 0}
        health.shutdown()


def test_several_on_one_provider_are_all_shown(captured: CapturedTelemetry) -> None:
    """One that comes after another that was shut down too; each once, also when it was shown elsewhere meanwhile."""
    for number in range(3):
        with health_over(captured) as health:
            health.register_service(str(number), Scripted())
            captured.clear()
            assert levels(captured) == {str(number): 1}
    with health_over(captured) as one, health_over(captured) as other:
        one.register_service("a", Scripted())
        other.register_service("b", Scripted())
        assert levels(captured) == {"2": 1, "a": 1, "b": 1}


def test_with_telemetry_turned_off_checks_go_on() -> None:
    """Probes do not fail because nothing is recorded."""
    with capture(enabled=False) as captured, health_over(captured) as health:
        health.register_service("db", Scripted("healthy", "unhealthy"))
        assert [health.is_healthy(fresh=True), health.is_healthy(fresh=True)] == [True, False]
        assert captured.events == []
        assert captured.metrics == []


def test_callbacks_are_told_of_changes(health: HealthCheck) -> None:
    """With the report after a change and the one that was told before it; what is unchanged is not told."""
    told: list[Call] = []
    counts: list[int] = []

    def callback(report: HealthReport, previous: HealthReport) -> None:
        told.append((report.status, previous.status))
        counts.append(report.services["db"].total_checks)

    stop = health.on_change(callback)
    health.register_service("db", Scripted("healthy", "healthy", "unhealthy", "healthy"))
    for _ in range(3):
        health.check_now("db")
    assert told == [(HEALTHY, HEALTHY), (DEGRADED, HEALTHY)]
    assert counts == [1, 3]
    stop()
    stop()
    health.check_now("db")
    assert len(told) == 2


@pytest.mark.swallows
def test_a_callback_that_raises_reaches_nobody(health: HealthCheck) -> None:
    """The next one is called all the same."""
    told: list[HealthStatus] = []
    health.on_change(Scripted(RuntimeError("x")))  # type: ignore[arg-type] # takes no arguments: raises, as it should
    health.on_change(lambda report, _: told.append(report.status))
    health.register_service("db", Scripted())
    assert health.check_now("db").status is HEALTHY
    assert told == [HEALTHY]


@pytest.mark.parametrize("callback", [None, "text", asyncio.sleep])
def test_what_is_no_callback(health: HealthCheck, callback: Any) -> None:
    """It is refused at once."""
    with pytest.raises(ConfigurationError, match="callback"):
        health.on_change(callback)


def test_a_callback_may_ask_for_checks(health: HealthCheck) -> None:
    """What changes by that is told after it, not inside of it."""
    told: list[str] = []

    def callback(report: HealthReport, _previous: HealthReport) -> None:
        told.append("begin")
        if report.services["db"].status is UNHEALTHY:
            threading.Thread(target=health.check_now, args=("api",)).start()
        told.append("end")

    health.on_change(callback)
    health.register_service("db", Scripted("unhealthy"), failure_threshold=1)
    health.register_service("api", Scripted("unhealthy"), failure_threshold=1)
    health.check_now("db")
    while health.health_report().services["api"].status is UNKNOWN or len(told) < 4:
        threading.Event().wait(0.001)
    assert told == ["begin", "end"] * 2


def test_a_callback_that_hangs_stops_no_check(
    captured: CapturedTelemetry, health: HealthCheck, caplog: pytest.LogCaptureFixture
) -> None:
    """Events go on, what is to be told waits, and what is too much is let go with one warning."""
    hanging = Hanging()
    health.on_change(lambda _report, _previous: hanging())
    health.register_service("db", Scripted(*("healthy", "unhealthy") * 50))
    first = threading.Thread(target=health.check_now, args=("db",))
    first.start()
    assert hanging.begun.wait(WAIT_S)
    service = health._services.get("db")
    with caplog.at_level(logging.WARNING, "clippy_otel"):
        for status in (UNHEALTHY, HEALTHY) * 50:
            health._books.put(service, Outcome(status))
    assert health.health_report().services["db"].total_checks == 101
    assert len(changes(captured)) == 202
    assert [record.getMessage() for record in caplog.records] == [
        "health: a change is told nobody while a callback of on_change() hangs"
    ]
    hanging.release.set()
    first.join(WAIT_S)


def test_events_come_in_the_order_of_the_changes(captured: CapturedTelemetry, health: HealthCheck) -> None:
    """Whichever threads book them: each goes on from where the one before it ended."""
    health.register_service("db", Scripted(), failure_threshold=1)
    service = health._services.get("db")

    def book() -> None:
        for status in (UNHEALTHY, HEALTHY) * 100:
            health._books.put(service, Outcome(status))

    threads = [threading.Thread(target=book) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    told = [change for change in changes(captured) if change[0] == "db"]
    assert all(one[2] == other[1] for one, other in pairwise(told))
    assert health.health_report().services["db"].total_checks == 1600


def test_read_by_a_signal_handler(health: HealthCheck) -> None:
    """Whatever it interrupts, it gets an answer, and what it interrupts goes on."""
    health.register_service("db", Scripted(*("healthy", "unhealthy") * 1000))
    seen: list[int] = []

    def handler(_signal: int, _frame: object) -> None:
        seen.append(health.health_report().services["db"].total_checks)
        signal.setitimer(signal.ITIMER_REAL, 0.001)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    service = health._services.get("db")
    try:
        while len(seen) < 20:
            health.check_now("db")
            health._books.put(service, Outcome(UNHEALTHY))  # on this thread, too
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert seen == sorted(seen)
    assert seen[-1] > 0


def test_memory_is_bounded() -> None:
    """100,000 checks, of as many services as there can be, each with much to say, and 10,000 names nobody knows."""
    details = {"a": "x" * 100, "b": 7}
    with capture(enabled=False) as captured, health_over(captured) as health:
        for number in range(2):  # what others keep
            health.check_now(f"{number}")
            health.health_report()
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(100):
            health.register_service(f"service {number}", Scripted("healthy"))
        services = list(health._services)
        for number in range(100_000):
            status = UNHEALTHY if number % 1000 < 3 else HEALTHY
            outcome = Outcome(status, f"{number}" + "x" * 500, dict(details), float(number))
            health._books.put(services[number % 100], outcome)
        for number in range(10_000):
            health.check_now(f"unknown {number}")
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert sum(service.total_checks for service in health.health_report().services.values()) == 100_000
    assert grown < SHARE_BYTES, grown
