"""Telephone numbers that their own form tells: a plus and a calling code, or a North American layout.

What stands behind a plus must be a number of its calling code's plan. A short one must begin as that plan's numbers do,
for positive counters, differences and offsets of times have a plus too; a long one only with the same first digit.
The plan holds every valid number (property-tested against libphonenumber's metadata), and is loaded for the first
candidate: 60 KB of memory, 180 KB when the numbers of all calling codes were met.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from clippy_otel.privacy.recogniser import BEGINS, GAPS, Recogniser, Span, compiled

_MAX_REFUSED: Final = 400  # differences in a text with a plus and seven digits; each takes 7 us
_MAX_DIGITS: Final = 15  # ITU-T E.164
_USUAL_DIGITS: Final = (9, 13)  # of a number in groups that is none of the plan's
_EVIDENT: Final = 11  # digits, from which on the length is enough; with one less the first digit has to agree
_HEAD: Final = 3  # digits that a plan tells
_MIN_WHOIS: Final = 9  # national digits behind "+1.", as registries of domains write numbers: fewer are a fraction
_NORTH_AMERICAN_DIGITS: Final = 10
_TRUNK_PREFIXES: Final = ("0", "06", "8")  # most of the world's

_DIGIT: Final = "[0-9]"
_RUN: Final = "[0-9]+"
_MARK: Final = "[(.-]"
_GLUED: Final = r"(?!x[0-9]|ext)[A-Za-z_]"
_EXTENSION: Final = r"(?i)(?:;ext=|[ ,;]{0,2}(?:x|ext\.?|extension) ?)[0-9]{1,6}(?![0-9A-Za-z_])"
_FLOAT: Final = r"\+([0-9]+)\.([0-9]+)"
_TENS: Final = rf"\+1[.{GAPS}]?\(?[0-9]{{3}}\)?[.{GAPS}]{{0,2}}[0-9]{{3}}[.{GAPS}][0-9]{{4}}"
_DATE: Final = r"\+(?:19|20)[0-9]{2}([-/.])[01][0-9]\1[0-3][0-9]"
_OFFSET: Final = r"\+1[0-4][0-5]0(?![0-9])"
_TIME: Final = r"[0-5][0-9](?:[.,][0-9]+)? ?\Z"

# What is counted behind a difference, and what says that it is one before it.
_UNITS: Final = (
    "points?|pts|xp|[kmgt]?i?b|bytes|bits|ms|ns|us|s|secs?|rows?|items?|units?|lines?|hits|views|[%$\u20ac\u00a3]"
)
_CHANGES: Final = "gain|grow|grew|increas|rose|ris|earn|add|delta|diff|chang|adjust|offset|drift|balance|score|total|by"
_UNIT: Final = f"(?i) ?(?:{_UNITS})(?![A-Za-z])"
_CHANGE: Final = f"(?i)(?:{_CHANGES})[a-z]*[ :=(]{{0,3}}\\Z"
_MAX_CHANGE_CHARS: Final = 16

_Plan = dict[int, int]  # by length: a bit for each three digits that a national number can begin with


@functools.cache
def plan_of(calling_code: str) -> _Plan | None:
    """Return the numbering plan of a calling code, None where there is no such code."""
    from clippy_otel.privacy.recognisers.numbering_plan import PLANS  # noqa: PLC0415 - 40 KB that many programs never need

    line = PLANS.get(calling_code)
    if line is None:
        return None
    plan: _Plan = {}
    for part in line.split():
        lengths, _, heads = part.partition(":")
        bits = sum(1 << int(head) for head in _heads(heads))
        plan.update((int(length), bits) for length in lengths.split("/"))
    return plan


def _heads(brief: str) -> set[str]:
    """Read a set of beginnings: "2" is 200 to 299, "3.1-4" is 310 to 349, "40023" is 400, 402 and 403."""
    heads: list[str] = []
    for token in brief.split(","):
        if len(token) == 1:
            heads.append(token)
        elif token[1] == ".":
            heads += [token[0] + digit for digit in _run(token[2:])]
        else:
            heads += [token[:2] + digit for digit in _run(token[2:])]
    return {f"{head}{rest:0{_HEAD - len(head)}}"[:_HEAD] for head in heads for rest in range(10 ** (_HEAD - len(head)))}


def _run(digits: str) -> str:
    return re.sub("(.)-(.)", lambda ends: "0123456789"[int(ends[1]) : int(ends[2]) + 1], digits)


def parts_of(digits: str) -> tuple[str, str] | None:
    """Return the calling code and the national number that digits without the plus are, None where no code is there."""
    return next(((digits[:size], digits[size:]) for size in (1, 2, 3) if plan_of(digits[:size]) is not None), None)


def is_number(digits: str) -> bool:
    """Say whether digits are a calling code and a national number of its plan.

    Of long ones only the length, or that and the first digit, have to be those of the plan.
    """
    parts = parts_of(digits)
    return parts is not None and _is_national(*parts)


def _is_national(code: str, national: str) -> bool:
    bits = (plan_of(code) or {}).get(len(national))
    if bits is None:
        return False
    if code == "1" and len(national) == _NORTH_AMERICAN_DIGITS:
        return national[0] not in "01"
    size = len(code) + len(national)
    if size >= _EVIDENT:
        return True
    if size == _EVIDENT - 1:
        return bits >> int(national[0]) * 100 & ((1 << 100) - 1) != 0
    return bits >> int(national[:_HEAD]) & 1 == 1


def _international(text: str, start: int, end: int) -> Span | None:
    """Return the place of the number with a plus that begins the candidate, None where there is none.

    The candidate may hold more numbers behind it: whole groups are left off at its end. A number in groups that is none
    of the plan's is taken too, whole: what is written so is meant as one.
    """
    if compiled(_GLUED).match(text, end) or _is_offset_or_date(text, start, end):
        return None
    # "(0)" is dialled within the country, and no part of the number behind a calling code.
    candidate = text[start:end].replace("(0)", "( )", 1)
    runs = list(compiled(_RUN).finditer(candidate))
    digits = "".join(run[0] for run in runs)
    parts = parts_of(digits)
    if parts is None:
        return None
    if compiled(_FLOAT).fullmatch(candidate):
        is_whole = parts[0] == runs[0][0] and len(parts[1]) >= _MIN_WHOIS and _is_national(*parts)
        return (start, end) if is_whole else None
    if len(runs) == 1 and len(digits) < _EVIDENT and _is_amount(text, start, end):
        return None
    size = len(digits)
    for run in reversed(runs):
        if _is_written_number(parts[0], digits[len(parts[0]) : size]):
            return start, with_extension(text, start + run.end())
        size -= len(run[0])
    return (start, with_extension(text, end)) if _is_in_groups(candidate, *parts) else None


def _is_offset_or_date(text: str, start: int, end: int) -> bool:
    """Say whether the plus begins a line that was added to a log, or the offset of a time."""
    if compiled(_DATE).match(text, start, end):
        return True
    return (
        compiled(_OFFSET).match(text, start, end) is not None
        and compiled(_TIME).search(text, max(start - 12, 0), start) is not None
    )


def _is_amount(text: str, start: int, end: int) -> bool:
    """Say whether a short number with a plus is told to be a difference: "gained +43184768 points"."""
    if compiled(_UNIT).match(text, end):
        return True
    return compiled(_CHANGE).search(text, max(start - _MAX_CHANGE_CHARS, 0), start) is not None


def _is_written_number(code: str, national: str) -> bool:
    """Say whether a national number is one of its plan, as it is or without what is dialled within the country."""
    if _is_national(code, national):
        return True
    if len(code) + len(national) < _EVIDENT:
        return False
    return any(national.startswith(trunk) and _is_national(code, national[len(trunk) :]) for trunk in _TRUNK_PREFIXES)


def _is_in_groups(candidate: str, code: str, national: str) -> bool:
    """Say whether a candidate is written as people write numbers, with a calling code and a usual number of digits."""
    if candidate[1:].isdecimal():
        return False
    if code == "1":
        return compiled(_TENS).fullmatch(candidate) is not None
    return _USUAL_DIGITS[0] <= len(code) + len(national) <= _USUAL_DIGITS[1]


def with_extension(text: str, end: int) -> int:
    """Return the end of the extension that follows a number, else the number's own."""
    extension = compiled(_EXTENSION).match(text, end)
    return end if extension is None else extension.end()


