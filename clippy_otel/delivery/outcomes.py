"""What an answer does to the records of its request: settled, halved, cut, tried again later, or put on the disk.

A request that is to be repeated stays in memory at first, so that a short outage costs no disk. It goes to the disk,
with all that was taken of its signal, at the second failure in a row, and at the first one already where its records
would have to wait for longer than some seconds, or where somebody who flushes would go away before the next attempt.
Cumulative metrics stay in memory: what is collected later holds them.

What was read from the disk lies there still; it is read again after the pause. What was put off 16 times and for an
hour, while others of its signal are taken, is poison: it is tried in ever smaller parts, past the others, until the
single record is found that fails though another request has succeeded; that one goes to the dead letters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from clippy_otel.delivery.backlog import Backlog
from clippy_otel.delivery.batches import Batches
from clippy_otel.delivery.lanes import Lane, Lanes
from clippy_otel.delivery.notices import Notices
from clippy_otel.delivery.queue import RecordQueue
from clippy_otel.delivery.requests import Request, TooLargeError
from clippy_otel.ledger import Column
from clippy_otel.ports import Outcome, QueueItem, Signal, Verdict

_MEMORY_FAILURES: Final = 2
_MEMORY_S: Final = 3.0  # that a request was sent for, and is to wait for, while it stays in memory
_RECORDS: Final[Mapping[Signal, str]] = {"logs": "records", "spans": "spans", "metrics": "data points"}


class Outcomes:
    """The booking of answers, under the lock of whoever delivers.

    Args:
        queue: Where what is in memory is known.
        backlog: Where what is on the disk is.
        batches: What makes smaller requests.
        notices: What is said about it.
        read_more: Puts more of what lies on the disk into a lane.
        waits_until: Returns the deadlines of those who flush now, moments of the monotonic clock.
    """

    def __init__(
        self,
        queue: RecordQueue,
        backlog: Backlog,
        batches: Batches,
        *,
        notices: Notices,
        read_more: Callable[[Lane], bool],
        waits_until: Callable[[], Sequence[float]],
    ) -> None:
        self._queue = queue
        self._backlog = backlog
        self._batches = batches
        self._notices = notices
        self._read_more = read_more
        self._waits_until = waits_until

    def book(self, lanes: Lanes, request: Request, outcome: Outcome, *, took_s: float) -> None:
        """Do what an answer says to a lane's first request.

        Args:
            lanes: All lanes.
            request: The first of its lane.
            outcome: The answer.
            took_s: How long it took.
        """
        lane = lanes[request.signal]
        if outcome.verdict is Verdict.RETRY:
            if lane.pauses.after_failure(outcome.retry_after_s):
                self._notices.warn("delivery of %s failed, trying again: %s", request.signal, outcome.message)
            self._put_off(lane, request, outcome, took_s)
            return
        lane.requests.popleft()
        lane.pauses.after_answer()
        if outcome.verdict is Verdict.TOO_LARGE:
            smaller = self._batches.halves if len(request.items) > 1 else self._batches.shortened
            lane.requests.extendleft(reversed(smaller(request)))
            return
        if outcome.verdict is Verdict.DELIVERED:
            lane.delivered_at = time.monotonic()
        self._settle(request, outcome)

    def lose(self, items: Sequence[QueueItem], column: Column, error: Exception, *, is_replay: bool) -> None:
        """Book records that get into no request."""
        is_too_large = isinstance(error, TooLargeError)
        reason = str(error) if is_too_large else f"cannot be sent: {type(error).__name__}"
        if is_replay:
            self._backlog.done(items[0].envelope.signal, items, reason=reason)
        else:
            is_letter = column == "rejected" and items[0].envelope.signal != "metrics"
            self._backlog.forget(self._queue.settle(items, column), reason if is_letter else None)
        if is_too_large:
            self._notices.warn("%s: a record is %s", items[0].envelope.signal, reason)
        else:
            self._notices.swallowed("delivery of a record", error)

    def _settle(self, request: Request, outcome: Outcome) -> None:
        items, signal = request.items, request.signal
        delivered, count = outcome.verdict is Verdict.DELIVERED, sum(item.records for item in items)
        rejected = min(outcome.rejected, count) if delivered else count
        reason = None if delivered else outcome.message or "refused"
        if request.is_replay:
            self._backlog.done(signal, items, rejected=rejected, reason=reason)
        else:
            known = self._queue.settle(items, "exported" if delivered else "rejected", rejected=rejected)
            self._backlog.forget(known, None if signal == "metrics" else reason)
        if rejected:
            records = _RECORDS[signal]
            self._notices.warn("the backend rejected %d of %d %s: %s", rejected, count, records, outcome.message)

    def _put_off(self, lane: Lane, request: Request, outcome: Outcome, took_s: float) -> None:
        if request.is_replay:
            lane.requests.popleft()
            if request.suspect_since > 0 or (lane.has_only_suspects() and self._backlog.is_suspect(request.items)):
                self._try_suspects(lane, request, outcome)
            else:
                self._backlog.put_back(lane.signal, request.items)
                self._put_back_others(lane)
        elif lane.signal != "metrics" and self._leaves_memory(lane, took_s):
            self._leave_memory(lane)

    def _put_back_others(self, lane: Lane) -> None:
        """Have what was read after a request that was put off read again after it."""
        others = [request for request in lane.requests if request.is_replay and not request.suspect_since]
        for request in others:
            lane.requests.remove(request)
            self._backlog.put_back(lane.signal, request.items, failed=False)

    def _leaves_memory(self, lane: Lane, took_s: float) -> bool:
        if not self._backlog.exists:
            return False
        again_at = lane.pauses.until
        waits_s = took_s + again_at - time.monotonic()
        is_awaited = any(deadline < again_at for deadline in self._waits_until())
        return lane.pauses.failures >= _MEMORY_FAILURES or waits_s > _MEMORY_S or is_awaited

    def _leave_memory(self, lane: Lane) -> None:
        """Move all that was taken of a lane's signal to the disk; what that refuses stays."""
        replays = [request for request in lane.requests if request.is_replay]
        stay = self._queue.keep_taken(lane.signal)
        lane.requests.clear()
        lane.add(replays)
        for _, requests in self._batches.requests(stay):
            lane.add(requests)

    def _try_suspects(self, lane: Lane, request: Request, outcome: Outcome) -> None:
        """Put a request that may be poison behind others, in halves; a single record that is poison ends here."""
        if len(request.items) == 1 and 0 < request.suspect_since < lane.delivered_at:
            reason = f"put off for too long: {outcome.message}"
            self._backlog.done(lane.signal, request.items, reason=reason)
            self._notices.warn("%s: a record is given up, %s", lane.signal, reason)
            return
        suspect = request._replace(suspect_since=request.suspect_since or time.monotonic())
        if lane.has_only_suspects():
            self._read_more(lane)
        lane.add(self._batches.halves(suspect) if len(suspect.items) > 1 else [suspect])
