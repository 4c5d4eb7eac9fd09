"""Which finders have to look: those of which a needle stands in a shape of the text, no more and no fewer."""

from __future__ import annotations

import re
from typing import NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st

from clippy_otel.privacy.gating import shape_gate
from clippy_otel.privacy.gating.shape_gate import ShapeGate
from clippy_otel.privacy.recogniser import Span, ascii_of, shape_of_numbers
from tests.privacy._finding import is_open


class Needles(NamedTuple):
    """A finder that is only asked whether it has to look."""

    needles: tuple[str, ...]
    words: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    name: str = "n"

    def find(self, text: str) -> list[Span]:
        """Find nothing."""
        del text
        return []


numbers = st.text("0-@+~x", min_size=1, max_size=6)
words = st.text("w=.% ", min_size=1, max_size=6)
finders = st.builds(
    Needles,
    st.lists(numbers, max_size=3).map(tuple),
    st.lists(numbers | words | st.just(""), max_size=3).map(tuple),
    st.lists(st.sampled_from(["a", "ab", "é"]), max_size=2).map(tuple),
)
texts = st.text("0aAb1-_ @+~=:.%é\\", max_size=20)


@example([Needles((), (), ("a",)), Needles(("x",), (), ("ab",))], "A")
@given(st.lists(finders, max_size=6), texts)
def test_those_with_a_needle_have_to_look(asked: list[Needles], text: str) -> None:
    """In their order; and what is likely is told by the rare needles."""
    gate = ShapeGate(asked, range(len(asked)))
    expected = tuple(place for place, finder in enumerate(asked) if is_open(finder, text))
    data = ascii_of(text)
    assert gate.open(text, data) == expected
    if not re.search("[0-9]", data.decode()):
        assert gate.open(text, data, has_digits=False) == expected
    shape = shape_of_numbers(ascii_of(text))
    likely = any(needle in shape for place in expected for needle in asked[place].needles)
    assert gate.look(text) == ((True, ()) if likely else (False, expected))


def test_the_table_of_answers_is_bounded() -> None:
    """However many sets of finders texts ask for."""
    asked = [Needles((), ("w" * length,)) for length in range(1, 9)] + [
        Needles(("0" * length,), ()) for length in range(1, 9)
    ]
    gate = ShapeGate(asked, range(len(asked)))
    patched = shape_gate._MAX_SETS
    try:
        shape_gate._MAX_SETS = 10  # type: ignore[misc] # a table that is full at once
        for n in range(9):
            for m in range(9):
                text = "a" * n + "." + "1" * m
                gate.open(text, ascii_of(text))
                assert len(gate._known) <= 11
    finally:
        shape_gate._MAX_SETS = patched  # type: ignore[misc] # as it was
