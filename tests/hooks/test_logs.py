"""The way of a foreign log record: sampled, redacted, encoded, queued, shown; and what is booked where it ends."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider, ReadWriteLogRecord
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    InMemoryLogRecordExporter,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from clippy_otel import semconv
from clippy_otel.hooks.logs import LogHook, LogRedaction
from clippy_otel.ledger import LedgerRow
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Purpose
from clippy_otel.privacy.redactor import Redactor
from tests._fakes import RaisingMapping
from tests._hooks import HIDDEN, MAIL, Logs, rig

REDACTOR = Redactor()
RESOURCE = Resource({"service.name": "shop"})
SCOPE = InstrumentationScope("app", "1")


def emitted(*, resource: Resource = RESOURCE, scope: InstrumentationScope | None = SCOPE, **fields: Any) -> Any:
    """Return a record as the SDK hands it to processors."""
    return ReadWriteLogRecord(LogRecord(**fields), resource, scope)


def redacted(record: Any) -> Any:
    """Return a record as others may see it."""
    return LogRedaction().redact(record, REDACTOR)


def text_of(record: Any) -> str:
    """Return everything that a record says."""
    fields = {name: value for name, value in vars(record.log_record).items() if name != "context"}
    fields["attributes"] = dict(record.log_record.attributes)
    return f"{fields} {record.resource.attributes} {dict(record.instrumentation_scope.attributes)}"


@pytest.mark.parametrize(
    "body",
    [None, "it broke", 5, 1.5, True, b"raw", frozenset({"a"}), ""],
)
def test_a_clean_record_is_the_same_object(body: Any) -> None:
    """Nothing is copied where nothing is to be hidden."""
    record = emitted(body=body, attributes={"k": "v"}, event_name="e", severity_text="INFO")
    assert redacted(record) is record


def test_what_becomes_of_a_body_after_it_was_emitted_is_seen_by_nobody() -> None:
    """A Batch processor exports it later: the caller may have put into it by then what was never redacted."""
    part: dict[str, Any] = {"n": 1}
    body = {"part": part, "parts": (part,), "list": [part], "set": {"a"}}
    exporter = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call] # the SDK's
    with rig() as parts:
        provider = parts.own().given["logs"]
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
        provider.get_logger("app").emit(body=body)
        part["to"] = body["list"] = body["late"] = MAIL
        provider.force_flush()
        provider.shutdown()
    (log,) = exporter.get_finished_logs()
    assert log.log_record.body == {"part": {"n": 1}, "parts": ({"n": 1},), "list": [{"n": 1}], "set": {"a"}}


class Complaint:
    """An object of an application's own kind."""

    def __str__(self) -> str:
        return f"complaint of {MAIL}"


@pytest.mark.parametrize(
    "fields",
    [
        {"body": f"mail {MAIL}"},
        {"body": {"to": MAIL, "n": 1}},
        {"body": {"deep": [{"password": "hunter2"}]}},
        {"body": ["x", MAIL]},
        {"body": MAIL.encode()},
        {"body": Complaint()},
        {"attributes": {"to": MAIL}},
        {"attributes": {"password": "hunter2"}},
        {"attributes": {"deep": {"a": [MAIL]}}},
        {"event_name": f"mail.{MAIL}"},
        {"severity_text": MAIL},
        {"resource": Resource({"owner": MAIL})},
        {"scope": InstrumentationScope("app", attributes={"author": MAIL})},
    ],
)
def test_every_surface_is_redacted(fields: dict[str, Any]) -> None:
    """What is hidden is hidden wherever it stands; the record that came in is left as it was, in content and parts."""
    record = emitted(**fields)
    log = record.log_record
    parts, attributes, body = dict(vars(log)), dict(log.attributes), copy.deepcopy(log.body)
    shown = redacted(record)
    assert shown is not record
    assert MAIL not in text_of(shown)
    assert "hunter2" not in text_of(shown)
    assert HIDDEN in text_of(shown)
    assert record.log_record is log
    assert all(value is parts[name] for name, value in vars(log).items())
    assert dict(log.attributes) == attributes
    assert isinstance(body, Complaint) or log.body == body
    assert type(shown) is type(record)
    assert type(shown.log_record) is type(log)


