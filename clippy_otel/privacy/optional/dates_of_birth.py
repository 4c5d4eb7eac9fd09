"""Dates of birth: a date that a word right before it says to be one (born on, date of birth, DOB, geboren am)."""

from __future__ import annotations

import re
from typing import Final

from clippy_otel.privacy.recogniser import Recogniser, Span

_MONTH: Final = r"[^\W\d_]{3,10}\.?"
_DAY: Final = r"(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th|\.)?"
_NUMBER: Final = "(?:0?[1-9]|[12][0-9]|3[01])"
_YEAR: Final = "(?:19|20)[0-9]{2}"
_DATE: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:{_YEAR}[-/.]{_NUMBER}[-/.]{_NUMBER}|{_NUMBER}[-/.]{_NUMBER}[-/.]{_YEAR}"
    rf"|{_DAY} (?:of |de )?{_MONTH},? (?:de )?{_YEAR}|{_MONTH} {_DAY},? {_YEAR})(?![0-9A-Za-z]|[-/.][0-9])",
    re.IGNORECASE,
)
_WORDS: Final = (
    r"(?i:(?<![^\W_])(?:dob|d\.o\.b|born|birth|birthday|birthdate|n[eé]e?|naissance|geboren|geburtsdatum|geb|nacid[oa]"
    r"|nacimiento|nascita|nat[oa])(?![^\W_]))"
)
_MAX_BETWEEN: Final = 24  # characters: " of the patient is "
_MAX_DATE: Final = 32


def _date_behind(text: str, _start: int, end: int) -> Span | None:
    match = _DATE.search(text, end, end + _MAX_BETWEEN + _MAX_DATE)
    if match is None or match.start() - end > _MAX_BETWEEN or "\n" in text[end : match.start()]:
        return None
    return match.span()


# A date has a year of four digits.
DATE_OF_BIRTH_FINDER: Final = Recogniser("date_of_birth", (), _WORDS, _date_behind, words=("wwww",))
