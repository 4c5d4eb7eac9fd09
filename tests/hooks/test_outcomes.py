"""keep_errors and keep_slower_than_ms: a trace that was left out is kept after all, whole, redacted, with weight 0."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, StatusCode, TraceFlags, Tracer, set_span_in_context

from clippy_otel.hooks import outcomes
from clippy_otel.ledger import LedgerRow
from clippy_otel.ports import SamplingRule
from clippy_otel.sampling.held import TraceLimits
from tests._hooks import HIDDEN, MAIL, Rig, Spans, rig

NOTHING: dict[str, Any] = {"sampling": "probabilistic", "sampling_rate": 0.0, "keep_errors": True}


def trace(tracer: Tracer, *, fails: bool = False, context: Context | None = None, name: str = "root") -> int:
    """Record a trace of three spans, the innermost of which may fail; return its id."""
    with tracer.start_as_current_span(name, context=context, attributes={"to": MAIL}) as root:
        with tracer.start_as_current_span("middle"), tracer.start_as_current_span("leaf") as leaf:
            if fails:
                leaf.set_status(StatusCode.ERROR)
        return root.get_span_context().trace_id


def from_elsewhere(*, sampled: bool) -> Context:
    """Return a context whose parent is in another process."""
    flags = TraceFlags(1 if sampled else 0)
    return set_span_in_context(NonRecordingSpan(SpanContext(1, 8, True, flags)), Context())  # noqa: FBT003 - the SDK's


def tracer_of(parts: Rig) -> Tracer:
    """Return a tracer of our own provider."""
    tracer: Tracer = parts.own().traces.provider.get_tracer("app")
    return tracer


def test_a_trace_with_an_error_arrives_whole() -> None:
    """Redacted, with the sampled bit, with a weight of 0; the one without is left out, and all of it is counted."""
    with rig(**NOTHING) as parts:
        provider = parts.own().traces.provider
        exporter, first = InMemorySpanExporter(), Spans()
        provider.add_span_processor(first)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        tracer = provider.get_tracer("app")
        trace(tracer)
        failed = trace(tracer, fails=True)
        spans = parts.spans()
        assert [(span.name, span.trace_id) for span in spans] == [
            (name, f"{failed:032x}") for name in ("leaf", "middle", "root")
        ]
        assert [span.attributes["sampling.weight"] for span in spans] == [0.0] * 3
        assert spans[2].attributes["to"] == HIDDEN
        shown = exporter.get_finished_spans()
        assert [span.name for span in shown] == ["leaf", "middle", "root"] == [span.name for span in first.ended]
        assert all(span.context.trace_flags.sampled for span in shown if span.context)
        assert parts.row("spans") == LedgerRow(offered=6, exported=3, sampled_out=3)


def test_a_slow_span_keeps_its_trace() -> None:
    """Whichever of its spans it is; one that takes exactly as long is not slow."""
    with rig(sampling="throttled", max_events_per_window=1, keep_slower_than_ms=100) as parts:
        tracer = tracer_of(parts)
        trace(tracer)  # admitted
        for duration_ms in (100, 101):
            root = tracer.start_span("root", start_time=0)
            inner = set_span_in_context(root, Context())
            tracer.start_span("leaf", context=inner, start_time=0).end(duration_ms * 1_000_000)
            root.end(1)
        assert [span.name for span in parts.spans()] == ["leaf", "middle", "root", "leaf", "root"]
        assert parts.row("spans") == LedgerRow(offered=7, exported=5, sampled_out=2)


def test_what_the_head_has_kept_does_not_wait() -> None:
    """Its spans go on as they end, with the weight of the sample."""
    with rig(sampling="probabilistic", sampling_rate=1.0, keep_errors=True) as parts:
        tracer = tracer_of(parts)
        with tracer.start_as_current_span("root"):
            tracer.start_span("child").end()
            assert [span.name for span in parts.spans()] == ["child"]


@pytest.mark.parametrize("sampled", [True, False])
def test_the_local_part_of_a_trace_from_elsewhere_is_kept_too(sampled: bool) -> None:  # noqa: FBT001 - a parameter
    """Its parent's decision is followed; where that was not to sample it, an error keeps what is here."""
    with rig(**NOTHING) as parts:
        tracer = tracer_of(parts)
        trace(tracer, context=from_elsewhere(sampled=sampled))
        trace(tracer, context=from_elsewhere(sampled=sampled), fails=True)
        assert len(parts.spans()) == (6 if sampled else 3)


