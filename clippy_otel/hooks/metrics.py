"""A meter provider, our own or somebody's that is joined: redacted measurements, and a reader for our delivery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics import MeterProvider

from clippy_otel import _exit, _fork
from clippy_otel._sdk import metrics as sdk_metrics
from clippy_otel.hooks.coverage import SignalCoverage, judged
from clippy_otel.hooks.late import made
from clippy_otel.hooks.measurements import REFUSED, Refusal, redact_measurements
from clippy_otel.hooks.metric_origins import MetricOrigins
from clippy_otel.hooks.metric_reader import DeliveryReader
from clippy_otel.ports import QueueItem

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from clippy_otel.hooks.instruments import Instruments
    from clippy_otel.hooks.intake import Endings, Intake
    from clippy_otel.ledger import Column
    from clippy_otel.privacy.redactor import Redactor

Collect = Callable[[float], Sequence[QueueItem]]


class Metrics:
    """A meter provider whose measurements are redacted before they are aggregated.

    Args:
        instruments: What this package's own metrics are recorded with.
        provider: Somebody's, of the SDK; None: one of our own is made.
        resource: Of our own one, redacted already.
        late: What our own one is made out of; None: nothing.
    """

    def __init__(
        self,
        instruments: Instruments,
        *,
        provider: MeterProvider | None = None,
        resource: Resource | None = None,
        late: object | None = None,
    ) -> None:
        self._instruments = instruments
        self._is_own = provider is None
        self._intake: Intake | None = None
        self._note: Callable[[Collect], None] | None = None
        self._undo: Callable[[], None] | None = None
        self._origins: MetricOrigins | None = None
        self._reader: DeliveryReader | None = None
        self._is_used = self._is_on = False
        if provider is None:
            self._reader = self._make_reader()
            provider = made(late, MeterProvider, [self._reader], resource=resource, shutdown_on_exit=False)
        self.provider = provider
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Have nothing collected in the child before there is something."""
        self._is_used = False

    def bind(self, intake: Intake, note: Callable[[Collect], None]) -> None:
        """Work for a pipeline from now on.

        Args:
            intake: The pipeline's.
            note: Called with what collects, once there is something to be collected.
        """
        self._intake, self._note = intake, note
        if self._reader is None and "metrics" in intake.delivers:
            self._reader = self._make_reader()
            self.provider.add_metric_reader(self._reader)
        if self._origins is None:
            self._origins = MetricOrigins(self.provider, redactor=self._redactor, book=self._book)
        if self._undo is None:
            self._undo = redact_measurements(
                self.provider,
                redactor=self._redactor_now,
                on_failure=self._dropped,
                on_measurement=self.used,
            )
        if self._is_used:  # which is said once a process
            self.used()

    def used(self) -> None:
        """Have metrics collected from now on: called at the first measurement."""
        self._is_used = True
        if self._note is None or self._intake is None:
            return
        if self._reader is not None and "metrics" in self._intake.delivers:
            self._note(self._take)
        else:
            self._note(self._observe)

    def _take(self, timeout_ms: float) -> Sequence[QueueItem]:
        """Collect; while telemetry is turned off once only, for what was recorded before."""
        was_on, self._is_on = self._is_on, self._intake is None or self._intake.rules.config.enabled
        if self._reader is None or not (was_on or self._is_on):
            return ()
        return self._reader.take(timeout_ms)

    def _observe(self, timeout_ms: float) -> Sequence[QueueItem]:  # noqa: ARG002 - as take()
        """Collect nothing, but have the readers of others see the counters that are new."""
        self._instruments.observe_new()
        return ()

    def release(self) -> Endings:
        """Leave somebody's provider as it was; return what shuts down the readers that others added to ours.

        At the interpreter's exit it is left redacted: its readers collect a last time after us.
        """
        if self._is_own:
            return [partial(self._end, reader) for reader in self._other_readers()]
        if not _exit.has_begun():
            self._instruments.close()
            if self._undo is not None:
                self._undo()
            if self._origins is not None:
                self._origins.undo()
        if self._reader is not None:
            self.provider.remove_metric_reader(self._reader)
        return ()

    def coverage(self, *, redacts: bool, delivered: bool) -> SignalCoverage:
        """Return what is covered."""
        return judged(self.provider, hooked=self._undo is not None, redacts=redacts, delivered=delivered, reasons=())

    def _make_reader(self) -> DeliveryReader:
        return DeliveryReader(book=self._book, flush=self._flush, collecting=self._instruments.collecting)

    def _end(self, reader: Any) -> None:
        """Shut a reader down, which collects for the last time, and forget it."""
        try:
            reader.shutdown()
        finally:
            sdk_metrics.forget_metric_reader(self.provider, reader)

    def _other_readers(self) -> list[Any]:
        return [reader for reader in sdk_metrics.metric_readers(self.provider) if reader is not self._reader]

    def _redactor(self) -> Redactor | None:
        return None if self._intake is None else self._intake.live.current.redactor

    def _redactor_now(self) -> Redactor | Refusal | None:
        """Return the redactor of a measurement, or that none is recorded: in providers of ours, while turned off."""
        intake = self._intake
        if intake is None:
            return None
        rules = intake.live.current
        if rules.config.enabled or not intake.owns:
            return rules.redactor
        self._book("disabled", 1)
        return REFUSED

    def _dropped(self) -> None:
        self._book("redaction_failed", 1)

    def _book(self, column: Column, count: int) -> None:
        if self._intake is not None:
            self._intake.ledger.offer("metrics", column, count)

    def _flush(self, timeout_ms: float) -> bool:
        return self._intake is None or self._intake.flush(timeout_ms)
