"""Our events for the log processors of others: redacted records of the SDK, and nothing of theirs reaches us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from clippy_otel import semconv
from clippy_otel.collector import TelemetryCollector
from clippy_otel.config import resolve
from clippy_otel.hooks.outlet import EventOutlet
from clippy_otel.hooks.providers import Providers
from clippy_otel.hooks.targets import Targets
from clippy_otel.ledger import LedgerRow
from clippy_otel.pipeline import Pipeline
from clippy_otel.resource import DISTRO
from clippy_otel.testing import InMemoryTransport
from tests._hooks import HIDDEN, MAIL, Logs, Rig, no_globals, rig

STAMPS = (17, "ERROR", 5, 6)


def outlet(parts: Rig, made: Providers) -> EventOutlet:
    """Return an outlet to some providers."""
    return EventOutlet(made.logs, parts.intake)


def theirs() -> LoggerProvider:
    """Return somebody's logger provider, of whose resource something must be hidden."""
    return LoggerProvider(resource=Resource({"owner": MAIL}), shutdown_on_exit=False)


def test_it_is_open_where_somebody_listens() -> None:
    """In a provider of ours and in somebody's, from the first processor on."""
    provider = theirs()
    with rig() as own, rig(owns=False) as attached:
        made, joined = own.own(), attached.join(logs=provider)
        for parts, providers in ((own, made), (attached, joined)):
            shown = outlet(parts, providers)
            assert not shown.is_open()
            providers.logs.provider.add_log_record_processor(Logs())
            assert shown.is_open()
        joined.release(10)


def test_a_record_says_what_the_event_does() -> None:
    """Name, attributes, severity, times, and the trace that it was recorded in; it is past the hook."""
    with rig() as parts:
        made = parts.own({"service.name": "shop"})
        kept = Logs()
        made.logs.provider.add_log_record_processor(kept)
        with TracerProvider(shutdown_on_exit=False).get_tracer("app").start_as_current_span("s") as span:
            outlet(parts, made).show("it.broke", {"n": 1, "nested": {"a": [1]}}, STAMPS)
        (emitted,) = kept.emitted
        record = emitted.log_record
        assert (record.event_name, record.body, record.severity_text) == ("it.broke", None, "ERROR")
        assert dict(record.attributes) == {"n": 1, "nested": {"a": (1,)}}
        assert record.severity_number is SeverityNumber.ERROR
        assert (record.timestamp, record.observed_timestamp) == (5, 6)
        context = span.get_span_context()
        assert (record.trace_id, record.span_id, record.trace_flags) == (
            context.trace_id,
            context.span_id,
            context.trace_flags,
        )
        assert emitted.resource.attributes == {"service.name": "shop"}
        assert emitted.instrumentation_scope.name == semconv.DISTRO_NAME
        assert dict(emitted.instrumentation_scope.attributes) == dict(DISTRO)
        assert parts.row("logs") == LedgerRow()


def test_all_records_share_one_scope() -> None:
    """Exporters group by it."""
    with rig() as parts:
        made = parts.own()
        kept = Logs()
        made.logs.provider.add_log_record_processor(kept)
        shown = outlet(parts, made)
        shown.show("a", {}, STAMPS)
        shown.show("b", {}, STAMPS)
        one, two = kept.emitted
        assert one.instrumentation_scope is two.instrumentation_scope
        assert one.resource is two.resource


def test_the_resource_of_somebodys_provider_is_redacted() -> None:
    """Our events say no more of where they come from than their own records do."""
    provider, kept = theirs(), Logs()
    provider.add_log_record_processor(kept)
    with rig(owns=False, delivers=()) as parts:
        made = parts.join(logs=provider)
        outlet(parts, made).show("e", {}, STAMPS)
        assert dict(kept.emitted[0].resource.attributes) == {"owner": HIDDEN}
        made.release(10)


class Broken(Logs):
    """A processor that raises."""

    def on_emit(self, log_record: Any) -> None:
        """Raise."""
        super().on_emit(log_record)
        raise RuntimeError


@pytest.mark.swallows
def test_what_a_processor_raises_goes_no_further() -> None:
    """Whoever records an event has not called it."""
    with rig() as parts:
        made = parts.own()
        made.logs.provider.add_log_record_processor(Broken())
        outlet(parts, made).show("e", {}, STAMPS)


