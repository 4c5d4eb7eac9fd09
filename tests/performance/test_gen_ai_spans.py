"""Spans that any GenAI instrumentation makes count in the summary, each request once."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.performance import PerformanceMetrics, PerformanceOptions
from clippy_otel.processors import GenAISummaryProcessor
from clippy_otel.subscriptions import AIOperationSeen
from clippy_otel.testing import CapturedTelemetry


class Instrumentation:
    """What an instrumentation of an AI library does, over a provider of its own."""

    def __init__(self, performance: PerformanceMetrics) -> None:
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(GenAISummaryProcessor(performance))
        self.tracer = provider.get_tracer("openai")

    def request(self, attributes: dict[str, Any], *, kind: SpanKind = SpanKind.CLIENT, ms: float = 100) -> None:
        """Make a span of that length."""
        span = self.tracer.start_span("chat", kind=kind, attributes=attributes, start_time=1_000_000_000)
        span.end(1_000_000_000 + round(ms * 1_000_000))


@pytest.fixture
def instrumentation(performance: PerformanceMetrics) -> Instrumentation:
    """Instrument over the processor."""
    return Instrumentation(performance)


def test_a_client_span_is_an_operation(
    captured: CapturedTelemetry, performance: PerformanceMetrics, instrumentation: Instrumentation
) -> None:
    """All that the convention says is read, and who subscribes is told."""
    seen: list[AIOperationSeen] = []
    captured.telemetry.collector.recorder.subscriptions.subscribe("ai_operation", seen.append)
    instrumentation.request(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2",
            "gen_ai.usage.input_tokens": 20,
            "gen_ai.usage.output_tokens": 5,
            "gen_ai.response.time_to_first_chunk": 0.025,
        }
    )
    expected = AIOperationSeen("openai", "gpt-4o", "chat", 100.0, False, 25.0, 20, 5, None, {}, 1_100_000_000)  # noqa: FBT003 - by position, as it is read
    assert seen == [expected]
    summary = performance.ai_operations_summary()
    assert (summary.count, summary.max, summary.errors, summary.total_tokens) == (1, 100, 0, 25)
    assert summary.by_model.keys() == {"gpt-4o"}
    assert captured.metrics == []  # the instrumentation has its own


def test_the_names_of_before(performance: PerformanceMetrics, instrumentation: Instrumentation) -> None:
    """Many instrumentations write them still."""
    instrumentation.request(
        {
            "gen_ai.system": "openai",
            "gen_ai.response.model": "gpt-4",
            "gen_ai.usage.prompt_tokens": 3,
            "gen_ai.usage.completion_tokens": 4,
        }
    )
    summary = performance.ai_operations_summary()
    assert (summary.count, summary.input_tokens, summary.output_tokens) == (1, 3, 4)
    assert summary.by_model.keys() == {"gpt-4"}


@pytest.mark.parametrize(
    "kind, attributes, counts",
    [
        (SpanKind.INTERNAL, {"gen_ai.operation.name": "chat"}, True),
        (SpanKind.INTERNAL, {"gen_ai.operation.name": "execute_tool"}, False),
        (SpanKind.INTERNAL, {"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"}, False),
        (SpanKind.CLIENT, {"gen_ai.operation.name": "invoke_agent"}, True),
        (SpanKind.SERVER, {"gen_ai.operation.name": "chat"}, False),
        (SpanKind.CLIENT, {"http.request.method": "GET"}, False),
        (SpanKind.CLIENT, {"gen_ai.conversation.id": "c-1"}, False),
    ],
)
def test_which_spans_are_operations(
    performance: PerformanceMetrics,
    instrumentation: Instrumentation,
    kind: SpanKind,
    attributes: dict[str, Any],
    *,
    counts: bool,
) -> None:
    """Requests to a model are; tools, agents in the process and all else are not."""
    instrumentation.request(attributes, kind=kind)
    assert performance.ai_operations_summary().count == counts


@pytest.mark.parametrize("by", ["status", "attribute"])
def test_a_failed_one(performance: PerformanceMetrics, instrumentation: Instrumentation, by: str) -> None:
    """By its status, or by the convention's attribute."""
    span = instrumentation.tracer.start_span("chat", kind=SpanKind.CLIENT, attributes={"gen_ai.operation.name": "chat"})
    if by == "status":
        span.set_status(Status(StatusCode.ERROR))
    else:
        span.set_attribute("error.type", "429")
    span.end()
    assert performance.ai_operations_summary().errors == 1


