"""Rounds of two sides, ours and the bare SDK's, and what they say together.

In each round both sides are measured once, in an order that a seeded generator shuffles, each after a `gc.collect()`:
without these two an empty span processor once measured 1.4 times the one that does nothing. The rounds that warm up
are not counted. A round is compared with itself, never with another one, so that a machine that slows down half-way
slows down both sides of what is compared.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    import random

WARM_UP_ROUNDS: Final = 2

Measure = Callable[[], tuple[float, ...]]
"""Measure one side once: a figure for each row of the benchmark, in the row's unit."""


class Sides(NamedTuple):
    """The two sides of a benchmark, ready to be measured as often as wanted."""

    ours: Measure
    bare: Measure


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        name: What is measured.
        unit: Of each side's figure.
        compared: What is said of a round: ours divided by the bare SDK's, or ours less the bare SDK's; where a row's
            name says that something else is beside ours, by that one's.
        budget: What the median of that may be at most; None where nothing is promised.
    """

    name: str
    unit: str
    compared: Literal["ratio", "difference"] = "ratio"
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A measurement that fills one row or several.

    Attributes:
        name: What `--only` takes.
        rows: What each side's figures are, in their order.
        rounds: How many rounds make the figures steady.
        calls: How many calls a side makes in a round.
        open: Set both sides up for that many calls; leaving the context takes them down.
    """

    name: str
    rows: tuple[Row, ...]
    rounds: int
    calls: int
    open: Callable[[int], AbstractContextManager[Sides]]


class Spread(NamedTuple):
    """How the rounds lie: a quarter of them is below `low`, a quarter above `high`."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class Result:
    """What the rounds of one row said.

    Attributes:
        row: The row.
        calls: How many calls a side made in a round.
        ours: Our figure of each round.
        bare: The bare SDK's figure of each round.
    """

    row: Row
    calls: int
    ours: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def compared(self) -> tuple[float, ...]:
        """What the row compares, of each round."""
        pairs = zip(self.ours, self.bare, strict=True)
        if self.row.compared == "ratio":
            return tuple(ours / bare for ours, bare in pairs)
        return tuple(ours - bare for ours, bare in pairs)

    @property
    def holds(self) -> bool | None:
        """Whether the median of what is compared is within the budget; None where there is none."""
        return None if self.row.budget is None else spread(self.compared).median <= self.row.budget


def spread(figures: tuple[float, ...]) -> Spread:
    """Return the quartiles of one figure or more."""
    if len(figures) == 1:
        return Spread(figures[0], figures[0], figures[0])
    return Spread(*statistics.quantiles(figures, n=4, method="inclusive"))


def run(benchmark: Benchmark, *, rounds: int, calls: int, rng: random.Random) -> tuple[Result, ...]:
    """Measure a benchmark.

    Args:
        benchmark: What to measure.
        rounds: How many rounds count, at least 1; WARM_UP_ROUNDS more come before them.
        calls: How many calls a side makes in a round.
        rng: Shuffles the sides of each round.

    Returns:
        A result for each row, in their order.
    """
    ours: list[tuple[float, ...]] = []
    bare: list[tuple[float, ...]] = []
    with benchmark.open(calls) as sides:
        turns = [(sides.ours, ours), (sides.bare, bare)]
        for _ in range(WARM_UP_ROUNDS + rounds):
            rng.shuffle(turns)
            for measure, figures in turns:
                gc.collect()
                figures.append(measure())
    rows = enumerate(benchmark.rows)
    return tuple(Result(row, calls, _column(ours, at), _column(bare, at)) for at, row in rows)


def _column(figures: list[tuple[float, ...]], at: int) -> tuple[float, ...]:
    return tuple(each[at] for each in figures[WARM_UP_ROUNDS:])
