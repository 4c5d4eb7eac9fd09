"""Traces that the head decision leaves out, held until they end: then they are kept if an error was in them, or not.

Holds the local spans of a trace until the last of its local roots has ended. Bounded by spans, bytes and age: what is
over follows the head decision, oldest trace first and as a whole, and is counted. A trace that was kept stays kept for
what ends later; of one that was not, the rest follows the head decision.

Knows nothing of the SDK. No host code runs under its lock. Cost: 1 us a span.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from clippy_otel import _fork
from clippy_otel.ports import Clock

MAX_SPANS: Final = 10_000
MAX_BYTES: Final = 8_000_000  # 3 kB a span: 2,600 of them
MAX_AGE_S: Final = 300.0  # a streamed answer takes minutes
MAX_DECISIONS: Final = 1024  # remembered for spans that end after their root
_NS_PER_S: Final = 1_000_000_000
_LOCK_TIMEOUT_S: Final = 0.05  # a signal handler may have interrupted the lock's holder


class TraceLimits(NamedTuple):
    """How much is held at most.

    Attributes:
        max_spans: Spans and open traces together, at least 1.
        max_bytes: Bytes of spans, estimated, at least 1.
        max_age_s: Seconds since a trace has begun, above 0.
    """

    max_spans: int = MAX_SPANS
    max_bytes: int = MAX_BYTES
    max_age_s: float = MAX_AGE_S


class Released(NamedTuple):
    """What is decided about.

    Attributes:
        kept: Spans that are kept because of how their trace ended, in the order in which they ended.
        left_out: How many follow the head decision.
        throttled: How many would have been kept, but for the limit of such traces.
        overflowed: How many of those left out are so because a limit was reached.
    """

    kept: tuple[Any, ...] = ()
    left_out: int = 0
    throttled: int = 0
    overflowed: int = 0


_NOTHING: Final = Released()
_ONE_LEFT_OUT: Final = Released(left_out=1)


class _Trace:
    """The spans of one trace that have ended so far."""

    __slots__ = ("began_ns", "is_wanted", "roots", "size_bytes", "spans")

    def __init__(self, began_ns: int, roots: int) -> None:
        self.began_ns = began_ns
        self.roots = roots  # local ones that have begun and not ended
        self.spans: list[Any] = []
        self.size_bytes = 0
        self.is_wanted = False


class HeldTraces:
    """The traces that are held.

    Args:
        limits: How much of them.
        clock: For their age.
        admit: Asked once for each trace that is to be kept for its outcome; False: one too many.
        sees_starts: Whether begin() is called for each local root; else a trace ends with its first local root.
    """

    def __init__(self, limits: TraceLimits, clock: Clock, admit: Callable[[], bool], *, sees_starts: bool) -> None:
        self._limits = limits
        self._clock = clock
        self._admit = admit
        self._sees_starts = sees_starts
        self._max_age_ns = round(limits.max_age_s * _NS_PER_S)
        self.after_fork()
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Hold nothing in a child: what the parent holds is the parent's to decide about."""
        self._lock = threading.Lock()
        self._held: OrderedDict[int, _Trace] = OrderedDict()  # by trace id, the oldest first
        self._decided: OrderedDict[int, bool] = OrderedDict()  # the last ones that were kept, or had to give way
        self._spans = 0
        self._bytes = 0

    def begin(self, trace_id: int) -> Released:
        """Note that a local root has begun; return what has to give way."""
        if not self._acquire():
            return _NOTHING
        try:
            if self._decided and self._decided.get(trace_id):
                return _NOTHING
            self._decided.pop(trace_id, None)
            trace = self._held.get(trace_id)
            if trace is not None:
                trace.roots += 1
                return _NOTHING
            now_ns = self._clock.monotonic_ns()
            self._held[trace_id] = _Trace(now_ns, 1)
            return self._within_limits(now_ns)
        finally:
            self._lock.release()

    def hold(self, trace_id: int, span: Any, size_bytes: int, *, is_wanted: bool) -> Released:
        """Take an ended span that does not end its trace; return what is decided about now.

        Args:
            trace_id: Its trace.
            span: The span.
            size_bytes: What it takes in memory.
            is_wanted: Whether its trace is to be kept because of it.
        """
        if not self._acquire():
            return _ONE_LEFT_OUT
        try:
            trace = self._held.get(trace_id)
            if trace is None:
                kept = self._decided.get(trace_id, False if self._sees_starts else None)
                if kept is not None:
                    return Released((span,)) if kept else _ONE_LEFT_OUT
                trace = self._held[trace_id] = _Trace(self._clock.monotonic_ns(), 0)
            trace.spans.append(span)
            trace.size_bytes += size_bytes
            trace.is_wanted = trace.is_wanted or is_wanted
            self._spans += 1
            self._bytes += size_bytes
            return self._within_limits(trace.began_ns)
        finally:
            self._lock.release()

    def end(self, trace_id: int, span: Any, *, is_wanted: bool) -> Released | None:
        """Take an ended local root; return what is decided about now.

        Returns:
            None: Another local root of the trace goes on: the span is to be held.
        """
        if not self._acquire():
            return _ONE_LEFT_OUT
        try:
            trace = self._held.get(trace_id)
            if trace is None:
                kept = self._decided.get(trace_id, False if self._sees_starts else None)
                if kept is None:
                    return self._decide(trace_id, (span,), is_wanted=is_wanted)
                if not kept:
                    self._decided.pop(trace_id, None)  # what begins in it anew is decided about anew
                return Released((span,)) if kept else _ONE_LEFT_OUT
            trace.roots -= 1
            if trace.roots > 0:
                trace.is_wanted = trace.is_wanted or is_wanted
                return None
            self._take(trace_id)
            return self._decide(trace_id, (*trace.spans, span), is_wanted=trace.is_wanted or is_wanted)
        finally:
            self._lock.release()

    def clear(self) -> int:
        """Hold nothing any more; return how many spans follow the head decision."""
        if not self._acquire():
            return 0
        try:
            left_out = self._spans
            self._held.clear()
            self._spans = self._bytes = 0
            return left_out
        finally:
            self._lock.release()

    def _acquire(self) -> bool:
        # In this order: without a timeout it takes a third of the time.
        return self._lock.acquire(blocking=False) or self._lock.acquire(timeout=_LOCK_TIMEOUT_S)

    def _decide(self, trace_id: int, spans: tuple[Any, ...], *, is_wanted: bool) -> Released:
        if not is_wanted:
            return Released(left_out=len(spans)) if len(spans) > 1 else _ONE_LEFT_OUT
        if not self._admit():
            return Released(throttled=len(spans))
        self._remember(trace_id, kept=True)
        return Released(spans)

    def _within_limits(self, now_ns: int) -> Released:
        """Let the oldest traces go until what is held is within the limits."""
        limits, overflowed = self._limits, 0
        while self._held:
            oldest = next(iter(self._held.values()))
            is_full = self._bytes > limits.max_bytes or self._spans + len(self._held) > limits.max_spans
            if not is_full and now_ns - oldest.began_ns < self._max_age_ns:
                break
            trace_id = next(iter(self._held))
            self._take(trace_id)
            overflowed += len(oldest.spans)
            self._remember(trace_id, kept=False)
        return Released(left_out=overflowed, overflowed=overflowed) if overflowed else _NOTHING

    def _take(self, trace_id: int) -> None:
        trace = self._held.pop(trace_id)
        self._spans -= len(trace.spans)
        self._bytes -= trace.size_bytes

    def _remember(self, trace_id: int, *, kept: bool) -> None:
        self._decided[trace_id] = kept
        if len(self._decided) > MAX_DECISIONS:
            self._decided.popitem(last=False)
