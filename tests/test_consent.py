"""Consent where records begin: what is refused, what is erased, and what goes on."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from clippy_otel import PrivacyRights, TelemetryCollector
from clippy_otel.ledger import LedgerRow
from clippy_otel.ports import SIGNALS, Event, Signal
from clippy_otel.rights import PurposeName
from clippy_otel.telemetry import Telemetry
from clippy_otel.testing import CapturedTelemetry, capture


@pytest.fixture
def captured() -> Iterator[CapturedTelemetry]:
    """Capture telemetry for the length of a test."""
    with capture() as captured:
        yield captured


def row(telemetry: Telemetry | TelemetryCollector, signal: Signal = "logs") -> LedgerRow:
    """Return a signal's books, once it is sure that they add up."""
    collector = telemetry if isinstance(telemetry, TelemetryCollector) else telemetry.collector
    found = collector.buffer_status().ledger[signal]
    rest = sum(value for name, value in found._asdict().items() if name not in ("offered", "adopted"))
    assert found.offered + found.adopted == rest
    return found


def track(telemetry: Telemetry) -> None:
    """Record an event."""
    telemetry.collector.track("page.seen", {"n": 1})


def track_feature(telemetry: Telemetry) -> None:
    """Record a feature's use."""
    telemetry.analytics.track_feature("chat")


def log(telemetry: Telemetry) -> None:
    """Record something by OpenTelemetry's own API."""
    telemetry.logger_provider.get_logger("x").emit(body="said")


def track_error(telemetry: Telemetry) -> None:
    """Record an error."""
    telemetry.collector.track_error("broken")


def recover(telemetry: Telemetry) -> None:
    """Record a recovery."""
    telemetry.errors.track_recovery("e", True)  # noqa: FBT003 - the specification's


def end_span(telemetry: Telemetry) -> None:
    """Record a span by OpenTelemetry's own API."""
    telemetry.tracer_provider.get_tracer("x").start_span("work").end()


def operate(telemetry: Telemetry) -> None:
    """Record an AI operation's span."""
    telemetry.performance.track_ai_operation(total_ms=5, provider="openai")


def see_vital(telemetry: Telemetry) -> None:
    """Record a web vital."""
    telemetry.performance.record_web_vital("LCP", 5, id="v1")


EACH: Final = pytest.mark.parametrize(
    "purpose, signal, do",
    [
        ("analytics", "logs", track),
        ("analytics", "logs", track_feature),
        ("analytics", "logs", log),
        ("errors", "logs", track_error),
        ("errors", "logs", recover),
        ("performance", "spans", end_span),
        ("performance", "spans", operate),
        ("performance", "logs", see_vital),
    ],
)


@EACH
def test_what_is_denied_is_not_recorded(
    captured: CapturedTelemetry, purpose: PurposeName, signal: Signal, do: Callable[[Telemetry], None]
) -> None:
    """It is counted, and nothing else of it is left; granted again it is recorded again."""
    telemetry = captured.telemetry
    telemetry.privacy.set_consent(False, purpose=purpose)
    do(telemetry)
    assert row(telemetry, signal).consent_denied == 1
    telemetry.flush()
    assert (row(telemetry, signal).exported, row(telemetry, signal).erased) == (0, 0)
    telemetry.privacy.set_consent(True, purpose=purpose)
    do(telemetry)
    telemetry.flush()
    assert row(telemetry, signal).exported >= 1
    assert row(telemetry, signal).consent_denied == 1


@EACH
def test_other_purposes_go_on(
    captured: CapturedTelemetry, purpose: PurposeName, signal: Signal, do: Callable[[Telemetry], None]
) -> None:
    """A purpose that is denied is nothing to the others."""
    others: list[PurposeName] = [name for name in ("analytics", "performance", "errors") if name != purpose]
    for name in others:
        captured.telemetry.privacy.set_consent(False, purpose=name)
    do(captured.telemetry)
    captured.telemetry.flush()
    assert row(captured.telemetry, signal).exported >= 1
    assert row(captured.telemetry, signal).consent_denied == 0


@EACH
def test_required_consent(purpose: PurposeName, signal: Signal, do: Callable[[Telemetry], None]) -> None:
    """Nothing is recorded for a purpose before it is granted."""
    with capture(require_consent=True) as captured:
        telemetry = captured.telemetry
        do(telemetry)
        assert row(telemetry, signal).consent_denied == 1
        telemetry.privacy.set_consent(True, purpose=purpose)
        do(telemetry)
        telemetry.flush()
        assert row(telemetry, signal).exported >= 1
        assert row(telemetry, signal).consent_denied == 1


