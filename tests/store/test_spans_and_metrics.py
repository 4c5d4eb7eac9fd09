"""Spans and metrics in the SQLite store: there once, whole or not at all, and as they were."""

from __future__ import annotations

import contextlib
import math
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.store import schema
from clippy_otel.store.errors import StoreBusyError, StoreError, StoreRefusedError
from clippy_otel.store.metric_rows import METRIC_TABLES, SELECT_POINTS, PreparedMetrics, stored_points
from clippy_otel.store.span_rows import SELECT_SPANS, PreparedSpans, stored_spans
from clippy_otel.store.sqlite import SqliteStore
from tests._requests import SPAN_ID, TIME_NS, TRACE_ID, decoded
from tests._signals import (
    counter,
    decoded_points,
    decoded_spans,
    every_metric,
    exemplar,
    exponential_histogram,
    full_span,
    gauge,
    histogram,
    span,
)

LONG_S = 60.0  # no test waits for it
FIRST_VERSION = Path(__file__).with_name("version_1.sql")  # what the first version of this package created
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a file that does not exist."""
    return tmp_path / "telemetry.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """Give a store that is closed afterwards."""
    store = SqliteStore(path)
    yield store
    store.close()


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database as any other program would."""
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        yield connection


@contextlib.contextmanager
def in_memory() -> Iterator[sqlite3.Connection]:
    """Open a database that has the store's tables and no file."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.prepare(connection)
        yield connection


def append_spans(store: SqliteStore, *spans: Any) -> int:
    """Append spans, given as protobuf has them, with time enough."""
    return store.append_spans(decoded_spans(*spans), timeout_s=LONG_S)


def append_metrics(store: SqliteStore, *metrics: Any) -> int:
    """Append metrics, given as protobuf has them, with time enough."""
    return store.append_metrics(decoded_points(*metrics), timeout_s=LONG_S)


def span_number(number: int, name: str = "a", **fields: Any) -> Any:
    """Return a span with an id of its own."""
    return span(name, span_id=number.to_bytes(8, "big"), **fields)


def test_span_comes_back(store: SqliteStore) -> None:
    """A span comes back with all its fields, and so does one that has next to none."""
    spans = decoded_spans(full_span(), span("bare", trace_id=b"", span_id=b""))
    assert store.append_spans(spans, timeout_s=LONG_S) == 2
    assert sorted(store.spans(), key=lambda each: each.name) == spans


def test_absent_fields_of_a_span(store: SqliteStore, path: Path) -> None:
    """What a span does not have is NULL in the table."""
    append_spans(store, span(trace_id=b"", span_id=b""))
    query = (
        "SELECT trace_id, span_id, parent_span_id, trace_state, events, links, status_message, session_id FROM spans"
    )
    with opened(path) as connection:
        assert connection.execute(query).fetchone() == (None,) * 8


def test_spans_readable_by_sql(store: SqliteStore, path: Path) -> None:
    """Any SQL client can ask for durations, attributes, sessions and events."""
    append_spans(store, full_span())
    query = """SELECT name, duration_nano / 1000000.0, json_extract(spans.attributes, '$."http.route"'), session_id,
        json_extract(events, '$[0].name'), json_extract(resources.attributes, '$."service.name"')
        FROM spans JOIN resources ON resources.id = resource_id"""
    with opened(path) as connection:
        assert connection.execute(query).fetchall() == [("GET /users", 12.5, "/users", "s1", "exception", "assistant")]


def test_repeated_spans(store: SqliteStore) -> None:
    """A span that arrives again adds nothing, whatever else comes with it; spans without ids are not compared."""
    assert append_spans(store, span_number(1), span_number(1)) == 1
    assert append_spans(store, span_number(1), span_number(2)) == 1
    assert append_spans(store, span_number(1, trace_id=bytes(15) + b"\x01")) == 1
    anonymous = span(trace_id=b"", span_id=b"")
    assert append_spans(store, anonymous, anonymous) == 2
    assert store.count_spans() == 5


def test_which_spans(store: SqliteStore) -> None:
    """Spans come newest first, over any number of pages, and can be asked for by name and by trace."""
    spans = [span_number(1 + number, str(number % 2), start_time_unix_nano=1 + number) for number in range(1100)]
    append_spans(store, *spans, span_number(5000, "other", trace_id=bytes(15) + b"\x01"))
    assert [each.start_time_unix_nano for each in store.spans(name="1")] == list(range(1100, 0, -2))
    assert len(list(store.spans())) == 1101
    assert len(list(store.spans(limit=501))) == 501
    assert [each.name for each in store.spans(trace_id=f"{1:032x}")] == ["other"]
    assert next(store.spans(trace_id=f"{TRACE_ID:032x}", name="0", limit=1)).start_time_unix_nano == 1099


def test_a_trace_is_found_by_index(store: SqliteStore, path: Path) -> None:
    """Looking a trace up does not read the whole table."""
    append_spans(store, span())
    with opened(path) as connection:
        plan = connection.execute("EXPLAIN QUERY PLAN SELECT * FROM spans WHERE trace_id = 'x'").fetchall()
    assert "SEARCH" in plan[0][3]


def test_extreme_spans(store: SqliteStore) -> None:
    """Times beyond SQLite's integers are the latest that it can say; a span that ends before it starts is kept."""
    append_spans(
        store,
        span_number(1, start_time_unix_nano=2**64 - 1, end_time_unix_nano=2**64 - 1),
        span_number(2, start_time_unix_nano=2**64 - 1, end_time_unix_nano=0, flags=2**32 - 1),
    )
    later, earlier = store.spans()
    assert (later.start_time_unix_nano, later.end_time_unix_nano, later.flags) == (2**63 - 1, 0, 2**32 - 1)
    assert (earlier.start_time_unix_nano, earlier.end_time_unix_nano) == (2**63 - 1, 2**63 - 1)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.text())
