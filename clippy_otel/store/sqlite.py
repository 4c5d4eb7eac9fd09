"""The embedded store: one SQLite file, written by this process, read by any process meanwhile.

Guarantee: what an append returned for survives the end of the process, however it ends (not a power cut a moment
later), and what is appended twice is there once.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp.decode import DecodedLog
from clippy_otel.otlp.decode_spans import DecodedSpan
from clippy_otel.otlp.points import MetricPoint
from clippy_otel.store import connections
from clippy_otel.store.errors import StoreBusyError, StoreUnavailableError
from clippy_otel.store.forks import close_for_forks
from clippy_otel.store.metric_rows import SELECT_POINTS, PreparedMetrics, stored_points
from clippy_otel.store.reading import Reader
from clippy_otel.store.rows import PreparedLogs, StoredLog, stored_logs
from clippy_otel.store.span_rows import PreparedSpans, stored_spans

_URL_PREFIX: Final = "sqlite:///"
_STEPS_BETWEEN_LOOKS: Final = 1000  # of SQLite's virtual machine: some 0.1 ms
_CLOSE_WAIT_S: Final = 0.1
_FORK_WAIT_S: Final = 1.0

# What a fork caught open. A child keeps it for ever: even a finaliser would close it, and that is its parent's to do.
_inherited: Final[list[sqlite3.Connection]] = []


_RecordT = TypeVar("_RecordT")
_Prepared = PreparedLogs | PreparedSpans | PreparedMetrics


class SqliteStore:
    """Records of all signals in one SQLite file.

    The first record creates it (0600, like the files that SQLite puts beside it), and a missing directory (0700), one
    level of it. An existing file keeps its permissions; one of an earlier version gets the tables that it lacks with
    the first record. May be used by several threads, processes and, closed before a fork and opened after it, by parent
    and child.

    Args:
        path: The file; a relative one is below the directory that is the current one now.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self._reader = Reader(self.path)
        self._closed = False
        self._unusable = False
        self._renew()
        close_for_forks(self)

    def _renew(self) -> None:
        self._connection: sqlite3.Connection | None = None
        self._identity: connections.Identity | None = None  # of the file that the connection has open
        self._writing = threading.Lock()  # held by whoever uses the connection
        self._interrupted = threading.Event()
        self._held_for_fork: list[threading.Lock] = []

    @classmethod
    def from_url(cls, url: str) -> SqliteStore:
        """Return the store of `sqlite:///relative/file.db` or `sqlite:////absolute/file.db`.

        What follows the third slash is the path as it stands: nothing is percent-decoded, and there are no options.

        Raises:
            ConfigurationError: It is no such URL.
        """
        path = url.removeprefix(_URL_PREFIX)
        if path in (url, "", ":memory:") or not path.isprintable() or "?" in path:
            raise ConfigurationError("store must be sqlite:///relative/file or sqlite:////absolute/file")
        return cls(path)

    def append_logs(self, logs: Sequence[DecodedLog], *, timeout_s: float) -> int:
        """Store records, all or none, save for those whose event id is there already.

        Args:
            logs: The records.
            timeout_s: How long to wait for other writers, and for the statements themselves, in seconds.

        Returns:
            How many records were added.

        Raises:
            StoreUnavailableError: Not now: busy, full, not to be opened, interrupted, or closed.
            StoreRefusedError: Never: damaged, no database, another application's, or a newer version's.
        """
        return self._append(PreparedLogs, logs, timeout_s)

    def append_spans(self, spans: Sequence[DecodedSpan], *, timeout_s: float) -> int:
        """Store spans, all or none, save for those whose trace and span id are there already.

        Arguments, result and errors are those of append_logs().
        """
        return self._append(PreparedSpans, spans, timeout_s)

    def append_metrics(self, points: Sequence[MetricPoint], *, timeout_s: float) -> int:
        """Store metric points, all or none, save for those whose series has one of that time already.

        Arguments, result and errors are those of append_logs().
        """
        return self._append(PreparedMetrics, points, timeout_s)

    def logs(self, *, limit: int | None = None, event_name: str | None = None) -> Iterator[StoredLog]:
        """Iterate over the log records, newest first; of equal times, the one stored last comes first.

        Read in pages, each from a snapshot of its own: a record added meanwhile is seen only if it is older than what
        was read so far.

        Args:
            limit: How many records at most; None: all.
            event_name: Only those of this name; None: all.

        Raises:
            StoreUnavailableError: The file cannot be read now.
            StoreRefusedError: The file is damaged or not a store.
        """
        return self._records(self._reader.logs(limit=limit, event_name=event_name), stored_logs)

    def spans(
        self, *, limit: int | None = None, name: str | None = None, trace_id: str | None = None
    ) -> Iterator[DecodedSpan]:
        """Iterate over the spans as they were appended, the one that started last first. See logs().

        Args:
            limit: How many spans at most; None: all.
            name: Only those of this name; None: all.
            trace_id: Only those of this trace, 32 lower-case hex digits; None: all.
        """
        return self._records(self._reader.spans(limit=limit, name=name, trace_id=trace_id), stored_spans)

    def metrics(self, *, name: str | None = None) -> Iterator[MetricPoint]:
        """Iterate over the metric points as they were appended: kind by kind, a series after the other, oldest first.

        Args:
            name: Only those of the metrics of this name; None: all.
        """
        for kind in SELECT_POINTS:
            yield from self._records(self._reader.points(kind, name=name), stored_points)

    def count_logs(self) -> int:
        """Return how many log records there are; 0 before the file exists.

        Raises:
            StoreUnavailableError: The file cannot be read now.
            StoreRefusedError: The file is damaged or not a store.
        """
        self._check_usable()
        return self._reader.count_logs()

    def count_spans(self) -> int:
        """Return how many spans there are. See count_logs()."""
        self._check_usable()
        return self._reader.count_spans()

    def count_metrics(self) -> int:
        """Return how many metric points there are. See count_logs()."""
        self._check_usable()
        return self._reader.count_points()

    def interrupt(self) -> None:
        """Have an append that another thread is in give up soon; it stores nothing then."""
        self._interrupted.set()

    def close(self) -> None:
        """End writing: appending raises from now on; reading goes on. Idempotent."""
        self._closed = True
        # Whoever keeps the lock for longer is inside an append, and will see on its way out that we are closed.
        if self._writing.acquire(timeout=_CLOSE_WAIT_S):
            try:
                self._drop_connection()
            finally:
                self._writing.release()

    def before_fork(self) -> None:
        """Close the connection, and keep every thread from opening one until the fork is done."""
        self._held_for_fork = [lock for lock in (self._writing, self._reader.lock) if self._acquire_for_fork(lock)]
        if self._writing in self._held_for_fork:
            self._drop_connection()

    def after_fork_in_parent(self) -> None:
        """Let the other threads go on."""
        held, self._held_for_fork = self._held_for_fork, []
        for lock in held:
            lock.release()

    def after_fork_in_child(self) -> None:
        """Start without a connection; where the fork caught one open, this process never uses the file again."""
        if self._connection is not None:
            _inherited.append(self._connection)
        in_use = any(lock.locked() and lock not in self._held_for_fork for lock in (self._writing, self._reader.lock))
        self._unusable = self._unusable or in_use or self._connection is not None
        self._renew()
        self._reader.renew()

    def _acquire_for_fork(self, lock: threading.Lock) -> bool:
        if lock.acquire(blocking=False):
            return True
        # A writer may be waiting for another process, for long: what it does not store now, it stores later.
        self._interrupted.set()
        return lock.acquire(timeout=_FORK_WAIT_S)

    def _append(
        self, prepare: Callable[[Sequence[_RecordT]], _Prepared], records: Sequence[_RecordT], timeout_s: float
    ) -> int:
        deadline = time.monotonic() + timeout_s
        prepared = prepare(records)
        if not self._writing.acquire(timeout=max(timeout_s, 0.0)):
            raise StoreBusyError("another thread is writing")
        try:
            self._interrupted.clear()
            return self._insert(prepared, deadline)
        finally:
            if self._closed:
                self._drop_connection()
            self._writing.release()

    def _insert(self, prepared: _Prepared, deadline: float) -> int:
        """Insert by the deadline, again and again while the file is busy."""
        while True:
            try:
                return self._insert_once(prepared, deadline)
            except StoreBusyError:  # noqa: PERF203 - what it costs is nothing beside an attempt
                if self._interrupted.wait(connections.BUSY_PAUSE_S) or time.monotonic() >= deadline:
                    raise

    def _insert_once(self, prepared: _Prepared, deadline: float) -> int:
        interrupted = self._interrupted
        try:
            with connections.store_errors():
                connection = self._writable()
                connection.set_progress_handler(
                    lambda: interrupted.is_set() or time.monotonic() >= deadline, _STEPS_BETWEEN_LOOKS
                )
                connection.execute("BEGIN IMMEDIATE")
                added = prepared.insert(connection)
                connection.execute("COMMIT")
                return added
        except BaseException as error:
            # Closing rolls back; the next attempt sees what is at the path by then, a repaired or replaced file.
            # A busy file is the one error that says nothing against the connection, if no transaction has begun.
            if not isinstance(error, StoreBusyError) or (self._connection and self._connection.in_transaction):
                self._drop_connection()
            raise

    def _writable(self) -> sqlite3.Connection:
        """Return a connection to the file that is at the path now."""
        if self._closed:
            raise StoreUnavailableError("the store is closed")
        self._check_usable()
        # Somebody may have deleted or replaced the file: what we went on to write into the old one, nobody would find.
        if self._connection is None or self._identity != connections.identity(self.path):
            self._drop_connection()
            self._connection = connections.open_for_writing(self.path)
            self._identity = connections.identity(self.path)
        return self._connection

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _records(
        self, pages: Iterator[list[tuple[Any, ...]]], records_of: Callable[[list[tuple[Any, ...]]], list[_RecordT]]
    ) -> Iterator[_RecordT]:
        self._check_usable()
        for rows in pages:
            yield from records_of(rows)
            self._check_usable()

    def _check_usable(self) -> None:
        if self._unusable:
            raise StoreUnavailableError("this process was forked while its parent was using the store")
