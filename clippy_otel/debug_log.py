"""`debug=True`: what happens to each record, on the logger `clippy_otel`, to standard error.

Only redacted data is logged. A handler of ours is added where the application has configured none.
"""

from __future__ import annotations

import logging
from typing import Final

from clippy_otel import _guard

_handler: Final = logging.StreamHandler()
_handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))


def enable() -> None:
    """Log at DEBUG, to standard error where the application has no handler of its own. Idempotent."""
    _guard.logger.setLevel(logging.DEBUG)
    if not _guard.logger.hasHandlers():
        _guard.logger.addHandler(_handler)


def disable() -> None:
    """Go back to the level that the application's loggers have."""
    _guard.logger.setLevel(logging.NOTSET)
    _guard.logger.removeHandler(_handler)
