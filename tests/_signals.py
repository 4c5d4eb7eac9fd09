"""Requests of spans and metrics for tests of what receives them, built with protobuf and not with our own encoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from clippy_otel.delivery.metric_points import decode_metrics
from clippy_otel.otlp.decode_spans import DecodedSpan, decode_spans
from clippy_otel.otlp.points import MetricPoint
from tests._requests import RESOURCE, SCOPE, SPAN_ID, TIME_NS, TRACE_ID

MS = 1_000_000
PARENT_ID = 0x1112131415161718
SCHEMA_URL = "https://opentelemetry.io/schemas/1.43.0"
CUMULATIVE = metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE
DELTA = metrics_pb2.AGGREGATION_TEMPORALITY_DELTA


def any_value(value: Any) -> AnyValue:
    """Return a value as protobuf has it."""
    message = AnyValue()
    if isinstance(value, Mapping):
        message.kvlist_value.values.extend(key_values(value))
    elif isinstance(value, list):
        message.array_value.values.extend(map(any_value, value))
        message.array_value.SetInParent()
    elif value is not None:
        kinds = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value", bytes: "bytes_value"}
        setattr(message, kinds[type(value)], value)
    return message


def key_values(attributes: Mapping[str, Any]) -> list[KeyValue]:
    """Return attributes as protobuf has them."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def span(name: str = "GET /users", /, data: Mapping[str, Any] | None = None, **fields: Any) -> Span:
    """Return a span of 12.5 ms; what is not given is the same for all of them."""
    given: dict[str, Any] = {
        "trace_id": TRACE_ID.to_bytes(16, "big"),
        "span_id": SPAN_ID.to_bytes(8, "big"),
        "name": name,
        "kind": Span.SPAN_KIND_SERVER,
        "start_time_unix_nano": TIME_NS,
        "end_time_unix_nano": TIME_NS + 12 * MS + MS // 2,
        "attributes": key_values(data or {}),
    }
    return Span(**{**given, **fields})


def full_span() -> Span:
    """Return a span that has every field."""
    return span(
        "GET /users",
        {"http.route": "/users", "nested": {"a": [1, 2.5, None, True, b"\xff"]}, "session.id": "s1"},
        trace_state="vendor=1",
        parent_span_id=PARENT_ID.to_bytes(8, "big"),
        flags=0x301,
        dropped_attributes_count=1,
        events=[
            Span.Event(
                time_unix_nano=TIME_NS + 5 * MS,
                name="exception",
                attributes=key_values({"exception.type": "ValueError"}),
                dropped_attributes_count=2,
            )
        ],
        dropped_events_count=3,
        links=[
            Span.Link(
                trace_id=bytes(15) + b"\x07",
                span_id=bytes(7) + b"\x08",
                trace_state="other=2",
                flags=0x301,
                attributes=key_values({"why": "retry"}),
                dropped_attributes_count=4,
            )
        ],
        dropped_links_count=5,
        status=Status(code=Status.STATUS_CODE_ERROR, message="it broke"),
    )


def span_request(*spans: Span, scope_name: str = "http", resource: Mapping[str, Any] | None = None) -> bytes:
    """Return an export request with these spans."""
    message = ExportTraceServiceRequest()
    of_resource = message.resource_spans.add(schema_url=SCHEMA_URL)
    of_resource.resource.attributes.extend(key_values(RESOURCE if resource is None else resource))
    of_scope = of_resource.scope_spans.add(spans=spans, schema_url=SCHEMA_URL)
    of_scope.scope.name, of_scope.scope.version = scope_name, "1.2"
    of_scope.scope.attributes.extend(key_values(SCOPE))
    return message.SerializeToString()


def decoded_spans(*spans: Span) -> list[DecodedSpan]:
    """Return spans as they come out of a request."""
    return decode_spans(span_request(*spans))


def gauge(name: str = "memory", value: float = 2.5, data: Mapping[str, Any] | None = None, **fields: Any) -> Any:
    """Return a gauge with one point."""
    metric = metrics_pb2.Metric(name=name, unit=fields.pop("unit", "By"))
    metric.gauge.data_points.append(_number(value, data, fields))
    return metric


