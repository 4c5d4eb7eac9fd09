"""`traced`: a span for each call of what it decorates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, ParamSpec, TypeVar, overload

from opentelemetry.trace import SpanKind

from clippy_otel.decorators.arguments import Arguments, parameters_of, recorded
from clippy_otel.decorators.calls import trace_coroutine_function, trace_function
from clippy_otel.decorators.signatures import Decorator
from clippy_otel.decorators.spans import SpanPlan
from clippy_otel.decorators.targets import Decoration, Kind, Names, decorate
from clippy_otel.decorators.wraps import Wraps
from clippy_otel.exceptions import ConfigurationError

_P = ParamSpec("_P")
_R = TypeVar("_R")
_C = TypeVar("_C")


class _Tracing(NamedTuple):
    """What `traced` was given, checked."""

    name: str | None
    kind: SpanKind
    attributes: Mapping[str, Any]
    capture: tuple[str, ...]

    @property
    def decorator(self) -> str:
        """Whose it is."""
        return "traced"

    def wrap(self, function: Callable[..., Any], kind: Kind, names: Names) -> Callable[..., Any]:
        """Give each call of a function a span."""
        plan = SpanPlan(
            (self.name or names.qualified, names.full),
            self.kind,
            self.attributes,
            Arguments(function, self.capture),
        )
        return Wraps(
            lambda function: trace_function(function, plan),
            lambda function: trace_coroutine_function(function, plan),
            plan.watch,
        ).wrap(function, kind)

    def of_methods(self, cls: type, methods: Mapping[str, Callable[..., Any]]) -> Mapping[str, Decoration]:
        """Name the spans for the class, and capture of each method what it has."""
        known = {name: parameters_of(method).keys() if self.capture else () for name, method in methods.items()}
        for wanted in self.capture:
            if not any(wanted in parameters for parameters in known.values()):
                raise ConfigurationError(
                    f"traced: capture: no public method of {cls.__qualname__} has a parameter {wanted!r}"
                )
        return {
            name: self._replace(
                name=f"{self.name or cls.__qualname__}.{name}",
                capture=tuple(wanted for wanted in self.capture if wanted in parameters),
            )
            for name, parameters in known.items()
        }


@overload
def traced(target: type[_C], /) -> type[_C]: ...
@overload
def traced(target: staticmethod[_P, _R], /) -> staticmethod[_P, _R]: ...
@overload
def traced(target: classmethod[_C, _P, _R], /) -> classmethod[_C, _P, _R]: ...
@overload
def traced(target: Callable[_P, _R], /) -> Callable[_P, _R]: ...
@overload
def traced(
    name: str | None = None,
    *,
    attributes: Mapping[str, Any] | None = None,
    capture: Iterable[str] = (),
    kind: SpanKind | str | None = None,
) -> Decorator: ...
def traced(
    name: Any = None,
    *,
    attributes: Mapping[str, Any] | None = None,
    capture: Iterable[str] = (),
    kind: SpanKind | str | None = None,
) -> Any:
    """Give each call of a function a span: `@traced`, or `@traced("name", ...)`.

    A coroutine's span lasts until it ends, a generator's from its first step to its end, with
    `clippy.stream.chunk_count`, `clippy.stream.time_to_first_chunk_ms` and, where it was left before its end,
    `clippy.stream.closed_early`. It is current while the function's own code runs, and not while a generator's
    consumer does. A function that returns a generator or an awaitable without being one has its span until it
    returns. An exception that passes through several spans is recorded on the innermost one and sets all of them to
    ERROR; being cancelled or closed is no error. Until configure() nothing is recorded.

    What can be decorated: functions of any kind, methods, staticmethod and classmethod objects, partials and callable
    objects, and classes: each public method that the class defines itself gets a span `Class.method`; inherited,
    private and special methods, properties and nested classes are left alone. Of coroutine functions and generator
    functions, a call with arguments that do not fit fails when it is first awaited or stepped.

    Args:
        name: The span's name; None: the qualified name of the function. On a class it stands for the class's name.
        attributes: Put on every span beside `code.function.name`, copied; None: none.
        capture: Names of parameters whose arguments are recorded, as `clippy.argument.<name>`, where they count as
            personal data by that name: `password` is redacted. Texts and numbers as they are, anything else in its
            plain form, at most 1,000 values of it. On a class, for those of its methods that have them.
        kind: A SpanKind, or its name in lower case; None: internal.

    Returns:
        What was decorated, with its type: a function of the same kind, or the class itself.

    Raises:
        ConfigurationError: What is decorated is nothing of the above, a name in `capture` is no parameter of it, or
            an argument here is impossible.
    """
    target, span_name = (None, name) if name is None or isinstance(name, str) else (name, None)
    tracing = _Tracing(_checked_name(span_name), _checked_kind(kind), _checked_attributes(attributes), _names(capture))
    if target is not None:
        return decorate(target, tracing)
    return lambda later: decorate(later, tracing)


def _checked_name(name: str | None) -> str | None:
    if name is not None and not name.strip():
        raise ConfigurationError("traced: name: a text with something in it, or None for the qualified name")
    return name


def _checked_kind(kind: SpanKind | str | None) -> SpanKind:
    if kind is None:
        return SpanKind.INTERNAL
    known = {member.name.lower(): member for member in SpanKind}
    found = known.get(kind) if isinstance(kind, str) else kind
    if not isinstance(found, SpanKind):
        raise ConfigurationError(f"traced: kind: a SpanKind, or one of {', '.join(known)}")
    return found


def _checked_attributes(attributes: object) -> dict[str, Any]:
    if attributes is None:
        return {}
    if not isinstance(attributes, Mapping) or not all(isinstance(key, str) and key for key in attributes):
        raise ConfigurationError("traced: attributes: a mapping with texts for keys")
    return {key: recorded(value) for key, value in attributes.items()}


def _names(capture: Iterable[str]) -> tuple[str, ...]:
    if isinstance(capture, (str, bytes)) or not isinstance(capture, Iterable):
        raise ConfigurationError("traced: capture: a sequence of parameter names, not one text")
    names = tuple(capture)
    if not all(isinstance(name, str) for name in names):
        raise ConfigurationError("traced: capture: a parameter's name is a text")
    return names
