"""The sampler of our own tracer provider: it decides as the default one does, and gives way to the environment's."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import DEFAULT_ON, Decision, StaticSampler
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from clippy_otel.hooks.sampler import HeadSampler, chosen_sampler
from clippy_otel.ledger import LedgerRow
from clippy_otel.ports import SamplingRule
from clippy_otel.samplers import ThrottledSampler
from tests._fakes import RaisingMapping
from tests._hooks import HIDDEN, MAIL, Rig, rig

STATE = TraceState([("vendor", "1")])


def parent(*, sampled: bool, remote: bool, trace_id: int = 7) -> Context:
    """Return a context with a parent in it."""
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    return set_span_in_context(NonRecordingSpan(SpanContext(trace_id, 8, remote, flags, STATE)), Context())


@pytest.mark.parametrize(
    "context",
    [
        Context(),
        set_span_in_context(NonRecordingSpan(INVALID_SPAN_CONTEXT), Context()),
        parent(sampled=True, remote=True, trace_id=0),
        *(parent(sampled=sampled, remote=remote) for sampled in (True, False) for remote in (True, False)),
    ],
)
def test_it_decides_as_the_default_does(context: Context) -> None:
    """Decision, attributes and trace state are those of parentbased_always_on, whatever the parent."""
    ours = HeadSampler().should_sample(context, 7, "s", attributes={"a": 1})
    stock = DEFAULT_ON.should_sample(context, 7, "s", attributes={"a": 1})
    assert (ours.decision, ours.attributes, ours.trace_state) == (stock.decision, stock.attributes, stock.trace_state)


def test_the_current_context_counts_where_none_is_given() -> None:
    """A span in a span that was not sampled is none."""
    tracer = TracerProvider(HeadSampler(), shutdown_on_exit=False).get_tracer("app")
    with tracer.start_as_current_span("outer") as outer:
        assert tracer.start_span("inner").get_span_context().trace_id == outer.get_span_context().trace_id
    assert not tracer.start_span("s", context=parent(sampled=False, remote=True)).is_recording()


def test_the_environment_chooses_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """OTEL_TRACES_SAMPLER is the SDK's to read, save for the names that are ours."""
    assert isinstance(chosen_sampler(), HeadSampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    assert chosen_sampler() is None
    assert isinstance(TracerProvider(chosen_sampler(), shutdown_on_exit=False).sampler, StaticSampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "clippy_throttled")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "7/1000")
    chosen = chosen_sampler()
    assert isinstance(chosen, ThrottledSampler)
    assert chosen.get_description() == "ThrottledSampler{7 in 1000 ms}"


def test_an_argument_that_is_none_is_said_and_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As the SDK does: a provider may be made in the middle of the application's work."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "clippy_probabilistic")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "half")
    assert isinstance(chosen_sampler(), HeadSampler)
    assert "OTEL_TRACES_SAMPLER_ARG must be a number from 0" in caplog.text


def started(parts: Rig, name: str = "s", **given: Any) -> Any:
    """Return a span that has just been started with our own provider."""
    return parts.own().traces.provider.get_tracer("app").start_span(name, **given)


def test_always_follows_a_parent_and_keeps_what_begins() -> None:
    """A decision of somebody else's is kept, with all of the trace state."""
    with rig() as parts:
        tracer = parts.own().traces.provider.get_tracer("app")
        assert tracer.start_span("s").get_span_context().trace_flags.sampled
        assert not tracer.start_span("s", context=parent(sampled=False, remote=True)).is_recording()
        kept = tracer.start_span("s", context=parent(sampled=True, remote=True)).get_span_context()
        assert kept.trace_flags.sampled
        assert kept.trace_state == STATE


def test_never_is_a_promise_whatever_the_parent_says() -> None:
    """Nothing is recorded, and all of it is counted."""
    with rig(sampling="never") as parts:
        assert not started(parts).is_recording()
        assert not started(parts, context=parent(sampled=True, remote=True)).is_recording()
        assert parts.row("spans") == LedgerRow(offered=2, sampled_out=2)