def counter(name: str = "requests", value: float = 7, data: Mapping[str, Any] | None = None, **fields: Any) -> Any:
    """Return a monotonic sum with one point."""
    temporality = fields.pop("temporality", CUMULATIVE)
    metric = metrics_pb2.Metric(name=name, description="how many", unit=fields.pop("unit", "1"))
    metric.sum.aggregation_temporality, metric.sum.is_monotonic = temporality, True
    metric.sum.data_points.append(_number(value, data, fields))
    return metric


def histogram(name: str = "duration", data: Mapping[str, Any] | None = None, **fields: Any) -> Any:
    """Return a histogram with one point of three measurements."""
    metric = metrics_pb2.Metric(name=name, unit="ms")
    metric.histogram.aggregation_temporality = DELTA
    statistics = {"count": 3, "sum": 12.5, "min": 0.5, "max": 10.0}
    buckets = {"bucket_counts": [1, 1, 1], "explicit_bounds": [1.0, 5.0]}
    given = {**_times(), **statistics, **buckets, "attributes": key_values(data or {})}
    metric.histogram.data_points.append(metrics_pb2.HistogramDataPoint(**{**given, **fields}))
    return metric


def exponential_histogram(name: str = "latency") -> Any:
    """Return an exponential histogram with one point."""
    metric = metrics_pb2.Metric(name=name, unit="s")
    metric.exponential_histogram.aggregation_temporality = CUMULATIVE
    buckets = metrics_pb2.ExponentialHistogramDataPoint.Buckets
    metric.exponential_histogram.data_points.add(
        **_times(),
        count=4,
        sum=9.0,
        min=-2.0,
        max=8.0,
        scale=-1,
        zero_count=1,
        zero_threshold=0.25,
        positive=buckets(offset=-3, bucket_counts=[1, 0, 1]),
        negative=buckets(offset=2, bucket_counts=[1]),
    )
    return metric


def summary(name: str = "old") -> Any:
    """Return a summary with one point."""
    metric = metrics_pb2.Metric(name=name, unit="ms")
    quantile = metrics_pb2.SummaryDataPoint.ValueAtQuantile
    quantiles = [quantile(quantile=0.0, value=1.0), quantile(quantile=0.5, value=2.0)]
    metric.summary.data_points.add(**_times(), count=2, sum=3.0, quantile_values=quantiles)
    return metric


def every_metric() -> list[Any]:
    """Return a metric of each kind."""
    return [gauge(), counter(), histogram(), exponential_histogram(), summary()]


def metrics_request(*metrics: Any, scope_name: str = "app", resource: Mapping[str, Any] | None = None) -> bytes:
    """Return an export request with these metrics."""
    message = ExportMetricsServiceRequest()
    of_resource = message.resource_metrics.add(schema_url=SCHEMA_URL)
    of_resource.resource.attributes.extend(key_values(RESOURCE if resource is None else resource))
    of_scope = of_resource.scope_metrics.add(metrics=metrics, schema_url=SCHEMA_URL)
    of_scope.scope.name, of_scope.scope.version = scope_name, "1.2"
    of_scope.scope.attributes.extend(key_values(SCOPE))
    return message.SerializeToString()


def decoded_points(*metrics: Any) -> list[MetricPoint]:
    """Return the points of metrics as they come out of a request."""
    return decode_metrics(metrics_request(*metrics))


def exemplar(value: float = 10.0) -> Any:
    """Return an exemplar."""
    made = metrics_pb2.Exemplar(
        time_unix_nano=TIME_NS,
        trace_id=TRACE_ID.to_bytes(16, "big"),
        span_id=SPAN_ID.to_bytes(8, "big"),
        filtered_attributes=key_values({"user": "u1"}),
    )
    made.as_double = value
    return made


def _number(value: float, data: Mapping[str, Any] | None, fields: Mapping[str, Any]) -> metrics_pb2.NumberDataPoint:
    which = {"as_int" if isinstance(value, int) else "as_double": value}
    return metrics_pb2.NumberDataPoint(**{**_times(), **which, "attributes": key_values(data or {}), **fields})


def _times() -> dict[str, Any]:
    return {"start_time_unix_nano": TIME_NS - 1000 * MS, "time_unix_nano": TIME_NS}
