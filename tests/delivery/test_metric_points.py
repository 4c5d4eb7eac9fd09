"""Metric points out of bytes."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.delivery.metric_points import decode_metrics
from clippy_otel.otlp.points import Exemplar
from tests._requests import RESOURCE, SCOPE, SPAN_ID, TIME_NS, TRACE_ID
from tests._signals import (
    DELTA,
    MS,
    SCHEMA_URL,
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

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_shared_fields() -> None:
    """A point knows its resource, scope, metric and times, and shares the mappings of the first two."""
    first, second = decoded_points(counter(data={"route": "/a"}), counter("errors"))
    assert (first.resource, first.resource_schema_url) == (RESOURCE, SCHEMA_URL)
    assert (first.scope_name, first.scope_version, first.scope_attributes) == ("app", "1.2", SCOPE)
    assert first.scope_schema_url == SCHEMA_URL
    assert (first.name, first.description, first.unit) == ("requests", "how many", "1")
    assert first.attributes == {"route": "/a"}
    assert (first.start_time_unix_nano, first.time_unix_nano) == (TIME_NS - 1000 * MS, TIME_NS)
    assert first.resource is second.resource
    assert first.scope_attributes is second.scope_attributes


def test_sum_and_gauge() -> None:
    """Sums and gauges have a value, an int or a float as it was sent; a sum says what it covers."""
    of_sum, delta, of_gauge = decoded_points(counter(value=7), counter(value=1.5, temporality=DELTA), gauge())
    assert (of_sum.kind, of_sum.value, of_sum.is_monotonic, of_sum.temporality) == ("sum", 7, True, "cumulative")
    assert repr(of_sum.value) == "7"
    assert (delta.value, delta.temporality) == (1.5, "delta")
    assert (of_gauge.kind, of_gauge.value, of_gauge.is_monotonic, of_gauge.temporality) == ("gauge", 2.5, False, "")
    assert (of_gauge.count, of_gauge.sum, of_gauge.bucket_counts, of_gauge.scale) == (None, None, (), None)


def test_no_value() -> None:
    """A point that says that it has no value has None."""
    metric = gauge(flags=1)
    metric.gauge.data_points[0].ClearField("as_double")
    (point,) = decoded_points(metric)
    assert (point.value, point.flags) == (None, 1)


def test_histogram() -> None:
    """A histogram has its statistics and buckets; what it does not know is None."""
    full, bare = decoded_points(
        histogram(), histogram(sum=None, min=None, max=None, bucket_counts=[], explicit_bounds=[])
    )
    assert (full.kind, full.temporality, full.value) == ("histogram", "delta", None)
    assert (full.count, full.sum, full.min, full.max) == (3, 12.5, 0.5, 10.0)
    assert (full.bucket_counts, full.explicit_bounds) == ((1, 1, 1), (1.0, 5.0))
    assert (bare.count, bare.sum, bare.min, bare.max, bare.bucket_counts) == (3, None, None, None, ())


def test_exponential_histogram() -> None:
    """An exponential histogram has scale, zero bucket, and buckets on both sides."""
    (point,) = decoded_points(exponential_histogram())
    assert (point.kind, point.count, point.sum, point.min, point.max) == ("exponential_histogram", 4, 9.0, -2.0, 8.0)
    assert (point.scale, point.zero_count, point.zero_threshold) == (-1, 1, 0.25)
    assert (point.positive_offset, point.positive_bucket_counts) == (-3, (1, 0, 1))
    assert (point.negative_offset, point.negative_bucket_counts) == (2, (1,))


def test_summary() -> None:
    """A summary has count, sum and quantiles."""
    (point,) = decoded_points(summary())
    assert (point.kind, point.count, point.sum, point.quantiles) == ("summary", 2, 3.0, ((0.0, 1.0), (0.5, 2.0)))


def test_exemplars() -> None:
    """An exemplar has its measurement, the attributes that the point lacks, and its span."""
    (point,) = decoded_points(gauge(exemplars=[exemplar()]))
    assert point.exemplars == (Exemplar(TIME_NS, 10.0, {"user": "u1"}, f"{TRACE_ID:032x}", f"{SPAN_ID:016x}"),)


def test_several_requests() -> None:
    """Requests put one after the other come as one, each point with its own resource and scope."""
    data = metrics_request(gauge("a")) + metrics_request(gauge("b"), scope_name="other", resource={"n": 1})
    assert [(point.name, point.scope_name, point.resource) for point in decode_metrics(data)] == [
        ("a", "app", RESOURCE),
        ("b", "other", {"n": 1}),
    ]


def test_nothing() -> None:
    """An empty request, and metrics without points or of an unknown kind, hold no points."""
    empty = gauge()
    empty.gauge.data_points.clear()
    bare = gauge()
    bare.ClearField("data")
    assert decode_metrics(b"") == []
    assert decoded_points(empty, bare) == []


@pytest.mark.parametrize("data", [b"\x0a\xff", b"\xff", metrics_request(*every_metric())[:-1], b"\x0a\x03\x0a\x01\xff"])
def test_malformed(data: bytes) -> None:
    """Bytes that are no request are a ValueError, which does not quote them."""
    with pytest.raises(ValueError, match="malformed OTLP") as raised:
        decode_metrics(data)
    assert type(raised.value) is ValueError


@given(st.binary(max_size=80))
def test_garbage(data: bytes) -> None:
    """Any bytes at all give points or a ValueError."""
    try:
        decode_metrics(data)
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017 - most garbage raises nothing


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_any_attributes(attributes: dict[str, Any]) -> None:
    """Attributes come back as they were sent, whatever their values."""
    (point,) = decoded_points(gauge(data=attributes))
    assert point.attributes == attributes


def test_extreme_numbers() -> None:
    """The largest counts, and floats that are no number, are taken."""
    largest, odd = decoded_points(histogram(count=2**64 - 1), gauge(value=math.nan))
    assert largest.count == 2**64 - 1
    assert odd.value is not None
    assert math.isnan(odd.value)


def test_protobuf_is_loaded_when_needed() -> None:
    """Importing the module does not load protobuf."""
    script = "import sys, clippy_otel.delivery.metric_points; print('google.protobuf' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
