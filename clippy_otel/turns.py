"""One call in so many: whose turn it is to be learned from.

A cache that learns from every call is filled by what comes once; one that learns from a few of them knows what comes
often nearly as soon. In an even rhythm it would be always the same of the texts of a record whose turn it is.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import cycle
from typing import Final

_ROUNDS: Final = 61


def one_in(count: int) -> Callable[[], bool]:
    """Return what says of each call whether it is its turn: of `count` in a row one, at a random place.

    Safe under threads and signal handlers; the same places in every process.

    Args:
        count: At least 1.
    """
    places = random.Random(count)  # noqa: S311 - nobody gains by guessing them
    return cycle([turn == place for place in places.choices(range(count), k=_ROUNDS) for turn in range(count)]).__next__
