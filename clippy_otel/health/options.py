"""The options of HealthCheck and the settings of one service, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from clippy_otel.config.kinds import Flag, Kind, Number, OrNone, Text, Texts, Whole
from clippy_otel.config.options import checked_options
from clippy_otel.exceptions import ConfigurationError

Probe: TypeAlias = Literal["ready", "live", "startup"]
PROBES: Final[tuple[Probe, ...]] = ("ready", "live", "startup")
MAX_NAME_CHARS: Final = 200


class HealthOptions(NamedTuple):
    """How services are checked. Each of the last four holds for services that say nothing else.

    Attributes:
        enabled: False: nothing is checked, and a report is HEALTHY without services.
        check_interval_ms: How often a service is checked, in milliseconds; what is below 10 counts as 10. 0: only when
            somebody asks. Default a minute.
        timeout_ms: How long a check may take, in milliseconds, above 0. Default 5 s.
        failure_threshold: How many failures in a row make a service UNHEALTHY, 1 or more; fewer make it DEGRADED.
        recovery_threshold: How many successes in a row an UNHEALTHY service needs to be HEALTHY, 1 or more.
    """

    enabled: bool = True
    check_interval_ms: float = 60_000
    timeout_ms: float = 5_000
    failure_threshold: int = 3
    recovery_threshold: int = 2


class ServiceSettings(NamedTuple):
    """What one service was registered with; None: as the options have it."""

    interval_ms: float | None
    timeout_ms: float | None
    failure_threshold: int | None
    critical: bool
    probes: tuple[Probe, ...]
    depends_on: tuple[str, ...]


_INTERVAL: Final = Number()
_TIMEOUT: Final = Number(above_zero=True)
_THRESHOLD: Final = Whole(1)

_KINDS: Final[Mapping[str, Kind]] = {
    "enabled": Flag(),
    "check_interval_ms": _INTERVAL,
    "timeout_ms": _TIMEOUT,
    "failure_threshold": _THRESHOLD,
    "recovery_threshold": _THRESHOLD,
}
_SERVICE_KINDS: Final[Mapping[str, Kind]] = {
    "interval_ms": OrNone(_INTERVAL),
    "timeout_ms": OrNone(_TIMEOUT),
    "failure_threshold": OrNone(_THRESHOLD),
    "critical": Flag(),
    "probes": Texts(*PROBES),
    "depends_on": Texts(),
}


def checked(options: HealthOptions | None, settings: Mapping[str, Any]) -> HealthOptions:
    """Return options with settings over them; None: over the defaults. See checked_options()."""
    return checked_options(("health", "HealthCheck"), HealthOptions(), _KINDS, options, settings)


def checked_service(**settings: Any) -> ServiceSettings:
    """Return the settings of one service; raise ConfigurationError where one is impossible."""
    return ServiceSettings(**{name: kind.check(name, settings[name]) for name, kind in _SERVICE_KINDS.items()})


def checked_name(name: Any) -> str:
    """Return a service's name; raise ConfigurationError where it is none."""
    text = Text().check("name of a service", name)
    if len(text) > MAX_NAME_CHARS:
        raise ConfigurationError(f"name of a service: at most {MAX_NAME_CHARS} characters are allowed, got {len(text)}")
    return str(text)
