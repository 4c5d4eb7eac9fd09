"""OpenTelemetry's limits on the length of attribute values, kept after redaction.

The SDK cuts values when they are set: half of an address is recognised by nobody. So our own providers are made without
these limits, and what `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` and its like say is done here, before anybody sees a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from clippy_otel._sdk import attributes as sdk_attributes
from clippy_otel._sdk import ended_spans as sdk_ended_spans
from clippy_otel._sdk import log_records as sdk_log_records


class ValueLimits(NamedTuple):
    """How many characters (or bytes) a value has at most; None: as many as it likes.

    Attributes:
        own: Of a span's or a log record's own attributes.
        parts: Of those of a span's events and links.
    """

    own: int | None
    parts: int | None = None

    @property
    def hold(self) -> bool:
        """Whether there is any limit."""
        return self.own is not None or self.parts is not None


def cut_span(span: Any, limits: ValueLimits) -> Any:
    """Return a redacted span with its values cut."""
    _, attributes, events, links, *_ = sdk_ended_spans.span_fields(span)
    changes: dict[str, Any] = {}
    if (cut := cut_attributes(attributes, limits.own)) is not attributes:
        changes["attributes"] = cut
    if limits.parts is not None and events:
        named = [(event, *sdk_ended_spans.event_fields(event)) for event in tuple(events)]
        changes["events"] = [
            sdk_ended_spans.event_like(event, name, cut_attributes(attributes, limits.parts))
            for event, name, attributes in named
        ]
    if limits.parts is not None and links:
        changes["links"] = [
            type(link)(link.context, sdk_attributes.attributes_like(link.attributes, _cut_of(link, limits.parts)))
            for link in tuple(links)
        ]
    return sdk_ended_spans.with_changes(span, changes) if changes else span


def cut_record(emitted: Any, limits: ValueLimits) -> Any:
    """Return a redacted log record with its values cut."""
    record = emitted.log_record
    attributes = sdk_attributes.attributes_of(record.attributes)
    cut = cut_attributes(attributes, limits.own)
    if cut is attributes:
        return emitted
    changes = {"attributes": sdk_attributes.attributes_like(record.attributes, cut, immutable=False)}
    return sdk_log_records.log_record_copy(emitted, changes, emitted.resource, emitted.instrumentation_scope)


def cut_attributes(attributes: Mapping[str, Any], most: int | None) -> Mapping[str, Any]:
    """Return attributes whose values have at most so many characters; the same object where they have."""
    if most is None or not attributes:
        return attributes
    cut = {key: _cut(value, most) for key, value in attributes.items()}
    return cut if any(cut[key] is not value for key, value in attributes.items()) else attributes


def _cut_of(link: Any, most: int) -> Mapping[str, Any]:
    return cut_attributes(sdk_attributes.attributes_of(link.attributes), most)


def _cut(value: Any, most: int) -> Any:
    if isinstance(value, (str, bytes)):
        return value if len(value) <= most else value[:most]
    if isinstance(value, (list, tuple)):
        items = [_cut(item, most) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else type(value)(items)
    if isinstance(value, Mapping):
        return cut_attributes(value, most)
    return value
