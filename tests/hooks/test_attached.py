"""Somebody's providers, joined: everything redacted from then on, nothing replaced, and no trace afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs._internal import ConcurrentMultiLogRecordProcessor, SynchronousMultiLogRecordProcessor
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    InMemoryLogRecordExporter,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import (
    ConcurrentMultiSpanProcessor,
    SpanProcessor,
    SynchronousMultiSpanProcessor,
    TracerProvider,
)
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clippy_otel.ledger import LedgerRow
from tests._hooks import HIDDEN, MAIL, Logs, Spans, rig

RESOURCE = Resource({"service.name": "theirs", "owner": MAIL})


def traces(multi: Any = None) -> TracerProvider:
    """Return somebody's tracer provider."""
    return TracerProvider(resource=RESOURCE, active_span_processor=multi, shutdown_on_exit=False)


def logs(multi: Any = None) -> LoggerProvider:
    """Return somebody's logger provider."""
    return LoggerProvider(resource=RESOURCE, multi_log_record_processor=multi, shutdown_on_exit=False)


def meters(*readers: Any) -> MeterProvider:
    """Return somebody's meter provider."""
    return MeterProvider(readers, resource=RESOURCE, shutdown_on_exit=False)


CONCURRENT = pytest.mark.parametrize("is_concurrent", [False, True], ids=["synchronous", "concurrent"])


@CONCURRENT
def test_spans_of_everything_that_was_there_before_and_comes_later(is_concurrent: bool) -> None:  # noqa: FBT001 - a parameter
    """Tracers made earlier, spans that are open, processors registered earlier and later: all see the one object."""
    provider = traces(ConcurrentMultiSpanProcessor() if is_concurrent else None)
    first, last = Spans(), Spans()
    exporters = [InMemorySpanExporter(), InMemorySpanExporter()]
    batch = BatchSpanProcessor(exporters[1])
    for processor in (first, SimpleSpanProcessor(exporters[0]), batch):
        provider.add_span_processor(processor)
    tracer = provider.get_tracer("app")
    live = tracer.start_span(f"mail {MAIL}")
    with rig(owns=False, delivers=()) as parts:
        parts.join(spans=provider)
        provider.add_span_processor(last)
        live.end()
        assert batch.force_flush()
        shown = first.ended[0]
        assert shown.name == f"mail {HIDDEN}"
        assert dict(shown.resource.attributes) == {"service.name": "theirs", "owner": HIDDEN}
        assert all(span is shown for span in (last.ended[0], *(each.get_finished_spans()[0] for each in exporters)))
        assert live.name == f"mail {MAIL}"  # type: ignore[attr-defined] # the SDK's
        assert parts.row("spans") == LedgerRow(offered=1, handed_over=1)
    provider.shutdown()


@CONCURRENT
def test_records_of_everything_that_was_there_before_and_comes_later(is_concurrent: bool) -> None:  # noqa: FBT001 - a parameter
    """Loggers made earlier, processors registered earlier and later: all see the redacted record."""
    provider = logs(ConcurrentMultiLogRecordProcessor() if is_concurrent else None)
    first, last = Logs(), Logs()
    exporters = [InMemoryLogRecordExporter() for _ in range(2)]  # type: ignore[no-untyped-call] # the SDK's
    batch = BatchLogRecordProcessor(exporters[1])
    for processor in (first, SimpleLogRecordProcessor(exporters[0]), batch):
        provider.add_log_record_processor(processor)
    logger = provider.get_logger("app")
    with rig(owns=False, delivers=()) as parts:
        parts.join(logs=provider)
        provider.add_log_record_processor(last)
        logger.emit(body={"to": MAIL})
        assert batch.force_flush()
        assert first.emitted[0] is last.emitted[0]
        assert first.emitted[0].log_record.body == {"to": HIDDEN}
        for exporter in exporters:
            (record,) = exporter.get_finished_logs()
            assert record.log_record.body == {"to": HIDDEN}
            assert dict(record.resource.attributes) == {"service.name": "theirs", "owner": HIDDEN}
        assert parts.row("logs") == LedgerRow(offered=1, handed_over=1)
    provider.shutdown()


