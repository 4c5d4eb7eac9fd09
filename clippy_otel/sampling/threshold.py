"""The one threshold function: a record is kept where its randomness reaches the rejection threshold of its rate.

W3C trace context level 2 and OpenTelemetry's consistent probability sampling: 56 bits of randomness, taken from the
`rv` of the trace state's `ot` entry, else from the low 56 bits of the trace id. A smaller rate keeps a subset of what
a larger one keeps, and everyone who uses the rule agrees about a trace without being told.

Cost: 0.15 us for a trace or an event's number, 0.8 us for a text.
"""

from __future__ import annotations

from typing import Final

RANDOMNESS_BITS: Final = 56
RANDOMNESS_RANGE: Final = 1 << RANDOMNESS_BITS
OT: Final = "ot"  # OpenTelemetry's own entry in a trace state
MASK: Final = RANDOMNESS_RANGE - 1  # of the part of a trace id that is its randomness
_DIGITS: Final = RANDOMNESS_BITS // 4
_WORD: Final = (1 << 64) - 1
_SHIFT: Final = 64 - RANDOMNESS_BITS
# Odd, and without a pattern in their bits; the first is the golden ratio's.
_FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93


def rejection_threshold(rate: float) -> int:
    """Return the threshold T of a rate (0 to 1): randomness >= T is kept, so a rate of 1 gives 0."""
    return round((1.0 - rate) * RANDOMNESS_RANGE)


def rate_of(rejection: int) -> float:
    """Return the rate of a threshold."""
    return (RANDOMNESS_RANGE - rejection) / RANDOMNESS_RANGE


def of_trace(trace_id: int, ot_trace_state: str | None = None) -> int:
    """Return a trace's randomness, 0 to 2**56 - 1.

    Args:
        trace_id: The 128-bit trace id.
        ot_trace_state: The value of the trace state's `ot` entry ("th:8;rv:..."); None where it has none.
    """
    explicit = None if ot_trace_state is None else _entry(ot_trace_state, "rv")
    if explicit is not None and len(explicit) == _DIGITS:
        number = _hex(explicit)
        if number is not None:
            return number
    return trace_id & MASK


def of_number(number: int) -> int:
    """Return the randomness of an event by its number (its id as an integer): a hash, the same on every machine.

    Numbers that count on, in steps of any size, are spread as if by chance: multiplied, the high bits mixed into the
    low ones, and multiplied again. (To multiply once spreads them with a pattern, which some steps meet.)
    """
    number = (number & _WORD) * _FIRST & _WORD
    return ((number ^ number >> 32) * _SECOND & _WORD) >> _SHIFT


def of_text(text: str) -> int:
    """Return the randomness of a session id or another text: the same text, the same number, on every machine."""
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, 3.5 MB, for who samples

    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=RANDOMNESS_BITS // 8).digest()
    return int.from_bytes(digest, "big")


def of_th(ot_trace_state: str) -> int | None:
    """Return the threshold by which a trace was sampled, as its trace state's `ot` entry has it; None for none.

    Without one nobody knows what share of the traces it stands for.
    """
    text = _entry(ot_trace_state, "th")
    if text is None or not 0 < len(text) <= _DIGITS:
        return None
    return _hex(text.ljust(_DIGITS, "0"))


def with_th(ot_trace_state: str | None, rejection: int) -> str:
    """Return an `ot` entry that says by which threshold the trace was sampled; what else stands there is kept.

    Args:
        ot_trace_state: The entry as it is; None where there is none.
        rejection: The threshold, below 2**56.
    """
    th = f"th:{rejection:0{_DIGITS}x}".rstrip("0") if rejection else "th:0"
    others = [part for part in (ot_trace_state or "").split(";") if part and not part.startswith("th:")]
    return ";".join([th, *others])


def _entry(ot_trace_state: str, name: str) -> str | None:
    for entry in ot_trace_state.split(";"):
        key, _, value = entry.partition(":")
        if key == name:
            return value
    return None


def _hex(text: str) -> int | None:
    """Return what hex digits say; int() takes signs, blanks and underscores too."""
    try:
        return int(text, 16) if text.isalnum() else None
    except ValueError:
        return None
