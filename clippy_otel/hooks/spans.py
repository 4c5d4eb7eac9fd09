"""An ended span's way: sampled, redacted, queued for delivery, and only then shown to the processors of others.

`Span.end()` makes a fresh readable span for each end and hands that one object to all processors. The hook stands
before all of them and replaces fields of that object, so that everybody sees the redacted one, whenever they
registered, and the application's own span stays as it is. Out of reach: what other processors see of the live span in
`on_start`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opentelemetry.trace import TraceFlags

from clippy_otel import _guard, _sdk
from clippy_otel.delivery.spans import UNENCODED
from clippy_otel.hooks.span_bytes import held_bytes
from clippy_otel.hooks.span_redaction import SpanRedaction
from clippy_otel.ports import Purpose, QueueItem

if TYPE_CHECKING:
    from clippy_otel.hooks.intake import Intake
    from clippy_otel.ledger import Column
    from clippy_otel.rules import Rules

_SAMPLED: Final = int(TraceFlags.SAMPLED)
_PURPOSE: Final = int(Purpose.PERFORMANCE)
_new: Final = tuple.__new__


class SpanHook:
    """What is done to every ended span of a provider.

    Args:
        intake: The pipeline behind it.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._redaction = SpanRedaction()
        self._delivers = "spans" in intake.delivers
        self._lenient: Rules | None = None  # rules under which every span is taken in

    def flush(self, timeout_ms: float) -> bool:
        """Deliver what was taken in, and return whether everything was delivered."""
        return self._intake.flush(timeout_ms)

    def take(self, span: Any) -> Any:
        """Take an ended span in, and return what others may see of it; None: nobody may see anything.

        Never raises. The span may come back changed; a live span, or one of a foreign class, comes back as a copy.
        """
        intake = self._intake
        rules = intake.rules
        failing: Column = "redaction_failed"  # what goes wrong up to redaction is shown to nobody
        shown = refused = size_bytes = None
        user_ids: list[str] = []
        try:
            if rules is not self._lenient or intake.closed:
                refused = self._judge(span, rules)
                if refused is not None and (intake.owns or refused == "sampled_out"):
                    intake.ledger.offer("spans", refused)
                    return None
            if rules.redactor is not None:
                changes, size_bytes = self._redaction.redact(span, rules.redactor, user_ids)
                if changes:
                    span = _sdk.with_changes(span, changes)
            failing, shown = "unencodable", span
            if refused is not None or not self._delivers:
                intake.ledger.offer("spans", refused or "handed_over")
                return shown
            if not span.context.trace_flags & _SAMPLED:  # recorded for processors of others, not to be exported
                intake.ledger.offer("spans", "sampled_out")
                return shown
            if size_bytes is None:
                size_bytes = held_bytes(span)
            subjects = intake.subjects(user_ids) if user_ids else b""
            # As QueueItem(...) makes it, at half the time.
            item = _new(QueueItem, (UNENCODED, span, size_bytes, _PURPOSE, subjects, False, 1))
        except Exception as error:  # noqa: BLE001 - the host's safety; counted here and by the guard
            _guard.swallowed("span", error)
            intake.ledger.offer("spans", failing)
            return shown
        intake.offer(item)
        return shown

    def _judge(self, span: Any, rules: Rules) -> Column | None:
        """Return the ledger's column for a span that is not taken in, None for one that is."""
        refused, sampler = self._intake.refusal(), rules.sampler
        if refused is None and sampler.keeps_all:
            self._lenient = rules
        elif not (refused and self._intake.owns) and not sampler.keeps_all and sampler.drops_trace(span.context):
            return "sampled_out"
        return refused
