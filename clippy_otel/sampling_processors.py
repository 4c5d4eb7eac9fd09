"""Sampling for a setup of the bare SDK whose sampler is fixed, each piece around the processor that exports.

    provider.add_span_processor(SamplingSpanProcessor(BatchSpanProcessor(exporter), "probabilistic", rate=0.1))

They decide by the same functions as a provider that `configure()` makes. What is left out is counted in `left_out`. A
sampler of `clippy_otel.samplers` may stand for a strategy: whatever is given the same one shares its windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from clippy_otel import _guard
from clippy_otel._sdk import ended_spans as sdk_ended_spans
from clippy_otel.clock import SYSTEM_CLOCK
from clippy_otel.config.kinds import Number, OrNone, Whole
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.hooks.log_sampling import judge, weighed
from clippy_otel.hooks.next_processor import BeforeLogRecordProcessor, BeforeSpanProcessor
from clippy_otel.hooks.outcomes import Outcomes, Wanted
from clippy_otel.hooks.span_weights import as_kept, as_sampled
from clippy_otel.ledger import Column, Ledger
from clippy_otel.samplers import MAX_PER_WINDOW, WINDOW_MS, StrategySampler, make_sampling
from clippy_otel.sampling.held import HeldTraces, TraceLimits
from clippy_otel.telemetry import get_telemetry

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from clippy_otel.sampling.strategies import Sampling

_SAMPLED: Final = 1  # of the trace flags
_LIMITS: Final = {"max_spans": Whole(1), "max_bytes": Whole(1), "max_age_s": Number(above_zero=True)}


class _SpanSampling(BeforeSpanProcessor):
    """What the two pieces for spans share: the strategy, and the count of what is left out."""

    def __init__(self, next: SpanProcessor, sampling: Sampling) -> None:  # noqa: A002 - the contract
        super().__init__(next)
        self._sampling = sampling
        self._ledger = Ledger()

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many spans went no further, by "sampled_out" and "throttled"."""
        return _left_out(self._ledger.rows()["spans"].nonzero())

    def on_end(self, span: ReadableSpan) -> None:
        """Hand an ended span on, with its weight, or not."""
        try:  # by hand, for it is done for each span
            left_out = self._judge(span)
            if left_out is not None:
                self._leave_out(span, left_out)
                return
            shown = as_kept(sdk_ended_spans.copy_span(span), self._sampling) if self._sampling.weighs else span
        except Exception as error:  # noqa: BLE001 - it cannot be judged: telemetry fails open
            _guard.swallowed(type(self).__name__, error)
            shown = span
        self.next.on_end(shown)

    def _judge(self, span: ReadableSpan) -> Column | None:
        return self._sampling.left_out(span.context)

    def _leave_out(self, span: ReadableSpan, column: Column) -> None:  # noqa: ARG002 - what another piece holds
        self._ledger.left_out("spans", column).add()


class SamplingSpanProcessor(_SpanSampling):
    """Hand on the spans that a strategy keeps, a trace's local ones all or none, with their weight.

    For a provider whose sampler is fixed; else a sampler costs a quarter of it. What that sampler left out stays so.

    Args:
        next: Where they go: usually a BatchSpanProcessor.
        strategy: "always", "never", "probabilistic" or "throttled" (counted in traces); or a sampler of this package.
        rate: The share of traces that "probabilistic" keeps, 0 to 1.
        max_events_per_window: How many traces "throttled" keeps within the window, at least 1.
        throttle_window_ms: That window in ms, at least 1.

    Raises:
        ConfigurationError: `next` is no span processor, the strategy unknown, or a number not possible.
    """

    def __init__(
        self,
        next: SpanProcessor,  # noqa: A002 - the contract
        strategy: str | StrategySampler,
        *,
        rate: float = 1.0,
        max_events_per_window: int = MAX_PER_WINDOW,
        throttle_window_ms: int = WINDOW_MS,
    ) -> None:
        window = (max_events_per_window, throttle_window_ms)
        super().__init__(next, make_sampling(strategy, rate=rate, window=window))


