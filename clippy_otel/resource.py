"""What produces the telemetry: the OpenTelemetry resource of a configuration.

The SDK's own detectors and environment (`OTEL_RESOURCE_ATTRIBUTES`, `service.instance.id` a process) under what the
configuration says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clippy_otel import semconv
from clippy_otel._version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.sdk.resources import Resource

    from clippy_otel.config import TelemetryConfig

DISTRO: Final[Mapping[str, str]] = {
    semconv.TELEMETRY_DISTRO_NAME: semconv.DISTRO_NAME,
    semconv.TELEMETRY_DISTRO_VERSION: __version__,
}


def make_resource(config: TelemetryConfig, base: Resource | None = None) -> Resource:
    """Return the resource, as configured and detected; not redacted yet.

    Args:
        config: What it says wins.
        base: A resource to go on from, that of a provider that is joined; None: what the SDK detects.
    """
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - the SDK only where something is recorded

    named = {
        semconv.SERVICE_NAME: config.service_name,
        semconv.SERVICE_VERSION: config.service_version,
        semconv.DEPLOYMENT_ENVIRONMENT_NAME: config.environment,
    }
    given = {key: value for key, value in named.items() if value is not None}
    configured = {**config.resource_attributes, **given, **DISTRO}
    return Resource.create(configured) if base is None else base.merge(Resource(configured))


def with_attribute(resource: Resource | None, key: str, value: str) -> Resource:
    """Return a resource with another value of one attribute; None: one with that alone."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above

    changed = Resource({key: value})
    return changed if resource is None else resource.merge(changed)
