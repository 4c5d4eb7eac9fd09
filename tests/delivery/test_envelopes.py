"""Envelopes: resource and scope of the SDK's records, encoded once a pair, right for each."""

from __future__ import annotations

import threading

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from clippy_otel.delivery import envelopes as module
from clippy_otel.delivery.envelopes import Envelopes
from clippy_otel.otlp.encode import encode_resource, encode_scope
from clippy_otel.ports import Envelope

RESOURCE = Resource({"service.name": "shop"}, "https://schemas.example/1")
SCOPE = InstrumentationScope("app", "1", "https://schemas.example/2", {"plan": "pro"})


def test_an_envelope_says_where_records_come_from() -> None:
    """Signal, resource, scope and both schema URLs."""
    assert Envelopes("spans").of(RESOURCE, SCOPE) == Envelope(
        "spans",
        encode_resource({"service.name": "shop"}),
        encode_scope("app", "1", {"plan": "pro"}),
        "https://schemas.example/1",
        "https://schemas.example/2",
    )


def test_what_is_missing_is_empty() -> None:
    """No scope, no version, no attributes and no schema are no reason to fail."""
    made = Envelopes("logs")
    assert made.of(Resource({}), None) == Envelope("logs", encode_resource({}), b"")
    bare = made.of(Resource({}), InstrumentationScope("app"))
    assert bare == Envelope("logs", encode_resource({}), encode_scope("app", "", {}))


def test_one_pair_is_encoded_once() -> None:
    """The same objects have the same envelope, the object itself; others have their own."""
    made = Envelopes("logs")
    first = made.of(RESOURCE, SCOPE)
    assert made.of(RESOURCE, SCOPE) is first
    other = InstrumentationScope("app", "1", "https://schemas.example/2", {"plan": "free"})
    assert other != SCOPE
    assert hash(other) == hash(SCOPE)
    assert made.of(RESOURCE, other) != first
    assert made.of(Resource({"service.name": "other"}), SCOPE) != first


def test_objects_that_come_and_go_are_not_mistaken_for_each_other() -> None:
    """A new scope that gets the address of a dead one has its own envelope; what is kept is bounded."""
    made = Envelopes("logs")
    for number in range(3 * module._MAX_ENVELOPES):
        scope = InstrumentationScope(f"app-{number}")
        assert made.of(RESOURCE, scope).scope == encode_scope(f"app-{number}", "", {})
        del scope
    assert len(made._known) <= module._MAX_ENVELOPES


def test_threads_get_the_right_ones() -> None:
    """While one fills the cache to its bound again and again, others read from it."""
    made = Envelopes("logs")
    scopes = [InstrumentationScope(f"app-{number}") for number in range(module._MAX_ENVELOPES + 50)]
    wrong: list[str] = []

    def read() -> None:
        for _ in range(10):
            wrong.extend(
                each.name for each in scopes if made.of(RESOURCE, each).scope != encode_scope(each.name, "", {})
            )

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