def test_any_span(attributes: dict[str, Any], text: str) -> None:
    """Whatever values a span has, in its events too, it comes back as it was."""
    (template,) = decoded_spans(full_span())
    (event,) = template.events
    made = template._replace(
        name=text, attributes=attributes, trace_state=text, events=(event._replace(attributes=attributes),)
    )
    with in_memory() as connection:
        assert PreparedSpans([made]).insert(connection) == 1
        assert stored_spans(connection.execute(SELECT_SPANS).fetchall()) == [made]


def test_metrics_come_back(store: SqliteStore) -> None:
    """A point of each kind comes back with all its fields."""
    points = decoded_points(*every_metric(), gauge("with exemplar", exemplars=[exemplar()], data={"a": [1, b"\xff"]}))
    assert store.append_metrics(points, timeout_s=LONG_S) == 6
    assert sorted(store.metrics(), key=lambda point: point.name) == sorted(points, key=lambda point: point.name)
    assert list(store.metrics(name="duration")) == [point for point in points if point.name == "duration"]
    assert list(store.metrics(name="no such metric")) == []


def test_values_keep_their_type(store: SqliteStore) -> None:
    """An integer stays one, and a float stays one."""
    append_metrics(store, counter("int", 7), counter("float", 7.0))
    assert {point.name: repr(point.value) for point in store.metrics()} == {"int": "7", "float": "7.0"}


def test_numbers_that_are_none(store: SqliteStore) -> None:
    """NaN, for which SQL has no word, becomes None; infinity stays."""
    append_metrics(store, gauge("nan", math.nan), gauge("inf", math.inf), histogram(sum=math.nan, max=math.inf))
    values = {point.name: (point.value, point.sum, point.max) for point in store.metrics()}
    assert values == {
        "nan": (None, None, None),
        "inf": (math.inf, None, None),
        "duration": (None, None, math.inf),
    }


