"""Fields inside texts: `password=hunter2`, `"password": "…"`, `--password …`, headers, query strings, SQL, XML.

A key in front of a separator is judged by the redactor's own keys; what stands behind it is its value where syntax says
so (see assignments). Placeholders, states, types, references and messages stay (see stand_ins), and so do user ids: a
pseudonym is made of what stands alone under its key.

Guarantee: linear. Each value is gone over once, and what is found is gone on behind. After 110 values, or 73 keys
without one, the rest of a text counts as found: no text is let through because it would take too long.
Cost: 1 us for a short text with a separator, 0.2 us for each one more, some 4 us for each value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clippy_otel.privacy import ambiguity
from clippy_otel.privacy.fields import arguments, markup, pairs, sql
from clippy_otel.privacy.fields.assignments import query_value_of, value_of
from clippy_otel.privacy.fields.field_keys import CONTACT, DOUBT, NAMING, NOTHING, REST, SECRET, FieldKeys, label_at
from clippy_otel.privacy.fields.places import place_of
from clippy_otel.privacy.fields.separators import Separator, passes, separators
from clippy_otel.privacy.keys.judging import NameJudge
from clippy_otel.privacy.recogniser import Span, ascii_of, shape_of_words

# What "password is x" and "ENV DB_TOKEN x" stand in, in the shape of words: with a separator or a quote, or by itself.
OPENING: Final = ("=", "%w", "  ", "--x", "wwwwwwww ww w", "www wwwwwwwww")
# What else can have a field behind it, or stand for another character.
_MARKS: Final = ("%", "\\", "&", "\x1b", "</", " is ", "ENV ", "login ", "--", "curl")
_MAX_VALUES: Final = 110
_COST_OF_LABEL: Final = 0.25  # of that of a value
_COST_OF_REFUSAL: Final = 0.5  # more than that
_MAX_NEW_NAMES: Final = 256


class TextFields:
    """Find the values of sensitive fields in a text.

    Args:
        names: What the redactor says of the names of fields.
        placeholder: What stands in place of redacted data, and is not found again.

    Attributes:
        name: Of the rule, as findings tell it.
        needles: None: nothing that is rare in clean text stands in each text with a field.
        words: All texts are looked at.
        added: Words, joined, that make a name sensitive beside the built-in ones; None: that cannot be said in words.
    """

    __slots__ = ("_keys", "_placeholder", "added")

    name: Final = "field"
    needles: Final[tuple[str, ...]] = ()
    words: Final = ("",)  # few texts have no separator: it is by its words that it is seen that there is nothing

    def __init__(self, names: NameJudge, placeholder: str) -> None:
        self._keys = FieldKeys(names)
        self._placeholder = placeholder
        self.added = names.added

    def find(self, text: str) -> list[Span]:
        """Return the places of the values, from left to right."""
        spans: list[Span] = []
        if "=" in text or ":" in text or "%" in text or (not text.isascii() and self._is_open(text)):
            found = separators(text, self._keys)
            if found:
                spans = list(_Reading(text, self._keys, self._placeholder).values(found))
        # One character is looked for forty times as fast as two, so each way is asked by one first.
        if "'" in text or '"' in text:
            spans += sql.spans(text, self._keys, self._placeholder)
            if "[" in text or "(" in text:
                spans += pairs.spans(text, self._keys, self._placeholder)
        if "<" in text and "</" in text:
            spans += markup.spans(text, self._keys, self._placeholder)
        if " is " in text:
            told = arguments.told(text, self._keys, self._placeholder)
            spans += told if told and self._is_open(text) else []
        if ("ENV " in text or "login " in text) and self._is_open(text):
            spans += arguments.words(text, self._keys, self._placeholder)
        if "-" in text:
            spans += arguments.spans(text, self._keys, self._placeholder)
        return self._told(text, spans) if spans else spans

    def companions(self, word: str) -> frozenset[str] | None:
        """Return what has to be there beside a run of small ASCII letters where a field is found by it (see Finder)."""
        return self._keys.companions(word)

    def is_silent(self, text: str) -> bool:
        """Say whether nothing would be found with any other digits in the places of an ASCII text's own."""
        if any(mark in text for mark in _MARKS) or self._keys.tells_digits:
            return False
        separators(text, self._keys)  # which lets the words pass that are of no kind
        if not passes(text, self._keys):
            return False
        return not ("'" in text or '"' in text) or not (sql.may_be_in(text) or pairs.may_be_in(text))

    def _told(self, text: str, spans: list[Span]) -> list[Span]:
        """Return spans from left to right, without the placeholders at their beginnings and what is nothing else."""
        placeholder = self._placeholder
        told: list[Span] = []
        for start, end in _apart(spans):
            begin = start
            while text.startswith(placeholder, begin):
                begin += len(placeholder)
            if begin == start or (begin < end and any(map(str.isalnum, text[begin:end]))):
                told.append((begin, end))
        return told

    def _is_open(self, text: str) -> bool:
        """Say whether the gate is open: what has neither separators nor quotes is looked for only where it is."""
        words = shape_of_words(ascii_of(text))
        return any(needle in words for needle in OPENING)


