"""Statistics in process: how many different values there were."""

from __future__ import annotations

import random
import statistics
import sys

from clippy_otel.rolling import UniqueValues


def test_up_to_64_different_values_are_counted_exactly() -> None:
    """However often each is seen, in whatever order."""
    rng = random.Random(5)
    values = [f"p_{number}" for number in range(64)]
    seen = UniqueValues()
    assert len(seen) == 0
    for value in rng.choices(values, k=2_000):
        seen.add(value)
    for value in values:
        seen.add(value)
    assert len(seen) == 64


def test_more_are_estimated() -> None:
    """With the standard error that is promised: of many estimates the middle is right, and the spread is that."""
    rng = random.Random(11)
    errors: list[float] = []
    for _ in range(200):
        seen = UniqueValues()
        for _ in range(1_000):
            seen.add(_Hashed(rng.getrandbits(61)))
        errors.append(len(seen) / 1_000 - 1)
    assert abs(statistics.median(errors)) < 0.05
    assert 0.08 < statistics.pstdev(errors) < 0.18


def test_its_size_is_bounded() -> None:
    """Whatever the number of values."""
    seen = UniqueValues()
    for number in range(10_000):
        seen.add(f"p_{number}")
    assert sys.getsizeof(seen._hashes) < 700


class _Hashed:
    """A value with a hash of its own: that of a text differs from run to run."""

    def __init__(self, hashed: int) -> None:
        self._hash = (hashed << 3) - (1 << 63)

    def __hash__(self) -> int:
        return self._hash
