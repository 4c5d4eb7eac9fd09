"""The order of the stages of a record, on one page.

enabled -> session -> sampling -> before_send -> redaction -> encoding -> queue. (Consent comes between the first two,
third parties' log processors before the queue, with their features.) A stage that ends a record books it; what goes
on is booked by the queue. Everything here runs on the caller's thread and none of it raises or waits.

The pipeline owns the rules in force (one immutable snapshot that update_config swaps), the ledger, the scopes and the
worker. The collector is a facade on it.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry import trace

from clippy_otel import _fork, _guard, debug_log, filters, semconv
from clippy_otel._version import __version__
from clippy_otel.clock import RANDOM_IDS, SYSTEM_CLOCK
from clippy_otel.delivery.transports import make_transports
from clippy_otel.delivery.worker import DeliverySettings, Worker
from clippy_otel.ledger import Column, FlushResult, Ledger
from clippy_otel.otlp.encode import encode_log_attribute, encode_log_record, encode_resource, encode_scope
from clippy_otel.otlp.template import TextTemplate
from clippy_otel.ports import Envelope, Event, Purpose, QueueItem
from clippy_otel.privacy.pseudonyms import Pseudonyms
from clippy_otel.privacy.redactor import Redactor
from clippy_otel.resource import DISTRO, resource_attributes
from clippy_otel.sampling.strategies import SAMPLING_FIELDS, Candidate, EventSampler
from clippy_otel.scope import Lifecycle, Scopes

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

    from clippy_otel.config import TelemetryConfig
    from clippy_otel.ports import Clock, IdSource, Signal, Transport

EXIT_TIMEOUT_MS: Final = 5000
_NS_PER_MS: Final = 1_000_000
_SEVERITY_TEXTS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")  # four numbers each, from 1
_new: Final = tuple.__new__
_EVENT_ID: Final = TextTemplate(semconv.LOG_RECORD_UID, 32)
_REDACTION_FIELDS: Final = frozenset({"redact_pii", "redact_fields", "keep_fields", "placeholder", "user_ids"})


class _Rules(NamedTuple):
    """What is in force for the records accepted from one moment on."""

    config: TelemetryConfig
    redactor: Redactor | None  # None: redact_pii=False
    sampler: EventSampler
    weight: bytes  # the sampling weight as an encoded attribute, b"" where every record stands for itself


class Pipeline:
    """From a record to the queue, for one configuration.

    Args:
        config: The first configuration.
        clock: Time; the tests hold it still.
        ids: Event and session ids; the tests count them.
        scopes: Scopes that outlive this pipeline; None: its own.
        transports: Transports instead of those that the configuration names, one a signal.
    """

    def __init__(
        self,
        config: TelemetryConfig,
        *,
        clock: Clock = SYSTEM_CLOCK,
        ids: IdSource = RANDOM_IDS,
        scopes: Scopes | None = None,
        transports: Mapping[Signal, Transport] | None = None,
    ) -> None:
        self.name = os.urandom(8).hex()  # known to no other pipeline, of another process neither
        self.clock = clock
        self.ids = ids
        self.ledger = Ledger()
        self.scopes = scopes or Scopes(clock, ids)
        self.worker = Worker(
            make_transports(config) if transports is None else transports,
            self.ledger,
            _delivery_settings(config),
            max_records=config.max_queue_size,
            max_bytes=config.max_memory_bytes,
        )
        self._pseudonyms = Pseudonyms(config.pseudonym_key)
        self._changing = threading.Lock()
        self._rules = self._make_rules(config, None)
        self._session_attribute = ("", b"")
        self._closed = False
        self._resource: Mapping[str, Any] = {}
        self._envelope: Envelope | None = None
        self._make_envelope()
        if config.debug:
            debug_log.enable()
        if not config.redact_pii:
            _guard.logger.warning("redact_pii=False: nothing is redacted, user ids included")
        if "exit" in config.flush_on:
            _open_pipelines.add(self)
            _open_workers.add(self.worker)
        # Dropped without a shutdown, it delivers what it holds and ends its thread.
        weakref.finalize(self, self.worker.end_when_idle).atexit = False
        _fork.renew_in_child(self)
        # Last: what raises above leaves the scopes, which may be another pipeline's, as they were.
        self.scopes.report = self._report

    def after_fork(self) -> None:
        """Take a child's own locks, and a resource with its own `service.instance.id` at its first record."""
        self._changing = threading.Lock()
        self._envelope = None

    @property
    def config(self) -> TelemetryConfig:
        """The configuration in force."""
        return self._rules.config

    @property
    def closed(self) -> bool:
        """Whether shutdown() was called."""
        return self._closed

    def held(self) -> tuple[int, int]:
        """Return how many records, session starts and ends left out, and how many bytes the queue holds."""
        held = self.worker.queue.held()
        return held.records, held.size_bytes

    def update_config(self, changes: Mapping[str, Any]) -> TelemetryConfig:
        """Put other live settings in force for what is accepted from now on, all of them at once.

        Raises:
            ConfigurationError: A setting is unknown, impossible, or cannot be changed while running.
        """
        with self._changing:
            before = self._rules
            config = before.config.updated(**changes)
            self._rules = self._make_rules(config, before)
        self.worker.configure(_delivery_settings(config))
        if config.debug != before.config.debug:
            (debug_log.enable if config.debug else debug_log.disable)()
        if before.config.enabled and not config.enabled:
            self.worker.request_flush()
        return config

    def emit(  # noqa: C901 - the stages of a record, one after the other
        self,
        name: str,
        data: Mapping[str, Any],
        purpose: Purpose,
        *,
        severity: int = semconv.SEVERITY_INFO,
        time_ns: int | None = None,
    ) -> None:
        """Take a record through all stages. Never raises, never waits.

        Args:
            name: The event's name.
            data: Its attributes, as the application gave them; not changed.
            purpose: What it is collected for; Purpose.ERRORS makes it an error.
            severity: OpenTelemetry's severity number, 1 to 24.
            time_ns: When it happened, nanoseconds since the epoch; None: now.
        """
        rules = self._rules
        if self._closed or not rules.config.enabled:
            self.ledger.offer("logs", "after_shutdown" if self._closed else "disabled")
            return
        failing: Column = "redaction_failed"  # what goes wrong up to redaction must not go out
        try:
            now_ns = self.clock.time_ns()
            tracker, scope_attributes = self.scopes.fields()
            if lifecycle := tracker.touch(now_ns):
                self._report(lifecycle)
            event_id, session_id = self.ids.event_id(), tracker.current.id
            span_context = trace.get_current_span().get_span_context()

            if not rules.sampler.keeps_all:
                candidate = Candidate(event_id, tracker.external_id, span_context, purpose is Purpose.ERRORS)
                if (refused := rules.sampler.refuse(candidate)) is not None:
                    self.ledger.offer("logs", refused)
                    return

            if scope_attributes:
                data = {**scope_attributes, **data}
            if rules.config.before_send is not None:
                event = _event(name, data, now_ns if time_ns is None else time_ns, (event_id, session_id), span_context)
                if (kept := filters.apply(rules.config.before_send, event)) is None:
                    self.ledger.offer("logs", "filtered")
                    return
                name, data = kept["type"], kept["data"]
                if kept["timestamp"] != event["timestamp"]:
                    time_ns = int(kept["timestamp"]) * _NS_PER_MS

            user_ids: list[str] = []
            if rules.redactor is not None:
                name, data = rules.redactor.redact_text(name), rules.redactor.redact_attributes(data, user_ids=user_ids)
            failing = "unencodable"
            if rules.config.debug:
                debug_log.show(name, data)

            encoded = self._encoded_ids(data, session_id, event_id)
            if purpose is not Purpose.ERRORS:  # which are exempt from sampling, and each stands for itself
                encoded += rules.weight
            record = _encode(name, data, encoded, (severity, now_ns, time_ns), span_context)
            subjects = b"".join(map(self._pseudonyms.subject_hash, set(user_ids))) if user_ids else b""
            # As QueueItem(...) makes it, at half the time.
            item = _new(QueueItem, (self._envelope or self._make_envelope(), record, int(purpose), subjects, False))
        except Exception as error:  # noqa: BLE001 - the host's safety; counted here and by the guard
            _guard.swallowed("record", error)
            self.ledger.offer("logs", failing)
            return
        self.worker.queue.offer(item)

    def flush(self, timeout_ms: float) -> FlushResult:
        """See Worker.flush()."""
        return self.worker.flush(timeout_ms)

    def shutdown(self, timeout_ms: float) -> FlushResult:
        """End the session, deliver what can be delivered by the deadline, and stop. Idempotent."""
        if not self._closed:
            self._closed = True
            _open_pipelines.discard(self)
            with _guard.host_safe("session"):
                self._record_sessions(self.scopes.process.tracker.end())
        return self.worker.shutdown(timeout_ms)

    def _report(self, lifecycle: tuple[Lifecycle, ...]) -> None:
        if not self._closed:
            self._record_sessions(lifecycle)

    def _record_sessions(self, lifecycle: tuple[Lifecycle, ...]) -> None:
        """Record sessions that began or ended, by the inner path: they are neither sampled nor filtered."""
        rules = self._rules
        for event, session, time_ns in lifecycle:
            if not rules.config.enabled or not rules.sampler.keeps_lifecycle:
                continue
            attributes = {semconv.SESSION_ID: session.id, semconv.LOG_RECORD_UID: self.ids.event_id()}
            if session.previous_id is not None:
                attributes[semconv.SESSION_PREVIOUS_ID] = session.previous_id
            data = encode_log_record(
                time_unix_nano=time_ns,
                observed_time_unix_nano=self.clock.time_ns(),
                severity_number=semconv.SEVERITY_INFO,
                severity_text="INFO",
                event_name=event,
                attributes=attributes,
            )
            envelope = self._envelope or self._make_envelope()
            self.worker.queue.offer(QueueItem(envelope, data, int(Purpose.ANALYTICS), b"", lifecycle=True))

    def _encoded_ids(self, data: Mapping[str, Any], session_id: str, event_id: str) -> bytes:
        """Encode the ids of event and session, each only where the data does not bring its own."""
        known_id, session = self._session_attribute
        if known_id != session_id:
            session = encode_log_attribute(semconv.SESSION_ID, session_id)
            self._session_attribute = (session_id, session)
        if semconv.SESSION_ID in data:
            session = b""
        return session if semconv.LOG_RECORD_UID in data else session + _EVENT_ID.encode(event_id)

    def _make_envelope(self) -> Envelope:
        """Encode what all records share, and keep it: at the start, and in a forked child at its first record."""
        try:
            attributes = resource_attributes(self.config)
        except RuntimeError:  # a forked child's last words: at its exit the SDK's detectors can start no thread
            attributes = {**self._resource, semconv.SERVICE_INSTANCE_ID: self.ids.session_id()}
        self._resource = attributes
        if self._rules.redactor is not None:
            attributes = self._rules.redactor.redact_attributes(attributes)
        scope = encode_scope(semconv.DISTRO_NAME, __version__, DISTRO)
        self._envelope = envelope = Envelope("logs", encode_resource(attributes), scope)
        return envelope

    def _make_rules(self, config: TelemetryConfig, before: _Rules | None) -> _Rules:
        """Build the rules of a configuration, keeping the parts whose settings are the same."""
        if before is None or _differ(config, before.config, SAMPLING_FIELDS):
            sampler = EventSampler(config, self.clock, before.sampler if before else None)
        else:
            sampler = before.sampler
        if before is None or _differ(config, before.config, _REDACTION_FIELDS):
            redactor = self._make_redactor(config)
        else:
            redactor = before.redactor
        weight = b"" if sampler.weight is None else encode_log_attribute(semconv.SAMPLING_WEIGHT, sampler.weight)
        return _Rules(config, redactor, sampler, weight)

    def _make_redactor(self, config: TelemetryConfig) -> Redactor | None:
        if not config.redact_pii:
            return None
        return Redactor(
            redact_fields=config.redact_fields,
            keep_fields=config.keep_fields,
            placeholder=config.placeholder,
            pseudonym=str if config.user_ids == "raw" else self._pseudonyms.pseudonym,
        )


