"""Whole numbers and ids out of any Python value, for the fields of a record that hold nothing else.

Guarantee: an int in the stated range, for any value; nothing raises.
"""

from __future__ import annotations

from clippy_otel.otlp.plain import plain
from clippy_otel.otlp.wire import UINT64_MAX


def whole(value: object, highest: int = UINT64_MAX) -> int:
    """Return a number as an int from 0 to highest; 0 for what is no number."""
    number = plain(value)
    if not isinstance(number, (int, float)) or number != number:  # noqa: PLR0124 - NaN
        return 0
    return int(min(max(number, 0), highest))


def identifier(value: object, bits: int) -> int:
    """Return an id of so many bits; 0, which is none, for what is out of its range: another one would be false."""
    number = plain(value)
    return number if isinstance(number, int) and 0 <= number < 1 << bits else 0
