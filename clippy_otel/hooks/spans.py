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
from clippy_otel.hooks.span_redaction import SpanRedaction
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Purpose, QueueItem

if TYPE_CHECKING:
    from clippy_otel.hooks.intake import Intake

# What a queued span of the SDK holds beside its texts, measured with tracemalloc on Python 3.11: the objects of a span
# without attributes, of each attribute, and of each event or link.
_SPAN_BYTES: Final = 1_100 + ITEM_OVERHEAD_BYTES
_ATTRIBUTE_BYTES: Final = 100
_EVENT_BYTES: Final = 700
_NESTED_BYTES_PER_CHAR: Final = 8  # of its text: a list of small numbers is the worst
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

    def flush(self, timeout_ms: float) -> bool:
        """Deliver what was taken in, and return whether everything was delivered."""
        return self._intake.flush(timeout_ms)

    def take(self, span: Any) -> Any:
        """Take an ended span in, and return what others may see of it; None: nobody may see anything.

        Never raises. The span may come back changed; a live span, or one of a foreign class, comes back as a copy.
        """
        intake = self._intake
        rules = intake.rules
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
            if refused is None and "spans" in intake.delivers:
                self._queue(span, user_ids)
            else:
                intake.ledger.offer("spans", refused or "handed_over")
        except Exception as error:  # noqa: BLE001 - fails closed: what could not be redacted is shown to nobody
            _guard.swallowed("span", error)
            intake.ledger.offer("spans", "redaction_failed")
            return None
        return span

    def _queue(self, span: Any, user_ids: list[str]) -> None:
        if not span.context.trace_flags.sampled:  # recorded for processors of others, not to be exported
            self._intake.ledger.offer("spans", "sampled_out")
            return
        subjects = self._intake.subjects(user_ids) if user_ids else b""
        # As QueueItem(...) makes it, at half the time.
        self._intake.offer(_new(QueueItem, (UNENCODED, span, _held_bytes(span), _PURPOSE, subjects, False, 1)))


def _held_bytes(span: Any) -> int:
    """Estimate what a span takes in memory while it waits."""
    _, attributes, events, links, *_ = _sdk.span_fields(span)
    size_bytes = _SPAN_BYTES + _attributes_bytes(attributes)
    for part in (*events, *links) if events or links else ():
        size_bytes += _EVENT_BYTES + _attributes_bytes(_sdk.attributes_of(part.attributes))
    return size_bytes


def _attributes_bytes(attributes: Any) -> int:
    if not attributes:
        return 0
    size_bytes = len(attributes) * _ATTRIBUTE_BYTES
    for value in attributes.values():
        kind = type(value)
        if kind is str or kind is bytes:
            size_bytes += len(value)
        elif kind is not int and kind is not float and kind is not bool:
            size_bytes += len(repr(value)) * _NESTED_BYTES_PER_CHAR
    return size_bytes
