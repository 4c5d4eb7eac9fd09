"""A foreign log record's way: sampled, redacted, encoded and queued, and only then shown to the processors of others.

The record that reaches the hook can be the caller's own object, so what must be other than it is goes on as a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clippy_otel import _guard
from clippy_otel._sdk import attributes as sdk_attributes
from clippy_otel._sdk import log_records as sdk_log_records
from clippy_otel.consent.users import users_around, users_in
from clippy_otel.hooks.ai_messages import facts_of, message_of
from clippy_otel.hooks.cutting import ValueLimits, cut_record
from clippy_otel.hooks.log_items import PURPOSE, LogItems
from clippy_otel.hooks.log_sampling import judge, weighed
from clippy_otel.hooks.origins import Origins

if TYPE_CHECKING:
    from clippy_otel.hooks.intake import Intake
    from clippy_otel.ledger import Column
    from clippy_otel.privacy.redactor import Redactor
    from clippy_otel.scope import Scopes


class LogRedaction:
    """Redact log records of the SDK, on any threads."""

    def __init__(self) -> None:
        self._origins = Origins()

    def redact(self, emitted: Any, redactor: Redactor, user_ids: list[str] | None = None) -> Any:
        """Return a record as others may see it: the same object where it is clean and nothing in it can change.

        Args:
            emitted: A ReadWriteLogRecord; left as it is.
            redactor: With which.
            user_ids: A list to which the user ids in it are added, as they were; None: they are not asked for.

        Raises:
            Exception: Whatever something foreign in the record raises when it is read.
        """
        record = emitted.log_record
        changes: dict[str, Any] = {}
        attributes = sdk_attributes.attributes_of(record.attributes)
        message = message_of(record.event_name, attributes)
        facts = attributes if message is None else facts_of(message, attributes, redactor)
        if attributes and (new := redactor.redact_attributes(facts, user_ids=user_ids)) is not attributes:
            changes["attributes"] = sdk_attributes.attributes_like(record.attributes, new, immutable=False)
        if (body := record.body) is not None:
            if message is not None and redactor.is_sensitive_key(message):
                changes["body"] = None
            elif (new := _own(_redacted_body(body, redactor, user_ids))) is not body:
                changes["body"] = new
        for name in ("event_name", "severity_text"):
            value = getattr(record, name)
            if value is not None and (redacted := redactor.redact(value)) is not value:
                changes[name] = redacted
        if record.exception is not None:  # its attributes are there; the object would keep its frames alive
            changes["exception"] = None
        resource = self._origins.resource(emitted.resource, redactor)
        scope = self._origins.scope(emitted.instrumentation_scope, redactor)
        if changes or resource is not emitted.resource or scope is not emitted.instrumentation_scope:
            return sdk_log_records.log_record_copy(emitted, changes, resource, scope)
        return emitted


class LogHook:
    """What is done to every log record that a provider's loggers emit.

    Args:
        intake: The pipeline behind it.
        limits: Of values, kept after redaction; None: none.
        scopes: What a record may belong to without saying so; None: to nothing.
    """

    def __init__(self, intake: Intake, limits: ValueLimits | None = None, *, scopes: Scopes | None = None) -> None:
        self._intake = intake
        self._scopes = scopes
        self._limits = limits if limits is not None and limits.hold else None
        self._redaction = LogRedaction()
        self._items = LogItems()

    def delivers(self) -> bool:
        """Return whether what is taken in now is delivered by us."""
        return "logs" in self._intake.delivers and self._intake.refusal() is None

    def flush(self, timeout_ms: float) -> bool:
        """Deliver what was taken in, and return whether everything was delivered."""
        return self._intake.flush(timeout_ms)

    def take(self, emitted: Any) -> Any:
        """Take a record in, and return what others may see of it; None: nobody may see anything. Never raises."""
        intake, rules = self._intake, self._intake.rules
        failing: Column = "redaction_failed"  # what goes wrong up to redaction must be shown to nobody
        shown, user_ids = None, list[str]()
        try:
            refused, attributes = intake.refusal(), sdk_attributes.attributes_of(emitted.log_record.attributes)
            if (left_out := self._left_out(attributes, refused)) is not None:
                intake.ledger.offer("logs", left_out)
                return None
            verdict = judge(rules.sampler, emitted, self._scopes)
            if verdict.refused is not None:
                intake.ledger.offer("logs", verdict.refused)
                return None
            if rules.redactor is None:
                clean, user_ids = emitted, users_in(attributes, None)
            else:
                clean = self._redaction.redact(emitted, rules.redactor, user_ids)
            user_ids += users_around(self._scopes)
            if refused is None and not intake.consents_to(PURPOSE, user_ids):
                intake.ledger.offer("logs", "consent_denied")
                return None
            if verdict.weight is not None:
                clean = weighed(clean, verdict.weight)
            shown = clean if self._limits is None else cut_record(clean, self._limits)
            if refused is not None or "logs" not in intake.delivers:
                intake.ledger.offer("logs", refused or "handed_over")
                return shown
            failing = "unencodable"
            subjects = intake.subjects(user_ids) if user_ids else b""
            item = self._items.item(shown, subjects=subjects)
        except Exception as error:  # noqa: BLE001 - the host's safety; counted here and by the guard
            _guard.swallowed("log record", error)
            intake.ledger.offer("logs", failing)
            return shown
        intake.offer(item)
        return shown

    def _left_out(self, attributes: Mapping[str, Any], refused: Column | None) -> Column | None:
        """Return the ledger's column for what is not to be recorded, whatever the sampling says; None: it may be."""
        intake = self._intake
        if refused is not None:
            return refused if intake.owns else None
        return None if intake.consents(PURPOSE, attributes, self._scopes) else "consent_denied"


def _redacted_body(body: Any, redactor: Redactor, user_ids: list[str] | None) -> Any:
    """Return a body as others may see it; one that is a mapping says whose it is, like attributes."""
    if isinstance(body, Mapping):
        # Read once: a mapping of a foreign class may say something else the next time.
        return redactor.redact_attributes(body if type(body) is dict else dict(body), user_ids=user_ids)
    return redactor.redact(body)


def _own(value: Any) -> Any:
    """Return a redacted body of which the caller holds nothing that can change: others may read it much later.

    The SDK copies attributes, but not the body. What comes here is a tree: the redaction has cut what holds itself.
    """
    if isinstance(value, Mapping):
        return {key: _own(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_own, value))
    return set(value) if isinstance(value, set) else value
