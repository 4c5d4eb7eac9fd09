"""What can be decorated, and how: a wrapper that is of the same kind as the function that it stands for.

A coroutine function stays one, and so do generator functions; name, documentation, signature and `__wrapped__` are
kept. Of a class, the public methods that it defines itself are wrapped and the class stays the same object.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, Final, NamedTuple

from opentelemetry.trace import SpanKind

from clippy_otel import semconv
from clippy_otel.decorators.arguments import Arguments, parameters_of
from clippy_otel.decorators.calls import trace_coroutine_function, trace_function
from clippy_otel.decorators.generators import trace_async_generator_function, trace_generator_function
from clippy_otel.decorators.spans import SpanPlan
from clippy_otel.exceptions import ConfigurationError

_MARK: Final = "__clippy_otel_traced__"
_Wrap = Callable[[Callable[..., Any], SpanPlan], Callable[..., Any]]
_KINDS: Final[tuple[tuple[Callable[[object], bool], _Wrap], ...]] = (
    (inspect.iscoroutinefunction, trace_coroutine_function),
    (inspect.isasyncgenfunction, trace_async_generator_function),
    (inspect.isgeneratorfunction, trace_generator_function),
)


class Options(NamedTuple):
    """What `traced` was given, checked."""

    name: str | None
    kind: SpanKind
    attributes: Mapping[str, Any]
    capture: tuple[str, ...]


def decorate(target: Any, options: Options) -> Any:
    """Return what stands for the target from now on.

    Raises:
        ConfigurationError: The target is nothing that can be decorated, or lacks a parameter that is to be captured.
    """
    if isinstance(target, type):
        return _decorate_class(target, options)
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(decorate(target.__func__, options))
    if not callable(target):
        hint = "; put @traced below @property" if isinstance(target, property) else ""
        raise ConfigurationError(
            f"traced: a function, method or class can be decorated, no {type(target).__name__}{hint}"
        )
    if isinstance(target, FunctionType) and target.__code__.co_flags & inspect.CO_ITERABLE_COROUTINE:
        raise ConfigurationError("traced: a coroutine made of a generator cannot be decorated; write it with async def")
    return _decorate_function(target, options)


def _decorate_function(function: Callable[..., Any], options: Options) -> Callable[..., Any]:
    full_name, qualified_name = _names(function)
    plan = SpanPlan(
        options.name or qualified_name,
        options.kind,
        {semconv.CODE_FUNCTION_NAME: full_name, **options.attributes},
        Arguments(function, options.capture),
    )
    wrapper = _wrap(function)(function, plan)
    # What a callable object keeps in itself is its state; what a function does are marks, for others to find.
    updated = functools.WRAPPER_UPDATES if inspect.isroutine(function) else ()
    functools.update_wrapper(wrapper, function, updated=updated)
    wrapper.__name__, wrapper.__qualname__ = qualified_name.rpartition(".")[2], qualified_name
    setattr(wrapper, _MARK, True)
    return wrapper


def _wrap(function: Callable[..., Any]) -> _Wrap:
    """Return how to wrap a function of this kind; of a callable object, its class's `__call__` says which it is."""
    for is_of_kind, wrap in _KINDS:
        if is_of_kind(function) or is_of_kind(type(function).__call__):
            return wrap
    return trace_function


def _names(function: Any) -> tuple[str, str]:
    """Return a function's name with its module's and its qualified name; a partial's are those of what it calls."""
    while isinstance(function, functools.partial):
        function = function.func
    named = function if hasattr(function, "__qualname__") else type(function)
    module = getattr(named, "__module__", None)  # methods written in C have none
    return f"{module}.{named.__qualname__}" if module else named.__qualname__, named.__qualname__


def _decorate_class(cls: type, options: Options) -> type:
    methods = dict(_methods(cls))
    known = (
        {name: parameters_of(_function(method)).keys() for name, method in methods.items()} if options.capture else {}
    )
    for wanted in options.capture:
        if not any(wanted in parameters for parameters in known.values()):
            raise ConfigurationError(
                f"traced: capture: no public method of {cls.__qualname__} has a parameter {wanted!r}"
            )
    wrapped: dict[str, Any] = {}
    for name, method in methods.items():
        captured = tuple(wanted for wanted in options.capture if wanted in known[name])
        own = options._replace(name=f"{options.name or cls.__qualname__}.{name}", capture=captured)
        wrapped[name] = decorate(method, own)
    try:
        for name, method in wrapped.items():
            setattr(cls, name, method)
    except (AttributeError, TypeError) as error:  # a class written in C, or a metaclass that refuses
        raise ConfigurationError(f"traced: the methods of {cls.__qualname__} cannot be replaced") from error
    return cls


def _methods(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods that a class defines itself, save those that are decorated already."""
    for name, member in vars(cls).items():
        is_method = isinstance(member, (FunctionType, staticmethod, classmethod)) and inspect.isroutine(
            _function(member)
        )
        if is_method and not name.startswith("_") and not hasattr(_function(member), _MARK):
            yield name, member


def _function(member: Any) -> Any:
    return member.__func__ if isinstance(member, (staticmethod, classmethod)) else member
