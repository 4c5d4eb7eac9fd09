"""An ended span's way: sampled, redacted, queued for delivery, and only then shown to the processors of others.

`Span.end()` makes a fresh readable span for each end and hands that one object to all processors. The hook stands
before all of them and replaces fields of that object, so that everybody sees the redacted one, whenever they
registered, and the application's own span stays as it is. Out of reach: what other processors see of the live span in
`on_start`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clippy_otel import _guard, _sdk
from clippy_otel.delivery.spans import UNENCODED
from clippy_otel.hooks.cutting import ValueLimits, cut_span
from clippy_otel.hooks.span_bytes import held_bytes
from clippy_otel.hooks.span_redaction import SpanRedaction
from clippy_otel.ports import Purpose, QueueItem

if TYPE_CHECKING:
    from clippy_otel.hooks.intake import Intake
    from clippy_otel.ledger import Column
    from clippy_otel.rules import Rules

_PURPOSE: Final = int(Purpose.PERFORMANCE)
_new: Final = tuple.__new__


class SpanHook:
    """What is done to every ended span of a provider.

    Args:
        intake: The pipeline behind it.
        limits: Of values, kept after redaction; None: none.
    """

    def __init__(self, intake: Intake, limits: ValueLimits | None = None) -> None:
        self._intake = intake
        self._limits = limits if limits is not None and limits.hold else None
        self._redaction = SpanRedaction()
        self._usual_rules: Rules | None = None  # by which every sampled span is redacted and delivered

    def flush(self, timeout_ms: float) -> bool:
        """Deliver what was taken in, and return whether everything was delivered."""
        return self._intake.flush(timeout_ms)

    def take(self, span: Any) -> Any:
        """Take an ended span in, and return what others may see of it; None: nobody may see anything.

        Never raises. The span may come back changed; a live span, or one of a foreign class, comes back as a copy.
        """
        intake = self._intake
        rules = intake.rules
        redactor = rules.redactor
        if rules is self._usual_rules and redactor is not None and not intake.closed:
            size_bytes = self._redaction.clean_bytes(span, redactor)
            if size_bytes is not None:
                # As QueueItem(...) makes it, at half the time.
                intake.offer(_new(QueueItem, (UNENCODED, span, size_bytes, _PURPOSE, b"", False, 1)))
                if intake.subscriptions.has_subscribers("span"):
                    intake.subscriptions.publish("span", span)
                return span
        shown = self._take(span, rules)
        if shown is not None:
            intake.subscriptions.publish("span", shown)
        return shown

    def _take(self, span: Any, rules: Rules) -> Any:
        """Do what take() does, with any span and under any rules."""
        intake = self._intake
        failing: Column = "redaction_failed"  # what goes wrong up to redaction is shown to nobody
        shown = None
        user_ids: list[str] = []
        try:
            refused = intake.refusal()
            if refused is not None and intake.owns:
                intake.ledger.offer("spans", refused)
                return None
            if not rules.sampler.keeps_all and rules.sampler.drops_trace(span.context):
                intake.ledger.offer("spans", "sampled_out")
                return None
            if rules.redactor is not None:
                changes = self._redaction.changes(span, rules.redactor, user_ids)
                if changes:
                    span = _sdk.with_changes(span, changes)
            if self._limits is not None:
                span = cut_span(span, self._limits)
            failing, shown = "unencodable", span
            if refused is not None or "spans" not in intake.delivers:
                intake.ledger.offer("spans", refused or "handed_over")
                return shown
            if not span.context.trace_flags.sampled:  # recorded for processors of others, not to be exported
                intake.ledger.offer("spans", "sampled_out")
                return shown
            if rules.sampler.keeps_all and rules.redactor is not None and self._limits is None:
                self._usual_rules = rules
            subjects = intake.subjects(user_ids) if user_ids else b""
            item = QueueItem(UNENCODED, span, held_bytes(span), _PURPOSE, subjects)
        except Exception as error:  # noqa: BLE001 - the host's safety; counted here and by the guard
            _guard.swallowed("span", error)
            intake.ledger.offer("spans", failing)
            return shown
        intake.offer(item)
        return shown
