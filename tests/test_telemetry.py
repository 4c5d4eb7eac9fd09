"""configure, get_telemetry and Telemetry: late binding, replacing, contexts, and a flush at exit."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider

import clippy_otel
from clippy_otel._sdk import providers as sdk_providers
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ledger import FlushResult
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.ports import SIGNALS, SpoolOptions
from clippy_otel.telemetry import Telemetry, configure, get_telemetry
from clippy_otel.testing import capture
from tests._hooks import Logs, Spans, set_globals, silent_meters
from tests._sinks import Answer, Request, Sink

pytestmark = pytest.mark.usefixtures("own_process_telemetry")


def to_list(events: list[Any]) -> dict[str, Any]:
    """Return settings that deliver into a list."""
    return {"transport": "custom", "custom_transport": events.extend}


def test_what_is_taken_before_configure_works_after_it() -> None:
    """get_telemetry() at import, its parts and decorators made of it are bound late."""
    telemetry = get_telemetry()
    collector = telemetry.collector

    @telemetry.scope(user_id="alice")
    def work() -> None:
        collector.track("decorated")

    collector.track("too early")
    work()
    assert collector.track_error(ValueError()) != ""
    assert telemetry.flush() == telemetry.shutdown() == FlushResult()
    assert not telemetry.config.enabled
    assert collector.buffer_status().size == 0
    with pytest.raises(ConfigurationError, match="configure"):
        collector.update_config(enabled=True)

    events: list[Any] = []
    assert configure("shop", **to_list(events)) is telemetry
    work()
    assert telemetry.flush().ok
    assert [event["type"] for event in events] == ["session.start", "decorated"]
    assert events[1]["data"]["user.id"].startswith("p")


def test_the_same_settings_again_change_nothing_and_others_raise() -> None:
    """A second configure is harmless where it agrees, and says what to do where it does not."""
    events: list[Any] = []
    target = events.extend
    first = configure("shop", transport="custom", custom_transport=target)
    first.collector.track("a")
    assert configure("shop", transport="custom", custom_transport=target) is first
    assert first.collector.buffer_status().size == 1
    first.collector.update_config(max_buffer_size=20)
    assert configure("shop", transport="custom", custom_transport=target) is first
    assert first.config.max_buffer_size == 20
    with pytest.raises(ConfigurationError, match="replace=True"):
        configure("other", transport="custom", custom_transport=target)


def test_replace_delivers_what_the_old_pipeline_holds() -> None:
    """Starting over loses nothing, keeps the object and what was taken from it, and ends the old session."""
    old: list[Any] = []
    new: list[Any] = []
    telemetry = configure("shop", **to_list(old))
    collector = telemetry.collector
    collector.track("a")
    assert configure("shop", replace=True, **to_list(new)) is telemetry
    collector.track("b")
    telemetry.shutdown()
    assert [event["type"] for event in old] == ["session.start", "a", "session.end"]
    assert [event["type"] for event in new] == ["session.start", "b", "session.end"]
    assert new[0]["data"]["session.previous_id"] == old[0]["metadata"]["session_id"]


def test_in_a_notebook_a_second_configure_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Running a cell again is how one works there."""
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    configure("shop", **to_list([]))
    assert configure("other", **to_list([])).config.service_name == "other"


def test_after_a_shutdown_one_may_configure_again() -> None:
    """A telemetry that was shut down starts anew, also with other settings."""
    configure("shop", **to_list([])).shutdown()
    events: list[Any] = []
    telemetry = configure("other", **to_list(events))
    telemetry.collector.track("a")
    assert telemetry.flush().ok
    assert "a" in [event["type"] for event in events]


def test_a_bad_configuration_raises_and_leaves_what_runs() -> None:
    """Nothing is replaced by what cannot be built."""
    events: list[Any] = []
    telemetry = configure("shop", **to_list(events))
    for settings in ({"sampling": "sometimes"}, {"samplng": "always"}, {"transport": "pigeon"}, {"keep_errors": 1}):
        with pytest.raises(ConfigurationError):
            configure("shop", replace=True, **settings)
    telemetry.collector.track("a")
    assert telemetry.flush().ok


def test_a_telemetry_is_a_context_manager_of_both_kinds() -> None:
    """Leaving it delivers and ends it."""
    with capture() as captured:
        with captured.telemetry as telemetry:
            telemetry.collector.track("a")
        assert not captured.telemetry.is_running()
        assert len(captured.events) == 1
    with capture() as captured:

        async def main() -> None:
            async with captured.telemetry as telemetry:
                telemetry.collector.track("a")
                assert (await telemetry.aflush()).ok

        asyncio.run(main())
        assert not captured.telemetry.is_running()


