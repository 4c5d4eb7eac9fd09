"""What the hooks reach of a setup, and what they do not and why."""

from __future__ import annotations

from typing import Literal, NamedTuple

from clippy_otel.hooks.baggage import unredacted_baggage

Extent = Literal["full", "partial", "none"]


class SignalCoverage(NamedTuple):
    """What is covered of one signal.

    Attributes:
        provider: The class of the provider that is meant, or "none" where there is only a placeholder of the API.
        redacted: "full": nothing leaves unredacted. "partial": see `reasons`. "none": nothing is redacted.
        sampled: Likewise, whether the strategy of `sampling` holds.
        delivered: Whether this package delivers the records (others may, too).
        reasons: What is not reached, and why, a sentence each; () where everything is.
        effective_rate: Of spans: the share of the traces that is kept by all samplers together, rules aside; None: it
            is no share (throttled), or nobody knows.
        sampling: Of spans: how they are sampled, in words.
    """

    provider: str
    redacted: Extent
    sampled: Extent
    delivered: bool
    reasons: tuple[str, ...] = ()
    effective_rate: float | None = None
    sampling: str = ""


class Coverage(NamedTuple):
    """What is covered of the three signals.

    Attributes:
        spans: Of the tracer provider.
        logs: Of the logger provider.
        metrics: Of the meter provider.
    """

    spans: SignalCoverage
    logs: SignalCoverage
    metrics: SignalCoverage

    @property
    def baggage(self) -> tuple[str, ...]:
        """What is part of no signal and leaves unredacted with requests of the application's own, a sentence each."""
        return unredacted_baggage()

    @property
    def complete(self) -> bool:
        """Whether everything of the three signals is redacted."""
        return all(signal.redacted == "full" for signal in self)

    def despite(self, failure: str) -> Coverage:
        """Return the same where something did not go as it was asked for: nothing is redacted in full."""

        def judge(signal: SignalCoverage) -> SignalCoverage:
            redacted: Extent = "partial" if signal.redacted == "full" else signal.redacted
            return signal._replace(redacted=redacted, reasons=(failure, *signal.reasons))

        return Coverage(*map(judge, self))

    def after_shutdown(self) -> Coverage:
        """Return the same where the hooks are gone again."""
        shut_down = SignalCoverage("", "none", "none", delivered=False, reasons=("telemetry is shut down",))
        return Coverage(*(shut_down._replace(provider=signal.provider) for signal in self))


def judged(
    provider: object, *, hooked: bool, redacts: bool, delivered: bool, reasons: tuple[str, ...]
) -> SignalCoverage:
    """Return the coverage of a provider whose fan-out is hooked or not.

    Args:
        provider: The provider.
        hooked: Whether our hook stands before all processors.
        redacts: Whether redaction is on.
        delivered: Whether we deliver.
        reasons: What is not reached even so.
    """
    name = type(provider).__name__
    if not hooked:
        return SignalCoverage(name, "none", "none", delivered, reasons)
    if not redacts:
        return SignalCoverage(name, "none", "full", delivered, (*reasons, "redact_pii=False: nothing is redacted"))
    return SignalCoverage(name, "partial" if reasons else "full", "full", delivered, reasons)
