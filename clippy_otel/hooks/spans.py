"""An ended span's way: sampled, redacted, queued for delivery, and only then shown to the processors of others.

`Span.end()` makes a fresh readable span for each end and hands that one object to all processors. The hook stands
before all of them and replaces fields of that object, so that everybody sees the redacted one, whenever they
registered, and the application's own span stays as it is. Out of reach: what other processors see of the live span in
`on_start`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from clippy_otel import _guard, semconv
from clippy_otel._sdk import attributes as sdk_attributes
from clippy_otel._sdk import ended_spans as sdk_ended_spans
from clippy_otel.consent.users import users_around, users_in
from clippy_otel.delivery.ended_spans import ended_span
from clippy_otel.delivery.spans import UNENCODED
from clippy_otel.hooks.cutting import ValueLimits, cut_span
from clippy_otel.hooks.sampler import is_ai_operation
from clippy_otel.hooks.span_bytes import ended_bytes, held_bytes
from clippy_otel.hooks.span_redaction import SpanRedaction, clean_bytes, redacted
from clippy_otel.hooks.span_weights import as_kept, as_sampled
from clippy_otel.ports import Purpose, QueueItem

if TYPE_CHECKING:
    from clippy_otel.hooks.intake import Intake
    from clippy_otel.hooks.outcomes import Outcomes
    from clippy_otel.ledger import Column
    from clippy_otel.otlp.ended_span import EndedSpan
    from clippy_otel.privacy.redactor import Redactor
    from clippy_otel.rules import Rules
    from clippy_otel.sampling.strategies import Sampling
    from clippy_otel.scope import Scopes

_PURPOSE: Final = int(Purpose.PERFORMANCE)
_SAMPLED: Final = 1  # of the trace flags
_USER_KEYS: Final = frozenset(semconv.USER_KEYS)
_new: Final = tuple.__new__


class SpanHook:
    """What is done to every ended span of a provider.

    Args:
        intake: The pipeline behind it.
        limits: Of values, kept after redaction; None: none.
        show: Shows others a span that is kept late, for how its trace has ended; None: there is nobody.
        scopes: Whose open one says whom a span is about when it ends; None: its attributes say it.
        decided: Whether our own sampler has decided about each trace where it began; else that is done here.
    """

    def __init__(
        self,
        intake: Intake,
        limits: ValueLimits | None = None,
        *,
        show: Callable[[Any], None] | None = None,
        scopes: Scopes | None = None,
        decided: bool = False,
    ) -> None:
        self._intake = intake
        self._show = show
        self._scopes = scopes
        self._decided = decided
        self._outcomes: Outcomes | None = None
        if intake.rules.sampler.by_outcome:
            from clippy_otel.hooks.outcomes import Outcomes  # noqa: PLC0415 - for who keeps traces for how they end

            self._outcomes = Outcomes.of(intake, self._release, sees_starts=decided)
        self._limits = limits if limits is not None and limits.hold else None
        self._redaction = SpanRedaction()
        self._usual_rules: Rules | None = None  # by which every sampled span is redacted and delivered

    @property
    def holds(self) -> bool:
        """Whether how a trace ends may count: begin() is to be told of spans that begin."""
        return self._decided and self._outcomes is not None

    @property
    def overflowed(self) -> int:
        """How many spans could not wait for the end of their trace, for a limit was reached."""
        return 0 if self._outcomes is None else self._outcomes.overflowed

    def begin(self, span: Any) -> None:
        """Note a span that has begun, where how its trace ends may count. Never raises."""
        if self._outcomes is not None:
            self._outcomes.begin(span)

    def end(self) -> None:
        """Hold nothing any more: what is held follows the decision that was made where its trace began."""
        if self._outcomes is not None:
            self._outcomes.close()

    def erase_held(self) -> None:
        """Forget what is held, and what was decided about it."""
        if self._outcomes is not None:
            self._outcomes.erase()

    def flush(self, timeout_ms: float) -> bool:
        """Deliver what was taken in, and return whether everything was delivered."""
        return self._intake.flush(timeout_ms)

    def take(self, span: Any, *, is_shown: bool = True) -> Any:
        """Take an ended span in, and return what others may see of it; None: nobody may see anything.

        Never raises. The span may come back changed; a live span, or one of a foreign class, comes back as a copy.

        Args:
            span: The span.
            is_shown: Whether anybody is going to see it.
        """
        intake = self._intake
        rules = intake.rules
        redactor = rules.redactor
        consent = intake.consent
        if rules is self._usual_rules and not intake.closed and consent.counter[0] == consent.free_at:
            if redactor is None:
                taken, ended = _anonymous(span), None
            else:
                ended = self._redaction.usual(span, redactor)
                taken = None if ended is None else _clean(ended, redactor)
            if taken is not None:
                # As QueueItem(...) makes it, at half the time.
                intake.offer(_new(QueueItem, (UNENCODED, *taken, _PURPOSE, b"", False, 1, None)))
                intake.subscriptions.publish("span", span)
                return span
            if ended is not None and redactor is not None and not is_shown and self._take_redacted(ended, redactor):
                return None
        shown = self._take(span, rules)
        if shown is not None:
            intake.subscriptions.publish("span", shown)
        return shown

    def _take_redacted(self, usual: EndedSpan, redactor: Redactor) -> bool:
        """Take in a span that has something to redact and that nobody else sees; False: that takes the usual way."""
        intake = self._intake
        if intake.subscriptions.has_subscribers("span"):
            return False
        try:
            user_ids = users_around(self._scopes)
            ended = redacted(usual, redactor, user_ids)
            subjects = intake.subjects(user_ids) if user_ids else b""
            item = _new(QueueItem, (UNENCODED, ended, ended_bytes(ended), _PURPOSE, subjects, False, 1, None))
        except Exception:  # noqa: BLE001 - the usual way meets it again, and counts it
            return False
        intake.offer(item)
        return True

    def _take(self, span: Any, rules: Rules) -> Any:
        """Do what take() does, with any span and under any rules."""
        intake = self._intake
        try:
            refused = intake.refusal()
            if refused is not None and intake.owns:
                intake.ledger.offer("spans", refused)
                return None
            if refused is None and not self._consents(span):
                intake.ledger.offer("spans", "consent_denied")
                return None
            left_out = self._left_out(span, rules.sampler)
            if left_out is not None:
                self._leave_out(span, rules, left_out)
                return None
            if not self._decided and rules.sampler.weighs:
                span = as_kept(span, rules.sampler)
        except Exception as error:  # noqa: BLE001 - the host's safety; counted here and by the guard
            _guard.swallowed("span", error)
            intake.ledger.offer("spans", "redaction_failed")
            return None
        return self._pass_on(span, rules, refused)

    def _consents(self, span: Any) -> bool:
        intake = self._intake
        return intake.is_free() or intake.consents(
            _PURPOSE, sdk_attributes.attributes_of(span.attributes), self._scopes
        )

    def _left_out(self, span: Any, sampling: Sampling) -> Column | None:
        """Return the ledger's column for a span of a trace that is left out, if only for now; None for another one."""
        if sampling.keeps_none:
            return "sampled_out"
        left_out = None if self._decided else sampling.left_out(span.context)
        if left_out is None and self._outcomes is not None and not span.context.trace_flags.sampled:
            return sampling.column
        return left_out

    def _leave_out(self, span: Any, rules: Rules, column: Column) -> None:
        self._tell(span, rules)
        if self._outcomes is not None and not rules.sampler.keeps_none:
            self._outcomes.end(span)
        else:
            self._intake.ledger.offer("spans", column)

    def _tell(self, span: Any, rules: Rules) -> None:
        """Have statistics count an AI operation whose span may go nowhere: they count what happens, not what stays."""
        if self._intake.subscriptions.has_subscribers("span") and is_ai_operation(
            sdk_attributes.attributes_of(span.attributes)
        ):
            changes = {} if rules.redactor is None else self._redaction.changes(span, rules.redactor)
            self._intake.subscriptions.publish(
                "span", sdk_ended_spans.with_changes(sdk_ended_spans.copy_span(span), changes)
            )

    def _release(self, span: Any) -> None:
        """Pass a span on that was held, of which statistics have heard."""
        intake = self._intake
        refused = intake.refusal()
        if refused is None and not self._consents(span):
            intake.ledger.offer("spans", "consent_denied")
            return
        shown = self._pass_on(as_sampled(span), intake.rules, refused)
        if shown is not None and self._show is not None:
            self._show(shown)

    def _pass_on(self, span: Any, rules: Rules, refused: Column | None) -> Any:
        """Redact, queue and return a span that is kept."""
        intake = self._intake
        failing: Column = "redaction_failed"  # what goes wrong up to redaction is shown to nobody
        shown = None
        user_ids: list[str] = []
        try:
            if rules.redactor is not None:
                changes = self._redaction.changes(span, rules.redactor, user_ids)
                if changes:
                    span = sdk_ended_spans.with_changes(span, changes)
            else:
                user_ids = users_in(sdk_attributes.attributes_of(span.attributes), None)
            user_ids += users_around(self._scopes)
            if refused is None and not intake.consents_to(_PURPOSE, user_ids):
                intake.ledger.offer("spans", "consent_denied")
                return None
            if self._limits is not None:
                span = cut_span(span, self._limits)
            failing, shown = "unencodable", span
            if refused is not None or "spans" not in intake.delivers:
                intake.ledger.offer("spans", refused or "handed_over")
                return shown
            if not span.context.trace_flags.sampled:  # recorded for processors of others, not to be exported
                intake.ledger.offer("spans", "sampled_out")
                return shown
            if (self._decided or rules.sampler.keeps_all) and self._limits is None:
                self._usual_rules = rules
            subjects = intake.subjects(user_ids) if user_ids else b""
            data = ended_span(span)
            taken = (span, held_bytes(span)) if data is None else (data, ended_bytes(data))
            item = _new(QueueItem, (UNENCODED, *taken, _PURPOSE, subjects, False, 1, None))
        except Exception as error:  # noqa: BLE001 - the host's safety; counted here and by the guard
            _guard.swallowed("span", error)
            intake.ledger.offer("spans", failing)
            return shown
        intake.offer(item)
        return shown


def _clean(ended: EndedSpan, redactor: Redactor) -> tuple[EndedSpan, int] | None:
    """Return what is encoded of a span, and what that takes in memory; None where something may be to be redacted."""
    try:
        size_bytes = clean_bytes(ended, redactor)
    except Exception:  # noqa: BLE001 - one that is being changed: the usual way has the last word
        return None
    return None if size_bytes is None else (ended, size_bytes)


def _anonymous(span: Any) -> tuple[EndedSpan, int] | None:
    """Return what is encoded of a sampled span, and what that takes in memory; None where it may be about a user."""
    ended = ended_span(span)
    if ended is None or not ended.context.trace_flags & _SAMPLED or ended.links:
        return None
    return (ended, ended_bytes(ended)) if _USER_KEYS.isdisjoint(ended.attributes) else None
