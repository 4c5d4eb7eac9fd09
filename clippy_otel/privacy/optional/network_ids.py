"""Addresses of machines: IP and MAC. A person's in a home, a server's in a data centre: so they are opt-in."""

from __future__ import annotations

import re
from string import ascii_letters, digits
from typing import Final

from clippy_otel.privacy.recogniser import Recogniser, Span

_ALNUM: Final = "0-9A-Za-z"
_WORD_CHARACTERS: Final = frozenset(f"{ascii_letters}{digits}_")
_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
# What may stand behind the first digit of an octet.
_OCTET_REST: Final = "(?:(?<=2)(?:5[0-5]|[0-4][0-9])|(?<=1)[0-9]{2}|(?<=[1-9])[0-9]|)"
# Not part of a longer row of numbers: 1.2.3.4.5 is a version or an object identifier, and so is v1.2.3.4.
_V4: Final = (
    rf"[0-9](?<![{_ALNUM}_][0-9])(?<![0-9]\.[0-9])"
    rf"(?=({_OCTET_REST}(?:\.{_OCTET}){{3}}(?![{_ALNUM}_]|\.[0-9])))"
)
# At most 8 groups, or an IPv4 address at the end; what it is exactly the validator knows.
_V6: Final = rf"[0-9A-Fa-f:](?<![{_ALNUM}_:.][0-9A-Fa-f:])(?=([0-9A-Fa-f:.]{{1,44}}))"
_NOBODY: Final = frozenset({"0.0.0.0", "255.255.255.255"})  # noqa: S104 - no address that anything binds to


_FEWEST_COLONS: Final = 2  # "::"
# Two names of C++ can have the letters of hexadecimal digits only: a::bad.
_NAMES: Final = re.compile("[A-Fa-f]*::[A-Fa-f]*")


def _ipv4(text: str, start: int, end: int) -> Span | None:
    # A loopback is every machine's own.
    address = text[start:end]
    return None if address in _NOBODY or address.startswith("127.") else (start, end)


def _ipv6(text: str, start: int, end: int) -> Span | None:
    found = text[start:end].rstrip(".")
    if found.endswith(":") and not found.endswith("::"):
        found = found[:-1]
    if found.count(":") < _FEWEST_COLONS or _NAMES.fullmatch(found):
        return None
    end = start + len(found)
    if text[end : end + 1] in _WORD_CHARACTERS:
        return None
    from ipaddress import IPv6Address  # noqa: PLC0415 - for who looks for them

    try:
        address = IPv6Address(found)
    except ValueError:
        return None
    return None if address.is_loopback or address.is_unspecified else (start, end)


_HEX: Final = "[0-9A-Fa-f]"
_PAIR: Final = f"{_HEX}{{2}}"
_MAC: Final = (
    rf"{_HEX}(?<![{_ALNUM}_][0-9A-Fa-f])(?<![{_ALNUM}_][:.-][0-9A-Fa-f])(?=({_HEX}(?:(?::{_PAIR}){{7}}|(?::{_PAIR}){{5}}|(?:-{_PAIR}){{7}}"
    rf"|(?:-{_PAIR}){{5}})(?![{_ALNUM}_]|[:-]{_HEX})|{_HEX}{{3}}(?:\.{_HEX}{{4}}){{2}}(?![{_ALNUM}_]|\.{_HEX})))"
)


def _mac(text: str, start: int, end: int) -> Span | None:
    digits = text[start:end].replace(":", "").replace("-", "").replace(".", "").lower()
    # All alike: the broadcast address, and what stands for none.
    return None if len(set(digits)) == 1 else (start, end)


IPV4: Final = Recogniser("ip_address", (), _V4, _ipv4, words=("w.w",))
IPV6: Final = Recogniser("ip_address", (), _V6, _ipv6, words=("==", "w=w"))
MAC: Final = Recogniser("mac_address", (), _MAC, _mac, words=("ww=ww=ww", "w" * 17, "wwww.wwww.wwww"))