def test_a_rule_that_says_never_is_a_promise() -> None:
    """Errors included; one that says otherwise is held like `sampling`."""
    rules = (
        SamplingRule(event="poll", sampling="never"),
        SamplingRule(event="job", sampling="probabilistic", rate=0.0),
    )
    with rig(sampling="always", keep_errors=True, sampling_rules=rules) as parts:
        tracer = tracer_of(parts)
        trace(tracer, fails=True, name="poll")
        trace(tracer, name="job")
        kept = trace(tracer, fails=True, name="job")
        assert {span.trace_id for span in parts.spans()} == {f"{kept:032x}"}
        assert parts.row("spans") == LedgerRow(offered=9, exported=3, sampled_out=6)


def test_an_ai_operation_that_a_rule_leaves_out_is_not_kept_for_its_outcome() -> None:
    """Though somebody counts them: the promise comes first."""
    with rig(keep_errors=True, sampling_rules=[SamplingRule(event="chat*", sampling="never")]) as parts:
        parts.subscriptions.subscribe("span", list[Any]().append)
        with tracer_of(parts).start_as_current_span("chat gpt", attributes={"gen_ai.system": "x"}) as span:
            span.set_status(StatusCode.ERROR)
        assert parts.spans() == []
        assert parts.row("spans") == LedgerRow(offered=1, sampled_out=1)


def test_errors_have_a_cap_of_their_own() -> None:
    """Not more traces than the window allows are kept for their outcome; the rest is throttled, whole."""
    with rig(**NOTHING, max_events_per_window=2) as parts:
        tracer = tracer_of(parts)
        for _ in range(5):
            trace(tracer, fails=True)
        assert len({span.trace_id for span in parts.spans()}) == 2
        assert parts.row("spans") == LedgerRow(offered=15, exported=6, throttled=9)


def test_what_could_not_wait_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the books, and said by the coverage."""
    monkeypatch.setattr(outcomes, "TraceLimits", lambda: TraceLimits(max_spans=2))
    with rig(**NOTHING) as parts:
        providers = parts.own()
        trace(providers.traces.provider.get_tracer("app"), fails=True)
        assert parts.row("spans") == LedgerRow(offered=3, sampled_out=3)
        assert "2 spans could not wait" in providers.coverage(parts.intake).spans.sampling


def test_a_span_that_ends_after_its_root_is_kept_with_it() -> None:
    """A background task of a request that failed."""
    with rig(**NOTHING) as parts:
        tracer = tracer_of(parts)
        with tracer.start_as_current_span("root") as root:
            late = tracer.start_span("late")
            root.set_status(StatusCode.ERROR)
        late.end()
        after = tracer.start_span("after", context=set_span_in_context(root, Context()))
        after.end()
        assert [span.name for span in parts.spans()] == ["root", "late", "after"]


def test_events_of_a_trace_that_waits_are_left_out() -> None:
    """They are decided about when they are recorded, by the trace's own bit; errors are exempt."""
    with rig(**NOTHING) as parts:
        logger = parts.own().logs.provider.get_logger("app")
        with tracer_of(parts).start_as_current_span("root"):
            logger.emit(body="usual")
        assert parts.row("logs") == LedgerRow(offered=1, sampled_out=1)


