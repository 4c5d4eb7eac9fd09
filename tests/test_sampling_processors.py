"""The pieces that sample in a setup of the bare SDK whose sampler is fixed."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import AlwaysRecordSampler
from opentelemetry.trace import StatusCode, Tracer

from clippy_otel import (
    ConfigurationError,
    KeepErrorsSpanProcessor,
    ProbabilisticSampler,
    SamplingLogRecordProcessor,
    SamplingSpanProcessor,
    ThrottledSampler,
    TraceLimits,
    get_telemetry,
)

NOTHING = ProbabilisticSampler(0.0)


class Keeping(SpanProcessor):
    """Keep what it is handed and what it is asked."""

    def __init__(self) -> None:
        self.started: list[Any] = []
        self.ended: list[ReadableSpan] = []
        self.asked: list[Any] = []

    def on_start(self, span: Any, parent_context: Any = None) -> None:  # noqa: ARG002 - the SDK's signature
        """Keep it."""
        self.started.append(span)

    def on_end(self, span: ReadableSpan) -> None:
        """Keep it."""
        self.ended.append(span)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Keep the timeout."""
        self.asked.append(timeout_millis)
        return False

    def shutdown(self) -> None:
        """Keep that it was asked."""
        self.asked.append("shutdown")


def tracer_with(processor: SpanProcessor, sampler: Any = None) -> Tracer:
    """Return a tracer of a provider with this processor."""
    provider = TracerProvider(sampler, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    return provider.get_tracer("app")


def trace(tracer: Tracer, *, fails: bool = False) -> int:
    """Record a trace of two spans; return its id."""
    with tracer.start_as_current_span("root") as root:
        tracer.start_span("child").end()
        if fails:
            root.set_status(StatusCode.ERROR)
        return root.get_span_context().trace_id


def traces(spans: list[ReadableSpan]) -> dict[int, int]:
    """Return how many spans there are of each trace."""
    counts: dict[int, int] = {}
    for span in spans:
        assert span.context is not None
        counts[span.context.trace_id] = counts.get(span.context.trace_id, 0) + 1
    return counts


def test_probabilistic_keeps_whole_traces_with_their_weight() -> None:
    """By the trace's randomness; who is registered beside sees each span as it was."""
    kept, beside = Keeping(), Keeping()
    piece = SamplingSpanProcessor(kept, "probabilistic", rate=0.5)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(piece)
    provider.add_span_processor(beside)
    ids = [trace(provider.get_tracer("app")) for _ in range(60)]
    assert traces(kept.ended) == {trace_id: 2 for trace_id in ids if trace_id & (2**56 - 1) >= 2**55}
    assert {
        (dict(span.attributes or {})["sampling.weight"], span.context.trace_state.get("ot")) for span in kept.ended
    } == {(2.0, "th:8")}
    assert len(beside.ended) == 120
    assert not any(span.attributes or span.context.trace_state for span in beside.ended)
    assert piece.left_out == {"sampled_out": 120 - len(kept.ended)}


def test_throttled_keeps_so_many_traces() -> None:
    """As whole ones, the same objects."""
    kept = Keeping()
    piece = SamplingSpanProcessor(kept, "throttled", max_events_per_window=3)
    tracer = tracer_with(piece)
    ids = [trace(tracer) for _ in range(5)]
    assert traces(kept.ended) == dict.fromkeys(ids[:3], 2)
    assert piece.left_out == {"throttled": 4}


@pytest.mark.parametrize("strategy,count", [("always", 2), ("never", 0)])
def test_the_other_two(strategy: str, count: int) -> None:
    """All and nothing."""
    kept = Keeping()
    trace(tracer_with(SamplingSpanProcessor(kept, strategy)))
    assert len(kept.ended) == count


@pytest.mark.parametrize("piece", [SamplingSpanProcessor, KeepErrorsSpanProcessor])
def test_the_next_one_is_asked_for_everything_else(piece: Any) -> None:
    """Start, flush and shutdown."""
    kept = Keeping()
    made = piece(kept, "always")
    tracer_with(made).start_span("s")
    assert len(kept.started) == 1
    assert not made.force_flush(123)
    made.shutdown()
    assert kept.asked == [123, "shutdown"]


@pytest.mark.swallows
@pytest.mark.parametrize("piece", [SamplingSpanProcessor, KeepErrorsSpanProcessor])
def test_a_span_that_cannot_be_judged_is_handed_on(piece: Any) -> None:
    """Telemetry fails open; what redacts stands behind."""
    kept, foreign = Keeping(), object()
    piece(kept, "throttled").on_end(foreign)
    assert kept.ended == [foreign]


def test_an_error_keeps_its_trace() -> None:
    """Of what is recorded and not sampled; it comes as sampled, with a weight of 0, and exporters take it."""
    exporter = InMemorySpanExporter()
    piece = KeepErrorsSpanProcessor(SimpleSpanProcessor(exporter))
    tracer = tracer_with(piece, AlwaysRecordSampler(NOTHING))
    trace(tracer)
    failed = trace(tracer, fails=True)
    spans = list(exporter.get_finished_spans())
    assert traces(spans) == {failed: 2}
    assert [dict(span.attributes or {}) for span in spans] == [{"sampling.weight": 0.0}] * 2
    assert piece.left_out == {"sampled_out": 2}


def test_a_slow_span_keeps_its_trace() -> None:
    """In ms; errors still do."""
    kept = Keeping()
    tracer = tracer_with(KeepErrorsSpanProcessor(kept, keep_slower_than_ms=5), AlwaysRecordSampler(NOTHING))
    tracer.start_span("fast", start_time=0).end(5_000_000)
    tracer.start_span("slow", start_time=0).end(5_000_001)
    trace(tracer, fails=True)
    assert [span.name for span in kept.ended] == ["slow", "child", "root"]


def test_errors_are_kept_beside_a_strategy_where_the_sampler_is_fixed() -> None:
    """The provider samples everything; a share of it is kept, and every trace with an error."""
    kept = Keeping()
    tracer = tracer_with(KeepErrorsSpanProcessor(kept, ProbabilisticSampler(0.5)))
    ids = [trace(tracer, fails=number % 2 == 0) for number in range(40)]
    wanted = {each for number, each in enumerate(ids) if number % 2 == 0 or each & (2**56 - 1) >= 2**55}
    assert traces(kept.ended) == dict.fromkeys(wanted, 2)
    estimate = sum(float(str(dict(span.attributes or {})["sampling.weight"])) for span in kept.ended)
    assert estimate == 2 * 2.0 * sum(each & (2**56 - 1) >= 2**55 for each in ids)


def test_what_is_over_a_limit_goes_as_the_sampler_said() -> None:
    """The oldest trace first, and counted; more than the window allows are not kept either."""
    kept = Keeping()
    piece = KeepErrorsSpanProcessor(kept, limits=TraceLimits(max_spans=3), max_events_per_window=1)
    tracer = tracer_with(piece, AlwaysRecordSampler(NOTHING))
    with tracer.start_as_current_span("root") as root:
        for _ in range(3):
            tracer.start_span("child").end()
        root.set_status(StatusCode.ERROR)
    assert (kept.ended, piece.overflowed, piece.left_out) == ([], 3, {"sampled_out": 4})
    trace(tracer, fails=True)
    trace(tracer, fails=True)
    assert len(kept.ended) == 2
    assert piece.left_out == {"sampled_out": 4, "throttled": 2}


def test_at_shutdown_nothing_waits() -> None:
    """What is held goes as the sampler said."""
    piece = KeepErrorsSpanProcessor(Keeping())
    tracer = tracer_with(piece, AlwaysRecordSampler(NOTHING))
    with tracer.start_as_current_span("root"):
        tracer.start_span("child").end()
        piece.shutdown()
    assert piece.left_out == {"sampled_out": 2}


def log_setup(strategy: Any, **settings: Any) -> tuple[Any, InMemoryLogRecordExporter, SamplingLogRecordProcessor]:
    """Return a logger whose records are sampled, what it exports, and the piece."""
    exporter = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call] # the SDK's
    piece = SamplingLogRecordProcessor(SimpleLogRecordProcessor(exporter), strategy, **settings)
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(piece)
    return provider.get_logger("app"), exporter, piece


