"""The custom transport: the application's own code, whatever it does."""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from opentelemetry import context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.trace.export import SpanExporter

from clippy_otel.delivery.custom import CustomTransport, custom_transports
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SIGNALS, Event, Outcome, Signal, Verdict
from tests._requests import record, request
from tests._signals import gauge, metrics_request, span, span_request

DELIVERED: Final = Outcome(Verdict.DELIVERED)
LONG_S: Final = 60.0  # no test waits for it


class Exporter(LogRecordExporter):
    """An SDK exporter that answers what it is told to."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.batches: list[Sequence[ReadableLogRecord]] = []
        self.shutdowns = 0

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Keep the batch and give the next answer."""
        self.batches.append(batch)
        answer = self.answers.pop(0) if self.answers else LogRecordExportResult.SUCCESS
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def shutdown(self) -> None:
        """Count."""
        self.shutdowns += 1

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Have nothing to flush."""
        return timeout_millis > 0


class AsyncObject:
    """An object with an async `logs`."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def logs(self, events: list[Event]) -> None:
        """Keep the events, a moment later."""
        await asyncio.sleep(0)
        self.events.extend(events)


def raising(error: BaseException) -> Callable[[list[Event]], None]:
    """Return a callable that raises."""

    def target(_: list[Event]) -> None:
        raise error

    return target


def in_thread(function: Callable[[], Any]) -> Any:
    """Run a function in another thread, as the worker does, and return its result."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join(20)
    (result,) = results
    return result


def test_prepare() -> None:
    """The request goes as it is, and its size is nobody's concern."""
    transport = CustomTransport(print)
    assert transport.prepare(b"data") == b"data"
    assert transport.limits_payload is False


def test_events() -> None:
    """A callable gets the events of a request."""
    taken: list[Event] = []
    assert CustomTransport(taken.extend).send(request(record("a", {"n": 1}), record("b")), 1.0) == DELIVERED
    assert [event["type"] for event in taken] == ["a", "b"]
    assert taken[0]["data"] == {"n": 1}


def test_async_forms() -> None:
    """An async callable, one behind a partial, and an async member run to their end."""
    taken = AsyncObject()
    for target in (taken.logs, functools.partial(AsyncObject.logs, taken), taken):
        transport = CustomTransport(target)
        assert transport.send(request(record("a")), LONG_S) == DELIVERED
        transport.close()
    assert [event["type"] for event in taken.events] == ["a", "a", "a"]


def test_events_are_the_callables_own() -> None:
    """What the callable does to the events is gone when they are sent again."""
    seen: list[Any] = []

    def target(events: list[Event]) -> None:
        seen.append([dict(event["data"]) for event in events])
        events[0]["data"].clear()
        events.clear()
        raise ValueError

    transport = CustomTransport(target)
    data = request(record("a", {"deep": {"n": 1}}))
    for _ in range(2):
        assert transport.send(data, 1.0).verdict is Verdict.RETRY
    assert seen == [[{"deep": {"n": 1}}]] * 2


@pytest.mark.parametrize("answer", [None, False, 0, "FAILURE", Outcome(Verdict.REFUSED)])
def test_returned_value(answer: object) -> None:
    """What a callable returns means nothing: raising is how to say no."""
    assert CustomTransport(lambda _: answer).send(request(), 1.0) == DELIVERED


@pytest.mark.parametrize("error", [ValueError("alice@example.com"), RecursionError(), asyncio.CancelledError()])
def test_raising(error: BaseException) -> None:
    """Raising means again later; of the exception only its type is told."""
    expected = Outcome(Verdict.RETRY, message=f"custom transport: {type(error).__name__}")
    assert CustomTransport(raising(error)).send(request(), 1.0) == expected


@pytest.mark.parametrize("error", [ValueError("alice@example.com"), asyncio.CancelledError(), TimeoutError()])
def test_raising_async(error: BaseException) -> None:
    """So it does in an async callable."""

    async def target(_: list[Event]) -> None:
        await asyncio.sleep(0)
        raise error

    transport = CustomTransport(target)
    outcome = transport.send(request(), LONG_S)
    transport.close()
    assert outcome == Outcome(Verdict.RETRY, message=f"custom transport: {type(error).__name__}")


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()])
def test_exit_in_the_workers_thread(error: BaseException) -> None:
    """sys.exit() in a callable does not end the worker's thread."""
    outcome = in_thread(lambda: CustomTransport(raising(error)).send(request(), 1.0))
    assert outcome == Outcome(Verdict.RETRY, message=f"custom transport: {type(error).__name__}")


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()])
def test_exit_in_the_main_thread(error: BaseException) -> None:
    """In the main thread, where delivery happens at interpreter shutdown, both are the host's."""
    with pytest.raises(type(error)):
        CustomTransport(raising(error)).send(request(), 1.0)


