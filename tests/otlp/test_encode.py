"""Log records as OTLP bytes: read back by protobuf, compared with the stock encoder."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry._logs import LogRecord as SdkLogRecord
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource as SdkResource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope as SdkScope
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from clippy_otel.otlp import encode as module
from clippy_otel.otlp import values
from clippy_otel.otlp.encode import (
    EncodeLimits,
    encode_log_attribute,
    encode_log_record,
    encode_resource,
    encode_scope,
)
from tests.otlp._foreign import WHEN, Label, Silent
from tests.otlp._framing import frame_records
from tests.otlp._messages import (
    ATTRIBUTES,
    INT64,
    NOW_NS,
    SCALARS,
    TEXT,
    encode,
    mapping,
    parse,
    same,
)

UINT64 = st.integers(0, (1 << 64) - 1)
few = settings(deadline=None, max_examples=40)


# Every field


FIELDS = st.fixed_dictionaries(
    {
        "time_unix_nano": UINT64,
        "observed_time_unix_nano": UINT64,
        "severity_number": st.integers(0, 24),
        "severity_text": TEXT,
        "event_name": TEXT,
        "trace_id": st.integers(0, (1 << 128) - 1),
        "span_id": UINT64,
        "trace_flags": st.integers(0, (1 << 32) - 1),
    }
)


@few
@given(FIELDS)
def test_the_fields_of_a_record_arrive(fields: dict[str, Any]) -> None:
    """What is passed for each field is what protobuf reads in it."""
    log = parse(encode_log_record(attributes={}, **fields))
    for name in ("time_unix_nano", "observed_time_unix_nano", "severity_number", "severity_text", "event_name"):
        assert getattr(log, name) == fields[name]
    trace_id, span_id = fields["trace_id"], fields["span_id"]
    assert log.trace_id == (trace_id.to_bytes(16, "big") if trace_id else b"")
    assert log.span_id == (span_id.to_bytes(8, "big") if span_id else b"")
    assert log.flags == fields["trace_flags"]
    assert not log.HasField("body")
    assert not log.attributes


@few
@given(st.lists(st.tuples(ATTRIBUTES, SCALARS), min_size=1, max_size=3))
def test_the_stock_encoder_says_the_same(records: list[tuple[dict[str, Any], Any]]) -> None:
    """For what the stock encoder takes, a request of ours is the stock one's, field for field."""
    context = SpanContext(trace_id=0xABC, span_id=0xDEF, is_remote=False, trace_flags=TraceFlags(1))
    resource, scope = SdkResource({"service.name": "a", "n": [1, 2]}), SdkScope("lib", "1.2", attributes={"k": "v"})
    stock = [
        ReadableLogRecord(
            SdkLogRecord(
                timestamp=NOW_NS,
                observed_timestamp=NOW_NS + 1,
                context=set_span_in_context(NonRecordingSpan(context)),
                severity_number=SeverityNumber.WARN,
                severity_text="careful",
                event_name="an.event",
                body=body,
                attributes=attributes,
            ),
            resource=resource,
            instrumentation_scope=scope,
        )
        for attributes, body in records
    ]
    ours = [
        encode_log_record(
            time_unix_nano=NOW_NS,
            observed_time_unix_nano=NOW_NS + 1,
            severity_number=13,
            severity_text="careful",
            event_name="an.event",
            body=body,
            attributes=attributes,
            trace_id=0xABC,
            span_id=0xDEF,
            trace_flags=1,
        )
        for attributes, body in records
    ]
    request = frame_records(encode_resource(resource.attributes), encode_scope("lib", "1.2", {"k": "v"}), ours)
    expected = without_empty_bodies(encode_logs(stock))
    assert comparable(ExportLogsServiceRequest.FromString(request)) == comparable(expected)


def without_empty_bodies(request: ExportLogsServiceRequest) -> ExportLogsServiceRequest:
    """Leave out bodies without a value: the stock encoder writes one for None, we write none."""
    for log in request.resource_logs[0].scope_logs[0].log_records:
        if log.body.WhichOneof("value") is None:
            log.ClearField("body")
    return request


def comparable(request: ExportLogsServiceRequest) -> bytes:
    """Return the request with all key values sorted, as bytes, for a NaN is not equal to itself."""

    def sort(message: Any) -> None:
        for field, value in message.ListFields():
            if field.message_type is None:
                continue
            for child in value if field.is_repeated else (value,):
                sort(child)
            if field.message_type.name == "KeyValue":
                value.sort(key=lambda pair: pair.key)

    sort(request)
    return request.SerializeToString(deterministic=True)


