"""Payment cards: a number is one where its issuer, length, grouping and check digit agree."""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.recogniser import BEGINS, GAPS, Recogniser, Span, compiled

_SHORTEST, _LONGEST = 12, 19
# An int of 17 to 19 digits is an identifier (trace ids of 64 bits, snowflakes, nanoseconds): one in ten passes Luhn.
MIN_CARD_INT: Final = 10**12
MAX_CARD_INT: Final = 10**16 - 1

_NONE: Final[frozenset[int]] = frozenset()
_FROM_14, _FROM_16, _MAESTRO = (frozenset(range(least, _LONGEST + 1)) for least in (14, 16, _SHORTEST))
_15, _16 = frozenset({15}), frozenset({16})

# Leading digits, first and last, and the lengths of the numbers that begin with them (ISO/IEC 7812, the networks' own
# publications). No two rows overlap.
_ISSUERS: Final = (
    (0, 0, _NONE),
    (4, 4, frozenset({16, 19})),  # Visa; none of 13 digits is left, and articles have as many
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
    (2200, 2205, _FROM_16),  # Mir, Borica
    (5019, 5019, _16),  # Dankort
    (506, 506, _FROM_16),  # Verve, Elo
    (5078, 5079, _FROM_16),
    (5080, 5099, _16),  # RuPay, Elo
    (6000, 6010, _16),  # RuPay, Hipercard
    (6012, 6099, _16),
    (8172, 8299, _16),
    (636, 636, _FROM_16),  # InterPayment, Elo
    (637, 639, _16),  # InstaPayment
    (8600, 8600, _16),  # Uzcard
    (9704, 9704, frozenset({16, 19})),  # Napas
    (9792, 9792, _16),  # Troy
    (9860, 9860, _16),  # Humo
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
_START: Final = "(?:(?<=4)|(?<=[56])[0-9]|(?<=3)[0-9]|(?<=2)[1-7]|(?<=1)8|(?<=8)[126]|(?<=9)[78])"
# 12 to 19 digits, in one row or grouped as on cards ("+" is a space in a query string); the fraction of a float begins
# behind a digit and a point.
_END: Final = r"(?![0-9A-Za-z_]|\.[0-9])"
_GAP: Final = f"[.+{GAPS}]"
_FOURS: Final = rf"[0-9]{{3}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}(?:{_GAP}[0-9]{{1,4}}(?:{_GAP}[0-9]{{1,3}})?)?"
_FOUR_SIX: Final = rf"[0-9]{{3}}{_GAP}[0-9]{{6}}{_GAP}[0-9]{{4,5}}"
_SIX: Final = rf"[0-9]{{5}}[{GAPS}][0-9]{{7,13}}"
_PATTERN: Final = (
    rf"[1-689]{BEGINS}(?<![0-9]\.[1-9])"
    rf"(?={_START})(?=([0-9]{{11,18}}{_END}|(?:{_FOURS}|{_FOUR_SIX}|{_SIX}){_END}))"
)
_FIRST_GROUPS: Final = (4, 6)  # digits

# What names an identifier, of which some have a card's form by chance: a key, or the trace id of a trace header.
_KEY: Final = r"(?:(?<![A-Za-z])(?i:id|trace|span)|(?<=[a-z])I[dD])[\"']?[ ]?[:=][ ]?[\"']?\Z"
_HEX_ID: Final = r"[0-9a-fA-F]{16}[-:]\Z"
_HEX_GROUP: Final = "[^0-9A-Za-z]?(?=.{0,3}[0-9])(?=.{0,3}[A-Fa-f])[0-9A-Fa-f]{4}[^0-9A-Za-z]?"  # a letter and a digit
_DUMP_CHARS: Final = 6
_HUNG: Final = r"[A-Za-z]-\Z"  # on a word: "ca-pub-4394728839428838"
_PAYMENT: Final = "(?i)card|visa|master|amex|maestro|discover|(?<![a-z])(?:pan|cc|pay)"
_MAX_KEY_CHARS: Final = 32
_BEHIND_KEYS: Final = frozenset(":=-\"'")


def _card(text: str, start: int, end: int) -> Span | None:
    """Return the place of the card number that begins at a candidate's beginning, None where there is none.

    The candidate may hold more than the card (its security code, a date): whole groups are left off at its end.
    """
    lengths = lengths_of(text[start : start + 4])
    if not lengths:
        return None
    candidate = text[start:end]
    if candidate.isdecimal():
        is_card = len(candidate) in lengths and has_valid_check_digit(candidate)
        return (start, end) if is_card and not _is_identifier(text, start) else None
    gap = next(candidate[place] for place in _FIRST_GROUPS if not candidate[place].isdecimal())
    while len(candidate) > _SHORTEST:
        digits = candidate.replace(gap, "")
        # A separator of a second kind is still in there, and no digit.
        if len(digits) in lengths and digits.isdecimal() and has_valid_check_digit(digits):
            is_card = not _is_in_dump(text, start, start + len(candidate), gap)
            return (start, start + len(candidate)) if is_card else None
        candidate = candidate.rpartition(gap)[0]
    return None


def _is_in_dump(text: str, start: int, end: int, gap: str) -> bool:
    """Say whether digits in groups are part of a row of four-digit hexadecimal numbers, as memory is printed."""
    beside = text[max(start - _DUMP_CHARS, 0) : max(start - 1, 0)], text[end + 1 : end + _DUMP_CHARS]
    is_joined = text[start - 1 : start] == gap, text[end : end + 1] == gap
    return any(
        joined and compiled(_HEX_GROUP).fullmatch(group) for joined, group in zip(is_joined, beside, strict=True)
    )


def _is_identifier(text: str, start: int) -> bool:
    """Say whether what stands before a number calls it an identifier."""
    last = text[start - 2 : start].rstrip(" ")[-1:] if start > 1 else ""
    if last not in _BEHIND_KEYS:
        return False
    before = text[max(start - _MAX_KEY_CHARS, 0) : start]
    if compiled(_HEX_ID).search(before):
        return True
    is_named = compiled(_KEY).search(before) or compiled(_HUNG).search(before)
    return is_named is not None and compiled(_PAYMENT).search(before) is None


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


CARD: Final = Recogniser("card", ("0000-0000", "0000+0000"), _PATTERN, _card, words=("000000000000",), reach=48)
