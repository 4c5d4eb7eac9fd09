"""Web vitals: what a page reports of itself, checked, and the 75th percentiles of the newest ones.

A page may report a vital again under the same id, when it has grown: the last value counts. Bounded: the newest
`max_count` reports of all vitals together, 25 bytes each. Cost: 5 us a report beside its event and metric.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel import semconv
from clippy_otel.ports import Purpose
from clippy_otel.rolling import nearest_rank

if TYPE_CHECKING:
    from clippy_otel.ports import Recorder

VITALS: Final = ("lcp", "inp", "fid", "cls", "ttfb", "fcp")
_UNITLESS: Final = "cls"
RATINGS: Final = frozenset({"good", "needs-improvement", "poor"})
NAVIGATION_TYPES: Final = frozenset(
    {"navigate", "reload", "back-forward", "back-forward-cache", "prerender", "restore", "soft-navigation"}
)
_PERCENT: Final = 75
_REPORT_BYTES: Final = 25
_HASH_BYTES: Final = 8
_HASH_MASK: Final = (1 << 64) - 1


class CoreWebVitals(NamedTuple):
    """The 75th percentiles within the window, by nearest rank; None where a vital was not seen in it.

    Attributes:
        lcp: Largest contentful paint, in milliseconds.
        inp: Interaction to next paint, in milliseconds.
        fid: First input delay, in milliseconds, which browsers no longer report.
        cls: Cumulative layout shift, a number without a unit.
        ttfb: Time to first byte, in milliseconds.
        fcp: First contentful paint, in milliseconds.
    """

    lcp: float | None
    inp: float | None
    fid: float | None
    cls: float | None
    ttfb: float | None
    fcp: float | None


class Report(NamedTuple):
    """What a page says of one vital, checked."""

    name: str  # one of VITALS
    value: float  # 0 or more
    id: str  # of this measurement of this page
    delta: float | None  # since the report before; None: not said
    rating: str | None  # one of RATINGS
    navigation_type: str | None  # one of NAVIGATION_TYPES


class WebVitals:
    """The newest reports, in columns: which vital, a hash of its id, its value, and when.

    Args:
        max_count: How many are kept, of all vitals together.
        window_ns: How far back the percentiles look.
    """

    def __init__(self, max_count: int, window_ns: int) -> None:
        self._max_count = max_count
        self._window_ns = window_ns
        self._vitals = array("B")
        self._ids = bytearray()  # which is searched at a hundredth of what an array of numbers takes
        self._values = array("d")
        self._times = array("q")
        self._at = itertools.count()

    def record(self, recorder: Recorder, report: Report) -> None:
        """Record a report as an event, and in the histogram where its id is a new one; count it."""
        before: float | None = None
        if recorder.collects(Purpose.PERFORMANCE):
            before = self._add(report, recorder.clock.monotonic_ns())
        grown = report.value - (before or 0.0) if report.delta is None else report.delta
        data = {
            semconv.WEB_VITAL_NAME: report.name,
            semconv.WEB_VITAL_VALUE: report.value,
            semconv.WEB_VITAL_DELTA: grown,
            semconv.WEB_VITAL_ID: report.id,
            semconv.WEB_VITAL_RATING: report.rating,
            semconv.WEB_VITAL_NAVIGATION_TYPE: report.navigation_type,
        }
        recorder.emit(semconv.EVENT_WEB_VITAL, _known(data), Purpose.PERFORMANCE)
        if before is None:
            unit = "1" if report.name == _UNITLESS else "ms"
            labels = _known({semconv.RATING: report.rating, semconv.NAVIGATION_TYPE: report.navigation_type})
            recorder.record(semconv.METRIC_WEB_VITAL % report.name, report.value, unit=unit, attributes=labels)

    def percentiles(self, now_ns: int) -> CoreWebVitals:
        """Return the 75th percentiles."""
        kept: list[list[float]] = [[] for _ in VITALS]
        for vital, value, time_ns in zip(self._vitals, self._values, self._times, strict=False):
            if time_ns > now_ns - self._window_ns:
                kept[vital].append(value)
        return CoreWebVitals(*(nearest_rank(sorted(values), _PERCENT) if values else None for values in kept))

    def held_bytes(self) -> int:
        """Estimate what they take."""
        return len(self._times) * _REPORT_BYTES

    def _add(self, report: Report, now_ns: int) -> float | None:
        """Add a value; return the one that it replaces, None where the id is a new one."""
        hashed = (hash((report.name, report.id)) & _HASH_MASK).to_bytes(_HASH_BYTES, "little")
        at = self._index(hashed)
        if not 0 <= at < len(self._times):  # new; or another thread is about to append the rest of it
            self._append(VITALS.index(report.name), hashed, report.value, now_ns)
            return None
        before = self._values[at]
        self._values[at], self._times[at] = report.value, now_ns
        return before

    def _index(self, hashed: bytes) -> int:
        at = self._ids.find(hashed)
        while at % _HASH_BYTES and at != -1:  # the end of one hash and the beginning of the next
            at = self._ids.find(hashed, at + 1)
        return -1 if at == -1 else at // _HASH_BYTES

    def _append(self, vital: int, hashed: bytes, value: float, now_ns: int) -> None:
        at = next(self._at) % self._max_count
        if at < len(self._times):
            self._vitals[at], self._values[at], self._times[at] = vital, value, now_ns
            self._ids[at * _HASH_BYTES : (at + 1) * _HASH_BYTES] = hashed
        else:
            self._vitals.append(vital)
            self._ids += hashed
            self._values.append(value)
            self._times.append(now_ns)


def _known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
