"""Redaction inside one text: gate, find, replace; and a text that is too long is cut.

Guarantee: the same object comes back where nothing was found. What comes back is found clean when it is scanned again:
a replacement can bring to light what its neighbour hid (a number that began right behind an address), so what was
changed is scanned until nothing more is found, and a text that does not come to an end goes as a whole. A long text is
redacted before it is cut, in a window that reaches over the cut.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from time import monotonic_ns
from typing import Final, NamedTuple, TypeAlias

from clippy_otel.privacy.address_templates import AddressTemplates
from clippy_otel.privacy.gating.re2_engine import NOTHING_ELSE, Re2Gate, re2_gate
from clippy_otel.privacy.gating.shape_gate import ShapeGate
from clippy_otel.privacy.limits import TRUNCATED
from clippy_otel.privacy.recogniser import Finder, Span, ascii_of
from clippy_otel.privacy.recognisers.emails import EMAIL
from clippy_otel.privacy.rules.actions import DROPPED, Action, Replacements, strictest
from clippy_otel.privacy.silence import ZEROS, Silence, with_zeros
from clippy_otel.turns import one_in

_MAX_CLEAN: Final = 2048
_MAX_CLEAN_CHARS: Final = 64
LEARNT: Final = 4  # one in so many of what was clean: what comes often is known soon, what comes once seldom stays

# A value that begins before the cut ends in here; the longest e-mail address has 254 characters.
_OVERLAP_CHARS: Final = 1024
# Replacements only shorten what is left to be found; each round after the first is a rarity by itself.
_MAX_ROUNDS: Final = 6
_MAX_UTF8_BYTES: Final = 4  # of one character

# A text that is a UUID and nothing else holds none of what is looked for, though its digits can look like a number.
UUID_CHARS: Final = 36
is_uuid: Final = re.compile("[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}").fullmatch

# Something for most recognisers: what they load then, they have.
_SAMPLE: Final = "call +1 415 555 2671 or a.b@example.com, password=x8Kq2v ghp_0123456789abcdefghijklmnopqrstuvwxyz"
# By what each of these leaves it is known where it was.
_LEFT: Final = frozenset({"placeholder", "typed", "keep", "drop"})

# First character, the one after the last, rule, its action. (A NamedTuple takes three times as long to make.)
Hit: TypeAlias = tuple[int, int, str, Action]


def is_own(finder: Finder) -> bool:
    """Say whether a finder is one of the user's patterns."""
    return bool(getattr(finder, "is_own", False))


def _never() -> bool:
    return False


def _no_gate(_finders: Sequence[Finder], _told: Sequence[_Bound]) -> tuple[None, frozenset[int]]:
    return None, frozenset()


class OutOfTimeError(Exception):
    """The deadline of a scan has passed: nothing is known of the text."""


class _Bound(NamedTuple):
    """A finder and what becomes of what it finds."""

    finder: Finder
    action: Action