_open_pipelines: Final[weakref.WeakSet[Pipeline]] = weakref.WeakSet()
_open_workers: Final[weakref.WeakSet[Worker]] = weakref.WeakSet()  # those of pipelines that were dropped among them


@atexit.register
def _shut_down_all() -> None:
    """Deliver what all pipelines hold, within one deadline for all of them."""
    deadline = time.monotonic() + EXIT_TIMEOUT_MS / 1000
    owners: list[Pipeline | Worker] = [*_open_pipelines, *_open_workers]
    for owner in owners:
        with _guard.host_safe("exit"):
            owner.shutdown(max(deadline - time.monotonic(), 0.0) * 1000)


def _event(name: str, data: Mapping[str, Any], time_ns: int, ids: tuple[str, str], span_context: SpanContext) -> Event:
    """Return a record as `before_send` sees it; `ids` are those of the event and of its session."""
    in_span = span_context.is_valid
    return {
        "type": name,
        "timestamp": time_ns // _NS_PER_MS,
        "data": dict(data),
        "metadata": {
            "event_id": ids[0],
            "session_id": ids[1],
            "trace_id": trace.format_trace_id(span_context.trace_id) if in_span else "",
            "span_id": trace.format_span_id(span_context.span_id) if in_span else "",
        },
    }


