"""Every private name of the OpenTelemetry SDK and its exporters that this package uses, and nothing else.

They are private: any minor release of OpenTelemetry may change them, hence the narrow version range in pyproject.toml
and tests/test_sdk.py, which fails by name where one is gone or behaves differently.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sized
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry import context

# Set in the context of our own requests: the first is what instrumentations in general look at, the second what those
# of HTTP clients do. Without them each delivery would make a span, which would be delivered, and so on.
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY

if TYPE_CHECKING:
    import requests
    from opentelemetry.sdk.metrics.export import MetricReader, MetricsData

    from clippy_otel.ports import Signal

# The module of the logs exporter has a private name; its class is what applications use.
_HTTP_EXPORTERS: Final[Mapping[Signal, tuple[str, str]]] = {
    "logs": ("opentelemetry.exporter.otlp.proto.http._log_exporter", "OTLPLogExporter"),
    "spans": ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "OTLPSpanExporter"),
    "metrics": ("opentelemetry.exporter.otlp.proto.http.metric_exporter", "OTLPMetricExporter"),
}


class HttpSession(NamedTuple):
    """What a stock OTLP/HTTP exporter has made of its arguments and the environment."""

    session: requests.Session  # with TLS files, and the credential provider's where there is one
    headers: dict[str, str]  # names in lower case: content-type, user-agent, the environment's, the arguments'


@contextlib.contextmanager
def instrumentation_suppressed() -> Iterator[None]:
    """Run a block in which no instrumentation records what it does."""
    suppressed = context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, value=True)
    token = context.attach(context.set_value(_SUPPRESS_HTTP_INSTRUMENTATION_KEY, value=True, context=suppressed))
    try:
        yield
    finally:
        context.detach(token)


def load_before_exit() -> None:
    """Import what cannot be imported at interpreter shutdown, where a short program's first delivery happens.

    The SDK's log module detects a resource while it is imported, on threads of an executor, which no longer start then;
    and it imports `concurrent.futures.thread`, which grpc needs and which cannot be imported then either.
    """
    import opentelemetry.sdk._logs  # noqa: F401, PLC0415 - 20 ms, for who delivers over OTLP


def open_http_session(signal: Signal, *, endpoint: str, headers: Mapping[str, str]) -> HttpSession:
    """Build the stock exporter for a signal and take its session and headers, for requests of our own.

    Imports `requests` (60 ms). The stock exporter's own way of sending is of no use to us: it retries inside, counts
    what is below 400 as success, never reads a partial success and compresses at level 9.

    Raises:
        Exception: Whatever a credential provider raises; RuntimeError where the environment names an unknown one.
    """
    import importlib  # noqa: PLC0415 - with what it is for

    from opentelemetry.exporter.otlp.proto.http import Compression  # noqa: PLC0415 - heavy

    module, name = _HTTP_EXPORTERS[signal]
    # Compression and timeout are ours: given, the environment's are not read, and not warned about, a second time.
    exporter = getattr(importlib.import_module(module), name)(
        endpoint=endpoint, headers=headers, compression=Compression.NoCompression, timeout=10.0
    )
    client = exporter._client  # the exporter's OTLP client: holds the headers and the transport below
    session: requests.Session = client._transport._session  # the session with TLS files and credentials set
    return HttpSession(session, dict(client._headers))  # the headers merged from arguments and environment


# What an ended span holds, without the copies and proxies that its public properties make (1.4 us of them).
_SPAN_FIELDS: Final = attrgetter(
    "_name",
    "_attributes._dict",
    "_events._dq",
    "_links._dq",
    "_status._description",
    "_context.trace_flags",
    "_resource",
    "_instrumentation_scope",
)
_EVENT_FIELDS: Final = attrgetter("_name", "_attributes._dict")


def span_fields(span: Any) -> tuple[Any, ...]:
    """Return name, attributes, events, links, status description, trace flags, resource and scope of an ended span."""
    try:
        return _SPAN_FIELDS(span)
    except AttributeError:  # one that somebody built by hand, with plain mappings and sequences, or with None
        origin = (span.resource, span.instrumentation_scope)
        flags = None if span.context is None else span.context.trace_flags
        parts = (attributes_of(span.attributes), span.events, span.links)
        return span.name, *parts, span.status.description, flags, *origin


# The processors that are registered with a fan-out of spans, as a tuple; see processors_of() for those of any kind.
registered_span_processors: Final = attrgetter("_span_processors")


def event_fields(event: Any) -> tuple[str, Mapping[str, Any]]:
    """Return name and attributes of a span's event; not to be changed."""
    try:
        return _EVENT_FIELDS(event)
    except AttributeError:
        return event.name, attributes_of(event.attributes)


