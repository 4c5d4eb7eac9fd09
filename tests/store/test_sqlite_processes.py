"""The SQLite store between processes: writers beside each other, forks, and a death in the middle of a write."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from clippy_otel.store.sqlite import SqliteStore
from tests._requests import decoded

ROOT = Path(__file__).parents[2]
NEEDS_FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

# Each script has the path in sys.argv[1] and prints nothing but what its test reads.
PRELUDE = """
import itertools, os, sqlite3, sys, threading
from clippy_otel.store.errors import StoreUnavailableError
from clippy_otel.store.sqlite import SqliteStore
from tests._requests import decoded

def event(name, number=[0]):
    number[0] += 1
    return decoded(name, event_id=f"{os.getpid():016x}{number[0]:016x}")

def append(store, name, count=1):
    return store.append_logs([event(name) for _ in range(count)], timeout_s=60)

def names(store):
    return sorted(log.event_name for log in store.logs())

def locks_held():
    with open("/proc/locks") as locks:
        return sum(1 for line in locks if f" {os.getpid()} " in line)

def fork(child):
    pid = os.fork()
    if pid == 0:
        try:
            child()
            os._exit(0)
        except BaseException as error:
            print("child:", repr(error), file=sys.stderr)
            os._exit(1)
    return pid

def ended(pid):
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

