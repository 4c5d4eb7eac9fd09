"""Providers that are there before their insides."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from clippy_otel.hooks.late import finish, late_providers, made
from clippy_otel.ports import SIGNALS, Signal
from tests._hooks import Logs, Spans

RESOURCE = Resource({"service.name": "shop"})
KINDS: dict[Signal, type] = {"spans": TracerProvider, "logs": LoggerProvider, "metrics": MeterProvider}


class FakeInsides:
    """Where the insides of three providers come from: they are made at the first use, unless that is refused."""

    def __init__(self) -> None:
        self.providers = late_providers(self)
        self.builds = 0
        self.is_refusing = self._is_making = False
        self.recorded: list[Signal | None] = []
        self.losses: list[Signal] = []
        self.calls: list[Callable[[], object]] = []

    def ensure_built(self) -> bool:
        """Make what the late providers become."""
        if self.is_refusing or self._is_making:
            return False
        self.builds += 1
        if self.builds == 1:
            self._is_making = True
            for signal, kind in KINDS.items():
                made(self.providers[signal], kind, resource=RESOURCE, shutdown_on_exit=False)
            for signal, kind in KINDS.items():
                assert type(self.providers[signal]) is not kind
                finish(self.providers[signal], kind)
            self._is_making = False
        return True

    def is_making(self) -> bool:
        """Return whether they are being made."""
        return self._is_making

    def once_built(self, signal: Signal | None, call: Callable[[], object]) -> None:
        """Note what is to be done later."""
        self.calls.append(call)
        self.recorded.append(signal)

    def lost(self, signal: Signal) -> None:
        """Note what is lost."""
        self.losses.append(signal)


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


def test_what_is_asked_for_while_it_is_being_built_is_looked_up_later(insides: FakeInsides) -> None:
    """Spans without effect are booked; what is logged is left for later; instruments become real ones."""
    insides.is_refusing = True
    spans, logs, metrics = (insides.providers[signal] for signal in ("spans", "logs", "metrics"))
    tracer, logger, meter = spans.get_tracer("app"), logs.get_logger("app"), metrics.get_meter("app")
    counter = meter.create_counter("c")
    assert not tracer.start_span("lost").is_recording()
    logger.emit(body="logged")
    assert (insides.losses, insides.recorded) == (["spans"], [None, "logs"])
    assert logger.enabled()
    assert not hasattr(spans, "sampler")
    insides.is_refusing = False
    seen, reader, records = Spans(), InMemoryMetricReader(), Logs()
    spans.add_span_processor(seen)
    logs.add_log_record_processor(records)
    metrics.add_metric_reader(reader)
    for call in insides.calls:
        call()
    with tracer.start_as_current_span("a"):
        logger.emit(body="logged again")
    counter.add(1)
    assert [span.name for span in seen.ended] == ["a"]
    assert [emitted.log_record.body for emitted in records.emitted] == ["logged", "logged again"]
    assert reader.get_metrics_data() is not None


def test_a_logger_is_given_without_waiting(insides: FakeInsides) -> None:
    """Whoever asks may hold a lock that is needed for building: it is built for the first record."""
    logger = insides.providers["logs"].get_logger("app")
    assert insides.builds == 0
    insides.ensure_built()
    logger.emit(body="logged")
    assert insides.calls == []


def test_what_is_set_on_a_provider_is_the_real_ones(insides: FakeInsides) -> None:
    """As an application does that gives its tracer provider other ids."""
    provider, ids = insides.providers["spans"], RandomIdGenerator()
    provider.id_generator = ids
    assert type(provider) is TracerProvider
    assert provider.id_generator is ids


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_method_that_was_kept_flushes_what_is_there_by_then(insides: FakeInsides, signal: Signal) -> None:
    """An exit handler, say, that was registered before the first use."""
    flush = insides.providers[signal].force_flush
    insides.ensure_built()
    flushed: list[Any] = []

    def note(timeout_millis: int) -> bool:
        flushed.append(timeout_millis)
        return True

    insides.providers[signal].force_flush = note
    assert flush(10)
    assert flushed == [10]


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
