"""Log records of the SDK are made of what `log_records.py` relies on."""

from __future__ import annotations

from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs import ReadWriteLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from clippy_otel._sdk import log_records as sdk_log_records


def test_log_record_copy() -> None:
    """A record like another one, of the same classes, which shares what was not changed."""
    record = LogRecord(body="b", attributes={"a": 1}, event_name="e")
    emitted = ReadWriteLogRecord(record, Resource({}), InstrumentationScope("app"))
    resource, scope = Resource({"r": 1}), InstrumentationScope("other")
    copy = sdk_log_records.log_record_copy(emitted, {"body": "other"}, resource, scope)
    assert type(copy) is ReadWriteLogRecord
    assert type(copy.log_record) is LogRecord
    assert (copy.log_record.body, copy.log_record.event_name) == ("other", "e")
    assert copy.log_record.attributes is record.attributes
    assert (copy.resource, copy.instrumentation_scope, copy.limits) == (resource, scope, emitted.limits)
    assert (record.body, emitted.resource) == ("b", Resource({}))
    assert copy.dropped_attributes == 0