class Scanner:
    """Redact what the finders find in texts.

    Args:
        finders: What is looked for.
        placeholder: What stands in its place.
        max_bytes: UTF-8 bytes that are kept of a text.
        replacements: What stands in place of what each rule finds; None: the placeholder, for all.
        are_built_in: Whether all finders are those that are there by default.
        remembers: Whether texts are known that were clean before.

    Attributes:
        clean: Short texts seen before in which nothing was found: some of them.
    """

    __slots__ = (
        "_addresses",
        "_bound",
        "_finders",
        "_fitting_chars",
        "_gate",
        "_gate_knows_all",
        "_is_ready",
        "_is_turn",
        "_is_warm",
        "_knows_changed",
        "_make_gate",
        "_match_without_digits",
        "_max_bytes",
        "_only_other",
        "_others",
        "_placeholder",
        "_placeholders",
        "_replacements",
        "_shapes",
        "_silence",
        "clean",
    )

    def __init__(
        self,
        finders: Sequence[Finder],
        *,
        placeholder: str,
        max_bytes: int,
        replacements: Replacements | None = None,
        are_built_in: bool = False,
        remembers: bool = True,
    ) -> None:
        self._replacements = replacements or Replacements(placeholder)
        self._finders = tuple(finders)
        self._bound = tuple(_Bound(finder, self._replacements.action(finder.name)) for finder in finders)
        self.clean: set[str] = set()
        self._is_turn: Callable[[], bool] = one_in(LEARNT) if remembers else _never
        self._is_ready = False
        self._is_warm = False
        # None is how Python marks what is not to be imported.
        self._make_gate = re2_gate if sys.modules.get("re2", re2_gate) is not None else _no_gate
        self._shapes: ShapeGate[_Bound]
        self._others: ShapeGate[_Bound]
        self._gate: Re2Gate[_Bound] | None = None
        self._only_other: tuple[_Bound, ...] | None = None
        self._gate_knows_all = False
        self._match_without_digits: Callable[[bytes], Sequence[int] | None] | None = None
        self._silence = Silence(self._asked_in_any_case)
        self._addresses: AddressTemplates | None = None
        if are_built_in and all(action == "placeholder" for _, action in self._bound):
            self._addresses = AddressTemplates(
                placeholder, asks_nothing=self._asks_nothing, is_silent=self._silence.is_silent
            )
        self._placeholder = placeholder
        self._placeholders = self._replacements.all_placeholders()
        self._knows_changed = not any("\n" in each for each in self._placeholders) and all(
            action in _LEFT and not is_own(finder) for finder, action in self._bound
        )
        self._max_bytes = max_bytes
        self._fitting_chars = max_bytes // _MAX_UTF8_BYTES

    def warm_up(self) -> None:
        """Have all loaded that is loaded for the first texts: a deadline is for what a text itself takes."""
        if self._is_warm:
            return
        if not self._is_ready:
            self._get_ready()
        self._asked(_SAMPLE, ascii_of(_SAMPLE))
        for finder in self._finders:
            if not is_own(finder):
                finder.find(_SAMPLE)
        self._is_warm = True

    def _get_ready(self) -> None:
        """Make the gates: what they need is loaded for the first text."""
        self._gate, covered = self._make_gate(self._finders, self._bound)
        self._shapes = ShapeGate(self._finders, self._bound)
        self._others = ShapeGate(self._finders, self._bound, besides=covered) if covered else self._shapes
        left = tuple(bound for place, bound in enumerate(self._bound) if place not in covered)
        self._only_other = left if len(left) <= 1 else None
        self._gate_knows_all = left == ()
        if self._gate is not None and self._gate_knows_all:
            self._match_without_digits = self._gate.match_without_digits
        self._is_ready = True  # the last: another thread may be at it

    def may_find(self, text: str) -> bool:
        """Say whether texts that stand in one, a line each, can hold anything that is looked for.

        Together they must be short enough to be kept whole. True where the gate of a number or of a user's pattern is
        open, for then it is likely; else finders are asked.
        """
        if not self._is_ready:
            self._get_ready()
        data = ascii_of(text)
        zeros = with_zeros(data)
        has_digits = zeros is not data or "0" in text
        if has_digits and self._silence.knows(text, zeros):
            return False
        found = None if self._gate is None else self._gate.open(text, data, has_digits=has_digits)
        if found is None:
            is_likely, asked = self._shapes.look(text)
        elif any(each.finder.needles for each in found):
            return True
        elif self._gate_knows_all:
            is_likely, asked = False, found
        else:
            is_likely, asked = self._others.look(text)
            asked = found + asked
        if is_likely or (asked and self._look(text, asked)):
            return True
        if has_digits:
            self._silence.learn(text, zeros)
        return False

    def scan(self, text: str, deadline_ns: int = 0) -> str:
        """Return a text without what the finders find in it; the same object where that is nothing.

        Args:
            text: An exact str.
            deadline_ns: When the monotonic clock is past this, the placeholder is returned; 0: there is no deadline.
        """
        if text in self.clean:
            return text
        if not self._is_ready:
            self._get_ready()
        try:
            if len(text) > self._fitting_chars and self.kept_chars(text) < len(text):
                return self._scan_long(text, deadline_ns)
            data = text.encode("ascii", "replace")  # ascii_of(): a call takes as long as it does
            zeros = data.translate(ZEROS)
            has_digits = zeros is not data or "0" in text
            match = self._match_without_digits
            if has_digits:  # most texts end here, so no call is made for it
                is_clean = zeros in self._silence.known and text.isascii()
            else:
                is_clean = match is not None and text.isascii() and match(data) == NOTHING_ELSE
            if not is_clean:
                redacted = self._redacted(text, data, zeros, has_digits, deadline_ns)
                if redacted is not text:
                    return redacted
        except OutOfTimeError:
            return self._placeholder
        if len(text) <= _MAX_CLEAN_CHARS and self._is_turn():
            self.remember(text)
        return text

    def remember(self, text: str) -> None:
        """Know a text that was found clean; a long one is not kept."""
        if len(text) <= _MAX_CLEAN_CHARS:
            if len(self.clean) >= _MAX_CLEAN:
                self.clean.clear()
            self.clean.add(text)

    def _redacted(self, text: str, data: bytes, zeros: bytes, has_digits: bool, deadline_ns: int) -> str:  # noqa: FBT001 - by position, for speed
        """Return what scan() does of a text that is not seen at once to be clean."""
        if "@" in text:
            known = self._known_around(text, zeros)
            if known is not None:
                return known
        if has_digits and self._silence.knows(text, zeros):
            return text
        gate = self._gate  # as _asked(), in place
        found = None if gate is None else gate.open(text, data, has_digits=has_digits)
        asked: Sequence[_Bound] | None = found
        if found is None or not self._gate_knows_all:
            asked = self._asked_besides(found, text, data, has_digits=has_digits)
        if asked and (len(text) != UUID_CHARS or not is_uuid(text)):
            hits = self._hits(text, asked, deadline_ns)
            if hits:
                return self._without(hits, text, zeros, deadline_ns)
        if has_digits:
            self._silence.learn(text, zeros)
        return text

    def _known_around(self, text: str, zeros: bytes) -> str | None:
        """Return what becomes of a text with an address, where it is known by what is around that."""
        return None if self._addresses is None else self._addresses.redacted(text, zeros)

    def _without(self, hits: list[Hit], text: str, zeros: bytes, deadline_ns: int) -> str:
        """Redact what was found in a text, and learn from it."""
        redacted = self._redact(self._replace(text, hits), deadline_ns)
        if self._addresses is not None and len(hits) == 1 and hits[0][2] == EMAIL.name:
            self._addresses.learn(text, zeros, hits[0][:2], redacted)
        return redacted

    def scan_bytes(self, data: bytes, deadline_ns: int = 0) -> bytes | None:
        """Return bytes, cut where there are too many; None where the finders find something in their text.

        Args:
            data: Exact bytes.
            deadline_ns: As in scan().
        """
        try:
            if self._hits_in_bytes(data[: self._max_bytes + _OVERLAP_CHARS], deadline_ns):
                return None
            if len(data) <= self._max_bytes:
                return data
            cut = data[: self._max_bytes - len(TRUNCATED)] + TRUNCATED.encode("ascii")
            return None if self._hits_in_bytes(cut, deadline_ns) else cut
        except OutOfTimeError:
            return None

    def hits(self, text: str, deadline_ns: int = 0) -> list[Hit]:
        """Return what is found in a text, from left to right; what overlaps is one hit, named by its first rule.

        What already is as its rule would leave it is no hit.

        Raises:
            OutOfTimeError: The deadline has passed.
        """
        if not self._is_ready:
            self._get_ready()
        return self._hits(text, self._asked(text, ascii_of(text)), deadline_ns)

    def replacement(self, rule: str, action: Action, found: str) -> str:
        """Return what stands in place of a whole text that a rule has found, "" for nothing; a placeholder stays."""
        return found if found in self._placeholders else self._replacements.replacement(rule, action, found)

    def kept_chars(self, text: str) -> int:
        """Return how many characters of a text are within the limit of bytes."""
        return _chars_within(text, self._max_bytes)

    def _asked_in_any_case(self, text: str) -> list[Finder]:
        """Return the finders that have to look at a text, whatever digits are in it: RE2 can tell them apart."""
        return [each.finder for each in self._shapes.open(text, ascii_of(text))]

    def _asks_nothing(self, data: bytes) -> bool:
        return self._shapes.asks_nothing(data)

    def _asked(self, text: str, data: bytes) -> Sequence[_Bound]:
        """Return the finders whose gates are open."""
        found = None if self._gate is None else self._gate.open(text, data)
        return self._asked_besides(found, text, data, has_digits=True)

    def _asked_besides(
        self, found: tuple[_Bound, ...] | None, text: str, data: bytes, *, has_digits: bool
    ) -> Sequence[_Bound]:
        """Return the finders whose gates are open, given those that RE2 has told; None: it has told nothing."""
        if found is None:
            return self._shapes.open(text, data, has_digits=has_digits)
        if self._only_other is not None:  # to ask it takes no longer than to look at the shapes
            return found + self._only_other
        return found + self._others.open(text, data, has_digits=has_digits)

    def _look(self, text: str, asked: Sequence[_Bound]) -> bool:
        # A user's pattern can ask for the beginning of a text, and what is to be kept in one line is not in another.
        if any(is_own(each.finder) for each in asked):
            return True
        return any(each.finder.find(text) for each in asked)

    def _hits(self, text: str, asked: Sequence[_Bound], deadline_ns: int) -> list[Hit]:
        found: list[Hit] = []
        kept: list[Span] = []
        for finder, action in asked:
            if deadline_ns and monotonic_ns() > deadline_ns:
                raise OutOfTimeError
            spans = finder.find(text)
            if not spans:
                continue
            if action == "keep":
                kept += spans
            else:
                name = finder.name
                found += [(start, end, name, action) for start, end in spans]
        if not found:
            return found
        if kept:
            found = _outside(found, kept)
        if len(found) > 1:
            found = _merged(found)
        return [hit for hit in found if not self._is_done(text, hit)]

    def _is_done(self, text: str, hit: Hit) -> bool:
        """Say whether a hit is what its replacement would be: it was redacted before."""
        start, end, rule, action = hit
        if action == "placeholder":
            placeholder = self._placeholder
            return end - start == len(placeholder) and text.startswith(placeholder, start)
        return text[start:end] == self._replacements.replacement(rule, action, text[start:end])

    def _hits_in_bytes(self, data: bytes, deadline_ns: int) -> list[Hit]:
        return self.hits(data.decode("utf-8", "replace"), deadline_ns)

    def _redact(self, text: str, deadline_ns: int) -> str:
        """Redact what has been changed until nothing more is found in it."""
        for _ in range(_MAX_ROUNDS):
            hits = self._hits_of_changed(text, deadline_ns)
            if not hits:
                return text
            text = self._replace(text, hits)
        return self._placeholder

    def _hits_of_changed(self, text: str, deadline_ns: int) -> list[Hit]:
        """Return what is found in a text in which something was replaced: what has come to light beside that.

        What a replacement leaves of a line is mostly the same, so it is kept; of many lines only those are looked at in
        which something was replaced.
        """
        if self._silence.knows_left(text):
            return []
        lines = self._changed_lines(text) if self._knows_changed else [text]
        if lines and lines != [text]:
            unknown = [line for line in lines if not self._silence.knows_left(line)]
            if not unknown or not self.hits("\n".join(unknown), deadline_ns):
                self._silence.leave(unknown)
                return []
        hits = self.hits(text, deadline_ns)
        if not hits:
            self._silence.leave([text])
        return hits

    def _changed_lines(self, text: str) -> list[str]:
        """Return the lines of a text in which something was replaced, or which were cut."""
        lines = text.split("\n")
        marks = [mark for mark in (*self._placeholders, TRUNCATED) if mark in text]
        changed = {line for mark in marks for line in lines if mark in line}
        return [line for line in lines if line in changed]  # in their order: what is found may begin in one of them

    def _replace(self, text: str, hits: list[Hit]) -> str:
        parts: list[str] = []
        position = 0
        for start, end, rule, action in hits:
            if action == "placeholder":
                parts += text[position:start], self._placeholder
            elif action == "drop":
                return DROPPED
            else:
                parts += text[position:start], self._replacements.replacement(rule, action, text[start:end])
            position = end
        parts.append(text[position:])
        return "".join(parts)

    def _scan_long(self, text: str, deadline_ns: int) -> str:
        kept = self.kept_chars(text)
        window = text[: kept + _OVERLAP_CHARS]
        hits = self.hits(window, deadline_ns)
        result = self._replace(window[:kept], _cut(hits, kept))
        for _ in range(_MAX_ROUNDS):
            if not result:
                break  # it was dropped
            head = result.removesuffix(TRUNCATED)
            cut = head[: _chars_within(head, self._max_bytes - len(TRUNCATED))] + TRUNCATED
            # A cut can make a shorter number of a longer one: where nothing else was changed, that is at the end.
            if not hits and self._knows_changed and not self.hits(cut[-_OVERLAP_CHARS:], deadline_ns):
                return cut
            result = self._redact(cut, deadline_ns)
            if self.kept_chars(result) == len(result):
                break
        return result


