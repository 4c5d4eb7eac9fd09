"""Errors that nobody handles: each hook records, calls what was there before exactly once, and can be taken out."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from asyncio import base_events
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from clippy_otel.errors import ErrorOptions, ErrorTracking
from clippy_otel.errors.unhandled import Unhandled
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.store.sqlite import SqliteStore
from clippy_otel.testing import CapturedTelemetry, capture
from tests._sinks import Sink


class Noting:
    """A hook of somebody else's.

    Args:
        following: What it calls, where it was put in after another one.

    Attributes:
        calls: What it was called with.
    """

    def __init__(self, following: Callable[..., Any] | None = None) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self._following = following

    def __call__(self, *args: Any) -> None:
        """Note the call and hand it on."""
        self.calls.append(args)
        if self._following is not None:
            self._following(*args)


class Before(NamedTuple):
    """What is there before ours, in each place."""

    program: Noting
    thread: Noting
    unraisable: Noting
    loop: Any


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> Before:
    """Put fakes in all places, and what was there back in the end."""
    program, thread, unraisable, loop = Noting(), Noting(), Noting(), Noting()

    def call_exception_handler(self: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        loop(self, context)

    monkeypatch.setattr(sys, "excepthook", program)
    monkeypatch.setattr(threading, "excepthook", thread)
    monkeypatch.setattr(sys, "unraisablehook", unraisable)
    monkeypatch.setattr(base_events.BaseEventLoop, "call_exception_handler", call_exception_handler)
    return Before(program, thread, unraisable, loop)


@pytest.fixture
def captured(before: Before) -> Iterator[CapturedTelemetry]:
    """Telemetry in memory, over fake hooks."""
    assert before.program is sys.excepthook
    with capture() as telemetry:
        yield telemetry


def places() -> tuple[Any, ...]:
    """Return what stands in each place now."""
    hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    return (*hooks, base_events.BaseEventLoop.__dict__["call_exception_handler"])


def recorded(captured: CapturedTelemetry) -> list[tuple[str, dict[str, Any], bool]]:
    """Return message, context and `escaped` of each record."""
    data = [error["data"] for error in captured.errors]
    return [(one["exception.message"], one["clippy.error.context"], one["exception.escaped"]) for one in data]


def crash(error: BaseException) -> None:
    """Do what Python does with an exception that leaves the program."""
    sys.excepthook(type(error), error, error.__traceback__)


def test_what_ends_the_program_is_critical(captured: CapturedTelemetry, before: Before) -> None:
    """And the hook that was there before is called once, with the same."""
    errors = ErrorTracking(captured.telemetry.collector)
    error = ValueError("x")
    crash(error)
    assert recorded(captured) == [("x", {"hook": "sys.excepthook"}, True)]
    assert before.program.calls == [(ValueError, error, None)]
    assert errors.stats().by_severity == {"critical": 1}
    errors.shutdown()


def test_what_ends_a_thread_is_recorded(captured: CapturedTelemetry, before: Before) -> None:
    """With the thread's name; the hook before it sees the same."""
    errors = ErrorTracking(captured.telemetry.collector)

    def fail() -> None:
        raise ValueError("x")

    thread = threading.Thread(target=fail, name="import of orders")
    thread.start()
    thread.join()
    assert recorded(captured) == [("x", {"hook": "threading.excepthook", "thread": "import of orders"}, True)]
    ((args,),) = before.thread.calls
    assert args.thread is thread
    assert errors.stats().by_severity == {"error": 1}
    errors.shutdown()


class FailingAtItsEnd:
    """An object whose __del__ raises."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __del__(self) -> None:
        raise self._error


def test_what_cannot_be_raised_is_recorded(captured: CapturedTelemetry, before: Before) -> None:
    """With the function's name, and nothing else of its object."""
    errors = ErrorTracking(captured.telemetry.collector)
    del_of = FailingAtItsEnd(ValueError("x"))
    del del_of
    gc.collect()
    ((message, context, escaped),) = recorded(captured)
    assert (message, context["hook"], escaped) == ("x", "sys.unraisablehook", True)
    assert context["object"] == "FailingAtItsEnd.__del__"
    assert len(before.unraisable.calls) == 1
    errors.shutdown()