# The SDK's classes, imported once: an import statement costs 0.5 us even where everything is loaded.
@functools.cache
def _bounded_attributes() -> Any:
    from opentelemetry.attributes import BoundedAttributes  # noqa: PLC0415 - whoever has records has loaded it

    return BoundedAttributes


@functools.cache
def _span_classes() -> tuple[Any, Any, Any]:
    from opentelemetry.sdk.trace import Event, ReadableSpan  # noqa: PLC0415 - whoever has spans has loaded it
    from opentelemetry.sdk.util import BoundedList  # noqa: PLC0415 - likewise

    return ReadableSpan, Event, BoundedList


def event_like(event: Any, name: str, attributes: Mapping[str, Any]) -> Any:
    """Return an event of the same time, with another name and other attributes."""
    _, event_class, _ = _span_classes()
    return event_class(name, attributes_like(event.attributes, attributes), event.timestamp)


def attributes_of(attributes: Any) -> Mapping[str, Any]:
    """Return attributes as a dict for reading: the one inside the SDK's own, which are slow to read from outside."""
    try:
        return attributes._dict  # type: ignore[no-any-return]
    except AttributeError:
        return dict(attributes or {})


def attributes_like(attributes: Any, values: Mapping[str, Any], *, immutable: bool = True) -> Any:
    """Return attributes of the SDK with these values, and the limits and the count of dropped ones of others.

    The values are what was cleaned before, so they are not cleaned again. Where they are fewer, more were dropped.
    """
    kind = _bounded_attributes()
    fewer = max(len(attributes or ()) - len(values), 0)
    if type(attributes) is kind:
        made: Any = object.__new__(kind)  # a third of the constructor's time
        made.__dict__.update(attributes.__dict__, _dict=dict(values), _immutable=immutable)
        made.dropped += fewer
        return made
    maxlen, max_value_len = getattr(attributes, "maxlen", None), getattr(attributes, "max_value_len", None)
    made = kind(maxlen, immutable=immutable, max_value_len=max_value_len)
    made._dict = dict(values)
    made.dropped = getattr(attributes, "dropped", 0) + fewer
    return made


def with_changes(span: Any, changes: Mapping[str, Any]) -> Any:
    """Put other values into the fields of an ended span.

    Args:
        span: The fresh object that the SDK made for the processors, which is changed; anything else is copied.
        changes: Values by property: name, attributes, events, links, status, resource, instrumentation_scope.

    Returns:
        The changed object.
    """
    readable_class, _, list_class = _span_classes()
    fields: dict[str, Any] = {}
    for name, value in changes.items():
        before = getattr(span, f"_{name}")
        if name == "attributes":
            value = attributes_like(before, value)  # noqa: PLW2901 - the form that the field has
        elif name in ("events", "links"):
            value = list_class.from_seq(len(value), value)  # noqa: PLW2901 - likewise
            value.dropped = getattr(before, "dropped", 0)
        elif name == "instrumentation_scope" and span._instrumentation_info is not None:
            # Its name once more, deprecated: some exporters still read it. Its constructor would warn of that.
            fields["_instrumentation_info"] = info = copy.copy(span._instrumentation_info)
            info._name = value.name
        fields[f"_{name}"] = value
    if type(span) is not readable_class:
        span = copy_span(span)
    span.__dict__.update(fields)
    return span


def copy_span(span: Any) -> Any:
    """Return an ended span as a readable span of its own, which shares what the span holds."""
    from opentelemetry.sdk.trace import ReadableSpan, Span  # noqa: PLC0415 - as above

    if isinstance(span, Span):
        return span._readable_span()
    copy = ReadableSpan.__new__(ReadableSpan)
    copy.__dict__.update(span.__dict__)
    return copy


