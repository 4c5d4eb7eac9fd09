"""How much work one redaction may be: in bytes of a value, nodes of a record, and time."""

from __future__ import annotations

from time import monotonic_ns
from typing import Final, NamedTuple

from clippy_otel.exceptions import ConfigurationError

TRUNCATED: Final = "[TRUNCATED]"  # what stands at the end of a text that was cut

# Nesting is bounded by a constant, for the encoder's is the same: what is deeper would be cut there anyway.
MAX_DEPTH: Final = 32

_NS_PER_MS: Final = 1_000_000
_MIN_VALUE_BYTES: Final = 64  # room for TRUNCATED, a placeholder and some of the text


class _Limits(NamedTuple):
    max_value_bytes: int
    max_nodes: int
    max_time_ms: int


class Limits(_Limits):
    """The bounds of one call. What lies beyond them is replaced, never let through.

    Attributes:
        max_value_bytes: UTF-8 bytes that are kept of one text; a longer one is redacted, then cut, and ends in
            "[TRUNCATED]". At least 64; default 16,384.
        max_nodes: Values, at all depths, that are looked at in one call; the rest becomes one placeholder in each
            container that is open. At least 1; default 10,000.
        max_time_ms: Milliseconds after which the rest of one call is replaced in the same way. It is looked at after
            every 8,192 characters of text or 128 values, and inside of a text of more than 1,024 characters before each
            recogniser, so that a call ends within the time of that much work more. At least 1; default 50.
    """

    __slots__ = ()

    def __new__(cls, max_value_bytes: int = 16_384, max_nodes: int = 10_000, max_time_ms: int = 50) -> Limits:
        """Check each bound.

        Raises:
            ConfigurationError: One is too small.
        """
        limits = super().__new__(cls, max_value_bytes, max_nodes, max_time_ms)
        for name, value in limits._asdict().items():
            lowest = _MIN_VALUE_BYTES if name == "max_value_bytes" else 1
            if type(value) is not int or value < lowest:
                raise ConfigurationError(f"{name}: a whole number of at least {lowest} is allowed")
        return limits

    def deadline_ns(self) -> int:
        """Return when a call that begins now has to end: nanoseconds of the monotonic clock."""
        return monotonic_ns() + self.max_time_ms * _NS_PER_MS
