"""Redaction of ended spans: every surface, and nothing of the application's changed."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from clippy_otel._sdk import ended_spans as sdk_ended_spans
from clippy_otel.delivery.ended_spans import ended_span
from clippy_otel.hooks.span_bytes import ended_bytes
from clippy_otel.hooks.span_redaction import SpanRedaction, clean_bytes
from clippy_otel.otlp.ended_span import EndedSpan
from clippy_otel.privacy.redactor import Redactor
from tests._fakes import RaisingMapping
from tests._hooks import HIDDEN, MAIL, Spans

REDACTOR = Redactor()
CONTEXT = SpanContext(7, 8, is_remote=True, trace_flags=TraceFlags(1), trace_state=TraceState([("vendor", "1")]))


def started(
    *, limits: SpanLimits | None = None, resource: dict[str, Any] | None = None, **scope: Any
) -> tuple[Any, Spans]:
    """Return a tracer of the bare SDK, and what keeps its spans."""
    provider = TracerProvider(resource=Resource(resource or {}), span_limits=limits, shutdown_on_exit=False)
    kept = Spans()
    provider.add_span_processor(kept)
    return provider.get_tracer("app", "1", **scope), kept


def redacted(span: Any) -> Any:
    """Return a span as others may see it."""
    return sdk_ended_spans.with_changes(span, SpanRedaction().changes(span, REDACTOR))


def test_a_clean_span_has_no_changes() -> None:
    """Nothing is copied where nothing is to be hidden."""
    tracer, kept = started(resource={"service.name": "shop"}, attributes={"plan": "pro"})
    with tracer.start_as_current_span(
        "GET /users", attributes={"n": 1, "m": {"a": ("b",)}}, links=[Link(CONTEXT)]
    ) as span:
        span.add_event("e", {"k": "v"})
        span.set_status(Status(StatusCode.ERROR, "it broke"))
    assert SpanRedaction().changes(kept.ended[0], REDACTOR) == {}
    assert sdk_ended_spans.with_changes(kept.ended[0], {}) is kept.ended[0]


@pytest.mark.parametrize(
    "field, make",
    [
        ("name", lambda tracer: tracer.start_span(f"mail {MAIL}")),
        ("attributes", lambda tracer: tracer.start_span("s", attributes={"to": MAIL})),
        ("attributes", lambda tracer: tracer.start_span("s", attributes={"password": "hunter2"})),
        ("attributes", lambda tracer: tracer.start_span("s", attributes={MAIL: 1})),
        ("attributes", lambda tracer: tracer.start_span("s", attributes={"deep": {"a": [{"b": MAIL}]}})),
        ("attributes", lambda tracer: tracer.start_span("s", attributes={"list": ["x", MAIL]})),
        ("attributes", lambda tracer: tracer.start_span("s", attributes={"raw": MAIL.encode()})),
        ("links", lambda tracer: tracer.start_span("s", links=[Link(CONTEXT, {"to": MAIL})])),
    ],
)
def test_one_dirty_surface_is_the_one_that_changes(field: str, make: Any) -> None:
    """What is hidden is hidden wherever it stands, and the other surfaces stay the same objects."""
    tracer, kept = started()
    make(tracer).end()
    changes = SpanRedaction().changes(kept.ended[0], REDACTOR)
    assert list(changes) == [field]
    shown = sdk_ended_spans.with_changes(kept.ended[0], changes)
    assert MAIL not in shown.to_json()
    assert "hunter2" not in shown.to_json()
    assert MAIL.encode() not in repr(shown.attributes).encode()


def test_events_with_an_exception() -> None:
    """Message and stacktrace of a recorded exception, and the description that repeats it, are redacted."""
    tracer, kept = started()
    with pytest.raises(ValueError, match=MAIL), tracer.start_as_current_span("s"):
        raise ValueError(f"no such user: {MAIL}")
    live = kept.ended[0]
    assert MAIL in live.events[0].attributes["exception.stacktrace"]
    shown = redacted(live)
    assert shown.events[0].attributes["exception.message"] == f"no such user: {HIDDEN}"
    assert HIDDEN in shown.events[0].attributes["exception.stacktrace"]
    assert shown.events[0].attributes["exception.type"] == "ValueError"
    assert shown.status.description == f"ValueError: no such user: {HIDDEN}"
    assert shown.status.status_code is StatusCode.ERROR
    assert MAIL not in shown.to_json()


def test_names_of_events() -> None:
    """An event's name is redacted; its time, its order and the clean events beside it stay."""
    tracer, kept = started()
    span = tracer.start_span("s")
    span.add_event("clean", timestamp=1)
    span.add_event(f"mail {MAIL}", {"k": "v"}, timestamp=2)
    span.end()
    clean, dirty = kept.ended[0].events
    shown = redacted(kept.ended[0])
    assert [(event.name, event.timestamp) for event in shown.events] == [("clean", 1), (f"mail {HIDDEN}", 2)]
    assert shown.events[0] is clean
    assert dirty.name == f"mail {MAIL}"


