"""Meter providers and readers: measurements on their way, and what readers hold of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from time import time_ns
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.context import get_current

from clippy_otel._sdk.attributes import are_plain
from clippy_otel._sdk.methods import is_sdks_own

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader, MetricsData

Record = Callable[[float, "Mapping[str, Any] | None"], None]
_new: Final = object.__new__


class _Observed:
    """An asynchronous instrument whose measurements are passed through a function."""

    __slots__ = ("_instrument", "_observed")

    def __init__(self, instrument: Any, observed: Callable[[Any], Any]) -> None:
        self._instrument = instrument
        self._observed = observed

    def callback(self, options: Any) -> Iterator[Any]:
        for measurement in self._instrument.callback(options):
            passed = self._observed(measurement)
            if passed is not None:
                yield passed


class _ObservedInstruments:
    """The asynchronous instruments of a provider, as its collections see them: whoever adds one adds it to the list."""

    __slots__ = ("_added", "_instruments", "_observed")

    def __init__(self, instruments: list[Any], observed: Callable[[Any], Any], added: Callable[[], None]) -> None:
        self._instruments = instruments
        self._observed = observed
        self._added = added

    def __iter__(self) -> Iterator[_Observed]:
        return (_Observed(instrument, self._observed) for instrument in self._instruments)

    def append(self, instrument: Any) -> None:
        self._instruments.append(instrument)
        self._added()


def intercept_measurements(
    provider: Any, *, recorded: Callable[[Any], Any], observed: Callable[[Any], Any], added: Callable[[], None]
) -> Callable[[], None]:
    """Pass all measurements of an SDK MeterProvider through functions, before exemplar filters, views and storages.

    Instruments hold the provider's consumer and look its method up at each measurement, so that those made before are
    covered, and all readers, whenever they are added: a measurement is passed once, however many readers there are.

    Args:
        provider: The MeterProvider.
        recorded: Given each measurement of a synchronous instrument; returns it or another one, or None to drop it.
            What it raises is raised where the measurement is recorded.
        observed: Likewise for asynchronous instruments, in each collection of a reader.
        added: Called for each asynchronous instrument that is added, under a lock of the SDK's: it does not wait.

    Returns:
        Undoes it. Where somebody has shadowed the same method since, ours stays beneath it.
    """
    consumer = provider._measurement_consumer
    shadowed = consumer.__dict__.get("consume_measurement")
    consume, instruments = consumer.consume_measurement, consumer._async_instruments

    def consume_measurement(measurement: Any) -> None:
        passed = recorded(measurement)
        if passed is not None:
            consume(passed)

    observed_instruments = _ObservedInstruments(instruments, observed, added)
    consumer.consume_measurement, consumer._async_instruments = consume_measurement, observed_instruments

    def undo() -> None:
        if consumer.__dict__.get("consume_measurement") is consume_measurement:
            if shadowed is None:
                del consumer.consume_measurement
            else:
                consumer.consume_measurement = shadowed
        if consumer._async_instruments is observed_instruments:
            consumer._async_instruments = instruments

    return undo


def histogram_recorder(histogram: Any) -> Record:
    """Return what records in a histogram: its method, but past the SDK's cleaning for attributes that are plain.

    Cleaning takes a quarter of the time. Of foreign histograms, and where somebody has put something in the place of
    the SDK's method, it is what there is.

    Args:
        histogram: Whatever a meter has made.
    """
    from opentelemetry.sdk.metrics._internal import instrument, measurement  # noqa: PLC0415 - who has one has loaded it

    kind, measurement_kind = instrument._Histogram, measurement.Measurement
    sdks_own: object = kind.record

    def record(value: float, attributes: Mapping[str, Any] | None) -> None:
        histogram.record(value, attributes)  # whatever that is by now

    if type(histogram) is not kind or not is_sdks_own(sdks_own, kind):
        return record

    def record_plain(value: float, attributes: Mapping[str, Any] | None) -> None:
        own = attributes.copy() if type(attributes) is dict else None
        if (
            own is not None
            and are_plain(own)
            and kind.record is sdks_own
            and "record" not in vars(histogram)
            and histogram._is_enabled()
        ):
            measured = _new(measurement_kind)
            measured.__dict__.update(
                value=value,
                time_unix_nano=time_ns(),
                instrument=histogram,
                context=get_current(),
                attributes=own,
            )
            histogram._measurement_consumer.consume_measurement(measured)
        else:
            record(value, attributes)

    return record_plain


def proxy_meter(name: str, version: str | None, schema_url: str | None) -> Any:
    """Return a meter of the API whose instruments are real ones once its on_set_meter_provider() is called."""
    from opentelemetry.metrics import _internal  # noqa: PLC0415 - where one is needed

    return _internal._ProxyMeter(name, version, schema_url)


def has_asynchronous_instruments(provider: Any) -> bool:
    """Return whether an SDK MeterProvider has instruments whose callbacks are asked in each collection."""
    return any(True for _ in provider._measurement_consumer._async_instruments)


def is_registered(reader: MetricReader) -> bool:
    """Return whether a metric reader belongs to a provider, and so can collect."""
    return reader._collect is not None


def collect_recorded(reader: MetricReader) -> MetricsData | None:
    """Return what a registered reader holds, without asking the callbacks of asynchronous instruments."""
    consumer = _consumer_of(reader)
    return consumer._reader_storages[reader].collect()  # type: ignore[no-any-return]


def renew_storage(reader: MetricReader) -> None:
    """Have a registered reader start at zero in a forked child, with locks that no thread of the parent holds."""
    consumer = _consumer_of(reader)
    consumer._lock = threading.Lock()
    consumer.add_metric_reader(reader)  # in place of the storage that it has


def _consumer_of(reader: MetricReader) -> Any:
    return attrgetter("_collect.__self__")(reader)  # a bound method of the provider's consumer


def metric_readers(provider: Any) -> tuple[Any, ...]:
    """Return the readers of a meter provider of the SDK, those added later too."""
    return tuple(provider._measurement_consumer._reader_storages)


def forget_metric_reader(provider: Any, reader: MetricReader) -> None:
    """Take a reader that was shut down out of a meter provider of the SDK, which would shut it down once more."""
    if reader in provider._measurement_consumer._reader_storages:
        provider._measurement_consumer.remove_metric_reader(reader)
    provider._metric_readers = tuple(other for other in provider._metric_readers if other is not reader)
    with provider._all_metric_readers_lock:
        provider._all_metric_readers.discard(reader)


def measurement_consumer(provider: Any) -> Any:
    """Return the object of a meter provider of the SDK that readers are added to and collect from."""
    return provider._measurement_consumer


def metric_storages(provider: Any) -> tuple[Any, ...]:
    """Return what the readers of a meter provider of the SDK collect from, one object a reader."""
    return tuple(provider._measurement_consumer._reader_storages.values())
