"""What users test their telemetry with: everything in memory, time held still, ids counted, nothing global.

    with clippy_otel.testing.capture() as captured:
        captured.telemetry.collector.track("feature.used", {"feature.id": "chat"})
        assert captured.events[0]["type"] == "feature.used"

The pytest fixture `captured_telemetry` (a plugin of this package) is the same. Fakes, not mocks: the records go through
the whole pipeline, as bytes, and are decoded again.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any, Final

from clippy_otel import components, semconv
from clippy_otel.config import resolve
from clippy_otel.delivery.events import event_of
from clippy_otel.delivery.metric_points import decode_metrics
from clippy_otel.otlp.decode import DecodedLog, decode_logs
from clippy_otel.otlp.decode_spans import DecodedSpan, decode_spans
from clippy_otel.otlp.points import MetricPoint
from clippy_otel.pipeline import Pipeline
from clippy_otel.ports import SIGNALS, Event, Outcome, Verdict
from clippy_otel.telemetry import Telemetry

START_NS: Final = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
_ABOUT_US: Final = (semconv.METRIC_TELEMETRY_RECORDS, semconv.METRIC_SPOOL_SIZE)
_FLUSH_TIMEOUT_MS: Final = 10_000
_LIFECYCLE: Final = (semconv.EVENT_SESSION_START, semconv.EVENT_SESSION_END)


class FakeClock:
    """Time that stands still until it is told to go on.

    Args:
        start_ns: The wall clock at the start, nanoseconds since the epoch.
    """

    def __init__(self, start_ns: int = START_NS) -> None:
        self._start_ns = start_ns
        self._elapsed_ns = 0

    def time_ns(self) -> int:
        """Return the wall clock in nanoseconds."""
        return self._start_ns + self._elapsed_ns

    def monotonic_ns(self) -> int:
        """Return the nanoseconds since this clock was made."""
        return self._elapsed_ns

    def advance(self, *, ms: float) -> None:
        """Let time go on by `ms` milliseconds."""
        self._elapsed_ns += round(ms * 1_000_000)


class SequentialIds:
    """Ids that count from 1: events "00…01", "00…02"; sessions as UUIDs."""

    def __init__(self) -> None:
        self._events = itertools.count(1)
        self._sessions = itertools.count(1)

    def event_number(self) -> int:
        """Return the next event's number."""
        return next(self._events)

    def event_id(self) -> str:
        """Return the next event id, 32 hex digits."""
        return f"{self.event_number():032x}"

    def session_id(self) -> str:
        """Return the next session id, a UUID."""
        return f"00000000-0000-4000-8000-{next(self._sessions):012x}"


class InMemoryTransport:
    """Keep every request that would have been sent: those of one signal, whose method reads them.

    Attributes:
        requests: The encoded requests, oldest first.
        outcome: The answer to the next ones; delivered unless a test says otherwise.
    """

    limits_payload = False

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.outcome = Outcome(Verdict.DELIVERED)

    def prepare(self, data: bytes) -> bytes:
        """Return the request as it is."""
        return data

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:  # noqa: ARG002 - a Transport's signature
        """Keep the request where the answer is that it was delivered."""
        if self.outcome.verdict is Verdict.DELIVERED:
            self.requests.append(prepared)
        return self.outcome

    def logs(self) -> list[DecodedLog]:
        """Return all log records kept, oldest first."""
        return [log for request in self.requests for log in decode_logs(request)]

    def spans(self) -> list[DecodedSpan]:
        """Return all spans kept, oldest request first."""
        return [span for request in self.requests for span in decode_spans(request)]

    def metrics(self) -> list[MetricPoint]:
        """Return all metric points kept, oldest collection first."""
        return [point for request in self.requests for point in decode_metrics(request)]

    def abort(self) -> None:
        """Have nothing to abort."""

    def close(self) -> None:
        """Have nothing to close."""

    def after_fork(self) -> None:
        """Forget the parent's requests."""
        self.requests = []


class CapturedTelemetry:
    """An isolated Telemetry and what was recorded with it.

    Attributes:
        telemetry: The Telemetry to record with.
        clock: Its clock, which stands still.
    """

    def __init__(self, **settings: Any) -> None:
        self.clock = FakeClock()
        self._transports = {signal: InMemoryTransport() for signal in SIGNALS}
        options, settings = components.split(settings)
        config = resolve(config=None, environ={}, **{"service_name": "test", "flush_on": (), **settings})
        pipeline = Pipeline(config, clock=self.clock, ids=SequentialIds(), transports=self._transports)
        self.telemetry = Telemetry(pipeline)
        self.telemetry.components.apply(options, captures_unhandled=False)

    @property
    def logs(self) -> list[DecodedLog]:
        """All records as they would go over the wire, session starts and ends among them."""
        self.telemetry.flush(_FLUSH_TIMEOUT_MS)
        return self._transports["logs"].logs()

    @property
    def events(self) -> list[Event]:
        """All events in the order in which they were recorded; session starts and ends, and errors, left out."""
        left_out = (*_LIFECYCLE, semconv.EVENT_EXCEPTION)
        return [event_of(log) for log in self.logs if log.event_name not in left_out]

    @property
    def sessions(self) -> list[Event]:
        """The session starts and ends."""
        return [event_of(log) for log in self.logs if log.event_name in _LIFECYCLE]

    @property
    def errors(self) -> list[Event]:
        """All recorded errors."""
        return [event_of(log) for log in self.logs if log.event_name == semconv.EVENT_EXCEPTION]

    @property
    def spans(self) -> list[DecodedSpan]:
        """All spans in the order in which they ended."""
        self.telemetry.flush(_FLUSH_TIMEOUT_MS)
        # A request has them by instrumentation scope.
        return sorted(self._transports["spans"].spans(), key=lambda span: span.end_time_unix_nano)

    @property
    def metrics(self) -> list[MetricPoint]:
        """The metrics of this moment, a point a series: the value that was collected last.

        Those about the pipeline itself (`clippy.telemetry.records`) are left out.
        """
        self.telemetry.flush(_FLUSH_TIMEOUT_MS)
        points = self._transports["metrics"].metrics()
        return list({_series(point): point for point in points if point.name not in _ABOUT_US}.values())

    def clear(self) -> None:
        """Forget what was recorded so far; what metrics have summed up goes on."""
        self.telemetry.flush(_FLUSH_TIMEOUT_MS)
        for transport in self._transports.values():
            transport.requests.clear()


def _series(point: MetricPoint) -> tuple[str, ...]:
    attributes = sorted(point.attributes.items())
    return (point.scope_name, point.scope_version, point.name, point.unit, point.kind, repr(attributes))


@contextlib.contextmanager
def capture(**settings: Any) -> Iterator[CapturedTelemetry]:
    """Capture what is recorded with an isolated Telemetry inside the block.

    Args:
        **settings: Fields of TelemetryConfig for it, and options of the components; the environment is not read.

    Yields:
        The telemetry and its records. After the block it is shut down; the records can still be read.
    """
    captured = CapturedTelemetry(**settings)
    try:
        yield captured
    finally:
        captured.telemetry.shutdown(_FLUSH_TIMEOUT_MS)
