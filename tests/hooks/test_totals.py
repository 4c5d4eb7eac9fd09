"""Totals are exact under threads, never wait, never run backwards, and are bounded."""

from __future__ import annotations

import enum
import gc
import sys
import threading
import weakref
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clippy_otel.hooks import totals as room
from clippy_otel.hooks.totals import MAX_ROWS, Counter, Totals
from clippy_otel.privacy.redactor import Redactor


class Colour(enum.Enum):
    """An attribute value of an application's."""

    RED = "red"


@pytest.fixture
def counter() -> Counter:
    """Return a counter without rows."""
    return Counter("c", "1")


def read(totals: Totals, counter: Counter) -> list[tuple[dict[str, Any], float]]:
    """Return attribute sets and totals."""
    return [(dict(attributes), total) for attributes, total in totals.read(counter)]


def test_sums(counter: Counter) -> None:
    """Each attribute set has its sum, whole as long as what is added is whole."""
    totals = Totals()
    for value, attributes in ((1, {}), (2, {"a": "b"}), (3, {}), (0.5, {"a": "b"})):
        assert totals.add(counter.row(attributes), value)
    assert read(totals, counter) == [({}, 4), ({"a": "b"}, 2.5)]
    assert type(read(totals, counter)[0][1]) is int


@pytest.mark.parametrize("count", [1, 63, 64, 65, 1000])
def test_a_reading_has_all_that_was_added_before(count: int, counter: Counter) -> None:
    """What waits to be booked is booked by whoever reads."""
    totals = Totals()
    for _ in range(count):
        totals.add(counter.row({}), 1)
    assert read(totals, counter) == [({}, count)]


@pytest.mark.parametrize(
    "one, other",
    [
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": "1"}, {"a": 1}),
        ({"a": b"x"}, {"a": "x"}),
        ({"a": None}, {}),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}),
        ({"a": [1]}, {"a": [True]}),
        ({"a": {"b": 1}}, {"a": {"b": True}}),
        ({"a": ["b", 1]}, {"a": {"b": 1}}),
    ],
)
def test_different_sets(one: dict[str, Any], other: dict[str, Any], counter: Counter) -> None:
    """Sets that OpenTelemetry tells apart have rows of their own."""
    assert counter.row(one) is not counter.row(other)
    assert counter.row(one) is counter.row(dict(one))


@pytest.mark.parametrize(
    "one, other",
    [
        ({"a": 1, "b": "x"}, {"b": "x", "a": 1}),
        ({"a": [1, 2]}, {"a": (1, 2)}),
        ({"a": Colour.RED}, {"a": "red"}),
        ({1: "x"}, {"1": "x"}),
        ({"a": Decimal("1.5")}, {"a": "1.5"}),
    ],
)
def test_equal_sets(one: dict[Any, Any], other: dict[str, Any], counter: Counter) -> None:
    """Sets that are the same once they are exported have one row, which holds the exported form."""
    row = counter.row(one)
    assert row is counter.row(other)
    assert row.attributes == counter.row(other).attributes


def test_rows_that_are_known_are_found_by_any_order(counter: Counter) -> None:
    """Small plain attributes are looked up as they come, others by what they are; both find the same rows."""
    long, big = "x" * 1_000, 1 << 70
    for attributes in (
        {"a": "x", "b": 1, "c": 0.5},
        {"a": "x", "b": long},
        {"a": True, "b": big},
        {"a": [1], "b": "y"},
    ):
        backwards = dict(reversed(attributes.items()))
        rows = [counter.row(each) for each in (attributes, backwards, dict(attributes), dict(backwards))]
        assert all(row is rows[0] for row in rows)


def test_what_is_known_to_be_clean(counter: Counter) -> None:
    """A row is found by what a redactor left as it is: by equal values of the same types, and with this redactor."""
    redactor, other = Redactor(), Redactor()
    for attributes in ({}, {"a": "x", "b": 1, "c": 0.5}):
        row = counter.row(attributes)
        counter.know_clean(attributes, redactor, row)
        assert counter.clean_row(dict(attributes), redactor) is row
        assert counter.clean_row(attributes, other) is counter.clean_row(attributes, None) is None
    for like in ({"a": "x", "b": True, "c": 0.5}, {"a": "x", "b": 1.0, "c": 0.5}, {"a": "x", "b": 1, "c": [0.5]}):
        assert counter.clean_row(like, redactor) is None
    counter.know_clean({}, other, counter.row({}))
    assert counter.clean_row({}, redactor) is None


def test_a_value_without_a_hash_is_not_known(counter: Counter) -> None:
    """Whatever its hash raises: it is judged each time."""

    class Proxy:
        def __hash__(self) -> int:
            raise RuntimeError

    counter.know_clean({}, None, counter.row({}))
    assert counter.clean_row({"a": Proxy()}, None) is None


