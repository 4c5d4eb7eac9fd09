"""The order of the stages of a record, on one page.

enabled -> consent -> session -> sampling -> before_send -> redaction -> encoding -> queue -> log processors of others.
A stage that ends a record books it; what goes on is booked by the queue. Everything here runs on the caller's thread
and none of it raises or waits.

The pipeline owns the rules in force, the ledger, the scopes, the worker and the OpenTelemetry providers. The collector
is a facade on it. What OpenTelemetry's own API records comes in through the hooks in the providers.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, ParamSpec

from opentelemetry import trace
from opentelemetry.context import get_current

from clippy_otel import _exit, _guard, _sigterm, debug_log, filters, semconv
from clippy_otel.breadcrumbs import Breadcrumb
from clippy_otel.clock import RANDOM_IDS, SYSTEM_CLOCK
from clippy_otel.consent.users import users_in
from clippy_otel.delivery.settings import settings_of
from clippy_otel.delivery.transports import make_transports
from clippy_otel.delivery.worker import Worker
from clippy_otel.hooks.binding import Binding
from clippy_otel.hooks.intake import Intake
from clippy_otel.hooks.source import Source
from clippy_otel.hooks.targets import Targets
from clippy_otel.hooks.telemetry_metrics import TelemetryMetrics
from clippy_otel.kept import Kept
from clippy_otel.ledger import Column, FlushResult
from clippy_otel.otlp.encode import encode_log_attribute, encode_log_record
from clippy_otel.otlp.template import TextTemplate
from clippy_otel.ports import ITEM_OVERHEAD_BYTES, Event, Purpose, QueueItem
from clippy_otel.rules import LiveRules, Rules
from clippy_otel.sampling.strategy import KEPT
from clippy_otel.scope import Scopes
from clippy_otel.session import Lifecycle
from clippy_otel.subscriptions import SessionSeen, Subscriptions

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter
    from opentelemetry.trace import SpanContext, Tracer

    from clippy_otel.config import TelemetryConfig
    from clippy_otel.consent import Decision
    from clippy_otel.hooks.coverage import Coverage
    from clippy_otel.hooks.instruments import Instruments
    from clippy_otel.hooks.late import Prepared
    from clippy_otel.hooks.providers import Providers
    from clippy_otel.ports import Clock, IdSource, Recorder, Signal, Transport
    from clippy_otel.privacy.redactor import Redactor

_P = ParamSpec("_P")
_NS_PER_MS: Final = 1_000_000
_SEVERITY_TEXTS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")  # four numbers each, from 1
_ERRORS: Final = Purpose.ERRORS  # to ask the enumeration for it takes 70 ns, with each event
_NO_SPAN: Final = trace.INVALID_SPAN_CONTEXT
_new: Final = tuple.__new__
_EVENT_ID: Final = TextTemplate(semconv.LOG_RECORD_UID, 32)


class Pipeline:
    """From a record to the queue, for one configuration.

    Args:
        config: The first configuration.
        clock: Time; the tests hold it still.
        ids: Event and session ids; the tests count them.
        before: A pipeline whose scopes and subscriptions this one goes on with; None: with its own.
        transports: Transports instead of those that the configuration names, one a signal.
        providers: Providers to go on with, or those to join; None: its own, made when first needed.
        kept: What outlives it; None: nothing does, and what memory cannot hold is lost, and counted.
        prepared: What configure() has made of it already; None: nothing.
    """

    def __init__(  # noqa: PLR0913 - what the tests give it beside its configuration
        self,
        config: TelemetryConfig,
        *,
        clock: Clock = SYSTEM_CLOCK,
        ids: IdSource = RANDOM_IDS,
        before: Recorder | None = None,
        transports: Mapping[Signal, Transport] | None = None,
        providers: Providers | Targets | None = None,
        kept: Kept | None = None,
        prepared: Prepared | None = None,
    ) -> None:
        self.name = os.urandom(8).hex()  # known to no other pipeline, of another process neither
        self.clock = clock
        self.ids = ids
        self.ledger, self._pseudonyms, self.consent, spool = Kept.in_memory(config) if kept is None else kept
        self.scopes: Scopes = Scopes(clock, ids) if before is None else before.scopes
        self.subscriptions: Subscriptions = Subscriptions() if before is None else before.subscriptions
        self.worker = Worker(
            make_transports(config) if transports is None else transports,
            self.ledger,
            settings_of(config),
            max_records=config.max_queue_size,
            max_bytes=config.max_memory_bytes,
            spool=spool,
        )
        # Dropped without a shutdown, or not finished, it delivers what it holds and ends its thread.
        weakref.finalize(self, self.worker.end_when_idle).atexit = False
        self._rules = LiveRules(config, clock, self._pseudonyms)
        # Before anything can come in.
        self.worker.queue.gate = self.consent.gate
        self.consent.begin(_weakly(self._consent_changed), None if before is None else before.consent)
        self._session_attribute = ("", b"")
        left_out: tuple[Column, ...] = ("consent_denied", "sampled_out", "throttled")
        self._left_out = {column: self.ledger.left_out("logs", column).add for column in left_out}
        self._closed = False
        targets = providers if providers is None or isinstance(providers, Targets) else providers.targets
        self.intake = Intake(
            self._rules, self.ledger, self.consent, self.subscriptions, self.worker, owns=targets is None
        )
        resource, late = (None, None) if prepared is None else prepared
        self._source = Source(self._rules, ids, targets, resource)
        self._metrics = TelemetryMetrics(self.ledger, self.worker)
        self.binding = Binding(
            self.intake, self.scopes, self._source, note=self._metrics.note, targets=targets, late=late
        )
        self._metrics.binding = self.binding
        self._offer = self.worker.queue.offer if "logs" in self.intake.delivers else self._leave_to_others
        if providers is not None:
            self.binding.bind(None if isinstance(providers, Targets) else providers)
        if config.debug:
            debug_log.enable()
        if not config.redact_pii:
            _guard.logger.warning("redact_pii=False: nothing is redacted, user ids included")
        if "exit" in config.flush_on:
            _exit.shut_down_at_exit(self, self.worker)
        if "sigterm" in config.flush_on:
            _sigterm.park_at_sigterm(self)
        # Last: what raises above leaves the scopes, which may be another pipeline's, and the root logger as they were.
        self.scopes.report = _weakly(self._report)
        if config.logging_level is not None:
            self.binding.bridge_logging(config.logging_level, self.add_breadcrumb)
        self.worker.begin()

    @property
    def config(self) -> TelemetryConfig:
        """The configuration in force."""
        return self._rules.current.config

    @property
    def closed(self) -> bool:
        """Whether shutdown() was called."""
        return self._closed

    def held(self) -> tuple[int, int]:
        """Return how many records, session starts and ends left out, and how many bytes the queue holds."""
        held = self.worker.queue.held()
        return held.records, held.size_bytes

    def spooled(self) -> int:
        """Return how many records lie in the spool, waiting to be delivered."""
        size = self.worker.spool_size()
        return 0 if size is None else size.records

    def update_config(self, changes: Mapping[str, Any]) -> TelemetryConfig:
        """Put other live settings in force for what is accepted from now on, all of them at once.

        Raises:
            ConfigurationError: A setting is unknown, impossible, or cannot be changed while running.
        """
        rules = self._rules.current
        before, config = self._rules.update(changes)
        if self._rules.current.redactor is not rules.redactor:
            self._source.forget_envelope()
        self.worker.configure(settings_of(config))
        if config.debug != before.debug:
            (debug_log.enable if config.debug else debug_log.disable)()
        if self._rules.current.sampler is not rules.sampler or not before.debug:
            self.binding.say_sampling()
        if before.enabled and not config.enabled:
            with _guard.host_safe("session"):
                self._record_sessions(self.scopes.process.tracker.end(), rules)
            self.worker.request_flush()
        return config

    def emit(  # noqa: C901, PLR0912, PLR0915 - the stages of a record, one after the other
        self,
        name: str,
        data: Mapping[str, Any],
        purpose: Purpose,
        *,
        severity: int = semconv.SEVERITY_INFO,
        time_ns: int | None = None,
        observed_ns: int | None = None,
    ) -> None:
        """Take a record through all stages. Never raises, never waits.

        Args:
            name: The event's name.
            data: Its attributes, as the application gave them; not changed.
            purpose: What it is collected for; Purpose.ERRORS makes it an error.
            severity: OpenTelemetry's severity number, 1 to 24.
            time_ns: When it happened, nanoseconds since the epoch; None: when it was recorded.
            observed_ns: When it was recorded, likewise; None: now.
        """
        rules = self._rules.current
        if self._closed or not rules.config.enabled:
            self.ledger.offer("logs", "after_shutdown" if self._closed else "disabled")
            return
        failing: Column = "redaction_failed"  # what goes wrong up to redaction must not go out
        try:
            tracker, scope_attributes = self.scopes.fields()
            consent = self.consent
            if consent.counter[0] != consent.free_at and consent.refuses(
                purpose, scope_attributes, data, rules.redactor
            ):
                self._left_out["consent_denied"]()
                return
            now_ns = self.clock.time_ns() if observed_ns is None else observed_ns
            if lifecycle := tracker.touch(now_ns):
                self._report(lifecycle)
            number, sampling, verdict = self.ids.event_number(), rules.sampler, KEPT
            if not sampling.keeps_all:
                strategy = sampling.base
                if sampling.rules:
                    strategy = sampling.strategy(name, severity, (data, scope_attributes))
                session = data.get(semconv.SESSION_ID) or tracker.external_id
                is_error = purpose is _ERRORS
                verdict = sampling.judge(strategy, number, session, get_current(), is_error=is_error)
                if verdict.refused is not None:
                    self._left_out[verdict.refused]()
                    return
            event_id, session_id = "%032x" % number, tracker.current.id  # noqa: UP031 - an f-string takes longer
            span_context = trace.get_current_span().get_span_context()

            if scope_attributes or type(data) is not dict:  # read once: one of a foreign class may change
                data = {**scope_attributes, **data}
            if rules.config.before_send is not None:
                moment = now_ns if time_ns is None else time_ns
                event = _event(name, data, moment, (event_id, session_id), span_context)
                if (kept := self._before_send(rules, event)) is None:
                    return
                name, data, time_ns = kept["type"], kept["data"], _changed_time(kept, event, time_ns)

            user_ids: list[str] = []
            if rules.redactor is None:
                user_ids = users_in(data, None)
            else:
                name, data = rules.redactor.redact_text(name), rules.redactor.redact_attributes(data, user_ids=user_ids)
            failing = "unencodable"
            if rules.config.debug:
                debug_log.show(name, data)

            encoded = self._encoded_ids(data, session_id, event_id)
            encoded += verdict.encoded_weight
            record = _encode(name, data, encoded, (severity, now_ns, time_ns), span_context)
            subjects = consent.subjects(user_ids) if user_ids else b""
            if subjects and consent.counter[0] != consent.free_at and not consent.admits(purpose, subjects):
                self._left_out["consent_denied"]()
                return
            size_bytes = len(record) + len(subjects) + ITEM_OVERHEAD_BYTES
            envelope = self._source.envelope or self._source.make_envelope()
            # As QueueItem(...) makes it, at half the time.
            item = _new(QueueItem, (envelope, record, size_bytes, int(purpose), subjects, False, 1, None))
        except Exception as error:  # noqa: BLE001 - the host's safety; counted here and by the guard
            _guard.swallowed("record", error)
            self.ledger.offer("logs", failing)
            return
        self._offer(item)
        if self.binding.outlet is not None and self.binding.outlet.is_open():
            ids: dict[str, Any] = {semconv.SESSION_ID: session_id, semconv.LOG_RECORD_UID: event_id}
            if verdict.weight is not None:
                ids[semconv.SAMPLING_WEIGHT] = verdict.weight
            self.binding.outlet.show(name, {**ids, **data}, _stamps(severity, now_ns, time_ns))

    def _before_send(self, rules: Rules, event: Event) -> Event | None:
        """Return an event as the application lets it go; None, booked, where it does not."""
        kept = None if rules.config.before_send is None else filters.apply(rules.config.before_send, event)
        if kept is None:
            self.ledger.offer("logs", "filtered")
        return kept

    def _leave_to_others(self, item: QueueItem) -> None:
        """Book a record that we have no transport for: log processors of others see it, where there are any."""
        outlet = self.binding.outlet
        is_heard = outlet is not None and outlet.is_open()
        self.ledger.offer(item.envelope.signal, "handed_over" if is_heard else "disabled")

    def record(
        self,
        name: str,
        value: float,
        *,
        unit: str,
        attributes: Mapping[str, Any] | None,
        purpose: Purpose = Purpose.PERFORMANCE,
    ) -> None:
        """Record a value in a histogram; see Instruments.record(). Never raises."""
        consent = self.consent
        if self._closed or not self._rules.current.config.enabled:
            self._refuse_metric()
        elif consent.counter[0] != consent.free_at and not self.collects(purpose, attributes):
            self.ledger.offer("metrics", "consent_denied")
        else:
            instruments = self.binding.instruments or self._new_instruments()
            if instruments is not None:
                instruments.record(name, value, unit, attributes)

    def count(self, name: str, value: float, *, unit: str, attributes: Mapping[str, Any] | None) -> None:
        """Add to a total; see Instruments.add(). Never raises."""
        if self._closed or not self._rules.current.config.enabled:
            self._refuse_metric()
        else:
            instruments = self.binding.instruments or self._new_instruments()
            if instruments is not None:
                instruments.add(name, value, unit, attributes)

    def _new_instruments(self) -> Instruments | None:
        """Return what metrics are recorded with, made for the first one; None, booked, where that does not work.

        It does not in a signal handler that has interrupted the very making of it.
        """
        try:
            return self.binding.providers.instruments
        except Exception as error:  # noqa: BLE001 - the host's safety; counted here and by the guard
            _guard.swallowed("metric", error)
            self.ledger.offer("metrics", "failed")
            return None

    def collects(self, purpose: Purpose, data: Mapping[str, Any] | None = None) -> bool:
        """Return whether something may be recorded for a purpose here and now. Never raises.

        Args:
            purpose: Which.
            data: What is to be recorded: it says whom it is about where the scope does not. None: nobody who is known.
        """
        rules = self._rules.current
        if not rules.config.enabled:
            return False
        consent = self.consent
        if consent.counter[0] == consent.free_at:
            return True
        with _guard.host_safe("consent"):
            return not consent.refuses(purpose, self.scopes.fields()[1], data or {}, rules.redactor)
        return False

    def _consent_changed(self, decisions: Sequence[Decision], *, is_heard: bool) -> None:
        """Put decisions into effect where more is to be done than to accept nothing else: what waits is erased.

        Args:
            decisions: The new ones, in their order.
            is_heard: Whether they were made elsewhere: then nobody waits for what lies on the disk.
        """
        purge = self.worker.purge_soon if is_heard else self.worker.purge
        for purposes, subject, granted in decisions:
            if not granted:
                purge(purposes, subject)
                if not subject and purposes & Purpose.PERFORMANCE:
                    self.binding.erase_held()
            if purposes & Purpose.ANALYTICS and subject in (b"", self._process_subject()):
                # Without an event, which nobody may want, and with one for the session that begins where it is wanted.
                for _, session, time_ns in self.scopes.process.tracker.end():
                    self.subscriptions.publish("session", SessionSeen(session.id, has_ended=True, time_ns=time_ns))

    def _process_subject(self) -> bytes:
        """Return the keyed hash of the user of the process-wide scope, whose its sessions are; b"" for nobody."""
        user_id = self.scopes.process.attributes.get(semconv.USER_ID)
        return self.consent.subjects([user_id]) if type(user_id) is str else b""

    def _refuse_metric(self) -> None:
        self.ledger.offer("metrics", "after_shutdown" if self._closed else "disabled")

    def flush(self, timeout_ms: float) -> FlushResult:
        """See Worker.flush()."""
        return self.worker.flush(timeout_ms)

    def park(self, timeout_ms: float) -> FlushResult:
        """See Worker.park()."""
        return self.worker.park(timeout_ms)

    def shutdown(self, timeout_ms: float) -> FlushResult:
        """End the session, deliver what can be delivered by the deadline, and stop. Idempotent."""
        deadline = time.monotonic() + timeout_ms / 1000
        is_first = not self._closed
        if is_first:
            self._closed = True
            _exit.has_ended(self)
            _sigterm.has_ended(self)
            self.binding.unbridge_logging()
            with _guard.host_safe("session"):
                self._record_sessions(self.scopes.process.tracker.end(), self._rules.current)
        result = self.worker.shutdown(timeout_ms)
        if is_first:
            self._metrics.close()
            self.intake.closed = True
            self.binding.release(deadline - time.monotonic())
        return result

    @property
    def tracer(self) -> Tracer:
        """The tracer for spans of this package's own API."""
        return self.binding.tracer

    @property
    def meter(self) -> Meter:
        """The meter for observable instruments of this package's own API."""
        return self.binding.meter

    def provider(self, signal: Signal) -> Any:
        """Return one of OpenTelemetry's providers, our own or the one that is joined."""
        return self.binding.providers.given[signal]

    def coverage(self) -> Coverage:
        """Return what the hooks reach of the providers, and what they do not and why."""
        coverage = self.binding.providers.coverage(self.intake)
        return coverage.after_shutdown() if self._closed else coverage

    def let_go_of(self, providers: Providers) -> None:
        """Leave these providers, where it has them, to another pipeline that goes on with them."""
        self.binding.let_go_of(providers)

    def add_breadcrumb(self, message: str, *, category: str, level: str, data: Mapping[str, Any] | None) -> None:
        """Note in the current scope that something happened, redacted; see Breadcrumb. Never raises."""
        rules, consent = self._rules.current, self.consent
        if self._closed or not rules.config.enabled:
            return
        if consent.counter[0] != consent.free_at and not self.collects(_ERRORS):
            return
        try:
            if rules.redactor is not None:
                # Before they are cut, for half an address is not found any more.
                redact = rules.redactor.redact_text
                message, category, level = redact(message), redact(category), redact(level)
                data = None if data is None else rules.redactor.redact_attributes(data)
            crumb = _new(Breadcrumb, (message, category, level, data, self.clock.time_ns()))
            self.scopes.add_breadcrumb(crumb)  # as Breadcrumb(...) makes it, at half the time
        except Exception as error:  # noqa: BLE001 - the host's safety; a block of the guard's takes a tenth of it all
            _guard.swallowed("breadcrumb", error)

    @property
    def redactor(self) -> Redactor | None:
        """The redactor in force; None: nothing is redacted."""
        return self._rules.current.redactor

    def redact(self, text: str) -> str:
        """Return a text as it may be kept and shown."""
        redactor = self._rules.current.redactor
        return text if redactor is None else redactor.redact_text(text)

    def pseudonym(self, user_id: str) -> str:
        """Return what stands for a user; the id itself with `user_ids="raw"` or without redaction."""
        config = self._rules.current.config
        return user_id if config.user_ids == "raw" or not config.redact_pii else self._pseudonyms.pseudonym(user_id)

    def _report(self, lifecycle: tuple[Lifecycle, ...]) -> None:
        if not self._closed:
            self._record_sessions(lifecycle, self._rules.current)

    def _record_sessions(self, lifecycle: tuple[Lifecycle, ...], rules: Rules) -> None:
        """Record sessions that began or ended, by the inner path: they are neither sampled nor filtered."""
        if not lifecycle:
            return
        now_ns, subjects = self.clock.time_ns(), self._process_subject()
        is_kept = rules.config.enabled and rules.sampler.keeps_lifecycle and self._admits_session(subjects)
        for event, session, time_ns in lifecycle:
            self.subscriptions.publish("session", SessionSeen(session.id, event == semconv.EVENT_SESSION_END, time_ns))
            if not is_kept:
                continue
            attributes = {semconv.SESSION_ID: session.id, semconv.LOG_RECORD_UID: self.ids.event_id()}
            if session.previous_id is not None:
                attributes[semconv.SESSION_PREVIOUS_ID] = session.previous_id
            record = _encode(event, attributes, b"", (semconv.SEVERITY_INFO, now_ns, time_ns), _NO_SPAN)
            envelope = self._source.envelope or self._source.make_envelope()
            size_bytes = len(record) + len(subjects) + ITEM_OVERHEAD_BYTES
            self._offer(QueueItem(envelope, record, size_bytes, int(Purpose.ANALYTICS), subjects, lifecycle=True))
            outlet = self.binding.outlet
            if outlet is not None and outlet.is_open():
                outlet.show(event, attributes, _stamps(semconv.SEVERITY_INFO, now_ns, time_ns))

    def _admits_session(self, subjects: bytes) -> bool:
        consent = self.consent
        if consent.counter[0] == consent.free_at:
            return True
        return consent.catch_up() and consent.admits(Purpose.ANALYTICS, subjects)

    def _encoded_ids(self, data: Mapping[str, Any], session_id: str, event_id: str) -> bytes:
        """Encode the ids of event and session, each only where the data does not bring its own."""
        known_id, session = self._session_attribute
        if known_id != session_id:
            session = encode_log_attribute(semconv.SESSION_ID, session_id)
            self._session_attribute = (session_id, session)
        if semconv.SESSION_ID in data:
            session = b""
        return session if semconv.LOG_RECORD_UID in data else session + _EVENT_ID.encode(event_id)


