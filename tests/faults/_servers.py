"""Real servers as processes of their own, and what asks them."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from tests.faults._processes import WAIT_TIMEOUT_S, wait_until

_ROOT: Final = str(Path(__file__).parents[2])
_PAUSE_S: Final = 0.01


class Server:
    """A process that serves; a context manager, which ends the process that it has started.

    Args:
        command: What runs it, behind this interpreter.
        port: Where it listens, on loopback.
        environment: Variables beside those of this process.
        log: Where its output goes.
    """

    def __init__(self, command: Sequence[str], port: int, environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *command],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": _ROOT, **environment},
                start_new_session=True,  # what it has started ends with it, whatever happens to a test
            )
        if not wait_until(lambda: self._process.poll() is not None or can_connect(port)):
            self._process.kill()
        assert self._process.poll() is None, log.read_text()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self) -> str:
        """Have it end as its operator would, and return its output."""
        self._process.terminate()
        self._process.wait(WAIT_TIMEOUT_S)
        return self._log.read_text()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # its own group, of nobody else
        self._process.wait(WAIT_TIMEOUT_S)


def can_connect(port: int) -> bool:
    """Return whether somebody listens."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Load:
    """Threads that ask a server, each for a number of its own; a context manager, which ends them.

    Attributes:
        answered: The numbers whose request was answered, and by which process.
    """

    def __init__(self, port: int, threads: int = 4) -> None:
        self._port = port
        self._numbers = itertools.count()
        self._ending = threading.Event()
        self.answered: dict[int, str] = {}
        self._threads = [threading.Thread(target=self._ask, name="load", daemon=True) for _ in range(threads)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Ask no more; idempotent."""
        self._ending.set()
        for thread in self._threads:
            thread.join(WAIT_TIMEOUT_S)

    def wait_for_more(self, count: int) -> None:
        """Wait until so many more requests are answered."""
        before = len(self.answered)
        assert wait_until(lambda: len(self.answered) >= before + count)

    def wait_for_processes(self, count: int) -> None:
        """Wait until so many processes have answered: gunicorn's workers miss a signal that comes before they serve."""
        assert wait_until(lambda: len(set(self.answered.values())) >= count)

    def _ask(self) -> None:
        while not self._ending.is_set():
            number = next(self._numbers)
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                connection.request("GET", f"/{number}")
                answer = connection.getresponse()
                if answer.status == 200:
                    self.answered[number] = answer.read().decode()
            except (OSError, http.client.HTTPException):  # a worker that has ended: its client asks for another number
                time.sleep(_PAUSE_S)
            finally:
                connection.close()
