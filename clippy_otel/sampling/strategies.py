"""The four strategies, for events and traces alike: always, never, probabilistic and throttled; and the rules.

`always` keeps every event, whatever a trace sampler says; `never` keeps nothing, errors included. Errors are exempt
from the other two, within a window of their own of the same size. Session starts and ends are exempt from both.

A trace is decided about once, where it begins: what is throttled is counted in traces there, in a window of their own,
and what is kept for its outcome (see `held`) in a third one. The randomness of `probabilistic` is the trace's, so that
spans and the events in them agree.

Cost: 0.5 us for an event that is left out by probability, a third of it the look at the current span.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, NamedTuple

from opentelemetry.trace import get_current_span

from clippy_otel.ledger import Column
from clippy_otel.sampling import threshold
from clippy_otel.sampling.matching import Described, Matcher
from clippy_otel.sampling.strategy import KEPT, SAMPLED_OUT, THROTTLED, Strategy, Verdict, weigh
from clippy_otel.sampling.threshold import MASK, of_number
from clippy_otel.sampling.traces import TraceDecisions
from clippy_otel.sampling.window import SlidingWindow

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import SpanContext

    from clippy_otel.config import TelemetryConfig
    from clippy_otel.ports import Clock

_NS_PER_MS: Final = 1_000_000
_SAMPLED: Final = 1  # of the trace flags
_MAX_SESSIONS: Final = 256
SAMPLING_FIELDS: Final = frozenset(
    {
        "sampling",
        "sampling_rate",
        "sampling_rules",
        "keep_errors",
        "keep_slower_than_ms",
        "max_events_per_window",
        "throttle_window_ms",
    }
)


class _Before:
    """What stands before the strategies, whichever are in force."""

    __slots__ = ("weight",)

    def __init__(self) -> None:
        self.weight = 1.0


class Windows(NamedTuple):
    """What is admitted within the throttle's window: each kind has as much as the others."""

    events: SlidingWindow  # all events and log records together
    errors: SlidingWindow  # those that "probabilistic" and "throttled" would have left out, or not
    traces: SlidingWindow  # that begin here
    outcomes: SlidingWindow  # traces that are kept because of how they ended

    @classmethod
    def of(cls, limit: int, window_ns: int, clock: Clock) -> Windows:
        """Return four windows of one size."""
        return cls(*(SlidingWindow(limit, window_ns, clock) for _ in cls._fields))


