"""A configured pipeline is built with the first thing that is asked of it, and nothing that comes meanwhile is lost."""

from __future__ import annotations

import contextlib
import inspect
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import SeverityNumber

import clippy_otel
from clippy_otel import state
from clippy_otel import telemetry as telemetry_module
from clippy_otel.deferred import DeferredPipeline, may_wait
from clippy_otel.ledger import FlushResult, LedgerRow
from clippy_otel.otlp.decode import DecodedLog, decode_logs
from clippy_otel.pipeline import Pipeline
from clippy_otel.ports import Purpose
from clippy_otel.store.sqlite import SqliteStore
from clippy_otel.telemetry import Telemetry, configure, get_telemetry
from tests._hooks import Spans
from tests._sinks import Sink

pytestmark = pytest.mark.usefixtures("own_process_telemetry")

STORE = "clippy-telemetry.db"  # the default one's, in the test's own directory


def configured(**settings: Any) -> Telemetry:
    """Return a telemetry whose pipeline is to be built."""
    telemetry = configure("shop", **{"transport": "local", "flush_on": (), **settings})
    assert is_waiting(telemetry)
    return telemetry


def is_waiting(telemetry: Telemetry) -> bool:
    """Return whether its pipeline is to be built still."""
    return isinstance(telemetry._pipeline, DeferredPipeline)


def stored(telemetry: Telemetry) -> list[str]:
    """Return the names of the events that were delivered, as they were recorded, session starts left out."""
    assert telemetry.flush().ok
    return [name for name in in_store() if name != "session.start"]


def in_store() -> list[str]:
    """Return the names of all events in the store, as they were recorded."""
    logs = SqliteStore(Path(STORE)).logs()
    return [log.event_name for log in sorted(logs, key=lambda log: log.event_id)]


def rows(telemetry: Telemetry) -> dict[str, int]:
    """Return what became of the log records."""
    row: LedgerRow = telemetry._pipeline.ledger.rows()["logs"]
    return row.nonzero()


def interrupt(monkeypatch: pytest.MonkeyPatch, *finalizers: Callable[[], object]) -> None:
    """Have something called while a pipeline is built, one each time, as finalizers are: on the thread that builds."""
    build, left = Telemetry.build_for, list(finalizers)

    def interrupted(telemetry: Telemetry, deferred: DeferredPipeline) -> Pipeline:
        if left:
            left.pop(0)()
        return build(telemetry, deferred)

    monkeypatch.setattr(Telemetry, "build_for", interrupted)


FIRSTS: dict[str, Callable[[Telemetry], object]] = {
    "event": lambda telemetry: telemetry.collector.track("a"),
    "error": lambda telemetry: telemetry.collector.track_error(ValueError("a")),
    "captured error": lambda telemetry: telemetry.errors.capture_error(ValueError("a")),
    "value": lambda telemetry: telemetry.collector.track_performance("a", 1),
    "count": lambda telemetry: telemetry.collector.count("a"),
    "breadcrumb": lambda telemetry: telemetry.errors.add_breadcrumb("a"),
    "span": lambda telemetry: telemetry.tracer.start_span("a").end(),
    "tracer of OpenTelemetry": lambda _: trace.get_tracer("app"),
    "meter of OpenTelemetry": lambda _: metrics.get_meter("app"),
    "processor": lambda telemetry: telemetry.tracer_provider.add_span_processor(Spans()),  # type: ignore[attr-defined]
    "an attribute of the SDK's": lambda telemetry: telemetry.tracer_provider._active_span_processor,  # type: ignore[attr-defined]
    "session": lambda telemetry: telemetry.current_scope().new_session(),
    "consent": lambda telemetry: telemetry.privacy.set_consent(True),
    "redactor": lambda telemetry: telemetry.privacy.redactor,
    "pseudonym": lambda telemetry: telemetry.privacy.pseudonym("alice"),
    "coverage": lambda telemetry: telemetry.coverage(),
    "other settings": lambda telemetry: telemetry.collector.update_config(max_buffer_size=7),
    "prepare": lambda telemetry: telemetry.prepare(),
}
NEEDLESS: dict[str, Callable[[Telemetry], object]] = {
    "flush": lambda telemetry: telemetry.flush(),
    "scope": lambda telemetry: telemetry.scope(user_id="alice").__enter__().__exit__(None, None, None),
    "configuration": lambda telemetry: telemetry.config,
    "session": lambda telemetry: telemetry.collector.session,
    "held": lambda telemetry: telemetry._pipeline.held(),
    "providers": lambda telemetry: (telemetry.tracer_provider, telemetry.logger_provider, telemetry.meter_provider),
    "provider's flush": lambda telemetry: telemetry.tracer_provider.force_flush(),  # type: ignore[attr-defined]
    "the same again": lambda _: configure("shop", transport="local", flush_on=()),
    "shutdown": lambda telemetry: telemetry.shutdown(),
}


