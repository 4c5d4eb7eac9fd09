"""`keep_errors` and `keep_slower_than_ms`: a trace that was left out is kept after all for how it ended.

Its local spans are recorded and held, unredacted, until its last local root has ended (see `sampling.held`). What is
kept goes the usual way from there, with the sampled bit set, for exporters skip what has none, and with a
`sampling.weight` of 0: it stands beside the sample, and an estimate from weights must not count it twice.

Opt-in: a span that is recorded and thrown away costs four times one that is not recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry.trace import StatusCode

from clippy_otel import _guard
from clippy_otel.clock import SYSTEM_CLOCK
from clippy_otel.hooks.span_bytes import held_bytes
from clippy_otel.sampling.held import HeldTraces, Released, TraceLimits

if TYPE_CHECKING:
    from clippy_otel.config import TelemetryConfig
    from clippy_otel.hooks.intake import Intake
    from clippy_otel.ledger import Ledger

_NS_PER_MS: Final = 1_000_000
_SAMPLED: Final = 1  # of the trace flags


class Wanted(NamedTuple):
    """Which spans make their trace one that is kept.

    Attributes:
        errors: Those with the status ERROR.
        slower_than_ms: Those that took longer, in ms; None: none for that.
    """

    errors: bool
    slower_than_ms: float | None

    @classmethod
    def of(cls, config: TelemetryConfig) -> Wanted:
        """Return what a configuration says."""
        return cls(config.keep_errors, config.keep_slower_than_ms)

    def holds(self, span: Any) -> bool:
        """Return whether an ended span is one of them."""
        if self.errors and span.status.status_code is StatusCode.ERROR:
            return True
        if self.slower_than_ms is None:
            return False
        return bool((span.end_time or 0) - (span.start_time or 0) > self.slower_than_ms * _NS_PER_MS)


class Outcomes:
    """The traces of one provider that wait for their end.

    Args:
        wanted: Which spans make their trace one that is kept.
        held: Where they wait.
        release: What takes those that are kept; may raise.
        ledger: Counts those that are not.

    Attributes:
        overflowed: How many spans followed the head decision because a limit was reached.
    """

    def __init__(self, wanted: Wanted, held: HeldTraces, release: Callable[[Any], None], ledger: Ledger) -> None:
        self._wanted = wanted
        self._held = held
        self._release = release
        self._left_out = ledger.left_out("spans", "sampled_out").add
        self._throttled = ledger.left_out("spans", "throttled").add
        self._erased = ledger.left_out("spans", "erased").add
        self.overflowed = 0

    @classmethod
    def of(cls, intake: Intake, release: Callable[[Any], None], *, sees_starts: bool) -> Outcomes | None:
        """Return what a pipeline's configuration asks for; None: nothing. It cannot be changed while it runs."""
        if not intake.rules.sampler.by_outcome:
            return None
        admit = intake.rules.sampler.windows.outcomes.admit  # the same one whatever the rules become
        held = HeldTraces(TraceLimits(), SYSTEM_CLOCK, admit, sees_starts=sees_starts)
        return cls(Wanted.of(intake.rules.config), held, release, intake.ledger)

    def begin(self, span: Any) -> None:
        """Note that a span has begun. Never raises."""
        try:  # by hand, for it is done for each span
            context, parent = span.context, span.parent
            if not context.trace_flags & _SAMPLED and (parent is None or parent.is_remote):
                released = self._held.begin(context.trace_id)
                if released.left_out:
                    self._settle(released)
        except Exception as error:  # noqa: BLE001 - the host's safety
            _guard.swallowed("span start", error)

    def end(self, span: Any) -> None:
        """Take an ended span of a trace that was left out.

        Raises:
            Exception: Whatever something foreign in the span raises when it is read.
        """
        parent, trace_id, is_wanted = span.parent, span.context.trace_id, self._wanted.holds(span)
        released = None
        if parent is None or parent.is_remote:
            released = self._held.end(trace_id, span, is_wanted=is_wanted)
        if released is None:
            released = self._held.hold(trace_id, span, held_bytes(span), is_wanted=is_wanted)
        self._settle(released)

    def erase(self) -> None:
        """Forget what is held."""
        if erased := self._held.clear():
            self._erased(erased)

    def close(self) -> None:
        """Let what is held follow the head decision."""
        self._settle(Released(left_out=self._held.clear()))

    def _settle(self, released: Released) -> None:
        kept, left_out, throttled, overflowed = released
        self.overflowed += overflowed
        if left_out:
            self._left_out(left_out)
        if throttled:
            self._throttled(throttled)
        for span in kept:
            with _guard.host_safe("span processors"):
                self._release(span)
