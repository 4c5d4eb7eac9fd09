"""TelemetryCollector: events and errors in, counts out; a facade on the pipeline.

Specification, component 1. What records never raises; what configures raises at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel import _guard, error_records, semconv
from clippy_otel.config import TelemetryConfig, resolve
from clippy_otel.otlp import plain
from clippy_otel.ports import Purpose
from clippy_otel.waiting import wait_for

if TYPE_CHECKING:
    from clippy_otel.deferred import DeferredPipeline
    from clippy_otel.idle import IdlePipeline
    from clippy_otel.ledger import FlushResult, LedgerRow
    from clippy_otel.pipeline import Pipeline
    from clippy_otel.ports import Recorder, Signal
    from clippy_otel.session import Session

    AnyPipeline = Pipeline | DeferredPipeline | IdlePipeline

_NS_PER_MS: Final = 1_000_000
_ANALYTICS: Final = Purpose.ANALYTICS  # to ask the enumeration for it takes 70 ns, with each event
_NS_PER_US: Final = 1000
_NS_PER_S: Final = 1_000_000_000
_SECONDS_BELOW: Final = 1e11  # as milliseconds this is March 1973, as seconds the year 5138
_TIME_LIMIT_NS: Final = 1 << 63


class BufferStatus(NamedTuple):
    """What is held in memory, and what became of everything so far.

    Attributes:
        size: Records held, waiting or in flight; session starts and ends left out.
        max_size: How many trigger a delivery (`max_buffer_size`).
        utilization: size / max_size: 0 and up, above 1 while a backend is slow or down.
        bytes: Bytes held, with the queue's overhead.
        spooled: Records that lie in the spool.
        ledger: A row for each of "logs", "spans", "metrics".
    """

    size: int
    max_size: int
    utilization: float
    bytes: int
    spooled: int
    ledger: Mapping[Signal, LedgerRow]


class TelemetryCollector:
    """Collect events and errors, redact them, and deliver them in batches.

    Standing alone it is isolated: its own queue, scopes and transport, nothing global. `Telemetry.collector` is the
    same on a pipeline that the components share.

    Args:
        config: The base: a TelemetryConfig, or a mapping in snake_case or the specification's camelCase; None: the
            environment and the defaults.
        **settings: Fields of TelemetryConfig, over the base.

    Raises:
        ConfigurationError: A setting is unknown or impossible.
    """

    def __init__(self, config: TelemetryConfig | Mapping[str, Any] | None = None, **settings: Any) -> None:
        from clippy_otel.kept import Kept  # noqa: PLC0415 - 60 ms with the pipeline, for who begins at once
        from clippy_otel.pipeline import Pipeline  # noqa: PLC0415 - likewise

        resolved = resolve(config=config, **settings)
        self._pipeline: AnyPipeline = Pipeline(resolved, kept=Kept.on_disk(resolved))

    @classmethod
    def over(cls, pipeline: AnyPipeline) -> TelemetryCollector:
        """Return a collector on a pipeline that others use too."""
        collector = cls.__new__(cls)
        collector._pipeline = pipeline  # noqa: SLF001 - an alternative constructor
        return collector

    def rebind(self, pipeline: AnyPipeline) -> None:
        """Go on over another pipeline: configure() does this to what was taken before it."""
        self._pipeline = pipeline

    @property
    def recorder(self) -> Recorder:
        """What the components on this collector record through; another one after each configure()."""
        return self._pipeline

    def track(
        self,
        event: str | Mapping[str, Any],
        data: Mapping[str, Any] | None = None,
        *,
        timestamp: float | datetime | None = None,
        severity: int | None = None,
    ) -> None:
        """Record an event.

        Args:
            event: Its name ("feature.used"), or the specification's mapping {type, timestamp, data}.
            data: Its attributes, of any nesting. Not changed, and not kept: it is encoded before the call returns.
            timestamp: When it happened: milliseconds since the epoch (below 1e11: seconds), or a datetime (naive:
                UTC). None, and what is no time: now.
            severity: OpenTelemetry's severity number, 1 to 24; None, and what is none of them: 9 (INFO).
        """
        try:
            if type(event) is not str and isinstance(event, Mapping):
                data = event.get("data") if data is None else data
                timestamp = event.get("timestamp") if timestamp is None else timestamp
                event = event.get("type", "")
            name = event if type(event) is str and event else _event_name(event)
            attributes = data if type(data) is dict else _as_mapping(data)
            number = semconv.SEVERITY_INFO if severity is None else _severity_number(severity)
            time_ns = None if timestamp is None else _time_ns(timestamp)
        except Exception as error:  # noqa: BLE001 - a mapping of the application's that raises when read
            _guard.swallowed("track", error)
            self._pipeline.ledger.offer("logs", "unencodable")
            return
        self._pipeline.emit(name, attributes, _ANALYTICS, severity=number, time_ns=time_ns)

    def track_performance(
        self, name: str, value: float, *, unit: str = "ms", attributes: Mapping[str, Any] | None = None
    ) -> None:
        """Record a value in a histogram, with buckets that fit its unit.

        Args:
            name: The metric's: a letter, then letters, digits, "_", ".", "-" and "/", 255 characters at most.
            value: A finite number, 0 or more.
            unit: In UCUM's notation: "ms", "s", "By", "1". One name with two units is two metrics.
            attributes: Few, with few values: each combination is a series of its own. Redacted. None: none.
        """
        self._pipeline.record(name, value, unit=unit, attributes=attributes)

    def count(
        self, name: str, value: float = 1, *, unit: str = "1", attributes: Mapping[str, Any] | None = None
    ) -> None:
        """Add to a counter: a total in this process, read whenever metrics are collected.

        Args:
            name: As in track_performance().
            value: A finite number, 0 or more.
            unit: "1": a plain count.
            attributes: As in track_performance().
        """
        self._pipeline.count(name, value, unit=unit, attributes=attributes)

    def track_error(self, error: BaseException | str | None, *, context: object = None) -> str:
        """Record an error as one `exception` event, with the breadcrumbs that led to it, and return its id.

        The same exception object again is the same error: its first id comes back and nothing more is recorded.

        Args:
            error: The exception; a text where there is none; None: the one being handled.
            context: Anything to say about it: a text or a mapping.

        Returns:
            The error's id: 32 hex digits, also where the error is not recorded (disabled, sampled out).
        """
        return error_records.record(self._pipeline, error, context=context)

    def flush(self, timeout_ms: float = 5000) -> FlushResult:
        """Deliver what was accepted before this call and return what is true when it ends.

        Args:
            timeout_ms: The deadline in milliseconds. It is kept, also against a backend that hangs. The call returns
                sooner where everything is settled, or where the backend asked for a longer pause than that.
        """
        return self._pipeline.flush(timeout_ms)

    async def aflush(self, timeout_ms: float = 5000) -> FlushResult:
        """Do what flush() does without blocking the event loop."""
        return await wait_for(partial(self.flush, timeout_ms))

    def shutdown(self, timeout_ms: float = 5000) -> FlushResult:
        """Deliver what can be delivered by the deadline, and stop. Idempotent; recording afterwards is counted.

        Args:
            timeout_ms: The deadline in milliseconds, kept as in flush(). What is not acknowledged by then is booked.
        """
        return self._pipeline.shutdown(timeout_ms)

    async def ashutdown(self, timeout_ms: float = 5000) -> FlushResult:
        """Do what shutdown() does without blocking the event loop."""
        return await wait_for(partial(self.shutdown, timeout_ms))

    @property
    def config(self) -> TelemetryConfig:
        """The configuration in force, the endpoint as it was resolved from the environment."""
        return self._pipeline.config

    def get_config(self) -> TelemetryConfig:
        """Return `config`, by the specification's name."""
        return self.config

    def update_config(self, **changes: Any) -> TelemetryConfig:
        """Change live settings, all of them at once, for what is recorded from now on.

        Args:
            **changes: enabled, debug, sampling and throttle settings, max_buffer_size, flush_interval_ms,
                redact_fields, keep_fields, before_send. `enabled=False` delivers what is held.

        Returns:
            The configuration now in force.

        Raises:
            ConfigurationError: A setting is unknown, impossible, or not live (then configure(replace=True)).
        """
        return self._pipeline.update_config(changes)

    def buffer_status(self) -> BufferStatus:
        """Return what is held in memory and the ledger."""
        pipeline, ledger = self._pipeline, self._pipeline.ledger.rows()
        size, held_bytes = pipeline.held()
        max_size = pipeline.config.max_buffer_size
        return BufferStatus(size, max_size, size / max_size, held_bytes, pipeline.spooled(), ledger)

    @property
    def session(self) -> Session:
        """The session that an event recorded here and now belongs to."""
        return self._pipeline.scopes.fields()[0].current


