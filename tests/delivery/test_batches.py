"""Batches: what is encoded on the way, and that the encoder lets others run meanwhile."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, TraceFlags

from clippy_otel.delivery.batches import Batches
from clippy_otel.delivery.spans import UNENCODED
from clippy_otel.ports import Purpose, QueueItem
from tests._fakes import ScriptedTransport, make_item


class Told:
    """What batches tell of."""

    def __init__(self) -> None:
        self.encoded: list[tuple[QueueItem, QueueItem]] = []
        self.lost: list[tuple[Any, ...]] = []

    def batches(self) -> Batches:
        """Return batches that tell of it."""
        transport = ScriptedTransport()
        made = Batches({"spans": transport, "logs": transport}, self._lost, self.encoded.extend)
        made.max_payload_bytes = 1 << 20
        return made

    def _lost(self, items: Any, column: Any, error: Exception, *, is_replay: bool) -> None:
        self.lost.append((list(items), column, type(error), is_replay))


def spans(count: int) -> list[QueueItem]:
    """Return so many spans as they are queued."""
    context = SpanContext(7, 8, is_remote=False, trace_flags=TraceFlags(1))
    ended = ReadableSpan("s", context, resource=Resource({}), start_time=1, end_time=2)
    return [QueueItem(UNENCODED, ended, 3000, int(Purpose.PERFORMANCE), b"") for _ in range(count)]


def test_each_span_is_told_of_with_its_encoded_form() -> None:
    """Whoever holds the span may let go of it; what cannot be encoded is told of too."""
    told, items = Told(), spans(3)
    items[1] = items[1]._replace(data=object())
    ((signal, (request,)),) = told.batches().requests(items)
    assert signal == "spans"
    assert [before for before, _ in told.encoded] == [items[0], items[2]]
    assert [after for _, after in told.encoded] == list(request.items)
    assert told.lost == [([items[1]], "unencodable", AttributeError, False)]


def test_between_chunks_a_thread_of_its_own_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The main thread, which encodes at the interpreter's exit, has nobody to wait for."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    made: list[Any] = []
    thread = threading.Thread(target=lambda: made.extend(Told().batches().requests(spans(170))))
    thread.start()
    thread.join()
    assert len(made[0][1][0].items) == 170
    assert len(slept) == 3
    list(Told().batches().requests(spans(170)))
    list(Told().batches().requests([make_item()] * 170))
    assert len(slept) == 3


def test_replays_are_marked_also_when_they_are_made_smaller() -> None:
    """They are settled elsewhere than what comes out of memory."""
    batches = Told().batches()
    (request,) = batches.replays("logs", [make_item(b"\x12\x00")] * 4)
    assert request.is_replay
    halves = batches.halves(request._replace(suspect_since=5.0))
    assert [(half.is_replay, half.suspect_since, len(half.items)) for half in halves] == [(True, 5.0, 2)] * 2
