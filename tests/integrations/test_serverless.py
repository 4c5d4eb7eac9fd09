"""A function that is frozen once it has answered: what it recorded is delivered before its answer is given away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import assert_type

import clippy_otel
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.integrations.serverless import flush_after
from clippy_otel.telemetry import Telemetry
from tests._sinks import Fault, Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A backend that takes everything."""
    with Sink() as sink:
        yield sink


def configured(sink: Sink, state: Path) -> Telemetry:
    """Return telemetry that delivers nothing by itself."""
    return clippy_otel.configure(
        "function", endpoint=sink.url, state_directory=str(state), flush_interval_ms=0, set_global=False, replace=True
    )


@pytest.fixture
def telemetry(sink: Sink, tmp_path: Path) -> Iterator[Telemetry]:
    """Telemetry that delivers nothing by itself."""
    with configured(sink, tmp_path) as telemetry:
        yield telemetry


def delivered(sink: Sink) -> int:
    """Return how many requests for logs have come."""
    return sum(request.path.endswith("/v1/logs") for request in sink.requests)


def test_what_a_function_records_is_delivered_when_it_answers(sink: Sink, telemetry: Telemetry) -> None:
    """The answer is the function's own, and its records are gone by then."""

    @flush_after()
    def handler(event: str, *, times: int) -> str:
        """Handle an event."""
        telemetry.collector.track("handled", {"event": event})
        assert delivered(sink) == 0
        return event * times

    assert assert_type(handler("a", times=2), str) == "aa"
    assert delivered(sink) == 1
    assert (handler.__name__, handler.__doc__) == ("handler", "Handle an event.")


def test_what_a_coroutine_function_records_is_delivered_when_it_answers(sink: Sink, telemetry: Telemetry) -> None:
    """Likewise where it is awaited, the event loop running meanwhile."""
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    @flush_after(telemetry=telemetry)
    async def handler(event: str) -> int:
        telemetry.collector.track("handled", {"event": event})
        return turns

    async def main() -> int:
        turning = asyncio.create_task(turn())
        before = assert_type(await handler("a"), int)
        turning.cancel()
        return turns - before

    assert asyncio.run(main()) > 1
    assert delivered(sink) == 1


def test_what_is_raised_goes_on_after_the_delivery(sink: Sink, telemetry: Telemetry) -> None:
    """A function that fails has its records delivered too."""

    @flush_after(telemetry=telemetry)
    def handler() -> None:
        telemetry.collector.track("failing")
        raise LookupError

    with pytest.raises(LookupError):
        handler()
    assert delivered(sink) == 1


def test_its_deadline_is_kept_with_a_backend_that_says_nothing(tmp_path: Path) -> None:
    """An answer is held up by no more than the deadline, and what was not delivered waits for the next call."""
    replies: list[Any] = [Fault.SILENT]
    with Sink(lambda _: replies[-1]) as sink, configured(sink, tmp_path) as telemetry:

        @flush_after(timeout_ms=200, telemetry=telemetry)
        def handler() -> int:
            telemetry.collector.track("handled")
            return telemetry.collector.buffer_status().size

        began = time.monotonic()
        handler()
        assert 0.2 <= time.monotonic() - began < 3
        assert telemetry.collector.buffer_status().size == 1
        telemetry.shutdown(0)


def test_the_processs_telemetry_is_looked_up_when_it_is_called(sink: Sink, tmp_path: Path) -> None:
    """A function may be decorated before telemetry is configured."""

    @flush_after()
    def handler() -> None:
        clippy_otel.get_telemetry().collector.track("handled")

    with configured(sink, tmp_path):
        handler()
        assert delivered(sink) == 1


@pytest.mark.parametrize("timeout_ms", [0, -1, float("nan"), True, "5", None])
def test_a_deadline_that_is_none_is_refused(timeout_ms: Any) -> None:
    """What is no number above 0 raises where it is said."""
    with pytest.raises(ConfigurationError, match="timeout_ms"):
        flush_after(timeout_ms=timeout_ms)


def test_generator_functions_are_refused() -> None:
    """Their answer is not there yet when they return."""

    def stream() -> Iterator[int]:
        yield 1

    async def stream_async() -> AsyncIterator[int]:
        yield 1

    for function in (stream, stream_async, 5):
        with pytest.raises(ConfigurationError, match="generator"):
            flush_after()(function)  # type: ignore[arg-type, unused-ignore]
