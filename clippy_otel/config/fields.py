"""The list of settings: for each its kind, its spellings, and whether this version has it yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from clippy_otel.config.credentials import Endpoint, Key, RequestHeaders, Store
from clippy_otel.config.kinds import (
    Attributes,
    Directory,
    Flag,
    Kind,
    Level,
    Number,
    OrNone,
    Text,
    Texts,
    Whole,
    Word,
)
from clippy_otel.config.masking import shown
from clippy_otel.config.objects import Hook, RedactionRules, Target
from clippy_otel.config.sampling_rules import RATE, STRATEGIES, SamplingRules
from clippy_otel.config.spool import Spool
from clippy_otel.exceptions import ConfigurationError, NotAvailableYetError

# A request that holds less than this is mostly the resource that stands in each.
MIN_PAYLOAD_BYTES: Final = 1024

KINDS: Final[Mapping[str, Kind]] = {
    "enabled": Flag(),
    "service_name": OrNone(Text()),
    "service_version": OrNone(Text()),
    "environment": OrNone(Text()),
    "resource_attributes": Attributes(),
    "sampling": STRATEGIES,
    "sampling_rate": RATE,
    "sampling_rules": SamplingRules(),
    "keep_errors": Flag(),
    "keep_slower_than_ms": OrNone(Number()),
    "max_events_per_window": Whole(1),
    "throttle_window_ms": Whole(1),
    "max_buffer_size": Whole(1),
    "flush_interval_ms": Whole(0),
    "max_queue_size": Whole(1),
    "max_memory_bytes": Whole(1),
    "max_payload_bytes": Whole(MIN_PAYLOAD_BYTES),
    "transport": Word("http", "grpc", "local", "console", "custom", localStorage="local"),
    "endpoint": OrNone(Endpoint()),
    "headers": RequestHeaders(),
    "timeout_ms": OrNone(Number(above_zero=True)),
    "custom_transport": OrNone(Target()),
    "store": OrNone(Store()),
    "state_directory": OrNone(Directory()),
    "spool": Spool(),
    "redact_pii": Flag(),
    "redact_fields": Texts(),
    "keep_fields": Texts(),
    "redaction_rules": RedactionRules(),
    "placeholder": Text(),
    "pseudonym_key": OrNone(Key()),
    "user_ids": Word("pseudonym", "raw"),
    "capture_content": Flag(),
    "baggage_keys": Texts(),
    "require_consent": Flag(),
    "before_send": OrNone(Hook()),
    "flush_on": Texts("exit", "sigterm"),
    "logging_level": OrNone(Level()),
    "debug": Flag(),
}

# What `update_config` may change while telemetry runs.
LIVE_FIELDS: Final = frozenset(
    {
        "enabled",
        "debug",
        "sampling",
        "sampling_rate",
        "sampling_rules",
        "max_events_per_window",
        "throttle_window_ms",
        "max_buffer_size",
        "flush_interval_ms",
        "redact_fields",
        "keep_fields",
        "before_send",
    },
)


# What the contract has and this version does not: the setting, and which of its values need the feature. The change
# that brings a feature removes its line.
NOT_YET: Final[Mapping[str, Callable[[Any], bool]]] = {
    "store": lambda store: store is not None and not store.startswith("sqlite:"),
}


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


# The specification's spelling of each setting.
_CAMEL_CASE: Final[Mapping[str, str]] = {
    "redactPII" if name == "redact_pii" else _camel_case(name): name for name in KINDS
}


def by_name(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a mapping holds under either spelling, by their names here.

    Raises:
        ConfigurationError: A name is unknown, or there in both spellings.
    """
    settings: dict[str, Any] = {}
    for key, value in mapping.items():
        name = _CAMEL_CASE.get(key, key)
        if name in settings:
            raise ConfigurationError(f"{name} is given twice, in two spellings")
        settings[name] = value
    check_names(settings)
    return settings


def check_names(names: Iterable[object]) -> None:
    """Raise ConfigurationError where a name is none of a setting, suggesting the nearest one."""
    for name in names:
        if name not in KINDS:
            raise NotAvailableYetError(str(name)) if name in NOT_YET else _unknown(name)


def _unknown(name: object) -> ConfigurationError:
    from difflib import get_close_matches  # noqa: PLC0415 - a millisecond, for the error only

    # Compared without underscores and case, so that either spelling finds it; cut, since the comparison is quadratic.
    plain = {known.replace("_", ""): known for known in KINDS}
    close = get_close_matches(str(name)[:40].replace("_", "").lower(), plain, n=1)
    hint = f"; did you mean {plain[close[0]]}?" if close else ""
    return ConfigurationError(f"unknown setting {shown(name)}{hint}")


def check_available(name: str, value: Any) -> None:
    """Raise NotAvailableYetError where a checked value needs a feature that this version does not have."""
    if name in NOT_YET and NOT_YET[name](value):
        raise NotAvailableYetError(f"{name}={shown(value)}" if isinstance(value, (str, tuple)) and value else name)
