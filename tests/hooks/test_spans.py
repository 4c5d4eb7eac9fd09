"""The way of an ended span: sampled, redacted, queued, shown; and what is booked where it ends early."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, Span, SpanContext, Status, StatusCode, TraceFlags

from clippy_otel.hooks import spans as spans_module
from clippy_otel.hooks.spans import SpanHook
from clippy_otel.ledger import LedgerRow
from clippy_otel.ports import Purpose
from tests._fakes import RaisingMapping
from tests._hooks import HIDDEN, MAIL, Rig, Spans, rig

SAMPLED = SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(1))


def ended(name: str = "s", context: SpanContext | None = SAMPLED, **fields: Any) -> ReadableSpan:
    """Return an ended span as the SDK hands it to processors."""
    given = {"resource": Resource({}), "start_time": 1, "end_time": 2, **fields}
    return ReadableSpan(name, context, **given)


def test_all_processors_see_the_one_redacted_span() -> None:
    """Registered first or last, Simple or Batch: all see the very same object, and we deliver what they see."""
    with rig() as parts:
        provider = parts.own().traces.provider
        first, last, exporters = Spans(), Spans(), (InMemorySpanExporter(), InMemorySpanExporter())
        provider.add_span_processor(first)
        tracer = provider.get_tracer("app")
        provider.add_span_processor(SimpleSpanProcessor(exporters[0]))
        batch = BatchSpanProcessor(exporters[1])
        provider.add_span_processor(batch)
        provider.add_span_processor(last)
        live: Any = tracer.start_span(f"mail {MAIL}", attributes={"to": MAIL})
        live.end()
        assert batch.force_flush()
        batch.shutdown()  # type: ignore[no-untyped-call] # the SDK's
        (shown,) = first.ended
        assert shown.name == f"mail {HIDDEN}"
        assert dict(shown.attributes) == {"to": HIDDEN}
        assert shown is last.ended[0] is exporters[0].get_finished_spans()[0] is exporters[1].get_finished_spans()[0]
        assert live.name == f"mail {MAIL}"
        (delivered,) = parts.spans()
        assert (delivered.name, delivered.attributes) == (f"mail {HIDDEN}", {"to": HIDDEN})
        assert parts.row("spans") == LedgerRow(offered=1, exported=1)


def delivered(arguments: dict[str, Any], events: dict[str, dict[str, Any]], *, is_watched: bool) -> list[Any]:
    """Return what is delivered of three spans alike, the first of which shows that nothing is unusual."""
    with rig() as parts:
        provider = parts.own().traces.provider
        if is_watched:
            provider.add_span_processor(Spans())
        for _ in range(3):
            span = provider.get_tracer("app").start_span(start_time=1, **{"name": "s", **arguments})
            for name, attributes in events.items():
                span.add_event(name, attributes, 2)
            span.set_status(StatusCode.ERROR, f"no {MAIL}" if "status" in events else None)
            span.end(3)
        spans = parts.spans()
        assert parts.row("spans") == LedgerRow(offered=3, exported=3)
        return [span._replace(trace_id="", span_id="") for span in spans]


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": f"mail {MAIL}"},
        {"attributes": {"to": MAIL, "n": 1}},
        {"attributes": {"password": "x", "user.id": "u1"}},
        {"attributes": {"deep": {"to": [MAIL]}, "text": "x" * 500}},
        {"attributes": {"to": MAIL}, "links": [Link(SAMPLED, {"to": MAIL})]},
    ],
)
@pytest.mark.parametrize(
    "events",
    [
        {},
        {"status": {}},
        {"e": {"to": MAIL}, f"mail {MAIL}": {"n": 1}},
        {"gen_ai.user.message": {"content": "hello", "role": "user"}},
    ],
    ids=["none", "status", "events", "messages"],
)
def test_what_nobody_else_sees_is_redacted_alike(arguments: dict[str, Any], events: dict[str, Any]) -> None:
    """With a processor of somebody's beside, or without: the same is delivered, and nothing of it in the clear."""
    alone = delivered(arguments, events, is_watched=False)
    assert alone == delivered(arguments, events, is_watched=True)
    assert MAIL not in repr(alone)


