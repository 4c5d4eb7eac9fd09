"""Which regular expressions take linear time in `re`, whatever the text is: all others are refused for a rule.

`re` looks for a pattern at one place after the other, and at each place tries every way in which it could match. So the
work at one place must be bounded, for a text can be made of places at which a pattern almost matches:

- A repetition without a bound (`*`, `+`, `{3,}`) may only be the last thing in a pattern, where nothing after it can
  fail: what it has run through is found, and the search goes on behind it. Of characters only, not of a group.
- All other repetitions are bounded, and the ways that they leave open are counted: `[0-9]{1,20}[0-9]{1,20}x` tries 20
  ways, `[0-9]{1,20}-[0-9]{1,20}x` one, for only a whole run of digits has a "-" behind it.
- No backreferences, and nothing that matches the empty text.

Guarantee: at each place no more than MAX_STEPS steps, so a text of n characters takes at most n times that.
Cost: some 100 us for a pattern, when its rule is made.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from clippy_otel.privacy.rules.regex_tree import (
    LAST,
    Anchor,
    Chars,
    Either,
    Look,
    Node,
    Range,
    Reference,
    Repeat,
    Sequence,
    UnknownSyntaxError,
    chars_in,
    is_zero_width,
    overlap,
    tree_of,
)

# An address with 64 characters before its "@" takes some 130 steps where it is none, at 5 to 10 ns each.
MAX_STEPS: Final = 1000
MAX_PATTERN_CHARS: Final = 4096


def refusal(pattern: str) -> str | None:
    """Return why a pattern may take more than linear time, and what to write instead; None: it is linear."""
    if len(pattern) > MAX_PATTERN_CHARS:
        return f"it has more than {MAX_PATTERN_CHARS:,} characters"
    try:
        tree = tree_of(pattern)
        if _may_be_empty(tree):
            return "it matches the empty text; let it match at least one character"
        steps = _work(tree, _NOTHING).steps
    except (re.error, UnknownSyntaxError, RecursionError, OverflowError) as error:
        return f"it is no regular expression that is understood here ({error})"
    except _NotLinearError as found:
        return str(found)
    if steps > MAX_STEPS:
        return (
            f"it may take {_shown(steps)} steps at one place of a text, {MAX_STEPS:,} are allowed; lower the upper"
            " bounds of its repetitions, or put a character that they cannot match between two that follow each other"
        )
    return None


class _NotLinearError(Exception):
    """The reason is the message."""


class _Work(NamedTuple):
    """What a node costs at one place: all steps of all ways, and in how many ways it lets what follows be tried."""

    steps: int
    ways: int


class _After(NamedTuple):
    """What follows a node: the characters that it can begin with, and whether it cannot fail."""

    first: Chars
    is_certain: bool


_NOTHING: Final = _After(chars_in(()), is_certain=True)
_ANYTHING: Final = Chars(((0, LAST),))
_UNBOUNDED: Final = (
    "a repetition without an upper bound (*, +, {n,}) may only be of characters, and the last thing in a pattern; write"
    " {0,64} or {1,64} instead"
)


_MANY: Final = 10**9  # where counting ends
_MOST_TIMES: Final = 1000  # that the ways of a repeated group are counted


def _shown(steps: int) -> str:
    return f"{steps:,}" if steps < _MANY else f"more than {_MANY:,}"


def _work(node: Node, after: _After) -> _Work:
    if isinstance(node, (Chars, Anchor)):
        return _Work(1, 1)
    if isinstance(node, Sequence):
        return _of_sequence(node, after)
    if isinstance(node, Either):
        works = [_work(branch, after) for branch in node.branches]
        return _capped(sum(work.steps for work in works) + 1, sum(work.ways for work in works))
    if isinstance(node, Repeat):
        return _of_repeat(node, after)
    if isinstance(node, Reference):
        raise _NotLinearError("it refers back to a group; write what the group matches once more")
    # What is inside must be found or not before anything follows: nothing in there is the last thing in the pattern.
    return _Work(_work(node.body, _After(_ANYTHING, is_certain=False)).steps + 1, 1)


def _capped(steps: int, ways: int) -> _Work:
    return _Work(min(steps, _MANY), min(ways, _MANY))


def _of_sequence(node: Sequence, after: _After) -> _Work:
    steps, ways = 0, 1
    for place, part in enumerate(node.parts):
        work = _work(part, _following(node.parts[place + 1 :], after))
        steps, ways = steps + ways * work.steps, ways * work.ways
    return _capped(steps, ways)


def _of_repeat(node: Repeat, after: _After) -> _Work:
    if node.most is None:
        return _of_endless(node, after)
    if node.most == 0:
        return _Work(1, 1)
    if isinstance(node.body, Chars):
        # A run can end in one place only where what follows is none of its characters, or where nothing can fail.
        is_one_way = node.least == node.most or after.is_certain or not overlap(node.body, after.first)
        return _capped(2 * node.most, 1 if is_one_way else node.most - node.least + 1)
    again = _first(node.body)
    inside = _work(node.body, _After(chars_in((*again.ranges, *after.first.ranges)), is_certain=False))
    if _may_be_empty(node.body):
        raise _NotLinearError("a group that is repeated can be empty; let it match at least one character")
    steps = ways = 0
    power = 1
    for times in range(min(node.most, _MOST_TIMES) + 1):
        if times >= node.least:
            ways += power
        steps += power * inside.steps
        power = min(power * inside.ways, _MANY)
    if node.most > _MOST_TIMES:
        steps = _MANY
    is_told_apart = inside.ways == 1 and not overlap(again, after.first)
    return _capped(steps, 1 if is_told_apart or after.is_certain else ways)


def _of_endless(node: Repeat, after: _After) -> _Work:
    if not after.is_certain or not isinstance(node.body, Chars):
        raise _NotLinearError(_UNBOUNDED)
    return _Work(node.least + 1, 1)


def _following(rest: tuple[Node, ...], after: _After) -> _After:
    """Return what follows a part of a sequence: the rest of it, and what is behind the sequence."""
    ranges: list[Range] = []
    is_certain = True
    for part in rest:
        ranges += _first(part).ranges
        is_certain = is_certain and _is_certain(part)
        if not _may_be_empty(part):
            return _After(chars_in(ranges), is_certain=False)
        if is_zero_width(part):
            # What it asks for may be anything, and it may fail.
            return _After(_ANYTHING, is_certain=False)
    return _After(chars_in((*ranges, *after.first.ranges)), is_certain and after.is_certain)


def _is_certain(node: Node) -> bool:
    """Say whether a node matches at every place: all of it can be left out, and nothing in it is only about a place."""
    return isinstance(node, Repeat) and node.least == 0


def _first(node: Node) -> Chars:
    """Return the characters that a match of a node can begin with."""
    if isinstance(node, Chars):
        return node
    if isinstance(node, Sequence):
        ranges: list[Range] = []
        for part in node.parts:
            ranges += _first(part).ranges
            if not _may_be_empty(part):
                break
        return chars_in(ranges)
    if isinstance(node, Either):
        return chars_in(span for branch in node.branches for span in _first(branch).ranges)
    if isinstance(node, Repeat):
        return _first(node.body)
    return chars_in(())


def _may_be_empty(node: Node) -> bool:
    if isinstance(node, Chars):
        return False
    if isinstance(node, Sequence):
        return all(_may_be_empty(part) for part in node.parts)
    if isinstance(node, Either):
        return any(_may_be_empty(branch) for branch in node.branches)
    if isinstance(node, Repeat):
        return node.least == 0 or _may_be_empty(node.body)
    return isinstance(node, (Look, Anchor, Reference))
