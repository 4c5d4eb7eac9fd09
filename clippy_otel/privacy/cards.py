"""Payment cards: a number is one where its issuer, length, grouping and check digit agree."""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.recogniser import GAPS, Recogniser, Span

_SHORTEST, _LONGEST = 13, 19
# An int of 17 to 19 digits is an identifier (trace ids of 64 bits, snowflakes, nanoseconds): one in ten passes Luhn.
MIN_CARD_INT: Final = 10 ** (_SHORTEST - 1)
MAX_CARD_INT: Final = 10**16 - 1

_NONE: Final[frozenset[int]] = frozenset()
_FROM_14, _FROM_16, _MAESTRO = (frozenset(range(shortest, _LONGEST + 1)) for shortest in (14, 16, _SHORTEST))
_15, _16 = frozenset({15}), frozenset({16})

# Leading digits, first and last, and the lengths of the numbers that begin with them (ISO/IEC 7812, the networks' own
# publications). No two rows overlap.
_ISSUERS: Final = (
    (0, 0, _NONE),
    (4, 4, frozenset({13, 16, 19})),  # Visa
    (51, 55, _16),  # Mastercard
    (2221, 2720, _16),  # Mastercard, 2-series
    (34, 34, _15),  # American Express
    (37, 37, _15),
    (300, 305, _FROM_14),  # Diners Club
    (3095, 3095, _FROM_14),
    (36, 36, _FROM_14),
    (38, 39, _FROM_14),
    (6011, 6011, _FROM_16),  # Discover
    (644, 649, _FROM_16),
    (65, 65, _FROM_16),  # Discover, RuPay, Elo, Troy
    (3528, 3589, _FROM_16),  # JCB
    (1800, 1800, _15),
    (2131, 2131, _15),
    (62, 62, _FROM_16),  # UnionPay
    (8100, 8171, _FROM_16),
    (5018, 5018, _MAESTRO),
    (5020, 5020, _MAESTRO),
    (5038, 5038, _MAESTRO),
    (5893, 5893, _MAESTRO),
    (6304, 6304, _MAESTRO),
    (6759, 6759, _MAESTRO),
    (6761, 6763, _MAESTRO),
    (2200, 2204, _FROM_16),  # Mir
    (508, 508, _16),  # RuPay
    (606, 608, _16),  # RuPay, Hipercard
    (9792, 9792, _16),  # Troy
)


def _rows() -> bytes:
    """Return the row of _ISSUERS for each four digits; 0 for no issuer."""
    rows = bytearray(10_000)
    for row, (first, last, _) in enumerate(_ISSUERS):
        scale = 10 ** (4 - len(str(first)))
        rows[first * scale : (last + 1) * scale] = bytes([row]) * ((last + 1 - first) * scale)
    return bytes(rows)


_ROWS: Final = _rows()
_DOUBLED: Final = bytes.maketrans(b"0123456789", bytes(sum(divmod(2 * digit, 10)) + 48 for digit in range(10)))
# First digits of an issuer, coarsely: the table is exact, but a look-up in it takes as long as three candidates here.
_START: Final = "(?:(?<=4)|(?<=5)[0-58]|(?<=6)[02-57]|(?<=3)[0-9]|(?<=2)[1-7]|(?<=1)8|(?<=8)1|(?<=9)7)"
# 13 to 19 digits, in one row or grouped as on cards; the fraction of a float begins behind a digit and a point.
_END: Final = r"(?![0-9A-Za-z_]|\.[0-9])"
_GAP: Final = f"[{GAPS}]"
_FOURS: Final = rf"[0-9]{{3}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{1,4}}(?:{_GAP}[0-9]{{1,3}})?"
_FOUR_SIX: Final = rf"[0-9]{{3}}{_GAP}[0-9]{{6}}{_GAP}[0-9]{{4,5}}"
_SIX: Final = rf"[0-9]{{5}}{_GAP}[0-9]{{7,13}}"
_PATTERN: Final = (
    r"[1-689](?<![0-9A-Za-z_][1-9])(?<![0-9]\.[1-9])"
    rf"(?={_START})(?=([0-9]{{12,18}}{_END}|(?:{_FOURS}|{_FOUR_SIX}|{_SIX}){_END}))"
)
_FIRST_GROUPS: Final = (4, 6)  # digits


def _card(text: str, start: int, end: int) -> Span | None:
    """Return the place of the card number that begins at a candidate's beginning, None where there is none.

    The candidate may hold more than the card (its security code, a date): whole groups are left off at its end.
    """
    lengths = lengths_of(text[start : start + 4])
    if not lengths:
        return None
    candidate = text[start:end]
    if candidate.isdecimal():
        return (start, end) if len(candidate) in lengths and has_valid_check_digit(candidate) else None
    gap = next(candidate[place] for place in _FIRST_GROUPS if not candidate[place].isdecimal())
    while len(candidate) > _SHORTEST:
        digits = candidate.replace(gap, "")
        # A separator of a second kind is still in there, and no digit.
        if len(digits) in lengths and digits.isdecimal() and has_valid_check_digit(digits):
            return start, start + len(candidate)
        candidate = candidate.rpartition(gap)[0]
    return None


def lengths_of(first_digits: str) -> frozenset[int]:
    """Return how many digits the card numbers have that begin with these four; empty where none does."""
    return _ISSUERS[_ROWS[int(first_digits)]][2]


def has_valid_check_digit(digits: str) -> bool:
    """Say whether decimal digits end in their check digit by Luhn's formula."""
    data = digits.encode("ascii")
    return (sum(data[-1::-2] + data.translate(_DOUBLED)[-2::-2]) - 48 * len(data)) % 10 == 0


def is_card_number(number: int) -> bool:
    """Say whether an int is a card number; one of more than 16 digits counts as an identifier."""
    digits = str(number)
    return len(digits) in lengths_of(digits[:4]) and has_valid_check_digit(digits)


CARD: Final = Recogniser("card", ("0000000000000", "000-0000"), _PATTERN, _card)
