"""Where a value in a text ends: a quoted one at any level of escaping, one in brackets, a word, a header's.

Guarantee: linear in what is found, which is what the caller goes on behind; nothing is looked back at. A quote
that is not closed ends with its line.
"""

from __future__ import annotations

from typing import Final

from clippy_otel.privacy.patterns import lazy

# A container that is not closed within this much ends there.
_MAX_CONTAINER_CHARS: Final = 16_384
_MAX_ESCAPES: Final = 15  # three levels of JSON in JSON

QUOTE: Final = lazy(
    r"(?:[bBuUrRfFN]{1,2}(?=[\"'])|[$@](?=[\"]))?"
    r"((?:\\{0,15}(?:\"{3}|'{3}|\"\"(?=[^\"\s,;:)}\]])|[\"'`]))|&quot;|&\#3[49];|&apos;|%(?:25){0,3}2[27]|\\u002[27])"
)
_BRACKETS_OR_QUOTES: Final = lazy(r"[\[\](){}\"'`]")
_OPENING: Final = frozenset("[({")
_LINE_END: Final = lazy(r"[\r\n]|\\[rn]")

# A word ends at white space, at a quote, and at what separates it from the next field. A comma or semicolon belongs to
# it where no field begins behind it; so does a bracket that it has opened itself.
_WORD: Final = lazy(
    r"(?:[^\s\"'<>&;,|\\`\x1b]+|'(?=[^\s,;)\]}])|<(?![A-Za-z/!])|>(?=[^\s<])|&(?!\#?[\w.\[\]%-]{1,40}[=;])"
    r"|[;,|](?=[^\s\"';,|])(?!\\{0,3}[\"']?[\w.\[\]-]{1,40}\\{0,3}[\"']?\s?[=:])|\\(?![nrtu\"'\\]))+"
)
_QUERY_WORD: Final = lazy(r"[^&#\s\"'<>`\\|)}\]\x1b]+")
_CODED_WORD: Final = lazy(
    r"(?:[^%&#\s\"'<>\\]|%(?!(?:25){0,3}(?:2[026cC7]|3[bBeE]|0[aAdD]|5[dD]|7[dD]))(?:25){0,3}[0-9A-Fa-f]{0,2})+"
)
_BRACKETS: Final = lazy(r"[\[\](){}]")
_CLOSERS: Final = frozenset("])}")
_BEHIND_CLOSER: Final = frozenset(",;.:)]}")


def quote_end(text: str, start: int, quote: str) -> int:
    """Return where the quoted text that begins here ends: at its closing quote, else at its line's end.

    Args:
        text: All of the text.
        start: The first character inside the quotes.
        quote: The opening quote with the backslashes before it, which tell how deep in JSON texts it stands.
    """
    if quote[0] in "&%" or quote.startswith("\\u"):
        end = text.find(quote, start)
        return line_end(text, start) if end < 0 else end
    escapes = len(quote) - len(quote.lstrip("\\"))
    mark = quote[escapes:]
    limit = text.find("\n", start)
    limit = len(text) if limit < 0 else limit
    at = text.find(mark, start, limit)
    while at >= 0:
        before = text[start:at]
        count = len(before) - len(before.rstrip("\\"))
        if count % (2 * (escapes + 1)) == escapes or (count < escapes and escapes):
            if not (escapes == 0 and mark == "'" and text.startswith("''", at) and at > start):
                return at - min(count, escapes)
            at += 1  # SQL writes a quote in a text twice
        start = at + 1
        at = text.find(mark, start, limit)
    return limit


def container_end(text: str, start: int) -> int:
    """Return the end of what begins with a bracket here, behind the bracket that closes it.

    Where none does, all that comes is inside: a text that was cut off.
    """
    depth = 0
    limit = min(len(text), start + _MAX_CONTAINER_CHARS)
    position = start
    while True:
        match = _BRACKETS_OR_QUOTES.search(text, position, limit)
        if match is None:
            return limit
        at, character = match.start(), match[0]
        position = at + 1
        if character in _OPENING:
            depth += 1
        elif character in _CLOSERS:
            depth -= 1
            if depth <= 0:
                return position
        elif text[at - 1] in " \t\r\n([{,:=>\\bu":  # an apostrophe inside a word opens nothing
            before = text[max(start, at - _MAX_ESCAPES) : at]
            escapes = len(before) - len(before.rstrip("\\"))
            position = quote_end(text, position, "\\" * escapes + character) + escapes + 1


def word_end(text: str, start: int) -> int:
    """Return the end of an unquoted value of one word."""
    match = _WORD.match(text, start)
    return start if match is None else _without_tail(text, start, match.end())


def query_end(text: str, start: int) -> int:
    """Return the end of a value in the query or the fragment of a URL."""
    match = _QUERY_WORD.match(text, start)
    return start if match is None else _without_tail(text, start, match.end())


def coded_end(text: str, start: int) -> int:
    """Return the end of a percent-encoded value, whose separators are percent-encoded too."""
    match = _CODED_WORD.match(text, start)
    return start if match is None else match.end()


def line_end(text: str, start: int) -> int:
    """Return the end of a line, be its line break a real one or the two characters that JSON writes for it."""
    match = _LINE_END.search(text, start)
    return len(text) if match is None else match.start()


def _without_tail(text: str, start: int, end: int) -> int:
    """Leave the sentence's punctuation, and what comes behind a bracket that was opened before the value."""
    depth = 0
    for match in _BRACKETS.finditer(text, start, end):
        depth += 1 if match[0] in _OPENING else -1
        if depth < 0 and (match.end() == end or text[match.end()] in _BEHIND_CLOSER):
            end = match.start()
            break
    return start + len(text[start:end].rstrip(".,;:"))
