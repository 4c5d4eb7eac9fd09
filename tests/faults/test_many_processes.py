"""Several processes share one state directory: killed at random, stopped, erasing for each other."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from tests._sinks import Answer, Sink
from tests.faults._processes import (
    WAIT_TIMEOUT_S,
    Application,
    Row,
    accounted,
    destination_in,
    is_balanced,
    length,
    lying_in,
    received,
    show,
    wait_until,
)

PROCESSES: Final = 4
KILLS: Final = int(length(20, 120))
REQUEST: Final = 50  # records, at most
USER: Final = "canary-user"
CANARY: Final = "canarytext"
_MEMBER: Final = str(Path(__file__).with_name("_member.py"))
_ROOT: Final = str(Path(__file__).parents[2])


def settings_for(url: str, state: Path, **settings: Any) -> dict[str, Any]:
    """Return the settings of an application that writes each record first, and delivers soon."""
    always = {"durability": "always"}
    return {"endpoint": url, "state_directory": str(state), "flush_interval_ms": 200, "spool": always, **settings}


def test_random_kills_lose_nothing(tmp_path: Path) -> None:
    """Four processes, one of which is killed at a time: all is delivered, and twice comes at most a request a kill."""
    chance, emitted, sessions = random.Random(KILLS), set[int](), 0

    def start(number: int) -> Application:
        return stack.enter_context(Application(options, count=10**6, rate=300, first=number * 10**6))

    def kill(application: Application, number: int) -> None:
        nonlocal sessions
        application.kill()
        sessions += application.emitted > 0
        emitted.update(range(number * 10**6, number * 10**6 + application.emitted))

    with Sink() as sink, ExitStack() as stack:
        options = settings_for(sink.url, tmp_path)
        alive = [(number, start(number)) for number in range(PROCESSES)]
        for number in range(PROCESSES, KILLS):
            victim_number, victim = alive.pop(chance.randrange(PROCESSES))
            victim.wait_for_events(chance.randrange(1, 100))
            kill(victim, victim_number)
            alive.append((number, start(number)))
        for number, application in alive:
            kill(application, number)
        with Application(options, wait=True, timeout_ms=30_000) as application:
            application.wait_for("ready")
            assert wait_until(lambda: lying_in(tmp_path) == 0)
            books = application.finish()["ledger"]["logs"]
        came = received(sink.requests)
    missing = emitted - set(came.numbers)
    show(Row(f"{KILLS} kills of {PROCESSES}", len(emitted), came.distinct, came.duplicated, accounted(books)))
    assert missing == set()
    assert came.duplicated <= KILLS * REQUEST
    assert all(len(ids) == 1 for ids in came.uids.values())
    assert is_balanced(books)
    # Each with the start of its session, and with a record that it was killed before it could say.
    assert 0 <= accounted(books) - len(emitted) - sessions <= 2 * KILLS
    assert books.get("corrupt", 0) == 0
    assert books.get("lost_in_crash", 0) <= KILLS * REQUEST  # delivered, and killed before that was booked


def test_stopped_process_keeps_what_is_its_own(tmp_path: Path) -> None:
    """What a stopped process holds is taken by nobody, however long that lasts, and comes once when it goes on."""
    count = int(length(300, 3000))
    answers = [Answer(503)]
    with Sink(lambda _: answers[-1]) as sink:
        options = settings_for(sink.url, tmp_path)
        with (
            Application(options, count=count, wait=True, timeout_ms=30_000) as stopped,
            Application(options, count=count, first=10**6, wait=True, timeout_ms=30_000) as running,
        ):
            stopped.wait_for("recorded")
            running.wait_for("recorded")
            os.kill(stopped.pid, signal.SIGSTOP)
            refused = len(sink.requests)
            answers.append(Answer())
            assert wait_until(lambda: received(sink.requests[refused:]).distinct >= count)
            time.sleep(length(2, 30))  # for the other one to look at the directory a few times
            assert all(number >= 10**6 for number in received(sink.requests[refused:]).numbers)
            os.kill(stopped.pid, signal.SIGCONT)
            books = [application.finish()["ledger"]["logs"] for application in (stopped, running)]
        came = received(sink.requests[refused:])
    show(Row("a process that is stopped", 2 * count, came.distinct, came.duplicated, sum(map(accounted, books))))
    assert (came.distinct, came.duplicated) == (2 * count, 0)
    assert all(map(is_balanced, books))
    assert all("adopted" not in rows for rows in books)


def test_process_that_is_stopped_amid_its_requests(tmp_path: Path) -> None:
    """A process that is stopped and goes on at any moment delivers what it has recorded once."""
    chance, stops = random.Random(7), int(length(4, 40))
    with Sink() as sink:
        options = settings_for(sink.url, tmp_path, flush_interval_ms=20)
        with Application(options, count=10**6, rate=500) as stopped, Application(options, wait=True) as beside:
            beside.wait_for("ready")
            for _ in range(stops):
                stopped.wait_for_events(stopped.emitted + chance.randrange(1, 300))
                os.kill(stopped.pid, signal.SIGSTOP)
                time.sleep(chance.uniform(0.2, length(1.2, 3)))
                os.kill(stopped.pid, signal.SIGCONT)
            assert wait_until(lambda: lying_in(tmp_path) <= REQUEST)
            before = stopped.emitted
            assert wait_until(lambda: received(sink.requests).distinct >= before)
            came = received(sink.requests)
    show(Row(f"stopped {stops} times", before, came.distinct, came.duplicated, came.distinct))
    assert came.duplicated == 0


class Member:
    """A process of `_member.py`; a context manager, which ends the process that it has started."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, _MEMBER, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _ROOT},
            text=True,
        )

    def read(self) -> str:
        """Return the next line that it says."""
        assert self._process.stdout is not None
        line: str = self._process.stdout.readline()
        return line.rstrip("\n")

    def tell(self, order: str) -> str:
        """Have it do something; return what it said before it was done."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        said = self.read()
        if said != "done":
            assert self.read() == "done"
        return said

    def end(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(WAIT_TIMEOUT_S) == 0

    def __enter__(self) -> Member:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(WAIT_TIMEOUT_S)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


def test_erasure_reaches_all_that_live(tmp_path: Path) -> None:
    """What one process is told to erase is in no file any more, though four live ones write about others meanwhile."""
    answers, count = [Answer(503, headers={"Retry-After": "60"})], int(length(200, 2000))
    with Sink(lambda _: answers[-1]) as sink, ExitStack() as stack:
        options = settings_for(sink.url, tmp_path)
        members = [stack.enter_context(Member(options)) for _ in range(PROCESSES)]
        for member in members:
            assert member.read() == "ready"
        pseudonym = members[0].tell(f"pseudonym {USER}")
        canaries = (CANARY.encode(), pseudonym.encode())
        for member in members:
            member.tell(f"about {USER} {count} {CANARY}")
        directory = destination_in(tmp_path)
        assert occurrences(directory, canaries) >= 2 * PROCESSES * count
        members[0].tell(f"purge {USER}")
        assert wait_until(lambda: occurrences(directory, canaries) == 0, 20.0)
        time.sleep(length(1, 10))  # of writing, and of going from memory to the disk
        assert occurrences(directory, canaries) == 0
        for member in members:
            member.end()
        assert occurrences(directory, canaries) == 0
        refused = len(sink.requests)
        answers.append(Answer())
        with Application(options, wait=True, timeout_ms=30_000) as following:
            following.wait_for("ready")
            assert wait_until(lambda: lying_in(tmp_path) == 0)
            books = following.finish()["ledger"]["logs"]
        bodies = [request.body for request in sink.requests[refused:]]
    show(Row("erasure while four write", accounted(books), books["exported"], 0, accounted(books)))
    assert sum(body.count(canary) for body in bodies for canary in canaries) == 0
    assert is_balanced(books)
    assert books["erased"] == PROCESSES * count
    assert books["erased"] + books["exported"] == accounted(books)


def occurrences(directory: Path, texts: tuple[bytes, ...]) -> int:
    """Return how often any of the texts stands in the files of a directory; those that go meanwhile are left out."""
    count = 0
    for file in directory.iterdir():
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            continue
        count += sum(data.count(text) for text in texts)
    return count
