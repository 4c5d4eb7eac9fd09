"""The fields in which a record can hold text: what becomes of each, and that there is none of which nobody has thought.

When OpenTelemetry grows a field, a test here fails. Then decide: redact it and put a canary there, or say why not.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any, Final

import pytest
from google.protobuf.descriptor import FieldDescriptor
from opentelemetry._logs import LogRecord
from opentelemetry.metrics import Meter
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk._logs import ReadWriteLogRecord
from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics import export as exported
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, Status

# What the application says while it runs: redacted, each with a canary in _canaries.py.
REDACTED: Final = "redacted"
# What holds nothing but others of these.
PARTS: Final = "parts"
# Numbers, ids, times, flags: no text of the application's.
NUMBER: Final = "number"
# What a program's text says, once and for all: left as it is (docs/privacy.md).
CONSTANT: Final = "constant"
# Another vendor's, and needed as it is by whoever reads the trace.
FOREIGN: Final = "foreign"
# What only the SDK itself uses of it.
UNUSED: Final = "unused"

_POINT: Final = {"attributes": REDACTED, "exemplars": PARTS, "start_time_unix_nano": NUMBER, "time_unix_nano": NUMBER}
_OF_MANY: Final = {**_POINT, "count": NUMBER, "sum": NUMBER, "min": NUMBER, "max": NUMBER}

SDK: Final[dict[Any, dict[str, str]]] = {
    ReadableSpan: {
        **dict.fromkeys(("name", "attributes"), REDACTED),
        **dict.fromkeys(("context", "parent", "resource", "events", "links", "status", "instrumentation_scope"), PARTS),
        **dict.fromkeys(("kind", "start_time", "end_time"), NUMBER),
        "instrumentation_info": REDACTED,  # the scope's name once more
    },
    Event: {"name": REDACTED, "attributes": REDACTED, "timestamp": NUMBER, "limit": UNUSED},
    Link: {"context": PARTS, "attributes": REDACTED},
    Status: {"status_code": NUMBER, "description": REDACTED},
    SpanContext: {
        **dict.fromkeys(("trace_id", "span_id", "is_remote", "trace_flags", "is_valid"), NUMBER),
        "trace_state": FOREIGN,
    },
    LogRecord: {
        **dict.fromkeys(("severity_text", "body", "attributes", "event_name"), REDACTED),
        **dict.fromkeys(("timestamp", "observed_timestamp", "trace_id", "span_id", "trace_flags"), NUMBER),
        "severity_number": NUMBER,
        "context": UNUSED,
        "exception": REDACTED,  # its attributes are, and the object itself goes no further
    },
    ReadWriteLogRecord: {
        **dict.fromkeys(("log_record", "resource", "instrumentation_scope"), PARTS),
        "limits": UNUSED,
    },
    Resource: {"attributes": REDACTED, "schema_url": CONSTANT},
    InstrumentationScope: {"name": REDACTED, "attributes": REDACTED, "version": CONSTANT, "schema_url": CONSTANT},
    exported.ResourceMetrics: {"resource": PARTS, "scope_metrics": PARTS, "schema_url": CONSTANT},
    exported.ScopeMetrics: {"scope": PARTS, "metrics": PARTS, "schema_url": CONSTANT},
    exported.Metric: {"name": CONSTANT, "description": CONSTANT, "unit": CONSTANT, "data": PARTS},
    exported.Sum: {"data_points": PARTS, "aggregation_temporality": NUMBER, "is_monotonic": NUMBER},
    exported.Gauge: {"data_points": PARTS},
    exported.Histogram: {"data_points": PARTS, "aggregation_temporality": NUMBER},
    exported.ExponentialHistogram: {"data_points": PARTS, "aggregation_temporality": NUMBER},
    exported.NumberDataPoint: {**_POINT, "value": NUMBER},
    exported.HistogramDataPoint: {**_OF_MANY, "bucket_counts": NUMBER, "explicit_bounds": NUMBER},
    exported.ExponentialHistogramDataPoint: {
        **_OF_MANY,
        **dict.fromkeys(("scale", "zero_count", "positive", "negative", "flags"), NUMBER),
    },
    Exemplar: {
        "filtered_attributes": REDACTED,
        **dict.fromkeys(("value", "time_unix_nano", "span_id", "trace_id"), NUMBER),
    },
}

# Of OTLP's messages the fields of text, of bytes, and of other messages.
_IDS: Final = dict.fromkeys(("trace_id", "span_id", "parent_span_id"), NUMBER)
_TREES: Final = {
    **{f"{name}Data": {f"resource_{name.lower()}": PARTS} for name in ("Logs", "Metrics")},
    "TracesData": {"resource_spans": PARTS},
    "ResourceSpans": {"resource": PARTS, "scope_spans": PARTS, "schema_url": CONSTANT},
    "ResourceLogs": {"resource": PARTS, "scope_logs": PARTS, "schema_url": CONSTANT},
    "ResourceMetrics": {"resource": PARTS, "scope_metrics": PARTS, "schema_url": CONSTANT},
    "ScopeSpans": {"scope": PARTS, "spans": PARTS, "schema_url": CONSTANT},
    "ScopeLogs": {"scope": PARTS, "log_records": PARTS, "schema_url": CONSTANT},
    "ScopeMetrics": {"scope": PARTS, "metrics": PARTS, "schema_url": CONSTANT},
}
_POINTS: Final = {"attributes": REDACTED, "exemplars": PARTS}
OTLP: Final[dict[str, dict[str, str]]] = {
    **_TREES,
    "Span": {
        **_IDS,
        "trace_state": FOREIGN,
        "name": REDACTED,
        "attributes": REDACTED,
        **dict.fromkeys(("events", "links", "status"), PARTS),
    },
    "Span.Event": {"name": REDACTED, "attributes": REDACTED},
    "Span.Link": {"trace_id": NUMBER, "span_id": NUMBER, "trace_state": FOREIGN, "attributes": REDACTED},
    "Status": {"message": REDACTED},
    "LogRecord": {
        **dict.fromkeys(("severity_text", "body", "attributes", "event_name"), REDACTED),
        "trace_id": NUMBER,
        "span_id": NUMBER,
    },
    "Metric": {
        **dict.fromkeys(("name", "description", "unit"), CONSTANT),
        **dict.fromkeys(("gauge", "sum", "histogram", "exponential_histogram"), PARTS),
        "summary": UNUSED,  # the SDK makes none
        "metadata": UNUSED,  # likewise
    },
    **{name: {"data_points": PARTS} for name in ("Gauge", "Sum", "Histogram", "ExponentialHistogram", "Summary")},
    "NumberDataPoint": _POINTS,
    "HistogramDataPoint": _POINTS,
    "ExponentialHistogramDataPoint": {**_POINTS, "positive": NUMBER, "negative": NUMBER},
    "SummaryDataPoint": dict.fromkeys(("attributes", "quantile_values"), UNUSED),
    "Exemplar": {"filtered_attributes": REDACTED, "span_id": NUMBER, "trace_id": NUMBER},
    "AnyValue": {
        **dict.fromkeys(("string_value", "bytes_value"), REDACTED),
        **dict.fromkeys(("array_value", "kvlist_value"), PARTS),
    },
    "ArrayValue": {"values": PARTS},
    "KeyValueList": {"values": PARTS},
    "KeyValue": {"key": REDACTED, "value": PARTS},
    "InstrumentationScope": {"name": REDACTED, "version": CONSTANT, "attributes": REDACTED},
    "EntityRef": dict.fromkeys(("schema_url", "type", "id_keys", "description_keys"), UNUSED),
    "Resource": {"attributes": REDACTED, "entity_refs": UNUSED},
}
# What a measurement can say beside its number; what an instrument is made with is the program's own text.
METER: Final = {"name", "unit", "description", "callbacks", "explicit_bucket_boundaries_advisory"}
_HOLDING: Final = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES, FieldDescriptor.TYPE_MESSAGE)
_MODULES: Final = (trace_pb2, logs_pb2, metrics_pb2, common_pb2, resource_pb2)


def fields_of(kind: Any) -> set[str]:
    """Return what a class of the SDK can hold: its constructor's arguments, its fields, its properties."""
    if kind is SpanContext:  # a tuple
        return {name for name, value in vars(kind).items() if isinstance(value, property)}
    if dataclasses.is_dataclass(kind):
        return {field.name for field in dataclasses.fields(kind)}
    return set(inspect.signature(kind.__init__).parameters) - {"self"}


