"""Which finders the words of a text ask for, when all words of it have been judged."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clippy_otel.privacy.fields.finder import TextFields
from clippy_otel.privacy.gating import words_gate
from clippy_otel.privacy.gating.words_gate import WordsGate
from clippy_otel.privacy.keys import terms
from clippy_otel.privacy.keys.judging import BY_VALUE, Keys, KeyVerdict
from clippy_otel.privacy.recogniser import ascii_of, words_in
from tests.privacy._key_names import SENSITIVE
from tests.privacy.keys._data_dictionaries import SENSITIVE as IN_DICTIONARIES

FOUND = {KeyVerdict.REDACT, *BY_VALUE}
fields = TextFields(Keys(), "[REDACTED]")
names = [
    name for name in (*SENSITIVE, *" ".join(IN_DICTIONARIES.values()).split()) if name.isascii() and "%" not in name
]


def opened(text: str, *, own: Keys | None = None) -> int:
    """Return what is asked for by a text all words of which have been judged."""
    gate = WordsGate([(1, fields if own is None else TextFields(own, "[REDACTED]"))])
    data = ascii_of(text)
    for word in words_in(data):
        learn(gate, word)
    return gate.open(data)


def learn(gate: WordsGate, word: bytes) -> None:
    """Show a gate a word until it has judged it."""
    for _ in range(4 * words_gate._JUDGED_EVERY):
        gate.open(word)


@pytest.mark.parametrize("name", names)
def test_sensitive_name_has_a_word_that_is_heeded(name: str) -> None:
    """In whatever case and with whatever between its words it is written."""
    for spelled in (name, name.lower(), name.replace("_", "-"), name.replace("_", "."), name.title()):
        for text in (f"{spelled}=x8Kq2", f'{{"{spelled}": "x8Kq2"}}', f"a\t{spelled} : x8Kq2"):
            if fields.find(text):
                assert opened(text), text


@example("ANin")
@given(st.text("aAbiInNpPsSt_-. =:", min_size=1, max_size=24))
def test_what_is_found_is_asked_for(text: str) -> None:
    """Short words of many keys ("pin", "ssn", "pat", "tin") in any case, and behind and before others."""
    text = f"{text}=hunter2x8"
    if fields.find(text):
        assert opened(text)


def test_words_that_mean_nothing_ask_for_nothing() -> None:
    """Once they are known; until then they may mean anything."""
    gate = WordsGate([(1, fields)])
    text = ascii_of("the worker moved it: tier=free, region=eu-west")
    assert gate.open(text) == 1
    for word in words_in(text):
        learn(gate, word)
    assert gate.open(text) == 0
    assert gate.open(text + b" moved2 Worker FREE") == 0
    assert gate.open(text + b" workerPin") == gate.open(text + b" DBpin") == 1


def test_words_that_need_others_ask_for_nothing_without_them() -> None:
    """A connection is no connection string, and what is written as one word may be both."""
    assert opened("connection: ok, no document") == 0
    assert opened("connection: string") == opened("connection_string=x") == opened("connection=stringvalue") == 1


def test_fields_of_ones_own_may_be_any_word() -> None:
    """What the user names is not in the vocabulary."""
    assert opened("tier=free") == 0
    assert opened("tier=free", own=Keys(["tier"])) == 1
    assert opened("tier=free", own=Keys(keep_fields=["password"])) == 1


def test_the_table_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many words there are; a long one is not kept."""
    monkeypatch.setattr(words_gate, "_MAX_WORDS", 8)
    monkeypatch.setattr(words_gate, "_JUDGED_EVERY", 1)
    gate = WordsGate([(1, fields)])
    for number in range(100):
        learn(gate, b"q" + bytes([97 + number // 26, 97 + number % 26]) * 2)
        assert len(gate._harmless) <= 8
        assert len(gate._once) <= 8
        learn(gate, b"pin" + bytes([97 + number // 26, 97 + number % 26]) + b"token")
        assert len(gate._heeded) <= 8
    learn(gate, b"q" * 100)
    assert b"q" * 100 not in gate._harmless


def test_each_term_of_the_vocabulary_has_a_word_that_is_heeded() -> None:
    """Written in each of the ways in which keys are written."""
    terms_of_vocabulary = {phrase for phrases in terms._phrases().values() for phrase in phrases}
    terms_of_vocabulary |= {(owner, head) for head, (owners, _) in terms._heads_by_word().items() for owner in owners}
    for words in terms_of_vocabulary:
        for key in ("_".join(words), "-".join(words).title(), "".join(words), f"x_{'_'.join(words)}_1"):
            runs = {word.decode("ascii") for word in words_in(ascii_of(key))}
            needed = [fields.companions(run) for run in runs]
            is_heeded = any(each is not None and (not each or not runs.isdisjoint(each)) for each in needed)
            assert is_heeded or Keys().verdict(key) not in FOUND, key
