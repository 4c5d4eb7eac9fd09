"""Lanes: each signal has its order and its pauses."""

from __future__ import annotations

import time

import pytest

from clippy_otel.delivery import pauses
from clippy_otel.delivery.lanes import Lanes
from clippy_otel.delivery.requests import Request
from clippy_otel.ports import SIGNALS, Signal
from tests._fakes import make_item

ITEM = make_item()


def request(signal: Signal, name: bytes = b"x") -> Request:
    """Return a request of one record."""
    return Request(signal, [ITEM], name)


def lanes(*used: Signal) -> Lanes:
    """Return lanes of all signals, of which records of some were accepted."""
    return Lanes(SIGNALS, used.__contains__)


def test_there_is_a_lane_a_signal() -> None:
    """What is asked for by its signal is one of those that are gone through."""
    made = lanes()
    assert [lane.signal for lane in made] == list(SIGNALS)
    assert [made[signal] for signal in SIGNALS] == list(made)


def test_nothing_is_ready_without_requests() -> None:
    """An empty lane is neither ready nor the reason for a pause."""
    made = lanes("logs")
    assert made.ready() is None
    assert not made.all_paused()
    assert made.possible_from() == 0.0


def test_a_paused_lane_leaves_the_others_ready() -> None:
    """One endpoint that is away holds up its own requests alone."""
    made = lanes("logs", "spans")
    made["spans"].add([request("spans")])
    made["spans"].pauses.after_failure(3600)
    assert made.ready() is None
    made["logs"].add([request("logs")])
    assert made.ready() is made["logs"]
    assert made["spans"].is_paused()
    assert not made["logs"].is_paused()


def test_the_one_that_could_send_first_is_ready_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two whose pauses are over, the one whose ended first."""
    made = lanes(*SIGNALS)
    for signal in SIGNALS:
        made[signal].add([request(signal)])
    for signal, seconds in (("logs", 3.0), ("spans", 1.0), ("metrics", 2.0)):
        made[signal].pauses.after_failure(seconds)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 10)
    order = []
    while (lane := made.ready()) is not None:
        order.append(lane.signal)
        lane.requests.popleft()
    assert order == ["spans", "metrics", "logs"]


def test_all_are_paused_where_those_with_records_are() -> None:
    """A lane that nothing was ever accepted for does not count; one whose records may still wait does."""
    made = lanes("spans")
    made["spans"].add([request("spans")])
    made["spans"].pauses.after_failure(3600)
    assert made.all_paused()
    both = lanes("spans", "logs")
    both["spans"].add([request("spans")])
    both["spans"].pauses.after_failure(3600)
    assert not both.all_paused()
    both["logs"].pauses.after_failure(3600)
    assert both.all_paused()


def test_the_moment_from_which_on_something_can_be_sent() -> None:
    """It is that of the lane with requests whose pause ends first."""
    made = lanes("logs", "spans", "metrics")
    for signal, seconds in (("logs", 100.0), ("spans", 50.0)):
        made[signal].add([request(signal)])  # type: ignore[index, arg-type] # signals
        made[signal].pauses.after_failure(seconds)  # type: ignore[index] # likewise
    made["metrics"].pauses.after_failure(10)  # with nothing to send
    assert made.possible_from() == made["spans"].pauses.until
    made["spans"].requests.clear()
    assert made.possible_from() == made["logs"].pauses.until
    made["logs"].requests.clear()
    assert made.possible_from() == made["metrics"].pauses.until


def test_end_backoff_ends_our_own_pauses_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a peer asked for is kept to."""
    monkeypatch.setattr(pauses, "BACKOFF_FIRST_S", 30.0)
    made = lanes("logs", "spans")
    made["logs"].pauses.after_failure(None)
    made["spans"].pauses.after_failure(3600)
    made.end_backoff()
    assert not made["logs"].is_paused()
    assert made["spans"].is_paused()


def test_clear_forgets_everything() -> None:
    """At the end nothing is sent any more; whose records they are knows of them itself."""
    made = lanes(*SIGNALS)
    made["logs"].add([request("logs"), request("logs")])
    made["metrics"].add([request("metrics")])
    made.clear()
    assert made.ready() is None
    assert (made.waiting("logs"), made.waiting("metrics")) == (0, 0)


def test_what_lies_in_the_spool_is_waited_for_too() -> None:
    """A lane without requests has a moment where there is more of its signal, and is in use by that."""
    made = Lanes(SIGNALS, lambda _: False, ("spans",).__contains__)
    assert made.moments() == [0.0]
    made["spans"].pauses.after_failure(3600)
    assert made.moments() == [made.possible_from()] == [made["spans"].pauses.until]
    assert made.all_paused()


def test_waiting_counts_requests() -> None:
    """A signal without a lane has none."""
    made = Lanes(("metrics",), lambda _: True)
    made["metrics"].add([request("metrics"), request("metrics")])
    assert (made.waiting("metrics"), made.waiting("logs")) == (2, 0)


def test_order_within_a_lane_is_kept() -> None:
    """Requests leave in the order in which they came."""
    made = lanes("logs")
    made["logs"].add([request("logs", b"1"), request("logs", b"2")])
    made["logs"].add([request("logs", b"3")])
    assert [each.payload for each in made["logs"].requests] == [b"1", b"2", b"3"]
