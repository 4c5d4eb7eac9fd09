"""Decoded log records as the SDK's own, for custom transports that are the SDK's exporters.

Imported only where there is such an exporter, so that the SDK is loaded already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import Context
from opentelemetry.sdk._logs import ReadableLogRecord

from clippy_otel.delivery.sdk_origins import SdkOrigins
from clippy_otel.otlp.decode import DecodedLog

_MAX_SEVERITY: Final = max(severity.value for severity in SeverityNumber)
_TRACE_FLAGS_MASK: Final = 0xFF  # the other bits of a log record's flags are reserved


class SdkRecords:
    """Make SDK records, with one resource and one scope object for all records that share them."""

    def __init__(self) -> None:
        self._origins = SdkOrigins()

    def make(self, logs: Sequence[DecodedLog]) -> list[ReadableLogRecord]:
        """Return an SDK record for each log."""
        origins = self._origins
        return [
            ReadableLogRecord(
                _record(log),
                origins.resource(log.resource),
                origins.scope(log.scope_name, log.scope_version, log.scope_attributes),
            )
            for log in logs
        ]


def _record(log: DecodedLog) -> LogRecord:
    attributes = BoundedAttributes(attributes=log.attributes, immutable=False)
    attributes.dropped += log.dropped_attributes_count
    has_severity = 1 <= log.severity_number <= _MAX_SEVERITY
    return LogRecord(
        timestamp=log.time_unix_nano or None,
        observed_timestamp=log.observed_time_unix_nano or log.time_unix_nano,
        context=_context(log),
        severity_text=log.severity_text or None,
        severity_number=SeverityNumber(log.severity_number) if has_severity else None,
        body=log.body,
        attributes=attributes,
        event_name=log.event_name or None,
    )


def _context(log: DecodedLog) -> Context:
    """Return a context with the record's span, an invalid one for none: without any the thread's own would be taken."""
    span_context = trace.SpanContext(
        trace_id=int(log.trace_id or "0", 16),
        span_id=int(log.span_id or "0", 16),
        is_remote=False,
        trace_flags=trace.TraceFlags(log.flags & _TRACE_FLAGS_MASK),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(span_context), Context())
