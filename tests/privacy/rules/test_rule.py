"""Rules: how they are declared, what is refused, and which keys they name."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy import DEFAULT_RULES, Pseudonyms, Redactor, Rule
from clippy_otel.privacy.keys.judging import KeyVerdict
from clippy_otel.privacy.rules.actions import ACTIONS, Action
from clippy_otel.privacy.rules.rule import RuledKeys

GONE = "[REDACTED]"
EMAIL = "alice@example.com"
CARD = "4111 1111 1111 1111"
EMPLOYEE = Rule("employee", "EMP-[0-9]{6}")


def redactor(*rules: Rule, **options: Any) -> Redactor:
    """Make a redactor with these rules beside the built-in ones."""
    return Redactor((*DEFAULT_RULES, *rules), **options)


def with_actions(**actions: Action) -> Redactor:
    """Make a redactor whose built-in rules have these actions."""
    rules = [rule.with_action(actions[rule.name]) if rule.name in actions else rule for rule in DEFAULT_RULES]
    return Redactor(rules, pseudonym=Pseudonyms(b"k" * 16).pseudonym)


@pytest.mark.parametrize(
    "arguments,reason",
    [
        ({"name": ""}, "name"),
        ({"name": "9x"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "x" * 49}, "name"),
        ({"name": "key"}, "name"),
        ({"name": None}, "name"),
        ({"pattern": None}, "a pattern, or keys"),
        ({"pattern": 5}, "rule r: pattern"),
        ({"pattern": b"x"}, "rule r: pattern"),
        ({"pattern": "("}, "rule r: the pattern is refused"),
        ({"pattern": r"(a)\1"}, "refers back"),
        ({"pattern": "a(?!b)(?:x+y)+c"}, "last thing"),
        ({"pattern": None, "keys": ("x",), "validate": len}, "validate"),
        ({"validate": 5}, "validate"),
        ({"keys": "plan"}, "keys"),
        ({"keys": 5}, "keys"),
        ({"keys": ("",)}, "field"),
        ({"action": "hide"}, "action"),
        ({"action": None}, "action"),
    ],
)
def test_what_is_refused(arguments: dict[str, Any], reason: str) -> None:
    """It says at once which argument it is, and what is allowed."""
    given_ = {"name": "r", "pattern": "x[0-9]", **arguments}
    with pytest.raises(ConfigurationError, match=reason):
        Rule(given_.pop("name"), given_.pop("pattern"), **given_)


def test_a_rule_is_a_value() -> None:
    """Two of the same are equal, and none can be changed."""
    assert Rule("employee", "EMP-[0-9]{6}") == EMPLOYEE
    assert EMPLOYEE.with_action("drop") != EMPLOYEE
    with pytest.raises(AttributeError):
        EMPLOYEE.name = "x"  # type: ignore[misc] # the point


def test_only_what_has_digits_to_show_can_be_masked() -> None:
    """Cards, and rules of the user's own."""
    email = next(rule for rule in DEFAULT_RULES if rule.name == "email")
    with pytest.raises(ConfigurationError, match='rule email: "mask"'):
        email.with_action("mask")
    assert EMPLOYEE.with_action("mask").action == "mask"
    with pytest.raises(ConfigurationError, match="action"):
        email.with_action("hide")  # type: ignore[arg-type] # likewise


def test_rules_of_a_redactor_are_checked() -> None:
    """Each name once, and nothing but rules."""
    for rules, reason in (
        ((EMPLOYEE, EMPLOYEE), "employee"),
        (("x",), "each is a Rule"),
        (EMPLOYEE, "sequence"),
        (5, "sequence"),
    ):
        with pytest.raises(ConfigurationError, match=reason):
            Redactor(rules)  # type: ignore[arg-type] # the point


def test_a_pattern_is_redacted_in_texts_keys_and_numbers() -> None:
    """Wherever it stands; a group named "value" says what of it goes."""
    subject = redactor(EMPLOYEE, Rule("badge", r"badge (?P<value>[0-9]{4})"), Rule("account", "77[0-9]{6}"))
    assert subject.redact_text("EMP-123456 has badge 1234.") == f"{GONE} has badge {GONE}."
    assert subject.redact({"EMP-123456": 1, "n": 77123456, "m": 78123456, "b": b"EMP-123456"}) == {
        GONE: 1,
        "n": GONE,
        "m": 78123456,
        "b": GONE,
    }
    assert subject.redact_attributes({"n": 77123456, "m": 5}) == {"n": GONE, "m": 5}


def test_a_pattern_can_ask_for_the_whole_text() -> None:
    """Also where several texts are looked at at once."""
    subject = redactor(Rule("code", r"^[A-Z]{3}$"))
    for data in ({"a": "ABC", "b": "x"}, {"a": "x", "b": "ABC"}, {"a": "x", "b": "ABC", "c": "y"}):
        for _ in range(3):
            assert GONE in subject.redact_attributes(data).values()
    assert subject.redact_attributes({"a": "ABC d"}) == {"a": "ABC d"}


