"""Fields in SQL: the literals of sensitive columns go, the statement stays readable."""

from __future__ import annotations

import pytest

from clippy_otel.privacy.fields.field_keys import FieldKeys
from clippy_otel.privacy.fields.finder import TextFields
from clippy_otel.privacy.fields.sql import spans
from clippy_otel.privacy.keys.judging import Keys

fields = TextFields(Keys(), "[REDACTED]")


def redacted(text: str) -> str:
    """Return a text with "#" in place of what is found."""
    for start, end in reversed(fields.find(text)):
        text = f"{text[:start]}#{text[end:]}"
    return text


@pytest.mark.parametrize(
    "text,expected",
    [
        (
            "INSERT INTO u (id, email, password) VALUES (1, 'a', 'b'), (2, 'c', 'd''e')",
            "INSERT INTO u (id, email, password) VALUES (1, '#', '#'), (2, '#', '#')",
        ),
        ('insert into `u` (`ssn`, n)\nvalues ("12", 3)', 'insert into `u` (`ssn`, n)\nvalues ("#", 3)'),
        ("INSERT INTO u (a, ssn) VALUES ('x, y', 123456789)", "INSERT INTO u (a, ssn) VALUES ('x, y', #)"),
        ("INSERT INTO u (ssn, t) VALUES ('12', now())", "INSERT INTO u (ssn, t) VALUES ('#', now())"),
        ("UPDATE u SET password = 'x' WHERE id = 3", "UPDATE u SET password = '#' WHERE id = 3"),
        (
            "SELECT 1 WHERE ssn = '12' AND token IN ('a','b') AND q IN ('c')",
            "SELECT 1 WHERE ssn = '#' AND token IN ('#','#') AND q IN ('c')",
        ),
        ("select * from u where u.email not like N'al%' or x", "select * from u where u.email not like N'#' or x"),
        ("CREATE USER x IDENTIFIED BY 'pw'", "CREATE USER x IDENTIFIED BY '#'"),
        ("ALTER ROLE x WITH PASSWORD 'pw' LOGIN", "ALTER ROLE x WITH PASSWORD '#' LOGIN"),
        (
            "[SQL: INSERT INTO t (a, ssn) VALUES (?, ?)]\n[parameters: [('x', 'y'), ('z', 'w')]]",
            "[SQL: INSERT INTO t (a, ssn) VALUES (?, ?)]\n[parameters: [('x', '#'), ('z', '#')]]",
        ),
        (
            "UPDATE u SET password = $2 WHERE id = $1 DETAIL: parameters: $1 = '7', $2 = 'pw'",
            "UPDATE u SET password = $2 WHERE id = $1 DETAIL: parameters: $1 = '7', $2 = '#'",
        ),
    ],
)
def test_literals_of_sensitive_columns_are_found(text: str, expected: str) -> None:
    """Columns are paired with their values, and operators with theirs."""
    assert redacted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO users (email, password) VALUES ($1, $2), (?, DEFAULT), (NULL, :pw), (%s, %(password)s)",
        "INSERT INTO users VALUES ('a', 'b')",
        "SELECT password FROM users WHERE token = ? AND email IN (?, ?) AND name = 'x'",
        "CREATE TABLE u (password varchar(255) DEFAULT NULL, email text NOT NULL)",
        "ALTER ROLE x WITH PASSWORD NULL",
        "password 'must be at least 8 characters'",
        "values: (1, 2) and (3, 4)",
    ],
)
def test_rest_of_statements_stays(text: str) -> None:
    """Placeholders, functions, other columns and definitions are no values."""
    assert redacted(text) == text


@pytest.mark.parametrize(
    "text", ["INSERT INTO u (ssn) VALUES ('a", "(ssn) VALUES (", "ssn IN ('a', SELECT", "IDENTIFIED BY '"]
)
def test_statement_that_was_cut_off_is_read_to_its_end(text: str) -> None:
    """A quote or a bracket that is never closed ends with the text."""
    found = spans(text, FieldKeys(Keys()), "[REDACTED]")
    assert all(start <= end <= len(text) for start, end in found)
