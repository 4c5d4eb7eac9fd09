"""Which transport a configuration asks for; each is imported only where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clippy_otel.config import DEFAULT_STORE
from clippy_otel.delivery import green_threads
from clippy_otel.ports import SIGNALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clippy_otel.config import TelemetryConfig
    from clippy_otel.ports import Signal, Transport


def make_transports(config: TelemetryConfig) -> Mapping[Signal, Transport]:
    """Return a transport for each signal that is delivered; a custom one may take some signals only.

    Raises:
        ConfigurationError: The store's URL, or the custom transport, is none of the forms; or gevent or eventlet
            stand in the way of gRPC.
    """
    green_threads.check(config.transport)
    if config.transport == "console":
        from clippy_otel.delivery.console import ConsoleTransport  # noqa: PLC0415

        return {signal: ConsoleTransport(signal=signal) for signal in SIGNALS}
    if config.transport == "custom":
        from clippy_otel.delivery.custom import custom_transports  # noqa: PLC0415

        return custom_transports(config.custom_transport)
    if config.transport == "local":
        from clippy_otel.delivery.local import LocalTransport  # noqa: PLC0415
        from clippy_otel.store.sqlite import SqliteStore  # noqa: PLC0415

        store = SqliteStore.from_url(config.store or DEFAULT_STORE)  # one: it is the process's only writer
        return {signal: LocalTransport(store, signal=signal) for signal in SIGNALS}
    return {signal: _otlp_transport(config, signal) for signal in SIGNALS}


def _otlp_transport(config: TelemetryConfig, signal: Signal) -> Transport:
    endpoint, timeout_s = config.signal_endpoint(signal), config.signal_timeout_s(signal)
    if config.transport == "grpc":
        from clippy_otel.delivery.grpc import GrpcTransport  # noqa: PLC0415

        return GrpcTransport(signal, endpoint=endpoint, headers=config.headers, timeout_s=timeout_s)
    from clippy_otel.delivery.http import HttpTransport  # noqa: PLC0415

    return HttpTransport(signal, endpoint=endpoint, headers=config.headers, timeout_s=timeout_s)
