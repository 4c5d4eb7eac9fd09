"""The redactor: any value in, nothing personal out."""

from __future__ import annotations

import enum
import threading
import time
from collections import OrderedDict, deque, namedtuple
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import numpy as np
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clippy_otel import _guard
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.privacy import DEFAULT_RULES, Finding, Limits, Pseudonyms, Redactor, Rule, limits, walk
from clippy_otel.privacy.recogniser import Recogniser
from clippy_otel.privacy.scanner import Scanner

GONE = "[REDACTED]"
EMAIL = "alice@example.com"
CARD = "4111 1111 1111 1111"
TIME = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


class Color(enum.Enum):
    """A plain enumeration."""

    RED = "red"
    LEAK = EMAIL


class Word(str, enum.Enum):
    """An enumeration that is text."""

    PASSWORD = "password"
    OK = "ok"


Point = namedtuple("Point", "x mail")  # noqa: PYI024 - what applications have


@dataclass
class Person:
    """A dataclass with personal data."""

    email: str = "x"
    note: str = EMAIL
    tags: list[str] = field(default_factory=list)


class Model(pydantic.BaseModel):
    """A pydantic model with personal data."""

    contact: str = EMAIL
    token: str = "t0p"
    count: int = 3


class Shown:
    """An object whose text is personal."""

    def __repr__(self) -> str:
        return "Shown()"

    def __str__(self) -> str:
        return f"<Shown {EMAIL}>"


class Unshowable:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        return "Unshowable()"

    def __str__(self) -> str:
        raise RuntimeError(EMAIL)


class Broken(Mapping[str, Any]):
    """A mapping that cannot be read."""

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("unreadable")

    def __len__(self) -> int:
        return 1


def test_specification_example() -> None:
    """The specification's login event: e-mail and password go, the user name stays."""
    data = {"email": "user@example.com", "password": "secret123", "username": "john_doe"}
    expected = {"email": GONE, "password": GONE, "username": "john_doe"}
    assert Redactor().redact_attributes(data) == expected
    assert Redactor(redact_fields=["email", "password", "token", "apiKey"]).redact_attributes(data) == expected


