"""A real gRPC server on loopback: it notes what it gets, and answers, or fails to, as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

import grpc  # type: ignore[import-untyped]

WAIT_TIMEOUT_S: Final = 10.0  # far above what any step takes; reached only where a test is going to fail
IDENTITY, GZIP = 1, 4  # bits of compression_algorithms


@dataclass(frozen=True)
class Call:
    """One call as it arrived."""

    method: str
    body: bytes  # decompressed
    metadata: Mapping[str, str | bytes]
    caller: str  # the address of the other end of its connection


Reply = Callable[[Call, Any], bytes]


def accept(_: Call, __: Any) -> bytes:
    """Answer as a peer that has taken everything."""
    return b""


def fail(code: grpc.StatusCode, details: str = "", status: bytes = b"") -> Reply:
    """Return a reply with another status than OK, and the google.rpc.Status that goes with it."""

    def reply(_: Call, context: Any) -> bytes:
        if status:
            context.set_trailing_metadata((("grpc-status-details-bin", status),))
        context.abort(code, details)
        raise AssertionError

    return reply


class Peer:
    """A gRPC server on 127.0.0.1 that takes any method; a context manager.

    Args:
        reply: What to answer each call with; may raise, and may wait (for `ending`, rather than for ever).
        port: 0: any that is free.
        pair: A key and certificates (PEM): speak TLS with them.
        authority: Certificates (PEM) that clients must have been signed by.
        compression_algorithms: The bits of those that it takes; None: all.

    Attributes:
        calls: The calls that have arrived, in their order; each is here before it is answered.
        ending: Set when the peer is about to close.
    """

    def __init__(
        self,
        reply: Reply = accept,
        *,
        port: int = 0,
        pair: tuple[bytes, bytes] | None = None,
        authority: bytes | None = None,
        compression_algorithms: int | None = None,
    ) -> None:
        self.calls: list[Call] = []
        self.ending = threading.Event()
        self._reply = reply
        self._arrived = threading.Condition()
        options = [("grpc.so_reuseport", 0)]
        if compression_algorithms is not None:
            options.append(("grpc.compression_enabled_algorithms_bitset", compression_algorithms))
        self._server = grpc.server(ThreadPoolExecutor(4), options=options)
        self._server.add_generic_rpc_handlers((_AnyMethod(self._serve),))
        address = f"127.0.0.1:{port}"
        if pair is None:
            self.port: int = self._server.add_insecure_port(address)
        else:
            credentials = grpc.ssl_server_credentials([pair], authority, require_client_auth=authority is not None)
            self.port = self._server.add_secure_port(address, credentials)
        self.url = f"{'http' if pair is None else 'https'}://127.0.0.1:{self.port}"
        self._server.start()

    def wait_for(self, calls: int) -> list[Call]:
        """Wait until so many calls have arrived; return all."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.calls) >= calls, WAIT_TIMEOUT_S), self.calls
            return list(self.calls)

    def die(self) -> None:
        """End every connection at once, calls in progress among them."""
        self._server.stop(None)

    def close(self) -> None:
        """Close everything and wait for it; idempotent."""
        self.ending.set()
        assert self._server.stop(None).wait(WAIT_TIMEOUT_S)

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _serve(self, method: str, body: bytes, context: Any) -> bytes:
        call = Call(method, body, dict(context.invocation_metadata()), context.peer())
        with self._arrived:
            self.calls.append(call)
            self._arrived.notify_all()
        return self._reply(call, context)


class _AnyMethod(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Serve every method with one function, bytes in and bytes out."""

    def __init__(self, serve: Callable[[str, bytes, Any], bytes]) -> None:
        self._serve = serve

    def service(self, handler_call_details: Any) -> Any:
        """Return the handler of a call."""
        method = handler_call_details.method
        return grpc.unary_unary_rpc_method_handler(lambda body, context: self._serve(method, body, context))
