"""`feature_used`: one more use of a feature for each call of what it decorates."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple

from clippy_otel._guard import swallowed
from clippy_otel.decorators.arguments import recorded
from clippy_otel.decorators.signatures import Decorator
from clippy_otel.decorators.targets import Decoration, Kind, Names, decorate
from clippy_otel.decorators.wraps import Wraps
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.telemetry import get_telemetry
from clippy_otel.watching.generators import Bystander

_PLACE: Final = "feature_used"


class _Using(NamedTuple):
    """What `feature_used` was given, checked."""

    feature: str
    action: str
    attributes: Mapping[str, Any] | None

    @property
    def decorator(self) -> str:
        """Whose it is."""
        return "feature_used"

    def wrap(self, function: Callable[..., Any], kind: Kind, names: Names) -> Callable[..., Any]:  # noqa: ARG002 - a Decoration's
        """Count each call of a function."""
        return Wraps(self._wrap_function, self._wrap_coroutine_function, self._watch).wrap(function, kind)

    def of_methods(self, cls: type, methods: Mapping[str, Callable[..., Any]]) -> Mapping[str, Decoration]:  # noqa: ARG002 - likewise
        """Do the same with each method."""
        return dict.fromkeys(methods, self)

    def _count(self) -> None:
        """Count a use with the process's analytics: decorated functions outlive a configure()."""
        try:
            get_telemetry().analytics.track_feature(self.feature, self.action, self.attributes)
        except RecursionError:  # at the end of the stack the guard cannot be called either
            return
        except Exception as error:  # noqa: BLE001 - the host's safety; counted by the guard
            swallowed(_PLACE, error)

    def _watch(self, _args: tuple[Any, ...], _kwargs: Mapping[str, Any]) -> Bystander:
        self._count()
        return Bystander()

    def _wrap_function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted_function(*args: Any, **kwargs: Any) -> Any:
            self._count()
            return function(*args, **kwargs)

        return counted_function

    def _wrap_coroutine_function(self, function: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def counted_coroutine_function(*args: Any, **kwargs: Any) -> Any:
            self._count()
            return await function(*args, **kwargs)

        return counted_coroutine_function


def feature_used(feature: str, *, action: str = "used", attributes: Mapping[str, Any] | None = None) -> Decorator:
    """Count each call of a function as a use of a feature: `@feature_used("export", action="started")`.

    It is counted before the function's own code runs, whatever comes of that, as track_feature() of the process's
    UsageAnalytics does it: of a coroutine when it is first awaited, of a generator with its first step. The user is
    the current scope's. Until configure() nothing is recorded.

    What can be decorated: functions of any kind, methods, staticmethod and classmethod objects, partials and callable
    objects, and classes: each public method that the class defines itself is a use of the feature; inherited, private
    and special methods, properties and nested classes are left alone.

    Args:
        feature: The feature's name.
        action: What is done with it.
        attributes: Put on every event, redacted and copied. None: none.

    Returns:
        The decorator, which gives back what it is given, with its type: a function of the same kind, or the class
        itself.

    Raises:
        ConfigurationError: An argument here is impossible; or, when it decorates, what is decorated is nothing of the
            above.
    """
    _check_text("feature", feature)
    _check_text("action", action)
    using = _Using(feature, action, _copied(attributes))

    def decorator(target: Any) -> Any:
        return decorate(target, using)

    return decorator


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"feature_used: {name}: a text with something in it")


def _copied(attributes: object) -> dict[Any, Any] | None:
    if attributes is None:
        return None
    if not isinstance(attributes, Mapping):
        raise ConfigurationError("feature_used: attributes: a mapping, or None")
    return {key: recorded(value) for key, value in attributes.items()}