@pytest.mark.parametrize(
    "value,expected",
    [
        (EMAIL, GONE),
        (f"mail {EMAIL} or +1 415 555 2671", f"mail {GONE} or {GONE}"),
        ({"a": {"b": [1, (EMAIL,)]}}, {"a": {"b": [1, (GONE,)]}}),
        ({"password": {"old": "a", "new": ["b"]}}, {"password": GONE}),
        ({"password": 1234, "pin": True, "otp": b"1"}, {"password": GONE, "pin": GONE, "otp": GONE}),
        (
            {"password": None, "email": "", "tokens": [], "secret": {}},
            {"password": None, "email": "", "tokens": [], "secret": {}},
        ),
        ({"note": EMAIL.encode(), "blob": b"\xff\x00"}, {"note": GONE, "blob": b"\xff\x00"}),
        ({"n": 4111111111111111, "id": 4111111111111112}, {"n": GONE, "id": 4111111111111112}),
        (-4111111111111111, GONE),
        ([["Authorization", "Basic x"], ["accept", "*/*"]], [["Authorization", GONE], ["accept", "*/*"]]),
        ([(b"cookie", b"a=b"), (b"host", b"h")], [(b"cookie", GONE), (b"host", b"h")]),
        ([[f"token {EMAIL}", None], ["token", ""]], [[f"token {GONE}", None], ["token", ""]]),
        ([{"key": "authorization", "value": {"stringValue": "x"}}], [{"key": "authorization", "value": GONE}]),
        ({"name": "api_key", "value": "x"}, {"name": "api_key", "value": GONE}),
        ({"key": "color", "value": EMAIL}, {"key": "color", "value": GONE}),
        ({EMAIL: 1}, {GONE: 1}),
        ({EMAIL: 1, "bob@example.com": 2, "c": 3}, {GONE: 1, f"{GONE}_2": 2, "c": 3}),
        ({f"user {EMAIL}": {EMAIL: "x"}}, {f"user {GONE}": {GONE: "x"}}),
        (
            {b"password": "x", 1: EMAIL, None: "y", (1, EMAIL): 2},
            {b"password": GONE, 1: GONE, None: "y", f"(1, '{GONE}')": 2},
        ),
        ({"k" * 1025: "x"}, {GONE: GONE}),
        ({Word.PASSWORD: "x", Word.OK: "y"}, {Word.PASSWORD: GONE, Word.OK: "y"}),
        ({"a": {EMAIL}}, {"a": [GONE]}),
        (OrderedDict(a=EMAIL), {"a": GONE}),
        (MappingProxyType({"a": EMAIL, "b": 1}), {"a": GONE, "b": 1}),
        (deque([EMAIL]), [GONE]),
        (Point(1, EMAIL), [1, GONE]),
        (Person(), {"email": GONE, "note": GONE, "tags": []}),
        ({"who": Person(tags=[CARD])}, {"who": {"email": GONE, "note": GONE, "tags": [GONE]}}),
        (Model(), {"contact": GONE, "token": GONE, "count": 3}),
        (Color.LEAK, GONE),
        (Shown(), f"<Shown {GONE}>"),
        (ValueError(f"no user {EMAIL}"), f"ValueError: no user {GONE}"),
        (Decimal(4111111111111111), GONE),
        (np.array([EMAIL, "b"]), [GONE, "b"]),
        (np.int64(4111111111111111), GONE),
        (bytearray(EMAIL.encode()), GONE),
    ],
)
def test_redacts(value: Any, expected: Any) -> None:
    """Sensitive keys and personal values are found in every container and type that applications use."""
    assert Redactor().redact(value) == expected
    if isinstance(value, Mapping):
        assert Redactor().redact_attributes(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "text",
        "",
        b"bytes",
        0,
        10**30,
        1700000000123456789,
        0.4242424242424242,
        float("nan"),
        None,
        True,
        TIME,
        date(2024, 1, 2),
        timedelta(1),
        Word.OK,
        np.float64(0.5),
        {"a": [1, ("b", {"c": None})], "when": TIME, "ids": {1, 2}, "f": frozenset("ab")},
        [["accept", "*/*"], [1, 2], ["x"]],
        {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "4111111111111111"},
        {"key": "color", "value": "red"},
        MappingProxyType({"a": "b"}),
        {1: 2, None: 3, b"x": 4},
        {"password": None, "email": GONE},
    ],
)
def test_clean_value_is_the_same_object(value: Any) -> None:
    """What is clean is not copied."""
    subject = Redactor()
    assert subject.redact(value) is value
    assert subject.redact(value) is value
    if isinstance(value, Mapping):
        assert subject.redact_attributes(value) is value


@pytest.mark.parametrize("value", [Decimal("1.5"), UUID(int=5), deque([1]), Person("", ""), Color.RED, range(3)])
def test_foreign_type_comes_back_plain(value: Any) -> None:
    """What was scanned is what is encoded: an object cannot show another text afterwards."""
    assert type(Redactor().redact(value)) in (str, list, dict)


def test_only_what_changes_is_copied() -> None:
    """The branches without personal data are the caller's own objects."""
    clean, dirty = {"a": [1]}, [EMAIL]
    result = Redactor().redact({"clean": clean, "dirty": dirty})
    assert result["clean"] is clean
    assert dirty == [EMAIL]


def test_text_is_redacted() -> None:
    """One text goes without a walk; what is none comes back as one."""
    subject = Redactor()
    assert subject.redact_text(f"to {EMAIL}") == f"to {GONE}"
    clean = "nothing in here"
    assert subject.redact_text(clean) is clean
    assert subject.redact_text(Shown()) == f"<Shown {GONE}>"  # type: ignore[arg-type]


def test_key_is_told_beside_the_value() -> None:
    """A value alone can be redacted as if it stood under its key."""
    assert Redactor().redact("x", key="password") == GONE
    assert Redactor().redact("x", key="note") == "x"


