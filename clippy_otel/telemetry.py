"""configure, attach and get_telemetry: a pipeline and the parts on it, put together.

One process-wide Telemetry exists from the start, on a pipeline that does nothing, so that it can be taken at import;
configure() and attach() swap the pipeline in it; that of configure() is built when something is first recorded, where
nothing of it is needed before. Isolated ones (tests, a TelemetryCollector alone) are objects of their
own.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel import _fork, _guard, components
from clippy_otel._sdk import providers as sdk_providers
from clippy_otel.collector import TelemetryCollector
from clippy_otel.components import ComponentOptions, Components
from clippy_otel.config import TelemetryConfig, resolve
from clippy_otel.deferred import DeferredPipeline, anchored, may_wait
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.hooks.targets import Targets
from clippy_otel.idle import IdlePipeline
from clippy_otel.ports import SIGNALS
from clippy_otel.rights import PrivacyRights
from clippy_otel.waiting import wait_for

if TYPE_CHECKING:
    from types import TracebackType

    from opentelemetry._logs import LoggerProvider
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Tracer, TracerProvider

    from clippy_otel.analytics import UsageAnalytics
    from clippy_otel.collector import AnyPipeline
    from clippy_otel.errors import ErrorTracking
    from clippy_otel.health import HealthCheck
    from clippy_otel.hooks.coverage import Coverage
    from clippy_otel.hooks.late import Prepared
    from clippy_otel.hooks.providers import Providers
    from clippy_otel.ledger import FlushResult
    from clippy_otel.performance import PerformanceMetrics
    from clippy_otel.pipeline import Pipeline
    from clippy_otel.ports import Signal, Transport
    from clippy_otel.scope import Scope, Scopes

REPLACE_TIMEOUT_MS: Final = 5000


class Setup(NamedTuple):
    """What a Telemetry was configured or attached with."""

    config: TelemetryConfig
    targets: Targets | None = None  # of attach(); None: providers of our own
    delivers: bool = True
    components: ComponentOptions = ComponentOptions()
    captures_unhandled: bool = False  # whether errors that nobody handles are recorded
    without_code: bool = False  # attached by OpenTelemetry's auto-instrumentation
    taken_over: bool = False  # by the application since, with settings of its own

    @property
    def is_provisional(self) -> bool:
        """Whether the application has said nothing yet, so that whatever it says holds."""
        return self.without_code and not self.taken_over


class Telemetry:
    """The parts of the package over one pipeline. A context manager, sync and async: leaving it shuts it down.

    Attributes:
        collector: Events, errors and metrics.
        privacy: Consent, pseudonyms, and the redactor.
        components: What `performance`, `analytics`, `errors` and `health` are made by.
        setup: What configure() or attach() made it with, before any update_config(); None before that.
        lock: Under which it is configured, and its pipeline built.
        failure: What did not go as it was asked for, where nobody could be told by an exception; None: nothing.
    """

    def __init__(self, pipeline: Pipeline | None = None) -> None:
        self._pipeline: AnyPipeline = pipeline or IdlePipeline()
        self.lock = threading.RLock()
        self._made_by: int | None = None  # the thread that is making a pipeline, and providers with it
        self.setup: Setup | None = None
        self.failure: str | None = None
        self._own: Providers | None = None
        self._prepared: Prepared | None = None  # what our own are made out of
        self.collector = TelemetryCollector.over(self._pipeline)
        self.components = Components(self.collector)
        self.privacy = PrivacyRights(self.collector)
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Take a new lock in the child: a thread of the parent may have been configuring."""
        self.lock = threading.RLock()
        if self._prepared is not None:
            self._prepared = self._prepared._replace(resource=None)

    @property
    def config(self) -> TelemetryConfig:
        """The configuration in force; before configure() a disabled one."""
        return self._pipeline.config

    @property
    def performance(self) -> PerformanceMetrics:
        """Timings, AI operations, web vitals and the process's resources."""
        return self.components.performance

    @property
    def analytics(self) -> UsageAnalytics:
        """Features, conversations, providers, suggestions and sessions; its statistics begin when it is first used."""
        return self.components.analytics

    @property
    def errors(self) -> ErrorTracking:
        """Errors, their groups, and what led to them."""
        return self.components.errors

    @property
    def health(self) -> HealthCheck:
        """The services that this process depends on."""
        return self.components.health

    @property
    def scopes(self) -> Scopes:
        """What holds its scopes."""
        return self._pipeline.scopes

    def scope(
        self,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        conversation_id: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Scope:
        """Return a scope for one logical piece of work: use it with `with`, `async with` or as a decorator.

        Args:
            user_id: Whose work it is; leaves the process as a keyed pseudonym. None: that of the scope around it.
            session_id: A session known from outside (a browser's); None: that of the scope around it.
            conversation_id: Becomes `gen_ai.conversation.id`; None: that of the scope around it.
            attributes: Put on everything recorded in the scope, redacted like any data; None: none.
        """
        return self._pipeline.scopes.open(
            user_id=user_id,
            session_id=session_id,
            conversation_id=conversation_id,
            attributes=attributes,
        )

    def current_scope(self) -> Scope:
        """Return the innermost scope that is open here, else the process-wide one."""
        return self._pipeline.scopes.current()

    @property
    def tracer_provider(self) -> TracerProvider:
        """OpenTelemetry's tracer provider, our own or the one that is joined; before configure() one without effect."""
        provider: TracerProvider = self._pipeline.provider("spans")
        return provider

    @property
    def logger_provider(self) -> LoggerProvider:
        """Its logger provider, likewise."""
        provider: LoggerProvider = self._pipeline.provider("logs")
        return provider

    @property
    def meter_provider(self) -> MeterProvider:
        """Its meter provider, likewise."""
        provider: MeterProvider = self._pipeline.provider("metrics")
        return provider

    @property
    def tracer(self) -> Tracer:
        """A tracer of this package's own scope; before configure() and after shutdown() one that does nothing."""
        return self._pipeline.tracer

    def coverage(self) -> Coverage:
        """Return what of each signal is redacted, sampled and delivered, and what is not and why."""
        coverage = self._pipeline.coverage()
        return coverage if self.failure is None else coverage.despite(self.failure)

    def prepare(self) -> None:
        """Do now, once, what the first record does otherwise: load and build what redacts, encodes and delivers.

        It takes 60 ms, with RE2 150 ms: for a server that is to answer its first request as fast as the others. Not
        needed before a fork, which does it by itself. Idempotent; before configure() it does nothing.
        """
        self.ensure_built()

    def flush(self, timeout_ms: float = 5000) -> FlushResult:
        """See TelemetryCollector.flush()."""
        return self.collector.flush(timeout_ms)

    async def aflush(self, timeout_ms: float = 5000) -> FlushResult:
        """Do what flush() does without blocking the event loop."""
        return await self.collector.aflush(timeout_ms)

    def shutdown(self, timeout_ms: float = 5000) -> FlushResult:
        """See TelemetryCollector.shutdown(); then the components end, whose last metrics have been collected by it."""
        result = self.collector.shutdown(timeout_ms)
        with _guard.host_safe("components"):
            self.components.shutdown()
        return result

    async def ashutdown(self, timeout_ms: float = 5000) -> FlushResult:
        """Do what shutdown() does without blocking the event loop."""
        return await wait_for(partial(self.shutdown, timeout_ms))

    def __enter__(self) -> Telemetry:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.shutdown()

    async def __aenter__(self) -> Telemetry:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.ashutdown()

    def is_running(self) -> bool:
        """Return whether this telemetry was configured and not shut down."""
        return not isinstance(self._pipeline, IdlePipeline) and not self._pipeline.closed

    def is_own(self, provider: object) -> bool:
        """Return whether a provider is one that configure() has made."""
        given = () if self._own is None else self._own.given.values()
        late = {} if self._prepared is None else self._prepared.providers
        return any(provider is own for own in (*given, *late.values()))

    def has_strayed(self) -> bool:
        """Return whether what was joined has been replaced by others since."""
        joined = self._bound()
        return joined is not None and bool(joined.strayed())

    def _bound(self) -> Providers | None:
        """Return the providers, where there is a pipeline that has any."""
        pipeline = self._pipeline
        return None if isinstance(pipeline, (IdlePipeline, DeferredPipeline)) else pipeline.binding.providers

    def _joined(self, targets: Targets) -> Providers | None:
        """Return the providers, where these targets are what is joined now."""
        providers = self._bound()
        if providers is None or not self.is_running() or self.has_strayed():
            return None
        return providers if providers.targets == targets else None

    def rebind(self, setup: Setup) -> None:
        """Go on over a new pipeline, in the scopes that are open now; the old one is shut down.

        Providers of our own go over to it: OpenTelemetry's global ones cannot be replaced. So do those that are joined
        already, all three or some of them: there is no moment in which what they record is not redacted.
        """
        if isinstance(self._pipeline, DeferredPipeline):
            self._pipeline.settle()
            if setup.targets is not None and isinstance(self._pipeline, DeferredPipeline):
                self._pipeline.build()  # its providers may be what is joined
        old = self._pipeline
        before = old.before if isinstance(old, DeferredPipeline) else old  # with which something may be recorded
        if isinstance(before, IdlePipeline) and setup.targets is None and may_wait(setup.config):
            self._prepare(setup.config)
            new: Pipeline | DeferredPipeline = DeferredPipeline(anchored(setup.config), before, self)
        else:
            new = self._made(setup, before)
        self._go_on(new, setup)
        if isinstance(old, DeferredPipeline):
            old.become(new)
        else:
            old.shutdown(REPLACE_TIMEOUT_MS)

    def _prepare(self, config: TelemetryConfig) -> None:
        """Make what has to be there from configure() on."""
        from clippy_otel.hooks.late import Prepared, late_providers  # noqa: PLC0415 - the SDK, for who configures
        from clippy_otel.resource import make_resource  # noqa: PLC0415 - likewise

        providers = late_providers(self) if self._prepared is None else self._prepared.providers
        self._prepared = Prepared(make_resource(config), providers)

    def _made(self, setup: Setup, before: Pipeline | IdlePipeline) -> Pipeline:
        """Return a new pipeline that goes on from another one."""
        from clippy_otel.kept import Kept  # noqa: PLC0415 - 60 ms with the pipeline, where there is to be one
        from clippy_otel.pipeline import Pipeline  # noqa: PLC0415 - likewise

        going_on = self._own if setup.targets is None else self._joined(setup.targets)
        left: Providers | None = None
        if setup.targets is not None and going_on is None:
            left = self._shut_down_hooked()
            if self._own is not None:
                self._own.stand_aside()
        transports: Mapping[Signal, Transport] | None = None if setup.delivers else {}
        kept = Kept.on_disk(setup.config, delivers=setup.delivers)
        providers = going_on or setup.targets
        self._made_by = threading.get_ident()
        try:
            prepared = None if self._prepared is None else self._prepared._replace(resource=None)
            pipeline = Pipeline(
                setup.config, before=before, providers=providers, transports=transports, kept=kept, prepared=prepared
            )
            if setup.targets is None:
                self._own = pipeline.binding.providers
        finally:
            self._made_by = None
            if left is not None:
                left.release(0)
        if going_on is not None:
            before.let_go_of(going_on)
        return pipeline

    def _go_on(self, pipeline: Pipeline | DeferredPipeline, setup: Setup) -> None:
        self._pipeline, self.setup, self.failure = pipeline, setup, None
        self.collector.rebind(pipeline)
        self.components.apply(setup.components, captures_unhandled=setup.captures_unhandled)

    def _shut_down_hooked(self) -> Providers | None:
        """Shut the pipeline down; return the providers that it has joined, still hooked, or None where there are none.

        Some of them may be joined anew: until the new hooks stand before the old ones, these go on redacting.
        """
        providers = self._bound() if self.is_running() else None
        if providers is not None:
            self._pipeline.let_go_of(providers)
        self._pipeline.shutdown(REPLACE_TIMEOUT_MS)
        return providers

    def build_for(self, deferred: DeferredPipeline) -> Pipeline:
        """Build the pipeline that something is asked of, and put it in place; meanwhile nobody configures."""
        from clippy_otel.kept import Kept  # noqa: PLC0415 - as above
        from clippy_otel.pipeline import Pipeline  # noqa: PLC0415 - likewise

        self._made_by = threading.get_ident()
        try:
            kept = Kept.on_disk(deferred.config, ledger=deferred.ledger)
            pipeline = Pipeline(deferred.config, before=deferred.before, kept=kept, prepared=self._prepared)
            pipeline.name = deferred.name
            self._own = pipeline.binding.providers
        finally:
            self._made_by = None
        self.collector.rebind(pipeline)
        self._pipeline = pipeline
        return pipeline

    def could_not_build(self, reason: str) -> None:
        """Say in coverage() that nothing is recorded."""
        self.failure = f"nothing is recorded: its pipeline could not be built ({reason})"

    def provider(self, signal: Signal) -> Any:
        """Return a provider of our own before there is a pipeline."""
        return None if self._prepared is None else self._prepared.providers[signal]

    def is_making(self) -> bool:
        """Return whether this is the thread that is making a pipeline."""
        return self._made_by == threading.get_ident()

    def ensure_built(self) -> bool:
        """Return whether there is a pipeline behind our late providers, built now if there was none."""
        if self.is_making():
            return False
        while isinstance(deferred := self._pipeline, DeferredPipeline):
            if deferred.build() is None and deferred is self._pipeline:
                return False
        return True

    def once_built(self, signal: Signal | None, call: Callable[[], object]) -> None:
        """Call something that records a signal (None: nothing) once there is a pipeline, which is built for it."""
        pipeline = self._pipeline
        if isinstance(pipeline, DeferredPipeline):
            pipeline.later(signal, call)
        else:
            call()

    def lost(self, signal: Signal) -> None:
        """Book a record that there was nothing to take."""
        self._pipeline.ledger.offer(signal, "failed")


_process: Final = Telemetry()


def get_telemetry() -> Telemetry:
    """Return the process's Telemetry. It may be taken at import: until configure() its parts do nothing."""
    return _process


def configure(
    service_name: str | None = None,
    *,
    config: TelemetryConfig | Mapping[str, Any] | None = None,
    set_global: bool = True,
    replace: bool = False,
    **settings: Any,
) -> Telemetry:
    """Configure the process's telemetry, with OpenTelemetry providers of its own, and return it.

    Arguments win over `CLIPPY_OTEL_*`, which win over `OTEL_*`, which win over the defaults; `OTEL_SDK_DISABLED=true`
    and `CLIPPY_OTEL_ENABLED=false` win over all of them.

    Where telemetry was attached without code (under `opentelemetry-instrument`), the settings are applied to that.

    Args:
        service_name: The name of the service; None: `OTEL_SERVICE_NAME`, else `unknown_service:python`.
        config: The base that the settings override; None: the environment and the defaults.
        set_global: Whether the three providers become OpenTelemetry's global ones.
        replace: Shut down what runs with other settings and go on with these (implied in a notebook). The providers
            stay the same objects: what was instrumented before goes on with the new settings.
        **settings: Fields of TelemetryConfig, and the components' options: `performance=PerformanceOptions(...)`,
            `analytics=`, `errors=`, `health=`.

    Returns:
        The process's Telemetry, the same object every time.

    Raises:
        ConfigurationError: A setting is unknown or impossible; other settings are in force and replace is False; or
            OpenTelemetry's global providers are somebody else's, to be joined with attach().
    """
    options, settings = components.split(settings)
    resolved = resolve(service_name, config=config, **settings)
    telemetry = _process
    with telemetry.lock:
        running = telemetry.setup if telemetry.is_running() else None
        wanted = Setup(resolved, components=options, captures_unhandled=True)
        if running is not None and running.without_code:
            wanted = wanted._replace(targets=running.targets, delivers=False, without_code=True, taken_over=True)
        if running == wanted:
            return telemetry
        if not (running is None or running.is_provisional or replace or _in_notebook()):
            raise ConfigurationError(
                "configure: already configured with other settings; configure once, change live settings with "
                "update_config(), or pass replace=True to start over"
            )
        set_global = set_global and wanted.targets is None
        if set_global:
            _check_globals(telemetry)
        telemetry.rebind(wanted)
        if set_global:
            _set_globals(telemetry)
        return telemetry


def attach(
    *,
    tracer_provider: TracerProvider | None = None,
    logger_provider: LoggerProvider | None = None,
    meter_provider: MeterProvider | None = None,
    config: TelemetryConfig | Mapping[str, Any] | None = None,
    deliver: bool = False,
    capture_unhandled: bool = False,
    **settings: Any,
) -> Telemetry:
    """Join an OpenTelemetry setup that exists: what it exports from now on is redacted, and sampled as configured.

    Nothing is replaced: the hooks stand before all processors of the providers, also those registered later, for
    tracers, loggers and meters made before too. After shutdown() the setup is as it was. `coverage()` of what is
    returned says what could not be reached. What is recorded with this package goes where the setup exports to.

    Args:
        tracer_provider: The one to join; None: the global one. Where that is none of the SDK, one of our own is used
            instead, which is not made global.
        logger_provider: Likewise.
        meter_provider: Likewise.
        config: The base that the settings override; None: the environment and the defaults.
        deliver: Whether our own delivery joins their exporters.
        capture_unhandled: Whether errors that nobody handles are recorded.
        **settings: Fields of TelemetryConfig and the components' options, as in configure().

    Returns:
        The process's Telemetry, the same object every time.

    Raises:
        ConfigurationError: A setting is unknown or impossible, or other settings or providers are in force.
    """
    options, settings = components.split(settings)
    resolved = resolve(config=config, delivers=deliver, **settings)
    targets = Targets(tracer_provider, logger_provider, meter_provider)
    return join(Setup(resolved, targets, delivers=deliver, components=options, captures_unhandled=capture_unhandled))


def join(wanted: Setup) -> Telemetry:
    """Attach the process's telemetry; see attach()."""
    telemetry = _process
    with telemetry.lock:
        running = telemetry.setup if telemetry.is_running() else None
        if running != wanted or telemetry.has_strayed():
            if running not in (None, wanted) and not running.is_provisional:
                raise ConfigurationError(
                    "attach: telemetry is configured or attached already, with other settings; shut it down first"
                )
            telemetry.rebind(wanted)
        return telemetry


def _check_globals(telemetry: Telemetry) -> None:
    """Raise where OpenTelemetry's global providers are somebody else's."""
    for signal in SIGNALS:
        found = sdk_providers.global_provider(signal)
        if found is not None and not telemetry.is_own(found):
            raise ConfigurationError(
                f"configure: OpenTelemetry's global {type(found).__name__} was set by somebody else; join that setup"
                " with clippy_otel.attach(), or leave it alone with configure(set_global=False)"
            )


def _set_globals(telemetry: Telemetry) -> None:
    from opentelemetry import _logs, metrics, trace  # noqa: PLC0415 - where they are set

    if sdk_providers.global_provider("spans") is None:
        trace.set_tracer_provider(telemetry.tracer_provider)
    if sdk_providers.global_provider("logs") is None:
        _logs.set_logger_provider(telemetry.logger_provider)
    if sdk_providers.global_provider("metrics") is None:
        metrics.set_meter_provider(telemetry.meter_provider)


def _in_notebook() -> bool:
    return "ipykernel" in sys.modules
