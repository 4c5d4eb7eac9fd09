"""Log records of the SDK as encoded queue items."""

from __future__ import annotations

from typing import Any, Final

from clippy_otel._sdk import attributes as sdk_attributes
from clippy_otel.delivery.envelopes import Envelopes
from clippy_otel.otlp.encode import DEFAULT_LIMITS, encode_dropped_count, encode_log_record
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Purpose, QueueItem

PURPOSE: Final = int(Purpose.ANALYTICS)
_MAX_ATTRIBUTES: Final = DEFAULT_LIMITS.max_nodes


class LogItems:
    """Encode log records, one after the other, on any threads."""

    def __init__(self) -> None:
        self._envelopes = Envelopes("logs")

    def item(self, emitted: Any, *, subjects: bytes = b"") -> QueueItem:
        """Return a record encoded.

        Args:
            emitted: A record with its resource and scope, as the SDK's processors and exporters have it; redacted.
            subjects: See QueueItem.

        Raises:
            Exception: Whatever a value that cannot be encoded raises.
        """
        record = emitted.log_record
        severity = record.severity_number
        data = encode_log_record(
            time_unix_nano=record.timestamp or 0,
            observed_time_unix_nano=record.observed_timestamp or 0,
            attributes=sdk_attributes.attributes_of(record.attributes),
            severity_number=0 if severity is None else severity.value,
            severity_text=record.severity_text or "",
            event_name=record.event_name or "",
            body=record.body,
            trace_id=record.trace_id or 0,
            span_id=record.span_id or 0,
            trace_flags=int(record.trace_flags or 0),
            # As many as the provider let it have: the SDK has counted those that it left out.
            encoded_attributes=encode_dropped_count(getattr(record.attributes, "dropped", 0)),
            max_attributes=_MAX_ATTRIBUTES,
        )
        envelope = self._envelopes.of(emitted.resource, emitted.instrumentation_scope)
        return QueueItem(envelope, data, len(data) + len(subjects) + ITEM_OVERHEAD_BYTES, PURPOSE, subjects)
