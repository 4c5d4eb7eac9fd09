"""E-mail addresses, and what looks like one: systemd units, names of files, versions of packages, Git remotes, nodes.

Each "@" (in a URL "%40", encoded as often as it may be) with a domain behind it is a candidate, from which the finder
goes left. So a text is not looked through for local parts, and each character is looked at once. A domain ends in a
top-level domain that exists: `q@k.transpose` and `obj@0x1.name` are code.
Cost: 2 us for a text of 40 characters with one address in it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from clippy_otel.privacy.recogniser import MAX_FOUND, MAX_REFUSED, Span, compiled

# What is not seen, and stands in what was copied from web pages and chats.
_UNSEEN: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_without_unseen: Final = str.maketrans("", "", _UNSEEN)
# The inside of a class that leaves out ASCII but letters, digits and "-", all spaces, and the punctuation of Unicode
# and of East Asia: what may stand in a label of a domain of any script, seen or not.
_NO_LABEL: Final = (
    "\x00-,./:-@\\[-`{-\x7f\\s\u00a0-\u00ac\u00ae-\u00bf\u2000-\u200a\u200e-\u205f\u2061-\u206f"
    "\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
_DOMAIN: Final = r"(?:[A-Za-z0-9-]+\.)+(?:[Xx][Nn]--[A-Za-z0-9-]+|[A-Za-z]{2,})"
_ANY_DOMAIN: Final = rf"(?:[^{_NO_LABEL}]+\.)+[^{_NO_LABEL}]{{2,}}"
_SIGNED: Final = f"@({_DOMAIN})"
_ANY_SIGNED: Final = f"@({_DOMAIN}|{_ANY_DOMAIN})"
_ENCODED: Final = f"[%](?:25){{0,3}}40({_DOMAIN})"

# Letters of the scripts that put spaces between words, so that an address in Japanese text begins where the text ends.
_LETTERS: Final = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u052f"
_LOCAL_ASCII: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+'-"
_LOCAL: Final = f"[{_LETTERS}{_UNSEEN}0-9._%+'-]"
_ANY_LOCAL: Final = f"[^{_NO_LABEL}]|[._%+']"
_MAX_SLOW_REFUSED: Final = 500  # encoded or beyond ASCII; each takes 3 to 5 us
_MAX_QUOTED_CHARS: Final = 64  # RFC 5321
_MAX_LOCAL_CHARS: Final = 254  # of a whole address (RFC 5321); longer than any local part
_EDGE: Final = f".'-{_UNSEEN}"  # not at the beginning of an address: quotes, bullets, the end of a sentence

# Percent-encoded characters that stand in no local part: what is before them is something else of the URL.
_ENCODED_MARK: Final = "%(?:25){0,3}(?:0[0-9A-Fa-f]|2[0-689ACFacf]|3[A-Fa-f]|40|5[B-Db-d]|60|7[B-Db-d])"

# The end of a sentence without a space behind it, and files that are named after an address.
_FILES: Final = "json|jsonl|log|txt|csv|pdf|gz|zip|html|xml|eml|yaml|yml|pem|key|crt|ics|vcf"
_APPENDED: Final = f"[A-Z]|(?i:{_FILES})\\Z"
_PRIVATE: Final = frozenset({"corp", "home", "internal", "intranet", "lan", "local", "localdomain"})
# Accounts that all users of a host have in common (git@github.com:org/repo.git), and nodes of clusters.
_NOT_PEOPLE: Final = frozenset({"git", "hg", "svn", "rabbit", "rabbitmq", "ejabberd", "couchdb", "emqx", "celery"})
_VERSION: Final = r"[vV]?[0-9]+\.[0-9]|[0-9]x\."  # package@1.0.0.dev, icon@2x.png
_VERSION_STARTS: Final = frozenset("vV0123456789")


class Emails(NamedTuple):
    """The finder of e-mail addresses."""

    name: str = "email"
    needles: tuple[str, ...] = ("@",)
    words: tuple[str, ...] = ("%www",)

    def find(self, text: str) -> list[Span]:
        """Return the places of the addresses in a text, from left to right."""
        spans: list[Span] = []
        found = refused = 0
        is_ascii = text.isascii()
        most_refused = MAX_REFUSED if is_ascii and "%" not in text else _MAX_SLOW_REFUSED
        for match in _candidates(text, is_ascii=is_ascii):
            span = _address(text, match.start(), match.start(1), match.end(), is_ascii=is_ascii)
            if span is not None:
                if spans and span[0] < spans[-1][1]:  # a@b.example@c.example
                    span = spans.pop()[0], span[1]
                spans.append(span)
                found += 1
                if found > MAX_FOUND:
                    return [*spans[:-1], (span[0], len(text))]
                continue
            refused += 1
            if refused > most_refused:
                return [(0, len(text))]
        return spans


def _candidates(text: str, *, is_ascii: bool) -> Iterable[re.Match[str]]:
    """Return all signs that can stand between a local part and a domain, with what looks like a domain."""
    found = compiled(_SIGNED if is_ascii else _ANY_SIGNED).finditer(text)
    if "%" not in text:
        return found
    return sorted((*found, *compiled(_ENCODED).finditer(text)), key=re.Match.start)


def _address(text: str, at: int, after: int, end: int, *, is_ascii: bool) -> Span | None:
    """Return the place of the address around a sign, None where it only looks like one.

    Args:
        text: All of it.
        at: The sign's first character.
        after: The first character of what looks like a domain.
        end: Of that.
        is_ascii: Nothing else is in the text.
    """
    label = text[text.rindex(".", after, end) + 1 : end]
    is_private = False
    if label.lower() not in _top_level_domains():
        odd = _end_of_odd_domain(text, after, end)
        if odd is None and not is_ascii:
            match = compiled(_ANY_DOMAIN).match(text, after)
            odd = _end_of_odd_domain(text, after, match.end()) if match else None
        if odd is None:
            return None
        end = odd
        is_private = text[text.rindex(".", after, end) + 1 : end].lower() in _PRIVATE
    if text[after] in _VERSION_STARTS and compiled(_VERSION).match(text, after, end):
        return None
    start = _local_start(text, at)
    local = text[start:at]
    # In a private network most accounts are those of machines, save those with a first and a last name.
    if not local or local.lower() in _NOT_PEOPLE or (is_private and "." not in local):
        return None
    return start, end


def is_usual(address: str) -> bool:
    """Say whether what has the form of an address is found as one, whole, where nothing is directly beside it.

    Args:
        address: Of small letters, digits and dots, with one "@".
    """
    local, _, domain = address.partition("@")
    if local in _NOT_PEOPLE or domain[0] in _VERSION_STARTS:
        return False
    return domain[domain.rindex(".") + 1 :] in _top_level_domains()


@functools.cache
def _top_level_domains() -> frozenset[str]:
    from clippy_otel.privacy.recognisers.top_level_domains import TOP_LEVEL_DOMAINS  # noqa: PLC0415 - 200 KB

    return TOP_LEVEL_DOMAINS


def _end_of_odd_domain(text: str, start: int, end: int) -> int | None:
    """Return the end of a domain without what follows it directly, None where it has no top-level domain."""
    while True:
        dot = text.rfind(".", start, end)
        if dot < 0:
            return None
        label = text[dot + 1 : end].translate(_without_unseen)
        if not label.isascii() or label.lower() in _top_level_domains() or label[:4].lower() == "xn--":
            return end
        if label.lower() in _PRIVATE:
            return end
        if not compiled(_APPENDED).match(label):
            return None
        end = dot


def _local_start(text: str, at: int) -> int:
    """Return where the local part before a sign begins: the sign's own place where there is none."""
    floor = max(0, at - _MAX_LOCAL_CHARS)
    before = text[floor:at]
    local = before[len(before.rstrip(_LOCAL_ASCII)) :]
    if len(local) < len(before) and not before[-len(local) - 1].isascii():
        local = before[_start_of_letters(before) :]
    if not local:
        return floor + _start_of_quoted(before) if before[-1:] == '"' else at
    if "%" in local:
        local = local[_end_of_marks(local) :]
    return at - len(local.lstrip(_EDGE))


