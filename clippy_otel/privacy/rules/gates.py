"""Gates made from a pattern itself: what stands in each text in which the pattern is found.

A rule of the user's says no needles, so they are read from its pattern: `EMP-[0-9]{6}` is found only where the shape of
words has "wwwwwwwwww". A gate that cannot be read is "", which stands in every text: it never costs recall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

from clippy_otel.privacy.recogniser import ascii_of, shape_of_numbers, shape_of_words
from clippy_otel.privacy.rules.regex_tree import (
    LAST,
    Chars,
    Either,
    Node,
    Repeat,
    Sequence,
    is_zero_width,
)

_StandIn: TypeAlias = Callable[[Chars], str]

_MAX_NEEDLE_CHARS: Final = 64
_RARE_CHARS: Final = 4  # so many digits and what may stand between them are rarer than any word
_ASCII: Final = "".join(map(chr, range(128)))
_LAST_ASCII: Final = 127
_BEYOND_ASCII: Final = "\u00e9"  # any such character: all have one shape
_ELSE: Final = "x"  # in the shape of numbers: stands in every text


class Gate(NamedTuple):
    """Needles, one of which stands in its shape of each text in which a pattern is found."""

    numbers: tuple[str, ...]
    words: tuple[str, ...]


def gate_of(tree: Node) -> Gate:
    """Return the longest needles that a pattern has, in one of the two shapes."""
    numbers, words = _needles(tree, _number_of), _needles(tree, _word_of)
    if _shortest(numbers) >= min(max(_shortest(words), 1), _RARE_CHARS):
        return Gate(numbers, ())
    return Gate((), words or ("",))


def _table(shape: Callable[[bytes], str]) -> dict[int, str]:
    shapes = shape(ascii_of(_ASCII + _BEYOND_ASCII))
    return dict(zip([*range(128), LAST], shapes, strict=True))


_NUMBERS: Final = _table(shape_of_numbers)
_WORDS: Final = _table(shape_of_words)


def _stand_in(table: dict[int, str], chars: Chars) -> str:
    """Return what stands for all characters of a class in a shape; "" where that is not one and the same."""
    found: set[str] = set()
    for first, last in chars.ranges:
        found.update(table[code] for code in range(first, min(last, _LAST_ASCII) + 1))
        if last > _LAST_ASCII:
            found.add(table[LAST])
    return found.pop() if len(found) == 1 else ""


def _number_of(chars: Chars) -> str:
    shape = _stand_in(_NUMBERS, chars)
    return "" if shape == _ELSE else shape


def _word_of(chars: Chars) -> str:
    return _stand_in(_WORDS, chars)


def _shortest(needles: Iterable[str]) -> int:
    return min(map(len, needles), default=0)


def _needles(node: Node, stand_in: _StandIn) -> tuple[str, ...]:
    """Return needles of which each match has one, () for none."""
    if isinstance(node, Either):
        branches = [_needles(branch, stand_in) for branch in node.branches]
        return tuple({needle for found in branches for needle in found}) if all(branches) else ()
    best: tuple[str, ...] = ()
    run = ""
    for part in _parts(node):
        body = part.body if isinstance(part, Repeat) else part
        shape = stand_in(body) if isinstance(body, Chars) else ""
        if shape:
            least, most = (part.least, part.most) if isinstance(part, Repeat) else (1, 1)
            run = (run + shape * least)[:_MAX_NEEDLE_CHARS]
            best = max(best, (run,) if run else (), key=_shortest)
            run = run if least == most else shape * least
            continue
        if is_zero_width(part):
            continue
        run = ""
        if isinstance(part, Either) or (isinstance(part, Repeat) and part.least and not isinstance(body, Chars)):
            best = max(best, _needles(body, stand_in), key=_shortest)
    return best


def _parts(node: Node) -> list[Node]:
    """Return the parts of a sequence, and those of the sequences in it, in one row."""
    if not isinstance(node, Sequence):
        return [node]
    return [inner for part in node.parts for inner in _parts(part)]
