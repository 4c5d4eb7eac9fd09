"""The corpus of one seed: texts, keys and payloads."""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from benchmarks.redaction.keys import key_rows
from benchmarks.redaction.payloads import payloads
from benchmarks.redaction.rows import KeyRow, Payload, TextRow
from benchmarks.redaction.templates import Part, fill, load

CLEAN_TEXTS: Final = 1_985
# Rows of each file that plant something. The kinds of the core share a file of templates, beside one of their own.
_CORE: Final = {"email": 360, "card": 320, "us_ssn": 160, "phone": 380}
_SLOTS: Final = {"us_ssn": "ssn"}
_PLANTING: Final = {
    "email_encoded": 110, "iban": 110, "jwt": 70, "api_key": 220, "authorization": 130, "cookie": 70, "userinfo": 100,
    "query_secret": 110, "password": 260, "pem_blocks": 30, "mixed_blocks": 60, "ssn_bare": 70, "phone_national": 170, "identity": 90,
}  # fmt: skip
_OWN_SHARE: Final = 0.4  # of the rows of a core kind, from its own file
_CLEAN_SHARES: Final = {"clean_logs": 0.72, "clean_ids": 0.18, "clean_blocks": 0.1}
_FAST: Final = 8  # one row in so many
_TRIES: Final = 20


class Corpus(NamedTuple):
    """Everything that is scored."""

    texts: list[TextRow]
    keys: list[KeyRow]
    payloads: list[Payload]


def build(seed: int, part: Part = "all", *, fast: bool = False) -> Corpus:
    """Return the corpus of a seed: the same seed and part, the same corpus.

    Args:
        seed: Of all values, and of which template gets which.
        part: "all" templates and keys; "held-out" a third of them that is the same for each seed; "open" the others.
        fast: An eighth of the texts, for a first look.
    """
    rng = random.Random(seed)
    texts = [*_planted(rng, part), *_clean(rng, part)]
    if fast:
        texts = texts[::_FAST]
    return Corpus(texts, key_rows(rng, part), payloads(rng))


def _planted(rng: random.Random, part: Part) -> list[TextRow]:
    rows: list[TextRow] = []
    shared = load("core", part)
    for kind, count in _CORE.items():
        own = round(count * _OWN_SHARE)
        slot = f"«{_SLOTS.get(kind, kind)}»"
        rows += _filled(load(kind, part), kind, own, rng)
        rows += _filled([template.replace("«pii»", slot) for template in shared], "core", count - own, rng)
    for name, count in _PLANTING.items():
        rows += _filled(load(name, part), name, count, rng)
    return rows


def _clean(rng: random.Random, part: Part) -> list[TextRow]:
    rows: dict[str, TextRow] = {}
    for name, share in _CLEAN_SHARES.items():
        templates, wanted = load(name, part), len(rows) + round(CLEAN_TEXTS * share)
        for _ in range(_TRIES):  # a template without slots gives one row only
            for template in rng.sample(templates, len(templates)):
                if len(rows) < wanted:
                    row = fill(template, rng, name)
                    rows.setdefault(row.text, row)
    return list(rows.values())


def _filled(templates: list[str], name: str, count: int, rng: random.Random) -> list[TextRow]:
    """Return so many rows, each template as often as any other; none where there is no template in the part."""
    rows: list[TextRow] = []
    while templates and len(rows) < count:
        rows += [fill(template, rng, name) for template in rng.sample(templates, len(templates))]
    return rows[:count]
