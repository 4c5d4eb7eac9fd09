"""Decoded metric points as the SDK's own."""

from __future__ import annotations

import json
import math

from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics.export import Gauge, NumberDataPoint

from clippy_otel.delivery.metric_points import decode_metrics
from clippy_otel.delivery.sdk_metrics import SdkMetrics
from tests._signals import (
    DELTA,
    counter,
    decoded_points,
    every_metric,
    exemplar,
    exponential_histogram,
    gauge,
    histogram,
    metrics_request,
    summary,
)


def encoded_again(data: bytes) -> ExportMetricsServiceRequest:
    """Return what the SDK's encoder makes of a request's points."""
    return encode_metrics(SdkMetrics().make(decode_metrics(data)))


def test_round_trip() -> None:
    """The SDK's encoder makes the same request of the metrics as they came in, but for what it leaves out."""
    two_points = counter("two", data={"route": "/a"})
    two_points.sum.data_points.append(counter("two", 8, {"route": "/b"}).sum.data_points[0])
    wide = exponential_histogram()
    exponential = wide.exponential_histogram.data_points[0]
    exponential.ClearField("zero_threshold")
    of_gauge = gauge(exemplars=[exemplar()])
    of_gauge.gauge.data_points[0].ClearField("start_time_unix_nano")
    data = metrics_request(of_gauge, two_points, counter(value=1.5, temporality=DELTA), histogram(), wide)
    expected = ExportMetricsServiceRequest.FromString(data)
    expected.resource_metrics[0].scope_metrics[0].scope.attributes.sort(key=lambda pair: pair.key)
    assert encoded_again(data) == expected


def test_equal_origins_are_one() -> None:
    """Metrics of one resource and scope that come apart are put together: the encoder keeps the last of two."""
    data = metrics_request(gauge("a")) + metrics_request(gauge("b"), scope_name="other") + metrics_request(gauge("c"))
    (of_resource,) = encoded_again(data).resource_metrics
    scopes = {scope.scope.name: [metric.name for metric in scope.metrics] for scope in of_resource.scope_metrics}
    assert scopes == {"app": ["a", "c"], "other": ["b"]}


def test_other_resource() -> None:
    """Another resource is another one."""
    data = metrics_request(gauge("a")) + metrics_request(gauge("a"), resource={"service.name": "other"})
    assert len(encoded_again(data).resource_metrics) == 2


def test_no_value_and_summaries() -> None:
    """A point without a value is no number; summaries, which the SDK does not have, are left out."""
    (point,) = decoded_points(gauge())
    data = SdkMetrics().make([point._replace(value=None), *decoded_points(summary())])
    (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
    assert isinstance(metric.data, Gauge)
    (made,) = metric.data.data_points
    assert isinstance(made, NumberDataPoint)
    assert math.isnan(made.value)


def test_console_exporter_can_show_it() -> None:
    """The SDK's own JSON, which its console exporter prints, can be made of it."""
    shown = json.loads(SdkMetrics().make(decoded_points(*every_metric())).to_json())
    assert len(shown["resource_metrics"][0]["scope_metrics"][0]["metrics"]) == 4


def test_nothing() -> None:
    """No points are no metrics."""
    assert list(SdkMetrics().make([]).resource_metrics) == []
