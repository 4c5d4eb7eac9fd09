"""An AI operation is measured while it lasts: its block, its phases, its errors, and the feedback on it."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest
from opentelemetry import trace

from clippy_otel.collector import TelemetryCollector
from clippy_otel.idle import IdlePipeline
from clippy_otel.performance import AIOperation, PerformanceMetrics
from clippy_otel.testing import START_NS, CapturedTelemetry
from tests.performance import _expected

ERROR = 2  # OTLP's number of the status


def current_span_id() -> str:
    """Return the id of the span that is current here."""
    return trace.format_span_id(trace.get_current_span().get_span_context().span_id)


def test_the_block_is_the_operation(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Its span is current inside, and lasts from its making to the end of the block."""
    with performance.ai_operation(provider="openai", model="gpt-4o", conversation_id="c-1") as operation:
        inside = current_span_id()
        captured.clock.advance(ms=250)
        operation.record_usage(input_tokens=10, output_tokens=4, response_model="gpt-4o-2", context_size_bytes=99)
    (span,) = captured.spans
    assert (span.span_id, span.name) == (inside, "chat gpt-4o")
    assert current_span_id() == "0" * 16
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (START_NS, START_NS + 250_000_000)
    attributes = dict(span.attributes)
    attributes.pop("session.id")
    assert attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2",
        "gen_ai.conversation.id": "c-1",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 4,
        "clippy.ai.context.size": 99,
        "clippy.ai.operation.id": operation.id,
    }
    duration = _expected.point(captured, "gen_ai.client.operation.duration")
    assert (duration.sum, duration.attributes["gen_ai.response.model"]) == (0.25, "gpt-4o-2")
    assert _expected.points(captured, "gen_ai.client.operation.time_to_first_chunk") == []
    summary = performance.ai_operations_summary()
    assert (summary.count, summary.max, summary.total_tokens) == (1, 250, 14)


