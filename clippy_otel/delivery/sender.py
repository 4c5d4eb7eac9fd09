"""What is due goes out: batches out of the queue, what lies in the spool, one request after the other.

No thread of its own: the worker's calls it, or at interpreter shutdown the caller's. Each signal has its lane. A lane
takes what was accepted now only where nothing older lies on the disk; what lies there it reads by itself, a batch at a
time, as soon as its peer may be asked.

A caller that hangs in a send is abandoned by making its generation void: it books nothing any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from clippy_otel import _guard
from clippy_otel.delivery.backlog import Backlog
from clippy_otel.delivery.batches import Batches
from clippy_otel.delivery.lanes import Lane, Lanes
from clippy_otel.delivery.notices import Notices
from clippy_otel.delivery.outcomes import Outcomes
from clippy_otel.delivery.queue import RecordQueue
from clippy_otel.delivery.requests import Request
from clippy_otel.delivery.settings import DeliverySettings
from clippy_otel.delivery.tickets import Tickets
from clippy_otel.ledger import Column
from clippy_otel.ports import Admits, Outcome, QueueItem, Signal, Transport, Verdict

_LOCK_TIMEOUT_S: Final = 0.1
_POLL_S: Final = 0.002
# Requests out of the spool before metrics and flushes have their turn again.
_REPLAYS: Final = 4
# How many follow others to the disk at once, for their callers wait meanwhile.
_FOLLOWERS: Final = 64


class Sender:
    """Send what is due.

    Args:
        transports: One for each signal.
        queue: Where records wait.
        backlog: What lies on the disk.
        again: Called where more is due than one call sends: it is to be called again soon.

    Attributes:
        settings: In force; replaced by configure().
        lanes: What waits to be sent.
        tickets: The flushes that wait.
        generation: The one that may send and book.
        oldest_since: When the oldest waiting record came, a moment of the monotonic clock; None: nothing waits.
    """

    def __init__(
        self,
        transports: Mapping[Signal, Transport],
        queue: RecordQueue,
        backlog: Backlog,
        *,
        again: Callable[[], None],
    ) -> None:
        self._transports = transports
        self._queue = queue
        self._backlog = backlog
        self._again = again
        self._notices = Notices()
        self._batches = Batches(transports, self._lose, queue.exchange)
        self.generation = 0
        self.settings: DeliverySettings
        self.renew()

    def renew(self) -> None:
        """Start afresh, in the forked child too: no requests, nobody who waits."""
        self.generation += 1
        self._booking = threading.RLock()  # held while outcomes are booked, never while sending
        self._is_sending = self._is_ending = False
        self._in_flight: Request | None = None
        self.oldest_since: float | None = None
        self.tickets = Tickets()
        self.lanes = Lanes(self._transports, self._queue.has_accepted, self._backlog.waits)
        self._outcomes = Outcomes(
            self._queue,
            self._backlog,
            self._batches,
            notices=self._notices,
            read_more=self._read_into,
            waits_until=self.tickets.deadlines,
        )

    def configure(self, settings: DeliverySettings) -> None:
        """Go on with other settings, from the next batch on."""
        self.settings = settings
        self._batches.max_payload_bytes = settings.max_payload_bytes

    def timer_at(self) -> float | None:
        """Return when the oldest waiting record will have waited for long enough; None where no timer runs."""
        since, interval_s = self.oldest_since, self.settings.interval_s
        return None if since is None or not interval_s else since + interval_s

    def can_take(self) -> bool:
        """Return whether what waits can go somewhere: to a lane that is not paused, or to the disk."""
        return self._backlog.exists or not self.lanes.all_paused()

    def deliver(self, generation: int, *, deadline: float | None) -> None:
        """Send what is due until nothing is left of it, the peers ask for pauses, or the deadline comes.

        What comes meanwhile is left for the next time: however much it is, metrics and flushes have their turn.

        Args:
            generation: The one that this caller belongs to; a void one stops.
            deadline: A moment of the monotonic clock by which everything is due; None: what the settings say is due.
        """
        batches_left = self._queue.held().waiting // self.settings.batch_records + 1
        replays_left = _REPLAYS
        while generation == self.generation and not self._is_ending:
            now = time.monotonic()
            if deadline is not None and now >= deadline:
                return
            lane = self.lanes.ready()
            if lane is not None:
                timeout_s = self.settings.send_timeout_s
                if not self._send_first(lane, generation, timeout_s if deadline is None else deadline - now):
                    return
                continue
            is_due = self.can_take() and (deadline is not None or self._due())
            is_replay_due = any(map(self._may_read, self.lanes))
            if (is_due and not batches_left) or (is_replay_due and not replays_left):
                self._again()
                return
            took = is_due and self._take_batch(generation)
            batches_left -= took
            if is_replay_due:
                replays_left -= 1
                took = self._read_backlog(generation) or took
            if not took:
                return

    def may_replay(self) -> bool:
        """Return whether there is something out of the spool that may be sent now."""
        return any(self._may_read(lane) or (lane.requests and not lane.is_paused()) for lane in self.lanes)

    def add(self, generation: int, items: Sequence[QueueItem]) -> None:
        """Accept items that never waited in the queue, and have them sent: a collection of metrics."""
        with self._booking:
            if generation != self.generation or not items:
                return
            admitted = self._queue.admit(items)
        self._add_requests(generation, admitted)
        self._notices.log()

    def purge(self, admits: Admits) -> None:
        """Erase what is on its way, is not being sent right now, and is not admitted any more."""
        with self._booking:
            for lane in self.lanes:
                requests = list(lane.requests)
                lane.requests.clear()
                for request in requests:
                    lane.add([request] if request is self._in_flight else self._purged(request, admits))

    def _purged(self, request: Request, admits: Admits) -> Sequence[Request]:
        """Return what is left of a request: nothing, itself, or what its other records become."""
        kept = [item for item in request.items if admits(item.purposes, item.subjects)]
        if len(kept) == len(request.items):
            return [request]
        left = set(map(id, kept))
        gone = [item for item in request.items if id(item) not in left]
        if request.is_replay:
            self._backlog.erased(request.signal, gone)
        else:
            self._backlog.forget(self._queue.settle(gone, "erased"))
        return self._batches.of(request, kept) if kept else []

    def answer_tickets(self) -> None:
        """Tell the flushes that wait of what is settled, and those for which nothing more can happen."""
        now = time.monotonic()
        is_stuck = not self._queue.has_waiting() or not self.can_take()
        possible_from = max(self.lanes.possible_from(), now) if is_stuck else now
        self.tickets.answer(self._queue.settled(), possible_from, is_all_sent=not self._backlog.has_own())

    def end(self, *, is_settled: bool, patience_s: float) -> None:
        """Stop, cutting a send in progress; what it has not booked by then is not booked any more.

        Args:
            is_settled: Whether everything that was accepted is settled.
            patience_s: How long to wait for the outcome of what was cut, in seconds: it may have been an answer.
        """
        self._is_ending = True
        if self._is_sending or not is_settled:
            for transport in self._transports.values():
                with _guard.host_safe("abort"):
                    transport.abort()
        until = time.monotonic() + patience_s
        while self._is_sending and time.monotonic() < until:
            time.sleep(_POLL_S)
        # Bounded: what holds the lock does so briefly and calls nothing of the host's.
        held = self._booking.acquire(timeout=_LOCK_TIMEOUT_S)
        try:
            self.generation += 1
            self.lanes.clear()
        finally:
            if held:
                self._booking.release()

    def close(self) -> None:
        """Close the transports."""
        for transport in self._transports.values():
            with _guard.host_safe("close"):
                transport.close()

    def after_fork(self) -> None:
        """Start afresh in the child, with connections of its own."""
        self.renew()
        for transport in self._transports.values():
            transport.after_fork()

    def _due(self) -> bool:
        if self.tickets or self._queue.is_batch_due():
            return True
        timer_at = self.timer_at()
        return timer_at is not None and time.monotonic() >= timer_at

    def _send_first(self, lane: Lane, generation: int, timeout_s: float) -> bool:
        """Send a lane's first request; return False where this caller was abandoned meanwhile."""
        started = time.monotonic()
        with self._booking:
            if generation != self.generation or not lane.requests:  # what it held was purged meanwhile
                return generation == self.generation
            request = lane.requests[0]
            self._is_sending, self._in_flight = True, request
        try:
            outcome = self._send(self._transports[request.signal], request.payload, timeout_s)
            with self._booking:
                if generation != self.generation or not lane.requests or lane.requests[0] is not request:
                    return False
                # What was cut is no failure of the peer's: it goes to the disk with the rest.
                if not (self._is_ending and outcome.verdict is Verdict.RETRY):
                    self._outcomes.book(self.lanes, request, outcome, took_s=time.monotonic() - started)
        finally:
            if generation == self.generation:
                self._is_sending, self._in_flight = False, None
        self._notices.log()
        self.answer_tickets()
        return True

    def _send(self, transport: Transport, payload: bytes, timeout_s: float) -> Outcome:
        try:
            outcome = transport.send(payload, min(timeout_s, self.settings.send_timeout_s))
            if not isinstance(outcome, Outcome):
                raise TypeError("a transport's send() returns an Outcome")  # noqa: TRY301 - to the line below
        except Exception as error:  # noqa: BLE001 - a transport broke its promise; its records must not block the rest
            _guard.swallowed("transport", error)
            return Outcome(Verdict.REFUSED, message=type(error).__name__)
        return outcome

    def _take_batch(self, generation: int) -> bool:
        """Move the next batch from the queue into requests, or to the disk; return whether there was one."""
        with self._booking:
            if generation != self.generation or not self._queue.has_waiting():
                return False
            most = self.settings.batch_records
            # Cleared before taking: a record that comes now starts the timer anew rather than being forgotten by it.
            since, self.oldest_since = self.oldest_since, None
            items = self._queue.take(min(most, _FOLLOWERS) if self._backlog.has_own() else most)
            if self._queue.has_waiting():
                self.oldest_since = since or time.monotonic()
        self._add_requests(generation, items)
        self._notices.log()
        return True

    def _add_requests(self, generation: int, items: Sequence[QueueItem]) -> None:
        for signal, requests in self._batches.requests(items):
            with self._booking:
                if generation == self.generation:
                    self.lanes[signal].add(requests)

    def _may_read(self, lane: Lane) -> bool:
        return not lane.requests and self._backlog.waits(lane.signal) and not lane.is_paused()

    def _read_backlog(self, generation: int) -> bool:
        """Read a batch for each lane that has nothing to send; return whether there was one."""
        with self._booking:
            if generation != self.generation:
                return False
            found = [self._read_into(lane) for lane in self.lanes if self._may_read(lane)]
        self._notices.log()
        return any(found)

    def _read_into(self, lane: Lane) -> bool:
        items = self._backlog.read(lane.signal, self.settings.batch_records, self.settings.batch_bytes)
        if items:
            lane.add(self._batches.replays(lane.signal, items))
        else:  # it says that there is something, and gives nothing: not to be asked again and again
            lane.pauses.after_failure(None)
        return bool(items)

    def _lose(self, items: Sequence[QueueItem], column: Column, error: Exception, *, is_replay: bool) -> None:
        self._outcomes.lose(items, column, error, is_replay=is_replay)
