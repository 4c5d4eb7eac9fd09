"""The bridge forwards Python's logging without feeding itself, and without the application noticing."""

from __future__ import annotations

import contextlib
import io
import logging
import logging.config
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
from opentelemetry import trace
from opentelemetry._logs import Logger
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

from clippy_otel import _guard
from clippy_otel._sdk import suppression as sdk_suppression
from clippy_otel.delivery.http import HttpTransport
from clippy_otel.hooks import logging_bridge
from clippy_otel.hooks.logging_bridge import LoggingBridge
from clippy_otel.ports import Verdict
from tests._sinks import Sink

app = logging.getLogger("app.login")
SPAN = trace.NonRecordingSpan(trace.SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=trace.TraceFlags(1)))


class Forwarded:
    """A provider of the bare SDK that keeps what it is given, and a place for breadcrumbs."""

    def __init__(self) -> None:
        self.exporter = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call] # the SDK's
        self.provider = LoggerProvider(shutdown_on_exit=False)
        self.provider.add_log_record_processor(SimpleLogRecordProcessor(self.exporter))
        self.breadcrumbs: list[tuple[str, str, str, Mapping[str, Any] | None]] = []

    def bridge(self, level: int | str = logging.INFO) -> LoggingBridge:
        """Return a bridge to here."""
        return LoggingBridge(level, logger=self.provider.get_logger, add_breadcrumb=self.add_breadcrumb)

    def add_breadcrumb(self, message: str, *, category: str, level: str, data: Mapping[str, Any] | None) -> None:
        """Keep a breadcrumb."""
        self.breadcrumbs.append((message, category, level, data))

    @property
    def bodies(self) -> list[object]:
        """The bodies of what was forwarded."""
        return [exported.log_record.body for exported in self.exporter.get_finished_logs()]

    @property
    def messages(self) -> list[str]:
        """The messages of the breadcrumbs."""
        return [breadcrumb[0] for breadcrumb in self.breadcrumbs]


@pytest.fixture
def forwarded() -> Iterator[Forwarded]:
    """Where the bridge's records end."""
    forwarded = Forwarded()
    yield forwarded
    forwarded.provider.shutdown()


@contextlib.contextmanager
def installed(bridge: LoggingBridge, *, root_level: int = logging.DEBUG) -> Iterator[None]:
    """Install a bridge for a block, with another level on the root logger."""
    level = logging.root.level
    logging.root.setLevel(root_level)
    logging_bridge.install(bridge)
    try:
        yield
    finally:
        logging_bridge.remove(bridge)
        logging.root.setLevel(level)


@contextlib.contextmanager
def no_handlers() -> Iterator[None]:
    """Run a block as in an application that has not configured logging: pytest's handlers are away."""
    handlers, level = logging.root.handlers[:], logging.root.level
    logging.root.handlers[:] = []
    try:
        yield
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


def made_record(message: str, *args: object) -> logging.LogRecord:
    """Return a record as a logger makes it."""
    return logging.LogRecord("app.login", logging.INFO, "/app/login.py", 12, message, args, None)


def test_records_are_forwarded_from_the_level_on(forwarded: Forwarded) -> None:
    """What is below it is not; from INFO on all are breadcrumbs, whatever the level."""
    with installed(forwarded.bridge("WARNING")):
        app.debug("debug")
        app.info("info %d", 1)
        app.warning("warning")
        app.error("error")
    assert forwarded.bodies == ["warning", "error"]
    assert forwarded.breadcrumbs == [
        ("info 1", "app.login", "info", None),
        ("warning", "app.login", "warning", None),
        ("error", "app.login", "error", None),
    ]


def test_below_info_there_are_no_breadcrumbs(forwarded: Forwarded) -> None:
    """A bridge from DEBUG on forwards all, and the trail stays readable."""
    with installed(forwarded.bridge(logging.DEBUG)):
        app.debug("debug")
        app.info("info")
    assert (forwarded.bodies, forwarded.messages) == (["debug", "info"], ["info"])


def test_breadcrumbs_can_be_left_out(forwarded: Forwarded) -> None:
    """Without a place for them records are forwarded all the same."""
    with installed(LoggingBridge("INFO", logger=forwarded.provider.get_logger)):
        app.info("info")
    assert forwarded.bodies == ["info"]


