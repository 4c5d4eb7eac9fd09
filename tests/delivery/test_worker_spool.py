"""The worker with a spool behind it: what goes there and when, what comes back, and that nothing is lost or doubled."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, TraceFlags

from clippy_otel.delivery import backlog, outcomes, pauses
from clippy_otel.delivery.settings import DeliverySettings
from clippy_otel.delivery.spans import UNENCODED
from clippy_otel.delivery.thread import THREAD_NAME
from clippy_otel.delivery.worker import Worker
from clippy_otel.ledger import FlushResult, Ledger, LedgerRow
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.otlp.decode_spans import decode_spans
from clippy_otel.otlp.encode import encode_log_record
from clippy_otel.otlp.framing import frame_request
from clippy_otel.ports import Envelope, Outcome, Purpose, QueueItem, Signal, Verdict
from tests._fakes import DELIVERED, ENVELOPE, ScriptedTransport, make_item
from tests._spool import FakeSpool

SETTINGS = DeliverySettings(
    batch_records=3, batch_bytes=100_000, interval_s=0, max_payload_bytes=10_000, send_timeout_s=5
)
RETRY = Outcome(Verdict.RETRY, message="busy")
AWAY = Outcome(Verdict.RETRY, retry_after_s=3600)
WAIT_S = 10  # for what is certain to come; never waited for in a passing run


class Setup:
    """A worker over scripted transports and a spool in memory."""

    def __init__(
        self,
        *,
        spool: FakeSpool | None = None,
        transports: dict[Signal, ScriptedTransport] | None = None,
        answer: Callable[[bytes], Outcome] = lambda _: DELIVERED,
        max_records: int = 100,
        **settings: Any,
    ) -> None:
        self.spool = FakeSpool() if spool is None else spool
        self.transports = transports or {"logs": ScriptedTransport(answer), "spans": ScriptedTransport(answer)}
        self.ledger = Ledger()
        self.worker = Worker(
            self.transports,
            self.ledger,
            SETTINGS._replace(**settings),
            max_records=max_records,
            max_bytes=1_000_000,
            spool=self.spool,
        )
        self.worker.begin()

    @property
    def row(self) -> LedgerRow:
        """The ledger's row of log records."""
        return self.ledger.row("logs")

    def offer(self, *names: str) -> None:
        """Offer log records with these names."""
        for name in names:
            self.worker.queue.offer(event(name))

    def sent(self, signal: Signal = "logs") -> list[str]:
        """Return the names of all records that were sent, one after the other."""
        if signal == "spans":
            return [span.name for request in self.transports["spans"].sent for span in decode_spans(request)]
        return [log.event_name for request in self.transports["logs"].sent for log in decode_logs(request)]


