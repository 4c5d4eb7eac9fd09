"""A configured pipeline that is built when something is first asked of it.

What redacts, encodes and delivers takes 60 ms and 11 MB to load, with RE2 150 ms and 25 MB. A program that records
nothing, as one that prints its help, goes without; one that forks has it built before, for all of its children.

Guarantee: a thread of its own builds it, which no signal handler interrupts. What is recorded meanwhile is not lost: it
is put aside as it is, 1,000 records at most, and recorded right after. Who records first waits for it, two seconds at
most, and so does who asks for something else, or has something more where 1,000 lie aside; nobody else waits to record.
A finalizer that comes on the very thread that builds is answered as before configure().
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from clippy_otel import _exit, _fork, _guard, semconv
from clippy_otel.aside import Aside, as_it_is_now
from clippy_otel.attempt import Attempt
from clippy_otel.config import DEFAULT_STORE, is_default
from clippy_otel.ledger import FlushResult, Ledger
from clippy_otel.ports import Purpose, Signal
from clippy_otel.state import find_state

if TYPE_CHECKING:
    from threading import RLock

    from opentelemetry.metrics import Meter
    from opentelemetry.trace import Tracer

    from clippy_otel.config import TelemetryConfig
    from clippy_otel.consent import Consent
    from clippy_otel.hooks.coverage import Coverage
    from clippy_otel.hooks.providers import Providers
    from clippy_otel.idle import IdlePipeline
    from clippy_otel.ledger import Column
    from clippy_otel.pipeline import Pipeline
    from clippy_otel.privacy.redactor import Redactor
    from clippy_otel.session import Lifecycle

PATIENCE_S: Final = 2.0  # it takes a thirtieth of that
SETTLE_S: Final = 30.0  # where it matters more
_MAX_FAILURES: Final = 3
# Settings that, other than by default, are at work before anything is recorded, or that only building can refuse.
_AT_ONCE: Final = (
    "debug",
    "keep_fields",
    "logging_level",
    "placeholder",
    "redact_fields",
    "redact_pii",
    "redaction_rules",
)
# All other variables are read, judged and warned about by the SDK where its parts are made.
_HARMLESS: Final = frozenset(
    {
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "OTEL_PROPAGATORS",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_SDK_DISABLED",
        "OTEL_SERVICE_NAME",
    }
)


class Builder(Protocol):
    """Who builds the pipeline."""

    @property
    def lock(self) -> RLock:
        """What is held while somebody configures, and to begin to build."""

    def build_for(self, deferred: DeferredPipeline) -> Pipeline:
        """Build the pipeline and put it in place."""

    def could_not_build(self, reason: str) -> None:
        """Be told that it is not tried again, and why."""

    def provider(self, signal: Signal) -> Any:
        """Return the provider of a signal, which has the pipeline built when it is used."""


def may_wait(config: TelemetryConfig) -> bool:
    """Return whether the pipeline of a resolved configuration can be built later: nothing of it is at work before.

    It is not where something may be wrong with the configuration that only building it tells; where the log says
    something at once; where a signal is handled; where each record is on disk when its call returns; where earlier
    processes have left what is to be delivered; and where the environment says something to the SDK's own parts.
    """
    is_plain = config.transport in ("http", "console") or (config.transport, config.store) == ("local", DEFAULT_STORE)
    return (
        is_plain
        and all(is_default(name, getattr(config, name)) for name in _AT_ONCE)
        and "sigterm" not in config.flush_on
        and config.spool.durability != "always"
        and not any(name.startswith("OTEL_") and name not in _HARMLESS for name in os.environ)
        and not _may_have_leftovers(config)
    )


def anchored(config: TelemetryConfig) -> TelemetryConfig:
    """Return a configuration with its paths as they are now: the working directory may be another one by then."""
    changes: dict[str, Any] = {}
    if config.state_directory is not None:
        changes["state_directory"] = Path(config.state_directory).absolute()
    if config.transport == "local":
        changes["store"] = f"sqlite:///{Path(DEFAULT_STORE.removeprefix('sqlite:///')).absolute()}"
    return replace(config, **changes) if changes else config


def _may_have_leftovers(config: TelemetryConfig) -> bool:
    if not config.spools:
        return False
    state = find_state(config)
    return state is None or state.has_spooled()


class DeferredPipeline:
    """What stands in for a configured Pipeline until there is one, and hands on to it from then on.

    Args:
        config: Its configuration.
        before: What it goes on from: its scopes and subscriptions.
        builder: Who builds it.

    Attributes:
        before: As given.
        closed: Whether shutdown() was called before there was a pipeline.
    """

    def __init__(self, config: TelemetryConfig, before: IdlePipeline, builder: Builder) -> None:
        self.name = os.urandom(8).hex()  # the pipeline's too, as are the books
        self.ledger = Ledger()
        self.before = before
        self.clock, self.ids = before.clock, before.ids
        self.scopes, self.subscriptions = before.scopes, before.subscriptions
        self.scopes.report = self._report
        self.closed = False
        self._config = config
        self._builder = builder
        self._pipeline: Pipeline | DeferredPipeline | None = None
        self._attempt: Attempt | None = None  # to build it
        self._failures = 0
        self._aside = Aside(self.ledger)
        self._timeout_ms = 0.0  # of the shutdown
        _fork.call_before_fork(self)
        _fork.renew_in_child(self)
        if "exit" in config.flush_on:
            _exit.shut_down_at_exit(self, self)

    @property
    def config(self) -> TelemetryConfig:
        """The configuration in force."""
        return self._config if self._pipeline is None else self._pipeline.config

    def build(self, patience_s: float = PATIENCE_S) -> Pipeline | DeferredPipeline | None:
        """Return the pipeline; where there is none yet, have it built, and wait for it.

        Args:
            patience_s: For so many seconds at most; 0: not at all.

        Returns:
            None: it takes longer, it cannot be built, or this is the thread that is at it.
        """
        if self._pipeline is None:
            attempt = self._attempt or self._begin(patience_s)
            if attempt is not None:
                attempt.wait(patience_s)
        return self._pipeline

    def settle(self) -> None:
        """Wait until nobody is building it any more."""
        if self._attempt is not None:
            self._attempt.wait(SETTLE_S)

    def become(self, pipeline: Pipeline | DeferredPipeline) -> None:
        """Hand on to a pipeline, or to another deferred one that takes its place."""
        self._pipeline = pipeline
        self._aside.record()

    def before_fork(self) -> None:
        """Be built once for all children. One that is forked while it is being built could never load its modules."""
        if not self.closed and self._config.enabled:
            self.build(SETTLE_S)
        self.settle()

    def after_fork(self) -> None:
        """Leave to the parent what lies aside. Where it was being built, half of its modules stay half loaded here."""
        self._aside.forget()
        if self._attempt is not None and not self._attempt.is_over():
            self._failures = _MAX_FAILURES
            self._builder.could_not_build("it was forked while it was being built")
        self._attempt = None

    def _begin(self, patience_s: float) -> Attempt | None:
        """Begin to build, unless somebody configures or has begun already; return the attempt that there is."""
        if self._failures >= _MAX_FAILURES or not self._builder.lock.acquire(timeout=patience_s):
            return self._attempt
        try:
            if self._attempt is None and self._pipeline is None:
                self._attempt = attempt = Attempt(self._build)
                attempt.begin()
            return self._attempt
        finally:
            self._builder.lock.release()

    def _build(self) -> None:
        try:
            pipeline = self._builder.build_for(self)
        except BaseException as error:  # noqa: BLE001 - the thread is our own: there is nobody to raise it to
            if isinstance(error, Exception):
                _guard.swallowed("deferred pipeline", error)
            self._failures += 1
            if self._failures == _MAX_FAILURES:
                self._builder.could_not_build(type(error).__name__)
            if self._failures == _MAX_FAILURES or self.closed:
                self._aside.lose()
            self._attempt = None
            return
        self.become(pipeline)
        if self.closed:
            pipeline.shutdown(self._timeout_ms)

    def later(self, signal: Signal | None, call: Callable[[], object], patience_s: float = 0.0) -> None:
        """Have something done once there is a pipeline, which is built for it.

        Args:
            signal: What it records; None: nothing.
            call: Does it.
            patience_s: How long it is waited for, in seconds.
        """
        column: Column | None = None
        if self.closed or not self._config.enabled:
            column = "after_shutdown" if self.closed else "disabled"
        elif self._failures >= _MAX_FAILURES:
            column = "failed"
        if column is None:
            patience_s = patience_s if self._attempt is None else 0.0
            if self._aside.is_full():  # rather wait than lose
                self.build()
            self._aside.put(signal, call)
            self.build(patience_s)
            if self._pipeline is not None:  # since when nobody may have looked at what lies aside
                self._aside.record()
        elif signal is not None:
            self.ledger.offer(signal, column)

    def _record(self, signal: Signal, call: Callable[[Pipeline | DeferredPipeline], None]) -> None:
        """Have something recorded by the pipeline."""
        if self._pipeline is not None:
            call(self._pipeline)
        else:
            self.later(signal, partial(self._record, signal, call), PATIENCE_S)

    def _report(self, lifecycle: tuple[Lifecycle, ...]) -> None:
        if self._config.enabled and not self.closed:
            self._record("logs", lambda _: self.scopes.report(lifecycle))  # by now the pipeline's

    def emit(
        self,
        name: str,
        data: Mapping[str, Any],
        purpose: Purpose,
        *,
        severity: int = semconv.SEVERITY_INFO,
        time_ns: int | None = None,
        observed_ns: int | None = None,
    ) -> None:
        """Record an event; see Pipeline.emit()."""
        given, seen_ns = as_it_is_now(data), self.clock.time_ns() if observed_ns is None else observed_ns
        more: dict[str, Any] = {"severity": severity, "time_ns": time_ns, "observed_ns": seen_ns}
        self._record("logs", lambda pipeline: pipeline.emit(name, given, purpose, **more))

    def record(
        self,
        name: str,
        value: float,
        *,
        unit: str,
        attributes: Mapping[str, Any] | None,
        purpose: Purpose = Purpose.PERFORMANCE,
    ) -> None:
        """Record a value in a histogram; see Pipeline.record()."""
        kept = as_it_is_now(attributes)
        self._record(
            "metrics", lambda pipeline: pipeline.record(name, value, unit=unit, attributes=kept, purpose=purpose)
        )

    def count(self, name: str, value: float, *, unit: str, attributes: Mapping[str, Any] | None) -> None:
        """Add to a total; see Pipeline.count()."""
        kept = as_it_is_now(attributes)
        self._record("metrics", lambda pipeline: pipeline.count(name, value, unit=unit, attributes=kept))

    def collects(self, purpose: Purpose, data: Mapping[str, Any] | None = None) -> bool:
        """Return whether something may be recorded; where that cannot be said yet, the pipeline is left to judge."""
        pipeline = self.build() if self.config.enabled else None
        return self.config.enabled if pipeline is None else pipeline.collects(purpose, data)

    def _asked(self) -> Pipeline | DeferredPipeline | IdlePipeline:
        return self.build() or self.before

    def add_breadcrumb(self, message: str, *, category: str, level: str, data: Mapping[str, Any] | None) -> None:
        """Note that something happened; see Pipeline.add_breadcrumb()."""
        self._asked().add_breadcrumb(message, category=category, level=level, data=data)

    @property
    def consent(self) -> Consent | None:
        """What was decided about it."""
        return self._asked().consent

    @property
    def redactor(self) -> Redactor | None:
        """The redactor in force."""
        return self._asked().redactor

    def redact(self, text: str) -> str:
        """Return a text as it may be kept and shown."""
        return self._asked().redact(text)

    def pseudonym(self, user_id: str) -> str:
        """Return what stands for a user."""
        return self._asked().pseudonym(user_id)

    @property
    def tracer(self) -> Tracer:
        """The tracer for spans of this package's own API."""
        return self._asked().tracer

    @property
    def meter(self) -> Meter:
        """The meter for observable instruments of this package's own API."""
        return self._asked().meter

    def provider(self, signal: Signal) -> Any:
        """Return one of OpenTelemetry's providers, with which the pipeline is built once it is used."""
        return self._builder.provider(signal)

    def coverage(self) -> Coverage:
        """Return what the hooks reach."""
        return self._asked().coverage()

    def let_go_of(self, providers: Providers) -> None:
        """Leave these providers to another pipeline."""
        if self._pipeline is not None:
            self._pipeline.let_go_of(providers)

    def held(self) -> tuple[int, int]:
        """Return how many records, and how many bytes the queue holds."""
        return (0, 0) if self._pipeline is None else self._pipeline.held()

    def spooled(self) -> int:
        """Return how many records lie in the spool."""
        return self._asked().spooled()

    def update_config(self, changes: Mapping[str, Any]) -> TelemetryConfig:
        """Put other live settings in force; see Pipeline.update_config()."""
        return self._asked().update_config(changes)

    def request_flush(self) -> None:
        """Have nothing to deliver."""

    def flush(self, timeout_ms: float) -> FlushResult:
        """Deliver what there is, if there is a pipeline."""
        deadline = time.monotonic() + timeout_ms / 1000
        pipeline = self._begun(timeout_ms)
        return FlushResult() if pipeline is None else pipeline.flush(_left_ms(deadline))

    def shutdown(self, timeout_ms: float) -> FlushResult:
        """End. Where there is no pipeline yet, none is built for it; idempotent."""
        deadline = time.monotonic() + timeout_ms / 1000
        pipeline = self._begun(timeout_ms)
        if pipeline is not None:
            return pipeline.shutdown(_left_ms(deadline))
        self.closed, self._timeout_ms = True, timeout_ms
        if self._attempt is None:
            self._aside.lose()
        return FlushResult()

    def _begun(self, timeout_ms: float) -> Pipeline | DeferredPipeline | None:
        """Return the pipeline, where there is one, or something waits for it."""
        is_awaited = self._pipeline is None and (self._aside or self._attempt is not None)
        return self.build(timeout_ms / 1000) if is_awaited else self._pipeline


def _left_ms(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.0) * 1000