def test_measurements_of_everything_that_was_there_before_and_comes_later() -> None:
    """Instruments made earlier, readers added earlier and later, and what a provider's resource says."""
    reader, later = InMemoryMetricReader(), InMemoryMetricReader()
    provider = meters(reader)
    counter = provider.get_meter("app").create_counter("c")
    with rig(owns=False, delivers=()) as parts:
        parts.join(metrics=provider)
        provider.add_metric_reader(later)
        counter.add(1, {"to": MAIL})
        for each in (reader, later):
            data: Any = each.get_metrics_data()
            (of_resource,) = data.resource_metrics
            assert dict(of_resource.resource.attributes) == {"service.name": "theirs", "owner": HIDDEN}
            (point,) = of_resource.scope_metrics[0].metrics[0].data.data_points
            assert dict(point.attributes) == {"to": HIDDEN}


def state_of(*owners: Any) -> list[dict[str, Any]]:
    """Return what stands on some objects, the very values."""
    return [dict(vars(owner)) for owner in owners]


def test_after_the_end_everything_is_as_it_was() -> None:
    """Fan-outs, consumer, readers, storages and resource: attribute for attribute, also where we have delivered."""
    reader = InMemoryMetricReader()
    spans, records, metrics = traces(), logs(), meters(reader)
    kept, kept_logs = Spans(), Logs()
    spans.add_span_processor(kept)
    records.add_log_record_processor(kept_logs)
    consumer = metrics._measurement_consumer
    owners = (
        spans,
        records,
        metrics,
        spans._active_span_processor,
        records._multi_log_record_processor,
        consumer,
        metrics._sdk_config,
        consumer._reader_storages[reader],
    )
    before = state_of(*owners)
    with rig(owns=False) as parts:
        made = parts.join(spans=spans, logs=records, metrics=metrics)
        spans.get_tracer("app").start_span(MAIL).end()
        records.get_logger("app").emit(body=MAIL)
        metrics.get_meter("app").create_counter("c").add(1, {"to": MAIL})
        assert len(parts.spans()) == len(parts.logs()) == len(parts.points()) == 1
        parts.close()
        made.release(10)
    after = state_of(*owners)
    for owner, one, other in zip(owners, before, after, strict=True):
        changing = {"_tracers", "_meters", "_logger_cache", "_active_loggers", "_instrument_view_instrument_matches"}
        names = {name for name in one.keys() | other.keys() if one.get(name) is not other.get(name)} - changing
        if owner is consumer:  # a mapping that is replaced whenever a reader comes or goes
            assert list(one["_reader_storages"]) == list(other["_reader_storages"])
            names.discard("_reader_storages")
        assert names == set(), owner
    spans.get_tracer("app").start_span(MAIL).end()
    records.get_logger("app").emit(body=MAIL)
    assert kept.ended[-1].name == kept_logs.emitted[-1].log_record.body == MAIL
    assert kept.shut_down == kept_logs.shut_down == 0
    assert dict(kept.ended[-1].resource.attributes) == dict(RESOURCE.attributes)


def test_our_delivery_joins_theirs() -> None:
    """Both see everything, redacted; the books say that we have exported it."""
    kept, kept_logs, reader = Spans(), Logs(), InMemoryMetricReader()
    spans, records, metrics = traces(), logs(), meters(reader)
    spans.add_span_processor(kept)
    records.add_log_record_processor(kept_logs)
    with rig(owns=False) as parts:
        made = parts.join(spans=spans, logs=records, metrics=metrics)
        spans.get_tracer("app").start_span(MAIL).end()
        records.get_logger("app").emit(body=MAIL)
        metrics.get_meter("app").create_counter("c").add(1, {"to": MAIL})
        (span,), (log,), (point,) = parts.spans(), parts.logs(), parts.points()
        assert (span.name, log.body, point.attributes) == (HIDDEN, HIDDEN, {"to": HIDDEN})
        assert span.resource == log.resource == point.resource == {"service.name": "theirs", "owner": HIDDEN}
        assert (kept.ended[0].name, kept_logs.emitted[0].log_record.body) == (HIDDEN, HIDDEN)
        data: Any = reader.get_metrics_data()
        assert dict(data.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points[0].attributes) == {
            "to": HIDDEN
        }
        for signal in ("spans", "logs"):
            assert parts.row(signal) == LedgerRow(offered=1, exported=1)
        parts.close()
        made.release(10)


