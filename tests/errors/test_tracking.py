"""ErrorTracking over a collector: records, groups, breadcrumbs, recoveries; nothing of it raises once it is made."""

from __future__ import annotations

import gc
import logging
import random
import threading
import tracemalloc
import weakref
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace

from clippy_otel import TelemetryCollector
from clippy_otel.config import resolve
from clippy_otel.errors import ErrorOptions, ErrorSeverity, ErrorTracking
from clippy_otel.errors.storms import MAX_RECORDS
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.idle import IdlePipeline
from clippy_otel.ledger import LedgerRow
from clippy_otel.pipeline import Pipeline
from clippy_otel.subscriptions import ErrorSeen
from clippy_otel.testing import START_NS, CapturedTelemetry, capture
from tests._fakes import RaisingMapping

NO_HOOKS: dict[str, Any] = {"capture_unhandled": False, "capture_unhandled_rejections": False}
SHARE_BYTES = 250_000


@pytest.fixture
def captured() -> Iterator[CapturedTelemetry]:
    """Telemetry in memory."""
    with capture() as telemetry:
        yield telemetry


def tracking(captured: CapturedTelemetry, **settings: Any) -> ErrorTracking:
    """Return an ErrorTracking that leaves the process's hooks alone."""
    return ErrorTracking(captured.telemetry.collector, **{**NO_HOOKS, **settings})


def raised(error: Exception) -> Exception:
    """Raise an exception and return it, traceback and all."""
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - any may be asked for
        return caught


def ledger(captured: CapturedTelemetry) -> LedgerRow:
    """Return the books of the log records."""
    return captured.telemetry.collector.buffer_status().ledger["logs"]


def metric(captured: CapturedTelemetry, name: str) -> dict[tuple[tuple[str, Any], ...], Any]:
    """Return a metric's values by their attributes."""
    points = [point for point in captured.metrics if point.name == name]
    return {tuple(sorted(point.attributes.items())): point.value for point in points}


def test_the_specifications_example_is_one_record_with_everything_in_it(captured: CapturedTelemetry) -> None:
    """Breadcrumbs, severity, context and user in the record; a metric; a group; and the recovery."""
    errors = tracking(captured)
    errors.add_breadcrumb({"category": "navigation", "message": "User navigated to settings", "level": "info"})
    error = raised(ConnectionError("no answer for alice@example.com"))
    error_id = errors.capture_error(
        error,
        severity=ErrorSeverity.CRITICAL,
        context={"endpoint": "/api/chat", "method": "POST", "password": "hunter2"},
        user={"id": "user-123", "sessionId": "session-456", "email": "alice@example.com"},
    )
    errors.track_recovery(error_id, success=True, context={"strategy": "retry", "attempts": 2})

    (event,) = captured.errors
    data = event["data"]
    assert event["type"] == "exception"
    assert event["metadata"]["session_id"] == "session-456"
    assert "test_tracking.py" in data.pop("exception.stacktrace")
    assert data.pop("user.id") == captured.telemetry.collector.recorder.pseudonym("user-123")
    assert len(fingerprint := data.pop("clippy.error.fingerprint")) == 16
    assert data == {
        "exception.type": "ConnectionError",
        "exception.message": "no answer for [REDACTED]",
        "exception.escaped": False,
        "clippy.error.id": error_id,
        "clippy.error.context": {"endpoint": "/api/chat", "method": "POST", "password": "[REDACTED]"},
        "clippy.error.breadcrumbs": [
            {
                "timestamp": captured.clock.time_ns() // 1_000_000,
                "category": "navigation",
                "level": "info",
                "message": "User navigated to settings",
            }
        ],
    }
    assert [log.severity_number for log in captured.logs if log.event_name == "exception"] == [21]
    assert [(event["type"], event["data"]) for event in captured.events] == [
        (
            "error.recovery",
            {
                "clippy.error.id": error_id,
                "clippy.error.recovered": True,
                "clippy.error.recovery.strategy": "retry",
                "clippy.error.context": {"strategy": "retry", "attempts": 2},
            },
        )
    ]
    assert metric(captured, "clippy.errors") == {
        (("exception.type", "ConnectionError"), ("severity", "critical")): 1,
    }
    assert metric(captured, "clippy.error.recoveries") == {(("strategy", "retry"), ("success", True)): 1}
    (group,) = errors.error_groups()
    assert (group.fingerprint, group.type, group.message) == (fingerprint, "ConnectionError", data["exception.message"])
    assert (group.count, group.affected_users, group.recovered) == (1, 1, 1)
    assert (group.severity, group.last_error_id) == (ErrorSeverity.CRITICAL, error_id)
    stats = errors.stats()
    assert (stats.total_errors, stats.unique_groups, stats.recovery_rate) == (1, 1, 1.0)
    assert stats.by_severity == {"critical": 1}


