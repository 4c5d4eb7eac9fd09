"""A configured pipeline that is built when something is first asked of it.

What redacts, encodes and delivers takes 60 ms and 11 MB to load, with RE2 150 ms and 25 MB. A program that records
nothing, as one that prints its help, goes without; one that forks has it built before, for all of its children.

Guarantee: what is recorded meanwhile is not lost, and nobody waits to record it: it is put aside, 1,000 records at
most, and recorded right after. A signal handler or a finalizer, which may come on the very thread that builds it,
finds half of the modules there: what else such a one asks for is answered as before configure().
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from clippy_otel import _exit, _fork, _guard, semconv
from clippy_otel.aside import Aside
from clippy_otel.config import DEFAULT_STORE, DEFAULTS
from clippy_otel.ledger import FlushResult, Ledger
from clippy_otel.ports import Purpose, Signal
from clippy_otel.state import state_of

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter
    from opentelemetry.trace import Tracer

    from clippy_otel.config import TelemetryConfig
    from clippy_otel.consent import Consent
    from clippy_otel.hooks.coverage import Coverage
    from clippy_otel.hooks.providers import Providers
    from clippy_otel.idle import IdlePipeline
    from clippy_otel.pipeline import Pipeline
    from clippy_otel.ports import Recorder
    from clippy_otel.privacy.redactor import Redactor
    from clippy_otel.session import Lifecycle

_Data = TypeVar("_Data", Mapping[str, Any], Mapping[str, Any] | None)
PATIENCE_S: Final = 2.0  # with another thread; it takes a thirtieth of that
_MAX_FAILURES: Final = 3


class Builder(Protocol):
    """Who builds the pipeline."""

    def build_for(self, deferred: DeferredPipeline) -> Pipeline | None:
        """Build the pipeline and put it in place; None: another one has taken the deferred one's place."""

    def could_not_build(self, reason: str) -> None:
        """Be told that it is not tried again, and why."""

    def provider(self, signal: Signal) -> Any:
        """Return the provider of a signal, which builds the pipeline when it is used."""


def may_wait(config: TelemetryConfig) -> bool:
    """Return whether the pipeline of a resolved configuration can be built later: nothing of it is at work before.

    It is not where something may be wrong with the configuration that only building it tells; where the log says
    something at once; where a signal is handled; where each record is on disk when its call returns; and where earlier
    processes have left what is to be delivered.
    """
    is_plain = config.transport in ("http", "console") or (config.transport, config.store) == ("local", DEFAULT_STORE)
    is_silent = config.logging_level is None and not config.debug and config.redact_pii
    redaction = (config.redaction_rules, config.redact_fields, config.keep_fields)
    return (
        is_plain
        and is_silent
        and "sigterm" not in config.flush_on
        and config.spool.durability != "always"
        and not any(redaction)
        and config.placeholder == DEFAULTS["placeholder"]
        and not _may_have_leftovers(config)
    )


def _may_have_leftovers(config: TelemetryConfig) -> bool:
    if config.spool.durability == "memory" or config.transport == "console":
        return False
    state = state_of(config)
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
        self._building = threading.Lock()
        self._built_by: int | None = None  # the thread that is at it
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
        """Return the pipeline, built now if there is none yet.

        Args:
            patience_s: How long another thread that is building is waited for, in seconds, 0 or more.

        Returns:
            None: it cannot be built, another thread takes too long, or this is the thread that is at it.
        """
        if self._pipeline is None and self._built_by != get_ident() and self._building.acquire(timeout=patience_s):
            try:
                self._build()
            finally:
                self._building.release()
        if self._aside and self._pipeline is not None:
            self._aside.record()
        return self._pipeline

    def become(self, pipeline: Pipeline | DeferredPipeline) -> None:
        """Hand on to a pipeline, or to another deferred one that takes its place."""
        self._pipeline = pipeline
        self._aside.record()

    def before_fork(self) -> None:
        """Be built once for all children; where another thread is at it, wait."""
        if not self.closed and self._config.enabled:
            self.build()

    def after_fork(self) -> None:
        """Leave to the parent what lies aside. Where another thread was building, modules stay half loaded here."""
        self._aside.forget()
        if self._built_by == get_ident():
            return
        self._building = threading.Lock()
        if self._built_by is not None:
            self._built_by, self._failures = None, _MAX_FAILURES
            self._builder.could_not_build("it was forked while another thread was building it")

    def later(self, call: Callable[[], object]) -> None:
        """Have something done once there is a pipeline."""
        if self._failures < _MAX_FAILURES:
            self._aside.put(None, call)

    def _build(self) -> None:
        if self._pipeline is not None or self._failures >= _MAX_FAILURES:
            return
        self._built_by = get_ident()
        try:
            pipeline = self._builder.build_for(self)
        except RecursionError:
            return  # that of the caller, far down: what lies aside waits for the next one
        except Exception as error:  # noqa: BLE001 - the host's safety
            _guard.swallowed("deferred pipeline", error)
            self._failures += 1
            if self._failures == _MAX_FAILURES:
                self._builder.could_not_build(type(error).__name__)
                self._aside.lose()
            return
        finally:
            self._built_by = None
        if pipeline is not None:
            self.become(pipeline)
            if self.closed:
                pipeline.shutdown(self._timeout_ms)

    def _record(self, signal: Signal, call: Callable[[Recorder], None]) -> None:
        """Have something recorded by the pipeline, which is built for it; never wait for another thread that does."""
        if self._pipeline is not None:
            call(self._pipeline)
        elif self.closed or not self._config.enabled:
            self.ledger.offer(signal, "after_shutdown" if self.closed else "disabled")
        elif self._failures >= _MAX_FAILURES:
            self.ledger.offer(signal, "failed")
        else:
            # First of all, so that it is not lost where a signal handler ends the building with an exception.
            self._aside.put(signal, partial(self._record, signal, call))
            self.build(patience_s=0)

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
    ) -> None:
        """Record an event; see Pipeline.emit()."""
        kept = _kept(data)
        if time_ns is None and self._built_by == get_ident():
            time_ns = self.clock.time_ns()  # for it is recorded later
        self._record("logs", lambda pipeline: pipeline.emit(name, kept, purpose, severity=severity, time_ns=time_ns))

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
        kept = _kept(attributes)
        self._record(
            "metrics", lambda pipeline: pipeline.record(name, value, unit=unit, attributes=kept, purpose=purpose)
        )

    def count(self, name: str, value: float, *, unit: str, attributes: Mapping[str, Any] | None) -> None:
        """Add to a total; see Pipeline.count()."""
        kept = _kept(attributes)
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
        if self._built_by is None:
            self._aside.lose()
        return FlushResult()

    def _begun(self, timeout_ms: float) -> Pipeline | DeferredPipeline | None:
        """Return the pipeline, where there is one, or something waits for it."""
        is_awaited = self._pipeline is None and (self._aside or self._building.locked())
        return self.build(timeout_ms / 1000) if is_awaited else self._pipeline


def _left_ms(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.0) * 1000


def _kept(data: _Data) -> _Data:
    """Return data as it is now: what lies aside is recorded when its caller has gone on."""
    return {**data} if type(data) is dict else data
