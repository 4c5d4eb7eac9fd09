"""Results as a table for people, and as JSON for keeping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from benchmarks.harness import Result, Row, spread

_HEADINGS: Final = ("", "ours", "beside", "compared", "quartiles", "budget", "")
_VERDICTS: Final = {True: "holds", False: "MISSED", None: ""}


def table(results: Sequence[Result]) -> str:
    """Return the table: medians of both sides, the median of what each round compares, its spread, the budget."""
    lines = [_HEADINGS, *map(_cells, results)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def headline(machine: dict[str, Any]) -> str:
    """Return the machine in one line."""
    where = f"{machine['cores']} cores of {machine['cpu']}, {machine['system']}"
    return f"{machine['python']}, {where}, load {machine['load']}"


def as_json(results: Sequence[Result], machine: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """Return everything that was measured: each round's figures, what they say, and where.

    Args:
        results: Of all rows.
        machine: From `machine.describe()`.
        run: How it was measured.
    """
    return {"machine": machine, "run": run, "rows": [_row_as_json(result) for result in results]}


def _row_as_json(result: Result) -> dict[str, Any]:
    row = result.row
    return {
        "name": row.name,
        "unit": row.unit,
        "calls": result.calls,
        "ours": result.ours,
        "bare": result.bare,
        "compared": row.compared,
        **spread(result.compared)._asdict(),
        "lowest": min(result.compared),
        "highest": max(result.compared),
        "budget": row.budget,
        "holds": result.holds,
    }


def _cells(result: Result) -> tuple[str, ...]:
    row, compared = result.row, spread(result.compared)
    return (
        row.name,
        _side(spread(result.ours).median, row),
        _side(spread(result.bare).median, row),
        _compared(compared.median, row),
        f"{_figure(compared.low, row)} to {_figure(compared.high, row)}",
        "" if row.budget is None else f"<= {_compared(row.budget, row)}",
        _VERDICTS[result.holds],
    )


def _side(figure: float, row: Row) -> str:
    return f"{figure:.2f} {row.unit}"


def _compared(figure: float, row: Row) -> str:
    return f"{_figure(figure, row)} {row.unit}" if row.compared == "difference" else _figure(figure, row) + "x"


def _figure(figure: float, row: Row) -> str:
    return f"{figure:+.2f}" if row.compared == "difference" else f"{figure:.3f}"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *rest = (
        cell.rjust(width) if at else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join((name, *rest)).rstrip()
