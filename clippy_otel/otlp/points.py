"""The points of metrics as Python values: what the local store, the console and custom transports take.

Records only. What decodes a request into them is `clippy_otel.delivery.metric_points`, for it needs protobuf.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

MetricKind = Literal["gauge", "sum", "histogram", "exponential_histogram", "summary"]
Temporality = Literal["", "delta", "cumulative"]


class Exemplar(NamedTuple):
    """One measurement out of those that a point stands for.

    Attributes:
        time_unix_nano: When it was made, nanoseconds since the epoch; 0 for unknown.
        value: What was measured; None for unknown.
        attributes: Those of the measurement that the point does not have.
        trace_id: 32 lower-case hex digits; "" for none, and where it is not 16 bytes or all zero.
        span_id: 16 lower-case hex digits; "" likewise.
    """

    time_unix_nano: int
    value: float | None
    attributes: dict[str, Any]
    trace_id: str
    span_id: str


class MetricPoint(NamedTuple):
    """One point of a metric with where it came from: one collection of one series.

    Attributes:
        resource: The resource's attributes; one object for all points of it, not to be changed.
        resource_schema_url: "" for none.
        scope_name: "" for none.
        scope_version: "" for none.
        scope_attributes: One object for all points of the scope, not to be changed.
        scope_schema_url: "" for none.
        name: The metric's name.
        description: "" for none.
        unit: As in UCUM; "" for none.
        kind: What the metric is.
        is_monotonic: Whether a sum never goes down; False for all other kinds.
        temporality: What a point of a sum or histogram covers: "delta" the time since the one before, "cumulative"
            the time since start_time_unix_nano; "" for unknown, and for gauges and summaries.
        attributes: A str, bool, int, float, bytes, list, dict or None each. The point's own.
        start_time_unix_nano: Nanoseconds since the epoch; 0 for unknown.
        time_unix_nano: When it was collected, likewise.
        flags: 32 bits; 1 says that the point has no value.
        exemplars: In their order.
        value: Of a gauge or sum; None for the other kinds, and where the point has no value.
        count: How many measurements a histogram or summary stands for; None for the other kinds.
        sum: Of these measurements; None where it is not known, and for gauges and sums.
        min: The smallest of them, of histograms only; None where it is not known.
        max: The largest of them, likewise.
        bucket_counts: Of a histogram: one more than there are bounds, or none.
        explicit_bounds: Of a histogram: the upper bound of each bucket but the last one.
        scale: Of an exponential histogram, as are all that follow up to the quantiles; None for the other kinds.
        zero_count: How many measurements lie in the bucket about zero.
        zero_threshold: How far from zero that bucket reaches.
        positive_offset: The index of the first positive bucket.
        positive_bucket_counts: () for none.
        negative_offset: The index of the first negative bucket.
        negative_bucket_counts: () for none.
        quantiles: Of a summary: pairs of a quantile, 0 to 1, and its value.
    """

    resource: Mapping[str, Any]
    resource_schema_url: str
    scope_name: str
    scope_version: str
    scope_attributes: Mapping[str, Any]
    scope_schema_url: str
    name: str
    description: str
    unit: str
    kind: MetricKind
    is_monotonic: bool
    temporality: Temporality
    attributes: dict[str, Any]
    start_time_unix_nano: int
    time_unix_nano: int
    flags: int
    exemplars: tuple[Exemplar, ...] = ()
    value: float | None = None
    count: int | None = None  # type: ignore[assignment] # instead of the tuple's method
    sum: float | None = None
    min: float | None = None
    max: float | None = None
    bucket_counts: tuple[int, ...] = ()
    explicit_bounds: tuple[float, ...] = ()
    scale: int | None = None
    zero_count: int | None = None
    zero_threshold: float | None = None
    positive_offset: int | None = None
    positive_bucket_counts: tuple[int, ...] = ()
    negative_offset: int | None = None
    negative_bucket_counts: tuple[int, ...] = ()
    quantiles: tuple[tuple[float, float], ...] = ()
