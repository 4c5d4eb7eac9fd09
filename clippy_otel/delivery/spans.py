"""Ended spans as encoded queue items: done by the worker, so that ending a span costs its caller no encoding.

How spans are encoded is imported with the first one, or by load().
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from clippy_otel.delivery.ended_spans import ended_span
from clippy_otel.delivery.envelopes import Envelopes
from clippy_otel.otlp.ended_span import EndedSpan
from clippy_otel.ports import Envelope, QueueItem

_new: Final = tuple.__new__
UNENCODED: Final = Envelope("spans", b"", b"")


class SpanEncoder:
    """Encode queued spans."""

    def __init__(self) -> None:
        self._envelopes = Envelopes("spans")
        self._encode: Callable[[Any], bytes] | None = None

    def encode(self, item: QueueItem) -> QueueItem:
        """Return an item whose data is an ended span with that span's envelope and bytes instead.

        Raises:
            Exception: Whatever a span of a foreign class raises when it is read.
        """
        _, given, *rest = item
        span = given if type(given) is EndedSpan else ended_span(given) or given
        envelope = self._envelopes.of(span.resource, span.instrumentation_scope)
        encode = self._encode or self.load()
        return _new(QueueItem, (envelope, encode(span), *rest))  # as item._replace() makes it, at half the time

    def load(self) -> Callable[[Any], bytes]:
        """Import and return what encodes a span.

        Beforehand where signal handlers encode too: one that interrupts the import finds half a module.
        """
        from clippy_otel.otlp.spans import encode_span  # noqa: PLC0415 - for who has spans

        self._encode = encode_span
        return encode_span
