"""`capture_errors`: a record for each exception that escapes from what it decorates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, ParamSpec, Protocol, TypeVar, overload

from clippy_otel._guard import swallowed
from clippy_otel.decorators.signatures import Decorator
from clippy_otel.decorators.targets import Decoration, Kind, Names, decorate
from clippy_otel.decorators.wraps import Wraps
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.severity import ErrorSeverity
from clippy_otel.telemetry import get_telemetry
from clippy_otel.watching.generators import Bystander

_P = ParamSpec("_P")
_R = TypeVar("_R")
_C = TypeVar("_C")
_I = TypeVar("_I", bound=Iterator[Any] | AsyncIterator[Any])

# How an iterator says that it is at its end.
_NO_ERRORS: Final = (StopIteration, StopAsyncIteration)


class _Capturing(NamedTuple):
    """What `capture_errors` was given, checked."""

    severity: ErrorSeverity
    context: object
    reraise: bool

    @property
    def decorator(self) -> str:
        """Whose it is."""
        return "capture_errors"

    def wrap(self, function: Callable[..., Any], kind: Kind, names: Names) -> Callable[..., Any]:  # noqa: ARG002 - a Decoration's
        """Record what escapes from each call of a function."""
        return Wraps(self._wrap_function, self._wrap_coroutine_function, lambda _args, _kwargs: _Watch(self)).wrap(
            function, kind
        )

    def of_methods(self, cls: type, methods: Mapping[str, Callable[..., Any]]) -> Mapping[str, Decoration]:  # noqa: ARG002 - likewise
        """Do the same with each method."""
        return dict.fromkeys(methods, self)

    def take(self, error: BaseException) -> bool:
        """Record an exception, if it is an error; return whether it goes no further."""
        if not isinstance(error, Exception) or isinstance(error, _NO_ERRORS):
            return False
        try:
            errors = get_telemetry().errors
            errors.capture_error(error, severity=self.severity, context=self.context, handled=not self.reraise)
        except RecursionError:  # at the end of the stack the guard cannot be called either
            return not self.reraise
        except Exception as own:  # noqa: BLE001 - the host's safety; counted by the guard
            swallowed("capture_errors", own)
        return not self.reraise

    def _wrap_function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def capturing_function(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except Exception as error:
                if not self.take(error):
                    raise
                return None

        return capturing_function

    def _wrap_coroutine_function(self, function: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def capturing_coroutine_function(*args: Any, **kwargs: Any) -> Any:
            try:
                return await function(*args, **kwargs)
            except Exception as error:
                if not self.take(error):
                    raise
                return None

        return capturing_coroutine_function


class _Watch(Bystander):
    """What sees with which exception a generator ends, and nothing else of it."""

    __slots__ = ("_capturing",)

    def __init__(self, capturing: _Capturing) -> None:
        self._capturing = capturing

    def fail(self, error: BaseException) -> bool:
        """Record an error; return whether the generator ends without it."""
        return self._capturing.take(error)


class _Swallower(Protocol):
    """What `capture_errors(reraise=False)` returns: a call may return None, save one that makes a generator."""

    # Where two overlap, the first one holds: a class and a staticmethod are callables too.
    @overload
    def __call__(self, target: type[_C], /) -> type[_C]: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, target: staticmethod[_P, _R], /) -> staticmethod[_P, _R | None]: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, target: classmethod[_C, _P, _R], /) -> classmethod[_C, _P, _R | None]: ...
    @overload
    def __call__(self, target: Callable[_P, _I], /) -> Callable[_P, _I]: ...
    @overload
    def __call__(
        self, target: Callable[_P, Coroutine[Any, Any, _R]], /
    ) -> Callable[_P, Coroutine[Any, Any, _R | None]]: ...
    @overload
    def __call__(self, target: Callable[_P, _R], /) -> Callable[_P, _R | None]: ...


@overload
def capture_errors(target: type[_C], /) -> type[_C]: ...
@overload
def capture_errors(target: staticmethod[_P, _R], /) -> staticmethod[_P, _R]: ...
@overload
def capture_errors(target: classmethod[_C, _P, _R], /) -> classmethod[_C, _P, _R]: ...
@overload
def capture_errors(target: Callable[_P, _R], /) -> Callable[_P, _R]: ...
@overload
def capture_errors(
    *, severity: ErrorSeverity | str = ..., context: object = None, reraise: Literal[True] = True
) -> Decorator: ...
@overload
def capture_errors(
    *, severity: ErrorSeverity | str = ..., context: object = None, reraise: Literal[False]
) -> _Swallower: ...
def capture_errors(
    target: Any = None,
    /,
    *,
    severity: ErrorSeverity | str = ErrorSeverity.ERROR,
    context: object = None,
    reraise: bool = True,
) -> Any:
    """Record each exception that escapes from a function: `@capture_errors`, or `@capture_errors(severity=...)`.

    It is recorded once, by the innermost decorated function that it passes through, as capture_error() of the
    process's ErrorTracking does it; and it goes on as the very same object. Being cancelled, closed or interrupted is
    no error, and neither are SystemExit and the end of an iterator. Of a generator it is what its body raises at any
    of its steps. Until configure() nothing is recorded.

    What can be decorated: functions of any kind, methods, staticmethod and classmethod objects, partials and callable
    objects, and classes: each public method that the class defines itself; inherited, private and special methods,
    properties and nested classes are left alone.

    Args:
        target: What is decorated, where there is nothing else to say.
        severity: How bad such an error is, also as its word ("critical").
        context: Anything to say about it, a text or a mapping, redacted. None: nothing.
        reraise: False: the error goes no further: the call returns None, and a generator is at its end. Its record
            then says that it was handled.

    Returns:
        What was decorated, with its type: a function of the same kind, or the class itself.

    Raises:
        ConfigurationError: What is decorated is nothing of the above, or an argument here is impossible.
    """
    known = ErrorSeverity.named(severity)
    if known is None:
        raise ConfigurationError(f"capture_errors: severity: one of {', '.join(ErrorSeverity)}")
    if not isinstance(reraise, bool):
        raise ConfigurationError("capture_errors: reraise: True or False")
    capturing = _Capturing(known, context, reraise)
    if target is not None:
        return decorate(target, capturing)
    return lambda later: decorate(later, capturing)
