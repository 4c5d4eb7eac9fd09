"""`debug=True`: what happens to each record, on the logger `clippy_otel`, to standard error.

Only redacted data is logged. A handler of ours is added where the application has configured none.
"""

from __future__ import annotations

import logging
import sys
import threading
from typing import Final

from clippy_otel import _guard

_FORMAT: Final = "%(asctime)s %(name)s %(levelname)s %(message)s"
_added: list[logging.Handler] = []  # ours, at most one
_level_before: list[int] = []  # the logger's, while debug is on
_showing = threading.local()


def enable() -> None:
    """Log at DEBUG, to standard error where the application has no handler of its own. Idempotent."""
    if _level_before:
        return
    _level_before.append(_guard.logger.level)
    _guard.logger.setLevel(logging.DEBUG)
    if not _guard.logger.hasHandlers():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(_FORMAT))
        _guard.logger.addHandler(handler)
        _added.append(handler)


def disable() -> None:
    """Go back to the level that the logger had before."""
    if _level_before:
        _guard.logger.setLevel(_level_before.pop())
    if _added:
        _guard.logger.removeHandler(_added.pop())


def show(name: str, data: object) -> None:
    """Log a redacted event, unless it was recorded by a log handler that this very line called."""
    if getattr(_showing, "active", False):
        return
    _showing.active = True
    try:
        _guard.logger.debug("event %s %s", name, data)
    finally:
        _showing.active = False
