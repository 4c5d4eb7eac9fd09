"""Which patterns are refused: all that can take more than linear time, and none that cannot."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clippy_otel.privacy.rules.linear import MAX_STEPS, refusal

LINEAR = [
    r"EMP-[0-9]{6}",
    r"\bEMP\w+",
    r"x.*",
    r"(?:foo|bar)baz+",
    r"[0-9]{1,20}-[0-9]{1,20}x",
    r"(?:\d{1,3}\.){3}\d{1,3}",
    r"(?i:secret|token)\s{0,3}=\s{0,3}\S+",
    r"(?:ab?){2,50}c",
    r"(?<![a-z])[A-Z]{2}(?=[0-9]{2,4})[0-9]+",
    r"x+(?:yz)?",
    r"x{2,}y{0,3}",
    r"[^,]{1,64},",
    r"(?P<value>[a-z]{1,64})@corp\.example",
    r"(?s:.{1,50})end",
    r"(?i)(?:key|id)_[a-z]{1,20}\b",
]
REFUSED = [
    (r"(a+)+b", r"\{1,64\}"),
    (r".*x", r"\{0,64\}"),
    (r"\bEMP\w+\b", "last thing"),
    (r"[a-z]+@", "last thing"),
    (r"(?:ab)+", "of characters"),
    (r"a(?=.*b)c", "last thing"),
    (r"(?<=a)(?!x+y)z", "last thing"),
    (r"(a|b)\1", "refers back"),
    (r"(a)?x(?(1)b|c)", "refers back"),
    (r"a*", "empty"),
    (r"\b", "empty"),
    (r"(?:a?){3}", "empty"),
    (r"(?:a|a){0,30}b", "steps"),
    (r"a{0,800}b", "steps"),
    (r"x[a-z]{1,40}[a-z]{1,40}[a-z]{1,40}y", "steps"),
    (r"(?:a{1,20}){1,20}b", "steps"),
    (r"(?:a|b){1,5000}c", "steps"),
    ("(", "regular expression"),
    ("a" * 5000, "4,096"),
]


@pytest.mark.parametrize("pattern", LINEAR)
def test_linear_patterns_are_taken(pattern: str) -> None:
    """What cannot become slow is not refused."""
    assert refusal(pattern) is None


@pytest.mark.parametrize("pattern,reason", REFUSED)
def test_others_are_refused_with_a_reason(pattern: str, reason: str) -> None:
    """The reason says what it is, and what to write instead."""
    assert re.search(reason, refusal(pattern) or "")


HOSTILE = ["a", "ab", "aab", "0", "0-", "1.", "x", "ax", "EMP", "A0", "secret=", ", ", "key_a", "é", "\n"]


@pytest.mark.parametrize("pattern", LINEAR)
def test_linear_patterns_grow_linearly(pattern: str) -> None:
    """Ten times the text takes about ten times the time, whatever it is made of."""
    compiled = re.compile(pattern)

    def seconds(text: str) -> float:
        taken = []
        for _ in range(3):
            start = time.perf_counter()
            sum(1 for _ in compiled.finditer(text))
            taken.append(time.perf_counter() - start)
        return min(taken)

    for piece in HOSTILE:
        short, long = piece * (2000 // len(piece)), piece * (20_000 // len(piece))
        assert seconds(long) < 60 * seconds(short) + 0.01


atoms = st.sampled_from(["a", "b", "[ab]", "[a-c]", "[^a]", ".", r"\w", r"\d", "-", r"\b", "(?=a)", "(?<!b)", "(?i:B)"])
counts = st.sampled_from(["", "", "?", "{2}", "{0,3}", "{1,12}", "{1,60}", "{2,400}", "*", "+", "*?", "{3,}"])
patterns = st.recursive(
    st.builds("{}{}".format, atoms.filter(lambda atom: atom[-1] not in "b)"), counts) | atoms,
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("(?:{}){}".format, inner, counts),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(patterns, st.lists(st.sampled_from(["a", "b", "ab", "-", "0", "B"]), min_size=1, max_size=3), st.booleans())
def test_what_is_taken_is_fast(pattern: str, pieces: list[str], ends: bool) -> None:  # noqa: FBT001 - as it comes
    """No pattern that is taken takes longer than its steps allow, at any text that is nearly what it looks for."""
    if refusal(pattern) is not None:
        return
    text = "".join(pieces) * (3000 // len("".join(pieces))) + ("!" if ends else "")
    compiled = re.compile(pattern)
    start = time.perf_counter()
    for _ in compiled.finditer(text):
        pass
    # 100 ns for a step, ten times of what one takes: the machine does other things too.
    assert time.perf_counter() - start < len(text) * MAX_STEPS * 100e-9
