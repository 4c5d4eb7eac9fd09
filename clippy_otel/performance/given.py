"""What callers give, as what can be recorded: None where it cannot. Nothing here raises.

The application's measurements come from anywhere: a model's answer, a browser, a clock that was set back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any, Final

from clippy_otel.otlp.plain import text as text_of

MAX_TEXT_CHARS: Final = 255
_MAX_DURATION_MS: Final = 1e12
_MAX_WHOLE: Final = 1 << 53  # up to here a float holds every whole number


def finite(value: object) -> float | None:
    """Return a finite number; True is 1."""
    if type(value) is not float and not isinstance(value, Real):
        return None
    try:
        found = float(value)
    except Exception:  # noqa: BLE001 - an int beyond all floats, or a number of the application's own
        return None
    return found if math.isfinite(found) else None


def number(value: object) -> float | None:
    """Return a finite number of 0 or more; no bool."""
    if value is None:
        return None
    found = None if isinstance(value, bool) else finite(value)
    return found if found is not None and found >= 0 else None


def duration_ms(value: object) -> float | None:
    """Return a number of milliseconds, 0 or more, up to 31 years: farther back no clock is of use."""
    if type(value) is float and 0 <= value < _MAX_DURATION_MS:
        return value
    found = number(value)
    return found if found is not None and found < _MAX_DURATION_MS else None


def whole(value: object) -> int | None:
    """Return a whole number of 0 or more, also one given as a float; no bool."""
    if type(value) is int and 0 <= value < _MAX_WHOLE:
        return value
    found = number(value)
    return int(found) if found is not None and found.is_integer() and found < _MAX_WHOLE else None


def text(value: Any, redact: Callable[[str], str] | None = None) -> str | None:
    """Return a text with something in it, at most 255 characters of it; of anything else its text. None for None.

    Args:
        value: Anything.
        redact: For what leaves the process: redacts a text that is cut, for half an address is not found any more.
    """
    if value is None:
        return None
    found = value if type(value) is str else text_of(value)
    if redact is not None and len(found) > MAX_TEXT_CHARS:
        found = redact(found)
    return found if 0 < len(found) <= MAX_TEXT_CHARS else found[:MAX_TEXT_CHARS] or None