@pytest.mark.parametrize("first", FIRSTS)
def test_the_first_use_builds_it(first: str) -> None:
    """Whatever it is; the providers stay the same objects, and are what they stand for."""
    telemetry = configured()
    providers = (telemetry.tracer_provider, telemetry.logger_provider, telemetry.meter_provider)
    FIRSTS[first](telemetry)
    assert not is_waiting(telemetry)
    assert (telemetry.tracer_provider, telemetry.logger_provider, telemetry.meter_provider) == providers
    assert [type(provider).__name__ for provider in providers] == [
        "OwnTracerProvider",
        "LoggerProvider",
        "MeterProvider",
    ]
    assert telemetry.coverage().complete


@pytest.mark.parametrize("asked", NEEDLESS)
def test_what_needs_no_pipeline_builds_none(asked: str) -> None:
    """A program that asks for no more goes without."""
    telemetry = configured()
    NEEDLESS[asked](telemetry)
    assert is_waiting(telemetry)


AT_ONCE: dict[str, dict[str, Any]] = {
    "a transport that may be impossible": {"transport": "custom", "custom_transport": print},
    "gRPC, likewise": {"transport": "grpc"},
    "a store, likewise": {"transport": "local", "store": "sqlite:///other.db"},
    "the log": {"debug": True},
    "a warning": {"redact_pii": False},
    "logging": {"logging_level": "ERROR"},
    "a signal": {"flush_on": ("sigterm",)},
    "each record on disk": {"spool": clippy_otel.SpoolOptions(durability="always")},
    "rules that may be impossible": {"redaction_rules": (clippy_otel.privacy.Rule("a", pattern="b+"),)},
    "fields": {"redact_fields": ("team",)},
    "kept fields": {"keep_fields": ("team",)},
    "a placeholder that may be impossible": {"placeholder": "[GONE]"},
}


@pytest.mark.parametrize("settings", AT_ONCE.values(), ids=AT_ONCE)
def test_some_settings_have_it_built_at_once(settings: dict[str, Any]) -> None:
    """Those that only building it can refuse, and those that are at work before anything is recorded."""
    config = clippy_otel.TelemetryConfig(**{"transport": "http", **settings})
    assert not may_wait(config)
    assert may_wait(clippy_otel.TelemetryConfig())


def test_what_earlier_processes_left_is_delivered_by_a_process_that_records_nothing(tmp_path: Path) -> None:
    """With something in the spool the pipeline is built at once; where nothing is kept it is not looked at."""
    directory = tmp_path / "state-home" / "clippy_otel" / "shop" / "spool" / "0123456789ab"
    directory.mkdir(parents=True)
    assert may_wait(clippy_otel.TelemetryConfig(service_name="shop"))
    (directory / "1795709427436239-26704-d17119a4.lock").touch()
    assert not may_wait(clippy_otel.TelemetryConfig(service_name="shop"))
    assert may_wait(clippy_otel.TelemetryConfig(service_name="other"))
    assert may_wait(clippy_otel.TelemetryConfig(service_name="shop", transport="console"))
    memory = clippy_otel.SpoolOptions(durability="memory")
    assert may_wait(clippy_otel.TelemetryConfig(service_name="shop", spool=memory))


