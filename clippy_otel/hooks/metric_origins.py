"""Resource and instrumentation scopes of metrics, redacted where a reader collects: no measurement holds them.

All readers of a provider are covered, those added later too; other people's exporters name no other origin than ours.

Guarantee: fails closed (a collection whose origins cannot be redacted is dropped and booked); never raises.
Cost: each resource and each scope is redacted once; a collection takes a look at each scope.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clippy_otel import _guard
from clippy_otel._sdk import metrics as sdk_metrics
from clippy_otel.delivery.metric_items import count_points
from clippy_otel.hooks.origins import Origins
from clippy_otel.hooks.shadow import Method, Shadow

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import MetricsData, ResourceMetrics, ScopeMetrics

    from clippy_otel.ledger import Column
    from clippy_otel.privacy.redactor import Redactor


class MetricOrigins:
    """Redact where the metrics of one provider come from.

    Args:
        provider: Of the SDK, our own or somebody's.
        redactor: Returns the one in force; None from it: nothing is redacted.
        book: Told of points that are dropped: a column of the ledger, and how many.
    """

    def __init__(
        self,
        provider: MeterProvider,
        *,
        redactor: Callable[[], Redactor | None],
        book: Callable[[Column, int], None],
    ) -> None:
        self._provider = provider
        self._redactor = redactor
        self._book = book
        self._origins = Origins()
        self._collections: dict[int, Shadow] = {}  # by the identity of the storage that is collected
        self._adding = Shadow(sdk_metrics.measurement_consumer(provider), "add_metric_reader", self._covering)
        self._cover()

    def undo(self) -> None:
        """Leave the provider as it was."""
        for shadow in (self._adding, *self._collections.values()):
            shadow.undo()

    def _covering(self, add: Method) -> Method:
        def add_metric_reader(reader: Any) -> None:
            add(reader)
            self._cover()

        return add_metric_reader

    def _cover(self) -> None:
        """Cover the storages of all readers, and forget those of readers that are gone."""
        known = self._collections
        self._collections = {
            id(storage): known.get(id(storage)) or Shadow(storage, "collect", self._redacting)
            for storage in sdk_metrics.metric_storages(self._provider)
        }

    def _redacting(self, collect: Method) -> Method:
        def collect_redacted() -> MetricsData | None:
            data: MetricsData | None = collect()
            redactor = self._redactor()
            if data is None or redactor is None:
                return data
            try:
                return replace(
                    data, resource_metrics=[self._redacted(part, redactor) for part in data.resource_metrics]
                )
            except Exception as error:  # noqa: BLE001 - fails closed
                _guard.swallowed("metrics", error)
                with _guard.host_safe("metrics"):
                    self._book("redaction_failed", count_points(data))
                return None

        return collect_redacted

    def _redacted(self, of_resource: ResourceMetrics, redactor: Redactor) -> ResourceMetrics:
        def redacted_scope(of_scope: ScopeMetrics) -> ScopeMetrics:
            scope = self._origins.scope(of_scope.scope, redactor)
            return of_scope if scope is of_scope.scope else replace(of_scope, scope=scope)

        resource = self._origins.resource(of_resource.resource, redactor)
        return replace(
            of_resource, resource=resource, scope_metrics=list(map(redacted_scope, of_resource.scope_metrics))
        )
