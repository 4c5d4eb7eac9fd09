"""The SQLite store: what is appended is there once, whatever happens around it."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp.decode import DecodedLog, decode_logs
from clippy_otel.store.errors import StoreBusyError, StoreRefusedError, StoreUnavailableError
from clippy_otel.store.rows import PreparedLogs
from clippy_otel.store.schema import SCHEMA_VERSION
from clippy_otel.store.sqlite import SqliteStore
from tests._requests import RESOURCE, SCOPE, SESSION, TIME_NS, decoded, record, request

LONG_S = 60.0  # no test waits for it


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


def names(store: SqliteStore, **options: Any) -> list[str]:
    """Return the names of a store's records, as it gives them."""
    return [log.event_name for log in store.logs(**options)]


def append(store: SqliteStore, *logs: DecodedLog) -> int:
    """Append with time enough."""
    return store.append_logs(logs, timeout_s=LONG_S)


def test_every_field(store: SqliteStore) -> None:
    """A record comes back with all its fields; the two ids have places of their own."""
    data = {"a": {"b": [1, 2.5, None, True, b"\xff"]}, "nan": math.inf}
    log = decoded("feature.used", data, event_id="e" * 32, body={"raw": b"\x00"}, severity_number=17)
    assert append(store, log) == 1
    (stored,) = store.logs()
    assert stored.attributes == data
    assert stored.body == {"raw": b"\x00"}
    assert (stored.time_unix_nano, stored.observed_time_unix_nano) == (TIME_NS, TIME_NS + 5)
    assert (stored.event_name, stored.severity_number, stored.severity_text) == ("feature.used", 17, "INFO")
    assert (stored.trace_id, stored.span_id, stored.trace_flags) == (log.trace_id, log.span_id, 1)
    assert (stored.event_id, stored.session_id) == ("e" * 32, SESSION)
    assert (stored.resource, stored.dropped_attributes_count) == (RESOURCE, 0)
    assert (stored.scope_name, stored.scope_version, stored.scope_attributes) == ("clippy_otel", "0.1", SCOPE)


def test_absent_fields(store: SqliteStore, path: Path) -> None:
    """What a record does not have is NULL in the table and empty in what is read."""
    append(store, decoded("", attributes={}, trace_id=0, span_id=0, severity_number=0, severity_text=""))
    (stored,) = store.logs()
    assert (stored.body, stored.attributes) == (None, {})
    assert (stored.trace_id, stored.span_id, stored.session_id, stored.event_id) == ("", "", "", "")
    with opened(path) as connection:
        row = connection.execute("SELECT body, trace_id, span_id, session_id, event_id FROM logs").fetchone()
    assert row == (None,) * 5


def test_readable_by_sql(store: SqliteStore, path: Path) -> None:
    """Any SQL client can ask for attributes: the columns hold strict JSON."""
    append(store, decoded("a", {"feature.id": "chat", "x": math.nan}))
    with opened(path) as connection:
        query = """SELECT json_extract(logs.attributes, '$."feature.id"'), json_valid(logs.attributes),
            json_extract(resources.attributes, '$."service.name"')
            FROM logs JOIN resources ON resources.id = resource_id"""
        assert connection.execute(query).fetchall() == [("chat", 1, "assistant")]


def test_extreme_numbers(store: SqliteStore) -> None:
    """Times beyond SQLite's integers are the latest that it can say; the batch does not fail for them."""
    huge = decoded("a", time_unix_nano=2**64 - 1, observed_time_unix_nano=2**64 - 1, trace_flags=2**32 - 1)
    assert append(store, huge, decoded("b")) == 2
    latest = next(store.logs())
    assert (latest.time_unix_nano, latest.observed_time_unix_nano) == (2**63 - 1, 2**63 - 1)
    assert latest.trace_flags == 2**32 - 1


def test_hostile_text(store: SqliteStore) -> None:
    """Quotes, NUL characters and SQL in a record are text."""
    hostile = "'; DROP TABLE logs; --\x00\"\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")
    append(store, decoded(hostile, {hostile: hostile}))
    assert [(log.event_name, log.attributes) for log in store.logs()] == [(hostile, {hostile: hostile})]
    assert names(store, event_name=hostile) == [hostile]


def test_unknown_time(store: SqliteStore) -> None:
    """A record without a time is kept as of when it was observed."""
    append(store, decoded(time_unix_nano=0, observed_time_unix_nano=7))
    assert next(store.logs()).time_unix_nano == 7


