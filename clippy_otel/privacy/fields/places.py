"""A key and its separator in a text: what all that looks for its value needs to know."""

from __future__ import annotations

from typing import NamedTuple

from clippy_otel.privacy import stand_ins
from clippy_otel.privacy.fields.field_keys import CONTACT
from clippy_otel.privacy.recogniser import Span


class Place(NamedTuple):
    """A key and its separator in a text.

    Attributes:
        text: All of the text.
        start: Where the key begins.
        end: Where it ends.
        at: Where its separator is.
        kind: Of the key: a secret's, or a contact's.
        placeholder: The redactor's.
        key: As it is written.
        before: The character before it, "" at the text's beginning.
    """

    text: str
    start: int
    end: int
    at: int
    kind: int
    placeholder: str
    key: str
    before: str


def place_of(text: str, start: int, end: int, at: int, kind: int, placeholder: str) -> Place:
    """Return the place of a key."""
    return Place(text, start, end, at, kind, placeholder, text[start:end], text[start - 1 : start] if start else "")


def told(place: Place, start: int, end: int) -> Span | None:
    """Return the place of a value; None where that is nothing, or a stand-in for one."""
    value = place.text[start:end]
    if stand_ins.is_stand_in(value, place.placeholder) or stand_ins.is_count(place.key, value):
        return None
    if place.kind == CONTACT and stand_ins.is_no_contact(value):
        return None
    return start, end
