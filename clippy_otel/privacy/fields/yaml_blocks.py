"""Values of YAML that stand on the lines below their key: texts in blocks, lists, mappings."""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.fields import value_ends
from clippy_otel.privacy.fields.places import Place
from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.recogniser import Span

_AT_LINE_START: Final = lazy(r"[ \t>*#+-]{0,64}[\"']?")
_BLOCK: Final = lazy(r"[|>][+-]?\d?[ \t]*\r?\n((?:[ \t]+\S[^\n]*\n?)+)")
_NESTED: Final = lazy(r"[ \t]*\r?\n(?=([ \t]*)\S)")
_LINE: Final = lazy(r"(?:- |[\w\"'.-]+[ \t]*:(?:[ \t]|$))")
_MAX_INDENT: Final = 64


def block(place: Place, start: int) -> Span | None:
    """Return the text of the block whose sign, | or >, stands here; None where none does."""
    match = _BLOCK.match(place.text, start)
    if match is None:
        return None
    lines = match[1]
    first = match.start(1)
    return first + len(lines) - len(lines.lstrip()), first + len(lines.rstrip())


def nested(place: Place, start: int) -> Span | None:
    """Return the lines below a key that is alone on its line, where they are a list or a mapping; else None."""
    text = place.text
    line_start = text.rfind("\n", max(0, place.start - _MAX_INDENT), place.start) + 1
    head = _AT_LINE_START.match(text, line_start, place.start)
    match = _NESTED.match(text, start)
    if head is None or head.end() < place.start or match is None:
        return None
    first = match.end() + len(match[1])
    end = _end_of_lines(text, match.end(), place.start - line_start)
    return (first, end) if end > first else None


def _end_of_lines(text: str, position: int, indent: int) -> int:
    """Return where the lines end that belong to a key with this indentation, from a line's beginning on."""
    end = position
    while position < len(text):
        stop = value_ends.line_end(text, position)
        line = text[position:stop].rstrip()
        content = line.lstrip()
        depth = len(line) - len(content)
        is_item = content.startswith("- ") and depth >= indent
        if content and not is_item and (depth <= indent or _LINE.match(content) is None):
            break
        end = position + len(line) if content else end
        position = stop + 1
    return end
