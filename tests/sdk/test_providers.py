"""Providers stand, and keep their resource, where `providers.py` relies on it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from clippy_otel._sdk import providers as sdk_providers
from clippy_otel.ports import SIGNALS
from tests._hooks import no_globals, set_globals


def test_replace_resource() -> None:
    """Tracers, loggers and readers that there are, and those that come, say the new one, and nothing of the old."""
    tracers = TracerProvider(resource=Resource({"old": 1}, "https://a"), shutdown_on_exit=False)
    loggers = LoggerProvider(resource=Resource({"old": 1}, "https://a"), shutdown_on_exit=False)
    reader = InMemoryMetricReader()
    meters = MeterProvider([reader], resource=Resource({"old": 1}, "https://a"), shutdown_on_exit=False)
    tracer, logger = tracers.get_tracer("early"), loggers.get_logger("early")
    meters.get_meter("early").create_counter("c").add(1)
    new = Resource({"new": 1}, "https://b")
    for provider in (tracers, loggers, meters):
        sdk_providers.replace_resource(provider, new)
    found = [tracer, tracers.get_tracer("late"), logger, loggers.get_logger("late"), tracers, loggers]
    for each in (*found, reader.get_metrics_data().resource_metrics[0]):  # type: ignore[union-attr]
        resource = each.resource  # type: ignore[union-attr]
        assert (dict(resource.attributes), resource.schema_url) == ({"new": 1}, "https://b")


def test_global_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """None where none was set, without making or loading one; then the one that the public getters return."""
    no_globals(monkeypatch)
    monkeypatch.setenv("OTEL_PYTHON_TRACER_PROVIDER", "missing")
    assert [sdk_providers.global_provider(signal) for signal in SIGNALS] == [None] * 3
    tracers, loggers = TracerProvider(shutdown_on_exit=False), LoggerProvider(shutdown_on_exit=False)
    meters = MeterProvider(resource=Resource.get_empty(), shutdown_on_exit=False)
    set_globals(spans=tracers, logs=loggers, meters=meters)
    assert [sdk_providers.global_provider(signal) for signal in SIGNALS] == [loggers, tracers, meters]
    assert (trace.get_tracer_provider(), metrics.get_meter_provider()) == (tracers, meters)
    assert _logs.get_logger_provider() is loggers


def test_is_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the getters return before a provider is set is one; providers that do something, or nothing, are not."""
    no_globals(monkeypatch)
    for found in (trace.get_tracer_provider(), _logs.get_logger_provider(), metrics.get_meter_provider()):
        assert sdk_providers.is_placeholder(found)
    for other in (TracerProvider(shutdown_on_exit=False), trace.NoOpTracerProvider(), object(), None):
        assert not sdk_providers.is_placeholder(other)


def test_sdk_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found behind placeholders and wrappers; what is none, or of another signal, is not one."""
    no_globals(monkeypatch)
    placeholder = trace.get_tracer_provider()
    assert sdk_providers.sdk_provider("spans", placeholder) is None
    tracers, loggers = TracerProvider(shutdown_on_exit=False), LoggerProvider(shutdown_on_exit=False)
    set_globals(spans=tracers)
    assert sdk_providers.sdk_provider("spans", placeholder) is sdk_providers.sdk_provider("spans", tracers) is tracers
    assert (
        sdk_providers.sdk_provider("spans", SimpleNamespace(_tracer_provider=SimpleNamespace(wrapped=tracers)))
        is tracers
    )
    assert sdk_providers.sdk_provider("logs", SimpleNamespace(provider=loggers)) is loggers
    endless: Any = SimpleNamespace()
    endless.provider = endless
    for nothing in (None, object(), trace.NoOpTracerProvider(), loggers, endless):
        assert sdk_providers.sdk_provider("spans", nothing) is None
