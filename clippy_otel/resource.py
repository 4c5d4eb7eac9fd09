"""What produces the telemetry: the OpenTelemetry resource of a configuration.

The SDK's own detectors and environment (`OTEL_RESOURCE_ATTRIBUTES`, `service.instance.id` a process) under what the
configuration says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clippy_otel import semconv
from clippy_otel._version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clippy_otel.config import TelemetryConfig

DISTRO: Final[Mapping[str, str]] = {
    semconv.TELEMETRY_DISTRO_NAME: semconv.DISTRO_NAME,
    semconv.TELEMETRY_DISTRO_VERSION: __version__,
}


def resource_attributes(config: TelemetryConfig) -> Mapping[str, Any]:
    """Return the attributes of the resource, as configured and detected; not redacted yet."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - the SDK only where something is recorded

    named = {
        semconv.SERVICE_NAME: config.service_name,
        semconv.SERVICE_VERSION: config.service_version,
        semconv.DEPLOYMENT_ENVIRONMENT_NAME: config.environment,
    }
    given = {key: value for key, value in named.items() if value is not None}
    return Resource.create({**config.resource_attributes, **given, **DISTRO}).attributes or {}
