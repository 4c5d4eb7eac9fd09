"""Spans, metrics and logs over HTTP and gRPC into a real Collector: in every field what the stock exporters send."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests._collector import Collector, Json, ReceivedLog, ReceivedMetric, ReceivedSpan
from tests.wire._inputs import VALUES, record_logs, record_many_parts, record_metrics, record_spans
from tests.wire._sides import DISTRO, TRANSPORTS, Side, endpoint_of, make_ours, make_stock, split, without

SPANS, LOGS, METRICS = 5, 4 + len(VALUES), 11
LIMITS = {
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "4",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT": "2",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT": "3",
    "OTEL_SPAN_EVENT_COUNT_LIMIT": "3",
    "OTEL_SPAN_LINK_COUNT_LIMIT": "2",
    "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT": "5",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "20",
}
pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)


def deliver(collector: Collector, transport: str, record: Callable[[Side], None]) -> None:
    """Record the same with telemetry of ours and with the bare SDK, and have both deliver it."""
    ours = make_ours(transport, endpoint_of(collector, transport))
    record(ours)
    assert ours.flush().ok
    stock = make_stock(transport, endpoint_of(collector, transport))
    record(stock)
    stock.shutdown()
    assert ours.shutdown().ok


def pairs(ours: dict[Any, Any], theirs: dict[Any, Any], count: int) -> list[tuple[Any, Any]]:
    """Return what belongs together, of `count` records on each side."""
    assert ours.keys() == theirs.keys()
    assert len(ours) == count
    return [(ours[key], theirs[key]) for key in ours]


def assert_same_origin(ours: Any, theirs: Any) -> None:
    """Assert that resource, scope and schema URLs are equal, but for the two attributes that name the distribution."""
    resource = dict(ours.origin.resource)
    resource["attributes"] = without(resource["attributes"], *DISTRO)
    assert ours.origin._replace(resource=resource) == theirs.origin
    assert {key: ours.resource[key] for key in DISTRO} == {
        "telemetry.distro.name": "clippy_otel",
        "telemetry.distro.version": ours.resource["telemetry.distro.version"],
    }


def without_session(span: ReceivedSpan) -> Json:
    """Return a span as the stock exporters would send it; it must have a session."""
    assert span.attributes["session.id"]
    attributes = without(span.raw["attributes"], "session.id")
    others = {key: value for key, value in span.raw.items() if key != "attributes"}
    return {**others, "attributes": attributes} if attributes else others


def settled_times(metric: ReceivedMetric, since_ns: int) -> Json:
    """Return a metric without its points' and exemplars' times, which must be in their order."""
    points: list[Json] = []
    for point in metric.data_points:
        start_ns, time_ns = int(point.get("startTimeUnixNano", since_ns)), int(point["timeUnixNano"])
        assert since_ns <= start_ns <= time_ns <= time.time_ns()
        exemplars = [dict(exemplar) for exemplar in point.get("exemplars", [])]
        assert all(since_ns <= int(exemplar.pop("timeUnixNano")) <= time_ns for exemplar in exemplars)
        settled = {"startTimeUnixNano": "startTimeUnixNano" in point, "timeUnixNano": True, "exemplars": exemplars}
        points.append({**point, **settled})
    return {**metric.raw, metric.type: {**metric.raw[metric.type], "dataPoints": points}}


def test_spans_arrive_as_the_stock_exporter_sends_them(collector: Collector, transport: str) -> None:
    """Every field of every span is equal; on purpose a span has its session beside, and a link its trace state."""
    now_ns = time.time_ns()
    deliver(collector, transport, lambda side: record_spans(side, now_ns))

    spans = collector.wait_for(collector.spans, lambda spans: len(spans) >= 2 * SPANS)
    for ours, theirs in pairs(*split(spans, lambda span: span.name), SPANS):
        assert_same_origin(ours, theirs)
        sent = without_session(ours)
        if ours.links:
            states = [link.pop("traceState", "") for link in sent["links"]]
            assert states == ["vendor=one,other=2", "", ""]
        assert sent == theirs.raw


@pytest.mark.filterwarnings("ignore:Log record attributes were dropped")
def test_what_limits_have_left_out_is_counted_as_the_stock_exporter_counts_it(
    collector: Collector, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's limits hold for our providers, and what they leave out stands in each dropped count.

    A span without room for one more attribute has no session.
    """
    for name, value in LIMITS.items():
        monkeypatch.setenv(name, value)
    now_ns = time.time_ns()
    deliver(collector, transport, lambda side: record_many_parts(side, now_ns))

    spans = collector.wait_for(collector.spans, lambda spans: len(spans) >= 2)
    ((span, theirs),) = pairs(*split(spans, lambda span: span.name), 1)
    for link in span.raw["links"]:
        link.pop("traceState", None)
    assert span.raw == theirs.raw
    assert (span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count) == (3, 2, 1)
    assert [event.dropped_attributes_count for event in span.events] == [4, 4, 4]
    assert [link.dropped_attributes_count for link in span.links] == [0, 0]
    assert span.attributes["long"] == "x" * 20

    logs = collector.wait_for_logs(2)
    ((log, stock_log),) = pairs(*split(logs, lambda log: log.event_name), 1)
    assert log.raw == stock_log.raw
    assert log.dropped_attributes_count == 2