def test_repeated_events(store: SqliteStore) -> None:
    """A request that arrives again adds nothing, whatever else comes with it; events without an id are not compared."""
    first = decoded("a", event_id="1" * 32)
    assert append(store, first, first) == 1
    assert append(store, first, decoded("b")) == 1
    anonymous = decoded("c", attributes={})
    assert append(store, anonymous, anonymous) == 2
    assert store.count_logs() == 4


def test_nothing(store: SqliteStore) -> None:
    """No records are none added, and no error."""
    assert append(store) == 0
    assert store.count_logs() == 0


def test_order_and_pages(store: SqliteStore) -> None:
    """Records come newest first, equal times last stored first, over any number of pages."""
    times = [number // 3 for number in range(1100)]
    append(store, *(decoded(str(number), time_unix_nano=1 + time) for number, time in enumerate(times)))
    assert names(store) == [str(number) for number in reversed(range(1100))]
    assert names(store, limit=501) == [str(number) for number in range(1099, 598, -1)]
    assert names(store, limit=0) == []


def test_by_name(store: SqliteStore) -> None:
    """One event's records can be asked for."""
    append(store, decoded("a"), decoded("b"), decoded("a"))
    assert names(store, event_name="a") == ["a", "a"]
    assert names(store, event_name="a", limit=1) == ["a"]
    assert names(store, event_name="") == []


def test_added_while_reading(store: SqliteStore) -> None:
    """An iteration that has begun does not repeat or lose records for those that are added meanwhile."""
    append(store, *(decoded(str(number), time_unix_nano=1 + number) for number in range(700)))
    read = store.logs()
    first = next(read)
    append(store, decoded("newer", time_unix_nano=5000))
    assert [first.event_name, *(log.event_name for log in read)] == [str(number) for number in reversed(range(700))]


def test_shared_rows(store: SqliteStore, path: Path) -> None:
    """Resource and scope stand once, whatever the order of their keys."""
    for resource in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1}):
        append(store, *decode_logs(request(record(), record(), resource=resource)))
    with opened(path) as connection:
        assert connection.execute("SELECT count(*) FROM resources").fetchone() == (2,)
        assert connection.execute("SELECT count(*) FROM scopes").fetchone() == (1,)


def test_before_the_file_exists(store: SqliteStore, path: Path) -> None:
    """Reading a store that nobody has written to finds nothing and creates nothing."""
    assert (names(store), store.count_logs()) == ([], 0)
    assert not path.exists()


