"""Sampling through the whole pipeline: one decision for spans and events, errors kept, statistics of what there was."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from clippy_otel import SamplingRule, Telemetry, attach
from clippy_otel.clock import RandomIds
from clippy_otel.config import resolve
from clippy_otel.ledger import COLUMNS, LedgerRow
from clippy_otel.pipeline import Pipeline
from clippy_otel.ports import Purpose
from clippy_otel.testing import CapturedTelemetry, InMemoryTransport, capture
from tests._hooks import Logs

ALL: dict[str, Any] = {"max_queue_size": 100_000, "max_memory_bytes": 1_000_000_000, "max_buffer_size": 100_000}
SESSIONS = ("session.start", "session.end")


def books(telemetry: Telemetry, signal: Any) -> LedgerRow:
    """Return a signal's row, having checked that it balances."""
    row = telemetry.collector.buffer_status().ledger[signal]
    assert row.offered == sum(getattr(row, name) for name in COLUMNS if name not in ("offered", "adopted"))
    return row


def request(captured: CapturedTelemetry, *, depth: int = 2, fails: bool = False) -> str:
    """Record a trace with spans below each other and an event in each; return its id."""
    tracer, collector = captured.telemetry.tracer, captured.telemetry.collector

    def work(left: int) -> None:
        with tracer.start_as_current_span(f"level {left}"):
            collector.track("step", {"left": left})
            if left:
                work(left - 1)

    with tracer.start_as_current_span("root") as root:
        work(depth - 1)
        if fails:
            collector.track_error("broken")
            root.set_status(StatusCode.ERROR)
        return f"{root.get_span_context().trace_id:032x}"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=8), st.sampled_from([0.0, 0.3, 0.5, 1.0])
)
def test_spans_and_events_of_a_trace_are_kept_together(requests: list[tuple[int, bool]], rate: float) -> None:
    """Under probabilistic: no kept trace misses a span, none that is left out has an event, errors come through."""
    with capture(sampling="probabilistic", sampling_rate=rate, **ALL) as captured:
        made = {request(captured, depth=depth, fails=fails): (depth, fails) for depth, fails in requests}
        spans = Counter(span.trace_id for span in captured.spans)
        steps = Counter(e["metadata"]["trace_id"] for e in captured.events if e["type"] == "step")
        for trace_id, (depth, _) in made.items():
            assert (spans[trace_id], steps[trace_id]) in {(0, 0), (depth + 1, depth)}
        assert len(captured.errors) == sum(fails for _, fails in requests)
        row = books(captured.telemetry, "spans")
        assert row.offered == sum(depth + 1 for depth, _ in requests)
        assert row.exported == sum(spans.values())


def test_a_kept_trace_says_what_it_stands_for() -> None:
    """Threshold and weight on spans, the weight on events, the same for all; none on errors."""
    with capture(sampling="probabilistic", sampling_rate=0.5, **ALL) as captured:
        for _ in range(30):
            request(captured, fails=True)
        assert captured.spans
        assert {(span.trace_state, span.attributes["sampling.weight"]) for span in captured.spans} == {("ot=th:8", 2.0)}
        assert {e["data"].get("sampling.weight") for e in captured.events if e["type"] == "step"} == {2.0}
        assert {error["data"].get("sampling.weight") for error in captured.errors} == {None}


@pytest.mark.parametrize("rate", [0.5, 0.1])
def test_the_weights_of_spans_and_events_estimate_what_there_was(rate: float) -> None:
    """Within five deviations; what was kept for its outcome beside the sample is not counted twice."""
    count = 1500
    settings_ = {
        "sampling": "probabilistic",
        "sampling_rate": rate,
        "keep_errors": True,
        "max_events_per_window": 10_000,
    }
    with capture(**settings_, **ALL) as captured:
        for number in range(count):
            request(captured, depth=1, fails=number % 3 == 0)
        roots = [span for span in captured.spans if not span.parent_span_id]
        assert len(roots) > count / 3
        bound = 5 * math.sqrt(count * (1 - rate) / rate)
        assert abs(sum(span.attributes["sampling.weight"] for span in roots) - count) < bound
        steps = [event["data"]["sampling.weight"] for event in captured.events if event["type"] == "step"]
        assert abs(sum(steps) - count) < bound
        failed = {span.trace_id for span in roots if span.status_code == 2}
        assert len(failed) == count / 3


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=10, unique=True))
def test_a_session_from_outside_is_whole_or_absent(sessions: list[str]) -> None:
    """Outside of traces: that of a scope, and one that the data brings; both by the same hash."""
    with capture(sampling="probabilistic", sampling_rate=0.5, **ALL) as captured:
        collector = captured.telemetry.collector
        for _ in range(4):
            for session in sessions:
                collector.track("own", {"session.id": session})
                with captured.telemetry.scope(session_id=session):
                    collector.track("scope")
        counts = Counter((e["type"], e["metadata"]["session_id"]) for e in captured.events if e["type"] not in SESSIONS)
        assert set(counts.values()) <= {4}
        assert {s for kind, s in counts if kind == "own"} == {s for kind, s in counts if kind == "scope"}


