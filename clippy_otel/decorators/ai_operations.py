"""`ai_operation`: an AI operation for each call of what it decorates, its stream included."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple, ParamSpec, TypeVar

from clippy_otel.decorators.targets import Decoration, Kind, Names, decorate
from clippy_otel.decorators.wraps import Wraps
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.performance.ai_operation import AIOperation
from clippy_otel.performance.ai_streams import is_stream
from clippy_otel.telemetry import get_telemetry
from clippy_otel.watching.generators import Watch

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Operating(NamedTuple):
    """What `ai_operation` was given, checked."""

    provider: str
    model: str | None
    operation: str
    conversation_id: str | None
    usage: Callable[[Any], object] | None

    @property
    def decorator(self) -> str:
        """Whose it is."""
        return "ai_operation"

    def wrap(self, function: Callable[..., Any], kind: Kind, names: Names) -> Callable[..., Any]:  # noqa: ARG002 - a Decoration's
        """Make each call of a function an AI operation."""
        return Wraps(self._wrap_function, self._wrap_coroutine_function, self._watch).wrap(function, kind)

    def of_methods(self, cls: type, methods: Mapping[str, Callable[..., Any]]) -> Mapping[str, Decoration]:  # noqa: ARG002 - likewise
        """Refuse: not each method of a class asks a model."""
        raise ConfigurationError(
            f"ai_operation: a function or method can be decorated, not the class {cls.__qualname__}"
        )

    def _begin(self) -> AIOperation:
        """Begin an operation of the process's telemetry: decorated functions outlive a configure()."""
        return get_telemetry().performance.ai_operation(
            provider=self.provider, model=self.model, operation=self.operation, conversation_id=self.conversation_id
        )

    def _watch(self, _args: tuple[Any, ...], _kwargs: Mapping[str, Any]) -> Watch:
        return self._begin().watch(self.usage)

    def _wrap_function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def operating_function(*args: Any, **kwargs: Any) -> Any:
            operation = self._begin()
            operation.enter()
            try:
                answer = function(*args, **kwargs)
            except BaseException as error:
                operation.note(error)
                operation.end()
                raise
            finally:
                operation.leave()
            return self._hand_on(operation, answer)

        return operating_function

    def _wrap_coroutine_function(self, function: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def operating_coroutine_function(*args: Any, **kwargs: Any) -> Any:
            operation = self._begin()
            operation.enter()
            try:
                answer = await function(*args, **kwargs)
            except BaseException as error:
                operation.note(error)
                operation.end()
                raise
            finally:
                operation.leave()
            return self._hand_on(operation, answer)

        return operating_coroutine_function

    def _hand_on(self, operation: AIOperation, answer: Any) -> Any:
        """Return the answer, which ends the operation: at once, or with its last chunk."""
        if is_stream(answer):
            return operation.stream(answer, usage=self.usage)
        if self.usage is not None:
            operation.read_usage_of(answer, self.usage)
        operation.end()
        return answer


def ai_operation(
    *,
    provider: str,
    model: str | None = None,
    operation: str = "chat",
    conversation_id: str | None = None,
    usage: Callable[[Any], object] | None = None,
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Make each call of a function an AI operation of the process's PerformanceMetrics.

    It lasts until the function returns, until its coroutine ends, or until its generator does, from the first step on.
    Where the function returns an iterator, sync or async, the operation goes on with that, and a generator over it is
    returned in its place. Within the function `Telemetry.performance.current_ai_operation()` is the operation. An
    exception makes it a failed one and goes on; until configure() nothing is recorded.

    What can be decorated: functions of any kind, methods, staticmethod and classmethod objects, partials and callable
    objects.

    Args:
        provider: Who is asked: "openai", "anthropic".
        model: Which model is asked; None: not known.
        operation: By the GenAI conventions: "chat", "embeddings", "invoke_agent", ...
        conversation_id: The conversation that it belongs to; None: that of the current scope.
        usage: Given the answer, or each chunk of it; returns its usage, as in AIOperation.stream(). None: nothing reads
            it.

    Returns:
        The decorator, which returns a function of the same kind and type.

    Raises:
        ConfigurationError: An argument here is impossible; or, when it decorates, what is decorated is nothing of the
            above.
    """
    _check_text("provider", provider)
    _check_text("operation", operation)
    for name, value in (("model", model), ("conversation_id", conversation_id)):
        if value is not None:
            _check_text(name, value)
    if usage is not None and not callable(usage):
        raise ConfigurationError("ai_operation: usage: a function, or None")
    operating = _Operating(provider, model, operation, conversation_id, usage)
    return lambda function: decorate(function, operating)


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"ai_operation: {name}: a text with something in it")
