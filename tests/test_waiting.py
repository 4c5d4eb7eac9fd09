"""Calls that wait, awaited on threads of their own."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from clippy_otel.collector import TelemetryCollector
from clippy_otel.waiting import THREAD_NAME, wait_for
from tests._sinks import Sink


def test_a_call_is_made_on_a_thread_of_its_own_in_the_callers_context() -> None:
    """It returns what the call returns."""
    variable = contextvars.ContextVar("variable", default="outside")

    async def main() -> tuple[str, str]:
        variable.set("inside")
        return await wait_for(lambda: (threading.current_thread().name, variable.get()))

    assert asyncio.run(main()) == (THREAD_NAME, "inside")


def test_what_the_call_raises_is_raised_where_it_is_awaited() -> None:
    """The exception is the call's own."""
    error = ValueError("x")

    def fail() -> None:
        raise error

    with pytest.raises(ValueError, match="x") as caught:
        asyncio.run(wait_for(fail))
    assert caught.value is error


def test_cancelling_ends_the_waiting_and_nothing_is_complained_of() -> None:
    """The call goes on by itself, and its result is nobody's."""
    go_on = threading.Event()

    async def main() -> None:
        waiting = asyncio.ensure_future(wait_for(lambda: go_on.wait(10)))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go_on.set()
        await asyncio.sleep(0.05)

    asyncio.run(main())


def test_a_deadline_is_kept_beside_a_busy_executor() -> None:
    """What the application has queued for its executor does not hold up a flush."""
    done = threading.Event()

    async def main() -> float:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, done.wait, 20)
        collector = TelemetryCollector(endpoint=sink.url, flush_on=())
        collector.track("a")
        start = time.monotonic()
        result = await collector.aflush(5000)
        elapsed_s = time.monotonic() - start
        assert result.ok
        await collector.ashutdown(5000)
        done.set()
        await busy
        return elapsed_s

    with Sink() as sink:
        assert asyncio.run(main()) < 10
