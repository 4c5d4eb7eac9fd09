"""Requests: records framed by where they come from, and halved where they are too large as sent."""

from __future__ import annotations

import zlib
from typing import Any

from clippy_otel.delivery.requests import Framing, Request, TooLargeError
from clippy_otel.otlp.decode import DecodedLog, decode_logs
from clippy_otel.otlp.encode import encode_log_record, encode_resource, encode_scope
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Envelope, Purpose, QueueItem, Signal
from tests._fakes import ScriptedTransport


def event(name: str, *, resource: str = "shop", scope: str = "app", text: str = "") -> QueueItem:
    """Return a record of some origin."""
    data = encode_log_record(
        time_unix_nano=1, observed_time_unix_nano=1, event_name=name, attributes={"text": text} if text else {}
    )
    envelope = Envelope("logs", encode_resource({"service.name": resource}), encode_scope(scope, "", {}))
    return QueueItem(envelope, data, len(data) + ITEM_OVERHEAD_BYTES, int(Purpose.ANALYTICS), b"")


class Failures:
    """What could not be prepared."""

    def __init__(self) -> None:
        self.seen: list[tuple[list[QueueItem], Exception]] = []

    def __call__(self, items: Any, error: Exception) -> None:
        """Note them."""
        self.seen.append((list(items), error))


def framing(
    transport: ScriptedTransport | None = None, *, limit: int = 10_000, signal: Signal = "logs", failures: Any = None
) -> Framing:
    """Return how records become requests."""
    return Framing(signal, transport or ScriptedTransport(), limit, failures or Failures())


def logs(request: Request) -> list[DecodedLog]:
    """Return what is in a request."""
    return decode_logs(request.payload)


def names(requests: list[Request]) -> list[list[str]]:
    """Return the names of the records in each request."""
    return [[log.event_name for log in logs(request)] for request in requests]


def test_records_of_one_origin_are_one_request() -> None:
    """In their order, with their items beside them."""
    items = [event("a"), event("b"), event("c")]
    (request,) = framing().requests(items)
    assert (request.signal, request.items) == ("logs", items)
    assert names([request]) == [["a", "b", "c"]]


def test_records_of_several_origins_are_put_together_by_origin() -> None:
    """Each resource and each scope stands once; the order within is kept; none is lost or in the wrong place."""
    items = [
        event("a", resource="x", scope="1"),
        event("b", resource="y", scope="1"),
        event("c", resource="x", scope="2"),
        event("d", resource="x", scope="1"),
        event("e", resource="y", scope="1"),
    ]
    (request,) = framing().requests(items)
    found = [(log.event_name, log.resource["service.name"], log.scope_name) for log in logs(request)]
    assert sorted(found) == [
        ("a", "x", "1"),
        ("b", "y", "1"),
        ("c", "x", "2"),
        ("d", "x", "1"),
        ("e", "y", "1"),
    ]
    order = [name for name, *_ in found]
    assert order.index("a") < order.index("d")
    assert order.index("b") < order.index("e")
    for resource in (b"x", b"y"):
        assert request.payload.count(encode_resource({"service.name": resource.decode()})) == 1


def test_a_request_over_the_limit_is_halved_until_it_fits() -> None:
    """As sent: what counts is what the transport makes of it; a single record that is larger goes alone, cut."""
    items = [*(event(f"e{number}", text="x" * 100) for number in range(5)), event("huge", text="x" * 2000)]
    made = framing(ScriptedTransport(limits_payload=True), limit=400).requests(items)
    assert [name for group in names(made) for name in group] == ["e0", "e1", "e2", "e3", "e4", "huge"]
    assert all(len(request.payload) <= 400 for request in made)
    assert names(made)[-1] == ["huge"]
    assert logs(made[-1])[0].attributes["text"].endswith("x[TRUNCATED]")
    assert [item for request in made for item in request.items] == items


def test_a_transport_without_a_limit_takes_all_at_once() -> None:
    """A store or a callable has no use for halves."""
    items = [event(f"e{number}", text="x" * 100) for number in range(20)]
    assert len(framing(limit=10).requests(items)) == 1


def test_the_limit_is_of_what_is_sent() -> None:
    """Compressed, a request of many alike fits."""
    transport = ScriptedTransport(limits_payload=True)
    transport.prepare = zlib.compress  # type: ignore[assignment]
    items = [event(f"e{number}", text="x" * 100) for number in range(50)]
    (request,) = framing(transport, limit=1500).requests(items)
    assert len(decode_logs(zlib.decompress(request.payload))) == 50


def test_what_cannot_be_prepared_is_told_of_and_left_out() -> None:
    """Its records are in no request, and the reason is told once."""
    failures, transport = Failures(), ScriptedTransport()

    def fail(_: bytes) -> bytes:
        raise OSError

    transport.prepare = fail  # type: ignore[assignment, method-assign]
    items = [event("a")]
    assert framing(transport, failures=failures).requests(items) == []
    assert [found for found, _ in failures.seen] == [items]
    assert isinstance(failures.seen[0][1], OSError)


def test_halves_are_two_requests() -> None:
    """What a peer found too large, whatever we think of it."""
    items = [event(f"e{number}") for number in range(5)]
    assert names(framing().halves(items)) == [["e0", "e1"], ["e2", "e3", "e4"]]


def test_a_record_that_cannot_be_cut_far_enough_is_told_of() -> None:
    """One that holds nothing but short texts is in no request."""
    failures, many = Failures(), {f"k{number}": "short" for number in range(100)}
    data = encode_log_record(time_unix_nano=1, observed_time_unix_nano=1, event_name="wide", attributes=many)
    items = [event("a"), event("wide")._replace(data=data), event("b")]
    made = framing(ScriptedTransport(limits_payload=True), limit=400, failures=failures).requests(items)
    assert names(made) == [["a"], ["b"]]
    ((told, error),) = failures.seen
    assert told == [items[1]]
    assert isinstance(error, TooLargeError)


def test_what_is_cut_is_what_is_sent_not_what_is_kept() -> None:
    """The request's item is the whole record: should it not be sent, that is what goes to the disk."""
    item = event("huge", text="x" * 5000)
    (request,) = framing(ScriptedTransport(limits_payload=True), limit=400).requests([item])
    assert request.items == [item]
    (shorter,) = framing(ScriptedTransport(limits_payload=True)).shortened(item, request.payload, 250)
    assert len(shorter.payload) <= 250 < len(request.payload)


def test_what_a_peer_refuses_is_cut_by_its_own_bytes() -> None:
    """Where a text compresses to nothing, half of what was sent is impossible to reach, and half of the text is not."""
    failures, transport = Failures(), ScriptedTransport(limits_payload=True)
    transport.prepare = zlib.compress  # type: ignore[assignment]
    item = event("huge", text="x" * 5000)
    (request,) = framing(transport, failures=failures).cut(item, 2500)
    sizes = [request.cut_bytes]
    while made := framing(transport, failures=failures).cut(item, request.cut_bytes // 2):
        (request,) = made
        sizes.append(request.cut_bytes)
        text = decode_logs(zlib.decompress(request.payload))[0].attributes["text"]
        assert text.startswith("xxxx")
        assert text.endswith("[TRUNCATED]")
        assert request.items == [item]
    assert sizes == sorted(sizes, reverse=True)
    assert 100 < sizes[-1] < 300
    ((told, error),) = failures.seen
    assert told == [item]
    assert isinstance(error, TooLargeError)
