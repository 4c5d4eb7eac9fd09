"""What RE2 looks for stands in each text in which the finder of fields finds something, in whatever syntax."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.redaction import corpus
from benchmarks.redaction.speed_texts import Texts
from benchmarks.redaction.templates import Part
from clippy_otel.privacy.fields.finder import TextFields
from clippy_otel.privacy.gating.re2_engine import Re2Gate
from clippy_otel.privacy.gating.re2_hints import hint_of
from clippy_otel.privacy.keys.judging import Keys

pytest.importorskip("re2")

FIELDS = TextFields(Keys(), "[REDACTED]")
HINT = hint_of(FIELDS)
assert HINT is not None
GATE = Re2Gate([HINT], ["fields"])


def is_missed(text: str) -> bool:
    """Say whether something is found in a text that does not open the gate."""
    return GATE.open(text) == () and FIELDS.find(text) != []


KEYS = st.sampled_from(
    """
    password Password DB_PASSWORD pass pwd clave senha token apiKey api_key API-KEY card2number card_number otp tin TIN
    userTin pin pin_code tel tel_no email mail address phone auth x-auth tokens access_tokens secret.name first_name ssn
    account_no return_address p_a_s_s key code sig signature name is value number authorization cookie user.email
    Passwort motdepasse “password” pass–word пароль kеy order status id
    """.split()  # noqa: RUF001, SIM905 - letters and quotes that look alike
)
VALUES = st.sampled_from(
    [
        "hunter2",
        "'hunter 2'",
        '"hunter2"',
        "Hunter2!",
        "4711",
        "abc123XYZ987abc123XYZ",
        "Bearer abc1",
        "[a1]",
        "",
        "x",
        "{}",
    ]
)
GAPS = st.sampled_from(["", " ", '"', "'", '\\"', "]", "**", "%22", "&quot;", "\x1b[0m", "\\u0022", "%255D", ")"])
SEPARATORS = st.sampled_from(
    [*("=", ":", ": ", " = ", "=>", ":=", "\uff1a", "%3D", "%253A", "\\u003d", "://", "::", " is ")]
)
BEFORE = st.sampled_from(
    ["", " ", "\n", "\\n", "?", "&", ";", "(", "API ", "the ", "credit card ", "%5B", "\x1b[3m", "x."]
)
SYNTAXES = st.sampled_from(
    [
        '{{"name": "{key}", "value": "{value}"}}', "name={key},\nvalue={value}", "- key: {key}\n  value: {value}",
        'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n', '["{key}", "{value}"]',
        "(b'{key}', b'{value}')",
        "<ns:{key}>{value}</ns:{key}>", "--{key} {value}", "run '--{key}', '{value}'", "ENV {key} {value}",
        "curl -u bob:{value} x", "login bob password {value}", "the {key} is {value}", "the {key} is: {value}",
        "INSERT INTO t (id, {key}) VALUES (1, '{value}')",
        "INSERT INTO t (id, {key}) VALUES (?, ?) [parameters: (1, '{value}')]",
        "INSERT INTO t ({key}) VALUES ($1) -- $1 = '{value}'", "SELECT 1 WHERE {key} IN ('{value}', 'x')",
        "SELECT 1 WHERE \"{key}\" NOT LIKE N'{value}'", "UPDATE t SET x=1 WHERE {key} <> '{value}'",
        "ALTER USER a IDENTIFIED BY '{value}'", "WHERE {key} LIKE $1: $1 = '{value}'", "https://x.example/?{key}={value}",
        "{{{key}:{value} b:c}}", "{key}: |\n  {value}\n", "{key}:\n  a: {value}\n",
    ]
)  # fmt: skip
assigned = st.builds("{}{}{}{}{}".format, BEFORE, KEYS, GAPS, SEPARATORS, VALUES)
written = st.builds(lambda syntax, key, value: syntax.format(key=key, value=value), SYNTAXES, KEYS, VALUES)


@settings(max_examples=1500)
@given(
    st.lists(assigned | written | st.text(max_size=6), min_size=1, max_size=3), st.sampled_from(["", " ", "\n", ", "])
)
def test_fields_in_all_syntaxes_open_it(parts: list[str], separator: str) -> None:
    """And texts of several of them."""
    assert not is_missed(separator.join(parts))


@pytest.mark.parametrize("part", ["open", "held-out"])
def test_fields_of_the_corpus_open_it(part: Part) -> None:
    """All that is found in it, whatever it was planted for."""
    built = corpus.build(21, part)
    every = [row.text for row in built.texts] + [repr(payload.value) for payload in built.payloads]
    assert sum(bool(FIELDS.find(text)) for text in every) > 500
    assert [text for text in every if is_missed(text)] == []


def test_fields_of_the_tests_open_it() -> None:
    """Each text that stands in a test of fields, and each line of it."""
    tests = Path(__file__).parents[1].rglob("test_*.py")
    nodes = (node for test in tests for node in ast.walk(ast.parse(test.read_text(encoding="utf-8"))))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert sum(bool(FIELDS.find(text)) for text in texts) > 100
    assert [text for text in texts if is_missed(text)] == []


def test_clean_texts_hardly_ever_open_it() -> None:
    """Messages as applications write them; and of the hard ones of the corpus few."""
    source = Texts()
    clean = [*source.with_digits(1000), *source.without_digits(1000), *source.long(50)]
    assert sum(GATE.open(text) != () for text in clean) <= 10
    hard = [row.text for row in corpus.build(21).texts if row.source.startswith("clean")]
    assert sum(GATE.open(text) != () for text in hard) < len(hard) / 7


def test_what_has_no_sensitive_key_is_not_given_up() -> None:
    """A finder that is asked would say that the rest of a text with so many new names is found."""
    text = " ".join(f"{chr(97 + number % 26)}{chr(97 + number // 26)}q=1" for number in range(500))
    assert FIELDS.find(text)
    assert GATE.open(text) == ()
