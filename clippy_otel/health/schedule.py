"""The one thread that has services checked periodically; it runs none of the checks itself.

A daemon, started by the first service that has an interval, and by the first call in a forked child. It is asleep until
the next check is due or a running one has to end.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from typing import Final

from clippy_otel import _guard
from clippy_otel.health.runner import Runner
from clippy_otel.health.services import Services

THREAD_NAME: Final = "clippy_otel-health"
_FAILURE_PAUSE_S: Final = 1.0
_STOP_TIMEOUT_S: Final = 1.0


class Schedule:
    """When what is checked.

    Args:
        services: The services.
        runner: What runs their checks.
    """

    def __init__(self, services: Services, runner: Runner) -> None:
        self._services = services
        self._runner = runner
        self._generation = 0
        self.renew()

    def renew(self) -> None:
        """Have no thread: in a forked child."""
        self._generation += 1
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._wakes: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ensure(self) -> None:
        """Start the thread where there is none and a service has an interval."""
        if self._thread is None and any(map(self._services.interval_s, self._services)):
            self._start()

    def look(self) -> None:
        """Have what is due looked at again: services or intervals have changed."""
        self.ensure()
        self._wakes.put(None)

    def end(self) -> threading.Thread | None:
        """Let the thread end; return it, if there is one."""
        thread, self._thread = self._thread, None
        self._generation += 1
        self._wakes.put(None)
        return thread

    def stop(self) -> None:
        """End the thread and wait for it; idempotent."""
        thread = self.end()
        if thread is not None and thread is not threading.current_thread():
            thread.join(_STOP_TIMEOUT_S)

    def _start(self) -> None:
        # Losing the race means that another caller is starting it at this moment.
        if not self._starting.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                self._wakes = queue.SimpleQueue()  # looked up now: gevent may have put its own there
                arguments = (self._generation, self._wakes)
                thread = threading.Thread(target=self._run, args=arguments, name=THREAD_NAME, daemon=True)
                thread.start()
                self._thread = thread
        except RuntimeError:  # the interpreter is shutting down, or the system has no thread left
            return
        finally:
            self._starting.release()

    def _run(self, generation: int, wakes: queue.SimpleQueue[None]) -> None:
        while generation == self._generation:
            wait_s: float | None = _FAILURE_PAUSE_S
            with _guard.host_safe("health"):
                wait_s = self._check()
            with contextlib.suppress(queue.Empty):
                wakes.get(timeout=wait_s)

    def _check(self) -> float | None:
        """Begin what is due and give up what does not end; return the seconds until there is more; None: never."""
        now, moments = time.monotonic(), []
        for service in self._services:
            interval_s = self._services.interval_s(service)
            if not interval_s:
                continue
            if service.due_at <= now:
                service.due_at = now + interval_s
                self._runner.start(service)
            moments.append(service.due_at)
        moments += self._runner.expire()
        return max(min(moments) - time.monotonic(), 0.0) if moments else None