def test_one_exception_object_is_one_record_whoever_sees_it(captured: CapturedTelemetry) -> None:
    """capture_error and track_error, again and again, return its first id, and it counts once."""
    errors = tracking(captured)
    error = raised(ValueError("x"))
    error_id = errors.capture_error(error, severity="warning")
    assert captured.telemetry.collector.track_error(error) == error_id
    assert errors.capture_error(error, severity="critical") == error_id
    assert len(captured.errors) == 1
    assert errors.stats().by_severity == {"warning": 1}
    assert metric(captured, "clippy.errors") == {(("exception.type", "ValueError"), ("severity", "warning")): 1}


def test_what_track_error_records_joins_the_groups(captured: CapturedTelemetry) -> None:
    """And its ids are known to track_recovery()."""
    errors = tracking(captured)
    for number in range(3):
        error_id = captured.telemetry.collector.track_error(raised(ValueError(str(number))))
    errors.track_recovery(error_id, success=True)
    (group,) = errors.error_groups()
    assert (group.count, group.message, group.last_error_id, group.recovered) == (3, "2", error_id, 1)


def test_two_trackings_of_two_collectors_know_only_their_own() -> None:
    """An exception is an error of both, with an id of each."""
    with capture() as one, capture() as two:
        first, second = tracking(one), tracking(two)
        error = raised(ValueError("x"))
        first.capture_error(error)
        assert (first.stats().total_errors, second.stats().total_errors) == (1, 0)
        second.capture_error(error)
        assert (len(one.errors), len(two.errors)) == (1, 1)


def test_it_stands_alone_over_a_collector() -> None:
    """As in the specification's quick start."""
    events: list[Any] = []
    collector = TelemetryCollector(transport="custom", custom_transport=events.extend, flush_on=())
    errors = ErrorTracking(collector, max_groups=1, **NO_HOOKS)
    errors.capture_error(ValueError("x"))
    errors.capture_error(KeyError("y"))
    assert collector.shutdown().ok
    errors.shutdown()
    names = [event["type"] for event in events if event["type"] != "performance.metric"]
    assert names == ["session.start", "exception", "exception", "session.end"]
    metrics = {event["data"]["name"] for event in events if event["type"] == "performance.metric"}
    assert metrics == {"clippy.errors", "clippy.telemetry.records", "clippy.spool.size"}
    assert [group.type for group in errors.error_groups()] == ["KeyError"]


def test_before_configure_it_does_nothing_and_returns_an_id() -> None:
    """And it goes on with what its collector is configured to, an exception that was seen before included."""
    idle = IdlePipeline()
    collector = TelemetryCollector.over(idle)
    errors = ErrorTracking(collector, **NO_HOOKS)
    error = raised(ValueError("x"))
    assert len(errors.capture_error(error)) == 32
    errors.add_breadcrumb("x")
    errors.track_recovery("x", success=True)
    assert (errors.error_groups(), errors.stats().total_errors, errors.breadcrumbs()) == ([], 0, ())
    events: list[Any] = []
    config = resolve(config=None, environ={}, transport="custom", custom_transport=events.extend, flush_on=())
    collector.rebind(Pipeline(config, before=idle))
    errors.capture_error(error)
    collector.shutdown()
    assert [event["type"] for event in events if event["type"] == "exception"] == ["exception"]
    assert errors.stats().total_errors == 1


