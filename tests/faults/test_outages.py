"""A backend that is down, busy or refuses: what was recorded meanwhile arrives, once, or is kept with its reason."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests._collector import Collector
from tests._sinks import Answer, Fault, Request, Sink
from tests.faults._processes import (
    FULL,
    Application,
    Received,
    Row,
    accounted,
    dead_letters_in,
    free_port,
    is_balanced,
    length,
    received,
    show,
    wait_until,
)

RECORDS = ["events", "logs", "spans"]
RATE: float = 100  # records a second
COUNT = int(length(300, 5000))
DOWN_S = length(2, 30)
BUSY_S = length(1.5, 20)


def settings_for(url: str, state: Path, **settings: Any) -> dict[str, Any]:
    """Return the settings of an application that delivers to a peer, soon."""
    return {"endpoint": url, "state_directory": str(state), "flush_interval_ms": 200, **settings}


def arrived(sink: Sink, records: str = "events") -> Received:
    """Return what a peer has taken: requests that it has answered with success."""
    return received(list(sink.requests), records)


def row(fault: str, application: Application, taken: Received, records: str = "events") -> Row:
    """Show and return what became of an application's records; its books are those of its last words."""
    books = application.answer["ledger"]["spans" if records == "spans" else "logs"]
    assert is_balanced(books)
    made = Row(fault, application.emitted, taken.distinct, taken.duplicated, accounted(books))
    show(made)
    return made


@pytest.mark.parametrize("records", RECORDS)
def test_peer_that_is_down_and_comes_back(records: str, tmp_path: Path) -> None:
    """Connections are refused for a while: everything arrives when the peer is back, and nothing twice."""
    with (
        free_port() as port,
        Application(
            settings_for(f"http://127.0.0.1:{port}", tmp_path),
            count=COUNT,
            rate=RATE,
            wait=True,
            timeout_ms=30_000,
            records=records,
        ) as application,
    ):
        application.wait_for("ready")
        time.sleep(DOWN_S)
        with Sink(port=port) as sink:
            application.wait_for("recorded")
            assert wait_until(lambda: arrived(sink, records).distinct >= COUNT)
            application.finish()
            made = row(f"down {DOWN_S:g} s, then up, {records}", application, arrived(sink, records), records)
    assert (made.emitted, made.delivered, made.duplicated) == (COUNT, COUNT, 0)


RETRY_AFTER = [(503, "1"), (429, "1"), *([(503, "2"), (503, "30"), (429, "5")] if FULL else [])]


@pytest.mark.parametrize("status, retry_after", RETRY_AFTER)
def test_peer_that_asks_to_wait(status: int, retry_after: str, tmp_path: Path) -> None:
    """A busy peer is left alone for as long as it asks for, and gets everything then."""
    end, taken = time.monotonic() + BUSY_S, list[Request]()

    def reply(request: Request) -> Answer:
        if time.monotonic() < end:
            return Answer(status, headers={"Retry-After": retry_after})
        taken.append(request)
        return Answer()

    with (
        Sink(reply) as sink,
        Application(
            settings_for(sink.url, tmp_path), count=COUNT, rate=RATE, wait=True, timeout_ms=60_000
        ) as application,
    ):
        application.wait_for("recorded")
        assert wait_until(lambda: received(taken).distinct >= COUNT)
        application.finish()
        made = row(f"{status}, Retry-After {retry_after}, for {BUSY_S:g} s", application, received(taken))
    assert (made.emitted, made.delivered, made.duplicated) == (COUNT, COUNT, 0)


def test_peer_that_refuses(tmp_path: Path) -> None:
    """What a backend will never take is delivered to nobody, and kept as a dead letter with the reason."""
    count = int(length(500, 5000))
    with (
        Sink(lambda _: Answer(400, b"no such tenant", {"Content-Type": "text/plain"})) as sink,
        Application(settings_for(sink.url, tmp_path), count=count, timeout_ms=30_000) as application,
    ):
        answer = application.finish()
    assert answer["ledger"]["logs"]["rejected"] >= count
    assert answer["result"]["ok"] is False
    made = row("400", application, received(()))
    assert made.delivered == 0
    letters = dead_letters_in(tmp_path)
    assert len(letters) == application.emitted + 2  # the session's start and end
    assert {reason for reason in letters if "400" not in reason or "no such tenant" not in reason} == set()


@pytest.mark.parametrize("records", RECORDS)
def test_burst_that_is_larger_than_memory(records: str, tmp_path: Path) -> None:
    """10,000 records at once, where memory holds the specification's 100: the rest waits on disk, and all arrive."""
    count = 10_000
    with (
        Sink() as sink,
        Application(
            settings_for(sink.url, tmp_path), count=count, wait=True, timeout_ms=60_000, records=records
        ) as application,
    ):
        application.wait_for("recorded")
        application.finish()
        made = row(f"burst of 10,000 at 100 held, {records}", application, arrived(sink, records), records)
    assert (made.emitted, made.delivered, made.duplicated) == (count, count, 0)


def test_acknowledgement_that_is_lost_can_be_told_by_its_id(tmp_path: Path) -> None:
    """Where the peer has taken a request and its answer is lost, the copies carry the ids of the first ones."""
    taken: list[Request] = []

    def reply(request: Request) -> Answer | Fault:
        taken.append(request)
        return Fault.RESET if len(taken) == 1 else Answer()

    with (
        Sink(reply) as sink,
        Application(settings_for(sink.url, tmp_path), count=40, wait=True, timeout_ms=30_000) as application,
    ):
        application.wait_for("recorded")
        assert wait_until(lambda: received(taken).distinct >= 40 and len(taken) > 1)
        application.finish()
    came = received(taken)
    made = row("an acknowledgement lost", application, came)
    assert made.delivered == 40
    assert made.duplicated > 0
    assert all(len(uids) == 1 for uids in came.uids.values())
    assert len(set.union(*came.uids.values())) == 40


def test_collector_that_is_restarted_under_load(collector: Collector, tmp_path: Path) -> None:
    """The real Collector goes and comes back while events are recorded: none is missing."""
    count = int(length(600, 5000))
    with Application(
        settings_for(collector.http_endpoint, tmp_path), count=count, rate=300, wait=True, timeout_ms=30_000
    ) as application:
        application.wait_for_events(count // 4)
        collector.restart(down_s=length(1, 10))
        application.wait_for("recorded")
        collector.wait_for(
            collector.logs,
            lambda logs: len({log.attributes.get("n") for log in logs if "n" in log.attributes}) >= count,
            60,
        )
        application.finish()
    numbers = [log.attributes["n"] for log in collector.logs() if "n" in log.attributes]
    made = Row(
        "Collector restarted under load",
        application.emitted,
        len(set(numbers)),
        len(numbers) - len(set(numbers)),
        application.emitted,
    )
    show(made)
    assert made.delivered == count
