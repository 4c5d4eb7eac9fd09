"""An application that a fault happens to, in a process of its own.

Run with an order in JSON. It writes "ready" once it is configured, a line with its number after each record that it has
made (after, so that what is read there was accepted), and at its end a line of JSON with what its telemetry says.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import clippy_otel
from clippy_otel.config import TelemetryConfig

Record = Callable[[int], object]

FIRST_EXTRA: Final = 1_000_000  # the number of the first record that is made while another one is being made
_INTERRUPT_EVERY_S: Final = 0.001


def say(line: str) -> None:
    """Write a line at once: what is written reaches the reader though the process be killed in the next moment."""
    os.write(1, f"{line}\n".encode())


def recorder(telemetry: clippy_otel.Telemetry, kind: str, text: str) -> Record:
    """Return what makes a record: an event of ours, or a log or span through OpenTelemetry's own API."""
    more = {"text": text} if text else {}
    if kind == "events":
        return lambda number: telemetry.collector.track("fault", {"n": number, **more})
    if kind == "logs":
        logger = telemetry.logger_provider.get_logger("host")
        return lambda number: logger.emit(body="fault", event_name="fault", attributes={"n": number, **more})
    tracer = telemetry.tracer_provider.get_tracer("host")
    return lambda number: tracer.start_span("fault", attributes={"n": number, **more}).end()


class Interruptions:
    """A signal handler that records too, and objects that do when they are collected, on whatever thread that is."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._numbers = itertools.count(FIRST_EXTRA)
        self._made, self._gone = list[None](), list[None]()  # one for each object; an append is not interrupted
        self.extra = 0

    def begin(self) -> None:
        """Interrupt from now on."""
        gc.set_threshold(50, 2, 2)
        signal.signal(signal.SIGALRM, lambda *_: self.make_one())
        signal.setitimer(signal.ITIMER_REAL, _INTERRUPT_EVERY_S, _INTERRUPT_EVERY_S)

    def make_one(self) -> None:
        """Record, and leave something behind that will."""
        self._record(next(self._numbers))
        self._made.append(None)
        Leaving(self.make_last)

    def make_last(self) -> None:
        """Record for an object that goes."""
        self._record(next(self._numbers))
        self._gone.append(None)

    def end(self) -> None:
        """Interrupt no more, and say how many records that made."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        # One call may find nothing: it returns at once while another thread collects.
        while len(self._gone) < len(self._made):
            gc.collect()
            time.sleep(0.001)
        self.extra = next(self._numbers) - FIRST_EXTRA


class Leaving:
    """An object in a cycle, so that the garbage collector finds it whenever it comes."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave, self._me = leave, self

    def __del__(self) -> None:
        """Record."""
        self._leave()


def make(record: Record, numbers: range, rate: float) -> None:
    """Make records, so many a second; 0: as fast as it goes."""
    begin = time.monotonic()
    for done, number in enumerate(numbers, 1):
        record(number)
        say(str(number))
        if rate and (ahead_s := done / rate - (time.monotonic() - begin)) > 0:
            time.sleep(ahead_s)


def fork(telemetry: clippy_otel.Telemetry, record: Record, numbers: range, timeout_ms: float) -> None:
    """Have a child record as many more, which ends by itself."""
    child = os.fork()
    if child == 0:
        make(record, numbers, 0)
        telemetry.shutdown(timeout_ms)
        os._exit(0)
    make(record, range(numbers.stop, numbers.stop + len(numbers)), 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def wait() -> None:
    """Wait for the end of input, and let a signal be seen that came just before: a read without an end would not."""
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        pass


def main(order: dict[str, Any]) -> None:
    """Configure, make so many records at a rate, wait where it was asked for, and end as it was asked for."""
    if order["file_bytes"]:
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_bytes"], order["file_bytes"]))
    base = TelemetryConfig.server() if order["server"] else None
    telemetry = clippy_otel.configure("faulty", config=base, **order["settings"])
    record = recorder(telemetry, order["records"], "y" * order["text_chars"])
    interruptions = Interruptions(record)
    say("ready")
    numbers = range(order["first"], order["first"] + order["count"])
    if order["interrupted"]:
        interruptions.begin()
    make(record, numbers, order["rate"])
    if order["interrupted"]:
        interruptions.end()
    say("recorded")
    if order["wait"]:
        wait()
    if order["forks"]:
        fork(telemetry, record, range(numbers.stop, numbers.stop + len(numbers)), order["timeout_ms"])
    began = time.monotonic()
    result = telemetry.shutdown(order["timeout_ms"])
    duration_s = time.monotonic() - began
    ledger = {name: row.nonzero() for name, row in telemetry.collector.buffer_status().ledger.items()}
    answer = {"shutdown_s": duration_s, "result": result._asdict(), "ledger": ledger, "extra": interruptions.extra}
    say(json.dumps(answer))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
