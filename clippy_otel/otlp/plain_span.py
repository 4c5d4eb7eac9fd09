"""A plain span out of one that has anything unusual in it: a number missing or out of range, a property that raises.

Guarantee: total. What cannot be had is None, a number 0, an enumeration's member UNKNOWN; of attributes, events and
links that cannot be read one at least is missing. Texts and values are as they were.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from clippy_otel.otlp.numbers import identifier, whole
from clippy_otel.otlp.plain import plain
from clippy_otel.otlp.span_like import EventLike, LinkLike, SpanLike

UNKNOWN: Final = -1  # the `value` of an enumeration's member that is none of those known

_KINDS: Final = range(5)
_STATUS_CODES: Final = range(3)


class _Member(NamedTuple):
    value: int


class _TraceState(NamedTuple):
    header: str

    def to_header(self) -> str:
        return self.header


class _Context(NamedTuple):
    trace_id: int
    span_id: int
    is_remote: bool
    trace_state: _TraceState | None


class _Status(NamedTuple):
    status_code: _Member
    description: Any


class _Event(NamedTuple):
    name: Any
    timestamp: int
    attributes: dict[Any, Any]
    dropped_attributes: int


class _Link(NamedTuple):
    context: _Context
    attributes: dict[Any, Any]
    dropped_attributes: int


class _Span(NamedTuple):
    name: Any
    context: _Context
    parent: _Context | None
    kind: _Member
    start_time: int
    end_time: int
    status: _Status | None
    attributes: dict[Any, Any]
    events: tuple[Any, ...]
    links: tuple[Any, ...]
    dropped_attributes: int
    dropped_events: int
    dropped_links: int


def plain_span(span: object) -> SpanLike:
    """Return a span with numbers in their range, plain attributes, and tuples of its events and links as they are."""
    parent, status = _get(span, "parent"), _get(span, "status")
    attributes, unreadable = _attributes(span)
    events, unreadable_events = _children(_get(span, "events"))
    links, unreadable_links = _children(_get(span, "links"))
    return _Span(
        name=_get(span, "name"),
        context=_context(_get(span, "context")),
        parent=None if parent is None else _context(parent),
        kind=_member(_get(span, "kind"), _KINDS),
        start_time=whole(_get(span, "start_time")),
        end_time=whole(_get(span, "end_time")),
        status=None if status is None else _status(status),
        attributes=attributes,
        events=events,
        links=links,
        dropped_attributes=whole(_get(span, "dropped_attributes")) + unreadable,
        dropped_events=whole(_get(span, "dropped_events")) + unreadable_events,
        dropped_links=whole(_get(span, "dropped_links")) + unreadable_links,
    )


def plain_event(event: object) -> EventLike:
    """Return an event with numbers in their range and plain attributes."""
    attributes, unreadable = _attributes(event)
    return _Event(
        name=_get(event, "name"),
        timestamp=whole(_get(event, "timestamp")),
        attributes=attributes,
        dropped_attributes=whole(_get(event, "dropped_attributes")) + unreadable,
    )


def plain_link(link: object) -> LinkLike:
    """Return a link with ids and numbers in their range and plain attributes."""
    attributes, unreadable = _attributes(link)
    return _Link(
        context=_context(_get(link, "context")),
        attributes=attributes,
        dropped_attributes=whole(_get(link, "dropped_attributes")) + unreadable,
    )


def _attributes(owner: object) -> tuple[dict[Any, Any], int]:
    """Return attributes, and how many cannot be read: of what is no mapping, one at least."""
    found = plain(_get(owner, "attributes"))
    if isinstance(found, dict):
        return found, 0
    return {}, 0 if found is None else 1


def _children(children: object) -> tuple[tuple[Any, ...], int]:
    """Return events or links, and how many cannot be read: of what is no sequence, one at least."""
    found = plain(children)
    if isinstance(found, (list, tuple)):
        return tuple(found), 0
    return (), 0 if found is None else 1


def _context(context: object) -> _Context:
    return _Context(
        trace_id=identifier(_get(context, "trace_id"), 128),
        span_id=identifier(_get(context, "span_id"), 64),
        is_remote=bool(plain(_get(context, "is_remote"))),
        trace_state=_trace_state(_get(context, "trace_state")),
    )


def _trace_state(state: Any) -> _TraceState | None:
    try:
        return _TraceState(state.to_header()) if state else None
    except Exception:  # noqa: BLE001 - no trace state then
        return None


def _status(status: object) -> _Status:
    return _Status(_member(_get(status, "status_code"), _STATUS_CODES), _get(status, "description"))


def _member(member: object, known: range) -> _Member:
    value = plain(_get(member, "value"))
    return _Member(value if type(value) is int and value in known else UNKNOWN)


def _get(owner: object, name: str) -> Any:
    try:
        return getattr(owner, name)
    except Exception:  # noqa: BLE001 - it has no such thing, or does not give it
        return None
