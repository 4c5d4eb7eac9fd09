"""What can be decorated, and how: a wrapper that is of the same kind as the function that it stands for.

A coroutine function stays one, and so do generator functions; name, documentation, signature and `__wrapped__` are
kept. Of a class, the public methods that it defines itself are wrapped and the class stays the same object.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, Final, Literal, NamedTuple, Protocol

from clippy_otel.exceptions import ConfigurationError

Kind = Literal["function", "coroutine function", "async generator function", "generator function"]

_KINDS: Final[tuple[tuple[Callable[[object], bool], Kind], ...]] = (
    (inspect.iscoroutinefunction, "coroutine function"),
    (inspect.isasyncgenfunction, "async generator function"),
    (inspect.isgeneratorfunction, "generator function"),
)


class Names(NamedTuple):
    """A function's names; a partial's are those of what it calls."""

    full: str  # with its module's
    qualified: str


class Decoration(Protocol):
    """What one decorator does with whatever it decorates, its arguments checked."""

    @property
    def decorator(self) -> str:
        """The decorator's name."""

    def wrap(self, function: Callable[..., Any], kind: Kind, names: Names) -> Callable[..., Any]:
        """Return a wrapper of the same kind; what it is called and how it is documented is seen to here.

        Raises:
            ConfigurationError: The function lacks what the arguments are about.
        """

    def of_methods(self, cls: type, methods: Mapping[str, Callable[..., Any]]) -> Mapping[str, Decoration]:
        """Return what is to be done with each method of a class that is decorated.

        Raises:
            ConfigurationError: The class lacks what the arguments are about, or classes cannot be decorated.
        """


def decorate(target: Any, decoration: Decoration) -> Any:
    """Return what stands for the target from now on.

    Raises:
        ConfigurationError: The target is nothing that can be decorated, or lacks what the arguments are about.
    """
    if isinstance(target, type):
        return _decorate_class(target, decoration)
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(decorate(target.__func__, decoration))
    name = decoration.decorator
    if not callable(target):
        hint = f"; put @{name} below @property" if isinstance(target, property) else ""
        raise ConfigurationError(
            f"{name}: a function, method or class can be decorated, no {type(target).__name__}{hint}"
        )
    if isinstance(target, FunctionType) and target.__code__.co_flags & inspect.CO_ITERABLE_COROUTINE:
        raise ConfigurationError(
            f"{name}: a coroutine made of a generator cannot be decorated; write it with async def"
        )
    return _decorate_function(target, decoration)


def _decorate_function(function: Callable[..., Any], decoration: Decoration) -> Callable[..., Any]:
    names = _names(function)
    wrapper = decoration.wrap(function, _kind(function), names)
    # What a callable object keeps in itself is its state; what a function does are marks, for others to find.
    updated = functools.WRAPPER_UPDATES if inspect.isroutine(function) else ()
    functools.update_wrapper(wrapper, function, updated=updated)
    wrapper.__name__, wrapper.__qualname__ = names.qualified.rpartition(".")[2], names.qualified
    setattr(wrapper, _mark(decoration), True)
    return wrapper


def _mark(decoration: Decoration) -> str:
    """Return the attribute of functions that a decorator has made: what it has decorated already, it leaves alone."""
    return f"__clippy_otel_{decoration.decorator}__"


def _kind(function: Callable[..., Any]) -> Kind:
    """Return what a function is; of a callable object, its class's `__call__` says it."""
    for is_of_kind, kind in _KINDS:
        if is_of_kind(function) or is_of_kind(type(function).__call__):
            return kind
    return "function"


def _names(function: Any) -> Names:
    while isinstance(function, functools.partial):
        function = function.func
    named = function if hasattr(function, "__qualname__") else type(function)
    module = getattr(named, "__module__", None)  # methods written in C have none
    return Names(f"{module}.{named.__qualname__}" if module else named.__qualname__, named.__qualname__)


def _decorate_class(cls: type, decoration: Decoration) -> type:
    methods = dict(_methods(cls, _mark(decoration)))
    own = decoration.of_methods(cls, {name: _function(method) for name, method in methods.items()})
    wrapped = {name: decorate(method, own[name]) for name, method in methods.items()}
    try:
        for name, method in wrapped.items():
            setattr(cls, name, method)
    except (AttributeError, TypeError) as error:  # a class written in C, or a metaclass that refuses
        raise ConfigurationError(
            f"{decoration.decorator}: the methods of {cls.__qualname__} cannot be replaced"
        ) from error
    return cls


def _methods(cls: type, mark: str) -> Iterator[tuple[str, Any]]:
    """Yield the public methods that a class defines itself, save those that are decorated already."""
    for name, member in vars(cls).items():
        is_method = isinstance(member, (FunctionType, staticmethod, classmethod)) and inspect.isroutine(
            _function(member)
        )
        if is_method and not name.startswith("_") and not hasattr(_function(member), mark):
            yield name, member


def _function(member: Any) -> Any:
    return member.__func__ if isinstance(member, (staticmethod, classmethod)) else member
