"""The optional engine finds what the shapes find: the same results, with and without it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.redaction import corpus
from clippy_otel.privacy import DEFAULT_RULES, Redactor, Rule
from clippy_otel.privacy import scanner as scanner_module
from clippy_otel.privacy.fields.finder import TextFields
from clippy_otel.privacy.gating.re2_engine import Re2Gate, re2_gate
from clippy_otel.privacy.keys.judging import Keys
from clippy_otel.privacy.optional.registry import OPTIONAL_RULES, names
from clippy_otel.privacy.recogniser import Finder
from clippy_otel.privacy.recognisers.registry import RECOGNISERS

pytest.importorskip("re2")

RULES = (
    *DEFAULT_RULES,
    *OPTIONAL_RULES,
    names("Grace Hopper"),
    Rule("employee", r"(?i:emp)-(?P<value>[0-9]{6})\b"),
    Rule("whole", r"^[A-Z]{3}$"),
    Rule("phrase", r"(?:[a-z]+ )+internal"),
)


def without_re2(build: Any) -> Any:
    """Build something whose scanners know nothing of RE2."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scanner_module, "re2_gate", lambda *_: (None, frozenset()))
        return build()


WITH, WITHOUT = Redactor(RULES), without_re2(lambda: Redactor(RULES))


def gated(redactor: Redactor) -> bool:
    """Say whether a redactor has the engine, which it makes for its first text."""
    redactor.redact_text("a")
    return redactor._engine.scanner._gate is not None


def test_it_is_used_where_it_is_installed() -> None:
    """And only there."""
    assert gated(WITH)
    assert not gated(WITHOUT)
    assert gated(Redactor())


def test_without_it_nothing_is_missing() -> None:
    """A process in which it cannot be imported redacts with the shapes."""
    code = (
        "import sys; sys.modules['re2'] = None\n"
        "from clippy_otel.privacy import Redactor; r = Redactor()\n"
        "print(r.redact_text('to a@example.com'), r._engine.scanner._gate)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "to [REDACTED] None\n"


pieces = st.sampled_from(
    [
        "alice@example.com", "123-45-6789", "4111 1111 1111 1111", "4111111111111111", "+1 415 555 2671",
        "(415) 555-2671", "+45 32 12 34 56", "password=hunter2", '"token": "abc123XYZ"', "Authorization: Basic YTpi",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop", "https://u:p@h.example/x?token=abc",
        "DE89370400440532013000",
        "ghp_" + "a1B2" * 9, "10.1.2.3", "2001:db8::1", "00:1A:2b:3c:4D:5e", "born 1980-02-03", "Grace Hopper",
        "emp-123456", "EMP-1234567", "ABC", "all of it internal", "alice%40example.com",
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "x", " ", "\n", "é", "は", "\ud800", "\\n", "%20", "\\u000a", "Bearer abcdefgh1",
        "hooks.slack.com/services/T0000000/B0000000", "=", ":", "-", "1", ".", '"', "", "\u00a0",
    ]
)  # fmt: skip
texts = st.one_of(st.lists(pieces, max_size=6).map("".join), st.text(max_size=40))


@given(texts)
def test_texts_are_redacted_alike(text: str) -> None:
    """Whatever is in them, to the character."""
    assert WITH.redact_text(text) == WITHOUT.redact_text(text)
    assert WITH.explain(text) == WITHOUT.explain(text)


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "email", "user.id"]), texts | st.integers() | st.lists(texts), max_size=4
    )
)
def test_attributes_are_redacted_alike(data: dict[str, Any]) -> None:
    """At a glance and one by one."""
    assert repr(WITH.redact_attributes(data)) == repr(WITHOUT.redact_attributes(data))


HAS_DIGITS = re.compile("[0-9]")
FINDERS: Sequence[Finder] = (*RECOGNISERS, TextFields(Keys(), "[REDACTED]"))
GATE, COVERED = re2_gate(FINDERS, FINDERS)


def missed(text: str) -> list[str]:
    """Return the names of the finders that find something in a text that does not open the gate for them."""
    assert GATE is not None
    opened = GATE.open(text, has_digits=HAS_DIGITS.search(text) is not None)
    if opened is None:
        return []
    return [finder.name for finder in FINDERS if not any(finder is each for each in opened) and finder.find(text)]


@given(texts)
def test_nothing_is_found_where_the_gate_is_closed(text: str) -> None:
    """It costs no recall."""
    assert missed(text) == []
    assert missed(HAS_DIGITS.sub("", text)) == []


@pytest.mark.parametrize("seed", [11, 12])
def test_nothing_of_the_corpus_is_missed(seed: int) -> None:
    """Thousands of texts with and without personal data, and the texts of nested values."""
    rows = corpus.build(seed)
    every = [row.text for row in rows.texts] + [repr(payload.value) for payload in rows.payloads]
    every += [HAS_DIGITS.sub("", text) for text in every]
    assert len(every) > 8000
    assert [(text, found) for text in every if (found := missed(text))] == []


