"""A backend that answers, but not with a plain yes: too large, some of it refused, never."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clippy_otel.otlp.decode import decode_logs
from tests._grpc_peer import Call, Peer
from tests._sinks import Answer, Request, Sink
from tests.faults._processes import (
    Application,
    Received,
    Row,
    accounted,
    attributes_of,
    carries_spans,
    dead_letters_in,
    is_balanced,
    length,
    received,
    show,
)

RECORDS = ["events", "logs", "spans"]
COUNT = int(length(200, 2000))
REFUSED = 3  # of each request, or all of it


def show_row(fault: str, emitted: int, came: Received, books: dict[str, int]) -> None:
    """Show what became of an application's records."""
    show(Row(fault, emitted, came.distinct, came.duplicated, accounted(books)))


def finished(
    url: str, state: Path, *, records: str = "events", transport: str = "http", **order: Any
) -> tuple[dict[str, int], int]:
    """Run an application to its end; return its books, and how many records it made."""
    settings = {"endpoint": url, "transport": transport, "state_directory": str(state), "flush_interval_ms": 200}
    with Application(settings, timeout_ms=30_000, records=records, **order) as application:
        books = application.finish()["ledger"]["spans" if records == "spans" else "logs"]
    assert is_balanced(books)
    return books, application.emitted


@pytest.mark.parametrize("records", RECORDS)
def test_request_that_is_too_large_is_halved(records: str, tmp_path: Path) -> None:
    """A peer that takes ten records at once gets them all, each once."""
    taken: list[Request] = []

    def reply(request: Request) -> Answer:
        if len(attributes_of(request, records)) > 10:
            return Answer(413)
        taken.append(request)
        return Answer()

    with Sink(reply) as sink:
        books, emitted = finished(sink.url, tmp_path, records=records, count=COUNT)
    came = received(taken, records)
    show_row(f"413 for more than 10 at once, {records}", emitted, came, books)
    assert (came.distinct, came.duplicated) == (COUNT, 0)
    assert books == {"offered": books["offered"], "exported": books["offered"]}


@pytest.mark.parametrize("records", RECORDS)
def test_single_record_that_is_too_large_is_cut(records: str, tmp_path: Path) -> None:
    """A peer that takes no more than 3,000 bytes gets each record, with less of its text."""
    taken: list[Request] = []

    def reply(request: Request) -> Answer:
        if len(request.body) > 3000:
            return Answer(413)
        taken.append(request)
        return Answer()

    with Sink(reply) as sink:
        books, emitted = finished(sink.url, tmp_path, records=records, count=20, text_chars=9000)
    came = received(taken, records)
    show_row(f"413 for a single record, cut, {records}", emitted, came, books)
    assert (came.distinct, came.duplicated) == (20, 0)
    texts = [attributes["text"] for request in taken for attributes in attributes_of(request, records)]
    assert all(text.startswith("yyyy") and text.endswith("[TRUNCATED]") for text in texts)
    assert books == {"offered": books["offered"], "exported": books["offered"]}


def test_single_record_that_cannot_be_cut_is_rejected(tmp_path: Path) -> None:
    """A peer to which everything is too large gets nothing; each record is a dead letter that says why."""
    with Sink(lambda _: Answer(413)) as sink:
        books, emitted = finished(sink.url, tmp_path, count=20, text_chars=2000)
    show_row("413 whatever is sent", emitted, received(()), books)
    assert books == {"offered": 22, "rejected": 22}
    letters = dead_letters_in(tmp_path)
    assert len(letters) == 22
    assert all("larger than" in letter for letter in letters)


def partly(arrival: Request | Call, refused: Counter[str]) -> bytes:
    """Return an answer that refuses some of a request's records, having added their number."""
    from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs  # noqa: PLC0415 - protobuf
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces  # noqa: PLC0415 - likewise

    if carries_spans(arrival):
        count = min(REFUSED, len(attributes_of(arrival, "spans")))
        refused["spans"] += count
        some = traces.ExportTracePartialSuccess(rejected_spans=count, error_message="too old")
        return traces.ExportTraceServiceResponse(partial_success=some).SerializeToString()
    count = min(REFUSED, len(decode_logs(arrival.body)))  # sessions among them
    refused["logs"] += count
    others = logs.ExportLogsPartialSuccess(rejected_log_records=count, error_message="too old")
    return logs.ExportLogsServiceResponse(partial_success=others).SerializeToString()


@contextlib.contextmanager
def partial_peer(transport: str, refused: Counter[str]) -> Iterator[Sink | Peer]:
    """Run a peer that refuses a part of each request."""
    if transport == "grpc":
        with Peer(lambda call, _: partly(call, refused)) as peer:
            yield peer
    else:
        kind = {"Content-Type": "application/x-protobuf"}
        with Sink(lambda request: Answer(200, partly(request, refused), kind)) as sink:
            yield sink


@pytest.mark.parametrize("records", ["events", "spans"])
@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_peer_that_takes_a_part(transport: str, records: str, tmp_path: Path) -> None:
    """A partial success counts what was refused as rejected, and the rest as exported."""
    refused: Counter[str] = Counter()
    with partial_peer(transport, refused) as peer:
        books, emitted = finished(peer.url, tmp_path, records=records, transport=transport, count=COUNT)
        arrivals: list[Any] = peer.requests if isinstance(peer, Sink) else peer.calls
    show_row(f"a part refused, {transport}, {records}", emitted, received(arrivals, records), books)
    signal = "spans" if records == "spans" else "logs"
    assert refused[signal] > REFUSED
    assert books == {
        "offered": books["offered"],
        "exported": books["offered"] - refused[signal],
        "rejected": refused[signal],
    }
