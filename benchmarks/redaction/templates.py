"""Templates: a line of a file in `data/`, with slots such as «email» or «uuid» that a generator fills.

A file is a list of templates, one a line; where it is named `*_blocks.txt` a template is a block of lines, and lines of
four dashes stand between them. Lines that begin with `#:` are comments.
"""

from __future__ import annotations

import random
import re
import zlib
from pathlib import Path
from typing import Final, Literal

from benchmarks.redaction import accounts, clean_values, people, phone_numbers, secrets
from benchmarks.redaction.rows import Plant, Planted, TextRow

Part = Literal["all", "open", "held-out"]

_DATA: Final = Path(__file__).parent / "data"
_SLOT: Final = re.compile(r"«(\w+)»")
_BREAK: Final = "\n----\n"
_PLANTS: Final = {**people.PLANTS, **accounts.PLANTS, **phone_numbers.PLANTS, **secrets.PLANTS}
_HELD_OUT_SHARE: Final = 3  # one template in so many


def load(name: str, part: Part = "all") -> list[str]:
    """Return the templates of a file, without its ending, that belong to a part."""
    text = (_DATA / f"{name}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if not line.startswith("#:")]
    found = "\n".join(lines).split(_BREAK if name.endswith("_blocks") else "\n")
    return share([template.strip("\n") for template in found if template.strip()], part)


def share(items: list[str], part: Part) -> list[str]:
    """Return those of the items that belong to a part: which one an item belongs to never changes."""
    if part == "all":
        return items
    return [item for item in items if _is_held_out(item) is (part == "held-out")]


def _is_held_out(item: str) -> bool:
    return zlib.crc32(item.encode()) % _HELD_OUT_SHARE == 0


def fill(template: str, rng: random.Random, source: str) -> TextRow:
    """Return the text of a template, each slot filled with a fresh value."""
    pieces: list[str] = []
    planted: list[Planted] = []
    length = at = 0
    for slot in _SLOT.finditer(template):
        value = _value(slot[1], rng)
        text = value.text if isinstance(value, Plant) else value
        length += slot.start() - at
        if isinstance(value, Plant):
            planted.append(Planted(value, length, length + len(text)))
        pieces += (template[at : slot.start()], text)
        length += len(text)
        at = slot.end()
    pieces.append(template[at:])
    return TextRow("".join(pieces), tuple(planted), source)


def _value(slot: str, rng: random.Random) -> Plant | str:
    return _PLANTS[slot](rng) if slot in _PLANTS else clean_values.FILLERS[slot](rng)
