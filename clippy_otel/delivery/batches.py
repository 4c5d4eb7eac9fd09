"""A batch of queued records as requests: by signal, encoded where they are not yet, framed and prepared.

Not under the worker's eyes: what cannot be encoded or prepared is told, and in no request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from clippy_otel.delivery.requests import Framing, Request
from clippy_otel.delivery.spans import SpanEncoder
from clippy_otel.ledger import Column
from clippy_otel.ports import QueueItem, Signal, Transport

Lost = Callable[[Sequence[QueueItem], Column, Exception], None]


class Batches:
    """Make requests of what is taken out of the queue.

    Args:
        transports: Where each signal goes.
        on_loss: Told of records that get into no request, the ledger's column for them, and why.

    Attributes:
        max_payload_bytes: See Framing.
    """

    def __init__(self, transports: Mapping[Signal, Transport], on_loss: Lost, max_payload_bytes: int) -> None:
        self._transports = transports
        self._on_loss = on_loss
        self._spans = SpanEncoder()
        self.max_payload_bytes = max_payload_bytes

    def requests(self, items: Sequence[QueueItem]) -> Iterator[tuple[Signal, list[Request]]]:
        """Yield the requests of each signal among the items."""
        for signal in dict.fromkeys(item.envelope.signal for item in items):
            encoded = self._encoded([item for item in items if item.envelope.signal == signal])
            if encoded:
                yield signal, self._framing(signal).requests(encoded)

    def halves(self, request: Request) -> list[Request]:
        """Return a request as two smaller ones at least."""
        return self._framing(request.signal).halves(request.items)

    def _encoded(self, items: Sequence[QueueItem]) -> Sequence[QueueItem]:
        """Return items with their bytes; what cannot be encoded is told and left out."""
        if type(items[0].data) is bytes:
            return items
        return [encoded for item in items if (encoded := self._encode(item)) is not None]

    def _encode(self, item: QueueItem) -> QueueItem | None:
        try:
            return self._spans.encode(item)
        except Exception as error:  # noqa: BLE001 - a span of a foreign kind that raises when read
            self._on_loss([item], "unencodable", error)
            return None

    def _framing(self, signal: Signal) -> Framing:
        return Framing(signal, self._transports[signal], self.max_payload_bytes, self._cannot_prepare)

    def _cannot_prepare(self, items: Sequence[QueueItem], error: Exception) -> None:
        self._on_loss(items, "failed", error)