@pytest.mark.parametrize("level, error", [("LOUD", ValueError), (1.5, TypeError)])
def test_a_level_that_there_is_not_is_refused(forwarded: Forwarded, level: Any, error: type[Exception]) -> None:
    """It is said when the bridge is made."""
    with pytest.raises(error):
        forwarded.bridge(level)


def test_a_loggers_own_level_decides_first(forwarded: Forwarded) -> None:
    """No level of the application's is changed, so the root logger's WARNING holds back what is below it."""
    with installed(forwarded.bridge(), root_level=logging.WARNING):
        app.info("info")
        assert logging.root.level == logging.WARNING
    assert (forwarded.bodies, forwarded.messages) == ([], [])


def test_a_record_belongs_to_the_span_in_which_it_was_logged(forwarded: Forwarded) -> None:
    """Trace and span ids are those of the current context."""
    with installed(forwarded.bridge()), trace.use_span(SPAN):
        app.info("info")
    (exported,) = forwarded.exporter.get_finished_logs()
    fields = exported.log_record
    assert (fields.trace_id, fields.span_id, fields.trace_flags) == (0xABC, 0xDEF, 1)


def test_a_logged_mapping_is_the_breadcrumbs_data(forwarded: Forwarded) -> None:
    """As text its secrets could not be told by their keys; a number is a message like any other."""
    with installed(forwarded.bridge()):
        app.info({"password": "hunter2"})
        app.info(42)
    assert forwarded.bodies == [{"password": "hunter2"}, 42]
    assert forwarded.breadcrumbs == [
        ("", "app.login", "info", {"body": {"password": "hunter2"}}),
        ("42", "app.login", "info", None),
    ]


def test_the_packages_own_records_are_ignored(forwarded: Forwarded) -> None:
    """Its logger and those below are; one whose name only begins alike is not."""
    with installed(forwarded.bridge()):
        for name in ("clippy_otel", "clippy_otel.delivery", "clippy_otelx"):
            logging.getLogger(name).warning(name)
    assert (forwarded.bodies, forwarded.messages) == (["clippy_otelx"], ["clippy_otelx"])


def test_what_is_logged_while_telemetry_is_delivered_is_ignored(forwarded: Forwarded) -> None:
    """Where instrumentation is suppressed nothing is bridged."""
    with installed(forwarded.bridge()):
        with sdk_suppression.instrumentation_suppressed():
            app.info("inside")
        app.info("outside")
    assert (forwarded.bodies, forwarded.messages) == (["outside"], ["outside"])


def test_what_a_delivery_logs_is_ignored(forwarded: Forwarded, caplog: pytest.LogCaptureFixture) -> None:
    """A delivery over HTTP logs at DEBUG, and does not make the next delivery's records."""
    with Sink() as sink, caplog.at_level(logging.DEBUG), installed(forwarded.bridge(logging.DEBUG)):
        transport = HttpTransport("logs", endpoint=f"{sink.url}/v1/logs")
        assert transport.send(transport.prepare(b"data"), 5.0).verdict is Verdict.DELIVERED
        transport.close()
    assert "urllib3.connectionpool" in {record.name for record in caplog.records}
    assert forwarded.bodies == []


def test_what_the_bridge_causes_to_be_logged_is_ignored(forwarded: Forwarded) -> None:
    """A log record made by the OpenTelemetry logger, or by an object that is being formatted, does not come back."""

    class Talkative:
        def __str__(self) -> str:
            app.warning("inside")
            return "talkative"

    with installed(forwarded.bridge()):
        app.info("%s", Talkative())
        app.info("next")
    # The object is formatted by pytest's own handlers too, outside of the bridge.
    assert forwarded.bodies[-2:] == ["talkative", "next"]
    bridge = forwarded.bridge()
    bridge.handle(made_record("%s", Talkative()))
    assert forwarded.bodies[-1] == "talkative"


def raising(*_: object, **__: object) -> NoReturn:
    """Fail."""
    raise RuntimeError


