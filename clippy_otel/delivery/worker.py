"""The one worker a process and pipeline: it empties the queue into the transports and answers flushes truly.

A daemon thread, started by the first record, woken by count, bytes, interval, a flush or a shutdown through a
`SimpleQueue` (whose put() may interrupt itself: signal handlers and `__del__` wake it too). Records go in the order
they were accepted. What a peer asks to repeat is repeated with exponential backoff, for as long as the queue's bounds
hold; the records stay held meanwhile.

Every deadline is kept by waiting outside of the thread: a send that hangs past it is abandoned (its generation is
void, so that its late answer books nothing) and its records are booked as what they are then.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple

from clippy_otel import _fork, _guard
from clippy_otel.delivery.batches import Batches
from clippy_otel.delivery.lanes import Lane, Lanes
from clippy_otel.delivery.queue import RecordQueue
from clippy_otel.delivery.requests import Request
from clippy_otel.delivery.tickets import Ticket, Tickets
from clippy_otel.ledger import Column, FlushResult, Ledger
from clippy_otel.ports import Outcome, QueueItem, Signal, Transport, Verdict

THREAD_NAME: Final = "clippy_otel-delivery"
DEFAULT_TIMEOUT_MS: Final = 5000  # of a flush or shutdown
_MAX_TIMEOUT_MS: Final = 24 * 3600 * 1000
_LOCK_TIMEOUT_S: Final = 1.0
_POLL_S: Final = 0.01
_EVERYTHING: Final = 1 << 62  # more items than any queue holds
_FAILURE_PAUSE_S: Final = 1.0
_MAX_METRIC_REQUESTS: Final = 2  # a collection whose peer is away, and the one that a flush then asks for
_RECORDS: Final[Mapping[Signal, str]] = {"logs": "records", "spans": "spans", "metrics": "data points"}


class DeliverySettings(NamedTuple):
    """What of the configuration the worker reads; replaced as a whole by a live change."""

    batch_records: int  # the most records of one request, and how many waiting ones trigger a delivery
    batch_bytes: int  # how many held bytes trigger one
    interval_s: float  # how long a record waits at most; 0: no timer
    max_payload_bytes: int  # of one request as sent, where the transport limits it
    send_timeout_s: float


class Worker:
    """Delivery for one pipeline: its queue, its transports, and the thread between them.

    Args:
        transports: One for each signal that can be queued.
        ledger: The pipeline's books.
        settings: The first settings; configure() replaces them.
        max_records: See RecordQueue.
        max_bytes: See RecordQueue.
    """

    def __init__(
        self,
        transports: Mapping[Signal, Transport],
        ledger: Ledger,
        settings: DeliverySettings,
        *,
        max_records: int,
        max_bytes: int,
    ) -> None:
        self._transports = transports
        self._ledger = ledger
        self.queue = RecordQueue(max_records=max_records, max_bytes=max_bytes, ledger=ledger, on_growth=self._grown)
        self._batches = Batches(transports, self._lose, settings.max_payload_bytes)
        self._apply(settings)
        self._generation = 0
        self._closed = self._ends_when_idle = False
        self._renew()
        _fork.renew_in_child(self)

    @property
    def signals(self) -> Iterable[Signal]:
        """The signals that it delivers."""
        return self._transports.keys()

    def after_fork(self) -> None:
        """Start afresh in the child: no thread, no requests, connections of its own."""
        self._renew()
        for transport in self._transports.values():
            transport.after_fork()

    def _renew(self) -> None:
        self._generation += 1
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._delivering = threading.RLock()  # held while outcomes are booked, never while sending
        self._delivering_here = threading.Lock()
        self._notices: deque[Callable[[], None]] = deque()  # what to log when no lock is held
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._awake = False  # a token is on its way to the thread
        self._tickets = Tickets()
        self._lanes = Lanes(self._transports, self.queue.has_accepted)
        self._oldest_since: float | None = None
        self._collect: Callable[[float], Sequence[QueueItem]] | None = None
        self._collect_at = 0.0

    def configure(self, settings: DeliverySettings) -> None:
        """Go on with other settings, from the next delivery on."""
        self._apply(settings)
        self._wake()

    def _apply(self, settings: DeliverySettings) -> None:
        self._settings = settings
        self._batches.max_payload_bytes = settings.max_payload_bytes
        self.queue.batch_records, self.queue.batch_bytes = settings.batch_records, settings.batch_bytes

    def collect_metrics(self, collect: Callable[[float], Sequence[QueueItem]]) -> None:
        """Deliver metrics too from now on, once an interval and at each flush; in a forked child not until asked again.

        Args:
            collect: Given how many milliseconds it may take, returns the metrics of this moment, encoded; called by
                the delivery thread, under no lock.
        """
        if self._collect == collect or self._closed:
            return
        self._collect_at = time.monotonic() + self._settings.interval_s
        self._collect = collect
        if self._settings.interval_s > 0:
            self._ensure_thread()
            self._wake()

    def request_flush(self) -> None:
        """Have everything delivered soon, without waiting for it."""
        if not self._is_idle() and self._ensure_thread():
            self._ask(time.monotonic() + self._settings.send_timeout_s)

    def flush(self, timeout_ms: float) -> FlushResult:
        """Deliver what was accepted before this call, and say what is true at the deadline at the latest.

        Returns sooner where nothing more can happen before the deadline (the peer asked for a longer pause), and at
        once where the worker itself calls it (a custom transport that flushes would wait for itself).

        Args:
            timeout_ms: The deadline, from now, in milliseconds; 0 and less: only look. What is no number: 5000.
        """
        before = self._ledger.rows()
        settled = self._drain(_seconds(timeout_ms))
        return FlushResult.between(before, self._ledger.rows(), timed_out=not settled)

    def shutdown(self, timeout_ms: float) -> FlushResult:
        """Flush, then end: what is not acknowledged by the deadline is booked as failed. A second call is a no-op.

        Called by the worker itself (in a custom transport) it does not wait: the thread ends when all is delivered.
        """
        before = self._ledger.rows()
        if self._closed:
            return FlushResult.between(before, before, timed_out=False)
        if self._is_own_thread():
            self.queue.close()
            self.end_when_idle()
            return FlushResult.between(before, self._ledger.rows(), timed_out=not self.queue.idle())
        deadline = time.monotonic() + _seconds(timeout_ms)
        settled = self._drain(deadline - time.monotonic())
        self.queue.close()
        self._collect = None  # later flushes have nothing to wait for; and it holds the whole provider
        if settled:  # what was accepted meanwhile has its time too
            settled = self._drain(deadline - time.monotonic())
        self._closed = True
        # Bounded: what holds the lock does so briefly and calls nothing of the host's.
        held = self._delivering.acquire(timeout=_LOCK_TIMEOUT_S)
        try:
            self._generation += 1
            left = [*self._lanes.clear(), *self.queue.take(_EVERYTHING)]
        finally:
            if held:
                self._delivering.release()
        self._wake()
        for transport in self._transports.values():
            if not settled:
                transport.abort()
            transport.close()
        if left:
            self.queue.settle(left, "failed")
        return FlushResult.between(before, self._ledger.rows(), timed_out=not settled)

    def end_when_idle(self) -> None:
        """Deliver what is held, without anybody waiting for it, and then end the thread and close the transports."""
        self._ends_when_idle = True
        self.request_flush()
        self._wake()

    def _drain(self, timeout_s: float) -> bool:
        """Wait until everything accepted so far is settled; return False where the deadline came first."""
        if self._is_idle() or timeout_s <= 0 or self._is_own_thread():
            return self.queue.idle()
        deadline = time.monotonic() + timeout_s
        if not self._ensure_thread():
            return self._deliver_here(deadline)
        return self._tickets.wait(self._ask(deadline), timeout_s)

    def _is_idle(self) -> bool:
        return self.queue.idle() and self._collect is None

    def _is_own_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def _ask(self, deadline: float) -> Ticket:
        ticket = self._tickets.take(deadline)
        self._wake()
        return ticket

    def _deliver_here(self, deadline: float) -> bool:
        """Deliver on the caller's thread: at interpreter shutdown no thread can be started any more.

        One caller does; others wait for it until their deadline.
        """
        self._lanes.end_backoff()
        self._settle_here(deadline)
        if (left_s := deadline - time.monotonic()) > 0:
            self._take_metrics(self._generation, min(self._settings.send_timeout_s, left_s))
            self._settle_here(deadline)
        return self.queue.idle()

    def _settle_here(self, deadline: float) -> None:
        while not self.queue.idle() and time.monotonic() < deadline:
            if self._delivering_here.acquire(blocking=False):
                try:
                    self._deliver(self._generation, deadline=deadline)
                finally:
                    self._delivering_here.release()
                possible_from = self._lanes.possible_from()
                if possible_from >= deadline:
                    break
                time.sleep(max(possible_from - time.monotonic(), 0.0))
            else:
                time.sleep(_POLL_S)

    def _grown(self) -> None:
        """Wake or start the thread where what was added is due; start the timer where it is not."""
        due = self.queue.is_batch_due() and not self._lanes.all_paused()
        if self._oldest_since is None:
            self._oldest_since = time.monotonic()
            due = due or self._settings.interval_s > 0
        if due:
            self._ensure_thread()
            self._wake()

    def _wake(self) -> None:
        # One token is enough until the thread has seen it: a busy application must not switch threads at every event.
        if not self._awake:
            self._awake = True
            self._wakes.put(None)

    def _ensure_thread(self) -> bool:
        """Start the thread where there is none; return whether there is one."""
        if self._thread is not None:
            return True
        # Losing the race means that another caller is starting it at this moment, on another thread or in the frame
        # that this one interrupted; what is asked meanwhile waits in queue and tickets.
        if not self._starting.acquire(blocking=False):
            return True
        try:
            if self._thread is None:
                thread = threading.Thread(target=self._run, args=(self._generation,), name=THREAD_NAME, daemon=True)
                thread.start()
                self._thread = thread
        except RuntimeError:  # the interpreter is shutting down, or the system has no thread left
            return False
        finally:
            self._starting.release()
        return True

    def _run(self, generation: int) -> None:
        try:
            while generation == self._generation:
                with _guard.host_safe("delivery") as guarded:
                    self._wait()
                    # Before metrics are collected: the application's callbacks that hang hold up these alone.
                    self._deliver(generation, deadline=None)
                    if self._collect_due(generation):
                        self._deliver(generation, deadline=None)
                    self._answer_tickets()
                if guarded.error is not None:  # never a loop that spins, whatever went wrong
                    time.sleep(_FAILURE_PAUSE_S)
                if self._ends_when_idle and self.queue.idle():
                    self._end()
        finally:
            # Not reached by a fork's child (no thread survives it); after a BaseException the next record restarts it.
            if generation == self._generation:
                self._thread = None

    def _end(self) -> None:
        self._closed = True
        self._collect = None
        self._generation += 1
        for transport in self._transports.values():
            transport.close()

    def _wait(self) -> None:
        """Sleep until something is due or somebody wakes us."""
        with contextlib.suppress(Empty):
            self._wakes.get(timeout=self._seconds_to_wait())
        self._awake = False
        if self._tickets.new():
            self._lanes.end_backoff()

    def _collect_due(self, generation: int) -> bool:
        """Collect metrics where a flush or the interval asks for it; return whether any of them did."""
        new = self._tickets.new()
        if not (new or self._is_collection_due()):
            return False
        self._take_metrics(generation, self._settings.send_timeout_s)
        # Not those that came meanwhile: what was recorded before them may be missing in this collection.
        for ticket in new:
            ticket.mark = self.queue.mark()
        return True

    def _seconds_to_wait(self) -> float | None:
        now = time.monotonic()
        moments = [lane.pauses.until for lane in self._lanes if lane.requests]
        if self._collect is not None and self._settings.interval_s > 0:
            moments.append(self._collect_at)
        if self._lanes.all_paused():  # nothing is taken out of the queue before one of them is free
            moments.append(self._lanes.possible_from())
        elif self._tickets and self.queue.has_waiting():
            moments.append(now)
        elif (timer_at := self._timer_at()) is not None:
            moments.append(timer_at)
        return max(min(moments) - now, 0.0) if moments else None

    def _timer_at(self) -> float | None:
        """Return when the oldest waiting record will have waited for long enough; None where no timer runs."""
        since, interval_s = self._oldest_since, self._settings.interval_s
        return None if since is None or not interval_s else since + interval_s

    def _answer_tickets(self) -> None:
        possible_from = now = time.monotonic()
        if not self.queue.has_waiting() or self._lanes.all_paused():
            possible_from = max(self._lanes.possible_from(), now)
        self._tickets.answer(self.queue.settled(), possible_from)

    def _due(self) -> bool:
        if self._tickets or self.queue.is_batch_due():
            return True
        timer_at = self._timer_at()
        return timer_at is not None and time.monotonic() >= timer_at

    def _deliver(self, generation: int, *, deadline: float | None) -> None:
        """Send what is due until nothing is left of it, the peers ask for pauses, or the deadline comes.

        What comes meanwhile is left for the next time: however much it is, metrics and flushes have their turn.

        Args:
            generation: The one that this caller belongs to; a void one stops.
            deadline: A moment of the monotonic clock by which everything is due; None: what the settings say is due.
        """
        batches_left = self.queue.held().waiting // self._settings.batch_records + 1
        while generation == self._generation:
            now = time.monotonic()
            if deadline is not None and now >= deadline:
                return
            lane = self._lanes.ready()
            if lane is None:
                due = not self._lanes.all_paused() and (deadline is not None or self._due())
                if due and not batches_left:
                    self._wake()
                    return
                if not (due and self._take_batch(generation)):
                    return
                batches_left -= 1
                continue
            send_timeout_s = self._settings.send_timeout_s
            if not self._send_first(
                lane, generation, send_timeout_s if deadline is None else min(send_timeout_s, deadline - now)
            ):
                return

    def _send_first(self, lane: Lane, generation: int, timeout_s: float) -> bool:
        """Send a lane's first request; return False where this caller was abandoned meanwhile."""
        request = lane.requests[0]
        outcome = self._send(request, timeout_s)
        with self._delivering:
            if generation != self._generation or not lane.requests or lane.requests[0] is not request:
                return False
            self._book(lane, request, outcome)
        self._log_notices()
        self._answer_tickets()
        return True

    def _send(self, request: Request, timeout_s: float) -> Outcome:
        try:
            outcome = self._transports[request.signal].send(request.payload, timeout_s)
            if not isinstance(outcome, Outcome):
                raise TypeError("a transport's send() returns an Outcome")  # noqa: TRY301 - to the line below
        except Exception as error:  # noqa: BLE001 - a transport broke its promise; its records must not block the rest
            _guard.swallowed("transport", error)
            return Outcome(Verdict.REFUSED, message=type(error).__name__)
        return outcome

    def _take_batch(self, generation: int) -> bool:
        """Move the next batch from the queue into requests; return whether there was one."""
        with self._delivering:
            if generation != self._generation:
                return False
            # Cleared before taking: a record that comes now starts the timer anew rather than being forgotten by it.
            since, self._oldest_since = self._oldest_since, None
            items = self.queue.take(self._settings.batch_records)
            if self.queue.has_waiting():
                self._oldest_since = since or time.monotonic()
            self._add_requests(items)
        self._log_notices()
        return bool(items)

    def _add_requests(self, items: Sequence[QueueItem]) -> None:
        for signal, requests in self._batches.requests(items):
            self._lanes[signal].add(requests)

    def _is_collection_due(self) -> bool:
        interval_s = self._settings.interval_s
        return self._collect is not None and interval_s > 0 and time.monotonic() >= self._collect_at

    def _take_metrics(self, generation: int, timeout_s: float) -> None:
        """Collect the metrics of this moment into requests, unless earlier collections are still on their way."""
        collect = self._collect
        if collect is None:
            return
        self._collect_at = time.monotonic() + self._settings.interval_s
        # Nothing is lost by waiting: what is collected later holds what would have been collected now.
        if self._lanes.waiting("metrics") >= _MAX_METRIC_REQUESTS:
            return
        with _guard.host_safe("metrics"):
            items = collect(timeout_s * 1000)
            with self._delivering:
                if generation == self._generation and items:
                    self.queue.admit(items)
                    self._add_requests(items)
            self._log_notices()

    def _lose(self, items: Sequence[QueueItem], outcome: Column, error: Exception) -> None:
        self._notices.append(partial(_guard.swallowed, "delivery of a record", error))
        self.queue.settle(items, outcome)

    def _book(self, lane: Lane, request: Request, outcome: Outcome) -> None:
        """Settle a lane's first request by its outcome, or arrange for it to be sent again. Under the delivery lock."""
        if outcome.verdict is Verdict.RETRY:
            if lane.pauses.after_failure(outcome.retry_after_s):
                self._warn("delivery of %s failed, trying again: %s", request.signal, outcome.message)
            return
        lane.requests.popleft()
        lane.pauses.after_answer()
        items = request.items
        if outcome.verdict is Verdict.TOO_LARGE and len(items) > 1:
            lane.requests.extendleft(reversed(self._batches.halves(request)))
            return
        delivered, count = outcome.verdict is Verdict.DELIVERED, sum(item.records for item in items)
        rejected = min(outcome.rejected, count) if delivered else count
        self.queue.settle(items, "exported" if delivered else "rejected", rejected=rejected)
        if rejected:
            records = _RECORDS[request.signal]
            self._warn("the backend rejected %d of %d %s: %s", rejected, count, records, outcome.message)

    def _warn(self, message: str, *subjects: object) -> None:
        self._notices.append(partial(_guard.logger.warning, message, *subjects))

    def _log_notices(self) -> None:
        """Log what happened, now that no lock is held: a handler of the host's may take its own, wait, or raise."""
        while self._notices:
            notice = self._notices.popleft()
            with _guard.host_safe("log handler"):
                notice()


def _seconds(timeout_ms: object) -> float:
    """Return a timeout in seconds, 0 to a day; the default for what is no number."""
    if isinstance(timeout_ms, bool) or not isinstance(timeout_ms, (int, float)) or timeout_ms != timeout_ms:  # noqa: PLR0124 - NaN
        return DEFAULT_TIMEOUT_MS / 1000
    return min(max(timeout_ms, 0), _MAX_TIMEOUT_MS) / 1000
