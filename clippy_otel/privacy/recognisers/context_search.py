"""The search for numbers beside keywords.

It goes forward from a keyword over what may stand between ("number", "is", ":"), and backward from it where something
joins the two ("123456789 is my SSN"); never over a line break. Where another word or number comes first, the number is
that word's: "phone: 3 devices, order 12345678".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from string import ascii_letters, ascii_uppercase, digits
from typing import Final, NamedTuple

from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.recogniser import GAPS, SMALL_LETTERS, Span, ascii_of, words_in
from clippy_otel.privacy.recognisers import context_words as words
from clippy_otel.privacy.recognisers.context_forms import Form, end_of, may_begin

# What is spent on keywords, of which one without a number beside it takes 1 us, another 10 to 30: 16 KB hold as many
# where someone wanted it.
_MAX_SPENT: Final = 400
_COST_OF_NUMBER: Final = 4
_COST_OF_FOUND: Final = 2
_MAX_CHAINED: Final = 20  # numbers behind one keyword
_MAX_BEFORE_CHARS: Final = 48
_MAX_BEHIND_CHARS: Final = 64
_DIGIT: Final = lazy("[0-9]")
_NUMBER: Final = lazy(rf"[0-9](?:[A-Z.()/{GAPS}]{{0,3}}[0-9]){{5}}")
_EVIDENT_NUMBER: Final = lazy(rf"[0-9](?:[A-Z.()/{GAPS}]{{0,3}}[0-9]){{7}}")
_MAX_BARE_CHARS: Final = 2

# What is no letter or digit, and does not end the line.
_SEPARATOR: Final = r"(?:[^\w\n\r]|_)"
# Letters and marks of scripts whose words are not looked up one by one.
_FOREIGN: Final = "[\u0900-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_MARK: Final = lazy("[:=#]")
_JOINED: Final = lazy(rf"(?:[:=#]|\b(?:is|was|ist|war|est|es|son|é|lautet)){_SEPARATOR}{{0,6}}\Z", re.IGNORECASE)
_NUMBER_START: Final = lazy(r"(?<![0-9A-Za-z_.-])[0-9A-Z(]")
_CHAIN: Final = lazy(
    rf"{_SEPARATOR}{{1,3}}(?:(?:or|and|und|oder|et|ou|y|o|e|en|of){_SEPARATOR}{{1,2}})?", re.IGNORECASE
)
# "123456789 is my SSN"
_VERB: Final = lazy("[ ](?:is|was|ist|est|es|\u00e9)[ ](?:[^\\W\\d_]{1,10}[ ]){0,2}\\Z")
_JOINTS: Final = frozenset(" ([")
_LAST_OF_ALPHABETS: Final = "\u3040"
_PARTICLES: Final = "にへからまで로에으"  # between a number and the word for a call
_AROUND_WORDS: Final = " .,:;()[]-"
_OF_NUMBERS: Final = (
    f"{digits}{ascii_uppercase} .()/+-\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
)
_MIN_NUMBER_CHARS: Final = 6
_MAX_LEAD_WORDS: Final = 7
_MAX_UNKNOWN_WORDS: Final = 4
_NEXT_WORD: Final = lazy(rf"{_SEPARATOR}{{0,3}}([^\W\d_]{{1,24}})")
_TAIL: Final = lazy(rf"(?:{_SEPARATOR}{{0,2}}{_FOREIGN}{{1,8}}){{0,2}}{_SEPARATOR}{{0,8}}")
_LICENCE: Final = lazy(rf"(?:{_SEPARATOR}?s)?{_SEPARATOR}{{1,2}}lic", re.IGNORECASE)

_NO_LETTER: Final = lazy(r"[\W\d_]")
_KEYWORDS: Final = frozenset(words.KEYWORDS)
_ASCII_KEYWORDS: Final = frozenset(word.encode("ascii") for word in words.KEYWORDS if word.isascii())
_UNSPACED: Final = lazy("|".join(sorted(words.UNSPACED, key=len, reverse=True)))


def numbers_beside_keywords(text: str) -> list[Span]:
    """Return the places of the numbers in a text, from left to right."""
    spans: list[Span] = []
    spent = 0
    for start, end, kind, way in _keywords(text):
        if _is_in_number(text, start, end, way):
            continue
        has_number = _has_number(text, end, kind, way)
        found = (_behind(text, start, end, kind, way) if has_number else []) or _before(text, start, kind, way)
        spans += found
        spent += _COST_OF_FOUND * len(found) if found else _COST_OF_NUMBER if has_number else 1
        if spent > _MAX_SPENT:
            return [(0, len(text))]
    return _apart(sorted(spans))


def may_have_numbers(text: str) -> bool:
    """Say whether a keyword has so many digits beside it that some of them would be a number of its kind."""
    return any(
        _may_be_behind(text, start, end, kind, way) or _region_before(text, start, kind, way) is not None
        for start, end, kind, way in _keywords(text)
        if not _is_in_number(text, start, end, way)
    )


def _may_be_behind(text: str, start: int, end: int, kind: str, way: str) -> bool:
    if kind == words.BIRTH or not _has_number(text, end, kind, way):
        return _has_number(text, end, kind, way)
    return any(
        may_begin(text, lead.end, kind)
        for lead in _leads(text, end, kind)
        if _is_announced(text, start, end, lead, way) and _form(text, end, lead, kind, way) is not None
    )


def _is_in_number(text: str, start: int, end: int, way: str) -> bool:
    """Say whether a keyword is a part of hexadecimal digits."""
    return text[start - 1 : start].isdecimal() or (way == words.ABBREVIATED and text[end : end + 1].isdecimal())


def _apart(spans: list[Span]) -> list[Span]:
    """Return spans without those that begin in another one: of "mobile phone: 0170 1234567" there are two."""
    apart: list[Span] = []
    for span in spans:
        if not apart or span[0] >= apart[-1][1]:
            apart.append(span)
    return apart


def _keywords(text: str) -> list[tuple[int, int, str, str]]:
    """Return the places of all keywords in a text, what they announce, and how."""
    found: list[tuple[int, int, str, str]] = []
    present: Iterable[str]
    if text.isascii():
        data = ascii_of(text)
        present = [word.decode("ascii") for word in _ASCII_KEYWORDS.intersection(words_in(data))]
        letters = data.translate(SMALL_LETTERS).decode("ascii") if present else ""
    else:
        found += [(*match.span(), words.UNSPACED[match[0]], words.DIRECT) for match in _UNSPACED.finditer(text)]
        small = text.lower()
        letters = _NO_LETTER.sub(" ", small if len(small) == len(text) else text)
        present = _KEYWORDS.intersection(letters.split())
    letters = f" {letters} "
    for word in present:
        kind, way = words.KEYWORDS[word]
        found += [(place, place + len(word), kind, way) for place in _places(letters, word)]
    return found


def _places(letters: str, word: str) -> Iterator[int]:
    """Yield where a word stands among words in spaces, counted without the space that they begin with."""
    size = len(word)
    place = letters.find(word)
    while place >= 0:
        if letters[place - 1] == letters[place + size] == " ":
            yield place - 1
        place = letters.find(word, place + size)


def _has_number(text: str, end: int, kind: str, way: str) -> bool:
    """Say whether a number is behind a keyword: most have none, and no other digit stands between the two."""
    digit = _DIGIT.search(text, end, end + _MAX_BEHIND_CHARS)
    if digit is None or kind == words.BIRTH:
        return digit is not None
    start = digit.start()
    is_evident = way == words.LOOSE and start - end <= _MAX_BARE_CHARS  # no word for "number" is between the two
    return (_EVIDENT_NUMBER if is_evident else _NUMBER).match(text, start) is not None


def _behind(text: str, start: int, end: int, kind: str, way: str) -> list[Span]:
    """Return the places of the numbers behind a keyword."""
    for lead in _leads(text, end, kind):
        if _is_announced(text, start, end, lead, way):
            form = _form(text, end, lead, kind, way)
            found = _row(text, lead.end, kind, form) if form else []
            if found:
                return found
    return []


def _row(text: str, place: int, kind: str, form: Form) -> list[Span]:
    """Return the places of numbers of a kind that follow each other, the first of which begins here."""
    found: list[Span] = []
    while len(found) < _MAX_CHAINED:
        end = end_of(text, place, kind, form)
        if end is None:
            break
        found.append((place - _is_bracketed(text, place, end), end))
        chain = _CHAIN.match(text, end)
        if chain is None:
            break
        place = chain.end()
    return found


def _is_announced(text: str, start: int, end: int, lead: _Lead, way: str) -> bool:
    """Say whether a keyword that is not enough by itself has beside it what it needs."""
    if way == words.DRIVING:
        return _LICENCE.match(text, end) is not None
    if way == words.NUMBERED:
        return lead.has_number_word or _JOINED.search(text, end, lead.end) is not None
    if way == words.ABBREVIATED:
        return lead.has_number_word or text[start:end].isupper() or _MARK.search(text, end, lead.end) is not None
    return True


def _form(text: str, end: int, lead: _Lead, kind: str, way: str) -> Form | None:
    """Return how strictly a number behind a keyword is judged; None: there is none for words that are not known."""
    if lead.unknown_words:
        if way == words.ABBREVIATED:
            return None
        if kind == words.PHONE:
            return Form.WRITTEN
        return Form.ANY if _JOINED.search(text, end, lead.end) else None
    return Form.EVIDENT if way == words.LOOSE and not lead.has_number_word else Form.ANY


def _is_bracketed(text: str, start: int, end: int) -> bool:
    """Say whether a number begins with a bracket that was taken for what stands before it: "(020) 7946 0958"."""
    return text[start - 1] == "(" and ")" in text[start:end]


class _Lead(NamedTuple):
    """What stands between a keyword and its number.

    Attributes:
        end: Where it ends.
        has_number_word: A word for "number" is in it.
        unknown_words: How many words are in it that could be anything: the name of a person, "applicant".
    """

    end: int
    has_number_word: bool
    unknown_words: int


def _leads(text: str, end: int, kind: str) -> list[_Lead]:
    """Return what may stand between a keyword and its number: the words that are known, then others behind them."""
    has_number_word = False
    is_document = kind in (words.IDENTITY, words.SSN)
    leads: list[_Lead] = []
    unknown = 0
    for _ in range(_MAX_LEAD_WORDS):
        match = _NEXT_WORD.match(text, end)
        if match is None or text[match.end() : match.end() + 1].isdecimal():
            break  # letters that a number begins with are no word
        word = match[1].lower()
        if word in words.NUMBER_WORDS or (is_document and word in words.DOCUMENT_WORDS):
            has_number_word = True
        elif word not in words.FILLERS:
            if not unknown:
                leads.append(_Lead(_tail_end(text, end), has_number_word, 0))
            unknown += 1
            if unknown > _MAX_UNKNOWN_WORDS or word in words.OWN_NUMBERS:
                return leads
        end = match.end()
    leads.append(_Lead(_tail_end(text, end), has_number_word, unknown))
    return leads


def _tail_end(text: str, place: int) -> int:
    match = _TAIL.match(text, place)
    return match.end() if match else place


def _before(text: str, start: int, kind: str, way: str) -> list[Span]:
    """Return the place of the number that stands before a keyword and is joined to it."""
    region = _region_before(text, start, kind, way)
    if region is None:
        return []
    first, end, form = region
    for match in _NUMBER_START.finditer(text, first, end):
        if end_of(text, match.start(), kind, form) == end:
            return [(match.start(), end)]
    return []


def _region_before(text: str, start: int, kind: str, way: str) -> tuple[int, int, Form] | None:
    """Return where a number can stand that is joined to the keyword behind it, and of what form; None: nowhere."""
    last = text[start - 1 : start]
    is_loose = way == words.LOOSE or text[start] > _LAST_OF_ALPHABETS
    if not (last in _JOINTS or is_loose) or kind == words.BIRTH:
        return None
    floor = max(start - _MAX_BEFORE_CHARS, 0)
    window = text[floor:start].rstrip(_PARTICLES)
    joint = _VERB.search(window) if last == " " and not is_loose else None
    if joint:
        end, form = floor + joint.start(), Form.ANY
    elif is_loose or last != " " or kind == words.PHONE:
        end, form = floor + _end_of_subject(window), Form.ANY if last in "([" else Form.WRITTEN
    else:
        return None
    first = floor + len(text[floor:end].rstrip(_OF_NUMBERS))
    return (first, end, form) if end - first >= _MIN_NUMBER_CHARS else None


def _end_of_subject(window: str) -> int:
    """Return where the text before "called", "hat angerufen" or "(SSN)" ends, without the word between the two."""
    before = window.rstrip(_AROUND_WORDS)
    if before[-1:].isdecimal():
        return len(before)
    return len(before.rstrip(ascii_letters).rstrip(_AROUND_WORDS)) if window[-1:] == " " else len(before)
