"""The two sides of a comparison: telemetry of ours, and the bare SDK with its stock OTLP exporters; one Collector."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator

from clippy_otel.config import resolve
from clippy_otel.pipeline import Pipeline
from clippy_otel.telemetry import Telemetry
from tests._collector import Attributes, Collector

TRANSPORTS = ("http", "grpc")
RESOURCE: dict[str, Any] = {
    "service.name": "shop",
    "service.version": "1.2",
    "deployment.environment.name": "test",
    "team": "checkout",
    "ports": (80, 443),
    "share": 0.25,
    "primary": True,
}
# What our own providers put into a resource beside that.
DISTRO = ("telemetry.distro.name", "telemetry.distro.version")


class Received(Protocol):
    """A record of any signal."""

    @property
    def resource(self) -> Attributes:
        """Its resource."""


R = TypeVar("R", bound=Received)


class Side(Protocol):
    """What records into three providers."""

    @property
    def tracer_provider(self) -> Any:
        """OpenTelemetry's tracer provider."""

    @property
    def logger_provider(self) -> Any:
        """Its logger provider."""

    @property
    def meter_provider(self) -> Any:
        """Its meter provider."""


@dataclass(frozen=True)
class Stock:
    """Three providers of the bare SDK."""

    tracer_provider: TracerProvider
    logger_provider: LoggerProvider
    meter_provider: MeterProvider

    def shutdown(self) -> None:
        """Export everything."""
        self.tracer_provider.shutdown()
        self.logger_provider.shutdown()
        self.meter_provider.shutdown()


class CountedIds(IdGenerator):
    """The ids 1, 2, 3 and so on."""

    def __init__(self) -> None:
        self._next = itertools.count(1)

    def generate_span_id(self) -> int:
        """Return the next one."""
        return next(self._next)

    def generate_trace_id(self) -> int:
        """Return the next one."""
        return next(self._next) << 64


def endpoint_of(collector: Collector, transport: str) -> str:
    """Return where the Collector takes OTLP of a transport."""
    return collector.grpc_endpoint if transport == "grpc" else collector.http_endpoint


def make_ours(transport: str | None = None, endpoint: str | None = None, **settings: Any) -> Telemetry:
    """Return isolated telemetry that delivers when it is told to; None: how and to where the environment says."""
    given: dict[str, Any] = {"resource_attributes": RESOURCE, "flush_on": (), "flush_interval_ms": 0}
    given |= {"max_payload_bytes": 1_000_000, **settings}  # by default no record is so large that it would be cut
    if transport is not None:
        given["transport"] = transport
    return Telemetry(Pipeline(resolve(endpoint=endpoint, **given)))


def stock_exporter(transport: str, signal: str, endpoint: str) -> Any:
    """Return the stock exporter of a signal ("trace", "_log" or "metric") to a Collector's endpoint."""
    module = importlib.import_module(f"opentelemetry.exporter.otlp.proto.{transport}.{signal}_exporter")
    path = {"trace": "/v1/traces", "_log": "/v1/logs", "metric": "/v1/metrics"}[signal] if transport == "http" else ""
    name = {"trace": "OTLPSpanExporter", "_log": "OTLPLogExporter", "metric": "OTLPMetricExporter"}[signal]
    return getattr(module, name)(endpoint=endpoint + path)


def make_stock(transport: str, endpoint: str, *, resource: Resource | None = None, views: Sequence[View] = ()) -> Stock:
    """Return the bare SDK with its stock exporters; None: the resource that ours describes too."""
    resource = resource or Resource.create(RESOURCE)
    traces = TracerProvider(resource=resource, shutdown_on_exit=False)
    traces.add_span_processor(BatchSpanProcessor(stock_exporter(transport, "trace", endpoint)))
    logs = LoggerProvider(resource=resource, shutdown_on_exit=False)
    logs.add_log_record_processor(BatchLogRecordProcessor(stock_exporter(transport, "_log", endpoint)))
    reader = PeriodicExportingMetricReader(stock_exporter(transport, "metric", endpoint), 3_600_000)
    return Stock(traces, logs, MeterProvider([reader], resource=resource, shutdown_on_exit=False, views=views))


def split(records: Iterable[R], key: Callable[[R], Any]) -> tuple[dict[Any, R], dict[Any, R]]:
    """Return the records of ours and those of the stock exporters by a key; of one that came twice, the first."""
    ours: dict[Any, R] = {}
    theirs: dict[Any, R] = {}
    for record in records:
        (ours if DISTRO[0] in record.resource else theirs).setdefault(key(record), record)
    return ours, theirs


def without(attributes: Sequence[Any], *keys: str) -> list[Any]:
    """Return OTLP's attributes without some."""
    return [attribute for attribute in attributes if attribute["key"] not in keys]
