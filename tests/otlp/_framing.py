"""Requests of one resource with one scope, for tests that have no more."""

from __future__ import annotations

from collections.abc import Sequence

from clippy_otel.otlp.framing import frame_request
from clippy_otel.ports import Envelope


def frame_records(
    resource: bytes,
    scope: bytes,
    records: Sequence[bytes],
    *,
    resource_schema_url: str = "",
    scope_schema_url: str = "",
) -> bytes:
    """Return a whole export request of one resource with one scope.

    Args:
        resource: From `encode_resource`.
        scope: From `encode_scope`.
        records: One signal's, each framed for its place in the scope (field 2).
        resource_schema_url: Of the resource's attributes; "" for none.
        scope_schema_url: Of the scope's records; "" for none.
    """
    # The request does not say which signal it is of.
    envelope = Envelope("logs", resource, scope, resource_schema_url, scope_schema_url)
    return frame_request([(envelope, records)])
