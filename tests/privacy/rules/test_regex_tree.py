"""Regular expressions as trees: a class in the tree holds all that the pattern's own class matches."""

from __future__ import annotations

import itertools
import re
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clippy_otel.privacy.rules import regex_tree
from clippy_otel.privacy.rules.regex_tree import (
    LAST,
    Anchor,
    Chars,
    Either,
    Look,
    Reference,
    Repeat,
    Sequence,
    UnknownSyntaxError,
    chars_in,
    overlap,
    tree_of,
)

A, B = Chars(((97, 97),)), Chars(((98, 98),))


@pytest.mark.parametrize(
    "pattern,tree",
    [
        ("ab", Sequence((A, B))),
        ("", Sequence(())),
        ("a|bb", Either((A, Sequence((B, B))))),
        ("[a-b]", Chars(((97, 98),))),
        ("a{2,5}", Repeat(A, 2, 5)),
        ("a*?", Repeat(A, 0, None)),
        ("(a)(?:b)", Sequence((A, B))),
        (".", Chars(((0, LAST),))),
        ("[^a]", Chars(((0, 96), (98, LAST)))),
        ("[^a-b]", Chars(((0, 96), (99, LAST)))),
        (r"(?=a)b", Sequence((Look(A, is_ahead=True, is_negated=False), B))),
        (r"(?<!a)b", Sequence((Look(A, is_ahead=False, is_negated=True), B))),
        (r"a\b", Sequence((A, Anchor("AT_BOUNDARY")))),
        (r"(a)\1", Sequence((A, Reference(1)))),
        ("(?i:a)", chars_in([(65, 65), (97, 97), (128, LAST)])),
        ("(?i)-", Chars(((45, 45),))),
        (r"\d", Chars(((48, 57), (128, LAST)))),
    ],
)
def test_trees(pattern: str, tree: object) -> None:
    """Each kind of node is told."""
    assert tree_of(pattern) == tree


@pytest.mark.skipif(sys.version_info < (3, 11), reason="syntax of Python 3.11")
def test_syntax_of_newer_versions() -> None:
    """Possessive repetitions and atomic groups are repetitions and groups."""
    assert tree_of("a++") == Repeat(A, 1, None)
    assert tree_of("(?>ab)") == Sequence((A, B))


def test_what_is_unknown_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node of a later version is not taken for a harmless one."""
    monkeypatch.setattr(regex_tree, "_SINGLE", frozenset())
    with pytest.raises(UnknownSyntaxError):
        tree_of("a")
    with pytest.raises(re.error):
        tree_of("(")


classes = st.sampled_from(
    [
        "[a-f]",
        "[^a-f]",
        r"\w",
        r"\W",
        r"\d",
        r"\D",
        r"\s",
        r"\S",
        r"[\w-]",
        r"[^\w.]",
        r"[^\d]",
        ".",
        "k",
        "[^k]",
        "é",
        "[à-ü]",
        r"[^\S]",
    ]
)
characters = st.one_of(st.characters(), st.sampled_from("kKſsS\u212aéÉßİı٣"))  # noqa: RUF001 - what folds


@example(r"\S", "(?a)", "\x1c")
@given(classes, st.sampled_from(["", "(?i)", "(?a)", "(?s)", "(?ia)"]), characters)
def test_a_class_holds_all_that_the_pattern_matches(written: str, flags: str, character: str) -> None:
    """So that two classes that do not overlap have no character in common."""
    node = tree_of(flags + written)
    assert isinstance(node, Chars)
    if re.fullmatch(flags + written, character):
        assert overlap(node, Chars(((ord(character), ord(character)),)))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: (min(pair), max(pair)))))
def test_ranges_are_sorted_and_apart(ranges: list[tuple[int, int]]) -> None:
    """And are of the same characters as before."""
    merged = chars_in(ranges).ranges
    assert all(one[1] + 1 < other[0] for one, other in itertools.pairwise(merged))
    assert {n for first, last in merged for n in range(first, last + 1)} == {
        n for first, last in ranges for n in range(first, last + 1)
    }
