"""The pipeline: the order of its stages, and a ledger that accounts for every way out."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
import weakref
from collections.abc import Mapping
from typing import Any, cast

import pytest
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, use_span

from clippy_otel.collector import TelemetryCollector
from clippy_otel.config import resolve
from clippy_otel.consent import Consent
from clippy_otel.delivery.thread import THREAD_NAME
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.hooks.binding import Binding
from clippy_otel.kept import Kept
from clippy_otel.ledger import COLUMNS, Ledger, LedgerRow
from clippy_otel.pipeline import Pipeline
from clippy_otel.ports import SIGNALS, Event, Purpose
from clippy_otel.privacy.pseudonyms import Pseudonyms
from clippy_otel.privacy.redactor import Redactor
from clippy_otel.testing import CapturedTelemetry, InMemoryTransport, SequentialIds, capture
from tests._fakes import make_item
from tests._spool import FakeSpool


def ledger(captured: CapturedTelemetry) -> LedgerRow:
    """Return the row of log records, having checked that it balances."""
    row = captured.telemetry.collector.buffer_status().ledger["logs"]
    right = sum(getattr(row, name) for name in COLUMNS if name not in ("offered", "adopted"))
    assert row.offered + row.adopted == right
    return row


def test_an_event_carries_ids_session_user_and_what_the_scope_says() -> None:
    """What the context knows is on the record without being passed."""
    with capture(service_name="shop", service_version="1.2", environment="prod") as captured:
        telemetry = captured.telemetry
        span = NonRecordingSpan(SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=TraceFlags(1)))
        with telemetry.scope(user_id="alice", conversation_id="c-1", attributes={"plan": "pro"}), use_span(span):
            telemetry.collector.track("feature.used", {"feature.id": "chat"})
        log = captured.logs[-1]
    assert log.event_name == "feature.used"
    assert (int(log.trace_id, 16), int(log.span_id, 16), log.flags) == (0xABC, 0xDEF, 1)
    assert (log.severity_number, log.severity_text) == (9, "INFO")
    assert log.time_unix_nano == log.observed_time_unix_nano == captured.clock.time_ns()
    pseudonym = log.attributes.pop("user.id")
    assert "alice" not in pseudonym
    assert log.attributes == {
        "feature.id": "chat",
        "plan": "pro",
        "gen_ai.conversation.id": "c-1",
        "session.id": "00000000-0000-4000-8000-000000000001",
        "log.record.uid": f"{2:032x}",
    }
    assert log.resource["service.name"] == "shop"
    assert log.resource["service.version"] == "1.2"
    assert log.resource["deployment.environment.name"] == "prod"
    assert log.resource["telemetry.distro.name"] == "clippy_otel"
    assert log.scope_name == "clippy_otel"


def test_data_wins_over_the_scope_and_an_id_that_it_brings_is_kept() -> None:
    """An ingest hands on events that already have their session and their id: no attribute stands twice."""
    with capture() as captured:
        with captured.telemetry.scope(attributes={"plan": "pro"}):
            captured.telemetry.collector.track("x", {"plan": "free", "session.id": "s", "log.record.uid": "u"})
        (event,) = captured.events
    assert event["data"] == {"plan": "free"}
    assert (event["metadata"]["session_id"], event["metadata"]["event_id"]) == ("s", "u")


def test_the_session_is_recorded_once_and_ended_at_shutdown() -> None:
    """A start before the first event, an end at the last, neither counted in the buffer's size."""
    with capture() as captured:
        collector = captured.telemetry.collector
        collector.track("a")
        collector.track("b")
        assert collector.buffer_status().size == 2
        assert ledger(captured).pending == 3
    starts_and_ends = [(event["type"], event["metadata"]["session_id"]) for event in captured.sessions]
    session_id = "00000000-0000-4000-8000-000000000001"
    assert starts_and_ends == [("session.start", session_id), ("session.end", session_id)]
    assert ledger(captured) == LedgerRow(offered=4, exported=4)


def test_a_session_that_was_idle_is_ended_before_the_next_event() -> None:
    """The rollover's records come before the event that caused it, which is in the new session."""
    with capture() as captured:
        captured.telemetry.collector.track("a")
        captured.clock.advance(ms=31 * 60_000)
        captured.telemetry.collector.track("b")
        names = [log.event_name for log in captured.logs]
        assert names == ["session.start", "a", "session.end", "session.start", "b"]
        first, second = captured.sessions[0], captured.sessions[2]
        assert second["data"]["session.previous_id"] == first["metadata"]["session_id"]
        assert captured.events[1]["metadata"]["session_id"] == second["metadata"]["session_id"]


