"""More than one at a time: what interrupts a call and records too, two processes on one directory, a forked child."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests._sinks import Answer, Request, Sink
from tests.faults._processes import (
    FULL,
    Application,
    Row,
    accounted,
    is_balanced,
    length,
    lying_in,
    received,
    show,
    wait_until,
)

KILLS = int(length(4, 10))
REQUEST = 50  # records, at most
# In every run each of both, in the full one all together.
INTERRUPTED = [("spool_on_failure", "events"), ("always", "spans"), ("memory", "events")]
INTERRUPTED += [("spool_on_failure", "spans"), ("always", "events"), ("memory", "spans")] if FULL else []
FORKED = [("spool_on_failure", "away"), ("always", "there")]
FORKED += [("always", "away"), ("spool_on_failure", "there")] if FULL else []


def settings_for(url: str, state: Path, **settings: Any) -> dict[str, Any]:
    """Return the settings of an application that delivers soon."""
    return {"endpoint": url, "state_directory": str(state), "flush_interval_ms": 200, **settings}


@pytest.mark.parametrize("durability, records", INTERRUPTED)
def test_calls_that_are_interrupted_by_calls(durability: str, records: str, tmp_path: Path) -> None:
    """A signal handler and `__del__` record in the midst of recording: nothing hangs, is lost or doubled."""
    count = int(length(2000, 20_000))
    settings: dict[str, Any] = {"spool": {"durability": durability}}
    if durability == "memory":
        settings |= {"max_queue_size": 1_000_000, "max_memory_bytes": 1_000_000_000}
    with (
        Sink() as sink,
        Application(
            settings_for(sink.url, tmp_path, **settings),
            count=count,
            timeout_ms=60_000,
            records=records,
            interrupted=True,
        ) as application,
    ):
        answer = application.finish()
        came = received(sink.requests, records)
    books, emitted = answer["ledger"]["spans" if records == "spans" else "logs"], count + answer["extra"]
    show(Row(f"interrupted, {durability}, {records}", emitted, came.distinct, came.duplicated, accounted(books)))
    assert answer["extra"] > 10
    assert (came.distinct, came.duplicated) == (emitted, 0)
    assert books == {"offered": books["offered"], "exported": books["offered"]}


def test_processes_of_one_directory_that_are_killed_one_after_the_other(tmp_path: Path) -> None:
    """Beside one that lives, with each record written first: none is lost, and twice comes at most a request a kill."""
    chance = random.Random(length(5, 6))
    settings: dict[str, Any] = {"spool": {"durability": "always"}}
    emitted: set[int] = set()
    with Sink() as sink:
        options = settings_for(sink.url, tmp_path, **settings)
        with Application(options, count=10**6, rate=300, first=10**7, timeout_ms=30_000) as living:
            for number in range(KILLS):
                first = number * 10**6
                with Application(options, count=10**6, rate=1500, first=first) as application:
                    application.wait_for_events(chance.randrange(1, 700))
                    application.kill()
                emitted |= set(range(first, first + application.emitted))
            living.kill()
        emitted |= set(range(10**7, 10**7 + living.emitted))
        with Application(options, wait=True, timeout_ms=30_000) as application:
            application.wait_for("ready")
            assert wait_until(lambda: lying_in(tmp_path) == 0)
            books = application.finish()["ledger"]["logs"]
        came = received(sink.requests)
    missing = emitted - set(came.numbers)
    show(Row(f"{KILLS + 1} kills beside each other", len(emitted), came.distinct, came.duplicated, accounted(books)))
    assert missing == set()
    assert came.duplicated <= (KILLS + 1) * REQUEST
    assert is_balanced(books)
    assert books.get("corrupt", 0) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("durability, where", FORKED)
def test_fork_after_an_export(durability: str, where: str, tmp_path: Path) -> None:
    """Parent and child deliver what is theirs, each once; what cannot be delivered the next process delivers."""
    count = int(length(300, 2500))
    answers, taken = [Answer()], list[Request]()

    def reply(request: Request) -> Answer:
        if answers[-1].status == 200:
            taken.append(request)
        return answers[-1]

    with Sink(reply) as sink:
        settings = settings_for(sink.url, tmp_path, spool={"durability": durability})
        with Application(settings, count=count, wait=True, forks=True, timeout_ms=2000) as application:
            application.wait_for("recorded")
            assert wait_until(lambda: received(taken).distinct >= count)
            if where == "away":
                answers.append(Answer(503))
            books = application.finish()["ledger"]["logs"]
        answers.append(Answer())
        with Application(settings, wait=True, timeout_ms=30_000) as following:
            following.wait_for("ready")
            assert wait_until(lambda: lying_in(tmp_path) == 0)
            following.finish()
    came = received(taken)
    show(Row(f"fork, {durability}, {where}", application.emitted, came.distinct, came.duplicated, accounted(books)))
    assert application.emitted == 3 * count
    assert (came.distinct, came.duplicated) == (3 * count, 0)
    assert is_balanced(books)
    assert books["offered"] == 2 * count + 2
