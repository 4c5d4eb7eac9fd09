"""Real servers with several processes: what was recorded for a request that was answered is delivered."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests._grpc_peer import Peer, accept
from tests._sinks import Sink
from tests.conftest import require_real
from tests.faults._processes import (
    FULL,
    WAIT_TIMEOUT_S,
    Application,
    Received,
    Row,
    free_port,
    in_flight_at,
    length,
    logs_of,
    lying_in,
    received,
    show,
    wait_until,
)
from tests.faults._servers import Load, Server, can_connect

REQUESTS: Final = int(length(100, 2000))  # between two events of a run
WORKERS: Final = 4
_ROOT: Final = str(Path(__file__).parents[2])
_WSGI: Final = "tests.faults._web:wsgi"


def settings_for(url: str, state: Path, **settings: Any) -> dict[str, Any]:
    """Return the settings of a server's telemetry."""
    return {"endpoint": url, "state_directory": str(state), "flush_interval_ms": 200, **settings}


def gunicorn(port: int, *options: str) -> list[str]:
    """Return the command of a gunicorn with four workers."""
    return ["-m", "gunicorn", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}", "--no-control-socket", *options, _WSGI]


def came_at(*sinks: Sink) -> Received:
    """Return the records in all requests for logs."""
    return received(request for sink in sinks for request in logs_of(sink))


def deliver_what_is_left(settings: dict[str, Any], state: Path) -> int:
    """Have another process deliver what lies on the disk; return how much that was."""
    left = lying_in(state)
    with Application(settings, wait=True, timeout_ms=30_000) as application:
        application.wait_for("ready")
        assert wait_until(lambda: lying_in(state) == 0)
        application.finish()
    return left


@pytest.mark.parametrize("options", [(), ("--preload",)], ids=["each loads", "preload"])
def test_gunicorn(options: tuple[str, ...], tmp_path: Path) -> None:
    """A graceful restart and a killed sink cost nothing; twice comes only what was on its way when the sink died."""
    state = tmp_path / "state"
    with ExitStack() as stack:
        port, sink_port = stack.enter_context(free_port()), stack.enter_context(free_port())
        settings = settings_for(f"http://127.0.0.1:{sink_port}", state)
        first = stack.enter_context(Sink(port=sink_port))
        environment = {"CLIPPY_TEST_SETTINGS": json.dumps(settings)}
        server = stack.enter_context(Server(gunicorn(port, *options), port, environment, tmp_path / "log"))
        load = stack.enter_context(Load(port))
        load.wait_for_more(REQUESTS)
        load.wait_for_processes(WORKERS)
        server.send(signal.SIGHUP)
        load.wait_for_processes(2 * WORKERS)
        load.wait_for_more(REQUESTS)
        first.close()
        load.wait_for_more(REQUESTS)
        second = stack.enter_context(Sink(port=sink_port))
        load.wait_for_more(REQUESTS)
        server.send(signal.SIGHUP)
        load.wait_for_processes(3 * WORKERS)
        load.end()
        log = server.end()
        left = deliver_what_is_left(settings, state)
        came, answered = came_at(first, second), set(load.answered)
    twice = {number for number, times in came.numbers.items() if times > 1}
    how = options[0] if options else "each loads"
    show(Row(f"gunicorn, {how}", len(answered), len(answered & set(came.numbers)), came.duplicated, left))
    assert answered - set(came.numbers) == set(), log
    assert twice <= in_flight_at(first)


@pytest.mark.parametrize("options", [("--preload",), ()] if FULL else [("--preload",)])
def test_gunicorn_with_gevent(options: tuple[str, ...], tmp_path: Path) -> None:
    """Workers that have patched threads, before or after telemetry was configured, lose nothing either."""
    with free_port() as port, Sink() as sink:
        settings = settings_for(sink.url, tmp_path / "state")
        command = gunicorn(port, "-k", "gevent", *options)
        environment = {"CLIPPY_TEST_SETTINGS": json.dumps(settings), "PYTHONWARNINGS": "ignore"}
        with Server(command, port, environment, tmp_path / "log") as server:
            with Load(port) as load:
                load.wait_for_more(REQUESTS)
                load.wait_for_processes(WORKERS)
                server.send(signal.SIGHUP)
                load.wait_for_processes(2 * WORKERS)
            log = server.end()
        deliver_what_is_left(settings, tmp_path / "state")
        came, answered = came_at(sink), set(load.answered)
    how = options[0] if options else "each loads"
    show(Row(f"gunicorn, gevent, {how}", len(answered), came.distinct, came.duplicated, came.distinct))
    assert answered - set(came.numbers) == set(), log
    assert came.duplicated == 0


