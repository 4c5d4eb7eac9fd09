"""A scriptable HTTP peer on loopback: it records what it gets, and answers, or fails to, as it is told.

Raw sockets rather than http.server, because most of what a delivery must survive is not HTTP at all: headers that
drip, bodies that stop half-way, connections that are reset. All threads are daemons, and joined when the sink closes.
"""

from __future__ import annotations

import contextlib
import enum
import gzip
import itertools
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, TypeAlias

WAIT_TIMEOUT_S: Final = 10.0  # far above what any step takes; reached only where a test is going to fail
DRIP_INTERVAL_S: Final = 0.05
JOIN_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    path: str  # as on the request line: a whole URL where the sink stands in for a proxy
    headers: Mapping[str, str]  # names in lower case
    raw_body: bytes
    connection: int  # which connection it came on, counted from 0

    @property
    def body(self) -> bytes:
        """Return the body, decompressed as its Content-Encoding says."""
        encoding = self.headers.get("content-encoding")
        if encoding == "gzip":
            return gzip.decompress(self.raw_body)
        return self.raw_body if encoding is None else zlib.decompress(self.raw_body)


@dataclass(frozen=True)
class Answer:
    """A complete answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    reason: str = "Said So"


class Fault(enum.Enum):
    """What a peer may do, once it has read a request, instead of answering."""

    SILENT = "says nothing"
    DRIP_HEADER = "answers with a header that never ends, byte by byte"
    DRIP_BODY = "answers 200 and sends a long body, byte by byte"
    HALF_BODY = "answers 200, sends half of the body it announced, and says no more"
    OPEN_END = "answers 200 without saying how long the body is, sends some, and says no more"
    RESET = "resets the connection without an answer"


class Reception(enum.Enum):
    """What a peer may do on every connection, instead of reading a request."""

    UNREAD = "reads nothing (after the TLS handshake, where it speaks TLS)"
    DRIP_READ = "reads a little at a time (likewise)"
    LATE_READ = "reads nothing for 0.7 s, then everything, and says nothing"
    DRIP_HANDSHAKE = "sends the beginning of a TLS record, byte by byte"


Reply: TypeAlias = Answer | bytes | Fault  # bytes: exactly these, before it closes the connection
Script: TypeAlias = Iterable[Reply] | Callable[[Request], Reply]

_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n"
_SENT: Final[Mapping[Fault | Reception, bytes]] = {
    Reception.DRIP_HANDSHAKE: b"\x16\x03\x03\x3f\xff",  # a handshake record of 16,383 bytes
    Fault.DRIP_HEADER: b"HTTP/1.1 200 OK\r\nX-Endless: ",
    Fault.DRIP_BODY: _HEAD + b"Content-Length: 100000\r\n\r\n",
    Fault.HALF_BODY: _HEAD + b"Content-Length: 10\r\n\r\nhalf.",
    Fault.OPEN_END: _HEAD + b"\r\nsome",
}
_DRIPS: Final = (Reception.DRIP_HANDSHAKE, Fault.DRIP_HEADER, Fault.DRIP_BODY)
_READ_BYTES: Final = 65_536
LATE_READ_S: Final = 0.7


class Sink:
    """An HTTP server on 127.0.0.1 that does what a script says; a context manager.

    Args:
        script: What to answer: a reply for each request in their order, and 200 once they are used up; or a function
            of the request.
        reception: What to do with every connection instead of reading requests from it.
        tls: Speak TLS with this context.
        port: Where to listen; 0: any port that is free.

    Attributes:
        requests: The requests that have arrived, complete, in their order; each is here before it is answered.
        port: The port it listens on.
    """

    def __init__(
        self,
        script: Script = (),
        *,
        reception: Reception | None = None,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.requests: list[Request] = []
        self._reply_to = script if callable(script) else _in_order(script)
        self._reception = reception
        self._tls = tls
        self._receptions = 0
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """How many connections were ever accepted."""
        return len(self._connections)

    def wait_for(self, requests: int = 0, *, receptions: int = 0) -> list[Request]:
        """Wait until so many requests have arrived and so many receptions have begun; return all requests."""
        with self._changed:
            arrived = self._changed.wait_for(
                lambda: len(self.requests) >= requests and self._receptions >= receptions, WAIT_TIMEOUT_S
            )
            assert arrived, f"{len(self.requests)} requests and {self._receptions} receptions on {self.connections}"
            return list(self.requests)

    def hang_up(self) -> None:
        """End every connection there is, as a server does with idle ones."""
        for connection in list(self._connections):
            _shut_down(connection)

    def close(self) -> None:
        """Close everything and wait for the threads; idempotent."""
        self._stopping.set()
        _shut_down(self._listener)  # wakes accept()
        self._listener.close()
        self._threads[0].join(JOIN_TIMEOUT_S)  # the one that accepts: no connection comes after it
        self.hang_up()
        for thread in self._threads:
            thread.join(JOIN_TIMEOUT_S)

    def __enter__(self) -> Sink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name="sink", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        for number in itertools.count():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._start(self._serve, number)

    def _serve(self, number: int) -> None:
        """Answer one connection's requests until either side has had enough, or misbehave from the start."""
        try:
            if self._tls is not None:
                self._connections[number] = self._tls.wrap_socket(self._connections[number], server_side=True)
            if self._reception is not None:
                self._receive(number, self._reception)
                return
            while (request := _read_request(self._connections[number], number)) is not None:
                with self._changed:
                    self.requests.append(request)
                    self._changed.notify_all()
                reply = self._reply_to(request)
                if isinstance(reply, Fault):
                    self._misbehave(number, reply)
                    return
                self._connections[number].sendall(reply if isinstance(reply, bytes) else _encode(reply))
                if isinstance(reply, bytes):
                    return
        except OSError:  # the peer hung up, or close() did
            return
        finally:
            self._connections[number].close()

    def _receive(self, number: int, how: Reception) -> None:
        """Begin to misbehave as soon as the client has said something, in TLS at least its part of the handshake."""
        if self._tls is None:
            self._connections[number].recv(1, socket.MSG_PEEK)
        with self._changed:
            self._receptions += 1
            self._changed.notify_all()
        self._misbehave(number, how)

    def _misbehave(self, number: int, how: Fault | Reception) -> None:
        """Do what was asked for, until the peer or close() ends it; the caller closes the connection."""
        connection = self._connections[number]
        connection.sendall(_SENT.get(how, b""))
        if how is Fault.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if how is Reception.LATE_READ:
            self._stopping.wait(LATE_READ_S)
            while connection.recv(_READ_BYTES):
                pass
        while not self._stopping.wait(DRIP_INTERVAL_S):
            if how in _DRIPS:
                connection.sendall(b"x")
            if how is Reception.DRIP_READ:
                connection.recv(_READ_BYTES)


