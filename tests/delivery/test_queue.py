"""The bounded queue: bounds, order, and callers that are never kept waiting."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque

import pytest

from clippy_otel.delivery.backlog import Backlog
from clippy_otel.delivery.queue import Held, RecordQueue
from clippy_otel.ledger import CELLS, SAVED_CELLS, Ledger, LedgerRow
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Envelope, QueueItem, Signal
from tests._fakes import make_item
from tests._spool import FakeSpool


def make_queue(ledger: Ledger, *, max_records: int = 100, max_bytes: int = 1_000_000) -> RecordQueue:
    """Return a queue that tells nobody of its growth."""
    return RecordQueue(max_records=max_records, max_bytes=max_bytes, ledger=ledger, on_growth=lambda: None)


def test_items_come_out_in_order_and_stay_held_until_they_are_settled() -> None:
    """Taking hands over the oldest; only settling gives their room back."""
    ledger = Ledger()
    queue = make_queue(ledger)
    items = [make_item(bytes([number])) for number in range(5)]
    for item in items:
        queue.offer(item)
    taken = queue.take(3)
    assert taken == items[:3]
    assert queue.held() == Held(records=5, size_bytes=5 * (1 + ITEM_OVERHEAD_BYTES), waiting=2)
    assert ledger.row("logs").pending == 5
    queue.settle(taken, "exported", rejected=1)
    assert queue.held().records == 2
    assert ledger.row("logs") == LedgerRow(offered=5, pending=2, exported=2, rejected=1)
    assert not queue.idle()
    queue.settle(queue.take(99), "failed")
    assert queue.idle()
    assert queue.held() == Held(0, 0, 0)


def test_what_is_over_the_count_is_refused_newest_first() -> None:
    """In flight counts too; a session start is held to the bytes alone."""
    ledger = Ledger()
    queue = make_queue(ledger, max_records=3)
    for number in range(5):
        queue.offer(make_item(bytes([number])))
    queue.offer(make_item(b"s", lifecycle=True))
    assert [item.data for item in queue.take(2)] == [b"\0", b"\1"]
    queue.offer(make_item(b"late"))
    assert [item.data for item in queue.take(9)] == [b"\2", b"s"]
    assert ledger.row("logs") == LedgerRow(offered=7, pending=4, queue_full=3)


def test_what_is_over_the_bytes_is_refused() -> None:
    """A record larger than what is left is refused, a smaller one after it is not."""
    ledger = Ledger()
    queue = make_queue(ledger, max_bytes=1000)
    for size in (500, 500, 50, 10_000):
        queue.offer(make_item(b"x" * size))
    assert [len(item.data) for item in queue.take(9)] == [500, 50]
    assert ledger.row("logs").queue_full == 2


def test_growth_is_told_where_it_matters_and_outside_of_the_lock() -> None:
    """The first record and those from a full batch on are told of; who is told may use the queue at once."""
    told: list[int] = []
    ledger = Ledger()

    def grown() -> None:
        told.append(queue.mark()[0])

    queue = RecordQueue(max_records=5, max_bytes=10_000, ledger=ledger, on_growth=grown)
    queue.batch_records = 3
    for _ in range(6):  # the sixth is refused: the queue did not grow
        queue.offer(make_item())
    assert told == [1, 3, 4, 5]
    queue.settle(queue.take(5), "exported")
    queue.offer(make_item())
    assert told == [1, 3, 4, 5, 6]


def test_after_close_nothing_is_accepted() -> None:
    """What comes after the shutdown is counted as that."""
    ledger = Ledger()
    queue = make_queue(ledger)
    queue.close()
    queue.offer(make_item())
    assert ledger.row("logs") == LedgerRow(offered=1, after_shutdown=1)


def test_threads_lose_and_double_nothing() -> None:
    """Eight threads offer while one takes and settles: every item comes out once, in its thread's order."""
    ledger = Ledger()
    queue = make_queue(ledger, max_records=100_000, max_bytes=100_000_000)
    out: list[QueueItem] = []
    done = threading.Event()

    def offer(thread: int) -> None:
        for number in range(1000):
            queue.offer(make_item(b"%d:%d" % (thread, number)))

    def take() -> None:
        while not (done.is_set() and queue.idle()):
            items = queue.take(37)
            out.extend(items)
            queue.settle(items, "exported")

    taker = threading.Thread(target=take)
    threads = [threading.Thread(target=offer, args=(thread,)) for thread in range(8)]
    for thread in (taker, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    taker.join(timeout=30)
    assert not taker.is_alive()
    for thread_number in range(8):
        mine = [item.data for item in out if item.data.startswith(b"%d:" % thread_number)]
        assert mine == [b"%d:%d" % (thread_number, number) for number in range(1000)]
    assert ledger.row("logs") == LedgerRow(offered=8000, exported=8000)


def test_a_signal_handler_may_offer_take_and_settle_at_any_moment() -> None:
    """A handler that does what track, flush and shutdown do neither hangs nor loses what it interrupts."""
    ledger = Ledger()
    queue = make_queue(ledger, max_records=1_000_000, max_bytes=1_000_000_000)
    interrupted = 0

    def handler(_: int, __: object) -> None:
        nonlocal interrupted
        interrupted += 1
        queue.offer(make_item(b"handler"))
        queue.mark()
        queue.settle(queue.take(10), "exported")

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
    try:
        for _ in range(30_000):
            queue.offer(make_item())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 10
    queue.settle(queue.take(1_000_000), "exported")
    assert ledger.row("logs") == LedgerRow(offered=30_000 + interrupted, exported=30_000 + interrupted)
    assert queue.held() == Held(0, 0, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_starts_empty_even_where_the_lock_was_held() -> None:
    """What the parent accepted the parent delivers, and a lock held at the fork does not hang the child."""
    queue = make_queue(Ledger())
    queue.offer(make_item(b"parent"))
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with queue._lock:
            held.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    child = os.fork()
    if child == 0:
        queue.offer(make_item(b"child"))
        os._exit(0 if [item.data for item in queue.take(9)] == [b"child"] else 1)
    status = os.waitpid(child, 0)[1]
    release.set()
    holder.join()
    assert os.waitstatus_to_exitcode(status) == 0
    assert [item.data for item in queue.take(9)] == [b"parent"]


def test_what_is_offered_while_the_lock_is_held_is_booked_by_its_holder() -> None:
    """An item that comes during take, mark or settle is booked when they are done, and told of as it should be."""
    ledger = Ledger()
    told: list[int] = []
    queue = RecordQueue(max_records=9, max_bytes=10_000, ledger=ledger, on_growth=lambda: told.append(1))

    class Intruded(deque[QueueItem]):
        """Waiting items; while one is taken, another thread offers one."""

        def popleft(self) -> QueueItem:
            thread = threading.Thread(target=queue.offer, args=(make_item(b"late"),))
            thread.start()
            thread.join()
            return super().popleft()

    queue._waiting = Intruded()
    queue.offer(make_item(b"first"))
    assert [item.data for item in queue.take(1)] == [b"first"]
    assert told == [1, 1]
    assert ledger.row("logs") == LedgerRow(offered=2, pending=2)
    assert queue.held().waiting == 1


def of_signal(signal_name: Signal, *, size_bytes: int = 300, records: int = 1) -> QueueItem:
    """Return an item of a signal."""
    return QueueItem(Envelope(signal_name, b"", b""), object(), size_bytes, 0, b"", records=records)


def test_signals_share_the_bounds_and_have_their_own_books() -> None:
    """A span takes a record's place; each is refused and settled in its own row."""
    ledger = Ledger()
    queue = make_queue(ledger, max_records=3, max_bytes=1000)
    for name in ("spans", "logs", "spans", "logs"):
        queue.offer(of_signal(name))
    assert queue.held() == Held(3, 900, 3)
    assert ledger.row("spans") == LedgerRow(offered=2, pending=2)
    assert ledger.row("logs") == LedgerRow(offered=2, pending=1, queue_full=1)
    queue.settle(queue.take(9), "failed")
    assert ledger.row("spans") == LedgerRow(offered=2, failed=2)
    assert ledger.row("logs") == LedgerRow(offered=2, failed=1, queue_full=1)
    queue.offer(of_signal("spans", size_bytes=1001))
    assert ledger.row("spans").queue_full == 1
    assert queue.idle()


def test_admitted_metrics_are_held_without_taking_room() -> None:
    """They never wait, count as their points, and are settled like what was taken."""
    ledger = Ledger()
    queue = make_queue(ledger, max_records=2, max_bytes=1000)
    collection = [of_signal("metrics", size_bytes=0, records=500), of_signal("metrics", size_bytes=0, records=7)]
    assert not queue.has_accepted("metrics")
    queue.admit(collection)
    assert queue.has_accepted("metrics")
    assert not queue.has_waiting()
    assert not queue.idle()
    assert queue.held() == Held(0, 0, 0)
    assert ledger.row("metrics") == LedgerRow(offered=507, pending=507)
    for _ in range(2):
        queue.offer(make_item())
    assert ledger.row("logs") == LedgerRow(offered=2, pending=2)
    queue.settle(collection[:1], "exported", rejected=100)
    queue.settle(collection[1:], "rejected")
    assert ledger.row("metrics") == LedgerRow(offered=507, exported=400, rejected=107)
    queue.settle(queue.take(9), "exported")
    assert queue.idle()


def test_marks_are_by_signal() -> None:
    """What is settled of one signal says nothing of another one, whose records may have been there first."""
    queue = make_queue(Ledger())
    queue.offer(of_signal("spans"))
    mark = queue.mark()
    assert mark == (0, 1, 0)
    queue.offer(make_item())
    span, log = queue.take(9)
    queue.settle([log], "exported")
    assert queue.settled() == (1, 0, 0)
    queue.settle([span], "exported")
    assert queue.settled() == (1, 1, 0)
    assert queue.mark() == (1, 1, 0)


def test_a_queue_is_not_idle_while_an_item_is_being_booked() -> None:
    """An item that has left the inbox and is not counted yet is not taken for one that was settled."""
    idle: list[bool] = []

    class Watching(int):
        """A size that looks at the queue at the moment when it is added up."""

        def __radd__(self, held: int) -> int:
            idle.append(queue.idle())
            return held + int(self)

    queue = RecordQueue(max_records=10, max_bytes=10_000, ledger=Ledger(), on_growth=lambda: None)
    queue.offer(make_item()._replace(size_bytes=Watching(100)))
    assert idle
    assert not any(idle)


def spilling(spool: FakeSpool, ledger: Ledger, *, max_records: int = 100) -> RecordQueue:
    """Return a queue with a disk behind it."""
    return RecordQueue(
        max_records=max_records,
        max_bytes=1_000_000,
        ledger=ledger,
        on_growth=lambda: None,
        backlog=Backlog(spool, ledger),
    )


def test_what_is_settled_is_settled_once() -> None:
    """A late answer for what is known no more books nothing, and says so."""
    ledger = Ledger()
    queue = make_queue(ledger)
    queue.offer(make_item())
    taken = queue.take(1)
    assert queue.settle(taken, "exported") == taken
    assert queue.settle(taken, "rejected") == []
    assert ledger.row("logs") == LedgerRow(offered=1, exported=1)
    assert queue.held() == Held(0, 0, 0)


def test_one_object_may_be_offered_twice() -> None:
    """It is two records, each settled by itself; admitted metrics likewise."""
    ledger, item, metrics = Ledger(), make_item(), of_signal("metrics", size_bytes=0, records=5)
    queue = make_queue(ledger)
    queue.offer(item)
    queue.offer(item)
    taken = [*queue.take(2), *queue.admit([metrics]), *queue.admit([metrics])]
    for each in taken:
        assert queue.settle([each], "exported") == [each]
    assert queue.idle()
    assert ledger.row("metrics") == LedgerRow(offered=10, exported=10)


def test_what_is_taken_can_be_known_by_another_object() -> None:
    """By its encoded form; what it was before settles nothing any more."""
    ledger = Ledger()
    queue = make_queue(ledger)
    queue.offer(of_signal("spans"))
    (before,) = queue.take(1)
    after = before._replace(data=b"encoded")
    queue.exchange([(before, after)])
    assert queue.settle([before], "exported") == []
    assert queue.settle([after], "exported") == [after]
    assert ledger.row("spans") == LedgerRow(offered=1, exported=1)


def test_the_oldest_make_room_for_the_newest() -> None:
    """Memory holds the newest; the disk what is older, after a copy of what is on its way."""
    ledger, spool = Ledger(), FakeSpool()
    queue = spilling(spool, ledger, max_records=10)
    queue.offer(make_item(b"0"))
    taken = queue.take(1)
    for number in range(1, 50):
        queue.offer(make_item(b"%d" % number))
    on_disk = [int(place.item.data) for place in spool.places]
    assert on_disk == list(range(len(on_disk)))
    assert [place.state for place in spool.places][:2] == ["held", "readable"]
    waiting = [int(item.data) for item in queue._waiting]
    assert on_disk + waiting == list(range(50))
    assert ledger.row("logs") == LedgerRow(offered=50, pending=1 + len(waiting), spooled=len(on_disk) - 1)
    (settled,) = queue.settle(taken, "exported")
    assert settled.place is spool.places[0]


def test_where_nothing_waits_the_newest_goes_to_the_disk() -> None:
    """All that is held is on its way, and copied first."""
    ledger, spool = Ledger(), FakeSpool()
    queue = spilling(spool, ledger, max_records=2)
    for name in (b"a", b"b"):
        queue.offer(make_item(name))
    queue.take(2)
    for name in (b"c", b"d"):
        queue.offer(make_item(name))
    assert [place.item.data for place in spool.places] == [b"a", b"b", b"c", b"d"]
    assert ledger.row("logs") == LedgerRow(offered=4, pending=2, spooled=2)


def test_what_comes_behind_records_on_the_disk_follows_them_there() -> None:
    """Nothing is handed over past them; another signal is."""
    ledger, spool = Ledger(), FakeSpool()
    queue = spilling(spool, ledger)
    queue.offer(make_item(b"a"))
    queue.take(1)
    assert queue.keep_taken("logs") == []
    queue.offer(make_item(b"b"))
    queue.offer(of_signal("spans")._replace(data=b"span"))
    assert [item.data for item in queue.take(9)] == [b"span"]
    assert [place.item.data for place in spool.places] == [b"a", b"b"]
    assert ledger.row("logs") == LedgerRow(offered=2, spooled=2)
    assert queue.held().records == 1


def test_at_the_end_everything_is_on_the_disk_or_failed() -> None:
    """What was taken comes first; what the disk refuses is given up."""
    ledger, spool = Ledger(), FakeSpool()
    queue = spilling(spool, ledger)
    for name in (b"a", b"b", b"c"):
        queue.offer(make_item(name))
    queue.take(2)
    queue.close()
    queue.end()
    assert [place.item.data for place in spool.places] == [b"a", b"b", b"c"]
    assert ledger.row("logs") == LedgerRow(offered=3, spooled=3)
    assert queue.idle()
    ledger = Ledger()
    queue = spilling(FakeSpool(refuses=lambda: True), ledger)
    queue.offer(make_item())
    queue.end()
    assert ledger.row("logs") == LedgerRow(offered=1, failed=1)
    assert queue.held() == Held(0, 0, 0)


def test_accepted_records_are_saved_as_they_are_counted() -> None:
    """The next process reads from there how many were outstanding."""
    ledger = Ledger()
    queue = make_queue(ledger)
    saved = memoryview(bytearray(8 * SAVED_CELLS)).cast("q")
    ledger.keep_in(saved)
    for _ in range(3):
        queue.offer(make_item())
    queue.offer(of_signal("spans"))
    queue.admit([of_signal("metrics", size_bytes=0, records=5)])
    assert list(saved[CELLS:]) == [3, 1, 5]


def test_a_signal_handler_may_take_while_others_are_being_taken() -> None:
    """Both get what there is, each record once, and neither more than there is."""
    ledger = Ledger()
    queue = make_queue(ledger, max_records=1_000_000, max_bytes=1_000_000_000)
    interrupted = 0

    def handler(_: int, __: object) -> None:
        nonlocal interrupted
        interrupted += 1
        queue.settle(queue.take(50), "exported")

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
    try:
        for _ in range(300):
            for _ in range(60):
                queue.offer(make_item())
            queue.settle(queue.take(60), "exported")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 10
    assert ledger.row("logs") == LedgerRow(offered=18_000, exported=18_000)
    assert queue.held() == Held(0, 0, 0)


def test_a_signal_handler_may_offer_while_records_go_to_the_disk() -> None:
    """Neither loses what the other one does, whatever it interrupts."""
    ledger, spool = Ledger(), FakeSpool()
    queue = spilling(spool, ledger, max_records=50)
    interrupted = 0

    def handler(_: int, __: object) -> None:
        nonlocal interrupted
        interrupted += 1
        queue.offer(make_item(b"handler"))

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        for _ in range(5_000):
            queue.offer(make_item())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    queue.mark()
    assert interrupted > 3
    row = ledger.row("logs")
    assert row == LedgerRow(offered=5_000 + interrupted, pending=row.pending, spooled=len(spool.places))
    assert row.pending == len(queue._waiting) == queue.held().records <= 50
