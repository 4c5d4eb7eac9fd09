"""Host safety: the one place where an exception of ours is swallowed.

It catches `Exception`, never `BaseException`; counts every one by place; logs the first of a place at WARNING and the
rest at DEBUG; and suppresses itself while it logs, so that a failing log handler cannot recurse into it. The log line
names the place and the exception's type, never its text: that may hold what the user typed.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Final

logger: Final = logging.getLogger("clippy_otel")

# Places are literals of this package, so the table is bounded by the code; the cap holds even if one is not.
_MAX_PLACES: Final = 256

_swallowed: dict[str, int] = {}
_reporting = threading.local()
_observers: list[Callable[[str, Exception], None]] = []


class host_safe:  # noqa: N801 - a context manager that reads as a verb
    """Run a block so that no `Exception` of it reaches the application.

    Args:
        place: A short name of the block, for the count and the log line.
    """

    __slots__ = ("_place", "error")

    def __init__(self, place: str) -> None:
        self._place = place
        self.error: Exception | None = None

    def __enter__(self) -> host_safe:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        self.error = error
        swallowed(self._place, error)
        return True


def swallowed(place: str, error: Exception) -> None:
    """Count and log an exception that was caught at `place` and goes no further. Never raises."""
    first = place not in _swallowed and len(_swallowed) < _MAX_PLACES
    if first or place in _swallowed:
        _swallowed[place] = _swallowed.get(place, 0) + 1
    for observer in tuple(_observers):
        observer(place, error)
    if getattr(_reporting, "active", False):
        return
    _reporting.active = True
    try:
        where = traceback.extract_tb(error.__traceback__)[-1:]
        at = f"{where[0].filename}:{where[0].lineno}" if where else "unknown line"
        level = logging.WARNING if first else logging.DEBUG
        logger.log(level, "internal error in %s: %s at %s", place, type(error).__name__, at)
    except Exception:  # noqa: BLE001 - a broken logging filter of the host: there is no one left to tell, so count it
        _swallowed["log handler"] = _swallowed.get("log handler", 0) + 1
    finally:
        _reporting.active = False


def counts() -> dict[str, int]:
    """Return how often an exception was swallowed, by place."""
    return dict(_swallowed)


def observe(observer: Callable[[str, Exception], None]) -> Callable[[], None]:
    """Show every swallowed exception to `observer` as well (the tests re-raise them); returns how to stop."""
    _observers.append(observer)
    return lambda: _observers.remove(observer)
