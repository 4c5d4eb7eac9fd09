"""The value of one key in a text: what stands behind its separator, where that is a value at all.

Assigned (`=`, `=>`, `:=`), quoted and bracketed values are values, and so is what follows ":" in a structure (behind a
quoted key, between braces, alone on its line). Behind ": " in prose only a word that looks like none of a sentence is:
"password: hunter2" goes, "Password: required" and "invalid password: must be longer" stay.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from clippy_otel.privacy import stand_ins
from clippy_otel.privacy.fields import prose, source_code, value_ends, yaml_blocks
from clippy_otel.privacy.fields.field_keys import CONTACT
from clippy_otel.privacy.fields.headers import OPAQUE_CHARS, header_value
from clippy_otel.privacy.fields.places import Place, told
from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.recogniser import Span

# What may stand between a key and its separator: quotes, a closing bracket, white space, a colour's end.
_GAP: Final = lazy(
    r"(?:\\{0,15}[\"'`]|&(?:quot|apos|\#3[49]);|%(?:25){0,3}(?:2[27]|5[dD])|\\u002[27]|[\])*]|[ \t]"
    r"|\x1b\[[0-9;]{0,12}m){0,12}"
)
_OPERATOR: Final = lazy(
    r"(={2,3}|=>|:=|::+|://|=~|[:=\uff1a\uff1d]|%(?:25){0,3}3[AaDd]|\\u003[aAdD])(?:\*{1,2}(?=[ \t]))?"
    r"(?:[ \t]|\x1b\[[0-9;]{0,12}m|%(?:25){0,3}20){0,32}(?:\s{0,40}string\(\d{1,9}\) )?"
)
# What comes behind a separator of more than one character, or behind white space of more than one.
_GOES_ON: Final = frozenset({":", "=", ">", "/", "~", "*", " ", "\t", "\x1b", "%", "\n", "\r", "s", ""})
_COMPARISONS: Final = frozenset({"==", "===", "=~"})
_QUOTES: Final = frozenset("\"'`&%u")
# `password: str = "..."`: the value comes behind the type.
_TYPED: Final = lazy(r"(?:&'?\w{0,12} ?)?[A-Za-z][\w.\[\]<>|?]{0,40}[ \t]{1,4}=[ \t]{0,4}(?=[bBuUrRfF]?[\"'`])")
# Credentials(user=..., key=...), map[...], Some("..."): containers with the name of their type before them.
_CONTAINER: Final = lazy(r"(\#?[&*]?(?:[A-Z][\w.:]{0,63}|map|set|dict|list|array|struct)[ ]?)?(?=[\[({])")
_HAS_FIELDS: Final = lazy(r"[\w\"']\s?(?:[:=]|=>)")
_WRAPPERS: Final = lazy(
    r"(?:Some|Ok|Just|Optional|Secret\w*|Password\w*|Text|Str|String|Bytes|ObjectId|map|set|list|array) ?$"
)
_SUBSCRIPT: Final = lazy(r"(?<!map)(?<=\w)\[$")  # text[start:end]; but Go has map[key:value]
_PORT: Final = lazy(r"\d{1,5}(?![\w.])")
_ENDS: Final = frozenset({"", "\r", "\n"})
_FEW_SIGNS: Final = 2
_MAX_LOOK_CHARS: Final = 4096


class _Behind(NamedTuple):
    """What stands behind a key: the separator's sign, where the value begins, and what is around the separator."""

    sign: str
    start: int
    has_space: bool
    is_quoted_key: bool


def value_of(place: Place) -> Span | None:
    """Return where the value of a key stands; None: what is behind the separator is none."""
    behind = _behind(place)
    if behind is None or (behind.sign == ":" and _is_part_of_name(place, behind)):
        return None
    if behind.sign == ":":
        typed = _TYPED.match(place.text, behind.start)
        behind = behind if typed is None else behind._replace(start=typed.end())
    quote = value_ends.QUOTE.match(place.text, behind.start)
    if quote is not None:
        return _quoted(place, behind, quote)
    return None if behind.sign in _COMPARISONS else _unquoted(place, behind)


def query_value_of(place: Place) -> Span | None:
    """Return where the value of a key stands that is a secret's in a URL only: `?sig=…`, `&key=…`."""
    text = place.text
    start = place.at + 1
    if place.end != place.at or text[place.at] != "=" or not _is_in_query(place):
        return None
    end = value_ends.query_end(text, start)
    value = text[start:end]
    is_opaque = len(value) > OPAQUE_CHARS and prose.is_distinct(value) and not source_code.is_code(value)
    return told(place, start, end) if is_opaque else None


def _behind(place: Place) -> _Behind | None:
    """Read the separator; None where it is none of a field."""
    text, at = place.text, place.at
    is_quoted = False
    if at > place.end:
        gap = _GAP.match(text, place.end)
        if gap is None or gap.end() < at:
            return None
        is_quoted = not _QUOTES.isdisjoint(text[place.end : at])
    next_two = text[at + 1 : at + 3]
    if text[at] in ":=":  # by far the most: one sign, and no more than a space
        if next_two[:1] not in _GOES_ON:
            return _Behind(text[at], at + 1, has_space=False, is_quoted_key=is_quoted)
        if next_two[:1] == " " and next_two[1:] not in _GOES_ON:
            return _Behind(text[at], at + 2, has_space=True, is_quoted_key=is_quoted)
    match = _OPERATOR.match(text, at)
    if match is None or match[1] == "://" or match[1].startswith("::"):
        return None
    sign = {"\uff1a": ":", "\uff1d": "="}.get(match[1], match[1])
    return _Behind(sign, match.end(), has_space=match.end() > match.end(1), is_quoted_key=is_quoted)