def test_what_is_disabled_or_comes_after_the_shutdown_is_counted() -> None:
    """Nothing is recorded, nothing is lost silently."""
    with capture(enabled=False) as captured:
        captured.telemetry.collector.track("a")
        assert ledger(captured) == LedgerRow(offered=1, disabled=1)
    captured.telemetry.collector.track("b")
    assert ledger(captured) == LedgerRow(offered=2, disabled=1, after_shutdown=1)
    assert captured.logs == []


@pytest.mark.swallows
def test_metrics_that_find_no_instruments_are_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a signal handler that interrupts the making of them: nothing is raised into the application."""

    def unmade(_self: Binding) -> None:
        raise ImportError

    with capture() as captured:
        recorder = captured.telemetry.collector.recorder
        with monkeypatch.context() as patched:
            patched.setattr(Binding, "providers", property(unmade))
            binding = recorder.binding  # type: ignore[attr-defined]
            patched.setattr(binding, "instruments", None)
            recorder.record("h", 1, unit="1", attributes=None)
            recorder.count("c", 1, unit="1", attributes=None)
        row = captured.telemetry.collector.buffer_status().ledger["metrics"]
        assert (row.offered, row.failed) == (2, 2)


def test_each_strategy_books_what_it_leaves_out() -> None:
    """sampled_out and throttled are told apart; session records are exempt save from `never`."""
    with capture(sampling="never") as captured:
        captured.telemetry.collector.track("a")
        assert ledger(captured) == LedgerRow(offered=1, sampled_out=1)
    with capture(sampling="throttled", max_events_per_window=2) as captured:
        for _ in range(5):
            captured.telemetry.collector.track("a")
        assert len(captured.events) == 2
        assert ledger(captured) == LedgerRow(offered=6, exported=3, throttled=3)
    with capture(sampling="probabilistic", sampling_rate=0.5) as captured:
        for _ in range(60):
            captured.telemetry.collector.track("a")
        kept = captured.events
        assert 0 < len(kept) < 60
        assert all(event["data"]["sampling.weight"] == 2.0 for event in kept)
        assert ledger(captured) == LedgerRow(offered=61, exported=len(kept) + 1, sampled_out=60 - len(kept))


def test_before_send_sees_the_event_before_redaction_and_what_it_drops_is_filtered() -> None:
    """The filter works on raw data; what it adds is redacted all the same."""
    seen: list[Event] = []

    def before_send(event: Event) -> Event | None:
        seen.append(event)
        if event["type"] == "noise":
            return None
        event["data"]["note"] = "write to bob@example.com"
        event["timestamp"] += 5
        return event

    with capture(before_send=before_send) as captured:
        data = {"email": "alice@example.com"}
        captured.telemetry.collector.track("user.login", data)
        captured.telemetry.collector.track("noise")
        (event,) = captured.events
        assert event["data"] == {"email": "[REDACTED]", "note": "write to [REDACTED]"}
        assert event["timestamp"] == captured.clock.time_ns() // 1_000_000 + 5
        assert ledger(captured) == LedgerRow(offered=3, exported=2, filtered=1)
    assert data == {"email": "alice@example.com"}
    assert seen[0]["data"]["email"] == "alice@example.com"
    assert seen[0]["metadata"]["event_id"] == event["metadata"]["event_id"]


@pytest.mark.swallows
def test_redaction_that_fails_drops_the_record() -> None:
    """Privacy fails closed: what cannot be redacted does not go out, and is counted."""
    with capture() as captured:

        def broken(_: Mapping[str, Any]) -> Mapping[str, Any]:
            raise RuntimeError

        pipeline = captured.telemetry._pipeline
        assert isinstance(pipeline, Pipeline)
        redactor = pipeline._rules.current.redactor
        assert isinstance(redactor, Redactor)
        pipeline._rules.current = pipeline._rules.current._replace(redactor=_Broken())  # type: ignore[arg-type] # a fake
        captured.telemetry.collector.track("a", {"email": "alice@example.com"})
        assert captured.events == []
        assert ledger(captured).redaction_failed == 1


class _Broken:
    """A redactor that fails."""

    def redact_text(self, text: str) -> str:
        """Pass the name."""
        return text

    def redact_attributes(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """Fail."""
        raise RuntimeError


def test_event_names_attributes_keys_and_nested_values_are_redacted() -> None:
    """Whatever the application put where, it does not go out in the clear."""
    with capture() as captured:
        captured.telemetry.collector.track(
            "mail to alice@example.com",
            {
                "note": "SSN 536-22-8726",
                "bob@example.com": 1,
                "nested": [{"password": "hunter2", "to": "x@example.com"}],
            },
        )
        (log,) = [log for log in captured.logs if log.event_name not in ("session.start", "session.end")]
    assert log.event_name == "mail to [REDACTED]"
    for secret in ("alice", "bob", "536-22-8726", "hunter2", "x@example.com"):
        assert secret not in repr(log)


def test_the_resource_is_redacted_too() -> None:
    """A secret that somebody put into the resource's attributes does not go out with every request."""
    with capture(resource_attributes={"owner": "alice@example.com", "api_key": "k", "team": "x"}) as captured:
        captured.telemetry.collector.track("a")
        resource = captured.logs[0].resource
    assert (resource["owner"], resource["api_key"], resource["team"]) == ("[REDACTED]", "[REDACTED]", "x")