Setting = Callable[[], tuple[TelemetryCollector, Any]]


@pytest.fixture(params=["own", "attached", "attached and delivering"])
def setting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a collector, the logger provider that others register with, the transport, and its pipeline."""
    no_globals(monkeypatch)
    config = resolve(config=None, environ={}, service_name="test", flush_on=())
    transport = InMemoryTransport()
    if request.param == "own":
        pipeline = Pipeline(config, transports={"logs": transport})
    else:
        transports: Any = {"logs": transport} if "delivering" in request.param else {}
        pipeline = Pipeline(config, transports=transports, providers=Targets(None, theirs(), None))
    yield TelemetryCollector.over(pipeline), pipeline.provider("logs"), transport, pipeline, request.param
    pipeline.shutdown(10_000)


def test_events_reach_the_processors_of_others(setting: Any) -> None:
    """Redacted, with the ids of event and session; sessions too; booked as delivered or as handed over."""
    collector, provider, transport, pipeline, kind = setting
    kept = Logs()
    provider.add_log_record_processor(kept)
    collector.track("sign.up", {"to": MAIL, "n": 1})
    pipeline.shutdown(10_000)
    start, event, end = (emitted.log_record for emitted in kept.emitted)
    assert [record.event_name for record in (start, event, end)] == ["session.start", "sign.up", "session.end"]
    attributes = dict(event.attributes)
    assert (attributes["to"], attributes["n"]) == (HIDDEN, 1)
    assert attributes[semconv.SESSION_ID] == start.attributes[semconv.SESSION_ID] == end.attributes[semconv.SESSION_ID]
    assert len(attributes[semconv.LOG_RECORD_UID]) == 32
    row = pipeline.ledger.row("logs")
    if kind == "attached":
        assert row == LedgerRow(offered=3, handed_over=3)
    else:
        assert row == LedgerRow(offered=3, exported=3)
        ids = [log.attributes[semconv.LOG_RECORD_UID] for log in transport.logs()]
        assert ids == [emitted.log_record.attributes[semconv.LOG_RECORD_UID] for emitted in kept.emitted]


@pytest.mark.swallows
def test_an_exception_of_theirs_does_not_reach_track(setting: Any) -> None:
    """The event is recorded, and the application goes on."""
    collector, provider, transport, pipeline, kind = setting
    broken = Broken()
    provider.add_log_record_processor(broken)
    collector.track("sign.up")
    assert collector.track_error(ValueError("x")) != ""
    pipeline.shutdown(10_000)
    assert [emitted.log_record.event_name for emitted in broken.emitted] == [
        "session.start",
        "sign.up",
        "exception",
        "session.end",
    ]
    row = pipeline.ledger.row("logs")
    assert row == (LedgerRow(offered=4, handed_over=4) if kind == "attached" else LedgerRow(offered=4, exported=4))
    assert len(transport.logs()) == row.exported


def test_nobody_listening_is_not_called_handed_over(setting: Any) -> None:
    """Without a delivery of ours and a processor of theirs an event goes nowhere, and the books say so."""
    collector, _, _, pipeline, kind = setting
    collector.track("sign.up")
    pipeline.shutdown(10_000)
    row = pipeline.ledger.row("logs")
    assert row == (LedgerRow(offered=3, disabled=3) if kind == "attached" else LedgerRow(offered=3, exported=3))


def test_what_is_left_out_is_shown_to_nobody(setting: Any) -> None:
    """Filtered, sampled out, or turned off: others see no more than we deliver."""
    collector, provider, _, pipeline, _ = setting
    kept = Logs()
    provider.add_log_record_processor(kept)
    collector.update_config(before_send=lambda _: None)
    collector.track("filtered")
    collector.update_config(before_send=None, sampling="never")
    collector.track("sampled out")
    collector.update_config(sampling="always", enabled=False)
    collector.track("off")
    names = [emitted.log_record.event_name for emitted in kept.emitted]
    assert names == ["session.start"]
    row = pipeline.ledger.row("logs")
    assert (row.filtered, row.sampled_out, row.disabled) == (1, 1, 1)