def test_resource_and_scope_are_redacted_once() -> None:
    """What all spans of a tracer share is redacted, and stays one object for all of them."""
    tracer, kept = started(resource={"owner": MAIL, "service.name": "s"}, attributes={"author": MAIL})
    tracer.start_span("a").end()
    tracer.start_span("b").end()
    redaction = SpanRedaction()
    one, two = (sdk_ended_spans.with_changes(span, redaction.changes(span, REDACTOR)) for span in kept.ended)
    assert dict(one.resource.attributes) == {"owner": HIDDEN, "service.name": "s"}
    assert dict(one.instrumentation_scope.attributes) == {"author": HIDDEN}
    assert (one.instrumentation_scope.name, one.instrumentation_scope.version) == ("app", "1")
    assert one.resource is two.resource
    assert one.instrumentation_scope is two.instrumentation_scope


def test_the_live_span_and_what_the_caller_holds_stay_as_they_are() -> None:
    """The redacted span has its own name, attributes, events, links and status."""
    tracer, kept = started()
    link = Link(CONTEXT, {"to": MAIL})
    live = tracer.start_span(f"mail {MAIL}", attributes={"to": MAIL}, links=[link])
    live.add_event("e", {"to": MAIL})
    live.set_status(Status(StatusCode.ERROR, MAIL))
    live.end()
    parts = (live._attributes, live._events, live.events[0], live._links, live.links[0], live._status)
    shown = redacted(kept.ended[0])
    assert MAIL not in shown.to_json()
    assert parts == (live._attributes, live._events, live.events[0], live._links, live.links[0], live._status)
    assert live.links[0] is link
    assert live.name == f"mail {MAIL}"
    assert live.attributes == live.events[0].attributes == link.attributes == {"to": MAIL}
    assert live.status.description == MAIL


def test_what_a_link_and_a_span_are_besides_is_kept() -> None:
    """Ids, trace state, kind, times and parent come through a redaction of everything else."""
    tracer, kept = started()
    span = tracer.start_span(MAIL, kind=SpanKind.CLIENT, links=[Link(CONTEXT, {"to": MAIL})], start_time=5)
    span.end(9)
    before = kept.ended[0]
    context, parent = before.context, before.parent
    shown = redacted(before)
    assert shown.links[0].context is CONTEXT
    assert (shown.kind, shown.start_time, shown.end_time) == (SpanKind.CLIENT, 5, 9)
    assert shown.context is context
    assert shown.parent is parent