def test_a_field_that_is_to_be_redacted_from_now_on_is_redacted_in_the_resource_too() -> None:
    """A live change holds for what is accepted afterwards, with all that goes out with it."""
    with capture(resource_attributes={"teamowner": "bob"}) as captured:
        captured.telemetry.collector.track("a")
        captured.telemetry.collector.update_config(redact_fields=("teamowner",))
        captured.telemetry.collector.track("b")
        owners = {log.event_name: log.resource["teamowner"] for log in captured.logs}
    assert (owners["a"], owners["b"]) == ("bob", "[REDACTED]")


def test_without_redaction_everything_is_as_it_was_given(caplog: pytest.LogCaptureFixture) -> None:
    """redact_pii=False switches all of it off, user ids included, and says so once."""
    with capture(redact_pii=False) as captured:
        captured.telemetry.collector.track("a", {"email": "alice@example.com", "user_id": "alice"})
        assert captured.events[0]["data"] == {"email": "alice@example.com", "user_id": "alice"}
    assert [record.message for record in caplog.records if "redact_pii" in record.message] != []


def test_user_ids_become_one_pseudonym_wherever_they_stand() -> None:
    """The scope's user and a user id in the data are the same person; another process with the key agrees."""
    pseudonyms = []
    for _ in range(2):
        with capture(pseudonym_key="0123456789abcdef") as captured:
            with captured.telemetry.scope(user_id="alice"):
                captured.telemetry.collector.track("a", {"userId": "alice", "nested": {"enduser.id": "alice"}})
            data = captured.events[0]["data"]
            pseudonyms += [data["user.id"], data["userId"], data["nested"]["enduser.id"]]
    assert len(set(pseudonyms)) == 1
    assert "alice" not in pseudonyms[0]


def test_raw_user_ids_are_left_alone_where_that_is_asked_for() -> None:
    """user_ids="raw" keeps the id, and what the record is about is known all the same."""
    with capture(user_ids="raw") as captured:
        captured.telemetry.collector.track("a", {"user_id": "alice"})
        (item,) = [item for item in queued(captured) if not item.lifecycle]
        assert len(item.subjects) == 8
        assert captured.events[0]["data"] == {"user_id": "alice"}


def queued(captured: CapturedTelemetry) -> list[Any]:
    """Return what waits in the queue."""
    pipeline = captured.telemetry._pipeline
    assert isinstance(pipeline, Pipeline)
    return list(pipeline.worker.queue._waiting)


