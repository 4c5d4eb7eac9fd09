"""Which providers are to be joined. Knows nothing of the SDK, so that it can be imported before there is any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from clippy_otel._sdk import providers as sdk_providers

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from clippy_otel.ports import Signal


class Targets(NamedTuple):
    """Providers to join; None: OpenTelemetry's global one."""

    spans: Any = None
    logs: Any = None
    metrics: Any = None

    def asked(self, signal: Signal) -> Any:
        """Return the provider that is meant for a signal; None where there is none."""
        given = getattr(self, signal)
        return sdk_providers.global_provider(signal) if given is None else given

    def found(self, signal: Signal) -> Any:
        """Return the SDK's provider that is meant for a signal or stands behind it; None where there is none."""
        return sdk_providers.sdk_provider(signal, self.asked(signal))

    def resource(self) -> Resource | None:
        """Return the resource that what is joined produces telemetry for; None where nothing is."""
        signals: tuple[Signal, ...] = ("spans", "logs")
        for signal in signals:
            found = self.found(signal)
            if found is not None:
                resource: Resource = found.resource
                return resource
        return None
