"""How many different users each owner (a feature, or all of them together) has had, and has had within a window.

An owner's users are kept as the smallest of their 30-bit hashes, as many as there is room for, each with the time at
which the user was last seen: 8 bytes a user. While all of them are kept the counts are exact; from then on they are
estimates, for hashes are spread evenly and the share of them that is kept is known. Where the room is too small the
owners with most users give up hashes first, and the standard error of an estimate is one divided by the square root of
how many its owner has left: 2 % of 2,048, 5 % of 400. Two users of an owner have one hash, and count as one, with a
probability of n * n / 2**31: 0.05 % among 1,000. The window is measured to a thousandth of it. Not safe under threads:
there is one writer (see books). Cost: 1 us a user.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final, NamedTuple

HASH_BITS: Final = 30

_MIN_KEPT: Final = 2  # an owner, on average; of one that has none left nothing could be said
_ALL_HASHES: Final = 1 << HASH_BITS
_TICK_BITS: Final = 20
_MAX_TICK: Final = (1 << _TICK_BITS) - 1
_TICKS_A_WINDOW: Final = 1_000
_WHO_BITS: Final = HASH_BITS + _TICK_BITS  # what a word holds beside its owner


class UserCounts(NamedTuple):
    """How many different users there were."""

    total: int  # since the start
    active: int  # within the window


class Users:
    """The users of all owners, in one array of words: owner (14 bits), hash (30), time (20), sorted.

    Args:
        window_ns: In nanoseconds, above 0.
        max_kept: How many hashes there is room for, at least 2 for each owner.
    """

    __slots__ = ("_base", "_limits", "_max_kept", "_sizes", "_tick_ns", "_words")

    def __init__(self, window_ns: int, max_kept: int) -> None:
        self._tick_ns = -(-window_ns // _TICKS_A_WINDOW)
        self._max_kept = max_kept
        self._words = array("Q")
        self._sizes = array("I")  # by owner: how many are kept
        self._limits = array("I")  # by owner: the hash from which on none is kept
        self._base = 0  # ticks are counted from there; 0 is long ago

    def see(self, owner: int, user_hash: int, now_ns: int) -> None:
        """Note that a user was seen.

        Args:
            owner: Whose user; 0 or more, without large gaps.
            user_hash: Of HASH_BITS bits, evenly spread.
            now_ns: On a clock that does not go back.
        """
        while owner >= len(self._sizes):
            self._limits.append(_ALL_HASHES)
            self._sizes.append(0)  # last: who reads goes by it
        if user_hash >= self._limits[owner]:
            return
        words, who = self._words, owner << HASH_BITS | user_hash
        word = who << _TICK_BITS | self._tick(now_ns)
        at = bisect_left(words, who << _TICK_BITS)
        if at < len(words) and words[at] >> _TICK_BITS == who:
            words[at] = word
            return
        words.insert(at, word)
        self._sizes[owner] += 1
        self._fit()

    def give_way(self, size_bytes: int) -> None:
        """Take less room from now on: something else needs it."""
        self._max_kept -= size_bytes // self._words.itemsize
        self._fit()

    def counts(self, owner: int, now_ns: int) -> UserCounts:
        """Return how many different users an owner has had."""
        if owner >= len(self._sizes):
            return UserCounts(0, 0)
        oldest = now_ns // self._tick_ns - self._base - _TICKS_A_WINDOW
        start = bisect_left(self._words, owner << _WHO_BITS)
        kept = self._words[start : start + self._sizes[owner]]
        active = sum(word & _MAX_TICK > oldest for word in kept)
        share = self._limits[owner] / _ALL_HASHES
        return UserCounts(round(len(kept) / share), round(active / share)) if share else UserCounts(0, 0)

    def _fit(self) -> None:
        """Let go of an eighth of the hashes of who has most of them, the largest ones, until there is room."""
        words, sizes = self._words, self._sizes
        while len(words) > max(self._max_kept, _MIN_KEPT * len(sizes)):
            size = max(sizes)
            owner, kept = sizes.index(size), size - max(size // 8, 1)
            start = bisect_left(words, owner << _WHO_BITS)
            self._limits[owner] = words[start + kept] >> _TICK_BITS & _ALL_HASHES - 1
            del words[start + kept : start + size]
            sizes[owner] = kept

    def _tick(self, now_ns: int) -> int:
        """Return the time as it is kept; every thousand windows all that is kept is counted from a later one on."""
        tick = now_ns // self._tick_ns - self._base
        if _TICKS_A_WINDOW <= tick <= _MAX_TICK:
            return tick
        gone = tick - _TICKS_A_WINDOW
        self._base += gone
        for at, word in enumerate(self._words):
            kept = min(max((word & _MAX_TICK) - gone, 0), _TICKS_A_WINDOW)
            self._words[at] = word >> _TICK_BITS << _TICK_BITS | kept
        return _TICKS_A_WINDOW
