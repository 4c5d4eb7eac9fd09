"""A key that is itself a text, with its value beside it: ("authorization", "…"), {"name": "password", "value": "…"}.

So lists of headers, OTLP attributes, HAR files, forms and changes have it, once they are text.
"""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy import stand_ins
from clippy_otel.privacy.fields import value_ends
from clippy_otel.privacy.fields.assignments import value_of
from clippy_otel.privacy.fields.field_keys import SECRET, FieldKeys
from clippy_otel.privacy.fields.places import place_of
from clippy_otel.privacy.fields.separators import words_before
from clippy_otel.privacy.naming import VALUE_KEYS, folded
from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.recogniser import Span

_QUOTE: Final = r"(?:\\{0,15}[\"'])"
_PAIR: Final = lazy(rf"[\[(][bu]?({_QUOTE})([\w-]{{2,64}})\1\s?,\s?[bu]?(?={_QUOTE})")
_NAMED: Final = lazy(
    rf"{_QUOTE}?\s{{0,4}}(?:[:=]|=>)\s{{0,4}}(?:({_QUOTE})([\w. -]{{2,64}}?)(?=\1)"
    r"|([A-Za-z_][\w.-]{1,63})(?=\s*[\r\n,}]))"
)
# What stands behind the bracket of a pair.
_BEHIND: Final = ("'", '"', "b'", "u'", "\\")
_MAX_BRACKETS: Final = 64
_MULTIPART: Final = lazy(
    r"[\"'\\]{1,4}(?:;[^\r\n]{0,200})?(?:\r?\n|\\r\\n|\\n)(?:[^\r\n\\]{1,200}(?:\r?\n|\\r\\n|\\n)){0,4}(?:\r?\n|\\r\\n|\\n)"
)
_CONTENT: Final = lazy(r"[\"'][^<>]{0,80}>(?=[^<])")
_PLAIN_NAME: Final = lazy(r"[a-z_]+|[a-z]+(?:[A-Z][a-z]+)+|[A-Z_]+")
_ITEM: Final = lazy(r"\n[ \t]*- ")
_MAX_WINDOW_CHARS: Final = 300
_MAX_TAG_CHARS: Final = 128


def spans(text: str, keys: FieldKeys, placeholder: str) -> list[Span]:
    """Return the places of the values of pairs in brackets whose first text is a sensitive key.

    Args:
        text: A text with a quote in it.
        keys: Judges the keys.
        placeholder: The redactor's.
    """
    found: list[Span] = []
    position = 0
    for at in _openings(text):
        match = _PAIR.match(text, at)
        if match is None:
            continue
        before = text[max(0, match.start() - 2) : match.start()]
        if match.start() < position or (match[0][0] == "[" and before[-1:].isalnum() and before[0] != "\\"):
            continue  # Literal["..."]
        if not keys.kind_of_name(match[2]):
            continue
        quote = value_ends.QUOTE.match(text, match.end())
        if quote is None:
            continue
        start = quote.end()
        end = value_ends.quote_end(text, start, quote[1])
        closed = end + len(quote[1])
        value = text[start:end]
        if text[closed : closed + 1] not in (")", "]", ",") or _PLAIN_NAME.fullmatch(value[:64]):
            continue
        if text[closed] == "," and text[closed : closed + 4].lstrip(", ")[:1] not in (")", "]", "T", "F"):
            continue
        if not stand_ins.is_stand_in(value, placeholder):
            found.append((start, end))
            position = end
    return found


def may_be_in(text: str) -> bool:
    """Say whether a pair can begin in a text."""
    return bool(_openings(text))


def _openings(text: str) -> list[int]:
    """Return where brackets with a quote behind them are, from left to right."""
    found: list[int] = []
    if text.count("[") + text.count("(") <= _MAX_BRACKETS:  # by far the most: to look behind each is quicker
        for bracket in "[(":
            at = text.find(bracket)
            while at >= 0:
                if text.startswith(_BEHIND, at + 1):
                    found.append(at)
                at = text.find(bracket, at + 1)
    else:
        for opening in (bracket + behind for bracket in "[(" for behind in _BEHIND):
            at = text.find(opening)
            while at >= 0:
                found.append(at)
                at = text.find(opening, at + 1)
    found.sort()
    return found


def name_at(text: str, position: int) -> tuple[str, int] | None:
    """Return the name that is the value of a key which ends here, and where it ends; None: there is none."""
    match = _NAMED.match(text, position)
    return None if match is None else (match[2] or match[3], match.end())


def beside(text: str, start: int, end: int, placeholder: str) -> tuple[list[Span], int]:
    """Return the values that stand beside a name, and up to where the text was looked through.

    Args:
        text: All of the text.
        start: Where "name", "key" and the like begins.
        end: Where the name behind it ends.
        placeholder: The redactor's.
    """
    part = _MULTIPART.match(text, end) if "form-data" in text else None
    content = _CONTENT.match(text, end) if text.rfind("<", max(0, end - _MAX_TAG_CHARS), end) >= 0 else None
    if part is None and content is None:
        return _siblings(text, start, end, placeholder)
    if part is not None:
        start, end = part.end(), value_ends.line_end(text, part.end())
    elif content is not None:
        start = content.end()
        end = text.find("<", start)
    is_value = end > start and not stand_ins.is_stand_in(text[start:end], placeholder)
    return [(start, end)] if is_value else [], end


def _siblings(text: str, start: int, end: int, placeholder: str) -> tuple[list[Span], int]:
    """Return the values under "value", "old", "new" and the like in the object or the tag in which a name stands.

    And where that ends.
    """
    floor = max(0, start - _MAX_WINDOW_CHARS)
    first = max(floor, *(text.rfind(mark, floor, start) + 1 for mark in "{<("))
    window = min(len(text), end + _MAX_WINDOW_CHARS)
    first = max(first, text.rfind("- ", first, start) + 1)
    ends = (text.find("}", end, window), text.find(">", end, window), _next_item(text, end, window))
    last = min((at for at in ends if at >= 0), default=window)
    found: list[Span] = []
    position = first
    for word, word_end, at in words_before(text[first:last]):
        if first + at < position or folded(word) not in VALUE_KEYS:
            continue
        key_end = first + word_end
        span = value_of(place_of(text, key_end - len(word), key_end, first + at, SECRET, placeholder))
        if span is not None:
            found.append(span)
            position = span[1]
    return found, last


def _next_item(text: str, position: int, end: int) -> int:
    """Return where the next item of a list in YAML begins, -1 where none does."""
    match = _ITEM.search(text, position, end)
    return -1 if match is None else match.start()
