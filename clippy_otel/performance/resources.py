"""What the process takes of its machine, read when it is asked for. Nothing waits: no reading samples over a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clippy_otel import _fork

if TYPE_CHECKING:
    from collections.abc import Callable

    import psutil


class ResourceMetrics(NamedTuple):
    """What the process takes; None where the platform does not tell, and for all but the last with track_resources off.

    Attributes:
        memory_bytes: Resident memory.
        cpu_percent: Processor time since the call before this one, at the first call since the process began, as a
            percentage of one processor: 0 and up, above 100 on several.
        threads: Threads, those of this package included.
        open_files: Open file descriptors, sockets included; not told on Windows.
        uptime_s: Seconds since the process began.
        telemetry_bytes: What this package holds: records that wait to be delivered, and these statistics, estimated.
    """

    memory_bytes: int | None
    cpu_percent: float | None
    threads: int | None
    open_files: int | None
    uptime_s: float | None
    telemetry_bytes: int


class Resources:
    """The readings of one process, the forked child's its own."""

    def __init__(self) -> None:
        self._process: psutil.Process | None = None
        self._before: tuple[float, float] | None = None  # the processor seconds of the reading before, and when
        _fork.renew_in_child(self)

    def after_fork(self) -> None:
        """Look at the child from now on."""
        self._process = self._before = None

    def read(self, telemetry_bytes: int) -> ResourceMetrics:
        """Return the readings of now."""
        import psutil  # noqa: PLC0415 - 15 ms, for who asks

        process = self._process
        if process is None:
            process = self._process = psutil.Process()
        uptime_s = _told(lambda: max(time.time() - process.create_time(), 0.0))
        return ResourceMetrics(
            _told(lambda: process.memory_info().rss),
            _told(lambda: self._cpu_percent(process, uptime_s)),
            _told(process.num_threads),
            _told(lambda: process.num_fds()),  # noqa: PLW0108 - looked up inside: Windows has none
            uptime_s,
            telemetry_bytes,
        )

    def _cpu_percent(self, process: psutil.Process, uptime_s: float | None) -> float:
        times, now_s = process.cpu_times(), time.monotonic()
        used_s = times.user + times.system
        before_used_s, before_s = self._before or (0.0, now_s - (uptime_s or 0.0))
        self._before = used_s, now_s
        elapsed_s = now_s - before_s
        return 100 * max(used_s - before_used_s, 0.0) / elapsed_s if elapsed_s > 0 else 0.0


NOT_READ: Final = (None,) * 5


def _told(read: Callable[[], Any]) -> Any:
    """Return a reading; None where the operating system refuses it."""
    import psutil  # noqa: PLC0415 - loaded by who reads

    try:
        return read()
    except (psutil.Error, OSError, AttributeError):
        return None