def test_permissions(tmp_path: Path) -> None:
    """File, companions and a created directory are their owner's alone, under any umask."""
    path = tmp_path / "below" / "telemetry.db"
    store = SqliteStore(path)
    before = os.umask(0)
    try:
        append(store, decoded())
    finally:
        os.umask(before)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    store.close()
    assert modes == {"telemetry.db": 0o600, "telemetry.db-wal": 0o600, "telemetry.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_permissions_of_an_existing_file(store: SqliteStore, path: Path) -> None:
    """Permissions that somebody has given are left alone."""
    path.touch(0o644)
    path.chmod(0o644)
    append(store, decoded())
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path means the directory that was current when the store was made."""
    monkeypatch.chdir(tmp_path)
    store = SqliteStore.from_url("sqlite:///telemetry.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    append(store, decoded())
    store.close()
    assert (tmp_path / "telemetry.db").exists()


def test_absolute_url(path: Path) -> None:
    """Four slashes begin an absolute path, taken as it stands."""
    assert SqliteStore.from_url(f"sqlite:///{path}").path == path
    assert SqliteStore.from_url("sqlite:////var/a%20b é.db").path == Path("/var/a%20b é.db")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:x.db",
        "sqlite://host/x.db",
        "sqlite:///:memory:",
        "sqlite:///a?b=c",
        "sqlite:///a\0b",
        "clickhouse://user:secret@host/db",
    ],
)
def test_bad_url(url: str) -> None:
    """Any other URL is an error that names the setting and shows no secret."""
    with pytest.raises(ConfigurationError, match="store must be sqlite:///") as raised:
        SqliteStore.from_url(url)
    assert "secret" not in str(raised.value)


def test_awkward_path(tmp_path: Path) -> None:
    """A path with what means something in a URL is written and read."""
    store = SqliteStore(tmp_path / "a b%20#é&.db")
    append(store, decoded("a"))
    assert names(store) == ["a"]
    store.close()


def test_newer_schema(store: SqliteStore, path: Path) -> None:
    """A newer version's store is left alone, with a message that says what to do."""
    append(store, decoded())
    store.close()
    with opened(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    newer = SqliteStore(path)
    with pytest.raises(StoreRefusedError, match=rf"schema version {SCHEMA_VERSION + 1}.*upgrade clippy_otel"):
        append(newer, decoded())
    with pytest.raises(StoreRefusedError, match="upgrade clippy_otel"):
        newer.count_logs()


def test_foreign_database(store: SqliteStore, path: Path) -> None:
    """Another application's database is left as it is."""
    with opened(path) as connection:
        connection.execute("CREATE TABLE logs (message)")
    before = path.read_bytes()
    with pytest.raises(StoreRefusedError, match="another application"):
        append(store, decoded())
    assert path.read_bytes() == before


def test_no_database(store: SqliteStore, path: Path) -> None:
    """A file that is no database is refused and left as it is."""
    path.write_text("dear diary " * 500)
    with pytest.raises(StoreRefusedError, match="not a database"):
        append(store, decoded())
    with pytest.raises(StoreRefusedError, match="not a database"):
        store.count_logs()
    assert path.read_text() == "dear diary " * 500


def test_damaged(store: SqliteStore, path: Path) -> None:
    """A damaged store refuses; once the file is replaced, the same store goes on."""
    append(store, *(decoded(str(number)) for number in range(200)))
    store.before_fork()  # closes the connection, so that the file holds everything
    store.after_fork_in_parent()
    sound = path.read_bytes()
    path.write_bytes(sound[:4096] + b"\xa5" * (len(sound) - 4096))
    with pytest.raises(StoreRefusedError, match="malformed"):
        append(store, decoded())
    path.write_bytes(sound)
    assert append(store, decoded()) == 1
    assert store.count_logs() == 201


def test_missing_table(store: SqliteStore, path: Path) -> None:
    """A store whose table somebody took away refuses rather than trying for ever."""
    append(store, decoded())
    with opened(path) as connection:
        connection.execute("ALTER TABLE logs RENAME TO old_logs")
    expected = StoreRefusedError if sys.version_info >= (3, 11) else StoreUnavailableError
    with pytest.raises(expected, match="no such table"):
        append(store, decoded())


def test_path_below_a_file(tmp_path: Path) -> None:
    """A path that cannot exist is unavailable, with the system's own words."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailableError, match="Not a directory"):
        append(SqliteStore(tmp_path / "file" / "telemetry.db"), decoded())


def test_two_missing_directories(tmp_path: Path) -> None:
    """One missing directory is created; two are more likely a mistake."""
    with pytest.raises(StoreUnavailableError, match="No such file or directory"):
        append(SqliteStore(tmp_path / "a" / "b" / "telemetry.db"), decoded())
    assert not (tmp_path / "a").exists()


def test_directory_instead_of_file(tmp_path: Path) -> None:
    """A directory in the file's place is unavailable."""
    with pytest.raises(StoreUnavailableError, match="unable to open"):
        append(SqliteStore(tmp_path), decoded())


def test_read_only_directory(tmp_path: Path) -> None:
    """A directory that may not be written to is unavailable, and works once it may be."""
    directory = tmp_path / "locked"
    directory.mkdir()
    directory.chmod(0o500)
    try:
        (directory / "probe").touch()
    except PermissionError:
        store = SqliteStore(directory / "telemetry.db")
        with pytest.raises(StoreUnavailableError, match="Permission denied"):
            append(store, decoded())
        directory.chmod(0o700)
        assert append(store, decoded()) == 1
        store.close()
    else:
        pytest.skip("this user may write anywhere")
    finally:
        directory.chmod(0o700)


def test_busy(store: SqliteStore, path: Path) -> None:
    """While another writer holds the file, appending waits for its deadline, adds nothing, and works afterwards."""
    append(store, decoded())
    with opened(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="locked"):
            store.append_logs([decoded()], timeout_s=0.1)
        assert store.count_logs() == 1  # readers do not wait for writers
    assert append(store, decoded()) == 1


def test_busy_for_a_while(store: SqliteStore, path: Path) -> None:
    """Appending goes on as soon as the other writer is done."""
    append(store, decoded())
    with opened(path) as other:
        other.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(target=append, args=(store, decoded()))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        other.execute("COMMIT")
        thread.join(10)
    assert store.count_logs() == 2


def test_busy_while_created(store: SqliteStore, path: Path) -> None:
    """A file that another process has only begun to create is busy too."""
    with opened(path) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusyError, match="locked"):
            store.append_logs([decoded()], timeout_s=0.1)
    assert append(store, decoded()) == 1


def test_interrupt(store: SqliteStore, path: Path) -> None:
    """interrupt() ends the wait of another thread; what comes later is not interrupted."""
    append(store, decoded())
    raised: list[Exception] = []

    def write() -> None:
        try:
            append(store, decoded())
        except StoreUnavailableError as error:
            raised.append(error)

    with opened(path) as other:
        other.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(target=write)
        thread.start()
        while thread.is_alive():
            store.interrupt()
            thread.join(0.05)
    assert len(raised) == 1
    assert append(store, *(decoded() for _ in range(500))) == 500
    assert store.count_logs() == 501


def test_deadline_of_long_statements(store: SqliteStore) -> None:
    """A transaction that is not done by the deadline is taken back whole."""
    append(store, decoded())
    with pytest.raises(StoreUnavailableError, match="interrupted"):
        store.append_logs([decoded() for _ in range(2000)], timeout_s=-1.0)
    assert store.count_logs() == 1
    assert append(store, decoded()) == 1


def test_closed(store: SqliteStore) -> None:
    """A closed store takes nothing more, and can be read."""
    append(store, decoded("a"))
    store.close()
    store.close()
    with pytest.raises(StoreUnavailableError, match="closed"):
        append(store, decoded())
    assert names(store) == ["a"]


def test_close_while_waiting(store: SqliteStore, path: Path) -> None:
    """close() does not wait for an append that waits for another process, and which gives up soon then."""
    append(store, decoded())
    failed: list[StoreUnavailableError] = []

    def write() -> None:
        try:
            append(store, decoded())
        except StoreUnavailableError as error:
            failed.append(error)

    with opened(path) as other:
        other.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(0.1)
        store.close()
        thread.join(10)
    assert "closed" in str(failed[0])
    assert not path.with_name(f"{path.name}-wal").exists()


def test_close_during_append(store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An append that was under way when the store was closed succeeds, and closes the file on its way out."""
    insert = PreparedLogs.insert

    def insert_and_close(prepared: PreparedLogs, connection: sqlite3.Connection) -> int:
        added = insert(prepared, connection)
        store.close()
        return added

    monkeypatch.setattr(PreparedLogs, "insert", insert_and_close)
    assert append(store, decoded()) == 1
    assert not path.with_name(f"{path.name}-wal").exists()


def test_file_deleted_while_open(store: SqliteStore, path: Path) -> None:
    """Records are not written into a file that nobody can find any more."""
    append(store, decoded("lost with the file"))
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        file.unlink()
    append(store, decoded("a"))
    append(store, decoded("b"))
    assert names(store) == ["b", "a"]


def test_file_deleted_but_not_its_companions(store: SqliteStore, path: Path) -> None:
    """What SQLite left beside a deleted file does not get into the new one."""
    append(store, decoded("lost with the file"))
    path.unlink()
    append(store, decoded("a"))
    assert names(store) == ["a"]


def test_file_replaced_while_open(store: SqliteStore, path: Path, tmp_path: Path) -> None:
    """A store that was restored from a copy is gone on with."""
    append(store, decoded("a"))
    store.before_fork()  # closes the connection, so that the file holds everything
    store.after_fork_in_parent()
    shutil.copy(path, tmp_path / "copy.db")
    append(store, decoded("after the copy"))
    for companion in ("-wal", "-shm"):
        path.with_name(path.name + companion).unlink()
    (tmp_path / "copy.db").replace(path)
    append(store, decoded("b"))
    assert names(store) == ["b", "a"]


def test_threads(store: SqliteStore) -> None:
    """Several threads may append to one store, and others read it meanwhile."""

    def write() -> None:
        for _ in range(20):
            append(store, decoded(), decoded())

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    counts = [store.count_logs() for _ in range(20)]
    for thread in threads:
        thread.join(30)
    assert store.count_logs() == 160
    assert counts == sorted(counts)


def test_two_stores_on_one_file(path: Path) -> None:
    """Two stores of one process may write to one file."""
    stores = [SqliteStore(path), SqliteStore(path)]
    threads = [threading.Thread(target=append, args=(store, decoded())) for store in stores for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert stores[0].count_logs() == 20
    for store in stores:
        store.close()


def test_another_process_reads(store: SqliteStore, path: Path) -> None:
    """Another process, with nothing but SQLite, reads while this one has the file open and in a transaction."""
    append(store, decoded("a"))
    script = (
        "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT event_name FROM logs').fetchall())"
    )
    with opened(path) as writing:
        writing.execute("BEGIN IMMEDIATE")
        done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    assert done.stdout == "[('a',)]\n"
    assert append(store, decoded("b")) == 1
