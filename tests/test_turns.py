"""Whose turn it is."""

from __future__ import annotations

import pytest

from clippy_otel.turns import one_in


@pytest.mark.parametrize("count", [1, 2, 4, 8, 16])
def test_of_so_many_in_a_row_it_is_ones_turn(count: int) -> None:
    """Neither more nor less, whenever they are counted."""
    is_turn = one_in(count)
    for _ in range(1000):
        assert sum(is_turn() for _ in range(count)) == 1


@pytest.mark.parametrize("count", [2, 4, 8, 16])
@pytest.mark.parametrize("calls", range(1, 40))
def test_no_rhythm_of_calls_meets_it(count: int, calls: int) -> None:
    """Of a record that makes so many calls each has its turn before long."""
    is_turn = one_in(count)
    turns = [[is_turn() for _ in range(calls)] for _ in range(20 * count)]
    assert all(any(record[place] for record in turns) for place in range(calls))
