"""Contexts in which no instrumentation records: those of our own requests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from opentelemetry import context

# Set in the context of our own requests: the first is what instrumentations in general look at, the second what those
# of HTTP clients do. Without them each delivery would make a span, which would be delivered, and so on.
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY


@contextlib.contextmanager
def instrumentation_suppressed() -> Iterator[None]:
    """Run a block in which no instrumentation records what it does."""
    suppressed = context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, value=True)
    token = context.attach(context.set_value(_SUPPRESS_HTTP_INSTRUMENTATION_KEY, value=True, context=suppressed))
    try:
        yield
    finally:
        context.detach(token)


def is_suppressed() -> bool:
    """Return whether the current context is one in which no instrumentation records: telemetry is being delivered."""
    return bool(context.get_value(_SUPPRESS_INSTRUMENTATION_KEY))
