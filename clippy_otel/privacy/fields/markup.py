"""Fields in XML and HTML: what stands between the tags of a sensitive element."""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy import stand_ins
from clippy_otel.privacy.fields.field_keys import FieldKeys
from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.recogniser import Span

_CLOSING: Final = lazy(r"</(?:[\w.-]{1,64}:)?([\w.-]{1,64})")
# What is between the tags of one field; a longer text is one only up to here.
_MAX_CHARS: Final = 16_384


def spans(text: str, keys: FieldKeys, placeholder: str) -> list[Span]:
    """Return the places of what stands between the tags of sensitive elements.

    Args:
        text: A text with "</" in it.
        keys: Judges the elements' names.
        placeholder: The redactor's.
    """
    found: list[Span] = []
    position = 0
    for match in _CLOSING.finditer(text):
        end = match.start()
        name = match[1]
        if end < position or not keys.kind_of_name(name):
            continue
        start = _content_start(text, name, position, end)
        if start is not None and not stand_ins.is_stand_in(text[start:end], placeholder):
            found.append((start, end))
        position = end
    return found


def _content_start(text: str, name: str, floor: int, end: int) -> int | None:
    """Return where the content of an element begins, which ends here."""
    at = text.rfind(name, max(floor, end - _MAX_CHARS), end)
    while at >= 0:
        if text[at - 1 : at] in ("<", ":") and text[at + len(name) : at + len(name) + 1] in (">", " ", "\t", "\n"):
            start = text.find(">", at, end) + 1
            return start or None
        at = text.rfind(name, max(floor, end - _MAX_CHARS), at)
    return None
