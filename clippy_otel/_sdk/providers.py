"""Providers: the global ones, those that others stand before, and their resource.

Loaded at start by whoever configures: imports nothing of OpenTelemetry before it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from clippy_otel.ports import Signal


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


def replace_resource(provider: Any, resource: Any) -> None:
    """Give a provider of the SDK, and all of its tracers, loggers or meters, another resource."""
    if hasattr(provider, "_sdk_config"):
        provider._sdk_config.resource = resource  # where its meters look each time
        return
    provider._resource = resource
    provider._update_resource(resource)  # to those that there are; merged with itself it is what it was
