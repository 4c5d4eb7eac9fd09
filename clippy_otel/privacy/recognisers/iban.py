"""International bank account numbers: a country of the registry, its length, and the check digits (ISO 13616).

A number stands in one piece or in groups, in capital letters; in small ones where "IBAN" stands in the text. Of
identifiers in capital letters and digits at most one in 30,000 was taken, of those in small letters none.
Cost: 0.5 us for 60 characters that open its gate, 6 us for 2 KB.
"""

from __future__ import annotations

import functools
import re
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Final, NamedTuple

from clippy_otel.privacy.recogniser import GAPS, MAX_REFUSED, Span, ascii_of, compiled

# Characters of a number, by country: the registry of SWIFT, and the countries that use the form without being in it.
_REGISTRY: Final = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 "
    "EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 "
    "KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 "
    "PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 "
    "UA29 VA22 VG24 XK20 YE30"
)
_OTHERS: Final = (
    "AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 SN28 TD27 TG28"
)
_SHORTEST: Final = 15  # characters
LENGTHS: Final = {entry[:2]: int(entry[2:]) for entry in f"{_REGISTRY} {_OTHERS}".split()}

_IN_CAPITALS: Final = bytes.maketrans(
    (ascii_letters + digits).encode(), ("a" * len(ascii_lowercase) + "A" * len(ascii_uppercase) + "0" * 10).encode()
)
_ESCAPE: Final = r".?\\[nrt]\Z|%[0-9A-Fa-f]{2}\Z"
_BEGINNING: Final = "AA00"
_GAP: Final = f"[{GAPS}]"
# What opens the gate: a number in one piece or in fours, or one in other groups that has a run of digits.
_WRITTEN: Final = (
    rf"[0-9A-Za-z-]{{{_SHORTEST}}}|(?:[0-9A-Za-z]{{4}}[^0-9A-Za-z-]){{3}}[0-9A-Za-z]{{2}}"
    f"|[0-9]{{6}}|[0-9]{{4}}[{GAPS}][0-9]{{4}}"
)
_MODULUS: Final = 97
_VALUES: Final = str.maketrans({letter: str(value) for value, letter in enumerate(ascii_uppercase, 10)})


class Ibans(NamedTuple):
    """The finder of IBANs."""

    name: str = "iban"
    needles: tuple[str, ...] = ()
    words: tuple[str, ...] = ("xx00",)

    def is_silent(self, text: str) -> bool:
        """Say whether nothing would be found with any other digits in the places of a text's own."""
        return compiled("[A-Za-z]{2}[0-9]{2}").search(text) is None

    def find(self, text: str) -> list[Span]:
        """Return the places of the numbers in a text, from left to right."""
        data = ascii_of(text)
        if "iban" in text or "IBAN" in text or "Iban" in text:
            data = data.upper()
        shape = data.translate(_IN_CAPITALS).decode("ascii")
        spans: list[Span] = []
        refused = 0
        place = shape.find(_BEGINNING)
        while place >= 0:
            is_begun = place == 0 or shape[place - 1] not in "aA0" or _is_behind_escape(text, place)
            end = _end(text, place) if is_begun else None
            if end is None:
                refused += 1
                if refused > MAX_REFUSED:
                    return [(0, len(text))]
            else:
                spans.append((place, end))
            place = shape.find(_BEGINNING, end or place + len(_BEGINNING))
        return spans


def _is_behind_escape(text: str, place: int) -> bool:
    return compiled(_ESCAPE).match(text, max(place - 3, 0), place) is not None


def _end(text: str, start: int) -> int | None:
    """Return the end of the number that begins here, None where none does."""
    length = LENGTHS.get(text[start : start + 2].upper())
    if length is None:
        return None
    match = _of_length(length).match(text, start)
    if match is None:
        return None
    number = match[0]
    return match.end() if compiled(_WRITTEN).search(number) and is_iban(compiled(_GAP).sub("", number)) else None


@functools.cache
def _of_length(length: int) -> re.Pattern[str]:
    """Return the pattern of so many letters and digits, single separators between them left out."""
    return re.compile(f"(?:[0-9A-Za-z][{GAPS}]?){{{length - 1}}}[0-9A-Za-z](?![0-9A-Za-z])")


def is_iban(number: str) -> bool:
    """Say whether letters and digits are a number of its country's length with the right check digits."""
    if len(number) != LENGTHS.get(number[:2].upper()) or not (number.isascii() and number.isalnum()):
        return False
    return int((number[4:] + number[:4]).upper().translate(_VALUES)) % _MODULUS == 1


IBAN: Final = Ibans()
