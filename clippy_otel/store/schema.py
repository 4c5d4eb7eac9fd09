"""The tables of the SQLite store, and their version.

They hold what the Collector's ClickHouse exporter holds, with a table for each of its tables: `logs`, `spans` (there:
traces), `metrics_gauge`, `metrics_sum`, `metrics_histogram`, `metrics_exp_histogram`, `metrics_summary`. Each has a row
a record or point; what many of them share stands once in a table of its own (resource, instrumentation scope, and a
metric's series). Text that is JSON is made by `store.values`. Columns that a record has no value for are NULL; so is a
number that is NaN, for which SQL has no word. Kinds and status codes of spans are OTLP's numbers.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from clippy_otel.store.errors import StoreRefusedError

# event_id is unique so that a request that is sent again (at least once) adds nothing; many rows may have none.
_LOGS: Final = (
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

# A span has one row by its ids, for the same reason; the index that holds them to it finds a trace too.
_SPANS: Final = (
    """CREATE TABLE spans (
        id INTEGER PRIMARY KEY,
        trace_id TEXT,
        span_id TEXT,
        parent_span_id TEXT,
        trace_state TEXT,
        flags INTEGER NOT NULL,
        name TEXT NOT NULL,
        kind INTEGER NOT NULL,
        start_time_unix_nano INTEGER NOT NULL,
        duration_nano INTEGER NOT NULL,
        attributes TEXT NOT NULL,
        dropped_attributes_count INTEGER NOT NULL,
        events TEXT,
        dropped_events_count INTEGER NOT NULL,
        links TEXT,
        dropped_links_count INTEGER NOT NULL,
        status_code INTEGER NOT NULL,
        status_message TEXT,
        session_id TEXT,
        resource_schema_url TEXT,
        scope_schema_url TEXT,
        resource_id INTEGER NOT NULL REFERENCES resources (id),
        scope_id INTEGER NOT NULL REFERENCES scopes (id),
        UNIQUE (trace_id, span_id))""",
    "CREATE INDEX spans_by_time ON spans (start_time_unix_nano)",
    "CREATE INDEX spans_by_name ON spans (name, start_time_unix_nano)",
    "CREATE INDEX spans_by_session ON spans (session_id) WHERE session_id IS NOT NULL",
)


def _points_table(name: str, columns: str) -> tuple[str, str]:
    """Return the statements of a table of points: one a series and time, in that order on disk."""
    return (
        f"""CREATE TABLE {name} (
            series_id INTEGER NOT NULL REFERENCES metric_series (id),
            time_unix_nano INTEGER NOT NULL,
            start_time_unix_nano INTEGER NOT NULL,
            flags INTEGER NOT NULL,
            exemplars TEXT,
            {columns},
            PRIMARY KEY (series_id, time_unix_nano)) WITHOUT ROWID""",
        f"CREATE INDEX {name}_by_time ON {name} (time_unix_nano)",
    )


# A value has no type of its own: integers stay integers.
_STATISTICS: Final = "count INTEGER, sum REAL, min REAL, max REAL"
_METRICS: Final = (
    """CREATE TABLE metric_series (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        attributes TEXT NOT NULL,
        kind TEXT NOT NULL,
        unit TEXT NOT NULL,
        description TEXT NOT NULL,
        is_monotonic INTEGER NOT NULL,
        temporality TEXT NOT NULL,
        resource_schema_url TEXT NOT NULL,
        scope_schema_url TEXT NOT NULL,
        resource_id INTEGER NOT NULL REFERENCES resources (id),
        scope_id INTEGER NOT NULL REFERENCES scopes (id),
        UNIQUE (name, attributes, kind, unit, description, is_monotonic, temporality,
            resource_schema_url, scope_schema_url, resource_id, scope_id))""",
    *_points_table("metrics_gauge", "value"),
    *_points_table("metrics_sum", "value"),
    *_points_table("metrics_histogram", f"{_STATISTICS}, bucket_counts TEXT, explicit_bounds TEXT"),
    *_points_table(
        "metrics_exp_histogram",
        f"""{_STATISTICS}, scale INTEGER, zero_count INTEGER, zero_threshold REAL,
            positive_offset INTEGER, positive_bucket_counts TEXT,
            negative_offset INTEGER, negative_bucket_counts TEXT""",
    ),
    *_points_table("metrics_summary", "count INTEGER, sum REAL, quantiles TEXT"),
)

# What each version has added to the one before.
_VERSIONS: Final = (_LOGS, (*_SPANS, *_METRICS))
SCHEMA_VERSION: Final = len(_VERSIONS)


def prepare(connection: sqlite3.Connection) -> None:
    """Bring a database that is to be written into the store's form: one that is new, and an earlier version's.

    Raises:
        StoreRefusedError: It is another application's, or a newer version's.
        sqlite3.Error: It is busy, damaged, or not a database.
    """
    version = check_version(connection)
    # Changing the mode takes the whole file, so only where it is another one. It stays with the file.
    if _value(connection, "PRAGMA journal_mode") != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL never damages the file; a power cut, not a crash, may lose the last transactions.
    connection.execute("PRAGMA synchronous = NORMAL")
    if version < SCHEMA_VERSION:
        _upgrade(connection)


def check_version(connection: sqlite3.Connection) -> int:
    """Return the version of the store's tables in the database, 0 where it has none at all.

    Raises:
        StoreRefusedError: It is another application's, or a newer version's.
    """
    # One statement is one snapshot: another process may be creating the tables just now.
    version, tables, ours = connection.execute(
        """SELECT user_version, (SELECT count(*) FROM sqlite_master),
        (SELECT count(*) FROM sqlite_master WHERE name IN ('resources', 'scopes')) FROM pragma_user_version"""
    ).fetchone()
    if version > SCHEMA_VERSION:
        msg = f"schema version {version}, this version of clippy_otel knows up to {SCHEMA_VERSION}: upgrade clippy_otel"
        raise StoreRefusedError(msg)
    # Others number their versions too; what is about to get tables of ours had better have some.
    if tables and (version == 0 or not ours):
        raise StoreRefusedError("a database of another application: give the store a file of its own")
    return int(version) if tables else 0


def _upgrade(connection: sqlite3.Connection) -> None:
    """Add what is missing in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    version = check_version(connection)  # again: another process may have been quicker
    for statements in _VERSIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _value(connection: sqlite3.Connection, sql: str) -> object:
    return connection.execute(sql).fetchone()[0]
