r"""A regular expression as a tree of a few kinds of nodes: the one place that reads the parser of `re`.

That parser has no public interface (`sre_parse`, and `re._parser` since Python 3.11), but its tree has kept its form
from 3.10 on. What this module does not know it refuses, so that a new kind of node is never taken for a harmless one.

Guarantee: a class of characters in the tree holds at least those that the pattern's own class matches, and never fewer:
what is proved of the tree (no two classes overlap, no text without one of these characters is matched) is true of the
pattern. It may hold more: letters beyond ASCII where case is ignored or a category such as `\w` is used.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

LAST: Final = sys.maxunicode
_LAST_ASCII: Final = 127
_BEYOND_ASCII: Final = (_LAST_ASCII + 1, LAST)

Range: TypeAlias = tuple[int, int]  # first and last code point


class Chars(NamedTuple):
    """One character, of these ranges: sorted, apart from each other."""

    ranges: tuple[Range, ...]


class Sequence(NamedTuple):
    """One node after the other."""

    parts: tuple[Node, ...]


class Either(NamedTuple):
    """One of these."""

    branches: tuple[Node, ...]


class Repeat(NamedTuple):
    """A node several times in a row; most is None where there is no bound."""

    body: Node
    least: int
    most: int | None


class Look(NamedTuple):
    """What must, or must not, stand before or behind this place."""

    body: Node
    is_ahead: bool
    is_negated: bool


class Anchor(NamedTuple):
    """A place: the beginning, the end, a boundary of words."""

    kind: str


class Reference(NamedTuple):
    """What a group has matched before, or whether it has."""

    group: int


Node: TypeAlias = Chars | Sequence | Either | Repeat | Look | Anchor | Reference

EMPTY: Final = Sequence(())


class UnknownSyntaxError(ValueError):
    """The parser's tree has a node of a kind that is not known here."""


def tree_of(pattern: str) -> Node:
    """Return the tree of a regular expression for texts.

    Raises:
        re.error: It is none.
        UnknownSyntaxError: It has a part that this version does not know.
    """
    compiled = re.compile(pattern)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the parser about itself, which is deprecated under its old name
        parsed = _parser().parse(pattern, compiled.flags & ~re.DEBUG)
    return _sequence(parsed, compiled.flags)


def chars_in(ranges: Iterable[Range]) -> Chars:
    """Return a class of the characters in some ranges, which may overlap."""
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return Chars(tuple(merged))


def overlap(one: Chars, other: Chars) -> bool:
    """Say whether a character can be in both classes."""
    return any(a <= d and c <= b for a, b in one.ranges for c, d in other.ranges)


def is_zero_width(node: Node) -> bool:
    """Say whether a node is only about a place."""
    return isinstance(node, (Look, Anchor))


def _parser() -> Any:
    if sys.version_info >= (3, 11):
        from re import _parser as parser  # type: ignore[attr-defined]  # noqa: PLC0415 - it has no public name
    else:
        import sre_parse as parser  # noqa: PLC0415 - its name before Python 3.11
    return parser


def _sequence(items: Iterable[tuple[Any, Any]], flags: int) -> Node:
    parts = tuple(_node(str(op), value, flags) for op, value in items)
    return parts[0] if len(parts) == 1 else Sequence(parts)


def _node(op: str, value: Any, flags: int) -> Node:  # noqa: PLR0911 - one line for each kind of node
    if op in _SINGLE:
        return _chars(op, value, flags)
    if op == "BRANCH":
        return Either(tuple(_sequence(branch, flags) for branch in value[1]))
    if op == "SUBPATTERN":
        _, added, removed, body = value
        return _sequence(body, (flags | added) & ~removed)
    if op == "ATOMIC_GROUP":
        return _sequence(value, flags)
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, body = value
        return Repeat(_sequence(body, flags), int(least), None if str(most) == "MAXREPEAT" else int(most))
    if op in ("ASSERT", "ASSERT_NOT"):
        direction, body = value
        return Look(_sequence(body, flags), is_ahead=direction > 0, is_negated=op == "ASSERT_NOT")
    if op == "AT":
        return Anchor(str(value))
    if op in ("GROUPREF", "GROUPREF_EXISTS"):
        return Reference(value if op == "GROUPREF" else value[0])
    if op == "FAILURE":
        return Look(EMPTY, is_ahead=True, is_negated=True)
    raise UnknownSyntaxError(op)


_SINGLE: Final = frozenset({"LITERAL", "NOT_LITERAL", "ANY", "IN"})

_DIGITS: Final = ((48, 57),)
_SPACES: Final = ((9, 13), (28, 32))
_SPACES_OF_ASCII: Final = ((9, 13), (32, 32))  # with the flag ASCII four separators are none
_LETTERS: Final = ((65, 90), (97, 122))
_WORDS: Final = (*_DIGITS, *_LETTERS, (95, 95))
# What of ASCII is in a category; beyond ASCII it may be anything.
_CATEGORIES: Final[dict[str, tuple[Range, ...]]] = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_SPACE": _SPACES,
    "CATEGORY_WORD": _WORDS,
}


def _chars(op: str, value: Any, flags: int) -> Chars:
    if op == "ANY":
        return Chars(((0, LAST),))  # a line break too: more than it matches without DOTALL
    if op == "LITERAL":
        return chars_in(_folded([(value, value)], flags))
    if op == "NOT_LITERAL":
        return _without([(value, value)])
    members = list(value)
    if str(members[0][0]) == "NEGATE":
        return _without(_members(members[1:], widest=False))
    return chars_in(_folded(list(_members(members, widest=True)), flags))


def _members(members: Iterable[tuple[Any, Any]], *, widest: bool) -> Iterator[Range]:
    """Yield the ranges of a class: of its categories all that they can be, or only what they are for certain."""
    for op, value in members:
        if str(op) == "LITERAL":
            yield value, value
        elif str(op) == "RANGE":
            yield value
        elif str(op) == "CATEGORY":
            yield from _category(str(value), widest=widest)
        else:
            raise UnknownSyntaxError(str(op))


def _category(name: str, *, widest: bool) -> Iterator[Range]:
    positive = _CATEGORIES.get(name.replace("_NOT_", "_"))
    if positive is None:
        raise UnknownSyntaxError(name)
    is_negated = "_NOT_" in name
    if positive is _SPACES and is_negated is widest:
        positive = _SPACES_OF_ASCII
    if is_negated:
        yield from ((first, min(last, _LAST_ASCII)) for first, last in _without(positive).ranges)
    else:
        yield from positive
    if widest:
        yield _BEYOND_ASCII


def _without(ranges: Iterable[Range]) -> Chars:
    """Return all characters but those in some ranges."""
    left: list[Range] = []
    position = 0
    for first, last in chars_in(ranges).ranges:
        if position < first:
            left.append((position, first - 1))
        position = last + 1
    if position <= LAST:
        left.append((position, LAST))
    return Chars(tuple(left))


def _folded(ranges: list[Range], flags: int) -> list[Range]:
    """Return ranges with the other case of their letters, where case is ignored."""
    if not flags & re.IGNORECASE:
        return ranges
    if any(last > _LAST_ASCII for _, last in ranges):
        return [*ranges, _BEYOND_ASCII, *_LETTERS]  # what is beyond ASCII can fold into letters of ASCII
    letters = [chr(code) for first, last in ranges for code in range(first, last + 1) if chr(code).isalpha()]
    swapped = [(ord(letter.swapcase()),) * 2 for letter in letters]
    # And these into something beyond: "k" is the Kelvin sign too.
    return [*ranges, *swapped, _BEYOND_ASCII] if letters else ranges
