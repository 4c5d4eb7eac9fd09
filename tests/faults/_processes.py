"""What the fault tests drive: an application in a process of its own, and peers that come, fail and go."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Protocol

from clippy_otel.delivery.spool.listing import rejected, waiting
from clippy_otel.otlp.decode import decode_logs
from clippy_otel.otlp.decode_spans import decode_spans
from tests._sinks import Request, Sink

# Full lengths with `make faults`; short ones, of the same faults, in every run of the tests.
FULL: Final = os.environ.get("CLIPPY_FAULTS") == "full"
WAIT_TIMEOUT_S: Final = 60.0  # far above what any step takes
_APPLICATION: Final = str(Path(__file__).with_name("_application.py"))
_ROOT: Final = str(Path(__file__).parents[2])


def length(short: float, full: float) -> float:
    """Return how long or how many: by the run that this is."""
    return full if FULL else short


class Row(NamedTuple):
    """What became of the records of one fault."""

    fault: str
    emitted: int
    delivered: int  # distinct
    duplicated: int
    accounted: int  # by the books, whatever became of them


def show(row: Row) -> None:
    """Print a row of the table of faults."""
    print(  # noqa: T201 - the table is what `make faults` is for
        f"{row.fault:<56} emitted {row.emitted:>6}  delivered {row.delivered:>6}  duplicated {row.duplicated:>4}  "
        f"accounted {row.accounted:>6}"
    )


class Application:
    """A process that makes records; a context manager, which ends the process that it has started.

    Args:
        settings: Of configure(), as JSON has them.
        count: How many records it makes.
        rate: How many a second; 0: as fast as it can.
        first: The number of the first one.
        wait: Whether it then waits for finish().
        timeout_ms: Of its shutdown.
        server: Whether its base is TelemetryConfig.server().
        records: What it makes: "events" of ours, or "logs" or "spans" by OpenTelemetry's own API.
        text_chars: How long a text is that each record has beside its number.
        interrupted: Whether signal handlers and the garbage collector interrupt it, and record too.
        forks: Whether it forks after that, for parent and child to record as many each.
        file_bytes: How large a file of its may become; 0: as large as it likes.
        environment: Variables beside those of this process.
        command: What runs it.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        *,
        count: int = 0,
        rate: float = 0.0,
        first: int = 0,
        wait: bool = False,
        timeout_ms: float = 5000,
        server: bool = False,
        records: str = "events",
        text_chars: int = 0,
        interrupted: bool = False,
        forks: bool = False,
        file_bytes: int = 0,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = (),
    ) -> None:
        order = {"settings": dict(settings), "count": count, "rate": rate, "first": first, "wait": wait}
        order |= {"timeout_ms": timeout_ms, "server": server, "records": records, "text_chars": text_chars}
        order |= {"interrupted": interrupted, "forks": forks, "file_bytes": file_bytes}
        self._process = subprocess.Popen(
            [*command, sys.executable, _APPLICATION, json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _ROOT, **(environment or {})},
        )
        self.emitted = 0
        self.answer: dict[str, Any] = {}
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._said: set[str] = set()
        self._reader = threading.Thread(target=self._read, name="application", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    def wait_for(self, line: str) -> None:
        """Wait until it has said a line, "ready" or "recorded"."""
        self._wait(lambda: line in self._said, line)

    def wait_for_events(self, count: int) -> None:
        """Wait until it has made so many records."""
        self._wait(lambda: self.emitted >= count, f"{count} records")

    def finish(self) -> dict[str, Any]:
        """Let it end, and return what it said of its shutdown."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        assert self._process.wait(WAIT_TIMEOUT_S) == 0
        self._reader.join(WAIT_TIMEOUT_S)
        return self.answer

    def terminate(self) -> int:
        """Send it SIGTERM, and return its exit status."""
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(WAIT_TIMEOUT_S)
        self._reader.join(WAIT_TIMEOUT_S)
        return status

    def kill(self) -> None:
        """End it by SIGKILL."""
        self._process.kill()
        self._process.wait(WAIT_TIMEOUT_S)
        self._reader.join(WAIT_TIMEOUT_S)

    def __enter__(self) -> Application:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _wait(self, is_so: Callable[[], bool], what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: is_so() or not self._reader.is_alive(), WAIT_TIMEOUT_S), what
            assert is_so(), f"it ended before {what}"

    def _read(self) -> None:
        assert self._process.stdout is not None
        for data in self._process.stdout:
            line = data.decode().rstrip("\n")
            with self._changed:
                if line.isdecimal():
                    self.emitted += 1
                elif line.startswith("{"):
                    self.answer = json.loads(line)
                else:
                    self._said.add(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


class Received(NamedTuple):
    """The records that a peer has taken, all requests together."""

    numbers: Counter[int]  # how often each of them came
    uids: Mapping[int, set[str]]  # under which ids, where they have any

    @property
    def distinct(self) -> int:
        """How many records came at least once."""
        return len(self.numbers)

    @property
    def duplicated(self) -> int:
        """How many copies came beside the first ones."""
        return self.numbers.total() - len(self.numbers)


class Arrival(Protocol):
    """One request, over whatever it came."""

    @property
    def body(self) -> bytes:
        """What it carried."""


def received(arrivals: Iterable[Arrival], records: str = "events") -> Received:
    """Return the application's records in requests, without the starts and ends of sessions."""
    numbers: Counter[int] = Counter()
    uids: dict[int, set[str]] = {}
    for arrival in arrivals:
        for attributes in attributes_of(arrival, records):
            number = attributes["n"]
            numbers[number] += 1
            uids.setdefault(number, set()).add(attributes.get("log.record.uid", ""))
    return Received(numbers, uids)


def logs_of(sink: Sink) -> list[Request]:
    """Return a sink's requests for logs: others carry metrics."""
    return [request for request in sink.requests if request.path.endswith("/v1/logs")]


def in_flight_at(sink: Sink) -> set[int]:
    """Return the records in the last request of each connection: what may not have been answered."""
    last = {request.connection: request for request in logs_of(sink)}
    return set(received(last.values()).numbers)


def attributes_of(arrival: Arrival, records: str = "events") -> list[dict[str, Any]]:
    """Return the attributes of each of the application's records in a request; none where it carries another signal."""
    if carries_spans(arrival) != (records == "spans"):
        return []
    if records == "spans":
        return [span.attributes for span in decode_spans(arrival.body) if span.name == "fault"]
    return [log.attributes for log in decode_logs(arrival.body) if log.event_name == "fault"]


def carries_spans(arrival: Arrival) -> bool:
    """Return whether a request is one of spans: over HTTP by its path, over gRPC by its method."""
    where: str = getattr(arrival, "path", "") or getattr(arrival, "method", "")
    return where.endswith("/v1/traces") or "TraceService" in where


def is_balanced(books: Mapping[str, int]) -> bool:
    """Return whether the sum of what came in is the sum of what became of it."""
    came_in = books.get("offered", 0) + books.get("adopted", 0)
    return came_in == sum(count for column, count in books.items() if column not in ("offered", "adopted"))


def accounted(books: Mapping[str, int]) -> int:
    """Return how many records the books know the fate of."""
    return sum(count for column, count in books.items() if column not in ("offered", "adopted"))


def destination_in(state: Path) -> Path:
    """Return the only spool directory in a state directory."""
    (destination,) = (state / "clippy_otel" / "spool").iterdir()
    return destination


def lying_in(state: Path) -> int:
    """Return how many records wait in the spool of a state directory, whoever has written them."""
    return sum(sum(stream.records.values()) for stream in waiting(destination_in(state)))


def dead_letters_in(state: Path) -> list[str]:
    """Return the reasons of all dead letters, one a record."""
    return [letter.reason for letter in rejected(destination_in(state))]


def wait_until(is_so: Callable[[], bool], timeout_s: float = WAIT_TIMEOUT_S) -> bool:
    """Wait until something is so; return whether it is."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def free_port() -> Iterator[int]:
    """Yield a port of loopback that nobody listens on; whoever connects to it is refused."""
    import socket  # noqa: PLC0415 - for this alone

    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
    yield port
