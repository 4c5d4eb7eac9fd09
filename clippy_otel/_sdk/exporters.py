"""The stock OTLP exporters: the HTTP session or gRPC channel that they make, for requests of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import requests

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
