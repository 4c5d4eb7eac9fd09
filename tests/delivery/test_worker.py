"""The worker: what triggers a delivery, what its outcomes do, and deadlines that are kept."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clippy_otel.delivery import pauses
from clippy_otel.delivery.worker import THREAD_NAME, DeliverySettings, Worker
from clippy_otel.ledger import FlushResult, Ledger, LedgerRow
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.otlp.encode import encode_log_record
from clippy_otel.ports import Outcome, QueueItem, Verdict
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
    assert until(lambda: bool(raised) and worker._thread is None)
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
    assert not worker._tickets


def test_a_flush_that_timed_out_leaves_no_ticket(make: Callable[..., Worker]) -> None:
    """Many flushes against a peer that hangs hold nothing."""
    release = threading.Event()

    worker = make(ScriptedTransport(hanging_until(release)))
    offer(worker, "a")
    for _ in range(20):
        worker.flush(1)
    assert not worker._tickets
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