def _weakly(method: Callable[_P, None]) -> Callable[_P, None]:
    """Return a method as a function that does not keep its object alive: what outlives it has it."""
    weak = weakref.WeakMethod(method)

    def call(*args: _P.args, **kwargs: _P.kwargs) -> None:
        found = weak()
        if found is not None:
            found(*args, **kwargs)

    return call


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


def _changed_time(kept: Event, event: Event, time_ns: int | None) -> int | None:
    """Return when an event happened: to the nanosecond as before, unless `before_send` says another millisecond."""
    return time_ns if kept["timestamp"] == event["timestamp"] else int(kept["timestamp"]) * _NS_PER_MS


def _encode(
    name: str,
    data: Mapping[str, Any],
    encoded: bytes,
    stamps: tuple[int, int, int | None],
    span_context: SpanContext,
) -> bytes:
    """Encode a record that may go out; `stamps` are its severity, the time now, and when it happened (None: now)."""
    severity, now_ns, time_ns = stamps
    in_span = span_context is not _NO_SPAN  # what the API returns outside of any span
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


def _stamps(severity: int, now_ns: int, time_ns: int | None) -> tuple[int, str, int, int]:
    """Return severity number and text, when it happened and when it was observed."""
    return severity, _SEVERITY_TEXTS[(severity - 1) // 4], now_ns if time_ns is None else time_ns, now_ns
