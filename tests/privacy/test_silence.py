"""Clean texts that are known by what they are like: other digits and ids make nothing of them."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy import Redactor, silence
from clippy_otel.privacy.recogniser import Finder, ascii_of
from clippy_otel.privacy.silence import Silence, with_zeros


class _Asked:
    """A finder that says of which texts no digits matter."""

    name = "asked"
    needles = words = ()

    def __init__(self, *, is_silent: bool) -> None:
        self._is_silent = is_silent
        self.shown: list[str] = []

    def find(self, text: str) -> list[tuple[int, int]]:
        """Find nothing."""
        del text
        return []

    def is_silent(self, text: str) -> bool:
        """Note the text."""
        self.shown.append(text)
        return self._is_silent


def learned(text: str, *finders: Finder) -> Silence:
    """Return what has seen a clean text often enough."""
    subject = Silence(lambda _: finders)
    for _ in range(silence._LEARN_EVERY):
        subject.learn(text, with_zeros(ascii_of(text)))
    return subject


def knows(subject: Silence, text: str) -> bool:
    """Say whether it knows a text."""
    return subject.knows(text, with_zeros(ascii_of(text)))


def test_other_digits_are_known() -> None:
    """And nothing else is."""
    subject = learned("job 123 done")
    assert knows(subject, "job 987 done")
    assert not knows(subject, "job 1234 done")
    assert not knows(subject, "Job 123 done")


def test_other_ids_are_known() -> None:
    """A finder is asked about a text without them, for it may take their digits for something."""
    finder = _Asked(is_silent=True)
    text = f"request {uuid.uuid4()} trace_id={uuid.uuid4().hex} done: 200"
    subject = learned(text, finder)
    assert finder.shown == ["request 0 trace_id=0 done: 200"]
    assert knows(subject, f"request {uuid.uuid4()} trace_id={uuid.uuid4().hex} done: 404")
    assert not knows(subject, f"request {uuid.uuid4()} trace_id=0 done: 404")


@pytest.mark.parametrize(
    "text", ["call 415 {id}", "{id} 12", "a|{id}", "a/{id}", "{id}-1", "x_{id}", "+{id}", "{id}@a.org"]
)
def test_ids_beside_what_they_may_be_part_of_are_none(text: str) -> None:
    """A number or a token may go on in them."""
    subject = learned(text.format(id="01234567-89ab-cdef-0123-456789abcdef"))
    assert not knows(subject, text.format(id="a1234567-89ab-cdef-0123-456789abcdef"))


def test_a_text_that_a_finder_is_not_sure_about_is_not_known() -> None:
    """One that cannot say so is not sure."""
    assert not knows(learned("a 1", _Asked(is_silent=False)), "a 1")
    assert knows(learned("a 1", _Asked(is_silent=True)), "a 2")
    assert not knows(learned("a 1", _Asked(is_silent=True), Redactor()._engine.scanner), "a 1")  # type: ignore[arg-type]


def test_what_is_beyond_ascii_is_not_known() -> None:
    """It is not told apart in the form that is kept."""
    assert not knows(learned("é 1"), "é 1")
    assert not knows(learned("? 1"), "é 1")


def test_the_tables_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of short texts only."""
    monkeypatch.setattr(silence, "_MAX_KNOWN", 5)
    monkeypatch.setattr(silence, "_LEARN_EVERY", 1)
    subject = Silence(lambda _: ())
    for length in range(20):
        text = "a" * length + "1"
        subject.learn(text, with_zeros(ascii_of(text)))
        subject.leave([text])
        assert len(subject.known) <= 5
        assert len(subject._left) <= 5
    long = "a" * 200 + "1"
    subject.learn(long, with_zeros(ascii_of(long)))
    subject.leave([long])
    assert not knows(subject, long)
    assert not subject.knows_left(long)


_KNOWING = Redactor()
_UNKNOWING = Redactor()
_digits = st.text("0123456789", min_size=1, max_size=13)
_ids = st.one_of(
    st.uuids().map(str), st.uuids().map(lambda value: value.hex), st.just("12345678-1234-1234-1234-123456789012")
)
_lines = st.lists(
    st.one_of(
        _digits,
        _ids,
        st.sampled_from(
            ["card ", "call ", "ssn: ", "job ", "id=", "token=", "code: ", "+", "-", " ", " is ", "(", ") ", ".", "/"]
        ),
        st.sampled_from(
            ["DE89", "Bearer ", "key ", "x", "phone", "@a.org", '"', "'", ", ", "=> ", "?key=", "trace_id="]
        ),
    ),
    min_size=1,
    max_size=8,
).map("".join)


@given(_lines, st.randoms(use_true_random=False))
def test_what_is_known_is_clean_for_who_knows_nothing(line: str, random: object) -> None:
    """With other digits in the places of a clean line's own, and whatever was learned before."""
    choice = random.choice  # type: ignore[attr-defined]
    for _ in range(silence._LEARN_EVERY):
        _KNOWING.redact_text(line)
    other = "".join(choice("0123456789") if char.isdecimal() else char for char in line)
    _UNKNOWING._engine.scanner._silence = Silence(lambda _: ())
    _UNKNOWING._engine.clean.clear()
    assert _KNOWING.redact_text(other) == _UNKNOWING.redact_text(other)


def test_what_marks_an_id_may_stand_in_a_text_too() -> None:
    """It is not taken for one."""
    subject = Redactor()
    for _ in range(60):
        subject.redact_text(f"national {uuid.UUID(int=7).hex}:    123456")
    assert subject.redact_text("national \x00id:    123456") == Redactor().redact_text("national \x00id:    123456")
