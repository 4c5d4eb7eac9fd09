"""Metrics on the caller's thread, against the bare SDK: a histogram's `record()`, and a counter.

Measured is the CPU time of the calling thread alone, as for `track()`; what a round recorded is collected and encoded
after the clock was read. Both sides have one reader, and cumulative temporality. The attribute sets are few, as they
must be in any metric, and each call brings its own mapping.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from benchmarks import sides
from benchmarks.harness import Benchmark, Row, Sides
from clippy_otel.hooks.instruments import Instruments
from clippy_otel.hooks.measurements import redact_measurements
from clippy_otel.hooks.metric_reader import DeliveryReader
from clippy_otel.privacy.redactor import Redactor

_NAME: Final = "request.duration"
_VALUE: Final = 12.5
_COLLECT_TIMEOUT_MS: Final = 60_000
_ROUTES: Final = ("/chat", "/chat/{id}", "/search", "/export", "/users/{id}/documents")
_STATUSES: Final = (200, 201, 404, 500)
_SEED: Final = 20260101

Attributes = list[dict[str, Any]]
Record = Callable[[Attributes], None]


class OurSide(NamedTuple):
    """A provider whose measurements are redacted, with our reader, and a collector's instruments."""

    meter: Meter
    instruments: Instruments
    reader: DeliveryReader


def benchmarks() -> tuple[Benchmark, ...]:
    """Return the benchmarks of this module."""
    rows = (
        ("metric-record", Row("a histogram record, 3 attributes", "us", budget=1.15), _clean, _recorded),
        ("metric-record-dirty", Row("a histogram record, an e-mail address in it", "us"), _dirty, _recorded),
        ("metric-track", Row("a histogram by its name, 3 attributes", "us"), _clean, _tracked),
        ("metric-count", Row("a counter, 3 attributes", "us"), _clean, _counted),
    )
    return tuple(Benchmark(name, (row,), 31, 5_000, _opener(make, records)) for name, row, make, records in rows)


def _clean(rng: random.Random, count: int) -> Attributes:
    return [
        {
            "http.request.method": "GET",
            "http.route": rng.choice(_ROUTES),
            "http.response.status_code": rng.choice(_STATUSES),
        }
        for _ in range(count)
    ]


def _dirty(rng: random.Random, count: int) -> Attributes:
    return [
        {
            "http.request.method": "GET",
            "http.route": rng.choice(_ROUTES),
            "customer": f"customer {rng.randrange(100)}, anna.{rng.randrange(100)}@example.com",
        }
        for _ in range(count)
    ]


def _recorded(ours: OurSide, bare: Meter) -> tuple[Record, Record]:
    """Return what records with the same API on both sides."""
    return _with_histogram(ours.meter), _with_histogram(bare)


def _with_histogram(meter: Meter) -> Record:
    histogram = meter.create_histogram(_NAME, "ms")

    def record_all(attributes: Attributes) -> None:
        record = histogram.record
        for each in attributes:
            record(_VALUE, each)

    return record_all


def _tracked(ours: OurSide, bare: Meter) -> tuple[Record, Record]:
    """Return what records by name on our side, and with the instrument at hand on the bare one."""

    def record_all(attributes: Attributes) -> None:
        record = ours.instruments.record
        for each in attributes:
            record(_NAME, _VALUE, "ms", each)

    return record_all, _with_histogram(bare)


def _counted(ours: OurSide, bare: Meter) -> tuple[Record, Record]:
    """Return what counts by name on our side, and with the instrument at hand on the bare one."""
    counter = bare.create_counter(_NAME)

    def count_ours(attributes: Attributes) -> None:
        add = ours.instruments.add
        for each in attributes:
            add(_NAME, 1, "1", each)

    def count_bare(attributes: Attributes) -> None:
        add = counter.add
        for each in attributes:
            add(1, each)

    return count_ours, count_bare


def _opener(
    make: Callable[[random.Random, int], Attributes], records: Callable[[OurSide, Meter], tuple[Record, Record]]
) -> Callable[[int], contextlib.AbstractContextManager[Sides]]:
    @contextlib.contextmanager
    def opened(calls: int) -> Iterator[Sides]:
        rng = random.Random(_SEED)
        bare_reader = InMemoryMetricReader()
        bare_provider = MeterProvider([bare_reader], resource=Resource.get_empty(), shutdown_on_exit=False)
        with _our_side() as ours_of:
            record_ours, record_bare = records(ours_of, bare_provider.get_meter(_NAME))

            def ours() -> tuple[float]:
                elapsed_us = _timed(record_ours, make(rng, calls))
                if not ours_of.reader.take(_COLLECT_TIMEOUT_MS):
                    raise sides.LostRecordsError("clippy_otel: nothing was collected")
                return (elapsed_us / calls,)

            def bare() -> tuple[float]:
                elapsed_us = _timed(record_bare, make(rng, calls))
                if bare_reader.get_metrics_data() is None:
                    raise sides.LostRecordsError("bare SDK: nothing was collected")
                return (elapsed_us / calls,)

            yield Sides(ours, bare)
        bare_provider.shutdown()

    return opened


@contextlib.contextmanager
def _our_side() -> Iterator[OurSide]:
    redactor = Redactor()
    instruments = Instruments(lambda: provider.get_meter(_NAME), lambda: redactor, book=_refuse_loss)
    reader = DeliveryReader(book=_refuse_loss, flush=lambda _timeout_ms: True, collecting=instruments.collecting)
    provider = MeterProvider([reader], resource=Resource.get_empty(), shutdown_on_exit=False)
    undo = redact_measurements(provider, redactor=lambda: redactor)
    try:
        yield OurSide(provider.get_meter(_NAME), instruments, reader)
    finally:
        undo()
        instruments.close()
        provider.shutdown()


def _refuse_loss(column: str, count: int) -> None:
    raise sides.LostRecordsError(f"clippy_otel: {count} points {column}")


def _timed(record: Record, attributes: Attributes) -> float:
    """Return the microseconds of CPU that this thread takes to record."""
    start_ns = time.thread_time_ns()
    record(attributes)
    return (time.thread_time_ns() - start_ns) / 1000