store = SqliteStore(sys.argv[1])
"""


def started(script: str, path: Path) -> subprocess.Popen[str]:
    """Start a script in a process of its own."""
    # Python 3.12 warns of any fork beside a thread; that these forks are safe is what is tested.
    warnings = ("-W", "error::ResourceWarning", "-W", "ignore::DeprecationWarning")
    command = [sys.executable, *warnings, "-c", PRELUDE + script, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)


def output(script: str, path: Path) -> str:
    """Run a script to its end and return what it printed."""
    with started(script, path) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert err == ""
    return out


def integrity(path: Path) -> str:
    """Return what SQLite says about a file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def test_processes_write_together(tmp_path: Path) -> None:
    """Several processes that begin at one moment, on a file that none of them has created, lose nothing."""
    path = tmp_path / "telemetry.db"
    script = """
print("ready", flush=True)
sys.stdin.readline()
for _ in range(25):
    append(store, "x", 4)
store.close()
"""
    processes = [started(script, path) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    assert SqliteStore(path).count_logs() == 4 * 25 * 4
    assert integrity(path) == "ok"


def test_killed_while_writing(tmp_path: Path) -> None:
    """A process that is killed in the middle of its writes leaves all that it was answered for, and a sound file."""
    path = tmp_path / "telemetry.db"
    script = "for number in itertools.count(1): append(store, 'x', 200); print(number, flush=True)"
    for _ in range(3):
        before = SqliteStore(path).count_logs()
        with started(script, path) as process:
            assert process.stdout is not None
            for _ in range(3):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            answered = 3 + len(process.stdout.readlines())
            process.wait()
        store = SqliteStore(path)
        added = store.count_logs() - before
        assert added in (200 * answered, 200 * (answered + 1))  # the last answer may not have been told
        assert store.append_logs([decoded(event_id=os.urandom(16).hex())], timeout_s=60) == 1
        store.close()
    assert integrity(path) == "ok"


@NEEDS_FORK
def test_fork(tmp_path: Path) -> None:
    """Parent and child go on with the file, and neither one's end takes anything from the other."""
    script = """
append(store, "before")
go, went = os.pipe(), os.pipe()

def child():
    append(store, "child")
    if sys.platform == "linux":
        assert locks_held() > 0  # a connection on its parent's inherited table would take none
    os.write(went[1], b"x")
    os.read(go[0], 1)
    append(store, "child after its parent closed the file")
    store.close()

pid = fork(child)
os.read(went[0], 1)
append(store, "parent")
store.close()
os.write(go[1], b"x")
ended(pid)
print(names(store))
"""
    path = tmp_path / "telemetry.db"
    everything = ["before", "child", "child after its parent closed the file", "parent"]
    assert output(script, path) == f"{everything}\n"
    assert integrity(path) == "ok"


@NEEDS_FORK
def test_fork_while_another_thread_writes(tmp_path: Path) -> None:
    """A fork waits for the write that another thread is in; children write, and nothing is lost."""
    script = """
done = threading.Event()

def write():
    while not done.is_set():
        try:
            append(store, "thread", 20)
            counted.append(20)
        except StoreUnavailableError:
            pass  # interrupted by a fork: the worker would send it again

counted = []
thread = threading.Thread(target=write)
thread.start()

def child():
    append(store, "child", 5)
    store.close()

for _ in range(10):
    ended(fork(child))
done.set()
thread.join()
store.close()
found = names(store)
print(found.count("thread") == sum(counted), found.count("child"))
"""
    assert output(script, tmp_path / "telemetry.db") == "True 50\n"


@NEEDS_FORK
def test_fork_while_another_thread_reads(tmp_path: Path) -> None:
    """A fork waits for a page that another thread is reading; children read and write."""
    script = """
append(store, "x", 2000)
done = threading.Event()
counts = set()

def read():
    while not done.is_set():
        counts.add(sum(1 for log in store.logs() if log.event_name == "x"))

thread = threading.Thread(target=read)
thread.start()

def child():
    assert names(store).count("x") == 2000
    append(store, "child")
    store.close()

for _ in range(5):
    ended(fork(child))
done.set()
thread.join()
store.close()
print(counts, names(store).count("child"))
"""
    assert output(script, tmp_path / "telemetry.db") == "{2000} 5\n"


@NEEDS_FORK
def test_fork_during_an_iteration(tmp_path: Path) -> None:
    """An iteration that was begun before a fork goes on in parent and child."""
    script = """
append(store, "x", 1200)
logs = store.logs()
next(logs)

def child():
    assert sum(1 for _ in logs) == 1199

ended(fork(child))
print(sum(1 for _ in logs))
"""
    assert output(script, tmp_path / "telemetry.db") == "1199\n"


@NEEDS_FORK
def test_fork_while_waiting_for_another_process(tmp_path: Path) -> None:
    """A fork does not wait as long as a writer does that waits for another process."""
    script = """
append(store, "before")
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
outcome = []

def write():
    try:
        append(store, "waiting")
    except StoreUnavailableError as error:
        outcome.append(str(error))

thread = threading.Thread(target=write)
thread.start()
thread.join(0.2)
ended(fork(lambda: None))
thread.join(10)
other.close()
store.close()
print(outcome)
"""
    assert output(script, tmp_path / "telemetry.db") == "['database is locked']\n"


@NEEDS_FORK
def test_fork_that_caught_a_connection_open(tmp_path: Path) -> None:
    """Where the connection could not be closed in time, the child leaves the file alone rather than damaging it."""
    script = """
from clippy_otel.store import sqlite
sqlite._FORK_WAIT_S = 0.01
append(store, "before")
store._writing.acquire()  # as if a write hung

def child():
    for use in (lambda: append(store, "child"), lambda: names(store)):
        try:
            use()
        except StoreUnavailableError as error:
            assert "forked while" in str(error)
        else:
            raise AssertionError
    assert len(sqlite._inherited) == 1

ended(fork(child))
store._writing.release()
append(store, "parent")
store.close()
print(names(store))
"""
    assert output(script, tmp_path / "telemetry.db") == "['before', 'parent']\n"


@NEEDS_FORK
def test_fork_of_a_fork(tmp_path: Path) -> None:
    """A child that used the store may fork itself."""
    script = """
append(store, "parent")

def grandchild():
    append(store, "grandchild")
    store.close()

def child():
    append(store, "child")
    ended(fork(grandchild))
    append(store, "child again")
    store.close()

ended(fork(child))
append(store, "parent again")
store.close()
print(names(store))
"""
    assert (
        output(script, tmp_path / "telemetry.db")
        == str(["child", "child again", "grandchild", "parent", "parent again"]) + "\n"
    )
