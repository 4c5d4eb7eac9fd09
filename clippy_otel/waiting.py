"""A call that waits, awaited: on a thread of its own, so that a busy event loop's executor cannot hold it up.

`asyncio.to_thread` queues behind whatever the application has given its executor: a deadline would be kept by the call,
and missed by whoever awaits it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

_T = TypeVar("_T")
THREAD_NAME: Final = "clippy_otel-waiting"


async def wait_for(call: Callable[[], _T]) -> _T:
    """Return what a call returns, without blocking the event loop.

    Cancelled, the waiting ends; the call goes on by itself. Where no thread can be started, the call is made here.

    Raises:
        Exception: What the call raises.
    """
    import asyncio  # noqa: PLC0415 - who awaits this has it loaded, who does not need not load it
    import contextvars  # noqa: PLC0415 - likewise

    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_T] = loop.create_future()
    context = contextvars.copy_context()

    def tell(result: _T | None, error: BaseException | None) -> None:
        if answer.done():  # cancelled meanwhile
            return
        if error is None:
            answer.set_result(result)  # type: ignore[arg-type] # None only where the call returned it
        else:
            answer.set_exception(error)

    def run() -> None:
        try:
            result, error = context.run(call), None
        except BaseException as raised:  # noqa: BLE001 - it is raised where the call is awaited
            result, error = None, raised
        try:
            loop.call_soon_threadsafe(tell, result, error)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return

    try:
        threading.Thread(target=run, name=THREAD_NAME, daemon=True).start()
    except RuntimeError:  # interpreter shutdown
        return call()
    return await answer
