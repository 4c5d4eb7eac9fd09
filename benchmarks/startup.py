"""What importing and configuring clippy_otel adds to a process that has the SDK and its OTLP exporters over HTTP.

Each figure is the lowest of three fresh interpreters (`benchmarks/started.py`), and what counts is the difference of
the two sides in a round. The time is CPU time: importing waits for nothing, and the wall clock of a shared machine says
more about its neighbours. They slow down CPU time too, by more than what is to be measured here; hence the lowest.

All byte code is cached beforehand, in a directory of the benchmark's own that the rounds for warming up fill: as in an
installation, and whatever the environment says about writing it. Without that, compiling is most of what is measured.

There are two bases. Above the SDK that is only imported, which is what the budget is for, ours also pays for what it
loads that the SDK loads later (its exporters import requests and OpenSSL when they are made); above the one that is
configured, with its exporters made, that has been paid for.

Most of what this package loads it loads with the first record. So there is a row for that too, beside the SDK that is
configured and records one.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from typing import Final

from benchmarks import ROOT
from benchmarks.harness import Benchmark, Row, Sides

_STARTS: Final = 3  # in a round, of each side
_TIME_BUDGET_MS, _MEMORY_BUDGET_MB = 30.0, 2.0


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    imported = (
        Row("import and configure, CPU, above the SDK imported", "ms", "difference", _TIME_BUDGET_MS),
        Row("import and configure, memory, likewise", "MB", "difference", _MEMORY_BUDGET_MB),
    )
    configured = (
        Row("import and configure, CPU, above the SDK configured", "ms", "difference"),
        Row("import and configure, memory, likewise", "MB", "difference"),
    )
    recorded = (
        Row("import, configure and a first event, CPU, beside the SDK", "ms", "difference"),
        Row("import, configure and a first event, memory, likewise", "MB", "difference"),
    )
    return (
        Benchmark("startup", imported, 15, _STARTS, functools.partial(_opened, "imported")),
        Benchmark("startup-configured", configured, 7, _STARTS, functools.partial(_opened, "configured")),
        Benchmark("startup-recorded", recorded, 7, _STARTS, functools.partial(_opened, "recorded")),
    )


def environment(cache: str) -> dict[str, str]:
    """Return this process's environment, with byte code and state kept in a directory.

    What earlier processes have left in the user's own state would be delivered: a thread and a spool more.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": cache, "XDG_STATE_HOME": f"{cache}/state"}


@contextlib.contextmanager
def _opened(base: str, calls: int) -> Iterator[Sides]:
    with tempfile.TemporaryDirectory(prefix="clippy-otel-benchmark-") as cache:

        def lowest(side: str) -> tuple[float, float]:
            started = [start(side, base, environment(cache)) for _ in range(calls)]
            return min(time_ms for time_ms, _ in started), min(resident_mb for _, resident_mb in started)

        yield Sides(lambda: lowest("ours"), lambda: lowest("bare"))


def start(side: str, base: str, env: Mapping[str, str]) -> tuple[float, float]:
    """Start a process and return the milliseconds of CPU that it took, and the megabytes that it is resident with."""
    command = (sys.executable, "-m", "benchmarks.started", side, base)
    # The command is ours alone.
    printed = subprocess.run(command, check=True, env=env, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout  # noqa: S603
    time_ms, resident_mb = map(float, printed.split())
    return (time_ms, resident_mb)
