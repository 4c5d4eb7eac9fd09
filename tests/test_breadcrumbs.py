"""Breadcrumbs are few, small, and nobody's but ours."""

from __future__ import annotations

import datetime as dt
import sys
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from clippy_otel import breadcrumbs
from clippy_otel.breadcrumbs import Breadcrumb, Breadcrumbs, as_attribute
from clippy_otel.privacy.redactor import Redactor
from tests._fakes import RaisingMapping

TIME_NS = 1_767_225_600_000_000_000


def crumb(message: Any = "clicked", *, data: Mapping[Any, Any] | None = None, **fields: Any) -> Breadcrumb:
    """Return a breadcrumb; what is not given is as it is by default."""
    return Breadcrumb(
        message, **{"category": "default", "level": "info", "data": data, "timestamp_ns": TIME_NS, **fields}
    )


def kept(added: Breadcrumb) -> Breadcrumb:
    """Return a breadcrumb as it is kept."""
    held = Breadcrumbs()
    held.add(added)
    return held.held()[0]


def test_the_newest_are_kept_in_their_order() -> None:
    """One more than there may be, and the oldest goes."""
    held = Breadcrumbs(3)
    for number in range(5):
        held.add(crumb(str(number)))
    assert [added.message for added in held.held()] == ["2", "3", "4"]


def test_there_may_be_none() -> None:
    """With room for none, none is kept."""
    held = Breadcrumbs(0)
    held.add(crumb())
    assert held.held() == ()


def test_threads_that_add_at_once_fill_it_and_no_more() -> None:
    """However the threads interleave, as many stay as there is room for, and reading meanwhile does not fail."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    held = Breadcrumbs(10)
    sizes: set[int] = set()

    def add() -> None:
        for number in range(500):
            held.add(crumb(str(number)))
            sizes.add(len(held.held()))

    threads = [threading.Thread(target=add) for _ in range(6)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(held.held()) == 10
    assert max(sizes) <= 10 + len(threads)


def test_a_small_one_without_data_is_kept_as_it_is() -> None:
    """What fits is not copied."""
    added = crumb()
    assert kept(added) is added


def test_texts_are_cut() -> None:
    """Message, category and level have bounds of their own, and a cut one says so."""
    cut = kept(crumb("m" * 5000, category="c" * 5000, level="l" * 5000))
    assert (len(cut.message), len(cut.category), len(cut.level)) == (1024, 128, 128)
    assert cut.message.startswith("mmm")
    assert cut.message.endswith("m[TRUNCATED]")
    assert len(kept(crumb("m" * 1024)).message) == 1024


def test_what_is_no_text_becomes_one() -> None:
    """A careless caller's number is a message too."""
    assert kept(crumb(7, category=None, level=20))[:3] == ("7", "None", "20")


def test_data_is_copied() -> None:
    """What the caller does with its data later does not reach the breadcrumb."""
    nested = {"inner": [1, {"deep": True}]}
    data = {"a": 1, "nested": nested}
    held = kept(crumb(data=data))
    nested["inner"].append("alice@example.com")
    data["b"] = 2
    assert held.data == {"a": 1, "nested": {"inner": [1, {"deep": True}]}}


@pytest.mark.parametrize(
    "value, expected",
    [
        (None, None),
        (True, True),
        (0.5, 0.5),
        (2**63 - 1, 2**63 - 1),
        (2**64, str(2**64)),
        ((1, 2), [1, 2]),
        (frozenset({1}), [1]),
        (dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc), "2026-01-01 00:00:00+00:00"),
        (b"x", "b'x'"),
        ({1: 2}, {"1": 2}),
    ],
)
def test_a_value_is_kept_as_what_otlp_can_carry(value: object, expected: object) -> None:
    """Plain values stay, containers become dicts and lists, the rest its text."""
    held = kept(crumb(data={"value": value}))
    assert held.data == {"value": expected}
    assert type(held.data["value"]) is type(expected)


def test_data_is_bounded_in_values_and_in_size() -> None:
    """Twenty values, at whatever level, and about two thousand characters are kept."""
    many = kept(crumb(data={str(number): number for number in range(1000)})).data
    assert many == {str(number): number for number in range(20)}
    assert kept(crumb(data={"ids": list(range(1000))})).data == {"ids": list(range(19))}
    large = kept(crumb(data={f"{number}": "x" * 1500 for number in range(20)})).data
    assert large is not None
    assert large["0"] == "x" * 1500
    assert sum(map(len, large.values())) < 2048 + 20 * len("[TRUNCATED]")


def test_data_that_holds_itself_ends() -> None:
    """A cycle is followed for as many values as there may be."""
    data: dict[str, Any] = {}
    data["again"] = data
    held = kept(crumb(data=data)).data
    assert held is not None
    assert repr(held).count("again") == breadcrumbs.MAX_DATA_VALUES


@pytest.mark.swallows
def test_what_cannot_be_read_is_left_out() -> None:
    """A mapping of the application's that raises costs this one breadcrumb and nothing else."""
    held = Breadcrumbs()
    held.add(crumb("before"))
    held.add(crumb(data=RaisingMapping()))
    held.add(crumb("after"))
    assert [added.message for added in held.held()] == ["before", "after"]


def test_the_attribute_has_all_of_it() -> None:
    """Each is a mapping, oldest first; no data, no key for it."""
    crumbs = (crumb("one", category="navigation"), crumb("two", level="error", data={"a": 1}))
    assert as_attribute(crumbs, 10_000) == [
        {"timestamp": TIME_NS // 1_000_000, "category": "navigation", "level": "info", "message": "one"},
        {
            "timestamp": TIME_NS // 1_000_000,
            "category": "default",
            "level": "error",
            "message": "two",
            "data": {"a": 1},
        },
    ]


def test_the_oldest_are_left_out_where_they_are_too_large_together() -> None:
    """The newest that fit stay, in their order; characters count by their bytes."""
    crumbs = [crumb(f"{number} " + "x" * 500) for number in range(10)]
    entries = as_attribute(crumbs, 2000)
    assert [entry["message"][0] for entry in entries] == ["7", "8", "9"]
    assert len(as_attribute([crumb("\u20ac" * 500)] * 10, 2000)) == 1
    assert as_attribute(crumbs, 10) == []


def test_redacting_the_attribute_again_changes_nothing() -> None:
    """None of its keys is a sensitive one, and no time looks like a card number."""
    entries = as_attribute([crumb("one", data={"a": "[REDACTED]"})], 10_000)
    attributes = {"clippy.error.breadcrumbs": entries}
    assert Redactor().redact_attributes(attributes) is attributes
