"""before_send: it works on a copy, and whatever goes wrong in it drops the event."""

from __future__ import annotations

from typing import Any

import pytest

from clippy_otel import filters
from clippy_otel.ports import Event


def event(**data: Any) -> Event:
    """Return an event with this data."""
    metadata = {"event_id": "1", "session_id": "s", "trace_id": "", "span_id": ""}
    return {"type": "feature.used", "timestamp": 1, "data": data, "metadata": metadata}  # type: ignore[typeddict-item]


def test_the_filter_may_change_its_copy_and_the_callers_data_stays() -> None:
    """Nested containers are copied too."""
    data = {"a": {"b": [1, {"c": 2}]}}

    def change(handed: Event) -> Event:
        handed["data"]["a"]["b"][1]["c"] = 3
        handed["type"] = "renamed"
        return handed

    kept = filters.apply(change, event(**data))
    assert kept is not None
    assert (kept["type"], kept["data"]) == ("renamed", {"a": {"b": [1, {"c": 3}]}})
    assert data == {"a": {"b": [1, {"c": 2}]}}


@pytest.mark.parametrize("returned", [None, False, "event", 7, {"data": "no mapping"}, {}])
def test_whatever_is_not_an_event_drops_it(returned: Any) -> None:
    """None is how a filter drops; what makes no sense is taken for it."""
    assert filters.apply(lambda _: returned, event()) is None


@pytest.mark.swallows
def test_a_filter_that_raises_drops_the_event() -> None:
    """Privacy fails closed: a broken filter lets nothing through."""

    def broken(_: Event) -> Event:
        raise RuntimeError

    assert filters.apply(broken, event()) is None


def test_data_that_holds_itself_is_handed_over() -> None:
    """Copying ends at a depth of its own."""
    data: dict[str, Any] = {}
    data["self"] = data
    assert filters.apply(lambda handed: handed, event(**data)) is not None


def test_data_that_shares_or_holds_itself_is_copied_once() -> None:
    """What stands in many places costs one copy, not one a way to it."""
    data: dict[str, Any] = {}
    for _ in range(30):
        data = {"a": data, "b": data}
    kept = filters.apply(lambda handed: handed, event(**data))
    assert kept is not None
    assert kept["data"]["a"] is kept["data"]["b"]
    assert kept["data"]["a"] is not data["a"]


@pytest.mark.parametrize("timestamp", [float("nan"), float("inf"), -1, "now", None])
def test_a_time_that_is_none_leaves_the_event_its_own(timestamp: Any) -> None:
    """A filter that spoils the time does not cost the event."""
    kept = filters.apply(lambda handed: {**handed, "timestamp": timestamp}, event())
    assert kept is not None
    assert kept["timestamp"] == 1


def test_what_the_filter_records_itself_is_dropped() -> None:
    """A filter that records an event in turn does not go round for ever."""
    inner: list[Event | None] = []

    def records(handed: Event) -> Event:
        inner.append(filters.apply(records, event()))
        return handed

    assert filters.apply(records, event()) is not None
    assert inner == [None]
