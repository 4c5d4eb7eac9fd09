"""Tables in arrays hold what a dictionary would."""

from __future__ import annotations

import random

from clippy_otel.analytics.tables import OTHER, Names, SortedTable


def test_a_sorted_table_is_a_mapping() -> None:
    """Whatever comes and goes, as a dictionary has it."""
    rng, table, expected = random.Random(1), SortedTable("q", "q", "d"), dict[int, tuple[int, float]]()
    for _ in range(2_000):
        key = rng.randrange(-50, 50)
        at = table.find(key)
        assert (at is not None) == (key in expected)
        if at is None:
            expected[key] = (rng.randrange(1_000), rng.random())
            table.insert(key, *expected[key])
        elif rng.random() < 0.5:
            table.remove(at)
            del expected[key]
    assert list(table.keys) == sorted(expected)
    assert list(zip(*table.columns, strict=True)) == [expected[key] for key in sorted(expected)]
    assert len(table) == len(expected)


def test_numbers_are_given_in_order() -> None:
    """A name keeps its number; beyond the limit all are others, whose number comes with the first of them."""
    names = Names(3)
    assert [names.row(name) for name in ("b", "a", "b", "", "c", "d", "a")] == [
        (0, "b"),
        (1, "a"),
        (0, "b"),
        (2, ""),
        (3, OTHER),
        (3, OTHER),
        (1, "a"),
    ]
    assert names.all() == ["b", "a", "", OTHER]


def test_any_text_is_a_name() -> None:
    """Also one that UTF-8 cannot have."""
    names, some = Names(10), ["\x00", "\xff", "\ud800", "\U0001f600", "a\nb"]
    for name in some:
        names.row(name)
    assert names.all() == some


def test_long_names() -> None:
    """One of more than 256 characters is one of the others, and so is each where all names together are too long."""
    names = Names(1_000)
    assert names.row("x" * 257) == (0, OTHER)
    assert names.row("x" * 256) == (1, "x" * 256)
    for number in range(1_000):
        names.row(f"{number}".rjust(256, "-"))
    assert sum(map(len, names.all())) <= 64_000 + len(OTHER)
