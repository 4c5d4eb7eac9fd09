r"""Finders of the user's own patterns that only RE2 takes in linear time: `.*password.*`, `(?:[a-z]+\.)+internal`.

They need the extra `re2`, and are in RE2's own dialect: `\d` and `\w` are ASCII, there is no looking around.

Guarantee: each match is found in linear time; a text with more than MAX_MATCHES of them counts as found from its
beginning to its end, for each of them may have looked as far as the end.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from clippy_otel.privacy.recogniser import Span
from clippy_otel.privacy.rules.custom import VALUE_GROUP

MAX_MATCHES: Final = 256


class Re2PatternFinder(NamedTuple):
    """Find what a user's pattern matches, as PatternFinder does, with RE2.

    Attributes:
        name: Of the rule.
        pattern: In RE2's syntax.
        validate: Says of what was matched whether it is meant; None: all of it is.
        needles: None.
        words: What stands in every text: the pattern says nothing of the shapes.
        is_own: It is the user's.
    """

    name: str
    pattern: str
    validate: Callable[[str], object] | None
    needles: tuple[str, ...] = ()
    words: tuple[str, ...] = ("",)
    is_own: bool = True

    def find(self, text: str) -> list[Span]:
        """Return the places of what is found, from left to right, without asking the gate."""
        pattern, validate = _compiled(self.pattern), self.validate
        group = pattern.groupindex.get(VALUE_GROUP, 0)
        spans: list[Span] = []
        # A lone surrogate has no place in UTF-8; "?" is one character as well.
        readable = text.encode("utf-8", "replace").decode("utf-8")
        for count, match in enumerate(pattern.finditer(readable)):
            if count >= MAX_MATCHES:
                return [(0, len(text))]
            start, end = match.span(group)
            if 0 <= start < end and (validate is None or validate(text[start:end])):
                spans.append((start, end))
        return spans


def takes(pattern: str) -> bool:
    """Say whether RE2 is installed and takes a pattern, which does not match the empty text."""
    try:
        return _compiled(pattern).fullmatch("") is None
    except (ImportError, ValueError):
        return False


@functools.cache
def _compiled(pattern: str) -> Any:
    import re2  # noqa: PLC0415 - an extra

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(pattern) from error
