"""Records of one signal as one request: grouped by resource and scope, for all three signals alike."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from clippy_otel.otlp.encode import encode_resource, encode_scope
from clippy_otel.otlp.framing import frame_request
from clippy_otel.ports import Envelope
from tests.otlp._framing import frame_records

# One record each, of nothing but a name.
NAMED_SPAN, NAMED_METRIC, NAMED_LOG = b"\x12\x03\x2a\x01a", b"\x12\x03\x0a\x01a", b"\x12\x03\x62\x01a"


def envelope(resource: str, scope: str, resource_url: str = "", scope_url: str = "") -> Envelope:
    """Return an envelope with these names in it."""
    return Envelope("spans", encode_resource({"name": resource}), encode_scope(scope, ""), resource_url, scope_url)


def shape(data: bytes) -> list[tuple[str, str, list[tuple[str, str, int]]]]:
    """Return resources with their schema urls, and their scopes with theirs and how many spans each has."""
    return [
        (
            of_resource.resource.attributes[0].value.string_value,
            of_resource.schema_url,
            [(one.scope.name, one.schema_url, len(one.spans)) for one in of_resource.scope_spans],
        )
        for of_resource in ExportTraceServiceRequest.FromString(data).resource_spans
    ]


def test_groups_of_one_resource_share_its_message() -> None:
    """Groups of equal resources that follow each other are scopes of one; others have messages of their own."""
    groups = [
        (envelope("r", "a"), [NAMED_SPAN] * 2),
        (envelope("r", "b"), [NAMED_SPAN]),
        (envelope("other", "a"), [NAMED_SPAN]),
        (envelope("r", "a"), []),
    ]
    assert shape(frame_request(groups)) == [
        ("r", "", [("a", "", 2), ("b", "", 1)]),
        ("other", "", [("a", "", 1)]),
        ("r", "", [("a", "", 0)]),
    ]
    assert frame_request([]) == b""


def test_schema_urls_stand_where_they_belong() -> None:
    """A resource's url and a scope's are written; resources that differ in it alone are two."""
    groups = [
        (envelope("r", "a", "https://r", "https://a"), [NAMED_SPAN]),
        (envelope("r", "b", "https://r", "é\ud800"), [NAMED_SPAN]),
        (envelope("r", "b"), [NAMED_SPAN]),
    ]
    assert shape(frame_request(iter(groups))) == [
        ("r", "https://r", [("a", "https://a", 1), ("b", "é\ufffd", 1)]),
        ("r", "", [("b", "", 1)]),
    ]


def test_one_group_is_framed_alike() -> None:
    """`frame_records` gives the bytes that the request of one group has."""
    one = envelope("r", "a", "https://r", "https://a")
    framed = frame_records(
        one.resource, one.scope, [NAMED_SPAN], resource_schema_url="https://r", scope_schema_url="https://a"
    )
    assert framed == frame_request([(one, [NAMED_SPAN])])


def test_requests_put_together_are_one() -> None:
    """Concatenated requests are one with all their records."""
    one, other = frame_request([(envelope("r", "a"), [NAMED_SPAN])]), frame_request([(envelope("s", "b"), [])])
    assert shape(one + other) == shape(one) + shape(other)


@pytest.mark.parametrize(
    "message,record,path",
    [
        (ExportLogsServiceRequest, NAMED_LOG, ("resource_logs", "scope_logs", "log_records", "event_name")),
        (ExportTraceServiceRequest, NAMED_SPAN, ("resource_spans", "scope_spans", "spans", "name")),
        (ExportMetricsServiceRequest, NAMED_METRIC, ("resource_metrics", "scope_metrics", "metrics", "name")),
    ],
    ids=["logs", "spans", "metrics"],
)
def test_all_signals_are_framed_alike(message: Any, record: bytes, path: tuple[str, str, str, str]) -> None:
    """The same framing is read by protobuf as a request of any of the three signals."""
    of_resource, of_scope, records, name = path
    request = message.FromString(frame_records(b"", b"", [record, record], scope_schema_url="https://s"))
    (resource,) = getattr(request, of_resource)
    (scope,) = getattr(resource, of_scope)
    assert resource.HasField("resource")
    assert scope.HasField("scope")
    assert scope.schema_url == "https://s"
    assert [getattr(one, name) for one in getattr(scope, records)] == ["a", "a"]
