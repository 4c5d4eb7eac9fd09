"""One collection of the SDK's metrics as encoded queue items, by way of the stock encoder's protobuf messages.

Guarantee: every point is in one item or is booked as `unencodable`; one that cannot be encoded costs no other point.
An item has at most 500 points, so that a request that is too large can be halved.
Cost: 23 us a point of three attributes, on the delivery thread. The first collection imports protobuf (30 ms).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from clippy_otel.delivery.envelopes import Envelopes
from clippy_otel.otlp.wire import BYTE, LENGTH, framed, tag
from clippy_otel.ports import QueueItem

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import Metric, MetricsData

    from clippy_otel.ledger import Column

# A histogram's point takes some 300 bytes: 150 KB an item.
MAX_POINTS: Final = 500
_METRIC: Final = BYTE[tag(2, LENGTH)]  # in ScopeMetrics


class MetricEncoder:
    """Encode collections.

    Args:
        book: Told what became of points that are in no item: a column of the ledger, and how many.
    """

    def __init__(self, book: Callable[[Column, int], None]) -> None:
        self._book = book
        self._envelopes = Envelopes("metrics")

    def items(self, data: MetricsData) -> list[QueueItem]:
        """Return a collection as items, in its order."""
        items: list[QueueItem] = []
        for of_resource in data.resource_metrics:
            for of_scope in of_resource.scope_metrics:
                envelope = self._envelopes.of(of_resource.resource, of_scope.scope)
                parts = [part for metric in of_scope.metrics for part in _parts(metric, MAX_POINTS)]
                for encoded, count in self._encoded(parts):
                    items.append(QueueItem(envelope, encoded, 0, 0, b"", records=count))
        return items

    def _encoded(self, metrics: Sequence[Metric]) -> Iterator[tuple[bytes, int]]:
        """Yield each metric framed, with its number of points; halve them to find a point that cannot be encoded."""
        try:
            messages = _messages(metrics)
        except Exception:  # noqa: BLE001 - whatever the encoder or protobuf raises for a value out of range
            halves = _halves(metrics)
            if not halves:
                self._book("unencodable", sum(map(_points, metrics)))
            for half in halves:
                yield from self._encoded(half)
            return
        for metric, message in zip(metrics, messages, strict=True):
            yield framed(_METRIC, message), _points(metric)


def count_points(data: MetricsData) -> int:
    """Return how many points a collection has."""
    scopes = (of_scope for of_resource in data.resource_metrics for of_scope in of_resource.scope_metrics)
    return sum(_points(metric) for of_scope in scopes for metric in of_scope.metrics)


def _points(metric: Metric) -> int:
    return len(metric.data.data_points)


def _parts(metric: Metric, most: int) -> list[Metric]:
    """Return a metric as several of at most that many points each; as it is where it has no more."""
    data: Any = metric.data
    if len(data.data_points) <= most:
        return [metric]
    starts = range(0, len(data.data_points), most)
    return [replace(metric, data=replace(data, data_points=data.data_points[at : at + most])) for at in starts]


def _halves(metrics: Sequence[Metric]) -> list[Sequence[Metric]]:
    """Return two halves: of the metrics, or of a single one's points; nothing where there is but one point."""
    if len(metrics) > 1:
        middle = len(metrics) // 2
        return [metrics[:middle], metrics[middle:]]
    points = sum(map(_points, metrics))
    return [[part] for metric in metrics for part in _parts(metric, -(-points // 2))] if points > 1 else []


def _messages(metrics: Sequence[Metric]) -> list[bytes]:
    """Encode metrics; resource and scope are left to the envelope."""
    from opentelemetry.exporter.otlp.proto.common.metrics_encoder import (  # noqa: PLC0415 - protobuf, 30 ms
        encode_metrics,
    )
    from opentelemetry.sdk.metrics.export import MetricsData, ResourceMetrics, ScopeMetrics  # noqa: PLC0415 - the SDK
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - likewise
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope  # noqa: PLC0415 - likewise

    of_scope = ScopeMetrics(InstrumentationScope(""), metrics, "")
    request = encode_metrics(MetricsData([ResourceMetrics(Resource.get_empty(), [of_scope], "")]))
    return [message.SerializeToString() for message in request.resource_metrics[0].scope_metrics[0].metrics]