def test_at_the_end_what_is_held_follows_the_head() -> None:
    """Nothing waits for a root that will not end."""
    with rig(**NOTHING) as parts:
        providers = parts.own()
        tracer = providers.traces.provider.get_tracer("app")
        with tracer.start_as_current_span("root"):
            tracer.start_span("child").end()
            parts.spans()
            assert parts.row("spans").offered == 0  # not decided about by a flush
            providers.release(1)
            assert parts.row("spans") == LedgerRow(offered=1, sampled_out=1)


@pytest.mark.swallows
def test_what_a_processor_raises_of_a_late_span_reaches_nobody() -> None:
    """The span that ended last did not call it; the others are shown all the same."""

    class Raising(Spans):
        def on_end(self, span: Any) -> None:
            super().on_end(span)
            raise RuntimeError

    with rig(**NOTHING) as parts:
        provider = parts.own().traces.provider
        raising = Raising()
        provider.add_span_processor(raising)
        trace(provider.get_tracer("app"), fails=True)
        assert len(raising.ended) == 3
        assert len(parts.spans()) == 3


def attached(parts: Rig, sampler: Any = None) -> tuple[Tracer, InMemorySpanExporter]:
    """Return a tracer of somebody's provider that is joined, and what it exports."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(sampler, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    parts.join(spans=provider)
    return provider.get_tracer("app"), exporter


def test_somebody_elses_traces_are_kept_for_their_outcome_too() -> None:
    """Where their sampler records all: held at the end of each span, judged at the end of the local root."""
    with rig(**NOTHING, owns=False, delivers=()) as parts:
        tracer, exporter = attached(parts)
        trace(tracer)
        failed = trace(tracer, fails=True)
        shown = exporter.get_finished_spans()
        assert [span.name for span in shown] == ["leaf", "middle", "root"]
        assert {span.context.trace_id for span in shown if span.context} == {failed}
        assert [dict(span.attributes or {})["sampling.weight"] for span in shown] == [0.0] * 3
        assert parts.row("spans") == LedgerRow(offered=6, handed_over=3, sampled_out=3)


@pytest.mark.parametrize("strategy", ["probabilistic", "throttled"])
def test_somebody_elses_traces_are_whole_or_absent(strategy: str) -> None:
    """Judged when their spans end, all by one decision; a kept one says what it stands for, vendors' state stays."""
    with rig(sampling=strategy, sampling_rate=0.5, max_events_per_window=30, owns=False, delivers=()) as parts:
        tracer, exporter = attached(parts)
        for _ in range(60):
            trace(tracer)
        by_trace: dict[int, list[Any]] = {}
        for span in exporter.get_finished_spans():
            assert span.context is not None
            by_trace.setdefault(span.context.trace_id, []).append(span)
        assert {len(spans) for spans in by_trace.values()} == {3}
        assert len(by_trace) == 30 or (strategy == "probabilistic" and 10 < len(by_trace) < 50)
        kept = [span for spans in by_trace.values() for span in spans]
        if strategy == "probabilistic":
            assert {dict(span.attributes)["sampling.weight"] for span in kept} == {2.0}
            assert {span.context.trace_state.get("ot") for span in kept} == {"th:8"}
        else:
            assert not any("sampling.weight" in span.attributes or span.context.trace_state for span in kept)
        row = parts.row("spans")
        assert (row.offered, row.handed_over, row.sampled_out + row.throttled) == (180, len(kept), 180 - len(kept))


def test_statistics_hear_of_ai_operations_that_are_left_out() -> None:
    """Once each, whether their trace is kept for its outcome or not; redacted."""
    for settings in (NOTHING, {**NOTHING, "keep_errors": False}):
        with rig(**settings, owns=False, delivers=()) as parts:
            seen: list[Any] = []
            parts.subscriptions.subscribe("span", seen.append)
            tracer, _ = attached(parts)
            for fails in (True, False):
                with tracer.start_as_current_span("chat", attributes={"gen_ai.system": "x", "to": MAIL}) as span:
                    span.set_status(StatusCode.ERROR if fails else StatusCode.OK)
            assert [dict(span.attributes or {}) for span in seen] == [{"gen_ai.system": "x", "to": HIDDEN}] * 2
