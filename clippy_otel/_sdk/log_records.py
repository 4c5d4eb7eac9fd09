"""Log records: one made like another, without the constructors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def log_record_copy(emitted: Any, changes: Mapping[str, Any], resource: Any, scope: Any) -> Any:
    """Return a ReadWriteLogRecord like another one, with other values in its log record.

    Without the constructors, which would clean its attributes once more.

    Args:
        emitted: The record; left as it is.
        changes: New values of the log record's fields, by their names.
        resource: The copy's.
        scope: The copy's instrumentation scope.
    """
    record = object.__new__(type(emitted.log_record))
    record.__dict__.update(emitted.log_record.__dict__, **changes)
    copy = object.__new__(type(emitted))
    copy.__dict__.update(emitted.__dict__, log_record=record, resource=resource, instrumentation_scope=scope)
    return copy
