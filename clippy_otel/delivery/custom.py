"""The `custom` transport: what is delivered goes to the application's own code.

It takes a callable, an async one, an object with `logs`, `spans` or `metrics` (each a callable, an async one or an SDK
exporter), an SDK exporter, or a list of these for different signals. Callables get a list of Events, fresh objects that
they may keep and change; SDK exporters get SDK records. Both are decoded from the bytes that other transports send.

Delivered is what was taken without raising; what a callable returns means nothing, an exporter's FAILURE is heard.
Raising, of whatever, means again later, so everything arrives at least once. A callable that blocks cannot be
interrupted: send() returns when it does, and the deadlines of flush and shutdown are kept by not waiting for it.
Instrumentation is suppressed inside, or each delivery would be telemetry to deliver.
"""

from __future__ import annotations

import inspect
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from clippy_otel import _guard, _sdk
from clippy_otel.delivery.receivers import LogReceiver, log_receiver
from clippy_otel.exceptions import NotAvailableYetError
from clippy_otel.otlp.decode import DecodedLog, decode_logs
from clippy_otel.ports import Outcome, Signal, Verdict

if TYPE_CHECKING:
    from clippy_otel.delivery.own_loop import OwnLoop

_CLOSE_WAIT_S: Final = 0.1
_EXPORT_FAILURE: Final = "FAILURE"  # that member's name in all of the SDK's result enumerations


class CustomTransport:
    """Deliver log records to the application's own code.

    Args:
        target: What to deliver to (see the module). An SDK exporter belongs to the transport from now on, which shuts
            it down.
        signal: The signal of the requests; this version has "logs".

    Raises:
        ConfigurationError: A part of the target has none of the forms, or several of them take the signal.
        NotAvailableYetError: No part of it takes log records, the only ones that this version has.
    """

    limits_payload = False

    def __init__(self, target: Any, *, signal: Signal = "logs") -> None:
        if signal != "logs":
            raise NotAvailableYetError(f"custom_transport for {signal}")
        receiver = log_receiver(target)
        if receiver is None:  # every event would be refused
            raise NotAvailableYetError("custom_transport: a target without `logs`")
        self._receiver: LogReceiver = receiver
        self._loop: OwnLoop | None = None
        self._sending = threading.Lock()
        self._closed = False
        self._released = False

    def prepare(self, data: bytes) -> bytes:
        """Return the request as it is."""
        return data

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:
        """Call the application's code with the records of a request; an async one for timeout_s seconds at most."""
        deadline = time.monotonic() + timeout_s
        try:
            logs = decode_logs(prepared)
        except ValueError:
            return Outcome(Verdict.REFUSED, message="custom transport: a malformed request")
        with self._sending:
            try:
                if self._closed:
                    return Outcome(Verdict.RETRY, message="the custom transport is closed")
                return self._deliver(self._receiver, logs, deadline)
            finally:
                self._release_if_closed()

    def abort(self) -> None:
        """Cancel an async callable that another thread waits for; a blocking one cannot be interrupted."""
        if self._loop is not None:
            self._loop.cancel()

    def close(self) -> None:
        """Close the event loop and shut an SDK exporter down; idempotent. What is sent later is for later."""
        self._closed = True
        # Whoever keeps the lock for longer is inside send(), and will see on its way out that we are closed.
        if self._sending.acquire(timeout=_CLOSE_WAIT_S):
            try:
                self._release_if_closed()
            finally:
                self._sending.release()

    def after_fork(self) -> None:
        """Leave the event loop to the parent; the application's own connections are the application's to renew."""
        self._sending = threading.Lock()
        if self._loop is not None:
            self._loop.after_fork()

    def _deliver(self, receiver: LogReceiver, logs: list[DecodedLog], deadline: float) -> Outcome:
        try:
            with _sdk.instrumentation_suppressed():
                answer = receiver.take(logs)
                if inspect.isawaitable(answer):
                    answer = self._own_loop().run(answer, deadline - time.monotonic())
        except BaseException as error:
            if _is_for_the_host(error):
                raise
            # Its type and no more: the text may hold what is in the events.
            return Outcome(Verdict.RETRY, message=f"custom transport: {type(error).__name__}")
        if receiver.exporter is not None and getattr(answer, "name", None) == _EXPORT_FAILURE:
            return Outcome(Verdict.RETRY, message="custom transport: the exporter answered FAILURE")
        return Outcome(Verdict.DELIVERED)

    def _own_loop(self) -> OwnLoop:
        if self._loop is None:
            from clippy_otel.delivery.own_loop import OwnLoop  # noqa: PLC0415 - asyncio, for async callables only

            self._loop = OwnLoop()
        return self._loop

    def _release_if_closed(self) -> None:
        """Let go of loop and exporter once, by whoever holds the lock when we are closed."""
        if not self._closed or self._released:
            return
        self._released = True
        if self._loop is not None:
            with _guard.host_safe("custom transport's loop"):
                self._loop.close()
        if self._receiver.exporter is not None:
            with _guard.host_safe("custom transport's exporter"):
                self._receiver.exporter.shutdown()


def _is_for_the_host(error: BaseException) -> bool:
    """Return whether an exception is meant for the main thread, in which we are.

    Elsewhere SystemExit would end the worker's thread without a word, and nobody's Ctrl-C arrives there.
    """
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and isinstance(error, (KeyboardInterrupt, SystemExit))
