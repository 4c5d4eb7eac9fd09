"""An AI operation that has ended is a span and metrics by the GenAI conventions, and counts in the summary."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from clippy_otel.performance import PerformanceMetrics
from clippy_otel.subscriptions import AIOperationSeen
from clippy_otel.testing import START_NS, CapturedTelemetry
from tests.performance import _expected

CLIENT = 3  # OTLP's number of the span kind
ERROR = 2  # and of the status


def test_the_specifications_example(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """All that it names is on the span and in metrics in the conventions' units."""
    performance.track_ai_operation(
        context_gathering_ms=50,
        context_compression_ms=30,
        api_call_ms=200,
        total_ms=280,
        tokens=500,
        context_size_bytes=1024,
    )
    (span,) = captured.spans
    attributes = dict(span.attributes)
    attributes.pop("session.id")
    assert (span.name, span.kind) == ("chat", CLIENT)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (START_NS - 280_000_000, START_NS)
    assert attributes == {
        "gen_ai.operation.name": "chat",
        "clippy.ai.tokens": 500,
        "clippy.ai.context.size": 1024,
        "clippy.ai.phase.context_gathering_ms": 50.0,
        "clippy.ai.phase.context_compression_ms": 30.0,
        "clippy.ai.phase.api_call_ms": 200.0,
    }
    found = {
        (point.name, point.attributes.get("phase")): (point.unit, point.sum if point.value is None else point.value)
        for point in captured.metrics
    }
    assert found == {
        ("gen_ai.client.operation.duration", None): ("s", 0.28),
        ("clippy.ai.tokens", None): ("{token}", 500),
        ("clippy.ai.context.size", None): ("By", 1024),
        ("clippy.ai.phase.duration", "context_gathering"): ("s", 0.05),
        ("clippy.ai.phase.duration", "context_compression"): ("s", 0.03),
        ("clippy.ai.phase.duration", "api_call"): ("s", 0.2),
    }
    summary = performance.ai_operations_summary()
    assert (summary.count, summary.p95, summary.total_tokens) == (1, 280, 500)
    assert (summary.input_tokens, summary.output_tokens, summary.first_chunk) == (None, None, None)
    assert {name: phase.max for name, phase in summary.phases.items()} == {
        "context_gathering": 50,
        "context_compression": 30,
        "api_call": 200,
    }