@contextlib.contextmanager
def unreachable() -> Iterator[str]:
    """Yield the base URL of a peer that never takes a connection: what connects to it waits.

    Its queue of connections is full. An address that drops packets would do the same, but loopback has none.
    """
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        # Linux takes one more than it was told to; the rest of them are there for other systems.
        for _ in range(4):
            filler = waiting.enter_context(socket.socket())
            filler.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                filler.connect(address)
        yield f"http://127.0.0.1:{address[1]}"


def _in_order(replies: Iterable[Reply]) -> Callable[[Request], Reply]:
    left = iter(replies)
    lock = threading.Lock()  # connections are served each by its own thread

    def reply_to(_: Request) -> Reply:
        with lock:
            return next(left, Answer())

    return reply_to


def _read_request(connection: socket.socket, number: int) -> Request | None:
    """Read one request; None where the peer hung up instead."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(_READ_BYTES)
        if not part:
            return None
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    while len(body) < length:
        part = connection.recv(_READ_BYTES)
        if not part:
            return None
        body += part
    method, path, _ = first.split(" ")
    return Request(method, path, headers, body, number)


def _encode(answer: Answer) -> bytes:
    headers = {"Content-Length": str(len(answer.body)), **answer.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} {answer.reason}\r\n{head}\r\n".encode("latin-1") + answer.body


def _shut_down(connection: socket.socket) -> None:
    # The plain socket's method: that of a TLS socket forgets the TLS state that its thread is reading with.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