def test_an_exception_object_goes_no_further() -> None:
    """Its attributes are redacted, and the object, with the frames that it holds, is taken off."""
    provider = LoggerProvider(resource=RESOURCE, shutdown_on_exit=False)
    kept = Logs()
    provider.add_log_record_processor(kept)
    error = ValueError(f"no such user: {MAIL}")
    provider.get_logger("app").emit(body="failed", exception=error)
    shown = redacted(kept.emitted[0])
    assert shown.log_record.exception is None
    assert shown.log_record.attributes["exception.message"] == f"no such user: {HIDDEN}"
    assert MAIL not in shown.log_record.attributes["exception.stacktrace"]
    assert shown.log_record.attributes["exception.type"] == "ValueError"
    assert kept.emitted[0].log_record.exception is error


def test_what_a_record_is_besides_is_kept() -> None:
    """Times, severity, ids, limits, context and the count of dropped attributes come through a redaction."""
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app")
    with tracer.start_as_current_span("s") as span, pytest.warns(UserWarning, match="dropped"):
        record = emitted(
            body=MAIL,
            timestamp=5,
            observed_timestamp=6,
            severity_number=SeverityNumber.WARN,
            attributes={f"k{number}": MAIL for number in range(200)},
        )
    shown = redacted(record)
    context = span.get_span_context()
    log = shown.log_record
    assert (log.timestamp, log.observed_timestamp, log.severity_number) == (5, 6, SeverityNumber.WARN)
    assert (log.trace_id, log.span_id, log.trace_flags) == (context.trace_id, context.span_id, context.trace_flags)
    assert log.context is record.log_record.context
    assert shown.limits is record.limits
    assert shown.dropped_attributes == record.dropped_attributes == 72
    assert set(log.attributes.values()) == {HIDDEN}


def test_processors_behind_may_add_attributes() -> None:
    """A redacted record is as changeable as the SDK's, by the same limits; the caller's own is not touched by it."""
    record = emitted(attributes={"to": MAIL})
    record.log_record.attributes.max_value_len = 3
    shown = redacted(record)
    shown.log_record.attributes["host"] = "long name"
    assert dict(shown.log_record.attributes) == {"to": HIDDEN, "host": "lon"}
    assert dict(record.log_record.attributes) == {"to": MAIL}


def test_all_processors_see_the_one_redacted_record() -> None:
    """Registered first or last, Simple or Batch: nobody sees another one, and we deliver what they see."""
    with rig() as parts:
        provider = parts.own().logs.provider
        logger = provider.get_logger("app", attributes={"author": MAIL})
        first, last, exporters = Logs(), Logs(), [InMemoryLogRecordExporter() for _ in range(2)]  # type: ignore[no-untyped-call]
        provider.add_log_record_processor(first)
        provider.add_log_record_processor(SimpleLogRecordProcessor(exporters[0]))
        batch = BatchLogRecordProcessor(exporters[1])
        provider.add_log_record_processor(batch)
        provider.add_log_record_processor(last)
        body = {"to": MAIL}
        logger.emit(body=body, attributes={"k": MAIL}, event_name="e")
        assert batch.force_flush()
        batch.shutdown()  # type: ignore[no-untyped-call] # the SDK's
        assert first.emitted[0] is last.emitted[0]
        for exporter in exporters:
            exported: Any = exporter.get_finished_logs()[0]
            assert exported.log_record.body == {"to": HIDDEN}
            assert dict(exported.log_record.attributes) == {"k": HIDDEN}
            assert dict(exported.instrumentation_scope.attributes) == {"author": HIDDEN}
        (delivered,) = parts.logs()
        assert (delivered.body, delivered.attributes, delivered.event_name) == ({"to": HIDDEN}, {"k": HIDDEN}, "e")
        assert body == {"to": MAIL}
        assert parts.row("logs") == LedgerRow(offered=1, exported=1)


def test_the_callers_own_record_is_left_as_it_is() -> None:
    """emit(record) hands over the application's object: it may emit it again, anywhere."""
    with rig() as parts:
        logger = parts.own().logs.provider.get_logger("app")
        body = [{"to": MAIL}]
        record = LogRecord(body=body, attributes={"k": MAIL}, event_name="e")
        logger.emit(record)
        logger.emit(record)
        assert record.body is body
        assert body == [{"to": MAIL}]
        assert dict(record.attributes or {}) == {"k": MAIL}
        assert [log.body for log in parts.logs()] == [[{"to": HIDDEN}]] * 2


