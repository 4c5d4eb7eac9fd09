"""Many patterns for keys at once, and what of them can be seen in a text without reading its keys."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel import semconv
from clippy_otel.privacy.keys.judging import Keys, KeyVerdict
from clippy_otel.privacy.keys.wild_keys import WildKeys, are_wild
from clippy_otel.privacy.recogniser import words_in

pieces = st.sampled_from(["gen", "ai", "a", "prompt", ".", "_", "-", "0", "X", "[._-]", "[.]", "?", "*"])
patterns = st.lists(pieces, min_size=1, max_size=6).map("".join).filter(lambda pattern: are_wild([pattern]))
keys = st.lists(
    st.sampled_from(["gen", "ai", "a", "prompt", ".", "_", "-", "0", "X", "x", "é", "\n"]), min_size=1, max_size=7
).map("".join)


@given(st.lists(patterns, min_size=1, max_size=3), keys)
def test_a_pattern_is_one_of_fnmatch(fields: list[str], key: str) -> None:
    """For the whole key, in whatever case."""
    named = any(fnmatchcase(key.lower(), field.lower()) for field in fields)
    assert (WildKeys(fields).verdict(key) is KeyVerdict.KEEP) == named


@given(st.lists(patterns, min_size=1, max_size=3), keys)
def test_a_named_key_is_seen_by_its_words_and_its_beginning(fields: list[str], key: str) -> None:
    """One of its words is heeded, and has one of those beside it that it needs; and it begins as some pattern does."""
    wild = WildKeys(fields)
    if wild.verdict(key) is not KeyVerdict.KEEP:
        return
    words = {word.decode("ascii") for word in words_in(key.encode("ascii", "replace"))}
    beside = [wild.companions(word) for word in words] or [wild.companions("")]
    assert any(needed is not None and (not needed or needed & words) for needed in beside)
    letters = "".join(filter(str.isalpha, key.lower()))
    assert wild.added is None or any(letters.startswith(beginning) for beginning in wild.added)


@pytest.mark.parametrize(
    "key", ["gen_ai.input.me\u017f\u017fages", "gen_ai.\u0131nput.messages", "GEN_AI.INPUT.MESSAGES"]
)
def test_case_is_that_of_other_patterns(key: str) -> None:
    """Letters count as the same that do where fields are judged one by one."""
    fields = ["gen_ai.input.messages*"]
    assert WildKeys(fields).verdict(key) is Keys(keep_fields=fields).verdict(key) is KeyVerdict.KEEP


def test_words_of_other_keys_are_not_heeded() -> None:
    """So texts without any of these words are not read for them."""
    wild = WildKeys(semconv.AI_CONTENT_KEYS)
    assert wild.companions("gen") == frozenset({"ai"})
    assert wild.companions("input") == frozenset({"value"})
    assert wild.companions("llm") == frozenset()
    assert wild.companions("order") is None
    assert wild.companions("messages") is None


@pytest.mark.parametrize("fields", [["plain"], ["x1*"], ["a*b*c*"], ["[ab]*"], ["[]*"], ["[!.]*"], ["a b*"]])
def test_other_fields_are_judged_one_by_one(fields: list[str]) -> None:
    """Without a wildcard, with digits, with sets of letters, with more than two stars."""
    assert not are_wild(fields)
    assert not are_wild([*fields, "a*"])
    assert are_wild(["a*", "?.b"])
