"""Functions that are frozen or ended as soon as they have answered: AWS Lambda, Cloud Run jobs, Azure Functions.

Between two calls no thread runs, so what a call has recorded is delivered before its answer is given away: once the
function has returned, or raised, and within a deadline of its own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from clippy_otel.exceptions import ConfigurationError
from clippy_otel.telemetry import get_telemetry

if TYPE_CHECKING:
    from clippy_otel.telemetry import Telemetry

DEFAULT_TIMEOUT_MS: Final = 2000

_P = ParamSpec("_P")
_R = TypeVar("_R")


def flush_after(
    *, timeout_ms: float = DEFAULT_TIMEOUT_MS, telemetry: Telemetry | None = None
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Deliver what was recorded after each call of a function or coroutine function.

    Its answer, or what it raises, goes on unchanged once everything is delivered, or the deadline has come; what is not
    delivered by then is tried again in the next call, and at the exit.

    Args:
        timeout_ms: The deadline, from the moment the function has returned, in milliseconds, above 0.
        telemetry: Whose records; None: the process's, as it is configured when the function is called.

    Raises:
        ConfigurationError: The deadline is no number above 0, or what is decorated is a generator function, whose
            answer is not there yet when it returns.
    """
    _check_timeout(timeout_ms)

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        _check_target(function)
        if inspect.iscoroutinefunction(function):
            return cast("Callable[_P, _R]", _flushing_async(function, timeout_ms, telemetry))

        @functools.wraps(function)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            try:
                return function(*args, **kwargs)
            finally:
                (telemetry or get_telemetry()).flush(timeout_ms)

        return call

    return decorate


def _flushing_async(function: Callable[..., Any], timeout_ms: float, telemetry: Telemetry | None) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return await function(*args, **kwargs)
        finally:
            await (telemetry or get_telemetry()).aflush(timeout_ms)

    return call


def _check_timeout(timeout_ms: object) -> None:
    if isinstance(timeout_ms, bool) or not isinstance(timeout_ms, (int, float)) or not timeout_ms > 0:
        raise ConfigurationError("flush_after: timeout_ms: a number of milliseconds above 0 is needed")


def _check_target(function: object) -> None:
    if not callable(function) or inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ConfigurationError(
            "flush_after: a function or coroutine function can be decorated; of a generator, flush where it ends"
        )
