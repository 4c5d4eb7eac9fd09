"""The corpus that redaction is scored on: what is planted is valid and where it is said to be, and what is clean is."""

from __future__ import annotations

import random
import re
from pathlib import Path

import phonenumbers
import pytest

from benchmarks.redaction import accounts, clean_values, corpus, keys, people, phone_numbers, secrets, templates
from benchmarks.redaction.rows import TIERS
from benchmarks.redaction.survival import bare_leaves, leaked

DATA = Path(corpus.__file__).parent / "data"
SLOTS = {*people.PLANTS, *accounts.PLANTS, *phone_numbers.PLANTS, *secrets.PLANTS, *clean_values.FILLERS, "pii"}
ROUNDS = 200


@pytest.fixture(scope="module", name="built")
def fixture_built() -> corpus.Corpus:
    """A corpus as the command scores it."""
    return corpus.build(3)


def luhn(digits: str) -> bool:
    """Say whether digits pass Luhn's check, computed in another way than the corpus does."""
    doubled = [int(digit) * 2 if at % 2 else int(digit) for at, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def test_sizes(built: corpus.Corpus) -> None:
    """There are as many texts, clean ones, keys and canaries as the targets are set for."""
    assert len(built.texts) >= 4_500
    assert sum(not row.planted for row in built.texts) >= 1_980
    groups = [row.group for row in built.keys]
    assert (groups.count("strict"), groups.count("hard"), len(groups)) == (540, 338, 3_000)
    assert len({row.key for row in built.keys}) == 3_000
    assert len(built.payloads) == 132
    assert sum(len(payload.canaries) for payload in built.payloads) >= 228


def test_same_seed_same_corpus(built: corpus.Corpus) -> None:
    """A seed decides everything, and another one gives other values."""
    assert corpus.build(3).texts == built.texts
    assert corpus.build(3).keys == built.keys
    other = {row.text for row in corpus.build(4).texts if row.planted}
    mine = {row.text for row in built.texts if row.planted}
    assert len(mine & other) < 0.02 * len(mine)  # published test numbers in the plainest templates


def test_every_kind_is_planted(built: corpus.Corpus) -> None:
    """Each kind that has a tier is in some row, and no other kind is."""
    assert {planted.plant.kind for row in built.texts for planted in row.planted} == TIERS.keys()


def test_planted_values_stand_where_it_says(built: corpus.Corpus) -> None:
    """The position of a value is that of its text, and what is secret of it is a part of the text."""
    for row in built.texts:
        for plant, start, end in row.planted:
            assert row.text[start:end] == plant.text
            compact = re.sub(r"[\W_]", "", plant.text)
            assert plant.secret
            assert all(re.sub(r"[\W_]", "", secret) in compact for secret in plant.secret)


def test_every_slot_is_known() -> None:
    """No template has a slot that nothing fills."""
    slots = {slot for file in DATA.glob("*.txt") for slot in re.findall(r"«(\w+)»", file.read_text(encoding="utf-8"))}
    assert slots
    assert slots <= SLOTS


def test_parts_share_no_template() -> None:
    """The held-out part and the open one are all templates together, and have none in common."""
    for file in DATA.glob("c*.txt"):
        held_out, still_open = templates.load(file.stem, "held-out"), templates.load(file.stem, "open")
        assert set(held_out).isdisjoint(still_open)
        assert sorted([*held_out, *still_open]) == sorted(templates.load(file.stem))
        assert held_out
        assert still_open


def test_cards_are_issued_like_that() -> None:
    """Cards pass Luhn's check and have a network's length."""
    rng = random.Random(1)
    for _ in range(ROUNDS):
        number = accounts.card_number(rng)
        assert luhn(number)
        assert len(number) in {14, 15, 16, 19}


def test_ibans_pass_their_check() -> None:
    """IBANs leave 1 when divided by 97."""
    rng = random.Random(1)
    for _ in range(ROUNDS):
        number = accounts.iban(rng)
        assert int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def test_phone_numbers_are_valid() -> None:
    """Phone numbers with a plus are ones that libphonenumber calls valid."""
    rng = random.Random(1)
    for _ in range(ROUNDS):
        number = phone_numbers.phone_number(rng).replace("(0)", "")
        assert phonenumbers.is_valid_number(phonenumbers.parse(number)), number


def test_social_security_numbers_are_possible() -> None:
    """No area, group or serial is one that is never given out."""
    rng = random.Random(1)
    for _ in range(ROUNDS):
        area, group, serial = people.ssn(rng).split("-")
        assert area not in {"000", "666"}
        assert area < "900"
        assert group != "00"
        assert serial != "0000"


def test_numbers_that_only_look_like_cards() -> None:
    """Span ids of digits and epochs that pass Luhn's check begin like no card."""
    rng = random.Random(1)
    for slot in ("span_digits", "epoch_luhn", "epochus_luhn"):
        number = clean_values.FILLERS[slot](rng)
        assert luhn(number)
        assert number[0] in "017"


def test_keys_of_no_group_are_in_two(built: corpus.Corpus) -> None:
    """The lists of sensitive keys and of those that only look so have none in common."""
    words = {
        name: {key for line in templates.load(name) for key in line.split()} for name in ("keys_strict", "keys_hard")
    }
    assert words["keys_strict"].isdisjoint(words["keys_hard"])
    assert {row.key for row in built.keys if row.group == "plain"}.isdisjoint(words["keys_strict"])


def test_conventions_are_those_that_hold_nothing_personal() -> None:
    """The names of the semantic conventions are kept ones, save those of people and of what is sent with secrets."""
    names = keys.conventions()
    assert len(names) > 700
    assert {"http.request.method", "session.id", "gen_ai.usage.input_tokens", "server.address"} <= set(names)
    assert not {"user.email", "enduser.id", "db.connection_string"} & set(names)


def test_canaries_are_in_their_payloads(built: corpus.Corpus) -> None:
    """Each canary leaks where nothing is redacted, and each value to be kept is there."""
    for payload in built.payloads:
        leaves = bare_leaves(payload.value)
        assert all(leaked(canary, leaves) for canary in payload.canaries), payload
        assert all(any(kept in leaf for leaf in leaves for kept in bare_leaves(keep)) for keep in payload.keeps), (
            payload
        )


def test_fast_is_a_part() -> None:
    """The first look takes some of the same texts, from all files."""
    fast = corpus.build(3, fast=True)
    assert 500 < len(fast.texts) < 700
    assert {row.source for row in fast.texts} == {row.source for row in corpus.build(3).texts}