def test_records_are_sampled_and_errors_are_exempt() -> None:
    """A kept record says what it stands for; the caller's own is as it was."""
    logger, exporter, piece = log_setup("probabilistic", rate=0.5)
    records = [LogRecord(body="x", attributes={"n": n}, severity_number=SeverityNumber.INFO) for n in range(200)]
    for record in records:
        logger.emit(record)
    kept = [each.log_record for each in exporter.get_finished_logs()]
    assert 60 < len(kept) < 140
    assert {dict(record.attributes or {})["sampling.weight"] for record in kept} == {2.0}
    assert not any("sampling.weight" in (record.attributes or {}) for record in records)
    assert piece.left_out == {"sampled_out": 200 - len(kept)}
    logger, exporter, piece = log_setup(NOTHING)
    logger.emit(LogRecord(body="x", severity_number=SeverityNumber.ERROR))
    assert len(exporter.get_finished_logs()) == 1


def test_spans_and_records_share_a_strategy() -> None:
    """With one sampler for both there is no record of a trace that is left out."""
    strategy = ProbabilisticSampler(0.5)
    logger, exporter, _ = log_setup(strategy)
    tracer = TracerProvider(strategy, shutdown_on_exit=False).get_tracer("app")
    sampled = set()
    for _ in range(60):
        with tracer.start_as_current_span("s") as span:
            logger.emit(body="x")
            if span.is_recording():
                sampled.add(span.get_span_context().trace_id)
    assert {each.log_record.trace_id for each in exporter.get_finished_logs()} == sampled
    assert 10 < len(sampled) < 50


