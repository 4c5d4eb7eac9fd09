"""What tests of the hooks need around them: a pipeline's parts without the pipeline, and what keeps records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import _internal as logs_internal
from opentelemetry.metrics import _internal as metrics_internal
from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.util._once import Once

from clippy_otel.config import resolve
from clippy_otel.consent import Consent
from clippy_otel.delivery.settings import DeliverySettings
from clippy_otel.delivery.worker import Worker
from clippy_otel.hooks.intake import Intake
from clippy_otel.hooks.providers import Providers
from clippy_otel.hooks.targets import Targets
from clippy_otel.ledger import Ledger, LedgerRow
from clippy_otel.ports import SIGNALS, Signal
from clippy_otel.privacy.pseudonyms import Pseudonyms
from clippy_otel.rules import LiveRules
from clippy_otel.scope import Scopes
from clippy_otel.subscriptions import Subscriptions
from clippy_otel.testing import FakeClock, InMemoryTransport, SequentialIds

MAIL = "alice@example.com"
HIDDEN = "[REDACTED]"
WAIT_MS = 10_000  # for what is certain to come
SETTINGS = DeliverySettings(
    batch_records=100_000, batch_bytes=1 << 40, interval_s=0, max_payload_bytes=1 << 40, send_timeout_s=5
)


class Spans(SpanProcessor):
    """Keep the ended spans, the objects themselves."""

    def __init__(self) -> None:
        self.ended: list[Any] = []
        self.shut_down = 0

    def on_end(self, span: ReadableSpan) -> None:
        """Keep it."""
        self.ended.append(span)

    def shutdown(self) -> None:
        """Count it."""
        self.shut_down += 1


class Logs(LogRecordProcessor):
    """Keep the records, the objects themselves."""

    def __init__(self) -> None:
        self.emitted: list[Any] = []
        self.shut_down = 0

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Keep it."""
        self.emitted.append(log_record)

    def shutdown(self) -> None:
        """Count it."""
        self.shut_down += 1

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """Have nothing to flush."""
        return True


class Rig:
    """The parts of a pipeline that the hooks work with.

    Args:
        delivers: The signals that are delivered, to the transports here.
        owns: Whether the providers are its own.
        max_records: Of the queue.
        **settings: Of the configuration.
    """

    def __init__(
        self, *, delivers: tuple[Signal, ...] = SIGNALS, owns: bool = True, max_records: int = 10_000, **settings: Any
    ) -> None:
        self.ledger = Ledger()
        self.clock = FakeClock()
        self.transports = {signal: InMemoryTransport() for signal in delivers}
        self.worker = Worker(self.transports, self.ledger, SETTINGS, max_records=max_records, max_bytes=100_000_000)
        self.pseudonyms = Pseudonyms("a key for the tests")
        config = resolve(config=None, environ={}, **{"service_name": "test", **settings})
        self.rules = LiveRules(config, self.clock, self.pseudonyms)
        self.subscriptions = Subscriptions()
        self.consent = Consent(None, self.pseudonyms)
        self.intake = Intake(self.rules, self.ledger, self.consent, self.subscriptions, self.worker, owns=owns)
        self.scopes = Scopes(self.clock, SequentialIds())

    def bind(self, providers: Providers, resource: Resource | None = None) -> Providers:
        """Have what providers record go through here."""
        providers.bind(self.intake, self.scopes, self.worker.collect_metrics, resource)
        return providers

    def own(self, resource: Mapping[str, Any] | None = None) -> Providers:
        """Return providers of our own, bound."""
        return self.bind(Providers(Resource(dict(resource or {"service.name": "test"}))))

    def join(self, *, spans: Any = None, logs: Any = None, metrics: Any = None) -> Providers:
        """Return somebody's providers, joined."""
        return self.bind(Providers(Resource({"service.name": "private"}), Targets(spans, logs, metrics)))

    def row(self, signal: Signal) -> LedgerRow:
        """Return a signal's books, once it is sure that they add up."""
        row = self.ledger.row(signal)
        rest = sum(value for name, value in row._asdict().items() if name not in ("offered", "adopted"))
        assert row.offered + row.adopted == rest
        return row

    def spans(self) -> list[Any]:
        """Return the spans delivered so far."""
        self.worker.flush(WAIT_MS)
        return self.transports["spans"].spans()

    def logs(self) -> list[Any]:
        """Return the log records delivered so far."""
        self.worker.flush(WAIT_MS)
        return self.transports["logs"].logs()

    def points(self) -> list[Any]:
        """Return the metric points of this moment, as they are delivered."""
        self.transports["metrics"].requests.clear()
        self.worker.flush(WAIT_MS)
        return self.transports["metrics"].metrics()

    def close(self) -> None:
        """End it as a pipeline does."""
        self.worker.shutdown(WAIT_MS)
        self.intake.closed = True


@contextmanager
def rig(**settings: Any) -> Iterator[Rig]:
    """Yield a Rig, ended afterwards."""
    made = Rig(**settings)
    try:
        yield made
    finally:
        made.close()


def no_globals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test set OpenTelemetry's global providers as if nobody had, and forget them after it."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER_SET_ONCE", Once())
    monkeypatch.setattr(logs_internal, "_LOGGER_PROVIDER", None)
    monkeypatch.setattr(logs_internal, "_LOGGER_PROVIDER_SET_ONCE", Once())
    monkeypatch.setattr(metrics_internal, "_METER_PROVIDER", None)
    monkeypatch.setattr(metrics_internal, "_METER_PROVIDER_SET_ONCE", Once())
    monkeypatch.setattr(metrics_internal, "_PROXY_METER_PROVIDER", metrics_internal._ProxyMeterProvider())


def set_globals(
    *, spans: trace.TracerProvider | None = None, logs: _logs.LoggerProvider | None = None, meters: Any = None
) -> None:
    """Set global providers."""
    if spans is not None:
        trace.set_tracer_provider(spans)
    if logs is not None:
        _logs.set_logger_provider(logs)
    if meters is not None:
        metrics.set_meter_provider(meters)


def silent_meters() -> MeterProvider:
    """Return a meter provider without readers that leaves the interpreter's exit alone."""
    return MeterProvider(shutdown_on_exit=False)
