r"""API keys and tokens that are told by their own form: a beginning that only they have, of a documented length.

Long words are looked for in a shape of the text, and the first three characters of each are looked up in a table: an
identifier (hexadecimal, a UUID) is left at that. A token begins where a word does, and behind an escape (`\n`, `%3D`).

Guarantee: linear time, for the forms are (see token_formats) and each word is looked at once.
Cost: 0.8 us for 60 characters with one trace id, 12 us for 2 KB with sixteen.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from string import ascii_letters, digits
from types import ModuleType
from typing import Final

from clippy_otel.privacy.recogniser import Span, compiled
from clippy_otel.privacy.search import Search, begins_word

_WORD_CHARACTERS: Final = f"{digits}{ascii_letters}_-".encode("ascii")
_SHAPE: Final = bytes(ord("w") if character in _WORD_CHARACTERS else ord(" ") for character in range(256))
MIN_CHARS: Final = 16  # fewer characters than this in a row are not looked at
_LONG: Final = "w" * MIN_CHARS

# Characters that an escape adds to the word behind it: \n, \x22 and \u0022, %3D and %253D.
_ESCAPES: Final = {"\\": (1, 3, 5), "%": (2, 4)}
_ESCAPE: Final = r"(?:[nrtbfv]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2}|25[0-9A-Fa-f]{2})\Z"

_TELEGRAM_ID: Final = range(6, 17)  # digits
_TELEGRAM: Final = r"A[0-9A-Za-z_-]{33,35}(?![0-9A-Za-z_-])"
_FACEBOOK_ID: Final = range(14, 18)  # digits
_FACEBOOK: Final = r"[0-9A-Za-z_-]{27,40}(?![0-9A-Za-z_-])"
# Forms with a character in them that few texts have; the pattern begins behind so many characters of the token.
_RARE: Final = (
    ("!", "00D[0-9A-Za-z]{12}![0-9A-Za-z_.]{60,}", 0),  # a session of Salesforce
    ("~", "sha256~[0-9A-Za-z_-]{43}", 0),  # OpenShift
    ("~", "Q~(?<=[0-9A-Za-z_.-]{3}[0-9]Q~)[0-9A-Za-z_~.-]{31,34}", 4),  # an application's secret in Azure
)
_SUFFIXED_CHARS: Final = 56  # of the longest token that is told by its end
_GOOGLE_REFRESH: Final = r"1//0[0-9A-Za-z_-]{40,}"
_ATLAS_START: Final = 23  # fourteen characters and ".atlasv1."
_ATLAS: Final = r"[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_=-]{40,}"

# The ends of what stands before a secret in an Authorization header.
_SCHEME_ENDS: Final = frozenset(
    [
        *("oken ", "OKEN ", "iKey ", "ikey ", "IKEY ", "-Key ", "-key ", "eKey "),
        *("DPoP ", "SSWS ", "lunk ", "NTLM ", "iate "),
    ]
)
_SCHEME: Final = r"(?i:token|api-?key|geniekey|dpop|ssws|splunk|ntlm|negotiate) \Z"
_SCHEME_CHARS: Final = 11
_UUID: Final = "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_BLOB: Final = "(?:YII|TlRMTVNT)[0-9A-Za-z+/]{20,}={0,2}"
_CREDENTIALS: Final = rf"(?!{_UUID})(?=[A-Za-z_-]{{0,64}}[0-9])[0-9A-Za-z_.~+/-]{{20,}}={{0,2}}|{_BLOB}"


def _find(text: str) -> list[Span]:
    """Return the places of tokens in a text."""
    forms = _forms()
    starts, ends = forms.STARTS, forms.ENDS
    spans: list[Span] = []
    shape = text.encode("ascii", "replace").translate(_SHAPE).decode("ascii")
    start = shape.find(_LONG)
    while start >= 0:
        end = shape.find(" ", start + MIN_CHARS)
        if end < 0:
            end = len(text)
        if (
            text[start : start + forms.KEY_CHARS] in starts
            or text[start - 1 : start + 1] in _CROSSINGS
            or text[end - 3 : end] in ends
            or text[start - 5 : start] in _SCHEME_ENDS
        ):
            span = _token(text, start, end)
            if span is not None:
                spans.append((max(span[0], spans[-1][1] if spans else 0), span[1]))
                end = max(end, span[1])
        start = shape.find(_LONG, end)
    if "!" in text or "~" in text:
        spans = sorted(spans + _rare(text))
    return spans


@functools.cache
def _forms() -> ModuleType:
    """Return the module of the tables: they are made for the first long word."""
    from clippy_otel.privacy.recognisers import token_formats  # noqa: PLC0415 - as above

    return token_formats


def _rare(text: str) -> list[Span]:
    matches = [
        (match.start() - before, match.end())
        for mark, pattern, before in _RARE
        if mark in text
        for match in compiled(pattern).finditer(text)
    ]
    return [span for span in matches if begins_word(text, span[0])]


def _token(text: str, start: int, end: int) -> Span | None:
    """Return the place of the token that a long word is, or is part of; None where it is none."""
    behind = _BEHIND.get(text[start - 1]) if start else None
    found = (behind(text, start) if behind is not None else None) or _begins(text, start)
    return found or (_ends(text, start, end) if text[end - 3 : end] in _forms().ENDS else None)


def _ends(text: str, start: int, end: int) -> Span | None:
    """Find a token by its end: the word, or what is left of it behind an escape."""
    match = compiled(_forms().SUFFIXED).search(text, max(start, end - _SUFFIXED_CHARS), end)
    return match.span() if match is not None and begins_word(text, match.start()) else None


def _begins(text: str, start: int) -> Span | None:
    forms = _forms()
    for pattern in forms.STARTS.get(text[start : start + forms.KEY_CHARS], ()):
        match = compiled(pattern).match(text, start)
        if match is not None:
            return match.span()
    return None


def _behind_escape(text: str, start: int) -> Span | None:
    """Look behind the characters that belong to an escape, not to the word."""
    for skipped in _ESCAPES[text[start - 1]]:
        if compiled(_ESCAPE).match(text, start, start + skipped):
            found = _begins(text, start + skipped)
            if found is not None:
                return found
    return None


def _behind_point(text: str, start: int) -> Span | None:
    for prefix, rest in _forms().DOTTED.get(text[start - 2], ()):
        first = start - len(prefix)
        if text.startswith(prefix, max(first, 0)) and begins_word(text, first):
            match = compiled(rest).match(text, start)
            if match is not None:
                return first, match.end()
    return _whole(_ATLAS, text, start - _ATLAS_START)


def _behind_colon(text: str, start: int) -> Span | None:
    """Find a bot's token of Telegram, "123456789:AA..."."""
    if text[start] == "A":
        return _behind_number(text, start, _TELEGRAM_ID, _TELEGRAM)
    return None


