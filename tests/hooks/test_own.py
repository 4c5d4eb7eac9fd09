"""Providers of our own: hooked from within, bound to one pipeline after another, with what others add to them."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from clippy_otel.hooks.own import OwnLogs, OwnTraces
from clippy_otel.hooks.providers import RELEASE_THREAD_NAME
from clippy_otel.ledger import LedgerRow
from tests._hooks import HIDDEN, MAIL, Logs, Spans, rig

RESOURCE = Resource({"service.name": "shop"})


def test_unbound_providers_show_nothing() -> None:
    """Before there is a pipeline nothing can be redacted, so nobody sees anything."""
    traces, logs = OwnTraces(RESOURCE), OwnLogs(RESOURCE)
    spans, records = Spans(), Logs()
    traces.provider.add_span_processor(spans)
    logs.provider.add_log_record_processor(records)
    traces.provider.get_tracer("app").start_span("s").end()
    logs.provider.get_logger("app").emit(body="x")
    assert spans.ended == records.emitted == []
    assert traces.provider.force_flush()
    assert logs.provider.force_flush()


def test_tracers_and_loggers_go_over_to_the_next_pipeline() -> None:
    """What was made under one pipeline records into the one that the providers are bound to now."""
    with rig() as one, rig(redact_fields=("team",)) as other:
        made = one.own()
        spans, records = Spans(), Logs()
        made.traces.provider.add_span_processor(spans)
        made.logs.provider.add_log_record_processor(records)
        tracer, logger = made.traces.provider.get_tracer("app"), made.logs.provider.get_logger("app")
        meter = made.metrics.provider.get_meter("app")
        counter = meter.create_counter("c")
        open_span = tracer.start_span("open", attributes={"team": "blue"})
        tracer.start_span("a", attributes={"team": "blue"}).end()
        logger.emit(body="a", attributes={"team": "blue"})
        counter.add(1, {"team": "blue"})
        assert one.worker.flush(10_000).exported == 3
        other.bind(made)
        one.close()
        open_span.end()
        logger.emit(body="b", attributes={"team": "blue"})
        counter.add(1, {"team": "blue"})
        assert [span.name for span in other.spans()] == ["open"]
        assert [log.body for log in other.logs()] == ["b"]
        assert {str(point.attributes) for point in other.points()} == {
            "{'team': 'blue'}",  # a total of before goes on
            f"{{'team': '{HIDDEN}'}}",
        }
        assert [dict(span.attributes)["team"] for span in spans.ended] == ["blue", HIDDEN]
        assert [dict(record.log_record.attributes)["team"] for record in records.emitted] == ["blue", HIDDEN]
        assert one.row("spans") == LedgerRow(offered=1, exported=1)
        assert other.row("spans") == LedgerRow(offered=1, exported=1)


def test_the_next_pipelines_resource_takes_the_place_of_the_one_before() -> None:
    """What is not in it any more is gone, for tracers, loggers and meters made before too."""
    with rig() as one, rig() as other:
        made = one.own({"service.name": "old", "deployment.environment.name": "prod"})
        tracer, logger = made.traces.provider.get_tracer("app"), made.logs.provider.get_logger("app")
        counter = made.metrics.provider.get_meter("app").create_counter("c")
        other.bind(made, Resource({"service.name": "new"}))
        tracer.start_span("s").end()
        logger.emit(body="b")
        counter.add(1)
        new = {"service.name": "new"}
        assert other.spans()[0].resource == other.logs()[0].resource == other.points()[0].resource == new
        made.traces.provider.get_tracer("later").start_span("s").end()
        made.logs.provider.get_logger("later").emit(body="b")
        assert other.spans()[1].resource == other.logs()[1].resource == new


def test_a_flush_of_a_provider_reaches_the_processors_of_others() -> None:
    """Theirs are flushed with what is left of the time, and their answer counts."""
    timeouts: list[int] = []

    class Slow(Spans):
        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            timeouts.append(timeout_millis)
            return False

    with rig() as parts:
        provider = parts.own().traces.provider
        provider.add_span_processor(Slow())
        assert not provider.force_flush(1000)
        assert 0 < timeouts[0] <= 1000


def test_a_logger_says_that_it_records() -> None:
    """Whoever asks before emitting is told to, with nobody listening but us; not while nothing would be recorded."""
    with rig() as parts:
        provider = parts.own().logs.provider
        logger = provider.get_logger("app")
        assert logger.enabled(severity_number=SeverityNumber.INFO, event_name="e")
        parts.rules.update({"enabled": False})
        assert not logger.enabled()
    assert not logger.enabled()


def test_a_logger_asks_others_where_we_do_not_deliver() -> None:
    """Then their answer is the one that counts."""

    class Choosy(Logs):
        def enabled(self, **_: Any) -> bool:
            return False

    with rig(delivers=("spans",)) as parts:
        provider = parts.own().logs.provider
        logger = provider.get_logger("app")
        assert not logger.enabled()
        provider.add_log_record_processor(Choosy())
        assert not logger.enabled()
        provider.add_log_record_processor(Logs())
        assert logger.enabled()


def test_what_others_registered_is_shut_down_and_forgotten() -> None:
    """Processors and readers are ended with us, once; the providers can go on without them."""
    with rig() as parts:
        made = parts.own()
        spans, records, reader = Spans(), Logs(), InMemoryMetricReader()
        made.traces.provider.add_span_processor(spans)
        made.logs.provider.add_log_record_processor(records)
        made.metrics.provider.add_metric_reader(reader)
        assert made.logs.has_listeners()
        made.release(10)
        made.release(10)
        assert spans.shut_down == records.shut_down == 1
        assert not made.logs.has_listeners()
        made.traces.provider.get_tracer("app").start_span("s").end()
        made.logs.provider.get_logger("app").emit(body="x")
        assert spans.ended == records.emitted == []
        assert len(parts.spans()) == len(parts.logs()) == 1


@pytest.mark.swallows
def test_one_that_raises_does_not_keep_the_others_from_their_end() -> None:
    """Each of them is shut down, whatever the one before does."""

    class Broken(Spans):
        def shutdown(self) -> None:
            raise RuntimeError

    with rig() as parts:
        made = parts.own()
        spans, records = Spans(), Logs()
        for processor in (Broken(), spans):
            made.traces.provider.add_span_processor(processor)
        made.logs.provider.add_log_record_processor(records)
        made.release(10)
        assert spans.shut_down == records.shut_down == 1


class Hanging(Spans):
    """A processor whose shutdown takes until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def shutdown(self) -> None:
        """Hang."""
        self.release.wait(30)
        super().shutdown()


