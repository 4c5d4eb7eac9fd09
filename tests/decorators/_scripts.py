"""Generators that follow a script, and consumers that note all that comes of what they do to one.

A decorated generator must answer every consumer as the bare one does: the two are run by the same script, and their
transcripts compared.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from typing import Any, cast

from hypothesis import strategies as st

from clippy_otel.watching import generators

Transcript = list[tuple[object, ...]]

# What the body does at its next yield: goes on, or answers whatever is thrown in like this.
REACTIONS = ("swallow", "chain", "replace", "finish", "return", "yield_then_raise")
ACTIONS = (
    "next",
    "send",
    "throw ValueError",
    "throw StopIteration",
    "throw StopAsyncIteration",
    "throw GeneratorExit",
    "close",
)

scripts = st.lists(st.sampled_from(("pass", "raise", "stop", *REACTIONS)), max_size=5)
actions = st.lists(st.sampled_from(ACTIONS), max_size=8)

_THROWN: dict[str, type[BaseException]] = {
    "throw ValueError": ValueError,
    "throw StopIteration": StopIteration,
    "throw StopAsyncIteration": StopAsyncIteration,
    "throw GeneratorExit": GeneratorExit,
}


def body(script: Sequence[str], log: Transcript) -> Generator[Any, Any, Any]:
    """Yield a number a step; note what is sent in and which exception is being handled."""
    for number, step in enumerate(script):
        _begin(step, StopIteration(number))
        try:
            log.append(("received", (yield number), repr(sys.exc_info()[1])))
        except BaseException as error:
            log.append(("caught", repr(error), repr(error.__context__), error is sys.exc_info()[1]))
            if step == "pass":
                raise
            _fail(step, error)
            if step == "return":
                return number
            if step == "yield_then_raise":
                yield "in the handler"
                raise
        finally:
            log.append(("finally", repr(sys.exc_info()[1])))
            if step == "finish":
                return "finished"  # noqa: B012 - an application may
    return "end"


async def async_body(script: Sequence[str], log: Transcript) -> AsyncGenerator[Any, Any]:
    """Do the same as an async generator."""
    for number, step in enumerate(script):
        _begin(step, StopAsyncIteration(number))
        try:
            await _pause()
            log.append(("received", (yield number), repr(sys.exc_info()[1])))
        except BaseException as error:
            log.append(("caught", repr(error), repr(error.__context__), error is sys.exc_info()[1]))
            await _pause()
            if step == "pass" or isinstance(error, GeneratorExit):  # who answers that one with a chunk is never closed
                raise
            _fail(step, error)
            if step == "return":
                return
            if step == "yield_then_raise":
                yield "in the handler"
                raise
        finally:
            log.append(("finally", repr(sys.exc_info()[1])))
            await _pause()
            if step == "finish":
                return  # noqa: B012 - likewise


def consume(make: Callable[..., Generator[Any, Any, Any]], script: Sequence[str], acts: Sequence[str]) -> Transcript:
    """Do all that to a generator; return what came of it."""
    log: Transcript = []
    generator = make(script, log)
    for act in (*acts, *_closed(script)):
        try:
            if act == "next":
                log.append(("yielded", next(generator)))
            elif act == "send":
                log.append(("yielded", generator.send("sent")))
            elif act == "close":
                log.append(("closed", cast("Any", generator.close)()))  # it returns a value from 3.13 on
            else:
                log.append(("yielded", generator.throw(_THROWN[act]("thrown"))))
        except BaseException as error:  # noqa: BLE001, PERF203 - any is an outcome, of each act
            log.append(_outcome(error))
    return log


async def consume_async(
    make: Callable[..., AsyncGenerator[Any, Any]], script: Sequence[str], acts: Sequence[str]
) -> Transcript:
    """Do the same to an async generator."""
    log: Transcript = []
    generator = make(script, log)
    for act in (*acts, *_closed(script)):
        try:
            if act == "next":
                log.append(("yielded", await generator.__anext__()))
            elif act == "send":
                log.append(("yielded", await generator.asend("sent")))
            elif act == "close":
                await generator.aclose()
                log.append(("closed",))
            else:
                log.append(("yielded", await generator.athrow(_THROWN[act]("thrown"))))
        except BaseException as error:  # noqa: BLE001, PERF203 - any is an outcome, of each act
            log.append(_outcome(error))
    return log


def _begin(step: str, stop: Exception) -> None:
    """Raise at the beginning of a step, where the script says so."""
    if step == "raise":
        raise KeyError(step)
    if step == "stop":
        raise stop


def _fail(step: str, error: BaseException) -> None:
    """Raise another exception while one is handled, where the script says so."""
    if step == "chain":
        raise RuntimeError(step) from error
    if step == "replace":
        raise RuntimeError(step)


def _closed(script: Sequence[str]) -> list[str]:
    """Return what closes a generator for good, were it to answer each attempt with one chunk more."""
    return ["close"] * (2 * len(script) + 1)


async def _pause() -> None:
    """Let the event loop have its turn."""
    import asyncio  # noqa: PLC0415 - for the async ones

    await asyncio.sleep(0)


def _outcome(error: BaseException) -> tuple[object, ...]:
    """Return all that a consumer can tell of an exception, the wrapper's own frame left out."""
    places, ours = [], 0
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == generators.__file__:
            ours += 1
        elif trace.tb_lineno != code.co_firstlineno:  # there stands one that never began, the wrapper's in its place
            places.append((code.co_name, trace.tb_lineno))
        trace = trace.tb_next
    chain = (repr(error.__cause__), repr(error.__context__), error.__suppress_context__)
    return "raised", repr(error), getattr(error, "value", None), chain, places, min(ours, 1) == ours