def test_that_nothing_can_be_kept_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever looks for the state directory at the start, and whoever keeps something in it."""
    monkeypatch.setattr(state, "_user_state_directory", lambda: None)
    configure("shop", transport="local", flush_on=())
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["no home directory"]


def test_threads_that_come_first_share_one_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """They wait for it, and lose nothing."""
    telemetry, built = configured(), []
    interrupt(monkeypatch, *[lambda: built.append(threading.get_ident())] * 9)
    together = threading.Barrier(8)

    def record(number: int) -> None:
        together.wait()
        telemetry.collector.track(f"event.{number}")

    threads = [threading.Thread(target=record, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert sorted(stored(telemetry)) == [f"event.{number}" for number in range(8)]


def test_what_a_finalizer_records_meanwhile_comes_right_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own scope, with its own time and its data as they were; what it registers is registered afterwards."""
    telemetry, others = configured(), Spans()
    said: list[Any] = []

    def leave() -> None:
        cart = [{"item": 1}]
        data = {"order": 1, "mail": "alice@example.com", "cart": cart}
        with telemetry.scope(attributes={"by": "finalizer"}):
            telemetry.collector.track("left", data)
        data["order"] = cart[0]["item"] = 2
        said.append(telemetry.collector.track_error(ValueError("inside")))
        telemetry.collector.track_performance("inside.duration", 5)
        telemetry.collector.count("inside.count", 3)
        telemetry.current_scope().new_session()
        telemetry.tracer_provider.add_span_processor(others)  # type: ignore[attr-defined] # the SDK's
        said.append(telemetry.flush())

    interrupt(monkeypatch, leave)
    telemetry.collector.track("first")
    telemetry.tracer.start_span("after").end()
    assert stored(telemetry) == ["first", "left", "exception"]
    logs = {log.event_name: log for log in SqliteStore(Path(STORE)).logs()}
    first, left = logs["first"], logs["left"]
    kept = {name: left.attributes[name] for name in ("order", "mail", "cart", "by")}
    assert kept == {"order": 1, "mail": "[REDACTED]", "cart": [{"item": 1}], "by": "finalizer"}
    assert first.time_unix_nano == first.observed_time_unix_nano <= left.time_unix_nano
    assert len(said[0]) == 32
    assert said[1] == FlushResult()
    assert [span.name for span in others.ended] == ["after"]
    names = {point.name for point in SqliteStore(Path(STORE)).metrics()}
    assert {"inside.duration", "inside.count"} <= names


def test_what_a_finalizer_is_given_meanwhile_works_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tracer, a logger and a meter; what is logged comes later, and spans that cannot be made are counted."""
    telemetry, kept = configured(), list[Any]()

    def leave() -> None:
        kept.extend((trace.get_tracer("app"), _logs.get_logger("app"), metrics.get_meter("app").create_counter("c")))
        tracer, logger, counter = kept
        tracer.start_span("lost").end()
        with tracer.start_as_current_span("lost too"):
            logger.emit(body="logged", severity_number=SeverityNumber.INFO)
        assert logger.enabled()
        counter.add(1)  # to nothing yet, as before OpenTelemetry has a provider

    interrupt(monkeypatch, leave)
    telemetry.collector.track("first")
    tracer, logger, counter = kept
    tracer.start_span("span").end()
    logger.emit(body="logged again")
    counter.add(2)
    assert telemetry.flush().ok
    store = SqliteStore(Path(STORE))
    assert [span.name for span in store.spans()] == ["span"]
    assert sorted(str(log.body) for log in store.logs() if log.body) == ["logged", "logged again"]
    assert "c" in {point.name for point in store.metrics()}
    assert telemetry.collector.buffer_status().ledger["spans"].failed == 2


def test_telemetry_may_be_ended_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came before is delivered, and what comes after is counted."""
    telemetry = configured()
    interrupt(monkeypatch, telemetry.shutdown)
    telemetry.collector.track("first")
    telemetry.collector.track("late")
    assert rows(telemetry) == {"offered": 3 + 1, "exported": 3, "after_shutdown": 1}  # with the session's records
    assert in_store() == ["session.start", "first", "session.end"]


