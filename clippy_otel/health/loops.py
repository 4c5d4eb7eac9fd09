"""Where an async check runs: in the application's event loop where one is known, else in one of our own a service.

In the application's, for what an async client holds (connections, locks) belongs to the loop that it was made in. Our
own ones are kept between the checks of a service for the same reason, and not shared: a check that blocks its loop
stops no other one.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from clippy_otel.health.services import Service

_LOOK_S: Final = 1.0  # how often it is looked whether the application's loop still runs


class Loops:
    """The application's event loop, if it is known."""

    def __init__(self) -> None:
        self._loop: AbstractEventLoop | None = None

    def bind(self, loop: AbstractEventLoop | None) -> None:
        """Run async checks in this loop from now on; None: in loops of our own."""
        self._loop = loop

    def is_here(self) -> bool:
        """Return whether the application's loop runs in this very thread, so that who waits here blocks it."""
        loop = self._running()
        return loop is not None and running_loop() is loop

    def run(self, service: Service, awaitable: Awaitable[Any], timeout_s: float) -> Any:
        """Run a check's awaitable to its end and return its result.

        Raises:
            StillRunningError: It was cancelled after timeout_s seconds, in the application's loop, and has not ended.
            BaseException: What it raised.
        """
        loop = self._running()
        if loop is not None:
            with contextlib.suppress(_LoopGoneError):
                return _run_in(loop, awaitable, timeout_s)
        if service.loop is None:
            from clippy_otel.delivery.own_loop import OwnLoop  # noqa: PLC0415 - asyncio, for who has async checks

            service.loop = OwnLoop()
        return service.loop.run(awaitable, timeout_s)

    def _running(self) -> AbstractEventLoop | None:
        loop = self._loop
        if loop is not None and loop.is_closed():
            self._loop = None
        return loop if loop is not None and loop.is_running() else None


def running_loop() -> AbstractEventLoop | None:
    """Return the event loop that runs in this thread; None for none."""
    if "asyncio" not in sys.modules:
        return None
    from asyncio import get_running_loop  # noqa: PLC0415 - it is loaded

    try:
        return get_running_loop()
    except RuntimeError:
        return None


class StillRunningError(Exception):
    """A check was cancelled and has not ended."""

    def __init__(self, loop: AbstractEventLoop, ended: threading.Event) -> None:
        super().__init__()
        self._loop = loop
        self._ended = ended

    def wait(self) -> None:
        """Wait until it has ended, or its loop does not go on with it."""
        while not self._ended.wait(_LOOK_S) and self._loop.is_running():
            pass


class _LoopGoneError(Exception):
    """The application's loop was closed at this moment; nothing was begun."""


def _run_in(loop: AbstractEventLoop, awaitable: Awaitable[Any], timeout_s: float) -> Any:
    import asyncio  # noqa: PLC0415 - where there is a loop it is loaded
    from concurrent.futures import wait  # noqa: PLC0415 - likewise

    ended = threading.Event()

    async def supervised() -> Any:
        try:
            return await awaitable
        finally:
            ended.set()

    coroutine = supervised()
    try:
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    except RuntimeError as error:
        coroutine.close()
        raise _LoopGoneError from error
    if wait((future,), timeout_s).done:
        return future.result()
    future.cancel()
    raise StillRunningError(loop, ended)
