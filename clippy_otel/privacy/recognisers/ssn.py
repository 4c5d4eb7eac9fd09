"""US social security numbers with separators: area 001 to 899 without 666, group 01 to 99, serial 0001 to 9999."""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.recogniser import BEGINS, GAPS, Recogniser, Span

_PATTERN: Final = (
    rf"[0-8]{BEGINS}(?!(?<=0)00|(?<=6)66)[0-9]{{2}}"
    rf"[{GAPS}](?!00)[0-9]{{2}}[{GAPS}](?!0000)[0-9]{{4}}(?![0-9A-Za-z_])"
)


def _ssn(text: str, start: int, end: int) -> Span | None:
    """Refuse two kinds of separators, and what is part of a longer number with the same one."""
    gap = text[start + 3]
    if text[start + 6] != gap:
        return None
    if start > 1 and text[start - 1] == gap and text[start - 2].isdecimal():
        return None
    if text[end : end + 1] == gap and text[end + 1 : end + 2].isdecimal():
        return None
    return start, end


US_SSN: Final = Recogniser("us_ssn", ("000-00-0000",), _PATTERN, _ssn)
