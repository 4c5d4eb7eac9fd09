"""What the pieces for a bare setup share: each stands before one processor, and hands on to it.

A piece says what becomes of an ended span, or of a record; starts, flushes and the shutdown go on as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.sdk._logs import LogRecordProcessor
from opentelemetry.sdk.trace import Span, SpanProcessor

from clippy_otel.exceptions import ConfigurationError

if TYPE_CHECKING:
    from opentelemetry.context import Context


class _BeforeNext:
    """Hand on what is alike for spans and log records."""

    next: Any

    def shutdown(self) -> None:
        """Shut the next one down."""
        self.next.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the next one."""
        flushed: bool = self.next.force_flush(timeout_millis)
        return flushed


class BeforeSpanProcessor(_BeforeNext, SpanProcessor):
    """A span processor before another one.

    Args:
        next: The other one.

    Attributes:
        next: The other one.

    Raises:
        ConfigurationError: It is no span processor.
    """

    def __init__(self, next: SpanProcessor) -> None:  # noqa: A002 - the contract
        self.next: SpanProcessor = _checked(next, "on_end")

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Hand a span on as it starts."""
        self.next.on_start(span, parent_context)


class BeforeLogRecordProcessor(_BeforeNext, LogRecordProcessor):
    """A log record processor before another one.

    Args:
        next: The other one.

    Attributes:
        next: The other one.

    Raises:
        ConfigurationError: It is no log record processor.
    """

    def __init__(self, next: LogRecordProcessor) -> None:  # noqa: A002 - the contract
        self.next: LogRecordProcessor = _checked(next, "on_emit")

    def enabled(self, **asked: Any) -> bool:
        """Return whether the next one would take such a record."""
        return self.next.enabled(**asked)


def _checked(processor: Any, method: str) -> Any:
    if not callable(getattr(processor, method, None)) or isinstance(processor, type):
        raise ConfigurationError(f"next: a processor of the SDK is needed, with {method}(), not {processor!r:.80}")
    return processor
