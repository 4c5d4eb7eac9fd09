"""Finders of the user's own rules: by a pattern, with a validator where there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from clippy_otel.privacy.recogniser import Span, compiled
from clippy_otel.privacy.rules.gates import gate_of
from clippy_otel.privacy.rules.regex_tree import tree_of

VALUE_GROUP: Final = "value"


class PatternFinder(NamedTuple):
    """Find what a user's pattern matches.

    Its text must be looked at by itself: a pattern can ask for the beginning or the end of it.

    Attributes:
        name: Of the rule.
        needles: Its gate in the shape of numbers.
        words: Its gate in the shape of words.
        pattern: The regular expression; with a group named "value", that group is what is found.
        validate: Says of what was matched whether it is meant; None: all of it is.
        is_own: It is the user's.
    """

    name: str
    needles: tuple[str, ...]
    words: tuple[str, ...]
    pattern: str
    validate: Callable[[str], object] | None
    is_own: bool = True

    def find(self, text: str) -> list[Span]:
        """Return the places of what is found, from left to right, without asking the gate."""
        pattern, validate = compiled(self.pattern), self.validate
        group = VALUE_GROUP if VALUE_GROUP in pattern.groupindex else 0
        spans: list[Span] = []
        for match in pattern.finditer(text):
            start, end = match.span(group)
            if start < end and (validate is None or validate(text[start:end])):
                spans.append((start, end))
        return spans


def pattern_finder(name: str, pattern: str, validate: Callable[[str], object] | None) -> PatternFinder:
    """Return the finder of a pattern that is known to be linear, with its gate."""
    gate = gate_of(tree_of(pattern))
    return PatternFinder(name, gate.numbers, gate.words, pattern, validate)