def test_so_much_is_put_aside_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A storm of signals fills no memory: what is too much is counted."""
    telemetry = configured(max_queue_size=5000, max_buffer_size=5000)

    def handle() -> None:
        for number in range(1500):
            telemetry.collector.track(f"event.{number}")

    interrupt(monkeypatch, handle)
    telemetry.collector.track("first")
    counted = rows(telemetry)
    assert counted["queue_full"] == 501
    assert counted["offered"] == 1 + 1500 + 1  # the session's start
    assert stored(telemetry) == ["first", *(f"event.{number}" for number in range(999))]


def test_a_burst_of_log_records_waits_rather_than_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more comes than may lie aside, from others than the thread that builds."""
    telemetry = configured(max_queue_size=5000, max_buffer_size=5000)
    interrupt(monkeypatch, lambda: time.sleep(0.3))
    logger = _logs.get_logger("app")
    for number in range(2500):
        logger.emit(body=number)
    assert telemetry.flush().ok
    assert sorted(log.body for log in SqliteStore(Path(STORE)).logs() if log.body is not None) == [*range(2500)]


def fail() -> None:
    """Fail as importing may, where a disk is gone."""
    raise OSError(5, "canary.failure@example.com")


@pytest.mark.swallows
def test_where_it_cannot_be_built_the_host_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried three times; coverage() says so, and what is lost is counted."""
    telemetry = configured()
    interrupt(monkeypatch, *[fail] * 3)
    for _ in range(4):
        telemetry.collector.track("a")
    assert rows(telemetry) == {"offered": 4, "failed": 4}
    trace.get_tracer("app").start_span("a").end()
    assert telemetry.flush() == FlushResult()
    reasons = telemetry.coverage().spans.reasons
    assert reasons[0] == "nothing is recorded: its pipeline could not be built (OSError)"
    assert telemetry.shutdown() == FlushResult()


@pytest.mark.swallows
def test_a_failure_that_passes_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came meanwhile is recorded with the next record."""
    telemetry = configured()
    interrupt(monkeypatch, fail, fail)
    for number in range(3):
        telemetry.collector.track(f"event.{number}")
    assert stored(telemetry) == ["event.0", "event.1", "event.2"]


def test_far_down_the_stack_it_is_built_all_the_same() -> None:
    """On a stack of its own."""
    telemetry = configured()

    def recurse(calls: int) -> None:
        if calls:
            recurse(calls - 1)
        else:
            telemetry.collector.track("deep")

    recurse(sys.getrecursionlimit() - len(inspect.stack()) - 60)
    assert stored(telemetry) == ["deep"]


def test_shut_down_before_anything_it_counts_what_comes() -> None:
    """Nothing is built for it but what is asked for."""
    telemetry = configured()
    assert telemetry.shutdown() == FlushResult()
    assert not telemetry.is_running()
    telemetry.collector.track("a")
    telemetry.collector.count("a")
    assert is_waiting(telemetry)
    assert rows(telemetry) == {"offered": 1, "after_shutdown": 1}
    trace.get_tracer("app").start_span("a").end()
    assert not is_waiting(telemetry)
    assert telemetry.collector.buffer_status().ledger["spans"].after_shutdown == 1


def test_turned_off_it_is_not_built_before_it_is_turned_on() -> None:
    """What is recorded until then is counted."""
    telemetry = configured(enabled=False)
    telemetry.collector.track("a")
    assert telemetry.collector.track_error(ValueError()) != ""
    assert is_waiting(telemetry)
    assert rows(telemetry) == {"offered": 2, "disabled": 2}
    telemetry.collector.update_config(enabled=True)
    telemetry.collector.track("b")
    assert stored(telemetry) == ["b"]


def test_consent_that_was_denied_before_holds() -> None:
    """What is on the disk is read before the first record is accepted."""
    telemetry = configured(require_consent=True)
    telemetry.collector.track("a")
    assert rows(telemetry) == {"offered": 1, "consent_denied": 1}


def test_replaced_before_anything_the_providers_go_on() -> None:
    """With the new settings, whether these have it built at once or not."""
    telemetry = configured()
    provider, recorder = telemetry.tracer_provider, telemetry.collector.recorder
    configure("shop", replace=True, transport="local", environment="test", flush_on=())
    assert is_waiting(telemetry)
    configure("shop", replace=True, transport="local", environment="live", redact_fields=("team",), flush_on=())
    assert telemetry.tracer_provider is provider is trace.get_tracer_provider()
    with telemetry.tracer.start_as_current_span("a", attributes={"team": "blue"}):
        telemetry.collector.track("a")
    recorder.emit("b", {}, Purpose.ANALYTICS)  # of who holds the one that was replaced
    assert stored(telemetry) == ["a", "b"]
    (span,) = SqliteStore(Path(STORE)).spans()
    assert span.attributes["team"] == "[REDACTED]"
    assert span.resource["deployment.environment.name"] == "live"