def test_a_span_that_nobody_else_sees_says_whose_it_is() -> None:
    """Its subjects stand on the item, though no span of the SDK is made of it."""
    with rig() as parts:
        hook = SpanHook(parts.intake, decided=True)
        tracer = parts.own().traces.provider.get_tracer("app")
        for _ in range(2):
            span: Any = tracer.start_span("s", attributes={"user.id": "u2"})
            span.end()
            shown = hook.take(span._readable_span(), is_shown=False)
        assert shown is None
        items = parts.worker.queue.take(9)
        assert {item.subjects for item in items} == {parts.pseudonyms.subject_hash("u2")}
        parts.worker.queue.settle(items, "exported")


def test_a_clean_span_is_taken_as_it_is() -> None:
    """The very object that came in goes on, and into the queue."""
    with rig() as parts:
        span = ended(attributes={"n": 1})
        assert SpanHook(parts.intake).take(span) is span
        (item,) = parts.worker.queue.take(9)
        assert item.data is span
        parts.worker.queue.settle([item], "exported")


def test_a_queued_span_says_what_it_is_for_and_whose() -> None:
    """Purpose and subjects stand on the item, for a consent that is withdrawn or an erasure."""
    with rig() as parts:
        SpanHook(parts.intake).take(ended(attributes={"user.id": "u2"}, events=()))
        (item,) = parts.worker.queue.take(9)
        assert item.purposes == Purpose.PERFORMANCE
        assert item.subjects == parts.pseudonyms.subject_hash("u2")
        assert (item.envelope.signal, item.records, item.lifecycle) == ("spans", 1, False)
        parts.worker.queue.settle([item], "exported")


class _RecordOnly(Sampler):
    def should_sample(self, *_: Any, **__: Any) -> SamplingResult:
        return SamplingResult(Decision.RECORD_ONLY)

    def get_description(self) -> str:
        return "record only"


def test_a_span_that_is_only_recorded_is_shown_and_not_delivered() -> None:
    """Without the sampled flag a span is for processors, not for export."""
    with rig() as parts:
        provider = parts.own().traces.provider
        provider.sampler = _RecordOnly()
        kept = Spans()
        provider.add_span_processor(kept)
        provider.get_tracer("app").start_span(f"mail {MAIL}").end()
        assert [span.name for span in kept.ended] == [f"mail {HIDDEN}"]
        assert parts.spans() == []
        assert parts.row("spans") == LedgerRow(offered=1, sampled_out=1)


def test_never_drops_for_everybody() -> None:
    """sampling="never" shows nothing to anybody, and counts."""
    with rig(sampling="never") as parts:
        provider = parts.own().traces.provider
        kept = Spans()
        provider.add_span_processor(kept)
        provider.get_tracer("app").start_span("s").end()
        assert kept.ended == parts.spans() == []
        assert parts.row("spans") == LedgerRow(offered=1, sampled_out=1)


def test_probabilistic_keeps_a_trace_or_drops_it() -> None:
    """What is kept is kept for all, by the trace's randomness: every span of a trace has its fate."""
    with rig(sampling="probabilistic", sampling_rate=0.5) as parts:
        provider = parts.own().traces.provider
        kept = Spans()
        provider.add_span_processor(kept)
        tracer = provider.get_tracer("app")
        for _ in range(200):
            with tracer.start_as_current_span("root"):
                tracer.start_span("child").end()
        traces = {span.context.trace_id for span in kept.ended}
        assert 60 < len(traces) < 140
        assert len(kept.ended) == 2 * len(traces) == len(parts.spans())
        row = parts.row("spans")
        assert (row.offered, row.sampled_out, row.exported) == (400, 400 - len(kept.ended), len(kept.ended))


def test_disabled_in_own_providers_records_nothing() -> None:
    """enabled=False: nobody sees anything, and it is counted; turned on again, spans go through."""
    with rig(enabled=False) as parts:
        provider = parts.own().traces.provider
        kept = Spans()
        provider.add_span_processor(kept)
        tracer = provider.get_tracer("app")
        tracer.start_span("off").end()
        parts.rules.update({"enabled": True})
        tracer.start_span("on").end()
        assert [span.name for span in kept.ended] == [span.name for span in parts.spans()] == ["on"]
        assert parts.row("spans") == LedgerRow(offered=2, disabled=1, exported=1)