def test_async_deadline() -> None:
    """An async callable gets the send's time and no more."""

    async def target(_: list[Event]) -> None:
        await asyncio.sleep(LONG_S)

    transport = CustomTransport(target)
    assert transport.send(request(), 0.01).verdict is Verdict.RETRY
    transport.close()


def test_abort() -> None:
    """abort() ends the wait for an async callable that another thread is in."""
    begun = threading.Event()
    outcomes: list[Outcome] = []

    async def target(_: list[Event]) -> None:
        begun.set()
        await asyncio.sleep(LONG_S)

    transport = CustomTransport(target)
    thread = threading.Thread(target=lambda: outcomes.append(transport.send(request(), LONG_S)))
    thread.start()
    assert begun.wait(10)
    transport.abort()
    thread.join(10)
    transport.close()
    assert outcomes == [Outcome(Verdict.RETRY, message="custom transport: CancelledError")]


def test_abort_when_idle() -> None:
    """abort() with nothing to abort does nothing."""
    transport = CustomTransport(print)
    transport.abort()
    transport.close()
    transport.abort()


def test_one_loop_for_all_requests() -> None:
    """What an async client keeps (connections, locks) stays usable: all requests run in one loop."""
    loops: list[object] = []

    async def target(_: list[Event]) -> None:
        loops.append(asyncio.get_running_loop())

    transport = CustomTransport(target)
    for _ in range(3):
        in_thread(lambda: transport.send(request(), LONG_S))
    transport.close()
    assert len(set(map(id, loops))) == 1
    assert len(loops) == 3


def test_inside_a_running_loop() -> None:
    """Sent from a thread that is in a loop of its own, an async callable is tried again later, elsewhere."""

    async def target(_: list[Event]) -> None: ...

    async def inside() -> Outcome:
        return CustomTransport(target).send(request(), 1.0)

    assert asyncio.run(inside()) == Outcome(Verdict.RETRY, message="custom transport: RuntimeError")


def test_instrumentation_is_suppressed() -> None:
    """What the callable does is not instrumented, sync or async: it would be telemetry about telemetry, for ever."""
    seen: list[object] = []

    def note(_: object) -> None:
        seen.append(context.get_value(_SUPPRESS_INSTRUMENTATION_KEY))

    async def note_later(events: object) -> None:
        await asyncio.sleep(0)
        note(events)

    for target in (note, note_later):
        transport = CustomTransport(target)
        transport.send(request(), LONG_S)
        transport.close()
    assert seen == [True, True]
    assert context.get_value(_SUPPRESS_INSTRUMENTATION_KEY) is None


def test_exporter() -> None:
    """An SDK exporter gets records; its FAILURE means again later, its raising too."""
    exporter = Exporter(LogRecordExportResult.SUCCESS, LogRecordExportResult.FAILURE, None, OSError("x"))
    transport = CustomTransport(exporter)
    verdicts = [transport.send(request(record("a")), 1.0).verdict for _ in range(4)]
    assert verdicts == [Verdict.DELIVERED, Verdict.RETRY, Verdict.DELIVERED, Verdict.RETRY]
    assert [log.log_record.event_name for batch in exporter.batches for log in batch] == ["a"] * 4


def test_exporter_is_shut_down_once() -> None:
    """close() shuts an exporter down, once."""
    exporter = Exporter()
    transport = CustomTransport(exporter)
    transport.close()
    transport.close()
    assert exporter.shutdowns == 1


@pytest.mark.swallows
def test_exporter_that_fails_to_shut_down() -> None:
    """An exporter that raises in shutdown() does not stop ours."""
    exporter = Exporter()
    exporter.shutdown = raising(RuntimeError("x")).__get__(exporter)  # type: ignore[method-assign]
    CustomTransport(exporter).close()


def test_send_after_close() -> None:
    """What is sent after close() is for later, and reaches nobody."""
    taken: list[Event] = []
    transport = CustomTransport(taken.extend)
    transport.close()
    assert transport.send(request(), 1.0).verdict is Verdict.RETRY
    assert taken == []