def test_dropped_counts_are_kept() -> None:
    """What the SDK left out for its limits is still counted in the redacted span."""
    limits = SpanLimits(max_span_attributes=2, max_events=2, max_links=1, max_event_attributes=1, max_link_attributes=1)
    tracer, kept = started(limits=limits)
    many = {"a": MAIL, "b": MAIL, "c": MAIL}
    span = tracer.start_span("s", attributes=many, links=[Link(CONTEXT, many), Link(CONTEXT, many)])
    for _ in range(5):
        span.add_event("e", many)
    span.end()
    shown = redacted(kept.ended[0])
    assert (shown.dropped_attributes, shown.dropped_events, shown.dropped_links) == (1, 3, 1)
    assert [event.dropped_attributes for event in shown.events] == [2, 2]
    assert shown.links[0].dropped_attributes == 2
    assert dict(shown.attributes) == {"b": HIDDEN, "c": HIDDEN}
    assert MAIL not in shown.to_json()


def test_a_live_span_is_copied() -> None:
    """Where a hook is handed the span itself, what goes on is a copy."""
    tracer, _ = started()
    live = tracer.start_span(f"mail {MAIL}")
    live.end()
    shown = redacted(live)
    assert type(shown) is ReadableSpan
    assert (shown.name, live.name) == (f"mail {HIDDEN}", f"mail {MAIL}")


class OtherSpan(ReadableSpan):
    """A readable span of somebody's own class."""


def test_a_span_built_by_hand_is_redacted() -> None:
    """Plain mappings and sequences, and None, in place of the SDK's own containers; a foreign class is copied."""
    event = Event("e", {"to": MAIL}, 1)
    span = OtherSpan(
        f"mail {MAIL}",
        CONTEXT,
        attributes={"to": MAIL},
        events=(event,),
        links=[Link(CONTEXT, None)],
        resource=Resource({}),
    )
    shown = redacted(span)
    assert (shown.name, dict(shown.attributes), shown.events[0].attributes) == (
        f"mail {HIDDEN}",
        {"to": HIDDEN},
        {"to": HIDDEN},
    )
    assert span.name == f"mail {MAIL}"
    assert event.attributes == {"to": MAIL}
    bare = ReadableSpan("s", CONTEXT, resource=Resource({}))
    assert SpanRedaction().changes(bare, REDACTOR) == {}


def test_user_ids_are_collected_from_everywhere() -> None:
    """Attributes of the span, its events and links tell whose it is."""
    tracer, kept = started()
    redactor = Redactor(pseudonym=lambda user_id: f"p-{user_id}")
    span = tracer.start_span("s", attributes={"user.id": "u1"}, links=[Link(CONTEXT, {"enduser.id": "u3"})])
    span.add_event("e", {"user_id": "u2"})
    span.end()
    user_ids: list[str] = []
    changes = SpanRedaction().changes(kept.ended[0], redactor, user_ids)
    assert user_ids == ["u1", "u2", "u3"]
    shown = sdk_ended_spans.with_changes(kept.ended[0], changes)
    assert shown.attributes == {"user.id": "p-u1"}


def test_what_raises_when_it_is_read_raises() -> None:
    """It is for the hook to fail closed."""
    span = ReadableSpan("s", CONTEXT, attributes=RaisingMapping(), resource=Resource({}))
    with pytest.raises(RuntimeError):
        SpanRedaction().changes(span, REDACTOR)


def test_another_redactor_redacts_the_shared_parts_anew() -> None:
    """A stricter redactor finds in a resource what the one before has let through."""
    tracer, kept = started(resource={"team": "blue"})
    tracer.start_span("a").end()
    redaction = SpanRedaction()
    assert redaction.changes(kept.ended[0], REDACTOR) == {}
    changes = redaction.changes(kept.ended[0], Redactor(redact_fields=("team",)))
    assert changes["resource"].attributes == {"team": HIDDEN}
    assert redaction.changes(kept.ended[0], REDACTOR) == {}


def test_a_stacktrace_of_chained_exceptions() -> None:
    """Causes, notes and source lines are in the stacktrace, and redacted with it."""
    tracer, kept = started()
    span = tracer.start_span("s")
    try:
        try:
            raise KeyError(MAIL)
        except KeyError as cause:
            raise RuntimeError("outer") from cause
    except RuntimeError as error:
        span.record_exception(error)
    span.end()
    assert MAIL in kept.ended[0].events[0].attributes["exception.stacktrace"]
    stacktrace = redacted(kept.ended[0]).events[0].attributes["exception.stacktrace"]
    assert MAIL not in stacktrace
    assert "RuntimeError: outer" in stacktrace