@pytest.mark.swallows
@pytest.mark.parametrize("part", ["logger", "breadcrumb", "filter"])
def test_what_fails_inside_does_not_reach_the_application(
    forwarded: Forwarded, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is counted by the guard; nothing is raised and nothing printed, and the next record is bridged."""
    failing = [True]

    def maybe(work: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: raising() if failing[0] else work(*args, **kwargs)

    bridge = LoggingBridge(
        "INFO",
        logger=maybe(forwarded.provider.get_logger) if part == "logger" else forwarded.provider.get_logger,
        add_breadcrumb=maybe(forwarded.add_breadcrumb) if part == "breadcrumb" else forwarded.add_breadcrumb,
    )
    if part == "filter":
        bridge.addFilter(maybe(lambda _: True))
    before = _guard.counts().get("logging bridge", 0)
    with installed(bridge):
        app.info("one")
        failing[0] = False
        app.info("two")
    assert _guard.counts()["logging bridge"] == before + 1
    assert forwarded.bodies == ["two"]
    assert capsys.readouterr() == ("", "")


def test_filters_hold(forwarded: Forwarded) -> None:
    """An application may add a filter to all handlers: it adds to a record, or keeps it back."""

    def add_request_id(record: logging.LogRecord) -> bool:
        record.request_id = "r-1"
        return record.getMessage() != "secret"

    bridge = forwarded.bridge()
    bridge.addFilter(add_request_id)
    with installed(bridge):
        app.info("hello")
        app.info("secret")
    (exported,) = forwarded.exporter.get_finished_logs()
    assert dict(exported.log_record.attributes or {})["request_id"] == "r-1"
    assert forwarded.messages == ["hello"]


def test_it_waits_for_no_lock(forwarded: Forwarded) -> None:
    """A thread that is held up inside the bridge holds up nobody else."""
    entered, leave = threading.Event(), threading.Event()

    def add_breadcrumb(message: str, **_: object) -> None:
        if message == "slow":
            entered.set()
            leave.wait(30)

    bridge = LoggingBridge("INFO", logger=forwarded.provider.get_logger, add_breadcrumb=add_breadcrumb)
    slow = threading.Thread(target=bridge.handle, args=(made_record("slow"),))
    slow.start()
    assert entered.wait(30)
    bridge.handle(made_record("fast"))
    assert forwarded.bodies == ["fast"]
    leave.set()
    slow.join()
    assert forwarded.bodies == ["fast", "slow"]


def test_an_opentelemetry_logger_is_asked_for_once_a_name(forwarded: Forwarded) -> None:
    """The instrumentation scope is the logger's name."""
    asked: list[str] = []

    def get_logger(name: str) -> Logger:
        asked.append(name)
        return forwarded.provider.get_logger(name)

    with installed(LoggingBridge("INFO", logger=get_logger)):
        for name in ("app.one", "app.two", "app.one"):
            logging.getLogger(name).info("x")
    scopes = [exported.instrumentation_scope for exported in forwarded.exporter.get_finished_logs()]
    assert [scope.name for scope in scopes if scope] == ["app.one", "app.two", "app.one"]
    assert asked == ["app.one", "app.two"]


def test_installing_and_removing_twice_is_once(forwarded: Forwarded) -> None:
    """A record is bridged once, and not at all after the bridge was removed; logging's own functions are back."""
    functions = logging.basicConfig, logging.config.dictConfig, logging.config.fileConfig
    bridge, other = forwarded.bridge(), forwarded.bridge()
    for one in (bridge, bridge, other):
        logging_bridge.install(one)
    logging_bridge.remove(other)
    app.warning("one")
    for one in (bridge, bridge, other):
        logging_bridge.remove(one)
    app.warning("two")
    assert forwarded.bodies == ["one"]
    assert (logging.basicConfig, logging.config.dictConfig, logging.config.fileConfig) == functions


def test_logging_can_be_configured_after_the_bridge_was_installed(
    forwarded: Forwarded, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call of basicConfig does what it does where no handler is there yet, and the bridge stays."""
    with no_handlers(), installed(forwarded.bridge()):
        logging.basicConfig(format="1 %(message)s", level=logging.INFO)
        app.info("one")
        logging.basicConfig(format="2 %(message)s", level=logging.INFO, force=True)
        app.info("two")
        assert logging.basicConfig.__name__ == "basicConfig"
    assert capsys.readouterr().err == "1 one\n2 two\n"
    assert forwarded.bodies == ["one", "two"]


FILE = """
[loggers]
keys=root
[handlers]
keys=mine
[formatters]
keys=
[logger_root]
level=INFO
handlers=mine
[handler_mine]
class=StreamHandler
"""


@pytest.mark.parametrize("by", ["dict", "file"])
def test_the_bridge_survives_logging_config(
    forwarded: Forwarded, capsys: pytest.CaptureFixture[str], tmp_path: Path, by: str
) -> None:
    """Both of its functions replace all handlers of the root logger but the bridge."""
    with no_handlers(), installed(forwarded.bridge()):
        if by == "dict":
            handlers = {"mine": {"class": "logging.StreamHandler"}}
            root = {"level": "INFO", "handlers": ["mine"]}
            logging.config.dictConfig(
                {"version": 1, "disable_existing_loggers": False, "handlers": handlers, "root": root}
            )
        else:
            file = tmp_path / "logging.ini"
            file.write_text(FILE)
            logging.config.fileConfig(file, disable_existing_loggers=False)
        app.info("one")
    assert capsys.readouterr().err == "one\n"
    assert forwarded.bodies == ["one"]


def test_a_configuration_that_fails_leaves_the_bridge(forwarded: Forwarded) -> None:
    """What logging raises goes to the application as ever."""
    with no_handlers(), installed(forwarded.bridge()):
        with pytest.raises(ValueError, match="version"):
            logging.config.dictConfig({})
        app.info("one")
    assert forwarded.bodies == ["one"]


def test_where_no_handler_is_warnings_still_go_to_standard_error(
    forwarded: Forwarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do so once, with two bridges too; not where a handler is there, and INFO not at all."""
    last_resort = logging.StreamHandler(io.StringIO())
    last_resort.setLevel(logging.WARNING)
    monkeypatch.setattr(logging, "lastResort", last_resort)
    child = logging.getLogger("app.login.child")
    heard = logging.NullHandler()
    with no_handlers(), installed(forwarded.bridge()), installed(forwarded.bridge()):
        app.info("info")
        app.warning("unheard")
        app.addHandler(heard)
        child.warning("heard by a logger above")
        app.removeHandler(heard)
        logging.root.addHandler(heard)
        app.warning("heard")
    assert last_resort.stream.getvalue() == "unheard\n"


def sdk_handler(provider: LoggerProvider) -> logging.Handler:
    """Return the SDK's own handler, which is deprecated."""
    with pytest.warns(DeprecationWarning, match="LoggingHandler"):
        return LoggingHandler(logger_provider=provider)


def instrumentation_handler(_: LoggerProvider) -> logging.Handler:
    """Return a handler of a class derived from one named as that of opentelemetry-instrumentation-logging."""
    module = {"__module__": "opentelemetry.instrumentation.logging.handler"}
    base = type("LoggingHandler", (logging.NullHandler,), module)

    class Derived(base):  # type: ignore[misc, valid-type] # made at run time, for its name
        pass

    return Derived()


@pytest.mark.parametrize("make", [sdk_handler, instrumentation_handler])
def test_records_that_another_handler_exports_are_not_exported_twice(
    forwarded: Forwarded, caplog: pytest.LogCaptureFixture, make: Callable[[LoggerProvider], logging.Handler]
) -> None:
    """Where OpenTelemetry's own handler is there the bridge adds breadcrumbs only, and says so once."""
    logging_bridge._warned.clear()
    theirs = Forwarded()
    other = make(theirs.provider)
    logging.root.addHandler(other)
    try:
        for _ in range(2):
            with installed(forwarded.bridge()):
                app.info("info")
    finally:
        logging.root.removeHandler(other)
        theirs.provider.shutdown()
    assert (forwarded.bodies, forwarded.messages) == ([], ["info", "info"])
    warnings = [record.getMessage() for record in caplog.records if record.name == "clippy_otel"]
    assert len(warnings) == 1
    assert "LoggingHandler exports the records already" in warnings[0]


def test_the_bridge_forwards_again_where_the_other_handler_has_gone(forwarded: Forwarded) -> None:
    """It looks once more whenever logging is configured."""
    logging_bridge._warned.clear()
    with no_handlers():
        logging.root.addHandler(instrumentation_handler(forwarded.provider))
        with installed(forwarded.bridge()):
            app.info("one")
            logging.basicConfig(force=True, level=logging.INFO, stream=io.StringIO())
            app.info("two")
    assert (forwarded.bodies, forwarded.messages) == (["two"], ["one", "two"])