def test_close_during_send() -> None:
    """close() does not wait for a callable that hangs; loop and exporter are let go when it returns."""
    begun, release = threading.Event(), threading.Event()
    exporter = Exporter()
    export = exporter.export

    def hanging(batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        begun.set()
        release.wait(20)
        return export(batch)

    exporter.export = hanging  # type: ignore[method-assign]
    transport = CustomTransport(exporter)
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(transport.send(request(), 1.0)))
    thread.start()
    assert begun.wait(10)
    transport.close()
    assert exporter.shutdowns == 0
    release.set()
    thread.join(10)
    assert outcomes == [DELIVERED]
    assert exporter.shutdowns == 1


def test_malformed_request() -> None:
    """Bytes that are no request are refused, and reach nobody."""
    taken: list[Event] = []
    assert CustomTransport(taken.extend).send(b"\x0a\xff", 1.0).verdict is Verdict.REFUSED
    assert taken == []


def test_bad_target() -> None:
    """What is none of the forms is an error at once."""
    with pytest.raises(ConfigurationError, match="custom_transport"):
        CustomTransport(7)


REQUESTS: Final = {"logs": request(record("a")), "spans": span_request(span("a")), "metrics": metrics_request(gauge())}


def test_signal_that_is_not_taken() -> None:
    """A transport for a signal that the target does not take is an error at once."""
    with pytest.raises(ConfigurationError, match="custom_transport takes no spans"):
        CustomTransport(print, signal="spans")


def test_target_that_takes_nothing() -> None:
    """A target that takes no signal at all is an error at once."""

    class Mistaken:
        spans = Exporter()

    with pytest.raises(ConfigurationError, match="custom_transport takes nothing"):
        custom_transports(Mistaken())


@pytest.mark.parametrize("signal", SIGNALS)
def test_every_signal(signal: Signal) -> None:
    """A request of each signal reaches the object's member of that name, and a malformed one reaches nobody."""
    taken: dict[str, list[Any]] = {}

    class Target:
        def __getattr__(self, name: str) -> Any:
            return functools.partial(taken.__setitem__, name) if name in SIGNALS else None

    transports = custom_transports(Target())
    assert list(transports) == list(SIGNALS)
    assert transports[signal].send(b"\x0a\xff", 1.0).verdict is Verdict.REFUSED
    assert taken == {}
    assert transports[signal].send(REQUESTS[signal], 1.0) == DELIVERED
    assert {name: len(records) for name, records in taken.items()} == {signal: 1}


def test_signals_of_a_callable() -> None:
    """A callable gets events and metrics, in batches of one signal each, and no spans."""
    batches: list[list[Event]] = []
    transports = custom_transports(batches.append)
    assert list(transports) == ["logs", "metrics"]
    for signal, transport in transports.items():
        assert transport.send(REQUESTS[signal], 1.0) == DELIVERED
    assert [[event["type"] for event in batch] for batch in batches] == [["a"], ["performance.metric"]]


def test_one_loop_for_all_signals() -> None:
    """What an async client keeps stays usable in whichever member of the object: all run in one loop."""
    loops: list[object] = []

    class Target:
        async def logs(self, _: list[Any]) -> None:
            loops.append(asyncio.get_running_loop())

        spans = metrics = logs

    transports = custom_transports(Target())
    for signal, transport in transports.items():
        assert transport.send(REQUESTS[signal], LONG_S) == DELIVERED
    for transport in transports.values():
        transport.close()
    assert len(loops) == 3
    assert len(set(map(id, loops))) == 1


class BothExporter(Exporter, SpanExporter):  # type: ignore[misc]
    """An SDK exporter of log records and of spans."""


def test_shared_exporter() -> None:
    """An exporter of several signals is shut down once, when the last of its transports is closed."""
    exporter = BothExporter()
    transports = custom_transports(exporter)
    assert list(transports) == ["logs", "spans"]
    transports["logs"].close()
    assert exporter.shutdowns == 0
    assert transports["logs"].send(REQUESTS["logs"], 1.0).verdict is Verdict.RETRY
    assert transports["spans"].send(REQUESTS["spans"], 1.0) == DELIVERED
    for transport in (*transports.values(), *transports.values()):
        transport.close()
    assert exporter.shutdowns == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork_during_send() -> None:
    """A child of a process that was sending can send itself."""
    transport = CustomTransport(lambda _: None)
    transport._application.sending.acquire()
    child = os.fork()
    if child == 0:
        transport.after_fork()
        os._exit(0 if transport.send(request(), 1.0) == DELIVERED else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    transport._application.sending.release()