def test_a_session_that_was_given_is_whole_or_absent() -> None:
    """By the record's own attribute, or by the scope that is open."""
    logger, exporter, _ = log_setup("probabilistic", rate=0.5)
    for number in range(40):
        for _ in range(3):
            logger.emit(body=f"own {number}", attributes={"session.id": f"s-{number}"})
        with get_telemetry().scope(session_id=f"s-{number}"):
            for _ in range(3):
                logger.emit(body=f"scope {number}")
    bodies = [str(each.log_record.body) for each in exporter.get_finished_logs()]
    assert {bodies.count(body) for body in bodies} == {3}
    assert {body[4:] for body in bodies if body.startswith("own ")} == {
        body[6:] for body in bodies if body.startswith("scope ")
    }


def test_records_are_throttled_together() -> None:
    """The next processor is asked whether it takes them at all."""
    logger, exporter, piece = log_setup("throttled", max_events_per_window=3)
    for _ in range(5):
        logger.emit(body="x")
    assert len(exporter.get_finished_logs()) == 3
    assert piece.left_out == {"throttled": 2}
    assert piece.enabled()
    assert piece.force_flush()
    piece.shutdown()


@pytest.mark.swallows
def test_a_record_that_cannot_be_judged_is_handed_on() -> None:
    """Likewise."""
    handed: list[Any] = []

    class Next:
        on_emit = staticmethod(handed.append)

    foreign: Any = object()
    SamplingLogRecordProcessor(Next(), "throttled").on_emit(foreign)  # type: ignore[arg-type] # as far as it is asked
    assert handed == [foreign]


PIECES = (SamplingSpanProcessor, KeepErrorsSpanProcessor, SamplingLogRecordProcessor)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("strategy", ["sometimes", "", None, 5, object(), "Always"])
def test_an_unknown_strategy(piece: Any, strategy: Any) -> None:
    """The error says what there is."""
    with pytest.raises(
        ConfigurationError, match="sampling must be one of 'always', 'never', 'probabilistic', 'throttled'"
    ):
        piece(SimpleLogRecordProcessor(None) if piece is SamplingLogRecordProcessor else Keeping(), strategy)  # type: ignore[arg-type] # not asked


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("following", [None, Keeping, object(), "x"])
def test_a_next_one_that_is_none(piece: Any, following: Any) -> None:
    """Likewise."""
    with pytest.raises(ConfigurationError, match="next: a processor of the SDK is needed"):
        piece(following, "always")


@pytest.mark.parametrize(
    "settings",
    [{"rate": -1}, {"rate": float("nan")}, {"max_events_per_window": 0}, {"throttle_window_ms": -5}, {"rate": "1"}],
)
def test_numbers_that_are_not_possible(settings: dict[str, Any]) -> None:
    """At once, of the pieces that have them."""
    with pytest.raises(ConfigurationError, match="must be"):
        SamplingSpanProcessor(Keeping(), "throttled", **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"strategy": "never"},
        {"keep_slower_than_ms": -1},
        {"limits": TraceLimits(max_spans=0)},
        {"limits": TraceLimits(max_bytes=-1)},
        {"limits": TraceLimits(max_age_s=float("nan"))},
        {"limits": 5},
        {"max_events_per_window": 0},
    ],
)
def test_what_makes_no_sense_for_errors(settings: dict[str, Any]) -> None:
    """`never` keeps none either."""
    with pytest.raises(ConfigurationError):
        KeepErrorsSpanProcessor(Keeping(), **settings)


def test_a_sampler_brings_its_own_window() -> None:
    """One allowance for two processors."""
    shared, first, second = ThrottledSampler(1), Keeping(), Keeping()
    for kept in (first, second):
        trace(tracer_with(SamplingSpanProcessor(kept, shared)))
    assert (len(first.ended), len(second.ended)) == (2, 0)
