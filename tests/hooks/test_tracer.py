"""Our provider's tracers start the spans that the SDK's start."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry import baggage
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, Tracer, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context, use_span

from clippy_otel import semconv
from clippy_otel.hooks import tracer as tracer_module
from clippy_otel.hooks.own import OwnTraces
from clippy_otel.hooks.tracer import OwnTracer, OwnTracerProvider
from clippy_otel.ports import SamplingRule
from tests._hooks import rig

UNSET = SpanLimits.UNSET


@pytest.fixture(autouse=True)
def _few_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any attributes go past the SDK, also so few that it is not worth it."""
    monkeypatch.setattr(tracer_module, "_MIN_ATTRIBUTES", 1)


class Starts(SpanProcessor):
    """Keep what is to be seen when a span starts."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.contexts: list[Context | None] = []

    def on_start(self, span: Any, parent_context: Context | None = None) -> None:
        """Keep its attributes, and the context around it."""
        self.seen.append(dict(span.attributes))
        self.contexts.append(parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """See nothing more."""


class Text(str):
    """A text of a class of somebody's."""

    __slots__ = ()


values = st.one_of(
    st.text(max_size=5),
    st.integers(),
    st.floats(allow_nan=False),
    st.booleans(),
    st.none(),
    st.binary(max_size=3),
    st.lists(st.one_of(st.integers(), st.text(max_size=3)), max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.builds(object),
    st.just(Text("t")),
)
keys = st.one_of(st.text(max_size=4), st.just(Text("key")), st.integers(0, 3), st.just(semconv.SAMPLING_WEIGHT))


def as_text(attributes: Any) -> list[tuple[str, str]]:
    """Return attributes in their order, as they are to be compared."""
    return [(key, f"{type(value).__name__} {value!r}") for key, value in attributes.items()]


@example({"a": "x", "n": 1, "f": 1.5, "b": True})
@example({f"key{number}": number for number in range(130)})
@given(st.dictionaries(keys, values, max_size=6))
def test_a_span_starts_with_what_the_sdk_makes_of_its_attributes(attributes: dict[Any, Any]) -> None:
    """Whatever they are, in their order, seen by whoever watches starts."""
    bare = TracerProvider(
        ALWAYS_ON, shutdown_on_exit=False, span_limits=SpanLimits(max_attribute_length=UNSET)
    ).get_tracer("app")
    with rig(redact_pii=False) as parts:
        starts, provider = Starts(), parts.own().traces.provider
        provider.add_span_processor(starts)
        before = as_text(attributes)
        ours: Any = provider.get_tracer("app").start_span("s", attributes=attributes)
        theirs: Any = bare.start_span("s", attributes=attributes)
        found = {key: value for key, value in ours.attributes.items() if key != semconv.SESSION_ID}
        assert as_text(found) == as_text(theirs.attributes)
        assert ours._attributes.dropped == theirs._attributes.dropped
        assert as_text(attributes) == before
        assert as_text({key: starts.seen[0][key] for key in found}) == as_text(found)


def test_a_span_has_attributes_of_its_own() -> None:
    """What becomes of the caller's mapping afterwards is nothing to it."""
    with rig() as parts:
        tracer, attributes = parts.own().traces.provider.get_tracer("app"), {"a": "x"}
        span = tracer.start_span("s", attributes=attributes)
        attributes["b"] = "y"
        span.set_attribute("c", "z")
        assert (dict(span.attributes) | {semconv.SESSION_ID: ""}) == {"a": "x", "c": "z", semconv.SESSION_ID: ""}
        assert attributes == {"a": "x", "b": "y"}


def test_a_provider_has_one_tracer_for_a_scope() -> None:
    """The SDK's own kind, and ours."""
    with rig() as parts:
        provider = parts.own().traces.provider
        assert type(provider.get_tracer("app")) is OwnTracer
        assert provider.get_tracer("app") is provider.get_tracer("app")
        assert provider.get_tracer("app", "1") is not provider.get_tracer("app")


def test_a_sampler_of_somebodys_is_given_all() -> None:
    """Of a provider, or put into a tracer."""
    tracers = [OwnTracerProvider(shutdown_on_exit=False).get_tracer("app")]
    with rig() as parts:
        tracers.append(parts.own().traces.provider.get_tracer("app"))
        for tracer in tracers:
            tracer.sampler = sampler = mock.Mock(wraps=ALWAYS_ON)
            assert tracer.start_span("s", attributes={"a": "x"}).attributes["a"] == "x"
            assert {"a": "x"} in sampler.should_sample.call_args.args


def test_what_starts_spans_can_be_replaced() -> None:
    """In a tracer, and in the SDK's class, by what is then given all that the caller gave."""
    with rig() as parts:
        tracer = parts.own().traces.provider.get_tracer("app")
        assert type(tracer).start_span(tracer, "s", attributes={"a": "x"}).attributes["a"] == "x"
        with mock.patch.object(tracer, "start_span", return_value=1) as replaced:
            assert tracer.start_span("s", attributes={"a": "x"}) == 1
        assert replaced.call_args.kwargs == {"attributes": {"a": "x"}}
        with mock.patch.object(Tracer, "start_span", autospec=True, side_effect=Tracer.start_span) as replaced:
            assert tracer.start_span("s", attributes={"a": "x"}).attributes["a"] == "x"
            with tracer.start_as_current_span("t"):
                pass
        assert [call.kwargs.get("attributes") for call in replaced.call_args_list] == [{"a": "x"}, None]
        assert tracer.start_span("s", attributes={"a": "x"}).attributes["a"] == "x"
        assert replaced.call_count == 2


def test_processors_are_given_the_context_around_a_span() -> None:
    """Which the caller has named, and none where he has named none."""
    named = baggage.set_baggage("tenant", "named")
    with rig() as parts:
        starts, provider = Starts(), parts.own().traces.provider
        provider.add_span_processor(starts)
        tracer = provider.get_tracer("app")
        tracer.start_span("a", attributes={"a": "x"})
        tracer.start_span("b", named, attributes={"a": "x"})
        assert starts.contexts[0] is None
        assert starts.contexts[1] is named


@pytest.mark.parametrize("sampled", [True, False])
def test_a_parent_is_followed(sampled: bool) -> None:  # noqa: FBT001 - pytest's
    """A child of one that is kept has its attributes; one of another is not recorded."""
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    parent = NonRecordingSpan(SpanContext(7, 8, is_remote=True, trace_flags=flags))
    with rig() as parts:
        tracer = parts.own().traces.provider.get_tracer("app")
        named = tracer.start_span("a", set_span_in_context(parent), attributes={"a": "x"})
        with use_span(parent):
            around = tracer.start_span("b", attributes={"a": "x"})
        for span in (named, around):
            assert span.get_span_context().trace_id == 7
            assert span.is_recording() is sampled
            assert not sampled or span.attributes["a"] == "x"
            span.end()
        assert len(parts.spans()) == 2 * sampled
        assert parts.row("spans").sampled_out == 2 * (not sampled)


def test_rules_see_what_a_span_starts_with() -> None:
    """Also where they came after the method that starts spans was got hold of."""
    with rig() as parts:
        start_span = parts.own().traces.provider.get_tracer("app").start_span
        start_span("kept", attributes={"http.route": "/health"}).end()
        parts.rules.update({"sampling_rules": (SamplingRule(route="/health", sampling="never"),)})
        start_span("left out", attributes={"http.route": "/health"}).end()
        start_span("kept too", attributes={"http.route": "/chat"}).end()
        assert [span.name for span in parts.spans()] == ["kept", "kept too"]


@pytest.mark.parametrize("replaces", ["method", "processor"])
def test_a_processor_in_the_place_of_ours_sees_all(replaces: str) -> None:
    """It does not know what goes past the SDK."""
    with rig() as parts:
        starts, provider = Starts(), parts.own().traces.provider
        if replaces == "method":
            provider._active_span_processor.on_start = starts.on_start  # type: ignore[method-assign]
        else:
            provider._active_span_processor = starts
        assert dict(provider.get_tracer("app").start_span("s", attributes={"a": "x"}).attributes) == {"a": "x"}
        assert starts.seen == [{"a": "x"}]
        assert starts.contexts == [None]


def test_a_processor_that_is_replaced_meanwhile_loses_nothing() -> None:
    """What it has not taken comes with the SDK's own method."""
    with rig() as parts:
        starts, provider = Starts(), parts.own().traces.provider
        tracer = provider.get_tracer("app")
        tracer.id_generator = mock.Mock(wraps=tracer.id_generator)

        def replace() -> int:
            tracer.span_processor = starts
            return 7

        tracer.id_generator.generate_span_id = replace
        assert dict(tracer.start_span("s", attributes={"a": "x"}).attributes) == {"a": "x"}


def test_rules_that_change_meanwhile_see_what_a_span_starts_with() -> None:
    """The sampler finds it on its way."""
    with rig() as parts:
        tracer = parts.own().traces.provider.get_tracer("app")
        tracer.id_generator = mock.Mock(wraps=tracer.id_generator)

        def change() -> int:
            kept = SamplingRule(route="/chat", sampling="always")
            parts.rules.update({"sampling": "never", "sampling_rules": (kept,)})
            return 7

        tracer.id_generator.generate_trace_id = change
        assert tracer.start_span("s", attributes={"http.route": "/chat"}).attributes["http.route"] == "/chat"


def test_a_parent_of_a_foreign_kind_has_no_context() -> None:
    """Then there is none to be followed."""
    parent = mock.Mock(spec=NonRecordingSpan)
    parent.get_span_context.return_value = None
    with rig() as parts:
        tracer = parts.own().traces.provider.get_tracer("app")
        span: Any = tracer.start_span("s", set_span_in_context(parent), attributes={"a": "x"})
        assert span.attributes["a"] == "x"


def test_unbound_it_starts_spans_as_the_sdk_does() -> None:
    """Before there is a pipeline."""
    with rig() as parts:
        own = parts.own()
        assert isinstance(own.traces, OwnTraces)
        own.traces.stand_aside()
        tracer = own.traces.provider.get_tracer("app")
        with tracer.start_as_current_span("s", attributes={"a": "x"}) as span:
            assert span.attributes == {"a": "x"}
        assert tracer.resource == Resource({"service.name": "test"})
