"""Whatever happens, the books balance: random operations and faults, and a ledger that says what is really held.

Each scenario is one seed, so that one which fails can be run again alone.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, TraceFlags

from clippy_otel.delivery import backlog, pauses
from clippy_otel.delivery.settings import DeliverySettings
from clippy_otel.delivery.spans import UNENCODED
from clippy_otel.delivery.worker import Worker
from clippy_otel.ledger import COLUMNS, Ledger
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.otlp.decode_spans import decode_spans
from clippy_otel.otlp.encode import encode_log_record
from clippy_otel.ports import SIGNALS, Envelope, Outcome, Purpose, QueueItem, Signal, SpoolOptions, Verdict
from tests._fakes import DELIVERED, ScriptedTransport, make_item
from tests._spool import FakeSpool, RefusingSpool

SCENARIOS = 200
OPERATIONS = 40
WAIT_S = 20


MakeSpool = Callable[[Ledger], FakeSpool | RefusingSpool | None]


class World:
    """One worker, its peers and its spool, and chance.

    Args:
        seed: Of the chance.
        make_spool: Returns what is behind the worker, given the ledger; None: it has none.
    """

    def __init__(self, seed: int, make_spool: MakeSpool) -> None:
        self.chance = random.Random(seed)
        self.ledger = Ledger()
        spool = make_spool(self.ledger)
        self.spool = spool
        self.faults = self.chance.choice([0.0, 0.2, 0.6, 1.0])
        self.is_refusing = self.has_refused = False
        if spool is not None:
            spool.refuses = self._refuses
        self.acknowledged: dict[Signal, list[int]] = {signal: [] for signal in SIGNALS}
        self.offered = 0
        self.gate = threading.Lock()  # held by the worker's thread but while it waits
        settings = DeliverySettings(
            batch_records=self.chance.choice([1, 3, 10]),
            batch_bytes=100_000,
            interval_s=self.chance.choice([0, 0.002]),
            max_payload_bytes=self.chance.choice([700, 10_000]),
            send_timeout_s=5,
            writes_first=self.chance.random() < 0.3,
        )
        transports = {signal: ScriptedTransport(self._answering(signal), limits_payload=True) for signal in SIGNALS}
        self.worker = Worker(transports, self.ledger, settings, max_records=20, max_bytes=60_000, spool=spool)
        wait, turn = self.worker._thread.wait, self.worker._turn

        def waiting(timeout_s: float | None) -> None:
            self.gate.release()
            wait(timeout_s)
            self.gate.acquire()

        def gated(generation: int) -> None:
            with self.gate:
                turn(generation)

        self.worker._thread.wait = waiting  # type: ignore[method-assign]
        self.worker._turn = gated  # type: ignore[method-assign]

    def _refuses(self) -> bool:
        self.has_refused = self.has_refused or self.is_refusing
        return self.is_refusing

    def _answering(self, signal: Signal) -> Callable[[bytes], Outcome]:
        def answer(request: bytes) -> Outcome:
            outcome = self._outcome()
            if outcome.verdict is Verdict.DELIVERED and signal == "logs":
                self.acknowledged[signal] += [int(log.event_name) for log in decode_logs(request)]
            elif outcome.verdict is Verdict.DELIVERED and signal == "spans":
                self.acknowledged[signal] += [int(span.name) for span in decode_spans(request)]
            return outcome

        return answer

    def _outcome(self) -> Outcome:
        if self.chance.random() >= self.faults:
            return DELIVERED
        kind = self.chance.randrange(8)
        if kind == 0:
            return Outcome(Verdict.DELIVERED, rejected=self.chance.randrange(5))
        if kind == 1:
            return Outcome(Verdict.REFUSED, message="400")
        if kind == 2:
            return Outcome(Verdict.TOO_LARGE, message="413")
        if kind == 3:
            raise OSError
        if kind == 4:
            time.sleep(0.003)
        retry_after_s = self.chance.choice([None, None, 0.0, 0.004, 3600.0]) if self.chance.random() < 0.3 else None
        return Outcome(Verdict.RETRY, retry_after_s=retry_after_s, message="503")

    def offer(self) -> None:
        """Record something."""
        number, self.offered = self.offered, self.offered + 1
        kind = self.chance.randrange(8)
        text = "x" * self.chance.choice([0, 10, 100, 3000])
        if kind == 0:
            self.worker.queue.offer(_span("0")._replace(data=object()))
        elif kind <= 3:
            self.worker.queue.offer(_span(str(number), text))
        else:
            self.worker.queue.offer(_log(str(number), text)._replace(lifecycle=kind == 7))

    def act(self) -> None:
        """Do something."""
        kind = self.chance.randrange(20)
        if kind < 10:
            self.offer()
        elif kind < 13:
            for _ in range(self.chance.randrange(60)):
                self.offer()
        elif kind < 15:
            self.worker.flush(self.chance.choice([0, 2, 20]))
        elif kind == 15:
            self.is_refusing = not self.is_refusing
        elif kind == 16:
            self.worker.collect_metrics(_collect)
        elif kind == 17:
            self.faults = self.chance.choice([0.0, 0.2, 0.6, 1.0])
        elif kind == 18:
            time.sleep(0.005)
        else:
            self.check()

    def check(self) -> None:
        """See at a quiet moment that the books balance, and that what they say is held is held."""
        assert self.gate.acquire(timeout=WAIT_S)
        try:
            queue = self.worker.queue
            queue.mark()  # books what lies in the inbox
            for signal in SIGNALS:
                row = self.ledger.row(signal)
                columns = {name: getattr(row, name) for name in COLUMNS}
                assert min(columns.values()) >= 0, columns
                right = sum(value for name, value in columns.items() if name not in ("offered", "adopted"))
                assert row.offered + row.adopted == right, columns
                waiting = [item for item in queue._waiting if item.envelope.signal == signal]
                held = [*waiting, *queue._taken.of(signal)]
                assert row.pending == sum(item.records for item in held), columns
                assert row.spooled == (0 if self.spool is None else self.spool.spooled(signal)), columns
            counted = [item for item in _all_held(queue) if not item.lifecycle and item.envelope.signal != "metrics"]
            assert queue.held().records == len(counted)
            assert queue.held().size_bytes == sum(item.size_bytes for item in _all_held(queue))
        finally:
            self.gate.release()

    def end(self) -> None:
        """Shut down, and see that nothing is held any more, and nothing was sent twice or in another order."""
        self.worker.shutdown(self.chance.choice([0, 5, 50]))
        for signal in SIGNALS:
            row = self.ledger.row(signal)
            assert row.pending == 0
            assert row.offered == sum(getattr(row, name) for name in COLUMNS if name not in ("offered", "adopted"))
            if isinstance(self.spool, FakeSpool):
                assert row.spooled == self.spool.spooled(signal)
            if self.spool is not None and not self.has_refused:
                assert row.failed == row.queue_full == 0
                assert self.acknowledged[signal] == sorted(set(self.acknowledged[signal]))
        assert self.worker.queue.held() == (0, 0, 0)


def _all_held(queue: Any) -> list[QueueItem]:
    return [*queue._waiting, *(item for signal in SIGNALS for item in queue._taken.of(signal))]


def _log(name: str, text: str) -> QueueItem:
    attributes = {"text": text} if text else {}
    return make_item(
        encode_log_record(time_unix_nano=1, observed_time_unix_nano=1, event_name=name, attributes=attributes)
    )


def _span(name: str, text: str = "") -> QueueItem:
    context = SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(1))
    ended = ReadableSpan(name, context, resource=Resource({}), attributes={"text": text}, start_time=1, end_time=2)
    return QueueItem(UNENCODED, ended, 3000 + len(text), int(Purpose.PERFORMANCE), b"")


def _collect(_: float) -> list[QueueItem]:
    return [make_item(b"m")._replace(envelope=Envelope("metrics", b"", b""), size_bytes=0, records=3)]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "BACKOFF_FIRST_S", 0.001)
    monkeypatch.setattr(pauses, "BACKOFF_MAX_S", 0.002)
    monkeypatch.setattr(backlog, "POISON_ATTEMPTS", 1_000_000)  # its records overtake others: see test_worker_spool


def _run(seed: int, make_spool: MakeSpool) -> World:
    """Run a scenario."""
    world = World(seed, make_spool)
    try:
        for _ in range(OPERATIONS):
            world.act()
        world.check()
        world.end()
    except AssertionError as error:
        raise AssertionError(f"scenario {seed}: {error}") from error
    return world


@pytest.mark.swallows
@pytest.mark.parametrize("block", range(10))
def test_the_books_balance_whatever_happens(block: int) -> None:
    """At every quiet moment, and at the end; one scenario in five has no spool."""
    for seed in range(block * SCENARIOS // 10, (block + 1) * SCENARIOS // 10):
        _run(seed, lambda _, seed=seed: None if seed % 5 == 0 else FakeSpool())  # type: ignore[misc] # bound as it is


@pytest.mark.swallows
@pytest.mark.parametrize("block", range(10))
def test_the_books_balance_with_a_disk(block: int, tmp_path: Path) -> None:
    """With the real spool too; and the next process finds what the last one has left, neither more nor less."""
    options = SpoolOptions(fsync="never")
    for seed in range(block * SCENARIOS // 10, (block + 1) * SCENARIOS // 10):
        directory = tmp_path / str(seed)
        world = _run(seed, lambda ledger, directory=directory: RefusingSpool(directory, options, ledger))  # type: ignore[misc]
        ledger = Ledger()
        following = RefusingSpool(directory, options, ledger)
        following.tend()
        for signal in SIGNALS:
            row, left = ledger.row(signal), world.ledger.row(signal).spooled
            assert (row.spooled, following.spooled(signal), following.backlog(signal)) == (left, left, left), seed
            assert row.lost_in_crash == row.corrupt == 0
        following.close()
