"""Bare numbers that are personal data because a word beside them says so: "SSN 123456789", "call me at 020 7946 0958".

The words stand in context_words.py, the forms of the numbers in context_forms.py. They are loaded for the first text
that opens the gate: 13 ms.
Cost: 1 us for 60 characters that open the gate, 13 us for 2 KB; 4 us for each keyword, 10 us with a number beside it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from types import ModuleType
from typing import Final, NamedTuple

from clippy_otel.privacy.recogniser import Span, ascii_of, shape_of_numbers

# Digits in a row, in groups as of telephone numbers, and of dates; the Italian tax number.
_GATE: Final = ("000000", "000-000", "0-00-00", "0-0-0000", "000--000", "0x-0000", "0-xxx-0000", "x00x00x000x")


class Contexts(NamedTuple):
    """The finder of numbers beside keywords."""

    name: str = "contextual"
    needles: tuple[str, ...] = ()
    words: tuple[str, ...] = _GATE

    @property
    def keywords(self) -> Iterable[str]:
        """The words beside which a number counts."""
        from clippy_otel.privacy.recognisers.context_words import KEYWORDS  # noqa: PLC0415 - for the first text

        return KEYWORDS

    def find(self, text: str) -> list[Span]:
        """Return the places of the numbers in a text, from left to right."""
        spans = _search().numbers_beside_keywords(text)
        return [span for span in spans if _opens_gate(text[slice(*span)])] if spans else spans

    def is_silent(self, text: str) -> bool:
        """Say whether nothing would be found with any other digits in the places of an ASCII text's own."""
        return not _search().may_have_numbers(text)


def _opens_gate(number: str) -> bool:
    numbers = shape_of_numbers(ascii_of(number))
    return any(needle in numbers for needle in _GATE)


@functools.cache
def _search() -> ModuleType:
    from clippy_otel.privacy.recognisers import context_search  # noqa: PLC0415 - see the module's docstring

    return context_search


CONTEXTUAL: Final = Contexts()
