"""Exporters for a setup of the bare SDK: what cannot be delivered is kept on disk, and delivered by whoever comes next.

    provider.add_span_processor(BatchSpanProcessor(SpoolingSpanExporter()))

Also by name: OTEL_TRACES_EXPORTER, OTEL_LOGS_EXPORTER and OTEL_METRICS_EXPORTER know them as `clippy`. Where they
deliver to, and how, is what the environment says (`OTEL_EXPORTER_OTLP_*`, `CLIPPY_OTEL_*`), with the limits of
`TelemetryConfig.server()` where it says nothing of any limit.

export() takes a batch in and returns; the delivery has its own thread. Its SUCCESS means that every record was taken
in: it will be delivered, or counted as what became of it. Records are redacted, as copies where anything is found.
"""

from __future__ import annotations

import enum
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import (
    Metric,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from clippy_otel import _exit, _guard, _sigterm
from clippy_otel._sdk import ended_spans as sdk_ended_spans
from clippy_otel.clock import SYSTEM_CLOCK
from clippy_otel.config import TelemetryConfig, resolve
from clippy_otel.config.model import DEFAULTS
from clippy_otel.delivery.metric_items import MetricEncoder
from clippy_otel.delivery.settings import settings_of
from clippy_otel.delivery.spans import UNENCODED
from clippy_otel.delivery.transports import make_transports
from clippy_otel.delivery.worker import Worker
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.hooks.log_items import LogItems
from clippy_otel.hooks.logs import LogRedaction
from clippy_otel.hooks.metric_reader import chosen_aggregation, chosen_temporality
from clippy_otel.hooks.origins import Origins
from clippy_otel.hooks.span_bytes import held_bytes
from clippy_otel.hooks.span_redaction import SpanRedaction
from clippy_otel.kept import Kept
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Purpose, QueueItem, Signal, SpoolOptions
from clippy_otel.privacy.redactor import Redactor
from clippy_otel.rules import LiveRules

if TYPE_CHECKING:
    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.trace import ReadableSpan

    from clippy_otel.ledger import Column


class _Default(enum.Enum):
    """A default that is none of the values."""

    DEFAULT = "what the environment says"


DEFAULT: Final = _Default.DEFAULT
_TIMEOUT_MS: Final = 5000  # of a shutdown
_SPAN_PURPOSE: Final = int(Purpose.PERFORMANCE)


class _Delivery:
    """One exporter's delivery: its redactor, and a worker for its signal.

    Args:
        signal: Which.
        options: Of the spool; None: what the environment says.
        redactor: See the exporters.
    """

    def __init__(self, signal: Signal, options: SpoolOptions | None, redactor: Redactor | _Default | None) -> None:
        if redactor is not DEFAULT and not isinstance(redactor, (Redactor, type(None))):
            raise ConfigurationError(f"redactor: a Redactor is needed, or None, not {redactor!r:.80}")
        config = _config(options)
        self._ledger, self._pseudonyms, _, spool = Kept.on_disk(config)  # who records asks for consent, not who exports
        rules = LiveRules(config, SYSTEM_CLOCK, self._pseudonyms)
        self.redactor: Redactor | None = rules.redactor() if redactor is DEFAULT else redactor
        self._is_enabled = config.enabled
        self._signal: Signal = signal
        self._is_closed = False
        self._worker = Worker(
            {signal: make_transports(config)[signal]},
            self._ledger,
            settings_of(config),
            max_records=config.max_queue_size,
            max_bytes=config.max_memory_bytes,
            spool=spool,
        )
        if "exit" in config.flush_on:
            _exit.shut_down_at_exit(self, self._worker)
        if "sigterm" in config.flush_on:
            _sigterm.park_at_sigterm(self._worker)
        weakref.finalize(self, self._worker.end_when_idle).atexit = False
        self._worker.begin()

    def take(self, records: Sequence[Any], item_of: Callable[[Any], QueueItem]) -> bool:
        """Queue records, redacted and encoded by `item_of`; return whether every one was taken in."""
        if self._is_closed or not self._is_enabled:
            count = sum(getattr(record, "records", 1) for record in records)
            self._ledger.offer(self._signal, "after_shutdown" if self._is_closed else "disabled", count)
            return not self._is_closed
        before = self._ledger.row(self._signal)
        for record in records:
            self._take_one(record, item_of)
        self._worker.request_flush()
        after = self._ledger.row(self._signal)
        return (before.queue_full, before.redaction_failed) == (after.queue_full, after.redaction_failed)

    def _take_one(self, record: Any, item_of: Callable[[Any], QueueItem]) -> None:
        try:
            item = item_of(record)
        except Exception as error:  # noqa: BLE001 - fails closed: this record is dropped, and counted
            _guard.swallowed("exporter", error)
            self._ledger.offer(self._signal, "redaction_failed")
            return
        self._worker.queue.offer(item)

    def book(self, outcome: Column, count: int) -> None:
        """Count records that were never queued."""
        self._ledger.offer(self._signal, outcome, count)

    def subjects(self, user_ids: list[str]) -> bytes:
        """Return the keyed hashes of users."""
        return self._pseudonyms.subjects(user_ids)

    def flush(self, timeout_ms: float) -> bool:
        """Deliver what was taken in; return whether all of it is delivered, or on disk, by the deadline."""
        return self._worker.flush(timeout_ms).ok

    def shutdown(self, timeout_ms: float = _TIMEOUT_MS) -> None:
        """Deliver what can be delivered by the deadline, keep the rest on disk, and end. Idempotent."""
        self._is_closed = True
        _exit.has_ended(self)
        _sigterm.has_ended(self._worker)
        self._worker.shutdown(timeout_ms)


def _config(options: SpoolOptions | None) -> TelemetryConfig:
    """Return what the environment says, with the limits of a busy service where it says nothing."""
    settings: dict[str, Any] = {} if options is None else {"spool": options}
    given = resolve(config=None, **settings)
    changed = {name for name, default in DEFAULTS.items() if getattr(TelemetryConfig.server(), name) != default}
    if any(getattr(given, name) != DEFAULTS[name] for name in changed):
        return given
    return replace(given, **{name: getattr(TelemetryConfig.server(), name) for name in changed})


class _Delivering:
    """What the exporters of spans and of log records do alike: the SDK asks both with the same signatures."""

    _delivery: _Delivery

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Deliver what was taken in; return whether all of it is delivered, or at least on disk, within the timeout."""
        return self._delivery.flush(timeout_millis)

    def shutdown(self) -> None:
        """Deliver what can be delivered within 5 s, and keep the rest on disk."""
        self._delivery.shutdown()


class SpoolingSpanExporter(_Delivering, SpanExporter):
    """Deliver spans over OTLP; what cannot be delivered now is kept on disk and delivered later, by whoever comes.

    Args:
        options: How it is kept; None: what `CLIPPY_OTEL_SPOOL` says, else `SpoolOptions()`.
        redactor: With which spans are redacted; DEFAULT: as `CLIPPY_OTEL_*` says. None: not at all, for spans that a
            RedactingSpanProcessor has redacted.

    Raises:
        ConfigurationError: The environment, the options or the redactor are not what is allowed.
    """

    def __init__(self, *, options: SpoolOptions | None = None, redactor: Redactor | _Default | None = DEFAULT) -> None:
        self._delivery = _Delivery("spans", options, redactor)
        self._redaction = SpanRedaction()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take spans in; FAILURE where one of them was refused, after shutdown() all of them."""
        taken = self._delivery.take(spans, self._item)
        return SpanExportResult.SUCCESS if taken else SpanExportResult.FAILURE

    def _item(self, span: ReadableSpan) -> QueueItem:
        user_ids: list[str] = []
        redactor = self._delivery.redactor
        changes = self._redaction.changes(span, redactor, user_ids) if redactor else {}
        shown = sdk_ended_spans.with_changes(sdk_ended_spans.copy_span(span), changes) if changes else span
        subjects = self._delivery.subjects(user_ids)
        return QueueItem(UNENCODED, shown, held_bytes(shown), _SPAN_PURPOSE, subjects)


class SpoolingLogExporter(_Delivering, LogRecordExporter):
    """Deliver log records likewise.

    Args:
        options: See SpoolingSpanExporter.
        redactor: See SpoolingSpanExporter.

    Raises:
        ConfigurationError: See SpoolingSpanExporter.
    """

    def __init__(self, *, options: SpoolOptions | None = None, redactor: Redactor | _Default | None = DEFAULT) -> None:
        self._delivery = _Delivery("logs", options, redactor)
        self._redaction = LogRedaction()
        self._items = LogItems()

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Take records in; FAILURE where one of them was refused, after shutdown() all of them."""
        taken = self._delivery.take(batch, self._item)
        return LogRecordExportResult.SUCCESS if taken else LogRecordExportResult.FAILURE

    def _item(self, record: ReadableLogRecord) -> QueueItem:
        user_ids: list[str] = []
        redactor = self._delivery.redactor
        shown = self._redaction.redact(record, redactor, user_ids) if redactor else record
        return self._items.item(shown, subjects=self._delivery.subjects(user_ids))


class SpoolingMetricExporter(MetricExporter):
    """Deliver collections of metrics likewise; temporality and aggregation are what the environment says.

    Attributes that are redacted here can make two series of a metric equal: `redact_measurements()` comes before that.

    Args:
        options: See SpoolingSpanExporter.
        redactor: See SpoolingSpanExporter.

    Raises:
        ConfigurationError: See SpoolingSpanExporter.
    """

    def __init__(self, *, options: SpoolOptions | None = None, redactor: Redactor | _Default | None = DEFAULT) -> None:
        super().__init__(chosen_temporality(), chosen_aggregation())
        self._delivery = _Delivery("metrics", options, redactor)
        self._origins = Origins()
        self._encoder = MetricEncoder(self._delivery.book)

    def export(
        self,
        metrics_data: MetricsData,
        timeout_millis: float = 10_000,  # noqa: ARG002 - the SDK's signature
        **_: Any,
    ) -> MetricExportResult:
        """Take a collection in; FAILURE where some of it was refused, after shutdown() all of it."""
        items = [item for part in metrics_data.resource_metrics for item in self._items(part)]
        taken = self._delivery.take(items, _sized)
        return MetricExportResult.SUCCESS if taken else MetricExportResult.FAILURE

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Deliver what was taken in; return whether all of it is delivered, or at least on disk, within the timeout."""
        return self._delivery.flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:
        """Deliver what can be delivered within 5 s, or less where the timeout is less, and keep the rest on disk."""
        self._delivery.shutdown(min(timeout_millis, _TIMEOUT_MS))

    def _items(self, of_resource: ResourceMetrics) -> list[QueueItem]:
        redactor = self._delivery.redactor
        try:
            part = of_resource if redactor is None else self._redacted(of_resource, redactor)
        except Exception as error:  # noqa: BLE001 - fails closed
            _guard.swallowed("exporter", error)
            self._delivery.book("redaction_failed", 1)
            return []
        return self._encoder.items(MetricsData([part]))

    def _redacted(self, of_resource: ResourceMetrics, redactor: Redactor) -> ResourceMetrics:
        def metric(given: Metric) -> Metric:
            data: Any = given.data
            points = [_redacted_point(point, redactor) for point in data.data_points]
            return replace(given, data=replace(data, data_points=points))

        def of_scope(given: ScopeMetrics) -> ScopeMetrics:
            scope = self._origins.scope(given.scope, redactor)
            return replace(given, scope=scope, metrics=list(map(metric, given.metrics)))

        resource = self._origins.resource(of_resource.resource, redactor)
        return replace(of_resource, resource=resource, scope_metrics=list(map(of_scope, of_resource.scope_metrics)))


def _redacted_point(point: Any, redactor: Redactor) -> Any:
    exemplars = [
        replace(exemplar, filtered_attributes=redactor.redact_attributes(exemplar.filtered_attributes))
        for exemplar in point.exemplars or ()
    ]
    return replace(point, attributes=redactor.redact_attributes(point.attributes or {}), exemplars=exemplars)


def _sized(item: QueueItem) -> QueueItem:
    """Return an item that counts against the bounds of memory: here no reader waits for its turn."""
    return item._replace(size_bytes=len(item.data) + ITEM_OVERHEAD_BYTES)
