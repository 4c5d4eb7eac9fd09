"""The local transport: what a store's answers mean for delivery."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from clippy_otel.delivery.local import LocalTransport
from clippy_otel.otlp.decode import DecodedLog
from clippy_otel.ports import Outcome, Verdict
from clippy_otel.store.errors import StoreBusyError, StoreRefusedError, StoreUnavailableError
from clippy_otel.store.sqlite import SqliteStore
from tests._requests import record, request


class FakeStore:
    """A store that raises what it is told to, and notes what is asked of it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls: list[str] = []

    def append_logs(self, logs: Sequence[DecodedLog], *, timeout_s: float) -> int:
        """Note the records, or raise."""
        self.calls.append(f"append {[log.event_name for log in logs]} {timeout_s}")
        if self.error is not None:
            raise self.error
        return len(logs)

    def interrupt(self) -> None:
        """Note it."""
        self.calls.append("interrupt")

    def close(self) -> None:
        """Note it."""
        self.calls.append("close")


def test_prepare() -> None:
    """The request goes as it is, and its size is nobody's concern."""
    transport = LocalTransport(FakeStore())
    assert transport.prepare(b"data") == b"data"
    assert transport.limits_payload is False


def test_delivery() -> None:
    """The records of a request go into the store, with the send's deadline."""
    store = FakeStore()
    outcome = LocalTransport(store).send(request(record("a"), record("b")), 2.5)
    assert outcome == Outcome(Verdict.DELIVERED)
    assert store.calls == ["append ['a', 'b'] 2.5"]


@pytest.mark.parametrize(
    "error, verdict",
    [
        (StoreBusyError("database is locked"), Verdict.RETRY),
        (StoreUnavailableError("database or disk is full"), Verdict.RETRY),
        (StoreRefusedError("file is not a database"), Verdict.REFUSED),
    ],
)
def test_errors_of_the_store(error: Exception, verdict: Verdict) -> None:
    """What may work later is tried again, what never will is refused, and the engine's words are told on."""
    expected = Outcome(verdict, message=f"local store: {error}")
    assert LocalTransport(FakeStore(error)).send(request(), 1.0) == expected


@pytest.mark.swallows
def test_mistake_of_ours() -> None:
    """An exception that nobody expects is refused and counted; its text is not told."""
    outcome = LocalTransport(FakeStore(KeyError("alice@example.com"))).send(request(), 1.0)
    assert outcome == Outcome(Verdict.REFUSED, message="local store: KeyError")


def test_malformed_request() -> None:
    """Bytes that are no request are refused before the store sees any of them."""
    store = FakeStore()
    assert LocalTransport(store).send(request() + b"\x0a\xff", 1.0).verdict is Verdict.REFUSED
    assert store.calls == []


def test_lifecycle() -> None:
    """abort() interrupts the store, close() closes it; a fork is the store's own business."""
    store = FakeStore()
    transport = LocalTransport(store)
    transport.abort()
    transport.close()
    transport.after_fork()
    assert store.calls == ["interrupt", "close"]


def test_real_store(tmp_path: Path) -> None:
    """A request that is sent twice is in the file once."""
    path = tmp_path / "telemetry.db"
    transport = LocalTransport(SqliteStore.from_url(f"sqlite:///{path}"))
    data = request(record("a"), record("b"))
    assert [transport.send(data, 5.0).verdict for _ in range(2)] == [Verdict.DELIVERED] * 2
    transport.close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT event_name FROM logs ORDER BY id").fetchall() == [("a",), ("b",)]
    connection.close()


def test_real_store_that_is_none(tmp_path: Path) -> None:
    """A file that is no database refuses; a path that cannot be is tried again later; closed is for later too."""
    file = tmp_path / "file"
    file.write_text("not a database, and long enough to be told from one" * 20)
    assert LocalTransport(SqliteStore(file)).send(request(), 1.0).verdict is Verdict.REFUSED
    transport = LocalTransport(SqliteStore(file / "below"))
    assert transport.send(request(), 1.0) == Outcome(Verdict.RETRY, message="local store: Not a directory")
    transport.close()
    assert transport.send(request(), 1.0) == Outcome(Verdict.RETRY, message="local store: the store is closed")
