"""Consent for what OpenTelemetry's own API records, in somebody's providers that are joined."""

from __future__ import annotations

from typing import Any, Final

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clippy_otel.ports import SIGNALS, Purpose, Signal
from tests._hooks import Logs, Rig

ALL = int(Purpose.ANALYTICS | Purpose.PERFORMANCE | Purpose.ERRORS)
EACH_DELIVERY: Final = pytest.mark.parametrize("delivers", [(), SIGNALS], ids=["theirs", "ours too"])


class Joined:
    """Somebody's providers, joined, and what their processors were shown."""

    def __init__(self, delivers: tuple[Signal, ...], **settings: Any) -> None:
        self.rig = Rig(delivers=delivers, owns=False, **settings)
        self.tracers, self.exporter = TracerProvider(), InMemorySpanExporter()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.loggers, self.kept = LoggerProvider(), Logs()
        self.loggers.add_log_record_processor(self.kept)
        self.rig.join(spans=self.tracers, logs=self.loggers)

    def record(self) -> None:
        """Record a span and a log record."""
        self.tracers.get_tracer("x").start_span("work").end()
        self.loggers.get_logger("x").emit(body="said")

    @property
    def shown(self) -> tuple[int, int]:
        """How many spans and log records their processors were shown."""
        return len(self.exporter.get_finished_spans()), len(self.kept.emitted)

    @property
    def denied(self) -> tuple[int, int]:
        """How many spans and log records are booked as denied."""
        return self.rig.row("spans").consent_denied, self.rig.row("logs").consent_denied


@EACH_DELIVERY
def test_what_is_denied_is_shown_to_nobody(delivers: tuple[Signal, ...]) -> None:
    """Consent is asked where records begin: their exporters do not get them either."""
    joined = Joined(delivers)
    joined.record()
    joined.rig.consent.decide(ALL, None, granted=False)
    joined.record()
    assert (joined.shown, joined.denied) == ((1, 1), (1, 1))
    joined.rig.consent.decide(ALL, None, granted=True)
    joined.record()
    assert joined.shown == (2, 2)
    joined.rig.worker.shutdown(10_000)


@EACH_DELIVERY
@pytest.mark.parametrize("settings", [{}, {"redact_pii": False}], ids=str)
def test_the_scope_says_whose_they_are(delivers: tuple[Signal, ...], settings: dict[str, Any]) -> None:
    """Their spans and records do not bear the scope's user, and are that user's all the same."""
    joined = Joined(delivers, **settings)
    joined.rig.consent.decide(ALL, "ada", granted=False)
    for user in ("ada", "bob"):
        with joined.rig.scopes.open(user_id=user):
            joined.record()
    assert (joined.shown, joined.denied) == ((1, 1), (1, 1))
    joined.rig.worker.shutdown(10_000)


@EACH_DELIVERY
def test_a_users_grant_is_enough(delivers: tuple[Signal, ...]) -> None:
    """Also where the queue asks once more."""
    joined = Joined(delivers)
    joined.rig.consent.decide(ALL, None, granted=False)
    joined.rig.consent.decide(ALL, "ada", granted=True)
    joined.rig.worker.queue.gate = joined.rig.consent.gate
    with joined.rig.scopes.open(user_id="ada"):
        joined.record()
    assert joined.shown == (1, 1)
    if delivers:
        joined.rig.worker.shutdown(10_000)
        assert (joined.rig.row("spans").exported, joined.rig.row("logs").exported) == (1, 1)


def test_disabled_they_go_where_they_went_before() -> None:
    """Telemetry that is off asks for nothing, and changes nothing."""
    joined = Joined((), enabled=False)
    joined.rig.consent.decide(ALL, None, granted=False)
    joined.record()
    assert (joined.shown, joined.denied) == ((1, 1), (0, 0))