def test_what_a_task_or_a_callback_raises_is_recorded(captured: CapturedTelemetry, before: Before) -> None:
    """A task that nobody awaits, a callback, and what a library reports; the loop's own handler sees them all."""
    errors = ErrorTracking(captured.telemetry.collector)

    async def fail(error: Exception) -> None:
        raise error

    def fail_now(secret: str) -> None:
        raise ValueError(f"callback of {len(secret)}")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(fail(ValueError("task")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()
        loop.call_soon(fail_now, "hunter2")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        loop.call_exception_handler({"message": "without an exception"})

    asyncio.run(main())
    asyncio.run(main())
    messages = [message for message, _, _ in recorded(captured)]
    assert messages == ["task", "callback of 7"] * 2
    assert {str(context) for _, context, _ in recorded(captured)} == {"{'hook': 'asyncio'}"}
    assert "hunter2" not in repr(captured.logs)
    assert len(before.loop.calls) == 6
    errors.shutdown()


def test_a_loops_own_handler_is_called_as_before() -> None:
    """set_exception_handler works, and the exception is one record whoever captures it again."""
    handled: list[Any] = []
    with capture() as captured:
        errors = ErrorTracking(captured.telemetry.collector, capture_unhandled=False)

        def handler(_loop: object, context: dict[str, Any]) -> None:
            handled.append(errors.capture_error(context["exception"]))

        async def main() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(handler)
            loop.call_exception_handler({"message": "m", "exception": ValueError("x")})

        asyncio.run(main())
        assert [error["data"]["clippy.error.id"] for error in captured.errors] == handled
        errors.shutdown()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_being_asked_to_stop_is_no_error(captured: CapturedTelemetry, before: Before, error: BaseException) -> None:
    """In none of the places; the hooks before it see it."""
    errors = ErrorTracking(captured.telemetry.collector)

    def stop() -> None:
        raise error

    crash(error)
    thread = threading.Thread(target=stop)
    thread.start()
    thread.join()
    del_of = FailingAtItsEnd(error)
    del del_of
    gc.collect()
    asyncio.new_event_loop().call_exception_handler({"message": "m", "exception": error})
    assert captured.errors == []
    calls = [before.program.calls, before.thread.calls, before.unraisable.calls, before.loop.calls]
    assert [len(each) for each in calls] == [1, 1, 1, 1]
    errors.shutdown()
    gc.collect()


def test_an_exception_without_a_value_is_recorded(captured: CapturedTelemetry, before: Before) -> None:
    """Python gives none where it has no memory left for one."""
    errors = ErrorTracking(captured.telemetry.collector)
    sys.excepthook(MemoryError, None, None)  # type: ignore[arg-type] # so it may be called
    assert [message for message, _, _ in recorded(captured)] == ["an exception without a value"]
    assert len(before.program.calls) == 1
    errors.shutdown()


def test_at_pythons_prompt_nothing_is_recorded(
    captured: CapturedTelemetry, before: Before, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever types there sees it."""
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    errors = ErrorTracking(captured.telemetry.collector)
    crash(ValueError("x"))
    assert captured.errors == []
    assert len(before.program.calls) == 1
    errors.shutdown()


def test_a_shutdown_leaves_everything_as_it_was(before: Before, captured: CapturedTelemetry) -> None:
    """The very objects, in each place; and doing it again changes nothing."""
    del before
    were = places()
    errors = ErrorTracking(captured.telemetry.collector)
    assert all(now is not was for now, was in zip(places(), were, strict=True))
    errors.shutdown()
    errors.shutdown()
    assert all(now is was for now, was in zip(places(), were, strict=True))


def test_one_that_somebody_stands_on_only_hands_on(captured: CapturedTelemetry, before: Before) -> None:
    """It cannot be taken out, so it records nothing more; put in again, it records once."""
    errors = ErrorTracking(captured.telemetry.collector)
    on_top = Noting(sys.excepthook)
    sys.excepthook = on_top
    errors.shutdown()
    assert sys.excepthook is on_top
    crash(ValueError("one"))
    assert (len(captured.errors), len(before.program.calls)) == (0, 1)
    errors.apply(ErrorOptions())
    crash(ValueError("two"))
    assert [message for message, _, _ in recorded(captured)] == ["two"]
    assert (len(on_top.calls), len(before.program.calls)) == (2, 2)
    errors.shutdown()
    assert sys.excepthook is on_top


def test_two_of_them_record_each_for_itself_and_leave_in_any_order(before: Before) -> None:
    """The first one out is beneath the other; when both are out, nothing is left."""
    were = places()
    with capture() as one, capture() as two:
        first, second = ErrorTracking(one.telemetry.collector), ErrorTracking(two.telemetry.collector)
        crash(ValueError("x"))
        assert (len(one.errors), len(two.errors), len(before.program.calls)) == (1, 1, 1)
        first.shutdown()
        crash(ValueError("y"))
        assert (len(one.errors), len(two.errors), len(before.program.calls)) == (1, 2, 2)
        second.shutdown()
    assert all(now is was for now, was in zip(places(), were, strict=True))


def test_options_say_which_are_in(captured: CapturedTelemetry, before: Before) -> None:
    """capture_unhandled is Python's own, capture_unhandled_rejections is asyncio's; both can be changed later."""
    del before
    were = places()

    def changed() -> list[bool]:
        return [now is not was for now, was in zip(places(), were, strict=True)]

    errors = ErrorTracking(captured.telemetry.collector, capture_unhandled=False)
    assert changed() == [False, False, False, True]
    errors.apply(ErrorOptions(capture_unhandled_rejections=False))
    assert changed() == [True, True, True, False]
    crash(ValueError("x"))
    assert len(captured.errors) == 1
    errors.apply(ErrorOptions())
    errors.apply(ErrorOptions())
    crash(ValueError("y"))
    assert len(captured.errors) == 2
    errors.apply(ErrorOptions(enabled=False))
    assert changed() == [False] * 4


def test_hooks_of_one_that_is_gone_only_hand_on(before: Before) -> None:
    """Whoever drops a collector and its tracking without a shutdown has no errors recorded, and nothing held."""
    with capture() as captured:
        ErrorTracking(captured.telemetry.collector)
    del captured
    gc.collect()
    crash(ValueError("x"))
    assert len(before.program.calls) == 1
    with capture() as captured:
        ErrorTracking(captured.telemetry.collector).shutdown()
    assert sys.excepthook is before.program


@pytest.mark.swallows
def test_what_fails_in_a_hook_of_ours_stays_there(before: Before) -> None:
    """The hook before it is called all the same."""

    class Owner:
        def show(self, _escaped: object) -> None:
            raise RuntimeError

    owner = Owner()
    unhandled = Unhandled(owner.show)
    unhandled.install(exceptions=True, rejections=False)
    crash(ValueError("x"))
    unhandled.remove()
    assert len(before.program.calls) == 1


def test_an_interrupt_in_a_hook_of_ours_goes_on(before: Before) -> None:
    """After the hook before it was called."""

    class Owner:
        def show(self, _escaped: object) -> None:
            raise KeyboardInterrupt

    owner = Owner()
    unhandled = Unhandled(owner.show)
    unhandled.install(exceptions=True, rejections=False)
    with pytest.raises(KeyboardInterrupt):
        crash(ValueError("x"))
    unhandled.remove()
    assert len(before.program.calls) == 1


PROGRAM = """
import threading
import clippy_otel
from clippy_otel.errors import ErrorTracking
telemetry = clippy_otel.configure("shop", {settings})
errors = ErrorTracking(telemetry.collector)

def fail():
    raise KeyError("in a thread")

thread = threading.Thread(target=fail)
thread.start()
thread.join()
raise ValueError("the end of alice@example.com")
"""


def crashed(directory: Path, settings: str) -> bytes:
    """Run a program that ends with an error and return what it wrote to standard error."""
    command = [sys.executable, "-c", PROGRAM.format(settings=settings)]
    done = subprocess.run(command, cwd=directory, check=False, timeout=60, capture_output=True)
    assert done.returncode == 1
    return done.stderr


def test_a_crash_reaches_the_local_store(tmp_path: Path) -> None:
    """It is delivered before the process is gone, and Python prints it as it always does."""
    printed = crashed(tmp_path, 'transport="local", store="sqlite:///crash.db"')
    records = {
        log.attributes["exception.type"]: log for log in SqliteStore(tmp_path / "crash.db").logs(event_name="exception")
    }
    assert records.keys() == {"KeyError", "ValueError"}
    assert records["ValueError"].attributes["exception.message"] == "the end of [REDACTED]"
    assert records["ValueError"].attributes["exception.escaped"] is True
    assert (records["ValueError"].severity_number, records["KeyError"].severity_number) == (21, 17)
    assert printed.count(b"ValueError: the end of alice@example.com") == 1
    assert printed.count(b"KeyError: 'in a thread'") == 1


def test_a_crash_reaches_a_backend_over_http(tmp_path: Path) -> None:
    """Likewise, though nothing was sent before it."""
    with Sink() as sink:
        crashed(tmp_path, f'endpoint="{sink.url}"')
        requests = [request for request in sink.requests if request.path == "/v1/logs"]
    logs = [log for request in requests for log in decode_logs(request.body)]
    assert [log.attributes["exception.type"] for log in logs if log.event_name == "exception"] == [
        "KeyError",
        "ValueError",
    ]


def test_asyncio_is_not_loaded_for_its_hook(tmp_path: Path) -> None:
    """A program that has no use for it does not pay for it."""
    program = """
import sys
from clippy_otel import TelemetryCollector
from clippy_otel.errors import ErrorTracking
ErrorTracking(TelemetryCollector(transport="console")).shutdown()
sys.exit("asyncio" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)


_IMPORTS_SLOWLY = """
import sys, threading, time
from clippy_otel.errors.unhandled import Unhandled

half_way = threading.Event()

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "asyncio.coroutines":
            half_way.set()
            time.sleep(0.3)

assert "asyncio" not in sys.modules
sys.meta_path.insert(0, Slow())
threading.Thread(target=__import__, args=("asyncio",)).start()
half_way.wait()
assert "asyncio.base_events" in sys.modules


class Owner:
    def show(self, escaped):
        pass

owner = Owner()
unhandled = Unhandled(owner.show)
unhandled.install(exceptions=False, rejections=True)
from asyncio.base_events import BaseEventLoop
print(type(BaseEventLoop.__dict__["call_exception_handler"]).__name__)
"""


def test_asyncio_may_be_in_the_midst_of_being_imported_by_another_thread() -> None:
    """It is waited for: what is half loaded has no loop yet, and setting up must not fail for that."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run(
        [sys.executable, "-c", _IMPORTS_SLOWLY],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("_Hook\n", "")
