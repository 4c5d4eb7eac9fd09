"""Write recognisers/numbering_plan.py: what `phonenumbers` knows of the world's telephone numbers, in brief.

    python scripts/make_numbering_plan.py            writes the module
    python scripts/make_numbering_plan.py --print    prints it

The same version of `phonenumbers` makes the same module, byte by byte.

For each calling code and each length of a national number: the first three digits that a number of any kind (fixed,
mobile, toll-free, premium, shared cost, personal, voice over IP, pager, company, voicemail) can have in any region of
that code. Approximate in one way only: what a pattern says of the fourth digit and those behind it is left out. So the
table holds every number that the metadata call valid, and some more; it holds none of an impossible length.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberDesc

TARGET: Final = Path(__file__).parents[1] / "clippy_otel" / "privacy" / "recognisers" / "numbering_plan.py"
KINDS: Final = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan"),
    "voicemail",
)
DEPTH: Final = 3  # digits
LINE, WIDTH = 120, 110  # characters: of a line, and of the piece of a text that fits into one

# A pattern is a list of alternatives; each is a list of (what is repeated, least, most): digits or a pattern again.
Part: TypeAlias = "tuple[str | Pattern, int, int]"
Pattern: TypeAlias = "list[list[Part]]"

_TOKEN: Final = re.compile(r"\(\?:|\)|\||(?:\\d|\[[0-9-]+\]|[0-9])|\{\d+(?:,\d+)?\}|\?")
_ALL: Final = "0123456789"


def parsed(pattern: str) -> Pattern:
    """Read a pattern of the metadata: digits, classes, groups, alternatives, counted repetitions, nothing else."""
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise ValueError(f"a pattern of a new form: {pattern}")
    return _alternatives(iter([*tokens, ")"]))


def _alternatives(tokens: Iterator[str]) -> Pattern:
    alternatives: Pattern = [[]]
    for piece in tokens:
        if piece == ")":
            return alternatives
        if piece == "|":
            alternatives.append([])
        elif piece == "(?:":
            alternatives[-1].append((_alternatives(tokens), 1, 1))
        elif piece[0] in "{?":
            least, _, most = piece.strip("{}").partition(",") if piece[0] == "{" else ("0", ",", "1")
            alternatives[-1][-1] = (alternatives[-1][-1][0], int(least), int(most or least))
        else:
            alternatives[-1].append((_class(piece), 1, 1))
    raise ValueError("a group without an end")


def _class(piece: str) -> str:
    if piece == r"\d":
        return _ALL
    return re.sub("([0-9])-([0-9])", lambda m: _ALL[int(m[1]) : int(m[2]) + 1], piece.strip("[]"))


Beginnings: TypeAlias = dict[int, set[str]]  # by length of what matches; up to DEPTH digits each


def beginnings(pattern: Pattern) -> Beginnings:
    """Return how what matches a pattern can begin, for each length that it can have."""
    found: Beginnings = {}
    for alternative in pattern:
        _add(found, _of_sequence(alternative))
    return found


def _of_sequence(parts: list[Part]) -> Beginnings:
    found: Beginnings = {0: {""}}
    for what, least, most in parts:
        one = {1: set(what)} if isinstance(what, str) else beginnings(what)
        found = _joined(found, _repeated(one, least, most))
    return found


def _repeated(one: Beginnings, least: int, most: int) -> Beginnings:
    found: Beginnings = {}
    power: Beginnings = {0: {""}}
    for count in range(most + 1):
        if count >= least:
            _add(found, power)
        power = _joined(power, one)
    return found


def _joined(left: Beginnings, right: Beginnings) -> Beginnings:
    found: Beginnings = {}
    for left_length, left_set in left.items():
        for right_length, right_set in right.items():
            tails = right_set if left_length < DEPTH else {""}
            heads = {(head + tail)[:DEPTH] for head in left_set for tail in tails}
            found.setdefault(left_length + right_length, set()).update(heads)
    return found


def _add(found: Beginnings, more: Beginnings) -> None:
    for length, heads in more.items():
        found.setdefault(length, set()).update(heads)


def plan_of(calling_code: int) -> Beginnings:
    """Return the beginnings of the national numbers of a calling code, by length, over all regions that have it."""
    plan: Beginnings = {}
    for metadata in _metadata(calling_code):
        for kind in KINDS:
            desc: PhoneNumberDesc | None = getattr(metadata, kind)
            if desc is not None and desc.national_number_pattern:
                possible = set(desc.possible_length)
                found = beginnings(parsed(desc.national_number_pattern))
                _add(plan, {length: heads for length, heads in found.items() if length in possible})
    return plan


def _metadata(calling_code: int) -> list[PhoneMetadata]:
    found = [PhoneMetadata.metadata_for_nongeo_region(calling_code)]
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[calling_code]
    found += [PhoneMetadata.metadata_for_region(region) for region in regions]
    return [metadata for metadata in found if metadata is not None]


def shown(heads: set[str]) -> str:
    """Write a set of beginnings of three digits in brief.

    "2" stands for all that begin with 2, "3.1-47" for those with 31 to 34 and 37, "40023" for 400, 402 and 403.
    """
    parts: list[str] = []
    for first in _ALL:
        thirds = {second: [third for third in _ALL if first + second + third in heads] for second in _ALL}
        whole = [second for second in _ALL if len(thirds[second]) == len(_ALL)]
        if len(whole) == len(_ALL):
            parts.append(first)
            continue
        if whole:
            parts.append(f"{first}.{_runs(whole)}")
        parts += [
            f"{first}{second}{_runs(thirds[second])}" for second in _ALL if second not in whole and thirds[second]
        ]
    return ",".join(parts)


def _runs(digits: list[str]) -> str:
    runs: list[str] = []
    for digit in digits:
        if runs and int(runs[-1][-1]) + 1 == int(digit):
            runs[-1] += digit
        else:
            runs.append(digit)
    return "".join(run if len(run) <= DEPTH else f"{run[0]}-{run[-1]}" for run in runs)


def line_of(calling_code: int) -> str:
    """Write the plan of one calling code: "8:2,30" are 8 digits, the first ones of which are 2 or 30."""
    sizes: dict[str, list[str]] = {}
    for size, heads in sorted(plan_of(calling_code).items()):
        sizes.setdefault(shown(heads), []).append(str(size))
    return " ".join(f"{'/'.join(lengths)}:{heads}" for heads, lengths in sizes.items())


def module() -> str:
    """Return the source of the module."""
    codes = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    entries = "".join(_entry(f'"{code}": ', line_of(code)) for code in codes)
    return _HEADER.format(version=phonenumbers.__version__) + entries + "}\n"


def _entry(key: str, text: str) -> str:
    """Write one entry of a dictionary as the formatter would: what is too long for a line in parentheses."""
    line = f'    {key}"{text}",'
    if len(line) <= LINE:
        return f"{line}\n"
    pieces = [text[at : at + WIDTH] for at in range(0, len(text), WIDTH)]
    return f"    {key}(\n" + "".join(f'        "{piece}"\n' for piece in pieces) + "    ),\n"


_HEADER = '''"""The world's numbering plans in brief: which national numbers there are behind each calling code.

Generated by scripts/make_numbering_plan.py from phonenumbers {version}; not to be edited.

For each calling code and each length of a national number: the first three digits that a number of any kind has in any
region of that code. So it holds every valid number, none of an impossible length, and some that nobody has been given.
"8/9:2,3.1-4,4012" are numbers of 8 and of 9 digits that begin with 2, 31 to 34, 401 or 402.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = "{version}"  # of the metadata

PLANS: Final = {{
'''


def main(arguments: list[str]) -> int:
    """Write the module, or print it."""
    if arguments == ["--print"]:
        sys.stdout.write(module())
        return 0
    if arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    TARGET.write_text(module(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