def test_disabled_in_somebody_elses_passes_on_redacted() -> None:
    """Turned off, theirs goes to where it went before; what is hidden stays hidden."""
    with rig(enabled=False, owns=False) as parts:
        shown = SpanHook(parts.intake).take(ended(f"mail {MAIL}"))
        assert shown.name == f"mail {HIDDEN}"
        assert parts.spans() == []
        assert parts.row("spans") == LedgerRow(offered=1, disabled=1)


def test_what_we_do_not_deliver_is_handed_over() -> None:
    """Without a transport for spans they are left to others, redacted."""
    with rig(delivers=("logs",), owns=False) as parts:
        assert SpanHook(parts.intake).take(ended(f"mail {MAIL}")).name == f"mail {HIDDEN}"
        assert parts.row("spans") == LedgerRow(offered=1, handed_over=1)


SURFACES: dict[str, Any] = {
    "name": lambda tracer, text: tracer.start_span(text),
    "attribute": lambda tracer, text: tracer.start_span("s", attributes={"k": text}),
    "key": lambda tracer, text: tracer.start_span("s", attributes={text: 1}),
    "under a telling key": lambda tracer, text: tracer.start_span("s", attributes={"name": "email", "value": text}),
    "nested": lambda tracer, text: tracer.start_span("s", attributes={"k": {"a": [text]}}),
    "event": lambda tracer, text: _with_event(tracer.start_span("s"), text, {}),
    "event attribute": lambda tracer, text: _with_event(tracer.start_span("s"), "e", {"k": text}),
    "link": lambda tracer, text: tracer.start_span("s", links=[Link(SAMPLED, {"k": text})]),
    "status": lambda tracer, text: _failed(tracer.start_span("s"), text),
}


def _with_event(span: Span, name: str, attributes: dict[str, Any]) -> Span:
    span.add_event(name, attributes)
    return span


def _failed(span: Span, description: str) -> Span:
    span.set_status(Status(StatusCode.ERROR, description))
    return span


@pytest.mark.parametrize("surface", SURFACES)
def test_what_was_clean_before_is_looked_at_again(surface: str) -> None:
    """However many clean spans of the same form came before, the first dirty one is redacted."""
    with rig() as parts:
        provider = parts.own().traces.provider
        kept = Spans()
        provider.add_span_processor(kept)
        tracer = provider.get_tracer("app")
        for text in ("clean", "also clean", "clean", f"mail {MAIL}", "clean"):
            SURFACES[surface](tracer, text).end()
        assert [MAIL in span.to_json() for span in kept.ended] == [False] * 5
        assert [HIDDEN in span.to_json() for span in kept.ended][3:] == [True, surface == "under a telling key"]
        assert parts.row("spans") == LedgerRow(offered=5, pending=5)
        assert MAIL.encode() not in b"".join(_requests(parts))


def _requests(parts: Rig) -> list[bytes]:
    parts.spans()
    return parts.transports["spans"].requests


@pytest.mark.swallows
@pytest.mark.parametrize(
    "span",
    [
        ended(attributes=RaisingMapping()),
        ended(events=[object()]),
        ended(links=[object()]),
        ended(resource=object()),
        ended(status=None),
        object(),
    ],
)
def test_what_raises_when_it_is_read_is_shown_to_nobody(span: Any) -> None:
    """Redaction fails closed, once in the books."""
    with rig() as parts:
        provider = parts.own().traces.provider
        kept = Spans()
        provider.add_span_processor(kept)
        provider._active_span_processor.on_end(span)
        assert kept.ended == []
        assert parts.row("spans") == LedgerRow(offered=1, redaction_failed=1)


class BrokenRedactor:
    """A redactor of which everything fails."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.mark.swallows
@pytest.mark.parametrize("owns", [True, False])
def test_a_redactor_that_raises_shows_nothing(owns: bool) -> None:  # noqa: FBT001 - a parameter
    """The same where our own part is what fails, in somebody's provider too."""
    with rig(owns=owns) as parts:
        parts.rules.current = parts.rules.current._replace(redactor=BrokenRedactor())  # type: ignore[arg-type] # a fake
        assert SpanHook(parts.intake).take(ended()) is None
        assert parts.row("spans") == LedgerRow(offered=1, redaction_failed=1)


