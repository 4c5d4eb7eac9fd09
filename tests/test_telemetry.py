"""configure, get_telemetry and Telemetry: late binding, replacing, contexts, and a flush at exit."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import clippy_otel
from clippy_otel import telemetry as telemetry_module
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ledger import FlushResult
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.telemetry import Telemetry, configure, get_telemetry
from clippy_otel.testing import capture
from tests._sinks import Sink


@pytest.fixture(autouse=True)
def _own_process_telemetry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test a process-wide Telemetry of its own."""
    process = telemetry_module._ProcessTelemetry()
    monkeypatch.setattr(telemetry_module, "_process", process)
    yield
    process.telemetry.shutdown()


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
    for settings in ({"sampling": "sometimes"}, {"samplng": "always"}, {"transport": "grpc"}, {"keep_errors": True}):
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
