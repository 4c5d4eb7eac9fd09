"""A relay on loopback between an exporter and the Collector: it notes the very bytes, and can hold them back."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

WAIT_TIMEOUT_S: Final = 8.0  # far above what any step takes, and below the 10 s that a request may take by default
_JOIN_TIMEOUT_S: Final = 5.0
_READ_BYTES: Final = 65_536


class Relay:
    """Passes connections on, byte by byte; a context manager.

    Args:
        endpoint: "http://127.0.0.1:PORT", where they go.
        holds: Whether it takes connections and passes nothing on, until release().

    Attributes:
        url: The same form of its own address.
        connections: How many it has taken.
    """

    def __init__(self, endpoint: str, *, holds: bool = False) -> None:
        self._target = ("127.0.0.1", urlsplit(endpoint).port or 0)
        self._holds = holds
        self._sent = bytearray()
        self._changed = threading.Condition()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self._start(self._accept)

    @property
    def sent(self) -> bytes:
        """What came from the exporters."""
        return bytes(self._sent)

    def wait_for_connections(self, count: int) -> None:
        """Wait until so many connections have been taken."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.connections >= count, WAIT_TIMEOUT_S), self.connections

    def release(self) -> None:
        """Pass on what comes from now on; who was held is cut off."""
        with self._changed:
            self._holds = False
            self._cut()

    def __enter__(self) -> Relay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for sock in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # wakes the threads
        self._threads[0].join(_JOIN_TIMEOUT_S)  # the one that accepts: no connection comes after it
        with self._changed:
            self._cut()
        for thread in self._threads:
            thread.join(_JOIN_TIMEOUT_S)
        self._listener.close()

    def _cut(self) -> None:
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._open.clear()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name="relay", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self.connections += 1
                self._open.append(client)
                if not self._holds:
                    server = socket.create_connection(self._target)
                    self._open.append(server)
                    self._start(self._pass_on, client, server, self._sent)
                    self._start(self._pass_on, server, client, bytearray())
                self._changed.notify_all()

    def _pass_on(self, source: socket.socket, target: socket.socket, noted: bytearray) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_READ_BYTES):
                noted += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