def test_the_queue_knows_purpose_and_subjects_of_what_it_holds() -> None:
    """Consent and erasure can find a record without decoding it."""
    with capture(pseudonym_key="0123456789abcdef") as captured:
        with captured.telemetry.scope(user_id="alice"):
            captured.telemetry.collector.track("a")
            captured.telemetry.collector.track_error(ValueError("x"))
        captured.telemetry.collector.track("b", {"user_id": "bob", "peer": {"user_id": "alice"}})
        captured.telemetry.collector.track("c")
        _, a, error, b, c = queued(captured)
    assert [item.purposes for item in (a, error, b, c)] == [
        Purpose.ANALYTICS,
        Purpose.ERRORS,
        Purpose.ANALYTICS,
        Purpose.ANALYTICS,
    ]
    assert a.subjects == error.subjects
    assert len(a.subjects) == 8
    assert len(b.subjects) == 16
    assert a.subjects in b.subjects
    assert c.subjects == b""


def test_update_config_is_atomic_and_holds_from_then_on() -> None:
    """Valid changes hold for what follows; one bad change among good ones changes nothing."""
    with capture() as captured:
        collector = captured.telemetry.collector
        collector.track("a", {"colour": "red"})
        collector.update_config(redact_fields=("colour",), max_buffer_size=7)
        collector.track("b", {"colour": "red"})
        with pytest.raises(ConfigurationError):
            collector.update_config(sampling="never", sampling_rate=7)
        with pytest.raises(ConfigurationError, match=r"configure\(replace=True\)"):
            collector.update_config(transport="console")
        collector.track("c")
        assert [event["data"] for event in captured.events] == [{"colour": "red"}, {"colour": "[REDACTED]"}, {}]
        assert collector.buffer_status().max_size == 7


def test_a_change_of_other_settings_does_not_open_the_throttle() -> None:
    """What was admitted before an update still counts after it."""
    with capture(sampling="throttled", max_events_per_window=2) as captured:
        collector = captured.telemetry.collector
        for _ in range(2):
            collector.track("a")
        collector.update_config(debug=False)
        collector.track("a")
        collector.update_config(max_events_per_window=3)
        collector.track("a")
        collector.track("a")
        assert len(captured.events) == 3


def test_switching_off_delivers_what_is_held() -> None:
    """enabled=False does not strand what was recorded before it."""
    with capture() as captured:
        captured.telemetry.collector.track("a")
        captured.telemetry.collector.update_config(enabled=False)
        captured.telemetry.collector.track("b")
        assert [event["type"] for event in captured.events] == ["a"]
        captured.telemetry.collector.update_config(enabled=True)
        captured.telemetry.collector.track("c")
        assert [event["type"] for event in captured.events] == ["a", "c"]


def test_debug_logs_what_is_redacted_only(caplog: pytest.LogCaptureFixture) -> None:
    """The debug log shows each event as it leaves."""
    logger = logging.getLogger("clippy_otel")
    logger.setLevel(logging.ERROR)
    try:
        with capture(debug=True) as captured:
            captured.telemetry.collector.track("user.login", {"email": "alice@example.com", "plan": "pro"})
            captured.telemetry.collector.update_config(debug=False)
        assert logger.level == logging.ERROR
    finally:
        logger.setLevel(logging.NOTSET)
    assert "user.login" in caplog.text
    assert "pro" in caplog.text
    assert "alice" not in caplog.text


def test_a_record_from_a_signal_handler_keeps_its_own_subjects() -> None:
    """An event recorded while another one is being redacted on the same thread does not mix up whom they are about."""
    transport = InMemoryTransport()
    with capture() as captured:
        config = captured.telemetry.config
    pipeline = Pipeline(config, ids=SequentialIds(), transports={"logs": transport})

    class Interrupting:
        """A value whose text is asked for in the middle of redaction."""

        def __str__(self) -> str:
            pipeline.emit("inner", {"user_id": "bob"}, Purpose.ANALYTICS)
            return "text"

    pipeline.emit("outer", {"user_id": "alice", "value": Interrupting()}, Purpose.ANALYTICS)
    _, inner, outer = pipeline.worker.queue._waiting
    assert len(inner.subjects) == len(outer.subjects) == 8
    assert inner.subjects != outer.subjects
    pipeline.shutdown(5000)


def test_threads_that_record_update_and_flush_at_once_lose_nothing() -> None:
    """Whatever is going on, every record is in exactly one column."""
    with capture(max_queue_size=10_000, max_memory_bytes=50_000_000) as captured:
        collector = captured.telemetry.collector

        def work(thread: int) -> None:
            for turn in range(200):
                collector.track("a", {"thread": thread, "turn": turn})
                if turn % 50 == 0:
                    collector.update_config(max_buffer_size=20 + thread)
                    collector.flush(5000)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seen = {(event["data"]["thread"], event["data"]["turn"]) for event in captured.events}
        assert len(seen) == 1600
        assert ledger(captured) == LedgerRow(offered=1601, exported=1601)


