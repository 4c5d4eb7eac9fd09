"""The surfaces of an ended span, redacted: name, attributes, events, links, status, resource and scope.

What changed comes back as new objects; the span that the application still holds shares the old ones and is left as it
is. Resources and scopes, which all spans of a tracer share, are redacted once.

Cost: 4 us for a clean span of 10 attributes and 1 event, 2 of whose texts are new; for one with a password and an
e-mail address in it 10 us, and 20 us where what is around the address is new as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.trace import TraceFlags

from clippy_otel._sdk import attributes as sdk_attributes
from clippy_otel._sdk import ended_spans as sdk_ended_spans
from clippy_otel.hooks.ai_messages import facts_of
from clippy_otel.hooks.origins import Origins
from clippy_otel.hooks.span_bytes import ENDED_EVENT_BYTES, ENDED_SPAN_BYTES, SHORT_ATTRIBUTE_BYTES
from clippy_otel.otlp.ended_span import EndedEvent, EndedSpan
from clippy_otel.semconv import AI_MESSAGE_EVENTS

if TYPE_CHECKING:
    from clippy_otel.privacy.redactor import Redactor

_SAMPLED: Final = int(TraceFlags.SAMPLED)
_RESOURCE: Final = EndedSpan._fields.index("resource")  # before the scope
_new: Final = tuple.__new__


class SpanRedaction:
    """Redact ended spans, one after the other, on any threads."""

    def __init__(self) -> None:
        self._origins = Origins()

    def usual(self, span: Any, redactor: Redactor) -> EndedSpan | None:
        """Return what is encoded of a sampled span, unredacted, where that is all that there is to be redacted.

        Args:
            span: An ended span of the SDK.
            redactor: With which its resource and its scope were found to be clean.

        Returns:
            None: it is not sampled, has links or an AI operation's messages, or is none of the SDK's.
        """
        try:
            *fields, events, links = sdk_ended_spans.ended_span_fields(span)
            if links or not fields[0].trace_flags & _SAMPLED:
                return None
            if not self._origins.are_clean(fields[_RESOURCE], fields[_RESOURCE + 1], redactor):
                return None
            taken = tuple(map(sdk_ended_spans.ended_event_fields, events)) if events else ()
            for event in taken:
                if event[0] in AI_MESSAGE_EVENTS:
                    return None
            return _new(EndedSpan, (*fields, taken, ()))
        except Exception:  # noqa: BLE001 - one that is foreign, or is being changed: changes() has the last word
            return None

    def changes(self, span: Any, redactor: Redactor, user_ids: list[str] | None = None) -> dict[str, Any]:
        """Return what must be other than it is before anybody may see the span: {} for a clean one.

        Args:
            span: An ended span of the SDK; left as it is.
            redactor: With which.
            user_ids: A list to which the user ids in it are added, as they were; None: they are not asked for.

        Returns:
            New values by the names of the span's properties, for `_sdk.ended_spans.with_changes()`.

        Raises:
            Exception: Whatever something foreign in the span raises when it is read.
        """
        name, attributes, events, links, description, _, resource, scope = sdk_ended_spans.span_fields(span)
        changes: dict[str, Any] = {}
        if (new := redactor.redact_text(name)) is not name:
            changes["name"] = new
        if attributes and (found := redactor.redact_attributes(attributes, user_ids=user_ids)) is not attributes:
            changes["attributes"] = found
        if events and (redacted := _redacted_events(events, redactor, user_ids)) is not events:
            changes["events"] = redacted
        if links and (redacted := _redacted_links(links, redactor, user_ids)) is not links:
            changes["links"] = redacted
        if description is not None and (status := _redacted_status(span.status, redactor)) is not span.status:
            changes["status"] = status
        if self._origins.are_clean(resource, scope, redactor):
            return changes
        if (origin := self._origins.resource(resource, redactor)) is not resource:
            changes["resource"] = origin
        if (origin := self._origins.scope(scope, redactor)) is not scope:
            changes["instrumentation_scope"] = origin
        return changes


def clean_bytes(ended: EndedSpan, redactor: Redactor) -> int | None:
    """Return what a span takes in memory that is seen at once to be clean; None: it takes a closer look.

    Most are clean, and of those only what was never seen before has to be measured. It is an estimate.

    Raises:
        Exception: Something in it is being changed, or is none of the SDK's.
    """
    _, _, name, _, _, _, status, attributes, _, _, _, _, _, events, _ = ended
    if status.description:
        return None
    count, parts = len(attributes), [(name, attributes)]
    for name, attributes, _, _ in events:
        count += len(attributes)
        parts.append((name, attributes))
    chars = redactor.clean_chars(parts)
    if chars is None:
        return None
    return ENDED_SPAN_BYTES + len(events) * ENDED_EVENT_BYTES + count * SHORT_ATTRIBUTE_BYTES + chars


def redacted(ended: EndedSpan, redactor: Redactor, user_ids: list[str]) -> EndedSpan:
    """Return what is encoded of a span, redacted.

    Args:
        ended: As `usual()` returns it.
        redactor: With which.
        user_ids: A list to which the user ids in it are added, as they were.

    Raises:
        Exception: As above.
    """
    context, parent, name, kind, start_time, end_time, status, attributes, dropped, *rest, events, links = ended
    name = redactor.redact_text(name)
    attributes, fewer = _redacted_mapping(attributes, redactor, user_ids)
    status, dropped = _redacted_status(status, redactor), dropped + fewer
    kept: list[EndedEvent] = []
    for event_name, values, timestamp, dropped_before in events:
        found, fewer = _redacted_mapping(values, redactor, user_ids)
        kept.append((redactor.redact_text(event_name), found, timestamp, dropped_before + fewer))
    made = (context, parent, name, kind, start_time, end_time, status, attributes, dropped, *rest)
    return _new(EndedSpan, (*made, tuple(kept), links))


def _redacted_mapping(
    attributes: dict[str, Any], redactor: Redactor, user_ids: list[str]
) -> tuple[dict[str, Any], int]:
    """Return attributes without personal data, and how many fewer they are."""
    found = redactor.redact_attributes(attributes, user_ids=user_ids) if attributes else attributes
    return found if type(found) is dict else dict(found), max(len(attributes) - len(found), 0)


def _redacted_status(status: Any, redactor: Redactor) -> Any:
    description = status.description
    if description is None or (new := redactor.redact_text(description)) is description:
        return status
    return type(status)(status.status_code, new)


def _redacted_events(events: Sequence[Any], redactor: Redactor, user_ids: list[str] | None) -> Sequence[Any]:
    kept: list[Any] = []
    changed = False
    for event in tuple(events):
        name, attributes = sdk_ended_spans.event_fields(event)
        new_name, new_attributes = redactor.redact_text(name), attributes
        if attributes:
            facts = facts_of(name, attributes, redactor) if name in AI_MESSAGE_EVENTS else attributes
            new_attributes = redactor.redact_attributes(facts, user_ids=user_ids)
        if new_name is not name or new_attributes is not attributes:
            event = sdk_ended_spans.event_like(event, new_name, new_attributes)  # noqa: PLW2901 - the one that is kept
            changed = True
        kept.append(event)
    return kept if changed else events


def _redacted_links(links: Sequence[Any], redactor: Redactor, user_ids: list[str] | None) -> Sequence[Any]:
    kept: list[Any] = []
    changed = False
    for link in tuple(links):
        attributes: Mapping[str, Any] = sdk_attributes.attributes_of(link.attributes)
        if attributes and (new := redactor.redact_attributes(attributes, user_ids=user_ids)) is not attributes:
            link = type(link)(link.context, sdk_attributes.attributes_like(link.attributes, new))  # noqa: PLW2901 - likewise
            changed = True
        kept.append(link)
    return kept if changed else links
