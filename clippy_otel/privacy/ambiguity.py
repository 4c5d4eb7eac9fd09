"""Keys of one word that mean many things: what stands under them says whether it is redacted.

An `address` is a person's or a network's, `tokens` are credentials or how many a language model took, `auth` is a
password or a block of settings. A value that is evidently the harmless one is scanned like any other.

Linear in the length of the value; one of more than 16,384 characters is not looked at, and counts as sensitive.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from clippy_otel.privacy.keys.judging import KeyVerdict
from clippy_otel.privacy.naming import is_value_key
from clippy_otel.privacy.patterns import lazy
from clippy_otel.privacy.stand_ins import is_stand_in

_MAX_CHARS: Final = 16_384

# A word of sixteen characters and more without a sense.
_LONG_WORD: Final = lazy(r"(?<![A-Za-z0-9_+/=.~%-])[A-Za-z0-9_+/=.~%-]{16,}")
_DIGIT: Final = lazy(r"[0-9]")
_LETTER: Final = lazy(r"[A-Za-z]")
_CASE_CHANGE: Final = lazy(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[a-z])")
_CHARS_PER_CHANGE: Final = 3  # in camelCase a word has more

_MACHINE: Final = lazy(
    r"(?:^|[\s\[(@/=])(?:\d{1,3}(?:\.\d{1,3}){3}|0x[0-9a-fA-F]|[\w.-]{0,64}:\d{1,5}(?:\s|$)|(?:[0-9a-fA-F]{0,4}:){2,7})"
    r"|://"
)
_SPACED: Final = lazy(r"[^\W\d_][.,]?\s|\s[^\W\d_]")
_PLACE_KEYS: Final = frozenset(
    {
        *("line", "line1", "addressline", "addressline1", "street", "streetaddress", "street1", "city", "town", "zip"),
        *("zipcode", "postal", "postalcode", "postcode", "locality", "addresslocality", "house", "housenumber"),
        *("formatted", "apartment", "road"),
    }
)
_DEVICE_KEYS: Final = frozenset(
    {"os", "osversion", "model", "platform", "brand", "manufacturer", "version", "browser", "device", "vendor"}
)
_WRAPPERS: Final = frozenset({"arrayvalue", "kvlistvalue", "intvalue"})
_QUOTED_KEY: Final = lazy(r"[\"']([A-Za-z][\w-]{0,31})\\{0,7}[\"']\s?(?::|=>)")
_RACE: Final = lazy(
    r"(?i)\b(?:white|black|asian|african|caucasian|hispanic|latin[aox]|indian|native|hawaiian|islander|indigenous"
    r"|aboriginal|m[aā]ori|mixed|multiracial|biracial|arab|jewish|roma|european)\b|^\d{4}-\d$"
)
_LEAST_PHONE: Final = 10**6
_LEAST_PASSWORD: Final = 10**5  # under "pass" a smaller number is of tests


def is_sensitive(verdict: KeyVerdict, value: str, placeholder: str) -> bool:
    """Say whether a text under an ambiguous key is redacted; one in brackets is all that stands in them.

    Args:
        verdict: One of BY_VALUE.
        value: The text.
        placeholder: The redactor's own, which must be left as it is.
    """
    value = value.strip()
    if value == placeholder or len(value) > _MAX_CHARS:
        return value != placeholder
    if verdict is KeyVerdict.RACE:
        return _RACE.search(value) is not None
    if verdict is KeyVerdict.PLACE:
        return _is_place(value)
    is_mapping = value[:1] == "{"
    if verdict is KeyVerdict.LINE and is_mapping:
        return _DEVICE_KEYS.isdisjoint(_quoted_keys(value))
    if verdict is KeyVerdict.OPAQUE or is_mapping:
        return has_opaque_word(value)
    return not is_stand_in(value, placeholder)


# Under keys of these no number is redacted for its key.
HARMLESS_NUMBERS: Final = frozenset({KeyVerdict.OPAQUE, KeyVerdict.PLACE, KeyVerdict.RACE})


def is_sensitive_number(verdict: KeyVerdict, number: int) -> bool:
    """Say whether an int under an ambiguous key is redacted.

    Args:
        verdict: One of BY_VALUE.
        number: The int, and no bool.
    """
    if verdict is KeyVerdict.LINE:
        return number >= _LEAST_PHONE
    return verdict is KeyVerdict.ACCESS and number >= _LEAST_PASSWORD


def is_sensitive_mapping(verdict: KeyVerdict, mapping: Mapping[Any, Any]) -> bool:
    """Say whether a mapping under an ambiguous key is redacted as a whole; else what is in it is looked at.

    Args:
        verdict: One of BY_VALUE.
        mapping: The mapping.
    """
    if verdict is KeyVerdict.PLACE:
        return not _PLACE_KEYS.isdisjoint(map(_folded, mapping))
    return verdict is KeyVerdict.LINE and _DEVICE_KEYS.isdisjoint(map(_folded, mapping))


def below(verdict: KeyVerdict, value: Any) -> KeyVerdict:
    """Return the verdict on what stands in a container under an ambiguous key, under keys that say nothing.

    Args:
        verdict: Of the key of the container, one of BY_VALUE.
        value: The container.
    """
    if isinstance(value, Mapping) and verdict is not KeyVerdict.RACE:
        if any(is_value_key(key) or _folded(key) in _WRAPPERS for key in value):
            return verdict  # it only holds the value: {"stringValue": "..."}
        return KeyVerdict.OPAQUE if verdict in (KeyVerdict.OPAQUE, KeyVerdict.ACCESS) else KeyVerdict.SCAN
    return verdict


def has_opaque_word(text: str) -> bool:
    """Say whether a word that looks like a key or a token is in a text."""
    return any(map(_is_opaque, _LONG_WORD.findall(text)))


def _is_place(value: str) -> bool:
    if value[:1] == "{":
        return not _PLACE_KEYS.isdisjoint(_quoted_keys(value))
    return not value.isascii() or (_SPACED.search(value) is not None and _MACHINE.search(value) is None)


def _is_opaque(word: str) -> bool:
    if _DIGIT.search(word):
        return _LETTER.search(word) is not None
    return len(_CASE_CHANGE.findall(word)) * _CHARS_PER_CHANGE > len(word)


def _quoted_keys(text: str) -> set[str]:
    return set(map(_folded, _QUOTED_KEY.findall(text)))


def _folded(key: object) -> str:
    return key.replace("_", "").replace("-", "").lower() if type(key) is str else ""
