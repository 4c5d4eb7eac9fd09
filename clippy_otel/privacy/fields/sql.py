"""Fields in SQL: columns paired with the literals of VALUES, `token IN ('…')`, `IDENTIFIED BY '…'`, bound parameters.

Only literals go: placeholders, NULL, functions and all else of the statement stay. What has an equals sign
(`SET password = '…'`) is found by that.

Guarantee: linear; what is no statement costs some searches for fixed words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from clippy_otel.privacy import stand_ins
from clippy_otel.privacy.fields import prose, source_code, value_ends
from clippy_otel.privacy.fields.field_keys import FieldKeys
from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.recogniser import Span

_VALUES: Final = lazy(r"\)\s{0,40}VALUES?\s{0,40}(?=\()", re.IGNORECASE)
_RAW: Final = lazy(r"[^,()'\"]{0,256}(?:\([^()]{0,256}\))?[^,()'\"]{0,64}")
_NEXT: Final = lazy(r"\s{0,40}([,)])\s{0,40}")
_NEXT_TUPLE: Final = lazy(r"\s{0,40},\s{0,40}(?=\()")
_SQLALCHEMY: Final = "[parameters: "

_OPERATION: Final = lazy(
    r"(?<!\w)[\"`\[]?([A-Za-z_]\w{1,63})[\"`\]]?\s{1,8}(?:NOT\s{1,8})?(?:(IN)\s{0,8}\(|I?LIKE|BETWEEN|<>)\s{0,8}[NE]?$",
    re.IGNORECASE,
)
_OPERATORS: Final = (" IN (", " IN(", "LIKE ", "BETWEEN ", "<> ")
_ENDS: Final = ("IN (", "IN(", "LIKE", "BETWEEN", "<>", "IN (N", "IN (E", "LIKE N", "LIKE E")
_MAX_OPERATOR_CHARS: Final = 16
_MAX_OPERATION_CHARS: Final = 96
_VERBS: Final = ("SELECT", "WHERE", " AND ", "UPDATE", "DELETE", "HAVING")
_DIRECT: Final = lazy(
    r"(?<![\w'\"-])(?:IDENTIFIED\s{1,8}(?:WITH\s{1,8}[\w'\"]{1,64}\s{1,8})?(?:BY|AS)|PASSWORD)\s{1,8}(?=[\"'])",
    re.IGNORECASE,
)
_DIRECTS: Final = ("PASSWORD '", "IDENTIFIED ")
_BOUND: Final = lazy(
    r"(?<!\w)([A-Za-z_]\w{0,63})[\"`\]]?\s{0,4}(?:=|LIKE)\s{0,4}(\$\d{1,4})(?!\d)(?!\s=)", re.IGNORECASE
)
_MAX_COLUMNS_CHARS: Final = 2000
_MAX_LIST_ITEMS: Final = 1000
_MAX_OPERATIONS: Final = 256


def spans(text: str, keys: FieldKeys, placeholder: str) -> list[Span]:
    """Return the places of the literals that belong to sensitive columns.

    Args:
        text: A text with a quote in it.
        keys: Judges the columns' names.
        placeholder: The redactor's.
    """
    found: list[Span] = []
    if "'" in text:
        upper = text.upper()
        if any(operator in upper for operator in _OPERATORS) and any(verb in upper for verb in _VERBS):
            found += _compared(text, keys)
        if any(word in upper for word in _DIRECTS):
            found += _direct(text)
        if "$1 = '" in text:
            found += _bound(text, keys)
        if "VALUES" in upper:
            found += _inserted(text, keys)
    elif "(" in text and ("VALUES" in text or "values" in text):
        found += _inserted(text, keys)
    if 'ASSWORD "' in text or 'assword "' in text or 'BY "' in text:
        found += _direct(text)
    return [(start, end) for start, end in found if not stand_ins.is_stand_in(text[start:end], placeholder)]


def may_be_in(text: str) -> bool:
    """Say whether literals of a statement can stand in a text."""
    upper = text.upper()
    words = (*_OPERATORS, *_DIRECTS, "VALUES", "$", 'ASSWORD "', 'BY "')
    return any(word in upper for word in words)


def _inserted(text: str, keys: FieldKeys) -> Iterator[Span]:
    """Find the literals of VALUES lists in the places of sensitive columns."""
    position = 0
    for match in _VALUES.finditer(text):
        close = match.start()
        opening = text.rfind("(", max(position, close - _MAX_COLUMNS_CHARS), close)
        if close < position or opening < 0:
            continue
        columns = [column.strip(" \t\r\n\"`[]'\\") for column in text[opening + 1 : close].split(",")]
        sensitive = {index for index, column in enumerate(columns) if keys.kind_of_name(column)}
        position = match.end()
        if not sensitive:
            continue
        items, position = _tuples(text, position)
        at = text.find(_SQLALCHEMY, position, position + _MAX_COLUMNS_CHARS)
        if at >= 0:
            more, position = _tuples(text, at + len(_SQLALCHEMY))
            items += more
        for column, start, end in items:
            if column not in sensitive:
                continue
            if text[start : start + 1] == "$":
                yield from _parameter(text, text[start:end], end)
            elif not source_code.is_code(text[start:end]):
                yield start, end


def _tuples(text: str, position: int) -> tuple[list[tuple[int, int, int]], int]:
    """Read `('a', 2), ('b', ?)`: the number of the column and the place of each item; and where they end."""
    items: list[tuple[int, int, int]] = []
    while text[position : position + 1] in ("(", "[") and text[position : position + 1]:
        position += 1
        if text[position : position + 1] == "(":
            continue
        column = 0
        while True:
            start, end, behind = _item(text, position)
            items.append((column, start, end))
            separator = _NEXT.match(text, behind)
            if separator is None or len(items) > _MAX_LIST_ITEMS:
                return items, behind
            position = separator.end()
            column += 1
            if separator[1] == ")":
                position = separator.end(1)
                break
        following = _NEXT_TUPLE.match(text, position)
        if following is None:
            break
        position = following.end()
    return items, position


def _item(text: str, position: int) -> tuple[int, int, int]:
    """Return where a literal, or what stands in its place, begins and ends, and where what comes behind it begins."""
    quote = value_ends.QUOTE.match(text, position)
    if quote is not None:
        end = value_ends.quote_end(text, quote.end(), quote[1])
        return quote.end(), end, end + len(quote[1])
    raw = _RAW.match(text, position)
    end = raw.end() if raw else position
    return position, position + len(text[position:end].rstrip()), end


def _compared(text: str, keys: FieldKeys) -> Iterator[Span]:
    position = examined = 0
    at = text.find("'")
    while at >= 0:
        before = text[max(0, at - _MAX_OPERATOR_CHARS) : at].rstrip().upper()
        if at >= position and before.endswith(_ENDS):
            examined += 1
            if examined > _MAX_OPERATIONS:
                yield at, len(text)
                return
            for start, end in _operands(text, at, keys):
                yield start, end
                position = end + 1
        at = text.find("'", max(at + 1, position))


def _operands(text: str, at: int, keys: FieldKeys) -> Iterator[Span]:
    """Find the literals from here on that are compared with a sensitive column."""
    floor = max(0, at - _MAX_OPERATION_CHARS)
    match = _OPERATION.search(text, floor, at)
    if match is None or not keys.kind_of_name(match[1]):
        return
    for _ in range(_MAX_LIST_ITEMS):
        start, end, behind = _item(text, at)
        yield start, end
        separator = _NEXT.match(text, behind)
        if separator is None or separator[1] == ")" or match[2] is None:
            return
        at = separator.end()


def _direct(text: str) -> Iterator[Span]:
    for match in _DIRECT.finditer(text):
        start, end, _ = _item(text, match.end())
        if not prose.is_message(text[start:end]):
            yield start, end


def _bound(text: str, keys: FieldKeys) -> Iterator[Span]:
    """Find the parameters of `password = $1` where the server tells them: `parameters: $1 = 'hunter2'`."""
    for match in _BOUND.finditer(text):
        if keys.kind_of_name(match[1]):
            yield from _parameter(text, match[2], match.end())


def _parameter(text: str, name: str, position: int) -> Iterator[Span]:
    at = text.find(f"{name} = '", position)
    if at >= 0:
        start, end, _ = _item(text, at + len(name) + 3)
        yield start, end
