"""Private keys in PEM, of OpenSSH, PGP and SSH2, and PuTTY's: the whole block goes.

With line breaks, with escaped ones (in JSON), percent-encoded (in a form), indented and quoted. A block without an end
goes to the end of the text, for a text may have been cut. Certificates and public keys stay, and so does a text that
only speaks of a key: behind the first line there must be some of a key.

Guarantee: linear time: what is behind a first line is either taken, or looked at for 300 characters.
Cost: 0.15 us for a text without any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from clippy_otel.privacy.recogniser import Span, compiled
from clippy_otel.privacy.search import Search

_GAP: Final = r"(?:[ +]|%20)"
_FIRST_LINE: Final = (
    rf"-{{4,5}}{_GAP}?BEGIN{_GAP}(?:[0-9A-Z]{{1,16}}{_GAP}){{0,4}}PRIVATE{_GAP}KEY(?:{_GAP}BLOCK)?{_GAP}?-{{4,5}}"
)
_LAST_LINE: Final = rf"-{{4,5}}{_GAP}?END{_GAP}[0-9A-Z %+]{{1,80}}-{{4,5}}"
_SOME_KEY: Final = r"[0-9A-Za-z+/=]{16}"
_SOME_CHARS: Final = 300  # headers ("Proc-Type: 4,ENCRYPTED") stand before the key
_PUTTY: Final = r"Private-Lines: ?[0-9]{1,4}(?=(?s:.){0,32}[0-9A-Za-z+/=]{16})"


def _find(text: str) -> list[Span]:
    """Return the places of private keys in a text."""
    spans: list[Span] = []
    if "PRIVATE" in text:
        bodies = [match.span() for match in compiled(_FIRST_LINE).finditer(text)]
        spans = _blocks(text, [span for span in bodies if _holds_key(text, span[1])], _block_end)
    if "Private-Lines" in text:
        spans = sorted(spans + _blocks(text, [match.span() for match in compiled(_PUTTY).finditer(text)], _putty_end))
    return spans


def _blocks(text: str, first_lines: list[Span], end_of: Callable[[str, int], int]) -> list[Span]:
    """Return the places of blocks by those of their first lines; a line inside another's block begins none."""
    spans: list[Span] = []
    position = 0
    for start, body in first_lines:
        if start >= position:
            position = end_of(text, body)
            spans.append((start, position))
    return spans


def _holds_key(text: str, body: int) -> bool:
    end = text.find("----", body, body + _SOME_CHARS)
    return compiled(_SOME_KEY).search(text, body, body + _SOME_CHARS if end < 0 else end) is not None


def _block_end(text: str, body: int) -> int:
    last = compiled(_LAST_LINE).search(text, body)
    return len(text) if last is None else last.end()


def _putty_end(text: str, body: int) -> int:
    """Return where the lines of a PuTTY key end: before its checksum."""
    end = text.find("Private-MAC", body)
    return len(text) if end < 0 else end


PRIVATE_KEY: Final = Search(
    "private_key",
    (),
    ("",),
    _find,
    frozenset({"private", "lines"}),
)