def test_current_scope_is_the_innermost() -> None:
    """Code deep inside can add to the scope that its caller opened."""
    with capture() as captured:
        with captured.telemetry.scope() as scope:
            assert captured.telemetry.current_scope() is scope
            captured.telemetry.current_scope().set_attribute("plan", "pro")
            captured.telemetry.collector.track("a")
        captured.telemetry.collector.track("b")
        assert [event["data"] for event in captured.events] == [{"plan": "pro"}, {}]


def test_all_names_are_exported() -> None:
    """What the README imports from the root is there."""
    assert clippy_otel.configure is configure
    assert clippy_otel.Telemetry is Telemetry
    with pytest.raises(AttributeError, match="no_such_name"):
        clippy_otel.no_such_name  # noqa: B018 - the look-up is the test


PROGRAM = """
import atexit, sys
import clippy_otel
telemetry = clippy_otel.configure("shop", transport="local", store="sqlite:///exit.db", {settings})
telemetry.collector.track("last words")
"""


@pytest.mark.parametrize("interval_ms", [0, 30_000])
def test_what_is_held_at_exit_is_delivered(tmp_path: Path, interval_ms: int) -> None:
    """A program that just ends loses nothing, with a worker thread and without one."""
    program = PROGRAM.format(settings=f"flush_interval_ms={interval_ms}")
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)
    assert read_names(tmp_path) == ["session.start", "last words", "session.end"]


@pytest.mark.parametrize("interval_ms", [0, 30_000])
def test_a_short_program_delivers_over_http_at_exit(tmp_path: Path, interval_ms: int) -> None:
    """The first request of a program that has ended is sent all the same."""
    with Sink() as sink:
        program = f"""
import clippy_otel
telemetry = clippy_otel.configure("shop", endpoint="{sink.url}", flush_interval_ms={interval_ms})
telemetry.collector.track("last words")
"""
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)
        names = [log.event_name for request in sink.requests for log in decode_logs(request.body)]
    assert names == ["session.start", "last words", "session.end"]


def test_a_failed_replacement_leaves_the_scopes_alone() -> None:
    """What cannot be built does not take the place of what runs, in its scopes neither."""
    events: list[Any] = []
    telemetry = configure("shop", **to_list(events))
    telemetry.collector.track("a")
    with pytest.raises(ConfigurationError):
        configure("shop", replace=True, transport="custom", custom_transport=[print, print])
    telemetry.current_scope().new_session()
    assert telemetry.flush().ok
    assert [event["type"] for event in events] == ["session.start", "a", "session.end", "session.start"]


def test_the_flush_at_exit_can_be_left_out(tmp_path: Path) -> None:
    """flush_on=() leaves exiting to the application."""
    program = PROGRAM.format(settings="flush_on=()")
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)
    assert not (tmp_path / "exit.db").exists()


def test_a_program_ends_in_time_where_the_backend_is_dead(tmp_path: Path) -> None:
    """The flush at exit keeps its deadline and the host's exit status."""
    program = textwrap.dedent(
        """
        import clippy_otel, sys
        telemetry = clippy_otel.configure("shop", endpoint="http://127.0.0.1:9", timeout_ms=1000)
        telemetry.collector.track("a")
        sys.exit(7)
        """
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False, timeout=60, capture_output=True)
    assert done.returncode == 7
    assert b"Traceback" not in done.stderr


def read_names(directory: Path) -> list[str]:
    """Return the names of the events in the store of a program."""
    from clippy_otel.store.sqlite import SqliteStore  # noqa: PLC0415 - only where a program wrote one

    return sorted(
        (log.event_name for log in SqliteStore(directory / "exit.db").logs()),
        key=["session.start", "last words", "session.end"].index,
    )


class Target:
    """A custom target for all signals."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.ended: list[Any] = []
        self.points: list[Any] = []

    def logs(self, events: list[Any]) -> None:
        """Take events."""
        self.events += events

    def spans(self, spans: list[Any]) -> None:
        """Take spans."""
        self.ended += spans

    def metrics(self, points: list[Any]) -> None:
        """Take metrics, but for those about the pipeline itself."""
        self.points += [point for point in points if not point["data"]["name"].startswith("clippy.")]


def to(target: Target) -> dict[str, Any]:
    """Return settings that deliver to a target."""
    return {"transport": "custom", "custom_transport": target}


def record_globally(name: str) -> None:
    """Record something of each signal with OpenTelemetry's own API."""
    trace.get_tracer("app").start_span(name).end()
    _logs.get_logger("app").emit(body=name)
    metrics.get_meter("app").create_counter(name.rsplit(maxsplit=1)[-1]).add(1)


