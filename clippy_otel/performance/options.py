"""The options of PerformanceMetrics, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from clippy_otel.config.kinds import Flag, Kind, Whole
from clippy_otel.config.options import checked_options


class PerformanceOptions(NamedTuple):
    """What PerformanceMetrics keeps and does.

    Attributes:
        track_core_web_vitals: Whether web vitals are recorded and counted.
        track_resources: Whether the process's use of memory, processor and files is read.
        max_timings: How many values each statistic is made of, the newest ones; 1 or more. A duration takes 16 bytes,
            an AI operation about 100; of web vitals it is twice as many, all of them together, at 25 bytes.
        window_ms: How far back statistics look, in milliseconds; 1 or more. Default 5 minutes.
        max_marks: How many marks a scope keeps; 1 or more. One more, and the one that was not used for longest goes.
    """

    track_core_web_vitals: bool = True
    track_resources: bool = True
    max_timings: int = 1000
    window_ms: int = 300_000
    max_marks: int = 256


_KINDS: Final[Mapping[str, Kind]] = {
    "track_core_web_vitals": Flag(),
    "track_resources": Flag(),
    "max_timings": Whole(1),
    "window_ms": Whole(1),
    "max_marks": Whole(1),
}


def checked(options: PerformanceOptions | None, settings: Mapping[str, Any]) -> PerformanceOptions:
    """Return options with settings over them; None: over the defaults. See checked_options()."""
    return checked_options(("performance", "PerformanceMetrics"), PerformanceOptions(), _KINDS, options, settings)
