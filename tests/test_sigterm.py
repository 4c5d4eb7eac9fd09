"""SIGTERM, in real processes: what is registered is parked, then the host's handler, or the system, has its way."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from clippy_otel import _sigterm

BEGIN = """
import os, signal, sys, threading, time
from clippy_otel import _sigterm

class Part:
    def __init__(self, seconds=0.0):
        self.seconds = seconds
    def park(self, timeout_ms):
        time.sleep(min(self.seconds, timeout_ms / 1000))
        print("parked", threading.current_thread().name, flush=True)

part = Part()
"""
WAIT = """
print("ready", flush=True)
for _ in range(3000):
    time.sleep(0.01)
"""


def run(script: str, *, signals: int = 1) -> tuple[list[str], int]:
    """Run a script, send it SIGTERM once it is ready, and return its lines and its exit status."""
    process = subprocess.Popen([sys.executable, "-c", BEGIN + script], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(signals):
            process.send_signal(signal.SIGTERM)
        lines, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    return lines.split("\n")[:-1], process.returncode


def test_process_ends_by_the_signal_after_parking() -> None:
    """Where nobody else handles the signal, the process ends by it, as its parent expects."""
    assert run("_sigterm.park_at_sigterm(part)" + WAIT) == (["parked clippy_otel-sigterm"], -signal.SIGTERM)


def test_the_hosts_handler_comes_after() -> None:
    """A handler that was there before is called once, in the main thread, when everything is safe."""
    script = """
def handle(number, frame):
    print("host", number == signal.SIGTERM, threading.current_thread() is threading.main_thread(), flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, handle)
_sigterm.park_at_sigterm(part)
"""
    assert run(script + WAIT) == (["parked clippy_otel-sigterm", "host True True"], 7)


def test_signals_that_come_meanwhile_are_one() -> None:
    """An impatient parent changes nothing: parked once, passed on once."""
    script = """
part.seconds = 0.3
def handle(number, frame):
    print("host", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, handle)
_sigterm.park_at_sigterm(part)
"""
    assert run(script + WAIT, signals=3) == (["parked clippy_otel-sigterm", "host"], 0)


def test_unseen_signal_is_sent_again() -> None:
    """Where Python has not seen the signal that ends the process, another one follows, until the host has had it."""
    script = """
kill, sent = os.kill, []
def lose_first(pid, number):
    sent.append(number)
    if len(sent) > 1:
        kill(pid, number)
def handle(number, frame):
    print("host", len(sent), flush=True)
    time.sleep(1.2)
    print("sent", len(sent), flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, handle)
_sigterm.park_at_sigterm(part)
os.kill = lose_first
"""
    assert run(script + WAIT) == (["parked clippy_otel-sigterm", "host 2", "sent 2"], 0)


def test_the_host_has_one_signal_where_several_were_sent() -> None:
    """What was sent again while the main thread was in a long call in C is not the host's; what comes later is."""
    script = """
calls = []
signal.signal(signal.SIGTERM, lambda number, frame: calls.append(number))
_sigterm.park_at_sigterm(part)
count, took = 1_000_000, 0.0
while took < 0.3:
    count *= 2
    began = time.monotonic()
    sum(range(count))
    took = time.monotonic() - began
long = range(count * 4)
print("ready", flush=True)
while not _sigterm._sigterm.is_done:
    pass
sum(long)
time.sleep(1.2)
while _sigterm._sigterm._echoes:
    time.sleep(0.01)
print("host", len(calls), flush=True)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(0.1)
print("host", len(calls), flush=True)
"""
    assert run(script) == (["parked clippy_otel-sigterm", "host 1", "host 2"], 0)


def test_a_handler_that_came_meanwhile_has_the_signal_once() -> None:
    """A host that takes the signal over while everything is brought to safety gets it, and not again and again."""
    script = """
part.seconds = 0.3
count = []
_sigterm.park_at_sigterm(part)
print("ready", flush=True)
while not _sigterm._sigterm.is_asked:
    time.sleep(0.01)
signal.signal(signal.SIGTERM, lambda number, frame: count.append(number))
while not count:
    time.sleep(0.01)
time.sleep(1.2)
print("host", len(count), flush=True)
"""
    assert run(script) == (["parked clippy_otel-sigterm", "host 1"], 0)


def test_ignored_signal_stays_ignored() -> None:
    """Where the host ignores SIGTERM the process goes on, with everything safe."""
    script = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
_sigterm.park_at_sigterm(part)
print("ready", flush=True)
while not _sigterm._sigterm.is_done:
    time.sleep(0.01)
time.sleep(0.1)
print("alive", flush=True)
"""
    assert run(script) == (["parked clippy_otel-sigterm", "alive"], 0)


def test_what_fails_keeps_nobody() -> None:
    """Where one part raises, the others are parked, and the process ends."""
    script = """
class Failing(Part):
    def park(self, timeout_ms):
        raise RuntimeError
failing = Failing()
_sigterm.park_at_sigterm(failing)
_sigterm.park_at_sigterm(part)
"""
    assert run(script + WAIT) == (["parked clippy_otel-sigterm"], -signal.SIGTERM)


def test_what_has_ended_is_not_parked() -> None:
    """A part that was shut down, and one that is gone, are left alone."""
    script = """
_sigterm.park_at_sigterm(part)
_sigterm.park_at_sigterm(Part())
_sigterm.has_ended(part)
"""
    assert run(script + WAIT) == ([], -signal.SIGTERM)


def test_forked_child_parks_for_itself() -> None:
    """A child whose parent is ending asks for its own parking."""
    script = """
_sigterm.park_at_sigterm(part)
_sigterm._sigterm.is_asked = _sigterm._sigterm.is_done = True
if os.fork() == 0:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(30)
_, status = os.wait()
print("child", os.WTERMSIG(status), flush=True)
_sigterm._sigterm.after_fork()
"""
    lines = ["parked clippy_otel-sigterm"]
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BEGIN + script], capture_output=True, text=True, timeout=60, check=True
    )
    assert process.stdout.split("\n")[:-1] == [*lines, f"child {int(signal.SIGTERM)}"]


def test_outside_of_the_main_thread_it_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Python lets only the main thread install a handler; configuring elsewhere works, without it."""

    class Part:
        def park(self, timeout_ms: float) -> object:
            return timeout_ms

    before, part = signal.getsignal(signal.SIGTERM), Part()
    thread = threading.Thread(target=_sigterm.park_at_sigterm, args=(part,))
    thread.start()
    thread.join()
    assert "main thread" in caplog.text
    assert signal.getsignal(signal.SIGTERM) is before
    assert part not in _sigterm._sigterm.parkables
