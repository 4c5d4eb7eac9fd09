"""The embedded store: one SQLite file, written by this process, read by any process meanwhile.

Guarantee: what append_logs() returned for survives the end of the process, however it ends (not a power cut a moment
later), and what is appended twice is there once.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp.decode import DecodedLog
from clippy_otel.store import connections, schema
from clippy_otel.store.errors import StoreBusyError, StoreUnavailableError
from clippy_otel.store.forks import close_for_forks
from clippy_otel.store.rows import MAX_INTEGER, SELECT_LOGS, PreparedLogs, StoredLog, stored_logs

_URL_PREFIX: Final = "sqlite:///"
_PAGE_ROWS: Final = 500
_STEPS_BETWEEN_LOOKS: Final = 1000  # of SQLite's virtual machine: some 0.1 ms
_CLOSE_WAIT_S: Final = 0.1
_FORK_WAIT_S: Final = 1.0

# What a fork caught open. A child keeps it for ever: even a finaliser would close it, and that is its parent's to do.
_inherited: Final[list[sqlite3.Connection]] = []


class SqliteStore:
    """Log records in one SQLite file, which the first record creates (0600, like the files that SQLite puts beside it).

    A missing directory is created too (0700), one level of it. An existing file keeps its permissions. May be used by
    several threads, processes and, closed before a fork and opened after it, by parent and child.

    Args:
        path: The file; a relative one is below the directory that is the current one now.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self._closed = False
        self._unusable = False
        self._renew()
        close_for_forks(self)

    def _renew(self) -> None:
        self._connection: sqlite3.Connection | None = None
        self._identity: connections.Identity | None = None  # of the file that the connection has open
        self._writing = threading.Lock()  # held by whoever uses the connection
        self._reading = threading.Lock()  # held while a connection to read is open
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
        deadline = time.monotonic() + timeout_s
        prepared = PreparedLogs(logs)
        if not self._writing.acquire(timeout=max(timeout_s, 0.0)):
            raise StoreBusyError("another thread is writing")
        try:
            self._interrupted.clear()
            return self._insert(prepared, deadline)
        finally:
            if self._closed:
                self._drop_connection()
            self._writing.release()

    def logs(self, *, limit: int | None = None, event_name: str | None = None) -> Iterator[StoredLog]:
        """Iterate over the records, newest first; of equal times, the one stored last comes first.

        Read in pages, each from a snapshot of its own: a record added meanwhile is seen only if it is older than what
        was read so far.

        Args:
            limit: How many records at most; None: all.
            event_name: Only those of this name; None: all.

        Raises:
            StoreUnavailableError: The file cannot be read now.
            StoreRefusedError: The file is damaged or not a store.
        """
        left = MAX_INTEGER if limit is None else limit
        condition, names = ("", ()) if event_name is None else ("event_name = ? AND", (event_name,))
        query = (
            f"{SELECT_LOGS} WHERE {condition} (time_unix_nano, logs.id) < (?, ?) "
            "ORDER BY time_unix_nano DESC, logs.id DESC LIMIT ?"
        )
        before = (MAX_INTEGER, MAX_INTEGER)
        while left > 0:
            page = min(left, _PAGE_ROWS)
            rows = self._read(query, (*names, *before, page))
            yield from stored_logs(rows)
            if len(rows) < page:
                return
            left -= page
            before = (rows[-1][1], rows[-1][0])

    def count_logs(self) -> int:
        """Return how many records there are; 0 before the file exists.

        Raises:
            StoreUnavailableError: The file cannot be read now.
            StoreRefusedError: The file is damaged or not a store.
        """
        rows = self._read("SELECT count(*) FROM logs", ())
        return int(rows[0][0]) if rows else 0

    def interrupt(self) -> None:
        """Have an append_logs() that another thread is in give up soon; it stores nothing then."""
        self._interrupted.set()

    def close(self) -> None:
        """End writing: append_logs() raises from now on; reading goes on. Idempotent."""
        self._closed = True
        # Whoever keeps the lock for longer is inside append_logs(), and will see on its way out that we are closed.
        if self._writing.acquire(timeout=_CLOSE_WAIT_S):
            try:
                self._drop_connection()
            finally:
                self._writing.release()

    def before_fork(self) -> None:
        """Close the connection, and keep every thread from opening one until the fork is done."""
        self._held_for_fork = [lock for lock in (self._writing, self._reading) if self._acquire_for_fork(lock)]
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
        in_use = any(lock.locked() and lock not in self._held_for_fork for lock in (self._writing, self._reading))
        self._unusable = self._unusable or in_use or self._connection is not None
        self._renew()

    def _acquire_for_fork(self, lock: threading.Lock) -> bool:
        if lock.acquire(blocking=False):
            return True
        # A writer may be waiting for another process, for long: what it does not store now, it stores later.
        self._interrupted.set()
        return lock.acquire(timeout=_FORK_WAIT_S)

    def _insert(self, prepared: PreparedLogs, deadline: float) -> int:
        """Insert by the deadline, again and again while the file is busy."""
        while True:
            try:
                return self._insert_once(prepared, deadline)
            except StoreBusyError:  # noqa: PERF203 - what it costs is nothing beside an attempt
                if self._interrupted.wait(connections.BUSY_PAUSE_S) or time.monotonic() >= deadline:
                    raise

    def _insert_once(self, prepared: PreparedLogs, deadline: float) -> int:
        interrupted = self._interrupted
        try:
            with connections.store_errors():
                connection = self._writable()
                connection.set_progress_handler(
                    lambda: interrupted.is_set() or time.monotonic() >= deadline, _STEPS_BETWEEN_LOOKS
                )
                return prepared.insert(connection)
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

    def _read(self, query: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Run one query on a connection of its own; where there is no store yet, nothing is found."""
        self._check_usable()
        with self._reading, connections.store_errors():
            if not self.path.exists():
                return []
            with contextlib.closing(connections.open_for_reading(self.path)) as connection:
                if not schema.check_version(connection):
                    return []
                return connection.execute(query, parameters).fetchall()

    def _check_usable(self) -> None:
        if self._unusable:
            raise StoreUnavailableError("this process was forked while its parent was using the store")