@pytest.mark.parametrize("settings", [{}, {"redact_pii": False}, {"user_ids": "raw"}], ids=str)
@EACH
def test_a_user_in_the_scope(
    settings: dict[str, Any], purpose: PurposeName, signal: Signal, do: Callable[[Telemetry], None]
) -> None:
    """Whoever has denied is not recorded, others are, and nobody's records are."""
    with capture(**settings) as captured:
        telemetry = captured.telemetry
        telemetry.privacy.set_consent(False, purpose=purpose, user_id="ada")
        with telemetry.scope(user_id="ada"):
            do(telemetry)
        assert row(telemetry, signal).consent_denied == 1
        with telemetry.scope(user_id="bob"):
            do(telemetry)
        do(telemetry)
        telemetry.flush()
        assert row(telemetry, signal).consent_denied == 1
        assert row(telemetry, signal).exported >= 2


@EACH
def test_a_users_grant_wins(purpose: PurposeName, signal: Signal, do: Callable[[Telemetry], None]) -> None:
    """Over the denial for everybody; and whoever has decided nothing goes by that."""
    with capture(require_consent=True) as captured:
        telemetry = captured.telemetry
        telemetry.privacy.set_consent(False, purpose=purpose)
        telemetry.privacy.set_consent(True, purpose=purpose, user_id="ada")
        with telemetry.scope(user_id="bob"):
            do(telemetry)
        do(telemetry)
        assert row(telemetry, signal).consent_denied == 2
        with telemetry.scope(user_id="ada"):
            do(telemetry)
        telemetry.flush()
        assert row(telemetry, signal).exported == 1


@pytest.mark.parametrize("key", ["userId", "user_id", "user.id", "enduser.id"])
@pytest.mark.parametrize("settings", [{}, {"redact_pii": False}, {"user_ids": "raw"}], ids=str)
def test_a_user_in_the_data(key: str, settings: dict[str, Any]) -> None:
    """Where the scope has none, and under any of the usual keys."""
    with capture(**settings) as captured:
        collector, privacy = captured.telemetry.collector, captured.telemetry.privacy
        privacy.set_consent(False, user_id="ada")
        collector.track("seen", {key: "ada"})
        collector.track("seen", {key: "bob"})
        captured.telemetry.logger_provider.get_logger("x").emit(body="said", attributes={key: "ada"})
        with captured.telemetry.tracer.start_as_current_span("work", attributes={key: "ada"}):
            pass
        collector.track_performance("t", 1, attributes={key: "ada"})
        assert [len(captured.events), row(collector).consent_denied] == [1, 2]
        assert row(collector, "spans").consent_denied == 1
        assert row(collector, "metrics").consent_denied == 1


def test_a_user_deep_in_the_data(captured: CapturedTelemetry) -> None:
    """Wherever redaction finds a user's id, it is one."""
    captured.telemetry.privacy.set_consent(False, user_id="ada")
    captured.telemetry.collector.track("seen", {"order": {"items": [{"createdByUserId": "ada"}]}})
    assert row(captured.telemetry).consent_denied == 1


def test_users_are_told_in_events_of_spans_and_bodies_of_logs(captured: CapturedTelemetry) -> None:
    """What is found when the whole record is looked at counts too."""
    telemetry = captured.telemetry
    telemetry.privacy.set_consent(False, user_id="ada")
    span = telemetry.tracer.start_span("work")
    span.add_event("seen", {"userId": "ada"})
    span.end()
    telemetry.logger_provider.get_logger("x").emit(body={"userId": "ada"})
    assert (row(telemetry, "spans").consent_denied, row(telemetry).consent_denied) == (1, 1)
    assert captured.spans == []


def test_several_users_in_one_record(captured: CapturedTelemetry) -> None:
    """One of them who has denied is enough, whoever's scope it is."""
    telemetry = captured.telemetry
    telemetry.privacy.set_consent(False, user_id="ada")
    telemetry.privacy.set_consent(True, user_id="bob")
    with telemetry.scope(user_id="bob"):
        telemetry.collector.track("sent", {"to": {"userId": "ada"}})
    assert row(telemetry).consent_denied == 1


def test_a_pseudonym_is_its_user(captured: CapturedTelemetry) -> None:
    """Consent may be set, and records may come, by what stands for a user."""
    privacy = captured.telemetry.privacy
    privacy.set_consent(False, user_id=privacy.pseudonym("ada"))
    captured.telemetry.collector.track("seen", {"userId": "ada"})
    assert privacy.consent(purpose="analytics", user_id="ada") is False
    assert row(captured.telemetry).consent_denied == 1


