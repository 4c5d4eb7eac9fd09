"""Decoded metric points as the SDK's own, for custom transports that are the SDK's exporters.

Imported only where there is such an exporter, so that the SDK is loaded already. Summaries, which the SDK neither makes
nor has a class for, are left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Buckets,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from clippy_otel.delivery.sdk_origins import SdkOrigins
from clippy_otel.otlp.points import MetricKind, MetricPoint

_origin = attrgetter(
    "resource", "resource_schema_url", "scope_name", "scope_version", "scope_attributes", "scope_schema_url"
)
_metric = attrgetter("name", "description", "unit", "kind", "is_monotonic", "temporality")
_TEMPORALITIES: Final = {
    "": AggregationTemporality.UNSPECIFIED,
    "delta": AggregationTemporality.DELTA,
    "cumulative": AggregationTemporality.CUMULATIVE,
}


class SdkMetrics:
    """Make SDK metrics, with one resource and one scope object for all metrics that share them."""

    def __init__(self) -> None:
        self._origins = SdkOrigins()

    def make(self, points: Sequence[MetricPoint]) -> MetricsData:
        """Return the points as the SDK groups them: by resource, scope and metric."""
        # By equal resources and scopes and not as they come: the SDK's encoder keeps the last of two equal ones only.
        resources: dict[Resource, dict[InstrumentationScope, list[Metric]]] = {}
        for (resource, resource_url, name, version, attributes, url), group in groupby(points, _origin):
            scopes = resources.setdefault(self._origins.resource(resource, resource_url), {})
            scopes.setdefault(self._origins.scope(name, version, attributes, url), []).extend(_metrics(group))
        return MetricsData([_resource_metrics(resource, scopes) for resource, scopes in resources.items()])


def _resource_metrics(resource: Resource, scopes: Mapping[InstrumentationScope, list[Metric]]) -> ResourceMetrics:
    of_scopes = [ScopeMetrics(scope, metrics, scope.schema_url or "") for scope, metrics in scopes.items()]
    return ResourceMetrics(resource, of_scopes, resource.schema_url)


def _metrics(points: Iterable[MetricPoint]) -> Iterator[Metric]:
    for (name, description, unit, kind, is_monotonic, temporality), group in groupby(points, _metric):
        if kind in _POINTS:
            data_points = list(map(_POINTS[kind], group))
            yield Metric(name, description, unit, _data(kind, data_points, _TEMPORALITIES[temporality], is_monotonic))


def _data(
    kind: MetricKind,
    points: list[Any],
    temporality: AggregationTemporality,
    is_monotonic: bool,  # noqa: FBT001 - as the SDK has it
) -> Gauge | Sum | Histogram | ExponentialHistogram:
    if kind == "gauge":
        return Gauge(points)
    if kind == "sum":
        return Sum(points, temporality, is_monotonic)
    return Histogram(points, temporality) if kind == "histogram" else ExponentialHistogram(points, temporality)


def _number(point: MetricPoint) -> NumberDataPoint:
    # No value, which the SDK has no word for, is no number.
    return NumberDataPoint(**_shared(point), value=math.nan if point.value is None else point.value)


def _histogram(point: MetricPoint) -> HistogramDataPoint:
    return HistogramDataPoint(
        **_shared(point), **_statistics(point), bucket_counts=point.bucket_counts, explicit_bounds=point.explicit_bounds
    )


def _exponential_histogram(point: MetricPoint) -> ExponentialHistogramDataPoint:
    return ExponentialHistogramDataPoint(
        **_shared(point),
        **_statistics(point),
        scale=point.scale or 0,
        zero_count=point.zero_count or 0,
        positive=Buckets(point.positive_offset or 0, point.positive_bucket_counts),
        negative=Buckets(point.negative_offset or 0, point.negative_bucket_counts),
        flags=point.flags,
    )


_POINTS: Final[Mapping[MetricKind, Callable[[MetricPoint], Any]]] = {
    "gauge": _number,
    "sum": _number,
    "histogram": _histogram,
    "exponential_histogram": _exponential_histogram,
}


def _shared(point: MetricPoint) -> dict[str, Any]:
    return {
        "attributes": dict(point.attributes),
        "start_time_unix_nano": point.start_time_unix_nano,
        "time_unix_nano": point.time_unix_nano,
        "exemplars": [
            Exemplar(
                exemplar.attributes,
                math.nan if exemplar.value is None else exemplar.value,
                exemplar.time_unix_nano,
                int(exemplar.span_id, 16) if exemplar.span_id else None,
                int(exemplar.trace_id, 16) if exemplar.trace_id else None,
            )
            for exemplar in point.exemplars
        ],
    }


def _statistics(point: MetricPoint) -> dict[str, Any]:
    return {"count": point.count, "sum": point.sum, "min": point.min, "max": point.max}
