"""Finding and replacing inside one text: what overlaps, what is kept, what takes too long."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.redaction import speed
from clippy_otel.privacy import Redactor
from clippy_otel.privacy import scanner as module
from clippy_otel.privacy.recogniser import Span
from clippy_otel.privacy.rules.actions import ACTIONS, Action, Replacements
from clippy_otel.privacy.scanner import OutOfTimeError, Scanner


class Words(NamedTuple):
    """Find some words, wherever they stand."""

    name: str
    found: tuple[str, ...]
    needles: tuple[str, ...] = ()
    words: tuple[str, ...] = ("",)

    def find(self, text: str) -> list[Span]:
        """Return the places of the words, from left to right."""
        places = [(at, at + len(word)) for word in self.found for at in range(len(text)) if text.startswith(word, at)]
        spans: list[Span] = []
        for start, end in sorted(places):
            if not spans or start >= spans[-1][1]:
                spans.append((start, end))
        return spans


def scanning(*finders: Words, max_bytes: int = 16_384, placeholder: str = "#", **actions: Action) -> Scanner:
    """Make a scanner whose finders have these actions."""
    replacements = Replacements(placeholder, actions, lambda text: f"~{len(text)}~")
    return Scanner(finders, placeholder=placeholder, max_bytes=max_bytes, replacements=replacements)


A, B, AB = Words("a", ("aaa",)), Words("b", ("abb",)), Words("ab", ("aaabb",))


def test_what_overlaps_is_one_hit() -> None:
    """Named by the first rule, and replaced once."""
    subject = scanning(A, B)
    assert subject.hits("x aaabb aaa") == [(2, 7, "a", "placeholder"), (8, 11, "a", "placeholder")]
    assert subject.scan("x aaabb aaa") == "x # #"


@pytest.mark.parametrize(
    "one,other,expected",
    [
        ("placeholder", "typed", "x #"),
        ("typed", "pseudonym", "x #:a"),
        ("pseudonym", "mask", "x #"),
        ("drop", "placeholder", ""),
        ("mask", "drop", ""),
    ],
)
def test_the_strictest_of_what_overlaps_counts(one: Action, other: Action, expected: str) -> None:
    """And of more than either rule has found nothing is shown."""
    assert scanning(A, B, a=one, b=other).scan("x aaabb") == expected
    assert scanning(A, B, a=other, b=one).scan("x aaabb").replace("#:b", "#:a") == expected


def test_a_hit_inside_another_leaves_its_action() -> None:
    """A pseudonym is made of the whole."""
    assert scanning(AB, A, ab="pseudonym", a="pseudonym").scan("aaabb") == "~5~"


def test_what_is_kept_must_be_around_the_whole() -> None:
    """A hit that reaches out of all that is kept is none that is kept."""
    subject = scanning(A, AB, Words("ok", ("aaa",)), ok="keep")
    assert subject.scan("aaa aaabb") == "aaa #"
    many = scanning(A, Words("ok", ("aaa", "(aaa aaa)")), ok="keep")
    text = "aaa " * 3000
    assert many.scan(text) is text


def test_a_placeholder_is_no_hit() -> None:
    """Nor is what a rule has made of its find before: the same object comes back."""
    subject = scanning(Words("p", ("#", "#:p", "~3~")))
    for text in ("x # y", "#"):
        assert subject.scan(text) is text
        assert subject.hits(text) == []
    typed = scanning(Words("p", ("#:p", "secret")), p="typed")
    assert typed.scan("a secret") == "a #:p"
    assert typed.scan("a #:p") == "a #:p"


def test_what_does_not_come_to_an_end_goes() -> None:
    """A rule that finds something in its own pseudonyms over and over is not let run, nor is its text let through."""
    grows = Scanner(
        [Words("g", ("x",))],
        placeholder="#",
        max_bytes=1000,
        replacements=Replacements("#", {"g": "pseudonym"}, lambda text: f"{text}{text}"),
    )
    assert grows.scan("an x") == "#"


def test_a_hit_across_the_cut_shows_nothing() -> None:
    """What is cut off is not masked to what is left of it."""
    card = Words("card", ("4111 1111 1111 1111",))
    subject = scanning(card, max_bytes=64, card="mask")
    assert subject.scan("x" * 60 + "4111 1111 1111 1111" + "y" * 50) == "x" * 53 + "[TRUNCATED]"
    assert (
        subject.scan("x" * 30 + "4111 1111 1111 1111" + "y" * 50)
        == "x" * 30 + "**** **** **** 1111" + "y" * 4 + "[TRUNCATED]"
    )
    dropped = scanning(card, max_bytes=64, card="drop")
    assert dropped.scan("x" * 50 + "4111 1111 1111 1111" + "y" * 50) == ""


def test_time_is_bounded_inside_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before each finder the clock is looked at; a text that is not looked through is not let through."""
    now = iter(range(100))
    monkeypatch.setattr(module, "monotonic_ns", lambda: next(now))
    subject = scanning(A, B, AB)
    assert subject.scan("aaa", deadline_ns=3) == "#"
    assert subject.scan("nothing", deadline_ns=2) == "#"
    assert subject.scan_bytes(b"nothing", deadline_ns=2) is None
    with pytest.raises(OutOfTimeError):
        subject.hits("aaa", deadline_ns=2)
    assert subject.scan("nothing") == "nothing"


