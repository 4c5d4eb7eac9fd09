"""The `custom` transport: what is delivered goes to the application's own code.

It takes a callable, an async one, an object with `logs`, `spans` or `metrics` (each a callable, an async one or an SDK
exporter), an SDK exporter, or a list of these for different signals. Callables get a list of mappings a request, fresh
objects that they may keep and change: `logs` Events, `spans` SpanData, `metrics` Events of type "performance.metric",
and a callable by itself the Events of both. SDK exporters get SDK objects. All are decoded from the bytes that other
transports send.

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

from clippy_otel import _guard
from clippy_otel._sdk import suppression as sdk_suppression
from clippy_otel.delivery.decoders import DECODERS
from clippy_otel.delivery.receivers import Receiver, find_receiver
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SIGNALS, Outcome, Signal, Verdict

if TYPE_CHECKING:
    from clippy_otel.delivery.own_loop import OwnLoop

_CLOSE_WAIT_S: Final = 0.1
_EXPORT_FAILURE: Final = "FAILURE"  # that member's name in all of the SDK's result enumerations


def custom_transports(target: Any) -> dict[Signal, CustomTransport]:
    """Return a transport for each signal that a target takes, all with one event loop for its async code.

    Args:
        target: What to deliver to (see the module). SDK exporters in it belong to the transports from now on: they are
            shut down, once, when all transports are closed.

    Raises:
        ConfigurationError: A part of the target has none of the forms, several of them take one signal, or it takes
            none at all.
    """
    application = Application()
    taken = [signal for signal in SIGNALS if find_receiver(target, signal) is not None]
    if not taken:
        raise ConfigurationError("custom_transport takes nothing: its logs, spans or metrics export another signal")
    return {signal: CustomTransport(target, signal=signal, application=application) for signal in taken}


class Application:
    """What the transports to one target share: one call at a time, the event loop, the exporters to shut down."""

    def __init__(self) -> None:
        self.sending = threading.Lock()
        self._loop: OwnLoop | None = None
        self._open: set[Signal] = set()
        self._exporters: dict[int, Any] = {}  # by their identity: one may take several signals

    def join(self, signal: Signal, receiver: Receiver) -> None:
        """Have a transport more to wait for."""
        self._open.add(signal)
        if receiver.exporter is not None:
            self._exporters[id(receiver.exporter)] = receiver.exporter

    def leave(self, signal: Signal) -> None:
        """Let go of loop and exporters once the last transport is closed; a call under way does so when it ends."""
        self._open.discard(signal)
        # Whoever keeps the lock for longer is inside send(), and will see on its way out that all are closed.
        if not self._open and self.sending.acquire(timeout=_CLOSE_WAIT_S):
            try:
                self.release_if_left()
            finally:
                self.sending.release()

    def release_if_left(self) -> None:
        """Let go of loop and exporters where all transports are closed; by whoever holds the lock."""
        if self._open:
            return
        if self._loop is not None:
            with _guard.host_safe("custom transport's loop"):
                self._loop.close()
        while self._exporters:
            _, exporter = self._exporters.popitem()
            with _guard.host_safe("custom transport's exporter"):
                exporter.shutdown()

    def loop(self) -> OwnLoop:
        """Return the event loop, made when it is first needed."""
        if self._loop is None:
            from clippy_otel.delivery.own_loop import OwnLoop  # noqa: PLC0415 - asyncio, for async callables only

            self._loop = OwnLoop()
        return self._loop

    def cancel(self) -> None:
        """Cancel what runs in the event loop."""
        if self._loop is not None:
            self._loop.cancel()

    def after_fork(self) -> None:
        """Leave the event loop to the parent."""
        self.sending = threading.Lock()
        if self._loop is not None:
            self._loop.after_fork()


class CustomTransport:
    """Deliver the records of one signal to the application's own code.

    Args:
        target: What to deliver to (see the module).
        signal: The signal of the requests.
        application: What is shared with the transports for other signals to this target; None: nothing.

    Raises:
        ConfigurationError: A part of the target has none of the forms, or none or several of them take the signal.
    """

    limits_payload = False

    def __init__(self, target: Any, *, signal: Signal = "logs", application: Application | None = None) -> None:
        receiver = find_receiver(target, signal)
        if receiver is None:  # every record would be refused
            raise ConfigurationError(f"custom_transport takes no {signal}")
        self._receiver: Receiver = receiver
        self._decode = DECODERS[signal]
        self._signal: Signal = signal
        self._application = application or Application()
        self._application.join(signal, receiver)
        self._closed = False

    def prepare(self, data: bytes) -> bytes:
        """Return the request as it is."""
        return data

    def send(self, prepared: bytes, timeout_s: float) -> Outcome:
        """Call the application's code with the records of a request; an async one for timeout_s seconds at most."""
        deadline = time.monotonic() + timeout_s
        try:
            records = self._decode(prepared)
        except ValueError:
            return Outcome(Verdict.REFUSED, message="custom transport: a malformed request")
        with self._application.sending:
            try:
                if self._closed:
                    return Outcome(Verdict.RETRY, message="the custom transport is closed")
                return self._deliver(records, deadline)
            finally:
                self._application.release_if_left()

    def abort(self) -> None:
        """Cancel an async callable that another thread waits for; a blocking one cannot be interrupted."""
        self._application.cancel()

    def close(self) -> None:
        """Take nothing more; what is sent later is for later. The last one closed lets go of loop and exporters."""
        self._closed = True
        self._application.leave(self._signal)

    def after_fork(self) -> None:
        """Leave the event loop to the parent; the application's own connections are the application's to renew."""
        self._application.after_fork()

    def _deliver(self, records: list[Any], deadline: float) -> Outcome:
        try:
            with sdk_suppression.instrumentation_suppressed():
                answer = self._receiver.take(records)
                if inspect.isawaitable(answer):
                    answer = self._application.loop().run(answer, deadline - time.monotonic())
        except BaseException as error:
            if _is_for_the_host(error):
                raise
            # Its type and no more: the text may hold what is in the records.
            return Outcome(Verdict.RETRY, message=f"custom transport: {type(error).__name__}")
        if self._receiver.exporter is not None and getattr(answer, "name", None) == _EXPORT_FAILURE:
            return Outcome(Verdict.RETRY, message="custom transport: the exporter answered FAILURE")
        return Outcome(Verdict.DELIVERED)


def _is_for_the_host(error: BaseException) -> bool:
    """Return whether an exception is meant for the main thread, in which we are.

    Elsewhere SystemExit would end the worker's thread without a word, and nobody's Ctrl-C arrives there.
    """
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and isinstance(error, (KeyboardInterrupt, SystemExit))