def test_without_our_delivery_nothing_is_added() -> None:
    """No processor, no reader: what their exporters get is what they would have got, redacted."""
    spans, records, metrics = traces(), logs(), meters()
    with rig(owns=False, delivers=()) as parts:
        parts.join(spans=spans, logs=records, metrics=metrics)
        assert spans._active_span_processor._span_processors == ()
        assert records._multi_log_record_processor._log_record_processors == ()
        assert dict(metrics._measurement_consumer._reader_storages) == {}


def shadow(owner: Any, name: str) -> None:
    """Put a method in place of another one, as some vendors do."""
    original = getattr(owner, name)

    def theirs(record: Any) -> None:
        original(record)

    setattr(owner, name, theirs)


def test_somebody_who_shadows_the_same_method_later() -> None:
    """Ours is below then: it works on, coverage says what is not known, and after the end it only passes on."""
    spans, records = traces(), logs()
    kept, kept_logs = Spans(), Logs()
    spans.add_span_processor(kept)
    records.add_log_record_processor(kept_logs)
    with rig(owns=False, delivers=()) as parts:
        made = parts.join(spans=spans, logs=records, metrics=meters())
        assert made.coverage(parts.intake).spans.redacted == "full"
        shadow(spans._active_span_processor, "on_end")
        shadow(records._multi_log_record_processor, "on_emit")
        coverage = made.coverage(parts.intake)
        assert (coverage.spans.redacted, coverage.logs.redacted) == ("none", "none")
        assert "in place of the hook" in coverage.spans.reasons[0] + coverage.logs.reasons[0]
        spans.get_tracer("app").start_span(MAIL).end()
        records.get_logger("app").emit(body=MAIL)
        assert (kept.ended[0].name, kept_logs.emitted[0].log_record.body) == (HIDDEN, HIDDEN)
        parts.close()
        made.release(10)
    theirs = vars(spans._active_span_processor)["on_end"]
    spans.get_tracer("app").start_span(MAIL).end()
    records.get_logger("app").emit(body=MAIL)
    assert (kept.ended[1].name, kept_logs.emitted[1].log_record.body) == (MAIL, MAIL)
    assert vars(spans._active_span_processor)["on_end"] is theirs
    assert parts.row("spans") == parts.row("logs") == LedgerRow(offered=1, handed_over=1)


def test_sampling_holds_for_everybody() -> None:
    """What our strategy leaves out reaches no exporter of theirs either, and is counted."""
    spans, records = traces(), logs()
    kept, kept_logs = Spans(), Logs()
    spans.add_span_processor(kept)
    records.add_log_record_processor(kept_logs)
    with rig(owns=False, delivers=(), sampling="never") as parts:
        made = parts.join(spans=spans, logs=records)
        spans.get_tracer("app").start_span("s").end()
        records.get_logger("app").emit(body="x")
        assert kept.ended == kept_logs.emitted == []
        assert parts.row("spans") == parts.row("logs") == LedgerRow(offered=1, sampled_out=1)
        made.release(10)


def test_turned_off_it_passes_on_redacted() -> None:
    """enabled=False is about us: theirs goes on, and what is hidden stays hidden."""
    reader = InMemoryMetricReader()
    spans, records, metrics = traces(), logs(), meters(reader)
    kept, kept_logs = Spans(), Logs()
    spans.add_span_processor(kept)
    records.add_log_record_processor(kept_logs)
    with rig(owns=False, enabled=False) as parts:
        made = parts.join(spans=spans, logs=records, metrics=metrics)
        spans.get_tracer("app").start_span(MAIL).end()
        records.get_logger("app").emit(body=MAIL)
        metrics.get_meter("app").create_counter("c").add(1, {"to": MAIL})
        assert (kept.ended[0].name, kept_logs.emitted[0].log_record.body) == (HIDDEN, HIDDEN)
        data: Any = reader.get_metrics_data()
        assert dict(data.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points[0].attributes) == {
            "to": HIDDEN
        }
        assert parts.spans() == parts.logs() == parts.points() == []
        assert parts.row("spans") == parts.row("logs") == LedgerRow(offered=1, disabled=1)
        made.release(10)