def messages(descriptors: Any, prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield the messages of OTLP, nested ones too, with their fields that are neither numbers nor flags."""
    for descriptor in descriptors:
        name = f"{prefix}{descriptor.name}"
        fields = {field.name for field in descriptor.fields if field.type in _HOLDING}
        if fields:
            yield name, fields
        yield from messages(descriptor.nested_types, f"{name}.")


@pytest.mark.parametrize("kind", SDK, ids=lambda kind: kind.__name__)
def test_each_field_of_the_sdk_is_decided(kind: Any) -> None:
    """A new one, or one that is gone, needs a decision."""
    assert fields_of(kind) == set(SDK[kind])


def test_each_field_of_otlp_is_decided() -> None:
    """Of all messages, of every depth: the wire has no field in which nobody looked."""
    tops = [message for module in _MODULES for message in module.DESCRIPTOR.message_types_by_name.values()]
    assert dict(messages(tops)) == {name: set(fields) for name, fields in OTLP.items()}


@pytest.mark.parametrize("name", [name for name in dir(Meter) if name.startswith("create_")])
def test_instruments_are_made_of_constants(name: str) -> None:
    """What they take is said once, in the program's text."""
    assert set(inspect.signature(getattr(Meter, name)).parameters) - {"self"} <= METER