def test_an_impossible_option_is_refused_at_once(captured: CapturedTelemetry) -> None:
    """By its name."""
    with pytest.raises(ConfigurationError, match="max_groups"):
        tracking(captured, max_groups=0)
    errors = tracking(captured)
    with pytest.raises(ConfigurationError, match="ignore"):
        errors.apply(ErrorOptions(ignore="ValueError"))
    assert errors.options == ErrorOptions(**NO_HOOKS)


def test_an_error_may_be_the_current_one_a_text_or_nothing(captured: CapturedTelemetry) -> None:
    """An id always comes back."""
    errors = tracking(captured)
    try:
        raise KeyError("x")
    except KeyError:
        errors.capture_error()
    errors.capture_error("it broke", context="api-call")
    assert len(errors.capture_error()) == 32
    kinds = [(error["data"]["exception.type"], error["data"]["exception.message"]) for error in captured.errors]
    assert kinds == [("KeyError", "'x'"), ("str", "it broke"), ("str", "no error is being handled")]
    assert captured.errors[1]["data"]["clippy.error.context"] == "api-call"


def test_whose_error_it_is_comes_from_the_scope_where_nobody_says(captured: CapturedTelemetry) -> None:
    """The same user, named in either way, is one affected user, and a pseudonym everywhere."""
    errors = tracking(captured)
    with captured.telemetry.scope(user_id="alice"):
        errors.capture_error(ValueError("x"), fingerprint="f")
        errors.capture_error(ValueError("x"), fingerprint="f", user={"id": "bob"})
    errors.capture_error(ValueError("x"), fingerprint="f", user={"id": "alice"})
    errors.capture_error(ValueError("x"), fingerprint="f", user={"id": 42})
    errors.capture_error(ValueError("x"), fingerprint="f")
    (group,) = errors.error_groups()
    assert (group.count, group.affected_users) == (5, 3)
    users = [error["data"].get("user.id") for error in captured.errors]
    assert users[0] == users[2] != users[1]
    assert users[4] is None
    assert all(str(user).startswith("p_") for user in users[:4])


def test_a_group_knows_the_last_ones_trace(captured: CapturedTelemetry) -> None:
    """The trace that the error's record has too."""
    errors = tracking(captured)
    with trace.use_span(captured.telemetry.tracer.start_span("work"), end_on_exit=True):
        errors.capture_error(ValueError("x"))
    (group,) = errors.error_groups()
    assert group.last_trace_id == captured.errors[0]["metadata"]["trace_id"] != ""


def test_a_fingerprint_can_be_given(captured: CapturedTelemetry) -> None:
    """A text or several; redacted as it is on the wire; and a long one is a hash."""
    errors = tracking(captured)
    given: list[Any] = ["db-down", ("db", "down"), "for alice@example.com", "x" * 1_000, ["x" * 1_000], 7, ()]
    for fingerprint in given:
        errors.capture_error(ValueError("x"), fingerprint=fingerprint)
    on_the_wire = [error["data"]["clippy.error.fingerprint"] for error in captured.errors]
    assert on_the_wire[:3] == ["db-down", "db|down", "for [REDACTED]"]
    assert on_the_wire[3] == on_the_wire[4]
    assert len(on_the_wire[3]) == 16
    assert on_the_wire[5:] == ["7", ""]
    assert {group.fingerprint for group in errors.error_groups()} == set(on_the_wire)