def test_redacted_attributes_are_the_sdks_own_kind() -> None:
    """Exporters that look for the SDK's containers find them, and nobody can change them."""
    tracer, kept = started()
    tracer.start_span("s", attributes={"to": MAIL}).end()
    shown = redacted(kept.ended[0])
    assert isinstance(shown._attributes, BoundedAttributes)
    with pytest.raises(TypeError):
        shown._attributes["x"] = 1


SEEN_OFTEN = 16  # so that it is known


def ended(name: str = "GET /users", description: str | None = None, **arguments: Any) -> Any:
    """Return an ended span of the SDK with an event, whose texts and keys were seen before."""
    tracer, kept = started()
    span = tracer.start_span(name, **{"attributes": {"n": 1, "route": "/users", "share": 0.5}, **arguments})
    span.add_event("e", {"k": "v"})
    if description is not None:
        span.set_status(StatusCode.ERROR, description)
    span.end()
    for _ in range(SEEN_OFTEN):
        SpanRedaction().changes(kept.ended[0], REDACTOR)
    return kept.ended[0]


def at_a_glance(span: Any, redaction: SpanRedaction | None = None) -> int | None:
    """Return the size of a span that is seen to be clean, None of another one."""
    usual = (redaction or SpanRedaction()).usual(span, REDACTOR)
    return None if usual is None else clean_bytes(usual, REDACTOR)


def clean(span: Any) -> tuple[EndedSpan, int]:
    """Return what is encoded of a span that is clean at a glance, and its size."""
    usual, size_bytes = SpanRedaction().usual(span, REDACTOR), at_a_glance(span)
    assert usual is not None
    assert size_bytes is not None
    return usual, size_bytes


def test_what_is_encoded_of_a_clean_span_is_taken_out_of_it() -> None:
    """It is what is taken out of any span, with all that is in its events."""
    span = ended()
    assert clean(span)[0] == ended_span(span)


def test_a_clean_span_is_measured_on_the_way() -> None:
    """What it takes is about what measuring it by itself says; a text that is new counts by its length."""
    data, size_bytes = clean(ended())
    assert size_bytes == ended_bytes(data)
    new, new_bytes = clean(ended(attributes={"route": "x" * 500}))
    assert new_bytes == ended_bytes(new) == size_bytes - 2 * 132 + 500


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": f"mail {MAIL}"},
        {"attributes": {"to": MAIL}},
        {"attributes": {"password": "x"}},
        {"attributes": {"user.id": "u"}},
        {"attributes": {"n": 4111111111111111}},
        {"attributes": {"list": ["a"]}},
        {"attributes": {"route": "x" * 5000}},
        {"description": "it broke"},
        {"links": [Link(CONTEXT)]},
    ],
)
def test_what_is_not_clean_at_a_glance_is_looked_at_closely(arguments: dict[str, Any]) -> None:
    """None says that it takes more than a glance, whether there is something to redact in it or not."""
    assert at_a_glance(ended(**arguments)) is None


def test_foreign_spans_are_looked_at_closely() -> None:
    """So are those built by hand, those with personal data in what they share, and what is no span."""
    redaction = SpanRedaction()
    tracer, kept = started(resource={"owner": MAIL})
    tracer.start_span("s").end()
    assert at_a_glance(kept.ended[0], redaction) is None
    context = SpanContext(7, 8, is_remote=False)
    assert at_a_glance(ReadableSpan("s", context=context, resource=Resource({})), redaction) is None
    assert at_a_glance(ReadableSpan("s", resource=Resource({})), redaction) is None
    assert at_a_glance(object(), redaction) is None
