"""The one worker a process and pipeline: it empties queue and spool into the transports and answers flushes truly.

Records go in the order they were accepted. What a peer asks to repeat is repeated with exponential backoff, from memory
at first and soon from the spool, where there is one; what lies there is delivered without waiting for live traffic.

Every deadline is kept by waiting outside of the thread: a send that hangs past it is cut and abandoned (its generation
is void, so that its late answer books nothing), and what is left is in the spool then, or booked as failed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from clippy_otel import _fork, _guard
from clippy_otel.delivery.backlog import Backlog, Disk
from clippy_otel.delivery.collecting import Collect, Collecting
from clippy_otel.delivery.queue import RecordQueue
from clippy_otel.delivery.sender import Sender
from clippy_otel.delivery.settings import DeliverySettings
from clippy_otel.delivery.thread import DeliveryThread
from clippy_otel.ledger import FlushResult, Ledger
from clippy_otel.ports import Signal, Transport

if TYPE_CHECKING:
    from clippy_otel.delivery.spool import SpoolSize

DEFAULT_TIMEOUT_MS: Final = 5000  # of a flush or shutdown
_MAX_TIMEOUT_MS: Final = 24 * 3600 * 1000
_POLL_S: Final = 0.01
_FAILURE_PAUSE_S: Final = 1.0
_TEND_S: Final = 1.0  # between two looks at what is due in the spool
_CUT_PATIENCE_S: Final = 0.05  # past a shutdown's deadline, for the outcome of a send that was cut


class Worker:
    """Delivery for one pipeline: its queue, its spool, its transports, and the thread between them.

    Args:
        transports: One for each signal that can be queued.
        ledger: The pipeline's books.
        settings: The first settings; configure() replaces them.
        max_records: See RecordQueue.
        max_bytes: See RecordQueue.
        spool: Where records go that cannot be delivered now; None: they wait in memory, and are given up at the end.
    """

    def __init__(
        self,
        transports: Mapping[Signal, Transport],
        ledger: Ledger,
        settings: DeliverySettings,
        *,
        max_records: int,
        max_bytes: int,
        spool: Disk | None = None,
    ) -> None:
        self._transports = transports
        self._ledger = ledger
        self._backlog = Backlog(spool, ledger)
        self.queue = RecordQueue(
            max_records=max_records,
            max_bytes=max_bytes,
            ledger=ledger,
            on_growth=self._grown,
            backlog=self._backlog,
        )
        self._thread = DeliveryThread(self._run, lambda: self._sender.generation)
        self._sender = Sender(transports, self.queue, self._backlog, again=self._thread.wake)
        self._apply(settings)
        self._collecting = Collecting(self._sender)
        self._closed = self._ends_when_idle = False
        self._tend_at = 0.0
        self._purges: deque[tuple[int, bytes]] = deque()
        self._delivering_here = threading.Lock()
        _fork.renew_in_child(self)

    @property
    def signals(self) -> Iterable[Signal]:
        """The signals that it delivers."""
        return self._transports.keys()

    def spool_size(self) -> SpoolSize | None:
        """Return how much lies in the spool; None where there is none."""
        return self._backlog.size()

    def after_fork(self) -> None:
        """Start afresh in the child: no thread, no requests, a spool and connections of its own."""
        self._thread.renew()
        self._backlog.after_fork()
        self._sender.after_fork()
        self._collecting.stop()
        self._tend_at = 0.0
        self._purges.clear()
        self._delivering_here = threading.Lock()

    def configure(self, settings: DeliverySettings) -> None:
        """Go on with other settings, from the next delivery on."""
        self._apply(settings)
        self._thread.wake()

    def _apply(self, settings: DeliverySettings) -> None:
        self._sender.configure(settings)
        self.queue.batch_records, self.queue.batch_bytes = settings.batch_records, settings.batch_bytes
        if settings.writes_first:
            self._write_first()
        else:
            self.queue.writes_first = False

    def _write_first(self) -> None:
        """Have each record written to the spool before it is accepted, where there is one."""
        if self._backlog.exists:
            self._backlog.prepare(self.signals)
            self.queue.writes_first = True

    def begin(self) -> None:
        """Deliver what ended processes have left, where there is any, without waiting for live traffic."""
        if not self._closed and self._backlog.has_leftovers():
            self._thread.ensure()

    def collect_metrics(self, collect: Collect) -> None:
        """Deliver metrics too from now on, once an interval and at each flush; in a forked child not until asked again.

        Args:
            collect: Given how many milliseconds it may take, returns the metrics of this moment, encoded; called by
                the delivery thread, under no lock.
        """
        if not self._closed and self._collecting.begin(collect) and self._collecting.is_timed():
            self._thread.ensure()
            self._thread.wake()

    def request_flush(self) -> None:
        """Have everything delivered soon, without waiting for it."""
        if not self._is_idle() and self._thread.ensure():
            self._sender.tickets.take(time.monotonic() + self._sender.settings.send_timeout_s)
            self._thread.wake()

    def purge(self, purposes: int, subject: bytes) -> None:
        """Erase what the queue does not admit any more, and from the disk what was collected for some purposes.

        What is being sent right now finishes.

        Args:
            purposes: A mask of Purpose.
            subject: The keyed hash of a user: what is about that user; b"": whomever it is about.
        """
        self.queue.purge()
        admits = self.queue.gate.admits
        if admits is not None:
            self._sender.purge(admits)
        self._backlog.purge(purposes, subject)

    def purge_soon(self, purposes: int, subject: bytes) -> None:
        """Do what purge() does, the queue now, and what else there is on the worker's thread."""
        self.queue.purge()
        if not self._closed and (self._backlog.exists or not self.queue.idle()):
            self._purges.append((purposes, subject))
            if self._thread.ensure():
                self._thread.wake()

    def flush(self, timeout_ms: float) -> FlushResult:
        """Deliver what was accepted before this call, and say what is true at the deadline at the latest.

        What of it lies in the spool is tried as well; what lies there still at the end counts as spooled, not as timed
        out. Returns sooner where nothing more can happen before the deadline (the peer asked for a longer pause), and
        at once where the worker itself calls it (a custom transport that flushes would wait for itself).

        Args:
            timeout_ms: The deadline, from now, in milliseconds; 0 and less: only look. What is no number: 5000.
        """
        before = self._ledger.own_rows()
        settled = self._drain(_seconds(timeout_ms))
        return FlushResult.between(before, self._ledger.own_rows(), timed_out=not settled)

    def park(self, timeout_ms: float) -> FlushResult:
        """Flush, move what is left to the spool, and from now on write each record there before it is accepted.

        For a process that may end at any moment: it goes on, and loses nothing. Without a spool: only flush.
        """
        before, deadline = self._ledger.own_rows(), time.monotonic() + _seconds(timeout_ms)
        self._write_first()
        settled = self._drain(deadline - time.monotonic())
        if not settled:
            self.queue.keep()
        return FlushResult.between(before, self._ledger.own_rows(), timed_out=not settled)

    def shutdown(self, timeout_ms: float) -> FlushResult:
        """Flush, then end. A second call is a no-op.

        What is not acknowledged by the deadline, in flight or not, goes to the spool; where there is none, or it
        refuses, it is booked as failed.

        Called by the worker itself (in a custom transport) it does not wait: the thread ends when all is delivered.
        """
        before = self._ledger.own_rows()
        if self._closed:
            return FlushResult.between(before, before, timed_out=False)
        if self._thread.is_current():
            self.queue.close()
            self.end_when_idle()
            return FlushResult.between(before, self._ledger.own_rows(), timed_out=not self.queue.idle())
        deadline = time.monotonic() + _seconds(timeout_ms)
        settled = self._drain(deadline - time.monotonic())
        self.queue.close()
        self._collecting.stop()  # later flushes have nothing to wait for; and it holds the whole provider
        if settled:  # what was accepted meanwhile has its time too
            settled = self._drain(deadline - time.monotonic())
        self._end(is_settled=settled)
        return FlushResult.between(before, self._ledger.own_rows(), timed_out=not settled)

    def end_when_idle(self) -> None:
        """Deliver what is held, without anybody waiting for it, and then end the thread and close the transports."""
        self._ends_when_idle = True
        self.request_flush()
        self._thread.wake()

    def _end(self, *, is_settled: bool) -> None:
        """End for good; what is held goes to the disk."""
        self._closed = True
        self._collecting.stop()
        self._sender.end(is_settled=is_settled, patience_s=_CUT_PATIENCE_S)
        self.queue.end()
        self._thread.wake()
        self._sender.close()
        self._backlog.close()

    def _drain(self, timeout_s: float) -> bool:
        """Wait until everything accepted so far is settled; return False where the deadline came first."""
        if self._is_idle() or timeout_s <= 0 or self._thread.is_current():
            return self.queue.idle()
        deadline = time.monotonic() + timeout_s
        if not self._thread.ensure():
            return self._deliver_here(deadline)
        ticket = self._sender.tickets.take(deadline)
        self._thread.wake()
        return self._sender.tickets.wait(ticket, timeout_s, self.queue.settled)

    def _is_idle(self) -> bool:
        if self._closed:
            return True
        return self.queue.idle() and self._collecting.collect is None and not self._backlog.has_own()

    def _deliver_here(self, deadline: float) -> bool:
        """Deliver on the caller's thread: at interpreter shutdown no thread can be started any more.

        One caller does; others wait for it until their deadline.
        """
        self._sender.lanes.end_backoff()
        self._settle_here(deadline)
        if (left_s := deadline - time.monotonic()) > 0:
            timeout_s = min(self._sender.settings.send_timeout_s, left_s)
            self._collecting.take(self._sender.generation, timeout_s)
            self._settle_here(deadline)
        return self.queue.idle()

    def _settle_here(self, deadline: float) -> None:
        while not (self.queue.idle() and not self._backlog.has_own()) and time.monotonic() < deadline:
            if self._delivering_here.acquire(blocking=False):
                try:
                    self._sender.deliver(self._sender.generation, deadline=deadline)
                finally:
                    self._delivering_here.release()
                possible_from = self._sender.lanes.possible_from()
                if possible_from >= deadline:
                    break
                time.sleep(max(possible_from - time.monotonic(), 0.0))
            else:
                time.sleep(_POLL_S)

    def _grown(self) -> None:
        """Wake or start the thread where what was added is due; start the timer where it is not."""
        if self._thread.is_woken() and self._sender.oldest_since is not None:
            return  # it is going to look anyway: a busy application has no more to say
        due = self.queue.is_batch_due() and self._sender.can_take()
        if self._sender.oldest_since is None:
            self._sender.oldest_since = time.monotonic()
            due = due or self._sender.settings.interval_s > 0 or self.queue.writes_first
        if due:
            self._thread.ensure()
            self._thread.wake()

    def _run(self, generation: int) -> None:
        try:
            while generation == self._sender.generation:
                with _guard.host_safe("delivery") as guarded:
                    self._turn(generation)
                if guarded.error is not None:  # never a loop that spins, whatever went wrong
                    time.sleep(_FAILURE_PAUSE_S)
                if self._ends_when_idle and self.queue.idle() and not self._sender.may_replay():
                    self._end(is_settled=True)
        finally:
            # Not reached by a fork's child (no thread survives it); after a BaseException the next record restarts it.
            if generation == self._sender.generation:
                self._thread.has_ended()

    def _turn(self, generation: int) -> None:
        """Wait until something is due, and do it."""
        self._tend()
        self._thread.wait(self._seconds_to_wait())
        self._tend()
        if self._sender.tickets.new():
            self._sender.lanes.end_backoff()
        # Before metrics are collected: the application's callbacks that hang hold up these alone.
        self._sender.deliver(generation, deadline=None)
        if self._collect_due(generation):
            self._sender.deliver(generation, deadline=None)
        self._sender.answer_tickets()

    def _tend(self) -> None:
        while self._purges:
            self.purge(*self._purges.popleft())
        if self._backlog.exists and time.monotonic() >= self._tend_at:
            self._tend_at = time.monotonic() + _TEND_S
            self._backlog.tend()

    def _collect_due(self, generation: int) -> bool:
        """Collect metrics where a flush or the interval asks for it; return whether any of them did."""
        new = self._sender.tickets.new()
        if not (new or self._collecting.is_due()):
            return False
        self._collecting.take(generation, self._sender.settings.send_timeout_s)
        # Not those that came meanwhile: what was recorded before them may be missing in this collection.
        for ticket in new:
            ticket.mark = self.queue.mark()
        return True

    def _seconds_to_wait(self) -> float | None:
        sender, now = self._sender, time.monotonic()
        moments = sender.lanes.moments()
        if self._collecting.is_timed():
            moments.append(self._collecting.due_at)
        if self._backlog.exists:
            moments.append(self._tend_at)
        if not sender.can_take():  # nothing is taken out of the queue before one of the lanes is free
            moments.append(sender.lanes.possible_from())
        elif sender.tickets and self.queue.has_waiting():
            moments.append(now)
        elif (timer_at := sender.timer_at()) is not None:
            moments.append(timer_at)
        return max(min(moments) - now, 0.0) if moments else None


def _seconds(timeout_ms: object) -> float:
    """Return a timeout in seconds, 0 to a day; the default for what is no number."""
    if isinstance(timeout_ms, bool) or not isinstance(timeout_ms, (int, float)) or timeout_ms != timeout_ms:  # noqa: PLR0124 - NaN
        return DEFAULT_TIMEOUT_MS / 1000
    return min(max(timeout_ms, 0), _MAX_TIMEOUT_MS) / 1000