def test_a_storm_is_limited_and_all_of_it_counts(captured: CapturedTelemetry) -> None:
    """Ten records a minute for one fingerprint; the rest is throttled in the ledger, and in groups and metrics."""
    errors = tracking(captured)
    for _ in range(100):
        errors.capture_error(raised(ValueError("x")))
    errors.capture_error(KeyError("another one"))
    assert len(captured.errors) == MAX_RECORDS + 1
    assert ledger(captured).throttled == 100 - MAX_RECORDS
    assert errors.stats().total_errors == 101
    assert errors.error_groups()[0].count == 100
    assert sum(metric(captured, "clippy.errors").values()) == 101
    captured.clock.advance(ms=60_000)
    captured.telemetry.collector.track_error(raised_again := raised(ValueError("x")))
    errors.capture_error(raised_again)
    assert ledger(captured).throttled == 100 - MAX_RECORDS


def test_without_deduplicate_every_error_is_a_record(captured: CapturedTelemetry) -> None:
    """But the same object is still one."""
    errors = tracking(captured, deduplicate=False)
    error = ValueError("x")
    for _ in range(30):
        errors.capture_error(ValueError("x"))
        errors.capture_error(error)
    assert len(captured.errors) == 31
    assert errors.error_groups()[0].count == 31


def test_ignored_errors_are_filtered_whoever_records_them(captured: CapturedTelemetry) -> None:
    """They are in the ledger, once an object, and nowhere else."""
    errors = tracking(captured, ignore=(KeyError, "Time*"))
    error = KeyError("x")
    assert len(errors.capture_error(error)) == 32
    assert captured.telemetry.collector.track_error(error) != ""
    captured.telemetry.collector.track_error(TimeoutError())
    assert ledger(captured).filtered == 2
    assert captured.errors == []
    assert errors.stats().total_errors == 0
    assert metric(captured, "clippy.errors") == {}


def test_errors_that_sampling_leaves_out_count(captured: CapturedTelemetry) -> None:
    """The groups say what happened, not what was sent."""
    errors = tracking(captured)
    captured.telemetry.collector.update_config(sampling="never")
    errors.capture_error(ValueError("x"))
    assert captured.errors == []
    assert errors.stats().total_errors == 1


def test_lines_of_source_are_off_unless_asked_for(captured: CapturedTelemetry) -> None:
    """They can hold secrets."""
    tracking(captured).capture_error(raised(ValueError("one")))
    tracking(captured, source_lines=True).capture_error(raised(ValueError("two")))
    one, two = (error["data"]["exception.stacktrace"] for error in captured.errors)
    assert "raise error" not in one
    assert "    raise error\n" in two


def test_breadcrumbs_are_redacted_bounded_and_kept_by_scope(captured: CapturedTelemetry) -> None:
    """The last ones, each with what was said of it; the specification's mapping and keywords give the same."""
    errors = tracking(captured, max_breadcrumbs=3)
    errors.add_breadcrumb("one")
    errors.add_breadcrumb({"message": "two", "category": "user-action", "level": "error", "data": {"length": 150}})
    errors.add_breadcrumb("two", category="user-action", level=ErrorSeverity.ERROR, data={"length": 150})
    with captured.telemetry.scope():
        errors.add_breadcrumb("to alice@example.com", data={"password": "hunter2"})
        inner = errors.breadcrumbs()
    assert inner[0][:4] == inner[1][:4] == ("two", "user-action", "error", {"length": 150})
    assert inner[2][:4] == ("to [REDACTED]", "default", "info", {"password": "[REDACTED]"})
    assert len(errors.breadcrumbs()) == 3
    errors.apply(ErrorOptions(max_breadcrumbs=0, **NO_HOOKS))
    errors.add_breadcrumb("four")
    assert errors.breadcrumbs() == ()