def test_attached_after_a_shutdown_before_anything() -> None:
    """The providers are there to be joined, and what they get is redacted once."""
    telemetry = configured()
    telemetry.shutdown()
    spans = Spans()
    telemetry.tracer_provider.add_span_processor(spans)  # type: ignore[attr-defined] # the SDK's
    clippy_otel.attach(transport="local", deliver=True, flush_on=())
    trace.get_tracer("app").start_span("to alice@example.com").end()
    assert [span.name for span in spans.ended] == ["to [REDACTED]"]
    assert telemetry.flush().ok
    assert [span.name for span in SqliteStore(Path(STORE)).spans()] == ["to [REDACTED]"]


def test_attaching_over_it_raises() -> None:
    """It runs, built or not."""
    configured()
    with pytest.raises(clippy_otel.ConfigurationError, match="configured or attached already"):
        clippy_otel.attach()


def test_components_made_before_go_on_with_it() -> None:
    """What was taken before configure() records through what is there by then."""
    telemetry = get_telemetry()
    analytics, errors = telemetry.analytics, telemetry.errors
    configure("shop", transport="local", flush_on=())
    analytics.track_feature("chat")
    errors.capture_error(ValueError("a"))
    assert stored(telemetry) == ["feature.used", "exception"]
    assert errors.stats().total_errors == 1


def test_an_error_seen_before_and_after_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first id comes back, also where the first time was before there was a pipeline."""
    telemetry, error = configured(), ValueError("a")
    ids: list[str] = []
    interrupt(monkeypatch, lambda: ids.append(telemetry.collector.track_error(error)))
    telemetry.collector.track("first")
    ids.append(telemetry.collector.track_error(error))
    assert len({*ids}) == 1
    assert stored(telemetry) == ["first", "exception"]


def run(program: str, directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a directory, with a state directory of its own."""
    environment = {**os.environ, "XDG_STATE_HOME": str(directory / "state"), **variables}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def received(sink: Sink) -> list[DecodedLog]:
    """Return the log records that a peer got."""
    return [log for request in sink.requests if request.path == "/v1/logs" for log in decode_logs(request.body)]