class KeepErrorsSpanProcessor(_SpanSampling):
    """Hand on what is sampled, and the whole of a trace that is not where a span of it failed or was slow.

    It sees what the provider's sampler records: `AlwaysRecordSampler(ProbabilisticSampler(0.01))` records everything
    and samples a hundredth. A trace's local spans are held until its local root ends. Those kept late have the sampled
    bit and a `sampling.weight` of 0: they stand beside the sample. What is over a limit goes as the sampler said.

    Args:
        next: Where they go: usually a BatchSpanProcessor.
        strategy: What decides beside the sampler's bit, as in SamplingSpanProcessor: for a sampler that is fixed and
            samples everything. "always": nothing does.
        keep_slower_than_ms: Keep traces with a span that takes longer, in ms; None: errors only.
        limits: How much is held.
        max_events_per_window: How many traces are kept late within the window, at least 1.
        throttle_window_ms: That window in ms, at least 1.

    Raises:
        ConfigurationError: `next` is no span processor, the strategy unknown or "never", or a number not possible.
    """

    def __init__(
        self,
        next: SpanProcessor,  # noqa: A002 - the contract
        strategy: str | StrategySampler = "always",
        *,
        keep_slower_than_ms: float | None = None,
        limits: TraceLimits = TraceLimits(),  # noqa: B008 - frozen
        max_events_per_window: int = MAX_PER_WINDOW,
        throttle_window_ms: int = WINDOW_MS,
    ) -> None:
        window = (max_events_per_window, throttle_window_ms)
        super().__init__(next, make_sampling(strategy, window=window))
        if self._sampling.keeps_none:
            raise ConfigurationError('strategy must be another one than "never", which keeps no errors either')
        wanted = Wanted(errors=True, slower_than_ms=OrNone(Number()).check("keep_slower_than_ms", keep_slower_than_ms))
        held = HeldTraces(
            _checked(limits),
            SYSTEM_CLOCK,
            self._sampling.windows.outcomes.admit,
            sees_starts=self._sampling.keeps_all,
        )
        self._outcomes = Outcomes(wanted, held, self._release, self._ledger)

    @property
    def overflowed(self) -> int:
        """How many of those that are left out are so because a limit was reached."""
        return self._outcomes.overflowed

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Note where a trace begins, and hand the span on as it starts."""
        if self._sampling.keeps_all:
            self._outcomes.begin(span)
        super().on_start(span, parent_context)

    def _judge(self, span: ReadableSpan) -> Column | None:
        if not span.context.trace_flags & _SAMPLED:
            return "sampled_out"
        return super()._judge(span)

    def _leave_out(self, span: ReadableSpan, column: Column) -> None:  # noqa: ARG002 - it is not left out yet
        self._outcomes.end(span)

    def _release(self, span: Any) -> None:
        self.next.on_end(as_sampled(sdk_ended_spans.copy_span(span)))

    def shutdown(self) -> None:
        """Leave out what is held, and shut the next one down."""
        self._outcomes.close()
        super().shutdown()


class SamplingLogRecordProcessor(BeforeLogRecordProcessor):
    """Hand on the log records that a strategy keeps, with their weight; errors are exempt, within a limit of their own.

    In a span "probabilistic" keeps a record where the trace is kept; outside, the records of a session whose id was
    given (a scope's, or the record's own `session.id`) all or none.

    Args:
        next: Where they go: usually a BatchLogRecordProcessor.
        strategy: "always", "never", "probabilistic" or "throttled"; or a sampler of this package, for one decision
            about spans and records.
        rate: The share that "probabilistic" keeps, 0 to 1.
        max_events_per_window: How many records "throttled" keeps within the window, at least 1; as many errors.
        throttle_window_ms: That window in ms, at least 1.

    Raises:
        ConfigurationError: `next` is no log record processor, the strategy unknown, or a number not possible.
    """

    def __init__(
        self,
        next: LogRecordProcessor,  # noqa: A002 - the contract
        strategy: str | StrategySampler,
        *,
        rate: float = 1.0,
        max_events_per_window: int = MAX_PER_WINDOW,
        throttle_window_ms: int = WINDOW_MS,
    ) -> None:
        super().__init__(next)
        window = (max_events_per_window, throttle_window_ms)
        self._sampling = make_sampling(strategy, rate=rate, window=window)
        self._ledger = Ledger()

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many records went no further, by "sampled_out" and "throttled"."""
        return _left_out(self._ledger.rows()["logs"].nonzero())

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Hand a record on, with its weight, or not."""
        shown = log_record
        with _guard.host_safe("SamplingLogRecordProcessor"):  # it cannot be judged: telemetry fails open
            verdict = judge(self._sampling, log_record, get_telemetry().scopes)
            if verdict.refused is not None:
                self._ledger.left_out("logs", verdict.refused).add()
                return
            if verdict.weight is not None:
                shown = weighed(log_record, verdict.weight)
        self.next.on_emit(shown)


def _checked(limits: object) -> TraceLimits:
    if not isinstance(limits, TraceLimits):
        raise ConfigurationError(f"limits: TraceLimits(...) is needed, not {limits!r:.80}")
    return TraceLimits(*(kind.check(f"limits.{name}", getattr(limits, name)) for name, kind in _LIMITS.items()))


def _left_out(counts: Mapping[str, int]) -> Mapping[str, int]:
    return {column: count for column, count in counts.items() if column != "offered"}
