"""Decoded records as the SDK's own."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from clippy_otel.delivery.sdk_records import SdkRecords
from clippy_otel.otlp.decode import decode_logs
from tests._requests import RESOURCE, SCOPE, SPAN_ID, TIME_NS, TRACE_ID, decoded, record, request

# The SDK drops empty keys, cleans list items and has no NaN that equals itself: not this module's to change.
KEYS = st.text(min_size=1, max_size=5)
SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


def test_fields() -> None:
    """Every field arrives, nested values and all."""
    log = decoded("feature.used", {"a": {"b": [1, "x"]}}, event_id="e" * 32, severity_number=17, severity_text="ERROR")
    (made,) = SdkRecords().make([log])
    sdk = made.log_record
    assert (sdk.timestamp, sdk.observed_timestamp, sdk.event_name) == (TIME_NS, TIME_NS + 5, "feature.used")
    assert (sdk.trace_id, sdk.span_id, sdk.trace_flags) == (TRACE_ID, SPAN_ID, trace.TraceFlags.SAMPLED)
    assert (sdk.severity_number, sdk.severity_text) == (SeverityNumber.ERROR, "ERROR")
    assert sdk.attributes is not None
    assert sdk.attributes["a"] == {"b": (1, "x")}
    assert sdk.attributes["log.record.uid"] == "e" * 32
    assert made.resource.attributes["service.name"] == RESOURCE["service.name"]
    assert made.instrumentation_scope is not None
    assert (made.instrumentation_scope.name, made.instrumentation_scope.version) == ("clippy_otel", "0.1")
    assert dict(made.instrumentation_scope.attributes or {}) == SCOPE


def test_absent_fields() -> None:
    """What a record does not have is absent, as if the SDK had made it."""
    log = decoded(
        "", attributes={}, trace_id=0, span_id=0, trace_flags=0, severity_number=0, severity_text="", time_unix_nano=0
    )
    (made,) = SdkRecords().make([log])
    sdk = made.log_record
    assert (sdk.timestamp, sdk.event_name, sdk.body, sdk.severity_number, sdk.severity_text) == (None,) * 5
    assert (sdk.trace_id, sdk.span_id) == (0, 0)


def test_span_of_this_thread() -> None:
    """The span that is current where the record is made is not the record's."""
    here = trace.SpanContext(1, 2, is_remote=False)
    with trace.use_span(trace.NonRecordingSpan(here)):
        (made,) = SdkRecords().make([decoded(trace_id=0, span_id=0)])
    assert made.log_record.trace_id == 0


def test_dropped_count() -> None:
    """What the record lost to limits is told on."""
    attributes = {f"k{number}": number for number in range(130)}
    (made,) = SdkRecords().make([decoded(attributes=attributes)])
    assert made.dropped_attributes == 2


def test_shared_objects() -> None:
    """Records of one resource and scope share the SDK's objects, across requests; others get theirs."""
    records = SdkRecords()
    first, second = records.make([decoded(), decoded()])
    assert first.resource is second.resource
    assert first.instrumentation_scope is second.instrumentation_scope
    (other,) = records.make(decode_logs(request(resource={"service.name": "other"})))
    assert other.resource.attributes["service.name"] == "other"


@given(st.dictionaries(KEYS, VALUES, max_size=4), VALUES)
def test_round_trip(attributes: dict[str, Any], body: object) -> None:
    """The SDK's encoder makes the same request of the records as they came in."""
    data = request(record("e", attributes, body=body))
    encoded = encode_logs(SdkRecords().make(decode_logs(data)))
    assert sorted_attributes(encoded) == sorted_attributes(ExportLogsServiceRequest.FromString(data))


def sorted_attributes(message: ExportLogsServiceRequest) -> ExportLogsServiceRequest:
    """Return a request with its records' attributes in the order of their keys."""
    attributes = message.resource_logs[0].scope_logs[0].log_records[0].attributes
    attributes.sort(key=lambda attribute: attribute.key)
    return message
