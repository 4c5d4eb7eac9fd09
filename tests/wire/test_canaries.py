"""Personal data in every field of every signal, over HTTP and gRPC: none of it is in what the Collector wrote."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from clippy_otel.config import resolve
from clippy_otel.hooks.targets import Targets
from clippy_otel.pipeline import Pipeline
from clippy_otel.telemetry import Telemetry
from tests._collector import Collector
from tests.wire import _canaries
from tests.wire._sides import TRANSPORTS, endpoint_of, make_ours

SPANS, LOGS, METRICS = 4, 2, 5
pytestmark = [pytest.mark.parametrize("transport", TRANSPORTS), pytest.mark.parametrize("mode", ["own", "attached"])]


def attached(transport: str, endpoint: str, **settings: Any) -> Telemetry:
    """Return telemetry that has joined providers of the bare SDK, and alone delivers what they record."""
    resource = Resource.create(_canaries.RESOURCE)
    targets = Targets(
        TracerProvider(resource=resource, shutdown_on_exit=False),
        LoggerProvider(resource=resource, shutdown_on_exit=False),
        MeterProvider(resource=resource, shutdown_on_exit=False, views=_canaries.VIEWS),
    )
    config = resolve(transport=transport, endpoint=endpoint, flush_on=(), flush_interval_ms=0, **settings)
    return Telemetry(Pipeline(config, providers=targets))


def written(collector: Collector, transport: str, mode: str, **settings: Any) -> str:
    """Record the canaries and return what the Collector wrote, byte by byte."""
    endpoint = endpoint_of(collector, transport)
    if mode == "own":
        ours = make_ours(transport, endpoint, **{"resource_attributes": _canaries.RESOURCE, **settings})
    else:
        ours = attached(transport, endpoint, **settings)
    _canaries.record(ours)
    assert ours.shutdown().ok
    collector.wait_for(collector.spans, lambda spans: len(spans) >= SPANS)
    collector.wait_for_logs(LOGS)
    collector.wait_for(collector.metrics, lambda metrics: len(metrics) >= METRICS)
    collector.stop()
    return collector.raw_bytes().decode()


def test_no_canary_reaches_the_collectors_disk(collector: Collector, transport: str, mode: str) -> None:
    """Data of each kind in names, keys, values, nested ones, errors, resource and scope is gone from the very bytes."""
    text = written(collector, transport, mode)
    assert [secret for secret in _canaries.SECRETS if secret in text] == []
    assert "canary" not in text
    assert "[REDACTED]" in text
    assert {span.name.partition(":")[0] for span in collector.spans()} == {"span-name", "middle", "inner", "failed"}


def test_without_redaction_every_canary_is_found(collector: Collector, transport: str, mode: str) -> None:
    """The control: the test above can fail, for each field by itself."""
    text = written(collector, transport, mode, redact_pii=False)
    assert len(_canaries.SECRETS) > 70
    # Baggage is part of no signal.
    assert [secret for secret in _canaries.SECRETS if secret not in text] == [_canaries.canary("baggage")]
