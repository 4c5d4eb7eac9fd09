"""What is not admitted any more is erased wherever it waits: in the queue, in requests, and on the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from clippy_otel.delivery.settings import DeliverySettings
from clippy_otel.delivery.worker import Worker
from clippy_otel.ledger import Ledger, LedgerRow
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.otlp.encode import encode_log_record
from clippy_otel.ports import Outcome, Purpose, QueueItem, Verdict
from tests._fakes import DELIVERED, ENVELOPE, ScriptedTransport
from tests._spool import FakeSpool

RETRY = Outcome(Verdict.RETRY, retry_after_s=0)
WAIT_S = 10
ERRORS, ANALYTICS = Purpose.ERRORS, Purpose.ANALYTICS


def item(name: str, purpose: Purpose = ANALYTICS) -> QueueItem:
    """Return an encoded record."""
    data = encode_log_record(time_unix_nano=1, observed_time_unix_nano=1, event_name=name, attributes={})
    return QueueItem(ENVELOPE, data, len(data), int(purpose), b"")


class Rig:
    """A worker over one scripted transport."""

    def __init__(self, answer: Callable[[bytes], Outcome], *, spool: FakeSpool | None = None, batch: int = 4) -> None:
        settings = DeliverySettings(
            batch_records=batch, batch_bytes=100_000, interval_s=0, max_payload_bytes=10_000, send_timeout_s=5
        )
        self.transport, self.ledger = ScriptedTransport(answer), Ledger()
        self.worker = Worker(
            {"logs": self.transport}, self.ledger, settings, max_records=100, max_bytes=10**6, spool=spool
        )

    @property
    def row(self) -> LedgerRow:
        """The books of log records."""
        return self.ledger.row("logs")

    def deny_analytics(self) -> None:
        """Admit errors alone, and purge."""
        self.worker.queue.gate.admits = lambda purposes, _: not purposes & ANALYTICS
        self.worker.purge(ANALYTICS, b"")

    def sent(self) -> list[list[str]]:
        """Return the names in each request."""
        return [[log.event_name for log in decode_logs(request)] for request in self.transport.sent]


def test_the_queue() -> None:
    """What waits goes, what is offered is refused, and the rest keeps its order."""
    rig = Rig(lambda _: DELIVERED, batch=50)
    for number in range(6):
        rig.worker.queue.offer(item(f"n{number}", ERRORS if number % 2 else ANALYTICS))
    rig.deny_analytics()
    rig.worker.queue.offer(item("late"))
    assert (rig.row.erased, rig.row.consent_denied, rig.row.pending) == (3, 1, 3)
    assert rig.worker.queue.held().records == 3
    assert rig.worker.flush(WAIT_S * 1000).ok
    assert rig.sent() == [["n1", "n3", "n5"]]
    rig.worker.shutdown(1000)


def test_what_is_offered_before_and_booked_after() -> None:
    """An item that lies in the inbox meanwhile, for somebody holds the lock, is asked about when it is accepted."""
    rig = Rig(lambda _: DELIVERED, batch=50)
    queue = rig.worker.queue
    queue._inbox.append(item("slips"))
    rig.deny_analytics()
    assert (rig.row.consent_denied, rig.row.pending) == (1, 0)


@pytest.mark.parametrize("with_spool", [False, True])
def test_requests_that_wait_to_be_sent_again(*, with_spool: bool) -> None:
    """They are made anew without what is erased; the one that is being sent right now finishes."""
    sending, go_on = threading.Event(), threading.Event()

    def answer(_: bytes) -> Outcome:
        if len(rig.transport.sent) == 1:
            sending.set()
            go_on.wait(WAIT_S)
        return DELIVERED

    rig = Rig(answer, spool=FakeSpool() if with_spool else None)
    for number in range(4):
        rig.worker.queue.offer(item(f"a{number}"))
    assert sending.wait(WAIT_S)
    # As an answer "too large" makes them: more requests behind the one that is in flight.
    lane = rig.worker._sender.lanes["logs"]
    for number in range(2):
        rig.worker.queue.offer(item(f"b{number}", ERRORS))
        rig.worker.queue.offer(item(f"c{number}"))
    for _, requests in rig.worker._sender._batches.requests(rig.worker.queue.take(4)):
        lane.add(requests)
    rig.deny_analytics()
    go_on.set()
    assert rig.worker.flush(WAIT_S * 1000).ok
    assert rig.sent() == [["a0", "a1", "a2", "a3"], ["b0", "b1"]]
    assert (rig.row.exported, rig.row.erased, rig.row.pending) == (6, 2, 0)
    rig.worker.shutdown(1000)


def test_what_was_read_from_the_disk_and_waits() -> None:
    """It is gone there too, and booked once."""
    spool = FakeSpool()
    rig = Rig(lambda _: DELIVERED, spool=spool)
    spool.append([item("a"), item("b", ERRORS)])
    rig.ledger.offer("logs", "spooled", 2)
    lane, sender = rig.worker._sender.lanes["logs"], rig.worker._sender
    sender._read_into(lane)
    rig.deny_analytics()
    assert (rig.row.erased, rig.row.spooled) == (1, 1)
    assert [place.item.purposes for place in spool.places] == [ERRORS]
    assert [len(request.items) for request in lane.requests] == [1]
    assert rig.worker.flush(WAIT_S * 1000).ok
    assert rig.sent() == [["b"]]
    rig.worker.shutdown(1000)


def test_what_lies_on_the_disk() -> None:
    """The spool is told what goes; later, on the worker's thread, where nobody may wait for it."""
    spool = FakeSpool()
    rig = Rig(lambda _: RETRY, spool=spool)
    spool.append([item("a"), item("b", ERRORS)])
    rig.ledger.offer("logs", "spooled", 2)
    purged, asked = threading.Event(), []
    real = spool.purge

    def purge(purposes: int = 0, subject: bytes | None = None) -> int:
        asked.append((purposes, subject, threading.current_thread().name))
        purged.set()
        return real(purposes, subject)

    spool.purge = purge  # type: ignore[method-assign] # to see it
    rig.worker.purge_soon(ANALYTICS, b"12345678")
    assert purged.wait(WAIT_S)
    assert asked[0][:2] == (ANALYTICS, b"12345678")
    assert asked[0][2] != threading.current_thread().name
    rig.worker.shutdown(0)


def test_what_is_written_first_is_not_left_on_the_disk() -> None:
    """An item that is refused when it is booked has been written by then; nobody delivers it."""
    spool = FakeSpool()
    rig = Rig(lambda _: DELIVERED, spool=spool, batch=50)
    queue = rig.worker.queue
    queue.writes_first = True
    (written,) = spool.append([item("a")], held=True)
    queue._inbox.append(written)
    rig.deny_analytics()
    assert spool.places == []
    assert rig.row.consent_denied == 1
    queue.offer(item("b"))
    assert spool.places == []
    rig.worker.shutdown(1000)
