"""The four strategies for events: always, never, probabilistic and throttled.

`always` keeps every event, whatever a trace sampler says; `never` keeps nothing, errors included. Errors are exempt
from the other two, within a window of their own of the same size. Session starts and ends are exempt from both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from clippy_otel.ledger import Column
from clippy_otel.sampling import threshold
from clippy_otel.sampling.window import SlidingWindow

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

    from clippy_otel.config import TelemetryConfig
    from clippy_otel.ports import Clock

_NS_PER_MS: Final = 1_000_000
SAMPLING_FIELDS: Final = frozenset({"sampling", "sampling_rate", "max_events_per_window", "throttle_window_ms"})


class Candidate(NamedTuple):
    """What a decision about an event can depend on."""

    event_id: str
    external_session_id: str | None  # a session id given from outside: it is kept or dropped as a whole
    span_context: SpanContext  # where the event was recorded; an invalid one outside of any span
    is_error: bool = False


class EventSampler:
    """The decision about each event under one configuration; replaced as a whole when its settings change."""

    def __init__(self, config: TelemetryConfig, clock: Clock, previous: EventSampler | None = None) -> None:
        limit, window_ns = config.max_events_per_window, config.throttle_window_ms * _NS_PER_MS
        self.events: SlidingWindow = SlidingWindow(
            limit, window_ns, clock, previous.events.admissions() if previous else ()
        )
        self.errors: SlidingWindow = SlidingWindow(
            limit, window_ns, clock, previous.errors.admissions() if previous else ()
        )
        self._threshold = threshold.rejection_threshold(config.sampling_rate)
        self.weight: float | None = None
        """How many events one kept event stands for, where that is more than 1; None elsewhere."""
        if config.sampling == "probabilistic" and 0.0 < config.sampling_rate < 1.0:
            self.weight = 1.0 / config.sampling_rate
        self._refuse: Callable[[Candidate], Column | None] = {
            "always": _keep,
            "never": _drop,
            "probabilistic": self._probabilistic,
            "throttled": self._throttled,
        }[config.sampling]
        self.keeps_lifecycle = config.sampling != "never"
        self.keeps_all = config.sampling == "always"
        self._samples_traces = config.sampling == "probabilistic"

    def refuse(self, candidate: Candidate) -> Column | None:
        """Return the ledger's column for an event that is not kept, None for one that is."""
        return self._refuse(candidate)

    def drops_trace(self, span_context: SpanContext) -> bool:
        """Return whether a trace's spans are left out: all of them or none.

        "throttled" leaves spans alone: what is admitted one by one would tear traces apart.
        """
        return not self.keeps_lifecycle or (self._samples_traces and not self._keeps_trace(span_context))

    def _keeps_trace(self, span_context: SpanContext) -> bool:
        randomness = threshold.of_trace(span_context.trace_id, span_context.trace_state.get("ot"))
        return span_context.trace_flags.sampled and randomness >= self._threshold

    def _probabilistic(self, candidate: Candidate) -> Column | None:
        if candidate.is_error:
            return None if self.errors.admit() else "throttled"
        span_context = candidate.span_context
        if span_context.is_valid:
            return None if self._keeps_trace(span_context) else "sampled_out"
        randomness = threshold.of_text(candidate.external_session_id or candidate.event_id)
        return None if randomness >= self._threshold else "sampled_out"

    def _throttled(self, candidate: Candidate) -> Column | None:
        window = self.errors if candidate.is_error else self.events
        return None if window.admit() else "throttled"


def _keep(_: Candidate) -> Column | None:
    return None


def _drop(_: Candidate) -> Column | None:
    return "sampled_out"
