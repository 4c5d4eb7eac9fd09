"""Consent in real processes: withdrawn elsewhere under load, and decisions that survive the process that made them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults._processes import WAIT_TIMEOUT_S, length, wait_until

_ROOT = str(Path(__file__).parents[2])
# Asks what two users have decided.
_ASKS = """
import sys
from clippy_otel import PrivacyRights, TelemetryCollector
collector = TelemetryCollector(state_directory=sys.argv[1], transport="console", flush_on=())
privacy = PrivacyRights(collector)
print([privacy.consent(purpose="analytics", user_id=f"user {number}") for number in range(2)])
"""
# Records on 4 threads, and says when it is asked how many records were refused and how many were accepted.
_RECORDS = """
import sys, threading, json, os
from clippy_otel import TelemetryCollector
collector = TelemetryCollector(
    state_directory=sys.argv[1], transport="custom", custom_transport=lambda events: None, flush_on=(),
    max_queue_size=100_000, max_memory_bytes=500_000_000, max_buffer_size=100_000, flush_interval_ms=0,
    spool={"durability": "memory"},
)
stop = threading.Event()
def work():
    while not stop.is_set():
        collector.track("seen", {"n": 1})
        stop.wait(0.0005)
def row():
    found = collector.buffer_status().ledger["logs"]
    return found.consent_denied, found.offered - found.consent_denied
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
print("ready", flush=True)
for line in sys.stdin:
    if line == "row\\n":
        print(json.dumps(row()), flush=True)
    else:
        break
stop.set()
for thread in threads:
    thread.join()
print(json.dumps(collector.buffer_status().ledger["logs"].nonzero()), flush=True)
os._exit(0)
"""
_DECIDES = """
import sys, os
from clippy_otel import PrivacyRights, TelemetryCollector
collector = TelemetryCollector(
    state_directory=sys.argv[1], transport="custom", custom_transport=lambda events: None, flush_on=()
)
privacy = PrivacyRights(collector)
for number in range(int(sys.argv[2])):
    user_id = f"user {number}" if sys.argv[3] == "users" else None
    privacy.set_consent(number % 2 == 1, purpose="analytics", user_id=user_id)
    os.write(1, f"{number}\\n".encode())
"""


@contextmanager
def running(source: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program; end it in the end."""
    with subprocess.Popen(
        [sys.executable, "-c", source, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": _ROOT},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def say(process: subprocess.Popen[str], line: str) -> Any:
    """Say something to a program, and return what it answers."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def accepted_by(process: subprocess.Popen[str]) -> int:
    """Return how many records a program has accepted so far."""
    return int(say(process, "row")[1])


def wait_for_records(process: subprocess.Popen[str]) -> None:
    """Wait until a program has accepted some records."""
    assert wait_until(lambda: accepted_by(process) > 50)


def wait_for_denials(process: subprocess.Popen[str], count: int) -> None:
    """Wait until a program has refused so many records more."""
    before = say(process, "row")[0]
    assert wait_until(lambda: say(process, "row")[0] > before + count)


def test_withdrawn_in_another_process_under_load(tmp_path: Path) -> None:
    """Two processes record on four threads each: after their next records not one more is accepted by either."""
    with running(_RECORDS, str(tmp_path)) as one, running(_RECORDS, str(tmp_path)) as other:
        for process in (one, other):
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            wait_for_records(process)
        subprocess.run(
            [sys.executable, "-c", _DECIDES, str(tmp_path), "1", "everybody"],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": _ROOT},
            timeout=WAIT_TIMEOUT_S,
        )
        for process in (one, other):
            wait_for_denials(process, 50)  # by then each of its threads has begun a record since
            accepted = accepted_by(process)
            wait_for_denials(process, 200)
            assert accepted_by(process) == accepted
        for process in (one, other):
            assert set(say(process, "end")) <= {"offered", "consent_denied", "erased"}  # nothing waits


def test_every_decision_survives_kill_9(tmp_path: Path) -> None:
    """What set_consent() has returned from stands in the audit, whole, and the next process goes by it."""
    decided = 0
    for number in range(int(length(4, 12))):
        with running(_DECIDES, str(tmp_path), "100000", "users") as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first == "0\n"
            time.sleep(0.02 * (number + 1))  # it is killed at some moment
            process.send_signal(signal.SIGKILL)
            decided += 1 + len(process.stdout.read().splitlines())
    lines = (tmp_path / "clippy_otel" / "consent.jsonl").read_bytes().splitlines()
    whole = [json.loads(line) for line in lines if line.endswith(b"}")]  # one that is torn does not
    assert decided <= len(whole) <= decided + int(length(4, 12))
    assert all(line["granted"] is False or line["subject"].startswith("p_") for line in whole)
    done = subprocess.run(
        [sys.executable, "-c", _ASKS, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": _ROOT},
        timeout=WAIT_TIMEOUT_S,
    )
    assert done.stdout.startswith("[False, ")