def test_an_async_block(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """It is current in the task, and in those that are started inside."""

    async def child() -> str:
        return current_span_id()

    async def main() -> list[str]:
        async with performance.ai_operation(provider="openai") as operation, operation.phase("api_call"):
            return [current_span_id(), await asyncio.create_task(child())]

    inside = asyncio.run(main())
    assert inside == [captured.spans[0].span_id] * 2


def test_an_error_in_the_block(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """It goes on as the same object, and the operation has failed."""
    error = ValueError("bad")
    with pytest.raises(ValueError, match="bad") as raised, performance.ai_operation(provider="openai"):
        raise error
    assert raised.value is error
    (span,) = captured.spans
    assert (span.status_code, span.attributes["error.type"], len(span.events)) == (ERROR, "ValueError", 1)
    assert performance.ai_operations_summary().errors == 1


def test_a_cancelled_block(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """It has ended, and not failed."""

    async def main() -> None:
        async def ask() -> None:
            async with performance.ai_operation(provider="openai"):
                await asyncio.sleep(60)

        task = asyncio.create_task(ask())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert captured.spans[0].status_code == 0
    summary = performance.ai_operations_summary()
    assert (summary.count, summary.errors) == (1, 0)


def test_a_failure_is_said(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """In a block the block ends it; without one that is the end of it. The first of several errors counts."""
    with performance.ai_operation(provider="openai") as operation:
        operation.fail("timeout")
        operation.fail(ValueError("later"))
        assert performance.ai_operations_summary().count == 0
    alone = performance.ai_operation(provider="openai")
    try:
        raise KeyError("a")
    except KeyError:
        alone.fail()
    alone.fail("too late")
    assert [span.attributes["error.type"] for span in captured.spans] == ["timeout", "KeyError"]
    assert performance.ai_operations_summary().errors == 2


def test_an_operation_ends_once(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """What is said of it afterwards is left out, whoever ends it."""
    operation = performance.ai_operation(provider="openai")
    with operation:
        captured.clock.advance(ms=1)
    operation.record_usage(input_tokens=5)
    threads = [threading.Thread(target=operation.end) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with operation:
        pass
    assert len(captured.spans) == 1
    assert "gen_ai.usage.input_tokens" not in captured.spans[0].attributes
    assert performance.ai_operations_summary().count == 1


def test_each_phase_counts_its_own_time(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Nested ones are taken off the outer one; those of one name add up."""
    with performance.ai_operation(provider="openai") as operation:
        with operation.phase("context_gathering"):
            captured.clock.advance(ms=5)
            with operation.phase("search"):
                captured.clock.advance(ms=7)
                with operation.phase("rank"):
                    captured.clock.advance(ms=11)
            captured.clock.advance(ms=13)
        with operation.phase("api_call"):
            captured.clock.advance(ms=100)
        with operation.phase("search"):
            captured.clock.advance(ms=1)
    assert {name: phase.max for name, phase in performance.ai_operations_summary().phases.items()} == {
        "context_gathering": 18,
        "search": 8,
        "rank": 11,
        "api_call": 100,
    }
    points = _expected.points(captured, "clippy.ai.phase.duration")
    assert {point.attributes["phase"]: point.sum for point in points}["search"] == 0.008
    assert captured.spans[0].attributes["clippy.ai.phase.rank_ms"] == 11


def test_phases_beside_each_other(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """Tasks that run at once have each their time; the outer phase's own is never below 0."""

    async def part(operation: AIOperation, name: str, turn: asyncio.Event) -> None:
        async with operation.phase(name):
            await turn.wait()

    async def main() -> None:
        async with performance.ai_operation(provider="openai") as operation:
            with operation.phase("outer"):
                turn = asyncio.Event()
                tasks = [asyncio.create_task(part(operation, name, turn)) for name in ("a", "b")]
                await asyncio.sleep(0)
                captured.clock.advance(ms=10)
                turn.set()
                await asyncio.gather(*tasks)
                captured.clock.advance(ms=2)

    asyncio.run(main())
    phases = {name: phase.max for name, phase in performance.ai_operations_summary().phases.items()}
    assert phases == {"a": 10, "b": 10, "outer": 0}


def test_phases_of_another_operation_are_its_own(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """An operation inside of another one's phase takes nothing off it."""
    outer, inner = performance.ai_operation(provider="openai"), performance.ai_operation(provider="openai")
    with outer, outer.phase("outer"), inner, inner.phase("inner"):
        captured.clock.advance(ms=5)
    phases = {name: phase.max for name, phase in performance.ai_operations_summary().phases.items()}
    assert phases == {"inner": 5, "outer": 5}


def test_a_phase_that_is_open_ends_with_the_operation(
    captured: CapturedTelemetry, performance: PerformanceMetrics
) -> None:
    """Also those around the loop that reads the stream, which ends the operation."""
    operation = performance.ai_operation(provider="openai")
    with operation.phase("api_call"):
        captured.clock.advance(ms=5)
        with operation.phase("reading"):
            for _ in operation.stream(["a", "b"]):
                captured.clock.advance(ms=2)
        captured.clock.advance(ms=1_000)
    phases = {name: phase.max for name, phase in performance.ai_operations_summary().phases.items()}
    assert phases == {"reading": 4, "api_call": 5}


def test_a_phase_left_in_another_context(performance: PerformanceMetrics) -> None:
    """A generator that is finalised elsewhere leaves it, and nothing is raised."""
    with performance.ai_operation(provider="openai") as operation:
        phase = contextvars.copy_context().run(operation.phase("a").__enter__)
        phase.__exit__(None, None, None)
        phase.__exit__(None, None, None)
    assert performance.ai_operations_summary().phases["a"].count == 1


def test_phases_without_an_end(performance: PerformanceMetrics) -> None:
    """Names beyond the first 32 of an operation are one."""
    with performance.ai_operation(provider="openai") as operation:
        for number in range(200):
            with operation.phase(f"phase-{number}"):
                pass
        with operation.phase(""):
            pass
    assert len(performance.ai_operations_summary().phases) == 33


def test_feedback_belongs_to_the_operations_span(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """It may come long after the end, and from anywhere."""
    with performance.ai_operation(provider="openai", model="gpt-4o", conversation_id="c-1") as operation:
        pass
    captured.clock.advance(ms=60_000)
    operation.feedback(0.5, label="so so")
    operation.feedback(True)  # noqa: FBT003 - a thumb
    (span,) = captured.spans
    event, other = captured.events
    assert event["type"] == "gen_ai.evaluation.result"
    assert event["data"] == {
        "gen_ai.evaluation.name": "user_feedback",
        "gen_ai.evaluation.score.value": 0.5,
        "gen_ai.evaluation.score.label": "so so",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.conversation.id": "c-1",
        "clippy.ai.operation.id": operation.id,
    }
    assert (event["metadata"]["trace_id"], event["metadata"]["span_id"]) == (span.trace_id, span.span_id)
    assert other["data"]["gen_ai.evaluation.score.value"] == 1
    assert current_span_id() == "0" * 16


@pytest.mark.parametrize("score", [None, float("nan"), float("inf"), "good", 10**400])
def test_a_score_that_is_none_is_booked(
    captured: CapturedTelemetry, performance: PerformanceMetrics, score: float
) -> None:
    """There is no event without a score."""
    performance.ai_operation(provider="openai").feedback(score)
    assert captured.events == []
    assert captured.telemetry.collector.buffer_status().ledger["logs"].unencodable == 1


def test_usage_that_cannot_be_is_left_out(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """What was said before stays."""
    with performance.ai_operation(provider="openai") as operation:
        operation.record_usage(input_tokens=5, total_tokens=9)
        operation.record_usage(input_tokens=-1, output_tokens="many", total_tokens=float("nan"))  # type: ignore[arg-type] # what is tested
        operation.record_usage(total_tokens=8)
    summary = performance.ai_operations_summary()
    assert (summary.input_tokens, summary.output_tokens, summary.total_tokens) == (5, None, 8)
    assert captured.spans[0].attributes["clippy.ai.tokens"] == 8


def test_the_current_operation(performance: PerformanceMetrics) -> None:
    """It is the innermost block's; outside of any there is none."""
    assert performance.current_ai_operation() is None
    with performance.ai_operation(provider="a") as outer:
        with performance.ai_operation(provider="b") as inner:
            assert performance.current_ai_operation() is inner
        assert performance.current_ai_operation() is outer
    assert performance.current_ai_operation() is None


def test_before_configure_it_does_nothing() -> None:
    """All can be called, and another SDK's current span stays current."""
    performance = PerformanceMetrics(TelemetryCollector.over(IdlePipeline()))
    theirs = trace.NonRecordingSpan(trace.SpanContext(trace_id=1, span_id=2, is_remote=False))
    with trace.use_span(theirs), performance.ai_operation(provider="openai") as operation:
        assert trace.get_current_span() is theirs
        assert performance.current_ai_operation() is operation
        with operation.phase("a"):
            assert list(operation.stream("ab")) == ["a", "b"]
    operation.feedback(1)
    assert performance.ai_operations_summary().count == 0


def test_one_object_in_several_tasks(captured: CapturedTelemetry, performance: PerformanceMetrics) -> None:
    """It is current in each as long as its block lasts, and ends when the last of the blocks does."""

    async def enter(operation: AIOperation, turns: int) -> tuple[bool, bool]:
        async with operation:
            for _ in range(turns):
                await asyncio.sleep(0)
            inside = performance.current_ai_operation() is operation
        return inside, performance.current_ai_operation() is operation

    async def main() -> list[tuple[bool, bool]]:
        operation = performance.ai_operation(provider="openai")
        return list(await asyncio.gather(enter(operation, 1), enter(operation, 5), enter(operation, 3)))

    assert asyncio.run(main()) == [(True, False)] * 3
    assert len(captured.spans) == 1
    assert performance.ai_operations_summary().count == 1
