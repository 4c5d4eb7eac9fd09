"""Telephone numbers: what the plus and its country code, or a North American layout, must agree with.

A narrow form of the numbering plans: which country codes exist, and how many digits a number has at least and at most.
"""

from __future__ import annotations

import re
from typing import Final

from clippy_otel.privacy.recogniser import GAPS, Recogniser, Span

_MAX_DIGITS: Final = 15  # ITU-T E.164
# Digits after a separator that are left off at the end where there are more than any country has.
_MAX_USUAL_DIGITS: Final = 14


def _codes() -> frozenset[str]:
    two = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66"
    two += " 81 82 84 86 90 91 92 93 94 95 98"
    three = [211, 212, 213, 216, 218, *range(220, 259), *range(260, 270), 290, 291, 297, 298, 299]
    three += [*range(350, 360), *range(370, 384), 385, 386, 387, 389, 420, 421, 423]
    three += [*range(500, 510), *range(590, 600), *range(670, 693), 800, 808, 850, 852, 853, 855, 856, 870, 878]
    three += [*range(880, 884), 886, 888, *range(960, 969), *range(970, 978), 979, *range(992, 999)]
    return frozenset({"1", "7", *two.split(), *map(str, three)})


_COUNTRY_CODES: Final = _codes()
_NORTH_AMERICAN: Final = re.compile(r"1[2-9](?!11)[0-8][0-9][2-9](?!11)[0-9]{6}")
_DIGIT: Final = re.compile("[0-9]")
_LAST_GROUP: Final = re.compile(r"[^0-9]+[0-9]*\Z")
_MARK: Final = re.compile("[(.-]")
_GLUED: Final = re.compile(r"(?!x[0-9])[A-Za-z_]")


def _international(text: str, start: int, end: int) -> Span | None:
    """Return the place of the number with a plus that begins the candidate, None where there is none.

    The candidate may hold more numbers behind it: whole groups are left off at its end.
    """
    if _GLUED.match(text, end):
        return None
    candidate = text[start:end]
    while candidate:
        digits = "".join(_DIGIT.findall(candidate))
        shorter = _LAST_GROUP.sub("", candidate)
        if _is_number(digits) and (len(digits) <= _MAX_USUAL_DIGITS or len(shorter) == len(candidate)):
            return start, start + len(candidate)
        candidate = shorter if len(shorter) < len(candidate) else ""
    return None


def _is_number(digits: str) -> bool:
    """Say whether these digits are a country code and a number that is not too short or long for it."""
    if digits[:1] == "1":
        return _NORTH_AMERICAN.fullmatch(digits) is not None
    if digits[:1] == "7":
        return len(digits) == 11  # noqa: PLR2004 - Russia and Kazakhstan have numbers of ten digits
    shortest = 9 if digits[:2] in _COUNTRY_CODES else 8
    return shortest <= len(digits) <= _MAX_DIGITS and (digits[:2] in _COUNTRY_CODES or digits[:3] in _COUNTRY_CODES)


def _north_american(text: str, start: int, end: int) -> Span | None:
    """Refuse a candidate that is part of a longer number: a version, an identifier, a row of figures."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    # Beside a number whose own separators are spaces, a space joins too.
    joins = ".-" if _MARK.search(text, start, end) else ".- "
    if len(before) > 1 and before[0].isdecimal() and before[1] in joins:
        return None
    if len(after) > 1 and after[0] in ".-" and after[1].isdecimal():
        return None
    return start, end


_GAP: Final = f"[.{GAPS}]"
_AREA: Final = "(?!.11)[2-9][0-8][0-9]"
_LINE: Final = f"(?!.11)[2-9][0-9]{{2}}{_GAP}[0-9]{{4}}(?:x[0-9]{{1,6}})?(?![0-9A-Za-z_])"

# (415) 555-2671, 415-555-2671, 1 415 555 2671: only with separators, so that counters and epochs stay.
PHONE_NORTH_AMERICAN: Final = Recogniser(
    "phone",
    ("000-0000",),
    (
        rf"[(1-9](?<![0-9A-Za-z_+][(1-9])(?:(?<=\(){_AREA}\){_GAP}{{0,2}}"
        rf"|(?<=1){_GAP}\(?{_AREA}\)?{_GAP}{{1,2}}"
        rf"|(?<=[2-9])(?!11)[0-8][0-9]{_GAP}){_LINE}"
    ),
    _north_american,
)

# +45 32 12 34 56: a plus, the country code, 8 to 15 digits in all.
PHONE_INTERNATIONAL: Final = Recogniser(
    "phone",
    ("+",),
    rf"\+(?<![0-9A-Za-z_+]\+)\(?[1-9](?:[.()/{GAPS}]{{0,3}}[0-9]){{7,14}}(?![0-9])",
    _international,
)
