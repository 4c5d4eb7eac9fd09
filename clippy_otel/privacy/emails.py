"""E-mail addresses, and what looks like one: systemd units, names of files, versions of packages, Git remotes.

The pattern finds an "@" with a domain behind it; the validator goes left from there. So a text is not looked through
for local parts, and each character is looked at once.
"""

from __future__ import annotations

import re
from typing import Final

from clippy_otel.privacy.recogniser import Recogniser, Span

# Letters of the scripts that put spaces between words, so that an address in Japanese text ends where the text begins.
_LETTERS: Final = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u052f"
_LOCAL_ASCII: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+'-"
_LOCAL: Final = re.compile(f"[{_LETTERS}0-9._%+'-]")
_MAX_LOCAL_CHARS: Final = 254  # of a whole address (RFC 5321); longer than any local part
_EDGE: Final = ".'-"  # not at the beginning of an address: quotes, bullets, the end of a sentence

# Last labels that are no top-level domain: those of systemd's units and of files (icon@2x.png).
_UNITS: Final = "service socket target timer mount automount slice scope device path swap"
_IMAGES: Final = "png jpg jpeg gif svg webp ico bmp tif tiff avif"
_SOURCES: Final = "css scss less js mjs cjs jsx ts tsx map json html htm xml yaml yml toml ini conf cfg"
_FILES: Final = "log txt csv tsv pdf gz tgz bz2 xz whl jar exe dll"
_NOT_DOMAINS: Final = frozenset(f"{_UNITS} {_IMAGES} {_SOURCES} {_FILES}".split())
# The account that all users of a host of repositories share: git@github.com:org/repo.git.
_NOT_PEOPLE: Final = frozenset({"git", "hg", "svn"})
_VERSION: Final = re.compile(r"[vV]?[0-9]+\.[0-9]")  # package@1.0.0.dev
_VERSION_STARTS: Final = frozenset("vV0123456789")


def _email(text: str, at: int, end: int) -> Span | None:
    """Take a candidate "@domain" together with the local part before it, unless it only looks like an address."""
    last_label = text[text.rindex(".", at, end) + 1 : end]
    if last_label.lower() in _NOT_DOMAINS or (text[at + 1] in _VERSION_STARTS and _VERSION.match(text, at + 1, end)):
        return None
    floor = max(0, at - _MAX_LOCAL_CHARS)
    local = text[_local_start(text, floor, at) : at].lstrip(_EDGE)
    if not local or local.lower() in _NOT_PEOPLE:
        return None
    return at - len(local), end


def _local_start(text: str, floor: int, at: int) -> int:
    """Go left from an "@" to where the local part begins: in C for ASCII, one by one over other letters."""
    while True:
        at = floor + len(text[floor:at].rstrip(_LOCAL_ASCII))
        if at == floor or text[at - 1].isascii() or not _LOCAL.match(text, at - 1):
            return at
        at -= 1


EMAIL: Final = Recogniser("email", ("@",), rf"@(?:[{_LETTERS}0-9-]+\.)+[{_LETTERS}]{{2,}}", _email)
