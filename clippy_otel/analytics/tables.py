"""Tables in arrays: as few bytes a row as its numbers have, where a dictionary of objects takes ten times as many.

That is what lets 1,000 names have rows of their own. Not safe under threads: there is one writer (see books). Cost:
0.5 us to find one of 1,000 rows.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left
from collections.abc import Callable
from typing import Any, Final

OTHER: Final = "other"  # the name of the row that stands for all names beyond the limit
MAX_NAME_CHARS: Final = 256  # what is longer is no name, and has no row of its own

# Names average less than 30 bytes. The second figure is for tables of few names.
_TEXT_BYTES_A_NAME: Final = 64
_MIN_TEXT_BYTES: Final = 4_096
_END: Final = 0xFF  # a byte that no UTF-8 has


class SortedTable:
    """Rows by a whole number, in its order.

    Args:
        key: The typecode (see `array`) of that number.
        *columns: Those of what each row holds.

    Attributes:
        keys: The numbers, ascending.
        columns: What the rows hold, a column each.
    """

    __slots__ = ("columns", "keys")

    def __init__(self, key: str, *columns: str) -> None:
        self.keys: array[int] = array(key)
        self.columns: tuple[array[Any], ...] = tuple(map(array, columns))

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, key: int) -> int | None:
        """Return where the row of a number stands now; None where it has none."""
        at = bisect_left(self.keys, key)
        return at if at < len(self.keys) and self.keys[at] == key else None

    def insert(self, key: int, *values: float) -> None:
        """Add the row of a number that has none."""
        at = bisect_left(self.keys, key)
        for column, value in zip(self.columns, values, strict=True):
            column.insert(at, value)
        self.keys.insert(at, key)

    def remove(self, at: int) -> None:
        """Take a row away."""
        for column in (self.keys, *self.columns):
            del column[at]

    def first(self, count: int, order: Callable[[int], Any]) -> list[int]:
        """Return where the first rows in another order stand, the last of these places first: to be removed so.

        Args:
            count: How many, 1 or more.
            order: What that order goes by, given a place.
        """
        return sorted(heapq.nsmallest(count, range(len(self)), key=order), reverse=True)


class Names:
    """A number for each of the first `max_names` names, counted from 0, and one more for all the others.

    Two names whose hashes are equal would share a number: of 1,000 names with a probability of 3e-14.

    Args:
        max_names: 1 to 65,000.
    """

    __slots__ = ("_max_names", "_max_text_bytes", "_numbers", "_texts")

    def __init__(self, max_names: int) -> None:
        self._max_names = max_names
        self._max_text_bytes = max(max_names * _TEXT_BYTES_A_NAME, _MIN_TEXT_BYTES)
        self._numbers = SortedTable("q", "H")
        self._texts = bytearray()

    def row(self, name: str) -> tuple[int, str]:
        """Return a name's number and what it is shown as; one that has not been seen gets its own, else `OTHER`'s."""
        at = self._numbers.find(hash(name))
        if at is not None:
            return int(self._numbers.columns[0][at]), name
        count, text = len(self._numbers), name.encode("utf-8", "surrogatepass")
        has_room = count < self._max_names and len(self._texts) + len(text) <= self._max_text_bytes
        if name != OTHER and not (has_room and len(name) <= MAX_NAME_CHARS):
            return self.row(OTHER)
        self._texts += text
        self._texts.append(_END)
        self._numbers.insert(hash(name), count)
        return count, name

    def all(self) -> list[str]:
        """Return all names, in the order of their numbers."""
        return [text.decode("utf-8", "surrogatepass") for text in self._texts.split(bytes((_END,)))[:-1]]
