"""What the hooks reach, and what they do not: said for each signal, with the reason."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clippy_otel.hooks.coverage import Coverage, SignalCoverage, judged
from tests._hooks import Logs, Spans, rig, silent_meters

FULL = SignalCoverage("X", "full", "full", delivered=True)


class Watching(Spans):
    """A processor that looks at spans as they start."""

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        """Look at it."""


class Ending(Spans):
    """A processor that looks at spans before they have ended."""

    def _on_ending(self, span: Any) -> None:
        """Look at it."""


class Quacking:
    """What only looks like a span processor."""

    def on_end(self, span: Any) -> None:
        """Do nothing."""


class Exporting(BatchSpanProcessor):
    """A batch processor of somebody's that changes nothing of how it sees spans."""


LOST = "what others record there is not reached, and what is recorded here goes only where we deliver"


def test_own_providers_are_covered_in_full() -> None:
    """Nothing leaves unredacted, and we deliver it."""
    with rig() as parts:
        coverage = parts.own().coverage(parts.intake)
        assert coverage == Coverage(
            SignalCoverage(
                "OwnTracerProvider",
                "full",
                "full",
                delivered=True,
                effective_rate=1.0,
                sampling="always: a share of 1 is kept",
            ),
            SignalCoverage("LoggerProvider", "full", "full", delivered=True),
            SignalCoverage("MeterProvider", "full", "full", delivered=True),
        )
        assert coverage.complete


def test_processors_that_see_live_spans_are_named() -> None:
    """What they see in on_start or before the end is out of reach; exporting ones see nothing there."""
    exporter = InMemorySpanExporter()
    quiet = [SimpleSpanProcessor(exporter), Exporting(exporter), Spans(), Quacking()]
    provider = TracerProvider(shutdown_on_exit=False)
    with rig() as parts, rig(owns=False, delivers=()) as others:
        own, attached = parts.own(), others.join(spans=provider)
        for joined in (own.traces.provider, provider):
            for processor in quiet:
                joined.add_span_processor(processor)  # type: ignore[arg-type] # one of them only looks like one
        assert own.coverage(parts.intake).spans.redacted == "full"
        assert attached.coverage(others.intake).spans.redacted == "full"
        for joined in (own.traces.provider, provider):
            for watcher in (Watching(), Ending()):
                joined.add_span_processor(watcher)
        for made, intake in ((own, parts.intake), (attached, others.intake)):
            coverage = made.coverage(intake).spans
            assert coverage.redacted == "partial"
            assert coverage.sampled == "full"
            assert coverage.reasons == (
                "Watching sees spans before they end, unredacted",
                "Ending sees spans before they end, unredacted",
            )
            assert not made.coverage(intake).complete
        attached.release(10)
    quiet[1].shutdown()  # type: ignore[attr-defined] # its thread


def test_without_redaction_it_says_so() -> None:
    """redact_pii=False leaves sampling."""
    with rig(redact_pii=False) as parts:
        coverage = parts.own().coverage(parts.intake)
        for signal in coverage:
            assert (signal.redacted, signal.sampled) == ("none", "full")
            assert signal.reasons == ("redact_pii=False: nothing is redacted",)
        assert not coverage.complete


def test_where_there_is_nothing_to_join_it_says_so() -> None:
    """What is joined is judged as it is; the others as not reached, with the reason."""
    with rig(owns=False, delivers=("logs",)) as parts:
        made = parts.join(spans=object(), metrics=silent_meters())
        coverage = made.coverage(parts.intake)
        assert coverage.spans == SignalCoverage(
            "object",
            "none",
            "none",
            delivered=False,
            reasons=(f"tracer provider: a object is not one of the SDK; {LOST}",),
        )
        assert coverage.logs == SignalCoverage(
            "none",
            "none",
            "none",
            delivered=True,
            reasons=(f"logger provider: no global one is set; {LOST}",),
        )
        assert coverage.metrics.redacted == "full"
        assert not coverage.complete
        made.release(10)


def test_judged() -> None:
    """Not hooked is nothing; hooked with a reason is partial."""
    assert judged(5, hooked=True, redacts=True, delivered=True, reasons=()) == FULL._replace(provider="int")
    partial = judged(5, hooked=True, redacts=True, delivered=False, reasons=("why",))
    assert partial == SignalCoverage("int", "partial", "full", delivered=False, reasons=("why",))
    nothing = judged(5, hooked=False, redacts=True, delivered=True, reasons=("why",))
    assert nothing == SignalCoverage("int", "none", "none", delivered=True, reasons=("why",))


def test_a_failure_stands_before_everything() -> None:
    """Something that did not go as it was asked for leaves nothing covered in full."""
    none = FULL._replace(redacted="none", reasons=("why",))
    despite = Coverage(FULL, FULL, none).despite("it broke")
    assert [signal.redacted for signal in despite] == ["partial", "partial", "none"]
    assert [signal.reasons for signal in despite] == [("it broke",), ("it broke",), ("it broke", "why")]
    assert Coverage(FULL, FULL, FULL).complete
    assert not despite.complete


def test_log_processors_are_reached_whatever_they_are() -> None:
    """A log record has no start that anybody could see."""
    with rig() as parts:
        made = parts.own()
        made.logs.provider.add_log_record_processor(Logs())
        assert made.coverage(parts.intake).logs.redacted == "full"
