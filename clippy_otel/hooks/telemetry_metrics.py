"""The metrics about the pipeline itself: `clippy.telemetry.records` and `clippy.spool.size`, read from its books.

Shown where metrics are collected anyhow, from the first collection on: a pipeline without any stays without. What
became of metric points that were delivered is not among them, for that would count what it counts itself.

A meter outlives its pipeline: the next one goes on with the totals, so that none runs backwards. It holds no pipeline
alive. A forked child starts at zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from clippy_otel import _fork, _guard, semconv
from clippy_otel.ledger import COLUMNS
from clippy_otel.observables import PerMeter, Sources

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation

    from clippy_otel.delivery.worker import Worker
    from clippy_otel.hooks.binding import Binding
    from clippy_otel.hooks.metrics import Collect
    from clippy_otel.ledger import Ledger
    from clippy_otel.ports import QueueItem

# What records come from, and where they are for a while, is no outcome.
_OUTCOMES: Final = tuple(name for name in COLUMNS if name not in ("offered", "adopted", "pending", "spooled"))
_OWN: Final = frozenset({("metrics", "exported"), ("metrics", "handed_over")})
_RECORDS: Final = "What became of the records of each signal"
_SPOOL: Final = "What waits on disk to be delivered"


class TelemetryMetrics:
    """The metrics about one pipeline.

    Args:
        ledger: Its books.
        worker: Its delivery.

    Attributes:
        binding: Its hold on the meter that they are shown on.
    """

    def __init__(self, ledger: Ledger, worker: Worker) -> None:
        self.binding: Binding | None = None
        self._ledger = ledger
        self._worker = worker
        self._collect: Collect | None = None
        self._observed: Collect | None = None
        self._shown: _Shown | None = None

    def note(self, collect: Collect) -> None:
        """Have these metrics collected with the others from now on, given what collects those."""
        if self._observed is None or self._collect != collect:

            def collect_with_own(timeout_ms: float) -> Sequence[QueueItem]:
                self._show()
                return collect(timeout_ms)

            self._collect, self._observed = collect, collect_with_own
        self._worker.collect_metrics(self._observed)

    def close(self) -> None:
        """Show no more changes; the totals stay on the meter. Its provider is let go of."""
        self.binding = self._collect = self._observed = None
        if self._shown is not None:
            self._shown.leave(self)

    def totals(self) -> dict[tuple[str, str], int]:
        """Return how many records of each signal had each outcome, of those that any had."""
        rows = self._ledger.own_rows().items()
        found = {(signal, name): getattr(row, name) for signal, row in rows for name in _OUTCOMES}
        return {key: count for key, count in found.items() if count and key not in _OWN}

    def spool_bytes(self) -> int | None:
        """Return the size of its spool; None where it has none."""
        size = self._worker.spool_size()
        return None if size is None else size.bytes

    def _show(self) -> None:
        if self._shown is None and self.binding is not None:
            with _guard.host_safe("telemetry metrics"):
                self._shown = _shared.on(self.binding.meter)
                self._shown.add(self)


class _Shown:
    """Whose books the instruments of one meter show."""

    def __init__(self) -> None:
        self._pipelines: Sources[TelemetryMetrics] = Sources()
        self._left: Counter[tuple[str, str]] = Counter()
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Leave the parent's totals to the parent."""
        self._left = Counter()

    def add(self, pipeline: TelemetryMetrics) -> None:
        self._pipelines.add(pipeline)

    def leave(self, pipeline: TelemetryMetrics) -> None:
        if self._pipelines.remove(pipeline):
            self._left.update(pipeline.totals())

    def records(self, _options: CallbackOptions) -> Iterable[Observation]:
        from opentelemetry.metrics import Observation  # noqa: PLC0415 - whoever collects has loaded it

        totals = Counter(self._left)
        for pipeline in self._pipelines.live():
            totals.update(pipeline.totals())
        return [
            Observation(count, {semconv.SIGNAL: signal, semconv.OUTCOME: outcome})
            for (signal, outcome), count in totals.items()
        ]

    def spool(self, _options: CallbackOptions) -> Iterable[Observation]:
        from opentelemetry.metrics import Observation  # noqa: PLC0415 - likewise

        sizes = [size for pipeline in self._pipelines.live() if (size := pipeline.spool_bytes()) is not None]
        return [Observation(sum(sizes))] if sizes else []


def _show(meter: Meter, shown: _Shown) -> None:
    name = semconv.METRIC_TELEMETRY_RECORDS
    meter.create_observable_counter(name, [shown.records], unit="{record}", description=_RECORDS)
    meter.create_observable_gauge(semconv.METRIC_SPOOL_SIZE, [shown.spool], unit="By", description=_SPOOL)


_shared: Final[PerMeter[_Shown]] = PerMeter(_Shown, _show)