@pytest.mark.parametrize("remote", [True, False])
def test_probabilistic_does_not_judge_a_trace_anew(remote: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Its randomness is below the threshold, and its parent was sampled: so is the span."""
    with rig(sampling="probabilistic", sampling_rate=0.01) as parts:
        span = started(parts, context=parent(sampled=True, remote=remote, trace_id=1))
        assert span.get_span_context().trace_flags.sampled
        assert span.get_span_context().trace_state == STATE
        assert "sampling.weight" not in span.attributes
        assert not started(parts, context=parent(sampled=False, remote=remote, trace_id=2**56 - 1)).is_recording()


def test_probabilistic_stamps_the_threshold_and_the_weight() -> None:
    """On the first span of a trace and on those below it; the weight is 1 / rate."""
    with rig(sampling="probabilistic", sampling_rate=0.5) as parts:
        tracer = parts.own().traces.provider.get_tracer("app")
        seen = set()
        for _ in range(100):
            with tracer.start_as_current_span("root", attributes={"a": 1}) as started_root:
                root: Any = started_root
                child: Any = tracer.start_span("child")
            context = root.get_span_context()
            is_kept = context.trace_id & (2**56 - 1) >= 2**55
            assert context.trace_flags.sampled == is_kept == child.get_span_context().trace_flags.sampled
            if is_kept:
                assert dict(context.trace_state) == {"ot": "th:8"} == dict(child.get_span_context().trace_state)
                assert child.attributes["sampling.weight"] == 2.0
                assert root.attributes["a"] == 1
            seen.add(is_kept)
        assert seen == {True, False}


def test_what_stands_in_the_trace_state_of_a_parent_goes_on() -> None:
    """A vendor's entry, an explicit randomness, and a threshold, whose weight is on our span."""
    state = TraceState([("vendor", "1"), ("ot", "th:c;rv:ffffffffffffff")])
    flags = TraceFlags(TraceFlags.SAMPLED)
    remote = set_span_in_context(NonRecordingSpan(SpanContext(1, 8, True, flags, state)), Context())  # noqa: FBT003 - the SDK's
    with rig(sampling="probabilistic", sampling_rate=0.5) as parts:
        span = started(parts, context=remote)
        assert span.get_span_context().trace_state == state
        assert span.attributes["sampling.weight"] == 4.0


def test_throttled_admits_traces_and_their_spans_with_them() -> None:
    """Two of three traces, each with its child; no threshold is stamped."""
    with rig(sampling="throttled", max_events_per_window=2) as parts:
        tracer = parts.own().traces.provider.get_tracer("app")
        kept = []
        for _ in range(3):
            with tracer.start_as_current_span("root") as root:
                child = tracer.start_span("child")
                kept.append((root.is_recording(), child.is_recording()))
                child.end()
            assert not root.get_span_context().trace_state
        assert kept == [(True, True), (True, True), (False, False)]
        parts.clock.advance(ms=60_000)
        assert started(parts).is_recording()
        row = parts.row("spans")
        assert (row.throttled, row.sampled_out) == (2, 0)


def test_what_is_changed_holds_for_the_next_trace() -> None:
    """The sampler has no settings of its own; a trace that has begun stays whole."""
    with rig() as parts:
        tracer = parts.own().traces.provider.get_tracer("app")
        with tracer.start_as_current_span("root"):
            parts.rules.update({"sampling": "probabilistic", "sampling_rate": 0.0})
            assert tracer.start_span("child").is_recording()
        assert not tracer.start_span("root").is_recording()
        assert tracer.start_span("root").get_span_context().is_valid
        assert "HeadSampler{probabilistic 0}" in parts.own().traces.provider.sampler.get_description()


def test_the_first_rule_that_matches_the_first_span_decides() -> None:
    """By its name, or by the route that it or the scope says; children follow whatever their own names are."""
    rules = (
        SamplingRule(event="poll*", sampling="never"),
        SamplingRule(route="/health*", sampling="never"),
        SamplingRule(severity=9, sampling="never"),
    )
    with rig(sampling_rules=rules) as parts:
        tracer = parts.own().traces.provider.get_tracer("app")
        assert not tracer.start_span("poll queue").is_recording()
        assert not tracer.start_span("GET", attributes={"http.route": "/health/live"}).is_recording()
        assert not tracer.start_span("GET", attributes={"url.path": "/health"}).is_recording()
        assert tracer.start_span("GET", attributes={"http.route": "/", "url.path": "/health"}).is_recording()
        with parts.scopes.open(attributes={"http.route": "/health"}):
            assert not tracer.start_span("GET").is_recording()
        with tracer.start_as_current_span("GET"):
            assert tracer.start_span("poll queue").is_recording()


@pytest.mark.swallows
def test_attributes_that_cannot_be_read_follow_the_strategy() -> None:
    """A rule that they would have been asked for is left aside, and nothing is raised."""
    with rig(sampling_rules=(SamplingRule(route="/x", sampling="never"),)) as parts:
        parts.own()
        sampler = HeadSampler()
        sampler.bind(parts.intake, parts.scopes)
        decided = sampler.should_sample(Context(), 7, "s", attributes=RaisingMapping())
        assert decided.decision is Decision.RECORD_AND_SAMPLE


def test_an_ai_operation_that_somebody_counts_is_recorded_and_not_exported() -> None:
    """Statistics count what happened: the span of one that is left out is seen by them alone."""
    with rig(sampling="never") as parts:
        tracer = parts.own().traces.provider.get_tracer("app")
        asked = {"gen_ai.operation.name": "chat"}
        assert not tracer.start_span("chat", attributes=asked).is_recording()
        seen: list[Any] = []
        parts.subscriptions.subscribe("span", seen.append)
        tracer.start_span("chat", attributes={**asked, "user": MAIL}).end()
        assert not tracer.start_span("other", attributes={"a": 1}).is_recording()
        assert [dict(span.attributes) for span in seen] == [{**asked, "user": HIDDEN}]
        assert parts.spans() == []
        assert parts.row("spans") == LedgerRow(offered=3, sampled_out=3)
