"""Verdicts on the names of public data dictionaries and of the environments of known services."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.keys.judging import Keys, KeyVerdict
from tests.privacy.keys._data_dictionaries import HARMLESS, SENSITIVE


@pytest.mark.parametrize("source", SENSITIVE)
def test_personal_data_and_secrets_are_redacted(source: str) -> None:
    """What a dictionary says is a person's, or opens something, goes."""
    names = SENSITIVE[source].split()
    assert [name for name in names if Keys().verdict(name) is not KeyVerdict.REDACT] == []


@pytest.mark.parametrize("source", HARMLESS)
def test_facts_beside_them_stay(source: str) -> None:
    """A name beside it that tells a state, a size, a public half or a kind keeps its value."""
    names = HARMLESS[source].split()
    assert [name for name in names if Keys().verdict(name) is KeyVerdict.REDACT] == []


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
STYLES: list[Callable[[list[str]], str]] = [
    "_".join,
    "-".join,
    ".".join,
    lambda words: words[0] + "".join(map(str.title, words[1:])),
    lambda words: "".join(map(str.title, words)),
    lambda words: "_".join(words).upper(),
    lambda words: "-".join(map(str.title, words)),
]
# Those of several words, for one alone may mean something else behind another.
PHRASES = sorted(
    name
    for names in SENSITIVE.values()
    for name in names.split()
    if len(_WORD.findall(name)) > 1 and name[-1].isalpha()
)
HARMLESS_PHRASES = sorted(name for names in HARMLESS.values() for name in names.split())


def words_of(name: str) -> list[str]:
    """Return the words of a name, in lower case."""
    return [word.lower() for word in _WORD.findall(name)]


@given(st.sampled_from(PHRASES), st.sampled_from(["old", "new", "request", "payload", "user"]), st.sampled_from(STYLES))
def test_style_and_place_make_no_difference(name: str, before: str, style: Callable[[list[str]], str]) -> None:
    """A name is found in each program's style, and below another."""
    assert Keys().verdict(style([before, *words_of(name)])) is KeyVerdict.REDACT


@given(st.sampled_from(HARMLESS_PHRASES), st.sampled_from(STYLES[:4]))
def test_harmless_names_stay_in_other_styles(name: str, style: Callable[[list[str]], str]) -> None:
    """What tells only a fact does so in each program's style."""
    assert Keys().verdict(style(words_of(name))) is not KeyVerdict.REDACT
