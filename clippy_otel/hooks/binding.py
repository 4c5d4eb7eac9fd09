"""A pipeline's hold on its OpenTelemetry providers: made when first needed, joined, passed on, let go.

What it knows of the SDK is imported with the first provider: a pipeline whose events alone are used needs none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from opentelemetry import trace

from clippy_otel import _fork, _guard, semconv
from clippy_otel._version import __version__

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

    from clippy_otel.hooks.instruments import Instruments
    from clippy_otel.hooks.intake import Intake
    from clippy_otel.hooks.logging_bridge import AddBreadcrumb
    from clippy_otel.hooks.metrics import Collect
    from clippy_otel.hooks.outlet import EventOutlet
    from clippy_otel.hooks.providers import Providers
    from clippy_otel.hooks.source import Source
    from clippy_otel.hooks.targets import Targets
    from clippy_otel.ports import Signal
    from clippy_otel.scope import Scopes


class Binding:
    """The providers of one pipeline.

    Args:
        intake: The way into the pipeline.
        scopes: What our own tracer provider puts on spans.
        source: Where the resource of our own providers comes from.
        note: Called with what collects the metrics, once there are any.
        targets: Providers of others to join; None: our own are made.
        late: What our own are made out of, by signal; None: nothing.

    Attributes:
        outlet: Where events go beside our delivery; None while there are no providers.
        instruments: What metrics of this package's own API are recorded with; None likewise.
    """

    def __init__(
        self,
        intake: Intake,
        scopes: Scopes,
        source: Source,
        *,
        note: Callable[[Collect], None],
        targets: Targets | None,
        late: Mapping[Signal, object] | None = None,
    ) -> None:
        self._intake = intake
        self._scopes = scopes
        self._source = source
        self._note = note
        self._targets = targets
        self._late = late
        self._making = threading.RLock()
        self._providers: Providers | None = None
        self._is_handed_on = False
        self._tracer: trace.Tracer | None = None
        self._unbridge: Callable[[], None] | None = None
        self.outlet: EventOutlet | None = None
        self.instruments: Instruments | None = None
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Take a new lock in the child: a thread of the parent may have been making providers."""
        self._making = threading.RLock()

    @property
    def providers(self) -> Providers:
        """The providers; made now where there are none."""
        return self._providers or self.bind(None)

    @property
    def tracer(self) -> trace.Tracer:
        """The tracer for spans of this package's own API; one that does nothing after the shutdown."""
        if self._tracer is None:
            if self._intake.closed:
                return trace.NoOpTracer()
            tracer: trace.Tracer = self.providers.given["spans"].get_tracer(semconv.DISTRO_NAME, __version__)
            self._tracer = tracer
        return self._tracer

    @property
    def meter(self) -> Meter:
        """The meter for observable instruments of this package's own API."""
        meter: Meter = self.providers.given["metrics"].get_meter(semconv.DISTRO_NAME, __version__)
        return meter

    def bind(self, providers: Providers | None) -> Providers:
        """Have what is recorded with providers come into the pipeline; None: with those to join, or new ones."""
        from clippy_otel.hooks.outlet import EventOutlet  # noqa: PLC0415 - the SDK of all signals
        from clippy_otel.hooks.providers import Providers  # noqa: PLC0415 - likewise

        with self._making:
            if self._providers is None:
                resource = self._source.resource()
                made = providers or Providers(resource, self._targets, self._late)
                made.bind(self._intake, self._scopes, self._note, resource)
                self.outlet = EventOutlet(made.logs, self._intake)
                self.instruments = made.instruments
                self._providers = made
                self.say_sampling()
            return self._providers

    def say_sampling(self) -> None:
        """Log how spans are sampled, with `debug`, where there are providers."""
        if self._providers is not None and self._intake.rules.config.debug:
            _guard.logger.debug("spans: %s", self._providers.describe_sampling(self._intake))

    def bridge_logging(self, level: int | str, add_breadcrumb: AddBreadcrumb) -> None:
        """Record Python's `logging` too, from a level on."""
        from clippy_otel.hooks import logging_bridge  # noqa: PLC0415 - for who bridges

        get_logger = self.providers.given["logs"].get_logger
        bridge = logging_bridge.LoggingBridge(level, logger=get_logger, add_breadcrumb=add_breadcrumb)
        logging_bridge.install(bridge)
        self._unbridge = partial(logging_bridge.remove, bridge)

    def unbridge_logging(self) -> None:
        """Leave Python's `logging` as it was."""
        unbridge, self._unbridge = self._unbridge, None
        if unbridge is not None:
            unbridge()

    def erase_held(self) -> None:
        """Forget the spans that wait for the end of their trace."""
        if self._providers is not None:
            self._providers.traces.erase_held()

    def let_go_of(self, providers: Providers) -> None:
        """Leave these providers, where it has them, to another pipeline: release() will not end them."""
        if self._providers is providers:
            self._is_handed_on = True

    def release(self, timeout_s: float) -> None:
        """Leave others' providers as they were, and shut down what others registered with our own."""
        if self._providers is not None:
            self._tracer = None
            if not self._is_handed_on:
                self._providers.release(timeout_s)
