"""Every unit has buckets that ascend and that separate values of the sizes it is used for; conventions say theirs."""

from __future__ import annotations

from bisect import bisect_left

import pytest

from clippy_otel.hooks.buckets import boundaries

UNITS = ("s", "ms", "us", "ns", "By", "bytes", "1", "%", "{token}", "")


@pytest.mark.parametrize("unit", UNITS)
def test_ascending(unit: str) -> None:
    """The boundaries ascend without repetition, are positive, and no more than a point can bear."""
    bounds = boundaries("any", unit)
    assert list(bounds) == sorted(set(bounds))
    assert bounds[0] > 0
    assert 10 <= len(bounds) <= 25


@pytest.mark.parametrize(
    "unit, values",
    [
        ("s", (0.0005, 0.004, 0.04, 0.4, 4, 40, 400)),
        ("ms", (0.5, 4, 40, 400, 4_000, 40_000, 400_000)),
        ("us", (500, 4_000, 40_000, 400_000)),
        ("ns", (5e5, 4e6, 4e7)),
        ("By", (10, 1_000, 100_000, 10_000_000, 2_000_000_000)),
        ("1", (0.02, 0.3, 0.6, 0.97, 1, 3, 70, 5_000, 1e6)),
        ("%", (0.5, 15, 55, 97)),
        ("{token}", (0.5, 3, 50, 800, 10_000, 200_000)),
    ],
)
def test_values_are_told_apart(unit: str, values: tuple[float, ...]) -> None:
    """Values that differ by much lie in different buckets."""
    bounds = boundaries("any", unit)
    assert len({bisect_left(bounds, value) for value in values}) == len(values)


def test_the_same_durations() -> None:
    """A duration lies in the same bucket, whatever unit it is given in."""
    for scale, unit in ((1e3, "ms"), (1e6, "us"), (1e9, "ns")):
        assert boundaries("any", unit) == pytest.approx([bound * scale for bound in boundaries("any", "s")])


def test_the_genai_conventions() -> None:
    """Their histograms have the buckets that they ask for."""
    seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
    tokens = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864]
    assert list(boundaries("gen_ai.client.operation.duration", "s")) == seconds
    assert list(boundaries("gen_ai.client.operation.time_to_first_chunk", "s")) == seconds
    assert list(boundaries("gen_ai.client.token.usage", "{token}")) == tokens