def test_a_record_on_the_wire() -> None:
    """Everything of a record is delivered: ids, severity, times, scope and resource."""
    with rig() as parts:
        provider = parts.own({"service.name": "shop"}).logs.provider
        tracer = TracerProvider(shutdown_on_exit=False).get_tracer("t")
        with tracer.start_as_current_span("s") as span:
            provider.get_logger("app", "1.2").emit(
                timestamp=5,
                observed_timestamp=6,
                severity_number=SeverityNumber.ERROR,
                severity_text="ERROR",
                body="it broke",
                attributes={"n": 1},
                event_name="e",
            )
        (log,) = parts.logs()
        context = span.get_span_context()
        assert (log.time_unix_nano, log.observed_time_unix_nano) == (5, 6)
        assert (log.severity_number, log.severity_text) == (17, "ERROR")
        assert (log.trace_id, log.span_id) == (
            trace.format_trace_id(context.trace_id),
            trace.format_span_id(context.span_id),
        )
        assert log.resource == {"service.name": "shop"}
        assert (log.scope_name, log.scope_version) == ("app", "1.2")


def test_a_queued_record_says_what_it_is_for_and_whose() -> None:
    """Purpose, size and subjects stand on the item; users in the body count too."""
    with rig() as parts:
        LogHook(parts.intake).take(emitted(body={"user": {"user_id": "u1"}}, attributes={"user.id": "u2"}))
        (item,) = parts.worker.queue.take(9)
        assert item.purposes == Purpose.ANALYTICS
        assert item.subjects == b"".join(map(parts.pseudonyms.subject_hash, ["u1", "u2"]))
        assert item.size_bytes == len(item.data) + len(item.subjects) + ITEM_OVERHEAD_BYTES
        assert (item.envelope.signal, item.records, item.lifecycle) == ("logs", 1, False)
        parts.worker.queue.settle([item], "exported")


def test_never_drops_for_everybody() -> None:
    """sampling="never" shows nothing to anybody, errors included, and counts."""
    with rig(sampling="never") as parts:
        provider = parts.own().logs.provider
        kept = Logs()
        provider.add_log_record_processor(kept)
        for severity in (SeverityNumber.INFO, SeverityNumber.FATAL):
            provider.get_logger("app").emit(body="x", severity_number=severity)
        assert kept.emitted == parts.logs() == []
        assert parts.row("logs") == LedgerRow(offered=2, sampled_out=2)


def test_probabilistic_goes_by_the_trace_and_exempts_errors() -> None:
    """Inside a span the trace decides, for its log records as for its spans; errors always pass."""
    with rig(sampling="probabilistic", sampling_rate=0.5) as parts:
        made = parts.own()
        kept = Logs()
        made.logs.provider.add_log_record_processor(kept)
        tracer, logger = made.traces.provider.get_tracer("app"), made.logs.provider.get_logger("app")
        for _ in range(100):
            with tracer.start_as_current_span("s"):
                logger.emit(body="in a span")
        with_span = {record.log_record.trace_id for record in kept.emitted}
        assert 20 < len(with_span) < 80
        assert {int(span.trace_id, 16) for span in parts.spans()} == with_span
        for _ in range(100):
            logger.emit(body="failed", severity_number=SeverityNumber.ERROR)
        row = parts.row("logs")
        assert (row.offered, row.sampled_out) == (200, 100 - len(with_span))


def test_what_is_kept_says_how_many_it_stands_for() -> None:
    """The weight of a sampled record is on the wire, like that of an event; an error stands for itself."""
    with rig(sampling="probabilistic", sampling_rate=0.5) as parts:
        logger = parts.own().logs.provider.get_logger("app")
        for _ in range(50):
            logger.emit(body="x", attributes={"k": "v"})
        logger.emit(body="failed", severity_number=SeverityNumber.ERROR)
        *sampled, error = parts.logs()
        assert sampled
        assert all(log.attributes == {"k": "v", semconv.SAMPLING_WEIGHT: 2.0} for log in sampled)
        assert error.attributes == {}
    with rig() as parts:
        parts.own().logs.provider.get_logger("app").emit(body="x")
        assert parts.logs()[0].attributes == {}


def test_throttled_lets_so_many_pass() -> None:
    """The window holds for foreign records; errors have one of their own."""
    with rig(sampling="throttled", max_events_per_window=2) as parts:
        logger = parts.own().logs.provider.get_logger("app")
        for severity in (SeverityNumber.INFO, SeverityNumber.ERROR):
            for _ in range(5):
                logger.emit(body="x", severity_number=severity)
        assert len(parts.logs()) == 4
        assert parts.row("logs") == LedgerRow(offered=10, throttled=6, exported=4)


def test_disabled_in_own_providers_records_nothing() -> None:
    """enabled=False: nobody sees anything, and it is counted; turned on again, records go through."""
    with rig(enabled=False) as parts:
        provider = parts.own().logs.provider
        kept = Logs()
        provider.add_log_record_processor(kept)
        logger = provider.get_logger("app")
        logger.emit(body="off")
        parts.rules.update({"enabled": True})
        logger.emit(body="on")
        assert [record.log_record.body for record in kept.emitted] == [log.body for log in parts.logs()] == ["on"]
        assert parts.row("logs") == LedgerRow(offered=2, disabled=1, exported=1)


