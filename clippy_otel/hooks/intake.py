"""What the hooks know of the pipeline behind them: the rules in force, the books, and the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clippy_otel.consent import Consent
    from clippy_otel.delivery.worker import Worker
    from clippy_otel.ledger import Column, Ledger
    from clippy_otel.ports import QueueItem
    from clippy_otel.rules import LiveRules, Rules
    from clippy_otel.scope import Scopes
    from clippy_otel.subscriptions import Subscriptions

# What shuts down what others have registered with a provider of ours: may take its time, hang, or raise.
Endings = Sequence[Callable[[], object]]


class Intake:
    """The way from the hooks into one pipeline.

    Args:
        rules: The pipeline's.
        ledger: Its books.
        consent: Asked for each record.
        subscriptions: Who wants to know of spans.
        worker: Its delivery. What it has no transport for is handed over to those who export it.
        owns: Whether the providers are the pipeline's own: turned off, it records nothing then. In somebody else's,
            records go on to where they went before.

    Attributes:
        live: The pipeline's rules, for who reads them for each span.
        offer: Queues what is to be delivered.
        delivers: The signals that are.
        closed: Set by the pipeline when it is shut down.
    """

    def __init__(
        self,
        rules: LiveRules,
        ledger: Ledger,
        consent: Consent,
        subscriptions: Subscriptions,
        worker: Worker,
        *,
        owns: bool,
    ) -> None:
        self.live = rules
        self.ledger = ledger
        self.consent = consent
        self.subscriptions = subscriptions
        self._worker = worker
        self.offer: Callable[[QueueItem], None] = worker.queue.offer
        self.delivers = frozenset(worker.signals)
        self.owns = owns
        self.closed = False

    @property
    def rules(self) -> Rules:
        """The rules in force now."""
        return self.live.current

    def flush(self, timeout_ms: float) -> bool:
        """Deliver what was accepted so far; return whether that succeeded within the timeout."""
        return self._worker.flush(timeout_ms).ok

    def refusal(self) -> Column | None:
        """Return the column for what is recorded while nothing is: None while something is."""
        if self.closed:
            return "after_shutdown"
        return None if self.live.current.config.enabled else "disabled"

    def is_free(self) -> bool:
        """Return whether everything may be recorded for each purpose, whoever it is about."""
        consent = self.consent
        return consent.counter[0] == consent.free_at

    def consents(self, purpose: int, data: Mapping[str, Any], scopes: Scopes | None) -> bool:
        """Return whether something may be recorded for a purpose.

        Args:
            purpose: Which: a mask of Purpose.
            data: What is known of it, not redacted.
            scopes: Whose open one says whom it is about, before the data does; None: none does.

        Raises:
            Exception: Whatever something foreign in the data raises when it is read.
        """
        scope_attributes = {} if scopes is None else scopes.fields()[1]
        return self.is_free() or not self.consent.refuses(purpose, scope_attributes, data, self.rules.redactor)

    def consents_to(self, purpose: int, user_ids: Sequence[str]) -> bool:
        """Return whether something may be recorded for a purpose that is about these users, as all is known of it."""
        return not user_ids or self.is_free() or self.consent.admits(purpose, self.subjects(user_ids))

    def subjects(self, user_ids: Iterable[str]) -> bytes:
        """Return the keyed hashes of the users that a record is about."""
        return self.consent.subjects(user_ids)
