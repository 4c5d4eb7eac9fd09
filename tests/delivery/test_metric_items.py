"""Collections become queue items: every metric of every scope, in parts of bounded size, one bad point costing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

from clippy_otel.delivery.metric_items import MAX_POINTS, MetricEncoder, count_points
from clippy_otel.otlp.framing import frame_request
from clippy_otel.ports import QueueItem

RESOURCE = Resource({"service.name": "test"}, "https://example.com/resource")
TOO_BIG = 1 << 63


def collection(provider: MeterProvider, reader: InMemoryMetricReader) -> MetricsData:
    """Return what a provider has recorded."""
    data = reader.get_metrics_data()
    assert data is not None
    provider.shutdown()
    return data


def made_of(**counters: Sequence[tuple[int, dict[str, Any]]]) -> MetricsData:
    """Return a collection of counters with these additions."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], resource=RESOURCE, shutdown_on_exit=False)
    for name, additions in counters.items():
        counter = provider.get_meter("scope").create_counter(name)
        for value, attributes in additions:
            counter.add(value, attributes)
    return collection(provider, reader)


def request_of(items: Sequence[QueueItem]) -> ExportMetricsServiceRequest:
    """Return the request that the items make."""
    groups = [(item.envelope, [item.data]) for item in items]
    return ExportMetricsServiceRequest.FromString(frame_request(groups))


def refuse_loss(column: str, count: int) -> None:
    """Fail where anything is lost."""
    raise AssertionError((column, count))


def test_equals_the_stock_request() -> None:
    """All kinds of metrics of several scopes make the request that the stock exporter would send."""
    reader = InMemoryMetricReader()
    exponential = View(instrument_name="e", aggregation=ExponentialBucketHistogramAggregation())
    provider = MeterProvider([reader], resource=RESOURCE, shutdown_on_exit=False, views=[exponential])
    meter = provider.get_meter("one", "1.0", "https://example.com/scope", {"a": "b"})
    meter.create_counter("c", "1", "counted").add(2, {"k": "v", "n": 1, "f": 0.5, "l": ("x", "y")})
    meter.create_up_down_counter("u").add(-2.5)
    meter.create_gauge("g").set(1)
    provider.get_meter("two").create_histogram("h", "ms").record(3, {"k": "v"})
    provider.get_meter("two").create_histogram("e", "ms").record(3, {"k": "v"})
    data = collection(provider, reader)
    items = MetricEncoder(refuse_loss).items(data)
    stock = encode_metrics(data)
    ours = ExportMetricsServiceRequest()
    for of_resource in request_of(items).resource_metrics:
        if not ours.resource_metrics:
            ours.resource_metrics.append(of_resource)
            del ours.resource_metrics[0].scope_metrics[:]
        for of_scope in of_resource.scope_metrics:
            known = ours.resource_metrics[0].scope_metrics
            if known and known[-1].scope == of_scope.scope:
                known[-1].metrics.extend(of_scope.metrics)
            else:
                known.append(of_scope)
    assert ours == stock
    assert [item.records for item in items] == [1] * 5
    assert {(item.envelope.signal, item.purposes, item.subjects) for item in items} == {("metrics", 0, b"")}
    assert len({item.envelope for item in items}) == 2


@pytest.mark.parametrize("points", [MAX_POINTS, MAX_POINTS + 1, 3 * MAX_POINTS])
def test_many_points_are_several_items(points: int) -> None:
    """A metric of many points is split, each part a metric like the whole, and no point is lost or twice."""
    data = made_of(c=[(1, {"n": number}) for number in range(points)])
    items = MetricEncoder(refuse_loss).items(data)
    assert [item.records for item in items] == [
        min(MAX_POINTS, points - start) for start in range(0, points, MAX_POINTS)
    ]
    metrics = [
        metric
        for of_resource in request_of(items).resource_metrics
        for of_scope in of_resource.scope_metrics
        for metric in of_scope.metrics
    ]
    assert [len(metric.sum.data_points) for metric in metrics] == [item.records for item in items]
    assert all(metric.name == "c" and metric.sum.is_monotonic for metric in metrics)
    assert all(metric.sum.aggregation_temporality == 2 for metric in metrics)
    numbers = [point.attributes[0].value.int_value for metric in metrics for point in metric.sum.data_points]
    assert numbers == list(range(points))
    assert count_points(data) == points


@pytest.mark.parametrize("bad", [0, 3, 9])
def test_a_point_that_cannot_be_encoded(bad: int) -> None:
    """A sum beyond 64 bits costs its own point, booked, and neither its metric's others nor other metrics."""
    additions = [(TOO_BIG if number == bad else number, {"n": number}) for number in range(10)]
    data = made_of(before=[(1, {})], c=additions, after=[(1, {})])
    lost: list[tuple[str, int]] = []
    items = MetricEncoder(lambda column, count: lost.append((column, count))).items(data)
    assert lost == [("unencodable", 1)]
    assert sum(item.records for item in items) == 11
    (of_resource,) = request_of(items).resource_metrics[:1]
    assert of_resource.resource.attributes[0].value.string_value == "test"
    values = [
        point.as_int
        for of_resource in request_of(items).resource_metrics
        for of_scope in of_resource.scope_metrics
        for metric in of_scope.metrics
        for point in metric.sum.data_points
    ]
    assert sorted(values) == sorted([1, 1, *(number for number in range(10) if number != bad)])


def test_a_scope_that_protobuf_refuses() -> None:
    """A lone surrogate in the name of a scope or in the resource costs no point: it is replaced."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], resource=Resource({"a": "\ud800"}), shutdown_on_exit=False)
    provider.get_meter("bad\ud800").create_counter("c").add(1)
    (item,) = MetricEncoder(refuse_loss).items(collection(provider, reader))
    (of_resource,) = request_of([item]).resource_metrics
    assert of_resource.scope_metrics[0].scope.name == "bad\ufffd"
    assert of_resource.scope_metrics[0].metrics[0].sum.data_points[0].as_int == 1


def test_nothing_collected() -> None:
    """A metric without points loses nothing, and nothing is nothing."""
    encoder = MetricEncoder(refuse_loss)
    assert encoder.items(MetricsData([])) == []
    data = made_of(c=[(1, {})])
    scope = data.resource_metrics[0].scope_metrics[0]
    points: Any = scope.metrics[0].data
    empty = replace(scope.metrics[0], data=replace(points, data_points=[]))
    empty_data = MetricsData([replace(data.resource_metrics[0], scope_metrics=[replace(scope, metrics=[empty])])])
    assert sum(item.records for item in encoder.items(empty_data)) == count_points(empty_data) == 0