class _Reading:
    """One way through a text from separator to separator, within the limits of one text."""

    __slots__ = ("_keys", "_new_names", "_placeholder", "_text", "_values")

    def __init__(self, text: str, keys: FieldKeys, placeholder: str) -> None:
        self._text = text
        self._keys = keys
        self._placeholder = placeholder
        self._new_names = 0
        self._values = 0.0

    def values(self, found: list[Separator]) -> Iterator[Span]:
        """Find the values behind separators, and those beside a name that stands behind one."""
        position = named_until = 0
        beside: list[Span] = []  # values beside names, with other fields before them
        for separator in found:
            beside = [span for span in beside if span[1] > separator.at]
            if separator.at < position or any(start <= separator.at for start, _ in beside):
                continue
            if separator.kind is REST or self._values > _MAX_VALUES:
                yield separator.start, len(self._text)
                return
            if separator.kind is NAMING and separator.at >= named_until:
                spans, named_until = self._named(separator)
                yield from spans
                beside += spans
                if spans:
                    continue
            value = self._value(separator)
            if value is not None and value[1] > value[0]:
                yield value
                position = value[1]

    def _named(self, separator: Separator) -> tuple[list[Span], int]:
        name = pairs.name_at(self._text, separator.end)
        if name is None or not self._judge(name[0].replace(" ", "_")):
            return [], 0
        self._values += 1
        return pairs.beside(self._text, separator.start, name[1], self._placeholder)

    def _value(self, separator: Separator) -> Span | None:
        text = self._text
        kind, start, end, at = separator
        if kind == DOUBT:
            kind = SECRET
        elif kind > CONTACT:
            before = text[start - 1 : start]
            if before == " ":
                self._values += _COST_OF_LABEL
                kind = self._judge(label_at(text, start, end))
            elif before in ("?", "&", "#", ";"):
                return query_value_of(place_of(text, start, end, at, kind, self._placeholder))
            else:
                return None
            if kind is NOTHING:
                return None
        self._values += 1
        span = value_of(place_of(text, start, end, at, kind, self._placeholder))
        self._values += 0 if span else _COST_OF_REFUSAL
        if span is None or self._keys.is_counted(text, start, text[start:end]):
            return None
        doubt = self._keys.doubt(text[start:end])
        if doubt is not None and not ambiguity.is_sensitive(doubt, text[span[0] : span[1]], self._placeholder):
            return None
        return span

    def _judge(self, name: str) -> int:
        """Return the kind of a name; a secret's where more new ones are asked for than a text may have."""
        if not name:
            return NOTHING
        if not self._keys.knows(name):
            self._new_names += 1
            if self._new_names > _MAX_NEW_NAMES:
                return SECRET
        return self._keys.kind_of_name(name)


def _apart(spans: list[Span]) -> list[Span]:
    """Return spans from left to right, those that overlap as one."""
    spans.sort()
    apart = spans[:1]
    for start, end in spans[1:]:
        if start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((start, end))
    return apart