def test_provider_and_model_are_on_span_and_metrics(
    captured: CapturedTelemetry, performance: PerformanceMetrics
) -> None:
    """The span is called after operation and model; tokens of each type are a point of one metric."""
    performance.track_ai_operation(
        total_ms=1500,
        provider="openai",
        model="gpt-4o",
        operation="embeddings",
        conversation_id="c-1",
        input_tokens=20,
        output_tokens=0,
    )
    (span,) = captured.spans
    assert span.name == "embeddings gpt-4o"
    asked = {"gen_ai.operation.name": "embeddings", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
    assert {
        **asked,
        "gen_ai.conversation.id": "c-1",
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.output_tokens": 0,
    }.items() <= span.attributes.items()
    duration = _expected.point(captured, "gen_ai.client.operation.duration")
    assert duration.attributes == asked
    assert duration.explicit_bounds[:2] == (0.01, 0.02)
    usage = {
        point.attributes["gen_ai.token.type"]: point
        for point in _expected.points(captured, "gen_ai.client.token.usage")
    }
    assert {kind: point.sum for kind, point in usage.items()} == {"input": 20, "output": 0}
    assert usage["input"].attributes == {**asked, "gen_ai.token.type": "input"}
    assert usage["input"].explicit_bounds[-1] == 67_108_864
    assert _expected.points(captured, "clippy.ai.tokens") == []


def test_unknown_token_counts_are_left_out(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """They are no zeros: not on the span, not in metrics, not in the summary."""
    performance.track_ai_operation(total_ms=1)
    performance.track_ai_operation(total_ms=1, input_tokens=7)
    assert not any(
        "output_tokens" in key or key == "clippy.ai.tokens" for span in captured.spans for key in span.attributes
    )
    (usage,) = _expected.points(captured, "gen_ai.client.token.usage")
    assert (usage.count, usage.sum) == (1, 7)
    summary = performance.ai_operations_summary()
    assert (summary.input_tokens, summary.output_tokens, summary.total_tokens) == (7, None, None)


def test_an_exception_makes_it_a_failed_one(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The span has its status, its class and the exception; the duration's point has the class."""
    performance.track_ai_operation(total_ms=5, provider="openai", error=TimeoutError("no answer"))
    (span,) = captured.spans
    assert (span.status_code, span.status_message) == (ERROR, "TimeoutError: no answer")
    assert span.attributes["error.type"] == "TimeoutError"
    assert [event.name for event in span.events] == ["exception"]
    assert _expected.point(captured, "gen_ai.client.operation.duration").attributes["error.type"] == "TimeoutError"
    assert performance.ai_operations_summary().errors == 1


@pytest.mark.parametrize("error, error_type", [("timeout", "timeout"), ("", "_OTHER"), (429, "_OTHER")])
def test_a_word_may_stand_for_the_error(
    captured: CapturedTelemetry, performance: PerformanceMetrics, error: Any, error_type: str
) -> None:
    """There is no exception event then."""
    performance.track_ai_operation(total_ms=5, error=error)
    (span,) = captured.spans
    assert (span.status_code, span.attributes["error.type"], span.events) == (ERROR, error_type, ())


def test_a_cancellation_is_no_error(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """The operation was stopped, and did not fail."""
    performance.track_ai_operation(total_ms=5, error=asyncio.CancelledError())
    (span,) = captured.spans
    assert span.status_code == 0
    assert "error.type" not in span.attributes
    assert performance.ai_operations_summary().errors == 0


def test_the_conversation_is_the_scopes(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Unless the operation says another."""
    with captured.telemetry.scope(conversation_id="c-1"):
        performance.track_ai_operation(total_ms=2)
        performance.track_ai_operation(total_ms=1, conversation_id="c-2")
    assert {span.attributes["gen_ai.conversation.id"] for span in captured.spans} == {"c-1", "c-2"}


def test_it_is_a_child_of_the_current_span(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """An operation belongs to the request that it was made for."""
    with captured.telemetry.tracer.start_as_current_span("request"):
        performance.track_ai_operation(total_ms=5)
    spans = {span.name: span for span in captured.spans}
    assert spans["chat"].parent_span_id == spans["request"].span_id


@pytest.mark.parametrize("total", [None, -1, float("nan"), float("inf"), 1e300, 10**400, "280", True, [280], object()])
def test_a_total_that_cannot_be_is_booked(
    captured: CapturedTelemetry, performance: PerformanceMetrics, caplog: pytest.LogCaptureFixture, total: Any
) -> None:
    """Nothing is recorded of the operation, and nothing raised."""
    performance.track_ai_operation(total_ms=total)
    assert captured.spans == []
    assert captured.metrics == []
    assert performance.ai_operations_summary().count == 0
    assert captured.telemetry.collector.buffer_status().ledger["spans"].unencodable == 1
    assert caplog.records


def test_parts_that_cannot_be_are_left_out(
    captured: CapturedTelemetry, performance: PerformanceMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is one warning, however often it comes; the rest of the operation is recorded."""
    for _ in range(2):
        performance.track_ai_operation(
            total_ms=5,
            api_call_ms=-1,
            context_gathering_ms=float("nan"),
            tokens=1.5,  # type: ignore[arg-type] # what is tested
            input_tokens=-3,
            output_tokens=True,
            context_size_bytes="large",  # type: ignore[arg-type] # likewise
            provider=7,  # type: ignore[arg-type] # likewise
            model="m" * 10_000_000,
            operation="",
        )
    assert len(caplog.records) == 6
    names = {point.name for point in captured.metrics}
    assert names == {"gen_ai.client.operation.duration"}
    assert captured.spans[0].attributes["gen_ai.provider.name"] == "7"
    assert len(captured.spans[0].name) < 300
    assert performance.ai_operations_summary().count == 2


def test_whole_numbers_may_come_as_floats(performance: PerformanceMetrics) -> None:
    """JSON knows no difference."""
    performance.track_ai_operation(total_ms=5, tokens=500.0)  # type: ignore[arg-type] # what is tested
    assert performance.ai_operations_summary().total_tokens == 500


def test_the_summary_is_as_computed_by_hand(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Percentiles, errors, tokens, phases and models of seeded operations, within the window."""
    rng = random.Random(20_260_101)
    operations = [
        {
            "total_ms": round(rng.lognormvariate(6, 1), 3),
            "api_call_ms": round(rng.uniform(1, 500), 3) if rng.random() < 0.7 else None,
            "model": rng.choice(("gpt-4o", "claude", None)),
            "error": "timeout" if rng.random() < 0.1 else None,
            "tokens": rng.randrange(1000) if rng.random() < 0.3 else None,
            "input_tokens": rng.randrange(1000) if rng.random() < 0.5 else None,
            "output_tokens": rng.randrange(1000) if rng.random() < 0.5 else None,
        }
        for _ in range(900)
    ]
    performance.track_ai_operation(total_ms=1e6, model="too old", tokens=5)
    captured.clock.advance(ms=300_000)
    for operation in operations:
        performance.track_ai_operation(**operation)  # type: ignore[arg-type] # by their names
    summary = performance.ai_operations_summary()
    durations: list[float] = [operation["total_ms"] for operation in operations]  # type: ignore[misc] # by their names
    figures = _expected.summary(durations)
    assert summary.mean == pytest.approx(figures["mean"])
    assert {name: getattr(summary, name) for name in figures if name != "mean"} == {
        name: value for name, value in figures.items() if name != "mean"
    }
    assert summary.errors == sum(operation["error"] is not None for operation in operations)
    assert summary.input_tokens == sum(operation["input_tokens"] or 0 for operation in operations)  # type: ignore[misc] # likewise
    totals = [_total(operation) for operation in operations]
    assert summary.total_tokens == sum(total for total in totals if total is not None)
    by_model = {model: [o["total_ms"] for o in operations if o["model"] == model] for model in ("gpt-4o", "claude")}
    assert summary.by_model.keys() == by_model.keys()
    for model, values in by_model.items():
        assert _expected.is_close(summary.by_model[model], _expected.summary(values))  # type: ignore[arg-type] # likewise
    calls = [operation["api_call_ms"] for operation in operations if operation["api_call_ms"] is not None]
    assert _expected.is_close(summary.phases["api_call"], _expected.summary(calls))  # type: ignore[arg-type] # likewise


def _total(operation: dict[str, Any]) -> int | None:
    if operation["tokens"] is not None:
        return int(operation["tokens"])
    both = (operation["input_tokens"], operation["output_tokens"])
    return None if None in both else sum(both)


def test_of_no_operation_nothing_is_claimed(performance: PerformanceMetrics) -> None:
    """Durations and tokens are None, and not 0."""
    summary = performance.ai_operations_summary()
    assert (summary.count, summary.errors) == (0, 0)
    assert set(summary[2:14]) == {None}
    assert (summary.phases, summary.by_model) == ({}, {})


def test_models_beyond_the_first_64_are_one(performance: PerformanceMetrics) -> None:
    """Names that never end do not take memory without an end."""
    for number in range(200):
        performance.track_ai_operation(total_ms=number, model=f"model-{number}")
    by_model = performance.ai_operations_summary().by_model
    assert len(by_model) == 65
    assert by_model["model-63"].count == 1
    assert (by_model["other"].count, by_model["other"].min) == (136, 64)


def test_whoever_subscribes_is_told(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Usage statistics by provider are made of it."""
    seen: list[AIOperationSeen] = []
    captured.telemetry.collector.recorder.subscriptions.subscribe("ai_operation", seen.append)
    performance.track_ai_operation(
        total_ms=280, api_call_ms=200, provider="openai", model="gpt-4o", tokens=500, error="timeout"
    )
    assert seen == [
        AIOperationSeen(
            provider="openai",
            model="gpt-4o",
            operation="chat",
            total_ms=280,
            failed=True,
            first_chunk_ms=None,
            input_tokens=None,
            output_tokens=None,
            total_tokens=500,
            phases={"api_call": 200},
            time_ns=START_NS,
        )
    ]
