"""What registers raises at once where it is wrong; the report from the services' dependencies, weights and probes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import numpy as np
import pytest

from clippy_otel.config.kinds import MAX_NUMBER
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.health import HealthCheck, HealthOptions, HealthReport, HealthStatus
from clippy_otel.health.services import MAX_SERVICES
from clippy_otel.testing import CapturedTelemetry
from tests.health._checks import Scripted, health_over

HEALTHY, UNKNOWN, DEGRADED, UNHEALTHY = HealthStatus
WORST: dict[str, Any] = {"failure_threshold": 1}


def statuses(report: HealthReport) -> dict[str, HealthStatus]:
    """Return each service's status."""
    return {name: service.status for name, service in report.services.items()}


@pytest.mark.parametrize(
    "settings, name",
    [
        ({"check_interval_ms": -1}, "health.check_interval_ms"),
        ({"check_interval_ms": MAX_NUMBER + 1}, "health.check_interval_ms"),
        ({"timeout_ms": 0}, "health.timeout_ms"),
        ({"timeout_ms": float("nan")}, "health.timeout_ms"),
        ({"failure_threshold": 0}, "health.failure_threshold"),
        ({"recovery_threshold": 1.5}, "health.recovery_threshold"),
        ({"enabled": 1}, "health.enabled"),
        ({"interval": 1}, "health.interval"),
    ],
)
def test_impossible_options(captured: CapturedTelemetry, settings: dict[str, Any], name: str) -> None:
    """An unknown or impossible option is named."""
    with pytest.raises(ConfigurationError, match=name):
        HealthCheck(captured.telemetry.collector, **settings)
    with pytest.raises(ConfigurationError, match="health"):
        HealthCheck(captured.telemetry.collector, {"enabled": True})  # type: ignore[arg-type] # a mistake


def test_options_given_either_way(captured: CapturedTelemetry) -> None:
    """Settings win over the options."""
    collector = captured.telemetry.collector
    component = HealthCheck(collector, HealthOptions(timeout_ms=7, check_interval_ms=9), check_interval_ms=0)
    assert component.options == HealthOptions(timeout_ms=7, check_interval_ms=0)
    with pytest.raises(ConfigurationError):
        component.apply(HealthOptions(timeout_ms=-1))


@pytest.mark.parametrize(
    "name, settings",
    [
        ("", {}),
        (7, {}),
        ("x" * 201, {}),
        ("x" * 10_000_000, {}),
        ("a", {"check": "no callable"}),
        ("a", {"interval_ms": -1}),
        ("a", {"timeout_ms": 0}),
        ("a", {"failure_threshold": 0}),
        ("a", {"critical": None}),
        ("a", {"probes": "ready"}),
        ("a", {"probes": ("steady",)}),
        ("a", {"depends_on": "db"}),
        ("a", {"depends_on": ("a",)}),
    ],
)
def test_impossible_registrations(health: HealthCheck, name: Any, settings: dict[str, Any]) -> None:
    """They raise, with a short message, and nothing is registered."""
    with pytest.raises(ConfigurationError) as raised:
        health.register_service(name, **{"check": Scripted(), **settings})
    assert len(str(raised.value)) < 300
    assert not health.health_report().services


def test_as_a_decorator(health: HealthCheck) -> None:
    """The function comes back as it is, and is the check."""

    @health.check("db", critical=False)
    def is_up() -> bool:
        return True

    assert is_up() is True
    assert health.check_now("db").status is HEALTHY
    assert health.health_report().services["db"].critical is False
    with pytest.raises(ConfigurationError, match="name"):
        health.check(is_up)  # type: ignore[arg-type] # a mistake: without a name


def test_too_many_services(health: HealthCheck) -> None:
    """More than 100 are refused; one of a known name takes the other's place."""
    for number in range(MAX_SERVICES):
        health.register_service(str(number), Scripted())
    with pytest.raises(ConfigurationError, match="100"):
        health.register_service("one more", Scripted())
    health.register_service("0", Scripted("unhealthy"))
    assert len(health.health_report().services) == MAX_SERVICES
    health.unregister_service("0")
    health.register_service("one more", Scripted())


