"""The worker: what triggers a delivery, what its outcomes do, and deadlines that are kept."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, TraceFlags

from clippy_otel.delivery import pauses
from clippy_otel.delivery.queue import Held
from clippy_otel.delivery.settings import DeliverySettings
from clippy_otel.delivery.spans import UNENCODED
from clippy_otel.delivery.thread import THREAD_NAME
from clippy_otel.delivery.worker import Worker
from clippy_otel.ledger import FlushResult, Ledger, LedgerRow
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.otlp.decode_spans import decode_spans
from clippy_otel.otlp.encode import encode_log_record
from clippy_otel.ports import Envelope, Outcome, Purpose, QueueItem, Signal, Verdict
from tests._fakes import DELIVERED, ScriptedTransport, make_item

SETTINGS = DeliverySettings(
    batch_records=3, batch_bytes=100_000, interval_s=0, max_payload_bytes=10_000, send_timeout_s=5
)
RETRY = Outcome(Verdict.RETRY, message="busy")
WAIT_S = 10  # for what is certain to come; never waited for in a passing run


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    """Collect the workers of a test and end them after it."""
    made: list[Worker] = []
    yield made
    for worker in made:
        worker.shutdown(0)
    assert until(no_thread_runs)


@pytest.fixture
def make(workers: list[Worker]) -> Callable[..., Worker]:
    """Return how to make a worker over a transport; settings by name."""

    def make_worker(transport: ScriptedTransport, **settings: Any) -> Worker:
        changed = SETTINGS._replace(**settings)
        worker = Worker({"logs": transport}, Ledger(), changed, max_records=100, max_bytes=1_000_000)
        workers.append(worker)
        return worker

    return make_worker


def row(worker: Worker) -> LedgerRow:
    """Return the ledger's row of log records."""
    return worker._ledger.row("logs")


def event(name: str, text: str = "") -> QueueItem:
    """Return a whole record with this name."""
    data = encode_log_record(
        time_unix_nano=1, observed_time_unix_nano=1, event_name=name, attributes={"text": text} if text else {}
    )
    return make_item(data)


def offer(worker: Worker, *names: str) -> None:
    """Offer records with these names."""
    for name in names:
        worker.queue.offer(event(name))


def sent_names(transport: ScriptedTransport) -> list[list[str]]:
    """Return the names of the records in each request sent."""
    return [[log.event_name for log in decode_logs(request)] for request in transport.sent]


def hanging_until(release: threading.Event) -> Callable[[bytes], Outcome]:
    """Return the script of a peer that answers nothing before it is released."""

    def answer(_: bytes) -> Outcome:
        release.wait(30)
        return DELIVERED

    return answer


def no_thread_runs() -> bool:
    """Return whether every delivery thread has ended."""
    return not any(thread.name == THREAD_NAME for thread in threading.enumerate())


def until(condition: Callable[[], bool]) -> bool:
    """Wait for a condition that is certain to come true, and return whether it did."""
    deadline = time.monotonic() + WAIT_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)
    return condition()


def test_nothing_runs_before_it_is_needed(make: Callable[..., Worker]) -> None:
    """No thread is started by construction, nor by records that are not due while there is no timer."""
    worker = make(ScriptedTransport())
    offer(worker, "a", "b")
    assert no_thread_runs()


def test_a_full_batch_is_delivered_by_a_named_daemon_thread(make: Callable[..., Worker]) -> None:
    """The record that completes a batch wakes the worker; what is left waits."""
    transport = ScriptedTransport()
    worker = make(transport)
    offer(worker, "a", "b", "c")
    assert until(lambda: row(worker).exported == 3)
    offer(worker, "d")
    time.sleep(0.05)
    assert sent_names(transport) == [["a", "b", "c"]]
    assert transport.threads == [THREAD_NAME]
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == THREAD_NAME)


def test_the_interval_delivers_what_no_batch_does(make: Callable[..., Worker]) -> None:
    """A lone record goes out when its interval is over, again and again."""
    transport = ScriptedTransport()
    worker = make(transport, interval_s=0.02)
    for count in (1, 2, 3):
        offer(worker, f"event-{count}")
        assert until(lambda: row(worker).exported == count)  # noqa: B023 - used within this turn
    assert sent_names(transport) == [["event-1"], ["event-2"], ["event-3"]]


def test_held_bytes_trigger_a_delivery(make: Callable[..., Worker]) -> None:
    """Large records do not wait for the count."""
    transport = ScriptedTransport()
    worker = make(transport, batch_records=50, batch_bytes=3000)
    worker.queue.offer(event("large", "x" * 3000))
    assert until(lambda: row(worker).exported == 1)


def test_a_flush_delivers_what_was_accepted_and_says_so(make: Callable[..., Worker]) -> None:
    """Flush returns when all is acknowledged, with counts of this call."""
    worker = make(ScriptedTransport())
    offer(worker, "a", "b")
    assert worker.flush(5000) == FlushResult(exported=2)
    assert worker.flush(5000) == FlushResult()