def test_a_recovery_of_an_unknown_error_is_recorded_and_in_no_rate(captured: CapturedTelemetry) -> None:
    """The event and the metric are there; groups and rate know nothing of it."""
    errors = tracking(captured)
    known = errors.capture_error(ValueError("x"))
    errors.capture_error(ValueError("x"))
    errors.track_recovery("unknown", success=True)
    errors.track_recovery(known, success=False)
    assert errors.stats().recovery_rate == 0.0
    errors.track_recovery(known, success=True)
    errors.track_recovery(known, success=True)
    assert errors.stats().recovery_rate == 0.5
    assert errors.error_groups()[0].recovered == 1
    assert [event["data"] for event in captured.events[:2]] == [
        {"clippy.error.id": "unknown", "clippy.error.recovered": True},
        {"clippy.error.id": known, "clippy.error.recovered": False},
    ]
    severities = [log.severity_number for log in captured.logs if log.event_name == "error.recovery"]
    assert severities == [9, 13, 9, 9]
    assert metric(captured, "clippy.error.recoveries") == {(("success", True),): 3, (("success", False),): 1}


def test_a_strategy_is_redacted_before_it_is_cut(captured: CapturedTelemetry) -> None:
    """Half of an address is one still, but none that could be recognised."""
    tracking(captured).track_recovery("x", success=True, context={"strategy": "x" * 115 + " alice@example.com"})
    ((attributes, _),) = metric(captured, "clippy.error.recoveries").items()
    assert "alice" not in repr(attributes)
    assert "alice" not in repr(captured.logs)


def test_turned_off_it_records_and_counts_nothing(captured: CapturedTelemetry) -> None:
    """Whoever calls is booked as disabled; collector.track_error goes on by itself; turned on again it counts on."""
    errors = tracking(captured)
    errors.capture_error(ValueError("x"))
    errors.apply(ErrorOptions(enabled=False))
    assert len(errors.capture_error(ValueError("x"))) == 32
    errors.add_breadcrumb("x")
    errors.track_recovery("x", success=True)
    captured.telemetry.collector.track_error(ValueError("x"))
    assert ledger(captured).disabled == 2
    assert (len(captured.errors), len(captured.events)) == (2, 0)
    assert errors.breadcrumbs() == ()
    assert errors.stats().total_errors == 1
    errors.apply(ErrorOptions(**NO_HOOKS))
    errors.capture_error(ValueError("x"))
    assert errors.stats().total_errors == 2


def test_while_telemetry_is_off_nothing_counts(captured: CapturedTelemetry) -> None:
    """enabled=False of the configuration holds for errors too, and an error of then may be recorded afterwards."""
    errors = tracking(captured)
    captured.telemetry.collector.update_config(enabled=False)
    error = ValueError("x")
    errors.capture_error(error)
    errors.capture_error(error)
    assert (ledger(captured).disabled, errors.stats().total_errors) == (2, 0)
    captured.telemetry.collector.update_config(enabled=True)
    errors.capture_error(error)
    assert (len(captured.errors), errors.stats().total_errors) == (1, 1)


def test_after_a_shutdown_statistics_stay_and_nothing_is_added(captured: CapturedTelemetry) -> None:
    """Idempotent; and its rules hold no longer."""
    errors = tracking(captured, ignore=(KeyError,))
    errors.capture_error(ValueError("x"))
    errors.shutdown()
    errors.shutdown()
    errors.capture_error(ValueError("x"))
    captured.telemetry.collector.track_error(KeyError("x"))
    assert errors.stats().total_errors == 1
    assert ledger(captured).after_shutdown == 1
    assert [error["data"]["exception.type"] for error in captured.errors] == ["ValueError", "KeyError"]


def test_one_that_ends_leaves_the_rules_of_a_later_one(captured: CapturedTelemetry) -> None:
    """Of two on one collector the later one's rules hold."""
    first, _second = tracking(captured), tracking(captured, ignore=(KeyError,))
    first.shutdown()
    captured.telemetry.collector.track_error(KeyError("x"))
    assert ledger(captured).filtered == 1