def test_a_service_of_the_same_name_begins_anew(health: HealthCheck) -> None:
    """Its statistics are its own."""
    health.register_service("db", Scripted("unhealthy"), **WORST)
    assert health.check_now("db").status is UNHEALTHY
    health.register_service("db", Scripted())
    assert health.health_report().services["db"].total_checks == 0
    assert health.check_now("db") == health.health_report().services["db"]
    assert health.health_report().error_rate == 0


def test_circles_are_refused(health: HealthCheck) -> None:
    """Also one over services that were registered before what they depend on; and the way is named."""
    health.register_service("a", Scripted(), depends_on=("b",))
    health.register_service("b", Scripted(), depends_on=["c", "d"])
    with pytest.raises(ConfigurationError, match="c -> a -> b -> c"):
        health.register_service("c", Scripted(), depends_on=("a",))
    health.register_service("c", Scripted())
    with pytest.raises(ConfigurationError, match="circle"):
        health.register_service("c", Scripted(), depends_on=("a",))


def test_many_ways_between_services_are_gone_once(health: HealthCheck) -> None:
    """A dense net of dependencies without a circle is looked through in no time."""
    names = [str(number) for number in range(60)]
    for number, name in enumerate(names):
        health.register_service(name, Scripted(), depends_on=names[number + 1 :])
    with pytest.raises(ConfigurationError, match="circle"):
        health.register_service(names[-1], Scripted(), depends_on=names[:1])


def test_a_dependency_that_is_unhealthy_degrades(health: HealthCheck) -> None:
    """A service whose dependency is UNHEALTHY is DEGRADED at least, and says why; its own record is its own."""
    health.register_service("db", Scripted("unhealthy"), **WORST)
    health.register_service("api", Scripted(), depends_on=("db",))
    health.register_service("site", Scripted(), depends_on=("api",))
    report = health.health_report(fresh=True)
    assert statuses(report) == {"db": UNHEALTHY, "api": DEGRADED, "site": HEALTHY}
    assert report.services["api"].message == "depends on db, which is unhealthy"
    assert report.services["api"].consecutive_failures == 0
    health.register_service("db", Scripted(HealthStatus.DEGRADED))
    assert statuses(health.health_report(fresh=True)) == {"db": DEGRADED, "api": HEALTHY, "site": HEALTHY}


def test_a_dependency_that_is_not_registered_is_unknown(health: HealthCheck) -> None:
    """A name that was mistyped shows."""
    health.register_service("api", Scripted(), depends_on=("bd",))
    seen = health.check_now("api")
    assert (seen.status, seen.message) == (UNKNOWN, "depends on bd, which is not registered")
    health.register_service("bd", Scripted())
    assert health.check_now("api").status is HEALTHY


def test_what_is_not_critical_degrades_at_most(health: HealthCheck) -> None:
    """The report is the worst of the critical ones, and DEGRADED for the others."""
    health.register_service("cache", Scripted("unhealthy"), critical=False, **WORST)
    report = health.health_report(fresh=True)
    assert (report.status, report.services["cache"].status) == (DEGRADED, UNHEALTHY)
    health.register_service("db", Scripted("unhealthy"), **WORST)
    assert health.health_report(fresh=True).status is UNHEALTHY


def test_probes(health: HealthCheck, caplog: pytest.LogCaptureFixture) -> None:
    """A report of a probe has those services that take part in it."""
    health.register_service("db", Scripted("unhealthy"), **WORST)
    health.register_service("self", Scripted(), probes=("live", "startup"))
    health.register_service("idle", Scripted(), probes=())
    health.health_report(fresh=True)
    assert list(health.health_report(probe="ready").services) == ["db"]
    assert list(health.health_report(probe="live").services) == ["self"]
    assert [health.is_healthy(probe=probe) for probe in ("ready", "live", "startup")] == [False, True, True]
    with caplog.at_level(logging.WARNING, "clippy_otel"):
        assert len(health.health_report(probe="steady").services) == 3  # type: ignore[arg-type] # a mistake
        health.health_report(probe=["ready"])  # type: ignore[arg-type] # likewise
        health.health_report(probe=np.array(["ready", "live"]))  # type: ignore[arg-type] # compares as no bool
    assert len(caplog.records) == 1


