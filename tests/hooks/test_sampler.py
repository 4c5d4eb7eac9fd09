"""The sampler of our own tracer provider: it decides as the default one does, and gives way to the environment's."""

from __future__ import annotations

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import DEFAULT_ON, StaticSampler
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from clippy_otel.hooks.sampler import FollowParent, chosen_sampler

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
    ours = FollowParent().should_sample(context, 7, "s", attributes={"a": 1})
    stock = DEFAULT_ON.should_sample(context, 7, "s", attributes={"a": 1})
    assert (ours.decision, ours.attributes, ours.trace_state) == (stock.decision, stock.attributes, stock.trace_state)


def test_the_current_context_counts_where_none_is_given() -> None:
    """A span in a span that was not sampled is none."""
    tracer = TracerProvider(FollowParent(), shutdown_on_exit=False).get_tracer("app")
    with tracer.start_as_current_span("outer") as outer:
        assert tracer.start_span("inner").get_span_context().trace_id == outer.get_span_context().trace_id
    assert not tracer.start_span("s", context=parent(sampled=False, remote=True)).is_recording()


def test_its_description_is_the_defaults() -> None:
    """Who prints it sees what it stands for."""
    assert FollowParent().get_description() == DEFAULT_ON.get_description()  # type: ignore[no-untyped-call]


def test_the_environment_chooses_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """OTEL_TRACES_SAMPLER is the SDK's to read."""
    assert isinstance(chosen_sampler(), FollowParent)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    assert chosen_sampler() is None
    assert isinstance(TracerProvider(chosen_sampler(), shutdown_on_exit=False).sampler, StaticSampler)