def test_log_records_arrive_as_the_stock_exporter_sends_them(collector: Collector, transport: str) -> None:
    """Every field of every log record is equal, for a body of each kind."""
    now_ns = time.time_ns()
    deliver(collector, transport, lambda side: record_logs(side, now_ns))

    def number(log: ReceivedLog) -> Any:
        return log.attributes["number"]

    logs = collector.wait_for_logs(2 * LOGS)
    for ours, theirs in pairs(*split(logs, number), LOGS):
        assert_same_origin(ours, theirs)
        assert ours.raw == theirs.raw


@pytest.mark.parametrize("temporality", ["cumulative", "delta", "lowmemory"])
@pytest.mark.parametrize("aggregation", ["explicit_bucket_histogram", "base2_exponential_bucket_histogram"])
def test_metrics_arrive_as_the_stock_exporter_sends_them(
    collector: Collector, transport: str, monkeypatch: pytest.MonkeyPatch, temporality: str, aggregation: str
) -> None:
    """Every field of every metric, point and exemplar is equal but for the times, which are in their order."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", temporality)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", aggregation)
    since_ns = time.time_ns()
    deliver(collector, transport, record_metrics)

    def enough(metrics: list[ReceivedMetric]) -> bool:
        return all(len(side) >= METRICS for side in split(metrics, lambda metric: metric.name))

    metrics = collector.wait_for(collector.metrics, enough)
    for ours, theirs in pairs(*split(metrics, lambda metric: metric.name), METRICS):
        assert_same_origin(ours, theirs)
        assert settled_times(ours, since_ns) == settled_times(theirs, since_ns)
    assert_chosen(split(metrics, lambda metric: metric.name)[0], temporality, aggregation)


def assert_chosen(ours: dict[Any, ReceivedMetric], temporality: str, aggregation: str) -> None:
    """Assert that temporality and aggregation are what the environment says, and that there are exemplars."""
    delta = {name for name, metric in ours.items() if metric.raw[metric.type].get("aggregationTemporality") == 1}
    expected = {
        "cumulative": set[str](),
        "delta": {"requests", "bytes.sent", "duration", "size", "cpu", "alone"},
        "lowmemory": {"requests", "bytes.sent", "duration", "size", "alone"},
    }
    assert delta == expected[temporality]
    is_exponential = aggregation == "base2_exponential_bucket_histogram"
    assert ours["size"].type == ("exponentialHistogram" if is_exponential else "histogram")
    # Advised boundaries are an aggregation of the instrument's own.
    assert ours["duration"].type == ("exponentialHistogram" if is_exponential else "histogram")
    assert ours["requests"].data_points[0]["exemplars"][0]["spanId"] == "b7ad6b7169203331"
