"""An event loop of our own, for custom transports that are async: run on the thread that sends, kept between requests.

Kept, because what an async client holds (connections, locks) belongs to one loop. run() returns within its timeout and
CANCEL_GRACE_S; a coroutine that blocks the thread (time.sleep) cannot be stopped by anybody.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable
from typing import Any, Final, NamedTuple

# How long a cancelled coroutine may take to clean up.
CANCEL_GRACE_S: Final = 0.5

# Loops that a fork inherited. Closing one, as its finaliser would, unregisters its parent's from their common epoll.
_inherited: Final[list[asyncio.AbstractEventLoop]] = []


class _Ended(NamedTuple):
    """How an awaitable ended: its result, or what it raised."""

    result: Any = None
    error: BaseException | None = None


class OwnLoop:
    """Run awaitables, one at a time."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[_Ended] | None = None
        self._unfinished: asyncio.Task[_Ended] | None = None  # did not end when it was cancelled

    def run(self, awaitable: Awaitable[Any], timeout_s: float) -> Any:
        """Run an awaitable to its end and return its result.

        Raises:
            TimeoutError: It did not end within timeout_s seconds, or an earlier one still has not.
            RuntimeError: This thread is in another event loop.
            BaseException: What the awaitable raised; CancelledError where it was cancelled.
        """
        if _is_in_a_loop():
            _discard(awaitable)
            raise RuntimeError("another event loop is running in this thread")
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        ended = self._loop.run_until_complete(self._supervise(awaitable, timeout_s))
        if ended.error is not None:
            raise ended.error
        return ended.result

    def cancel(self) -> None:
        """Cancel what another thread is running here, if it is running."""
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                loop.call_soon_threadsafe(task.cancel)

    def close(self) -> None:
        """Cancel what is left and close the loop; idempotent. Nothing may be running here."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        if _is_in_a_loop():  # a thread that is in a loop cannot run another one
            thread = threading.Thread(target=_wind_up, args=(loop,), name="clippy_otel-close", daemon=True)
            thread.start()
            thread.join(3 * CANCEL_GRACE_S)
        else:
            _wind_up(loop)

    def after_fork(self) -> None:
        """Leave the loop to the parent, and make an own one when it is needed."""
        if self._loop is not None:
            _inherited.append(self._loop)
        self._loop = self._task = self._unfinished = None

    async def _supervise(self, awaitable: Awaitable[Any], timeout_s: float) -> _Ended:
        deadline = asyncio.get_running_loop().time() + timeout_s
        if self._unfinished is not None:
            await asyncio.wait({self._unfinished}, timeout=timeout_s)
            if not self._unfinished.done():
                _discard(awaitable)
                return _Ended(error=TimeoutError("an earlier call has not ended"))
            self._unfinished = None
        self._task = task = asyncio.ensure_future(_contain(awaitable))
        await asyncio.wait({task}, timeout=deadline - asyncio.get_running_loop().time())
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=CANCEL_GRACE_S)
        self._task = None
        if not task.done():
            self._unfinished = task
            return _Ended(error=TimeoutError("timed out, and cannot be cancelled"))
        return _Ended(error=asyncio.CancelledError()) if task.cancelled() else task.result()


async def _contain(awaitable: Awaitable[Any]) -> _Ended:
    """Await, keeping what is raised inside: a SystemExit would otherwise tear the loop down half-way."""
    try:
        return _Ended(result=await awaitable)
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 - handed to the caller of run()
        return _Ended(error=error)


def _wind_up(loop: asyncio.AbstractEventLoop) -> None:
    try:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks, timeout=CANCEL_GRACE_S))
        closing = loop.create_task(loop.shutdown_asyncgens())
        loop.run_until_complete(asyncio.wait({closing}, timeout=CANCEL_GRACE_S))
    finally:
        loop.close()


def _is_in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _discard(awaitable: Awaitable[Any]) -> None:
    """End a coroutine that will not be awaited, so that it does not complain about it."""
    if asyncio.iscoroutine(awaitable):
        awaitable.close()
