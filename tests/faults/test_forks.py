"""Children of all kinds: what they record is delivered at their end, is their own, and costs their parent nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from clippy_otel.delivery.spool.directory import LOCK, Directory
from clippy_otel.delivery.spool.locks import is_locked
from tests._collector import Collector
from tests._sinks import Answer, Sink
from tests.faults._forking import CHILDREN, EACH, PARENT
from tests.faults._processes import (
    WAIT_TIMEOUT_S,
    Application,
    Row,
    destination_in,
    in_flight_at,
    logs_of,
    lying_in,
    received,
    show,
    wait_until,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

RECORDS: Final = {0, *range(EACH, (CHILDREN + 1) * EACH)}
_FORKING: Final = str(Path(__file__).with_name("_forking.py"))
_ROOT: Final = str(Path(__file__).parents[2])
HOWS: Final = ["os.fork", "fork", "spawn", "forkserver", "billiard", "executor"]


class Seen(NamedTuple):
    """What the processes of one run said of themselves."""

    parent: list[dict[str, Any]]
    children: list[dict[str, Any]]


@contextmanager
def forking(settings: dict[str, Any], how: str, **order: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a parent and its children; what is started here ends here."""
    whole = {"settings": settings, "how": how, "leave": "exit", "flush": True, "wait": False, **order}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", _FORKING, json.dumps(whole)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": _ROOT},
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def run(settings: dict[str, Any], how: str, **order: Any) -> Seen:
    """Run a parent and its children to their end, and return what they said."""
    with forking(settings, how, **order) as process:
        output, _ = process.communicate(timeout=WAIT_TIMEOUT_S)
        assert process.returncode == 0
    lines = [json.loads(line) for line in output.splitlines()]
    return Seen([line for line in lines if line["who"] == "parent"], [line for line in lines if line["who"] == "child"])


def settings_for(url: str, state: Path, **settings: Any) -> dict[str, Any]:
    """Return the settings of a parent and its children, which deliver seldom."""
    return {"endpoint": url, "state_directory": str(state), "flush_interval_ms": 60_000, **settings}


@pytest.mark.parametrize("how", HOWS)
def test_children_deliver_at_their_end(how: str, collector: Collector, tmp_path: Path) -> None:
    """However children are made: all arrives, once, and the counters of all processes sum up to what was counted."""
    seen = run(settings_for(collector.http_endpoint, tmp_path / "state"), how)
    total = PARENT + CHILDREN * EACH
    metrics = collector.wait_for(collector.metrics, lambda _: sum(totals(collector).values()) == total)
    came = [log.attributes["n"] for log in collector.logs() if log.event_name == "fault"]
    show(Row(f"children by {how}", len(RECORDS), len(set(came)), len(came) - len(set(came)), len(came)))
    assert sorted(came) == sorted(RECORDS)
    assert metrics
    runs = Counter(child["pid"] for child in seen.children)  # an executor may have one child do the work of two
    assert sorted(totals(collector).values()) == [*sorted(EACH * times for times in runs.values()), PARENT]
    for records in (collector.logs(), collector.spans()):
        assert {record.resource["service.instance.id"] for record in records} == set(totals(collector))
    assert len({child["session"] for child in seen.children} | {seen.parent[0]["session"]}) == len(runs) + 1
    if how in ("os.fork", "fork", "billiard"):
        assert {child["previous"] for child in seen.children} == {seen.parent[0]["session"]}
        assert {(child["offered"], child["threads"]) for child in seen.children} == {(0, 0)}


def totals(collector: Collector) -> dict[str, int]:
    """Return what each process has counted, by its instance id, as of its last export."""
    found: dict[str, int] = {}
    for metric in collector.metrics():
        if metric.name == "done":
            (point,) = metric.data_points
            instance = metric.resource["service.instance.id"]
            found[instance] = max(found.get(instance, 0), int(point["asInt"]))
    return found


def test_what_the_parent_has_not_delivered_stays_the_parents(collector: Collector, tmp_path: Path) -> None:
    """A child delivers nothing of what its parent held when it forked."""
    run(settings_for(collector.http_endpoint, tmp_path / "state"), "os.fork", flush=False)
    total = PARENT + CHILDREN * EACH
    collector.wait_for(collector.metrics, lambda _: sum(totals(collector).values()) == total)
    came = [log.attributes["n"] for log in collector.logs() if log.event_name == "fault"]
    assert sorted(came) == sorted(RECORDS)


@pytest.mark.parametrize("durability", ["spool_on_failure", "always"])
def test_bare_exit(durability: str, tmp_path: Path) -> None:
    """A child that leaves by os._exit() loses what its memory held, and nothing where each record is written first.

    Twice comes only what was on its way when it left.
    """
    state = tmp_path / "state"
    with Sink() as sink:
        settings = settings_for(sink.url, state, spool={"durability": durability})
        run(settings, "os.fork", leave="_exit")
        with Application(settings, wait=True, timeout_ms=30_000) as following:
            following.wait_for("ready")
            assert wait_until(lambda: lying_in(state) == 0)
            following.finish()
        came, in_flight = received(logs_of(sink)), in_flight_at(sink)
    show(Row(f"os._exit, {durability}", len(RECORDS), came.distinct, came.duplicated, came.distinct))
    assert set(came.numbers) == (RECORDS if durability == "always" else {0})
    assert {number for number, times in came.numbers.items() if times > 1} <= in_flight


@pytest.mark.parametrize("leave", ["shutdown", "exit"])
def test_child_that_ends_leaves_the_parents_stream_to_it(leave: str, tmp_path: Path) -> None:
    """What the parent has on disk is adopted by nobody while it lives, whatever its children close."""
    state, answers = tmp_path / "state", [Answer(503, headers={"Retry-After": "60"})]
    with Sink(lambda _: answers[-1]) as sink:
        settings = settings_for(sink.url, state, spool={"durability": "always"})
        with forking(settings, "os.fork", leave=leave, flush=False, wait=True) as parent:
            assert parent.stdout is not None
            lines = [json.loads(parent.stdout.readline()) for _ in range(CHILDREN + 2)]
            assert [line["who"] for line in lines].count("parent") == 2  # the second after its children's end
            directory = Directory(destination_in(state))
            locks = {name: is_locked(directory, name) for name in directory.names() if name.endswith(LOCK)}
            directory.close()
            assert all(is_held for name, is_held in locks.items() if f"-{parent.pid}-" in name)
            assert any(f"-{parent.pid}-" in name for name in locks)
            parent.communicate(timeout=WAIT_TIMEOUT_S)
        refused = len(sink.requests)
        answers.append(Answer())
        with Application(settings, wait=True, timeout_ms=30_000) as following:
            following.wait_for("ready")
            assert wait_until(lambda: lying_in(state) == 0)
            following.finish()
        came = received(request for request in sink.requests[refused:] if request.path.endswith("/v1/logs"))
    assert set(came.numbers) == RECORDS
    assert came.duplicated == 0