def test_what_is_queued_is_erased(captured: CapturedTelemetry) -> None:
    """Of the purpose that is denied, and only of that; but not of users who have granted it themselves."""
    telemetry = captured.telemetry
    telemetry.privacy.set_consent(True, user_id="ada")
    telemetry.collector.track("seen", {"userId": "ada"})
    telemetry.collector.track("seen", {"userId": "bob"})
    track(telemetry)
    track_error(telemetry)
    end_span(telemetry)
    telemetry.privacy.set_consent(False, purpose="analytics")
    assert row(telemetry).erased == 3  # two events and the session's start
    assert row(telemetry).pending == 2
    assert row(telemetry, "spans").pending == 1
    assert [event["data"]["userId"] for event in captured.events] == [telemetry.privacy.pseudonym("ada")]
    assert len(captured.errors) == 1


def test_what_is_queued_of_a_user_is_erased(captured: CapturedTelemetry) -> None:
    """Every record of that user, of all signals, and nobody else's."""
    telemetry = captured.telemetry
    for user in ("ada", "bob"):
        with telemetry.scope(user_id=user):
            for do in (track, log, track_error, end_span):
                do(telemetry)
    track(telemetry)
    telemetry.privacy.set_consent(False, user_id="ada")
    assert (row(telemetry).erased, row(telemetry, "spans").erased) == (3, 1)
    telemetry.flush()
    assert (row(telemetry).exported, row(telemetry, "spans").exported) == (5, 1)


def test_what_needs_no_consent(captured: CapturedTelemetry) -> None:
    """Counters, metrics of others, and health."""
    telemetry = captured.telemetry
    telemetry.privacy.set_consent(False)
    telemetry.collector.count("orders", 2)
    telemetry.meter_provider.get_meter("x").create_counter("theirs").add(1)
    telemetry.health.register_service("db", lambda: False)
    telemetry.health.check_now("db")
    names = {point.name for point in captured.metrics}
    assert {"orders", "theirs", "clippy.health.check.duration"} <= names
    assert {event["type"] for event in captured.events} == {"health.status_change"}
    assert row(telemetry).consent_denied == 0


def test_statistics_in_process_do_not_count_what_is_denied(captured: CapturedTelemetry) -> None:
    """A user who has denied is in none of them."""
    telemetry = captured.telemetry
    telemetry.privacy.set_consent(False, user_id="ada")
    with telemetry.scope(user_id="ada"):
        for do in (track_feature, track_error, operate, see_vital):
            do(telemetry)
    assert telemetry.analytics.feature_adoption_stats() == {}
    assert telemetry.errors.error_groups() == []
    assert telemetry.performance.ai_operations_summary().count == 0
    assert telemetry.performance.core_web_vitals().lcp is None


def test_an_errors_own_user(captured: CapturedTelemetry) -> None:
    """It is that user's error, in no scope."""
    telemetry = captured.telemetry
    telemetry.privacy.set_consent(False, user_id="ada")
    telemetry.errors.capture_error(ValueError(), user={"id": "ada"})
    assert row(telemetry).consent_denied == 1
    assert telemetry.errors.error_groups() == []


def test_breadcrumbs_need_consent_for_errors(captured: CapturedTelemetry) -> None:
    """What happened while it was denied is in no error that comes later."""
    telemetry = captured.telemetry
    telemetry.errors.add_breadcrumb("before")
    telemetry.privacy.set_consent(False, purpose="errors")
    telemetry.errors.add_breadcrumb("private")
    telemetry.privacy.set_consent(True, purpose="errors")
    assert [crumb.message for crumb in telemetry.errors.breadcrumbs()] == ["before"]


def test_a_session_ends_without_a_word(captured: CapturedTelemetry) -> None:
    """Denied, there is no event of it; granted again, another one begins, and says so."""
    telemetry = captured.telemetry
    track(telemetry)
    telemetry.flush()
    first = telemetry.collector.session.id
    telemetry.privacy.set_consent(False, purpose="analytics")
    track(telemetry)
    track_error(telemetry)
    telemetry.privacy.set_consent(True, purpose="analytics")
    track(telemetry)
    assert [event["type"] for event in captured.sessions] == ["session.start", "session.start"]
    assert captured.sessions[1]["metadata"]["session_id"] != first


def test_the_session_of_the_process_is_its_users(captured: CapturedTelemetry) -> None:
    """Where the process has one user, the session is about that user."""
    telemetry = captured.telemetry
    telemetry.current_scope().set_user("ada")
    track(telemetry)
    telemetry.privacy.set_consent(False, user_id="ada")
    assert row(telemetry).erased == 2
    track(telemetry)
    assert captured.sessions == []


def test_what_is_held_for_its_outcome_is_erased() -> None:
    """Spans that wait for the end of their trace are recorded too."""
    with capture(sampling="probabilistic", sampling_rate=0, keep_errors=True) as captured:
        telemetry = captured.telemetry
        with telemetry.tracer.start_as_current_span("root") as root:
            with telemetry.tracer.start_as_current_span("child"):
                pass
            telemetry.privacy.set_consent(False, purpose="performance")
            assert row(telemetry, "spans").erased == 1
            telemetry.privacy.set_consent(True, purpose="performance")
            root.record_exception(ValueError())
            root.set_status(_error())
        assert [span.name for span in captured.spans] in ([], ["root"])


