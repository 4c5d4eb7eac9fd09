"""Headers of HTTP in texts: credentials with their scheme, cookies, and to where they go.

The value of `Cookie` and `Set-Cookie` goes to the end of its line, or to the quote in which the whole header stands. So
do parameters of an authentication scheme; of a plain one the scheme and the token go.
"""

from __future__ import annotations

import re
from typing import Final

from clippy_otel.privacy import stand_ins
from clippy_otel.privacy.fields import prose, value_ends
from clippy_otel.privacy.fields.field_keys import CONTACT
from clippy_otel.privacy.fields.places import Place, told
from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.recogniser import Span

_SCHEME: Final = lazy(
    r"(?:basic|bearer|token|apikey|api-key|key|digest|negotiate|ntlm|oauth|hawk|signature|dpop|gnap|hoba|jwt|splunk"
    r"|aws4-hmac-sha256|sharedkey(?:lite)?|zoho-oauthtoken|geniekey|scram-sha-\d{1,3}|mutual|vapid)"
    r"[ \t]{1,4}(?=[\w+/\"'=.~<\[{*$%-])",
    re.IGNORECASE,
)
_HAS_PARAMETERS: Final = lazy(
    r"(?:digest|oauth|hawk|signature|aws4-hmac-sha256|vapid|scram-sha-\d{1,3}) [^=\r\n]{1,64}=", re.IGNORECASE
)
_COOKIES: Final = ("cookie", "cookie2", "cookies")
_COOKIE: Final = lazy(r"[^\s=;,\"'(){}\[\]]{1,256}=")
_MANY_WORDS: Final = 3
_MAX_CHARS: Final = 4096
OPAQUE_CHARS: Final = 15  # a word of a sentence is shorter


def header_value(place: Place, start: int) -> Span | None:
    """Return where credentials or cookies stand that begin here; None where none do."""
    text = place.text
    if place.key.lower().endswith(_COOKIES) and _COOKIE.match(text, start):
        return told(place, start, _end_in_line(place, start))
    if place.kind == CONTACT:
        return None
    scheme = _SCHEME.match(text, start)
    if scheme is None:
        return _whole_line(place, start)
    if _HAS_PARAMETERS.match(text, start):
        return start, _end_in_line(place, start)
    end = value_ends.word_end(text, scheme.end())
    return (start, end) if _is_credential(place, scheme.end(), end) else None


def _is_credential(place: Place, start: int, end: int) -> bool:
    value = place.text[start:end]
    if stand_ins.is_stand_in(value, place.placeholder) or prose.is_word_of_prose(value):
        return False
    if value.islower() and value.isalpha() and place.text[end : end + 1] == " ":
        return False  # "Basic authentication required"
    return _is_header(place) or prose.is_distinct(value) or len(value) > OPAQUE_CHARS


def _whole_line(place: Place, start: int) -> Span | None:
    """Return the place of an Authorization header's value of an unknown scheme: two or three words on its own line."""
    if not place.key.lower().endswith("authorization") or place.text[place.at] != ":" or not _is_header(place):
        return None
    end = _end_in_line(place, start)
    words = place.text[start : min(end, start + _MAX_CHARS)].split()
    is_value = len(words) <= _MANY_WORDS and any(
        prose.is_distinct(word) or len(word) > OPAQUE_CHARS for word in words[1:]
    )
    return told(place, start, end) if is_value else None


def _is_header(place: Place) -> bool:
    """Say whether a field is a whole header: quoted together with its value, or at the beginning of its line."""
    return place.before in ("", "\n", "'", '"') or place.text[place.start - 2 : place.start] in ("\\n", "> ", "< ")


def _end_in_line(place: Place, start: int) -> int:
    """Return the end of a header's value: that of its line, or the closing quote where the whole header is quoted."""
    text = place.text
    end = value_ends.line_end(text, start)
    closing = text.find(place.before, start, end) if place.before in ('"', "'", "`") else -1
    if closing < 0 and text.count('"', start, end) % 2:
        closing = text.find('"', start, end)
    end = end if closing < 0 else closing
    return start + len(text[start:end].rstrip("\\ \t"))
