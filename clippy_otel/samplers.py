"""Samplers for any tracer provider of the SDK, in OpenTelemetry's own sense: they decide where a trace begins.

    TracerProvider(sampler=ProbabilisticSampler(0.1))

Also by name: `OTEL_TRACES_SAMPLER=clippy_probabilistic` with `OTEL_TRACES_SAMPLER_ARG=0.1`, `clippy_throttled` with
`100` or `100/60000` (traces, window in ms). Both follow a parent's decision by themselves and keep its trace state, so
neither needs a `ParentBased` around it. Attributes come back with every decision: in an `AlwaysRecordSampler` they are
still there on what is recorded only, for a KeepErrorsSpanProcessor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import INVALID_SPAN, get_current_span

from clippy_otel import semconv
from clippy_otel.clock import SYSTEM_CLOCK
from clippy_otel.config import TelemetryConfig
from clippy_otel.config.kinds import refusal
from clippy_otel.config.sampling_rules import RATE
from clippy_otel.sampling import threshold
from clippy_otel.sampling.strategies import Sampling
from clippy_otel.sampling.strategy import weight_of

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, SpanKind, TraceState
    from opentelemetry.util.types import Attributes

    from clippy_otel.ports import Clock

MAX_PER_WINDOW: Final = 100
WINDOW_MS: Final = 60_000
THROTTLED: Final = "clippy_throttled"
PROBABILISTIC: Final = "clippy_probabilistic"
_SETTINGS: Final = ("sampling", "sampling_rate", "max_events_per_window", "throttle_window_ms")
_KEEP: Final = Decision.RECORD_AND_SAMPLE
_SAMPLED: Final = 1  # of the trace flags


class StrategySampler(Sampler):
    """What the samplers here share: a parent's decision is followed, a trace without one is decided about.

    Attributes:
        sampling: The strategy, with its windows; a sampling processor that is given this sampler has the same ones.
    """

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling

    def should_sample(  # noqa: PLR0913, PLR0917 - the SDK's signature
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,  # noqa: ARG002 - likewise
        kind: SpanKind | None = None,  # noqa: ARG002 - likewise
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,  # noqa: ARG002 - likewise
        trace_state: TraceState | None = None,  # noqa: ARG002 - likewise; the SDK never gives it
    ) -> SamplingResult:
        """Decide about a span that starts."""
        span = get_current_span(parent_context)
        parent = span.get_span_context()
        if span is INVALID_SPAN or not parent.is_valid:
            base = self.sampling.base
            if self.sampling.begins(base, trace_id):
                return SamplingResult(_KEEP, with_weight(attributes, base.kept.weight), base.trace_state)
            return SamplingResult(Decision.DROP, attributes)
        state = parent.trace_state
        if not parent.trace_flags & _SAMPLED:
            return SamplingResult(Decision.DROP, attributes, state)
        return SamplingResult(_KEEP, with_weight(attributes, weight_in(state)) if state else attributes, state)

    def get_description(self) -> str:
        """Return its name and what it was made with."""
        return f"{type(self).__name__}{{{self._made_with()}}}"

    def _made_with(self) -> str:
        raise NotImplementedError


class ProbabilisticSampler(StrategySampler):
    """Keep a share of the traces, by their own randomness: who else decides so keeps the same ones.

    A trace that is kept says so in its trace state (`ot=th:...`), and each of its spans in `sampling.weight`.

    Args:
        rate: The share, 0 to 1.

    Raises:
        ConfigurationError: The rate is none.
    """

    def __init__(self, rate: float) -> None:
        super().__init__(make_sampling("probabilistic", rate=rate))
        self._rate = rate

    def _made_with(self) -> str:
        return f"{self._rate}"


class ThrottledSampler(StrategySampler):
    """Keep so many traces within any window of time, counted exactly on a monotonic clock; the others not.

    Traces that begin elsewhere follow their parent and are not counted. There is no weight: what share of the traces
    was kept is known to nobody.

    Args:
        max_events_per_window: How many traces, at least 1.
        throttle_window_ms: The window in ms, at least 1.
        clock: Time; the tests hold it still.

    Raises:
        ConfigurationError: A number is not possible.
    """

    def __init__(
        self,
        max_events_per_window: int = MAX_PER_WINDOW,
        throttle_window_ms: int = WINDOW_MS,
        *,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._size = (max_events_per_window, throttle_window_ms)
        super().__init__(make_sampling("throttled", window=self._size, clock=clock))

    def _made_with(self) -> str:
        return f"{self._size[0]} in {self._size[1]} ms"


def probabilistic_sampler(argument: str | None = None) -> ProbabilisticSampler:
    """Return what `OTEL_TRACES_SAMPLER=clippy_probabilistic` means.

    Args:
        argument: OTEL_TRACES_SAMPLER_ARG: the rate; None or "": 1.

    Raises:
        ConfigurationError: It is no rate.
    """
    return ProbabilisticSampler(RATE.parse("OTEL_TRACES_SAMPLER_ARG", argument) if argument else 1.0)


def throttled_sampler(argument: str | None = None) -> ThrottledSampler:
    """Return what `OTEL_TRACES_SAMPLER=clippy_throttled` means.

    Args:
        argument: OTEL_TRACES_SAMPLER_ARG: "100", or "100/60000" with the window in ms; None or "": these two.

    Raises:
        ConfigurationError: It is neither.
    """
    count, separator, window_ms = (argument or f"{MAX_PER_WINDOW}").partition("/")
    try:
        return ThrottledSampler(int(count), int(window_ms) if separator else WINDOW_MS)
    except ValueError:
        allowed = "a number of traces, or such a number, a slash and a window in ms"
        raise refusal("OTEL_TRACES_SAMPLER_ARG", allowed, argument) from None


FACTORIES: Final = {THROTTLED: throttled_sampler, PROBABILISTIC: probabilistic_sampler}
"""By the names that OTEL_TRACES_SAMPLER takes."""


def make_sampling(
    strategy: object,
    *,
    rate: object = 1.0,
    window: tuple[object, object] = (MAX_PER_WINDOW, WINDOW_MS),
    clock: Clock = SYSTEM_CLOCK,
) -> Sampling:
    """Return a strategy for a piece of a bare setup.

    Args:
        strategy: "always", "never", "probabilistic" or "throttled"; or a sampler of this module, whose windows it has.
        rate: The share that "probabilistic" keeps, 0 to 1.
        window: How many "throttled" keeps, errors likewise, and within how many ms; at least 1 each.
        clock: For the windows.

    Raises:
        ConfigurationError: The strategy is unknown, or a number not possible.
    """
    if isinstance(strategy, StrategySampler):
        return strategy.sampling
    settings: dict[str, Any] = dict(zip(_SETTINGS, (strategy, rate, *window), strict=True))
    return Sampling(TelemetryConfig(**settings), clock)


def weight_in(state: TraceState) -> float | None:
    """Return how many traces one stands for with this trace state, above 1; None: for itself, or nobody knows."""
    ot = state.get(threshold.OT)
    return None if ot is None else weight_of(ot)


def with_weight(attributes: Attributes, weight: float | None) -> Mapping[str, Any] | None:
    """Return a span's attributes with its weight; None: there is none, and they are the same ones."""
    if weight is None:
        return attributes
    return {**attributes, semconv.SAMPLING_WEIGHT: weight} if attributes else {semconv.SAMPLING_WEIGHT: weight}