def test_changed_settings_hold_from_the_next_delivery_on(make: Callable[..., Worker]) -> None:
    """A smaller batch is sent as soon as it is set, where enough waits for it."""
    transport = ScriptedTransport()
    worker = make(transport, batch_records=50, interval_s=60)
    offer(worker, "a", "b")
    worker.configure(SETTINGS._replace(batch_records=2))
    assert until(lambda: row(worker).exported == 2)


def test_what_is_to_be_repeated_is_repeated_in_order(
    make: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same request comes again after a pause, nothing overtakes it, and its records stay pending meanwhile."""
    monkeypatch.setattr(pauses, "BACKOFF_FIRST_S", 0.01)
    answers = iter([RETRY, RETRY])
    transport = ScriptedTransport(lambda _: next(answers, DELIVERED))
    worker = make(transport)
    offer(worker, "a", "b", "c", "d")
    assert worker.flush(10_000) == FlushResult(exported=4)
    assert sent_names(transport) == [["a", "b", "c"]] * 3 + [["d"]]


def test_a_flush_returns_early_where_the_peer_asked_for_a_longer_pause(make: Callable[..., Worker]) -> None:
    """Retry-After beyond the deadline leaves nothing to wait for, and is kept to by the next flush as well."""
    transport = ScriptedTransport(lambda _: Outcome(Verdict.RETRY, retry_after_s=3600))
    worker = make(transport)
    offer(worker, "a")
    started = time.monotonic()
    for _ in range(2):
        assert worker.flush(30_000) == FlushResult(pending=1, timed_out=True, ok=False)
    assert time.monotonic() - started < 15
    assert len(transport.sent) == 1


def test_a_flush_tries_again_at_once_where_only_backoff_holds(make: Callable[..., Worker]) -> None:
    """Who asks by name does not wait for a pause that is our own."""
    answers = iter([RETRY])
    transport = ScriptedTransport(lambda _: next(answers, DELIVERED))
    worker = make(transport)
    offer(worker, "a", "b", "c")
    assert until(lambda: len(transport.sent) == 1)
    assert worker.flush(WAIT_S * 1000) == FlushResult(exported=3)


def test_a_refused_request_is_rejected_and_does_not_block_the_next(make: Callable[..., Worker]) -> None:
    """A permanent answer ends its records alone."""
    transport = ScriptedTransport(lambda data: Outcome(Verdict.REFUSED) if b"bad" in data else DELIVERED)
    worker = make(transport)
    offer(worker, "bad", "a", "b", "c")
    assert worker.flush(5000) == FlushResult(exported=1, rejected=3, ok=False)


def test_partially_rejected_records_are_counted_as_such(make: Callable[..., Worker]) -> None:
    """Of a request that was taken in part, the rest is rejected; never more than there were."""
    outcomes = iter([Outcome(Verdict.DELIVERED, rejected=2), Outcome(Verdict.DELIVERED, rejected=99)])
    worker = make(ScriptedTransport(lambda _: next(outcomes)))
    offer(worker, "a", "b", "c", "d")
    assert worker.flush(5000) == FlushResult(exported=1, rejected=3, ok=False)


def test_a_request_that_is_too_large_for_the_peer_is_halved(make: Callable[..., Worker]) -> None:
    """413 is permanent only for a single record; order is kept."""

    def answer(data: bytes) -> Outcome:
        names = [log.event_name for log in decode_logs(data)]
        return Outcome(Verdict.TOO_LARGE) if "b" in names or len(names) > 2 else DELIVERED

    transport = ScriptedTransport(answer)
    worker = make(transport, batch_records=4)
    offer(worker, "a", "b", "c", "d")
    assert worker.flush(5000) == FlushResult(exported=3, rejected=1, ok=False)
    assert sent_names(transport) == [["a", "b", "c", "d"], ["a", "b"], ["a"], ["b"], ["c", "d"]]


def test_no_request_is_larger_than_the_limit_as_sent(make: Callable[..., Worker]) -> None:
    """A batch is halved until each part fits; a single record that is larger goes alone."""
    transport = ScriptedTransport(limits_payload=True)
    worker = make(transport, batch_records=8, max_payload_bytes=500)
    for number in range(7):
        worker.queue.offer(event(f"event-{number}", "x" * 100))
    worker.queue.offer(event("huge", "x" * 1000))
    assert worker.flush(5000) == FlushResult(exported=8)
    assert [name for names in sent_names(transport) for name in names] == [f"event-{n}" for n in range(7)] + ["huge"]
    assert all(len(request) <= 500 for request in transport.sent[:-1])
    assert sent_names(transport)[-1] == ["huge"]


@pytest.mark.swallows
def test_a_transport_that_raises_costs_its_own_records_only(make: Callable[..., Worker]) -> None:
    """A broken promise is counted, and the worker goes on."""

    def answer(data: bytes) -> Outcome:
        if b"bad" in data:
            raise OSError
        return DELIVERED

    worker = make(ScriptedTransport(answer))
    offer(worker, "bad", "a", "b", "c")
    assert worker.flush(5000) == FlushResult(exported=1, rejected=3, ok=False)


@pytest.mark.swallows
def test_a_transport_that_cannot_prepare_fails_its_records_only(make: Callable[..., Worker]) -> None:
    """What cannot be prepared is booked as failed, and the worker goes on."""
    transport = ScriptedTransport()

    def prepare(data: bytes) -> bytes:
        if b"bad" in data:
            raise OSError
        return data

    transport.prepare = prepare  # type: ignore[method-assign]
    worker = make(transport)
    offer(worker, "bad", "a", "b", "c")
    assert worker.flush(5000) == FlushResult(exported=1, dropped=3, ok=False)


@pytest.mark.swallows
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_something_ends_is_started_again(make: Callable[..., Worker]) -> None:
    """SystemExit out of a user's transport ends the thread, not the delivery."""
    raised: list[bool] = []

    def answer(_: bytes) -> Outcome:
        if not raised:
            raised.append(True)
            raise SystemExit
        return DELIVERED

    worker = make(ScriptedTransport(answer))
    offer(worker, "a", "b", "c")
    assert until(lambda: bool(raised) and worker._thread._thread is None)
    assert worker.flush(5000) == FlushResult(exported=3)


def test_a_flush_keeps_its_deadline_against_a_peer_that_hangs(make: Callable[..., Worker]) -> None:
    """200 ms are asked for and counts are true then; 5 s would be a broken promise."""
    release = threading.Event()

    worker = make(ScriptedTransport(hanging_until(release)))
    offer(worker, "a")
    started = time.monotonic()
    assert worker.flush(200) == FlushResult(pending=1, timed_out=True, ok=False)
    assert 0.15 < time.monotonic() - started < 5
    release.set()
    assert until(lambda: row(worker).exported == 1)


def test_a_shutdown_keeps_its_deadline_and_books_what_is_left_once(make: Callable[..., Worker]) -> None:
    """In flight and waiting are failed at the deadline; the abandoned send's late answer books nothing."""
    release = threading.Event()
    answered = threading.Event()

    def hang(_: bytes) -> Outcome:
        release.wait(30)
        answered.set()
        return DELIVERED

    transport = ScriptedTransport(hang)
    worker = make(transport)
    offer(worker, "a", "b", "c", "d")
    started = time.monotonic()
    assert worker.shutdown(200) == FlushResult(dropped=4, timed_out=True, ok=False)
    assert time.monotonic() - started < 5
    assert transport.aborted.is_set()
    release.set()
    assert answered.wait(WAIT_S)
    assert until(no_thread_runs)
    assert row(worker) == LedgerRow(offered=4, failed=4)


def test_what_is_accepted_during_a_shutdown_is_delivered_while_there_is_time(make: Callable[..., Worker]) -> None:
    """A record that comes while the last ones are being sent is not given up."""

    def answer(_: bytes) -> Outcome:
        if len(transport.sent) == 1:
            offer(worker, "late")
        else:
            time.sleep(0.2)  # longer than the shutdown takes to look
        return DELIVERED

    transport = ScriptedTransport(answer)
    worker = make(transport)
    offer(worker, "early")
    result = worker.shutdown(10_000)
    assert sent_names(transport) == [["early"], ["late"]]
    assert (result.exported, result.dropped, result.ok) == (2, 0, True)


def test_after_shutdown_nothing_is_taken_and_nothing_runs(make: Callable[..., Worker]) -> None:
    """Shutdown ends the thread, closes the transports once, and is idempotent."""
    transport = ScriptedTransport()
    worker = make(transport)
    offer(worker, "a")
    assert worker.shutdown(5000) == FlushResult(exported=1)
    offer(worker, "b")
    assert worker.shutdown(5000) == FlushResult()
    assert worker.flush(5000) == FlushResult()
    assert transport.closed == 1
    assert row(worker) == LedgerRow(offered=2, exported=1, after_shutdown=1)
    assert until(no_thread_runs)


def test_without_a_thread_a_flush_delivers_by_itself(
    make: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At interpreter shutdown no thread can be started: the caller's own does the work, pauses included."""

    def cannot_start(_: threading.Thread) -> None:
        msg = "can't create new thread at interpreter shutdown"
        raise RuntimeError(msg)

    monkeypatch.setattr(threading.Thread, "start", cannot_start)
    monkeypatch.setattr(pauses, "BACKOFF_FIRST_S", 0.01)
    answers = iter([RETRY])
    transport = ScriptedTransport(lambda _: next(answers, DELIVERED))
    worker = make(transport)
    offer(worker, "a", "b", "c", "d")
    assert worker.flush(5000) == FlushResult(exported=4)
    assert transport.threads == ["MainThread"] * 3


def test_many_threads_flush_and_offer_at_once(make: Callable[..., Worker]) -> None:
    """Every flush sees its own thread's records delivered, and all are delivered once."""
    transport = ScriptedTransport()
    worker = make(transport, batch_records=7)
    ok: list[bool] = []

    def work(thread: int) -> None:
        for turn in range(20):
            offer(worker, f"{thread}-{turn}")
            ok.append(worker.flush(WAIT_S * 1000).pending < 8)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worker.flush(WAIT_S * 1000).ok
    assert len(ok) == sum(ok) == 160
    assert sorted(name for names in sent_names(transport) for name in names) == sorted(
        f"{thread}-{turn}" for thread in range(8) for turn in range(20)
    )
    assert row(worker) == LedgerRow(offered=160, exported=160)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_delivers_its_own_records_with_its_own_thread(make: Callable[..., Worker]) -> None:
    """Forked while the parent's worker sends and holds records, the child is neither hung nor sends them again."""
    entered, release = threading.Event(), threading.Event()

    def hang(data: bytes) -> Outcome:
        if b"parent" in data:
            entered.set()
            release.wait(30)
        return DELIVERED

    transport = ScriptedTransport(hang)
    worker = make(transport)
    offer(worker, "parent", "parent", "parent")
    assert entered.wait(WAIT_S)
    child = os.fork()
    if child == 0:
        offer(worker, "child")
        result = worker.flush(5000)
        good = result == FlushResult(exported=1) and sent_names(transport) == [["child"]]
        os._exit(0 if good else 1)
    status = os.waitpid(child, 0)[1]
    release.set()
    assert os.waitstatus_to_exitcode(status) == 0
    assert worker.flush(5000).ok
    assert row(worker) == LedgerRow(offered=3, exported=3)


@pytest.mark.parametrize("timeout_ms", [float("inf"), float("nan"), None, "5", 10**30, True, object()])
def test_whatever_the_timeout_is_flush_and_shutdown_do_not_raise(make: Callable[..., Worker], timeout_ms: Any) -> None:
    """What is no number is the default, what is too much is a day."""
    worker = make(ScriptedTransport())
    offer(worker, "a")
    assert worker.flush(timeout_ms) == FlushResult(exported=1)
    offer(worker, "b")
    assert worker.shutdown(timeout_ms) == FlushResult(exported=1)


@pytest.mark.parametrize("timeout_ms", [0, -5, float("-inf")])
def test_a_flush_without_time_only_looks(make: Callable[..., Worker], timeout_ms: float) -> None:
    """It sends nothing, resets no pause and leaves no ticket."""
    transport = ScriptedTransport(lambda _: RETRY)
    worker = make(transport)
    offer(worker, "a", "b", "c")
    assert until(lambda: len(transport.sent) == 1)
    for _ in range(50):
        assert worker.flush(timeout_ms) == FlushResult(pending=3, timed_out=True, ok=False)
    assert len(transport.sent) == 1
    assert not worker._sender.tickets


def test_a_flush_that_timed_out_leaves_no_ticket(make: Callable[..., Worker]) -> None:
    """Many flushes against a peer that hangs hold nothing."""
    release = threading.Event()

    worker = make(ScriptedTransport(hanging_until(release)))
    offer(worker, "a")
    for _ in range(20):
        worker.flush(1)
    assert not worker._sender.tickets
    release.set()


def test_a_transport_may_flush_and_shut_down_its_own_worker(make: Callable[..., Worker]) -> None:
    """It does not wait for itself, and what it is sending is delivered all the same."""
    results: list[FlushResult] = []

    def answer(_: bytes) -> Outcome:
        results.append(worker.flush(30_000))
        results.append(worker.shutdown(30_000))
        return DELIVERED

    worker = make(ScriptedTransport(answer))
    offer(worker, "a", "b", "c")
    assert until(no_thread_runs)
    assert results[0] == FlushResult(pending=3, timed_out=True, ok=False)
    assert row(worker) == LedgerRow(offered=3, exported=3)


class _Raising(logging.Filter):
    """A log filter of the host's that fails."""

    def filter(self, _: logging.LogRecord) -> bool:
        """Fail."""
        raise RuntimeError


@pytest.mark.swallows
@pytest.mark.parametrize("outcome", [Outcome(Verdict.REFUSED), Outcome(Verdict.DELIVERED, rejected=1), RETRY])
def test_a_log_filter_that_raises_costs_no_record(make: Callable[..., Worker], outcome: Outcome) -> None:
    """What we log about a delivery is logged after it was booked."""
    outcomes = iter([outcome])
    worker = make(ScriptedTransport(lambda _: next(outcomes, DELIVERED)))
    logger, failing = logging.getLogger("clippy_otel"), _Raising()
    logger.addFilter(failing)
    try:
        offer(worker, "a", "b", "c")
        assert worker.flush(10_000).pending == 0
    finally:
        logger.removeFilter(failing)
    assert row(worker).pending == 0


def test_a_log_handler_that_waits_for_the_main_thread_does_not_hang_a_shutdown(make: Callable[..., Worker]) -> None:
    """The worker logs with no lock held: who shuts down meanwhile is not kept waiting by the host's handler."""
    entered, release = threading.Event(), threading.Event()

    class Handler(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            entered.set()
            release.wait(30)

    worker = make(ScriptedTransport(lambda _: RETRY))
    logger, handler = logging.getLogger("clippy_otel"), Handler()
    logger.addHandler(handler)
    try:
        offer(worker, "a", "b", "c")
        assert entered.wait(WAIT_S)
        started = time.monotonic()
        assert worker.shutdown(200).dropped == 3
        assert time.monotonic() - started < 5
    finally:
        release.set()
        logger.removeHandler(handler)


@pytest.mark.swallows
def test_a_transport_that_answers_nonsense_costs_its_records_and_no_processor(make: Callable[..., Worker]) -> None:
    """None is no outcome: the request is rejected and not sent again and again."""
    transport = ScriptedTransport(lambda _: None)  # type: ignore[arg-type, return-value] # that is the nonsense
    worker = make(transport)
    offer(worker, "a", "b", "c")
    assert worker.flush(5000) == FlushResult(rejected=3, ok=False)
    assert len(transport.sent) == 1


def test_where_no_thread_can_be_started_one_of_many_callers_delivers(
    make: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads that flush at once without a worker deliver everything once, and all of them see it."""
    start = threading.Thread.start

    def only_ours(thread: threading.Thread) -> None:
        if thread.name == THREAD_NAME:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", only_ours)
    transport = ScriptedTransport()
    worker = make(transport, batch_records=1)
    results: list[FlushResult] = []
    for number in range(40):
        offer(worker, f"event-{number}")
    threads = [threading.Thread(target=lambda: results.append(worker.flush(WAIT_S * 1000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result.pending == 0 for result in results)
    assert len(transport.sent) == 40
    assert row(worker) == LedgerRow(offered=40, exported=40)


def signal_item(signal: Signal, data: bytes = b"", *, records: int = 1) -> QueueItem:
    """Return a record of a signal, encoded; of a collection of metrics it is so many points."""
    item = event("e") if signal == "logs" else make_item(data)
    size_bytes = 0 if signal == "metrics" else item.size_bytes
    return item._replace(envelope=Envelope(signal, b"", b""), size_bytes=size_bytes, records=records)


@pytest.fixture
def make_all(workers: list[Worker]) -> Callable[..., Worker]:
    """Return how to make a worker over a transport for each of some signals; settings by name."""

    def make_worker(transports: dict[Signal, ScriptedTransport], **settings: Any) -> Worker:
        changed = SETTINGS._replace(**settings)
        worker = Worker(transports, Ledger(), changed, max_records=100, max_bytes=1_000_000)
        workers.append(worker)
        return worker

    return make_worker


def away(_: bytes) -> Outcome:
    """Answer like a peer that asks for a pause of an hour."""
    return Outcome(Verdict.RETRY, retry_after_s=3600)


def test_a_signal_whose_peer_is_away_does_not_hold_up_another(make_all: Callable[..., Worker]) -> None:
    """Its Retry-After is its own: what comes later of another signal is delivered when it is due, not an hour later."""
    transports: dict[Signal, ScriptedTransport] = {"spans": ScriptedTransport(away), "logs": ScriptedTransport()}
    worker = make_all(transports, batch_records=1)
    worker.queue.offer(signal_item("spans"))
    assert until(lambda: len(transports["spans"].sent) == 1)
    worker.queue.offer(signal_item("logs"))
    assert until(lambda: worker._ledger.row("logs").exported == 1)
    worker.queue.offer(signal_item("spans"))
    worker.queue.offer(signal_item("logs"))
    assert until(lambda: worker._ledger.row("logs").exported == 2)
    assert len(transports["spans"].sent) == 1
    assert worker._ledger.row("spans") == LedgerRow(offered=2, pending=2)


def test_the_timer_of_a_signal_goes_on_while_another_is_paused(make_all: Callable[..., Worker]) -> None:
    """A lone record of the one goes out at its interval."""
    transports: dict[Signal, ScriptedTransport] = {"spans": ScriptedTransport(away), "logs": ScriptedTransport()}
    worker = make_all(transports, interval_s=0.02, batch_records=50)
    worker.queue.offer(signal_item("spans"))
    assert until(lambda: len(transports["spans"].sent) == 1)
    worker.queue.offer(signal_item("logs"))
    assert until(lambda: worker._ledger.row("logs").exported == 1)


def test_a_flush_delivers_what_it_can_where_a_peer_is_away(make_all: Callable[..., Worker]) -> None:
    """The batch in front is refused for an hour; what waits behind it is delivered before the flush gives up."""
    transports: dict[Signal, ScriptedTransport] = {"spans": ScriptedTransport(away), "logs": ScriptedTransport()}
    worker = make_all(transports, batch_records=3, batch_bytes=1 << 30)
    for signal in ("spans", "spans", "spans", "logs", "logs"):
        worker.queue.offer(signal_item(signal))
    started = time.monotonic()
    assert worker.flush(30_000) == FlushResult(exported=2, pending=3, timed_out=True, ok=False)
    assert time.monotonic() - started < 15


def test_a_flush_waits_for_its_own_records_of_each_signal(make_all: Callable[..., Worker]) -> None:
    """Records of another signal that are settled meanwhile are not taken for those that it waits for."""
    answers = iter([Outcome(Verdict.RETRY, retry_after_s=0.3)])
    transports: dict[Signal, ScriptedTransport] = {
        "spans": ScriptedTransport(lambda _: next(answers, DELIVERED)),
        "logs": ScriptedTransport(),
    }
    worker = make_all(transports, batch_records=1)
    worker.queue.offer(signal_item("spans"))
    assert until(lambda: len(transports["spans"].sent) == 1)
    results: list[FlushResult] = []
    flushing = threading.Thread(target=lambda: results.append(worker.flush(WAIT_S * 1000)))
    flushing.start()
    assert until(lambda: bool(worker._sender.tickets) or bool(results))
    for count in range(1, 4):
        worker.queue.offer(signal_item("logs"))
        assert until(lambda: worker._ledger.row("logs").exported == count)  # noqa: B023 - used within this turn
    flushing.join()
    assert results[0].ok
    assert worker._ledger.row("spans").exported == 1


def test_waiting_for_a_pause_costs_nothing(make_all: Callable[..., Worker]) -> None:
    """While a flush waits for one signal's peer, and another signal is in use, the thread sleeps."""
    answers = iter([Outcome(Verdict.RETRY, retry_after_s=0.3)])
    transports: dict[Signal, ScriptedTransport] = {
        "spans": ScriptedTransport(lambda _: next(answers, DELIVERED)),
        "logs": ScriptedTransport(),
    }
    worker = make_all(transports)
    turns: list[float] = []
    deliver = worker._sender.deliver

    def counting(generation: int, *, deadline: float | None) -> None:
        turns.append(time.monotonic())
        deliver(generation, deadline=deadline)

    worker._sender.deliver = counting  # type: ignore[method-assign]
    worker.queue.offer(signal_item("logs"))
    worker.queue.offer(signal_item("spans"))
    assert worker.flush(WAIT_S * 1000) == FlushResult(exported=2)
    assert len(turns) < 20


class Collecting:
    """Metrics: each collection is so many points."""

    def __init__(self, points: int = 3) -> None:
        self.points = points
        self.timeouts_ms: list[float] = []

    def __call__(self, timeout_ms: float) -> list[QueueItem]:
        """Collect."""
        self.timeouts_ms.append(timeout_ms)
        return [signal_item("metrics", b"m%d" % len(self.timeouts_ms), records=self.points)]


def test_metrics_are_collected_once_an_interval(make_all: Callable[..., Worker]) -> None:
    """From the first word of them on, again and again, without any record; points are what is counted."""
    transport, collect = ScriptedTransport(), Collecting()
    worker = make_all({"metrics": transport}, interval_s=0.05)
    worker.collect_metrics(collect)
    worker.collect_metrics(collect)  # said again, nothing changes
    started = time.monotonic()
    assert until(lambda: len(transport.sent) >= 3)
    assert time.monotonic() - started >= 0.14
    assert worker.queue.held() == Held(0, 0, 0)
    assert collect.timeouts_ms[0] == SETTINGS.send_timeout_s * 1000
    worker.shutdown(5000)
    row = worker._ledger.row("metrics")
    assert row == LedgerRow(offered=3 * len(collect.timeouts_ms), exported=3 * len(collect.timeouts_ms))


def test_metrics_are_collected_at_a_flush_and_at_the_shutdown(make_all: Callable[..., Worker]) -> None:
    """Without a timer these are the only collections, one each, and after the end there is none."""
    transport, collect = ScriptedTransport(), Collecting()
    worker = make_all({"metrics": transport}, interval_s=0)
    worker.collect_metrics(collect)
    assert no_thread_runs()
    assert worker.flush(5000) == FlushResult(exported=3)
    assert worker.flush(5000) == FlushResult(exported=3)
    assert worker.shutdown(5000) == FlushResult(exported=3)
    assert worker.flush(5000) == worker.shutdown(5000) == FlushResult()
    worker.collect_metrics(Collecting())
    assert worker.flush(5000) == FlushResult()
    assert len(collect.timeouts_ms) == len(transport.sent) == 3


def test_collections_do_not_pile_up_while_their_peer_is_away(
    make_all: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them wait at most; afterwards the next one has everything that the left out ones would have had."""
    monkeypatch.setattr(pauses, "BACKOFF_FIRST_S", 0.2)
    monkeypatch.setattr(pauses, "BACKOFF_MAX_S", 0.2)
    answering = threading.Event()
    transport = ScriptedTransport(lambda _: DELIVERED if answering.is_set() else RETRY)
    collect = Collecting()
    worker = make_all({"metrics": transport, "logs": ScriptedTransport()}, interval_s=0.01)
    worker.collect_metrics(collect)
    assert until(lambda: len(transport.sent) >= 3)
    assert len(collect.timeouts_ms) == 2
    worker.queue.offer(signal_item("logs"))
    assert until(lambda: worker._ledger.row("logs").exported == 1)
    answering.set()
    assert until(lambda: len(collect.timeouts_ms) > 3)
    worker.shutdown(5000)
    row = worker._ledger.row("metrics")
    assert row == LedgerRow(offered=3 * len(collect.timeouts_ms), exported=3 * len(collect.timeouts_ms))


def test_metrics_take_no_room_of_records(make_all: Callable[..., Worker]) -> None:
    """A collection in flight is held against neither bound."""
    worker = make_all(
        {"metrics": ScriptedTransport(away), "logs": ScriptedTransport()}, interval_s=0, batch_records=200
    )
    worker.collect_metrics(Collecting(points=500))
    assert worker.flush(30_000) == FlushResult(pending=500, timed_out=True, ok=False)
    assert worker.queue.held() == Held(0, 0, 0)
    for _ in range(101):
        worker.queue.offer(signal_item("logs"))
    assert worker._ledger.row("logs") == LedgerRow(offered=101, pending=100, queue_full=1)
    worker.shutdown(5000)
    assert worker._ledger.row("metrics") == LedgerRow(offered=1000, failed=1000)  # once more at the end


@pytest.mark.swallows
def test_a_collection_that_raises_costs_nothing_else(make_all: Callable[..., Worker]) -> None:
    """Records are delivered, a flush is answered, and the next collection is tried."""
    turns: list[int] = []

    def collect(_: float) -> list[QueueItem]:
        turns.append(1)
        raise RuntimeError

    worker = make_all({"metrics": ScriptedTransport(), "logs": ScriptedTransport()})
    worker.collect_metrics(collect)
    worker.queue.offer(signal_item("logs"))
    assert worker.flush(5000) == FlushResult(exported=1)
    assert worker.flush(5000) == FlushResult()
    assert len(turns) == 2


def test_a_flush_keeps_its_deadline_where_a_collection_hangs(make_all: Callable[..., Worker]) -> None:
    """A callback of the host's that hangs holds up neither who waits for it nor what was accepted before."""
    release = threading.Event()

    def collect(_: float) -> list[QueueItem]:
        release.wait(30)
        return []

    worker = make_all({"metrics": ScriptedTransport(), "logs": ScriptedTransport()})
    worker.collect_metrics(collect)
    worker.queue.offer(signal_item("logs"))
    started = time.monotonic()
    assert worker.flush(1000) == FlushResult(exported=1, timed_out=True, ok=False)
    assert time.monotonic() - started < 5
    release.set()


def test_without_a_thread_a_flush_collects_by_itself(
    make_all: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At interpreter shutdown metrics are delivered on the caller's thread too."""

    def cannot_start(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", cannot_start)
    worker, collect = make_all({"metrics": ScriptedTransport()}, interval_s=60), Collecting()
    worker.collect_metrics(collect)
    assert worker.flush(1000) == FlushResult(exported=3)
    assert 0 < collect.timeouts_ms[0] <= 1000  # of the flush, which has no other thread to wait for
    assert worker.shutdown(5000) == FlushResult(exported=3)


def ended_span(name: str = "s") -> ReadableSpan:
    """Return an ended span."""
    context = SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(1))
    return ReadableSpan(name, context, resource=Resource({}), start_time=1, end_time=2)


def queued(span: object) -> QueueItem:
    """Return a span as it is queued."""
    return QueueItem(UNENCODED, span, 3000, int(Purpose.PERFORMANCE), b"")


def test_spans_are_encoded_by_the_worker(make_all: Callable[..., Worker]) -> None:
    """What is queued is the span; what is sent are its bytes, and its room is given back in full."""
    transport = ScriptedTransport()
    worker = make_all({"spans": transport})
    for name in ("a", "b"):
        worker.queue.offer(queued(ended_span(name)))
    assert worker.queue.held() == Held(2, 6000, 2)
    assert worker.flush(5000) == FlushResult(exported=2)
    assert [span.name for span in decode_spans(transport.sent[0])] == ["a", "b"]
    assert worker.queue.held() == Held(0, 0, 0)


@pytest.mark.swallows
def test_a_span_that_cannot_be_encoded_costs_no_other(make_all: Callable[..., Worker]) -> None:
    """It is booked as that; those beside it are delivered."""
    transport = ScriptedTransport()
    worker = make_all({"spans": transport})
    for span in (ended_span("a"), object(), ended_span("b")):
        worker.queue.offer(queued(span))
    assert worker.flush(5000) == FlushResult(exported=2, dropped=1)
    assert [span.name for span in decode_spans(transport.sent[0])] == ["a", "b"]
    assert worker._ledger.row("spans") == LedgerRow(offered=3, exported=2, unencodable=1)
    assert worker.queue.held() == Held(0, 0, 0)


def test_signals_go_to_their_own_transports(make_all: Callable[..., Worker]) -> None:
    """A batch of several is a request each."""
    transports: dict[Signal, ScriptedTransport] = {"spans": ScriptedTransport(), "logs": ScriptedTransport()}
    worker = make_all(transports)
    offer(worker, "a")
    worker.queue.offer(queued(ended_span("s")))
    offer(worker, "b")
    assert worker.flush(5000) == FlushResult(exported=3)
    assert sent_names(transports["logs"]) == [["a", "b"]]
    assert [[span.name for span in decode_spans(sent)] for sent in transports["spans"].sent] == [["s"]]


def test_partial_rejections_count_spans_and_points(
    make_all: Callable[..., Worker], caplog: pytest.LogCaptureFixture
) -> None:
    """What is rejected of a request is of its own signal, in its own unit; the log line says which."""
    partly = ScriptedTransport(lambda _: Outcome(Verdict.DELIVERED, rejected=2))
    worker = make_all({"metrics": partly, "spans": partly})
    worker.collect_metrics(Collecting(points=5))
    for name in ("a", "b", "c"):
        worker.queue.offer(queued(ended_span(name)))
    assert worker.flush(5000) == FlushResult(exported=4, rejected=4, ok=False)
    assert worker._ledger.row("spans") == LedgerRow(offered=3, exported=1, rejected=2)
    assert worker._ledger.row("metrics") == LedgerRow(offered=5, exported=3, rejected=2)
    assert "2 of 5 data points" in caplog.text
    assert "2 of 3 spans" in caplog.text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_starts_with_no_spans_and_no_metrics(make_all: Callable[..., Worker]) -> None:
    """What waits in the parent's lanes and queue is the parent's; metrics are collected when the child says so."""
    transports: dict[Signal, ScriptedTransport] = {"spans": ScriptedTransport(away), "metrics": ScriptedTransport(away)}
    worker = make_all(transports)
    worker.collect_metrics(Collecting())
    worker.queue.offer(queued(ended_span("parent")))
    assert worker.flush(30_000).pending == 4
    child = os.fork()
    if child == 0:
        for transport in transports.values():
            transport.answer = lambda _: DELIVERED
        empty = worker.flush(5000) == FlushResult() and not transports["metrics"].sent
        worker.queue.offer(queued(ended_span("child")))
        collect = Collecting()
        worker.collect_metrics(collect)
        own = worker.flush(5000) == FlushResult(exported=4) and len(collect.timeouts_ms) == 1
        names = [span.name for span in decode_spans(transports["spans"].sent[0])]
        os._exit(0 if empty and own and names == ["child"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert worker._ledger.row("spans") == LedgerRow(offered=1, pending=1)
    assert worker._ledger.row("metrics") == LedgerRow(offered=3, pending=3)


def test_a_flush_waits_for_a_collection_of_metrics_that_began_after_it(make: Callable[..., Worker]) -> None:
    """One that another flush has begun may lack what was recorded just before this one."""
    begun, go_on, collections = threading.Event(), threading.Event(), list[float]()

    def collect(timeout_ms: float) -> list[QueueItem]:
        collections.append(timeout_ms)
        if len(collections) == 1:
            begun.set()
            go_on.wait(WAIT_S)
        return []

    worker = make(ScriptedTransport())
    worker.collect_metrics(collect)
    flushes = [threading.Thread(target=worker.flush, args=(WAIT_S * 1000,)) for _ in range(2)]
    flushes[0].start()
    assert begun.wait(WAIT_S)
    flushes[1].start()
    assert until(lambda: len(worker._sender.tickets.new()) == 2)
    go_on.set()
    for flush in flushes:
        flush.join()
    assert len(collections) == 2


def test_flushes_and_metrics_have_their_turn_while_records_keep_coming(make: Callable[..., Worker]) -> None:
    """An application that records as fast as is delivered does not keep a flush waiting for ever."""
    collections: list[float] = []

    def answer(_: bytes) -> Outcome:
        if not ended:
            offer(worker, "a", "b", "c", "d")
        return DELIVERED

    def collect(timeout_ms: float) -> list[QueueItem]:
        collections.append(timeout_ms)
        return []

    ended, transport = False, ScriptedTransport(answer)
    worker = make(transport)
    worker.collect_metrics(collect)
    offer(worker, "a", "b", "c", "d")
    assert until(lambda: len(transport.sent) > 2)
    result = worker.flush(2000)
    ended = True
    assert not result.timed_out
    assert collections
