"""What other words a word needs beside it to make a key sensitive: by their words most texts have no fields."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from clippy_otel.privacy.keys.terms import companions, no_term_in
from clippy_otel.privacy.keys.words import parts_of

_NONE: frozenset[str] = frozenset()


def companions_of(word: str) -> frozenset[str] | None:
    """Return the words of which one has to be there too where a key is sensitive by this one.

    Cost: 1 us for a word that is known, 1 to 3 us for another; 5 ms for the first that is one of the vocabulary's.

    Args:
        word: A run of small ASCII letters.

    Returns:
        None: No key is sensitive by it. An empty set: it needs no other word.
    """
    parts = parts_of([word])
    if len(parts) > 1:  # of what is written as one word nobody knows what stands beside what
        return None if no_term_in(parts) and _all_companions().isdisjoint(parts) else _NONE
    return None if no_term_in(parts) else companions().get(word, _NONE)


def together(found: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Return what has to be there beside a word for any of several, each of which says as companions_of() does."""
    heeded = [words for words in found if words is not None]
    if not heeded:
        return None
    return frozenset().union(*heeded) if all(heeded) else _NONE


@functools.cache
def _all_companions() -> frozenset[str]:
    return frozenset().union(*companions().values())
