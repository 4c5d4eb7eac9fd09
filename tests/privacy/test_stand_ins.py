"""What stands where a value would: placeholders, states, types and references, told from short secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clippy_otel.privacy.stand_ins import is_count, is_no_contact, is_stand_in

STAND_INS = [
    *(
        "",
        " ",
        "None",
        "NULL",
        "Required",
        "expired.",
        "***",
        "****1234",
        "xxxxxxxx",
        "••••••",
        "[Filtered]",
        "<hidden>",
    ),
    *("<password>", "${A_B}", "$1", "$PASSWORD", "${{ secrets.X }}", "%s", "%(pw)s", ":name", "?", "@p1", "#{x}"),
    *("{{ x }}", "{}", "{password}", "str", "Optional[str]", "VARCHAR(255)", "String!", "0x7ffe12", "YOUR_API_KEY"),
    *("[REDACTED]", "[REDACTED:field]", "[REDACTED][REDACTED]", "[object Object]", "!vault", "p_" + "0a" * 16),
]
VALUES = [
    *(
        "hunter2",
        "changeme",
        "correct",
        "P@ssw0rd!",
        "s3cr3t",
        "admin",
        "$2b$12$abcdefgh",
        "0xqwer77",
        "1234",
        "[abc123]",
    ),
    *("{hunter2}", "(a b)", "p_abc", "x" * 201, "strong1", "a", "letmein", "abc:def", "*a1b2*"),
]


@pytest.mark.parametrize("value", STAND_INS)
def test_stand_in_is_told(value: str) -> None:
    """What a reader needs and nobody has to hide stays."""
    assert is_stand_in(value, "[REDACTED]")


@pytest.mark.parametrize("value", VALUES)
def test_value_is_none(value: str) -> None:
    """A weak password is one, and so is what only begins like a placeholder."""
    assert not is_stand_in(value, "[REDACTED]")


@given(st.text(min_size=1, max_size=64), st.integers(1, 3))
def test_any_placeholder_stands_in(placeholder: str, times: int) -> None:
    """A user's placeholder is left as it is, whatever its characters are."""
    assert is_stand_in(placeholder * times, placeholder)


@pytest.mark.parametrize(
    "key,value,expected",
    [
        ("tokens", "1,500", True),
        ("token", "123456", False),
        ("secret", "1", True),
        ("password", "12345", False),
        ("pin", "17", True),
        ("pin", "1234", False),
        ("pass", "120", True),
        ("password", "12ab", False),
    ],
)
def test_numbers_that_count_something(key: str, value: str, expected: bool) -> None:  # noqa: FBT001 - a table's
    """How many tokens there are is no token; a PIN has few digits."""
    assert is_count(key, value) is expected


def test_addresses_of_machines_are_no_contacts() -> None:
    """Hosts, ports, addresses in memory and small numbers stand under the words that people's addresses do."""
    for value in ("10.0.0.1:8080", "::1", "0x7ffe", "db.internal:5432", "db.internal", "https://h/x", "404"):
        assert is_no_contact(value)
    for value in ("1 Main Street", "bob@example.com", "020 7946 0958", "Bob"):
        assert not is_no_contact(value)
