"""What is left of a planted value, and what a tool replaced: told from a text and what the tool made of it."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from benchmarks.redaction.rows import Plant, TextRow

Spans = list[tuple[int, int]]

_RUN: Final = 4  # identifying characters in a row that are no harmless remainder any more
_CANARY_RUN: Final = 6
_SEPARATORS: Final = re.compile(r"[\W_]+")
_ESCAPE: Final = re.compile(r"\\+u([0-9a-f]{4})")  # of JSON, in however many texts it stands
_BREAK: Final = "\n\x00\n"
_LOCAL_CHARS: Final = r"[\w.+%'-]"


def survives(plant: Plant, rest: str, output: str) -> bool:
    """Say whether more than a harmless remainder of a value is left.

    Args:
        plant: The value.
        rest: The row's text without what was planted in it: what stands there too is not the value's.
        output: What the tool made of the text.
    """
    if plant.kind in {"email", "email_encoded"}:
        return _email_survives(plant.text, rest, output)
    bare_rest, bare_output = _bare(rest), _bare(output)
    return any(_run_survives(_bare(secret), bare_rest, bare_output) for secret in plant.secret)


def without_planted(row: TextRow) -> str:
    """Return the row's text with a break in place of each planted value."""
    pieces, at = [], 0
    for _, start, end in row.planted:
        pieces.append(row.text[at:start])
        at = end
    pieces.append(row.text[at:])
    return _BREAK.join(pieces)


def leaked(canary: str, leaves: list[str]) -> bool:
    """Say whether a canary, or six of its characters in a row, is left in one of a payload's texts."""
    bare = _bare(canary.partition("@")[0])
    return any(
        bare[at : at + _CANARY_RUN] in leaf for leaf in leaves for at in range(max(len(bare) - _CANARY_RUN, 0) + 1)
    )


def bare_leaves(value: Any) -> list[str]:
    """Return all texts of a value, keys too, without separators and without the escapes of URLs and JSON."""
    found: list[str] = []
    _collect(value, found)
    return [_bare(urllib.parse.unquote(_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text))) for text in found]


def _collect(value: Any, into: list[str]) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            _collect(key, into)
            _collect(each, into)
    elif isinstance(value, (list, tuple, AbstractSet)):
        for each in value:
            _collect(each, into)
    elif isinstance(value, (bytes, bytearray)):
        into.append(bytes(value).decode(errors="replace"))
    else:
        into.append(value if isinstance(value, str) else json.dumps(value, default=_all_of))


def _all_of(value: Any) -> str:
    """Return a text with everything that an object shows and holds."""
    return f"{value!r} {value} {getattr(value, '__dict__', '')}"


def _email_survives(address: str, rest: str, output: str) -> bool:
    plain_output, plain_rest = _decoded(output), _decoded(rest)
    whole = _decoded(address)
    if plain_output.count(whole) > plain_rest.count(whole):
        return True
    local = whole.rpartition("@")[0].strip('"')
    word = re.compile(rf"(?<!{_LOCAL_CHARS}){re.escape(local)}(?!{_LOCAL_CHARS})")
    return len(local) >= _RUN and len(word.findall(plain_output)) > len(word.findall(plain_rest))


def _decoded(text: str) -> str:
    return urllib.parse.unquote(urllib.parse.unquote(text))


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", text)


def _run_survives(secret: str, rest: str, output: str) -> bool:
    runs = {secret[at : at + _RUN] for at in range(max(len(secret) - _RUN, 0) + 1)} if secret else set()
    return any(output.count(run) > rest.count(run) for run in runs if run in output)


def replaced(text: str, output: str, placeholder: re.Pattern[str]) -> Spans:
    """Return where a tool replaced something, told from its output.

    What stands between the placeholders is looked for in the text, in order. Where the tool's own rewriting hides the
    order, the whole text counts as replaced.

    Args:
        text: Before.
        output: After.
        placeholder: What the tool puts in place.
    """
    if output == text:
        return []
    pieces = placeholder.split(output)
    spans: Spans = []
    at = 0
    for number, piece in enumerate(pieces):
        found = (text.rfind(piece) if number == len(pieces) - 1 and piece else text.find(piece, at)) if piece else at
        if number == len(pieces) - 1 and not piece:
            found = len(text)
        if found < at or (number == 0 and found):
            return [(0, len(text))]
        if number:
            spans.append((at, found))
        at = found + len(piece)
    return spans or [(0, len(text))]
