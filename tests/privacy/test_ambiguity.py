"""Keys of one word that mean many things, decided by what stands under them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy import Redactor
from clippy_otel.privacy.ambiguity import has_opaque_word, is_sensitive
from clippy_otel.privacy.keys.judging import BY_VALUE

PLACEHOLDER = "[REDACTED]"
REDACTOR = Redactor()

SENSITIVE: list[tuple[str, Any]] = [
    ("address", "12 Main Street"),
    ("address", "Hauptstr. 5, 10115 Berlin"),
    ("address", "東京都千代田区1-1"),
    ("address", {"line1": "Elm Row", "country": "DE"}),
    ("address", {"streetAddress": "Elm Row 4"}),
    ("return_address", "4 Elm Row, Springfield"),
    ("tokens", "ft06Lr1xZmR6jLbDcCWC0j"),
    ("tokens", "jLbDcCWCoQzXvRtYuIpAsD"),
    ("sig", "aGVsbG8gd29ybGQgMTIz"),
    ("vin", "1HGCM82633A004352"),
    ("auth", "hunter2"),
    ("auth", "YXBwOmh1bnRlcjI="),
    ("pass", "hunter2"),
    ("pass", 837461),
    ("phone", "call 555 0100"),
    ("phone", {"number": "555 0100"}),
    ("mobile", 15550100999),
    ("race", "White"),
    ("race", "Black or African American"),
    ("race", {"coding": [{"code": "2106-3", "display": "White"}]}),
]
HARMLESS: list[tuple[str, Any]] = [
    ("address", "10.0.0.1:8080"),
    ("address", "10.0.0.1 port 22"),
    ("address", "[::]:8080"),
    ("address", "0x7ffe12ab34cd"),
    ("address", "db-primary"),
    ("address", "de:ad:be:ef:00:01"),
    ("address", "tcp://broker:1883"),
    ("address", {"ip": "10.0.0.1", "port": 80}),
    ("addr", ":8080"),
    ("return_address", "0x7ffe12ab34cd"),
    ("tokens", 1500),
    ("tokens", ["Hello", "world", "!"]),
    ("tokens", [101, 7592, 102]),
    ("tokens", {"input": 31, "output": 5}),
    ("tokens", "processTheNextChunk"),
    ("sig", "SIGTERM"),
    ("sig", 15),
    ("vin", 12.1),
    ("auth", "oidc"),
    ("auth", {"method": "oidc", "provider": "okta", "ok": True}),
    ("auth", True),
    ("pass", True),
    ("pass", 12),
    ("phone", {"os": "android", "version": "14"}),
    ("mobile", True),
    ("race", "Monaco Grand Prix"),
    ("race", {"laps": 78, "leader": "car 4"}),
]


@pytest.mark.parametrize("key,value", SENSITIVE)
def test_what_a_value_betrays_goes(key: str, value: Any) -> None:
    """Somebody's address, a credential, a number: in a structure, and in its JSON."""
    assert REDACTOR.redact({key: value}) != {key: value}
    text = json.dumps({key: value}, ensure_ascii=False)
    if type(value) is not int:  # a number in a text may be how many there are
        assert REDACTOR.redact_text(text) != text


@pytest.mark.parametrize("key,value", HARMLESS)
def test_what_is_evidently_harmless_stays(key: str, value: Any) -> None:
    """A machine's address, a count, a state, settings: in a structure, and in its JSON."""
    subject = {key: value}
    assert REDACTOR.redact(subject) is subject
    text = json.dumps(subject, ensure_ascii=False)
    assert REDACTOR.redact_text(text) is text


def test_block_of_settings_is_looked_into() -> None:
    """Under `auth` each entry counts for itself, and what says nothing is kept where it is no credential."""
    value = {"auth": {"user": "app", "password": "hunter2", "session": "ft06Lr1xZmR6jLbDcCWC0j", "retries": 3}}
    assert REDACTOR.redact(value) == {
        "auth": {"user": "app", "password": PLACEHOLDER, "session": PLACEHOLDER, "retries": 3}
    }


opaque = st.text("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789", min_size=20, max_size=40).filter(
    has_opaque_word
)


def tokens_in(secret: str) -> list[Any]:
    """Return values that hold a secret under `tokens`, as programs nest it."""
    otlp = {"key": "tokens", "value": {"arrayValue": {"values": [{"stringValue": secret}]}}}
    return [
        {"tokens": [secret], "token_count": 1},
        {"tokens": (secret, "x")},
        {"tokens": {"access": secret, "expires": 3600}},
        {"tokens": {"access": {"current": [secret]}, "n": 1}},
        {"tokens": [{"value": secret, "kind": "refresh"}]},
        {"a": [{"b": [["tokens", secret], ["n", 1]]}]},
        {"attributes": [otlp]},
        {"auth": {"session": secret}},
        {"auth": [secret]},
        {"body": json.dumps({"tokens": [secret], "n": 1})},
        {"body": json.dumps({"event": json.dumps({"tokens": {"access": secret}})})},
        {"args": repr({"tokens": [secret], "n": 1})},
        {"line": f"tokens={secret} n=1"},
    ]


@given(opaque, st.integers(0, len(tokens_in("")) - 1))
def test_credentials_under_ambiguous_keys_never_survive(secret: str, shape: int) -> None:
    """However deep they stand, and however they are written."""
    value = tokens_in(secret)[shape]
    result = REDACTOR.redact(value)
    assert secret not in repr(result)
    assert REDACTOR.redact(result) == result


@given(
    st.sampled_from(["tokens", "address", "sig", "race", "vin"]),
    st.recursive(
        st.one_of(st.integers(-(10**6), 10**6), st.booleans(), st.none(), st.sampled_from(["ok", "Hello", "10.0.0.1"])),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner)),
        max_leaves=8,
    ),
)
def test_plain_telemetry_under_ambiguous_keys_comes_back_identical(key: str, value: Any) -> None:
    """Counts, states and addresses of machines are no reason to copy anything."""
    subject = {key: value}
    assert REDACTOR.redact(subject) is subject


def test_a_value_inside_itself_ends() -> None:
    """A container that holds itself is walked once."""
    value: dict[str, Any] = {"tokens": []}
    value["tokens"].append(value["tokens"])
    assert PLACEHOLDER in repr(REDACTOR.redact(value))


def test_any_placeholder_is_left_under_ambiguous_keys() -> None:
    """What was redacted before is not redacted again, whatever stands in its place."""
    redactor = Redactor(placeholder="<gone by rule 4>")
    for key, value in SENSITIVE:
        once = redactor.redact({key: value})
        assert redactor.redact(once) == once


@pytest.mark.parametrize(
    "pattern", ["a1", "aB", "a ", "a:", "1.", "0x", "::", "{'a':", "white", "é", "a" * 15 + " ", "-"]
)
def test_time_is_linear(pattern: str) -> None:
    """Eight times the hostile value takes some eight times as long; quadratic time would be 64 times."""
    small = (pattern * 2048)[:2048]
    assert seconds(small * 8) < 30 * max(seconds(small), 20e-6)


def seconds(value: str) -> float:
    """Return the processor time of all decisions on a value, the least of several."""
    best = 60.0
    for _ in range(5):
        start = time.process_time()
        for verdict in BY_VALUE:
            is_sensitive(verdict, value, PLACEHOLDER)
        best = min(best, time.process_time() - start)
    return best


def test_value_too_long_to_be_looked_at_is_redacted() -> None:
    """Where a credential may stand is not told from the beginning alone."""
    assert REDACTOR.redact({"tokens": "word " * 4000}) == {"tokens": PLACEHOLDER}
