"""The tables of the SQLite store, and their version.

`logs` has a row a record; what many records share (resource, instrumentation scope) stands once in a table of its
own. Text that is JSON is made by `store.values`. Columns that a record has no value for are NULL.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from clippy_otel.store.errors import StoreRefusedError

SCHEMA_VERSION: Final = 1

# event_id is unique so that a request that is sent again (at least once) adds nothing; many rows may have none.
_TABLES: Final = (
    "CREATE TABLE resources (id INTEGER PRIMARY KEY, attributes TEXT NOT NULL UNIQUE)",
    """CREATE TABLE scopes (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, attributes TEXT NOT NULL,
        UNIQUE (name, version, attributes))""",
    """CREATE TABLE logs (
        id INTEGER PRIMARY KEY,
        time_unix_nano INTEGER NOT NULL,
        observed_time_unix_nano INTEGER NOT NULL,
        event_name TEXT NOT NULL,
        severity_number INTEGER NOT NULL,
        severity_text TEXT NOT NULL,
        body TEXT,
        attributes TEXT NOT NULL,
        trace_id TEXT,
        span_id TEXT,
        trace_flags INTEGER NOT NULL,
        session_id TEXT,
        event_id TEXT UNIQUE,
        dropped_attributes_count INTEGER NOT NULL,
        resource_id INTEGER NOT NULL REFERENCES resources (id),
        scope_id INTEGER NOT NULL REFERENCES scopes (id))""",
    "CREATE INDEX logs_by_time ON logs (time_unix_nano)",
    "CREATE INDEX logs_by_event ON logs (event_name, time_unix_nano)",
    "CREATE INDEX logs_by_session ON logs (session_id) WHERE session_id IS NOT NULL",
)


def prepare(connection: sqlite3.Connection) -> None:
    """Bring a database that is to be written into the store's form, creating its tables where it is new.

    Raises:
        StoreRefusedError: It is another application's, or a newer version's.
        sqlite3.Error: It is busy, damaged, or not a database.
    """
    has_tables = check_version(connection)
    # Changing the mode takes the whole file, so only where it is another one. It stays with the file.
    if _value(connection, "PRAGMA journal_mode") != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL never damages the file; a power cut, not a crash, may lose the last transactions.
    connection.execute("PRAGMA synchronous = NORMAL")
    if not has_tables:
        _create(connection)


def check_version(connection: sqlite3.Connection) -> bool:
    """Return whether the database has the store's tables, False where it has none at all.

    Raises:
        StoreRefusedError: It is another application's, or a newer version's.
    """
    # One statement is one snapshot: another process may be creating the tables just now.
    version, tables = connection.execute(
        "SELECT user_version, (SELECT count(*) FROM sqlite_master) FROM pragma_user_version"
    ).fetchone()
    if version > SCHEMA_VERSION:
        msg = f"schema version {version}, this version of clippy_otel knows up to {SCHEMA_VERSION}: upgrade clippy_otel"
        raise StoreRefusedError(msg)
    if version < SCHEMA_VERSION and tables:
        raise StoreRefusedError("a database of another application: give the store a file of its own")
    return bool(tables)


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if not check_version(connection):  # again: another process may have been quicker
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _value(connection: sqlite3.Connection, sql: str) -> object:
    return connection.execute(sql).fetchone()[0]
