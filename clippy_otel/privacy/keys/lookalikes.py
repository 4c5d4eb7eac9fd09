"""Letters that look like ASCII ones, folded: a key reads the same to a person and to the vocabulary.

Full-width and mathematical letters, accents, letters of other scripts of the same look, and characters that cannot be
seen. Only keys that are not ASCII come here, and the first of them pays for a megabyte of Unicode's tables.
"""

from __future__ import annotations

import functools
from typing import Final

from clippy_otel.privacy.keys.vocabulary import FOREIGN

# What Unicode's own compatibility mappings leave. By the look of a letter, not its sound: Cyrillic, Greek, Armenian,
# and Latin beyond ASCII.
_ALPHABETS: Final = (
    ("авеѕіјкмнорстухһԁԛԝӏѵ", "abesijkmhopctyxhdqwlv"),
    ("АВЕЅІЈКМНОРСТУХԌԚԜѴӀ", "ABESIJKMHOPCTYXGQWVl"),
    ("αβεηικνορτυχϲϳω", "abenikvoptuxcjw"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABEZHIKMNOPTYXCJ"),  # noqa: RUF001
    ("օսռհոզցք", "ounhnqgp"),  # noqa: RUF001
    ("ıłøđħŧɡɑɩʟɪᴀʙᴄᴅᴇꜰɢʜᴊᴋᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢŁØĐ", "ilodhtgailiabcdefghjkmnoprstuvwyzLOD"),
)
_INVISIBLE: Final = ("Mn", "Me", "Cf")  # combining marks; joiners, soft hyphens, marks of direction


def fold(key: str) -> str:
    """Return a key with ASCII letters in place of those that look like them, and without what cannot be seen."""
    import unicodedata  # noqa: PLC0415 - a megabyte of tables, for who has such keys

    decomposed = unicodedata.normalize("NFKD", key)
    visible = "".join(char for char in decomposed if unicodedata.category(char) not in _INVISIBLE)
    return visible.translate(_stand_ins())


def has_foreign_term(key: str) -> bool:
    """Say whether a sensitive word of another script is in a key; some scripts separate no words."""
    lowered = fold(key).lower()
    return any(term in lowered for term in _foreign_terms())


@functools.cache
def _stand_ins() -> dict[int, str]:
    return {ord(char): stand_in for odd, plain in _ALPHABETS for char, stand_in in zip(odd, plain, strict=True)}


@functools.cache
def _foreign_terms() -> tuple[str, ...]:
    return tuple(fold(term).lower() for term in FOREIGN)
