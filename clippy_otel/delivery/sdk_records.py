"""Decoded log records as the SDK's own, for custom transports that are the SDK's exporters.

Imported only where there is such an exporter, so that the SDK is loaded already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import Context
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from clippy_otel.otlp.decode import DecodedLog

_MAX_SEVERITY: Final = max(severity.value for severity in SeverityNumber)
_TRACE_FLAGS_MASK: Final = 0xFF  # the other bits of a log record's flags are reserved
_ScopeKey = tuple[str, str, Mapping[str, Any]]


class SdkRecords:
    """Make SDK records, with one resource and one scope object for all records that share them.

    Exporters group by these objects, and making one costs more than making a record. The last of each is kept: a
    process has one resource and one scope for its events.
    """

    def __init__(self) -> None:
        self._resource: tuple[Mapping[str, Any], Resource] | None = None
        self._scope: tuple[_ScopeKey, InstrumentationScope] | None = None

    def make(self, logs: Sequence[DecodedLog]) -> list[ReadableLogRecord]:
        """Return an SDK record for each log."""
        return [ReadableLogRecord(_record(log), self._resource_of(log), self._scope_of(log)) for log in logs]

    def _resource_of(self, log: DecodedLog) -> Resource:
        if self._resource is None or self._resource[0] != log.resource:
            self._resource = (log.resource, Resource(dict(log.resource)))
        return self._resource[1]

    def _scope_of(self, log: DecodedLog) -> InstrumentationScope:
        key = (log.scope_name, log.scope_version, log.scope_attributes)
        if self._scope is None or self._scope[0] != key:
            scope = InstrumentationScope(log.scope_name, log.scope_version, attributes=dict(log.scope_attributes))
            self._scope = (key, scope)
        return self._scope[1]


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
