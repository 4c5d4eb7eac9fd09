"""Where settings come from: arguments > `CLIPPY_OTEL_<FIELD>` > `OTEL_*` > defaults.

An empty variable is one that is not set, as OpenTelemetry has it. `OTEL_SDK_DISABLED=true` and
`CLIPPY_OTEL_ENABLED=false` win over arguments and updates.

Left to the SDK, which reads them itself: `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS`, compression and
certificates.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from clippy_otel import semconv
from clippy_otel.config import otlp
from clippy_otel.config.credentials import SIGNAL_PATHS
from clippy_otel.config.fields import KINDS, NOT_YET, by_name, check_names
from clippy_otel.config.kinds import Flag, refusal
from clippy_otel.config.masking import FrozenMapping
from clippy_otel.config.model import DEFAULT_TIMEOUT_MS, DEFAULTS, TelemetryConfig, is_default
from clippy_otel.config.variables import captures_content, read, text_of

_PREFIX: Final = "CLIPPY_OTEL_"
# The fields that are also names of the resource.
_RESOURCE_NAMES: Final[Mapping[str, str]] = {
    "service_name": semconv.SERVICE_NAME,
    "service_version": semconv.SERVICE_VERSION,
    "environment": semconv.DEPLOYMENT_ENVIRONMENT_NAME,
}

# The fields whose default says nothing, so that the environment may still fill them beneath a given configuration.
_EMPTY: Final = frozenset(name for name, default in DEFAULTS.items() if default is None or default in ((), {}))


def resolve(
    service_name: str | None = None,
    *,
    config: TelemetryConfig | Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    delivers: bool = True,
    **settings: Any,
) -> TelemetryConfig:
    """Return the configuration that is in force, `endpoint` and `timeout_ms` filled in.

    Args:
        service_name: The setting of that name.
        config: The base that settings override. A `TelemetryConfig` is an argument as a whole: its defaults win over
            the environment too, save those that say nothing (None or empty), which the environment fills. A mapping,
            in either spelling, says what it holds.
        environ: The environment; None: this process's.
        delivers: False: nothing is to be delivered, so `OTEL_EXPORTER_OTLP_*`, meant for other exporters, is not read.
        **settings: Fields of `TelemetryConfig`. None, where it is a field's default, says nothing.

    Raises:
        ConfigurationError: A setting or a variable is unknown, not allowed or contradicts another.
    """
    env = os.environ if environ is None else environ
    if service_name is not None:
        settings["service_name"] = service_name
    arguments = _with_resource_names(_arguments(config, settings))
    values = _with_resource_names({**_own_variables(env, besides=arguments), **arguments})
    if delivers and "transport" not in values:
        values["transport"] = otlp.protocol(env)
    if "capture_content" not in values:
        values["capture_content"] = captures_content(env)
    found = TelemetryConfig(**values)
    return replace(found, **_from_otel(found, env, over_otlp=delivers and found.transport in ("http", "grpc")))


def is_disabled(environ: Mapping[str, str] | None = None) -> bool:
    """Return whether the environment switches telemetry off, whatever else is configured.

    Args:
        environ: The environment; None: this process's.

    Raises:
        ConfigurationError: `CLIPPY_OTEL_ENABLED` is neither true nor false.
    """
    env, own = os.environ if environ is None else environ, _PREFIX + "ENABLED"
    # The SDK takes any case of "true", and everything else for false.
    return text_of(env, "OTEL_SDK_DISABLED").lower() == "true" or (
        bool(text_of(env, own)) and not read(Flag(), env, own)
    )


def _arguments(config: TelemetryConfig | Mapping[str, Any] | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    # What is not available yet says nothing at None, the options of the components among it.
    check_names(name for name, value in settings.items() if name not in NOT_YET or value is not None)
    merged = {**_base(config), **settings}
    return {name: value for name, value in merged.items() if value is not None or DEFAULTS.get(name) is not None}


def _base(config: TelemetryConfig | Mapping[str, Any] | None) -> dict[str, Any]:
    if config is None:
        return {}
    if isinstance(config, TelemetryConfig):
        said = {name for name in DEFAULTS if name not in _EMPTY or not is_default(name, getattr(config, name))}
        # Whether the environment disables is asked of this one, not of the one that the base was resolved in.
        return {"origin": config.origin._replace(disabled=False), **{name: getattr(config, name) for name in said}}
    if isinstance(config, Mapping):
        return by_name(config)
    raise refusal("config", "a TelemetryConfig or a mapping of settings", config)


def _own_variables(env: Mapping[str, str], *, besides: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: read(kind, env, variable)
        for name, kind in KINDS.items()
        if kind.from_text and name not in besides and text_of(env, variable := _PREFIX + name.upper())
    }


def _with_resource_names(values: dict[str, Any]) -> dict[str, Any]:
    """Let a service name that stands in resource_attributes win over a lower source's service_name."""
    attributes = values.get("resource_attributes")
    if isinstance(attributes, Mapping):
        for name, attribute in _RESOURCE_NAMES.items():
            if isinstance(attributes.get(attribute), str):
                values.setdefault(name, attributes[attribute])
    return values


def _from_otel(config: TelemetryConfig, env: Mapping[str, str], *, over_otlp: bool) -> dict[str, Any]:
    # Without OTLP, what is not for us must not be stumbled over.
    found: dict[str, Any] = {}
    if config.service_name is None:
        found["service_name"] = text_of(env, "OTEL_SERVICE_NAME") or None
    origin = config.origin._replace(disabled=is_disabled(env))
    if config.timeout_ms is None:
        found["timeout_ms"] = DEFAULT_TIMEOUT_MS
        if over_otlp:
            found["timeout_ms"], timeouts_ms = otlp.timeouts(env)
            origin = origin._replace(timeout_ms=found["timeout_ms"], timeouts_ms=FrozenMapping(timeouts_ms))
    elif config.timeout_ms != origin.timeout_ms:
        origin = origin._replace(timeout_ms=None, timeouts_ms=FrozenMapping())
    # The environment's endpoints for one transport are none for another.
    is_unsaid = config.endpoint is None or (config.endpoint == origin.endpoint and config.transport != origin.transport)
    if over_otlp and is_unsaid:
        urls = otlp.urls(env, over_grpc=config.transport == "grpc")
        found["endpoint"] = urls["logs"].partition("?")[0].rstrip("/").removesuffix(SIGNAL_PATHS["logs"])
        origin = origin._replace(endpoint=found["endpoint"], urls=FrozenMapping(urls), transport=config.transport)
    elif config.endpoint != origin.endpoint:
        origin = origin._replace(endpoint=None, urls=FrozenMapping(), transport=None)
    return {**found, "origin": origin}