def test_extreme_points(store: SqliteStore) -> None:
    """Counts and times beyond SQLite's integers are the largest that it can say."""
    append_metrics(store, histogram(count=2**64 - 1, time_unix_nano=2**64 - 1, bucket_counts=[2**64 - 1]))
    (point,) = store.metrics()
    assert (point.count, point.time_unix_nano, point.bucket_counts) == (2**63 - 1, 2**63 - 1, (2**64 - 1,))


def test_repeated_points(store: SqliteStore) -> None:
    """A point of a series and time that are there already adds nothing; another series or time does."""
    first = counter(data={"route": "/a", "n": 1})
    assert append_metrics(store, first, first) == 1
    assert append_metrics(store, first, counter(data={"route": "/b"})) == 1
    assert append_metrics(store, counter(value=99, data={"n": 1, "route": "/a"})) == 0  # the order of keys is no matter
    assert append_metrics(store, counter(data={"route": "/a", "n": 1}, time_unix_nano=TIME_NS + 1)) == 1
    assert append_metrics(store, counter(data={"route": "/a", "n": 1}, unit="By")) == 1
    assert append_metrics(store, counter(data={"route": "/a", "n": "1"})) == 1
    assert store.count_metrics() == 5


def test_other_resource_is_another_series(store: SqliteStore) -> None:
    """Two processes that count the same thing at the same time are two series."""
    (point,) = decoded_points(counter())
    other = point._replace(resource={"service.instance.id": "2"})
    scoped = point._replace(scope_name="other")
    assert store.append_metrics([point, other, scoped], timeout_s=LONG_S) == 3


def test_series_stand_once(store: SqliteStore, path: Path) -> None:
    """What all collections of a series share is stored once, and read in their order over any number of pages."""
    points = [counter(value=number, time_unix_nano=1 + number) for number in range(1100)]
    append_metrics(store, *reversed(points), counter("second"))
    assert [point.value for point in store.metrics(name="requests")] == list(range(1100))
    assert len(list(store.metrics())) == 1101
    with opened(path) as connection:
        assert connection.execute("SELECT count(*) FROM metric_series").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM resources").fetchone() == (1,)


def test_metrics_readable_by_sql(store: SqliteStore, path: Path) -> None:
    """Any SQL client can ask for a metric's points, in the table of its kind."""
    append_metrics(store, *every_metric())
    query = """SELECT name, count, json_extract(bucket_counts, '$[2]'), json_extract(explicit_bounds, '$[1]')
        FROM metrics_histogram JOIN metric_series ON metric_series.id = series_id"""
    with opened(path) as connection:
        assert connection.execute(query).fetchall() == [("duration", 3, 1, 5.0)]
        for table in METRIC_TABLES:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)  # noqa: S608 - our own names


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.text())
def test_any_point(attributes: dict[str, Any], text: str) -> None:
    """Whatever attributes a point has, it comes back as it was, and is known again."""
    (template,) = decoded_points(exponential_histogram())
    point = template._replace(name=text, description=text, unit=text, attributes=attributes)
    with in_memory() as connection:
        assert [PreparedMetrics([point]).insert(connection) for _ in range(2)] == [1, 0]
        assert stored_points(connection.execute(SELECT_POINTS[point.kind]).fetchall()) == [point]


def test_all_or_none(store: SqliteStore, path: Path) -> None:
    """Where one of several points cannot be stored, none is, and the next append works."""
    append_metrics(store, gauge("before"))
    with opened(path) as connection:
        connection.execute("ALTER TABLE metrics_histogram RENAME TO away")
    with pytest.raises(StoreError, match="no such table"):
        append_metrics(store, gauge("a"), counter("b"), histogram())
    with opened(path) as connection:
        connection.execute("ALTER TABLE away RENAME TO metrics_histogram")
    assert [point.name for point in store.metrics()] == ["before"]
    assert append_metrics(store, gauge("a"), counter("b"), histogram()) == 3


def test_busy(store: SqliteStore, path: Path) -> None:
    """While another writer holds the file, appending waits for its deadline and adds nothing."""
    append_spans(store, span())
    with opened(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="locked"):
            store.append_spans(decoded_spans(span_number(2)), timeout_s=0.05)
        with pytest.raises(StoreBusyError, match="locked"):
            store.append_metrics(decoded_points(gauge()), timeout_s=0.05)
    assert (store.count_spans(), store.count_metrics()) == (1, 0)