def test_a_logger_without_processors_is_told_to_emit_where_we_deliver() -> None:
    """`--logs_exporter none` leaves a provider that nobody listens to: whoever asks first would emit nothing."""
    records = logs()
    with rig(owns=False) as parts:
        made = parts.join(logs=records)
        assert records.get_logger("app").enabled()
        parts.close()
        made.release(10)
    assert not records.get_logger("app").enabled()
    with rig(owns=False, delivers=()) as parts:
        made = parts.join(logs=records)
        assert not records.get_logger("app").enabled()
        made.release(10)


def test_another_pipeline_takes_over_without_a_gap() -> None:
    """Bound again, the same hooks work for the next one; undone, nothing is left of either."""
    spans, records = traces(), logs()
    kept, kept_logs = Spans(), Logs()
    spans.add_span_processor(kept)
    records.add_log_record_processor(kept_logs)
    with rig(owns=False, delivers=()) as one, rig(owns=False, delivers=(), redact_fields=("team",)) as other:
        made = one.join(spans=spans, logs=records)
        other.bind(made)
        spans.get_tracer("app").start_span("s", attributes={"team": "blue"}).end()
        records.get_logger("app").emit(body="x", attributes={"team": "blue"})
        assert dict(kept.ended[0].attributes) == dict(kept_logs.emitted[0].log_record.attributes) == {"team": HIDDEN}
        assert one.row("spans").offered == 0
        assert other.row("spans") == other.row("logs") == LedgerRow(offered=1, handed_over=1)
        made.release(10)
    assert "on_end" not in vars(spans._active_span_processor)
    assert "on_emit" not in vars(records._multi_log_record_processor)


def test_spans_of_theirs_begin_as_they_are() -> None:
    """In somebody's provider we put nothing on a span: no session, nothing of a scope."""
    spans = traces()
    with rig(owns=False, delivers=()) as parts:
        made = parts.join(spans=spans)
        with parts.scopes.open(attributes={"plan": "pro"}):
            span: Any = spans.get_tracer("app").start_span("s")
        assert dict(span.attributes) == {}
        made.release(10)


def test_somebody_who_gives_a_provider_another_fan_out_later() -> None:
    """Its new tracers and loggers go past the hook, and coverage says so."""
    spans, records = traces(), logs()
    with rig(owns=False, delivers=()) as parts:
        made = parts.join(spans=spans, logs=records, metrics=meters())
        spans._active_span_processor = SynchronousMultiSpanProcessor()  # type: ignore[no-untyped-call] # the SDK's
        records._multi_log_record_processor = SynchronousMultiLogRecordProcessor()  # type: ignore[no-untyped-call] # the SDK's
        coverage = made.coverage(parts.intake)
        assert (coverage.spans.redacted, coverage.logs.redacted) == ("none", "none")
        assert "a fan-out of their own" in coverage.spans.reasons[0]
        assert "a fan-out of their own" in coverage.logs.reasons[0]
        made.release(10)


def test_a_fan_out_of_a_foreign_kind_is_not_said_to_be_covered_in_full() -> None:
    """Its hook holds, but who watches spans before they end is not known."""

    class FanOut(SpanProcessor):
        """One that keeps its processors to itself."""

    with rig(owns=False, delivers=()) as parts:
        made = parts.join(spans=traces(FanOut()), logs=logs(), metrics=meters())
        coverage = made.coverage(parts.intake)
        assert coverage.spans.redacted == "partial"
        assert coverage.spans.reasons == ("who sees spans before they end, FanOut does not tell",)
        made.release(10)
