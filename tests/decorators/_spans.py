"""What decorated functions recorded, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer, get_current_span


class Spans:
    """The spans of one test, over a provider of its own.

    Attributes:
        tracer: What decorated functions record with.
    """

    def __init__(self, *processors: SpanProcessor) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        for processor in (*processors, SimpleSpanProcessor(self._exporter)):
            provider.add_span_processor(processor)
        self.tracer: Tracer = provider.get_tracer("clippy_otel")

    @property
    def ended(self) -> list[ReadableSpan]:
        """All spans that have ended, in the order of their ends."""
        return list(self._exporter.get_finished_spans())

    @property
    def names(self) -> list[str]:
        """Their names."""
        return [span.name for span in self.ended]

    def only(self) -> ReadableSpan:
        """Return the one span that has ended."""
        (span,) = self.ended
        return span

    def named(self, name: str) -> ReadableSpan:
        """Return the one span of this name."""
        (span,) = (span for span in self.ended if span.name == name)
        return span


def attributes_of(span: ReadableSpan) -> Mapping[str, Any]:
    """Return a span's attributes."""
    return dict(span.attributes or {})


def current_name() -> str:
    """Return the name of the span that is current here; "" for none."""
    return str(getattr(get_current_span(), "name", ""))
