"""Encoded records as export requests, with the resource and the scope that they belong to.

Logs, spans and metrics alike: the messages on the way from the three requests to their records have equal field
numbers (ResourceLogs, ResourceSpans and ResourceMetrics: resource 1, scopes 2, schema_url 3; the scopes likewise).

Guarantee: requests put one after the other are one valid request with all their records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from clippy_otel.otlp.values import DEFAULT_LIMITS
from clippy_otel.otlp.wire import BYTE, LENGTH, framed, tag, utf8, varint
from clippy_otel.ports import Envelope

_OF_RESOURCE: Final = BYTE[tag(1, LENGTH)]  # in the request: what one resource has sent
_RESOURCE, _OF_SCOPE = BYTE[tag(1, LENGTH)], BYTE[tag(2, LENGTH)]
_SCOPE, _SCHEMA_URL = BYTE[tag(1, LENGTH)], BYTE[tag(3, LENGTH)]


def frame_request(groups: Iterable[tuple[Envelope, Sequence[bytes]]]) -> bytes:
    """Return a whole export request.

    Args:
        groups: Where records come from, and the records: one signal's, each framed for its place in its scope (field
            2). Groups of one resource that follow each other share one message for it.
    """
    parts: list[bytes] = []
    for (resource, schema_url), of_resource in groupby(groups, _resource_of):
        scopes: list[bytes] = []
        for envelope, records in of_resource:
            scopes += _within(_OF_SCOPE, [framed(_SCOPE, envelope.scope), *records, _url(envelope.scope_schema_url)])
        parts += _within(_OF_RESOURCE, [framed(_RESOURCE, resource), *scopes, _url(schema_url)])
    return b"".join(parts)


def _resource_of(group: tuple[Envelope, Sequence[bytes]]) -> tuple[bytes, str]:
    return group[0].resource, group[0].resource_schema_url


def _within(prefix: bytes, parts: list[bytes]) -> list[bytes]:
    return [prefix, varint(sum(map(len, parts))), *parts]


def _url(schema_url: str) -> bytes:
    return framed(_SCHEMA_URL, utf8(schema_url, DEFAULT_LIMITS.max_value_bytes)) if schema_url else b""