def log_record_copy(emitted: Any, changes: Mapping[str, Any], resource: Any, scope: Any) -> Any:
    """Return a ReadWriteLogRecord like another one, with other values in its log record.

    Without the constructors, which would clean its attributes once more.

    Args:
        emitted: The record; left as it is.
        changes: New values of the log record's fields, by their names.
        resource: The copy's.
        scope: The copy's instrumentation scope.
    """
    record = object.__new__(type(emitted.log_record))
    record.__dict__.update(emitted.log_record.__dict__, **changes)
    copy = object.__new__(type(emitted))
    copy.__dict__.update(emitted.__dict__, log_record=record, resource=resource, instrumentation_scope=scope)
    return copy


def is_suppressed() -> bool:
    """Return whether the current context is one in which no instrumentation records: telemetry is being delivered."""
    return bool(context.get_value(_SUPPRESS_INSTRUMENTATION_KEY))


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


def log_fan_out() -> Any:
    """Return the class that fans log records out to processors, one after the other."""
    from opentelemetry.sdk._logs._internal import SynchronousMultiLogRecordProcessor  # noqa: PLC0415 - the SDK

    return SynchronousMultiLogRecordProcessor


def span_fan_out(provider: Any) -> Any:
    """Return the object that fans a tracer provider's spans out: all of its tracers and spans hold this one."""
    return provider._active_span_processor


def log_record_fan_out(provider: Any) -> Any:
    """Return the object that fans a logger provider's records out: all of its loggers hold this one."""
    return provider._multi_log_record_processor


_PROCESSORS: Final = ("_span_processors", "_log_record_processors")


def processors_of(fan_out: Any) -> tuple[Any, ...]:
    """Return the processors that a fan-out calls, of spans or of log records; () where it is of a foreign kind."""
    for name in _PROCESSORS:
        found = getattr(fan_out, name, None)
        if isinstance(found, tuple):
            return found
    return ()


def forget_processors(fan_out: Any) -> tuple[Any, ...]:
    """Take all processors out of a fan-out of the SDK, and return them."""
    found = processors_of(fan_out)
    for name in _PROCESSORS:
        if hasattr(fan_out, name):
            setattr(fan_out, name, ())
    return found


def live_span_watchers(fan_out: Any) -> tuple[str, ...]:
    """Return the classes of those of its processors that look at spans which have not ended, where no hook reaches."""
    from opentelemetry.sdk.trace import SpanProcessor  # noqa: PLC0415 - the SDK, which whoever has spans has loaded

    def watches(processor: Any) -> bool:
        for name in ("on_start", "_on_ending"):
            method = getattr(type(processor), name, None)  # None: of one that only looks like a span processor
            is_exports = getattr(method, "__module__", "").startswith("opentelemetry.sdk.trace.export")
            if method not in (None, getattr(SpanProcessor, name)) and not is_exports:
                return True
        return False

    return tuple(type(processor).__name__ for processor in processors_of(fan_out) if watches(processor))


# When a span started, how many attributes it takes at most (None: any number), and the dict that holds them.
started_span_fields: Final = attrgetter("_start_time", "_attributes.maxlen", "_attributes._dict")


def stamp(span: Any, key: str, value: str) -> bool:
    """Put a clean text attribute on a span that nobody else holds yet; False where that takes set_attribute().

    What that does, at a fifth of its time. One that the span has stays.
    """
    try:
        _, most, values = started_span_fields(span)
    except AttributeError:  # not the SDK's, or one that records nothing
        return False
    if key not in values and (most is None or len(values) < most):
        values[key] = value
    return True


def put_in_place(provider: Any, tracer: Any, kind: type) -> Any:
    """Return a tracer of another class, which has no state of its own, that a provider keeps in place of the given one.

    Made anew: an object that is given another class is slower to read.
    """
    scope = tracer._instrumentation_scope
    with provider._tracers_lock:
        kept = provider._tracers.get(scope)
        if type(kept) is not kind:
            kept = object.__new__(kind)
            for name, value in vars(tracer).items():
                setattr(kept, name, value)
            provider._tracers[scope] = kept
    return kept


def takes_whole(tracer: Any, attributes: Sized) -> bool:
    """Return whether spans of a tracer take so many attributes and one more, and texts of any length."""
    limits = tracer._span_limits
    most = limits.max_span_attributes
    return (most is None or len(attributes) < most) and limits.max_span_attribute_length is None