def _cut(hits: list[Hit], kept_chars: int) -> list[Hit]:
    """Return the hits that begin in what is kept; of what is cut off the placeholder shows nothing."""
    return [
        (start, end, rule, action if end <= kept_chars or action == "drop" else "placeholder")
        for start, end, rule, action in hits
        if start < kept_chars
    ]


def _outside(hits: list[Hit], kept: list[Span]) -> list[Hit]:
    """Return the hits that do not stand wholly inside of what is to be kept."""
    kept.sort()
    starts = [start for start, _ in kept]
    furthest = list(accumulate((end for _, end in kept), max))  # of all that begin at or before this one
    left: list[Hit] = []
    for hit in hits:
        place = bisect_right(starts, hit[0])
        if not place or furthest[place - 1] < hit[1]:
            left.append(hit)
    return left


def _merged(hits: list[Hit]) -> list[Hit]:
    hits.sort()
    merged = hits[:1]
    for hit in hits[1:]:
        if hit[0] < merged[-1][1]:
            merged[-1] = _union(merged[-1], hit)
        else:
            merged.append(hit)
    return merged


def _union(first: Hit, second: Hit) -> Hit:
    start, end = first[0], max(first[1], second[1])
    action = strictest(first[3], second[3])
    rule = first[2] if first[3] == action else second[2]
    if action in ("mask", "pseudonym") and (start, end) not in (first[:2], second[:2]):
        action = "placeholder"  # more than either rule has found
    return start, end, rule if action != "placeholder" else first[2], action


def _chars_within(text: str, max_bytes: int) -> int:
    if text.isascii():
        return min(len(text), max_bytes)
    # "replace" puts one byte for a lone surrogate, as the only thing that UTF-8 has none for.
    head = text[:max_bytes].encode("utf-8", "replace")
    return len(head[:max_bytes].decode("utf-8", "ignore"))