def _start_of_quoted(before: str) -> int:
    """Return where a quoted local part at the end of a text begins: that end where there is none."""
    end = len(before) - 1
    end -= before[end - 1 : end] == "\\"
    start = before.rfind('"', max(end - _MAX_QUOTED_CHARS, 0), end)
    content = before[start + 1 : end]
    # `"a", "@b.example"` is a list, and ", " not quoted.
    if start < 0 or not content or content != content.strip(" ,:\n\\"):
        return len(before)
    return start - (before[start - 1 : start] == "\\")


def _end_of_marks(local: str) -> int:
    """Return the end of the last percent-encoded character that no local part has, 0 where there is none."""
    place = local.rfind("%")
    while place >= 0:
        mark = compiled(_ENCODED_MARK).match(local, place)
        if mark:
            return mark.end()
        place = local.rfind("%", 0, place)
    return 0


def _start_of_letters(before: str) -> int:
    """Go left from the end of a text: in C over ASCII, one by one over other letters."""
    end = len(before)
    usual = compiled(_LOCAL).match
    is_local = usual if before[-1].isascii() or usual(before[-1]) else compiled(_ANY_LOCAL).match
    while True:
        end = len(before[:end].rstrip(_LOCAL_ASCII))
        if end == 0 or before[end - 1].isascii() or not is_local(before, end - 1):
            return end
        end -= 1


EMAIL: Final = Emails()
