"""What the worker has taken out of the queue and not settled yet, known by its identity: each is settled once.

By signal, in the order in which it was taken. An item may lie on the disk as well; then it is known here with its
place, whatever whoever took it holds. Used under the lock of the queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clippy_otel.ports import SIGNALS, QueueItem, Signal


class Taken:
    """Items that are on their way."""

    def __init__(self) -> None:
        # By the identity of the object that whoever took it holds, which lives as long as that.
        self._items: dict[Signal, dict[int, QueueItem]] = {signal: {} for signal in SIGNALS}

    def add(self, item: QueueItem) -> QueueItem:
        """Take an item in, and return the object that it is known by: another one where that is known already."""
        known = self._items[item.envelope.signal]
        if id(item) in known:
            item = item._replace()
        known[id(item)] = item
        return item

    def exchange(self, before: QueueItem, after: QueueItem) -> None:
        """Know an item by another object from now on; one that is not known stays that."""
        known = self._items[after.envelope.signal]
        item = known.pop(id(before), None)
        if item is not None:
            known[id(after)] = after if item.place is None else after._replace(place=item.place)

    def pop(self, items: Iterable[QueueItem]) -> list[QueueItem]:
        """Let items go, and return those of them that were known."""
        found = [self._items[item.envelope.signal].pop(id(item), None) for item in items]
        return [item for item in found if item is not None]

    def of(self, signal: Signal) -> list[QueueItem]:
        """Return the items of a signal."""
        return list(self._items[signal].values())

    def replace(self, signal: Signal, items: Sequence[QueueItem]) -> None:
        """Know these items of a signal, and no others."""
        self._items[signal] = {id(item): item for item in items}

    def in_memory_alone(self, signal: Signal) -> list[tuple[int, QueueItem]]:
        """Return the items of a signal that do not lie on the disk, each with the key for now_lies()."""
        return [(key, item) for key, item in self._items[signal].items() if item.place is None]

    def now_lies(self, key: int, item: QueueItem) -> None:
        """Note that an item lies on the disk as well, given it with its place."""
        self._items[item.envelope.signal][key] = item
