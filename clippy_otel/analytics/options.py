"""The options of UsageAnalytics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from clippy_otel.config.kinds import Flag, Kind, Whole, refusal
from clippy_otel.config.options import checked_options

MAX_NAMES: Final = 10_000


class AnalyticsOptions(NamedTuple):
    """What UsageAnalytics tracks, and how much of it it keeps.

    Attributes:
        track_features: False: features are neither recorded nor counted.
        track_conversations: Likewise, conversations.
        track_providers: Likewise, providers.
        track_proactive: Likewise, proactive suggestions.
        max_names: How many features, and how many providers, have rows of their own, 1 to 10,000; all that come later
            are one more row. 1,000 take 250 KB at most, whatever is tracked, and more of them so many times as much.
        window_ms: Of active users and percentiles, in milliseconds, 1 or more. Default 1 hour.
    """

    track_features: bool = True
    track_conversations: bool = True
    track_providers: bool = True
    track_proactive: bool = True
    max_names: int = 1_000
    window_ms: int = 3_600_000


class _Names(Whole):
    """How many names there may be."""

    def check(self, name: str, value: Any) -> Any:
        if isinstance(value, int) and value > MAX_NAMES:
            raise refusal(name, f"a whole number from 1 to {MAX_NAMES}", value)
        return super().check(name, value)


_KINDS: Final[Mapping[str, Kind]] = {
    "track_features": Flag(),
    "track_conversations": Flag(),
    "track_providers": Flag(),
    "track_proactive": Flag(),
    "max_names": _Names(1),
    "window_ms": Whole(1),
}


def checked(options: AnalyticsOptions | None, settings: Mapping[str, Any]) -> AnalyticsOptions:
    """Return options with settings over them; None: over the defaults. See checked_options()."""
    return checked_options(("analytics", "UsageAnalytics"), AnalyticsOptions(), _KINDS, options, settings)