def test_errors_are_exempt_from_sampling_and_from_its_weight() -> None:
    """An error that is kept at a rate of 1 % stands for itself, not for a hundred."""
    with capture(sampling="probabilistic", sampling_rate=0.01) as captured:
        captured.telemetry.collector.track_error(ValueError("x"))
        assert "sampling.weight" not in captured.errors[0]["data"]


def test_a_pipeline_that_is_dropped_delivers_and_ends_its_thread() -> None:
    """A collector that goes out of scope without a shutdown loses nothing and leaves nothing running."""
    events: list[Any] = []

    def forget() -> None:
        collector = TelemetryCollector(transport="custom", custom_transport=events.extend)
        collector.track("a")

    forget()
    gc.collect()
    deadline = time.monotonic() + 10
    while any(thread.name == THREAD_NAME for thread in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert [event["type"] for event in events] == ["session.start", "a"]
    assert not any(thread.name == THREAD_NAME for thread in threading.enumerate())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_pipeline_that_cannot_be_made_has_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though ended processes have left something that it would deliver."""

    def fail(*_: object) -> None:
        raise ConfigurationError("not today")

    monkeypatch.setattr(Binding, "bridge_logging", fail)
    spool = FakeSpool(leftovers=[make_item()])
    config = resolve(config=None, environ={}, service_name="test", logging_level="INFO")
    with pytest.raises(ConfigurationError):
        Pipeline(
            config,
            transports={"logs": InMemoryTransport()},
            kept=Kept(Ledger(), Pseudonyms("key"), Consent(None, Pseudonyms("key")), cast("Any", spool)),
        )
    assert not any(thread.name == THREAD_NAME for thread in threading.enumerate())
    assert spool.tended == 0


def test_a_forked_child_is_another_instance_with_its_own_books() -> None:
    """Its records bear a service.instance.id of its own, other ids, and a session after the parent's."""
    with capture() as captured:
        captured.telemetry.collector.track("parent")
        parent = captured.logs[-1]
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            captured.telemetry.collector.track("child")
            log = captured.logs[-1]
            row = captured.telemetry.collector.buffer_status().ledger["logs"]
            told = [
                log.resource["service.instance.id"],
                str(row.offered),
                captured.sessions[0]["data"]["session.previous_id"],
            ]
            os.write(writing, "\n".join(told).encode())
            os._exit(0)
        os.waitpid(child, 0)
        instance_id, offered, previous_id = os.read(reading, 1000).decode().split("\n")
        os.close(reading)
        os.close(writing)
    assert instance_id != parent.resource["service.instance.id"]
    assert offered == "2"
    assert previous_id == parent.attributes["session.id"]


def test_a_pipeline_with_providers_that_is_dropped_is_gone_and_has_delivered() -> None:
    """Its worker delivers events and metrics, and keeps nothing of it alive."""
    sent = {signal: InMemoryTransport() for signal in SIGNALS}
    pipeline = Pipeline(resolve("x", flush_on=(), flush_interval_ms=0), transports=sent)
    pipeline.emit("event", {}, Purpose.ANALYTICS)
    pipeline.record("duration", 5.0, unit="ms", attributes=None)
    pipeline.tracer.start_span("span").end()
    gone = threading.Event()
    weakref.finalize(pipeline, gone.set)
    worker = pipeline.worker
    del pipeline
    gc.collect()
    assert gone.is_set()
    deadline = time.monotonic() + 10
    while not (sent["metrics"].requests and worker.queue.idle()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [log.event_name for log in sent["logs"].logs()] == ["session.start", "event"]
    assert [span.name for span in sent["spans"].spans()] == ["span"]


def test_turning_it_off_ends_the_session_that_was_recorded() -> None:
    """A session whose start went out has an end; turned on again, another one begins."""
    with capture() as captured:
        collector = captured.telemetry.collector
        collector.track("a")
        collector.update_config(enabled=False)
        collector.track("b")
        collector.update_config(enabled=True)
        collector.track("c")
        assert [log.event_name for log in captured.logs] == ["session.start", "a", "session.end", "session.start", "c"]
