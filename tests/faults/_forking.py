"""A parent that has recorded and delivered, and its children, which record for themselves.

Run with an order in JSON: how children are made, and how they leave. Each child makes ten records and adds ten to a
counter of which the parent has counted a hundred; what is seen in each process is written as a line of JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final

import clippy_otel
from clippy_otel.delivery.thread import THREAD_NAME

CHILDREN: Final = 4
EACH: Final = 10
PARENT: Final = 100
# Spawned children import this module and are given the rest.
settings: dict[str, Any] = {}


def begin(given: dict[str, Any]) -> None:
    """Take the settings, and configure telemetry where that is to be done when a process begins."""
    settings.update(given)
    clippy_otel.configure("forking", **settings)


def see(who: str) -> None:
    """Write what this process knows of itself."""
    telemetry = clippy_otel.get_telemetry()
    seen = {
        "who": who,
        "pid": os.getpid(),
        "threads": [thread.name for thread in threading.enumerate()].count(THREAD_NAME),
        "session": telemetry.current_scope().session_id,
        "previous": telemetry.current_scope().previous_session_id,
        "offered": telemetry.collector.buffer_status().ledger["logs"].offered,
    }
    os.write(1, f"{json.dumps(seen)}\n".encode())


def work(number: int, given: dict[str, Any] | None = None) -> int:
    """Record what a child records."""
    if given is not None:
        begin(given)
    see("child")
    telemetry = clippy_otel.get_telemetry()
    for step in range(EACH):
        telemetry.collector.track("fault", {"n": number * EACH + step})
    telemetry.collector.count("done", EACH)
    with telemetry.tracer.start_as_current_span("fault"):
        return os.getpid()


def fork(leave: str) -> None:
    """Make children by os.fork()."""
    pids = []
    for number in range(1, CHILDREN + 1):
        pid = os.fork()
        if pid == 0:
            work(number)
            if leave == "_exit":
                os._exit(0)
            if leave == "shutdown":
                clippy_otel.get_telemetry().shutdown()
                os._exit(0)
            sys.exit(0)
        pids.append(pid)
    for pid in pids:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def run_processes(module: Any, method: str) -> None:
    """Make children as Process objects of `multiprocessing`, or of `billiard`."""
    context = module.get_context(method)
    given = None if method == "fork" else settings
    children = [context.Process(target=work, args=(number, given)) for number in range(1, CHILDREN + 1)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0


def run_executor() -> None:
    """Make children as the workers of an executor."""
    with ProcessPoolExecutor(CHILDREN, multiprocessing.get_context("fork")) as executor:
        assert len(list(executor.map(work, range(1, CHILDREN + 1)))) == CHILDREN


def main(order: dict[str, Any]) -> None:
    """Record as the parent, and have children."""
    begin(order["settings"])
    telemetry = clippy_otel.get_telemetry()
    telemetry.collector.track("fault", {"n": 0})
    telemetry.collector.count("done", PARENT)
    with telemetry.tracer.start_as_current_span("fault"):
        pass
    if order["flush"]:
        assert telemetry.flush().ok
    see("parent")
    how, leave = order["how"], order["leave"]
    if how == "os.fork":
        fork(leave)
    elif how == "executor":
        run_executor()
    elif how == "billiard":
        import billiard  # type: ignore[import-untyped]  # noqa: PLC0415 - for this alone

        run_processes(billiard, "fork")
    else:
        run_processes(multiprocessing, how)
    see("parent")
    if order["wait"]:
        sys.stdin.readline()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
