"""What the corpus is made of: texts with planted values, keys, and nested payloads with canaries."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Tier = Literal["core", "extended", "contextual"]
Group = Literal["strict", "hard", "plain"]


class Plant(NamedTuple):
    """A value that must not survive.

    Attributes:
        kind: Such as "email"; a kind stands in one tier.
        text: As it stands in the row.
        secret: What of it identifies somebody or opens something, each part for itself. The prefix of a token or the
            keyword of a header is harmless and is no part of it.
    """

    kind: str
    text: str
    secret: tuple[str, ...]


class Planted(NamedTuple):
    """Where a value stands in a text."""

    plant: Plant
    start: int
    end: int


class TextRow(NamedTuple):
    """A text, and what was planted in it: nothing in a clean one.

    Attributes:
        text: The text.
        planted: In their order.
        source: The name of the file that its template is from.
    """

    text: str
    planted: tuple[Planted, ...]
    source: str


class KeyRow(NamedTuple):
    """The name of a field, and what is to become of its value.

    Attributes:
        key: The name.
        group: "strict" is sensitive beyond doubt, "hard" looks sensitive and is not, "plain" does not even look so.
        family: What kind of a name it is, for the table by type.
    """

    key: str
    group: Group
    family: str


class Payload(NamedTuple):
    """A nested value.

    Attributes:
        shape: How its canaries are hidden, for the table by type.
        value: What is redacted.
        canaries: Texts of which none may be left in any form.
        keeps: Texts beside them that hold nothing personal and should be left.
    """

    shape: str
    value: Any
    canaries: tuple[str, ...]
    keeps: tuple[str, ...]


TIERS: dict[str, Tier] = {
    "email": "core",
    "us_ssn": "core",
    "card": "core",
    "phone": "core",
    "email_encoded": "extended",
    "iban": "extended",
    "jwt": "extended",
    "api_key": "extended",
    "authorization": "extended",
    "cookie": "extended",
    "userinfo": "extended",
    "query_secret": "extended",
    "password": "extended",
    "pem": "extended",
    "ssn_bare": "contextual",
    "phone_national": "contextual",
    "national_id": "contextual",
    "bank_account": "contextual",
    "birth_date": "contextual",
}
"""The tier of each kind."""
