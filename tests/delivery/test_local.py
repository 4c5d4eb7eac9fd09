"""The local transport: what a store's answers mean for delivery."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from clippy_otel.delivery.local import LocalTransport
from clippy_otel.ports import SIGNALS, Outcome, Signal, Verdict
from clippy_otel.store.errors import StoreBusyError, StoreRefusedError, StoreUnavailableError
from clippy_otel.store.sqlite import SqliteStore
from tests._requests import record, request
from tests._signals import gauge, metrics_request, span, span_request

REQUESTS = {"logs": request(record("a")), "spans": span_request(span("a")), "metrics": metrics_request(gauge("a"))}


class FakeStore:
    """A store that raises what it is told to, and notes what is asked of it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls: list[str] = []

    def append_logs(self, logs: Sequence[Any], *, timeout_s: float) -> int:
        """Note the records, or raise."""
        return self._append("logs", [log.event_name for log in logs], timeout_s)

    def append_spans(self, spans: Sequence[Any], *, timeout_s: float) -> int:
        """Note the spans, or raise."""
        return self._append("spans", [span.name for span in spans], timeout_s)

    def append_metrics(self, points: Sequence[Any], *, timeout_s: float) -> int:
        """Note the points, or raise."""
        return self._append("metrics", [point.name for point in points], timeout_s)

    def _append(self, signal: Signal, names: list[str], timeout_s: float) -> int:
        self.calls.append(f"append {signal} {names} {timeout_s}")
        if self.error is not None:
            raise self.error
        return len(names)

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
    assert store.calls == ["append logs ['a', 'b'] 2.5"]


@pytest.mark.parametrize("signal", SIGNALS)
def test_every_signal(signal: Signal) -> None:
    """Each signal's records go where the store keeps that signal."""
    store = FakeStore()
    assert LocalTransport(store, signal=signal).send(REQUESTS[signal], 1.0) == Outcome(Verdict.DELIVERED)
    assert store.calls == [f"append {signal} ['a'] 1.0"]


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


def test_one_store_for_all_signals(tmp_path: Path) -> None:
    """Transports that share a store write into one file, and end together."""
    store = SqliteStore(tmp_path / "telemetry.db")
    transports = [LocalTransport(store, signal=signal) for signal in SIGNALS]
    for _ in range(2):
        for signal, transport in zip(SIGNALS, transports, strict=True):
            assert transport.send(REQUESTS[signal], 5.0) == Outcome(Verdict.DELIVERED)
    assert (store.count_logs(), store.count_spans(), store.count_metrics()) == (1, 1, 1)
    for transport in transports:
        transport.close()
    for signal, transport in zip(SIGNALS, transports, strict=True):
        assert transport.send(REQUESTS[signal], 1.0).verdict is Verdict.RETRY


def test_real_store_that_is_none(tmp_path: Path) -> None:
    """A file that is no database refuses; a path that cannot be is tried again later; closed is for later too."""
    file = tmp_path / "file"
    file.write_text("not a database, and long enough to be told from one" * 20)
    assert LocalTransport(SqliteStore(file)).send(request(), 1.0).verdict is Verdict.REFUSED
    transport = LocalTransport(SqliteStore(file / "below"))
    assert transport.send(request(), 1.0) == Outcome(Verdict.RETRY, message="local store: Not a directory")
    transport.close()
    assert transport.send(request(), 1.0) == Outcome(Verdict.RETRY, message="local store: the store is closed")