def globals_now() -> tuple[Any, ...]:
    """Return the global providers, None where none was set."""
    return tuple(sdk_providers.global_provider(signal) for signal in SIGNALS)


def test_configure_sets_the_global_providers() -> None:
    """What OpenTelemetry's own API records is delivered, redacted; tracers taken before, too."""
    early = trace.get_tracer("early")
    target = Target()
    telemetry = configure("shop", **to(target))
    assert globals_now() == (telemetry.logger_provider, telemetry.tracer_provider, telemetry.meter_provider)
    record_globally("a")
    early.start_span("mail alice@example.com").end()
    assert telemetry.flush().ok
    assert [span["type"] for span in target.ended] == ["a", "mail [REDACTED]"]
    assert [event["data"].get("body") for event in target.events if event["type"] == "log"] == ["a"]
    assert [point["data"]["name"] for point in target.points] == ["a"]
    assert telemetry.coverage().complete


def test_set_global_false_leaves_them() -> None:
    """Then what is to be recorded goes through the providers of the telemetry."""
    target = Target()
    telemetry = configure("shop", set_global=False, **to(target))
    assert globals_now() == (None, None, None)
    record_globally("a")
    telemetry.tracer_provider.get_tracer("app").start_span("b").end()
    telemetry.tracer.start_span("c").end()
    telemetry.flush()
    assert [span["type"] for span in target.ended] == ["b", "c"]
    assert target.points == []


@pytest.mark.parametrize("signal", SIGNALS)
def test_over_somebody_elses_global_provider_configure_raises(signal: str) -> None:
    """It says how to join it, and how to leave it alone; it sets none of the others, and nothing runs."""
    theirs: dict[str, Any] = {
        "spans": {"spans": TracerProvider(shutdown_on_exit=False)},
        "logs": {"logs": LoggerProvider(shutdown_on_exit=False)},
        "metrics": {"meters": silent_meters()},
    }
    set_globals(**theirs[signal])
    before = globals_now()
    with pytest.raises(ConfigurationError, match=r"attach\(\).*set_global=False"):
        configure("shop", **to(Target()))
    assert globals_now() == before
    assert not get_telemetry().is_running()
    telemetry = configure("shop", set_global=False, **to(Target()))
    assert telemetry.is_running()
    assert globals_now() == before


def test_replace_keeps_the_providers_with_other_settings() -> None:
    """Tracers, loggers and meters go on with the new resource, redaction and transport; nothing is lost or doubled."""
    old, new = Target(), Target()
    telemetry = configure("old", environment="prod", **to(old))
    providers = globals_now()
    tracer, logger = trace.get_tracer("app"), _logs.get_logger("app")
    counter = metrics.get_meter("app").create_counter("c")
    tracer.start_span("before", attributes={"team": "blue"}).end()
    counter.add(1)
    configure("new", replace=True, redact_fields=("team",), **to(new))
    assert globals_now() == providers
    tracer.start_span("after", attributes={"team": "blue"}).end()
    logger.emit(body="after", attributes={"team": "blue"})
    counter.add(1)
    assert telemetry.flush().ok
    assert [(span["type"], span["data"]["team"]) for span in old.ended] == [("before", "blue")]
    assert [(span["type"], span["data"]["team"]) for span in new.ended] == [("after", "[REDACTED]")]
    assert [event["data"]["team"] for event in new.events if event["type"] == "log"] == ["[REDACTED]"]
    assert [point["data"]["sum"] for point in old.points] == [1]
    assert new.points[-1]["data"]["sum"] == 2
    resource: Any = telemetry.tracer_provider.resource  # type: ignore[attr-defined] # the SDK's
    assert resource.attributes["service.name"] == "new"
    assert "deployment.environment.name" not in resource.attributes


def test_in_a_notebook_a_cell_may_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same providers, the settings of the last run."""
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    first, second = Target(), Target()
    configure("shop", **to(first))
    providers = globals_now()
    configure("shop", **to(second))
    assert globals_now() == providers
    record_globally("a")
    get_telemetry().flush()
    assert (len(first.ended), len(second.ended), len(second.points)) == (0, 1, 1)


def test_after_a_shutdown_the_same_providers_go_on() -> None:
    """OpenTelemetry's global ones cannot be set again: another configure() brings them back to life."""
    first, second = Target(), Target()
    telemetry = configure("shop", **to(first))
    providers = globals_now()
    tracer = trace.get_tracer("app")
    telemetry.shutdown()
    tracer.start_span("lost").end()
    assert telemetry.collector.buffer_status().ledger["spans"].after_shutdown == 1
    configure("shop", **to(second))
    assert globals_now() == providers
    tracer.start_span("a").end()
    record_globally("b")
    assert telemetry.flush().ok
    assert first.ended == []
    assert [span["type"] for span in second.ended] == ["a", "b"]
    assert len(second.points) == 1