class Sampling:
    """The decisions under one configuration; replaced as a whole when its settings change.

    Args:
        config: The configuration.
        clock: For the windows.
        previous: What was in force before: its windows and its decisions about traces go on.

    Attributes:
        base: What `sampling` says.
        rules: Whether there are any.
        weighs: Whether what `sampling` keeps of somebody else's traces stands for more than itself.
        keeps_all: Whether nothing is ever left out.
        keeps_none: Whether everything is.
        column: The ledger's column for the spans of a trace that is left out where it begins.
        keeps_lifecycle: Whether session starts and ends are kept.
        by_outcome: Whether traces that are left out are kept after all where an error was in them, or they were slow.
    """

    def __init__(self, config: TelemetryConfig, clock: Clock, previous: Sampling | None = None) -> None:
        limit, window_ns = config.max_events_per_window, config.throttle_window_ms * _NS_PER_MS
        self.windows: Windows = Windows.of(limit, window_ns, clock) if previous is None else previous.windows
        for window in self.windows if previous is not None else ():
            window.change(limit, window_ns)
        self._before: _Before = _Before() if previous is None else previous._before  # noqa: SLF001 - its own
        self._traces: TraceDecisions = TraceDecisions() if previous is None else previous._traces  # noqa: SLF001 - its own
        self.base = Strategy.of(config.sampling, config.sampling_rate)
        self.weighs = self.base.name == "probabilistic"
        self._matchers = [(Matcher(rule), Strategy.of(rule.sampling, rule.rate)) for rule in config.sampling_rules]
        self.rules = bool(self._matchers)
        names = {self.base.name, *(strategy.name for _, strategy in self._matchers)}
        self.keeps_all, self.keeps_none = names == {"always"}, names == {"never"}
        self.column: Column = "throttled" if config.sampling == "throttled" else "sampled_out"
        self.keeps_lifecycle = config.sampling != "never"
        self.by_outcome = (config.keep_errors or config.keep_slower_than_ms is not None) and not self.keeps_none

    def strategy(self, name: str, severity: int | None, described: Described) -> Strategy:
        """Return the strategy for a record or a trace: that of the first rule that matches, else `base`.

        Args:
            name: The event's, or that of the span with which a trace begins here.
            severity: Its severity number; None: it has none.
            described: What says its route.
        """
        for matcher, strategy in self._matchers:
            if matcher.matches(name, severity, described):
                return strategy
        return self.base

    def judge(
        self, strategy: Strategy, number: int, session_id: object, context: Context | None, *, is_error: bool
    ) -> Verdict:
        """Decide about an event.

        Args:
            strategy: That for it.
            number: Its own, as random or as unique as its id.
            session_id: A session id given from outside, which is kept or dropped as a whole; None: none was.
            context: Where it was recorded.
            is_error: Whether it is an error, which is exempt from "probabilistic" and "throttled".
        """
        name = strategy.name
        if name == "probabilistic" and not is_error:
            if context:
                span_context = get_current_span(context).get_span_context()
                if span_context.is_valid:
                    return self._judge_in_trace(strategy, span_context)
            randomness = of_number(number) if session_id is None else _of_session(str(session_id))
            return strategy.kept if randomness >= strategy.rejection else SAMPLED_OUT
        if name == "always":
            return KEPT
        if name == "never":
            return SAMPLED_OUT
        window = self.windows.errors if is_error else self.windows.events
        return KEPT if window.admit() else THROTTLED

    def _judge_in_trace(self, strategy: Strategy, span_context: SpanContext) -> Verdict:
        """Decide as about the trace; a smaller rate that it has passed already is what a kept event stands for."""
        ot = span_context.trace_state.get(threshold.OT)
        if not (span_context.trace_flags & _SAMPLED and _is_above(strategy, span_context.trace_id, ot)):
            return SAMPLED_OUT
        before = self._before.weight
        return strategy.kept if ot is None and before == 1.0 else weigh(ot, strategy.kept, before)

    def stand_behind(self, weight: float) -> None:
        """Note how many traces one stands for that another sampler has kept which decides independently; 1: none does.

        It holds for what is put in force later, too.
        """
        self._before.weight = weight

    @property
    def agrees(self) -> bool:
        """Whether no sampler stands before that decides by another randomness."""
        return self._before.weight == 1.0

    def trace_weight(self, ot: str | None) -> float | None:
        """Return how many traces one stands for that `sampling` keeps, above 1; None: for itself.

        Args:
            ot: Its trace state's `ot` entry; None where there is none.
        """
        return weigh(ot, self.base.kept, self._before.weight).weight

    def begins(self, strategy: Strategy, trace_id: int) -> bool:
        """Decide about a trace that begins here, without a parent."""
        name = strategy.name
        if name == "probabilistic":
            return trace_id & MASK >= strategy.rejection  # as of_trace(): without a parent there is no trace state
        return name == "always" or (name == "throttled" and self.windows.traces.admit())

    def left_out(self, span_context: SpanContext) -> Column | None:
        """Return the ledger's column for the spans of a trace that somebody else's sampler has begun; None: it is kept.

        All of its spans or none, whichever ends first; by `sampling` alone, for no rule has seen where it began.
        """
        name = self.base.name
        if name == "always":
            return None
        if name == "never" or not span_context.trace_flags & _SAMPLED:
            return "sampled_out"
        trace_id = span_context.trace_id
        if name == "throttled":
            return None if self._traces.keeps(trace_id, self.windows.traces.admit) else "throttled"
        ot = span_context.trace_state.get(threshold.OT)
        return None if _is_above(self.base, trace_id, ot) else "sampled_out"


def _is_above(strategy: Strategy, trace_id: int, ot: str | None) -> bool:
    return threshold.of_trace(trace_id, ot) >= strategy.rejection


_of_session: Final = functools.lru_cache(_MAX_SESSIONS)(threshold.of_text)
