"""What limits a storm: of the errors with one fingerprint, only so many become records in any minute.

The others count in the groups and the metrics as they do otherwise, and are in the ledger as throttled. Bounded: the
last 100 fingerprints, 150 bytes each; one that comes back after 100 others starts anew.
"""

from __future__ import annotations

import threading
from array import array
from typing import Final

from clippy_otel import _fork

MAX_RECORDS: Final = 10  # of one fingerprint
WINDOW_NS: Final = 60 * 1_000_000_000
MAX_FINGERPRINTS: Final = 100

# Who cannot get the lock within this time is refused: under a signal handler its holder may be the interrupted frame.
_LOCK_TIMEOUT_S: Final = 0.05


class Storms:
    """The times of the last records, by fingerprint."""

    def __init__(self) -> None:
        self.after_fork()
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Know of no record in the child, and take a new lock."""
        self._lock = threading.Lock()
        self._times: dict[str, array[int]] = {}  # the fingerprint that was seen last is the last one

    def admits(self, fingerprint: str, now_ns: int) -> bool:
        """Return whether a record may go out now, and count it where it may.

        Args:
            fingerprint: Of its error.
            now_ns: On a monotonic clock.
        """
        if not self._lock.acquire(timeout=_LOCK_TIMEOUT_S):
            return False
        try:
            times = self._times.pop(fingerprint, None) or array("q")
            while times and now_ns - times[0] >= WINDOW_NS:
                del times[0]
            admitted = len(times) < MAX_RECORDS
            if admitted:
                times.append(now_ns)
            self._times[fingerprint] = times
            if len(self._times) > MAX_FINGERPRINTS:
                del self._times[next(iter(self._times))]
            return admitted
        finally:
            self._lock.release()
