"""Observable instruments that several things share, and that keep none of them alive.

The SDK makes nothing of a second instrument of the same name on a meter, its callbacks included: so there is one a
meter, and it shows all that are there when metrics are collected.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

SourceT = TypeVar("SourceT")
SharedT = TypeVar("SharedT")


class Sources(Generic[SourceT]):
    """What an instrument shows: things that are held weakly, in the order in which they came."""

    def __init__(self) -> None:
        self._sources: tuple[weakref.ref[SourceT], ...] = ()

    def add(self, source: SourceT) -> None:
        """Show one more; it is shown once."""
        self._sources = (*self._others(source), weakref.ref(source))

    def remove(self, source: SourceT) -> bool:
        """Show one no more; return whether it was shown."""
        was_shown = any(other() is source for other in self._sources)
        self._sources = self._others(source)
        return was_shown

    def live(self) -> list[SourceT]:
        """Return those that are there still."""
        found = (reference() for reference in self._sources)
        return [source for source in found if source is not None]

    def _others(self, source: SourceT) -> tuple[weakref.ref[SourceT], ...]:
        return tuple(other for other in self._sources if other() not in (None, source))


class PerMeter(Generic[SharedT]):
    """One shared thing for each meter, made with its instruments when it is first asked for.

    Args:
        make: Returns a new one.
        show: Makes the instruments of a new one on its meter.
    """

    def __init__(self, make: Callable[[], SharedT], show: Callable[[Meter, SharedT], None]) -> None:
        self._make = make
        self._show = show
        self._known: weakref.WeakKeyDictionary[Meter, SharedT] = weakref.WeakKeyDictionary()

    def on(self, meter: Meter) -> SharedT:
        """Return that of a meter."""
        shared = self._known.get(meter)
        if shared is None:
            made = self._make()
            shared = self._known.setdefault(meter, made)
            if shared is made:
                self._show(meter, made)
        return shared
