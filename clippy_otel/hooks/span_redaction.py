"""The surfaces of an ended span, redacted: name, attributes, events, links, status, resource and scope.

What changed comes back as new objects; the span that the application still holds shares the old ones and is left as it
is. Resources and scopes, which all spans of a tracer share, are redacted once.

Cost: 2 us for a clean span of 10 attributes and 1 event whose texts were seen before, 10 us for one with a password
and an e-mail address in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.trace import TraceFlags

from clippy_otel import _sdk
from clippy_otel.hooks.ai_messages import facts_of
from clippy_otel.hooks.origins import Origins
from clippy_otel.hooks.span_bytes import EVENT_BYTES, SHORT_ATTRIBUTE_BYTES, SPAN_BYTES
from clippy_otel.semconv import AI_MESSAGE_EVENTS

if TYPE_CHECKING:
    from clippy_otel.privacy.redactor import Redactor

_SAMPLED: Final = int(TraceFlags.SAMPLED)


class SpanRedaction:
    """Redact ended spans, one after the other, on any threads."""

    def __init__(self) -> None:
        self._origins = Origins()

    def clean_bytes(self, span: Any, redactor: Redactor) -> int | None:
        """Return what a sampled span takes in memory, estimated, where it is seen at once that it is clean; else None.

        Most are, and of those only what was never seen before has to be measured. Of one that is not sampled: None.

        Args:
            span: An ended span of the SDK.
            redactor: With which.
        """
        try:
            name, attributes, events, links, description, flags, resource, scope = _sdk.span_fields(span)
            if not flags & _SAMPLED or links or description or not self._origins.are_clean(resource, scope, redactor):
                return None
            count, parts = len(attributes), [(name, attributes)]
            for event in events:
                part = _sdk.event_fields(event)
                if part[0] in AI_MESSAGE_EVENTS:
                    return None
                count += len(part[1])
                parts.append(part)
            chars = redactor.clean_chars(parts)
            if chars is None:
                return None
            return SPAN_BYTES + len(events) * EVENT_BYTES + count * SHORT_ATTRIBUTE_BYTES + chars
        except Exception:  # noqa: BLE001 - one that is foreign, or is being changed: changes() has the last word
            return None

    def changes(self, span: Any, redactor: Redactor, user_ids: list[str] | None = None) -> dict[str, Any]:
        """Return what must be other than it is before anybody may see the span: {} for a clean one.

        Args:
            span: An ended span of the SDK; left as it is.
            redactor: With which.
            user_ids: A list to which the user ids in it are added, as they were; None: they are not asked for.

        Returns:
            New values by the names of the span's properties, for `_sdk.with_changes()`.

        Raises:
            Exception: Whatever something foreign in the span raises when it is read.
        """
        name, attributes, events, links, description, _, resource, scope = _sdk.span_fields(span)
        changes: dict[str, Any] = {}
        if (new := redactor.redact_text(name)) is not name:
            changes["name"] = new
        if attributes and (found := redactor.redact_attributes(attributes, user_ids=user_ids)) is not attributes:
            changes["attributes"] = found
        if events and (redacted := _redacted_events(events, redactor, user_ids)) is not events:
            changes["events"] = redacted
        if links and (redacted := _redacted_links(links, redactor, user_ids)) is not links:
            changes["links"] = redacted
        if description is not None and (new := redactor.redact_text(description)) is not description:
            changes["status"] = type(span.status)(span.status.status_code, new)
        if self._origins.are_clean(resource, scope, redactor):
            return changes
        if (origin := self._origins.resource(resource, redactor)) is not resource:
            changes["resource"] = origin
        if (origin := self._origins.scope(scope, redactor)) is not scope:
            changes["instrumentation_scope"] = origin
        return changes


def _redacted_events(events: Sequence[Any], redactor: Redactor, user_ids: list[str] | None) -> Sequence[Any]:
    kept: list[Any] = []
    changed = False
    for event in tuple(events):
        name, attributes = _sdk.event_fields(event)
        new_name, new_attributes = redactor.redact_text(name), attributes
        if attributes:
            facts = facts_of(name, attributes, redactor) if name in AI_MESSAGE_EVENTS else attributes
            new_attributes = redactor.redact_attributes(facts, user_ids=user_ids)
        if new_name is not name or new_attributes is not attributes:
            event = _sdk.event_like(event, new_name, new_attributes)  # noqa: PLW2901 - the one that is kept
            changed = True
        kept.append(event)
    return kept if changed else events


def _redacted_links(links: Sequence[Any], redactor: Redactor, user_ids: list[str] | None) -> Sequence[Any]:
    kept: list[Any] = []
    changed = False
    for link in tuple(links):
        attributes: Mapping[str, Any] = _sdk.attributes_of(link.attributes)
        if attributes and (new := redactor.redact_attributes(attributes, user_ids=user_ids)) is not attributes:
            link = type(link)(link.context, _sdk.attributes_like(link.attributes, new))  # noqa: PLW2901 - likewise
            changed = True
        kept.append(link)
    return kept if changed else links
