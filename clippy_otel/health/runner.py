"""The running of checks: each on a thread of its own, within its timeout, one at a time a service.

A check that does not end in time has failed, and holds its thread until it ends: nothing can stop a thread. Its service
is not checked again before, and fails again each time when that is due. Bounded: 32 threads, which are there while
checks run; what finds none free waits for its timeout, and then was not checked.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final

from clippy_otel.health import deadline
from clippy_otel.health.books import Books
from clippy_otel.health.loops import Loops, StillRunningError
from clippy_otel.health.record import Outcome
from clippy_otel.health.results import Results
from clippy_otel.health.services import Service, Services
from clippy_otel.health.status import HealthStatus

if TYPE_CHECKING:
    from clippy_otel.health.gauge import StatusGauge
    from clippy_otel.ports import HasRecorder

THREAD_NAME: Final = "clippy_otel-health-check"
MAX_THREADS: Final = 32  # of a few dozen KB each while they run

_GRACE_S: Final = 1.0  # for an outcome to be booked, and everybody told
_RESOLUTION_S: Final = 0.001  # an event loop's timers may be early by its clock's
_MS_PER_S: Final = 1000
_NS_PER_MS: Final = 1e6
_HANGS: Final = "an earlier check has not ended"
_NOT_CHECKED: Final = "not checked: no thread was free for it"


class Run:
    """One run of one check.

    Attributes:
        service: Whose.
        timeout_s: How long it may take, once it has begun.
        ends_at: When it has to have ended, on the monotonic clock; while it waits for a thread: to have begun.
        has_begun: Whether it has a thread.
        is_overdue: Whether it was given up and has not ended.
        ended: Set when its outcome is booked.
    """

    __slots__ = ("_claims", "_counting", "ended", "ends_at", "has_begun", "is_overdue", "service", "timeout_s")

    def __init__(self, service: Service, timeout_s: float) -> None:
        self.service = service
        self.timeout_s = timeout_s
        self.ends_at = time.monotonic() + timeout_s
        self.has_begun = self.is_overdue = False
        self.ended = threading.Event()
        self._claims = deque((True,))
        self._counting = threading.Lock()

    def begin(self) -> None:
        """Let its time begin."""
        self.has_begun = True
        self.ends_at = time.monotonic() + self.timeout_s

    def is_claimed(self) -> bool:
        """Return whether it has an outcome."""
        return not self._claims

    def claim(self) -> bool:
        """Return True to the one who is to book its outcome."""
        try:
            return self._claims.pop()
        except IndexError:
            return False

    def fails_again(self) -> bool:
        """Return, once in each timeout after the first, that it still has not ended."""
        if not self._counting.acquire(blocking=False):
            return False
        try:
            now = time.monotonic()
            if now < self.ends_at + self.timeout_s:
                return False
            self.ends_at = now
            return True
        finally:
            self._counting.release()


class Runner:
    """What runs the checks of one HealthCheck.

    Args:
        collector: What checks are timed and redacted with.
        services: The services.
        books: Where outcomes are booked.
        gauge: Made known to whatever records, before a check.
    """

    def __init__(self, collector: HasRecorder, services: Services, books: Books, gauge: StatusGauge) -> None:
        self._collector = collector
        self._services = services
        self._books = books
        self._gauge = gauge
        self._results = Results()
        self.renew()

    def renew(self) -> None:
        """Start with nothing running, and no event loop known: in a forked child."""
        self.loops = Loops()
        self._running: dict[Service, Run] = {}
        self._waiting: deque[Run] = deque()
        self._free = deque(range(MAX_THREADS))

    def start(self, service: Service) -> Run:
        """Have a service checked, unless it is being checked; return the run to wait for."""
        service.is_forgotten = False
        run = Run(service, self._services.timeout_s(service))
        found = self._running.setdefault(service, run)
        if found is run:
            self._waiting.append(run)
            self._start_thread()
        elif not found.is_overdue:
            self._expire(found)
        elif found.fails_again():
            self._books.put(service, Outcome(HealthStatus.UNHEALTHY, _HANGS))
        return found

    def wait(self, run: Run) -> None:
        """Wait until a run's outcome is booked; where it does not end in time, that is its outcome."""
        while not run.is_claimed():
            left_s = run.ends_at - time.monotonic()
            if left_s > 0:
                run.ended.wait(left_s)
            else:
                self._expire(run)
        run.ended.wait(_GRACE_S)

    def expire(self) -> Iterator[float]:
        """Give up the runs whose time is over; yield when the others' will be, on the monotonic clock."""
        for run in tuple(self._running.values()):
            if not self._expire(run) and not run.is_claimed():
                yield run.ends_at

    def forget(self, service: Service) -> None:
        """Close what is kept for a service; where its check is running, when that has ended."""
        service.is_forgotten = True
        if service.loop is not None and service not in self._running:
            service.loop.close()

    def _expire(self, run: Run) -> bool:
        """Give a run up where its time is over; return whether this call did."""
        return time.monotonic() >= run.ends_at and self._give_up(run)

    def _give_up(self, run: Run) -> bool:
        """Book that a run did not end, or not begin, in time; return False where it has an outcome."""
        if not run.claim():
            return False
        if run.has_begun:
            run.is_overdue = True
            outcome = _timed_out(run)
        else:
            self._leave(run)
            outcome = Outcome(HealthStatus.UNKNOWN, _NOT_CHECKED, is_check=False)
        self._books.put(run.service, outcome, run.ended)
        return True

    def _leave(self, run: Run) -> None:
        if self._running.get(run.service) is run:
            del self._running[run.service]

    def _start_thread(self) -> None:
        try:
            place = self._free.pop()
        except IndexError:
            return  # who has a thread takes what waits
        try:
            threading.Thread(target=self._work, args=(place,), name=THREAD_NAME, daemon=True).start()
        except RuntimeError:  # the interpreter is shutting down, or the system has no thread left
            self._free.append(place)

    def _work(self, place: int) -> None:
        free = self._free
        try:
            while self._waiting:
                try:
                    run = self._waiting.popleft()
                except IndexError:
                    break
                if not run.is_claimed():
                    self._run(run)
        finally:
            free.append(place)
        if self._waiting:  # what came between the last look and the return of the place
            self._start_thread()

    def _run(self, run: Run) -> None:
        run.begin()
        recorder = self._collector.recorder
        self._gauge.show_on(recorder)
        began_ns = recorder.clock.monotonic_ns()
        unfinished: StillRunningError | None = None
        try:
            value = Context().run(self._checked, run)  # nothing is left there of the check before it
            outcome = self._results.read(value, recorder)
        except StillRunningError as error:
            unfinished, outcome = error, _timed_out(run)
        except BaseException as error:  # noqa: BLE001 - a check's SystemExit is its failure; this thread is ours
            outcome = self._results.failed(error, recorder)
        if outcome.response_time_ms is None:
            outcome = outcome._replace(response_time_ms=(recorder.clock.monotonic_ns() - began_ns) / _NS_PER_MS)
        if unfinished is not None or time.monotonic() > run.ends_at - _RESOLUTION_S:
            self._give_up(run)
        if unfinished is not None:
            unfinished.wait()
        is_first = run.claim()
        self._leave(run)  # before who waits is told: he may want the next check
        if is_first:
            self._books.put(run.service, outcome, run.ended)
        if run.service.is_forgotten:
            self.forget(run.service)

    def _checked(self, run: Run) -> Any:
        """Call a check; wait for what it returns where that is to be awaited."""
        deadline.begin(run.ends_at)
        value: Any = run.service.check()
        if not hasattr(value, "__await__"):
            return value
        run.service.is_async = True
        return self.loops.run(run.service, value, run.ends_at - time.monotonic())


def _timed_out(run: Run) -> Outcome:
    timeout_ms = run.timeout_s * _MS_PER_S
    return Outcome(HealthStatus.UNHEALTHY, f"timed out after {timeout_ms:g} ms", response_time_ms=timeout_ms)
