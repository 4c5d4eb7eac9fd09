"""The optional engine: RE2 says which of the built-in finders have to look at a text.

With the extra `re2` installed, its automata are asked instead of the shapes of a text and its words: two, or one where
the text has no digits. They know the words themselves, where a shape knows only where letters and digits are. What is
found, and what becomes of it, is still the work of the finders: the results are the same with and without it
(property-tested), save that a text is not given up for what it has too much of where nothing sensitive can be in that.

Guarantee: linear time. It never costs recall: what RE2 looks for is wider than what the finders find, and where its
automaton runs out of memory, or the text is none that it can read, the shapes are asked instead.
Cost: 1.4 us for 60 characters, 0.7 us without digits, and 15 us for 2 KB, over texts not seen before; a call is half of
it. An automaton is made as it goes: 100 ms and 15 MB for the first text, 10 to 20 us for one that is like none before,
and up to 32 MB of memory each where there are tens of thousands of these.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, Generic, TypeAlias, TypeVar

from clippy_otel.privacy.gating.re2_hints import hint_of
from clippy_otel.privacy.recogniser import Finder, needs_digits

_T = TypeVar("_T")
_Match: TypeAlias = Callable[[bytes], "Sequence[int] | None"]

_MAX_SETS: Final = 1024
_MAX_AUTOMATA: Final = 8  # of redactors with other rules or fields
_MAX_MEMORY_BYTES: Final = 32 * 2**20
# A long pattern has an automaton of its own: one for it and for others has the states of both, multiplied.
_LONG_CHARS: Final = 2**14
_ALWAYS: Final = r"\A"
NOTHING_ELSE: Final = [0]


class Re2Gate(Generic[_T]):
    """Say which of several finders have to look at a text.

    Args:
        patterns: One for each finder, found in each text in which it finds something.
        told: What is told of each that has to look.
        need_digits: The places of those that find nothing where there is no digit.

    Attributes:
        match_without_digits: Returns NOTHING_ELSE of an ASCII text without digits for which open() returns ().

    Raises:
        ImportError: RE2 is not installed.
        ValueError: It does not take one of the patterns.
    """

    __slots__ = ("_long", "_short", "_without_digits", "match_without_digits")

    def __init__(
        self, patterns: Sequence[str], told: Sequence[_T], *, need_digits: AbstractSet[int] = frozenset()
    ) -> None:
        every = list(zip(patterns, told, strict=True))
        self._short = _Automaton([each for each in every if len(each[0]) < _LONG_CHARS])
        self._long = _Automaton([each for each in every if len(each[0]) >= _LONG_CHARS])
        # Without what counts digits one automaton for all the others has few enough states, and takes one call.
        self._without_digits = _Automaton([each for place, each in enumerate(every) if place not in need_digits])
        self.match_without_digits = self._without_digits.match

    def open(self, text: str, data: bytes | None = None, *, has_digits: bool = True) -> tuple[_T, ...] | None:
        """Return what is told of the finders that have to look; None where RE2 cannot say.

        Args:
            text: Any.
            data: Its ascii_of(); None: it is made here.
            has_digits: False: no ASCII digit is in it.
        """
        if data is None or not text.isascii():
            try:
                data = text.encode()
            except UnicodeEncodeError:  # a lone surrogate
                return None
        if not has_digits:
            found = self._without_digits.match(data)
            return () if found == NOTHING_ELSE else self._without_digits.told(found)
        found, found_long = self._short.match(data), self._long.match(data)
        if found == NOTHING_ELSE and found_long == NOTHING_ELSE:
            return ()
        told, told_long = self._short.told(found), self._long.told(found_long)
        return None if told is None or told_long is None else told + told_long


class _Automaton(Generic[_T]):
    """Some of the patterns, with what is told of them.

    Attributes:
        match: Returns of a text in UTF-8 the numbers of what is in it; see _matcher().
    """

    __slots__ = ("_known", "_told", "match")

    def __init__(self, patterns: Iterable[tuple[str, _T]]) -> None:
        patterns = list(patterns)
        self.match = _matcher(tuple(pattern for pattern, _ in patterns))
        self._told = [told for _, told in patterns]
        self._known: dict[tuple[int, ...], tuple[_T, ...]] = {}

    def told(self, found: Sequence[int] | None) -> tuple[_T, ...] | None:
        """Return what is told of the patterns that match() has found; None where it ran out of memory."""
        if not found:
            return None
        places = tuple(found)
        known = self._known.get(places)
        if known is None:
            if len(self._known) >= _MAX_SETS:
                self._known.clear()
            known = self._known[places] = tuple(self._told[place - 1] for place in sorted(places)[1:])
        return known


@functools.lru_cache(maxsize=_MAX_AUTOMATA)
def _matcher(patterns: tuple[str, ...]) -> _Match:
    """Return what tells which of several patterns are in a text in UTF-8; redactors that are alike share it.

    It counts from one. What is found always comes with them, as zero: the automaton is out of memory where it is not.
    """
    if not patterns:
        return lambda _: NOTHING_ELSE
    import re2  # noqa: PLC0415 - an extra

    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MAX_MEMORY_BYTES
    built = re2.Set.SearchSet(options)
    try:
        for pattern in (_ALWAYS, *patterns):
            built.Add(pattern)
        built.Compile()
    except re2.error as error:
        raise ValueError(str(error)) from error
    match: _Match = getattr(built, "_set", built).Match  # what stands around it in Python takes a third of the time
    return match


def re2_gate(finders: Sequence[Finder], told: Sequence[_T]) -> tuple[Re2Gate[_T] | None, frozenset[int]]:
    """Return a gate for those of the finders that it is known for, and their places; None where there is no RE2."""
    if not _is_installed():
        return None, frozenset()
    hints = {place: hint for place, finder in enumerate(finders) if (hint := hint_of(finder)) is not None}
    if not hints:
        return None, frozenset()
    need_digits = {number for number, place in enumerate(hints) if needs_digits(finders[place])}
    gate = Re2Gate(list(hints.values()), [told[place] for place in hints], need_digits=need_digits)
    return gate, frozenset(hints)


def _is_installed() -> bool:
    try:
        import re2  # noqa: F401, PLC0415 - an extra
    except ImportError:
        return False
    return True
