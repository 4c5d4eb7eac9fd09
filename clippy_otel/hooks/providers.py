"""The three providers of a pipeline: our own, or somebody's that are joined, signal by signal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider

from clippy_otel import _guard, semconv
from clippy_otel._sdk import providers as sdk_providers
from clippy_otel._version import __version__
from clippy_otel.hooks import heads
from clippy_otel.hooks.coverage import Coverage, SignalCoverage
from clippy_otel.hooks.instruments import Instruments
from clippy_otel.hooks.late import finish
from clippy_otel.hooks.metrics import Metrics
from clippy_otel.hooks.own import OwnLogs, OwnTraces
from clippy_otel.hooks.targets import Targets
from clippy_otel.hooks.tracer import OwnTracerProvider
from clippy_otel.ports import SIGNALS, Signal

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from clippy_otel.hooks.attached import AttachedLogs, AttachedTraces
    from clippy_otel.hooks.intake import Intake
    from clippy_otel.hooks.metrics import Collect
    from clippy_otel.ledger import Column
    from clippy_otel.privacy.redactor import Redactor
    from clippy_otel.scope import Scopes

RELEASE_THREAD_NAME: Final = "clippy_otel-release"
_PROVIDERS: Final[Mapping[Signal, str]] = {
    "spans": "tracer provider",
    "logs": "logger provider",
    "metrics": "meter provider",
}


class Providers:
    """Three providers and the hooks in them. Made for one pipeline at a time; bind() passes them on to the next.

    Args:
        resource: What our own ones are made with, redacted already.
        targets: What to join; None: nothing, all three are our own.
        late: What our own ones are made out of, by signal; None: nothing.

    Attributes:
        targets: What was to be joined; None: nothing.
        given: The providers as they are used: what somebody gave us to join, however it is wrapped, or our own.
    """

    def __init__(
        self, resource: Resource, targets: Targets | None = None, late: Mapping[Signal, object] | None = None
    ) -> None:
        self._resource = resource
        self._reasons: dict[Signal, str] = {}  # why one of our own stands in for one that was to be joined
        self._found: dict[Signal, str] = {}
        self.is_own = targets is None
        self.given: dict[Signal, Any] = {}
        self.targets = targets
        joined = {} if targets is None else {signal: self._find(signal, targets) for signal in SIGNALS}
        self._joined: Mapping[Signal, Any] = joined
        late = {} if late is None or targets is not None else late
        self.traces = _traces(joined.get("spans"), resource, late.get("spans"))
        self.logs = _logs(joined.get("logs"), resource, late.get("logs"))
        self._intake: Intake | None = None
        self.instruments = Instruments(self._meter, self._redactor, book=self._book, on_addition=self._added)
        self.metrics = Metrics(
            self.instruments, provider=joined.get("metrics"), resource=resource, late=late.get("metrics")
        )
        self._name_given()

    def _meter(self) -> Any:
        return self.given["metrics"].get_meter(semconv.DISTRO_NAME, __version__)

    def _redactor(self) -> Redactor | None:
        return None if self._intake is None else self._intake.live.current.redactor

    def _added(self) -> None:
        self.metrics.used()

    def _book(self, column: Column, count: int) -> None:
        if self._intake is not None:
            self._intake.ledger.offer("metrics", column, count)

    def _find(self, signal: Signal, targets: Targets) -> Any:
        """Return the SDK's provider to join; None where there is none."""
        asked = targets.asked(signal)
        found = sdk_providers.sdk_provider(signal, asked)
        if found is not None:
            self.given[signal] = found if sdk_providers.is_placeholder(asked) else asked
            return found
        is_missing = asked is None or sdk_providers.is_placeholder(asked)
        self._found[signal] = "none" if is_missing else type(asked).__name__
        what = "no global one is set" if is_missing else f"a {type(asked).__name__} is not one of the SDK"
        lost = "what others record there is not reached, and what is recorded here goes only where we deliver"
        self._reasons[signal] = f"{_PROVIDERS[signal]}: {what}; {lost}"
        return None

    def bind(
        self, intake: Intake, scopes: Scopes, note: Callable[[Collect], None], resource: Resource | None = None
    ) -> None:
        """Have everything that is recorded go through a pipeline from now on.

        Args:
            intake: The pipeline's.
            scopes: What our own tracer provider puts on spans.
            note: Called with what collects the metrics, once there are any.
            resource: What our own ones go on with; None: as they were made.
        """
        if self.is_own and resource is not None and resource is not self._resource:
            self._resource = resource
            for side in (self.traces, self.logs, self.metrics):
                sdk_providers.replace_resource(side.provider, resource)
        self._intake = intake
        try:
            self.traces.bind(intake, scopes)
        except (AttributeError, TypeError) as error:
            self._cannot_join("spans", error)
            self.traces = OwnTraces(self._resource)
            self.traces.bind(intake, scopes)
        head = self._head()
        intake.rules.sampler.stand_behind(1.0 if head is None else head.weight)
        try:
            self.logs.bind(intake, scopes)
        except (AttributeError, TypeError) as error:
            self._cannot_join("logs", error)
            self.logs = OwnLogs(self._resource)
            self.logs.bind(intake, scopes)
        try:
            self.metrics.bind(intake, note)
        except (AttributeError, TypeError) as error:
            self._cannot_join("metrics", error)
            self.metrics = Metrics(self.instruments, resource=self._resource)
            self.metrics.bind(intake, note)
        self._name_given()

        if self.is_own:  # not before: whoever uses them meanwhile would be recorded without our hooks
            finish(self.traces.provider, OwnTracerProvider)
            finish(self.logs.provider, LoggerProvider)
            finish(self.metrics.provider, MeterProvider)

    def _head(self) -> heads.Head | None:
        """Return what is known of the sampler that stands before ours; None: none does."""
        with _guard.host_safe("sampler"):  # somebody's own may not even describe itself
            return heads.Head.of(self.traces.provider.sampler)
        return heads.Head("a sampler that does not describe itself", None)

    def describe_sampling(self, intake: Intake) -> str:
        """Return how spans are sampled by all samplers together, in words."""
        return heads.describe(self._head(), intake.rules.sampler)

    def stand_aside(self) -> None:
        """Have our own providers pass on what comes: an attachment joins them, as it would join anybody's."""
        for side in (self.traces, self.logs):
            if isinstance(side, (OwnTraces, OwnLogs)):
                side.stand_aside()

    def release(self, timeout_s: float) -> None:
        """Leave others' providers as they were; shut down what others registered with our own, within timeout_s."""
        endings: list[Callable[[], object]] = []
        for side in (self.traces, self.logs, self.metrics):
            with _guard.host_safe("release"):
                endings += side.release()

        def end() -> None:
            for ending in endings:
                with _guard.host_safe("release"):
                    ending()

        if not endings:
            return
        try:
            thread = threading.Thread(target=end, name=RELEASE_THREAD_NAME, daemon=True)
            thread.start()
        except RuntimeError:  # interpreter shutdown: no thread can be started, and nothing bounds what others do
            end()
        else:
            thread.join(max(timeout_s, 0.0))

    def strayed(self) -> tuple[Signal, ...]:
        """Return the signals that are recorded with another provider by now than the one that was joined."""
        targets = self.targets
        return () if targets is None else tuple(s for s in SIGNALS if targets.found(s) is not self._joined[s])

    def coverage(self, intake: Intake) -> Coverage:
        """Return what is reached of the setup."""
        redacts = intake.rules.redactor is not None
        judged = {
            "spans": self.traces.coverage(redacts=redacts, delivered="spans" in intake.delivers),
            "logs": self.logs.coverage(redacts=redacts, delivered="logs" in intake.delivers),
            "metrics": self.metrics.coverage(redacts=redacts, delivered="metrics" in intake.delivers),
        }
        for signal, reason in self._reasons.items():
            delivered = judged[signal].delivered
            judged[signal] = SignalCoverage(self._found[signal], "none", "none", delivered, (reason,))
        for signal in self.strayed():
            reason = f"{_PROVIDERS[signal]}: there is another one by now; join it by calling attach() again"
            judged[signal] = judged[signal]._replace(redacted="none", sampled="none", reasons=(reason,))
        judged["spans"] = heads.sampled(judged["spans"], self._head(), intake.rules.sampler, self.traces.overflowed)
        return Coverage(**judged)

    def _cannot_join(self, signal: Signal, error: Exception) -> None:
        provider = self.given.pop(signal)
        self._found[signal] = type(provider).__name__
        self._reasons[signal] = f"{_PROVIDERS[signal]}: its processor takes no hook ({type(error).__name__})"

    def _name_given(self) -> None:
        made: Mapping[Signal, Any] = {
            "spans": self.traces.provider,
            "logs": self.logs.provider,
            "metrics": self.metrics.provider,
        }
        self.given = {**made, **self.given}


def _traces(found: Any, resource: Resource, late: object | None) -> OwnTraces | AttachedTraces:
    """Return the side of spans: over what is to be joined, or (None) our own."""
    if found is None:
        return OwnTraces(resource, late)
    from clippy_otel.hooks.attached import AttachedTraces  # noqa: PLC0415 - for who joins

    return AttachedTraces(found)


def _logs(found: Any, resource: Resource, late: object | None) -> OwnLogs | AttachedLogs:
    """Return the side of log records, likewise."""
    if found is None:
        return OwnLogs(resource, late)
    from clippy_otel.hooks.attached import AttachedLogs  # noqa: PLC0415 - for who joins

    return AttachedLogs(found)
