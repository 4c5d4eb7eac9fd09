"""Telemetry of ours that has joined the bare SDK with its stock exporters: what either delivers is the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

from clippy_otel.config import resolve
from clippy_otel.hooks.targets import Targets
from clippy_otel.pipeline import Pipeline
from clippy_otel.telemetry import Telemetry
from tests._collector import Collector, Json
from tests.wire import _canaries
from tests.wire._inputs import SCHEMA_URL, VALUES, record_logs, record_metrics, record_spans
from tests.wire._sides import RESOURCE, TRANSPORTS, Side, Stock, endpoint_of, make_stock
from tests.wire.test_signals import settled_times

SPANS, LOGS, METRICS = 5, 4 + len(VALUES), 11
VIEWS = (
    View(instrument_name="size", aggregation=ExponentialBucketHistogramAggregation(max_size=20)),
    View(instrument_name="requests", name="requests.viewed", description="fewer", attribute_keys={"route"}),
)
pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)


def join(stock: Stock, transport: str, endpoint: str, *, delivers: bool) -> Telemetry:
    """Return telemetry of ours that has joined providers."""
    settings: dict[str, Any] = {"flush_on": (), "flush_interval_ms": 0, "max_queue_size": 1000}
    settings["max_payload_bytes"] = 1_000_000  # no record is cut
    config = resolve(transport=transport, endpoint=endpoint, delivers=delivers, **settings)
    targets = Targets(stock.tracer_provider, stock.logger_provider, stock.meter_provider)
    return Telemetry(Pipeline(config, providers=targets, transports=None if delivers else {}))


def deliver(
    collector: Collector,
    transport: str,
    record: Callable[[Side], None],
    *,
    resource: Resource,
    views: Sequence[View] = (),
    delivers: bool = True,
) -> None:
    """Record with a setup that was joined, and have both deliver: each collects the metrics once, when it ends."""
    endpoint = endpoint_of(collector, transport)
    stock = make_stock(transport, endpoint, resource=resource, views=views)
    joined = join(stock, transport, endpoint, delivers=delivers)
    record(stock)
    stock.shutdown()
    assert joined.shutdown().ok


def test_both_deliver_the_same(collector: Collector, transport: str) -> None:
    """Each span and log record arrives twice, equal in every field but for a link's trace state, as do the metrics.

    Nothing is added to what others record: no session, and no word of ours in their resource.
    """
    now_ns = time.time_ns()

    def record(side: Side) -> None:
        record_spans(side, now_ns)
        record_logs(side, now_ns)
        record_metrics(side)

    deliver(collector, transport, record, resource=Resource(RESOURCE, SCHEMA_URL), views=VIEWS)

    spans = collector.wait_for(collector.spans, lambda spans: len(spans) >= 2 * SPANS)
    assert len(spans) == 2 * SPANS
    assert_twice([(span.origin, span.name, without_link_states(span.raw)) for span in spans])
    logs = collector.wait_for_logs(2 * LOGS)
    assert len(logs) == 2 * LOGS
    assert_twice([(log.origin, log.attributes["number"], log.raw) for log in logs])
    assert all(record.resource_schema_url == SCHEMA_URL for record in [spans[0].origin, logs[0].origin])

    metrics = collector.wait_for(collector.metrics, lambda metrics: len(metrics) >= 2 * METRICS)
    assert len(metrics) == 2 * METRICS
    assert_twice([(metric.origin, metric.name, settled_times(metric, now_ns)) for metric in metrics])
    by_name = {metric.name: metric for metric in metrics}
    assert by_name["size"].type == "exponentialHistogram"
    viewed = by_name["requests.viewed"].data_points
    # The view has left out the attributes, and the exemplar has kept them.
    assert len(viewed[0]["exemplars"][0]["filteredAttributes"]) == len(VALUES)


def without_link_states(span: Json) -> Json:
    """Return a span as the stock exporter sends it."""
    if "links" not in span:
        return span
    links = [{key: value for key, value in link.items() if key != "traceState"} for link in span["links"]]
    return {**span, "links": links}


def assert_twice(records: list[tuple[Any, Any, Json]]) -> None:
    """Assert that of each record, told apart by its second part, there are two equal ones."""
    by_key: dict[Any, list[Any]] = {}
    for origin, key, raw in records:
        by_key.setdefault(key, []).append((origin, raw))
    for key, found in by_key.items():
        assert len(found) == 2, key
        assert found[0] == found[1], key


@pytest.mark.parametrize("delivers, times", [(True, 2), (False, 1)])
def test_what_either_delivers_is_redacted(collector: Collector, transport: str, times: int, *, delivers: bool) -> None:
    """With deliver=True each record arrives twice, without it once; personal data never does."""
    resource = Resource.create(_canaries.RESOURCE)
    deliver(collector, transport, _canaries.record, resource=resource, views=_canaries.VIEWS, delivers=delivers)
    collector.wait_for(collector.spans, lambda spans: len(spans) >= _canaries.SPANS * times)
    collector.wait_for_logs(_canaries.LOGS * times)
    collector.wait_for(collector.metrics, lambda metrics: len(metrics) >= _canaries.METRICS * times)
    collector.stop()

    written = collector.raw_bytes().decode()
    assert _canaries.found_in(written) == {}
    names = [span.name for span in collector.spans()]
    assert sorted(names) == sorted([*set(names)] * times)
    assert len(names) == _canaries.SPANS * times
    assert len(collector.logs()) == _canaries.LOGS * times
