"""gevent and eventlet: delivery is a green thread that holds nobody up, and what cannot be so is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from clippy_otel.delivery import green_threads
from clippy_otel.delivery.grpc import GrpcTransport
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.ports import Verdict
from tests._sinks import Sink
from tests.delivery._green import RECORDS

_GREEN: Final = str(Path(__file__).with_name("_green.py"))
_ROOT: Final = str(Path(__file__).parents[2])
_TIMEOUT_S: Final = 60


def run(by: str, settings: dict[str, Any], **order: Any) -> subprocess.CompletedProcess[str]:
    """Run a program with green threads."""
    whole = {"by": by, "settings": settings, "patched": "before", "forks": False, "idle_s": 0, **order}
    return subprocess.run(
        [sys.executable, "-W", "ignore", _GREEN, json.dumps(whole)],
        env={**os.environ, "PYTHONPATH": _ROOT},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )


def numbers_at(sink: Sink) -> list[int]:
    """Return the numbers of all records that came."""
    logs = [log for r in sink.requests if r.path.endswith("/v1/logs") for log in decode_logs(r.body)]
    return sorted(log.attributes["n"] for log in logs if log.event_name == "fault")


@pytest.mark.parametrize("by", ["gevent", "eventlet"])
@pytest.mark.parametrize("patched", ["before", "after"])
def test_http(by: str, patched: str, tmp_path: Path) -> None:
    """All is delivered over HTTP, by parent and child, at the exit too, and no other green thread is held up."""
    with Sink() as sink:
        settings = {"endpoint": sink.url, "state_directory": str(tmp_path), "flush_interval_ms": 60_000}
        done = run(by, settings, patched=patched, forks=True, idle_s=2)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert numbers_at(sink) == [-1, *range(2 * RECORDS)]
    assert said["ok"]
    assert said["held_up_s"] < 1.5  # it would be all the time that the delivery thread waits


@pytest.mark.parametrize("by", ["gevent", "eventlet"])
def test_grpc_is_refused(by: str, tmp_path: Path) -> None:
    """What would hold up all green threads raises where it is configured, and says what to do."""
    done = run(by, {"transport": "grpc", "endpoint": "http://127.0.0.1:9", "state_directory": str(tmp_path)})
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("clippy_otel.exceptions.ConfigurationError: transport:")
    assert by in last
    assert 'use "http"' in last


class Monkey:
    """gevent's own word on what it has patched."""

    @staticmethod
    def is_module_patched(name: str) -> bool:
        """Say so."""
        return name == "threading"


def test_grpc_that_was_taught_gevent_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """With gRPC's own support for gevent there is nothing to refuse."""
    monkeypatch.setitem(sys.modules, "gevent.monkey", Monkey)
    with pytest.raises(ConfigurationError, match="init_gevent"):
        green_threads.check("grpc")
    monkeypatch.setitem(sys.modules, "grpc.experimental.gevent", Monkey)
    green_threads.check("grpc")


def test_grpc_that_was_configured_before_the_patch_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a worker that patches threads after its master has configured, records wait on disk, and threads do not."""
    monkeypatch.setitem(sys.modules, "gevent.monkey", Monkey)
    transport = GrpcTransport("logs", endpoint="http://127.0.0.1:9")
    outcome = transport.send(b"", 5.0)
    transport.close()
    assert (outcome.verdict, outcome.message) == (Verdict.RETRY, "gRPC cannot be used with green threads")


def test_a_late_patch_is_warned_of(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Where this package was imported before the patch, a warning says what that costs; else nothing is said."""
    green_threads.check("http")
    monkeypatch.setitem(sys.modules, "gevent.monkey", Monkey)
    green_threads.check("http")
    assert caplog.records == []
    monkeypatch.setattr("threading.local", dict)
    green_threads.check("http")
    assert [record.getMessage()[:24] for record in caplog.records] == ["gevent patched threading"]