def test_gunicorn_with_grpc(tmp_path: Path) -> None:
    """Workers of a master that has delivered over gRPC have channels of their own, and lose nothing."""
    with free_port() as port, Peer(accept) as peer:
        settings = settings_for(f"http://127.0.0.1:{peer.port}", tmp_path / "state", transport="grpc")
        environment = {"CLIPPY_TEST_SETTINGS": json.dumps(settings)}
        with Server(gunicorn(port, "--preload"), port, environment, tmp_path / "log") as server:
            with Load(port) as load:
                load.wait_for_more(REQUESTS)
                load.wait_for_processes(WORKERS)
                server.send(signal.SIGHUP)
                load.wait_for_processes(2 * WORKERS)
            log = server.end()
        left = deliver_what_is_left(settings, tmp_path / "state")
        came, answered = received(call for call in peer.calls if "LogsService" in call.method), set(load.answered)
    show(Row("gunicorn, --preload, gRPC", len(answered), came.distinct, came.duplicated, left))
    assert answered - set(came.numbers) == set(), log
    assert came.duplicated == 0


def test_uvicorn(tmp_path: Path) -> None:
    """Workers that die of the SIGTERM that has ended them gracefully have brought everything to safety before."""
    with free_port() as port, Sink() as sink:
        settings = settings_for(sink.url, tmp_path / "state", flush_on=["exit", "sigterm"], flush_interval_ms=60_000)
        environment = {"CLIPPY_TEST_SETTINGS": json.dumps(settings)}
        command = ["-m", "uvicorn", "--workers", "2", "--port", str(port), "--lifespan", "off"]
        with Server([*command, "tests.faults._web:asgi"], port, environment, tmp_path / "log") as server:
            with Load(port) as load:
                load.wait_for_more(4 * REQUESTS)
                load.wait_for_processes(2)  # they start one after the other
            log = server.end()
        left = deliver_what_is_left(settings, tmp_path / "state")
        came, answered = came_at(sink), set(load.answered)
    show(Row("uvicorn, 2 workers", len(answered), came.distinct, came.duplicated, left))
    assert answered - set(came.numbers) == set(), log
    assert came.duplicated == 0


@contextmanager
def redis_server() -> Iterator[str]:
    """Run a Redis that keeps nothing, and yield its URL."""
    binary = shutil.which("redis-server")
    if binary is None:
        require_real("Redis", "install redis-server")
        raise AssertionError  # for the type checker: require_real does not return
    with free_port() as port:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            assert wait_until(lambda: can_connect(port))
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.kill()
            process.wait(WAIT_TIMEOUT_S)


def test_celery_prefork(tmp_path: Path) -> None:
    """Pool processes, which run no exit handlers and no finalizers, deliver when the worker ends them."""
    count = int(length(100, 2000))
    with redis_server() as broker, Sink() as sink:
        # Nothing goes out before the end: so it is their ends that deliver.
        settings = settings_for(sink.url, tmp_path / "state", flush_interval_ms=60_000, max_buffer_size=5000)
        settings |= {"max_queue_size": 5000, "max_payload_bytes": 1_000_000}
        environment = {"CLIPPY_TEST_SETTINGS": json.dumps(settings), "CLIPPY_TEST_BROKER": broker}
        port = int(broker.rpartition(":")[2].partition("/")[0])
        command = ["-m", "celery", "-A", "tests.faults._tasks", "worker", "--pool", "prefork", "--concurrency", "2"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with Server([*command, *quiet], port, environment, tmp_path / "log") as server:
            pids = make_tasks(count, environment)
            before = came_at(sink).distinct
            log = server.end()
        came = came_at(sink)
    show(Row(f"Celery, {len(pids)} processes", count, came.distinct, came.duplicated, before))
    assert len(pids) == 2
    assert before == 0
    assert (came.distinct, came.duplicated) == (count, 0), log
    assert lying_in(tmp_path / "state") == 0


def make_tasks(count: int, environment: dict[str, str]) -> list[int]:
    """Have the worker run so many tasks; return which processes have."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults._tasks", str(count)],
        env={**os.environ, "PYTHONPATH": _ROOT, **environment},
        stdout=subprocess.PIPE,
        timeout=WAIT_TIMEOUT_S,
        check=True,
    )
    pids: list[int] = json.loads(done.stdout)
    return pids
