"""Sampled traces into a real Collector: an error trace at 1 % arrives whole, what is kept says what it stands for."""

from __future__ import annotations

from collections import Counter
from typing import Any

from opentelemetry.trace import StatusCode, Tracer

from clippy_otel import Telemetry, TelemetryCollector
from clippy_otel.config import resolve
from clippy_otel.pipeline import Pipeline
from tests._collector import Collector

SPANS = 4


def setup(collector: Collector, **settings: Any) -> tuple[Telemetry, Tracer]:
    """Return a telemetry of its own that delivers there, and a tracer of its provider."""
    config = resolve("shop", endpoint=collector.http_endpoint, flush_on=(), max_queue_size=10_000, **settings)
    telemetry = Telemetry(Pipeline(config))
    return telemetry, telemetry.tracer_provider.get_tracer("app")


def request(telemetry: Telemetry, tracer: Tracer, *, fails: bool) -> str:
    """Record a trace with an event in it; return its id."""
    with tracer.start_as_current_span("GET /orders") as root:
        for number in range(SPANS - 1):
            with tracer.start_as_current_span(f"query {number}") as span:
                if fails and number == 1:
                    span.set_status(StatusCode.ERROR, "timeout for ada@example.com")
        telemetry.collector.track("order.listed")
        if fails:
            telemetry.collector.track_error("timeout")
        return f"{root.get_span_context().trace_id:032x}"


def test_an_error_trace_at_one_percent_arrives_whole(collector: Collector) -> None:
    """All four spans of each, with the event of the error; of the others about a hundredth, as whole traces."""
    telemetry, tracer = setup(collector, sampling="probabilistic", sampling_rate=0.01, keep_errors=True)
    failed = {request(telemetry, tracer, fails=number % 40 == 0) for number in range(400) if number % 40 == 0}
    for _ in range(390):
        request(telemetry, tracer, fails=False)
    telemetry.shutdown()
    row = telemetry.collector.buffer_status().ledger["spans"]
    spans = collector.wait_for(collector.spans, lambda found: len(found) >= row.exported)
    counts = Counter(span.trace_id for span in spans)
    assert set(counts.values()) == {SPANS}
    assert failed <= set(counts)
    assert len(failed) == 10
    assert len(counts) - 10 < 30
    assert row.exported + row.sampled_out == row.offered == 400 * SPANS
    late = [span for span in spans if span.attributes["sampling.weight"] == 0]
    assert {span.trace_id for span in late} <= failed
    assert all("sampling.weight" in span.attributes for span in spans)
    assert b"ada@example.com" not in collector.raw_bytes()
    errors = [log for log in collector.wait_for_logs(10) if log.event_name == "exception"]
    assert {log.trace_id for log in errors} == failed


def test_a_kept_trace_carries_its_threshold_to_the_backend(collector: Collector) -> None:
    """In the trace state of each span; whoever samples again by the same rule keeps a subset."""
    telemetry, tracer = setup(collector, sampling="probabilistic", sampling_rate=0.5)
    for _ in range(40):
        request(telemetry, tracer, fails=False)
    telemetry.shutdown()
    row = telemetry.collector.buffer_status().ledger["spans"]
    spans = collector.wait_for(collector.spans, lambda found: len(found) >= row.exported)
    assert {(span.trace_state, span.attributes["sampling.weight"]) for span in spans} == {("ot=th:8", 2.0)}
    assert all(int(span.trace_id[-14:], 16) >= 1 << 55 for span in spans)
    listed = [log for log in collector.logs() if log.event_name == "order.listed"]
    assert {log.trace_id for log in listed} == {span.trace_id for span in spans}
    assert {log.attributes["sampling.weight"] for log in listed} == {2.0}


def test_a_throttled_burst_arrives_up_to_the_limit(collector: Collector) -> None:
    """Events, errors and traces, each as many as the window allows."""
    telemetry, tracer = setup(collector, sampling="throttled", max_events_per_window=20)
    events: TelemetryCollector = telemetry.collector
    for number in range(50):
        with tracer.start_as_current_span("job"):
            events.track("job.done", {"number": number})
            events.track_error(f"error {number}")
    telemetry.shutdown()
    logs = collector.wait_for(collector.logs, lambda found: len(found) >= 42)
    counts = Counter(log.event_name for log in logs)
    assert (counts["job.done"], counts["exception"]) == (20, 20)
    assert len(collector.wait_for(collector.spans, lambda found: len(found) >= 20)) == 20