def test_a_redactor_is_not_kept_alive(counter: Counter) -> None:
    """A counter that is used no more keeps no redactor of before a change of the settings."""
    redactor = Redactor()
    counter.know_clean({}, redactor, counter.row({}))
    reference = weakref.ref(redactor)
    del redactor
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("value", ["x" * 1_000, 1 << 70, [1], {"a": 1}])
def test_what_is_large_is_not_kept(value: Any, counter: Counter) -> None:
    """Long texts, and values of other kinds, are redacted each time."""
    counter.know_clean({"a": value}, None, counter.row({"a": value}))
    assert counter.clean_row({"a": value}, None) is None


def test_what_is_known_is_bounded(counter: Counter) -> None:
    """The first attributes are found faster than the rest, and none of them is mistaken for another."""
    rows = [counter.row({"n": number}) for number in range(1_000)]
    assert [counter.row({"n": number}) for number in range(1_000)] == rows
    assert len({id(row) for row in rows}) == 1_000
    for number, row in enumerate(rows):
        counter.know_clean({"n": number}, None, row)
    found = [counter.clean_row({"n": number}, None) for number in range(1_000)]
    assert found == rows[:256] + [None] * 744
    counter.clear()
    assert counter.clean_row({"n": 0}, None) is None
    assert counter.row({"n": 0}) is not rows[0]


def test_what_is_kept_is_exportable(counter: Counter) -> None:
    """A row holds only what SDK and encoder take, and nothing of the caller's that can change."""
    given: dict[Any, Any] = {
        "when": date(2026, 1, 2),
        "big": 1 << 70,
        "bad": "\ud800",
        "list": [1, Colour.RED],
        3: "x",
        "": "y",
    }
    row = counter.row(given)
    given["list"].append(2)
    given["more"] = 1
    assert row.attributes == {
        "when": "2026-01-02",
        "big": str(1 << 70),
        "bad": "\ufffd",
        "list": [1, "red"],
        "3": "x",
    }


def test_overflow(counter: Counter) -> None:
    """Beyond the limit new sets share one row, and those that are known keep theirs."""
    totals = Totals()
    for number in range(MAX_ROWS + 3):
        totals.add(counter.row({"n": number}), 1)
    totals.add(counter.row({"n": 0}), 1)
    found = read(totals, counter)
    assert len(found) == MAX_ROWS + 1
    assert [found[0], found[-1]] == [({"n": 0}, 2), ({"otel.metric.overflow": True}, 3)]


@pytest.mark.parametrize(
    "values, total",
    [
        (((1 << 63) - 1,), (1 << 63) - 1),
        (((1 << 63) - 1, 1), float(1 << 63)),
        ((1e308, 1e308), sys.float_info.max),
    ],
)
def test_large_totals(values: tuple[float, ...], total: float, counter: Counter) -> None:
    """A total that OTLP cannot carry as a whole number is a float, and never infinite."""
    totals = Totals()
    for value in values:
        totals.add(counter.row({}), value)
    (found,) = read(totals, counter)
    assert found[1] == total
    assert type(found[1]) is type(total)


def test_threads(counter: Counter) -> None:
    """Nothing is lost or counted twice, and no reading is lower than the one before."""
    totals = Totals()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def add() -> None:
        for number in range(2_000):
            totals.add(counter.row({"n": number % 3}), 1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    readings: list[float] = [0]
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            readings.append(sum(total for _, total in read(totals, counter)))
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert readings == sorted(readings)
    assert sum(total for _, total in read(totals, counter)) == 8_000


def test_adding_while_booking(counter: Counter) -> None:
    """An addition inside the frame that holds the lock, as a signal handler's, does not wait and is not lost."""
    totals = Totals()
    with totals._lock:
        for _ in range(100):
            assert totals.add(counter.row({}), 1)
    assert read(totals, counter) == [({}, 100)]


def test_reading_while_booking(counter: Counter) -> None:
    """A reading inside that frame gives what is booked already, in the end."""
    totals = Totals()
    totals.add(counter.row({}), 1)
    with totals._lock:
        assert read(totals, counter) == [({}, 0)]
    assert read(totals, counter) == [({}, 1)]


def test_what_waits_is_bounded(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody books, additions are refused in the end, and say so."""
    monkeypatch.setattr(room, "_MAX_INBOX", 100)
    totals = Totals()
    row = counter.row({})
    with totals._lock:
        assert [totals.add(row, 1) for _ in range(102)] == [*[True] * 100, False, False]
    assert read(totals, counter) == [({}, 100)]
