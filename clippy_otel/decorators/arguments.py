"""The arguments of a call that were named to be recorded, as attribute values.

Guarantee: reading never raises into the call, changes no object and keeps none: containers are copied, within limits,
and what is neither text nor number becomes its plain form. Nothing is redacted here; the attribute's key ends with
the argument's own name, by which the redaction of spans judges it.

Cost: 1 us for an argument that is a text or a number, what the SDK does with one more attribute included.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from clippy_otel import semconv
from clippy_otel._guard import swallowed
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.otlp import plain
from clippy_otel.otlp.values import TRUNCATED

MAX_VALUES: Final = 1_000  # in one argument, through all levels
MAX_DEPTH: Final = 8  # levels of containers in each other

_T = TypeVar("_T")
_SCALARS: Final = frozenset({str, bool, int, float, bytes, type(None)})
_NO_POSITION: Final = sys.maxsize  # more than any call has
_MISSING: Final = inspect.Parameter.empty


class _Argument(NamedTuple):
    """Where one argument stands in a call."""

    key: str  # of its attribute
    kind: Any  # of its parameter
    keyword: str | None  # by which it may be given; None: by position only
    position: int  # among the positional ones
    default: Any


class Arguments:
    """The arguments of one function that are recorded.

    Args:
        function: The function.
        names: The names of its parameters; `*args` and `**kwargs` go by their names without stars.

    Raises:
        ConfigurationError: The function has no such parameter, or does not tell its parameters.
    """

    __slots__ = ("_captured", "_named")

    def __init__(self, function: Callable[..., Any], names: Iterable[str]) -> None:
        wanted = tuple(names)
        parameters = parameters_of(function) if wanted else {}
        for name in wanted:
            if name not in parameters:
                raise ConfigurationError(
                    f"traced: capture: {name!r} is none of the parameters {', '.join(parameters) or '()'}"
                )
        self._named = frozenset(name for name, parameter in parameters.items() if _takes_keyword(parameter))
        positions = list(parameters)
        self._captured = tuple(_argument(parameters[name], positions.index(name)) for name in wanted)

    def __bool__(self) -> bool:
        return bool(self._captured)

    def read(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return attributes of one call's arguments, those left out with their defaults."""
        attributes: dict[str, Any] = {}
        for argument in self._captured:
            try:
                value = self._value(argument, args, kwargs)
                if value is not _MISSING:
                    attributes[argument.key] = recorded(value)
            except Exception as error:  # noqa: BLE001, PERF203 - a container that changes while it is copied is left out
                swallowed("captured argument", error)
        return attributes

    def _value(self, argument: _Argument, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        if argument.kind is inspect.Parameter.VAR_KEYWORD:
            return {name: value for name, value in kwargs.items() if name not in self._named}
        if argument.kind is inspect.Parameter.VAR_POSITIONAL:
            return args[argument.position :]
        if argument.position < len(args):
            return args[argument.position]
        return argument.default if argument.keyword is None else kwargs.get(argument.keyword, argument.default)


def parameters_of(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Return a function's parameters by name.

    Raises:
        ConfigurationError: It does not tell them (some written in C do not).
    """
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"traced: capture: the parameters of {plain.text(function)} are not known") from error


def recorded(value: object) -> Any:
    """Return any value as an attribute: plain at every level and of its own, for nothing of the caller's is kept."""
    if type(value) in _SCALARS:
        return value
    return _Copy().of(value, depth=0)


class _Copy:
    """The way through one nested value, within its limits; a value that holds itself ends at the depth."""

    __slots__ = ("_values_left",)

    def __init__(self) -> None:
        self._values_left = MAX_VALUES

    def of(self, value: object, depth: int) -> Any:
        self._values_left -= 1
        level: Any = plain.plain(value)
        if self._values_left < 0:
            return TRUNCATED
        if type(level) in _SCALARS:
            return level
        if depth == MAX_DEPTH:
            return TRUNCATED
        if isinstance(level, dict):
            return {plain.text(key): self.of(item, depth + 1) for key, item in self._first(level.items())}
        return [self.of(item, depth + 1) for item in self._first(level)]

    def _first(self, items: Iterable[_T]) -> Iterator[_T]:
        """Yield items as long as there is room, and one more, in whose place it shows that there were more."""
        for item in items:
            yield item
            if self._values_left < 0:
                return


def _argument(parameter: inspect.Parameter, position: int) -> _Argument:
    name, kind = parameter.name, parameter.kind
    return _Argument(
        semconv.ARGUMENT_PREFIX + name,
        kind,
        name if _takes_keyword(parameter) else None,
        _NO_POSITION if kind is inspect.Parameter.KEYWORD_ONLY else position,
        parameter.default,
    )


def _takes_keyword(parameter: inspect.Parameter) -> bool:
    return parameter.kind in {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
