"""The kinds of settings that only code can give: callables, transports and objects of this package."""

from __future__ import annotations

import inspect
from typing import Any

from clippy_otel.config.kinds import Kind, refusal
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.ports import SIGNALS, RedactionRule


class RedactionRules(Kind):
    """A tuple of rules for redaction, told by their form: the room that they come from lies above this one."""

    def check(self, name: str, value: Any) -> Any:
        """Take a list or tuple of rules, each with a name of its own."""
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, RedactionRule) for item in value):
            raise refusal(name, "a tuple or list of clippy_otel.privacy.Rule", value)
        if len({item.name for item in value}) < len(value):
            raise ConfigurationError(f"{name} must have each name once")
        return tuple(value)

    def show(self, value: Any) -> Any:
        """Show the names: a pattern is long, and may say what is secret about a number."""
        return tuple(item.name for item in value)


class Hook(Kind):
    """A callable that is called for its answer, so not an async one."""

    def check(self, name: str, value: Any) -> Any:
        """Take a callable."""
        if not callable(value) or inspect.iscoroutinefunction(value):
            raise refusal(name, "a callable that is not async", value)
        return value

    def show(self, value: Any) -> Any:
        """Show the type: a repr is the application's own text."""
        return f"<{type(value).__qualname__}>"


class Target(Kind):
    """What a custom transport delivers to. Which of the forms it is, the transport itself looks at."""

    def check(self, name: str, value: Any) -> Any:
        """Take anything that has something to call, or several of it."""
        parts = value if isinstance(value, (list, tuple)) and value else (value,)
        if not all(map(_takes_batches, parts)):
            allowed = "a callable, an object with callable logs, spans or metrics, or SDK exporters"
            raise refusal(name, allowed, value)
        return tuple(value) if isinstance(value, list) else value

    def show(self, value: Any) -> Any:
        """Show the type: a repr is the application's own text."""
        return f"<{type(value).__qualname__}>"


def _takes_batches(value: object) -> bool:
    return callable(value) or any(callable(getattr(value, part, None)) for part in (*SIGNALS, "export"))
