"""What stands before our sampling, and what both together keep: said, and not multiplied in silence."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace._sampling_experimental import (
    composable_always_on,
    composable_parent_threshold,
    composable_traceid_ratio_based,
    composite_sampler,
)
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    AlwaysRecordSampler,
    ParentBased,
    ParentBasedTraceIdRatio,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)

from clippy_otel.hooks.heads import Head
from clippy_otel.pipeline import Pipeline
from clippy_otel.ports import SamplingRule
from clippy_otel.samplers import ProbabilisticSampler, ThrottledSampler
from tests._hooks import rig


class Silent(Sampler):
    """A sampler that raises when it is to describe itself."""

    def should_sample(self, *_: Any, **__: Any) -> SamplingResult:
        """Keep everything."""
        return ALWAYS_ON.should_sample(None, 1, "s")

    def get_description(self) -> str:
        """Raise."""
        raise RuntimeError


SAMPLERS = [
    (ALWAYS_ON, 1.0, True),
    (ALWAYS_OFF, 0.0, True),
    (TraceIdRatioBased(0.25), 0.25, False),
    (ParentBasedTraceIdRatio(0.25), 0.25, False),
    (ParentBased(ALWAYS_ON), 1.0, True),
    (AlwaysRecordSampler(ParentBased(TraceIdRatioBased(1e-05))), 1e-05, False),
    (ProbabilisticSampler(0.25), 0.25, True),
    (ParentBased(ProbabilisticSampler(0.25)), 0.25, True),
    (ThrottledSampler(5), None, True),
    (composite_sampler(composable_traceid_ratio_based(0.25)), 0.25, True),
    (composite_sampler(composable_always_on()), 1.0, True),
    (composite_sampler(composable_parent_threshold(composable_traceid_ratio_based(0.25))), None, True),
]


@pytest.mark.parametrize("sampler,rate,agrees", SAMPLERS, ids=lambda each: str(each)[:40])
def test_what_a_sampler_keeps_is_read_from_its_description(sampler: Sampler, rate: float | None, agrees: bool) -> None:  # noqa: FBT001 - a parameter
    """Of the SDK's and of ours; of others nothing is assumed."""
    head = Head.of(sampler)
    assert head is not None
    assert (head.rate, head.agrees) == (rate, agrees)


@pytest.mark.parametrize(
    "sampler,settings,effective",
    [
        (ALWAYS_ON, {"sampling": "always"}, 1.0),
        (TraceIdRatioBased(0.1), {"sampling": "always"}, 0.1),
        (TraceIdRatioBased(0.1), {"sampling": "probabilistic", "sampling_rate": 0.5}, 0.05),
        (ProbabilisticSampler(0.1), {"sampling": "probabilistic", "sampling_rate": 0.5}, 0.1),
        (ProbabilisticSampler(0.5), {"sampling": "probabilistic", "sampling_rate": 0.1}, 0.1),
        (ALWAYS_ON, {"sampling": "throttled"}, None),
        (ThrottledSampler(5), {"sampling": "always"}, None),
        (TraceIdRatioBased(0.1), {"sampling": "never"}, 0.0),
    ],
)
def test_coverage_states_the_effective_rate(
    sampler: Sampler, settings: dict[str, Any], effective: float | None
) -> None:
    """Where somebody else's sampler stands before."""
    with rig(**settings, owns=False, delivers=()) as parts:
        spans = parts.join(spans=TracerProvider(sampler, shutdown_on_exit=False)).coverage(parts.intake).spans
        assert spans.effective_rate == (None if effective is None else pytest.approx(effective))
        assert spans.sampled == "full"
        assert sampler.get_description() in spans.sampling
        assert ("not known" in spans.sampling) is (effective is None)


def test_rules_do_not_see_where_somebody_elses_traces_begin() -> None:
    """So they hold for events alone, and that is said."""
    rules = (SamplingRule(event="x", sampling="never"),)
    with rig(sampling_rules=rules, owns=False, delivers=()) as parts:
        spans = parts.join(spans=TracerProvider(shutdown_on_exit=False)).coverage(parts.intake).spans
        assert spans.sampled == "partial"
        assert "rules hold for events and log records only" in spans.sampling
    with rig(sampling_rules=rules) as parts:
        spans = parts.own().coverage(parts.intake).spans
        assert (spans.sampled, spans.effective_rate) == ("full", 1.0)
        assert spans.sampling == "always: a share of 1 is kept, rules aside"


@pytest.mark.swallows
def test_a_sampler_that_does_not_describe_itself() -> None:
    """Nothing is known, and nothing is raised."""
    with rig(owns=False, delivers=()) as parts:
        spans = parts.join(spans=TracerProvider(Silent(), shutdown_on_exit=False)).coverage(parts.intake).spans
        assert spans.effective_rate is None
        assert "does not describe itself" in spans.sampling


def test_the_weights_tell_of_both() -> None:
    """A tenth by other bits, a half of that: each kept span stands for twenty, and claims no common threshold."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(TraceIdRatioBased(0.1), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with rig(sampling="probabilistic", sampling_rate=0.5, owns=False, delivers=()) as parts:
        parts.join(spans=provider)
        count = 6000
        for _ in range(count):
            provider.get_tracer("app").start_span("s").end()
        spans = exporter.get_finished_spans()
        estimate = sum(float(str(dict(span.attributes or {})["sampling.weight"])) for span in spans)
        assert abs(estimate - count) < 5 * (count * 0.95 / 0.05) ** 0.5
        assert not any(span.context.trace_state for span in spans if span.context)


@pytest.mark.parametrize("rates", [(0.5, 0.25), (0.25, 0.5)])
def test_two_that_agree_count_once(rates: tuple[float, float]) -> None:
    """The smaller rate is what a span stands for, and the threshold of it stands in the trace state."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(ProbabilisticSampler(rates[0]), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with rig(sampling="probabilistic", sampling_rate=rates[1], owns=False, delivers=()) as parts:
        parts.join(spans=provider)
        for _ in range(200):
            provider.get_tracer("app").start_span("s").end()
        spans = exporter.get_finished_spans()
        assert 20 < len(spans) < 80
        said = {
            (dict(span.attributes or {})["sampling.weight"], str(dict(span.context.trace_state)))
            for span in spans
            if span.context
        }
        assert said == {(4.0, "{'ot': 'th:c'}")}


def test_debug_states_it_too(caplog: pytest.LogCaptureFixture) -> None:
    """When providers are there, and when sampling changes."""
    caplog.set_level(logging.DEBUG, "clippy_otel")
    with rig() as parts:
        config = parts.rules.current.config
    pipeline = Pipeline(config, transports={})
    try:
        pipeline.update_config({"debug": True})
        assert "spans:" not in caplog.text  # there are none yet
        pipeline.provider("spans")
        assert "spans: always: a share of 1 is kept" in caplog.text
        pipeline.update_config({"sampling": "probabilistic", "sampling_rate": 0.25})
        assert "spans: probabilistic 0.25: a share of 0.25 is kept" in caplog.text
    finally:
        pipeline.update_config({"debug": False})
        pipeline.shutdown(5000)
