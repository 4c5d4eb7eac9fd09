"""requests and urllib3 on a line: their connections keep its deadline and can be cut; their errors in safe words.

Importing this module imports requests (60 ms): only the delivery thread does. It works on sessions that others made
(a credential provider's): the pools of the adapter for one URL get connection classes that extend those they had, and
that behave as before where the calling thread is on no line.

Not bounded by more than a timeout for each operation: the requests that a credential provider makes for its tokens,
the handshake with a SOCKS proxy, and the inner one of two TLS handshakes behind an https:// proxy.
"""

from __future__ import annotations

import functools
import http.client
import io
import ssl
from collections.abc import Iterator
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.util import connection as urllib3_connection

from clippy_otel.delivery import line as lines

# One TLS record: a TLS send() of more would start its timeout anew for each record of it.
_SEND_BYTES: Final = 16_384
_READ_BYTES: Final = 16_384

# The request itself is impossible, and will be the next time.
IMPOSSIBLE: Final = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
    urllib3.exceptions.LocationValueError,
    UnicodeError,  # a header or host name that cannot be encoded
)
# What goes wrong on networks. requests' own errors are OSErrors.
NETWORK: Final = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException)


class _ArmedStream(io.RawIOBase):
    """What a connection receives, each time with what is left of the line's time."""

    def __init__(self, sock: Any, line: lines.Line) -> None:
        super().__init__()
        self._sock = sock
        self._line = line
        self.ended = False
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open while an answer is read from it

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the stream as http.client asks a socket for it."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._line.arm(self._sock)
        count: int | None = self._raw.readinto(buffer)
        self._line.has_answer = self._line.has_answer or bool(count)
        self.ended = self.ended or not count
        # Twice: the end that a cut brings is not the end of an answer whose length the peer has not told; and a TLS
        # handshake that follows a proxy's answer takes its timeout from the socket as we leave it here.
        self._line.arm(self._sock)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """A response that is read from an armed stream while its thread is on a line."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        line = lines.current()
        self._stream = None if line is None else _ArmedStream(sock, line)
        source: Any = self._stream or sock
        super().__init__(source, *args, **kwargs)

    def begin(self) -> None:
        super().begin()
        # http.client takes the end of the connection for the end of the headers: "HTTP/1.1 200" would be a success.
        if self._stream is not None and self._stream.ended:
            raise http.client.IncompleteRead(b"")


class _TimedConnection(HTTPConnection):
    """Any connection, plain or TLS, direct or through a proxy: what it sends and receives keeps the line's deadline."""

    response_class = _TimedResponse

    def connect(self) -> None:
        line = lines.current()
        super().connect()
        if line is not None:
            line.is_fresh = True
            line.watch(self.sock)  # again where TLS has taken the descriptor over

    def request(self, *args: Any, **kwargs: Any) -> None:
        line = lines.current()
        if line is not None and self.sock is not None and not line.is_fresh:
            line.watch(self.sock)
        super().request(*args, **kwargs)

    def send(self, data: Any) -> None:
        line = lines.current()
        if line is None or not isinstance(data, bytes):  # we send bytes; anything else is somebody else's
            super().send(data)
            return
        if self.sock is None:
            self.connect()
        for start in range(0, len(data), _SEND_BYTES):
            line.arm(self.sock)
            super().send(data[start : start + _SEND_BYTES])


class _WatchedConnection(_TimedConnection):
    """A connection that opens its socket in the way of urllib3 itself: that keeps the deadline too."""

    def _new_conn(self) -> Any:
        line = lines.current()
        if line is None:
            return super()._new_conn()
        return line.connect(
            self._dns_host,
            self.port,
            family=urllib3_connection.allowed_gai_family(),
            source_address=self.source_address,
            options=self.socket_options or (),
        )


class _ProxyManagers(dict[str, Any]):
    """An adapter's managers of proxies, made when first needed: each gets timed pools as it comes."""

    def __setitem__(self, proxy: str, manager: Any) -> None:
        _time_pools(manager)
        super().__setitem__(proxy, manager)


