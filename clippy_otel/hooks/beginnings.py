"""Attributes on their way to a span that starts, past the SDK: in the context that sampler and processors are given."""

from __future__ import annotations

from typing import Any, Final

from opentelemetry.context import Context

from clippy_otel._sdk import started_spans as sdk_started_spans

_KEY: Final = "clippy_otel.beginning"


class Beginning:
    """Attributes on their way.

    Args:
        attributes: A copy of the caller's.
        context: The caller's context, which others are to be shown.

    Attributes:
        attributes: The same; None: they have arrived.
        context: The same.
    """

    __slots__ = ("attributes", "context")

    def __init__(self, attributes: dict[str, Any], context: Context | None) -> None:
        self.attributes: dict[str, Any] | None = attributes
        self.context = context

    def within(self, current: Context) -> Context:
        """Return a context with this in it."""
        return Context({**current, _KEY: self})


def beginning_in(context: Context | None) -> Beginning | None:
    """Return what is on its way to the span that starts with a context; None: nothing is."""
    beginning = None if context is None else context.get(_KEY)
    return beginning if type(beginning) is Beginning and beginning.attributes is not None else None


class TakesBeginnings:
    """A span processor whose `on_start` puts on each span, before others see it, what `take()` finds for it."""


def takes_beginnings(processor: object) -> bool:
    """Say whether a processor does, with a method that nobody has replaced."""
    return isinstance(processor, TakesBeginnings) and "on_start" not in vars(processor)


def take(span: Any, context: Context | None) -> Context | None:
    """Put on a span that starts what went past the SDK, and return the context that others are to be shown."""
    beginning = beginning_in(context)
    if beginning is None:
        return context
    attributes, beginning.attributes = beginning.attributes, None
    if attributes is not None:
        sdk_started_spans.put_first(span, attributes)
    return beginning.context