def test_what_others_registered_is_ended_by_our_shutdown() -> None:
    """Their processors see everything until then, redacted; afterwards they are gone."""
    target, spans, logs = Target(), Spans(), Logs()
    telemetry = configure("shop", **to(target))
    telemetry.tracer_provider.add_span_processor(spans)  # type: ignore[attr-defined] # the SDK's
    telemetry.logger_provider.add_log_record_processor(logs)  # type: ignore[attr-defined] # likewise
    record_globally("alice@example.com a")
    telemetry.collector.track("sign.up", {"to": "alice@example.com"})
    assert telemetry.shutdown().ok
    assert [span.name for span in spans.ended] == ["[REDACTED] a"]
    records = [emitted.log_record for emitted in logs.emitted]
    names = [record.event_name or record.body for record in records]
    assert names == ["[REDACTED] a", "session.start", "sign.up", "session.end"]
    assert records[2].attributes["to"] == "[REDACTED]"
    assert spans.shut_down == logs.shut_down == 1
    configure("shop", **to(target))
    record_globally("b")
    assert len(spans.ended) == 1


def test_a_shutdown_keeps_its_deadline_where_somebody_hangs() -> None:
    """Whatever a processor of others does at its end."""
    release = threading.Event()

    class Hanging(Spans):
        def shutdown(self) -> None:
            release.wait(30)

    target = Target()
    telemetry = configure("shop", **to(target))
    telemetry.tracer_provider.add_span_processor(Hanging())  # type: ignore[attr-defined] # the SDK's
    record_globally("a")
    started = time.monotonic()
    assert telemetry.shutdown(300).ok
    assert time.monotonic() - started < 5
    assert [span["type"] for span in target.ended] == ["a"]
    release.set()


def test_turned_off_nothing_of_any_signal_is_recorded() -> None:
    """enabled=False holds for what OpenTelemetry's own API records, until it is turned on."""
    target = Target()
    telemetry = configure("shop", enabled=False, **to(target))
    record_globally("a")
    telemetry.collector.track("a")
    telemetry.collector.count("a")
    telemetry.flush()
    assert target.events == target.ended == target.points == []
    rows = telemetry.collector.buffer_status().ledger
    assert [rows[signal].disabled for signal in SIGNALS] == [2, 1, 2]
    telemetry.collector.update_config(enabled=True)
    record_globally("b")
    telemetry.flush()
    assert (len(target.ended), len(target.points)) == (1, 1)


def test_the_books_of_all_signals_add_up() -> None:
    """Every record has one fate, whatever happens in between."""
    target = Target()
    telemetry = configure("shop", max_queue_size=40, max_buffer_size=40, flush_interval_ms=0, **to(target))
    for number in range(30):
        record_globally(f"n{number}")
        telemetry.collector.track("e")
    telemetry.collector.update_config(sampling="never")
    record_globally("never")
    telemetry.shutdown()
    record_globally("late")
    for signal, row in telemetry.collector.buffer_status().ledger.items():
        rest = sum(value for name, value in row._asdict().items() if name not in ("offered", "adopted"))
        assert row.offered == rest > 30, signal
        assert row.pending == 0


GLOBALS = """
import json, sys
import clippy_otel
from opentelemetry import _logs, metrics, trace

class Target:
    def __init__(self): self.seen = {"logs": [], "spans": [], "metrics": []}
    def logs(self, events): self.seen["logs"] += [event["type"] for event in events]
    def spans(self, spans): self.seen["spans"] += [span["type"] for span in spans]
    def metrics(self, points):
        names = [point["data"]["name"] for point in points]
        self.seen["metrics"] += [name for name in names if not name.startswith("clippy.")]

target = Target()
def configure(**settings):
    return clippy_otel.configure("shop", transport="custom", custom_transport=target, flush_on=(), **settings)
def record(name):
    trace.get_tracer("app").start_span(name).end()
    _logs.get_logger("app").emit(event_name=name)
    metrics.get_meter("app").create_counter(name.split()[-1]).add(1)
"""


