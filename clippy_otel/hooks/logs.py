"""A foreign log record's way: sampled, redacted, encoded and queued, and only then shown to the processors of others.

The record that reaches the hook can be the caller's own object, so what must be other than it is goes on as a copy.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace

from clippy_otel import _guard, _sdk, semconv
from clippy_otel.delivery.envelopes import Envelopes
from clippy_otel.hooks.cutting import ValueLimits, cut_record
from clippy_otel.hooks.origins import Origins
from clippy_otel.otlp.encode import DEFAULT_LIMITS, encode_dropped_count, encode_log_record
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Purpose, QueueItem
from clippy_otel.sampling.strategies import Candidate

if TYPE_CHECKING:
    from clippy_otel.hooks.intake import Intake
    from clippy_otel.ledger import Column
    from clippy_otel.privacy.redactor import Redactor
    from clippy_otel.rules import Rules

_PURPOSE: Final = int(Purpose.ANALYTICS)
_MAX_ATTRIBUTES: Final = DEFAULT_LIMITS.max_nodes
_NO_SPAN: Final = trace.INVALID_SPAN_CONTEXT


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
        attributes = _sdk.attributes_of(record.attributes)
        if attributes and (new := redactor.redact_attributes(attributes, user_ids=user_ids)) is not attributes:
            changes["attributes"] = _sdk.attributes_like(record.attributes, new, immutable=False)
        if (body := record.body) is not None and (new := _own(_redacted_body(body, redactor, user_ids))) is not body:
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
            return _sdk.log_record_copy(emitted, changes, resource, scope)
        return emitted


class LogHook:
    """What is done to every log record that a provider's loggers emit.

    Args:
        intake: The pipeline behind it.
        limits: Of values, kept after redaction; None: none.
    """

    def __init__(self, intake: Intake, limits: ValueLimits | None = None) -> None:
        self._intake = intake
        self._limits = limits if limits is not None and limits.hold else None
        self._redaction = LogRedaction()
        self._envelopes = Envelopes("logs")

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
            refused = intake.refusal()
            dropped = refused if intake.owns and refused else _sampled_out(rules, emitted)
            if dropped is not None:
                intake.ledger.offer("logs", dropped)
                return None
            clean = emitted if rules.redactor is None else self._redaction.redact(emitted, rules.redactor, user_ids)
            shown = clean if self._limits is None else cut_record(clean, self._limits)
            if refused is not None or "logs" not in intake.delivers:
                intake.ledger.offer("logs", refused or "handed_over")
                return shown
            failing = "unencodable"
            # Errors are exempt from sampling, and each stands for itself.
            item = self._item(shown, user_ids, b"" if _is_error(shown.log_record) else rules.weight)
        except Exception as error:  # noqa: BLE001 - the host's safety; counted here and by the guard
            _guard.swallowed("log record", error)
            intake.ledger.offer("logs", failing)
            return shown
        intake.offer(item)
        return shown

    def _item(self, emitted: Any, user_ids: list[str], weight: bytes) -> QueueItem:
        record = emitted.log_record
        severity = record.severity_number
        data = encode_log_record(
            time_unix_nano=record.timestamp or 0,
            observed_time_unix_nano=record.observed_timestamp or 0,
            attributes=_sdk.attributes_of(record.attributes),
            severity_number=0 if severity is None else severity.value,
            severity_text=record.severity_text or "",
            event_name=record.event_name or "",
            body=record.body,
            trace_id=record.trace_id or 0,
            span_id=record.span_id or 0,
            trace_flags=int(record.trace_flags or 0),
            # As many as the provider let it have: the SDK has counted those that it left out.
            encoded_attributes=weight + encode_dropped_count(getattr(record.attributes, "dropped", 0)),
            max_attributes=_MAX_ATTRIBUTES,
        )
        subjects = self._intake.subjects(user_ids) if user_ids else b""
        envelope = self._envelopes.of(emitted.resource, emitted.instrumentation_scope)
        return QueueItem(envelope, data, len(data) + len(subjects) + ITEM_OVERHEAD_BYTES, _PURPOSE, subjects)


def _redacted_body(body: Any, redactor: Redactor, user_ids: list[str] | None) -> Any:
    """Return a body as others may see it; one that is a mapping says whose it is, like attributes."""
    if isinstance(body, Mapping):
        return redactor.redact_attributes(body, user_ids=user_ids)
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


def _sampled_out(rules: Rules, emitted: Any) -> Column | None:
    """Return the ledger's column for a record that is not kept, None for one that is."""
    if rules.sampler.keeps_all:
        return None
    record = emitted.log_record
    span_context = trace.get_current_span(record.context).get_span_context() if record.context else _NO_SPAN
    return rules.sampler.refuse(Candidate(os.urandom(16).hex(), None, span_context, _is_error(record)))


def _is_error(record: Any) -> bool:
    severity = record.severity_number
    return severity is not None and bool(severity.value >= semconv.SEVERITY_ERROR)
