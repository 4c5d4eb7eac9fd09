"""Durations: sums of all, percentiles of the last ones that there is room for, within the window."""

from __future__ import annotations

import random
import statistics

import pytest

from clippy_otel.analytics.samples import Samples
from tests.performance._expected import nearest_rank


@pytest.mark.parametrize("owners", [1, 2, 3, 8, 100])
def test_each_owner_has_its_last_ones(owners: int) -> None:
    """As many as the room has for each, whichever came first."""
    rng, samples, given = random.Random(owners), Samples(10**9, 64), [list[float]() for _ in range(owners)]
    for number in range(2_000):
        owner = number if number < owners else rng.randrange(owners)
        given[owner].append(rng.random())
        samples.add(owner, given[owner][-1], number)
    part = 64
    while part > 1 and owners * part > 64:
        part //= 2
    for owner, values in enumerate(given):
        assert samples.mean(owner) == pytest.approx(statistics.fmean(values))
        expected = nearest_rank(values[-part:], 95) if owner < 64 else None
        assert samples.percentile(owner, 95, 2_000) == expected


def test_a_new_owner_leaves_the_others_their_latest() -> None:
    """Whose ring was in the middle of a round keeps the right half of it."""
    samples = Samples(10**9, 8)
    for value in range(11):
        samples.add(0, value, 0)
    samples.add(1, 100, 0)
    assert [samples.percentile(0, percent, 0) for percent in (25, 50, 75, 100)] == [7, 8, 9, 10]
    samples.add(0, 11, 0)
    assert [samples.percentile(0, percent, 0) for percent in (25, 50, 75, 100)] == [8, 9, 10, 11]


def test_the_window() -> None:
    """What is older is in the mean and not in a percentile."""
    samples = Samples(100)
    samples.add(0, 1.0, 0)
    samples.add(0, 5.0, 50)
    assert [samples.percentile(0, 50, now) for now in (99, 100, 149, 150)] == [1.0, 5.0, 5.0, None]
    assert samples.mean(0) == 3.0


def test_nothing() -> None:
    """Who has none has neither."""
    samples = Samples(100)
    assert (samples.mean(0), samples.percentile(0, 95, 0)) == (None, None)
    samples.add(1, 1.0, 0)
    assert (samples.mean(0), samples.percentile(0, 95, 0)) == (None, None)
