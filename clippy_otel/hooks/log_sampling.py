"""A foreign log record, judged by the same rules as events; one that stands for several says so."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from clippy_otel import semconv
from clippy_otel._sdk import attributes as sdk_attributes
from clippy_otel._sdk import log_records as sdk_log_records
from clippy_otel.sampling.strategies import Sampling
from clippy_otel.sampling.strategy import KEPT, Verdict

if TYPE_CHECKING:
    from clippy_otel.scope import Scopes

_NUMBER_BYTES: Final = 16


def judge(sampling: Sampling, emitted: Any, scopes: Scopes | None = None) -> Verdict:
    """Decide about a log record of the SDK.

    Args:
        sampling: What is in force.
        emitted: A ReadWriteLogRecord.
        scopes: Where the session and the route may come from that the record does not have; None: from nowhere.

    Raises:
        Exception: Whatever something foreign in the record raises when it is read.
    """
    if sampling.keeps_all:
        return KEPT
    record = emitted.log_record
    attributes = sdk_attributes.attributes_of(record.attributes)
    tracker, scope_attributes = (None, None) if scopes is None else scopes.fields()
    severity, strategy = record.severity_number, sampling.base
    if sampling.rules:
        number = None if severity is None else severity.value
        strategy = sampling.strategy(record.event_name or "", number, (attributes, scope_attributes))
    session_id = attributes.get(semconv.SESSION_ID)
    if session_id is None and tracker is not None:
        session_id = tracker.external_id
    own = int.from_bytes(os.urandom(_NUMBER_BYTES), "big")
    return sampling.judge(strategy, own, session_id, record.context, is_error=is_error(record))


def weighed(emitted: Any, weight: float) -> Any:
    """Return a copy of a log record that says how many it stands for."""
    record = emitted.log_record
    attributes = {**sdk_attributes.attributes_of(record.attributes), semconv.SAMPLING_WEIGHT: weight}
    changes = {"attributes": sdk_attributes.attributes_like(record.attributes, attributes, immutable=False)}
    return sdk_log_records.log_record_copy(emitted, changes, emitted.resource, emitted.instrumentation_scope)


def is_error(record: Any) -> bool:
    """Return whether a log record is one of an error, by its severity."""
    severity = record.severity_number
    return severity is not None and bool(severity.value >= semconv.SEVERITY_ERROR)