@pytest.mark.swallows
def test_what_raises_when_it_is_queued_is_counted_once_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is redacted by then: others may see it, and one fate is booked for it."""

    def fail(_: Any) -> int:
        raise RuntimeError

    with rig() as parts:
        monkeypatch.setattr(spans_module, "held_bytes", fail)
        shown = SpanHook(parts.intake).take(ended(f"mail {MAIL}"))
        assert shown.name == f"mail {HIDDEN}"
        assert parts.row("spans") == LedgerRow(offered=1, unencodable=1)


def test_without_redaction_spans_go_as_they_are() -> None:
    """redact_pii=False is everything off."""
    with rig(redact_pii=False) as parts:
        span = ended(f"mail {MAIL}")
        assert SpanHook(parts.intake).take(span) is span
        assert [span.name for span in parts.spans()] == [f"mail {MAIL}"]


def test_after_the_end_nothing_is_taken() -> None:
    """Own providers show nothing any more, and say in which column it is."""
    with rig() as parts:
        provider = parts.own().traces.provider
        kept = Spans()
        provider.add_span_processor(kept)
        tracer = provider.get_tracer("app")
        parts.close()
        tracer.start_span("late").end()
        assert kept.ended == []
        assert parts.row("spans") == LedgerRow(offered=1, after_shutdown=1)


def test_spans_are_held_to_the_queues_bounds() -> None:
    """What is over is refused and counted, and shown to others all the same."""
    with rig(max_records=3) as parts:
        provider = parts.own().traces.provider
        kept = Spans()
        provider.add_span_processor(kept)
        tracer = provider.get_tracer("app")
        for number in range(5):
            tracer.start_span(f"s{number}").end()
        assert parts.worker.queue.held().records == 3
        assert len(kept.ended) == 5
        assert [span.name for span in parts.spans()] == ["s0", "s1", "s2"]
        assert parts.row("spans") == LedgerRow(offered=5, exported=3, queue_full=2)


def test_a_flush_of_the_provider_says_the_truth() -> None:
    """force_flush is true when all spans are acknowledged, and only then."""
    with rig() as parts:
        provider = parts.own().traces.provider
        tracer = provider.get_tracer("app")
        tracer.start_span("a").end()
        assert provider.force_flush(10_000)
        assert [span.name for span in parts.transports["spans"].spans()] == ["a"]
        transport = parts.transports["spans"]
        transport.outcome = transport.outcome._replace(verdict=transport.outcome.verdict.__class__.REFUSED)
        tracer.start_span("b").end()
        assert not provider.force_flush(10_000)
        assert parts.row("spans") == LedgerRow(offered=2, exported=1, rejected=1)


KINDS: dict[str, dict[str, Any]] = {
    "bare": {},
    "texts": {f"key.{number}": "x" * 40 for number in range(10)},
    "numbers": {f"key.{number}": number for number in range(10)},
    "small lists": {"list": list(range(100))},
    "nested": {"deep": {f"k{number}": ["text", 1.5] for number in range(20)}},
    "long": {"text": "x" * 5000},
    "bytes": {"raw": b"x" * 2000},
}


@pytest.mark.parametrize("events", [0, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_the_estimate_is_what_spans_take(kind: str, events: int) -> None:
    """A thousand queued spans take what is held against the bound, within a factor of two."""
    with rig() as parts:
        tracer = parts.own().traces.provider.get_tracer("app")

        def record(number: int) -> None:
            attributes = {
                key: f"{value}{number:05}" if type(value) is str else _own_copy(value, number)
                for key, value in KINDS[kind].items()
            }
            span = tracer.start_span("GET /users/{id}", attributes=attributes)
            for _ in range(events):
                span.add_event("e", {"k": f"value {number:05}", "n": number})
            span.end()

        record(0)  # what is made once
        parts.spans()
        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            for number in range(1000):
                record(number)
            gc.collect()
            taken = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert 0.5 < parts.worker.queue.held().size_bytes / taken < 2
        parts.worker.queue.settle(parts.worker.queue.take(10_000), "exported")


def _own_copy(value: Any, number: int) -> Any:
    """Return a value of which nothing is shared with that of another span."""
    if isinstance(value, bytes):
        return value + b"%d" % number
    if isinstance(value, dict):
        return {f"{key}": [f"text {number}", number + 0.5] for key in value}
    return [number * 1000 + each for each in value] if isinstance(value, list) else number * 1000 + value