def test_it_lives_as_long_as_its_collector() -> None:
    """Nobody need hold it, and it holds nobody when the collector is gone."""
    with capture() as captured:
        reference = weakref.ref(tracking(captured))
        gc.collect()
        errors = reference()
        assert errors is not None
        captured.telemetry.collector.track_error(ValueError("x"))
        assert errors.stats().total_errors == 1
        del errors
    del captured
    gc.collect()
    assert reference() is None


class Hostile(Exception):  # noqa: N818 - an application's name
    """An exception whose attributes cannot be read."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.swallows
@pytest.mark.parametrize(
    "call",
    [
        lambda errors: errors.capture_error(Hostile()),
        lambda errors: errors.capture_error(7),
        lambda errors: errors.capture_error(ValueError("x" * 10_000_000)),
        lambda errors: errors.capture_error(type("E" * 10_000_000, (Exception,), {})()),
        lambda errors: errors.capture_error(ValueError(), context=RaisingMapping()),
        lambda errors: errors.capture_error(ValueError(), user=RaisingMapping()),
        lambda errors: errors.capture_error(ValueError(), user="alice"),
        lambda errors: errors.capture_error(ValueError(), user={"id": Hostile(), "sessionId": None}),
        lambda errors: errors.capture_error(ValueError(), fingerprint=RaisingMapping()),
        lambda errors: errors.capture_error(ValueError(), fingerprint="\ud800" * 10_000_000),
        lambda errors: errors.capture_error(ValueError(), severity=None),
        lambda errors: errors.capture_error(ValueError(), severity=RaisingMapping()),
        lambda errors: errors.capture_error(ValueError(), handled=None),
        lambda errors: errors.add_breadcrumb(None),
        lambda errors: errors.add_breadcrumb(RaisingMapping()),
        lambda errors: errors.add_breadcrumb({}),
        lambda errors: errors.add_breadcrumb({"message": 7, "level": None, "data": [1]}),
        lambda errors: errors.add_breadcrumb("x", category=7, level=Hostile(), data=7),
        lambda errors: errors.add_breadcrumb("x" * 10_000_000, data={"x" * 10_000_000: "x" * 10_000_000}),
        lambda errors: errors.track_recovery(None, None, RaisingMapping()),
        lambda errors: errors.track_recovery(Hostile(), 7, {"strategy": Hostile()}),
        lambda errors: errors.track_recovery("x" * 10_000_000, "yes", {"strategy": "x" * 10_000_000}),
        lambda errors: errors.track_recovery("x", RaisingBool(), "text"),
    ],
)
def test_whatever_it_is_called_with_it_never_raises(captured: CapturedTelemetry, call: Any) -> None:
    """A wrong call is a record with what can be said, or a count; the next one is unharmed."""
    errors = tracking(captured)
    call(errors)
    errors.capture_error(ValueError("next"))
    assert captured.errors[-1]["data"]["exception.message"] == "next"
    errors.error_groups()
    row = ledger(captured)
    assert row.offered == row.exported + row.unencodable + row.redaction_failed


class RaisingBool:
    """An object that is neither true nor false."""

    def __bool__(self) -> bool:
        raise RuntimeError


def test_an_unknown_severity_is_one_warning(captured: CapturedTelemetry, caplog: pytest.LogCaptureFixture) -> None:
    """However often; the errors are recorded as errors."""
    errors = tracking(captured)
    with caplog.at_level(logging.WARNING, logger="clippy_otel"):
        for _ in range(3):
            errors.capture_error(ValueError(), severity="loud")
    assert len(caplog.records) == 1
    assert errors.stats().by_severity == {"error": 3}


def test_a_recursion_error_is_recorded_where_there_is_room_on_the_stack(captured: CapturedTelemetry) -> None:
    """Seen at each of the frames that it passes through, it is one record, and no exception of ours comes out."""
    errors = tracking(captured)

    def recurse() -> None:
        try:
            recurse()
        except RecursionError as error:
            errors.capture_error(error)
            raise

    with pytest.raises(RecursionError):
        recurse()
    assert [error["data"]["exception.type"] for error in captured.errors] == ["RecursionError"]
    assert ledger(captured).unencodable == 0


def test_counts_are_exact_under_threads(captured: CapturedTelemetry) -> None:
    """Eight threads, five places, and every error is in the groups, in the metric and in the ledger."""
    errors = tracking(captured)
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        for number in range(50):
            errors.capture_error(ValueError("x"), fingerprint=f"f{number % 5}")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors.stats().total_errors == 400
    assert {group.count for group in errors.error_groups()} == {80}
    assert sum(metric(captured, "clippy.errors").values()) == 400
    assert len(captured.errors) == 5 * MAX_RECORDS
    assert ledger(captured).throttled == 400 - 5 * MAX_RECORDS


def test_statistics_are_those_computed_by_hand(captured: CapturedTelemetry) -> None:
    """A seeded day of errors, against the plainest way to count them."""
    errors, rng = tracking(captured), random.Random(23)
    rows = [
        (f"place-{rng.randrange(12)}", rng.choice(list(ErrorSeverity)), f"user-{rng.randrange(9)}") for _ in range(300)
    ]
    ids = [
        errors.capture_error(ValueError(), fingerprint=place, severity=severity, user={"id": user})
        for place, severity, user in rows
    ]
    recovered = set(rng.sample(ids, 45))
    for error_id in ids:
        errors.track_recovery(error_id, success=error_id in recovered)
    stats = errors.stats()
    assert (stats.total_errors, stats.unique_groups) == (300, len({place for place, _, _ in rows}))
    assert stats.by_severity == Counter(severity for _, severity, _ in rows)
    assert stats.recovery_rate == 45 / 300
    counts = Counter(place for place, _, _ in rows)
    groups = errors.error_groups()
    assert [group.count for group in groups] == sorted(counts.values(), reverse=True)
    assert {group.fingerprint: group.count for group in groups} == counts
    users = {place: {user for where, _, user in rows if where == place} for place in counts}
    assert {group.fingerprint: group.affected_users for group in groups} == {
        place: len(found) for place, found in users.items()
    }


def test_memory_is_bounded(captured: CapturedTelemetry) -> None:
    """After 100,000 errors of 10,000 places and 1,000 users, with breadcrumbs, it holds its share and no more."""
    errors = tracking(captured)
    publish = captured.telemetry.collector.recorder.subscriptions.publish
    tracemalloc.start()
    try:
        for number in range(100_000):
            publish("error", seen(number))
            errors._storms.admits(f"place-{number % 10_000}", number)
            if number % 100 == 0:
                errors.add_breadcrumb("a step of many", data={"number": number, "text": "the same each time"})
                errors._groups.recover(f"{number:032x}")
        snapshot = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
    ours = ("*/clippy_otel/errors/*", "*/clippy_otel/rolling.py", "*/clippy_otel/breadcrumbs.py", __file__)
    filters = [tracemalloc.Filter(inclusive=True, filename_pattern=pattern) for pattern in ours]
    held_bytes = sum(trace.size for trace in snapshot.filter_traces(filters).traces)
    assert 20_000 < held_bytes < SHARE_BYTES
    assert errors.stats().total_errors == 100_000


def seen(number: int) -> ErrorSeen:
    """Return the number-th of many errors, a second after the one before it."""
    place, user = number % 10_000, f"p_{number * 7 % 1_003:032x}"
    message = f"no answer from place {place}, and this text is longer than what is kept of it. " * 10
    time_ns = START_NS + number * 1_000_000_000
    return ErrorSeen(
        f"{number:032x}", "ValueError", message, f"place-{place}", "error", f"{number:032x}", user, time_ns
    )