def run(program: str) -> Any:
    """Run a program in a fresh interpreter, and return what it printed, decoded."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", GLOBALS + textwrap.dedent(program)],
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_in_a_fresh_interpreter_the_globals_are_ours() -> None:
    """Instruments made before and after; configured, replaced, shut down, and configured again."""
    seen = run(
        """
        early = trace.get_tracer("early"), metrics.get_meter("early").create_counter("early")
        configure()
        early[0].start_span("early").end()
        early[1].add(1)
        record("one")
        configure(replace=True, max_buffer_size=7)
        record("two")
        clippy_otel.get_telemetry().shutdown()
        record("lost")
        configure()
        record("three")
        clippy_otel.get_telemetry().shutdown()
        print(json.dumps(target.seen))
        """
    )
    assert seen["spans"] == ["early", "one", "two", "three"]
    assert [name for name in seen["logs"] if "session" not in name] == ["one", "two", "three"]
    assert set(seen["metrics"]) >= {"early", "one", "two", "three"}


def test_in_a_fresh_interpreter_somebody_elses_globals_are_left_alone() -> None:
    """configure() says so, and set_global=False works beside them."""
    seen = run(
        """
        from opentelemetry.sdk.trace import TracerProvider
        theirs = TracerProvider()
        trace.set_tracer_provider(theirs)
        try:
            configure()
        except clippy_otel.ConfigurationError as error:
            message = str(error)
        telemetry = configure(set_global=False)
        record("global")
        telemetry.tracer_provider.get_tracer("app").start_span("ours").end()
        telemetry.shutdown()
        print(json.dumps([message, trace.get_tracer_provider() is theirs, target.seen["spans"]]))
        """
    )
    assert "attach()" in seen[0]
    assert "TracerProvider" in seen[0]
    assert seen[1:] == [True, ["ours"]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_starts_fresh_in_all_signals() -> None:
    """Its spans, log records and metrics are its own, with its own instance id, session and books."""
    seen = run(
        """
        import os
        telemetry = configure()
        record("parent")
        telemetry.collector.track("parent")
        instance = telemetry.tracer_provider.resource.attributes["service.instance.id"]
        reading, writing = os.pipe()
        if os.fork() == 0:
            target.seen = {"logs": [], "spans": [], "metrics": []}
            record("child")
            telemetry.collector.track("child.event")
            result = telemetry.flush()
            own = telemetry.tracer_provider.resource.attributes["service.instance.id"]
            books = {signal: row.nonzero() for signal, row in telemetry.collector.buffer_status().ledger.items()}
            os.write(writing, json.dumps([target.seen, result.ok, own != instance, books]).encode())
            os._exit(0)
        os.wait()
        child = json.loads(os.read(reading, 65_536))
        telemetry.shutdown()
        print(json.dumps([child, target.seen]))
        """
    )
    (child, is_ok, is_other, books), parent = seen
    assert child == {"logs": ["child", "session.start", "child.event"], "spans": ["child"], "metrics": ["child"]}
    assert is_ok
    assert is_other
    points = books.pop("metrics")
    assert points == {"offered": points["offered"], "exported": points["offered"]}
    assert books == {"logs": {"offered": 3, "exported": 3}, "spans": {"offered": 1, "exported": 1}}
    assert parent["spans"] == ["parent"]
    assert [name for name in parent["logs"] if "session" not in name] == ["parent", "parent"]
    assert set(parent["metrics"]) == {"parent"}


def test_a_traces_endpoint_that_is_away_holds_up_neither_logs_nor_metrics() -> None:
    """503 with a Retry-After of an hour is kept to, for spans alone; a flush keeps its deadline and tells the truth."""

    def answer(request: Request) -> Answer:
        return Answer(503, headers={"Retry-After": "3600"}) if request.path.endswith("traces") else Answer()

    with Sink(answer) as sink:
        telemetry = configure("shop", endpoint=sink.url, flush_interval_ms=0, spool=SpoolOptions(durability="memory"))
        record_globally("a")
        started = time.monotonic()
        first = telemetry.flush(30_000)
        record_globally("b")
        second = telemetry.flush(30_000)
        assert time.monotonic() - started < 20
        assert (first.ok, first.pending) == (False, 1)
        assert (second.ok, second.pending) == (False, 2)
        paths = [request.path for request in sink.requests]
        assert paths.count("/v1/traces") == 1
        assert (paths.count("/v1/logs"), paths.count("/v1/metrics")) == (2, 2)
        assert telemetry.shutdown(300).dropped == 2
    ledger = telemetry.collector.buffer_status().ledger
    assert ledger["spans"].nonzero() == {"offered": 2, "failed": 2}
    assert ledger["logs"].nonzero() == {"offered": 2, "exported": 2}