def _behind_bar(text: str, start: int) -> Span | None:
    """Find an app's token of Facebook, "1234567890123456|..."."""
    return _behind_number(text, start, _FACEBOOK_ID, _FACEBOOK)


def _behind_number(text: str, start: int, lengths: range, rest: str) -> Span | None:
    left = text[max(0, start - 1 - lengths.stop) : start - 1]
    length = len(left) - len(left.rstrip(digits))
    if length not in lengths:
        return None
    match = compiled(rest).match(text, start)
    return None if match is None else (start - 1 - length, match.end())


def _behind_slash(text: str, start: int) -> Span | None:
    """Find a refresh token of Google, "1//0..."."""
    return _whole(_GOOGLE_REFRESH, text, start - 3) if text[start] == "0" else None


def _behind_space(text: str, start: int) -> Span | None:
    """Find the credentials behind the name of a scheme."""
    scheme = compiled(_SCHEME).search(text, max(0, start - _SCHEME_CHARS), start)
    if scheme is None or not begins_word(text, scheme.start()):
        return None
    match = compiled(_CREDENTIALS).match(text, start)
    return None if match is None else match.span()


def _whole(pattern: str, text: str, start: int) -> Span | None:
    if start < 0 or not begins_word(text, start):
        return None
    match = compiled(pattern).match(text, start)
    return None if match is None else match.span()


# What to ask about a long word behind this character.
_BEHIND: Final[dict[str, Callable[[str, int], Span | None]]] = {
    ".": _behind_point,
    ":": _behind_colon,
    "|": _behind_bar,
    "/": _behind_slash,
    " ": _behind_space,
    "\\": _behind_escape,
    "%": _behind_escape,
}

_WORD: Final = digits + ascii_letters + "_-"
# Such a character and the first of the word, where that tells something: most long words are left at that.
_CROSSINGS: Final = frozenset(
    behind + first
    for behind, firsts in (
        (".", _WORD),
        (":", "A"),
        ("|", _WORD),
        ("/", "0"),
        ("%", digits + "ABCDEFabcdef"),
        ("\\", "nrtbfvxu"),
    )
    for first in firsts
)

TOKEN: Final = Search("api_key", (), (_LONG, "~"), _find)
