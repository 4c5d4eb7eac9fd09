"""The samplers for any provider of the SDK, by class and by name."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from typing import Any

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import AlwaysRecordSampler, Sampler
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState, set_span_in_context

from clippy_otel import ConfigurationError, ProbabilisticSampler, ThrottledSampler
from clippy_otel.samplers import FACTORIES, probabilistic_sampler, throttled_sampler
from clippy_otel.testing import FakeClock

BOUNDARY = 1 << 55  # the randomness from which a half is kept
VENDOR = TraceState([("vendor", "1"), ("ot", "th:c;rv:00000000000001")])


def within(*, sampled: bool, state: TraceState | None = None) -> Context:
    """Return a context whose parent is in another process."""
    flags = TraceFlags(1 if sampled else 0)
    return set_span_in_context(NonRecordingSpan(SpanContext(7, 8, True, flags, state)), Context())  # noqa: FBT003 - the SDK's


def decide(sampler: Sampler, context: Context | None = None, trace_id: int = 7) -> Any:
    """Return the decision about a span with an attribute."""
    return sampler.should_sample(context or Context(), trace_id, "s", attributes={"a": 1})


def test_probabilistic_goes_by_the_low_56_bits() -> None:
    """As OpenTelemetry's consistent sampling does; what is kept says so."""
    half = ProbabilisticSampler(0.5)
    kept, dropped = decide(half, trace_id=BOUNDARY), decide(half, trace_id=(1 << 127) | (BOUNDARY - 1))
    assert kept.decision.is_sampled()
    assert dict(kept.attributes) == {"a": 1, "sampling.weight": 2.0}
    assert dict(kept.trace_state) == {"ot": "th:8"}
    assert not dropped.decision.is_recording()
    assert dict(dropped.attributes) == {"a": 1}  # for an AlwaysRecordSampler around it
    assert dropped.trace_state is None


def test_throttled_admits_so_many_traces_within_a_window() -> None:
    """The window slides; there is no weight and no threshold."""
    clock = FakeClock()
    sampler = ThrottledSampler(2, 1000, clock=clock)
    assert [decide(sampler).decision.is_sampled() for _ in range(3)] == [True, True, False]
    clock.advance(ms=999)
    assert not decide(sampler).decision.is_sampled()
    clock.advance(ms=1)
    kept = decide(sampler)
    assert kept.decision.is_sampled()
    assert (dict(kept.attributes), kept.trace_state) == ({"a": 1}, None)


@pytest.mark.parametrize("sampler", [ProbabilisticSampler(0.0), ProbabilisticSampler(1.0), ThrottledSampler(1, 1)])
def test_a_parents_decision_and_its_trace_state_are_kept(sampler: Sampler) -> None:
    """Whatever ours would have been; the weight is what the trace state says."""
    kept, dropped = decide(sampler, within(sampled=True, state=VENDOR)), decide(sampler, within(sampled=False))
    assert kept.decision.is_sampled()
    assert kept.trace_state == VENDOR
    assert dict(kept.attributes) == {"a": 1, "sampling.weight": 4.0}
    assert dict(decide(sampler, within(sampled=True)).attributes) == {"a": 1}
    assert not dropped.decision.is_recording()


def test_a_span_is_what_the_sampler_said() -> None:
    """Inside a provider, with children and with `AlwaysRecordSampler` around it."""
    tracer = TracerProvider(AlwaysRecordSampler(ProbabilisticSampler(0.0)), shutdown_on_exit=False).get_tracer("app")
    span: Any = tracer.start_span("s", attributes={"a": 1})
    assert span.is_recording()
    assert not span.get_span_context().trace_flags.sampled
    assert dict(span.attributes) == {"a": 1}


def test_it_says_what_it_was_made_with() -> None:
    """For who prints a provider."""
    assert ProbabilisticSampler(0.1).get_description() == "ProbabilisticSampler{0.1}"
    assert ThrottledSampler().get_description() == "ThrottledSampler{100 in 60000 ms}"


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan"), float("inf"), "half", None, True])
def test_a_rate_that_is_none(rate: Any) -> None:
    """The error says what is allowed."""
    with pytest.raises(ConfigurationError, match=r"sampling_rate must be a number from 0 and up to 1"):
        ProbabilisticSampler(rate)


@pytest.mark.parametrize("size", [(0,), (-1,), (1.5,), (True,), (5, 0), (5, -1), (5, float("nan"))])
def test_a_window_that_is_none(size: tuple[Any, ...]) -> None:
    """Likewise."""
    with pytest.raises(ConfigurationError, match=r"must be a whole number from 1"):
        ThrottledSampler(*size)


@pytest.mark.parametrize(
    "argument,made",
    [(None, "100 in 60000 ms"), ("", "100 in 60000 ms"), ("5", "5 in 60000 ms"), ("5/20", "5 in 20 ms")],
)
def test_the_argument_of_throttled(argument: str | None, made: str) -> None:
    """A number of traces, and perhaps a window in ms."""
    assert throttled_sampler(argument).get_description() == f"ThrottledSampler{{{made}}}"


@pytest.mark.parametrize("argument,rate", [(None, 1.0), ("", 1.0), ("0.25", 0.25), ("0", 0.0)])
def test_the_argument_of_probabilistic(argument: str | None, rate: float) -> None:
    """The rate."""
    assert probabilistic_sampler(argument).get_description() == f"ProbabilisticSampler{{{rate}}}"


@pytest.mark.parametrize("argument", ["many", "5/", "/5", "1.5", "0", "-1", "5/0", "5/6/7"])
def test_an_argument_that_is_none_of_throttled(argument: str) -> None:
    """It raises, and whoever loads samplers by name says so."""
    with pytest.raises(ConfigurationError):
        throttled_sampler(argument)


@pytest.mark.parametrize("argument", ["half", "1.1", "-1", "nan"])
def test_an_argument_that_is_none_of_probabilistic(argument: str) -> None:
    """Likewise."""
    with pytest.raises(ConfigurationError):
        probabilistic_sampler(argument)


def test_the_names_are_registered() -> None:
    """For OTEL_TRACES_SAMPLER in a setup of anybody's."""
    found = entry_points(group="opentelemetry_traces_sampler")
    assert {name: found[name].load() for name in FACTORIES} == FACTORIES


PROGRAM = """
from opentelemetry import trace
provider = trace.get_tracer_provider()
print(provider.sampler.get_description())
"""


def test_the_zero_code_setup_takes_them_by_name() -> None:
    """The SDK's own configuration loads the factory and hands it the argument."""
    environment = {
        "OTEL_TRACES_SAMPLER": "clippy_throttled",
        "OTEL_TRACES_SAMPLER_ARG": "7/1000",
        "OTEL_TRACES_EXPORTER": "none",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }
    done = subprocess.run(
        [sys.executable, "-c", f"import opentelemetry.instrumentation.auto_instrumentation.sitecustomize\n{PROGRAM}"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "ThrottledSampler{7 in 1000 ms}" in done.stdout, done.stderr
