"""Reading the SQLite store: pages of records, each from a snapshot of its own.

A query has a connection of its own, which can change nothing and is closed before anything is handed out. Where there
is no file yet, or one of an earlier version without the table asked for, nothing is found.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from clippy_otel.otlp.points import MetricKind
from clippy_otel.store import connections, schema
from clippy_otel.store.metric_rows import METRIC_TABLES, SELECT_POINTS
from clippy_otel.store.rows import SELECT_LOGS
from clippy_otel.store.span_rows import SELECT_SPANS
from clippy_otel.store.values import MAX_INTEGER

Row = tuple[Any, ...]
_PAGE_ROWS: Final = 500
_LOGS_VERSION, _SPANS_VERSION, _METRICS_VERSION = 1, 2, 2  # of the schema, that brought the tables


class Reader:
    """Run queries on the file at a path, one at a time.

    Attributes:
        lock: Held while a connection is open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.renew()

    def renew(self) -> None:
        """Take a lock of its own in a forked child."""
        self.lock = threading.Lock()

    def logs(self, *, limit: int | None, event_name: str | None) -> Iterator[list[Row]]:
        """Return pages of rows of SELECT_LOGS, newest first."""
        wanted = {"event_name": event_name}
        return self._newest_first(SELECT_LOGS, ("time_unix_nano", "logs.id"), wanted, limit, since=_LOGS_VERSION)

    def spans(self, *, limit: int | None, name: str | None, trace_id: str | None) -> Iterator[list[Row]]:
        """Return pages of rows of SELECT_SPANS, newest first."""
        wanted = {"spans.name": name, "trace_id": trace_id}
        order = ("start_time_unix_nano", "spans.id")
        return self._newest_first(SELECT_SPANS, order, wanted, limit, since=_SPANS_VERSION)

    def points(self, kind: MetricKind, *, name: str | None) -> Iterator[list[Row]]:
        """Return pages of rows of a kind's SELECT_POINTS, by series and time."""
        condition = "" if name is None else "series_id IN (SELECT id FROM metric_series WHERE name = ?) AND"
        names = () if name is None else (name,)
        query = f"""{SELECT_POINTS[kind]} WHERE {condition} (series_id, time_unix_nano) > (?, ?)
            ORDER BY series_id, time_unix_nano LIMIT {_PAGE_ROWS}"""
        after = (0, 0)  # ids of rows begin with 1
        while rows := self._rows(query, (*names, *after), since=_METRICS_VERSION):
            yield rows
            after = rows[-1][:2]

    def count_logs(self) -> int:
        """Return how many log records there are."""
        return self._count("logs", since=_LOGS_VERSION)

    def count_spans(self) -> int:
        """Return how many spans there are."""
        return self._count("spans", since=_SPANS_VERSION)

    def count_points(self) -> int:
        """Return how many metric points there are, of all kinds."""
        return sum(self._count(table, since=_METRICS_VERSION) for table in METRIC_TABLES)

    def _newest_first(
        self, select: str, order: tuple[str, str], wanted: Mapping[str, str | None], limit: int | None, *, since: int
    ) -> Iterator[list[Row]]:
        """Return pages of rows whose id and time come first.

        Args:
            select: The statement without its WHERE.
            order: The columns of time and id.
            wanted: What columns must be equal to; None: anything.
            limit: How many rows at most; None: all.
            since: The version of the schema that brought the table.
        """
        left = MAX_INTEGER if limit is None else limit
        given = {column: value for column, value in wanted.items() if value is not None}
        conditions = "".join(f"{column} = ? AND " for column in given)
        time, row_id = order
        query = f"{select} WHERE {conditions} ({time}, {row_id}) < (?, ?) ORDER BY {time} DESC, {row_id} DESC LIMIT ?"
        before = (MAX_INTEGER, MAX_INTEGER)
        while left > 0:
            page = min(left, _PAGE_ROWS)
            rows = self._rows(query, (*given.values(), *before, page), since=since)
            yield rows
            if len(rows) < page:
                return
            left -= page
            before = (rows[-1][1], rows[-1][0])

    def _count(self, table: str, *, since: int) -> int:
        rows = self._rows(f"SELECT count(*) FROM {table}", (), since=since)  # noqa: S608 - the store's own tables
        return int(rows[0][0]) if rows else 0

    def _rows(self, query: str, parameters: tuple[Any, ...], *, since: int) -> list[Row]:
        with self.lock, connections.store_errors():
            if not self._path.exists():
                return []
            with contextlib.closing(connections.open_for_reading(self._path)) as connection:
                if schema.check_version(connection) < since:
                    return []
                return connection.execute(query, parameters).fetchall()