def names(sink: Sink) -> list[str]:
    """Return the names of the events that a peer got."""
    return [log.event_name for log in received(sink)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_builds_it_for_all_children(tmp_path: Path) -> None:
    """Parent and children record what is theirs, once each, and no child loads it again."""
    with Sink() as sink:
        program = f"""
            import os, sys, warnings
            import clippy_otel

            telemetry = clippy_otel.configure("shop", endpoint="{sink.url}", flush_interval_ms=0)
            assert "clippy_otel.pipeline" not in sys.modules
            children = []
            for number in range(2):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    child = os.fork()
                if not child:
                    assert "clippy_otel.pipeline" in sys.modules
                    telemetry.collector.track(f"child.{{number}}")
                    sys.exit()
                children.append(child)
            telemetry.collector.track("parent")
            assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
            """
        done = run(program, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        came = [name for name in names(sink) if not name.startswith("session.")]
    assert sorted(came) == ["child.0", "child.1", "parent"]


def test_the_first_record_may_come_at_the_exit(tmp_path: Path) -> None:
    """Where no thread can be started any more, which the SDK detects the resource on: it is delivered, and named."""
    with Sink() as sink:
        program = f"""
            import atexit
            import clippy_otel

            telemetry = clippy_otel.configure("shop", endpoint="{sink.url}", environment="test")
            atexit.register(lambda: telemetry.collector.track("last words"))
            """
        done = run(program, tmp_path, OTEL_RESOURCE_ATTRIBUTES="team=blue")
        assert (done.returncode, done.stderr) == (0, "")
        logs = received(sink)
    (words,) = [log for log in logs if log.event_name == "last words"]
    resource = words.resource
    named = {name: resource[name] for name in ("service.name", "deployment.environment.name", "team")}
    assert named == {"service.name": "shop", "deployment.environment.name": "test", "team": "blue"}
    assert resource["telemetry.sdk.language"] == "python"
    assert len(resource["service.instance.id"]) == 36


# A signal comes to the thread that records first, while another one builds.
SIGNALLED = """
import signal, sys, threading, time
import clippy_otel
from clippy_otel.telemetry import Telemetry

telemetry = clippy_otel.configure("shop", endpoint="{url}")
build = Telemetry.build_for

def handle(*_):
    telemetry.collector.track("handled")
    {action}

def signalled(*arguments):
    signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)
    time.sleep(0.1)
    return build(*arguments)

signal.signal(signal.SIGALRM, handle)
Telemetry.build_for = signalled
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signal can be sent to a thread here")
def test_what_a_signal_handler_ends_with_the_program_is_delivered_at_its_exit(tmp_path: Path) -> None:
    """SystemExit, raised while the first record has the pipeline built, loses neither that record nor its own."""
    with Sink() as sink:
        program = SIGNALLED.format(url=sink.url, action="sys.exit(7)") + "telemetry.collector.track('first')"
        done = run(program, tmp_path)
        assert (done.returncode, done.stderr) == (7, "")
        came = names(sink)
    assert came == ["session.start", "first", "handled", "session.end"]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signal can be sent to a thread here")
def test_what_a_signal_handler_interrupts_comes_all_the_same(tmp_path: Path) -> None:
    """KeyboardInterrupt, and whatever a handler raises, ends the waiting and not the building."""
    rest = """
try:
    telemetry.collector.track("first")
except KeyboardInterrupt:
    telemetry.collector.track("second")
assert telemetry.flush().ok
"""
    with Sink() as sink:
        done = run(SIGNALLED.format(url=sink.url, action="raise KeyboardInterrupt") + rest, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        came = names(sink)
    assert came == ["session.start", "first", "handled", "second", "session.end"]


def test_an_error_that_nobody_handles_may_be_the_first_record(tmp_path: Path) -> None:
    """The hooks are in from configure() on."""
    with Sink() as sink:
        program = f"""
            import clippy_otel
            clippy_otel.configure("shop", endpoint="{sink.url}")
            raise ValueError("mail to alice@example.com")
            """
        done = run(program, tmp_path)
        assert done.returncode == 1
        assert done.stderr.count("Traceback") == 1
        logs = received(sink)
    (error,) = [log for log in logs if log.event_name == "exception"]
    assert error.attributes["exception.message"] == "mail to [REDACTED]"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no interval timers here")
def test_a_storm_of_signals_while_it_is_built_loses_nothing(tmp_path: Path) -> None:
    """Each handler's record comes, however deep the import is that it interrupts."""
    with Sink() as sink:
        program = f"""
            import signal
            import clippy_otel

            telemetry = clippy_otel.configure("shop", endpoint="{sink.url}", max_queue_size=5000, max_buffer_size=5000)
            handled = 0

            def handle(*_):
                global handled
                handled += 1
                telemetry.collector.track("handled", {{"number": handled}})

            signal.signal(signal.SIGALRM, handle)
            signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
            telemetry.collector.track("first")
            signal.setitimer(signal.ITIMER_REAL, 0)
            print(handled)
            """
        done = run(program, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        handled = int(done.stdout)
        came = names(sink)
    assert handled > 0
    assert came.count("handled") == handled
    assert came.count("first") == 1


def test_the_process_wide_one_is_not_touched_by_an_isolated_one() -> None:
    """A collector that stands alone has its pipeline from the start."""
    with contextlib.closing(Closing(clippy_otel.TelemetryCollector(transport="console", flush_on=()))) as alone:
        assert isinstance(alone.collector.recorder, Pipeline)
    assert not telemetry_module.get_telemetry().is_running()


class Closing:
    """A collector, to be closed."""

    def __init__(self, collector: clippy_otel.TelemetryCollector) -> None:
        self.collector = collector

    def close(self) -> None:
        """Shut it down."""
        self.collector.shutdown()
