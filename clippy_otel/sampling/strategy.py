"""One strategy with its rate, and the verdicts that it leads to: what is kept says how many it stands for."""

from __future__ import annotations

import functools
from typing import Final, NamedTuple

from opentelemetry.trace import TraceState

from clippy_otel import semconv
from clippy_otel.ledger import Column
from clippy_otel.otlp.encode import encode_log_attribute
from clippy_otel.sampling import threshold

_MAX_TH: Final = 64  # different thresholds remembered; an entry with `rv` is one a trace


class Verdict(NamedTuple):
    """What becomes of an event.

    Attributes:
        refused: The ledger's column for one that is not kept; None for one that is.
        weight: How many events a kept one stands for, above 1; None: for itself.
        encoded_weight: That as an encoded attribute of a log record; b"" for none.
    """

    refused: Column | None = None
    weight: float | None = None
    encoded_weight: bytes = b""


KEPT: Final = Verdict()
SAMPLED_OUT: Final = Verdict("sampled_out")
THROTTLED: Final = Verdict("throttled")


class Strategy(NamedTuple):
    """One strategy with its rate: what `sampling` says, or one of the rules.

    Attributes:
        name: One of the four.
        rejection: The threshold of "probabilistic"; 0 for the others.
        kept: The verdict about what is kept.
        trace_state: That of a trace that begins here and is kept; None: an empty one.
    """

    name: str
    rejection: int = 0
    kept: Verdict = KEPT
    trace_state: TraceState | None = None

    @classmethod
    def of(cls, name: str, rate: float) -> Strategy:
        """Return the strategy of this name; the rate is that of "probabilistic"."""
        if name != "probabilistic":
            return cls(name)
        rejection = threshold.rejection_threshold(rate)
        if rejection == threshold.RANDOMNESS_RANGE:
            return cls(name, rejection)  # keeps nothing that could say so
        state = TraceState([(threshold.OT, threshold.with_th(None, rejection))])
        return cls(name, rejection, _weighing(1.0 / rate), state)

    @property
    def rate(self) -> float | None:
        """The share that it keeps, 0 to 1; None: it keeps no share."""
        if self.name == "throttled":
            return None
        return 0.0 if self.name == "never" else threshold.rate_of(self.rejection)

    def describe(self) -> str:
        """Return the strategy in a few words."""
        return f"{self.name} {self.rate:.6g}" if self.name == "probabilistic" else self.name


@functools.lru_cache(_MAX_TH)
def weight_of(ot_trace_state: str) -> float | None:
    """Return how many traces one stands for whose `ot` entry this is, above 1; None: for itself, or nobody knows."""
    rejection = threshold.of_th(ot_trace_state)
    if not rejection:
        return None
    rate = threshold.rate_of(rejection)
    said = float(f"{rate:.12g}")  # what somebody has most likely configured: 0.1, which is no sum of 56 bits
    return 1.0 / (said if threshold.rejection_threshold(said) == rejection else rate)


@functools.lru_cache(_MAX_TH)
def weigh(ot: str | None, kept: Verdict, before: float) -> Verdict:
    """Return the verdict about what is kept in a trace that others have sampled.

    A threshold in its trace state and ours are of one randomness: the smaller rate counts. Without one, what stands
    before decides independently: the weights multiply.
    """
    known = None if ot is None else weight_of(ot)
    ours = kept.weight or 1.0
    return _weighing(ours * before if known is None else max(ours, known))


def _weighing(weight: float) -> Verdict:
    if weight <= 1.0:
        return KEPT
    return Verdict(None, weight, encode_log_attribute(semconv.SAMPLING_WEIGHT, weight))
