"""What a pipeline keeps beyond its process: its books, what was not delivered, consent, the key of its pseudonyms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from clippy_otel.clock import SYSTEM_CLOCK
from clippy_otel.consent import Consent
from clippy_otel.delivery.destinations import make_spool
from clippy_otel.ledger import Ledger
from clippy_otel.privacy.pseudonyms import Pseudonyms
from clippy_otel.state import state_of

if TYPE_CHECKING:
    from clippy_otel.config import TelemetryConfig
    from clippy_otel.delivery.spool import Spool


class Kept(NamedTuple):
    """What outlives a pipeline.

    Attributes:
        ledger: The books; the spool keeps them.
        pseudonyms: Those of the configuration's key.
        consent: What was decided about it.
        spool: Where records go that cannot be delivered now; None: they stay in memory.
    """

    ledger: Ledger
    pseudonyms: Pseudonyms
    consent: Consent
    spool: Spool | None = None

    @classmethod
    def on_disk(cls, config: TelemetryConfig, *, delivers: bool = True, ledger: Ledger | None = None) -> Kept:
        """Return what a resolved configuration keeps in its state directory; nothing is touched there yet.

        Args:
            config: Of the pipeline.
            delivers: False: nothing is delivered, so nothing has to wait.
            ledger: The books to go on with; None: new ones.
        """
        state, ledger = state_of(config), Ledger() if ledger is None else ledger
        spool = make_spool(config, state, ledger, SYSTEM_CLOCK) if delivers else None
        pseudonyms = Pseudonyms(config.pseudonym_key or (state.pseudonym_key if state else None))
        return cls(ledger, pseudonyms, Consent(state, pseudonyms, required=config.require_consent), spool)

    @classmethod
    def in_memory(cls, config: TelemetryConfig) -> Kept:
        """Return what is forgotten when the process ends."""
        pseudonyms = Pseudonyms(config.pseudonym_key)
        return cls(Ledger(), pseudonyms, Consent(None, pseudonyms, required=config.require_consent))
