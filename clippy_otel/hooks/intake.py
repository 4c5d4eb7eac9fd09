"""What the hooks know of the pipeline behind them: the rules in force, the books, and the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clippy_otel.delivery.worker import Worker
    from clippy_otel.ledger import Column, Ledger
    from clippy_otel.ports import QueueItem
    from clippy_otel.privacy.pseudonyms import Pseudonyms
    from clippy_otel.rules import LiveRules, Rules
    from clippy_otel.subscriptions import Subscriptions

# What shuts down what others have registered with a provider of ours: may take its time, hang, or raise.
Endings = Sequence[Callable[[], object]]


class Intake:
    """The way from the hooks into one pipeline.

    Args:
        rules: The pipeline's.
        ledger: Its books.
        pseudonyms: What makes the keyed hashes of a record's users.
        subscriptions: Who wants to know of spans.
        worker: Its delivery. What it has no transport for is handed over to those who export it.
        owns: Whether the providers are the pipeline's own: turned off, it records nothing then. In somebody else's,
            records go on to where they went before.

    Attributes:
        offer: Queues what is to be delivered.
        delivers: The signals that are.
        closed: Set by the pipeline when it is shut down.
    """

    def __init__(
        self,
        rules: LiveRules,
        ledger: Ledger,
        pseudonyms: Pseudonyms,
        subscriptions: Subscriptions,
        worker: Worker,
        *,
        owns: bool,
    ) -> None:
        self._rules = rules
        self.ledger = ledger
        self._pseudonyms = pseudonyms
        self.subscriptions = subscriptions
        self._worker = worker
        self.offer: Callable[[QueueItem], None] = worker.queue.offer
        self.delivers = frozenset(worker.signals)
        self.owns = owns
        self.closed = False

    @property
    def rules(self) -> Rules:
        """The rules in force now."""
        return self._rules.current

    def flush(self, timeout_ms: float) -> bool:
        """Deliver what was accepted so far; return whether that succeeded within the timeout."""
        return self._worker.flush(timeout_ms).ok

    def refusal(self) -> Column | None:
        """Return the column for what is recorded while nothing is: None while something is."""
        if self.closed:
            return "after_shutdown"
        return None if self._rules.current.config.enabled else "disabled"

    def subjects(self, user_ids: Iterable[str]) -> bytes:
        """Return the keyed hashes of the users that a record is about."""
        return b"".join(map(self._pseudonyms.subject_hash, sorted(set(user_ids))))
