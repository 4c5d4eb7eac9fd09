"""What stands before our sampling: somebody else's sampler, as far as its description tells, and both together.

A sampler that goes by OpenTelemetry's threshold rule agrees with ours: the smaller rate is what both keep. The SDK's
`TraceIdRatioBased` looks at other bits of the trace id and decides independently: the rates multiply, and so do the
weights on what is kept, assuming that traces which begin elsewhere have passed the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from clippy_otel.hooks.sampler import HeadSampler

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.sampling import Sampler

    from clippy_otel.hooks.coverage import SignalCoverage
    from clippy_otel.sampling.strategies import Sampling

_ROOT: Final = re.compile(r"^(?:ParentBased\{root:|AlwaysRecordSampler\{)+")
_RATIO: Final = re.compile(r"^TraceIdRatioBased\{([0-9.e+-]+)\}")
_CONSISTENT: Final = re.compile(r"^(?:ProbabilisticSampler\{|ComposableTraceIDRatioBased\{.*?ratio=)([0-9.e+-]+)")
_STATIC: Final = re.compile(r"^(?:Always|ComposableAlways)(On|Off)")
_NO_RULES: Final = "; sampling_rules hold for events and log records only, for another sampler sees where traces begin"


class Head(NamedTuple):
    """A sampler.

    Attributes:
        description: What it says of itself.
        rate: The share of traces that it keeps, 0 to 1; None: it does not tell, or keeps no share.
        agrees: Whether it decides by the same randomness as ours.
    """

    description: str
    rate: float | None
    agrees: bool = True

    @classmethod
    def of(cls, sampler: Sampler) -> Head | None:
        """Return what is known of a provider's sampler; None: it is ours and decides by what is configured."""
        if isinstance(sampler, HeadSampler):
            return None
        description = str(sampler.get_description())
        root = _ROOT.sub("", description)
        if static := _STATIC.match(root):
            return cls(description, 1.0 if static[1] == "On" else 0.0)
        for pattern, agrees in ((_RATIO, False), (_CONSISTENT, True)):
            if found := pattern.match(root):
                return cls(description, float(found[1]), agrees)
        return cls(description, None)

    @property
    def weight(self) -> float:
        """How many traces one stands for that it has kept, beside what the trace state says; 1 where nobody knows."""
        return 1.0 if self.agrees or not self.rate else 1.0 / self.rate


def effective_rate(head: Head | None, sampling: Sampling) -> float | None:
    """Return the share of the traces that both keep; None: it is no share, or not known."""
    ours = sampling.base.rate
    if head is None or ours == 0:
        return ours
    if ours is None or head.rate is None:
        return None
    return min(head.rate, ours) if head.agrees else head.rate * ours


def describe(head: Head | None, sampling: Sampling, overflowed: int = 0) -> str:
    """Return how traces are sampled, in words.

    Args:
        head: What stands before.
        sampling: What is configured.
        overflowed: How many spans could not wait for the end of their trace.
    """
    ours, rate = sampling.base.describe(), effective_rate(head, sampling)
    said = ours if head is None else f"{head.description}, then {ours}"
    share = "what share of the traces is kept is not known" if rate is None else f"a share of {rate:.6g} is kept"
    if sampling.rules:
        share = f"{share}, rules aside" if head is None else f"{share}{_NO_RULES}"
    if overflowed:
        share = f"{share}; {overflowed} spans could not wait for the end of their trace, for a limit was reached"
    return f"{said}: {share}"


def sampled(coverage: SignalCoverage, head: Head | None, sampling: Sampling, overflowed: int = 0) -> SignalCoverage:
    """Return the coverage of spans with how they are sampled; the arguments are those of describe()."""
    if coverage.sampled == "none":
        return coverage
    is_partial = head is not None and sampling.rules
    return coverage._replace(
        sampled="partial" if is_partial else coverage.sampled,
        effective_rate=effective_rate(head, sampling),
        sampling=describe(head, sampling, overflowed),
    )
