"""Fields in command lines and files of words: `--password hunter2`, `curl -u user:password`, `ENV KEY value`, .netrc.

What has a separator (`--password=hunter2`) is found by that.
"""

from __future__ import annotations

import re
from typing import Final

from clippy_otel.privacy import stand_ins
from clippy_otel.privacy.fields import prose, source_code, value_ends
from clippy_otel.privacy.fields.field_keys import SECRET, FieldKeys
from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.recogniser import Span

# A flag with a space before it and its value behind a space, or in a list of arguments: `'--password', 'hunter2'`.
_FLAG: Final = lazy(
    r"(?:^|(?<=[\s\"'(,=\[{])|(?<=\\[nrt]))--([A-Za-z][\w-]{2,40})(?:[ ]{1,4}|(?P<quote>[\"']),\s?(?P=quote))(?=[^\s-])"
)
_USER: Final = lazy(r" (?:-u|--user|--proxy-user)[ =]{1,4}[\"']?([^\s:\"']{0,128}):([^\s\"']{1,256})")
_ENV: Final = lazy(r"\bENV[ \t]{1,8}([A-Za-z_]\w{1,63})[ \t]{1,8}([^\s=][^\s]{0,512})")
_NETRC: Final = lazy(r"\blogin[ \t]{1,8}\S{1,128}\s{1,16}password[ \t]{1,8}(\S{1,256})")
_IS: Final = " is "
_WORD_BEFORE: Final = lazy(r".*[^A-Za-z]", re.DOTALL)
_LOWER_WORD: Final = lazy(r"[a-z]{1,24}(?:[ \"\n]|\Z)")  # by far the most
_MAX_WORD_CHARS: Final = 25
_MAX_TOLD: Final = 512
_MAX_FLAGS: Final = 300  # sensitive ones of a command line, in one text
_DIGITS: Final = lazy(r"\d+")


def spans(text: str, keys: FieldKeys, placeholder: str) -> list[Span]:
    """Return the places of the values of sensitive flags.

    Args:
        text: A text with "-" in it.
        keys: Judges the flags' names.
        placeholder: The redactor's.
    """
    found: list[Span] = []
    position = 0
    at = text.find("--")
    while at >= 0:
        match = _FLAG.match(text, at)
        at = text.find("--", at + 2)
        if match is None or match.start() < position or keys.kind_of_name(match[1]) != SECRET:
            continue
        start = match.end()
        quote = None if match["quote"] else value_ends.QUOTE.match(text, start)
        if quote is not None:
            start = quote.end()
            end = value_ends.quote_end(text, start, quote[1])
        elif match["quote"]:
            end = value_ends.quote_end(text, start, match["quote"])
        else:
            end = value_ends.word_end(text, start)
        value = text[start:end]
        if value and not (value.isalpha() and value.isupper()) and not stand_ins.is_stand_in(value, placeholder):
            found.append((start, end))
            position = end
            if len(found) > _MAX_FLAGS:
                return [*found[:-1], (start, len(text))]
    if "curl" in text and (" -u" in text or "-user " in text):
        found += _users(text, placeholder)
    return found


def words(text: str, keys: FieldKeys, placeholder: str) -> list[Span]:
    """Return the places of the values of a Dockerfile's ENV and a .netrc's password.

    Args:
        text: A text with a separator in it.
        keys: Judges the variables' names.
        placeholder: The redactor's.
    """
    found = [match.span(2) for match in _ENV.finditer(text) if keys.kind_of_name(match[1])] if "ENV " in text else []
    if "login " in text and "password " in text:
        found += [match.span(1) for match in _NETRC.finditer(text)]
    return [(start, end) for start, end in found if not stand_ins.is_stand_in(text[start:end], placeholder)]


def told(text: str, keys: FieldKeys, placeholder: str) -> list[Span]:
    """Return the places of values in "the password is hunter2", where they look like no word.

    Args:
        text: A text with " is " in it.
        keys: Judges the word before that.
        placeholder: The redactor's.
    """
    found: list[Span] = []
    start = 0
    for part in text.split(_IS, _MAX_TOLD)[:-1]:
        at = start + len(part)
        start = at + len(_IS)
        if not _LOWER_WORD.match(text, start):
            found += _told_at(text, at, keys, placeholder)
    behind = text.find(_IS, start)
    return [*found, (behind, len(text))] if behind >= 0 else found


def _told_at(text: str, at: int, keys: FieldKeys, placeholder: str) -> list[Span]:
    start = at + len(_IS)
    end = value_ends.word_end(text, start)
    value = text[start:end]
    if not prose.is_distinct(value) or source_code.is_class(value):
        return []
    word = _WORD_BEFORE.sub("", text[max(0, at - _MAX_WORD_CHARS) : at])
    is_whole = word and not text[at - len(word) - 1 : at - len(word)].isalpha()
    is_value = is_whole and keys.kind_of_name(word) == SECRET and not stand_ins.is_count(word, value)
    return [(start, end)] if is_value and not stand_ins.is_stand_in(value, placeholder) else []


def _users(text: str, placeholder: str) -> list[Span]:
    """Return the passwords that curl is given beside a user's name."""
    return [
        match.span(2)
        for match in _USER.finditer(text)
        if not stand_ins.is_stand_in(match[2], placeholder) and not _DIGITS.fullmatch(match[2])
    ]
