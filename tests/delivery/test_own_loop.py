"""The event loop of our own: deadlines, cancelling, closing, forks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any, NoReturn

import pytest

from clippy_otel.delivery.own_loop import OwnLoop

LONG_S = 60.0  # no test waits for it


@pytest.fixture
def loop() -> Iterator[OwnLoop]:
    """Give a loop that is closed afterwards."""
    loop = OwnLoop()
    yield loop
    loop.close()


async def value(result: object) -> object:
    """Return something, a moment later."""
    await asyncio.sleep(0)
    return result


async def failure(error: BaseException) -> NoReturn:
    """Raise something, a moment later."""
    await asyncio.sleep(0)
    raise error


async def stubborn(release: asyncio.Event) -> str:
    """Go on when cancelled."""
    while not release.is_set():
        with contextlib.suppress(asyncio.CancelledError):
            await release.wait()
    return "done"


async def running_loop() -> asyncio.AbstractEventLoop:
    """Return the loop that this runs in."""
    return asyncio.get_running_loop()


def test_result(loop: OwnLoop) -> None:
    """The awaitable's result comes back, and all run in one loop."""
    assert loop.run(value("x"), LONG_S) == "x"
    assert loop.run(running_loop(), LONG_S) is loop.run(running_loop(), LONG_S)


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
def test_exception(loop: OwnLoop, error: BaseException) -> None:
    """Whatever it raises comes out, and the loop goes on working."""
    with pytest.raises(type(error)):
        loop.run(failure(error), LONG_S)
    assert loop.run(value("after"), LONG_S) == "after"


def test_deadline(loop: OwnLoop) -> None:
    """What does not end in time is cancelled, and may clean up."""
    cleaned: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(LONG_S)
        finally:
            await asyncio.sleep(0)
            cleaned.append("cleaned")

    with pytest.raises((asyncio.CancelledError, TimeoutError)):
        loop.run(slow(), 0.01)
    assert cleaned == ["cleaned"]


def test_no_time_left(loop: OwnLoop) -> None:
    """Without any time left the awaitable is cancelled at once."""
    with pytest.raises((asyncio.CancelledError, TimeoutError)):
        loop.run(asyncio.sleep(LONG_S), -1.0)


def test_success_while_being_cancelled(loop: OwnLoop) -> None:
    """What ends well although it was cancelled has ended well."""

    async def finishes() -> str:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(LONG_S)
        return "finished"

    assert loop.run(finishes(), 0.01) == "finished"


def test_one_that_cannot_be_cancelled(loop: OwnLoop) -> None:
    """It does not hold run() up; the next ones wait for it, within their own time, so that it stays alone."""
    release = loop.run(_event(), LONG_S)
    begun: list[str] = []

    async def next_one(name: str) -> str:
        begun.append(name)
        return await stubborn(release)

    for name in ("first", "second"):
        with pytest.raises(TimeoutError):
            loop.run(next_one(name), 0.01)
    assert begun == ["first"]
    release.set()
    assert loop.run(next_one("third"), LONG_S) == "done"


async def _event() -> asyncio.Event:
    return asyncio.Event()


def test_cancel_from_another_thread(loop: OwnLoop) -> None:
    """Another thread ends the wait."""
    begun = threading.Event()
    ended: list[BaseException] = []

    async def slow() -> None:
        begun.set()
        await asyncio.sleep(LONG_S)

    def run() -> None:
        try:
            loop.run(slow(), LONG_S)
        except asyncio.CancelledError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(10)
    loop.cancel()
    thread.join(10)
    assert len(ended) == 1


def test_cancel_when_idle(loop: OwnLoop) -> None:
    """Cancelling what does not run does nothing, before, between and after."""
    loop.cancel()
    loop.run(value(1), LONG_S)
    loop.cancel()
    assert loop.run(value(2), LONG_S) == 2
    loop.close()
    loop.cancel()


def test_close_ends_what_is_left() -> None:
    """Closing cancels background tasks and finishes asynchronous generators; a second time does nothing."""
    loop, ended = OwnLoop(), []
    kept: list[Any] = []

    async def background() -> None:
        try:
            await asyncio.sleep(LONG_S)
        finally:
            ended.append("task")

    async def generator() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            ended.append("generator")

    async def start() -> None:
        kept.append(asyncio.ensure_future(background()))
        kept.append(generator())
        await anext(kept[1])
        await asyncio.sleep(0)

    loop.run(start(), LONG_S)
    loop.close()
    loop.close()
    assert ended == ["task", "generator"]


def test_inside_another_loop(loop: OwnLoop) -> None:
    """A thread that is in a loop already cannot run ours: an error, no hang; and it can close it."""

    async def inside() -> None:
        with pytest.raises(RuntimeError, match="another event loop"):
            loop.run(value(1), LONG_S)
        loop.close()

    loop.run(value(1), LONG_S)
    asyncio.run(inside())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork(loop: OwnLoop) -> None:
    """A child gets a loop of its own and leaves its parent's working."""
    before = loop.run(running_loop(), LONG_S)
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            loop.after_fork()
            own = loop.run(running_loop(), LONG_S)
            loop.close()
            code = 0 if own is not before and not before.is_closed() else 2
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    async def woken_from_outside() -> str:
        event = asyncio.Event()
        threading.Timer(0.01, asyncio.get_running_loop().call_soon_threadsafe, (event.set,)).start()
        await event.wait()
        return "woken"

    assert loop.run(woken_from_outside(), 10.0) == "woken"