def test_what_is_held_of_a_user_is_not_released() -> None:
    """A user's denial holds for the spans that are kept for how their trace ends."""
    with capture(sampling="probabilistic", sampling_rate=0, keep_errors=True) as captured:
        telemetry = captured.telemetry
        with telemetry.tracer.start_as_current_span("root") as root:
            with telemetry.tracer.start_as_current_span("child", attributes={"user.id": "ada"}):
                pass
            telemetry.privacy.set_consent(False, user_id="ada")
            root.set_status(_error())
        assert [span.name for span in captured.spans] == ["root"]
        assert row(telemetry, "spans").consent_denied == 1


def _error() -> Any:
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 - for two tests

    return Status(StatusCode.ERROR)


def test_before_send_sees_nothing_that_is_denied() -> None:
    """Consent comes before the application's own hook."""
    seen: list[Any] = []

    def look(event: Event) -> Event:
        seen.append(event)
        return event

    with capture(before_send=look) as captured:
        captured.telemetry.privacy.set_consent(False, user_id="ada")
        captured.telemetry.collector.track("seen", {"userId": "ada"})
        assert seen == []


def test_disabled_is_disabled(captured: CapturedTelemetry) -> None:
    """Telemetry that is off does not ask for consent."""
    captured.telemetry.privacy.set_consent(False)
    captured.telemetry.collector.update_config(enabled=False)
    track(captured.telemetry)
    end_span(captured.telemetry)
    assert (row(captured.telemetry).disabled, row(captured.telemetry, "spans").disabled) == (1, 1)


@pytest.fixture
def _busy_threads() -> Iterator[None]:
    """Have threads take turns often: more chances to go wrong, and less waiting for a turn."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_busy_threads")
@pytest.mark.parametrize("user_id", [None, "ada"])
def test_nothing_is_accepted_after_the_return_under_load(user_id: str | None, tmp_path: Path) -> None:
    """Eight threads record while it is withdrawn: what was on its way is erased, and not one record is accepted."""
    collector = TelemetryCollector(
        transport="custom", custom_transport=[].extend, state_directory=tmp_path, flush_on=(), max_queue_size=5000
    )
    privacy, stop = PrivacyRights(collector), threading.Event()
    collector.recorder.scopes.process.set_user("ada")

    def work() -> None:
        while not stop.is_set():
            collector.track("seen", {"n": 1})
            collector.track_error("broken")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            _wait_until_more_is_accepted(collector)
            privacy.set_consent(False, user_id=user_id)
            accepted = _accepted(collector)
            _wait_until_more_is_denied(collector)
            assert _accepted(collector) == accepted
            privacy.set_consent(True, user_id=user_id)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert collector.shutdown(30_000).ok
    assert row(collector).pending == 0


def _accepted(collector: TelemetryCollector) -> int:
    """Return how many records were ever accepted."""
    found = row(collector)
    return found.offered - found.consent_denied - found.queue_full


def _wait_until_more_is_accepted(collector: TelemetryCollector) -> None:
    before = _accepted(collector)
    assert _wait(lambda: _accepted(collector) > before + 20)


def _wait_until_more_is_denied(collector: TelemetryCollector) -> None:
    before = row(collector).consent_denied
    assert _wait(lambda: row(collector).consent_denied > before + 200)


def _wait(is_so: Callable[[], bool]) -> bool:
    tick = threading.Event()
    return any(is_so() or tick.wait(0.001) for _ in range(20_000))


def test_it_goes_on_where_telemetry_is_configured_anew(captured: CapturedTelemetry) -> None:
    """What holds in this process alone is not forgotten with its pipeline."""
    from clippy_otel.pipeline import Pipeline  # noqa: PLC0415 - for this test
    from clippy_otel.testing import InMemoryTransport  # noqa: PLC0415 - likewise

    captured.telemetry.privacy.set_consent(False, purpose="analytics")
    before = captured.telemetry.collector.recorder
    transports = {signal: InMemoryTransport() for signal in SIGNALS}
    after = Telemetry(Pipeline(captured.telemetry.config, before=before, transports=transports))
    track(after)
    assert row(after).consent_denied == 1
    after.shutdown()


def test_without_a_state_directory_it_is_said_once(
    captured: CapturedTelemetry, caplog: pytest.LogCaptureFixture
) -> None:
    """It holds in this process alone."""
    with caplog.at_level(logging.WARNING, logger="clippy_otel"):
        captured.telemetry.privacy.set_consent(False)
        captured.telemetry.privacy.set_consent(True)
    assert [record.getMessage() for record in caplog.records] == [
        "consent cannot be kept (there is no state directory): it holds in this process alone"
    ]