def test_nothing(store: SqliteStore, path: Path) -> None:
    """Before the file exists nothing is found; no records are none added."""
    assert (store.count_spans(), store.count_metrics(), list(store.spans()), list(store.metrics())) == (0, 0, [], [])
    assert not path.exists()
    assert (append_spans(store), append_metrics(store)) == (0, 0)


def first_version(path: Path) -> None:
    """Create a file as the first version of this package did, with one log record."""
    with opened(path) as connection:
        connection.executescript(FIRST_VERSION.read_text(encoding="utf-8"))


def test_file_of_the_first_version_is_read(store: SqliteStore, path: Path) -> None:
    """A file that has logs only can be read as it is, and is not changed by that."""
    first_version(path)
    assert [log.event_name for log in store.logs()] == ["old"]
    assert (list(store.spans()), list(store.metrics()), store.count_spans(), store.count_metrics()) == ([], [], 0, 0)
    with opened(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_file_of_the_first_version_is_gone_on_with(store: SqliteStore, path: Path) -> None:
    """The first record, of whatever signal, brings the tables that are missing; what is there stays."""
    first_version(path)
    assert append_spans(store, full_span()) == 1
    assert append_metrics(store, *every_metric()) == 5
    assert store.append_logs([decoded("new"), decoded("again", event_id="e" * 32)], timeout_s=LONG_S) == 1
    assert sorted(log.event_name for log in store.logs()) == ["new", "old"]
    assert (store.count_spans(), store.count_metrics()) == (1, 5)
    with opened(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA_VERSION,)


def test_upgraded_file_is_as_a_new_one(tmp_path: Path) -> None:
    """A file of the first version has the same tables afterwards as one that is new."""
    schemas = []
    for name in ("old.db", "new.db"):
        if name == "old.db":
            first_version(tmp_path / name)
        store = SqliteStore(tmp_path / name)
        append_spans(store, span())
        store.close()
        with opened(tmp_path / name) as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
            schemas.append([(name, " ".join((sql or "").split())) for name, sql in rows])
    assert schemas[0] == schemas[1]


def test_upgrade_is_whole(store: SqliteStore, path: Path) -> None:
    """An upgrade that fails half-way leaves the file as it was."""
    first_version(path)
    with opened(path) as connection:
        connection.execute("CREATE TABLE metrics_summary (mine)")
    with pytest.raises(StoreError, match="already exists"):
        append_spans(store, span())
    with opened(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'spans'").fetchone() == (0,)
        connection.execute("DROP TABLE metrics_summary")
    assert append_spans(store, span()) == 1


def test_upgrade_by_several_at_once(path: Path) -> None:
    """Writers that find an earlier version's file at the same time upgrade it once, and lose nothing."""
    first_version(path)
    stores = [SqliteStore(path) for _ in range(4)]
    threads = [
        threading.Thread(target=append_spans, args=(store, span_number(1 + number)))
        for number, store in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert stores[0].count_spans() == 4
    for store in stores:
        store.close()


def test_foreign_database_with_a_version(store: SqliteStore, path: Path) -> None:
    """Another application's database that numbers its versions too is left as it is."""
    with opened(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
        connection.execute("PRAGMA user_version = 1")
    before = path.read_bytes()
    with pytest.raises(StoreRefusedError, match="another application"):
        append_spans(store, span())
    with pytest.raises(StoreRefusedError, match="another application"):
        store.count_spans()
    assert path.read_bytes() == before


def test_ids_are_as_they_were_sent(store: SqliteStore) -> None:
    """Ids are lower-case hex digits, as everywhere."""
    append_spans(store, span())
    (stored,) = store.spans()
    assert (stored.trace_id, stored.span_id) == (f"{TRACE_ID:032x}", f"{SPAN_ID:016x}")