def test_a_validator_decides() -> None:
    """What it says no to stays."""
    subject = redactor(Rule("even", r"[0-9]{3}", validate=lambda found: int(found) % 2 == 0))
    assert subject.redact_text("122 123 124") == f"{GONE} 123 {GONE}"


def test_a_number_is_judged_each_time() -> None:
    """A validator may know more by then: what it took for harmless once is shown to it again."""
    blocked: set[str] = set()
    subject = redactor(Rule("blocked", r"[0-9]{6}", validate=lambda found: found in blocked))
    for _ in range(16):
        assert subject.redact_attributes({"n": 123_456}) == {"n": 123_456}
    blocked.add("123456")
    assert subject.redact_attributes({"n": 123_456}) == {"n": "[REDACTED]"}


@pytest.mark.swallows
def test_a_validator_that_raises_takes_the_text() -> None:
    """It is not let through because it could not be judged."""
    subject = redactor(Rule("odd", r"x[0-9]", validate=lambda _: 1 // 0))
    assert subject.redact_attributes({"a": "x1", "b": "y"}) == {"a": GONE, "b": "y"}
    assert subject.redact_text("x1 and more") == GONE


def test_built_in_rules_can_be_left_out() -> None:
    """Numbers too."""
    subject = Redactor([rule for rule in DEFAULT_RULES if rule.name != "card"])
    assert subject.redact({"a": f"{CARD} {EMAIL}", "n": 4111111111111111}) == {
        "a": f"{CARD} {GONE}",
        "n": 4111111111111111,
    }
    assert Redactor(()).redact({"a": EMAIL, "password": "x"}) == {"a": EMAIL, "password": GONE}


def test_typed_placeholders() -> None:
    """They name the rule; in keys of mappings the plain one stands, which says nothing about its value."""
    subject = with_actions(email="typed")
    assert subject.redact({"a": f"to {EMAIL}", EMAIL: "x"}) == {"a": "to [REDACTED:email]", GONE: "x"}


def test_masked_cards() -> None:
    """Texts and numbers keep four digits."""
    subject = with_actions(card="mask")
    assert subject.redact({"a": f"paid by {CARD}.", "n": 4111111111111111}) == {
        "a": "paid by **** **** **** 1111.",
        "n": "************1111",
    }


def test_pseudonyms_of_what_is_found() -> None:
    """The same address is the same pseudonym; without a key there is none."""
    one = with_actions(email="pseudonym").redact_text(EMAIL)
    assert one == Pseudonyms(b"k" * 16).pseudonym(EMAIL)
    email = next(rule for rule in DEFAULT_RULES if rule.name == "email")
    assert Redactor([email.with_action("pseudonym")]).redact_text(EMAIL) == GONE


def test_dropped_texts() -> None:
    """An entry leaves its mapping; elsewhere the text is empty."""
    subject = redactor(Rule("chatter", "heartbeat", action="drop"))
    assert subject.redact_text("a heartbeat of x") == ""
    assert subject.redact(["heartbeat", {"a": "heartbeat", "b": 1, "c": ""}]) == ["", {"b": 1, "c": ""}]
    assert subject.redact_attributes({"a": "heartbeat", "b": "x", "c": ""}) == {"b": "x", "c": ""}
    assert subject.redact_attributes({"a": ["x", {"y": "heartbeat"}]}) == {"a": ["x", {}]}
    assert subject.redact({"heartbeat": 1}) == {GONE: 1}


def test_exemptions() -> None:
    """What stands wholly inside of what is kept stays; what reaches out of it goes."""
    subject = redactor(Rule("ours", r"(?:support|sales)@example\.com", action="keep"))
    assert subject.redact_text(f"support@example.com {EMAIL}") == f"support@example.com {GONE}"
    assert subject.redact_text("x.support@example.com") == GONE
    assert subject.redact_attributes({"a": "sales@example.com", "email": "sales@example.com"}) == {
        "a": "sales@example.com",
        "email": GONE,
    }


def test_keys_of_rules() -> None:
    """Each is treated as its rule says, whatever stands there."""
    subject = redactor(
        Rule("plan", keys=("plan", "tier*"), action="typed"),
        Rule("account", keys=("account_ref",), action="mask"),
        Rule("tenant", keys=("tenant",), action="pseudonym"),
        Rule("internal", keys=("debugDump",), action="drop"),
        Rule("shown", keys=("support_email",), action="keep"),
        Rule("note", keys=("note",)),
        pseudonym=Pseudonyms(b"k" * 16).pseudonym,
    )
    tenant = Pseudonyms(b"k" * 16).pseudonym("acme")
    value = {
        "userPlan": {"a": 1},
        "tier1": "gold",
        "account_ref": 1234567890,
        "accountRef": ["x"],
        "tenant": "acme",
        "debug_dump": {"x": 1},
        "support_email": EMAIL,
        "note": "x",
        "plans": "",
        "b": [{"key": "plan", "value": "x"}, ["tenant", "acme"]],
    }
    expected = {
        "userPlan": "[REDACTED:plan]",
        "tier1": "[REDACTED:plan]",
        "account_ref": "******7890",
        "accountRef": GONE,
        "tenant": tenant,
        "support_email": EMAIL,
        "note": GONE,
        "plans": "",
        "b": [{"key": "plan", "value": "[REDACTED:plan]"}, ["tenant", tenant]],
    }
    assert subject.redact(value) == expected
    assert subject.redact_attributes(value) == expected
    assert subject.redact_attributes(expected) is expected
    assert [subject.is_sensitive_key(key) for key in ("tier2", "support_email", "other")] == [True, False, False]
    assert [finding.rule for finding in subject.explain({"tenant": "acme", "note": "x"})] == ["tenant", "note"]


def test_which_of_several_says_on_one_key() -> None:
    """redact_fields before rules, the first rule before the next, rules before keep_fields and what is built in."""
    keep, hide = Rule("keep", keys=("alpha", "beta", "password"), action="keep"), Rule("hide", keys=("beta", "gamma"))
    keys = RuledKeys([keep, hide], ["alpha"], ["gamma"])
    verdicts = [keys.verdict(key) for key in ("alpha", "beta", "gamma", "password", "token_count", "secret")]
    assert verdicts == [
        KeyVerdict.REDACT,
        KeyVerdict.KEEP,
        hide,
        KeyVerdict.KEEP,
        KeyVerdict.SCAN,
        KeyVerdict.REDACT,
    ]
    token = RuledKeys([Rule("token", keys=("token",), action="typed")], (), ())
    assert token.verdict("token_count") is KeyVerdict.SCAN  # a built-in name keeps its built-in exceptions


@pytest.mark.parametrize("placeholder", ["call 415-555-2671", "x EMP-123456", "mail me@example.com!"])
def test_a_placeholder_is_nothing_to_redact(placeholder: str) -> None:
    """Each scan would make another text of it; an address alone would be found and stay what it is."""
    with pytest.raises(ConfigurationError, match=r"^placeholder: the rule"):
        redactor(EMPLOYEE, placeholder=placeholder)
    assert redactor(placeholder="me@example.com").redact_text(EMAIL) == "me@example.com"


def test_a_pattern_that_only_re2_takes() -> None:
    """With the extra it is left to RE2, without it refused, and the error names the extra."""
    pytest.importorskip("re2")
    subject = redactor(Rule("phrase", r"(?:[a-z]+ )+internal(?P<value>.*)end"))
    assert subject.redact_text("all of it internal é xyz end") == f"all of it internal{GONE}end"
    assert subject.redact_text("all of \ud800 it internal x end") != ""


def test_without_re2_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As any other pattern that is not linear."""
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(ConfigurationError, match="extra re2"):
        Rule("phrase", r"(?:[a-z]+ )+only without it")


# --- Properties -----------------------------------------------------------------------------------------------------

actions = st.sampled_from(ACTIONS)
texts = st.lists(
    st.sampled_from(
        [
            EMAIL,
            CARD,
            "123-45-6789",
            "+1 415 555 2671",
            "EMP-123456",
            "EMP-",
            "x",
            " ",
            ",",
            "password=",
            "[REDACTED:email]",
            "é",
            "-",
            "1111",
        ]
    ),
    max_size=6,
).map("".join)
values = st.recursive(
    texts | st.sampled_from([4111111111111111, 5, None, b"EMP-123456"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "plan", "tier", "b", EMAIL]), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.lists(actions, min_size=12, max_size=12), values)
def test_every_action_is_idempotent(chosen: list[Action], value: Any) -> None:
    """What was redacted once is left as it is by a second call, whatever the rules do."""
    built_in = [
        rule.with_action("typed" if action == "mask" and rule.name != "card" else action)
        for rule, action in zip(DEFAULT_RULES, chosen * 2, strict=False)
    ]
    rules = [
        *built_in,
        EMPLOYEE.with_action(chosen[10]),
        Rule("plan", keys=("plan",), action=chosen[11]),
        Rule("tier", keys=("tier",), action=chosen[9]),
    ]
    subject = Redactor(rules, pseudonym=Pseudonyms(b"k" * 16).pseudonym)
    once = subject.redact(value)
    assert subject.redact(once) == once
    if isinstance(value, dict):
        assert subject.redact_attributes(value) == once
        assert subject.redact_attributes(once) == once