def test_it_knows_each_built_in_finder() -> None:
    """One that it does not know would always be asked by the shapes."""
    assert frozenset(range(len(FINDERS))) == COVERED


@pytest.mark.parametrize(
    "text",
    [
        "user opened the settings page and changed the theme",
        "GET /api/v2/orders/8812 took 23 ms status=200 host: web-3",
        '{"level": "info", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "dur_ms": 12.5}',
    ],
)
def test_clean_texts_are_seen_to_be_clean(text: str) -> None:
    """For that is what it is for."""
    assert GATE is not None
    assert GATE.open(text) == ()


def test_a_text_that_it_cannot_read_is_left_to_the_shapes() -> None:
    """A lone surrogate has no place in UTF-8."""
    assert GATE is not None
    assert GATE.open("\ud800") is None
    assert GATE.open("- - -") == ()


def test_out_of_memory_is_no_answer() -> None:
    """RE2 says that nothing was found, not even what is in every text: then the shapes are asked."""
    gate = Re2Gate(["a", "c"], ["has an a", "has a c"])
    assert gate.open("b") == ()
    assert gate.open("cab") == ("has an a", "has a c")
    gate._short.match = lambda _: []
    assert gate.open("b") is None
    assert gate.open("b", has_digits=False) == ()
    gate._without_digits.match = lambda _: []
    assert gate.open("b", has_digits=False) is None


def test_what_needs_digits_is_not_looked_for_without() -> None:
    """One automaton knows all the others then."""
    gate = Re2Gate(["a", "b[0-9]*"], ["a", "a number"], need_digits={1})
    assert gate.open("ab1") == ("a", "a number")
    assert gate.open("ab", has_digits=False) == ("a",)


def test_a_rule_of_the_same_name_is_not_taken_for_a_built_in_one() -> None:
    """What RE2 looks for belongs to a finder, not to its name."""
    rules = [rule for rule in DEFAULT_RULES if rule.name != "jwt"]
    assert Redactor((*rules, Rule("jwt", "tok[0-9]{3}"))).redact_text("a tok123") == "a [REDACTED]"


@pytest.mark.parametrize(
    "settings, text, redacted",
    [
        ({"redact_fields": ["planCode"]}, "plan_code=x1 a=b", "plan_code=[REDACTED] a=b"),
        ({"redact_fields": ["größe"]}, "größe=x1 a=b", "größe=[REDACTED] a=b"),
        ({"redact_fields": ["plan_*"]}, "plan_code=x1 a=b", "plan_code=[REDACTED] a=b"),
        ({"rules": [Rule("plan", keys=["plan_code"])]}, "planCode=x1 a=b", "planCode=[REDACTED] a=b"),
        ({"rules": [Rule("plan", keys=["plan?code"])]}, "plan-code=x1 a=b", "plan-code=[REDACTED] a=b"),
        ({"rules": [Rule("plan", keys=["token"], action="keep")]}, "token=x1 pwd=y2", "token=x1 pwd=[REDACTED]"),
        ({"keep_fields": ["token"]}, "token=x1 pwd=y2", "token=x1 pwd=[REDACTED]"),
    ],
)
def test_fields_of_ones_own_are_found(settings: dict[str, Any], text: str, redacted: str) -> None:
    """Where RE2 can look for their words, and where it cannot."""
    settings["rules"] = (*DEFAULT_RULES, *settings.get("rules", ()))
    redactor = Redactor(**settings)
    assert gated(redactor)
    assert redactor.redact_text(text) == redacted


def test_redactors_that_are_alike_share_an_automaton() -> None:
    """It takes memory, and tens of milliseconds to make."""
    first, second = (Redactor() for _ in range(2))
    assert gated(first)
    assert gated(second)
    one, other = first._engine.scanner._gate, second._engine.scanner._gate
    assert one is not None
    assert other is not None
    assert one._long.match is other._long.match
    assert one._without_digits.match is other._without_digits.match


def test_patterns_that_it_does_not_take() -> None:
    """RE2 says so with an error, which becomes one of Python's."""
    with pytest.raises(ValueError, match="Set"):
        Re2Gate(["a{1,5000}"], [""])
    assert re2_gate((), ()) == (None, frozenset())


@pytest.mark.parametrize("piece", ["a=a", "1-2", "aB3", "4111 ", "eyJ", "@a.", "+1 (", "é:", "0x", "%40", "call "])
def test_hostile_texts_come_to_an_end(piece: str) -> None:
    """Twenty kilobytes of what nearly opens it, or does, are answered."""
    assert GATE is not None
    opened = GATE.open(piece * (20_000 // len(piece)))
    assert opened is None or set(map(id, opened)) <= set(map(id, FINDERS))
