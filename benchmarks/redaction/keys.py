"""The names of fields: those whose values are sensitive, those that only look so, and the everyday rest."""

from __future__ import annotations

import ast
import importlib.util
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks.redaction.rows import Group, KeyRow
from benchmarks.redaction.templates import Part, load, share

STRICT_KEYS: Final = 540
HARD_KEYS: Final = 338
ALL_KEYS: Final = 3_000
# Conventions whose values are somebody's, or may hold a secret: what becomes of them is each tool's choice.
_NOT_JUDGED: Final = ("user.", "enduser.", "db.connection_string", "geo.postal_code", "geo.location", "db.user")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_WHOLE: Final = frozenset({"address of machines", "identity facts"})  # another style would make another thing of them
_OWNERS: Final = ("user", "customer", "new", "old", "request", "app", "payload", "form", "svc", "x")


def key_rows(rng: random.Random, part: Part) -> list[KeyRow]:
    """Return the keys of a part, each one once."""
    strict, hard = _families("keys_strict", part), _families("keys_hard", part)
    rows = {row.key: row for row in _drawn(strict, "strict", STRICT_KEYS, rng)}
    for row in _drawn(hard, "hard", HARD_KEYS, rng):
        rows.setdefault(row.key, row)
    judged = {name for names in (strict, hard) for name, _ in names}
    plain = [(name, "semantic conventions") for name in conventions() if name not in judged]
    everyday = _everyday(rng)
    while len(rows) < ALL_KEYS:
        name, family = plain.pop() if plain else next(everyday)
        if name not in judged:
            rows.setdefault(name, KeyRow(name, "plain", family))
    return list(rows.values())


def _families(name: str, part: Part) -> list[tuple[str, str]]:
    found, family = list[tuple[str, str]](), ""
    for line in load(name):
        if line.startswith("[") and line.endswith("]") and line.count("]") == 1:
            family = line[1:-1]
        else:
            found += [(key, family) for key in share(line.split(), part)]
    return found


def _drawn(names: list[tuple[str, str]], group: Group, count: int, rng: random.Random) -> list[KeyRow]:
    """Return so many of the names: all of them as they are, and what is wanting in another style."""
    rng.shuffle(names)
    rows = {key: KeyRow(key, group, family) for key, family in names[:count]}
    restyled = [(key, family) for key, family in names if family not in _WHOLE]
    while len(rows) < count:
        key, family = rng.choice(restyled)
        styled = _restyled(key, rng, with_owner=group == "strict")
        rows.setdefault(styled, KeyRow(styled, group, family))
    return list(rows.values())


def _restyled(key: str, rng: random.Random, *, with_owner: bool) -> str:
    words = [word.lower() for word in _WORD.findall(key)]
    if with_owner:
        words.insert(0, rng.choice(_OWNERS))
    return rng.choice(_STYLES)(words)


def _camel(words: list[str]) -> str:
    return words[0] + "".join(map(str.title, words[1:]))


_STYLES: Final[tuple[Callable[[list[str]], str], ...]] = (
    "_".join,
    "-".join,
    ".".join,
    _camel,
    lambda words: "".join(map(str.title, words)),
    lambda words: "_".join(words).upper(),
    lambda words: "-".join(map(str.title, words)),
)


def _everyday(rng: random.Random) -> Iterator[tuple[str, str]]:
    things, facts = list[str](), list[str]()
    into = things
    for line in load("keys_plain"):
        if line in {"[things]", "[facts]"}:
            into = things if line == "[things]" else facts
        else:
            into += line.split()
    while True:
        words = [rng.choice(things), rng.choice(facts)]
        if rng.random() < 0.3:
            words.insert(0, rng.choice(things))
        yield rng.choice(_STYLES)(words), "everyday names"


def conventions() -> list[str]:
    """Return the attribute names of OpenTelemetry's semantic conventions, as the installed package has them."""
    spec = importlib.util.find_spec("opentelemetry.semconv")
    places = list(spec.submodule_search_locations or ()) if spec else []
    files = [file for place in places for file in Path(place).glob("**/attributes/*_attributes.py")]
    names = {name for file in files for name in _text_constants(file)}
    return sorted(name for name in names if not name.startswith(_NOT_JUDGED))


def _text_constants(file: Path) -> Iterator[str]:
    """Yield the texts that a module's own upper-case names stand for; those in its classes are values, not names."""
    for statement in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.value, ast.Constant):
            value = statement.value.value
            if isinstance(value, str):
                yield value
