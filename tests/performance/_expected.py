"""What statistics must be, computed the long way."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from clippy_otel.otlp.points import MetricPoint
from clippy_otel.testing import CapturedTelemetry


def nearest_rank(values: Sequence[float], percent: float) -> float:
    """Return the smallest value such that at least `percent` of a hundred of all are no larger."""
    return next(v for v in sorted(values) if 100 * sum(other <= v for other in values) >= percent * len(values))


def summary(values: Sequence[float]) -> dict[str, Any]:
    """Return the fields of a Summary."""
    return {
        "count": len(values),
        "mean": statistics.fmean(values),
        "min": min(values),
        "max": max(values),
        **{f"p{percent}": nearest_rank(values, percent) for percent in (50, 75, 90, 95, 99)},
    }


def is_close(found: Any, expected: dict[str, Any]) -> bool:
    """Return whether a Summary has these fields, its mean to the last bit but a few."""
    fields = found._asdict()
    return math.isclose(fields.pop("mean"), expected["mean"]) and fields == {
        name: value for name, value in expected.items() if name != "mean"
    }


def points(captured: CapturedTelemetry, name: str) -> list[MetricPoint]:
    """Return a metric's points."""
    return [point for point in captured.metrics if point.name == name]


def point(captured: CapturedTelemetry, name: str) -> MetricPoint:
    """Return a metric's only point."""
    (found,) = points(captured, name)
    return found