# Attributes encoded before, resource, scope, request


def test_attributes_encoded_before_are_taken_as_they_are() -> None:
    """What `encode_log_attribute` returns joins the attributes, and does not count against their limit."""
    before = encode_log_attribute("session.id", "s1") + encode_log_attribute("n", [1, WHEN])
    log = parse(encode({"a": 1, "b": 2}, encoded_attributes=before, max_attributes=1))
    assert mapping(log.attributes) == {"a": 1, "session.id": "s1", "n": [1, WHEN.isoformat()]}
    assert log.dropped_attributes_count == 1


@few
@given(ATTRIBUTES, TEXT, TEXT, ATTRIBUTES)
def test_resource_and_scope_arrive(
    resource: dict[str, Any], name: str, version: str, scope_attributes: dict[str, Any]
) -> None:
    """The bodies of both messages are what protobuf writes for the same content, by meaning."""
    read = Resource.FromString(encode_resource(resource))
    assert same(mapping(read.attributes), resource)
    scope = InstrumentationScope.FromString(encode_scope(name, version, scope_attributes))
    assert (scope.name, scope.version) == (name, version)
    assert same(mapping(scope.attributes), scope_attributes)


def test_a_resource_knows_no_attribute_limit_but_the_nodes() -> None:
    """A resource keeps more attributes than a record, and counts what it leaves out; a scope keeps as many as one."""
    attributes = {f"key{number}": number for number in range(200)}
    assert len(Resource.FromString(encode_resource(attributes)).attributes) == 200
    assert encode_scope("a", "") == encode_scope("a", "", {})
    scope = InstrumentationScope.FromString(encode_scope("a", "", attributes))
    assert (len(scope.attributes), scope.dropped_attributes_count) == (128, 72)
    cut = Resource.FromString(encode_resource(attributes, limits=EncodeLimits(max_nodes=150)))
    assert (len(cut.attributes), cut.dropped_attributes_count) == (150, 50)


@few
@given(st.lists(ATTRIBUTES, max_size=4), ATTRIBUTES)
def test_a_request_holds_its_records_in_order(records: list[dict[str, Any]], resource: dict[str, Any]) -> None:
    """Framing puts all records under one resource and one scope."""
    data = frame_records(encode_resource(resource), encode_scope("lib", "1"), [encode(one) for one in records])
    (resource_logs,) = ExportLogsServiceRequest.FromString(data).resource_logs
    (scope_logs,) = resource_logs.scope_logs
    assert same(mapping(resource_logs.resource.attributes), resource)
    assert scope_logs.scope.name == "lib"
    assert same([mapping(log.attributes) for log in scope_logs.log_records], records)


def test_an_empty_request_parses() -> None:
    """Without resource, scope and records a request is still one, both messages present."""
    (resource_logs,) = ExportLogsServiceRequest.FromString(frame_records(b"", b"", [])).resource_logs
    assert resource_logs.HasField("resource")
    assert resource_logs.scope_logs[0].HasField("scope")


@few
@given(st.lists(st.lists(ATTRIBUTES, max_size=3), min_size=1, max_size=3))
def test_requests_put_together_are_one(requests: list[list[dict[str, Any]]]) -> None:
    """Concatenated requests parse as one with all their records."""
    framed = [
        frame_records(encode_resource({"number": number}), encode_scope("lib", "1"), [encode(one) for one in records])
        for number, records in enumerate(requests)
    ]
    read = ExportLogsServiceRequest.FromString(b"".join(framed)).resource_logs
    assert [mapping(one.resource.attributes)["number"] for one in read] == list(range(len(requests)))
    assert same([records_of(one) for one in read], requests)


def records_of(resource_logs: ResourceLogs) -> list[dict[str, Any]]:
    """Return the attributes of the records of one resource."""
    return [mapping(log.attributes) for log in resource_logs.scope_logs[0].log_records]


# Numbers and names out of their range


@pytest.mark.parametrize(
    "given_number,expected",
    [(-1, 0), (1 << 64, (1 << 64) - 1), (1.9, 1), (math.nan, 0), (math.inf, (1 << 64) - 1), (None, 0), ("x", 0)],
)
def test_times_are_clamped(given_number: Any, expected: int) -> None:
    """A time that the field cannot hold becomes the nearest one, what is no number 0."""
    log = parse(encode(time_unix_nano=given_number, observed_time_unix_nano=given_number))
    assert (log.time_unix_nano, log.observed_time_unix_nano) == (expected, expected)