def test_long_texts_are_bounded_in_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are cut as well."""
    monkeypatch.setattr(module, "monotonic_ns", lambda: 9)
    assert scanning(A, max_bytes=64).scan("x" * 500, deadline_ns=5) == "#"


def test_changed_lines_are_looked_at_in_their_order() -> None:
    """Whatever stands in them: what is found may begin in one line and end in the next, in each process the same."""
    subject = scanning(A, B, AB, a="typed", b="typed", ab="typed")
    lines = ["1 #:b", "2", "3 #:a", "4 #:ab #:a", "5 #", "1 #:b"]
    assert subject._changed_lines("\n".join(lines)) == [line for line in lines if line != "2"]


@given(
    st.lists(st.sampled_from(["aaa", "abb", "a", "b", " ", "#", "#:a", "~3~", "é", "12345678"]), max_size=12).map(
        "".join
    ),
    st.fixed_dictionaries({name: st.sampled_from(ACTIONS) for name in ("a", "b", "ab", "n")}),
)
def test_a_second_scan_changes_nothing(text: str, actions: dict[str, Action]) -> None:
    """Whatever the rules do; and where nothing is found, it is the same object."""
    replacements = Replacements("#", actions, lambda found: f"~{len(found)}~")
    finders = (A, B, AB, Words("n", ("12345678",)))
    subject = Scanner(finders, placeholder="#", max_bytes=16_384, replacements=replacements)
    once = subject.scan(text)
    assert subject.scan(once) is once
    assert (once is text) == (subject.hits(text) == [])


pieces = st.sampled_from(
    [
        *(
            "id=",
            "took ",
            "ms",
            " ",
            "key: ",
            "page=",
            "DE",
            "+",
            "@",
            "a.co",
            "-",
            ".",
            "/",
            "'",
            '"',
            "[",
            "~",
            "%",
            ":",
        ),
        *("password=", "tel ", "sha256~", "card 41", "user", "note2=", "\\u003", "(", ")", "é", "x", "\n", "is "),
    ]
)
digits = st.text("0123456789", min_size=1, max_size=9)
lines = st.lists(st.one_of(pieces, digits), min_size=1, max_size=8).map("".join)


@given(lines, st.data())
def test_what_is_clean_with_some_digits_is_looked_at_with_others(line: str, data: st.DataObject) -> None:
    """A line that was seen to be clean says nothing of one with other digits, save where these cannot matter."""
    warm, cold = (Redactor(redact_fields=["note[1-3]", "internal"]) for _ in range(2))
    for _ in range(9):
        warm.redact_text(line)
    other = re.sub("[0-9]", lambda _: data.draw(st.sampled_from("0123456789")), line)
    assert warm.redact_text(other) == cold.redact_text(other)


@pytest.mark.parametrize("engine", ["re", "re2"])
@pytest.mark.parametrize(
    "text, redacted",
    [
        ("account number 000000", "account number [REDACTED]"),
        ("sort code 00-00-00", "sort code [REDACTED]"),
        ("card 000000000000", "card [REDACTED]"),
        ("NL00AAAE0000000000", "[REDACTED]"),
    ],
)
def test_zeros_are_digits(engine: str, text: str, redacted: str) -> None:
    """A text that has no others has digits."""
    if engine == "re2":
        pytest.importorskip("re2")
    redactor = speed.redactor(engine)
    assert redactor.redact_text(text) == redacted
    assert redactor.redact_attributes({"note": text, "n": 1}) == {"note": redacted, "n": 1}


@pytest.mark.parametrize("engine", ["re", "re2"])
@pytest.mark.parametrize(
    "text",
    [
        f"update x{'ssn'.ljust(64, '0')} = $1 where id; $1 = 'hidden thing'",
        "the qstatestonguesmyauthstring is x8kq2vz",
        f"SELECT x{'password'.ljust(62, '0')}        NOT        BETWEEN        'hidden thing'",
        "zabcdefghijklmnopqrstpassword yyyyyyyyyyyyyyyyyyyyyy hash=q9Xzz",
    ],
)
def test_no_name_begins_within_a_word(engine: str, text: str) -> None:
    """Where a part of a text is looked at, a word that is cut is none: gates know whole words."""
    if engine == "re2":
        pytest.importorskip("re2")
    redactor = speed.redactor(engine)
    first = redactor.redact_text(text)
    words = sorted(set(text.replace("=", " ").replace("$", " ").split()))
    for turn in range(400):
        redactor.redact_text(f"{words[turn % len(words)]} {words[-turn % len(words)]}")
    assert redactor.redact_text(text) == first