def put_on_line(session: requests.Session, url: str) -> None:
    """Have a session's requests to a URL keep to the line that their thread is on. Idempotent.

    An adapter that is not built on requests' HTTPAdapter is left as it is: only its own timeouts hold then.

    Raises:
        requests.exceptions.InvalidSchema: The session has no adapter for such a URL.
    """
    adapter = session.get_adapter(url)
    if not isinstance(adapter, HTTPAdapter) or isinstance(adapter.proxy_manager, _ProxyManagers):
        return
    _time_pools(adapter.poolmanager)
    managers = _ProxyManagers()
    for proxy, manager in adapter.proxy_manager.items():
        managers[proxy] = manager
    adapter.proxy_manager = managers


def close(session: requests.Session) -> None:
    """Close a session with the idle connections in its pools.

    Left to their finalizers, those that were opened at the interpreter's exit would not be closed: these have run then.
    """
    for adapter in session.adapters.values():
        managers = [adapter.poolmanager, *adapter.proxy_manager.values()] if isinstance(adapter, HTTPAdapter) else []
        for pools in [manager.pools for manager in managers]:
            for key in pools.keys():  # noqa: SIM118 - no mapping: it cannot be iterated
                pool = pools.get(key)
                if pool is not None:
                    pool.close()
    session.close()


def read_answer(response: requests.Response, most_bytes: int) -> bytes:
    """Read a response to its end, and return the first `most_bytes` of its body.

    Raises:
        Exception: One of NETWORK: the response ended before its end, or the line did.
    """
    kept = bytearray()
    for chunk in _chunks(response):
        kept += chunk[: most_bytes - len(kept)]
    if response.raw.length_remaining:  # urllib3 1.26 does not look at that by itself
        raise http.client.IncompleteRead(bytes(kept), response.raw.length_remaining)
    return bytes(kept)


def describe(error: BaseException) -> str:
    """Return what an error of this stack is at its root, in words that hold no URL, header or address of ours."""
    root = _root(error)
    if isinstance(root, ssl.SSLCertVerificationError):
        return f"TLS certificate not accepted: {root.verify_message}"
    # An OSError without a number and of no special type is a sentence of requests or urllib3: a certificate file
    # that is not there, a proxy that refuses.
    sentence = str(root) if type(root) is OSError and root.errno is None else None
    words = (root.strerror if isinstance(root, OSError) else None) or sentence
    return f"{type(root).__name__}: {words}" if words else type(root).__name__


def _chunks(response: requests.Response) -> Iterator[bytes]:
    # Undecoded: we ask for no encoding, and what is compressed may be a thousand times as large.
    chunks: Iterator[bytes] = response.raw.stream(_READ_BYTES, decode_content=False)
    return chunks


def _root(error: BaseException) -> BaseException:
    """Follow an error to what caused it, through the several ways in which requests and urllib3 wrap one."""
    for _ in range(10):  # they nest five deep
        inner = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        causes = [cause for cause in inner if isinstance(cause, BaseException) and cause is not error]
        if not causes:
            break
        error = causes[0]
    return error


def _time_pools(manager: urllib3.PoolManager) -> None:
    """Give a pool manager timed classes for the pools that it will make; those it has finish what they are at."""
    manager.pool_classes_by_scheme = {
        scheme: _timed_pool(pool_class) for scheme, pool_class in manager.pool_classes_by_scheme.items()
    }
    manager.clear()


@functools.cache
def _timed_pool(pool_class: Any) -> Any:
    connection_class = pool_class.ConnectionCls
    # A SOCKS connection, for one, opens its socket in its own way: that must stay.
    opens_plainly = connection_class._new_conn is HTTPConnection._new_conn  # noqa: SLF001 - urllib3's name for it
    timed = _WatchedConnection if opens_plainly else _TimedConnection
    timed_connection = type(f"Timed{connection_class.__name__}", (timed, connection_class), {})
    return type(f"Timed{pool_class.__name__}", (pool_class,), {"ConnectionCls": timed_connection})
