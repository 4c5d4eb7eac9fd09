"""Which transport a configuration asks for; each is imported only where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clippy_otel.config import DEFAULT_STORE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clippy_otel.config import TelemetryConfig
    from clippy_otel.ports import Signal, Transport


def make_transports(config: TelemetryConfig) -> Mapping[Signal, Transport]:
    """Return a transport for each signal that this version delivers: events, which are log records."""
    return {"logs": _make_transport(config, "logs")}


def _make_transport(config: TelemetryConfig, signal: Signal) -> Transport:
    if config.transport == "console":
        from clippy_otel.delivery.console import ConsoleTransport  # noqa: PLC0415

        return ConsoleTransport()
    if config.transport == "custom":
        from clippy_otel.delivery.custom import CustomTransport  # noqa: PLC0415

        return CustomTransport(config.custom_transport, signal=signal)
    if config.transport == "local":
        from clippy_otel.delivery.local import LocalTransport  # noqa: PLC0415
        from clippy_otel.store.sqlite import SqliteStore  # noqa: PLC0415

        return LocalTransport(SqliteStore.from_url(config.store or DEFAULT_STORE))
    from clippy_otel.delivery.http import HttpTransport  # noqa: PLC0415

    return HttpTransport(
        signal,
        endpoint=config.signal_endpoint(signal),
        headers=config.headers,
        timeout_s=config.timeout_s,
    )