def _event_name(event: object) -> str:
    """Name an event whose name is no text, or an empty one."""
    return semconv.EVENT_UNNAMED if event is None else plain.text(event) or semconv.EVENT_UNNAMED


def _as_mapping(data: object) -> Mapping[str, Any]:
    if isinstance(data, Mapping):
        return data
    return {} if data is None else {"value": data}


def _severity_number(severity: object) -> int:
    number = getattr(severity, "value", severity)  # OpenTelemetry's SeverityNumber is a plain Enum
    valid = isinstance(number, int) and semconv.SEVERITY_MIN <= number <= semconv.SEVERITY_MAX
    return number if valid and isinstance(number, int) else semconv.SEVERITY_INFO


def _time_ns(timestamp: object) -> int | None:
    if isinstance(timestamp, datetime):
        seconds = (timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=timezone.utc)).timestamp()
    elif isinstance(timestamp, (int, float)) and not isinstance(timestamp, bool) and math.isfinite(timestamp):
        if isinstance(timestamp, int) and timestamp >= _SECONDS_BELOW:
            return timestamp * _NS_PER_MS if timestamp * _NS_PER_MS < _TIME_LIMIT_NS else None
        seconds = timestamp / 1000 if timestamp >= _SECONDS_BELOW else float(timestamp)
    else:
        return None
    if not 0 <= seconds < _TIME_LIMIT_NS / _NS_PER_S:
        return None
    return round(seconds * 1_000_000) * _NS_PER_US