def test_twenty_processes_are_each_near_the_rate() -> None:
    """A process's own session is not one from outside; each process has its own random ids."""
    config = resolve(config=None, environ={}, service_name="t", sampling="probabilistic", sampling_rate=0.1, **ALL)
    for _ in range(20):
        pipeline = Pipeline(config, ids=RandomIds(), transports={"logs": InMemoryTransport()})
        for _ in range(1000):
            pipeline.emit("e", {}, Purpose.ANALYTICS)
        kept = 1000 - pipeline.ledger.row("logs").sampled_out
        pipeline.shutdown(5000)
        assert abs(kept - 100) < 5 * (1000 * 0.09) ** 0.5


def test_rules_hold_for_events_and_foreign_records() -> None:
    """By name, severity, and the route of the record or the scope; the rest follows `sampling`."""
    rules = (
        SamplingRule(event="debug.*", sampling="never"),
        SamplingRule(route="/health", sampling="never"),
        SamplingRule(severity=13),
        SamplingRule(event="order.*"),
    )
    with capture(sampling="never", sampling_rules=rules) as captured:
        collector = captured.telemetry.collector
        collector.track("debug.x", severity=17)
        collector.track("order.paid", {"url.path": "/health"})
        with captured.telemetry.scope(attributes={"http.route": "/health"}):
            collector.track("order.paid")
        collector.track("order.paid")
        collector.track("page", severity=13)
        collector.track("page")
        logger = captured.telemetry.logger_provider.get_logger("app")
        logger.emit(event_name="debug.y")
        logger.emit(event_name="order.sent", attributes={"http.route": "/orders"})
        assert [event["type"] for event in captured.events] == ["order.paid", "page", "order.sent"]
        assert books(captured.telemetry, "logs").sampled_out == 5


def test_rules_are_live() -> None:
    """And what cannot match is refused, whatever else came with it."""
    with capture() as captured:
        captured.telemetry.collector.update_config(sampling_rules=[SamplingRule(event="a", sampling="never")])
        for name in ("a", "b"):
            captured.telemetry.collector.track(name)
        assert [event["type"] for event in captured.events if event["type"] not in SESSIONS] == ["b"]


def test_others_see_the_weight_too() -> None:
    """A log processor of somebody else's is handed our events with it."""
    with capture(sampling="probabilistic", sampling_rate=0.5) as captured:
        seen = Logs()
        provider: Any = captured.telemetry.logger_provider
        provider.add_log_record_processor(seen)
        logger = provider.get_logger("app")
        for _ in range(20):
            captured.telemetry.collector.track("e")
            logger.emit(event_name="foreign")
        shown = [each.log_record for each in seen.emitted if each.log_record.event_name in ("e", "foreign")]
        assert {record.event_name for record in shown} == {"e", "foreign"}
        assert {record.attributes["sampling.weight"] for record in shown} == {2.0}


def test_statistics_count_what_happened_whatever_is_kept() -> None:
    """Features, conversations, providers, errors, AI operations of ours and of others, timings and counters."""
    with capture(sampling="never") as captured:
        telemetry = captured.telemetry
        performance = telemetry.performance
        for _ in range(3):
            telemetry.analytics.track_feature("chat")
            telemetry.analytics.track_provider_request("openai", 10, success=True)
            performance.track_ai_operation(total_ms=5, provider="openai")
            telemetry.errors.capture_error(ValueError("x"))
            telemetry.collector.count("orders")
            with telemetry.tracer_provider.get_tracer("other").start_as_current_span(
                "chat gpt",
                kind=SpanKind.CLIENT,
                attributes={"gen_ai.operation.name": "chat", "gen_ai.provider.name": "theirs"},
            ):
                pass
        assert telemetry.analytics.feature_adoption_stats()["chat"].uses == 3
        assert telemetry.analytics.provider_stats()["openai"].requests == 6  # those of AI operations are requests, too
        assert telemetry.errors.stats().total_errors == 3
        assert performance.ai_operations_summary().count == 6
        assert [point.value for point in captured.metrics if point.name == "orders"] == [3]
        assert captured.spans == []
        assert captured.events == []


@pytest.mark.usefixtures("own_process_telemetry")
def test_attached_to_a_provider_the_same_holds() -> None:
    """Events and somebody else's spans, judged where they end, share the trace's decision."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    events: list[Any] = []
    telemetry = attach(
        tracer_provider=provider,
        sampling="probabilistic",
        sampling_rate=0.5,
        deliver=True,
        transport="custom",
        custom_transport=_Events(events),
        **ALL,
    )
    try:
        for _ in range(60):
            with provider.get_tracer("app").start_as_current_span("root"):
                provider.get_tracer("app").start_span("child").end()
                telemetry.collector.track("step")
        assert telemetry.flush().ok
        spans = Counter(f"{span.context.trace_id:032x}" for span in exporter.get_finished_spans() if span.context)
        assert set(spans.values()) == {2}
        assert {event["metadata"]["trace_id"] for event in events if event["type"] == "step"} == set(spans)
        assert telemetry.coverage().spans.effective_rate == 0.5
    finally:
        telemetry.shutdown()


class _Events:
    """A custom transport that keeps events, and delivers nothing else."""

    def __init__(self, events: list[Any]) -> None:
        self._events = events

    def logs(self, batch: list[Any]) -> None:
        """Keep them."""
        self._events.extend(batch)
