"""The setting `spool`: options, checked one by one; in a variable `durability=always,fsync=never`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from clippy_otel.config.kinds import Kind, Number, Whole, Word, refusal
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SpoolOptions

MIN_BYTES: Final = 1_048_576  # a few segments

_OPTIONS: Final[Mapping[str, Kind]] = {
    "max_bytes": Whole(MIN_BYTES),
    "max_age_s": Number(above_zero=True),
    "durability": Word("spool_on_failure", "always", "memory"),
    "fsync": Word("never", "interval", "always"),
    "fsync_interval_ms": Whole(1),
}


class Spool(Kind):
    """SpoolOptions."""

    from_text = True

    def check(self, name: str, value: Any) -> Any:
        """Take SpoolOptions, or a mapping of some of them."""
        if isinstance(value, SpoolOptions):
            value = value._asdict()
        if not isinstance(value, Mapping):
            raise refusal(name, "SpoolOptions(...)", value)
        for option in value:
            if option not in _OPTIONS:
                raise ConfigurationError(f"{name}: its options are {', '.join(_OPTIONS)}")
        return SpoolOptions(**{option: _OPTIONS[option].check(f"{name}.{option}", value[option]) for option in value})

    def parse(self, name: str, text: str) -> Any:
        """Read `option=value` pairs separated by commas."""
        options: dict[str, Any] = {}
        for pair in filter(None, map(str.strip, text.split(","))):
            option, separator, value = map(str.strip, pair.partition("="))
            if not separator or option not in _OPTIONS:
                raise ConfigurationError(f"{name} must be option=value pairs; the options are {', '.join(_OPTIONS)}")
            options[option] = _OPTIONS[option].parse(f"{name}: {option}", value)
        return options
