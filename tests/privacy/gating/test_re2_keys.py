"""What RE2 looks for stands in each sensitive key: tried with all terms of the vocabulary, in each spelling."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from clippy_otel.privacy.fields.field_keys import NOTHING, WORDS, FieldKeys
from clippy_otel.privacy.fields.finder import TextFields
from clippy_otel.privacy.gating.re2_engine import Re2Gate
from clippy_otel.privacy.gating.re2_hints import hint_of
from clippy_otel.privacy.keys import terms
from clippy_otel.privacy.keys.judging import AMBIGUOUS, BY_VALUE, Keys, KeyVerdict
from clippy_otel.privacy.keys.vocabulary import ANYWHERE, BEGUN_BY_ANYTHING, WHOLE

pytest.importorskip("re2")

SENSITIVE = {KeyVerdict.REDACT, *BY_VALUE}


def opening(judge: Keys) -> Callable[[str], bool]:
    """Return what says whether a text opens the gate of a finder of fields."""
    hint = hint_of(TextFields(judge, "[REDACTED]"))
    assert hint is not None
    gate = Re2Gate([hint], ["fields"])
    return lambda text: gate.open(text) != ()


opens = opening(Keys())


def spellings(words: tuple[str, ...], rng: random.Random) -> Iterator[str]:
    """Yield keys that are written with these words, beside others and with separators in odd places too."""
    joined, capitalised = "".join(words), [word.capitalize() for word in words]
    for separator in ("_", "-", ".", "2_"):
        yield separator.join(words)
    yield from (joined, "".join(capitalised), words[0] + "".join(capitalised[1:]))
    yield from (
        "_".join(words).upper(),
        joined.upper(),
        f"{joined.upper()}value",
        f"{joined}Value",
        f"x{joined.upper()}",
    )
    yield from (
        f"__{joined}__",
        f"1_{'_'.join(words)}",
        f"DB{joined}",
        f"user{joined}",
        f"grafana{joined}",
        f"{joined}s",
    )
    yield "".join(word.upper() if place % 2 else word for place, word in enumerate(words))
    known = sorted(terms.known_words())
    before, behind = rng.choice(known), rng.choice(known)
    yield from (f"{before}{joined}{behind}", f"{before}_{'_'.join(words)}-{behind}")
    yield f"{before}{''.join(capitalised)}{behind.capitalize()}"
    place = rng.randrange(len(joined))
    yield joined[:place] + rng.choice("_-.1A") + joined[place:]


def every_term() -> list[tuple[str, ...]]:
    """Return all that the vocabulary knows as sensitive, as words."""
    owned = [(owner, head) for head, (owners, _) in terms.all_heads().items() for owner in sorted(owners)]
    alone = sorted({*AMBIGUOUS, *WHOLE, *WORDS, *ANYWHERE, *BEGUN_BY_ANYTHING})
    return [*terms.all_phrases(), *owned, *((word,) for word in alone if word.isascii())]


@pytest.mark.parametrize("part", range(4))
def test_each_term_in_each_spelling_opens_it(part: int) -> None:
    """In front of a separator, and as a name of its own."""
    judge, rng = Keys(), random.Random(part)
    kinds = FieldKeys(judge)
    keys = [key for term in every_term()[part::4] for key in spellings(term, rng)]
    sensitive = [key for key in keys if judge.verdict(key) in SENSITIVE or kinds.kind_of_name(key) is not NOTHING]
    assert len(sensitive) > 10_000
    assert [key for key in sensitive if not (opens(f"{key}=x") and opens(f'{{"name": "{key}", "value": 1}}'))] == []


@pytest.mark.parametrize(
    "key",
    [
        *(
            "id",
            "name",
            "key",
            "code",
            "status",
            "trace_id",
            "input_tokens",
            "output_tokens",
            "hotel",
            "shipping",
            "trace",
        ),
        *("routing", "destination", "author", "planet", "bypass", "mapping", "microservice", "cache_key", "host.name"),
    ],
)
def test_keys_of_clean_telemetry_do_not_open_it(key: str) -> None:
    """Though some have the letters of a term in them."""
    assert not opens(f"{key}=4711")
    assert not opens(f'{{"{key}": "x"}}')
    assert opens(f"{key}=4711 password=x")


def test_words_of_ones_own_open_it() -> None:
    """However they are written; one beyond ASCII does with its letter."""
    own = opening(Keys(["plan_code", "größe"], ["token"]))
    assert own("planCode=x1")
    assert own("plan-c2ode: x1")
    assert own("größe: 4")
    assert not own("plan=x1")
    assert not opens("planCode=x1")


def test_a_pattern_among_the_fields_has_no_hint() -> None:
    """What it matches is not known in words: the finder is asked always."""
    assert hint_of(TextFields(Keys(["plan_*"]), "[REDACTED]")) is None
    assert hint_of(TextFields(Keys([], ["plan_*"]), "[REDACTED]")) is not None
