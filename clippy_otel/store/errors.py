"""What a store raises, in the words that its callers need: whether the same thing may work later.

StoreError (a ClippyOtelError)
  ├─ StoreUnavailableError       later it may work: busy, disk full, file not to be opened
  │    └─ StoreBusyError         another writer holds it
  └─ StoreRefusedError           it never will: damaged, not a store, written by a newer version

Messages name files and the engine's own words, never what is stored.
"""

from __future__ import annotations

from clippy_otel.exceptions import ClippyOtelError


class StoreError(ClippyOtelError):
    """A store could not do what was asked of it."""


class StoreUnavailableError(StoreError):
    """The store cannot do it now; the same call may succeed later."""


class StoreBusyError(StoreUnavailableError):
    """Another writer holds the store."""


class StoreRefusedError(StoreError):
    """The store cannot do it, now or later, until somebody repairs or replaces it."""