def test_spans_of_the_pipelines_providers_are_counted(
    captured: CapturedTelemetry, performance: PerformanceMetrics
) -> None:
    """Without a processor, as long as the component is not shut down or dropped."""
    tracer = captured.telemetry.tracer_provider.get_tracer("openai")

    def request() -> None:
        tracer.start_span("chat", kind=SpanKind.CLIENT, attributes={"gen_ai.operation.name": "chat"}).end()

    subscriptions = captured.telemetry.collector.recorder.subscriptions
    request()
    assert performance.ai_operations_summary().count == 1
    performance.shutdown()
    performance.shutdown()
    assert not subscriptions.has_subscribers("span")
    performance.apply(PerformanceOptions())
    performance.apply(PerformanceOptions())
    request()
    assert performance.ai_operations_summary().count == 2
    performance.shutdown()
    PerformanceMetrics(captured.telemetry.collector)
    gc.collect()
    assert not subscriptions.has_subscribers("span")


def own(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Let the processor see the spans of this package too, beside the pipeline."""
    captured.telemetry.tracer_provider.add_span_processor(GenAISummaryProcessor(performance))  # type: ignore[attr-defined] # the SDK's


def test_our_own_spans_are_not_counted_twice(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Neither of an operation that was measured, nor of one that was told; other spans of the provider are counted."""
    own(captured, performance)
    with performance.ai_operation(provider="openai"):
        pass
    performance.track_ai_operation(total_ms=5)
    assert performance.ai_operations_summary().count == 2
    tracer = captured.telemetry.tracer_provider.get_tracer("openai")
    tracer.start_span("chat", kind=SpanKind.CLIENT, attributes={"gen_ai.operation.name": "chat"}).end()
    assert performance.ai_operations_summary().count == 3


def test_a_span_that_is_seen_twice_counts_once(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Two processors, or two ways to one."""
    own(captured, performance)
    own(captured, performance)
    tracer = captured.telemetry.tracer_provider.get_tracer("openai")
    tracer.start_span("chat", kind=SpanKind.CLIENT, attributes={"gen_ai.operation.name": "chat"}).end()
    assert performance.ai_operations_summary().count == 1


def test_an_instrumentation_inside_of_our_operation(
    captured: CapturedTelemetry, performance: PerformanceMetrics
) -> None:
    """It measures the same request from further in; what an agent asks are requests of their own."""
    own(captured, performance)
    tracer = captured.telemetry.tracer_provider.get_tracer("openai")
    chat = {"gen_ai.operation.name": "chat"}
    with performance.ai_operation(provider="openai"):
        tracer.start_span("chat", kind=SpanKind.CLIENT, attributes=chat).end()
    assert performance.ai_operations_summary().count == 1
    with performance.ai_operation(provider="openai", operation="invoke_agent"):
        for _ in range(3):
            tracer.start_span("chat", kind=SpanKind.CLIENT, attributes=chat).end()
    assert performance.ai_operations_summary().count == 5


def test_values_that_cannot_be(performance: PerformanceMetrics, instrumentation: Instrumentation) -> None:
    """What others write is not trusted."""
    instrumentation.request(
        {
            "gen_ai.operation.name": "",
            "gen_ai.request.model": "m",
            "gen_ai.usage.input_tokens": -5,
            "gen_ai.usage.output_tokens": "many",
            "gen_ai.response.time_to_first_chunk": float("nan"),
        },
        ms=-5,
    )
    summary = performance.ai_operations_summary()
    assert (summary.count, summary.max, summary.input_tokens, summary.first_chunk) == (1, 0, None, None)


@pytest.mark.swallows
def test_a_span_that_cannot_be_read(performance: PerformanceMetrics) -> None:
    """It is counted by the guard, and goes on to the other processors."""
    GenAISummaryProcessor(performance).on_end(object())  # type: ignore[arg-type] # what is tested
    assert performance.ai_operations_summary().count == 0


def test_turned_off_they_are_not_counted(
    captured: CapturedTelemetry, performance: PerformanceMetrics, instrumentation: Instrumentation
) -> None:
    """Neither while telemetry is off, nor after a shutdown."""
    captured.telemetry.collector.update_config(enabled=False)
    instrumentation.request({"gen_ai.operation.name": "chat"})
    captured.telemetry.collector.update_config(enabled=True)
    performance.shutdown()
    instrumentation.request({"gen_ai.operation.name": "chat"})
    assert performance.ai_operations_summary().count == 0


def test_what_it_counts_with_is_checked() -> None:
    """A mistake shows where it is made."""
    with pytest.raises(ConfigurationError, match="PerformanceMetrics"):
        GenAISummaryProcessor(None)  # type: ignore[arg-type] # what is tested