def test_a_fresh_report_of_a_probe_checks_its_services_only(health: HealthCheck) -> None:
    """What takes no part in it is not asked."""
    ready, live = Scripted(), Scripted()
    health.register_service("db", ready)
    health.register_service("self", live, probes=("live",))
    assert health.is_healthy(fresh=True, probe="live")
    assert (ready.calls, live.calls) == (0, 1)


def test_without_services_all_is_well(health: HealthCheck) -> None:
    """A report of nothing is HEALTHY, with no statistics."""
    report = health.health_report(fresh=True)
    assert (report.status, dict(report.services)) == (HEALTHY, {})
    assert (report.checked_at, report.error_rate, report.mean_response_time_ms) == (None, 0.0, None)
    assert set(report.ledger) == {"logs", "spans", "metrics"}
    assert health.is_healthy()


def test_before_the_first_check_nobody_knows(health: HealthCheck) -> None:
    """A service is UNKNOWN until then, and with it the whole."""
    health.register_service("db", Scripted())
    report = health.health_report()
    assert report.status is report.services["db"].status is UNKNOWN
    assert report.services["db"].checked_at is None


def test_the_figures_of_a_report(captured: CapturedTelemetry, health: HealthCheck) -> None:
    """Rates and means are over all checks of all services; times are the clock's."""

    def slow(ms: float, answer: str) -> Callable[[], HealthStatus]:
        def check() -> HealthStatus:
            captured.clock.advance(ms=ms)
            return HealthStatus(answer)

        return check

    health.register_service("a", slow(10, "healthy"))
    health.register_service("b", slow(40, "degraded"))
    for name in ("a", "a", "a", "b"):
        health.check_now(name)
    captured.clock.advance(ms=1000)
    report = health.health_report()
    assert report.error_rate == 0.25
    assert report.mean_response_time_ms == pytest.approx(17.5)
    assert report.uptime_ms == pytest.approx(1070)
    assert report.checked_at == report.services["b"].checked_at == datetime(2026, 1, 1, 0, 0, 0, 70_000, timezone.utc)
    assert [service.success_rate for service in report.services.values()] == [1.0, 0.0]


def test_unregistering(health: HealthCheck, caplog: pytest.LogCaptureFixture) -> None:
    """What was known of it is forgotten; a name that nobody knows is let be, and asked for is UNKNOWN."""
    health.register_service("db", Scripted("unhealthy"), **WORST)
    health.check_now("db")
    for name in ("db", "db", None, ["db"]):
        health.unregister_service(name)  # type: ignore[arg-type] # some are mistakes
    assert health.is_healthy()
    with caplog.at_level(logging.WARNING, "clippy_otel"):
        for name in ("db", None, "x" * 10_000_000):
            seen = health.check_now(name)  # type: ignore[arg-type] # likewise
            assert (seen.status, len(seen.name) <= 200) == (UNKNOWN, True)
    assert len(caplog.records) == 1


def test_turned_off_nothing_is_checked(captured: CapturedTelemetry) -> None:
    """Nothing runs, nothing counts, and a report has nothing that could fail a probe."""
    check = Scripted("unhealthy")
    with health_over(captured, enabled=False, check_interval_ms=10) as health:
        health.register_service("db", check)
        assert health.check_now("db").total_checks == 0
        report = health.health_report(fresh=True)
        assert (report.status, dict(report.services)) == (HEALTHY, {})
        health.apply(HealthOptions(check_interval_ms=0))
        assert health.check_now("db").total_checks == 1
    assert check.calls == 1