def put_first(span: Any, attributes: dict[str, Any]) -> None:
    """Give clean attributes to a span that nobody else holds yet, before those that it has, which stay."""
    held = span._attributes
    held._dict = {**attributes, **held._dict} if held._dict else attributes


def has_room(span: Any, key: str) -> bool:
    """Return whether a span takes an attribute that changes none and takes the place of none that it has."""
    attributes = span._attributes
    values = attributes._dict
    return key not in values and (attributes.maxlen is None or len(values) < attributes.maxlen)


def replace_resource(provider: Any, resource: Any) -> None:
    """Give a provider of the SDK, and all of its tracers, loggers or meters, another resource."""
    if hasattr(provider, "_sdk_config"):
        provider._sdk_config.resource = resource  # where its meters look each time
        return
    provider._resource = resource
    provider._update_resource(resource)  # to those that there are; merged with itself it is what it was


def global_provider(signal: Signal) -> Any:
    """Return the provider that was set as OpenTelemetry's global one; None where none was.

    Unlike the public getters it neither makes a placeholder nor loads one that the environment names.
    """
    if signal == "spans":
        from opentelemetry import trace  # noqa: PLC0415 - loaded where a signal is set up

        return trace._TRACER_PROVIDER
    if signal == "logs":
        from opentelemetry._logs import _internal as logs  # noqa: PLC0415 - likewise

        return logs._LOGGER_PROVIDER
    from opentelemetry.metrics import _internal as metrics  # noqa: PLC0415 - likewise

    return metrics._METER_PROVIDER


# Where vendors' own providers keep the SDK's, which they stand before.
_WRAPPED: Final = ("provider", "_provider", "_tracer_provider", "_logger_provider", "_meter_provider", "wrapped")
_MAX_WRAPPINGS: Final = 4
_PLACEHOLDERS: Final = frozenset({"ProxyTracerProvider", "ProxyLoggerProvider", "_ProxyMeterProvider"})


def is_placeholder(provider: Any) -> bool:
    """Return whether a provider is what the API's getters return where none was set: it stands for one set later."""
    kind = type(provider)
    is_api = kind.__module__.startswith("opentelemetry.") and not kind.__module__.startswith("opentelemetry.sdk.")
    return is_api and kind.__name__ in _PLACEHOLDERS


def sdk_provider(signal: Signal, provider: Any) -> Any:
    """Return the provider of the SDK that a provider is or stands before; None where there is none."""
    from opentelemetry.sdk._logs import LoggerProvider  # noqa: PLC0415 - the SDK, for who joins one
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 - likewise
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - likewise

    kinds: Mapping[Signal, type] = {"spans": TracerProvider, "logs": LoggerProvider, "metrics": MeterProvider}
    for _ in range(_MAX_WRAPPINGS):
        if provider is None or isinstance(provider, kinds[signal]):
            return provider
        if is_placeholder(provider):
            provider = global_provider(signal)
        else:
            inner = (getattr(provider, name, None) for name in _WRAPPED)
            provider = next((found for found in inner if found is not None), None)
    return None


class _GrpcExporter(NamedTuple):
    """Where the stock exporter of a signal is."""

    module: str
    name: str
    environment: str  # in the names of OTEL_EXPORTER_OTLP_*


_GRPC_EXPORTERS: Final[Mapping[Signal, _GrpcExporter]] = {
    "logs": _GrpcExporter("opentelemetry.exporter.otlp.proto.grpc._log_exporter", "OTLPLogExporter", "LOGS"),
    "spans": _GrpcExporter("opentelemetry.exporter.otlp.proto.grpc.trace_exporter", "OTLPSpanExporter", "TRACES"),
    "metrics": _GrpcExporter("opentelemetry.exporter.otlp.proto.grpc.metric_exporter", "OTLPMetricExporter", "METRICS"),
}
_GRPC_COMPRESSIONS: Final = {"none": "NoCompression", "gzip": "Gzip"}


class GrpcChannel(NamedTuple):
    """What a stock OTLP/gRPC exporter has made of its arguments and the environment.

    Attributes:
        channel: A grpc.Channel, with TLS and compression; the caller closes it.
        metadata: For each call: the environment's headers and the arguments', names in lower case.
    """

    channel: Any
    metadata: tuple[tuple[str, str], ...]


