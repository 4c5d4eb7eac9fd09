"""The line that one request is on: its total deadline, and the way to cut it from another thread.

A socket's own timeout starts anew with every receive, so a peer that drips holds a request for as long as it likes.
Here the socket is given, before every operation, what is left until the deadline. What blocks in it is woken by
shutting the connection down through a duplicated descriptor: closing it would leave the reader asleep, and the
socket object itself may have changed hands (a TLS handshake detaches it) or been closed, its number taken by another.

Not bounded: name resolution, which cannot be interrupted. Cost: about 1 us an operation.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

_active: Final = threading.local()


class Connected(Protocol):
    """A socket, or what a TLS library puts in its place."""

    def settimeout(self, value: float | None, /) -> None:
        """Set the timeout of each operation, in seconds."""

    def fileno(self) -> int:
        """Return the descriptor of the connection underneath."""


def current() -> Line | None:
    """Return the line that this thread's request is on; None where no request of ours is being made."""
    line: Line | None = getattr(_active, "line", None)
    return line


class Line:
    """A transport's line. One request at a time; cut() may be called by any thread.

    Attributes:
        is_cut: Somebody has cut the request in progress, or has called cut() since the last one.
        is_fresh: The attempt in progress has opened its own connection.
        has_answer: Something of an answer was received by the attempt in progress.
    """

    def __init__(self) -> None:
        # Re-entrant: a signal handler may shut the pipeline down in the middle of a shutdown.
        self._lock = threading.RLock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._handle: socket.socket | None = None
        self._deadline = 0.0
        self.is_cut = self.is_fresh = self.has_answer = False

    @contextlib.contextmanager
    def busy(self, timeout_s: float) -> Iterator[None]:
        """Put what this thread requests in the block on the line, for at most `timeout_s` seconds in all."""
        self.is_cut = False
        self._deadline = time.monotonic() + timeout_s
        _active.line = self
        try:
            yield
        finally:
            _active.line = None
            with self._lock:
                self._drop_handle()

    def start_attempt(self) -> None:
        """Forget what the attempt before, within the same deadline, was about."""
        with self._lock:
            self._drop_handle()
        self.is_fresh = self.has_answer = False

    def remaining_s(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: The deadline has passed.
            ConnectionAbortedError: The line was cut.
        """
        if self.is_cut:
            raise ConnectionAbortedError
        remaining_s = self._deadline - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        return remaining_s

    def went_stale(self) -> bool:
        """Return whether an attempt that failed was on an idle connection that its peer had closed, or seems so."""
        reused = self._handle is not None and not self.is_fresh
        return reused and not self.has_answer and not self.is_cut and time.monotonic() < self._deadline

    def arm(self, sock: Connected) -> None:
        """Let the next operation on a socket take what is left, and no longer. Raises as remaining_s()."""
        sock.settimeout(self.remaining_s())

    def watch(self, sock: Connected) -> None:
        """Have cut() end what blocks in this socket's connection. Raises as remaining_s()."""
        with self._lock:
            self._drop_handle()
            self._handle = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
            if isinstance(sock, socket.socket):
                self._sockets.add(sock)
        self.arm(sock)

    def connect(
        self,
        host: str,
        port: int,
        *,
        family: int,
        source_address: tuple[str, int] | None,
        options: Sequence[tuple[int, int, Any]],
    ) -> socket.socket:
        """Open a connection to the first address of a host that answers, and watch it.

        Each address gets an equal share of what is left, so that a dead one does not use up the others' time.

        Raises:
            OSError: No address could be connected to; of several errors the last.
        """
        addresses = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        error: OSError = OSError("the host has no address")
        for index, (kind, _, protocol, _, address) in enumerate(addresses):
            sock = socket.socket(kind, socket.SOCK_STREAM, protocol)
            try:
                self.watch(sock)
                for option in options:
                    sock.setsockopt(*option)
                if source_address:
                    sock.bind(source_address)
                sock.settimeout(self.remaining_s() / (len(addresses) - index))
                sock.connect(address)
                self.arm(sock)
            except OSError as failed:
                sock.close()
                error = failed
            else:
                return sock
        try:
            raise error
        finally:
            del error  # it holds this frame, which would hold it

    def cut(self) -> None:
        """End the request in progress, whatever it blocks in; the next one is not concerned."""
        with self._lock:
            self.is_cut = True
            if self._handle is not None:
                with contextlib.suppress(OSError):  # not connected (any more)
                    self._handle.shutdown(socket.SHUT_RDWR)

    def forget_in_child(self) -> None:
        """Close a forked child's copies of the descriptors, so that the parent alone decides when its peer sees an end.

        Only the descriptors: closing the socket or the response above it could wait for a lock that a thread held in
        the parent, and a copy's close() ends no connection. Neither FIN nor TLS close_notify is sent.
        """
        for sock in list(self._sockets):
            _close_descriptor(sock)
        if self._handle is not None:
            _close_descriptor(self._handle)

    def _drop_handle(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


def _close_descriptor(sock: socket.socket) -> None:
    descriptor = sock.detach()
    if descriptor >= 0:  # negative where it was closed, or handed to the TLS socket above it
        os.close(descriptor)
