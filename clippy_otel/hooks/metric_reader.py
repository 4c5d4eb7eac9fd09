"""Our reader of the SDK's metrics: collected by the delivery thread when it wants them, encoded, ready to be sent.

It has no thread and no timer of its own, and exports nothing itself: take() is asked, by whoever delivers.

Guarantee: take() never raises. Where callbacks of observable instruments take longer than they may, what is recorded
otherwise is taken all the same. Nothing that a collection has reset (delta temporality) is lost without being booked,
whoever asked for it. A forked child starts at zero.
Importing this module imports the SDK's metrics (50 ms): import it where a provider is built.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION,
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE,
)
from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    MetricsTimeoutError,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.sdk.metrics.export import AggregationTemporality, MetricReader, MetricsData
from opentelemetry.sdk.metrics.view import (
    Aggregation,
    ExplicitBucketHistogramAggregation,
    ExponentialBucketHistogramAggregation,
)

from clippy_otel import _fork, _guard
from clippy_otel._sdk import metrics as sdk_metrics
from clippy_otel.delivery.metric_items import MetricEncoder, count_points
from clippy_otel.ledger import Column
from clippy_otel.ports import QueueItem

# Collections that others asked for and nobody has taken yet; the oldest goes first, and is booked.
MAX_KEPT_COLLECTIONS: Final = 16

_INSTRUMENTS: Final = (
    Counter,
    UpDownCounter,
    Histogram,
    ObservableCounter,
    ObservableUpDownCounter,
    ObservableGauge,
)
# What each preference makes delta; all else is cumulative.
_DELTA: Final[dict[str, tuple[type, ...]]] = {
    "cumulative": (),
    "delta": (Counter, Histogram, ObservableCounter),
    "lowmemory": (Counter, Histogram),
}
_AGGREGATIONS: Final[dict[str, type[Aggregation]]] = {
    "explicit_bucket_histogram": ExplicitBucketHistogramAggregation,
    "base2_exponential_bucket_histogram": ExponentialBucketHistogramAggregation,
}
_T = TypeVar("_T")


class DeliveryReader(MetricReader):
    """Collect an SDK MeterProvider's metrics for a delivery of ours.

    Temporality and the aggregation of histograms are what the environment says to the stock OTLP exporters.

    Args:
        book: Told what became of points that are not taken: a column of the ledger, and how many.
        flush: Delivers what there is within so many milliseconds, and returns whether it was: what the provider's
            `force_flush()` does.
        collecting: Entered around each collection, by the thread that collects.
    """

    def __init__(
        self,
        *,
        book: Callable[[Column, int], None],
        flush: Callable[[float], bool],
        collecting: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
    ) -> None:
        super().__init__(preferred_temporality=chosen_temporality(), preferred_aggregation=chosen_aggregation())
        self._book = book
        self._flush = flush
        self._collecting = collecting
        self._encoder = MetricEncoder(book)
        self._kept: deque[MetricsData] = deque()
        self._closed = False
        self._has_been_late = False
        _fork.renew_in_child(self)

    def take(self, timeout_ms: float) -> list[QueueItem]:
        """Collect and return everything as encoded items, each at most 500 points of one metric. Never raises.

        After shutdown() it returns what was left then, and nothing more.

        Args:
            timeout_ms: How long the callbacks of observable instruments may take together. One that hangs is not
                interrupted; those that come after it are left out.
        """
        if not self._closed:
            self._gather(timeout_ms)
        items: list[QueueItem] = []
        with _guard.host_safe("metrics"):
            while self._kept:
                items += self._encoder.items(self._kept.popleft())
        return items

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Have everything delivered, and return whether it was."""
        with _guard.host_safe("metrics"):
            return self._flush(timeout_millis)
        return False

    def shutdown(self, timeout_millis: float = 30_000, **_kwargs: Any) -> None:
        """Collect for the last time, for the next take(). Idempotent."""
        if not self._closed:
            self._closed = True
            self._gather(timeout_millis)

    def after_fork(self) -> None:
        """Start at zero in the child: what the parent recorded, the parent delivers."""
        self._kept.clear()
        if sdk_metrics.is_registered(self):
            sdk_metrics.renew_storage(self)

    def _gather(self, timeout_ms: float) -> None:
        if not sdk_metrics.is_registered(self):
            return
        with _guard.host_safe("metrics"), self._collecting():
            try:
                self.collect(timeout_millis=timeout_ms)
            except MetricsTimeoutError:
                self._gather_recorded(timeout_ms)

    def _gather_recorded(self, timeout_ms: float) -> None:
        """Take what there is without the callbacks that had no time left.

        Left in the storage, what the others have observed would be counted once more by the next collection.
        """
        log = _guard.logger.debug if self._has_been_late else _guard.logger.warning
        self._has_been_late = True
        log("callbacks of observable metrics took longer than %d ms: some are left out", timeout_ms)
        recorded = sdk_metrics.collect_recorded(self)
        if recorded is not None:
            self._keep(recorded)

    def _receive_metrics(self, metrics_data: MetricsData, *_timeout: Any, **_timeouts: Any) -> None:
        """Keep what a collection has found until it is taken; collect() may be called by anybody."""
        self._keep(metrics_data)

    def _keep(self, data: MetricsData) -> None:
        self._kept.append(data)
        if len(self._kept) > MAX_KEPT_COLLECTIONS:
            self._book("queue_full", count_points(self._kept.popleft()))


def chosen_temporality() -> dict[type, AggregationTemporality]:
    """Return the temporality of each kind of instrument that the environment chooses; cumulative by default."""
    delta = _chosen(OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE, _DELTA, "cumulative")
    return {
        instrument: AggregationTemporality.DELTA if instrument in delta else AggregationTemporality.CUMULATIVE
        for instrument in _INSTRUMENTS
    }


def chosen_aggregation() -> dict[type, Aggregation]:
    """Return the aggregation of histograms that the environment chooses; explicit buckets by default."""
    variable = OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION
    return {Histogram: _chosen(variable, _AGGREGATIONS, "explicit_bucket_histogram")()}


def _chosen(variable: str, choices: Mapping[str, _T], default: str) -> _T:
    """Return what an environment variable chooses: the default where it is not set or, with a warning, unknown."""
    name = os.environ.get(variable, "").strip().lower() or default
    if name not in choices:
        _guard.logger.warning("%s: one of %s is allowed; using %s", variable, ", ".join(choices), default)
        name = default
    return choices[name]
