"""What the OTLP tests share: protobuf's own reading of our bytes, and values to feed the encoder with."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from clippy_otel.otlp.encode import encode_log_record
from tests.otlp._framing import frame_records

NOW_NS = 1_700_000_000_123_456_789

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
TEXT = st.text(st.characters(codec="utf-8"), max_size=200)
SCALARS = st.none() | st.booleans() | INT64 | st.floats() | TEXT | st.binary(max_size=200)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)
ATTRIBUTES = st.dictionaries(TEXT, VALUES, max_size=8)


def encode(attributes: Any = None, **changes: Any) -> bytes:
    """Encode a record in which only what the test is about differs from the usual."""
    given: dict[str, Any] = {
        "time_unix_nano": NOW_NS,
        "observed_time_unix_nano": NOW_NS,
        "attributes": attributes or {},
    } | changes
    return encode_log_record(**given)


def parse(record: bytes) -> LogRecord:
    """Return the only record of a request, as protobuf reads it."""
    request = ExportLogsServiceRequest.FromString(frame_records(b"", b"", [record]))
    (resource_logs,) = request.resource_logs
    (scope_logs,) = resource_logs.scope_logs
    (log,) = scope_logs.log_records
    return log


def python(value: AnyValue) -> Any:
    """Return what an AnyValue means; duplicate keys are an error."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [python(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return mapping(value.kvlist_value.values)
    return getattr(value, kind)


def mapping(pairs: Any) -> dict[str, Any]:
    """Return the KeyValues of a message as a dict; duplicate keys are an error."""
    found: list[KeyValue] = list(pairs)
    keys = [pair.key for pair in found]
    assert len(keys) == len(set(keys)), "duplicate keys"
    return {pair.key: python(pair.value) for pair in found}


def attributes_of(record: bytes) -> dict[str, Any]:
    """Return the attributes of an encoded record, as protobuf reads them."""
    return mapping(parse(record).attributes)


def encoded(value: object, **changes: Any) -> Any:
    """Return what protobuf reads where this value was an attribute."""
    return attributes_of(encode({"it": value}, **changes))["it"]


def same(one: Any, other: Any) -> bool:
    """Compare with types, NaN equal to itself, -0.0 not equal to 0.0; lists and tuples are alike."""
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and repr(one) == repr(other)
