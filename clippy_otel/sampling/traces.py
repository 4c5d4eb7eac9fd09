"""What was decided about the last traces: a bounded table, for spans that are judged one by one when they end."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from clippy_otel import _fork

MAX_TRACES: Final = 4096  # 0.7 MB; a trace that is forgotten while it goes on is decided about anew
_LOCK_TIMEOUT_S: Final = 0.05  # a signal handler may have interrupted the lock's holder


class TraceDecisions:
    """One decision a trace, whichever of its spans comes first."""

    def __init__(self) -> None:
        self._decided: OrderedDict[int, bool] = OrderedDict()
        self.after_fork()
        _fork.renew_in_child(self)

    def keeps(self, trace_id: int, decide: Callable[[], bool]) -> bool:
        """Return whether a trace is kept; `decide` is called where that is not known yet."""
        if not self._lock.acquire(timeout=_LOCK_TIMEOUT_S):
            return False
        try:
            decided = self._decided
            kept = decided.get(trace_id)
            if kept is None:
                kept = decided[trace_id] = decide()
                if len(decided) > MAX_TRACES:
                    decided.popitem(last=False)
            return kept
        finally:
            self._lock.release()

    def after_fork(self) -> None:
        """Take a new lock in the child, where a thread of the parent may have held the old one."""
        self._lock = threading.Lock()