def ended_threads() -> bool:
    """Wait until no thread ends the processors of others any more."""
    for thread in threading.enumerate():
        if thread.name == RELEASE_THREAD_NAME:
            thread.join(10)
    return not any(thread.name == RELEASE_THREAD_NAME for thread in threading.enumerate())


def test_one_that_hangs_is_not_waited_for_beyond_the_deadline() -> None:
    """What is registered afterwards is another configuration's, and not ended when the hanging one comes back."""
    with rig() as parts:
        made = parts.own()
        hanging, after, later = Hanging(), Logs(), Logs()
        made.traces.provider.add_span_processor(hanging)
        made.logs.provider.add_log_record_processor(after)
        started = time.monotonic()
        made.release(0.1)
        assert time.monotonic() - started < 5
        made.logs.provider.add_log_record_processor(later)
        made.logs.provider.get_logger("app").emit(body="x")
        assert (len(after.emitted), len(later.emitted)) == (0, 1)
        hanging.release.set()
        assert ended_threads()
        assert (hanging.shut_down, after.shut_down, later.shut_down) == (1, 1, 0)
        made.logs.provider.get_logger("app").emit(body="y")
        assert len(later.emitted) == 2


def test_without_a_thread_they_are_ended_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the interpreter's exit none can be started."""

    def cannot_start(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    with rig() as parts:
        made = parts.own()
        spans = Spans()
        made.traces.provider.add_span_processor(spans)
        monkeypatch.setattr(threading.Thread, "start", cannot_start)
        made.release(10)
        monkeypatch.undo()
        assert spans.shut_down == 1


def test_nobody_to_end_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline alone ends without one."""
    started: list[threading.Thread] = []
    with rig() as parts:
        made = parts.own()
        monkeypatch.setattr(threading.Thread, "start", started.append)
        made.release(10)
        monkeypatch.undo()
    assert started == []


def test_a_processor_of_others_that_raises_is_the_callers_as_in_the_sdk() -> None:
    """We are no party to it: our own delivery has the span by then."""

    class Broken(Spans):
        def on_end(self, span: Any) -> None:  # noqa: ARG002 - the SDK's signature
            raise RuntimeError

    with rig() as parts:
        provider = parts.own().traces.provider
        provider.add_span_processor(Broken())
        span = provider.get_tracer("app").start_span("s")
        with pytest.raises(RuntimeError):
            span.end()
        assert len(parts.spans()) == 1


def test_identity_of_all_signals() -> None:
    """All columns add up to what was offered, through refusals, failures and a live change."""
    with rig(max_records=20) as parts:
        made = parts.own()
        tracer, logger = made.traces.provider.get_tracer("app"), made.logs.provider.get_logger("app")
        counter = made.metrics.provider.get_meter("app").create_counter("c")

        def record(count: int) -> None:
            for number in range(count):
                tracer.start_span(MAIL).end()
                logger.emit(body=MAIL)
                counter.add(1, {"n": number})

        record(15)
        parts.spans()
        parts.rules.update({"enabled": False})
        record(3)
        parts.rules.update({"enabled": True, "sampling": "never"})
        record(3)
        parts.rules.update({"sampling": "always"})
        record(3)
        parts.close()
        record(2)
        spans, logs = parts.row("spans"), parts.row("logs")
        assert spans == logs._replace(queue_full=spans.queue_full, exported=spans.exported)
        assert (spans.offered, spans.disabled, spans.sampled_out, spans.after_shutdown) == (26, 3, 3, 2)
        assert spans.queue_full + logs.queue_full == 10
        assert spans.pending == parts.row("metrics").pending == 0
        assert parts.row("metrics").disabled == 3


def test_two_pipelines_share_nothing() -> None:
    """Providers made apart are apart."""
    with rig() as one, rig() as other:
        first, second = one.own(), other.own()
        first.traces.provider.get_tracer("app").start_span("s").end()
        second.logs.provider.get_logger("app").emit(body="x")
        assert (len(one.spans()), len(other.spans())) == (1, 0)
        assert (len(one.logs()), len(other.logs())) == (0, 1)
