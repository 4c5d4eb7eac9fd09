"""Pieces for a setup of the bare SDK, in the style of its own processors: each around the processor that exports.

    provider.add_span_processor(RedactingSpanProcessor(BatchSpanProcessor(exporter)))

They cover the processor that they are given. To cover a whole setup, whoever registers what, there is `attach()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from clippy_otel import _guard
from clippy_otel._sdk import ended_spans as sdk_ended_spans
from clippy_otel.exceptions import ConfigurationError
from clippy_otel.hooks.logs import LogRedaction
from clippy_otel.hooks.next_processor import BeforeLogRecordProcessor, BeforeSpanProcessor
from clippy_otel.hooks.sessions import stamp_session
from clippy_otel.hooks.span_redaction import SpanRedaction
from clippy_otel.performance.metrics import PerformanceMetrics
from clippy_otel.privacy.redactor import Redactor
from clippy_otel.telemetry import get_telemetry

if TYPE_CHECKING:
    from opentelemetry.context import Context


class RedactingSpanProcessor(BeforeSpanProcessor):
    """Hand ended spans on without personal data and secrets: the same object where there are none, else a copy.

    Redacted are name, attributes, events, links, status, resource and scope. A span that cannot be redacted is dropped
    and counted. `on_start` hands on the live span as it is.

    Args:
        next: Where they go: usually a BatchSpanProcessor.
        redactor: With which; None: a Redactor with its defaults.

    Raises:
        ConfigurationError: `next` is no span processor, or the redactor is none.
    """

    def __init__(self, next: SpanProcessor, *, redactor: Redactor | None = None) -> None:  # noqa: A002 - the contract
        super().__init__(next)
        self._redactor = _redactor(redactor)
        self._redaction = SpanRedaction()

    def on_end(self, span: ReadableSpan) -> None:
        """Hand an ended span on, redacted."""
        try:
            changes = self._redaction.changes(span, self._redactor)
            shown = sdk_ended_spans.with_changes(sdk_ended_spans.copy_span(span), changes) if changes else span
        except Exception as error:  # noqa: BLE001 - fails closed: it is dropped
            _guard.swallowed("RedactingSpanProcessor", error)
            return
        self.next.on_end(shown)


class RedactingLogRecordProcessor(BeforeLogRecordProcessor):
    """Hand log records on without personal data and secrets: the same object where there are none, else a copy.

    Redacted are body, attributes, event name, severity text, resource and scope. A record that cannot be redacted is
    dropped and counted.

    Args:
        next: Where they go: usually a BatchLogRecordProcessor.
        redactor: With which; None: a Redactor with its defaults.

    Raises:
        ConfigurationError: `next` is no log record processor, or the redactor is none.
    """

    def __init__(self, next: LogRecordProcessor, *, redactor: Redactor | None = None) -> None:  # noqa: A002 - likewise
        super().__init__(next)
        self._redactor = _redactor(redactor)
        self._redaction = LogRedaction()

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Hand a record on, redacted."""
        try:
            shown = self._redaction.redact(log_record, self._redactor)
        except Exception as error:  # noqa: BLE001 - fails closed: it is dropped
            _guard.swallowed("RedactingLogRecordProcessor", error)
            return
        self.next.on_emit(shown)


class SessionSpanProcessor(SpanProcessor):
    """Put `session.id` on spans when they start: that of the scope which is open there, else the process's own.

    Sessions begin and go on with events: a span neither begins nor prolongs one, and none that is over is put on it.
    The providers that `configure()` makes do this by themselves.
    """

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - the SDK's signature
        """Put the session's id on a span."""
        stamp_session(span, get_telemetry().scopes)


class GenAISummaryProcessor(SpanProcessor):
    """Count the AI operations whose spans any instrumentation makes: `performance.ai_operations_summary()` has them.

    For a provider that neither configure() has made nor attach() has joined: the spans of those are counted without it.
    A client span with `gen_ai.*` attributes is one; see PerformanceMetrics.observe_span(). Those of this package's own
    operations are not counted twice. Others' subscribers are told of them as well: UsageAnalytics.provider_stats().
    The providers that `configure()` makes and `attach()` joins need none: their spans are counted by themselves.

    Args:
        performance: The PerformanceMetrics that counts them.

    Raises:
        ConfigurationError: It is none.
    """

    def __init__(self, performance: PerformanceMetrics) -> None:
        if not isinstance(performance, PerformanceMetrics):
            raise ConfigurationError(f"performance: a PerformanceMetrics is needed, not {performance!r:.80}")
        self._performance = performance

    def on_end(self, span: ReadableSpan) -> None:
        """Count an ended span's operation, where it is one."""
        self._performance.observe_span(span)


def _redactor(redactor: object) -> Redactor:
    if not isinstance(redactor, (Redactor, type(None))):
        raise ConfigurationError(f"redactor: a Redactor is needed, not {redactor!r:.80}")
    return redactor or Redactor()
