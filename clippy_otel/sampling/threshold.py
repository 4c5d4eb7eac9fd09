"""The one threshold function: a record is kept where its randomness reaches the rejection threshold of its rate.

W3C trace context level 2 and OpenTelemetry's consistent probability sampling: 56 bits of randomness, taken from the
`rv` of the trace state's `ot` entry, else from the low 56 bits of the trace id. A smaller rate keeps a subset of what
a larger one keeps, and everyone who uses the rule agrees about a trace without being told.
"""

from __future__ import annotations

from typing import Final

RANDOMNESS_BITS: Final = 56
RANDOMNESS_RANGE: Final = 1 << RANDOMNESS_BITS
_MASK: Final = RANDOMNESS_RANGE - 1
_RV_DIGITS: Final = RANDOMNESS_BITS // 4


def rejection_threshold(rate: float) -> int:
    """Return the threshold T of a rate (0 to 1): randomness >= T is kept, so a rate of 1 gives 0."""
    return round((1.0 - rate) * RANDOMNESS_RANGE)


def of_trace(trace_id: int, ot_trace_state: str | None = None) -> int:
    """Return a trace's randomness, 0 to 2**56 - 1.

    Args:
        trace_id: The 128-bit trace id.
        ot_trace_state: The value of the trace state's `ot` entry ("th:8;rv:..."); None where it has none.
    """
    for entry in (ot_trace_state or "").split(";"):
        key, _, value = entry.partition(":")
        if key == "rv" and len(value) == _RV_DIGITS:
            try:
                return int(value, 16)
            except ValueError:
                break
    return trace_id & _MASK


def of_text(text: str) -> int:
    """Return the randomness of a session or event id: the same text, the same number, on every machine."""
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, 3.5 MB, for who samples

    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=RANDOMNESS_BITS // 8).digest()
    return int.from_bytes(digest, "big")
