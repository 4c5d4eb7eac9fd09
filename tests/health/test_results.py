"""What checks return and raise, in every form that they may have."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from clippy_otel.health import HealthCheck, HealthResult, HealthStatus, ServiceHealth
from clippy_otel.testing import CapturedTelemetry, capture
from tests._fakes import RaisingMapping
from tests.health._checks import Scripted, health_over

MAIL = "alice@example.com"
HEALTHY, UNKNOWN, DEGRADED, UNHEALTHY = HealthStatus


class Unprintable(Exception):  # noqa: N818 - a test's own
    """An exception without a text."""

    def __str__(self) -> str:
        raise RuntimeError


def checked(health: HealthCheck, answer: Any) -> ServiceHealth:
    """Return how a service is whose check gives an answer."""
    health.register_service("it", Scripted(answer), failure_threshold=1)
    return health.check_now("it")


@pytest.mark.parametrize(
    "answer, status",
    [
        (None, HEALTHY),
        (True, HEALTHY),
        (False, UNHEALTHY),
        (HEALTHY, HEALTHY),
        ("healthy", HEALTHY),
        ("DEGRADED", UNHEALTHY),
        (UNKNOWN, UNKNOWN),
        (HealthResult(HEALTHY), HEALTHY),
        (HealthResult(DEGRADED), UNHEALTHY),
        ({"status": HEALTHY}, HEALTHY),
        ({"status": "unhealthy"}, UNHEALTHY),
        ({"status": "unknown"}, UNKNOWN),
        (ValueError(), UNHEALTHY),
        (SystemExit(1), UNHEALTHY),
    ],
)
def test_status(health: HealthCheck, answer: Any, status: HealthStatus) -> None:
    """Each form of an answer has its status; what says DEGRADED has failed as what says UNHEALTHY has."""
    assert checked(health, answer).status is status


@pytest.mark.parametrize("answer", [0, 1, "fine", object(), {}, {"status": 1}, {"status": "ok"}, [True]])
def test_what_is_no_answer_is_a_failure_that_says_so(health: HealthCheck, answer: Any) -> None:
    """A check that returns something else does not pass for a healthy service."""
    seen = checked(health, answer)
    assert seen.status is UNHEALTHY
    assert seen.message is not None
    assert seen.message.startswith(("the check returned an object of type", "the check's status is none of"))


def test_the_specifications_mapping(health: HealthCheck) -> None:
    """Its response time, message and details are kept; service and time are ours to say."""
    answer = {"service": "x", "status": "healthy", "responseTime": 100, "message": "m", "timestamp": 1, "details": {}}
    seen = checked(health, answer)
    assert (seen.name, seen.response_time_ms, seen.message, seen.details) == ("it", 100.0, "m", None)


def test_its_own_time_wins_over_the_measured_one(captured: CapturedTelemetry, health: HealthCheck) -> None:
    """What is measured counts where the check says nothing."""

    def check() -> HealthResult:
        captured.clock.advance(ms=12.5)
        return answers.pop(0)

    answers = [HealthResult(HEALTHY), HealthResult(HEALTHY, response_time_ms=3)]
    health.register_service("it", check)
    assert [health.check_now("it").response_time_ms for _ in range(2)] == [12.5, 3.0]
    assert health.health_report().mean_response_time_ms == 7.75


@pytest.mark.parametrize("ms", [-1, float("nan"), float("inf"), 10**400, "5", True, 1e300])
def test_an_impossible_time_is_left_out_with_one_warning(
    health: HealthCheck, caplog: pytest.LogCaptureFixture, ms: Any
) -> None:
    """The measured one counts instead."""
    with caplog.at_level(logging.WARNING, "clippy_otel"):
        assert [checked(health, HealthResult(HEALTHY, response_time_ms=ms)).response_time_ms for _ in "12"] == [0, 0]
    assert len(caplog.records) == 1


def test_details_are_copied_and_bounded(health: HealthCheck, caplog: pytest.LogCaptureFixture) -> None:
    """What the application changes later does not change the report."""
    details = {"pool": {"size": 3}, "text": "x" * 10_000, **{str(n): n for n in range(100)}}
    seen = checked(health, HealthResult(HEALTHY, details=details)).details
    details["pool"] = None
    assert seen is not None
    assert seen["pool"] == {"size": 3}
    assert len(seen) <= 20
    assert sum(map(len, map(str, seen.values()))) < 2200
    assert checked(health, HealthResult(HEALTHY, details=[1])).details is None  # type: ignore[arg-type] # a mistake
    assert "details" in caplog.text


def test_an_answer_that_cannot_be_read_is_a_failure(health: HealthCheck) -> None:
    """The application's own mapping may raise."""
    assert checked(health, RaisingMapping()).message == "RuntimeError"
    assert checked(health, HealthResult(HEALTHY, details=RaisingMapping())).status is UNHEALTHY


def test_words_are_redacted_and_then_cut(captured: CapturedTelemetry, health: HealthCheck) -> None:
    """Neither an exception's text nor a message leaves with personal data in it."""
    assert checked(health, ValueError(f"no {MAIL}")).message == "ValueError: no [REDACTED]"
    assert checked(health, HealthResult(HEALTHY, MAIL)).message == "[REDACTED]"
    assert checked(health, HealthResult(HEALTHY, "x " * 5_000_000)).message == ("x " * 256)
    cut_in_the_middle_of_it = "x" * 484 + " " + MAIL  # where an address is none any more
    assert "alice" not in str(checked(health, RuntimeError(cut_in_the_middle_of_it)))
    checked(health, HealthResult(UNHEALTHY, details={"password": "hunter2", "to": MAIL}))
    recorded = str(captured.events)
    assert "alice" not in recorded
    assert "hunter2" not in recorded


@pytest.mark.parametrize("message", ["", None, 7, b"bytes", object, Unprintable()])
def test_messages_of_any_type(health: HealthCheck, message: Any) -> None:
    """What is no text becomes one."""
    seen = checked(health, HealthResult(HEALTHY, message)).message
    assert (seen is None) is (message in ("", None))
    assert seen is None or isinstance(seen, str)


def test_an_exception_without_a_text(health: HealthCheck) -> None:
    """Its type is what is said of it."""
    assert checked(health, ValueError()).message == "ValueError"
    assert "Unprintable" in str(checked(health, Unprintable()).message)


def test_without_redaction_words_are_as_they_are() -> None:
    """`redact_pii=False` holds for messages too."""
    with capture(redact_pii=False) as captured, health_over(captured) as health:
        assert checked(health, ValueError(MAIL)).message == f"ValueError: {MAIL}"
