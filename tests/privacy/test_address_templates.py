"""What is around an address, where that is known, and what is not taken for it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.redaction import speed
from clippy_otel.privacy import DEFAULT_RULES, Redactor, Rule, names
from clippy_otel.privacy.address_templates import _ADDRESS
from clippy_otel.privacy.recognisers.emails import EMAIL, is_usual

OFTEN = 24  # what is seen so often is known
LEARNED = speed.redactor("re")
UNLEARNED = speed.redactor("re")
UNLEARNED._engine.scanner._addresses = None


def known_by(redactor: Redactor) -> int:
    """Return how many texts are known by what is around an address."""
    addresses = redactor._engine.scanner._addresses
    return 0 if addresses is None else len(addresses._known)


def learn(redactor: Redactor, text: str) -> None:
    """Show a redactor a text until it knows all that it can know by it."""
    for _ in range(OFTEN):
        redactor.redact_text(text)


addresses = st.one_of(
    st.sampled_from(
        [
            *("ann@a.org", "bob.2@mail.example.com", "git@github.com", "v@v1.dev", "x@2x.png", "celery@node1.lan"),
            *("phone@a.org", "call.me@a.org", "password@a.org", "ssn.pin@a.org", "pin2@a.org", "bearer@token.com"),
            *("4111111111111111@a.org", "a4111111111111111@a.org", "a.4155552671@a.org", "nwbk60161331926819@a.org"),
            *("Ann@a.org", "ann+tag@a.org", "ann_b@a.org", "a@b", "a@b.c", "ann@a.sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
            *("abcdefghijklmnopqrstuvwx@a.org", "ann@[1.2.3.4]", "ann@a.org.", "secret.key@a.org", "user@h.lan"),
            *("token.abcd@a.org", "string@a.org", "connection.string@a.org", "key@a.org", "gen@a.org", "value@a.org"),
        ]
    ),
    st.from_regex(r"\A[a-z0-9.]{1,8}@[a-z0-9.]{1,8}\.(?:com|org|internal|v2|x)\Z"),
)
around = st.lists(
    st.sampled_from(
        [
            *(" ", "", "report ", "for ", "(", ")", "<", ">", '"', "'", ",", ", ", ":", ": ", "=", "[", "]", "/", "//"),
            *("12", "555", "415 555 ", "415-555-2671 ", "123-45-", "GB29 ", "4111 1111 1111 ", "+1 ", "000 0000"),
            *("https://", "jdbc:oracle:thin:", "user:", "password=", "name: ", "connection ", "phone ", "token "),
            *('["authorization", ', '"key": ', '"value": ', "gen_ai.", "prompt=", "\\", "%", "é", "\n", ".", "!"),
            *("input ", "x", "aB", "-", "_", "card ", "ssn ", "pin ", " is ", "Bearer "),
        ]
    ),
    max_size=5,
).map("".join)


@example("to ", "ann@a.org", "phone@a.org", " 415 000 0000")
@example("to \x00 ", "ann@a.org", "bob@a.org", "")
@example("GB29 ", "ann@a.org", "nwbk60161331926819@a.org", "")
@example("connection ", "ann@a.org", "string@a.org", ": x")
@example("https://user:", "ann@a.org", "bob@a.org", "")
@example("415 555 ", "ann@a.org", "2671@a.org", "")
@given(around, addresses, addresses, around)
def test_what_is_known_is_what_would_be_found(before: str, one: str, other: str, behind: str) -> None:
    """Whatever stands around an address, and whatever address comes next."""
    learn(LEARNED, f"{before}{one}{behind}")
    for text in (f"{before}{one}{behind}", f"{before}{other}{behind}"):
        for digits in (text, text.translate(str.maketrans("0123456789", "4159032671"))):
            assert LEARNED.redact_text(digits) == UNLEARNED.redact_text(digits)


@pytest.mark.parametrize("engine", ["re", "re2"])
def test_texts_that_come_again_with_another_address_are_known(engine: str) -> None:
    """On either engine, and with other digits."""
    if engine == "re2":
        pytest.importorskip("re2")
    redactor = speed.redactor(engine)
    learn(redactor, "report 12, for ann.7@a.org")
    assert known_by(redactor) == 1
    found = redactor._engine.scanner._known_around("report 98, for bob.1@b.org", b"report 00, for bob.0@b.org")
    assert found == redactor.redact_text("report 98, for bob.1@b.org") == "report 98, for [REDACTED]"


@pytest.mark.parametrize(
    "text",
    [
        "phone ann@a.org",
        "https://ann@a.org",
        "a=ann@a.org",
        "for ann@a.org and bob@a.org",
        "for ann@a.org, +1 415 555 2671",
        "for ann@a.org, 100%",
        "é ann@a.org",
        "userPin ann@a.org",
        "x" * 120 + " ann@a.org",
        "4111 1111 1111 1112 of ann@a.org",
    ],
)
def test_what_another_finder_could_look_at_is_not_kept(text: str) -> None:
    """Nor what is long, or has two addresses in it."""
    redactor = speed.redactor("re")
    learn(redactor, text)
    assert known_by(redactor) == 0


@pytest.mark.parametrize(
    "rules",
    [
        (*DEFAULT_RULES, Rule("own", "for [a-z]+")),
        (*DEFAULT_RULES, names("Grace Hopper")),
        tuple(rule.with_action("typed") if rule.name == "email" else rule for rule in DEFAULT_RULES),
    ],
)
def test_rules_of_ones_own_are_asked_each_time(rules: tuple[Rule, ...]) -> None:
    """For what they find nobody knows beforehand."""
    redactor = Redactor(rules)
    learn(redactor, "report 12, for ann.7@a.org")
    assert known_by(redactor) == 0


def test_the_mark_may_stand_in_a_text_too() -> None:
    """It is not taken for an address."""
    learn(LEARNED, "to ann@a.org Anna_\x00")
    assert LEARNED.redact_text("to \x00 Anna_bob@b.org") == "to \x00 [REDACTED]"


def test_the_table_is_bounded() -> None:
    """It is emptied when it is full."""
    redactor = speed.redactor("re")
    for length in range(100):
        learn(redactor, f"report {'x' * length}, for ann@a.org")
    assert 0 < known_by(redactor) <= 1024


usual = st.from_regex(
    r"[a-z][a-z0-9]{0,14}(?:\.[a-z0-9]{1,15}){0,3}@(?:[a-z0-9]{1,15}\.){1,3}(?:[a-z]{2,15}|com|org|de)", fullmatch=True
)


@given(usual | addresses)
def test_a_usual_address_is_found_whole(address: str) -> None:
    """Wherever it stands between spaces; one that is not usual may be found or not."""
    if _ADDRESS.fullmatch(address) and is_usual(address):
        assert EMAIL.find(f"to {address} now") == [(3, 3 + len(address))]
