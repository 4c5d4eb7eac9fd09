"""How one decorator wraps each kind of function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from clippy_otel.decorators.targets import Kind
from clippy_otel.watching.generators import Begin, watch_async_generator_function, watch_generator_function

_Function = Callable[..., Any]


class Wraps(NamedTuple):
    """What is done with each kind.

    Attributes:
        function: Wraps a plain function.
        coroutine_function: Wraps a coroutine function.
        begin: Begins to watch one run of a generator's body, sync or async.
    """

    function: Callable[[_Function], _Function]
    coroutine_function: Callable[[_Function], _Function]
    begin: Begin

    def wrap(self, function: _Function, kind: Kind) -> _Function:
        """Wrap a function of a kind."""
        if kind == "coroutine function":
            return self.coroutine_function(function)
        if kind == "generator function":
            return watch_generator_function(function, self.begin)
        if kind == "async generator function":
            return watch_async_generator_function(function, self.begin)
        return self.function(function)