def test_disabled_in_somebody_elses_passes_on_redacted() -> None:
    """Turned off, theirs goes to where it went before; what is hidden stays hidden."""
    with rig(enabled=False, owns=False) as parts:
        assert LogHook(parts.intake).take(emitted(body=MAIL)).log_record.body == HIDDEN
        assert parts.logs() == []
        assert parts.row("logs") == LedgerRow(offered=1, disabled=1)


def test_what_we_do_not_deliver_is_handed_over() -> None:
    """Without a transport for log records they are left to others, redacted."""
    with rig(delivers=("spans",), owns=False) as parts:
        assert LogHook(parts.intake).take(emitted(body=MAIL)).log_record.body == HIDDEN
        assert parts.row("logs") == LedgerRow(offered=1, handed_over=1)


def _with(name: str, value: Any) -> Any:
    record = emitted(body="x")
    setattr(record.log_record, name, value)
    return record


@pytest.mark.swallows
@pytest.mark.parametrize(
    "record",
    [_with("attributes", RaisingMapping()), object(), emitted(resource=object()), emitted(scope=object())],  # type: ignore[arg-type]
)
def test_what_raises_when_it_is_read_is_shown_to_nobody(record: Any) -> None:
    """Redaction fails closed, once in the books."""
    with rig() as parts:
        provider = parts.own().logs.provider
        kept = Logs()
        provider.add_log_record_processor(kept)
        provider._multi_log_record_processor.on_emit(record)
        assert kept.emitted == []
        assert parts.row("logs") == LedgerRow(offered=1, redaction_failed=1)


@pytest.mark.swallows
def test_a_body_that_raises_becomes_the_placeholder() -> None:
    """What of a record cannot be read is hidden; the rest of it goes on."""
    with rig() as parts:
        shown = LogHook(parts.intake).take(emitted(body={"a": RaisingMapping()}, event_name="e"))
        assert shown.log_record.body == {"a": HIDDEN}
        assert [(log.event_name, log.body) for log in parts.logs()] == [("e", {"a": HIDDEN})]


@pytest.mark.swallows
def test_a_redactor_that_raises_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where our own part is what fails."""

    def fail(*_: Any, **__: Any) -> str:
        raise RuntimeError

    with rig() as parts:
        monkeypatch.setattr(Redactor, "redact", fail)
        assert LogHook(parts.intake).take(emitted(body="x")) is None
        assert parts.row("logs") == LedgerRow(offered=1, redaction_failed=1)


@pytest.mark.swallows
def test_what_cannot_be_encoded_is_counted_and_shown() -> None:
    """It is redacted by then: others may still make something of it."""
    with rig() as parts:
        shown = LogHook(parts.intake).take(_with("severity_number", "bad"))
        assert shown is not None
        assert parts.row("logs") == LedgerRow(offered=1, unencodable=1)


def test_without_redaction_records_go_as_they_are() -> None:
    """redact_pii=False is everything off."""
    with rig(redact_pii=False) as parts:
        record = emitted(body=MAIL)
        assert LogHook(parts.intake).take(record) is record
        assert [log.body for log in parts.logs()] == [MAIL]


def test_more_attributes_than_usual_are_delivered() -> None:
    """The provider's own limit holds, not a smaller one of ours, and what it left out is counted."""
    with rig() as parts:
        record = emitted(attributes={f"k{number}": number for number in range(120)})
        record.log_record.attributes.dropped = 3
        LogHook(parts.intake).take(record)
        (log,) = parts.logs()
        assert len(log.attributes) == 120
        assert log.dropped_attributes_count == 3


def test_after_the_end_nothing_is_taken() -> None:
    """Own providers show nothing any more, and say in which column it is."""
    with rig() as parts:
        provider = parts.own().logs.provider
        logger = provider.get_logger("app")
        parts.close()
        logger.emit(body="late")
        assert parts.row("logs") == LedgerRow(offered=1, after_shutdown=1)


def test_a_flush_of_the_provider_delivers() -> None:
    """force_flush of the logger provider is a flush of ours."""
    with rig() as parts:
        provider = parts.own().logs.provider
        provider.get_logger("app").emit(body="x")
        assert provider.force_flush(10_000)
        assert parts.row("logs") == LedgerRow(offered=1, exported=1)
