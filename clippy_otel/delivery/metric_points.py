"""OTLP bytes as metric points again: for the local store, the console, custom transports and the test fixtures.

Guarantee: for any bytes, the points that they hold or a ValueError and nothing else. The protobuf library reads them
(imported by the first call, 40 ms): metrics come once an interval, so its cost does not matter as that of events does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from clippy_otel.otlp.decode_values import SPAN_ID_BYTES, TRACE_ID_BYTES, hex_id
from clippy_otel.otlp.points import Exemplar, MetricKind, MetricPoint, Temporality

_KINDS: Final[Mapping[str, MetricKind]] = {
    "gauge": "gauge",
    "sum": "sum",
    "histogram": "histogram",
    "exponential_histogram": "exponential_histogram",
    "summary": "summary",
}
_TEMPORALITIES: Final[Mapping[int, Temporality]] = {1: "delta", 2: "cumulative"}
_SCALARS: Final = ("string_value", "bool_value", "int_value", "double_value", "bytes_value")


def decode_metrics(request: bytes) -> list[MetricPoint]:
    """Return the points of an ExportMetricsServiceRequest, in their order. Metrics without points leave no trace.

    Args:
        request: The bytes, uncompressed; the metrics of requests put one after the other come as of one.

    Raises:
        ValueError: The bytes are no such request, or a value is nested deeper than protobuf reads (about 50 lists).
    """
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - heavy
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2  # noqa: PLC0415 - heavy

    try:
        message = metrics_service_pb2.ExportMetricsServiceRequest.FromString(request)
        return [point for of_resource in message.resource_metrics for point in _points(of_resource)]
    except DecodeError:  # its text may quote what it could not read
        raise ValueError("malformed OTLP: no metrics request") from None
    except RecursionError:
        raise ValueError("OTLP nested deeper than the stack that is left") from None


def _points(of_resource: Any) -> Iterator[MetricPoint]:
    resource = _attributes(of_resource.resource.attributes)
    for of_scope in of_resource.scope_metrics:
        scope = of_scope.scope
        origin = {
            "resource": resource,
            "resource_schema_url": of_resource.schema_url,
            "scope_name": scope.name,
            "scope_version": scope.version,
            "scope_attributes": _attributes(scope.attributes),
            "scope_schema_url": of_scope.schema_url,
        }
        for metric in of_scope.metrics:
            kind = _KINDS.get(metric.WhichOneof("data"))
            if kind is not None:
                yield from _points_of_metric(metric, kind, origin)


def _points_of_metric(metric: Any, kind: MetricKind, origin: Mapping[str, Any]) -> Iterator[MetricPoint]:
    data = getattr(metric, kind)
    for point in data.data_points:
        yield MetricPoint(
            **origin,
            name=metric.name,
            description=metric.description,
            unit=metric.unit,
            kind=kind,
            is_monotonic=data.is_monotonic if kind == "sum" else False,
            temporality=_TEMPORALITIES.get(getattr(data, "aggregation_temporality", 0), ""),
            attributes=_attributes(point.attributes),
            start_time_unix_nano=point.start_time_unix_nano,
            time_unix_nano=point.time_unix_nano,
            flags=point.flags,
            exemplars=() if kind == "summary" else tuple(map(_exemplar, point.exemplars)),
            **_MEASURED[kind](point),
        )


def _number(point: Any) -> dict[str, Any]:
    return {"value": _value(point)}


def _value(point: Any) -> float | None:
    which = point.WhichOneof("value")
    return None if which is None else getattr(point, which)


def _histogram(point: Any) -> dict[str, Any]:
    return {
        **_statistics(point),
        "bucket_counts": tuple(point.bucket_counts),
        "explicit_bounds": tuple(point.explicit_bounds),
    }


def _exponential_histogram(point: Any) -> dict[str, Any]:
    return {
        **_statistics(point),
        "scale": point.scale,
        "zero_count": point.zero_count,
        "zero_threshold": point.zero_threshold,
        "positive_offset": point.positive.offset,
        "positive_bucket_counts": tuple(point.positive.bucket_counts),
        "negative_offset": point.negative.offset,
        "negative_bucket_counts": tuple(point.negative.bucket_counts),
    }


def _statistics(point: Any) -> dict[str, Any]:
    known = {name: getattr(point, name) for name in ("sum", "min", "max") if point.HasField(name)}
    return {"count": point.count, **known}


def _summary(point: Any) -> dict[str, Any]:
    quantiles = tuple((quantile.quantile, quantile.value) for quantile in point.quantile_values)
    return {"count": point.count, "sum": point.sum, "quantiles": quantiles}


_MEASURED: Final[Mapping[MetricKind, Callable[[Any], dict[str, Any]]]] = {
    "gauge": _number,
    "sum": _number,
    "histogram": _histogram,
    "exponential_histogram": _exponential_histogram,
    "summary": _summary,
}


def _exemplar(exemplar: Any) -> Exemplar:
    return Exemplar(
        time_unix_nano=exemplar.time_unix_nano,
        value=_value(exemplar),
        attributes=_attributes(exemplar.filtered_attributes),
        trace_id=hex_id(exemplar.trace_id, TRACE_ID_BYTES),
        span_id=hex_id(exemplar.span_id, SPAN_ID_BYTES),
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _any_value(pair.value) for pair in pairs}


def _any_value(value: Any) -> Any:
    which = value.WhichOneof("value")
    if which == "array_value":
        return [_any_value(item) for item in value.array_value.values]
    if which == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    return getattr(value, which) if which in _SCALARS else None
