"""Providers that are there before their insides."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry._logs import NoOpLogger
from opentelemetry.metrics import NoOpMeter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NoOpTracer

from clippy_otel.hooks.late import late_providers, made
from clippy_otel.ports import SIGNALS, Signal
from tests._hooks import Logs, Spans

RESOURCE = Resource({"service.name": "shop"})
KINDS: dict[Signal, type] = {"spans": TracerProvider, "logs": LoggerProvider, "metrics": MeterProvider}


class FakeInsides:
    """Where the insides of three providers come from: they are made at the first use, unless that is refused."""

    def __init__(self) -> None:
        self.providers = late_providers(self)
        self.builds = 0
        self.is_refusing = False
        self.calls: list[Callable[[], object]] = []

    def ensure_built(self) -> bool:
        """Make what the late providers become."""
        if self.is_refusing:
            return False
        self.builds += 1
        if self.builds == 1:
            for signal, kind in KINDS.items():
                made(self.providers[signal], kind, resource=RESOURCE, shutdown_on_exit=False)
        return True

    def once_built(self, call: Callable[[], object]) -> None:
        """Note what is to be done later."""
        self.calls.append(call)


@pytest.fixture
def insides() -> FakeInsides:
    """Return where insides come from."""
    return FakeInsides()


USES: dict[str, tuple[Signal, Callable[[Any], object]]] = {
    "tracer": ("spans", lambda provider: provider.get_tracer("app")),
    "span processor": ("spans", lambda provider: provider.add_span_processor(Spans())),
    "sampler": ("spans", lambda provider: provider.sampler),
    "span resource": ("spans", lambda provider: provider.resource),
    "tracers' end": ("spans", lambda provider: provider.shutdown()),
    "logger": ("logs", lambda provider: provider.get_logger("app", version="1")),
    "log processor": ("logs", lambda provider: provider.add_log_record_processor(Logs())),
    "log resource": ("logs", lambda provider: provider.resource),
    "loggers' end": ("logs", lambda provider: provider.shutdown()),
    "meter": ("metrics", lambda provider: provider.get_meter("app", "1")),
    "reader": ("metrics", lambda provider: provider.add_metric_reader(InMemoryMetricReader())),
    "meters' end": ("metrics", lambda provider: provider.shutdown(timeout_millis=100)),
}


@pytest.mark.parametrize("use", USES)
def test_with_the_first_use_a_provider_is_what_it_stands_for(insides: FakeInsides, use: str) -> None:
    """The same object, of the SDK's own class, and asked no more."""
    signal, call = USES[use]
    provider = insides.providers[signal]
    assert isinstance(provider, KINDS[signal])
    call(provider)
    assert type(provider) is KINDS[signal]
    call(provider)
    assert insides.builds == 1


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_flush_needs_no_insides(insides: FakeInsides, signal: Signal) -> None:
    """There is nothing to deliver; nor does copying or showing one need them."""
    provider = insides.providers[signal]
    assert provider.force_flush(10)
    assert repr(copy.copy(provider)) != repr(provider)
    assert insides.builds == 0


@pytest.mark.parametrize("signal", SIGNALS)
def test_an_attribute_that_there_is_not_is_refused_as_ever(insides: FakeInsides, signal: Signal) -> None:
    """By the real provider, which is made for it."""
    assert not hasattr(insides.providers[signal], "no_such_name")
    assert insides.builds == 1


def test_while_it_is_being_built_what_is_made_has_no_effect(insides: FakeInsides) -> None:
    """On that thread; afterwards the real ones are there."""
    insides.is_refusing = True
    spans, logs, metrics = (insides.providers[signal] for signal in ("spans", "logs", "metrics"))
    assert isinstance(spans.get_tracer("app"), NoOpTracer)
    assert isinstance(logs.get_logger("app"), NoOpLogger)
    assert isinstance(metrics.get_meter("app"), NoOpMeter)
    assert not hasattr(spans, "sampler")
    insides.is_refusing = False
    assert not isinstance(spans.get_tracer("app"), NoOpTracer)


def test_what_is_registered_meanwhile_is_so_afterwards(insides: FakeInsides) -> None:
    """And a shutdown comes then."""
    insides.is_refusing = True
    spans, logs, metrics = (insides.providers[signal] for signal in ("spans", "logs", "metrics"))
    seen, reader = Spans(), InMemoryMetricReader()
    spans.add_span_processor(seen)
    logs.add_log_record_processor(Logs())
    metrics.add_metric_reader(reader)
    spans.shutdown()
    assert len(insides.calls) == 4
    insides.is_refusing = False
    spans.get_tracer("app").start_span("a").end()
    for call in insides.calls:
        call()
    spans.get_tracer("app").start_span("b").end()
    metrics.get_meter("app").create_counter("c").add(1)
    assert (seen.shut_down, [span.name for span in seen.ended]) == (1, ["b"])
    assert reader.get_metrics_data() is not None


def test_without_a_late_one_a_new_one_is_made() -> None:
    """As its class makes it."""
    provider = made(None, TracerProvider, resource=RESOURCE, shutdown_on_exit=False)
    assert type(provider) is TracerProvider
    assert provider.resource is RESOURCE
