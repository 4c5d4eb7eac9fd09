"""OTLP over gRPC: one unary call a request, on the stock exporter's channel: its TLS, credentials and environment.

Guarantee: send() returns within its timeout, whatever the peer does, and says DELIVERED only of the status OK.
Not bounded: what a credential provider does when the channel is made.
Cost: the first send() imports grpc and the stock exporter (100 ms); a send() takes 0.7 ms of CPU, threads included.

What is decided here: gRPC compresses inside the call, so prepare() leaves a request as it is, and max_payload_bytes
holds for it uncompressed. What is sent is never more than that; and a peer's own limit (4 MiB, usually) is for what it
has decompressed. Compressing once more to know the size would cost more than the few requests that it saves.

A call that ends in a RETRY takes its channel with it. gRPC's own pause before it connects again grows to two minutes,
and a dead connection that nobody has ended would be used until the system gives it up; the worker has its own pauses.
TLS that fails is UNAVAILABLE, and so a RETRY, as over HTTP; so is a certificate file that is not there.

A forked child makes a channel of its own, where gRPC can be used in it (see `fork_gate.py`). Calls are made as futures,
which cost a thread each: a blocking call in progress always hangs a child where GRPC_ENABLE_FORK_SUPPORT=1. Where no
thread can be started, as at interpreter shutdown, the call blocks, and abort() does not end it, only close() does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from clippy_otel import _guard
from clippy_otel._sdk import exporters as sdk_exporters
from clippy_otel._sdk import suppression as sdk_suppression
from clippy_otel._version import __version__
from clippy_otel.delivery import green_threads
from clippy_otel.delivery.answers import clean, read_grpc_failure, read_grpc_success
from clippy_otel.delivery.fork_gate import ForkGate, is_cut_off, watch_forks
from clippy_otel.delivery.routes import GRPC_COMPRESSIONS, ROUTES
from clippy_otel.ports import Outcome, Signal, Verdict

_USER_AGENT: Final = f"clippy_otel/{__version__}"
_STATUS_DETAILS: Final = "grpc-status-details-bin"  # the trailing metadata with a google.rpc.Status
# How long after gRPC's own deadline, which says more, we stop waiting for it.
_GRACE_S: Final = 0.2

# What forked children have of their parents' channels: a channel that nobody holds any more is closed.
_left_to_parents: Final[list[sdk_exporters.GrpcChannel]] = []


class GrpcTransport:
    """A Transport for OTLP over gRPC.

    After close() nothing is sent any more, not by a thread that was left behind either: send() returns RETRY.

    Args:
        signal: What the requests hold.
        endpoint: "http://host:4317", "https://host:4317" or "host:4317"; None: that of OTEL_EXPORTER_OTLP_*.
        headers: Added to those of OTEL_EXPORTER_OTLP_HEADERS, whose place they take where both name one.
        timeout_s: An upper bound for each send(), beside its own; None: no other.
    """

    limits_payload = True

    def __init__(
        self,
        signal: Signal,
        *,
        endpoint: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> None:
        self._signal = signal
        self._route = ROUTES[signal]
        self._endpoint = endpoint
        self._headers = dict(headers or {})
        self._timeout_s = timeout_s
        self._compression = self._route.compression(GRPC_COMPRESSIONS)
        self._closed = False
        sdk_exporters.load_before_exit()
        self._opened: sdk_exporters.GrpcChannel | None = None
        self._gate = ForkGate()
        self._call: Any = None  # the grpc.Future of the call in progress
        self._aborted = False

    def prepare(self, data: bytes) -> bytes:
        """Return a request as it is: gRPC compresses it, as OTEL_EXPORTER_OTLP_[SIGNAL_]COMPRESSION says, else gzip."""
        return data

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:
        """Call the peer once with a prepared request. Never raises.

        Args:
            prepared: What prepare() returned.
            timeout_s: The total time for everything, in seconds.
        """
        if self._timeout_s is not None:
            timeout_s = min(timeout_s, self._timeout_s)
        deadline = time.monotonic() + timeout_s
        if is_cut_off():
            return Outcome(Verdict.RETRY, message="gRPC cannot be used in this forked child")
        if green_threads.holds_all_up():  # patched after it was configured: in a worker of a server that preloads
            return Outcome(Verdict.RETRY, message="gRPC cannot be used with green threads")
        self._aborted = False
        gate = self._gate
        if timeout_s <= 0 or not gate.enter(timeout_s):
            return Outcome(Verdict.RETRY, message="TimeoutError")
        try:
            with sdk_suppression.instrumentation_suppressed():
                return Outcome(Verdict.RETRY, message="closed") if self._closed else self._attempt(prepared, deadline)
        finally:
            if self._closed:  # meanwhile: close() may not have seen the channel that this send() has opened
                self._drop_channel()
            gate.leave()

    def abort(self) -> None:
        """Cancel the call in progress: its send() returns RETRY. Without one, do nothing."""
        self._aborted = True
        call = self._call
        if call is not None:
            call.cancel()

    def close(self) -> None:
        """Close the channel for good, cancelling a call in progress."""
        self._closed = True
        self.abort()
        self._drop_channel()

    def after_fork(self) -> None:
        """Go on in a child with a channel of its own; the parent's is neither closed nor used."""
        if self._opened is not None:
            _left_to_parents.append(self._opened)
        self._opened = self._call = None
        self._gate = ForkGate()

    def _attempt(self, data: bytes, deadline: float) -> Outcome:
        try:
            opened = self._open()
        except OSError as error:
            words = (type(error).__name__, error.strerror, error.filename)
            return Outcome(Verdict.RETRY, message=clean(": ".join(str(word) for word in words if word), ()))
        except Exception as error:  # noqa: BLE001 - a credential provider's, or an unusable variable's
            _guard.swallowed("grpc channel", error)
            return Outcome(Verdict.RETRY, message=type(error).__name__)
        timeout_s = deadline - time.monotonic()
        if timeout_s <= 0:
            return Outcome(Verdict.RETRY, message="TimeoutError")
        try:
            answer = self._exchange(opened, data, timeout_s)
        except Exception as error:  # noqa: BLE001 - every one is booked as an Outcome
            return self._failed(error, opened)
        return read_grpc_success(answer or b"", self._route.response, hidden=list(_secrets(opened)))

    def _exchange(self, opened: sdk_exporters.GrpcChannel, data: bytes, timeout_s: float) -> Any:
        """Call the peer and return its answer, undecoded: what cannot be decoded is no failure of the call."""
        export = opened.channel.unary_unary(self._route.method)
        if not _threads_can_start():  # asked before: a future without its thread would never end, nor its channel close
            return export(data, timeout=timeout_s, metadata=opened.metadata)
        self._call = call = export.future(data, timeout=timeout_s, metadata=opened.metadata)
        try:
            if self._aborted:  # before it could see the call
                call.cancel()
            return call.result(timeout=timeout_s + _GRACE_S)
        finally:
            self._call = None
            call.cancel()  # does nothing where it has ended

    def _open(self) -> sdk_exporters.GrpcChannel:
        """Return the channel, made at the first send and kept while it serves."""
        opened = self._opened
        if opened is None:
            self._opened = opened = sdk_exporters.open_grpc_channel(
                self._signal,
                endpoint=self._endpoint,
                headers=self._headers,
                compression=self._compression,
                user_agent=_USER_AGENT,
            )
            watch_forks()
        return opened

    def _failed(self, error: Exception, opened: sdk_exporters.GrpcChannel) -> Outcome:
        """Return the outcome of a call that did not end well."""
        import grpc  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy

        if self._aborted:
            return Outcome(Verdict.RETRY, message="aborted")
        if isinstance(error, (TypeError, ValueError)):
            # Metadata that gRPC cannot send. Only its type: its text holds the metadata.
            return Outcome(Verdict.REFUSED, message=type(error).__name__)
        if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
            status = dict(error.trailing_metadata() or ()).get(_STATUS_DETAILS, b"")
            hidden = list(_secrets(opened))
            outcome = read_grpc_failure(error.code().name, error.details() or "", status, hidden=hidden)
            if outcome.verdict is Verdict.RETRY:
                self._drop_channel()
            return outcome
        if isinstance(error, grpc.FutureTimeoutError):
            self._drop_channel()
            return Outcome(Verdict.RETRY, message="TimeoutError")
        _guard.swallowed("grpc send", error)
        return Outcome(Verdict.RETRY, message=type(error).__name__)

    def _drop_channel(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with _guard.host_safe("grpc close"):
                opened.channel.close()


def _threads_can_start() -> bool:
    try:
        threading.Thread(target=int, daemon=True).start()  # int(): the shortest work there is
    except RuntimeError:
        return False
    return True


def _secrets(opened: sdk_exporters.GrpcChannel) -> Iterator[str]:
    """Yield what the peer must not tell others: the values of the metadata, whole and by their words."""
    for _, value in opened.metadata:
        yield value
        yield from value.split()
