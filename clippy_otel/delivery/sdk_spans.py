"""Decoded spans as the SDK's own, for custom transports that are the SDK's exporters.

Imported only where there is such an exporter, so that the SDK is loaded already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util import BoundedList

from clippy_otel.delivery.sdk_origins import SdkOrigins
from clippy_otel.otlp.decode_spans import DecodedSpan, DecodedSpanLink

_TRACE_FLAGS_MASK: Final = 0xFF
_IS_REMOTE: Final = 0x200  # of a span's flags: its parent; of a link's: the span it points to
_KINDS: Final = {kind.value + 1: kind for kind in trace.SpanKind}  # OTLP's number 0 is for none
_STATUSES: Final = {status.value: status for status in trace.StatusCode}


class SdkSpans:
    """Make SDK spans, with one resource and one scope object for all spans that share them."""

    def __init__(self) -> None:
        self._origins = SdkOrigins()

    def make(self, spans: Sequence[DecodedSpan]) -> list[ReadableSpan]:
        """Return an ended SDK span for each."""
        return [self._span(span) for span in spans]

    def _span(self, span: DecodedSpan) -> ReadableSpan:
        return ReadableSpan(
            name=span.name,
            # The encoders leave the flags of the span's own context out; what was exported was sampled.
            context=_context(
                span.trace_id, span.span_id, flags=span.flags | trace.TraceFlags.SAMPLED, trace_state=span.trace_state
            ),
            parent=_parent(span),
            resource=self._origins.resource(span.resource, span.resource_schema_url),
            attributes=_attributes(span.attributes, span.dropped_attributes_count),
            events=_bounded(
                [
                    Event(
                        event.name, _attributes(event.attributes, event.dropped_attributes_count), event.time_unix_nano
                    )
                    for event in span.events
                ],
                span.dropped_events_count,
            ),
            links=_bounded([_link(link) for link in span.links], span.dropped_links_count),
            kind=_KINDS.get(span.kind, trace.SpanKind.INTERNAL),
            status=_status(span),
            start_time=span.start_time_unix_nano,
            end_time=span.end_time_unix_nano,
            instrumentation_scope=self._origins.scope(
                span.scope_name, span.scope_version, span.scope_attributes, span.scope_schema_url
            ),
        )


def _context(
    trace_id: str, span_id: str, *, flags: int, trace_state: str = "", is_remote: bool = False
) -> trace.SpanContext:
    return trace.SpanContext(
        trace_id=int(trace_id or "0", 16),
        span_id=int(span_id or "0", 16),
        is_remote=is_remote,
        trace_flags=trace.TraceFlags(flags & _TRACE_FLAGS_MASK),
        trace_state=trace.TraceState.from_header([trace_state]) if trace_state else None,
    )


def _parent(span: DecodedSpan) -> trace.SpanContext | None:
    if not span.parent_span_id:
        return None
    return _context(span.trace_id, span.parent_span_id, flags=0, is_remote=bool(span.flags & _IS_REMOTE))


def _link(link: DecodedSpanLink) -> trace.Link:
    context = _context(
        link.trace_id,
        link.span_id,
        flags=link.flags,
        trace_state=link.trace_state,
        is_remote=bool(link.flags & _IS_REMOTE),
    )
    return trace.Link(context, _attributes(link.attributes, link.dropped_attributes_count))


def _status(span: DecodedSpan) -> trace.Status:
    code = _STATUSES.get(span.status_code, trace.StatusCode.UNSET)
    # The SDK has a description of errors only, and logs a warning where another status is given one.
    return trace.Status(code, span.status_message or None if code is trace.StatusCode.ERROR else None)


def _attributes(attributes: Mapping[str, Any], dropped: int) -> BoundedAttributes:
    bounded = BoundedAttributes(attributes=attributes)
    bounded.dropped += dropped
    return bounded


def _bounded(items: Sequence[Any], dropped: int) -> BoundedList[Any]:
    """Return what the SDK keeps events and links in: only there it looks for how many were dropped."""
    bounded = BoundedList.from_seq(None, items)
    bounded.dropped = dropped
    return bounded