def test_sensitive_keys() -> None:
    """Whoever builds attributes can ask first."""
    subject = Redactor(redact_fields=["plan"], keep_fields=["token"])
    assert [subject.is_sensitive_key(key) for key in ("email", "plan", "token", "user.id", "note")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_fields_reach_all_that_is_below() -> None:
    """A redacted field takes everything below it; a kept one is not looked into."""
    subject = Redactor(redact_fields=["internal"], keep_fields=["support_email", "debug*"])
    value = {"internal": {"a": 1}, "supportEmail": EMAIL, "debugDump": {"password": "x", "m": EMAIL}}
    assert subject.redact(value) == {**value, "internal": GONE}


def test_placeholder_is_the_users() -> None:
    """The placeholder can be any short text."""
    assert Redactor(placeholder="***").redact({"email": "x", "note": EMAIL}) == {"email": "***", "note": "***"}


# --- Pseudonyms -----------------------------------------------------------------------------------------------------


def pseudonymous() -> Redactor:
    """Make a redactor whose pseudonyms are easy to read."""
    return Redactor(pseudonym=lambda user_id: user_id if user_id.startswith("~") else f"~{user_id.upper()}")


@pytest.mark.parametrize(
    "value,expected",
    [
        ({"user.id": "bob"}, {"user.id": "~BOB"}),
        ({"userId": EMAIL}, {"userId": f"~{EMAIL.upper()}"}),
        ({"a": {"user_id": 42}}, {"a": {"user_id": "~42"}}),
        ({"user_id": UUID(int=10)}, {"user_id": "~00000000-0000-0000-0000-00000000000A"}),
        ({"user_ids": ["a", 2, "", None, "~C"]}, {"user_ids": ["~A", "~2", "", None, "~C"]}),
        ({"key": "enduser.id", "value": "bob"}, {"key": "enduser.id", "value": "~BOB"}),
        ({"user_id": {"email": "x", "n": 1}}, {"user_id": {"email": GONE, "n": 1}}),
        ({"user_id": None, "userId": "", "user.id": True}, {"user_id": None, "userId": "", "user.id": True}),
        ({"user_id": GONE}, {"user_id": GONE}),
    ],
)
def test_user_ids_become_pseudonyms(value: Any, expected: Any) -> None:
    """The id of a user is replaced before it is scanned, so that records of one user still belong together."""
    assert pseudonymous().redact_attributes(value) == expected
    assert pseudonymous().redact_attributes(expected) is expected


def test_raw_user_ids_stay() -> None:
    """A pseudonym that is the id itself leaves the value's own object, unscanned: the user chose so."""
    data = {"user_id": EMAIL, "userId": 42}
    assert Redactor(pseudonym=lambda user_id: user_id).redact_attributes(data) is data


def test_raw_user_ids_leave_pseudonyms_to_rules() -> None:
    """An id stays, and what a rule finds does not."""
    rules = [rule.with_action("pseudonym") for rule in DEFAULT_RULES if rule.name == "email"]
    subject = Redactor(rules, pseudonym=lambda found: f"~{len(found)}", raw_user_ids=True)
    assert subject.redact_attributes({"user_id": EMAIL, "note": EMAIL}) == {"user_id": EMAIL, "note": "~17"}


def test_user_ids_without_pseudonyms_are_scanned() -> None:
    """A redactor that makes no pseudonyms treats an id like any other value."""
    assert Redactor().redact({"user_id": EMAIL, "userId": "bob"}) == {"user_id": GONE, "userId": "bob"}


@pytest.mark.swallows
def test_failing_pseudonym_hides_the_id() -> None:
    """An id whose pseudonym cannot be made does not go out raw."""
    subject = Redactor(pseudonym=lambda user_id: str(1 // len(user_id.strip("x"))))
    assert subject.redact_attributes({"user_id": "xxx", "a": 1}) == {"user_id": GONE, "a": 1}


# --- Limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["word " * 400, {"deep": ["word"]}], ids=["text", "structure"])
def test_a_deadline_begins_when_all_is_loaded(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """RE2's automata alone take longer to make than a call may: the first text is not replaced for that."""
    order: list[str] = []
    make_ready = Scanner._get_ready

    def get_ready(scanner: Scanner) -> None:
        order.append("loaded")
        make_ready(scanner)

    def now() -> int:
        order.append("clock")
        return time.monotonic_ns()

    monkeypatch.setattr(Scanner, "_get_ready", get_ready)
    for module in (limits, walk):
        monkeypatch.setattr(module, "monotonic_ns", now)
    subject = Redactor()
    assert (subject.redact_text(value) if type(value) is str else subject.redact(value)) == value
    assert order[:2] == ["loaded", "clock"]


def test_long_text_is_redacted_then_cut() -> None:
    """A text is cut at the limit in bytes, at a character, after redaction; a value across the cut goes whole."""
    subject = Redactor(limits=Limits(max_value_bytes=100))
    text = "é" * 45 + f" {EMAIL} " + "x" * 10_000
    result = subject.redact_text(text)
    assert len(result.encode()) <= 100
    assert result.startswith("é" * 40)
    assert result.endswith("[TRUNCATED]")
    assert "alice" not in result
    assert subject.redact_text(result) is result


@pytest.mark.parametrize("offset", range(60, 101, 3))
def test_no_part_of_a_value_at_the_cut_remains(offset: int) -> None:
    """Wherever the cut falls into an address, none of it is left."""
    subject = Redactor(limits=Limits(max_value_bytes=100))
    result = subject.redact_text(f"{'-' * offset}{EMAIL}{'-' * 200}")
    assert "al" not in result
    assert "ex" not in result


def test_text_at_the_limit_stays() -> None:
    """The limit is of bytes that are kept, not of bytes that are too many."""
    subject = Redactor(limits=Limits(max_value_bytes=100))
    fitting, over = "é" * 50, "é" * 51
    assert subject.redact_text(fitting) is fitting
    assert subject.redact_text(over) == "é" * 44 + "[TRUNCATED]"


def test_long_bytes_are_cut() -> None:
    """Bytes are cut like text, and replaced where something is in them, before or across the cut."""
    subject = Redactor(limits=Limits(max_value_bytes=100))
    assert subject.redact(b"\xff" * 100) == b"\xff" * 100
    assert subject.redact(b"\xff" * 101) == b"\xff" * 89 + b"[TRUNCATED]"
    assert subject.redact(b"\xff" * 95 + EMAIL.encode() + b" " * 200) == GONE


def test_number_that_the_cut_makes_is_found() -> None:
    """A longer number that is cut to one that validates is redacted like that one."""
    subject = Redactor(limits=Limits(max_value_bytes=64))
    text = "x" * 41 + " 123-45-67890" + "y" * 50
    assert subject.redact_text(text) == "x" * 41 + " [REDACTED][TRUNCATED]"
    assert subject.redact(text.encode()) == GONE


def test_nodes_are_bounded() -> None:
    """What is over becomes one placeholder in its container; a large value does not cost those beside it."""
    subject = Redactor(limits=Limits(max_nodes=5))
    assert subject.redact([0, 1, 2, 3, 4, 5, EMAIL]) == [0, 1, 2, 3, 4, GONE]
    assert subject.redact([[0] * 9, EMAIL, 1]) == [[0] * 2 + [GONE], GONE, 1]
    assert subject.redact({"a": [0] * 9, "b": EMAIL}) == {"a": [0] * 3 + [GONE], "b": GONE}


def test_many_attributes_are_bounded() -> None:
    """A mapping of thousands of attributes is cut where the nodes run out."""
    result = Redactor(limits=Limits(max_nodes=200)).redact_attributes({f"k{n}": EMAIL for n in range(1000)})
    assert len(result) == 201
    assert set(result.values()) == {GONE}


def test_depth_is_bounded() -> None:
    """What is nested deeper than the encoder goes is replaced."""
    nested: list[Any] = [EMAIL]
    for _ in range(40):
        nested = [EMAIL, nested]
    result = Redactor().redact(nested)
    depth = 0
    while isinstance(result, list):
        assert result[0] == GONE
        result, depth = result[1], depth + 1
    assert (result, depth) == (GONE, 32)


def test_branching_loop_ends() -> None:
    """What holds itself, however often and by whatever way, is replaced where it comes again; its siblings stay."""
    loop: list[Any] = [EMAIL]
    loop.extend([loop] * 3)
    mapping: dict[str, Any] = {"a": 1, "list": loop}
    mapping["self"] = [mapping, mapping]
    loop_again = [GONE, GONE, GONE, GONE]
    assert Redactor().redact_attributes({"x": mapping, "y": 2}) == {
        "x": {"a": 1, "list": loop_again, "self": [GONE, GONE]},
        "y": 2,
    }


def test_what_stands_twice_is_no_loop() -> None:
    """One object in two places, one beside the other, is redacted in both."""
    shared = {"email": EMAIL, "n": 1}
    assert Redactor().redact([shared, [shared]]) == [{"email": GONE, "n": 1}, [{"email": GONE, "n": 1}]]


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a call's time is over, what is left is replaced."""
    now = iter(range(0, 10**12, 20_000_000))  # each look at the clock finds it 20 ms later
    monkeypatch.setattr("clippy_otel.privacy.walk.monotonic_ns", lambda: next(now))
    monkeypatch.setattr("clippy_otel.privacy.scanner.monotonic_ns", lambda: 0)  # inside of a text time stands still
    texts = [f"{'x' * 4000} {n}" for n in range(100)]
    result = Redactor(limits=Limits(max_time_ms=50)).redact(texts)
    assert 4 < len(result) < 12
    assert result == [*texts[: len(result) - 1], GONE]


def test_many_personal_keys_stay_apart() -> None:
    """Thousands of keys that become one placeholder neither overwrite each other nor take quadratic time."""
    data = {f"user{n}@example.com": n for n in range(3000)}
    result = Redactor(limits=Limits(max_time_ms=60_000)).redact(data)
    assert list(result.values()) == list(range(3000))
    assert not any("user" in key for key in result)


@pytest.mark.parametrize(
    "name,value",
    [
        ("max_value_bytes", 63),
        ("max_nodes", 0),
        ("max_time_ms", -1),
        ("max_nodes", True),
        ("max_time_ms", 1.5),
        ("max_nodes", "9"),
    ],
)
def test_bad_limits_are_refused(name: str, value: Any) -> None:
    """A limit that cannot be kept is told at once."""
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        Limits(**{name: value})


@pytest.mark.parametrize(
    "settings_",
    [
        {"placeholder": ""},
        {"placeholder": "x" * 65},
        {"placeholder": None},
        {"limits": 5},
        {"pseudonym": "x"},
        {"redact_fields": "email"},
    ],
)
def test_bad_settings_are_refused(settings_: dict[str, Any]) -> None:
    """A setting of the wrong form names itself."""
    with pytest.raises(ConfigurationError, match=f"^{next(iter(settings_))}: "):
        Redactor(**settings_)


# --- Failing closed -------------------------------------------------------------------------------------------------


def failing_at(trigger: str) -> Recogniser:
    """Make a recogniser that raises at a text with `trigger` in it."""

    def validate(text: str, _start: int, end: int) -> tuple[int, int] | None:
        if trigger in text:
            raise ZeroDivisionError
        return None if end else (0, end)

    return Recogniser("failing", ("x",), "@", validate)


@pytest.mark.swallows
@pytest.mark.parametrize("method", ["redact", "redact_attributes"])
def test_failing_recogniser_takes_its_value(method: str) -> None:
    """Where a recogniser raises, that value goes and is counted, and the others are redacted as ever."""
    before = _guard.counts().get("redaction", 0)
    result = getattr(Redactor((*DEFAULT_RULES, Rule.of("failing", failing_at("boom")))), method)(
        {"a": "boom @x.yz", "b": ["boom @x.yz", "c"], "boom @x.yz": 1, "d": EMAIL, "e": "f"}
    )
    assert result == {"a": GONE, "b": [GONE, "c"], GONE: GONE, "d": GONE, "e": "f"}
    assert _guard.counts()["redaction"] >= before + 3


@pytest.mark.swallows
def test_failing_recogniser_takes_a_text() -> None:
    """A text that could not be judged is not shown."""
    assert Redactor([Rule.of("failing", failing_at("boom"))]).redact_text("boom @x.yz") == GONE


@pytest.mark.swallows
@pytest.mark.parametrize("value", [Broken(), None, 5, [("a", 1)]])
def test_unreadable_attributes_come_back_empty(value: Any) -> None:
    """What cannot be read cannot be let through."""
    assert Redactor().redact_attributes(value) == {}


@pytest.mark.swallows
def test_unreadable_value_is_replaced() -> None:
    """A nested mapping that cannot be read goes, what stands beside it stays."""
    assert Redactor().redact_attributes({"a": Broken(), "b": 1}) == {"a": GONE, "b": 1}


def test_unshowable_object_is_named() -> None:
    """An object whose text raises is told by its type, without the exception's text."""
    assert Redactor().redact([Unshowable()]) == ["<unprintable Unshowable>"]


def test_threads_share_a_redactor() -> None:
    """Many threads that fill and empty the caches at once all get what one alone would."""
    subject = Redactor()
    wrong: list[object] = []

    def work(number: int) -> None:
        for n in range(3000):
            data = {f"key{n % 2500}": f"value {number} {n}", "email": "x", "note": EMAIL}
            if subject.redact_attributes(data) != {**data, "email": GONE, "note": GONE}:
                wrong.append(data)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_caches_are_bounded() -> None:
    """Keys and values that users make up do not make the process grow."""
    subject = Redactor()
    for n in range(6000):
        subject.redact_attributes({f"key.{n}.x" + "y" * (n % 200): f"value {n}"})
    engine = subject._engine
    assert len(engine.verdicts) <= 2048
    assert len(engine.clean) <= 2048
    assert max(map(len, engine.verdicts)) <= 128


# --- explain --------------------------------------------------------------------------------------------------------


def test_explain_names_path_and_rule() -> None:
    """People who tune rules see where and why, never what."""
    value = {
        "a": [{"b": f"to {EMAIL}, {CARD}"}, 4111111111111111],
        "password": "hunter2",
        EMAIL: {"ssn.x": "123-45-6789", "x": b"+1 415 555 2671"},
        "list": [["cookie", "abc"]],
    }
    assert Redactor().explain(value) == [
        Finding("a[0].b", "email", 3, 20),
        Finding("a[0].b", "card", 22, 41),
        Finding("a[1]", "card", 0, 16),
        Finding("password", "key", 0, 7),
        Finding("", "key.email", 0, 17),
        Finding(f"{GONE}.ssn.x", "key", 0, 11),
        Finding(f"{GONE}.x", "phone", 0, 15),
        Finding("list.cookie", "key", 0, 3),
    ]


def test_explain_tells_of_limits_and_pseudonyms() -> None:
    """What is lost for other reasons than its content is explained too."""
    subject = Redactor(limits=Limits(max_value_bytes=64, max_nodes=4), pseudonym=lambda user_id: user_id.upper())
    assert subject.explain(["x" * 70, {"user_id": "bob"}, [5]]) == [
        Finding("[0]", "limit", 64, 70),
        Finding("[1].user_id", "user_id", 0, 3),
        Finding("[2]", "limit", 0, 0),
    ]
    assert subject.explain("x", key="password") == [Finding("", "key", 0, 1)]


@pytest.mark.swallows
def test_explain_tells_of_errors() -> None:
    """A value that went because something raised is told as such."""
    assert Redactor([Rule.of("failing", failing_at("boom"))]).explain(["boom @x.yz"]) == [
        Finding("[0]", "error", 0, 10)
    ]


# --- Properties -----------------------------------------------------------------------------------------------------

PERSONAL = [EMAIL, "123-45-6789", CARD, "4111111111111111", "+1 415 555 2671", "(415) 555-2671", "+45 32 12 34 56"]
CANARIES = [EMAIL, "123-45-6789", "1111", "555", "3212", "32 12", "alice"]

clean_texts = st.sampled_from(
    [
        "",
        "ok",
        "GET /x",
        "1.2.3",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "1700000000123",
        "foo@bar.service",
        "2024-01-02 03:04",
    ],
)
clean_keys = st.sampled_from(
    ["a", "http.route", "max_tokens", "author", "session.id", "n", "key", "value", "name", "trace_id"]
)
dirty_texts = st.builds(
    "{}{}{}".format, st.sampled_from(["", "x ", "は"]), st.sampled_from(PERSONAL), st.sampled_from(["", ", y", "\n"])
)
dirty_keys = st.sampled_from(["password", "userEmail", "x-api-key", "user_id", EMAIL, f"of {CARD}"])
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.binary(max_size=20))


def nested(leaves: st.SearchStrategy[Any], keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Nest leaves in every container."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.tuples(inner, inner),
            st.dictionaries(keys, inner, max_size=4),
            st.lists(st.tuples(keys, inner).map(list), max_size=2),
            st.builds(lambda key, value: {"key": key, "value": value}, keys, inner),
            st.builds(lambda value: Person(email="", note="", tags=[value]), inner),
        ),
        max_leaves=12,
    )


anything = nested(
    st.one_of(
        scalars,
        clean_texts,
        dirty_texts,
        st.sampled_from([TIME, Decimal(1), UUID(int=1), Color.LEAK, Shown(), Unshowable()]),
    ),
    st.one_of(clean_keys, dirty_keys, st.text(max_size=8), st.integers(), st.none(), st.binary(max_size=3)),
)
clean = nested(st.one_of(st.none(), st.booleans(), st.floats(), st.integers(-(10**9), 10**9), clean_texts), clean_keys)
# Under a trace id's key sixteen digits are one, though they be a card number's too.
telling_nothing = clean_keys.filter(lambda key: key != "trace_id")
planted = nested(
    st.one_of(clean_texts, dirty_texts, dirty_texts.map(str.encode)), st.one_of(telling_nothing, dirty_keys)
)
subjects = st.sampled_from([Redactor(), Redactor(pseudonym=Pseudonyms(b"k" * 16).pseudonym)])


@given(subjects, anything)
def test_idempotent(subject: Redactor, value: Any) -> None:
    """Nothing makes it raise, and what was redacted once is clean."""
    once = subject.redact(value)
    assert repr(subject.redact(once)) == repr(once)


@settings(max_examples=60)
@given(anything, st.integers(1, 12), st.integers(64, 100))
def test_idempotent_within_tight_limits(value: Any, max_nodes: int, max_value_bytes: int) -> None:
    """What was cut is not cut again."""
    subject = Redactor(limits=Limits(max_nodes=max_nodes, max_value_bytes=max_value_bytes))
    once = subject.redact(value)
    assert repr(subject.redact(once)) == repr(once)


@given(subjects, st.dictionaries(st.one_of(clean_keys, dirty_keys, st.text(max_size=8)), anything, max_size=5))
def test_attributes_are_redacted_like_values(subject: Redactor, data: dict[str, Any]) -> None:
    """The fast way for attributes and the careful one agree."""
    assert repr(subject.redact_attributes(data)) == repr(subject.redact(data))
    assert repr(subject.redact_attributes(data)) == repr(subject.redact_attributes(data))


parts = st.tuples(
    st.one_of(clean_texts, dirty_texts, scalars),
    st.dictionaries(
        st.one_of(clean_keys, dirty_keys),
        st.one_of(scalars, clean_texts, dirty_texts, st.uuids().map(str), st.sampled_from([Color.LEAK, ["x"]])),
        max_size=5,
    ),
)


@given(subjects, st.lists(parts, max_size=3))
def test_what_is_clean_at_a_glance_is_clean(subject: Redactor, record: list[tuple[Any, dict[str, Any]]]) -> None:
    """Nothing is redacted of a record that one look at all of its parts has found clean."""
    if subject.clean_chars(record) is None:
        return
    for text, attributes in record:
        assert subject.redact_text(text) is text
        assert subject.redact_attributes(attributes) is attributes


def test_a_glance_counts_new_texts() -> None:
    """Of a clean record it tells how many characters there are in texts that were not known; of another one nothing."""
    subject = Redactor()
    assert subject.clean_chars([("seen", {"a": 1})]) is None  # the keys are new
    subject.redact_attributes({"a": "seen", "b": 1})
    for _ in range(4):
        subject.redact_attributes({"a": "seen"})
    assert subject.clean_chars([("seen", {"a": "seen", "b": 1.5})]) == 0
    assert subject.clean_chars([("seen", {"a": "x" * 100})]) == 100
    assert subject.clean_chars([("seen", {"a": "x" * 2000})]) is None
    assert subject.clean_chars([("seen", {"a": EMAIL})]) is None
    assert subject.clean_chars([("seen", {"a": None})]) is None


def test_a_uuid_is_no_number() -> None:
    """Digits that are grouped like those of a card or a telephone number are none in a UUID."""
    uuid = "41111111-1111-4111-8555-267112345678"
    assert Redactor().redact_text(uuid) is uuid
    assert Redactor().redact({"id": uuid, "ids": [uuid]}) == {"id": uuid, "ids": [uuid]}


@given(subjects, clean)
def test_clean_comes_back(subject: Redactor, value: Any) -> None:
    """Benign telemetry comes back as it was: the same object where all its types are plain."""
    result = subject.redact(value)
    if "Person" not in repr(value):
        assert result is value


@given(subjects, planted)
def test_nothing_planted_survives(subject: Redactor, value: Any) -> None:
    """Personal data at any place of any structure is gone, from keys and from values."""
    shown = repr(subject.redact(value))
    assert not [canary for canary in CANARIES if canary in shown]


@given(anything)
def test_callers_objects_are_unchanged(value: Any) -> None:
    """Whatever is redacted, the application's own objects stay as they are."""
    before = repr(value)
    Redactor().redact(value)
    Redactor().redact_attributes({"x": value})
    assert repr(value) == before


@given(anything)
def test_explain_agrees_with_redact(value: Any) -> None:
    """There is something to explain where something is redacted, and only there."""
    subject = Redactor()
    findings = subject.explain(value)
    assert not [finding for finding in findings if EMAIL in finding.path]
    once = subject.redact(value)
    if not findings and once is not value:
        assert any(kind in repr(value) for kind in ("Person", "Decimal", "UUID", "Color", "Shown", "Unshowable"))


@pytest.mark.parametrize(
    "value, expected",
    [
        (7, 7),
        (0.5, 0.5),
        (True, True),
        (4111_1111_1111_1111, "[REDACTED]"),
        (float("inf"), float("inf")),
        ("sk-proj-9f3b2a7c1d5e4f6a8b0c2d4e6f8a0b1c", "[REDACTED]"),
        ([7, 8], [7, 8]),
    ],
)
def test_numbers_under_keys_that_mean_many_things(value: object, expected: object) -> None:
    """How many tokens stay, whether seen before or not; a card number, and a token, go."""
    redactor = Redactor()
    for _ in range(3):
        attributes = {"gen_ai.request.model": "gpt-4o", "clippy.ai.tokens": value}
        redacted = redactor.redact_attributes(attributes)
        assert redacted["clippy.ai.tokens"] == expected
        assert (redacted is attributes) == (value == expected)
        is_clean = type(value) in (int, float, bool) and value == expected
        assert (redactor.clean_chars([("chat", attributes)]) is not None) == is_clean
    redactor.redact_attributes({"pin": 1234})
    assert redactor.redact_attributes({"pin": 1234}) == {"pin": "[REDACTED]"}