def _is_part_of_name(place: Place, behind: _Behind) -> bool:
    """Say whether a colon is one of a name's own: arn:aws:...:secret:x, auth-08:5672."""
    if place.before == ":" or (place.before == "[" and _SUBSCRIPT.search(place.text, place.start - 4, place.start)):
        return True
    if behind.has_space or _PORT.match(place.text, behind.start) is None:
        return False
    return place.before in ("/", "@") or any(mark in place.key for mark in "-.0123456789")


def _quoted(place: Place, behind: _Behind, quote: re.Match[str]) -> Span | None:
    text, start = place.text, quote.end()
    if not behind.is_quoted_key and (text[start : start + 1] in _ENDS or text[start] in ",;:)}] \t"):
        return None  # it closes what was opened before the key: "Enter password: "
    end = value_ends.quote_end(text, start, quote[1])
    value = text[start:end]
    is_template = quote[0][0] in "fF" and "{" in value
    is_sign = len(value) <= _FEW_SIGNS and not any(map(str.isalnum, value))
    if is_template or is_sign or prose.is_message(value):
        return None
    must_be_distinct = behind.sign in _COMPARISONS or prose.is_of_parser(place)
    if must_be_distinct and (place.kind == CONTACT or not prose.is_distinct(value)):
        return None
    return told(place, start, end)


def _unquoted(place: Place, behind: _Behind) -> Span | None:
    text, start = place.text, behind.start
    if behind.sign[0] in "%\\":
        return told(place, start, value_ends.coded_end(text, start))
    if text[start : start + 1] in _ENDS:
        return yaml_blocks.nested(place, start) if behind.sign == ":" else None
    container = _CONTAINER.match(text, start)
    if container is not None:
        return _bracketed(place, behind, container)
    if behind.sign == ":" and text[start] in "|>":
        return yaml_blocks.block(place, start)
    return header_value(place, start) or _word(place, behind)


def _bracketed(place: Place, behind: _Behind, container: re.Match[str]) -> Span | None:
    """Return the place of a container with all that is in it."""
    text, start, opening = place.text, behind.start, container.end()
    if text.startswith(place.placeholder, start) or text.startswith("{{", opening) or prose.is_of_parser(place):
        return None
    if text[opening] == "(" and opening == start and (behind.sign != "=" or behind.has_space):
        return None  # a remark
    end = value_ends.container_end(text, opening)
    inside = text[opening + 1 : end - 1]
    if container[1] and _is_call(behind, container[1], text[opening], inside):
        return None
    if not inside.strip() or stand_ins.is_stand_in(inside.strip("\"' *"), place.placeholder):
        return None
    if (
        prose.is_message(inside)
        or source_code.is_code(inside)
        or (place.kind == CONTACT and not behind.is_quoted_key and behind.sign == ":")
    ):
        return None
    end = value_ends.word_end(text, end) if text[end : end + 1] not in ("", ">") else end
    return None if source_code.is_code(text[start:end]) else told(place, start, end)


def _is_call(behind: _Behind, name: str, opening: str, inside: str) -> bool:
    """Say whether what stands before a bracket is a function or a class in a line of code."""
    if _WRAPPERS.match(name):
        return False
    is_code = behind.sign == "=" and behind.has_space and opening == "("
    return is_code or _HAS_FIELDS.search(inside[:_MAX_LOOK_CHARS]) is None


def _word(place: Place, behind: _Behind) -> Span | None:
    """Return the place of a value of one word."""
    text, start = place.text, behind.start
    if behind.sign == "=" and _is_in_query(place):
        return told(place, start, value_ends.query_end(text, start))
    end = value_ends.word_end(text, start)
    value = text[start:end]
    if told(place, start, end) is None or not any(map(str.isalnum, value)) or source_code.is_code(value):
        return None
    if source_code.is_variable(place, value, end, is_assigned=behind.has_space and behind.sign == "="):
        return None
    if behind.sign == ":":
        is_value = _is_value_behind_colon(place, behind, end)
    else:
        is_value = place.kind != CONTACT or not behind.has_space or prose.is_in_structure(place, end, has_space=False)
    return (start, end) if is_value else None


def _is_value_behind_colon(place: Place, behind: _Behind, end: int) -> bool:
    value = place.text[behind.start : end]
    if prose.is_word_of_prose(value):
        return False
    if behind.is_quoted_key:  # in JSON a word has quotes; without it is a variable in a line of code
        return not (value.islower() and value.isidentifier()) or place.text[end : end + 1] in _ENDS
    if prose.is_in_structure(place, end, has_space=behind.has_space):
        return True
    return place.kind != CONTACT and prose.is_told(place, behind.start, end)


def _is_in_query(place: Place) -> bool:
    if place.before in ("?", "&", "#"):
        return True
    return place.text[max(0, place.start - 6) : place.start].endswith(("&amp;", "\\u0026"))
