"""How decorators are typed: what is decorated keeps its type."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar, overload

_P = ParamSpec("_P")
_R = TypeVar("_R")
_C = TypeVar("_C")


class Decorator(Protocol):
    """What a decorator that was called returns: it gives back what it is given, with its type."""

    @overload
    def __call__(self, target: type[_C], /) -> type[_C]: ...
    @overload
    def __call__(self, target: staticmethod[_P, _R], /) -> staticmethod[_P, _R]: ...
    @overload
    def __call__(self, target: classmethod[_C, _P, _R], /) -> classmethod[_C, _P, _R]: ...
    @overload
    def __call__(self, target: Callable[_P, _R], /) -> Callable[_P, _R]: ...
