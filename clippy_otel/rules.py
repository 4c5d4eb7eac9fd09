"""What is in force: one immutable snapshot of the configuration and of what was built from it, swapped as a whole.

Whoever handles a record reads `current` once, so that one record is judged by one set of rules.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel import _fork
from clippy_otel.privacy.defaults import with_defaults
from clippy_otel.privacy.redactor import Redactor
from clippy_otel.privacy.rules.ai_content import AI_CONTENT
from clippy_otel.sampling.strategies import SAMPLING_FIELDS, Sampling

if TYPE_CHECKING:
    from clippy_otel.config import TelemetryConfig
    from clippy_otel.ports import Clock
    from clippy_otel.privacy.pseudonyms import Pseudonyms

_REDACTION_FIELDS: Final = frozenset(
    {"redact_pii", "redact_fields", "keep_fields", "redaction_rules", "placeholder", "user_ids"}
)


class Rules(NamedTuple):
    """What is in force for the records accepted from one moment on."""

    config: TelemetryConfig
    redactor: Redactor | None  # None: redact_pii=False
    sampler: Sampling


class LiveRules:
    """The rules of one pipeline.

    Args:
        config: The first configuration.
        clock: For the sampling windows.
        pseudonyms: What makes pseudonyms of user ids.

    Attributes:
        current: The rules in force; replaced, never changed.
    """

    def __init__(self, config: TelemetryConfig, clock: Clock, pseudonyms: Pseudonyms) -> None:
        self._clock = clock
        self._pseudonyms = pseudonyms
        self._changing = threading.Lock()
        self.current = self._make(config, None)
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Take a new lock in the child: a thread of the parent may have been changing the rules."""
        self._changing = threading.Lock()

    def update(self, changes: Mapping[str, Any]) -> tuple[TelemetryConfig, TelemetryConfig]:
        """Put other live settings in force, all at once; return the configurations before and after.

        Raises:
            ConfigurationError: A setting is unknown, impossible, or cannot be changed while running.
        """
        with self._changing:
            before = self.current
            config = before.config.updated(**changes)
            self.current = self._make(config, before)
        return before.config, config

    def redactor(self) -> Redactor | None:
        """Return the redactor in force; None: nothing is redacted."""
        return self.current.redactor

    def _make(self, config: TelemetryConfig, before: Rules | None) -> Rules:
        """Build the rules of a configuration, keeping the parts whose settings are the same."""
        if before is None or _differ(config, before.config, SAMPLING_FIELDS):
            sampler = Sampling(config, self._clock, before.sampler if before else None)
        else:
            sampler = before.sampler
        if before is None or _differ(config, before.config, _REDACTION_FIELDS):
            redactor = self._make_redactor(config)
        else:
            redactor = before.redactor
        return Rules(config, redactor, sampler)

    def _make_redactor(self, config: TelemetryConfig) -> Redactor | None:
        if not config.redact_pii:
            return None
        own = tuple(config.redaction_rules)
        # The last one, so that a rule of the user's can keep some content.
        drops_content = not config.capture_content and all(rule.name != AI_CONTENT.name for rule in own)
        return Redactor(
            with_defaults((*own, AI_CONTENT) if drops_content else own),
            redact_fields=config.redact_fields,
            keep_fields=config.keep_fields,
            placeholder=config.placeholder,
            pseudonym=self._pseudonyms.pseudonym,
            raw_user_ids=config.user_ids == "raw",
        )


def _differ(one: TelemetryConfig, other: TelemetryConfig, fields: frozenset[str]) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in fields)
