"""A session: a stretch of use, rolled over when it has been idle, or has lasted, for too long."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from typing import Final, NamedTuple

from clippy_otel import semconv
from clippy_otel.ports import Clock, IdSource

SESSION_IDLE_NS: Final = 30 * 60 * 1_000_000_000  # 30 minutes without an event end a session
SESSION_MAX_NS: Final = 4 * 3600 * 1_000_000_000  # and so do 4 hours of it


class Session(NamedTuple):
    """A stretch of use: at most 4 h long, ended by 30 min without an event.

    Attributes:
        id: Its id: a UUID, or what the caller gave a scope.
        previous_id: The id of the session before it in this process (in a forked child: the parent's); None for none.
        started_at: When it began, in UTC.
    """

    id: str
    previous_id: str | None
    started_at: datetime


class Lifecycle(NamedTuple):
    """A session that began or ended, to be recorded as an event."""

    event: str  # session.start or session.end
    session: Session
    time_ns: int


class _Live:
    """A session while it lasts. A new object a session: late writers of an old one cannot touch the new one."""

    __slots__ = ("ends_ns", "last_ns", "session")

    def __init__(self, session: Session, now_ns: int) -> None:
        self.session = session
        self.last_ns = now_ns
        self.ends_ns = now_ns + SESSION_MAX_NS

    def is_over(self, now_ns: int) -> bool:
        """Return whether it has been idle, or has lasted, for too long by now."""
        return now_ns >= self.ends_ns or now_ns - self.last_ns >= SESSION_IDLE_NS


class SessionTracker:
    """The current session of a scope, rolled over when it has been idle or has lasted for too long.

    touch() takes no lock in the usual case and never waits for one: a thread that meets another one's rollover goes
    on with whichever session it sees. There is always one to be seen, and it is replaced by a single assignment, so
    that no thread makes up one of its own.
    """

    def __init__(self, clock: Clock, ids: IdSource, *, external_id: str | None = None) -> None:
        self._clock = clock
        self._ids = ids
        self.external_id = external_id
        self._announced: _Live | None = None  # the live one, once its start was recorded
        self._last_recorded_id: str | None = None
        self._turning = threading.Lock()
        self._live = self._make(clock.time_ns())

    @property
    def current(self) -> Session:
        """The session that an event recorded now would belong to, were it not idle for too long."""
        return self._live.session

    @property
    def recorded(self) -> Session | None:
        """The session whose start was recorded and whose end was not; None for none."""
        live = self._announced
        return None if live is None else live.session

    def id_at(self, now_ns: int) -> str | None:
        """Return the session's id for something that happens now and is no event; None where it is over by now."""
        live = self._live
        # As is_over() says: each span that starts comes here, and a call would cost it as much as all the rest.
        is_over = now_ns >= live.ends_ns or now_ns - live.last_ns >= SESSION_IDLE_NS
        return None if is_over else live.session.id

    def touch(self, now_ns: int) -> tuple[Lifecycle, ...]:
        """Note that something happens now; return what to record about sessions before it (usually nothing).

        Sessions whose id came from outside have no lifecycle here: whoever gave the id says when they begin and end.
        """
        live = self._announced
        # As is_over() says: each event comes here, unsampled ones too, and a call would cost as much as all the rest.
        if live is not None and now_ns < live.ends_ns and now_ns - live.last_ns < SESSION_IDLE_NS:
            live.last_ns = now_ns
            return ()
        return () if self.external_id is not None else self._turn(now_ns)

    def roll(self) -> tuple[Lifecycle, ...]:
        """End the current session and begin another one; return what to record about it."""
        ended = self.end()
        if self.external_id is not None:
            self._last_recorded_id, self.external_id = self.external_id, None
        return ended + self._turn(self._clock.time_ns())

    def end(self) -> tuple[Lifecycle, ...]:
        """End the current session; return its end where its start was recorded."""
        ended, self._announced = self._announced, None
        self._live.ends_ns = 0  # over, whatever the time: the next event begins another one
        return (Lifecycle(semconv.EVENT_SESSION_END, ended.session, ended.last_ns),) if ended else ()

    def after_fork(self) -> None:
        """Begin a child's own session, whose previous one is the parent's."""
        self._turning = threading.Lock()
        self._announced = None
        self._live = self._make(self._clock.time_ns())

    def _turn(self, now_ns: int) -> tuple[Lifecycle, ...]:
        """Begin a session where none is recorded or the recorded one is over; return what to record about it."""
        if not self._turning.acquire(blocking=False):
            return ()
        try:
            live, announced = self._live, self._announced
            if announced is live and not live.is_over(now_ns):
                return ()  # another thread came first
            if live.is_over(now_ns):
                live = self._make(now_ns)
            live.last_ns = now_ns
            self._live = self._announced = live
            self._last_recorded_id = live.session.id
            started = Lifecycle(semconv.EVENT_SESSION_START, live.session, now_ns)
            if announced is None:
                return (started,)
            return Lifecycle(semconv.EVENT_SESSION_END, announced.session, announced.last_ns), started
        finally:
            self._turning.release()

    def _make(self, now_ns: int) -> _Live:
        started_at = datetime.fromtimestamp(now_ns / 1e9, tz=timezone.utc)
        return _Live(Session(self.external_id or self._ids.session_id(), self._last_recorded_id, started_at), now_ns)
