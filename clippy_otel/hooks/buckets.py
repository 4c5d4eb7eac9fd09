"""Where the buckets of a histogram lie, by its name or its unit: advice to the SDK, which a view overrides.

The SDK's own boundaries, 0 to 10,000, suit milliseconds: in them all seconds lie in two buckets, all bytes in the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clippy_otel import semconv

# From a cache hit to a batch job, three to a decade. With those of OpenTelemetry's HTTP convention that lie on it.
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
# Fractions, which are most of what has no unit, finer towards both ends; then counts.
_FRACTIONS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_COUNTS: Final = (2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 10_000.0)
_PERCENT: Final = (1.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 99.0, 100.0)
# 64 bytes to 1 GiB.
_BYTES: Final = tuple(4.0**power for power in range(3, 16))
# Of a unit that says nothing about the size of its values: 1/64 to 67 million, every value known within a factor of
# four. From 1 on these are the boundaries of the GenAI convention for tokens.
_POWERS: Final = tuple(4.0**power for power in range(-3, 14))

_BY_UNIT: Final[Mapping[str, tuple[float, ...]]] = {
    "s": _SECONDS,
    "ms": tuple(round(seconds * 1e3, 3) for seconds in _SECONDS),
    "us": tuple(round(seconds * 1e6) for seconds in _SECONDS),
    "ns": tuple(round(seconds * 1e9) for seconds in _SECONDS),
    "By": _BYTES,
    "bytes": _BYTES,
    "1": _FRACTIONS + _COUNTS,
    "%": _PERCENT,
}

# What the GenAI convention asks for: 10 ms to 82 s, and 1 to 67 million tokens.
_GEN_AI_SECONDS: Final = tuple(round(0.01 * 2**power, 2) for power in range(14))
_GEN_AI_TOKENS: Final = tuple(4.0**power for power in range(14))
_BY_CONVENTION: Final[Mapping[tuple[str, str], tuple[float, ...]]] = {
    (semconv.METRIC_GEN_AI_OPERATION_DURATION, "s"): _GEN_AI_SECONDS,
    (semconv.METRIC_GEN_AI_TIME_TO_FIRST_CHUNK, "s"): _GEN_AI_SECONDS,
    (semconv.METRIC_GEN_AI_TOKEN_USAGE, "{token}"): _GEN_AI_TOKENS,
}


def boundaries(name: str, unit: str) -> tuple[float, ...]:
    """Return the upper bounds of a histogram's buckets, ascending; the last bucket has none.

    Args:
        name: The histogram's name: a convention may say where its buckets lie.
        unit: Its unit, as in UCUM.
    """
    return _BY_CONVENTION.get((name, unit)) or _BY_UNIT.get(unit, _POWERS)