def open_grpc_channel(
    signal: Signal, *, endpoint: str | None, headers: Mapping[str, str], compression: str, user_agent: str
) -> GrpcChannel:
    """Build the stock exporter for a signal and take its channel, for calls of our own. Connects at the first call.

    Imports `grpc` (40 ms) and the exporter (60 ms, most of it protobuf). The stock exporter's own way of sending is of
    no use to us: it retries inside, and never reads a partial success.

    Args:
        signal: Whose OTEL_EXPORTER_OTLP_* holds.
        endpoint: "http://host:4317", "https://host:4317" or "host:4317"; None: the environment's.
        headers: Added to the environment's, whose place they take where both name one; a User-Agent among them is the
            channel's.
        compression: "none" or "gzip".
        user_agent: What the stock exporter's own User-Agent is extended by.

    Raises:
        OSError: A certificate file cannot be read.
        Exception: Whatever a credential provider raises; RuntimeError where the environment names an unknown one.
    """
    import importlib  # noqa: PLC0415 - with what it is for

    import grpc  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy
    from opentelemetry.exporter.otlp.proto.grpc import _OTLP_GRPC_CHANNEL_OPTIONS  # noqa: PLC0415 - heavy

    kind = _GRPC_EXPORTERS[signal]
    ours = {name.lower(): value for name, value in headers.items()}
    stock_agent = dict(_OTLP_GRPC_CHANNEL_OPTIONS)["grpc.primary_user_agent"]
    options = (
        ("grpc.primary_user_agent", ours.pop("user-agent", f"{stock_agent} {user_agent}")),
        # Else a new channel would share the connections of an old one, and with them the pause before the next attempt.
        ("grpc.use_local_subchannel_pool", 1),
    )
    # Compression and timeout are ours: given, the environment's are not used. Headers are not given: the exporter would
    # not look at the environment's.
    exporter = getattr(importlib.import_module(kind.module), kind.name)(
        endpoint=endpoint,
        compression=getattr(grpc.Compression, _GRPC_COMPRESSIONS[compression]),
        timeout=10.0,
        channel_options=options,
    )
    channel, metadata = exporter._channel, {**dict(exporter._headers), **ours}
    metadata.pop("user-agent", None)  # gRPC would replace it
    if not exporter._insecure:
        try:
            _require_certificate_files(kind.environment)
        except OSError:
            channel.close()
            raise
    return GrpcChannel(channel, tuple(metadata.items()))


def _require_certificate_files(signal: str) -> None:
    """Raise OSError where a file that the environment names is missing: the exporter would trust the system's instead.

    The exporter takes all three from the signal's variables where the first of those is set, else from the general.
    """
    import os  # noqa: PLC0415 - with what it is for
    from pathlib import Path  # noqa: PLC0415 - likewise

    own, general = f"OTEL_EXPORTER_OTLP_{signal}_", "OTEL_EXPORTER_OTLP_"
    prefix = own if os.environ.get(f"{own}CERTIFICATE") else general
    if os.environ.get(f"{prefix}CERTIFICATE"):
        for name in ("CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"):
            if path := os.environ.get(prefix + name):
                Path(path).stat()


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


def tells_processors(fan_out: Any) -> bool:
    """Return whether processors_of() knows the processors of a fan-out: whether it is of the SDK's kind."""
    return any(isinstance(getattr(fan_out, name, None), tuple) for name in _PROCESSORS)


# All that is redacted and encoded of a span that the SDK has ended, and of an event of it, without the copies and
# proxies that their public properties make. AttributeError: it is built otherwise, or has none of something.
ended_span_fields: Final = attrgetter(
    "_context",
    "_parent",
    "_name",
    "_kind",
    "_start_time",
    "_end_time",
    "_status",
    "_attributes._dict",
    "_attributes.dropped",
    "_resource",
    "_instrumentation_scope",
    "_events.dropped",
    "_links.dropped",
    "_events._dq",
    "_links._dq",
)
ended_event_fields: Final = attrgetter("_name", "_attributes._dict", "_timestamp", "_attributes.dropped")