def _north_american(text: str, start: int, end: int) -> Span | None:
    """Refuse a candidate that is part of a longer number: a version, an identifier, a row of figures."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    # Beside a number whose own separators are spaces, a space joins too.
    has_mark = compiled(_MARK).search(text, start, end)
    if len(before) > 1 and before[0].isdecimal() and before[1] in (".-" if has_mark else ".- "):
        return None
    if len(after) > 1 and after[0] in ".-" and after[1].isdecimal():
        return None
    if not has_mark and (before == '" ' or compiled(_COLUMN).match(text, end)):
        return None
    layout = _IN_DASHES if has_mark and "." not in text[start:end] else _IN_DOTS if has_mark else _IN_SPACES
    return (start, with_extension(text, end)) if compiled(layout).search(text, start, end) else None


def _in_url(text: str, start: int, end: int) -> Span | None:
    """Take a number whose plus is percent-encoded."""
    digits = "".join(compiled(_DIGIT).findall(compiled(_ESCAPE).sub("", text[start:end])))
    return (start, end) if is_number(digits) else None


_COLUMN: Final = '[ ](?:"|[0-9]+(?:[.,][0-9]|[a-zA-Z]))'  # of a line of an access log
_ESCAPE: Final = "%(?:25)?2[0-9A-Fa-f]"
# The area and the office behind it: the more usual a layout is, the more of them are taken that nobody has been given.
_IN_DASHES: Final = r"(?s)(?:\([1-9]..\).{0,2}|[2-9]..\)?.{1,2})[0-9]..[^0-9]....\Z"
_IN_DOTS: Final = r"(?s)[2-9]..\)?[^0-9]{1,2}[2-9]..[^0-9]....\Z"
_IN_SPACES: Final = r"(?s)[2-9](?!11)[0-8].[^0-9]{1,2}[2-9](?!11)..[^0-9]....\Z"
_GAP: Final = f"[.{GAPS}]"
_AREA: Final = "[1-9][0-9]{2}"

# (415) 555-2671, 415/555-2671, 415-555-2671, 1 415 555 2671: only with separators, so that counters and epochs stay.
PHONE_NORTH_AMERICAN: Final = Recogniser(
    "phone",
    ("000-000-0000", "000--000-0000", "000---000-0000"),
    (
        rf"[(0-9](?<!\+.){BEGINS}(?:(?<=\(){_AREA}\)[./{GAPS}]{{0,2}}"
        rf"|(?:(?<=1)|(?<=0)01){_GAP}\(?{_AREA}\)?{_GAP}{{1,2}}"
        rf"|(?<=[2-9])[0-9]{{2}}(?:{_GAP}|(?<!/...)/))[0-9]{{3}}{_GAP}[0-9]{{4}}(?![0-9_]|(?!x[0-9]|ext)[A-Za-z])"
    ),
    _north_american,
    reach=24,
)

# +45 32 12 34 56: a plus, the country code, 7 to 15 digits in all.
PHONE_INTERNATIONAL: Final = Recogniser(
    "phone",
    ("+",),
    rf"\+(?<!\+\+){BEGINS}\(?[1-9](?:[.()/{GAPS}]{{0,3}}[0-9]){{6,{_MAX_DIGITS - 1}}}(?![0-9])",
    _international,
    most_refused=_MAX_REFUSED,
    reach=8,
)

# %2B4532123456: the same in a URL.
PHONE_IN_URL: Final = Recogniser(
    "phone",
    (),
    rf"[%](?:25)?2[Bb][1-9](?:(?:[-.+]|%(?:25)?2[089D]){{0,2}}[0-9]){{6,{_MAX_DIGITS - 1}}}(?![0-9A-Za-z_])",
    _in_url,
    words=("%www",),
)