@pytest.mark.parametrize(
    "severity,expected",
    [(-1, 0), (25, 24), (1 << 70, 24), (None, 0), (Silent(), 0), ([], 0), (SeverityNumber.WARN, 13)],
    ids=["negative", "large", "huge", "None", "silent", "list", "enum"],
)
def test_severities_are_clamped(severity: Any, expected: int) -> None:
    """A severity out of 1 to 24 becomes the nearest one, what is no number none."""
    for _ in range(2):
        assert parse(encode(severity_number=severity)).severity_number == expected


@pytest.mark.parametrize("wrong", [-1, 1 << 128, "abc", None, 1.5, [1]])
def test_an_impossible_id_is_left_out(wrong: Any) -> None:
    """An id that is none is not replaced by another one, and the rest of the context stays."""
    log = parse(encode(trace_id=wrong, span_id=5, trace_flags=1 << 40))
    assert (log.trace_id, log.span_id, log.flags) == (b"", (5).to_bytes(8, "big"), (1 << 32) - 1)
    assert parse(encode(trace_id=5, span_id=wrong)).span_id == b""


def test_numpy_numbers_are_numbers() -> None:
    """Times, severity and ids from numpy arrive."""
    log = parse(encode(time_unix_nano=np.int64(5), severity_number=np.int8(9), trace_id=np.int64(7)))
    assert (log.time_unix_nano, log.severity_number, log.trace_id) == (5, 9, (7).to_bytes(16, "big"))


@pytest.mark.parametrize(
    "name,expected",
    [
        ("a\ud800b", "a\ufffdb"),
        (5, "5"),
        (None, "None"),
        (b"\xff", "\ufffd"),
        (Label("x"), "x"),
        (["unhashable"], "['unhashable']"),
        (Silent(), "<unprintable Silent>"),
        ("x" * 20_000, "x" * 16_384),
    ],
    ids=lambda value: type(value).__name__,
)
def test_names_become_text(name: Any, expected: str) -> None:
    """An event name and a severity text of any type become valid text."""
    log = parse(encode(event_name=name, severity_text=name))
    assert (log.event_name, log.severity_text) == (expected, expected)
    scope = InstrumentationScope.FromString(encode_scope(name, name))
    assert (scope.name, scope.version) == (expected, expected)


def test_attributes_over_the_limit_are_counted() -> None:
    """The first 128 attributes stay, or as many as asked; the rest is in dropped_attributes_count."""
    attributes = {f"key{number}": number for number in range(130)}
    log = parse(encode(attributes))
    assert list(mapping(log.attributes)) == list(attributes)[:128]
    assert log.dropped_attributes_count == 2
    for most in (0, 1, 129, 130, 500):
        log = parse(encode(attributes, max_attributes=most))
        assert (len(log.attributes), log.dropped_attributes_count) == (min(most, 130), max(0, 130 - most))


# Caches


def test_keys_and_names_of_users_do_not_pile_up() -> None:
    """The caches of keys and of event names stay bounded, in number and size, and what they hold stays right."""
    for number in range(3000):
        attributes = {f"user-{number}": number, "k" * 500: 1}
        log = parse(encode(attributes, event_name=f"event-{number}", severity_text="t" * 300))
        assert (mapping(log.attributes), log.event_name) == (attributes, f"event-{number}")
    assert len(values.KNOWN_KEYS) <= values._MAX_KNOWN_KEYS
    assert all(len(key) <= 64 for key in values.KNOWN_KEYS)
    assert len(module._labels) <= module._MAX_LABELS
    assert all(len(label) <= 256 for label in module._labels.values())


def test_a_known_key_is_encoded_as_an_unknown_one() -> None:
    """The first record with a key and the second are the same bytes."""
    values.KNOWN_KEYS.clear()
    module._labels.clear()
    first = encode({"a.key": "x", "b.key": [1]}, event_name="named", severity_number=9)
    assert encode({"a.key": "x", "b.key": [1]}, event_name="named", severity_number=9) == first


@few
@given(st.dictionaries(TEXT, INT64, max_size=5))
def test_one_value_has_one_encoding(attributes: dict[str, int]) -> None:
    """The same record gives the same bytes, so that a retry is the same request."""
    assert encode(attributes) == encode(dict(attributes))