def _encode(
    name: str,
    data: Mapping[str, Any],
    encoded: bytes,
    stamps: tuple[int, int, int | None],
    span_context: SpanContext,
) -> bytes:
    """Encode a record that may go out; `stamps` are its severity, the time now, and when it happened (None: now)."""
    severity, now_ns, time_ns = stamps
    in_span = span_context is not trace.INVALID_SPAN_CONTEXT  # what the API returns outside of any span
    return encode_log_record(
        time_unix_nano=now_ns if time_ns is None else time_ns,
        observed_time_unix_nano=now_ns,
        severity_number=severity,
        severity_text=_SEVERITY_TEXTS[(severity - 1) // 4],
        event_name=name,
        attributes=data,
        encoded_attributes=encoded,
        trace_id=span_context.trace_id if in_span else 0,
        span_id=span_context.span_id if in_span else 0,
        trace_flags=span_context.trace_flags if in_span else 0,
    )


def _delivery_settings(config: TelemetryConfig) -> DeliverySettings:
    return DeliverySettings(
        batch_records=config.max_buffer_size,
        batch_bytes=config.max_memory_bytes // 2,
        interval_s=config.flush_interval_ms / 1000,
        max_payload_bytes=config.max_payload_bytes,
        send_timeout_s=config.timeout_s,
    )


def _differ(one: TelemetryConfig, other: TelemetryConfig, fields: frozenset[str]) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in fields)
