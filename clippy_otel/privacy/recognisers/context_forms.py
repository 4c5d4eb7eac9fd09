"""What numbers look like that stand beside keywords: a form for each kind, with a test of what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Final

from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.recogniser import GAPS, compiled
from clippy_otel.privacy.recognisers import context_words as words
from clippy_otel.privacy.recognisers.cards import has_valid_check_digit
from clippy_otel.privacy.recognisers.phones import with_extension

_EPOCH_MS_DIGITS: Final = 13


class Form(Enum):
    """How strictly a number is judged."""

    ANY = "any"  # that its kind has
    EVIDENT = "evident"  # a number of telephone by its form: it begins with a zero, or stands in groups
    WRITTEN = "written"  # evident, and neither ten digits in a row nor two groups


def end_of(text: str, start: int, kind: str, form: Form) -> int | None:
    """Return the end of the number of a kind that begins at a place, None where none does.

    Args:
        text: All of it.
        start: The place.
        kind: One of context_words.py.
        form: How strictly it is judged.
    """
    pattern, is_valid = _FORMS[kind]
    match = compiled(pattern).match(text, start)
    if match is None:
        return None
    value = match[0]
    if not _has_form(value, form) or not is_valid(value):
        return None
    return with_extension(text, match.end()) if kind == words.PHONE else match.end()


def may_begin(text: str, start: int, kind: str) -> bool:
    """Say whether digits stand at a place as those of a kind do, whichever they are; not of a date of birth.

    Args:
        text: All of it.
        start: The place.
        kind: One of context_words.py.
    """
    return compiled(_FORMS[kind][0]).match(text, start) is not None


def _digits(value: str) -> str:
    return value if value.isdecimal() else "".join(filter(str.isdecimal, value))


_DATE: Final = lazy(r"(?:19|20)[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-/.])[0-9]{1,2}\2(?:19|20)[0-9]{2}")
_VERSION: Final = lazy(r"(?:.*[^0-9])?[0-9]\.|.*\.[0-9]\Z", re.DOTALL)


def _is_phone(value: str) -> bool:
    """Say whether digits in any grouping can be a number of telephone: not a date, a version, an address, an epoch."""
    digits = _digits(value)
    if len(set(digits)) == 1:
        return False
    if digits != value and (_DATE.match(value) or _VERSION.match(value) or _has_ip_address(value)):
        return False
    if len(digits) > _MAX_NATIONAL_DIGITS:
        return digits.startswith(("00", "011"))
    if len(digits) < _MIN_PHONE_DIGITS:
        return digits != value or digits[0] == "0"
    return not (value.isdecimal() and len(digits) == _EPOCH_MS_DIGITS and digits[0] == "1")


def _has_ip_address(value: str) -> bool:
    return any(
        all(part == str(int(part)) and int(part) <= _MAX_IP_PART for part in ip.split(".")) for ip in _IP.findall(value)
    )


_IP: Final = lazy(r"(?<![0-9.])[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9]|\.[0-9])")
_MAX_IP_PART: Final = 255
_MAX_NATIONAL_DIGITS: Final = 13
_MIN_PHONE_DIGITS: Final = 7  # of one that is written in one piece, and not for the whole country
_WRITTEN: Final = r"\(|0[1-9]|00[1-9]|[0-9]+[^0-9]{1,3}[0-9]+[^0-9]{1,3}[0-9]|[0-9]{3,5}[ -][0-9]{5}"
# In a row as in North America, or in two groups.
_USUAL: Final = r"[2-9][0-9]{2}[2-9][0-9]{6}\Z|[0-9]{2,5}[ -][0-9]{3,6}\Z"
_MIN_EVIDENT_DIGITS: Final = 8


def _has_form(value: str, form: Form) -> bool:
    if form is Form.ANY:
        return True
    if len(_digits(value)) < _MIN_EVIDENT_DIGITS:
        return False
    return compiled(_WRITTEN).match(value) is not None or (
        form is Form.EVIDENT and compiled(_USUAL).match(value) is not None
    )


def _is_ssn(value: str) -> bool:
    digits = _digits(value)
    return digits[:3] not in ("000", "666") and digits[3:5] != "00" and digits[5:] != "0000"


def _is_card(value: str) -> bool:
    """Say whether digits pass Luhn's formula, or stand in fours as on a card; an epoch does neither."""
    return has_valid_check_digit(_digits(value)) or _FOURS.fullmatch(value) is not None


_FOURS: Final = lazy("[0-9]{4}(?:[^0-9][0-9]{4}){3}")


def _is_routing_number(value: str) -> bool:
    weights = (3, 7, 1) * 3
    return sum(weight * int(digit) for weight, digit in zip(weights, value, strict=True)) % 10 == 0


def _is_identity(value: str) -> bool:
    return len(_digits(value)) >= _MIN_IDENTITY_DIGITS and not _DATE.fullmatch(value)


_MIN_IDENTITY_DIGITS: Final = 6


def _always(_value: str) -> bool:
    return True


_END: Final = r"(?![0-9A-Za-z_]|[.:][0-9]|-[0-9A-Za-z])"
_MONTH: Final = (
    "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|fév|avr|juin|juil|août|déc|ene|abr|ago|dic)"
    r"[^\W\d_]{0,7}\.?"
)
_YEAR: Final = "(?:19|20)[0-9]{2}"
_BIRTH: Final = (
    rf"{_YEAR}([-/. ]?)[01]?[0-9]\1[0-3]?[0-9]|[0-3]?[0-9]([-/. ])[01]?[0-9]\2(?:{_YEAR}|[0-9]{{2}})"
    rf"|[01]?[0-9]([-/. ])[0-3]?[0-9]\3(?:{_YEAR}|[0-9]{{2}})"
    rf"|[0-3]?[0-9](?:st|nd|rd|th|\.)?[ -]?(?:of |de )?{_MONTH}[ ,.-]{{1,2}}(?:de )?{_YEAR}"
    rf"|{_MONTH}[ ][0-3]?[0-9](?:st|nd|rd|th)?,?[ ]{_YEAR}|{_YEAR}年[01]?[0-9]月[0-3]?[0-9]日"
)

_Form = tuple[str, Callable[[str], bool]]
# What a number of each kind looks like, and what else has to be true of it.
_FORMS: Final[dict[str, _Form]] = {
    words.PHONE: (rf"\(?[0-9](?:[.()/{GAPS}]{{0,3}}[0-9]){{5,14}}(?:{_END}|(?=x[0-9]|ext))", _is_phone),
    words.SSN: (rf"[0-9]{{3}}[.{GAPS}]?[0-9]{{2}}[.{GAPS}]?[0-9]{{4}}{_END}", _is_ssn),
    words.CARD: (rf"[0-9](?:[.+{GAPS}]?[0-9]){{11,18}}{_END}", _is_card),
    words.ACCOUNT: (rf"[0-9](?:[{GAPS}]?[0-9]){{5,19}}{_END}", _always),
    words.ROUTING: (rf"[0-9]{{9}}{_END}", _is_routing_number),
    words.SORT_CODE: (rf"[0-9]{{2}}[{GAPS}]?[0-9]{{2}}[{GAPS}]?[0-9]{{2}}{_END}", _always),
    words.IDENTITY: (
        rf"(?:[A-Z]{{0,6}}[{GAPS}]?[0-9](?:[./{GAPS}]?[0-9A-Z]){{4,18}}|[A-Za-z]{{0,4}}[0-9]{{5,15}}[A-Za-z]?){_END}",
        _is_identity,
    ),
    words.BIRTH: (rf"(?i:{_BIRTH}){_END}", _always),
}
