"""Structures: keys are told by what stands beside a value, in every form in which applications hold it."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy import Redactor

GONE = "[REDACTED]"

Row = namedtuple("Row", "username passwd")  # noqa: PYI024 - what applications have


class Header(NamedTuple):
    """A header as a named tuple."""

    name: str
    value: str


@dataclass
class Change:
    """A change of a field."""

    field: str
    old: Any
    new: Any


class Attrs:
    """A class as attrs makes it."""

    class _Attribute(NamedTuple):
        name: str

    __attrs_attrs__ = (_Attribute("name"), _Attribute("password"))

    def __init__(self) -> None:
        self.name = "bob"
        self.password = "hunter2"


@pytest.mark.parametrize(
    "value,expected",
    [
        (Row("bob", "x"), ["bob", GONE]),
        ({"rows": [Row("bob", "x")]}, {"rows": [["bob", GONE]]}),
        ([Header("authorization", "x"), Header("host", "h")], [["authorization", GONE], ["host", "h"]]),
        (Change("email", "a", ["b"]), {"field": "email", "old": GONE, "new": GONE}),
        (Change("color", "red", "blue"), {"field": "color", "old": "red", "new": "blue"}),
        (Attrs(), {"name": "bob", "password": GONE}),
        (
            {"attribute": "ssn", "old_value": 1, "newValue": 2},
            {"attribute": "ssn", "old_value": GONE, "newValue": GONE},
        ),
        ({"Name": "DB_PASSWORD", "Value": "x"}, {"Name": "DB_PASSWORD", "Value": GONE}),
        ({"key": "password", "vType": "STRING", "vStr": "x"}, {"key": "password", "vType": "STRING", "vStr": GONE}),
        ({"name": "color", "value": "red"}, {"name": "color", "value": "red"}),
        ({"from": "a", "to": "b"}, {"from": "a", "to": "b"}),
        ([("cookie", "x"), ("host", "h")], [("cookie", GONE), ("host", "h")]),
        ([(b"authorization", b"x")], [(b"authorization", GONE)]),
        (["password", "x", "host", "h"], ["password", "x", "host", "h"]),
        (["tool", "--password", "x1", "-v"], ["tool", "--password", GONE, "-v"]),
        (("tool", "--token", "x1", "y"), ("tool", "--token", GONE, "y")),
        (["tool", "--password", "--verbose", "y"], ["tool", "--password", "--verbose", "y"]),
        (
            {"key": "a", "value": {"kvlistValue": {"values": [{"key": "password", "value": {"stringValue": "x"}}]}}},
            {"key": "a", "value": {"kvlistValue": {"values": [{"key": "password", "value": GONE}]}}},
        ),
        ('{"a": "{\\"password\\": \\"x1\\"}"}', f'{{"a": "{{\\"password\\": \\"{GONE}\\"}}"}}'),
        ({"body": b"password=hunter2"}, {"body": GONE}),
    ],
)
def test_key_beside_the_value_counts(value: Any, expected: Any) -> None:
    """Fields of tuples, changes, pairs, attributes of OTLP and arguments of commands are read by their keys."""
    subject = Redactor()
    for _ in range(2):  # the second time by the fast way, where there is one
        assert subject.redact(value) == expected
        if isinstance(value, dict):
            assert subject.redact_attributes(value) == expected


def test_flat_attributes_of_a_change_are_redacted() -> None:
    """Keys that were plain in another mapping are none beside a name."""
    subject = Redactor()
    for _ in range(2):
        assert subject.redact_attributes({"new": "red", "n": 1}) == {"new": "red", "n": 1}
        assert subject.redact_attributes({"field": "password", "new": "red"}) == {"field": "password", "new": GONE}


secrets = st.from_regex(r"[a-z]{3}[0-9]{5}[A-Z]{2}", fullmatch=True)
wrappers = st.sampled_from(
    [
        lambda value: {"a": value},
        lambda value: [value, 1],
        lambda value: ("x", value, None),
        lambda value: {"key": "a", "value": {"kvlistValue": {"values": [{"key": "b", "value": value}]}}},
        lambda value: Change("color", value, 1),
        lambda value: {"value": value, "n": {"deep": [value]}},
    ]
)
leaves = st.sampled_from(
    [
        lambda secret: {"password": secret},
        lambda secret: [["authorization", secret]],
        lambda secret: [(b"cookie", secret.encode())],
        lambda secret: {"key": "api_key", "value": {"stringValue": secret}},
        lambda secret: {"name": "password", "value": secret},
        lambda secret: Change("password", secret, secret),
        lambda secret: Row("bob", secret),
        lambda secret: ["tool", "--password", secret],
        lambda secret: f'{{"password": "{secret}"}}',
        lambda secret: f"https://h/x?token={secret}&y=1",
        lambda secret: f"INSERT INTO u (n, password) VALUES (1, '{secret}')",  # noqa: S608 - nobody runs it
        lambda secret: f"Traceback:\n    connect(password='{secret}')\nOSError: no",
        lambda secret: f"GET / HTTP/1.1\r\nAuthorization: Basic {secret}\r\nHost: x",
        lambda secret: f"password={secret}".encode(),
        lambda secret: ValueError(f"token={secret}"),
    ]
)


@given(secrets, leaves, st.lists(wrappers, max_size=4))
def test_no_secret_survives_in_any_structure(secret: str, leaf: Any, around: list[Any]) -> None:
    """However a secret is held and wherever, it is gone, and what comes back is left as it is by a second call."""
    value = leaf(secret)
    for wrap in around:
        value = wrap(value)
    subject = Redactor()
    result = subject.redact(value)
    assert secret not in repr(result)
    assert subject.redact(result) == result
