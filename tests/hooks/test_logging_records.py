"""Records of Python's logging are translated as the SDK's own handler does it, and whatever they hold."""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler, ReadableLogRecord
from opentelemetry.sdk._logs._internal import std_to_otel
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

from clippy_otel.hooks import logging_records
from clippy_otel.hooks.logging_bridge import LoggingBridge


class Unprintable:
    """An object whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError


@dataclasses.dataclass
class Login:
    """A dataclass of the application's."""

    name: str
    password: str


@pytest.fixture
def exporter() -> InMemoryLogRecordExporter:
    """Where the SDK's records end."""
    return InMemoryLogRecordExporter()  # type: ignore[no-untyped-call] # the SDK's


@pytest.fixture
def provider(exporter: InMemoryLogRecordExporter) -> Iterator[LoggerProvider]:
    """A provider of the bare SDK."""
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    yield provider
    provider.shutdown()


def record(message: object, *args: object, level: int = logging.INFO, **fields: Any) -> logging.LogRecord:
    """Return a record as a logger makes it; the fields are those that `extra` adds, and exc_info."""
    made = logging.LogRecord(
        "app.login", level, "/app/login.py", 12, message, args, fields.pop("exc_info", None), "log_in"
    )
    vars(made).update(fields)
    return made


def raised(error: Exception) -> Any:
    """Return what sys.exc_info() says of an error that was raised."""
    try:
        raise error
    except type(error):
        return sys.exc_info()


PLAIN = [
    record("hello"),
    record("hello %s, %d", "alice", 5, level=logging.WARNING),
    record("%(name)s", {"name": "alice"}, level=logging.CRITICAL),
    record(42),
    record(None),
    record({"a": {"b": [1, 2]}}),
    record(["a", 1]),
    record(ValueError("broken"), level=logging.ERROR),
    record("hello", request_id="r-1", attempt=3, ratio=0.5, ok=True, tags=["a", "b"], user={"plan": "free"}),
    record("hello", level=25),
    record("hello", level=5),
    record("hello", level=99, exc_info=(None, None, None)),
]


@pytest.mark.parametrize("logged", PLAIN)
def test_a_record_is_what_the_sdks_handler_makes_of_it(
    exporter: InMemoryLogRecordExporter, provider: LoggerProvider, logged: logging.LogRecord
) -> None:
    """Body, severity, time, attributes and instrumentation scope are the same."""
    theirs, ours = through_both(exporter, provider, logged)
    assert as_compared(ours) == as_compared(theirs)


def test_an_exception_has_the_same_attributes(exporter: InMemoryLogRecordExporter, provider: LoggerProvider) -> None:
    """Their names are the SDK's handler's; the stack trace has no line of the source."""
    theirs, ours = through_both(exporter, provider, record("failed", exc_info=raised(KeyError("x"))))
    found = dict(ours.log_record.attributes or {})
    assert list(found) == list(theirs.log_record.attributes or {})
    assert (found["exception.type"], found["exception.message"]) == ("KeyError", "'x'")
    assert "in raised" in str(found["exception.stacktrace"])
    assert "raise error" not in str(found["exception.stacktrace"])


def through_both(
    exporter: InMemoryLogRecordExporter, provider: LoggerProvider, logged: logging.LogRecord
) -> tuple[ReadableLogRecord, ReadableLogRecord]:
    """Return what the SDK's handler and the bridge make of a record."""
    with pytest.warns(DeprecationWarning, match="LoggingHandler"):
        theirs = LoggingHandler(logger_provider=provider)
    theirs.emit(logged)
    LoggingBridge(logging.NOTSET, logger=provider.get_logger).handle(logged)
    one, two = exporter.get_finished_logs()
    return one, two


def as_compared(exported: ReadableLogRecord) -> dict[str, Any]:
    """Return what two records have to have in common."""
    fields = exported.log_record
    return {
        "body": fields.body,
        "severity": (fields.severity_number, fields.severity_text),
        "time": fields.timestamp,
        "observed": fields.observed_timestamp is not None,
        "attributes": dict(fields.attributes or {}),
        "scope": exported.instrumentation_scope and exported.instrumentation_scope.name,
    }


@pytest.mark.parametrize("level", [*range(-1, 60), 1000])
def test_every_level_has_the_severity_that_the_sdk_gives_it(level: int) -> None:
    """The numbers are the SDK's own for each level."""
    assert logging_records.severity(record("x", level=level))[0] is std_to_otel(level)


@pytest.mark.parametrize(
    "logged, expected",
    [
        (record("hello %s"), "hello %s"),
        (record("hello %s", "a", "b"), "hello %s [not formatted: TypeError]"),
        (record("hello %d", "a"), "hello %d [not formatted: TypeError]"),
        (record("hello %s", Unprintable()), "hello %s [not formatted: RuntimeError]"),
        (record(Unprintable()), "<unprintable Unprintable> [not formatted: RuntimeError]"),
        (record({"object": Unprintable()}), {"object": "<unprintable Unprintable>"}),
        (record(Login("alice", "hunter2")), "Login(name='alice', password='hunter2')"),
        (record(b"raw"), b"raw"),
    ],
)
def test_whatever_is_logged_has_a_body(logged: logging.LogRecord, expected: object) -> None:
    """Where a message cannot be formatted, its template stands there and says why."""
    assert logging_records.body(logged) == expected


def test_what_extra_holds_is_made_plain(
    exporter: InMemoryLogRecordExporter, provider: LoggerProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """Objects keep their fields by name, so that the secret ones can be told; the SDK has nothing to warn about."""
    logged = record("hello", login=Login("alice", "x"), nested={1: {"login": Login("bob", "y")}}, bad=Unprintable())
    LoggingBridge(logging.INFO, logger=provider.get_logger).handle(logged)
    (exported,) = exporter.get_finished_logs()
    found = dict(exported.log_record.attributes or {})
    assert found["login"] == {"name": "alice", "password": "x"}
    assert found["nested"] == {"1": {"login": {"name": "bob", "password": "y"}}}
    assert found["bad"] == "<unprintable Unprintable>"
    assert not caplog.records


def test_what_extra_holds_is_bounded_and_left_alone() -> None:
    """What holds itself ends, what is too much becomes a text that says so, and the application's object stays."""
    cycle: list[Any] = ["x"]
    cycle.append(cycle)
    found = logging_records.attributes(record("hello", cycle=cycle, many=list(range(2000)), few=[1]))
    assert repr(found["cycle"]).count("'x'") == 8
    assert repr(found["cycle"]).count("[TRUNCATED]") == 1
    assert found["many"] == "[TRUNCATED]"
    assert found["few"] == [1]
    assert cycle == ["x", cycle]