@pytest.fixture
def make() -> Iterator[Callable[..., Setup]]:
    """Return how to make a setup; all are ended after the test."""
    made: list[Setup] = []

    def make_setup(**settings: Any) -> Setup:
        made.append(Setup(**settings))
        return made[-1]

    yield make_setup
    for setup in made:
        setup.worker.shutdown(0)
    assert until(lambda: not any(thread.name == THREAD_NAME for thread in threading.enumerate()))


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat soon."""
    monkeypatch.setattr(pauses, "BACKOFF_FIRST_S", 0.01)
    monkeypatch.setattr(pauses, "BACKOFF_MAX_S", 0.05)


def event(name: str, text: str = "") -> QueueItem:
    """Return a log record with this name."""
    data = encode_log_record(
        time_unix_nano=1, observed_time_unix_nano=1, event_name=name, attributes={"text": text} if text else {}
    )
    return make_item(data)


def span(name: str) -> QueueItem:
    """Return an ended span as it is queued."""
    context = SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(1))
    ended = ReadableSpan(name, context, resource=Resource({}), start_time=1, end_time=2)
    return QueueItem(UNENCODED, ended, 3000, int(Purpose.PERFORMANCE), b"")


def names(count: int, prefix: str = "e") -> list[str]:
    """Return so many names."""
    return [f"{prefix}-{number}" for number in range(count)]


def until(condition: Callable[[], bool]) -> bool:
    """Wait for a condition that is certain to come true, and return whether it did."""
    deadline = time.monotonic() + WAIT_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)
    return condition()


class Peer:
    """A peer that is down, or up."""

    def __init__(self, down: Outcome = RETRY) -> None:
        self.is_up = False
        self.down = down

    def __call__(self, _: bytes) -> Outcome:
        """Answer."""
        return DELIVERED if self.is_up else self.down


def test_what_memory_has_no_room_for_is_delivered_in_order(make: Callable[..., Setup]) -> None:
    """A burst of a hundred times the bound loses nothing, and nothing overtakes anything."""
    setup = make(max_records=10, batch_records=5)
    setup.offer(*names(1000))
    assert setup.worker.flush(WAIT_S * 1000).ok
    assert setup.sent() == names(1000)
    assert setup.row == LedgerRow(offered=1000, exported=1000)
    assert setup.spool.places == []


def test_a_burst_is_kept_while_the_first_request_hangs_and_fails(make: Callable[..., Setup]) -> None:
    """What was on its way is on the disk before all that was spilled after it, and is sent before it."""
    release, peer = threading.Event(), Peer()

    def answer(request: bytes) -> Outcome:
        release.wait(WAIT_S)
        return peer(request)

    setup = make(answer=answer, max_records=10, batch_records=5)
    setup.offer(*names(5))
    assert until(lambda: len(setup.transports["logs"].sent) == 1)
    setup.offer(*names(200)[5:])
    assert setup.worker.queue.held().records <= 10
    assert setup.row.pending <= 10
    assert setup.row.spooled >= 190
    release.set()
    assert until(lambda: len(setup.transports["logs"].sent) >= 3)
    setup.transports["logs"].sent.clear()
    peer.is_up = True
    assert setup.worker.flush(WAIT_S * 1000).ok
    sent = setup.sent()
    assert sent[len(sent) - 200 :] == names(200)
    assert setup.row == LedgerRow(offered=200, exported=200)


def test_a_copy_of_what_was_on_its_way_is_not_sent_again(make: Callable[..., Setup]) -> None:
    """It lies on the disk for the case that it fails; delivered it is gone from there."""
    release = threading.Event()

    def answer(_: bytes) -> Outcome:
        release.wait(WAIT_S)
        return DELIVERED

    setup = make(answer=answer, max_records=10, batch_records=5)
    setup.offer(*names(5))
    assert until(lambda: len(setup.transports["logs"].sent) == 1)
    setup.offer(*names(100)[5:])
    release.set()
    assert setup.worker.flush(WAIT_S * 1000).ok
    assert setup.sent() == names(100)


def test_spans_are_encoded_by_whoever_has_no_room_for_them(make: Callable[..., Setup]) -> None:
    """They go to the disk as bytes; one that cannot be encoded costs no other."""
    setup = make(max_records=10, transports={"spans": ScriptedTransport()}, batch_records=1000)
    for name in names(100):
        setup.worker.queue.offer(span(name))
    assert THREAD_NAME not in setup.spool.appended_by
    assert setup.ledger.row("spans").spooled >= 90
    assert setup.worker.flush(WAIT_S * 1000).ok
    assert setup.sent("spans") == names(100)
    assert setup.ledger.row("spans") == LedgerRow(offered=100, exported=100)


@pytest.mark.swallows
def test_a_span_that_cannot_be_encoded_costs_no_other(make: Callable[..., Setup]) -> None:
    """Also where it has to go to the disk, or is written first in any case."""
    for writes_first in (False, True):
        setup = make(max_records=4, batch_records=1000, writes_first=writes_first)
        for item in (span("a"), span("b")._replace(data=object()), *map(span, names(10))):
            setup.worker.queue.offer(item)
        assert setup.worker.flush(WAIT_S * 1000).pending == 0
        assert setup.sent("spans") == ["a", *names(10)]
        assert setup.ledger.row("spans") == LedgerRow(offered=12, exported=11, unencodable=1)


def test_where_the_disk_refuses_too_the_newest_is_refused(make: Callable[..., Setup]) -> None:
    """As without a spool: what was accepted stays, and the rest is counted."""
    setup = make(spool=FakeSpool(refuses=lambda: True), max_records=10, batch_records=1000)
    setup.offer(*names(30))
    assert setup.row == LedgerRow(offered=30, pending=10, queue_full=20)
    assert setup.worker.flush(WAIT_S * 1000).ok
    assert setup.sent() == names(10)


def test_a_short_outage_costs_no_disk(make: Callable[..., Setup]) -> None:
    """The first failure leaves the request in memory; the next attempt delivers it."""
    answers = iter([RETRY])
    setup = make(answer=lambda _: next(answers, DELIVERED))
    setup.offer("a", "b", "c")
    assert until(lambda: setup.row.exported == 3)
    assert setup.spool.appended_by == []


def test_a_second_failure_moves_everything_of_its_signal_to_the_disk(make: Callable[..., Setup]) -> None:
    """What comes afterwards goes there too, and all is delivered in order when the peer is back, without a flush."""
    peer = Peer()
    setup = make(answer=peer)
    setup.offer(*names(3))
    assert until(lambda: setup.row.spooled == 3)
    assert setup.row.pending == 0
    setup.offer(*names(9)[3:])
    assert until(lambda: setup.row.spooled == 9)
    assert setup.worker.queue.held().records == 0
    setup.transports["logs"].sent.clear()
    peer.is_up = True
    assert until(lambda: setup.row.exported == 9)
    sent = setup.sent()
    assert sent[len(sent) - 9 :] == names(9)
    assert setup.row == LedgerRow(offered=9, exported=9)


def test_a_long_pause_is_spent_on_the_disk(make: Callable[..., Setup]) -> None:
    """A peer that asks for an hour at once gets no second attempt first."""
    setup = make(answer=lambda _: AWAY)
    setup.offer("a", "b", "c")
    assert until(lambda: setup.row.spooled == 3)
    assert len(setup.transports["logs"].sent) == 1
    time.sleep(0.05)
    assert len(setup.transports["logs"].sent) == 1


def test_a_signal_that_is_away_does_not_send_the_others_to_the_disk(make: Callable[..., Setup]) -> None:
    """Spans are delivered from memory while log records lie on the disk."""
    transports: dict[Signal, ScriptedTransport] = {
        "logs": ScriptedTransport(lambda _: AWAY),
        "spans": ScriptedTransport(),
    }
    setup = make(transports=transports, batch_records=2)
    setup.offer("a", "b")
    assert until(lambda: setup.row.spooled == 2)
    for item in (span("s"), event("c"), span("t"), event("d")):
        setup.worker.queue.offer(item)
    assert until(lambda: setup.ledger.row("spans").exported == 2)
    assert until(lambda: setup.row.spooled == 4)
    assert setup.ledger.row("spans") == LedgerRow(offered=2, exported=2)


def test_what_the_disk_refuses_stays_in_memory(make: Callable[..., Setup]) -> None:
    """A full disk makes of it what it is without a spool: repeated from memory."""
    peer = Peer()
    setup = make(answer=peer, spool=FakeSpool(refuses=lambda: True))
    setup.offer("a", "b", "c")
    assert until(lambda: len(setup.transports["logs"].sent) >= 4)
    assert setup.row == LedgerRow(offered=3, pending=3)
    peer.is_up = True
    assert setup.worker.flush(WAIT_S * 1000) == FlushResult(exported=3)


def test_leftovers_of_ended_processes_are_delivered_without_live_traffic(make: Callable[..., Setup]) -> None:
    """The thread starts by itself, and only where there are any."""
    make()
    assert not any(thread.name == THREAD_NAME for thread in threading.enumerate())
    setup = make(spool=FakeSpool(leftovers=[event(name) for name in names(10)]))
    assert until(lambda: len(setup.sent()) == 10)
    assert setup.sent() == names(10)
    assert until(lambda: not setup.spool.places)


def test_leftovers_do_not_hold_up_live_records(make: Callable[..., Setup]) -> None:
    """What is accepted now is sent between them, not after all of them, and not by way of the disk."""
    setup = make(spool=FakeSpool(leftovers=[event(name) for name in names(300, "old")]), answer=_slowly)
    assert until(lambda: len(setup.sent()) > 3)
    setup.offer("new-1", "new-2", "new-3")
    assert until(lambda: setup.row.exported >= 303 or "new-3" in setup.sent())
    assert setup.sent().index("new-3") < 250
    assert setup.spool.appended_by == []


def test_a_flush_waits_for_records_of_its_own_process_alone(make: Callable[..., Setup]) -> None:
    """What ended processes have left is delivered too, but not waited for, though some of our own lay on the disk."""
    peer = Peer()
    leftovers = [event(name) for name in names(30, "old")]
    setup = make(spool=FakeSpool(leftovers), answer=lambda request: RETRY if b"old" in request else peer(request))
    setup.offer("a", "b", "c")
    assert until(lambda: setup.row.spooled == 3)
    assert setup.worker._backlog.has_own()
    peer.is_up = True
    started = time.monotonic()
    assert setup.worker.flush(3 * WAIT_S * 1000).exported <= 3
    assert time.monotonic() - started < 2 * WAIT_S
    assert setup.row == LedgerRow(offered=3, exported=3)
    assert len(setup.spool.places) == 30


def _slowly(_: bytes) -> Outcome:
    time.sleep(0.002)
    return DELIVERED


def test_a_peer_that_asks_for_a_pause_is_left_alone_by_replays_too(make: Callable[..., Setup]) -> None:
    """One request, and no other before its Retry-After is over."""
    setup = make(spool=FakeSpool(leftovers=[event(name) for name in names(10)]), answer=lambda _: AWAY)
    assert until(lambda: len(setup.transports["logs"].sent) == 1)
    time.sleep(0.05)
    assert len(setup.transports["logs"].sent) == 1
    assert [place.attempts for place in setup.spool.places] == [1] * 3 + [0] * 7


def test_a_flush_that_reaches_nobody_leaves_everything_on_the_disk(make: Callable[..., Setup]) -> None:
    """It says so, and is ok: nothing is pending and nothing is lost."""
    setup = make(answer=lambda _: AWAY)
    setup.offer("a", "b")
    started = time.monotonic()
    assert setup.worker.flush(30_000) == FlushResult(spooled=2)
    assert time.monotonic() - started < 15


def test_a_flush_delivers_what_lies_on_the_disk_too(make: Callable[..., Setup]) -> None:
    """What was accepted before it and went there is waited for."""
    peer = Peer()
    setup = make(answer=peer)
    setup.offer("a", "b", "c")
    assert until(lambda: setup.row.spooled == 3)
    peer.is_up = True
    result = setup.worker.flush(WAIT_S * 1000)
    assert (result.exported, result.ok, setup.row.spooled) == (3, True, 0)


def test_a_flush_keeps_its_deadline_while_the_backlog_hangs(make: Callable[..., Setup]) -> None:
    """What lies on the disk is safe there: the flush has not failed."""
    release, is_hanging = threading.Event(), threading.Event()

    def answer(_: bytes) -> Outcome:
        if is_hanging.is_set():
            release.wait(30)
        return AWAY._replace(retry_after_s=0.01)

    setup = make(answer=answer)
    setup.offer("a", "b", "c")
    assert until(lambda: setup.row.spooled == 3)
    is_hanging.set()
    started = time.monotonic()
    assert setup.worker.flush(200).ok
    assert time.monotonic() - started < 5
    release.set()


def hanging(release: threading.Event) -> Callable[[bytes], Outcome]:
    """Return the script of a peer that answers nothing before it is released."""

    def answer(_: bytes) -> Outcome:
        release.wait(30)
        return DELIVERED

    return answer


def test_a_shutdown_leaves_everything_on_the_disk_in_order(make: Callable[..., Setup]) -> None:
    """In flight and waiting are spooled at the deadline; a late answer books nothing and takes nothing away."""
    release = threading.Event()
    setup = make(answer=hanging(release))
    setup.offer(*names(7))
    assert until(lambda: len(setup.transports["logs"].sent) == 1)
    started = time.monotonic()
    assert setup.worker.shutdown(200) == FlushResult(spooled=7, timed_out=True, ok=False)
    assert time.monotonic() - started < 5
    assert setup.transports["logs"].aborted.is_set()
    release.set()
    assert until(lambda: not any(thread.name == THREAD_NAME for thread in threading.enumerate()))
    assert setup.row == LedgerRow(offered=7, spooled=7)
    left = [frame_request([(ENVELOPE, [place.item.data])]) for place in setup.spool.places]
    assert [decode_logs(record)[0].event_name for record in left] == names(7)
    assert setup.spool.closed == 1


def test_an_answer_that_a_cut_send_still_got_is_booked(make: Callable[..., Setup]) -> None:
    """What was acknowledged at the last moment is exported, not spooled."""
    transport = ScriptedTransport()

    def answer(_: bytes) -> Outcome:
        transport.aborted.wait(30)
        return DELIVERED

    transport.answer = answer
    setup = make(transports={"logs": transport})
    setup.offer("a", "b", "c")
    assert until(lambda: len(transport.sent) == 1)
    result = setup.worker.shutdown(100)
    assert (result.exported, result.spooled) == (3, 0)
    assert setup.row == LedgerRow(offered=3, exported=3)
    assert setup.spool.places == []


def test_a_shutdown_while_a_replay_hangs_leaves_it_where_it_is(make: Callable[..., Setup]) -> None:
    """It was spooled and is spooled: nothing is booked."""
    release = threading.Event()
    setup = make(spool=FakeSpool(leftovers=[event("a")]), answer=hanging(release))
    assert until(lambda: len(setup.transports["logs"].sent) == 1)
    assert setup.worker.shutdown(200).ok
    assert setup.transports["logs"].aborted.is_set()
    release.set()
    assert until(lambda: not any(thread.name == THREAD_NAME for thread in threading.enumerate()))
    assert setup.row == LedgerRow()
    assert len(setup.spool.places) == 1


def test_what_the_disk_refuses_at_the_end_is_failed(make: Callable[..., Setup]) -> None:
    """As without a spool."""
    setup = make(spool=FakeSpool(refuses=lambda: True), answer=lambda _: AWAY)
    setup.offer("a", "b", "c", "d")
    assert setup.worker.shutdown(200) == FlushResult(dropped=4, timed_out=True, ok=False)
    assert setup.row == LedgerRow(offered=4, failed=4)


def test_the_last_collection_of_metrics_is_spooled_at_the_end_and_no_other(make: Callable[..., Setup]) -> None:
    """While the peer is away they wait in memory: what is collected later holds them."""
    peer = Peer()
    setup = make(transports={"metrics": ScriptedTransport(peer)})
    item = make_item(b"m")._replace(envelope=Envelope("metrics", b"", b""), size_bytes=0, records=5)
    setup.worker.collect_metrics(lambda _: [item._replace(data=b"m")])
    assert setup.worker.flush(100).pending == 5
    assert until(lambda: len(setup.transports["metrics"].sent) >= 4)
    assert setup.spool.appended_by == []
    setup.worker.shutdown(100)
    row = setup.ledger.row("metrics")
    assert row == LedgerRow(offered=row.offered, spooled=row.offered)
    assert setup.spool.spooled("metrics") == row.offered <= 10


def test_written_first_is_on_the_disk_before_the_call_returns(make: Callable[..., Setup]) -> None:
    """By the caller, spans encoded; it counts as pending, and is gone from the disk once it is delivered."""
    setup = make(writes_first=True, batch_records=50)
    setup.offer("a")
    setup.worker.queue.offer(span("s"))
    assert [place.state for place in setup.spool.places] == ["held"] * 2
    assert THREAD_NAME not in setup.spool.appended_by
    assert setup.row == LedgerRow(offered=1, pending=1)
    assert setup.spool.backlog("logs") == 0
    assert setup.worker.flush(WAIT_S * 1000) == FlushResult(exported=2)
    assert setup.spool.places == []


def test_written_first_goes_to_the_disk_by_a_release(make: Callable[..., Setup]) -> None:
    """Overflow, failure and shutdown write nothing a second time, and keep the order."""
    peer = Peer()
    setup = make(writes_first=True, answer=peer, max_records=10, batch_records=5)
    setup.offer(*names(100))
    assert until(lambda: setup.row.spooled >= 95)
    peer.is_up = True
    setup.transports["logs"].sent.clear()
    assert setup.worker.flush(WAIT_S * 1000).ok
    sent = setup.sent()
    assert sent[len(sent) - 100 :] == names(100)
    assert len(setup.spool.appended_by) == 100
    assert setup.row == LedgerRow(offered=100, exported=100)


def test_written_first_is_released_at_the_end(make: Callable[..., Setup]) -> None:
    """What a shutdown cannot deliver is readable for the next process."""
    setup = make(writes_first=True, answer=lambda _: AWAY)
    setup.offer(*names(5))
    result = setup.worker.shutdown(100)
    assert (result.spooled, result.pending) == (5, 0)
    assert [place.state for place in setup.spool.places] == ["readable"] * 5
    assert len(setup.spool.appended_by) == 5


def test_written_first_degrades_to_memory(make: Callable[..., Setup]) -> None:
    """A disk that refuses costs nothing but its guarantee."""
    setup = make(spool=FakeSpool(refuses=lambda: True), writes_first=True)
    setup.offer("a")
    assert setup.worker.flush(WAIT_S * 1000) == FlushResult(exported=1)


def test_what_the_backend_refuses_is_a_dead_letter(make: Callable[..., Setup]) -> None:
    """From memory and from the disk alike, with its reason; the rest is delivered."""
    refused = Outcome(Verdict.REFUSED, message="400 Bad Request: no")
    spool = FakeSpool(leftovers=[event("bad-old")])
    setup = make(spool=spool, answer=lambda request: refused if b"bad" in request else DELIVERED, batch_records=1)
    assert until(lambda: len(spool.dead_letters) == 1)
    setup.offer("bad-1", "good", "bad-2")
    assert setup.worker.flush(WAIT_S * 1000).rejected == 2
    assert [reason for _, reason in spool.dead_letters] == ["400 Bad Request: no"] * 3
    assert setup.row.exported == 1


def test_metrics_that_are_refused_are_counted_only(make: Callable[..., Setup]) -> None:
    """A collection that comes again each interval would fill the dead letters."""
    setup = make(transports={"metrics": ScriptedTransport(lambda _: Outcome(Verdict.REFUSED, message="no"))})
    item = make_item(b"m")._replace(envelope=Envelope("metrics", b"", b""), size_bytes=0, records=5)
    setup.worker.collect_metrics(lambda _: [item])
    assert setup.worker.flush(WAIT_S * 1000).rejected == 5
    assert setup.spool.dead_letters == []


def test_partial_success_of_a_replay_is_counted(make: Callable[..., Setup]) -> None:
    """Which of them were refused nobody knows: they are done with, and counted."""
    peer = Peer()
    setup = make(answer=peer)
    setup.offer("a", "b", "c")
    assert until(lambda: setup.row.spooled == 3)
    setup.transports["logs"].answer = lambda _: Outcome(Verdict.DELIVERED, rejected=2)
    assert until(lambda: setup.row.spooled == 0)
    assert setup.row == LedgerRow(offered=3, exported=1, rejected=2)
    assert setup.spool.places == []


@pytest.mark.parametrize("from_disk", [False, True])
def test_a_record_that_the_peer_finds_too_large_is_cut_and_sent(make: Callable[..., Setup], *, from_disk: bool) -> None:
    """413 for a single record: its longest text is cut until it is taken; others go as they are."""

    def answer(request: bytes) -> Outcome:
        return Outcome(Verdict.TOO_LARGE, message="413") if len(request) > 2000 else DELIVERED

    items = [event("small", "x" * 100), event("huge", "y" * 9000)]
    setup = make(answer=answer, spool=FakeSpool(leftovers=items if from_disk else ()))
    if not from_disk:
        for item in items:
            setup.worker.queue.offer(item)
        assert setup.worker.flush(WAIT_S * 1000).ok
    assert until(lambda: not setup.spool.places and setup.worker.queue.idle() and len(setup.sent()) > 2)
    logs = {
        log.event_name: log.attributes["text"]
        for request in setup.transports["logs"].sent
        if len(request) <= 2000
        for log in decode_logs(request)
    }
    assert logs["small"] == "x" * 100
    assert logs["huge"].startswith("yyyy")
    assert logs["huge"].endswith("y[TRUNCATED]")
    assert len(logs["huge"]) > 500
    assert setup.spool.dead_letters == []


def test_a_record_that_cannot_be_cut_far_enough_is_rejected(make: Callable[..., Setup]) -> None:
    """It goes to the dead letters as it was, with the reason, and blocks nobody."""
    setup = make(answer=lambda request: Outcome(Verdict.TOO_LARGE) if b"huge" in request else DELIVERED)
    for item in (event("huge", "y" * 9000), event("small")):
        setup.worker.queue.offer(item)
    result = setup.worker.flush(WAIT_S * 1000)
    assert (result.exported, result.rejected) == (1, 1)
    ((letter, reason),) = setup.spool.dead_letters
    assert b"y" * 9000 in letter.data
    assert "larger than" in reason


def test_poison_is_found_among_others_and_given_up(make: Callable[..., Setup], monkeypatch: pytest.MonkeyPatch) -> None:
    """One record that is answered with "later" for ever does not hold up the rest for ever."""
    monkeypatch.setattr(backlog, "POISON_ATTEMPTS", 3)
    monkeypatch.setattr(backlog, "POISON_AGE_S", 0.0)
    leftovers = [event(name) for name in (*names(4), "poison", *names(9)[4:])]
    setup = make(
        spool=FakeSpool(leftovers=leftovers), answer=lambda r: RETRY if b"poison" in r else DELIVERED, batch_records=6
    )
    assert until(lambda: not setup.spool.places)
    ((letter, reason),) = setup.spool.dead_letters
    assert b"poison" in letter.data
    assert "busy" in reason
    delivered = [
        log.event_name
        for request in setup.transports["logs"].sent
        if b"poison" not in request
        for log in decode_logs(request)
    ]
    assert sorted(delivered) == names(9)


def test_nothing_is_poison_while_nothing_is_taken(make: Callable[..., Setup], monkeypatch: pytest.MonkeyPatch) -> None:
    """However long an outage lasts, it makes no dead letters."""
    monkeypatch.setattr(backlog, "POISON_ATTEMPTS", 2)
    monkeypatch.setattr(backlog, "POISON_AGE_S", 0.0)
    peer = Peer()
    setup = make(spool=FakeSpool(leftovers=[event(name) for name in names(9)]), answer=peer)
    assert until(lambda: len(setup.transports["logs"].sent) > 12)
    assert setup.spool.dead_letters == []
    setup.transports["logs"].sent.clear()
    peer.is_up = True
    assert until(lambda: not setup.spool.places)
    assert setup.spool.dead_letters == []
    assert set(setup.sent()) == set(names(9))


def test_waiting_costs_no_turns(make: Callable[..., Setup]) -> None:
    """With a backlog and a peer that is away the thread sleeps, but for a look at the disk now and then."""
    setup = make(answer=lambda _: AWAY)
    setup.offer("a", "b", "c")
    assert until(lambda: setup.row.spooled == 3)
    turns: list[int] = []
    deliver = setup.worker._sender.deliver

    def counting(generation: int, *, deadline: float | None) -> None:
        turns.append(1)
        deliver(generation, deadline=deadline)

    setup.worker._sender.deliver = counting  # type: ignore[method-assign]
    time.sleep(0.3)
    assert len(turns) <= 3


def test_a_disk_that_gives_nothing_is_not_asked_again_and_again(make: Callable[..., Setup]) -> None:
    """It says that there is something to read, and gives nothing."""

    class Empty(FakeSpool):
        def read(self, signal: Signal, max_records: int, max_bytes: int) -> list[QueueItem]:  # noqa: ARG002 - a spool's
            self.reads.append(0)
            return []

    setup = make(spool=Empty(leftovers=[event("a")]))
    assert until(lambda: bool(setup.spool.reads))
    time.sleep(0.2)
    assert len(setup.spool.reads) < 30


def test_how_spans_are_encoded_is_loaded_before_any_is_written_first() -> None:
    """A signal handler that records a span while the first one has the encoder imported would find half a module."""
    code = (
        "import sys; from clippy_otel.delivery.worker import Worker; from clippy_otel.delivery.settings import *;"
        "from clippy_otel.ledger import Ledger; from tests._fakes import ScriptedTransport; from tests._spool import *;"
        "settings = DeliverySettings(3, 1000, 0, 1000, 5, writes_first=%s);"
        "transports, bounds = {'spans': ScriptedTransport()}, {'max_records': 9, 'max_bytes': 9};"
        "worker = Worker(transports, Ledger(), settings, spool=FakeSpool(), **bounds);"
        "print('clippy_otel.otlp.spans' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    said = [
        subprocess.run([sys.executable, "-c", code % is_so], env=environment, capture_output=True, check=True).stdout
        for is_so in (False, True)
    ]
    assert said == [b"False\n", b"True\n"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_a_spool_of_its_own(make: Callable[..., Setup]) -> None:
    """What the parent spooled is the parent's: the child's books and its order start anew."""
    setup = make(answer=lambda _: AWAY)
    setup.offer("a", "b", "c")
    assert until(lambda: setup.row.spooled == 3)
    child = os.fork()
    if child == 0:
        setup.transports["logs"].answer = lambda _: DELIVERED
        own = setup.spool.forked == 1 and not setup.worker._backlog.has_own()
        setup.offer("child")
        sent = setup.worker.flush(5000) == FlushResult(exported=1) and setup.sent() == ["child"]
        os._exit(0 if own and sent else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert setup.row.spooled == 3


def test_without_a_thread_a_shutdown_spools_by_itself(
    make: Callable[..., Setup], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At interpreter shutdown the caller's own thread delivers, and what it cannot is on the disk."""

    def cannot_start(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", cannot_start)
    monkeypatch.setattr(outcomes, "_MEMORY_S", 0.0)
    setup = make(answer=lambda _: AWAY)
    setup.offer("a", "b", "c", "d")
    result = setup.worker.shutdown(1000)
    assert (result.spooled, result.timed_out) == (4, False)
