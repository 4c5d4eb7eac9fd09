"""The scores as one table, what failed, and whether the targets are reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from benchmarks.redaction.rows import TIERS
from benchmarks.redaction.score import Failure, Score

_MAX_FAILURE_CHARS: Final = 400


class Measure(NamedTuple):
    """A line of the table.

    Attributes:
        name: What it says.
        value: The figure of a tool; None: the tool does not do that.
        target: What ours has to reach; None where nothing is promised.
        at_least: Whether the target is a least value, else a greatest.
        unit: Behind the figure.
    """

    name: str
    value: Callable[[Score], float | None]
    target: float | None = None
    at_least: bool = True
    unit: str = "%"

    def holds(self, result: Score) -> bool | None:
        """Say whether a tool reaches the target; None where there is none, or it does not do that."""
        value = self.value(result)
        if self.target is None or value is None:
            return None
        return value >= self.target if self.at_least else value <= self.target


def _tier(name: str) -> Callable[[Score], float | None]:
    return lambda result: result.recall(name)


def _kind(name: str) -> Callable[[Score], float | None]:
    return lambda result: result.recall(kind=name) if result.planted[name] else None


def _keys(group: str, *, caught: bool) -> Callable[[Score], float | None]:
    def count(result: Score) -> float | None:
        if not result.keys:
            return None
        return result.caught[group] if caught else result.keys[group] - result.caught[group]

    return count


_KIND_TARGETS: Final = {"email": 99.0, "card": 99.5, "us_ssn": 100.0, "phone": 99.5}
MEASURES: Final = (
    Measure("core recall", _tier("core"), 99.7),
    *(Measure(f"  {kind}", _kind(kind), _KIND_TARGETS.get(kind)) for kind in TIERS if TIERS[kind] == "core"),
    Measure("extended recall", _tier("extended"), 99.0),
    *(Measure(f"  {kind}", _kind(kind)) for kind in TIERS if TIERS[kind] == "extended"),
    Measure("contextual recall", _tier("contextual"), 92.0),
    *(Measure(f"  {kind}", _kind(kind)) for kind in TIERS if TIERS[kind] == "contextual"),
    Measure("precision", lambda result: result.precision, 99.7),
    Measure("text beside it replaced too", lambda result: result.swallowed_share),
    Measure("clean rows changed", lambda result: result.changed_share, 0.1, at_least=False),
    Measure("strict keys leaked", _keys("strict", caught=False), 0, at_least=False, unit=""),
    Measure("hard negative keys redacted", _keys("hard", caught=True), 0, at_least=False, unit=""),
    Measure("other keys redacted", _keys("plain", caught=True), unit=""),
    Measure(
        "canaries leaked",
        lambda result: None if result.leaks is None else sum(result.leaks.values()),
        0,
        at_least=False,
        unit="",
    ),
    Measure("kept values lost", lambda result: None if result.leaks is None else result.lost, unit=""),
)
"""The lines of the table, in their order."""


def table(results: Sequence[Score]) -> str:
    """Return a table: a line for each measure, a column for each tool, and what ours has to reach."""
    lines = [("", *(result.name for result in results), "to reach", "")]
    for measure in MEASURES:
        figures = [_figure(measure, result) for result in results]
        lines.append((measure.name, *figures, target(measure), _verdict(measure, results)))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def target(measure: Measure) -> str:
    """Return what ours has to reach, as the table shows it; empty where nothing is promised."""
    if measure.target is None:
        return ""
    return f"{'>=' if measure.at_least else '<='} {measure.target:g}{' %' if measure.unit else ''}"


def missed(result: Score) -> list[str]:
    """Return the measures whose target a tool does not reach."""
    return [measure.name.strip() for measure in MEASURES if measure.holds(result) is False]


def failures(result: Score, what: str | None = None) -> str:
    """Return what a tool failed at, one after the other; all of the data is invented.

    Args:
        result: Of the tool.
        what: Only failures whose kind or sort contains this; None: all.
    """
    chosen = [each for each in result.failures if what is None or what in each.kind or what in each.what]
    return "\n".join(map(_shown, chosen))


def _shown(failure: Failure) -> str:
    after = f"\n    -> {failure.after[:_MAX_FAILURE_CHARS]!r}" if failure.after else ""
    return f"{failure.what} [{failure.kind}]: {failure.before[:_MAX_FAILURE_CHARS]!r}{after}"


def _figure(measure: Measure, result: Score) -> str:
    value = measure.value(result)
    if value is None:
        return "-"
    return f"{value:.2f} %" if measure.unit else f"{value:.0f}"


def _verdict(measure: Measure, results: Sequence[Score]) -> str:
    ours = next((result for result in results if result.name == "ours"), None)
    holds = None if ours is None else measure.holds(ours)
    return {True: "holds", False: "MISSED", None: ""}[holds]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *rest = cells
    return "  ".join(
        (name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)))
    ).rstrip()
